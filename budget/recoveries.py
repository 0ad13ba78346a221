"""Money to be repaid by a lead organisation, with the shares and the deadline of the pinned rules. Amounts are đồng.

Proposed by the officer, decided by the stream's finance; from then on an obligation of the organisation, which bars it from
new projects until it has repaid (TTLT 27/2015: subjective failure 40 % or 30 %, unproven costs all, objective failure nothing).
"""

from datetime import date
from fractions import Fraction

from piccolo.columns.combination import Combinable

from budget import ledger, payments, streams, terms
from budget.ledger import Kind, Paper
from budget.payment_tables import Recovery, Repaid, Settlement, Terms
from budget.tables import Account, Stage
from grants.people import people
from grants.people.people import holds, today
from grants.people.tables import Obligation, Person, Role
from grants.projects import obligations, projects
from grants.projects.tables import Project
from grants.proposals.tables import Proposal
from grants.rules import rules
from grants.shell import mail
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB, rows
from grants.shell.dates import budget_year, show_date
from grants.shell.language import N_, _, language
from grants.shell.money import percent, short, show

State, Cause = Recovery.State, Recovery.Cause
WORDS = {
    State.PROPOSED: (N_("Chờ quyết định thu hồi"), "progress"),
    State.DECIDED: (N_("Phải hoàn trả"), "warn"),
    State.REFUSED: (N_("Không thu hồi"), "neutral"),
    State.REPAID: (N_("Đã hoàn trả"), "good"),
}
CAUSES = {
    Cause.SUBJECTIVE: N_("Nhiệm vụ không hoàn thành do nguyên nhân chủ quan"),
    Cause.OBJECTIVE: N_("Nhiệm vụ không hoàn thành do nguyên nhân khách quan"),
    Cause.UNPROVEN: N_("Không chứng minh được kinh phí đã dùng"),
    Cause.SETTLEMENT: N_("Chênh lệch quyết toán"),
    Cause.ADVANCE: N_("Tạm ứng quá hạn chưa hoàn"),
}
BROKEN_OFF = (Project.State.SUSPENDED, Project.State.TERMINATED)


def label(state: str) -> str:
    return _(WORDS[State(state)][0])


def status(state: str) -> tuple[str, str]:
    return label(state), WORDS[State(state)][1]


def cause_label(cause: str) -> str:
    return _(CAUSES[Cause(cause)])


def number(id: int) -> str:
    return f"TH-{id:05d}"


def seen_by(person: Person) -> Combinable:
    """The offices see all; others what their own projects owe: nothing that is only proposed, or was refused."""
    if holds(person, *payments.SEES):
        return Recovery.id > 0
    return projects.answered_for(person, Recovery.project) & Recovery.state.is_in([State.DECIDED.value, State.REPAID.value])


def visible_to(person: Person):
    return Recovery.objects().where(seen_by(person))


def is_overdue(recovery: Recovery) -> bool:
    return recovery.state == State.DECIDED and recovery.due < today()


def can_propose(person: Person, project: Project) -> bool:
    """The officer who keeps the file, once the project has failed, is broken off, or has ended with advances open."""
    return projects.keeps(person, project) and project.state not in (Project.State.AWARDED, Project.State.CLOSED)


async def can_decide(person: Person, recovery: Recovery) -> bool:
    return (
        recovery.state == State.PROPOSED and person.id != recovery.made_by and await streams.can_approve(person, recovery.stream)
    )


def can_record(person: Person, recovery: Recovery) -> bool:
    return holds(person, Role.TREASURER) and recovery.state == State.DECIDED and person.id != recovery.decided_by


async def share(project: Project, cause: str) -> Fraction:
    """The share of the state money used that is paid back, by the pinned rules."""
    kept, rule = await terms.of(project), (await projects.rules_of(project)).recovery
    final_product = kept is not None and kept.method == Terms.Method.FULL
    return {
        Cause.SUBJECTIVE: rule.subjective_final_product if final_product else rule.subjective_partial,
        Cause.OBJECTIVE: rule.objective, Cause.UNPROVEN: rule.unproven,
    }.get(Cause(cause), Fraction(1))


