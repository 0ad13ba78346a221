"""Pages of a draft's budget: its lines by expense group, year and source, with the sums the server computes."""

from functools import partial
from typing import Literal

from litestar import Request, get, post
from litestar.response import Redirect, Template
from pydantic import Field

from grants.calls import calls
from grants.calls.tables import Call
from grants.proposals import drafts, lines, proposals
from grants.proposals.draft_pages import child, shown_part
from grants.proposals.proposal_pages import visible
from grants.proposals.tables import BudgetLine, Source
from grants.rules import rules
from grants.shell.database import rows
from grants.shell.forms import Form, MaybeLine, Money, Typed, Whole, shown
from grants.shell.language import _, either
from grants.shell.web import Id, see, submitted


class LineForm(Form):
    group: Whole
    year: int = Field(ge=2020, le=2100)
    source: Literal["capital", "recurrent", "fund", "own"]
    requested: Money
    note: MaybeLine = ""


@get("/proposals/{id:int}/budget")
async def budget(request: Request, id: Id) -> Template:
    return await budget_page(request, id, Typed())


async def budget_page(request: Request, id: int, form: Typed, status_code: int = 200, *, line: int | None = None) -> Template:
    """The lines with their sums, and the form for one more; `line`: the one that the form changes.

    Until the award the team reads the years it asked for: that the plan has moved says that it was appraised.
    """
    proposal = await visible(request, id)
    call = await proposals.call_of(proposal)
    listed = await rows(
        'SELECT b.id, g.id AS group_id, g.number AS "group", g.name, g.name_en, b.source, b.note, b.requested, '
        'CASE WHEN $2 THEN b.year ELSE coalesce(b.moved_from, b.year) END AS year '
        'FROM budget_line b JOIN expense_group g ON g.id = b."group" WHERE b.proposal = $1 ORDER BY g.number, year, b.id',
        proposal.id, proposal.state not in proposals.IN_HAND or not await proposals.is_own(request.user, proposal),
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


@post("/proposals/{id:int}/budget")
async def add_line(request: Request, id: Id) -> Template | Redirect:
    add, again = partial(lines.add_line, await visible(request, id)), partial(budget_page, request, id)
    return await submitted(request, LineForm, add, shown=again, to=f"/proposals/{id}/budget", at="requested")


@get("/proposals/{id:int}/budget/{line:int}")
async def line_form(request: Request, id: Id, line: Id) -> Template:
    await visible(request, id)
    row = await child(BudgetLine, id, line)
    return await budget_page(request, id, shown(row, "group", "year", "source", "requested", "note"), line=line)


@post("/proposals/{id:int}/budget/{line:int}")
async def change_line(request: Request, id: Id, line: Id) -> Template | Redirect:
    await visible(request, id)
    change, again = partial(lines.change_line, await child(BudgetLine, id, line)), partial(budget_page, request, id, line=line)
    return await submitted(request, LineForm, change, shown=again, to=f"/proposals/{id}/budget", at="requested")


@post("/proposals/{id:int}/budget/{line:int}/removal")
async def remove_line(request: Request, id: Id, line: Id) -> Redirect:
    await visible(request, id)
    await drafts.take_out(await child(BudgetLine, id, line), by=request.user)
    return see(f"/proposals/{id}/budget")


ROUTES = [budget, add_line, line_form, change_line, remove_line]
