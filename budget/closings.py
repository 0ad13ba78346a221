"""The close of a project (thanh lý): what must be true of its money and its file before, and the close itself. Amounts are đồng."""

from dataclasses import dataclass
from datetime import date

from budget import ledger
from budget.tables import BudgetYear
from grants.people.tables import Person
from grants.projects import closeouts, projects
from grants.projects.projects import State
from grants.projects.tables import Project
from grants.shell.changes import require
from grants.shell.database import DB, rows
from grants.shell.language import _
from grants.shell.money import show


@dataclass(frozen=True)
class Point:
    """One thing that must be so before the close: in words, whether it is, what is missing, and where it is done."""

    what: str
    done: bool
    missing: str
    href: str


MONEY = """
    SELECT coalesce(sum(a.balance) FILTER (WHERE a.stage = 'advanced'), 0)::bigint AS advanced,
        coalesce(sum(a.balance) FILTER (WHERE a.stage = 'paid'), 0)::bigint AS paid,
        coalesce(sum(a.balance) FILTER (WHERE a.stage = 'lent'), 0)::bigint AS lent,
        (SELECT count(*) FROM payment y WHERE y.project = $1 AND y.state IN ('requested', 'approved')) AS payments,
        (SELECT count(*) FROM clearance c WHERE c.project = $1 AND c.state IN ('filed', 'confirmed')) AS clearances,
        (SELECT count(*) FROM settlement s WHERE s.project = $1 AND s.state = 'proposed') AS settlements,
        (SELECT coalesce(sum(r.amount - r.repaid), 0)::bigint FROM recovery r WHERE r.project = $1 AND r.state IN ('proposed', 'decided'))
            AS owed
    FROM ledger_account a JOIN budget_year y ON y.year = a.year AND y.state <> $3 WHERE a.proposal = $2
"""


async def money(project: Project) -> dict:
    """What of the project's money is still open in years that are not closed."""
    return (await rows(MONEY, project.id, project.proposal, BudgetYear.State.CLOSED.value))[0]


async def checklist(project: Project) -> list[Point]:
    """What must be so before the project is closed, in the order in which it is done."""
    open_still, here = await money(project), f"/projects/{project.id}"
    return [
        *work(project, here),
        Point(_("Không còn đề nghị chi đang chờ"), not open_still["payments"],
              _("Còn {count} đề nghị chưa chi hoặc chưa từ chối").format(count=open_still["payments"]), f"{here}/payments"),
        Point(_("Tạm ứng đã hoàn hết"), not open_still["advanced"] and not open_still["clearances"],
              _("Còn {amount} tạm ứng chưa hoàn").format(amount=show(open_still["advanced"])), f"{here}/clearances"),
        Point(_("Số đã chi được quyết toán toàn bộ"), settled(project, open_still),
              _("Còn {amount} đã thanh toán chưa quyết toán").format(amount=show(open_still["paid"])) if open_still["paid"]
              else _("Chưa có quyết toán toàn bộ được phê duyệt"), f"{here}/settlements"),
        Point(_("Không còn khoản phải thu hồi"), not open_still["owed"],
              _("Còn phải hoàn trả {amount}").format(amount=show(open_still["owed"])), f"{here}/recoveries"),
        *([Point(_("Khoản vay của Quỹ đã tất toán"), False, _("Còn dư nợ {amount}").format(amount=show(open_still["lent"])),
                 f"{here}/support")] if open_still["lent"] else []),
    ]


def work(project: Project, here: str) -> list[Point]:
    """Evaluated and registered; of a project that failed or was broken off only that."""
    if project.state == State.TERMINATED:
        return [Point(_("Nhiệm vụ đã chấm dứt"), True, "", here)]
    graded = Point(_("Đã nghiệm thu, có quyết định công nhận"), project.grade is not None, _("Chưa có kết quả nghiệm thu"), here)
    if project.grade == "fail":
        return [graded]
    registered = bool(project.result_certificate)
    return [graded, Point(_("Kết quả đã đăng ký"), registered, _("Chưa có giấy chứng nhận đăng ký kết quả"), here)]


def settled(project: Project, open_still: dict) -> bool:
    """Nothing that was paid waits to be settled, by the settlement of the whole or by those of its years."""
    far_enough = project.state in (State.REGISTERED, State.CLOSED) or closeouts.may_end(project)
    return far_enough and not open_still["paid"] and not open_still["settlements"]


async def close(project: Project, *, number: str, on: date, by: Person) -> None:
    """The officer liquidates the agreement by minutes, when nothing is missing; the database then takes no more money for it."""
    async with ledger.in_words(), DB.transaction():
        project = await projects.locked(project.id)
        lacking = [point.missing for point in await checklist(project) if not point.done]
        require(not lacking, _("Chưa thanh lý được: {lacking}.").format(lacking="; ".join(lacking)))
        if project.state == State.REGISTERED:  # every year of it was settled, and no year is left for a settlement of the whole
            await closeouts.settle(project, by=by)
            project = await projects.locked(project.id)
        await closeouts.close(project, number=number, on=on, by=by)
