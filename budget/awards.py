"""The leader's decision on an application: what is reserved becomes committed, or is free again. Amounts are đồng."""

from datetime import date

from budget import ledger, reservations, streams
from budget.ledger import Paper
from budget.tables import Award, Entry, Reservation
from grants.calls.tables import Call
from grants.people.people import holds, person, today
from grants.people.tables import Person, Role
from grants.projects import projects
from grants.projects.tables import Project
from grants.proposals import objections, proposals
from grants.proposals.tables import Proposal
from grants.shell import mail
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB, rows
from grants.shell.language import N_, _
from grants.shell.money import short

Outcome = Award.Outcome
Held = Reservation.State
WORDS = {
    Outcome.AWARDED: (N_("Được phê duyệt"), "good"),
    Outcome.DECLINED: (N_("Không được phê duyệt"), "bad"),
}
MAY_BE_DECLINED = (Proposal.State.RECOMMENDED, Proposal.State.NOT_RECOMMENDED, Proposal.State.APPRAISED)
SEES = (Role.OFFICER, Role.FINANCE, Role.LEADER, Role.AUDITOR)


def label(outcome: str) -> str:
    return _(WORDS[Outcome(outcome)][0])


def status(outcome: str) -> tuple[str, str]:
    return label(outcome), WORDS[Outcome(outcome)][1]


def seen_by(person: Person):
    """Decisions are for the offices; applicants read theirs in their letter and on their application."""
    return Award.id > 0 if holds(person, *SEES) else Award.id < 0


def waiting() -> Proposal:
    """The condition of applications that wait for the leader's decision."""
    return Proposal.state.is_in([state.value for state in MAY_BE_DECLINED])


def can_award(person: Person, proposal: Proposal) -> bool:
    return holds(person, Role.LEADER) and proposal.state == Proposal.State.APPRAISED


def can_decline(person: Person, proposal: Proposal) -> bool:
    return holds(person, Role.LEADER) and proposal.state in MAY_BE_DECLINED


async def of(proposal: Proposal) -> Award | None:
    return await Award.objects().where(Award.proposal == proposal.id).first()


async def obstacles(proposal: Proposal) -> list[str]:
    """What still stands between an application and its award, in words."""
    due, _later = await reservations.parts(proposal)
    return await in_the_way_of(proposal, due, await reservations.of(proposal))


async def in_the_way_of(proposal: Proposal, due: list[reservations.Part], asked: list[Reservation]) -> list[str]:
    """The same, where what is due and what was asked for have been read already."""
    held = {(r.year, r.stream): r for r in asked}
    found = [] if due else [_("Hồ sơ chưa có kinh phí được thẩm định từ ngân sách.")]
    for part in due:
        if words := lacking(part, held.get((part.year, part.stream))):
            found.append(words.format(amount=short(part.amount), stream=streams.label(part.stream), year=part.year))
    return found + await objections.in_the_way(proposal)


def lacking(part: reservations.Part, held: Reservation | None) -> str | None:
    """How far the holding of one part is, in words; None when it is held."""
    if held is None:
        return _("{amount} từ «{stream}» năm {year} chưa được đề nghị giữ chỗ.")
    if held.state == Held.REQUESTED:
        return _("{amount} từ «{stream}» năm {year} đang chờ cơ quan tài chính duyệt giữ chỗ.")
    if held.state == Held.APPROVED and held.amount == part.amount:
        return None
    return _("{amount} từ «{stream}» năm {year} chưa được giữ chỗ; lần đề nghị trước bị từ chối hoặc đã đổi số tiền.")


async def require_signed(proposal: Proposal, on: date) -> None:
    """A decision's day lies behind us, and not before the year in which its call could be drawn up."""
    require(on <= today(), _("Ngày ký không được ở tương lai."))
    year = (await proposals.call_of(proposal)).year
    require(on.year >= year - 1, _("Ngày ký quá sớm so với năm ngân sách {year}.").format(year=year))


