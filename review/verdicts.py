"""Votes on topics and finished projects: a member fills the ballot of that council, and the verdict follows from it."""

import contextlib
import json
from collections.abc import AsyncIterator
from types import SimpleNamespace

from piccolo.columns.combination import Combinable

from grants.people.people import person
from grants.people.tables import Person
from grants.rules import rules as rule_sets
from grants.rules.content import PanelKind, Rules
from grants.shell import mail
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB, rows
from grants.shell.language import N_, _
from review import grades
from review.ballots import WHILE, rules_for
from review.grades import Grade, Mark, Measure
from review.matter_tables import Matter, Vote
from review.preliminary_tables import PreliminaryVote
from review.reasons import Reason, stored
from review.tables import Panel
from review.votes import is_in_favour

State = Vote.State
WORDS = {
    State.OPEN: (N_("Đang đánh giá"), "progress"), State.DECLINED: (N_("Đã từ chối"), "neutral"), State.GIVEN: (N_("Đã nộp phiếu"), "good"),
}
VERDICTS = {
    "favour": (N_("Thực hiện"), "good"), "against": (N_("Không thực hiện"), "bad"), "excellent": (N_("Xuất sắc"), "good"),
    "pass": (N_("Đạt"), "good"), "fail": (N_("Không đạt"), "bad"),
}


def status(state: str) -> tuple[str, str]:
    words, tone = WORDS[State(state)]
    return _(words), tone


def verdict(code: str) -> tuple[str, str]:
    """What a ballot or a council says, in words with its tone."""
    words, tone = VERDICTS[code]
    return _(words), tone


def seen_by(person: Person) -> Combinable:
    """A member sees own votes, nobody else's."""
    return Vote.judge == person.id


def visible_to(person: Person):
    """The votes a person may know exist. Every page loads through this."""
    return Vote.objects().where(seen_by(person))


async def panel_of(vote: Vote) -> Panel:
    found = await rows("SELECT panel FROM matter WHERE id = $1", vote.matter)
    return await Panel.objects().where(Panel.id == found[0]["panel"]).first()


async def ordered(matter: Matter | SimpleNamespace) -> list[dict]:
    """The products that a project ordered: id, name, unit, quantity, quality."""
    return await rows(
        "SELECT o.id, o.name, o.unit, o.quantity, o.quality FROM product o JOIN project j ON j.proposal = o.proposal "
        "WHERE j.id = $1 ORDER BY o.form, o.id", matter.project
    )


@contextlib.asynccontextmanager
async def answering(vote: Vote, *, by: Person, did: str) -> AsyncIterator[tuple[Vote, Panel]]:
    """Change one's own vote while the council takes ballots. The panel is held first, so that no count runs meanwhile."""
    async with DB.transaction():
        panel = await panel_of(vote)
        held = await rows("SELECT state FROM panel WHERE id = $1 FOR SHARE", panel.id)
        async with changing(vote, by=by, did=did) as vote:
            require(vote.judge == by.id, _("Phiếu này của người khác."))
            require(vote.state != State.GIVEN, _("Phiếu đã nộp, không thay đổi được nữa."))
            require(vote.state != State.DECLINED, _("Bạn đã từ chối đánh giá hồ sơ này."))
            require(held[0]["state"] in WHILE, _("Hội đồng không nhận phiếu vào lúc này."))
            panel.state = held[0]["state"]
            yield vote, panel


async def save(vote: Vote, content: dict[str, str], *, review: str | None, by: Person) -> None:
    """Keep a half-filled ballot: answers by item, as typed; what is not named stays."""
    async with answering(vote, by=by, did="saved") as (vote, _panel):
        vote.content = json.dumps(json.loads(vote.content) | content, ensure_ascii=False)
        if review is not None:
            vote.review = review
        vote.saved_at = now()


async def decline(vote: Vote, *, reason: str, by: Person) -> None:
    """Not to judge this matter, with the reason; the officer is told."""
    async with answering(vote, by=by, did="declined") as (vote, panel):
        require(reason.strip(), _("Hãy ghi lý do."))
        vote.state, vote.reason = State.DECLINED, reason.strip()
        await mail.tell(
            await person(panel.officer), lambda: _("Chuyên gia từ chối đánh giá một hồ sơ"),
            lambda: _("{name} không đánh giá một hồ sơ của {panel}. Lý do: {reason}").format(
                name=by.full_name, panel=panel.name, reason=reason
            ),
            link=f"/panels/{panel.id}/session",
        )


