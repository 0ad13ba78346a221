"""The federation's independent opinion (tư vấn, phản biện và giám định xã hội): asked for, accepted with experts named, filed, received.

QĐ 14/2014/QĐ-TTg. Its own document and its own fee; it is shown to who decides and never counted as a vote. Whoever gives one on
a thing does not sit on the council that judges it, and a tie that excludes from a council excludes here as well.
"""

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from piccolo.columns.combination import Combinable

from grants.calls.tables import Call, Topic
from grants.people import counsels, organisations
from grants.people.people import holding, holds, person, today
from grants.people.tables import Counsel, Person, Role
from grants.projects.tables import Project
from grants.proposals import proposals
from grants.proposals.tables import Proposal
from grants.rules import rules as rule_sets
from grants.rules.words import called
from grants.shell import mail
from grants.shell.changes import add, changing, now, remove, require
from grants.shell.database import DB, rows
from grants.shell.dates import show_date
from grants.shell.files import Kept
from grants.shell.language import N_, _, language, speaking
from review import conflicts, experts, fees
from review.opinion_tables import Opinion, OpinionExpert

State, Kind = Opinion.State, Opinion.Kind
KINDS = {Kind.ADVICE: N_("Tư vấn"), Kind.CRITIQUE: N_("Phản biện"), Kind.ASSESSMENT: N_("Giám định xã hội")}
WORDS = {
    State.REQUESTED: (N_("Chờ liên hiệp hội nhận"), "progress"),
    State.ACCEPTED: (N_("Đang chuẩn bị ý kiến"), "progress"),
    State.DECLINED: (N_("Liên hiệp hội không nhận"), "neutral"),
    State.FILED: (N_("Đã có ý kiến, chờ tiếp nhận"), "warn"),
    State.RECEIVED: (N_("Đã tiếp nhận"), "good"),
}
SEES = (Role.OFFICER, Role.LEADER, Role.AUDITOR)
ASKABLE = (
    Proposal.State.ELIGIBLE, Proposal.State.IN_REVIEW, Proposal.State.RECOMMENDED, Proposal.State.NOT_RECOMMENDED, Proposal.State.APPRAISED,
)


def status(state: str) -> tuple[str, str]:
    words, tone = WORDS[State(state)]
    return _(words), tone


def kind_label(kind: str) -> str:
    return _(KINDS[Kind(kind)])


def number(id: int) -> str:
    """The request's own number."""
    return f"YK-{id:05d}"


# --- who may ---

def seen_by(person: Person) -> Combinable:
    """The offices and the federation see all, but for what is on an application one has a part in; an expert those given to them."""
    if holds(person, *SEES, Role.ASSOCIATION):
        return Opinion.proposal.is_null() | proposals.judged_in(person, Opinion.proposal)
    mine = OpinionExpert.select(OpinionExpert.opinion).where(OpinionExpert.person == person.id)
    return Opinion.id.is_in(mine) & (Opinion.state != State.DECLINED.value)


def visible_to(person: Person):
    """The opinions a person may know exist. Every page loads through this."""
    return Opinion.objects().where(seen_by(person))


def can_ask(person: Person) -> bool:
    return holds(person, Role.OFFICER)


def can_answer(person: Person, opinion: Opinion) -> bool:
    """The federation accepts, names and names anew, or declines, until it has filed."""
    return holds(person, Role.ASSOCIATION) and opinion.state in (State.REQUESTED, State.ACCEPTED) and opinion.asked_by != person.id


def can_file(person: Person, opinion: Opinion) -> bool:
    return holds(person, Role.ASSOCIATION) and opinion.state == State.ACCEPTED and opinion.asked_by != person.id


def can_receive(person: Person, opinion: Opinion) -> bool:
    return holds(person, Role.OFFICER) and opinion.state == State.FILED


def is_blind(opinion: Opinion) -> bool:
    """On applications still to be decided, who stands behind them is told to the offices only."""
    return bool(opinion.proposal or opinion.call)


# --- what it is on ---