async def award(proposal: Proposal, *, number: str, on: date, by: Person) -> Project:
    """The leader awards by a decision: reservations become commitments, a project begins, all concerned are told."""
    require(holds(by, Role.LEADER), _("Chỉ lãnh đạo tỉnh mới phê duyệt nhiệm vụ."))
    await require_signed(proposal, on)
    await proposals.require_no_part(by, proposal)
    async with DB.transaction():
        proposal, held = await locked(proposal)
        require(not await Award.exists().where(Award.proposal == proposal.id), _("Hồ sơ này đã có quyết định."))
        in_the_way = await obstacles(proposal)
        require(not in_the_way, " ".join(in_the_way))
        slices = await proposals.slices(proposal)
        decision = Award(
            proposal=proposal.id, outcome=Outcome.AWARDED, amount=sum(amount for _y, _s, amount in slices),
            decision_number=number, decided_on=on, decided_by=by.id, decided_at=now(),
        )
        await add(decision, by=by, did="awarded")
        for reservation, entry in held:
            async with changing(reservation, by=by, did="committed") as reservation:
                await ledger.settle(
                    entry, paper=Paper("award_decision", number, on), made_by=reservation.made_by, approved_by=by.id,
                    key=f"award-{proposal.id}-{reservation.stream}-{reservation.year}",
                )
                reservation.state = Held.COMMITTED
        await proposals.award(proposal, by=by)
        project = await projects.begin(proposal, amount=decision.amount, slices=slices, by=by)
        await tell_awarded(proposal, decision, project)
    return project


async def decline(proposal: Proposal, *, number: str, on: date, reasons: str, by: Person) -> None:
    """The leader declines by a decision and says why: what was held is free again, the applicant is told."""
    require(holds(by, Role.LEADER), _("Chỉ lãnh đạo tỉnh mới quyết định không phê duyệt."))
    require(reasons, _("Hãy nêu lý do không phê duyệt."))
    await require_signed(proposal, on)
    await proposals.require_no_part(by, proposal)
    async with DB.transaction():
        proposal, held = await locked(proposal)
        require(not await Award.exists().where(Award.proposal == proposal.id), _("Hồ sơ này đã có quyết định."))
        decision = Award(
            proposal=proposal.id, outcome=Outcome.DECLINED, decision_number=number, decided_on=on, decided_by=by.id,
            decided_at=now(), reasons=reasons,
        )
        await add(decision, by=by, did="declined")
        for reservation, entry in held:
            async with changing(reservation, by=by, did="freed") as reservation:
                await ledger.void(
                    entry, paper=Paper("refusal_decision", number, on), made_by=reservation.made_by, approved_by=by.id,
                    key=f"declined-{proposal.id}-{reservation.stream}-{reservation.year}",
                )
                reservation.state = Held.FREED
        for asked in await reservations.of(proposal):
            if asked.state == Held.REQUESTED:
                async with changing(asked, by=by, did="refused") as asked:
                    asked.state, asked.reason, asked.decided_by, asked.decided_at = Held.REFUSED, reasons[:500], by.id, now()
        await proposals.decline(proposal, by=by)
        await tell_declined(proposal, decision)


async def decline_rest(call: Call, *, number: str, on: date, by: Person, also: dict[int, str] | None = None) -> int:
    """One decision for every application of a call that its panel did not recommend, each with the panel's own reasons.

    `also`: those that were recommended but find no money, by id, each with the reason its applicant reads.
    Returns how many were declined. All or none.
    """
    async with DB.transaction():
        reasons = {proposal.id: reasons_for(proposal) for proposal in await losers(call, by)} | (also or {})
        require(reasons, _("Thông báo này không còn hồ sơ nào chờ quyết định không phê duyệt."))
        declined, them = 0, await waiting_in(call, by).where(Proposal.id.is_in(list(reasons)))
        await ledger.lock(*[place for one in them for _asked, places in await money_of(one) for place in places])
        for proposal in them:
            await decline(proposal, number=number, on=on, reasons=reasons.pop(proposal.id), by=by)
            declined += 1
        require(not reasons, _("Có hồ sơ vừa được quyết định ở nơi khác. Hãy tải lại trang rồi quyết định."))
    return declined


def waiting_in(call: Call, person: Person):
    """The applications of a call that wait for a decision of this person, who has no part in them."""
    of_call = (Proposal.call == call.id) & waiting() & proposals.judged_by(person)
    return Proposal.objects().where(of_call).order_by(Proposal.id)


async def losers(call: Call, person: Person) -> list[Proposal]:
    """The applications of a call that its panel did not recommend and that wait for the decision."""
    return await waiting_in(call, person).where(Proposal.state == Proposal.State.NOT_RECOMMENDED)