async def give(vote: Vote, *, by: Person) -> None:
    """Hand the ballot in. Its verdict is computed here; from here on nothing can change it.

    Before the session it is kept as a preliminary one too: at the session its member may take it up again, once.
    """
    async with DB.transaction():
        async with answering(vote, by=by, did="given") as (vote, panel):
            lacking = await gaps(vote, panel)
            require(not lacking, _("Chưa nộp được: {reasons}").format(reasons=" ".join(lacking.values())))
            found, reasons = await judged(vote, panel)
            vote.verdict, vote.reasons = found, json.dumps([stored(reason) for reason in reasons])
            vote.state, vote.given_at = State.GIVEN, now()
        if panel.state == Panel.State.INVITED:
            kept = {name: getattr(vote, name) for name in ("content", "verdict", "reasons", "review", "given_at")}
            await add(PreliminaryVote(vote=vote.id, **kept), by=by, did="kept")


def writes_review(vote: Vote, rules: Rules, kind: str) -> bool:
    """Assigned reviewers write one; where the rule set says so (TT 11/2014), every member does."""
    return vote.assigned_reviewer or rules.panels[PanelKind(kind)].all_write_reviews


async def gaps(vote: Vote, panel: Panel) -> dict[str, str]:
    """What the ballot still lacks: field → sentence."""
    said, found = json.loads(vote.content), {}
    rules, _scheme = await rules_for(panel.id)
    if panel.kind == PanelKind.TOPIC.value:
        wanted = {f"item_{one.code}": ("pass", "fail") for one in rules.topic_items}
    else:
        matter = await Matter.objects().where(Matter.id == vote.matter).first()
        wanted = {"report": tuple(Grade)}
        for one in await ordered(matter):
            wanted |= {f"quality_{one['id']}": tuple(Grade), f"achieved_{one['id']}": None}
    for place, (name, allowed) in enumerate(wanted.items(), 1):
        answer = said.get(name, "")
        fits = answer in allowed if allowed else answer.isascii() and answer.isdigit() and len(answer) < 10
        if not fits:
            found[name] = _("Mục {place}: chưa đánh giá.").format(place=place)
    if writes_review(vote, rules, panel.kind) and not vote.review.strip():
        found["review"] = _("Chưa viết nhận xét.")
    return found


async def judged(vote: Vote, panel: Panel) -> tuple[str, tuple[Reason, ...]]:
    """The verdict of a complete ballot with its reasons: topics by their items, projects by their products and report."""
    said = json.loads(vote.content)
    rules, _scheme = await rules_for(panel.id)
    if panel.kind == PanelKind.TOPIC.value:
        items = {one.vi: said[f"item_{one.code}"] == "pass" for one in rules.topic_items}
        failed = tuple(Reason("item_fails", {"item": name}) for name, passed in items.items() if not passed)
        return ("favour", (Reason("all_items"),)) if is_in_favour(items.values()) else ("against", failed)
    matter = await Matter.objects().where(Matter.id == vote.matter).first()
    due = await final_file_due(matter, rules)
    graded = grades.member_grade(await marks(matter, said), Grade(said["report"]), rules.grades, due=due, filed=matter.filed_on)
    return graded.grade.value, graded.reasons


async def marks(matter: Matter, said: dict[str, str]) -> list[Mark]:
    """Each product's quality as judged and its quantity as achieved against what was ordered."""
    found = []
    for one in await ordered(matter):
        found.append(Mark(one["name"], Measure.QUALITY, Grade(said[f"quality_{one['id']}"])))
        found.append(grades.amount(one["name"], Measure.QUANTITY, one["quantity"], int(said[f"achieved_{one['id']}"])))
    return found


async def final_file_due(matter: Matter, rules: Rules):
    """The day by which the final file was due: the rule's term after the project's end."""
    ends = (await rows("SELECT ends_on FROM project WHERE id = $1", matter.project))[0]["ends_on"]
    term = rules.limit("final_file")
    return (await rule_sets.calendar()).due(ends, term.value, term.unit)


async def waiting(person: Person) -> list[dict]:
    """A member's votes with what they are on: id, title, title_en, panel, meets_at, state, verdict."""
    return await rows(
        "SELECT v.id, coalesce(j.title, t.title) AS title, coalesce(j.title_en, t.title_en) AS title_en, p.name AS panel, p.meets_at, "
        "v.state, v.verdict FROM vote v JOIN matter m ON m.id = v.matter JOIN panel p ON p.id = m.panel "
        "LEFT JOIN topic t ON t.id = m.topic LEFT JOIN project j ON j.id = m.project WHERE v.judge = $1 ORDER BY v.id DESC LIMIT 60",
        person.id,
    )