async def used(project: Project, stream: str, *, advances_only: bool = False) -> int:
    """What a project received in a stream and neither gave back nor is asked to, in đồng."""
    stages = ["advanced"] if advances_only else ["advanced", "paid", "settled"]
    found = (await rows(
        "SELECT coalesce(sum(balance), 0)::bigint AS sum FROM ledger_account WHERE proposal = $1 AND stream = $2 AND stage = ANY($3)",
        project.proposal, str(stream), stages,
    ))[0]["sum"]
    asked = (await rows(
        "SELECT coalesce(sum(amount - repaid), 0)::bigint AS sum FROM recovery WHERE project = $1 AND stream = $2 "
        "AND state IN ('proposed', 'decided')", project.id, str(stream),
    ))[0]["sum"]
    return max(0, found - asked)


async def propose(project: Project, *, stream: str, cause: str, explanation: str, by: Person) -> Recovery:
    """The officer proposes what is to be repaid; the amount is the rules' share of what was used."""
    async with DB.transaction():
        project = await projects.locked(project.id)
        require(can_propose(by, project), _("Chỉ cán bộ theo dõi nhiệm vụ mới đề nghị thu hồi."))
        require(explanation.strip(), _("Hãy nêu rõ căn cứ thu hồi."))
        require_cause(project, cause)
        base = await used(project, stream, advances_only=cause == Cause.ADVANCE)
        part = await share(project, cause)
        require(part > 0, _("Nguyên nhân khách quan: theo bộ quy tắc không phải hoàn trả."))
        require(int(base * part) > 0, _("Nguồn «{stream}» không còn khoản nào phải thu hồi.").format(stream=streams.label(stream)))
        return await written(
            project, stream=stream, year=budget_year(today()), cause=cause, base=base, part=part, amount=int(base * part),
            explanation=explanation, by=by,
        )


def require_cause(project: Project, cause: str) -> None:
    """A failure is recovered after the grade «không đạt» or a stop; an advance once the project no longer runs."""
    failed = project.grade == "fail" or project.state in BROKEN_OFF
    require(cause in (Cause.SUBJECTIVE, Cause.OBJECTIVE, Cause.UNPROVEN, Cause.ADVANCE), _("Chênh lệch quyết toán do quyết toán lập."))
    require(
        cause in (Cause.ADVANCE, Cause.UNPROVEN) or failed,
        _("Chỉ thu hồi vì không hoàn thành khi nhiệm vụ không đạt, tạm dừng hoặc chấm dứt."),
    )
    require(
        cause != Cause.ADVANCE or project.state != Project.State.RUNNING or project.ends_on < today(),
        _("Nhiệm vụ đang thực hiện: tạm ứng được hoàn bằng hồ sơ hoàn tạm ứng."),
    )


async def written(
    project: Project, *, stream: str, year: int, cause: str, base: int, part: Fraction, amount: int, explanation: str, by: Person,
    settlement: Settlement | None = None,
) -> Recovery:
    """The proposal as a row; the stream's finance is told."""
    row = Recovery(
        project=project.id, stream=stream, year=year, cause=cause, base=base, share=str(part), amount=amount,
        explanation=explanation, settlement=settlement.id if settlement else None, made_by=by.id, made_at=now(),
    )
    await add(row, by=by, did="proposed")
    for officer in await streams.finance_of(stream):
        await mail.tell(
            officer, lambda: _("Đề nghị thu hồi {amount}").format(amount=short(amount)),
            lambda: _("Nhiệm vụ {code}: {explanation}").format(code=project.code, explanation=explanation),
            link=f"/recoveries/{row.id}",
        )
    return row


