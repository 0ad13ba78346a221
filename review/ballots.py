"""Ballots: an expert accepts or declines an application, scores its criteria, and hands the ballot in once."""

import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from piccolo.columns.combination import Combinable

from grants.people.people import person
from grants.people.tables import Person
from grants.rules import rules
from grants.rules.content import Rules, Scheme
from grants.shell import mail
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB, rows
from grants.shell.language import N_, _
from review import answers, interests
from review.preliminary_tables import Preliminary
from review.tables import Ballot, Panel, Score

State = Ballot.State
WORDS = {
    State.OFFERED: (N_("Chờ bạn trả lời"), "warn"),
    State.ACCEPTED: (N_("Đang chấm"), "progress"),
    State.DECLINED: (N_("Đã từ chối"), "neutral"),
    State.GIVEN: (N_("Đã nộp phiếu"), "good"),
}
NEXT = {
    State.OFFERED: {State.ACCEPTED, State.DECLINED},
    State.ACCEPTED: {State.GIVEN, State.DECLINED},
    State.DECLINED: set(),
    State.GIVEN: set(),
}
WHILE = (Panel.State.INVITED, Panel.State.IN_SESSION)  # when ballots may be answered and handed in


def label(state: str) -> str:
    return _(WORDS[State(state)][0])


def status(state: str) -> tuple[str, str]:
    """The state in words with its tone."""
    return label(state), WORDS[State(state)][1]


def move(ballot: Ballot, to: State) -> None:
    require(ballot.state != State.GIVEN, _("Phiếu đã nộp, không thay đổi được nữa."))
    require(ballot.state != State.DECLINED, _("Bạn đã từ chối đánh giá hồ sơ này."))
    require(to in NEXT[State(ballot.state)], _("Hãy nhận đánh giá hồ sơ trước khi chấm điểm."))
    ballot.state = to


def seen_by(person: Person) -> Combinable:
    """A judge sees own ballots, nobody else's; nobody else sees any."""
    return Ballot.judge == person.id


def visible_to(person: Person):
    """The ballots a person may know exist. Every page loads through this."""
    return Ballot.objects().where(seen_by(person))


async def rules_for(panel: int) -> tuple[Rules, Scheme | None]:
    """The rules that the panel's call (or a topic council itself) has pinned, and the scheme the call is scored by."""
    row = (await rows(
        f"SELECT {rules.WRITTEN}, c.scheme FROM panel p LEFT JOIN call c ON c.id = p.call "
        "JOIN rule_set r ON r.id = coalesce(p.rule_set, c.rule_set) WHERE p.id = $1",
        panel,
    ))[0]
    scheme = row.pop("scheme")
    pinned = await rules.as_written(**row)
    return pinned, pinned.scheme(scheme) if scheme else None


@contextlib.asynccontextmanager
async def answering(ballot: Ballot, *, by: Person, did: str, **facts) -> AsyncIterator[Ballot]:
    """Change one's own ballot while the panel takes ballots. The panel is held first, so that no count runs meanwhile."""
    async with DB.transaction():
        held = await rows("SELECT state FROM panel WHERE id = $1 FOR SHARE", ballot.panel)
        async with changing(ballot, by=by, did=did, **facts) as ballot:
            require(ballot.judge == by.id, _("Phiếu này của người khác."))
            require(ballot.state != State.GIVEN, _("Phiếu đã nộp, không thay đổi được nữa."))
            require(held[0]["state"] in WHILE, _("Hội đồng không nhận phiếu vào lúc này."))
            yield ballot


async def accept(ballot: Ballot, *, by: Person) -> None:
    """Take the application on and declare that there is no conflict of interest; from here on it can be read."""
    async with answering(ballot, by=by, did="accepted") as ballot:
        move(ballot, State.ACCEPTED)
        ballot.answered_at = now()
        await interests.declare(ballot.proposal, conflict=False, by=by)


async def decline(ballot: Ballot, *, reason: str, by: Person) -> None:
    """Not to judge this application, before or after accepting it, with the reason."""
    async with answering(ballot, by=by, did="declined") as ballot:
        turn_down(ballot, reason=reason)
        await tell_officer(ballot, by)


async def declare_conflict(ballot: Ballot, *, fact: str, by: Person) -> None:
    """Declare a conflict of interest, before or after accepting: the ballot is declined and the fact is kept."""
    async with answering(ballot, by=by, did="declared_conflict") as ballot:
        turn_down(ballot, reason=fact)
        await interests.declare(ballot.proposal, conflict=True, fact=fact, by=by)


def turn_down(ballot: Ballot, *, reason: str) -> None:
    require(reason.strip(), _("Hãy ghi lý do."))
    move(ballot, State.DECLINED)
    ballot.reason, ballot.answered_at = reason.strip(), now()


