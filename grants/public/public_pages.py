"""Pages for everybody, signed in or not: the front page, calls, funded projects, results, the search, help."""

from typing import Annotated

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import PathParameter
from litestar.response import Template

from grants.calls import calls
from grants.calls.tables import Call
from grants.projects import projects
from grants.proposals import proposals
from grants.proposals.tables import Proposal
from grants.public import published
from grants.public.words import outcome, source, when
from grants.rules import rules
from grants.rules import sources as money
from grants.shell.changes import now
from grants.shell.dates import left
from grants.shell.language import _, either, language
from grants.shell.searches import amiss, containing
from grants.shell.text import legible
from grants.shell.web import page

Code = Annotated[str, PathParameter(max_length=40)]


@get("/")
async def front() -> Template:
    calendar = await rules.calendar()
    waiting = [
        {
            "what": either(call["title"], call["title_en"]), "href": published.call_path(call["code"]), "due": when(call["deadline"]),
            "left": left(call["deadline"], now(), calendar, language()), "about": either(call["summary"], call["summary_en"]),
        }
        for call in await published.open_calls()
    ]
    return page(
        "public/front.html", calls=waiting, funded=await published.funded_lately(), figures=await published.figures(), either=either,
        project_path=published.project_path,
    )


@get("/open/calls")
async def open_calls(request: Request) -> Response:
    return await published.CALLS.answer(request, calls.is_public(), "public/calls.html")


@get("/open/calls/{code:str}")
async def open_call(code: Code) -> Template:
    call = await published.call(code)
    if call is None:
        raise NotFoundException
    pinned = await rules.pinned(call["rule_set"])
    return page(
        "public/call.html", call=call, documents=await published.documents(call["id"]), either=either,
        sources=[(money.said(one.source), one.money, one.ceiling) for one in await published.sources(call["id"])],
        scheme=next((scheme for scheme in pinned.schemes if scheme.code == call["scheme"]), None), months=call["most_months"],
        left=left(call["deadline"], now(), await rules.calendar(), language()),
        is_open=call["state"] == Call.State.PUBLISHED and call["opens_at"] <= now() <= call["deadline"],
        is_coming=call["opens_at"] > now(),
    )


@get("/open/projects")
async def open_projects(request: Request) -> Response:
    return await published.PROJECTS.answer(request, None, "public/projects.html")


@get("/open/projects/{code:str}")
async def open_project(code: Code) -> Template:
    found = await published.project(code)
    if found is None:
        raise NotFoundException
    results = [(one["title"], outcome(one["sort"], one["kind"]), one["day"]) for one in await published.results_of(found["id"])]
    money = [(part["year"], source(part["source"]), part["approved"]) for part in await published.money_of(found["id"])]
    return page(
        "public/project.html", project=found, money=money, results=results, state=projects.status(found["state"]), either=either,
        call_path=published.call_path,
    )


@get("/open/results")
async def open_results(request: Request) -> Response:
    return await published.EVERYTHING.answer(request, None, "public/results.html", tabs=result_tabs())


@get("/open/results/outputs")
async def open_outputs(request: Request) -> Response:
    return await results(request, "outputs")


@get("/open/results/rights")
async def open_rights(request: Request) -> Response:
    return await results(request, "rights")


@get("/open/results/transfers")
async def open_transfers(request: Request) -> Response:
    return await results(request, "transfers")


async def results(request: Request, kind: str) -> Response:
    listing = published.RESULTS[kind]
    return await listing.answer(request, published.verified(listing.table), "public/results.html", tabs=result_tabs(kind))


def result_tabs(kind: str = "") -> list[tuple[str, str, bool]]:
    """All results in one list, then each kind with its own columns."""
    each = [(_(words), f"/open/results/{sort}", sort == kind) for sort, words in published.SORTS.items()]
    return [(_("Tất cả"), "/open/results", not kind), *each]


@get("/search")
async def search(request: Request) -> Template:
    """What everybody may find; who is signed in also finds the applications that they may know exist."""
    typed = legible(request.query_params.get("q", "")).strip()[:200]
    found = await published.search_for(typed) if typed else {}
    wanted = containing(Proposal.folded)(typed) if typed else None
    if request.scope.get("user") and wanted is not None:
        mine = proposals.visible_to(request.scope["user"]).where(wanted).order_by(amiss([Proposal.title], typed))
        found["proposals"] = await mine.order_by(Proposal.id, ascending=False).limit(published.FOUND_AT_MOST)
    return page(
        "public/search.html", typed=typed, found=found, either=either, call_path=published.call_path,
        project_path=published.project_path, most=published.FOUND_AT_MOST, count=sum(len(some) for some in found.values()),
    )


@get("/help")
async def help_page() -> Template:
    return page("public/help.html")


ROUTES = [
    front, open_calls, open_call, open_projects, open_project, open_results, open_outputs, open_rights, open_transfers, search, help_page,
]