async def decide(recovery: Recovery, *, number: str, on: date, by: Person) -> None:
    """The stream's finance decides: the organisation owes it within the rules' time, and is barred until it is repaid."""
    async with changing(recovery, by=by, did="decided") as recovery:
        await require_decider(by, recovery)
        require(number.strip() and on <= today(), _("Hãy ghi số và ngày quyết định; ngày không ở tương lai."))
        project = await Project.objects().get(Project.id == recovery.project)
        term = (await projects.rules_of(project)).recovery.within
        due = (await rules.calendar()).due(on, term.value, term.unit)
        owed = await obligations.owe(Obligation.Kind.RECOVERY, project, due=due, by=by)
        recovery.state, recovery.decided_by, recovery.decided_at = State.DECIDED, by.id, now()
        recovery.decision_number, recovery.decided_on, recovery.due, recovery.obligation = number, on, due, owed.id
        await projects.tell(
            project, lambda: _("Phải hoàn trả {amount}").format(amount=short(recovery.amount)),
            lambda: _("Quyết định số {number}: {cause}. Nhiệm vụ {code} hoàn trả {amount} trước hết ngày {due}. Tổ chức chủ trì chưa "
                      "đăng ký được nhiệm vụ mới cho đến khi hoàn trả xong.").format(
                number=number, cause=cause_label(recovery.cause), code=project.code, amount=show(recovery.amount),
                due=show_date(due, language())),
            link=f"/recoveries/{recovery.id}",
        )


async def require_decider(by: Person, recovery: Recovery) -> None:
    require(
        await streams.can_approve(by, recovery.stream),
        _("Chỉ cơ quan tài chính phụ trách «{stream}» mới duyệt được.").format(stream=streams.label(recovery.stream)),
    )
    require(by.id != recovery.made_by, _("Người lập và người duyệt phải là hai người khác nhau."))
    require(recovery.state == State.PROPOSED, _("Đề nghị này đã có quyết định."))


async def refuse(recovery: Recovery, *, reason: str, by: Person) -> None:
    """The stream's finance does not demand it back and says why."""
    async with changing(recovery, by=by, did="refused") as recovery:
        await require_decider(by, recovery)
        require(reason.strip(), _("Hãy nêu lý do không thu hồi."))
        recovery.state, recovery.reason, recovery.decided_by, recovery.decided_at = State.REFUSED, reason, by.id, now()


async def repay(recovery: Recovery, *, amount: int, number: str, on: date, by: Person) -> None:
    """The treasurer records that money came back, with the treasury's number: it is booked, and what is repaid whole is settled."""
    project = await Project.objects().get(Project.id == recovery.project)
    async with DB.transaction():
        moves = await sources(project, recovery)
        back = [await ledger.account(Stage.APPROPRIATED, "fund", into.year) for _out, into in moves if recovery.stream == "fund"]
        await ledger.lock(*back, *[account for pair in moves for account in pair])
        async with changing(recovery, by=by, did="repaid") as recovery:
            require(holds(by, Role.TREASURER), _("Chỉ kế toán thanh toán mới ghi tiền hoàn trả."))
            require(recovery.state == State.DECIDED, _("Khoản thu hồi này không ở bước chờ hoàn trả."))
            require(by.id != recovery.decided_by, _("Người lập và người duyệt phải là hai người khác nhau."))
            left = recovery.amount - recovery.repaid
            require(0 < amount <= left, _("Khoản thu hồi này chỉ còn {left}.").format(left=show(left)))
            require(number.strip() and on <= today(), _("Hãy ghi số chứng từ và ngày; ngày không ở tương lai."))
            paper = Paper("treasury_voucher", number, on)
            await book(recovery, moves, amount, paper, by=by)
            await add(
                Repaid(recovery=recovery.id, amount=amount, on=on, number=number, recorded_by=by.id, recorded_at=now()),
                by=by, did="recorded",
            )
            recovery.repaid += amount
            if recovery.repaid == recovery.amount:
                recovery.state = State.REPAID
                async with changing(await Obligation.objects().get(Obligation.id == recovery.obligation), by=by, did="settled") as owed:
                    owed.settled_on = on


