"""Pages of a draft's budget: its lines by expense group, year and source, with the sums the server computes."""

from typing import Literal

from litestar import Request, get, post
from litestar.response import Redirect, Template
from pydantic import Field

from grants.calls import calls
from grants.calls.tables import Call
from grants.proposals import drafts, lines, proposals
from grants.proposals.draft_pages import as_typed, child, shown_part
from grants.proposals.proposal_pages import visible
from grants.proposals.tables import BudgetLine, Proposal, Source
from grants.rules import rules
from grants.rules.tables import ExpenseGroup
from grants.shell.changes import Refused
from grants.shell.database import rows
from grants.shell.forms import Form, Invalid, MaybeLine, Money, Typed, Whole, read, shown
from grants.shell.language import _, either
from grants.shell.web import Id, see


class LineForm(Form):
    group: Whole
    year: int = Field(ge=2020, le=2100)
    source: Literal["capital", "recurrent", "fund", "own"]
    requested: Money
    note: MaybeLine = ""


@get("/proposals/{id:int}/budget")
async def budget(request: Request, id: Id) -> Template:
    return await budget_page(request, await visible(request, id), Typed())


async def budget_page(request: Request, proposal: Proposal, form: Typed, line: int | None = None, status_code: int = 200) -> Template:
    call = await proposals.call_of(proposal)
    listed = await rows(
        'SELECT b.id, g.id AS group_id, g.number AS "group", g.name, g.name_en, b.year, b.source, b.note, b.requested '
        'FROM budget_line b JOIN expense_group g ON g.id = b."group" WHERE b.proposal = $1 ORDER BY g.number, b.year, b.id',
        proposal.id,
    )
    for row in listed:
        row["group_name"] = either(row["name"], row["name_en"])
    funding = await calls.funding_of(call)
    sources, limits = offered(funding, form.values.get("source")), ceilings(call, funding, listed)
    return await shown_part(
        request, proposal, "budget", form, status_code=status_code, lines=listed, table=lines.by_year(listed), line=line,
        groups=await rules.expense_groups(), years=[(str(y), str(y)) for y in lines.years(proposal, call.year)],
        sources=sources, words=drafts.SOURCES, call=call, ceilings=limits, lone=only(funding),
    )


def offered(funding: dict, chosen: str | None) -> list[tuple[str, str]]:
    """The sources to choose from: those that the call has money of, the own contribution, and what the line holds already."""
    open_to = {*calls.funded(funding), Source.OWN.value, chosen}
    return [(code, words) for code, words in drafts.spoken(drafts.SOURCES) if code in open_to]


def only(funding: dict) -> str:
    """The sources that the call is funded from, in words; empty while it has no money at all."""
    held = [source for source in calls.SOURCES if source in funding and funding[source].money]
    return ", ".join(_(drafts.SOURCES[Source(source)]) for source in held)


def ceilings(call: Call, funding: dict, listed: list[dict]) -> list[tuple[str, int, int]]:
    """What one application may ask at most and what this one asks: (of what, most, asked), by source and of all state money."""
    found = []
    for source in calls.SOURCES:
        if source in funding and funding[source].ceiling:
            asked = sum(row["requested"] for row in listed if row["source"] == source)
            found.append((_(drafts.SOURCES[Source(source)]), funding[source].ceiling, asked))
    if call.ceiling:
        asked = sum(row["requested"] for row in listed if row["source"] != Source.OWN)
        found.append((_("Toàn bộ ngân sách nhà nước"), call.ceiling, asked))
    return found


async def read_line(request: Request, proposal: Proposal, before: str | None = None) -> LineForm:
    """A budget line: more than nothing, a group of the list, a source that the call has money of (or that it had before)."""
    form = await read(LineForm, request)
    values = {k: str(v) for k, v in form.model_dump().items()}
    if form.requested <= 0:
        raise Invalid(values, {"requested": _("Số tiền phải lớn hơn 0.")})
    if not await ExpenseGroup.exists().where(ExpenseGroup.id == form.group):
        raise Invalid(values, {"group": _("Hãy chọn một nhóm chi trong danh sách.")})
    if form.source != before and (sentence := await lines.unfunded(await proposals.call_of(proposal), form.source)):
        raise Invalid(values, {"source": sentence})
    return form


@post("/proposals/{id:int}/budget")
async def add_line(request: Request, id: Id) -> Template | Redirect:
    proposal = await visible(request, id)
    try:
        form = await read_line(request, proposal)
        await lines.add_line(proposal, by=request.user, **form.model_dump())
    except Invalid as invalid:
        return await budget_page(request, proposal, invalid, status_code=422)
    except Refused as refused:
        return await budget_page(request, proposal, as_typed(form, "requested", refused), status_code=409)
    return see(f"/proposals/{id}/budget")


@get("/proposals/{id:int}/budget/{line:int}")
async def line_form(request: Request, id: Id, line: Id) -> Template:
    proposal = await visible(request, id)
    row = await child(BudgetLine, id, line)
    return await budget_page(request, proposal, shown(row, "group", "year", "source", "requested", "note"), line)


@post("/proposals/{id:int}/budget/{line:int}")
async def change_line(request: Request, id: Id, line: Id) -> Template | Redirect:
    proposal = await visible(request, id)
    row = await child(BudgetLine, id, line)
    try:
        form = await read_line(request, proposal, row.source)
        await lines.change_line(row, by=request.user, **form.model_dump())
    except Invalid as invalid:
        return await budget_page(request, proposal, invalid, line, status_code=422)
    except Refused as refused:
        return await budget_page(request, proposal, as_typed(form, "requested", refused), line, status_code=409)
    return see(f"/proposals/{id}/budget")


@post("/proposals/{id:int}/budget/{line:int}/removal")
async def remove_line(request: Request, id: Id, line: Id) -> Redirect:
    await visible(request, id)
    await drafts.take_out(await child(BudgetLine, id, line), by=request.user)
    return see(f"/proposals/{id}/budget")


ROUTES = [budget, add_line, line_form, change_line, remove_line]
