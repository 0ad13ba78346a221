"""Money held for one application until its award is decided: asked for by the officer, approved by each stream's finance.

A multi-year application reserves what falls due: its first year and every year up to the current one. Later years
are planned obligations; each is asked for when its year has come, and then committed at once, for it is awarded.
"""

from dataclasses import dataclass

from piccolo.columns.combination import Combinable

from budget import ledger, streams
from budget.ledger import Kind, Paper
from budget.tables import Reservation, Stage
from grants.people.people import holds, person, today
from grants.people.tables import Person, Role
from grants.proposals import proposals
from grants.proposals.tables import Proposal
from grants.shell import mail
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB
from grants.shell.dates import budget_year, day_of
from grants.shell.language import N_, _
from grants.shell.money import short, show

State = Reservation.State
WORDS = {
    State.REQUESTED: (N_("Chờ duyệt"), "progress"),
    State.APPROVED: (N_("Đã giữ chỗ"), "good"),
    State.REFUSED: (N_("Bị từ chối"), "bad"),
    State.COMMITTED: (N_("Đã cam kết"), "good"),
    State.FREED: (N_("Đã trả lại"), "neutral"),
}


@dataclass(frozen=True)
class Part:
    """The state money of one year and stream that an application was appraised at, in đồng."""

    year: int
    stream: str
    amount: int


def label(state: str) -> str:
    return _(WORDS[State(state)][0])


def status(state: str) -> tuple[str, str]:
    return label(state), WORDS[State(state)][1]


def can_request(person: Person, proposal: Proposal) -> bool:
    return holds(person, Role.OFFICER) and proposal.state in (Proposal.State.APPRAISED, Proposal.State.AWARDED)


async def can_approve(person: Person, reservation: Reservation) -> bool:
    return (
        reservation.state == State.REQUESTED and reservation.made_by != person.id
        and await streams.can_approve(person, reservation.stream)
    )


def seen_by(person: Person) -> Combinable:
    """The offices see all but what is held for an application they have a part in: the team learns of its money by the award."""
    return proposals.judged_in(person, Reservation.proposal) if holds(person, *proposals.SEES_ALL) else Reservation.id < 0


def visible_to(person: Person):
    return Reservation.objects().where(seen_by(person))


async def parts(proposal: Proposal) -> tuple[list[Part], list[Part]]:
    """The appraised money that is due to be reserved, and what later years will need."""
    found = [Part(year, source, amount) for year, source, amount in await proposals.slices(proposal)]
    until = max(min((part.year for part in found), default=0), budget_year(today()))
    return [part for part in found if part.year <= until], [part for part in found if part.year > until]


async def of(proposal: Proposal) -> list[Reservation]:
    return await Reservation.objects().where(Reservation.proposal == proposal.id).order_by(
        Reservation.stream).order_by(Reservation.year)


async def missing(proposal: Proposal) -> list[Part]:
    """The due parts that nobody has asked for yet, or that were refused or let go."""
    due, _later = await parts(proposal)
    return lacking(due, await of(proposal))


def lacking(due: list[Part], held: list[Reservation]) -> list[Part]:
    """The same out of what is due and what was asked for."""
    asked = {(r.year, r.stream): r for r in held}
    standing = (State.REQUESTED, State.APPROVED, State.COMMITTED)
    return [
        part for part in due
        if (one := asked.get((part.year, part.stream))) is None or one.state not in standing
    ]


async def request(proposal: Proposal, *, by: Person) -> list[Reservation]:
    """Ask each stream's finance to hold what falls due of the appraised amount."""
    async with DB.transaction():
        proposal = await locked(proposal.id)
        require(
            can_request(by, proposal), _("Chỉ cán bộ quản lý nhiệm vụ mới đề nghị giữ chỗ, sau khi thẩm định kinh phí.")
        )
        await proposals.require_no_part(by, proposal)
        wanted = await missing(proposal)
        require(wanted, _("Không còn phần nào của hồ sơ này cần đề nghị."))
        asked = [await ask(proposal, part, by=by) for part in sorted(wanted, key=lambda p: (p.stream, p.year))]
    return asked


async def ask(proposal: Proposal, part: Part, *, by: Person) -> Reservation:
    """Ask for one part, anew where it was refused or let go; its finance is told."""
    finance = await streams.finance_of(part.stream)
    require(finance, _("Chưa có cơ quan tài chính nào phụ trách «{stream}».").format(stream=streams.label(part.stream)))
    found = await Reservation.objects().where(
        (Reservation.proposal == proposal.id) & (Reservation.stream == part.stream) & (Reservation.year == part.year)
    ).first()
    if found is None:
        found = Reservation(
            proposal=proposal.id, stream=part.stream, year=part.year, amount=part.amount, made_by=by.id, made_at=now()
        )
        await add(found, by=by, did="requested")
    else:
        async with changing(found, by=by, did="requested") as found:
            require(found.state in (State.REFUSED, State.FREED), _("Phần này đã được đề nghị."))
            found.state, found.amount, found.made_by, found.made_at = State.REQUESTED, part.amount, by.id, now()
            found.decided_by, found.decided_at, found.reason, found.entry = None, None, "", None
    for officer in finance:
        await mail.tell(
            officer, lambda: _("Đề nghị giữ chỗ {amount}").format(amount=short(part.amount)),
            lambda: _("Cho hồ sơ {reference}, từ «{stream}» năm {year}.").format(
                reference=proposal.reference, stream=streams.label(part.stream), year=part.year
            ),
            link=f"/reservations/{found.id}",
        )
    return found


