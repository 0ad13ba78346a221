"""An application appraised for a year that ended before its award: the plan moves to the next year by decision, as it was appraised.

What was held for it in the year that ended is let go with the decision; in the new year it is asked for and held anew. Two people.
"""

from datetime import date

from budget import awards, grounds, ledger, reservations
from budget.grounds import Act
from budget.ledger import Paper
from budget.tables import Reservation
from budget.year_tables import PlanMove
from grants.people.people import holds, person, today
from grants.people.tables import Person, Role
from grants.proposals import proposals
from grants.proposals.tables import Proposal
from grants.shell import mail
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB, rows
from grants.shell.dates import budget_year
from grants.shell.language import N_, _

State = PlanMove.State
WORDS = {
    State.PROPOSED: (N_("Chờ quyết định"), "progress"),
    State.APPROVED: (N_("Đã chuyển năm"), "good"),
    State.REFUSED: (N_("Không chuyển"), "bad"),
}


def status(state: str) -> tuple[str, str]:
    words, tone = WORDS[State(state)]
    return _(words), tone


# Appraised applications without an award whose first year is this one, with the move that waits for a decision.
WAITING = """
    SELECT p.id, p.reference, p.title, p.title_en, first.year, first.amount, m.id AS move, m.made_by, w.full_name AS maker, m.reason,
        g.name AS ground, g.name_en AS ground_en, g.basis
    FROM proposal p JOIN LATERAL (SELECT min(l.year) AS year, sum(l.appraised)::bigint AS amount FROM budget_line l
            WHERE l.proposal = p.id AND l.source = ANY($2) AND l.appraised > 0) first ON first.year = $1
        LEFT JOIN plan_move m ON m.proposal = p.id AND m.state = 'proposed' LEFT JOIN person w ON w.id = m.made_by
        LEFT JOIN budget_ground g ON g.id = m.ground
    WHERE p.state = 'appraised' AND p.id NOT IN ({own}) ORDER BY p.reference, p.id
""".format(own=proposals.OWN.replace("{}", "$3"))


async def waiting(year: int, person: Person) -> list[dict]:
    """The applications appraised for the year that wait for their award, but those the person has a part in: what of them moves,
    once the year has ended."""
    return await rows(WAITING, year, list(proposals.STATE_SOURCES), person.id)


def can_propose(person: Person) -> bool:
    return holds(person, Role.OFFICER)


async def propose(proposal: Proposal, *, ground: int, reason: str, by: Person) -> PlanMove:
    """The officer proposes that the plan moves to the next year, once the year it begins with has ended."""
    async with DB.transaction():
        proposal = await reservations.locked(proposal.id)
        require(can_propose(by) and not await proposals.is_own(by, proposal), _("Chỉ cán bộ quản lý nhiệm vụ mới đề nghị chuyển năm."))
        year = await first_year(proposal)
        require(reason.strip(), _("Hãy nêu lý do chuyển năm."))
        basis = await grounds.named(ground, Act.MOVE_PLAN, today())
        open_already = (PlanMove.proposal == proposal.id) & (PlanMove.state == State.PROPOSED)
        require(not await PlanMove.exists().where(open_already), _("Đã có một đề nghị chuyển năm đang chờ quyết định."))
        row = PlanMove(proposal=proposal.id, year=year, ground=basis.id, reason=reason, made_by=by.id, made_at=now())
        await add(row, by=by, did="proposed")
        await tell_deciders(proposal, row, basis, by=by)
    return row


async def first_year(proposal: Proposal) -> int:
    """The year with which the appraised plan begins; refused where there is nothing to move or that year still runs."""
    require(proposal.state == Proposal.State.APPRAISED, _("Chỉ chuyển năm kế hoạch của hồ sơ đã thẩm định, chưa phê duyệt."))
    found = await proposals.slices(proposal)
    require(found, _("Hồ sơ chưa có kinh phí được thẩm định từ ngân sách."))
    require(found[0][0] < budget_year(today()), _("Năm ngân sách {year} chưa kết thúc.").format(year=found[0][0]))
    return found[0][0]