async def what_on(code: str, paper: str, *, by: Person) -> tuple[dict, str]:
    """What a form's «topic:3» or the name of a policy paper stands for: the column it fills, and how it is spoken of."""
    what, _colon, id = code.partition(":")
    found = await named(what, int(id), by=by) if id.isascii() and id.isdigit() and len(id) < 10 else None
    if what == "paper" and paper:
        with speaking("vi"):
            return {"paper": paper}, _("Văn bản «{paper}»").format(paper=paper)
    require(found, _("Hãy chọn đối tượng xin ý kiến, hoặc ghi tên văn bản."))
    return {what: int(id)}, found


async def named(what: str, id: int, *, by: Person) -> str | None:
    """How it is spoken of in the record, which is Vietnamese."""
    with speaking("vi"):
        return await spoken_of(what, id, by=by)


async def spoken_of(what: str, id: int, *, by: Person) -> str | None:
    """How a topic, call, application or project is spoken of; an application without giving anybody away. None where it is none."""
    if what == "topic" and (topic := await Topic.objects().where(Topic.id == id).first()):
        return _("Đề xuất «{title}»").format(title=topic.title)
    if what == "call" and (call := await Call.objects().where(Call.id == id).first()):
        return _("Thông báo {code}: {title}").format(code=call.code, title=call.title)
    if what == "project" and (project := await Project.objects().where(Project.id == id).first()):
        return _("Nhiệm vụ {code}: {title}").format(code=project.code, title=project.title)
    if what == "proposal" and (row := await Proposal.objects().where(Proposal.id == id).first()):
        require(row.state in ASKABLE, _("Chỉ xin ý kiến về hồ sơ hợp lệ chưa có quyết định."))
        await proposals.require_no_part(by, row)
        said = await rows("SELECT blind_title FROM submission WHERE proposal = $1 ORDER BY number DESC LIMIT 1", id)
        return _("Hồ sơ {reference}: {title}").format(reference=row.reference, title=said[0]["blind_title"]) if said else None
    return None


async def applications_of(opinion: Opinion) -> list[int]:
    """The applications whose people an expert must not be tied to."""
    found = await rows(
        "SELECT id FROM proposal WHERE id = $1 OR (call = $2 AND state NOT IN ('draft', 'withdrawn')) "
        "OR id = (SELECT proposal FROM project WHERE id = $3)", opinion.proposal, opinion.call, opinion.project,
    )
    return [row["id"] for row in found]


# --- what ties experts to it ---

@dataclass(frozen=True)
class Tied:
    """What the records say ties a person to what is asked about; `kind` says it without naming anybody else."""

    kind: str
    words: str
    excludes: bool


async def ties(opinion: Opinion, people: list[int]) -> dict[int, list[Tied]]:
    """Person → what ties them, by the rules of the call, by who proposed a topic, and by a seat on the council that judges it."""
    found: dict[int, list[Tied]] = defaultdict(list)
    for hit in await conflicts.conflicts(people, await applications_of(opinion)):
        found[hit.person].append(Tied(called(hit.kind), conflicts.explain(hit), hit.excludes))
    for row in await seated(opinion, people):
        found[row["person"]].append(Tied(_("Là thành viên hội đồng"), _("Đang là thành viên {panel}.").format(panel=row["name"]), True))
    if opinion.topic:
        for row in await proposing(opinion.topic, people):
            found[row["person"]].append(Tied(_("Người hoặc đơn vị đề xuất"), _("Thuộc bên đề xuất nhiệm vụ này."), True))
    return found


async def seated(opinion: Opinion, people: list[int]) -> list[dict]:
    """Who of these sits on a council that judges the thing: members' reviews and the federation's opinion stay apart."""
    return await rows(
        "SELECT s.person, p.name FROM seat s JOIN panel p ON p.id = s.panel WHERE s.person = ANY($1) AND (p.project = $2 "
        "OR (p.kind = 'selection' AND p.call = coalesce($3::int, (SELECT call FROM proposal WHERE id = $4))) "
        "OR EXISTS (SELECT FROM matter m WHERE m.panel = p.id AND m.topic = $5)) ORDER BY s.id",
        people, opinion.project, opinion.call, opinion.proposal, opinion.topic,
    )


