"""Inviting a panel: whether it is made up as the rule set says, and offering its members the applications."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from grants.people.tables import Person
from grants.proposals import proposals
from grants.proposals.tables import Proposal
from grants.rules.content import PanelKind, PanelRule, rules_of
from grants.rules.content import Seat as Sits
from grants.shell.changes import add, changing, now, require
from grants.shell.database import rows
from grants.shell.dates import day_of, show_date
from grants.shell.language import _, language
from review import conflicts, panels, reviewers
from review.conflicts import Conflict
from review.quorum import make_up
from review.reasons import say
from review.tables import Ballot, Panel, Seat


@dataclass(frozen=True)
class Council:
    """A panel with all that its invitation hangs on, read at once."""

    officer: str
    rule: PanelRule
    parts: dict[int, str]
    waiting: list[dict]
    reviewers: dict[int, list[int]]
    hits: list[tuple[Conflict, str]]

    def blocking(self) -> list[Conflict]:
        """What stands against those who sit and was not waived."""
        return [hit for hit, waived in self.hits if hit.person in self.parts and hit.blocks_seat and not waived]

    def against(self, person: int) -> list[tuple[Conflict, str]]:
        return [(hit, waived) for hit, waived in self.hits if hit.person == person]


async def council(panel: Panel, *, also: Collection[int] = ()) -> Council:
    """Read a panel with its officer, rules, seats, applications, reviewers and conflicts; those of `also` too, as members."""
    founded = (await rows(
        "SELECT r.content, p.full_name AS officer FROM panel n LEFT JOIN call c ON c.id = n.call "
        "JOIN rule_set r ON r.id = coalesce(n.rule_set, c.rule_set) JOIN person p ON p.id = n.officer WHERE n.id = $1", panel.id,
    ))[0]
    rules = rules_of(founded["content"])
    parts = {one.person: one.part for one in await Seat.objects().where(Seat.panel == panel.id).order_by(Seat.id)}
    waiting, named = await conflicts.waiting(panel), await reviewers.of_panel(panel)
    in_depth = {person for them in named.values() for person in them}
    seats = {
        person: Sits.REVIEWER.value if part == Seat.Part.MEMBER and person in in_depth else part for person, part in parts.items()
    }
    sitting = dict.fromkeys(also, Sits.MEMBER.value) | seats
    hits = await conflicts.meeting(sitting, {row["id"]: rules for row in waiting}, kind=panel.kind, panel=panel.id)
    return Council(founded["officer"], rules.panels[PanelKind(panel.kind)], parts, waiting, named, hits)


async def faults(panel: Panel, known: Council | None = None) -> list[str]:
    """What still stands against inviting the panel, in words; empty when all is as the rule set says."""
    known = known or await council(panel)
    plain = known.rule.model_copy(update={"seats": tuple(one for one in known.rule.seats if one.seat != Sits.REVIEWER)})
    found = [say(reason) for reason in make_up(plain, known.parts)]
    found += faults_of_applications(known)
    if not (panel.decision_number and panel.decided_on):
        found.append(_("Chưa có số và ngày quyết định thành lập."))
    if not (panel.meets_at and panel.place):
        found.append(_("Chưa có thời gian hoặc địa điểm họp."))
    earliest = await panels.earliest_meeting(known.rule)
    if panel.meets_at and earliest and day_of(panel.meets_at) < earliest:
        found.append(
            _("Tài liệu phải đến tay thành viên trước phiên họp; gửi hôm nay thì họp sớm nhất ngày {day}.").format(
                day=show_date(earliest, language())
            )
        )
    if hits := known.blocking():
        found.append(_("Có thành viên vướng xung đột lợi ích: {why}").format(why=conflicts.in_words(hits)))
    return found


def faults_of_applications(known: Council) -> list[str]:
    """What the applications still lack: a conclusion on validity, and enough reviewers each."""
    if not known.waiting:
        return [_("Thông báo chưa có hồ sơ hợp lệ nào để đánh giá.")]
    found, needed = [], known.rule.reviewers_per_application
    unopened = sum(row["state"] == Proposal.State.SUBMITTED for row in known.waiting)
    if unopened:
        found.append(_("Còn {count} hồ sơ chưa kết luận hợp lệ hay không.").format(count=unopened))
    lacking = [row["reference"] for row in known.waiting if len(known.reviewers.get(row["id"], ())) < needed]
    if lacking:
        shown = ", ".join(lacking[:5]) + ("…" if len(lacking) > 5 else "")
        found.append(
            _("Cần {needed} ủy viên phản biện cho mỗi hồ sơ; còn thiếu ở: {names}.").format(needed=needed, names=shown)
        )
    return found


async def invite(panel: Panel, *, by: Person) -> None:
    """Invite the members: the applications go into review, each member without conflict is offered each of them."""
    async with changing(panel, by=by, did="invited") as panel:
        require(panels.can_form(by), _("Chỉ cán bộ quản lý nhiệm vụ mới mời hội đồng."))
        await panels.require_no_part(by, panel)
        panels.move(panel, Panel.State.INVITED)
        lacking = await faults(panel)
        require(not lacking, " ".join(lacking))
        for proposal in await Proposal.objects().where(
            Proposal.id.is_in(await conflicts.before(panel)) & (Proposal.state == Proposal.State.ELIGIBLE.value)
        ).order_by(Proposal.id):
            await proposals.enter_review(proposal, by=by, session_on=day_of(panel.meets_at))
        if panel.repeats:
            await proposals.postpone(await conflicts.before(panel), to=day_of(panel.meets_at), by=by)
        await offer(panel, await conflicts.seats_of(panel), by=by)


async def offer(panel: Panel, members: Iterable[int], *, by: Person) -> None:
    """Offer each member each application in review that no conflict keeps from them, and write to them."""
    members = list(members)
    in_review = await rows(
        "SELECT id FROM proposal WHERE id = ANY($1) AND state = 'in_review' ORDER BY reference, id", await conflicts.before(panel)
    )
    hits = await conflicts.of_panel(panel)
    barred = {(hit.person, hit.proposal) for hit, waived in hits if hit.excludes and not waived}
    there = {(ballot.judge, ballot.proposal) for ballot in await Ballot.objects().where(Ballot.panel == panel.id)}
    named = await reviewers.of_panel(panel)
    for person in members:
        for proposal in in_review:
            pair = (person, proposal["id"])
            if pair not in barred | there:
                ballot = Ballot(
                    panel=panel.id, proposal=proposal["id"], judge=person, offered_at=now(),
                    assigned_reviewer=person in named.get(proposal["id"], ()),
                )
                await add(ballot, by=by, did="offered")
    await panels.tell_of_the_meeting(panel, members)
