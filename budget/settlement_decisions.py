"""The decision on a settlement: the finance of each stream in it approves its part; with the last one the whole is approved.

Nothing is booked before. Amounts are đồng.
"""

from datetime import date
from fractions import Fraction

from budget import ledger, record_words, recoveries, settlements, streams
from budget.ledger import Kind, Paper
from budget.payment_tables import Recovery, Settlement, SettlementApproval, SettlementSum
from budget.settlements import State
from budget.tables import Account, Stage
from grants.people.people import today
from grants.people.tables import Person
from grants.projects import closeouts, projects
from grants.projects.tables import Project
from grants.proposals.tables import Proposal
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB
from grants.shell.language import _


async def given(settlement: Settlement) -> dict[str, SettlementApproval]:
    """The approvals there are, by stream."""
    found = await SettlementApproval.objects().where(SettlementApproval.settlement == settlement.id).order_by(SettlementApproval.id)
    return {one.stream: one for one in found}


async def lacking(settlement: Settlement) -> list[str]:
    """The streams whose finance has not approved its part yet, in order."""
    there = await given(settlement)
    return sorted({one.stream for one in await settlements.sums_of(settlement)} - there.keys())


async def own_parts(person: Person, settlement: Settlement) -> list[str]:
    """The streams for which this person may approve now; who drew the settlement up approves nothing of it."""
    if settlement.state != State.PROPOSED or person.id == settlement.made_by:
        return []
    answered = await streams.answered_by(person)
    return [stream for stream in await lacking(settlement) if stream in answered]


async def can_approve(person: Person, settlement: Settlement) -> bool:
    """The finance officer of a stream whose part is not approved yet, who did not draw it up."""
    return bool(await own_parts(person, settlement))


async def approve(settlement: Settlement, *, number: str, on: date, by: Person) -> None:
    """The finance of a stream approves its part by a decision. With the last part the settlement is approved: what is paid is settled,
    each stream's by its own finance and decision, and what was paid too much becomes a recovery."""
    project = await Project.objects().get(Project.id == settlement.project)
    async with DB.transaction():
        sums = await settlements.sums_of(settlement)
        moves = [(one, *await accounts(project, one)) for one in sums]
        await ledger.lock(*[account for _one, *pair in moves for account in pair])
        async with changing(settlement, by=by, did="approved") as settlement:
            await require_approver(by, settlement)
            require(number.strip() and on <= today(), _("Hãy ghi số và ngày quyết định; ngày không ở tương lai."))
            await require_as_drawn_up(project, sums)
            for stream in await own_parts(by, settlement):
                part = SettlementApproval(settlement=settlement.id, stream=stream, by=by.id, at=now(), number=number, on=on)
                await add(part, by=by, did="approved")
            if await lacking(settlement):
                return
            settlement.state, settlement.decided_by, settlement.decided_at = State.APPROVED, by.id, now()
            settlement.decision_number, settlement.decided_on = number, on
        parts = await given(settlement)
        await book(settlement, moves, parts)
        await demand_back(settlement, project, sums, parts, by=by)
        if settlement.year is None:
            await closeouts.settle(project, by=by)
        await projects.tell(
            project, lambda: _("Quyết toán được phê duyệt"), lambda: settlements.about(settlement, project),
            link=f"/settlements/{settlement.id}",
        )


async def accounts(project: Project, one: SettlementSum) -> list[Account]:
    """Where the paid money of a stream and year stands, and where the settled goes."""
    proposal = await Proposal.objects().get(Proposal.id == project.proposal)
    return [
        await ledger.account(stage, one.stream, one.year, call=proposal.call, proposal=proposal.id)
        for stage in (Stage.PAID, Stage.SETTLED)
    ]


async def book(
    settlement: Settlement, moves: list[tuple[SettlementSum, Account, Account]], parts: dict[str, SettlementApproval]
) -> None:
    """What is paid and not to be paid back is settled, on the strength of its stream's own decision."""
    for one, out_of, into in moves:
        if one.paid > one.back:
            part = parts[one.stream]
            await ledger.post(
                Kind.SETTLEMENT, one.paid - one.back, out_of=out_of, into=into, made_by=settlement.made_by, approved_by=part.by,
                paper=Paper("settlement_decision", part.number, part.on),
                key=f"settlement-{settlement.id}-{one.stream}-{one.year}",
            )


async def require_approver(by: Person, settlement: Settlement) -> None:
    require(settlement.state == State.PROPOSED, _("Quyết toán này đã có quyết định."))
    require(by.id != settlement.made_by, _("Người lập và người duyệt phải là hai người khác nhau."))
    answered, there = await streams.answered_by(by), await given(settlement)
    own = answered & {one.stream for one in await settlements.sums_of(settlement)}
    require(own, _("Chỉ cơ quan tài chính phụ trách nguồn mới phê duyệt quyết toán."))
    require(own - there.keys(), _("Phần của nguồn bạn phụ trách đã được phê duyệt; còn chờ {waiting}.").format(
        waiting=", ".join(f"«{streams.label(stream)}»" for stream in await lacking(settlement))))


async def require_as_drawn_up(project: Project, sums: list[SettlementSum]) -> None:
    """Nothing was paid, cleared or recovered since the settlement was drawn up."""
    now_paid = {(one["stream"], one["year"]): one["paid"] for one in await settlements.unsettled(project, None)}
    require(
        all(now_paid.get((one.stream, one.year)) == one.paid for one in sums),
        _("Số đã thanh toán đã thay đổi từ khi lập quyết toán. Hãy trả lại để lập lại."),
    )


async def demand_back(
    settlement: Settlement, project: Project, sums: list[SettlementSum], parts: dict[str, SettlementApproval], *, by: Person
) -> None:
    """What was paid above the approved actuals is to be repaid; who answers for its stream decides it."""
    maker = Person(id=settlement.made_by, _exists_in_db=True)
    for one in sums:
        if one.back:
            await recoveries.written(
                project, stream=one.stream, year=one.year, cause=Recovery.Cause.SETTLEMENT, base=one.back, part=Fraction(1),
                amount=one.back, settlement=settlement, by=maker,
                explanation=record_words.settlement_difference(one.year, parts[one.stream].number),
            )


async def refuse(settlement: Settlement, *, reason: str, by: Person) -> None:
    """The finance of a part that is still open sends the whole back and says why; it may be drawn up anew."""
    async with changing(settlement, by=by, did="refused") as settlement:
        await require_approver(by, settlement)
        require(reason.strip(), _("Hãy nêu lý do trả lại."))
        settlement.state, settlement.reason, settlement.decided_by, settlement.decided_at = State.REFUSED, reason, by.id, now()