async def proposing(topic: int, people: list[int]) -> list[dict]:
    """Who of these suggested the topic, or works for the organisation that proposes it or one in its line."""
    row = (await rows("SELECT proposer, suggested_by FROM topic WHERE id = $1", topic))[0]
    line = await organisations.lineage([row["proposer"]]) if row["proposer"] else set()
    return await rows(
        "SELECT w.id AS person FROM person w WHERE w.id = ANY($1) AND (w.id = $2 OR EXISTS (SELECT FROM membership m WHERE m.person = w.id "
        "AND m.organisation = ANY($3) AND m.role <> 'expert' AND m.valid_from <= $4 AND (m.valid_to IS NULL OR m.valid_to >= $4)))",
        people, row["suggested_by"], list(line), today(),
    )


async def given_on(panel, person: int) -> bool:
    """Whether the person was named for an opinion on what a council judges; then they do not sit on it."""
    return bool(await rows(
        "SELECT 1 FROM opinion_expert e JOIN opinion o ON o.id = e.opinion AND o.state <> 'declined' WHERE e.person = $1 AND "
        "(o.project = $2 OR ($4 = 'selection' AND (o.call = $3 OR (SELECT call FROM proposal WHERE id = o.proposal) = $3)) "
        "OR EXISTS (SELECT FROM matter m WHERE m.panel = $5 AND m.topic = o.topic)) LIMIT 1",
        person, panel.project, panel.call, panel.kind, panel.id,
    ))


async def locked(people: list[int]) -> None:
    """Hold these people till the end of the transaction: nobody is named for an opinion and seated on its council at once."""
    await rows("SELECT id FROM person WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE", people)


# --- the steps ---

async def ask(
    *, kind: str, about: str, paper: str = "", question: str, due: date, given: Kept | None = None, by: Person
) -> Opinion:
    """The officer asks the federation for its opinion, by a day; the federation is told."""
    require(can_ask(by), _("Chỉ cán bộ quản lý nhiệm vụ mới xin ý kiến liên hiệp hội."))
    require(due > today(), _("Hạn cho ý kiến phải sau hôm nay."))
    async with DB.transaction():
        column, subject = await what_on(about, paper, by=by)
        row = Opinion(
            kind=kind, subject=subject[:900], question=question, due=due, asked_by=by.id, asked_at=now(),
            given_filename=given.filename if given else "", given_stored=given.stored if given else "", **column,
        )
        await add(row, by=by, did="asked")
        for reader in await holding(Role.ASSOCIATION):
            await mail.tell(
                reader, lambda: _("Đề nghị cho ý kiến tư vấn, phản biện, giám định xã hội"),
                lambda: _("{subject}. Hạn: {day}.").format(subject=subject, day=show_date(due, language())), link=f"/opinions/{row.id}",
            )
    return row


async def accept(opinion: Opinion, *, members: list[int], head: int, by: Person) -> None:
    """The federation takes it on and names who gives it; named anew, who was named before is released. Ties that exclude refuse."""
    async with changing(opinion, by=by, did="accepted", experts=sorted(members)) as opinion:
        require(can_answer(by, opinion), _("Không nhận hoặc đổi chuyên gia được ở bước này."))
        require(head in members, _("Hãy chọn chuyên gia, và người chủ trì trong số đó."))
        await locked(members)
        tied = await ties(opinion, members)
        for id in members:
            ready = await experts.require_ready(id)
            against = [one for one in tied[id] if one.excludes]
            require(not against, _("Không thể cử {name}: {why}").format(
                name=ready.person.full_name, why="; ".join(one.kind if is_blind(opinion) else one.words for one in against)
            ))
        before = {one.person: one for one in await OpinionExpert.objects().where(OpinionExpert.opinion == opinion.id)}
        for one in before.values():
            await remove(one, by=by, did="unassigned")
        for id in members:
            with speaking("vi"):
                kept = json.dumps([one.words for one in tied[id]], ensure_ascii=False)
            row = OpinionExpert(opinion=opinion.id, person=id, leads=id == head, ties=kept, at=now())
            await add(row, by=by, did="named_for_opinion")
        opinion.state, opinion.answered_by, opinion.answered_at = State.ACCEPTED, by.id, now()
        opinion.association = next(post.organisation for post in by.posts if post.role == Role.ASSOCIATION)
        await tell(opinion, [id for id in members if id not in before], N_("Bạn được cử cho ý kiến tư vấn, phản biện"))
        await tell(opinion, [] if before else [opinion.asked_by], N_("Liên hiệp hội nhận cho ý kiến"))


