"""The opening session after the deadline: what the records say of each application, confirmed by the officer."""

from grants.calls import calls
from grants.calls.tables import Call
from grants.people.people import holds, person
from grants.people.tables import Obligation, Person, Role
from grants.proposals import proposals
from grants.proposals.proposals import State
from grants.proposals.tables import Finding, Proposal
from grants.rules.content import Bar, Rules
from grants.shell import mail
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB, rows
from grants.shell.dates import day_of
from grants.shell.language import _
from grants.shell.money import percent, show

Kind = Obligation.Kind
OWED = {
    "unfinished_project_as_pi": Kind.LEADING_PROJECT,
    "overdue_report": Kind.REPORT,
    "overdue_final_evaluation": Kind.FINAL_FILE,
    "result_unregistered": Kind.RESULT,
    "recovery_unpaid": Kind.RECOVERY,
    "suspended_within": Kind.SUSPENSION,
}

DOCTOR = ("TSKH", "TS", "CKII")
MASTER = (*DOCTOR, "ThS", "CKI")
ENOUGH = {"doctor": DOCTOR, "master": MASTER, "university": (*MASTER, "CN", "KS", "BS")}


def can_open(person: Person) -> bool:
    return holds(person, Role.OFFICER)


async def open_session(call: Call, *, by: Person) -> int:
    """Open what was handed in: close the call and write down every finding. Returns how many were opened.

    Findings rest on the records as of the deadline (TT 20/2023 Đ4, Đ6).
    """
    require(can_open(by), _("Chỉ cán bộ quản lý nhiệm vụ mới mở hồ sơ."))
    async with DB.transaction():
        # What is being handed in this second is waited for, so that nothing is opened without its findings.
        await rows("SELECT id FROM proposal WHERE call = $1 ORDER BY id FOR NO KEY UPDATE", call.id)
        if call.state == Call.State.PUBLISHED:
            await calls.close(call, by=by)
        async with changing(call, by=by, did="opened") as call:
            require(call.state == Call.State.CLOSED, _("Thông báo chưa đóng."))
            require(call.opened_on is None, _("Hồ sơ của thông báo này đã được mở."))
            call.opened_on = day_of(now())
        rules = await calls.rules_of(call)
        handed_in = await Proposal.objects().where((Proposal.call == call.id) & (Proposal.state == State.SUBMITTED)).order_by(Proposal.id)
        for proposal in handed_in:
            for code, sentence in await findings(proposal, call, rules):
                await add(Finding(proposal=proposal.id, code=code, sentence=sentence, found_at=now()), by=by, did="found")
    return len(handed_in)


async def findings(proposal: Proposal, call: Call, rules: Rules) -> list[tuple[str, str]]:
    """Why an application may not be valid: (code, sentence), each out of the records."""
    own = [*await lacking(proposal), *over_ceiling(proposal, call, rules), *await below_degree(proposal, rules)]
    return [*own, *await owed(proposal, call, rules)]


async def lacking(proposal: Proposal) -> list[tuple[str, str]]:
    found = await rows(
        "SELECT a.name FROM asked_document a WHERE a.call = $1 AND a.required "
        "AND NOT EXISTS (SELECT FROM document d WHERE d.asked = a.id AND d.proposal = $2) ORDER BY a.id",
        proposal.call, proposal.id,
    )
    return [("document_missing", f"Thiếu tài liệu: {row['name']}.") for row in found]


def over_ceiling(proposal: Proposal, call: Call, rules: Rules) -> list[tuple[str, str]]:
    """The call's own ceilings, else those of its rule set; none where neither says anything."""
    most, months = call.ceiling or rules.ceilings.state_amount, call.most_months or rules.ceilings.months
    found = []
    if most and proposal.requested_state > most:
        found.append(("over_amount", f"Kinh phí đề nghị từ ngân sách {show(proposal.requested_state)} vượt mức tối đa {show(most)}."))
    if months and (proposal.months or 0) > months:
        found.append(("over_months", f"Thời gian thực hiện {proposal.months} tháng vượt mức tối đa {months} tháng."))
    share = rules.ceilings.state_share
    if share is not None and proposal.requested_state > proposal.requested * share:
        found.append(("over_share", f"Kinh phí đề nghị từ ngân sách vượt {percent(share.numerator, share.denominator)} tổng kinh phí."))
    return found