async def approve(reservation: Reservation, *, by: Person) -> None:
    """The stream's finance holds the amount on the call's allocation; the ledger refuses what is not there."""
    proposal = await Proposal.objects().where(Proposal.id == reservation.proposal).first()
    async with DB.transaction():
        out_of, into = await accounts(proposal, reservation)
        await ledger.lock(out_of, into)
        proposal = await locked(proposal.id)
        async with changing(reservation, by=by, did="approved") as reservation:
            await require_approver(by, reservation, proposal)
            require(
                proposal.state in (Proposal.State.APPRAISED, Proposal.State.AWARDED),
                _("Hồ sơ này không còn chờ giữ chỗ kinh phí."),
            )
            paper = Paper("appraisal_minutes", proposal.reference, day_of(reservation.made_at))
            who = {"made_by": reservation.made_by, "approved_by": by.id}
            entry = await ledger.reserve(
                Kind.RESERVATION, reservation.amount, out_of=out_of, into=into, paper=paper,
                key=f"reservation-{reservation.id}-{reservation.made_at.isoformat()}", **who,
            )
            reservation.state, reservation.entry = State.APPROVED, entry.id
            reservation.decided_by, reservation.decided_at = by.id, now()
            if proposal.state == Proposal.State.AWARDED:  # a later year of what was awarded
                await ledger.settle(entry, paper=paper, key=f"later-{reservation.id}", **who)
                reservation.state = State.COMMITTED
        await tell_maker(proposal, reservation)


async def locked(id: int) -> Proposal:
    """The application as it is now; nobody decides about it until the transaction ends."""
    return await Proposal.objects().where(Proposal.id == id).lock_rows("NO KEY UPDATE").first()


async def refuse(reservation: Reservation, *, reason: str, by: Person) -> None:
    """The stream's finance does not hold the money and says why."""
    proposal = await Proposal.objects().where(Proposal.id == reservation.proposal).first()
    async with changing(reservation, by=by, did="refused") as reservation:
        await require_approver(by, reservation, proposal)
        require(reason, _("Hãy nêu lý do từ chối."))
        reservation.state, reservation.reason = State.REFUSED, reason
        reservation.decided_by, reservation.decided_at = by.id, now()
        await tell_maker(proposal, reservation)


async def is_idle(reservation: Reservation, proposal: Proposal) -> bool:
    """Whether what is held waits for no decision: its year is over, or the application is voted on or was appraised anew."""
    if reservation.state != State.APPROVED:
        return False
    if reservation.year < budget_year(today()) or proposal.state not in (Proposal.State.APPRAISED, Proposal.State.AWARDED):
        return True
    due, _later = await parts(proposal)
    return Part(reservation.year, reservation.stream, reservation.amount) not in due


async def can_free(person: Person, reservation: Reservation, proposal: Proposal) -> bool:
    mine = reservation.made_by != person.id and await streams.can_approve(person, reservation.stream)
    return mine and await is_idle(reservation, proposal)


async def free(reservation: Reservation, *, reason: str, by: Person) -> None:
    """A stream's finance lets go of what is held and waits for no decision; the application's officer is told and may ask anew."""
    proposal = await Proposal.objects().where(Proposal.id == reservation.proposal).first()
    async with DB.transaction():
        await ledger.lock(*await accounts(proposal, reservation))
        async with changing(reservation, by=by, did="freed") as reservation:
            require(
                await streams.can_approve(by, reservation.stream),
                _("Chỉ cơ quan tài chính phụ trách «{stream}» mới duyệt được.").format(stream=streams.label(reservation.stream)),
            )
            require(by.id != reservation.made_by, _("Người lập và người duyệt phải là hai người khác nhau."))
            await proposals.require_no_part(by, proposal)
            require(reservation.state == State.APPROVED, _("Khoản này không còn được giữ."))
            require(
                await is_idle(reservation, await locked(proposal.id)),
                _("Hồ sơ đang chờ quyết định trên khoản giữ chỗ này và năm ngân sách chưa kết thúc."),
            )
            require(reason, _("Hãy nêu lý do trả lại."))
            kind = "year_end_decision" if reservation.year < budget_year(today()) else "reservation_release"
            await ledger.void(
                await ledger.entry(reservation.entry), made_by=reservation.made_by, approved_by=by.id, key=f"stale-{reservation.entry}",
                paper=Paper(kind, f"GC-{reservation.id}", today()),
            )
            reservation.state, reservation.reason = State.FREED, reason
        await tell_maker(proposal, reservation)


async def require_approver(by: Person, reservation: Reservation, proposal: Proposal) -> None:
    require(
        await streams.can_approve(by, reservation.stream),
        _("Chỉ cơ quan tài chính phụ trách «{stream}» mới duyệt được.").format(stream=streams.label(reservation.stream)),
    )
    require(by.id != reservation.made_by, _("Người lập và người duyệt phải là hai người khác nhau."))
    await proposals.require_no_part(by, proposal)
    require(reservation.state == State.REQUESTED, _("Đề nghị này đã có quyết định."))


async def accounts(proposal: Proposal, reservation: Reservation) -> tuple:
    """Where the money is taken from and what it is held for."""
    place = (reservation.stream, reservation.year)
    return (
        await ledger.account(Stage.ALLOCATED, *place, call=proposal.call),
        await ledger.account(Stage.COMMITTED, *place, call=proposal.call, proposal=proposal.id),
    )


async def tell_maker(proposal: Proposal, reservation: Reservation) -> None:
    await mail.tell(
        await person(reservation.made_by),
        lambda: _("Giữ chỗ cho {reference}: {state}").format(reference=proposal.reference, state=label(reservation.state).lower()),
        lambda: _("{amount} từ «{stream}» năm {year}. {reason}").format(
            amount=show(reservation.amount), stream=streams.label(reservation.stream), year=reservation.year,
            reason=reservation.reason,
        ),
        link=f"/proposals/{proposal.id}/money",
    )