async def decline(opinion: Opinion, *, reason: str, by: Person) -> None:
    """The federation does not give one, and says why; the officer and who was named are told."""
    async with changing(opinion, by=by, did="declined") as opinion:
        require(can_answer(by, opinion), _("Không từ chối được ở bước này."))
        opinion.state, opinion.reason, opinion.answered_by, opinion.answered_at = State.DECLINED, reason, by.id, now()
        named = [one.person for one in await OpinionExpert.objects().where(OpinionExpert.opinion == opinion.id)]
        await tell(opinion, [opinion.asked_by, *named], N_("Liên hiệp hội không nhận cho ý kiến"))


async def file(opinion: Opinion, *, number: str, dated: date, conclusion: str, words: str, kept: Kept, by: Person) -> None:
    """The federation files its document: text and PDF, conclusion, number and day. From here on it stays as it is."""
    async with changing(opinion, by=by, did="filed") as opinion:
        require(can_file(by, opinion), _("Chỉ liên hiệp hội nộp ý kiến, sau khi đã nhận và cử chuyên gia."))
        require(dated <= today(), _("Ngày ký không được ở tương lai."))
        opinion.state, opinion.number, opinion.dated, opinion.conclusion, opinion.words = State.FILED, number, dated, conclusion, words
        opinion.filename, opinion.stored, opinion.size, opinion.sha256 = kept.filename, kept.stored, kept.size, kept.sha256
        opinion.filed_by, opinion.filed_at = by.id, now()
        await tell(opinion, [opinion.asked_by], N_("Liên hiệp hội đã có ý kiến"))


async def receive(opinion: Opinion, *, by: Person) -> None:
    """The officer records its receipt: it is shown where the thing is decided, and its experts have earned their fee."""
    async with changing(opinion, by=by, did="received") as opinion:
        require(can_receive(by, opinion), _("Chỉ cán bộ quản lý nhiệm vụ tiếp nhận ý kiến đã nộp, một lần."))
        if opinion.proposal:
            await proposals.require_no_part(by, await Proposal.objects().get(Proposal.id == opinion.proposal))
        opinion.state, opinion.received_by, opinion.received_at = State.RECEIVED, by.id, now()
        named = [one.person for one in await OpinionExpert.objects().where(OpinionExpert.opinion == opinion.id).order_by(OpinionExpert.id)]
        await fees.of_opinion(opinion.id, named, await rule_sets.pinned((await rule_sets.in_force(today())).id), by=by)
        for on in Counsel.On:
            if thing := getattr(opinion, on.value):
                await counsels.write_down(
                    on, thing, opinion=opinion.id, association=opinion.association, number=opinion.number, dated=opinion.dated,
                    conclusion=opinion.conclusion, words=opinion.words, by=by,
                )
        await tell(opinion, [opinion.filed_by, *named], N_("Ý kiến đã được tiếp nhận"))


async def tell(opinion: Opinion, readers: list[int], subject: str) -> None:
    for id in dict.fromkeys(readers):
        await mail.tell(
            await person(id), lambda: _(subject),
            lambda: f"{opinion.subject}. {opinion.reason}".strip(" ."), link=f"/opinions/{opinion.id}",
        )