async def tell_officer(ballot: Ballot, by: Person) -> None:
    panel = await Panel.objects().where(Panel.id == ballot.panel).first()
    await mail.tell(
        await person(panel.officer), lambda: _("Chuyên gia từ chối đánh giá một hồ sơ"),
        lambda: _("{name} không đánh giá một hồ sơ của {panel}. Lý do: {reason}").format(
            name=by.full_name, panel=panel.name, reason=ballot.reason
        ),
        link=f"/panels/{panel.id}/session",
    )


async def scores_of(ballot: Ballot) -> dict[int, Score]:
    """What stands on the ballot, by criterion number."""
    return {score.criterion: score for score in await Score.objects().where(Score.ballot == ballot.id)}


async def save(
    ballot: Ballot, *, points: Mapping[int, int | None], comments: Mapping[int, str], by: Person, review: str | None = None
) -> None:
    """Keep a half-filled ballot: the criteria that are named, and the written review if one is given."""
    async with answering(ballot, by=by, did="saved") as ballot:
        require(ballot.state == State.ACCEPTED, _("Hãy nhận đánh giá hồ sơ trước khi chấm điểm."))
        _rules, scheme = await rules_for(ballot.panel)
        most = {criterion.number: criterion.most for criterion in scheme.criteria}
        there = await scores_of(ballot)
        for number in sorted(points.keys() | comments.keys()):
            require(number in most, _("Bộ tiêu chí không có tiêu chí {number}.").format(number=number))
            given = points.get(number, there[number].points if number in there else None)
            require(
                given is None or 0 <= given <= most[number],
                _("Tiêu chí {number}: điểm từ 0 đến {most}.").format(number=number, most=most[number]),
            )
            said = comments.get(number, there[number].comment if number in there else "")
            await keep(ballot, there.get(number), number, given, said, by)
        if review is not None:
            ballot.review = review
        ballot.saved_at = now()


async def keep(ballot: Ballot, there: Score | None, number: int, points: int | None, comment: str, by: Person) -> None:
    """Write down one criterion, if it says something new."""
    if there is None and (points is not None or comment):
        await add(Score(ballot=ballot.id, criterion=number, points=points, comment=comment), by=by, did="scored")
    elif there is not None and (there.points, there.comment) != (points, comment):
        async with changing(there, by=by, did="scored") as there:
            there.points, there.comment = points, comment


@dataclass(frozen=True)
class Gap:
    """Something that a ballot still lacks: the field it belongs into and a sentence."""

    field: str
    sentence: str


def gaps(ballot: Ballot, scheme: Scheme, scores: Mapping[int, Score]) -> list[Gap]:
    """What stands against handing the ballot in."""
    found = []
    for criterion in scheme.criteria:
        score = scores.get(criterion.number)
        if score is None or score.points is None:
            sentence = _("Tiêu chí {number}: chưa cho điểm.").format(number=criterion.number)
            found.append(Gap(f"points_{criterion.number}", sentence))
        if criterion.comment_required and not (score and score.comment.strip()):
            sentence = _("Tiêu chí {number}: chưa có nhận xét.").format(number=criterion.number)
            found.append(Gap(f"comment_{criterion.number}", sentence))
    if ballot.assigned_reviewer and not ballot.review.strip():
        found.append(Gap("review", _("Chưa viết nhận xét phản biện.")))
    return found


async def give(ballot: Ballot, *, by: Person) -> None:
    """Hand the ballot in. The total is computed here; from here on nothing can change it.

    Before the session it is kept as a preliminary one too: at the session its member may take it up again, once.
    """
    async with DB.transaction():
        ballot = await handed_in(ballot, by=by)
        await keep_preliminary(ballot, by=by)
    if ballot.assigned_reviewer:
        await answers.tell_when_whole(ballot.proposal)


async def handed_in(ballot: Ballot, *, by: Person) -> Ballot:
    async with answering(ballot, by=by, did="given") as ballot:
        _rules, scheme = await rules_for(ballot.panel)
        scores = await scores_of(ballot)
        require(ballot.state == State.ACCEPTED, _("Hãy nhận đánh giá hồ sơ trước khi chấm điểm."))
        lacking = gaps(ballot, scheme, scores)
        require(not lacking, _("Chưa nộp được: {reasons}").format(reasons=" ".join(gap.sentence for gap in lacking)))
        move(ballot, State.GIVEN)
        ballot.total = sum(scores[criterion.number].points for criterion in scheme.criteria)
        ballot.given_at = now()
    return ballot


async def keep_preliminary(ballot: Ballot, *, by: Person) -> None:
    """A ballot handed in before the session is kept as it is, beside the ballot itself."""
    if not await Panel.exists().where((Panel.id == ballot.panel) & (Panel.state == Panel.State.INVITED.value)):
        return
    scores = await scores_of(ballot)
    row = Preliminary(
        ballot=ballot.id, total=ballot.total, points=json.dumps({number: score.points for number, score in scores.items()}),
        comments=json.dumps({number: score.comment for number, score in scores.items()}, ensure_ascii=False), review=ballot.review,
        given_at=ballot.given_at,
    )
    await add(row, by=by, did="kept")