async def sources(project: Project, recovery: Recovery) -> list[tuple[Account, Account]]:
    """Out of which accounts what is repaid comes, the newest open year first; what is of closed years comes from outside."""
    proposal = await Proposal.objects().get(Proposal.id == project.proposal)
    stages = {Cause.ADVANCE: ["advanced"], Cause.SETTLEMENT: ["paid", "settled"]}.get(
        Cause(recovery.cause), ["paid", "settled", "advanced"])
    place = {"call": proposal.call, "proposal": proposal.id}
    found = await rows(
        "SELECT a.stage, a.year FROM ledger_account a JOIN budget_year y ON y.year = a.year AND y.state <> 'closed' "
        "WHERE a.proposal = $1 AND a.stream = $2 AND a.stage = ANY($3) AND a.balance > 0 "
        "ORDER BY a.year DESC, array_position($3, a.stage::text)",
        proposal.id, recovery.stream, stages,
    )
    year = budget_year(today())
    return [
        (await ledger.account(stage, recovery.stream, in_year, **place),
         await ledger.account(Stage.RECOVERED, recovery.stream, in_year, **place))
        for stage, in_year in [*((Stage(row["stage"]), row["year"]) for row in found), (Stage.RETURNED, year)]
    ]


async def book(recovery: Recovery, moves: list[tuple[Account, Account]], amount: int, paper: Paper, *, by: Person) -> None:
    """Post the amount over the accounts as far as each holds it; the fund's money goes back to the fund."""
    who = {"paper": paper, "made_by": recovery.decided_by, "approved_by": by.id}
    for n, (out_of, into) in enumerate(moves):
        fresh = await Account.objects().get(Account.id == out_of.id)
        part = amount if fresh.stage == Stage.RETURNED else min(amount, fresh.balance - fresh.held)
        if not part:
            continue
        amount -= part
        key = f"repaid-{recovery.id}-{recovery.repaid}-{n}"
        await ledger.post(Kind.RECOVERY, part, out_of=out_of, into=into, key=key, **who)
        if recovery.stream == "fund":
            back = await ledger.account(Stage.APPROPRIATED, "fund", into.year)
            await ledger.post(Kind.REPAYMENT, part, out_of=into, into=back, key=f"{key}-fund", **who)


async def warn_overdue() -> int:
    """A duty of the worker: who has not repaid in time is told once, and the stream's finance with them. Returns how many."""
    late = await Recovery.objects().where(
        (Recovery.state == State.DECIDED) & (Recovery.due < today()) & Recovery.warned_on.is_null()
    ).order_by(Recovery.id)
    for one in late:
        async with changing(one, by=None, did="warned") as one:
            one.warned_on = today()
            project = await Project.objects().get(Project.id == one.project)
            await warn(one, project)
    return len(late)


async def warn(recovery: Recovery, project: Project) -> None:
    signing = await people.holding(Role.SIGNATORY, project.lead_organisation)
    readers = [await people.person(project.lead), *signing, *await streams.finance_of(recovery.stream)]
    for reader in {one.id: one for one in readers}.values():
        await mail.tell(
            reader, lambda: _("Quá hạn hoàn trả {amount}").format(amount=short(recovery.amount - recovery.repaid)),
            lambda: _("Nhiệm vụ {code} còn phải hoàn trả {left}, hạn {due}.").format(
                code=project.code, left=show(recovery.amount - recovery.repaid), due=show_date(recovery.due, language())
            ),
            link=f"/recoveries/{recovery.id}",
        )


def share_in_words(recovery: Recovery) -> str:
    """"40 %"."""
    part = Fraction(recovery.share)
    return percent(part.numerator, part.denominator, language())
