"""The leader's overview: at most six figures, four charts with their tables, each number opening its rows."""

from typing import Annotated
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import PathParameter
from litestar.response import Template

from budget import positions, streams
from budget.positions import Course
from grants.desk import overview
from grants.desk.overview_charts import CHARTS, years_of
from grants.people.people import titled, today
from grants.people.tables import Organisation, Person
from grants.shell import lists
from grants.shell.language import N_, _, either, language
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
    known = await overview.years()
    year = await chosen_year(request, known)
    found, five = await overview.money(year)
    before = positions.total([p for p in five if p.year == year - 1], Course)
    tables = {"years": years_of(five)} | {name: await chart.table(year) for name, chart in CHARTS.items() if name != "years"}
    return page(
        "desk/overview.html", year=year, years=known, found=[(p, streams.badge(p.stream)) for p in found],
        total=positions.total(found, Course), opens=opens, issuer=await issuer(request.user), charts=CHARTS, tables=tables,
        figures=figures(positions.total(found, Course), before, year, await overview.projects_and_results(year)),
    )


async def issuer(person: Person) -> str:
    """Who prints the page, and for which office: «Ông A, lãnh đạo tỉnh»."""
    offices = {post.organisation for post in person.posts if post.organisation}
    names = await Organisation.select(Organisation.name, Organisation.name_en).where(Organisation.id.is_in([*offices, 0]))
    return ", ".join([titled(person), *(either(one["name"], one["name_en"]) for one in names)])


def figures(now: Course, before: Course, year: int, stand: dict) -> list[dict]:
    """The six figures: value, what it is a part of, how it stands against the year before; each number opens its rows."""
    money = [
        ("granted", _("Được giao {year}").format(year=year),
         _("cho nhiệm vụ; ngoài ra {carried} năm trước chuyển sang").format(carried=said(now.carried_in)),
         against(now.granted, before.granted, year - 1)),
        ("allocated", _("Đã phân bổ"), _("{share} của số được giao và chuyển sang").format(share=share(now.allocated, now.given)), ""),
        ("committed", _("Đã cam kết"), _("{share} của số đã phân bổ").format(share=share(now.committed, now.allocated)), ""),
        ("spent", _("Đã chi"), _("{share} của {due} phải chi trong năm: cam kết, trừ tạm ứng năm trước chuyển sang").format(
            share=share(now.spent, now.due), due=said(now.due)),
         against(now.spent, before.spent, year - 1)),
    ]
    return [
        *({"label": label, "value": said(getattr(now, key)), "href": opens(key, year), "base": base,
           "change": change} for key, label, base, change in money),
        {"label": _("Nhiệm vụ có kinh phí năm {year}").format(year=year), "value": stand["projects"], "href": f"/projects?year={year}",
         "parts": [(_("{n} đang thực hiện").format(n=stand["running"]), f"/projects?year={year}&state=under_way"),
                   (_("{n} chậm tiến độ").format(n=stand["late"]), f"/projects?year={year}&state=under_way&late=late")]},
        {"label": _("Kết quả xác nhận năm {year}").format(year=year), "value": stand["results_year"], "href": f"/open/results?year={year}",
         "parts": [*((_(words).format(n=stand[f"{kind}_year"]), f"/open/results?year={year}&kind={kind}")
                     for kind, words in RESULTS.items()),
                   (_("mọi năm: {n}").format(n=stand["results"]), "/open/results")]},
    ]


COURSE = {  # what of the figure its year itself had
    "granted": "cash", "spent": "cash", "carried_in": "", "reserved": "", "free": "", "carried_out": "", "cancelled": "",
}


def opens(figure: str, year: int, stream: str = "") -> str:
    """Where a figure of the year leads: the ledger's movements whose sum it is."""
    chosen = {"figure": "given" if figure == "granted" else figure, "year": year, "stream": stream, "course": COURSE.get(figure, "year")}
    return f"/budget/entries?{urlencode({name: value for name, value in chosen.items() if value})}"


RESULTS = {"outputs": N_("{n} sản phẩm"), "rights": N_("{n} quyền"), "transfers": N_("{n} chuyển giao")}


def share(part: int, whole: int) -> str:
    return percent(part, whole, language())


def said(amount: int) -> str:
    return short(amount, language())


def against(now: int, before: int, year: int) -> str:
    """"+12 % so với 2025"; nothing where there was nothing before."""
    if not before:
        return ""
    sign = "+" if now >= before else "−"
    return _("{change} so với {year}").format(change=f"{sign}{share(abs(now - before), before)}", year=year)


@get("/overview/charts/{name:str}")
async def chart(request: Request, name: Name) -> Response:
    """A chart as a picture."""
    drawn = CHARTS.get(name.removesuffix(".svg"))
    if drawn is None or not name.endswith(".svg"):
        raise NotFoundException
    year = await chosen_year(request, await overview.years())
    return Response(await drawn.draw(year), media_type="image/svg+xml")


ROUTES = [show, chart]