async def tell_deciders(proposal: Proposal, row: PlanMove, basis, *, by: Person) -> None:
    wanted = {one.id: one for stream in await streams_of(proposal) for one in await grounds.deciders(basis, stream)}
    for reader in (one for one in wanted.values() if one.id != by.id):
        await mail.tell(
            reader, lambda: _("Đề nghị chuyển năm kế hoạch của hồ sơ {reference}").format(reference=proposal.reference),
            lambda: _("Thẩm định cho năm {year}, chưa phê duyệt khi hết năm. Lý do: {reason}").format(year=row.year, reason=row.reason),
            link=f"/year-ends/{row.year}",
        )


async def streams_of(proposal: Proposal) -> list[str]:
    return sorted({source for _year, source, _amount in await proposals.slices(proposal)})


async def can_decide(person: Person, row: PlanMove, proposal: Proposal) -> bool:
    """Whom the ground names: the leader, or a finance officer of every stream in the plan; never who proposed it or is in it."""
    if row.state != State.PROPOSED or person.id == row.made_by or await proposals.is_own(person, proposal):
        return False
    basis = await grounds.Ground.objects().get(grounds.Ground.id == row.ground)
    return all([await grounds.may_decide(person, basis, stream) for stream in await streams_of(proposal)])


async def approve(row: PlanMove, *, number: str, on: date, by: Person) -> None:
    """By a decision: what is held in the year that ended is let go, what was asked for there is off, the plan is the next year's."""
    async with ledger.in_words(), DB.transaction():
        proposal, _held = await awards.locked(await Proposal.objects().get(Proposal.id == row.proposal))
        async with changing(row, by=by, did="approved") as row:
            await require_decider(by, row, proposal)
            require(number.strip() and on <= today(), _("Hãy ghi số và ngày quyết định; ngày không ở tương lai."))
            require(await first_year(proposal) == row.year, _("Kế hoạch đã đổi từ khi đề nghị. Hãy tải lại trang."))
            row.state, row.decided_by, row.decided_at = State.APPROVED, by.id, now()
            row.document_number, row.document_date = number, on
        for held in await reservations.of(proposal):
            await let_go(held, Paper("plan_move_decision", number, on), by=by)
        await proposals.move_plan(proposal, by=by)
        await tell_maker(proposal, row)


async def let_go(held: Reservation, paper: Paper, *, by: Person) -> None:
    """What is held is free again; what was only asked for is refused. Both may be asked for in the new year."""
    if held.state == Reservation.State.APPROVED:
        require(by.id != held.made_by, _("Người lập và người duyệt phải là hai người khác nhau."))
        async with changing(held, by=by, did="freed") as held:
            await ledger.void(
                await ledger.entry(held.entry), paper=paper, made_by=held.made_by, approved_by=by.id, key=f"moved-{held.entry}",
            )
            held.state, held.reason = Reservation.State.FREED, _("Kế hoạch chuyển sang năm sau.")
    elif held.state == Reservation.State.REQUESTED:
        async with changing(held, by=by, did="refused") as held:
            held.state, held.reason = Reservation.State.REFUSED, _("Kế hoạch chuyển sang năm sau.")
            held.decided_by, held.decided_at = by.id, now()


async def refuse(row: PlanMove, *, reason: str, by: Person) -> None:
    """The plan does not move, with the reason: the application is declined, or appraised again under a new call."""
    proposal = await Proposal.objects().get(Proposal.id == row.proposal)
    async with changing(row, by=by, did="refused") as row:
        await require_decider(by, row, proposal)
        require(reason.strip(), _("Hãy nêu lý do từ chối."))
        row.state, row.refusal, row.decided_by, row.decided_at = State.REFUSED, reason, by.id, now()
        await tell_maker(proposal, row)


async def require_decider(by: Person, row: PlanMove, proposal: Proposal) -> None:
    require(row.state == State.PROPOSED, _("Đề nghị này đã có quyết định."))
    require(await can_decide(by, row, proposal), _("Chỉ người mà căn cứ pháp lý nêu, không phải người đề nghị, mới quyết định chuyển năm."))


async def tell_maker(proposal: Proposal, row: PlanMove) -> None:
    await mail.tell(
        await person(row.made_by), lambda: _("Chuyển năm kế hoạch hồ sơ {reference}: {state}").format(
            reference=proposal.reference, state=status(row.state)[0].lower()),
        lambda: row.refusal or _("Quyết định số {number}. Hãy đề nghị giữ chỗ ở năm {year}.").format(
            number=row.document_number, year=row.year + 1),
        link=f"/proposals/{proposal.id}/money",
    )