async def unfunded(call: Call, person: Person) -> list[Proposal]:
    """The applications of a call that were recommended and have no award: for some of them there is no money."""
    return await waiting_in(call, person).where(Proposal.state != Proposal.State.NOT_RECOMMENDED)


async def calls_with_losers(person: Person) -> list[dict]:
    """The calls whose panel has concluded and that still wait: id, code, how many not recommended and recommended.

    Counted as this person may know: without the applications they have a part in.
    """
    return await rows(
        "SELECT c.id, c.code, count(*) FILTER (WHERE p.state = 'not_recommended') AS count, "
        "count(*) FILTER (WHERE p.state <> 'not_recommended') AS unfunded FROM proposal p JOIN call c ON c.id = p.call "
        "WHERE p.state IN ('not_recommended', 'recommended', 'appraised') "
        f"AND p.id NOT IN ({proposals.OWN.format('$1', '$1', '$1')}) GROUP BY c.id ORDER BY c.code", person.id,
    )


def reasons_for(proposal: Proposal) -> str:
    """What the applicant is told unless the leader writes something else: the panel's conclusion, or that the money ends."""
    if proposal.state in (Proposal.State.RECOMMENDED, Proposal.State.APPRAISED):
        return _("Hội đồng kiến nghị, nhưng kinh phí của thông báo không đủ cho mọi hồ sơ được kiến nghị.")
    return proposal.conclusion[:1000] or _("Hội đồng tuyển chọn không kiến nghị.")


async def money_of(proposal: Proposal) -> list[tuple[Reservation, tuple]]:
    """What is asked for or held for an application, each with the accounts it lies on."""
    asked = [r for r in await reservations.of(proposal) if r.state in (Held.REQUESTED, Held.APPROVED)]
    return [(r, await reservations.accounts(proposal, r)) for r in asked]


async def locked(proposal: Proposal) -> tuple[Proposal, list[tuple[Reservation, Entry]]]:
    """The application and its held money with the entries: the money is locked first, then what it is for.

    Refused where finance held something more in between; the decision is then taken on what is there now.
    """
    asked = await money_of(proposal)
    await ledger.lock(*[place for _asked, places in asked for place in places])
    proposal = await Proposal.objects().where(Proposal.id == proposal.id).lock_rows("NO KEY UPDATE").first()
    held = [r for r in await reservations.of(proposal) if r.state == Held.APPROVED]
    require(
        {r.id for r in held} <= {r.id for r, _places in asked},
        _("Tài chính vừa giữ thêm kinh phí cho hồ sơ này. Hãy tải lại trang rồi quyết định."),
    )
    return proposal, [(r, await ledger.entry(r.entry)) for r in held]


async def concerned(proposal: Proposal) -> list[Person]:
    """The applicant, and who signed for the lead organisation."""
    return [await person(id) for id in dict.fromkeys([proposal.lead, proposal.signatory]) if id]


async def tell_awarded(proposal: Proposal, decision: Award, project: Project) -> None:
    call = await Call.objects().where(Call.id == proposal.call).first()
    involved = {r.stream for r in await reservations.of(proposal)}
    finance = [officer for stream in sorted(involved) for officer in await streams.finance_of(stream)]
    readers = {reader.id: reader for reader in [*await concerned(proposal), await person(call.officer), *finance]}
    for reader in readers.values():
        await mail.tell(
            reader, lambda: _("Phê duyệt nhiệm vụ {code}").format(code=project.code),
            lambda: _("Hồ sơ «{title}» được phê duyệt {amount} theo Quyết định số {number}. Bước tiếp theo: ký hợp đồng.").format(
                title=proposal.title, amount=short(decision.amount), number=decision.decision_number
            ),
            link=f"/projects/{project.id}",
        )


async def tell_declined(proposal: Proposal, decision: Award) -> None:
    call = await Call.objects().where(Call.id == proposal.call).first()
    readers = {reader.id: reader for reader in [*await concerned(proposal), await person(call.officer)]}
    for reader in readers.values():
        await mail.tell(
            reader, lambda: _("Hồ sơ {reference} không được phê duyệt").format(reference=proposal.reference),
            lambda: _("Quyết định số {number}. Lý do: {reasons}").format(
                number=decision.decision_number, reasons=decision.reasons
            ),
            link=f"/proposals/{proposal.id}",
        )
