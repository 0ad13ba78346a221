"""Whether a request is payable: agreement, accepted report or milestone, and request must agree. Amounts are đồng."""

from dataclasses import dataclass

from budget import advances, funds, instalments, streams, terms
from budget.tables import Payment
from grants.people.people import today
from grants.projects import evaluations, projects, reports
from grants.projects.tables import Milestone, Project, Report
from grants.shell.changes import require
from grants.shell.database import rows
from grants.shell.dates import budget_year
from grants.shell.language import _
from grants.shell.money import show

ADVANCE = Payment.Kind.ADVANCE


@dataclass(frozen=True)
class Asked:
    """What is asked for: `instalment`, `report` and `milestone` are ids, `vouchers` the numbers of the papers of actual cost."""

    kind: str
    stream: str
    year: int
    amount: int
    instalment: int | None = None
    report: int | None = None
    milestone: int | None = None
    vouchers: str = ""


async def left(project: Project, stream: str, year: int) -> int:
    """What is committed to the project in a year and stream and neither paid nor on its way, in đồng."""
    found = await rows(
        "SELECT coalesce(sum(balance - held), 0)::bigint AS free FROM ledger_account "
        "WHERE proposal = $1 AND stream = $2 AND year = $3 AND stage = 'committed'", project.proposal, str(stream), year,
    )
    return found[0]["free"]


async def require_payable(project: Project, asked: Asked) -> None:
    """The rules of what may be asked for now. Raises `Refused` with the rule and what would be possible."""
    require(asked.amount > 0, _("Số tiền phải lớn hơn 0."))
    await require_grant(project)
    await reports.require_handed_in(project)
    require(asked.year <= budget_year(today()), _("Chưa đến năm ngân sách {year}.").format(year=asked.year))
    here = await left(project, asked.stream, asked.year)
    require(
        asked.amount <= here,
        _("Năm {year}, «{stream}» chỉ còn cam kết {left} cho nhiệm vụ này.").format(
            year=asked.year, stream=streams.label(asked.stream), left=show(here)
        ),
    )
    await require_on_schedule(project, asked)
    if asked.kind == ADVANCE:
        await require_advance(project, asked.amount)
    else:
        await require_work(project, asked)
    await require_method(project, asked)
    await require_grade_for_the_last(project, asked)


async def require_grant(project: Project) -> None:
    """Loans, vouchers and interest have their own requests; this one is for grants and commissions."""
    product = await funds.product_of(project)
    require(
        product is None or product.kind in funds.ORDINARY,
        _("Nhiệm vụ này được Quỹ hỗ trợ bằng «{kind}»: hãy đề nghị ở mục của Quỹ.").format(
            kind=funds.kind_label(product.kind) if product else ""
        ),
    )


async def require_on_schedule(project: Project, asked: Asked) -> None:
    """Where the agreement has a schedule, a request names its instalment: same kind and source, within its amount, condition met."""
    schedule = await instalments.of(project)
    require(not schedule or asked.instalment, _("Hợp đồng có lịch cấp kinh phí: hãy chọn đợt cần chi."))
    if not asked.instalment:
        return
    one = next((row for row in schedule if row["id"] == asked.instalment), None)
    require(one, _("Đợt này không có trong lịch cấp kinh phí của nhiệm vụ."))
    require(
        (one["kind"], one["stream"]) == (str(asked.kind), str(asked.stream)) and one["year"] <= asked.year,
        _("Đợt {number} là {kind}, nguồn «{stream}» năm {year}.").format(
            number=one["number"], kind=_("tạm ứng") if one["kind"] == ADVANCE else _("thanh toán"),
            stream=streams.label(one["stream"]), year=one["year"],
        ),
    )
    rest = one["amount"] - one["asked"]
    require(asked.amount <= rest, _("Đợt {number} chỉ còn {left}.").format(number=one["number"], left=show(rest)))
    require(
        one["met"], _("Đợt {number} chưa đủ điều kiện: {condition}.").format(number=one["number"], condition=instalments.condition(one))
    )


async def require_advance(project: Project, amount: int) -> None:
    most, rules = await advances.most_advance(project), await advances.advance_rules(project)
    require(
        amount <= most,
        _("Tạm ứng lần đầu tối đa {share} kinh phí ngân sách; lúc này còn tạm ứng được {most}.").format(
            share=f"{int(rules.first_most * 100)}%", most=show(most)
        ),
    )


async def require_work(project: Project, asked: Asked) -> None:
    """A payment rests on the named report or milestone; where none is named, on any accepted report."""
    own = (Report.project == project.id) & (Report.state == Report.State.ACCEPTED)
    if asked.milestone:
        reached = Milestone.done_on.is_not_null() & (Milestone.project == project.id) & (Milestone.id == asked.milestone)
        require(await Milestone.exists().where(reached), _("Mốc này chưa được ghi hoàn thành."))
    else:
        there = await Report.exists().where(own & (Report.id == asked.report) if asked.report else own)
        require(there, _("Chỉ thanh toán khi có báo cáo tiến độ được chấp nhận; trước đó, hãy đề nghị tạm ứng."))


async def require_method(project: Project, asked: Asked) -> None:
    """What is lump sum is paid on completed work, what is at actual cost against vouchers, each within its own lines."""
    kept = await terms.of(project)
    if kept is None or asked.kind == ADVANCE:
        return
    at_cost = bool(asked.vouchers.strip())
    require(at_cost or kept.method != terms.Method.ACTUAL, _("Nhiệm vụ chi theo thực tế: hãy ghi số chứng từ."))
    lump, actual = (await terms.split(project)).get(str(asked.stream), (0, 0))
    paid = await rows(
        "SELECT coalesce(sum(amount), 0)::bigint AS sum FROM payment WHERE project = $1 AND stream = $2 AND state <> 'refused' "
        "AND kind <> 'advance' AND (vouchers <> '') = $3", project.id, str(asked.stream), at_cost,
    )
    rest = (actual if at_cost else lump) - paid[0]["sum"]
    sentence = _("Phần không khoán còn {left} theo dự toán được duyệt.") if at_cost else _("Phần khoán còn {left} theo dự toán được duyệt.")
    require(asked.amount <= rest, sentence.format(left=show(max(0, rest))))


async def require_grade_for_the_last(project: Project, asked: Asked) -> None:
    """The payment that uses up the project's state money waits for the final evaluation (TTLT 27/2015: at least Đạt)."""
    kept = await terms.of(project)
    if kept and kept.method == terms.Method.ACTUAL:
        return
    before = await rows(
        "SELECT coalesce(sum(amount), 0)::bigint AS sum FROM payment WHERE project = $1 AND state <> 'refused'", project.id
    )
    wanted = (await projects.rules_of(project)).advances.last_needs_grade
    good = ("excellent",) if wanted == "excellent" else ("excellent", "pass")
    require(
        before[0]["sum"] + asked.amount < project.approved or project.grade in good,
        _("Lần chi cuối chỉ khi nhiệm vụ được nghiệm thu từ mức «{grade}».").format(grade=evaluations.grade_status(wanted)[0]),
    )
