"""Answers: where the rule set has that step, a team reads its reviews before the session, without names or points, and answers once."""

from dataclasses import dataclass
from datetime import datetime

from grants.people.people import person as person_of
from grants.people.tables import Person
from grants.proposals.names import names_behind, struck
from grants.proposals.tables import Proposal
from grants.rules import rules as rule_sets
from grants.rules.content import rules_of
from grants.shell import mail
from grants.shell.changes import add, changing, now, require
from grants.shell.database import rows
from grants.shell.dates import day_of, end_of, show_date
from grants.shell.language import _, language
from review.tables import Answer


@dataclass(frozen=True)
class Window:
    """The reviews of an application that are all in, and until when its team may answer them."""

    panel: int
    until: datetime
    reviews: list[str]

    @property
    def open(self) -> bool:
        return now() <= self.until


async def window(proposal: int) -> Window | None:
    """The step as it stands: None where the rules do not have it, a review is still missing, or the session has begun."""
    found = await rows(
        """
        SELECT n.id, r.content, array_agg(b.review ORDER BY md5(b.id::text)) AS reviews, max(b.given_at) AS last,
               bool_and(b.state = 'given') AS whole
        FROM ballot b JOIN panel n ON n.id = b.panel JOIN call c ON c.id = n.call JOIN rule_set r ON r.id = c.rule_set
        WHERE b.proposal = $1 AND b.assigned_reviewer AND b.state <> 'declined' AND n.state = 'invited' GROUP BY n.id, r.id
        """,
        proposal,
    )
    row = next((row for row in found if row["whole"]), None)
    term = rules_of(row["content"]).answers_to_reviews if row else None
    if term is None:
        return None
    until = end_of((await rule_sets.calendar()).due(day_of(row["last"]), term.value, term.unit))
    judges = await rows("SELECT p.full_name FROM seat s JOIN person p ON p.id = s.person WHERE s.panel = $1", row["id"])
    return Window(row["id"], until, [struck(text, [one["full_name"] for one in judges]) for text in row["reviews"]])


async def of(proposal: int) -> Answer | None:
    return await Answer.objects().where(Answer.proposal == proposal).first()


async def for_judge(proposal: int, *, names_hidden: bool) -> str:
    """What the team answered, as a judge reads it: without names where the rules hide them."""
    given = await of(proposal)
    if given is None:
        return ""
    if not names_hidden:
        return given.words
    kept = await rows("SELECT content FROM submission WHERE proposal = $1 ORDER BY number DESC LIMIT 1", proposal)
    return struck(given.words, await names_behind(kept[0]["content"]))


def can_answer(person: Person, proposal: Proposal) -> bool:
    return proposal.lead == person.id


async def give(proposal: Proposal, words: str, *, by: Person) -> None:
    """The lead answers the reviews, once, while the time runs."""
    async with changing(proposal, by=by, did="answered") as proposal:
        require(can_answer(by, proposal), _("Chỉ chủ nhiệm trả lời nhận xét."))
        there = await window(proposal.id)
        require(there and there.open, _("Bây giờ không phải lúc trả lời nhận xét."))
        require(not await of(proposal.id), _("Nhóm đã trả lời nhận xét rồi."))
        require(words.strip(), _("Hãy ghi nội dung trả lời."))
        row = Answer(proposal=proposal.id, panel=there.panel, words=words.strip(), at=now(), by=by.id)
        await add(row, by=by, did="given")


async def tell_when_whole(proposal: int) -> None:
    """The last review is in: where the rules have the step, the lead is told. Called when a reviewer hands in."""
    there = await window(proposal)
    if there is None:
        return
    application = await Proposal.objects().where(Proposal.id == proposal).first()
    await mail.tell(
        await person_of(application.lead), lambda: _("Có nhận xét về hồ sơ {reference}").format(reference=application.reference),
        lambda: _("Bạn đọc và trả lời nhận xét bằng văn bản được đến hết ngày {day}.").format(day=show_date(there.until, language())),
        link=f"/proposals/{proposal}/answer",
    )

