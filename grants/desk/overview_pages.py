"""The leader's overview: at most six figures, four charts with their tables, each number opening its rows."""

from typing import Annotated

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import PathParameter
from litestar.response import Template

from budget import positions, streams
from budget.positions import Position
from grants.desk import overview
from grants.desk.overview_charts import CHARTS, years_of
from grants.people.people import today
from grants.shell import lists
from grants.shell.language import _, language
from grants.shell.money import percent, short
from grants.shell.web import page

Name = Annotated[str, PathParameter(max_length=20)]


async def chosen_year(request: Request, known: list[int]) -> int:
    """The year asked for, else the current one, else the last that the ledger knows."""
    asked = lists.whole(request.query_params.get("year"))
    this = today().year
    return asked if asked in known else this if this in known or not known else known[-1]


@get("/overview")
async def show(request: Request) -> Template:
    year = await chosen_year(request, await overview.years())
    known, found, five = await overview.money(year)
    before = positions.total([p for p in five if p.year == year - 1])
    tables = {"years": years_of(five)} | {name: await chart.table(year) for name, chart in CHARTS.items() if name != "years"}
    return page(
        "desk/overview.html", year=year, years=known, found=[(p, streams.badge(p.stream)) for p in found], total=positions.total(found),
        figures=figures(positions.total(found), before, year, await overview.projects_and_results(year)), charts=CHARTS, tables=tables,
    )


def figures(now: Position, before: Position, year: int, stand: dict) -> list[dict]:
    """The six figures: value, what it is a part of, how it stands against the year before."""
    results = stand["outputs"] + stand["rights"] + stand["transfers"]
    return [
        {"label": _("Được giao {year}").format(year=year), "value": said(now.appropriated), "href": f"/budget?year={year}",
         "change": against(now.appropriated, before.appropriated, year - 1), "base": _("mọi nguồn")},
        {"label": _("Đã phân bổ"), "value": said(now.allocated), "href": f"/allocations?year={year}&state=approved",
         "base": _("{share} của số được giao").format(share=percent(now.allocated, now.appropriated))},
        {"label": _("Đã cam kết"), "value": said(now.committed), "href": f"/reservations?year={year}&state=committed",
         "base": _("{share} của số đã phân bổ").format(share=percent(now.committed, now.allocated))},
        {"label": _("Đã chi"), "value": said(now.spent), "href": f"/payments?year={year}&state=paid",
         "change": against(now.spent, before.spent, year - 1),
         "base": _("{share} của số đã cam kết").format(share=percent(now.spent, now.committed))},
        {"label": _("Nhiệm vụ đang thực hiện"), "value": stand["running"], "href": "/projects?late=late" if stand["late"] else "/projects",
         "base": _("{late} chậm tiến độ, {in_time} đúng hạn").format(late=stand["late"], in_time=stand["running"] - stand["late"])},
        {"label": _("Kết quả đã xác nhận"), "value": results, "href": "/open/results",
         "base": _("{n} trong năm {year}; {transfers} hợp đồng chuyển giao").format(
             n=stand["outputs_year"] + stand["rights_year"] + stand["transfers_year"], year=year, transfers=stand["transfers"])},
    ]


def said(amount: int) -> str:
    return short(amount, language())


def against(now: int, before: int, year: int) -> str:
    """"+12 % so với 2025"; nothing where there was nothing before."""
    if not before:
        return ""
    sign = "+" if now >= before else "−"
    return _("{change} so với {year}").format(change=f"{sign}{percent(abs(now - before), before)}", year=year)


@get("/overview/charts/{name:str}")
async def chart(request: Request, name: Name) -> Response:
    """A chart as a picture."""
    drawn = CHARTS.get(name.removesuffix(".svg"))
    if drawn is None or not name.endswith(".svg"):
        raise NotFoundException
    year = await chosen_year(request, await overview.years())
    return Response(await drawn.draw(year), media_type="image/svg+xml")


ROUTES = [show, chart]
