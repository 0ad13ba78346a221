"""The page of a budget year's calendar."""

from litestar import Request, get
from litestar.response import Template

from budget import calendar_days
from grants.people.people import today
from grants.people.tables import Role
from grants.shell import lists
from grants.shell.dates import budget_year
from grants.shell.language import _
from grants.shell.web import page


@get("/budget/calendar")
async def calendar_page(request: Request) -> Template:
    """What is due in a budget year's cycle, from its estimate to its settlement."""
    asked = request.query_params.get("year")
    here = budget_year(today())
    year = lists.whole(asked) if asked else here
    year = year if 2020 <= year <= 2100 else here
    lines = [
        [due.name, due.day, due.left if not due.done and not due.passed else "–", _(calendar_days.ROLES[Role(due.role)]),
         calendar_days.status(due), due.basis, (_("chưa kiểm chứng"), "warn") if due.unverified else ""]
        for due in await calendar_days.of_year(year)
    ]  # fmt: skip
    return page("budget/calendar.html", year=year, years=[here - 1, here, here + 1], lines=lines)


ROUTES = [calendar_page]