async def below_degree(proposal: Proposal, rules: Rules) -> list[tuple[str, str]]:
    """The lead person's degree, as far as the profile states one, against the rules' least; a rank of professor stands above all."""
    lead = await Person.objects().get(Person.id == proposal.lead)
    if not lead.degree or lead.academic_rank or lead.degree in ENOUGH[rules.eligibility.pi_minimum_degree]:
        return []
    return [("pi_degree", f"Chủ nhiệm có học vị {lead.degree}, chưa đạt trình độ tối thiểu của bộ quy tắc.")]


async def owed(proposal: Proposal, call: Call, rules: Rules) -> list[tuple[str, str]]:
    """What the lead person and the lead organisation owed at the deadline, as far as the rules bar for it."""
    held = await Obligation.objects().where(
        ((Obligation.person == proposal.lead) | (Obligation.organisation == proposal.lead_organisation))
        & (Obligation.due <= day_of(call.deadline))
    ).order_by(Obligation.id)
    found = []
    for bar in [*rules.eligibility.bars_on("pi").items(), *rules.eligibility.bars_on("organisation").items()]:
        code, rule = bar
        for debt in held:
            of = debt.person == proposal.lead if rule.who == "pi" else debt.organisation == proposal.lead_organisation
            if of and debt.kind == OWED[code] and stands(debt, call, rule):
                found.append((f"{rule.who}_{code}", sentence(debt)))
    return list({words: (code, words) for code, words in reversed(found)}.values())[::-1]  # one debt of both is said once


def stands(debt: Obligation, call: Call, rule: Bar) -> bool:
    """Whether the obligation still stood at the deadline: a suspension for the rule's term, a debt after it as its grace."""
    day = day_of(call.deadline)
    if debt.kind == Kind.SUSPENSION:
        return rule.term is None or rule.term.after(debt.due) > day
    barred_from = rule.term.after(debt.due) if rule.term else debt.due
    return (debt.settled_on is None or debt.settled_on > day) and barred_from <= day


def sentence(debt: Obligation) -> str:
    words = {
        Kind.LEADING_PROJECT: "Chủ nhiệm đang chủ trì nhiệm vụ chưa kết thúc: {subject}.",
        Kind.REPORT: "Báo cáo quá hạn: {subject}.",
        Kind.FINAL_FILE: "Hồ sơ nghiệm thu quá hạn: {subject}.",
        Kind.RESULT: "Kết quả chưa đăng ký: {subject}.",
        Kind.RECOVERY: "Kinh phí phải thu hồi chưa nộp: {subject}.",
        Kind.SUSPENSION: "Đang trong thời gian bị đình chỉ: {subject}.",
    }
    return words[Kind(debt.kind)].format(subject=debt.subject)


async def confirm(proposal: Proposal, *, eligible: bool, by: Person, remark: str = "") -> None:
    """The officer confirms an application as valid or not; the applicant is told, with every reason.

    Against a finding only with a remark that says why.
    """
    async with changing(proposal, by=by, did="confirmed", eligible=eligible, remark=remark) as proposal:
        require(can_open(by), _("Chỉ cán bộ quản lý nhiệm vụ mới xác nhận tính hợp lệ."))
        await proposals.require_no_part(by, proposal)
        call = await proposals.call_of(proposal)
        require(call.opened_on, _("Chưa mở hồ sơ của thông báo này."))
        found = await Finding.objects().where((Finding.proposal == proposal.id) & Finding.blocking.eq(True)).order_by(Finding.id)
        require(not (eligible and found) or remark, _("Hồ sơ có vướng mắc; hãy ghi lý do vẫn xác nhận hợp lệ."), "remark")
        told = found and proposal.state == State.SUBMITTED  # what was once found no obstacle is none of itself
        require(eligible or told or remark, _("Hãy ghi lý do không hợp lệ."), "remark")
        proposals.move(proposal, State.ELIGIBLE if eligible else State.INELIGIBLE)
        if remark:
            await add(
                Finding(proposal=proposal.id, code="remark", sentence=remark[:500], blocking=not eligible, found_at=now()),
                by=by, did="remarked",
            )
        await tell(proposal, eligible, [f.sentence for f in found] + ([remark] if remark else []))


async def tell(proposal: Proposal, eligible: bool, reasons: list[str]) -> None:
    def body() -> str:
        if eligible:
            return _("Hồ sơ «{title}» hợp lệ và được đưa vào đánh giá.").format(title=proposal.title)
        return _("Hồ sơ «{title}» không hợp lệ. Lý do: {reasons}").format(title=proposal.title, reasons=" ".join(reasons))

    await mail.tell(
        await person(proposal.lead),
        lambda: _("Kết quả mở hồ sơ {reference}").format(reference=proposal.reference), body, link=f"/proposals/{proposal.id}",
    )
