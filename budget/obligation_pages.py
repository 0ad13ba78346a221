"""Pages of obligations: what running projects need of a year, asked for and committed all at once; a project's years and sources."""

from functools import partial
from typing import Annotated

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import PathParameter
from litestar.response import Redirect, Template

from budget import obligations, reservations, streams, years
from grants.people.people import today
from grants.projects import heads
from grants.shell import lists
from grants.shell.dates import budget_year
from grants.shell.forms import Form, Typed
from grants.shell.language import N_, _, either
from grants.shell.web import Id, page, submitted

COLUMNS = {
    "planned": N_("Theo quyết định"), "appropriated": N_("Được bố trí"), "committed": N_("Cam kết"),
    "carried_in": N_("Năm trước chuyển sang"), "paid": N_("Đã chi"), "carried_out": N_("Chuyển sang năm sau"), "cancelled": N_("Đã huỷ"),
    "left": N_("Còn chi được"),
}  # fmt: skip

StreamCode = Annotated[str, PathParameter(max_length=10)]


HEADS = (
    (N_("Thông báo"), "code"), (N_("Nhiệm vụ"), "link"), (N_("Phần của năm theo quyết định"), "money"), (N_("Đã bố trí"), "money"),
    (N_("Còn thiếu"), "money"), (N_("Tình trạng"), "status"),
)


@get("/obligations")
async def obligation_page(request: Request) -> Template | Response:
    year = years.asked(request.query_params.get("year"))
    if wanted := lists.file_wanted(request):
        return await file_of(year, wanted)
    return await shown(request, year, Typed())


async def file_of(year: int, wanted: str) -> Response:
    """The same lines of all streams, each with its stream."""
    found, heads = await obligations.of_year(year), [(_(label), kind) for label, kind in HEADS]
    lines = [[streams.label(one.stream), *of] for one, of in zip(found, lists.in_words(heads, list(map(line, found))), strict=True)]
    return await lists.as_file(f"nghia-vu-{year}", wanted, [(_("Nguồn"), "text"), *heads], lines, [None, *sums(found)])


async def shown(request: Request, year: int, form: Typed, status_code: int = 200) -> Template:
    """A year's slices of running projects and how far they are funded; then what later years owe."""
    found = await obligations.of_year(year)
    mine = await streams.answered_by(request.user)
    here = budget_year(today())
    waiting = {stream: [one for one in found if one.stream == stream and one.state == "requested"] for stream in mine}
    return page(
        "budget/obligations.html", year=year, years=[one for one in range(here - 1, here + 3) if one != year], form=form,
        groups=[(streams.badge(stream), [line(one) for one in own], sums(own)) for stream in streams.LABELS
                if (own := [one for one in found if one.stream == stream])],
        heads=[(_(label), kind) for label, kind in HEADS],
        missing=sum(one.missing for one in found if one.state not in ("requested", "approved", "committed")) if year <= here else 0,
        may_request=obligations.can_request(request.user), status_code=status_code,
        waiting=[(stream, streams.badge(stream), len(own), sum(one.planned for one in own)) for stream, own in waiting.items() if own],
        later=[[str(row["year"]), streams.badge(row["stream"]), row["projects"], row["amount"]] for row in await obligations.horizon(year)],
    )  # fmt: skip


def line(one: obligations.Obligation) -> list:
    state = reservations.status(one.state) if one.state else (_("Chưa đề nghị"), "warn")
    link = (f"{one.code} {either(one.title, one.title_en)}", f"/projects/{one.project}/obligation")
    return [one.call, link, one.planned, one.funded, one.missing, state]


def sums(own: list[obligations.Obligation]) -> list:
    return [_("Cộng"), "", sum(one.planned for one in own), sum(one.funded for one in own), sum(one.missing for one in own), ""]


@post("/obligations/{year:int}/request")
async def request_year(request: Request, year: Id) -> Template | Redirect:
    asking = partial(obligations.request_year, year)
    return await submitted(request, Form, asking, shown=partial(shown, request, year), to=f"/obligations?year={year}")


@post("/obligations/{year:int}/{stream:str}/commitment")
async def commit_year(request: Request, year: Id, stream: StreamCode) -> Template | Redirect:
    if stream not in streams.LABELS:
        raise NotFoundException
    committing = partial(obligations.commit_year, year, stream)
    return await submitted(request, Form, committing, shown=partial(shown, request, year), to=f"/obligations?year={year}")


@get("/projects/{id:int}/obligation")
async def project_obligation(request: Request, id: Id) -> Template:
    """A project's award as a legal obligation, and how each year and source of it stands."""
    project = await heads.visible(request, id)
    found = await obligations.by_year(project)
    whole = obligations.total(found)
    committed = whole["committed"] - whole["cancelled"]
    return heads.framed(
        request, "budget/project_obligation.html", project, "/payments", columns=[(key, _(label)) for key, label in COLUMNS.items()],
        table=[(one, streams.badge(one.stream)) for one in found], total=whole, funded=committed, unfunded=project.approved - committed,
    )


ROUTES = [obligation_page, request_year, commit_year, project_obligation]
