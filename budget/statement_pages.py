"""Pages of the statement of a budget year: on the screen, as a workbook, as a paper for signature."""

import asyncio

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.response import Template

from budget import statement_sheets, statements, streams, years
from budget.statements import Statement
from budget.tables import BudgetYear, Stream
from grants.people import organisations
from grants.people.people import today
from grants.people.tables import Role
from grants.shell import lists
from grants.shell.dates import budget_year
from grants.shell.language import _, speaking
from grants.shell.web import attachment, page


async def asked_for(request: Request) -> tuple[BudgetYear, list[BudgetYear], str | None]:
    """The year and the stream in the address: the current year, or the last one known, and all streams if none is said."""
    known = await years.all_years()
    asked = lists.whole(request.query_params.get("year")) if request.query_params.get("year") else budget_year(today())
    found = next((year for year in known if year.year == asked), None)
    if found is None and request.query_params.get("year"):
        raise NotFoundException
    if not known:
        raise NotFoundException
    stream = request.query_params.get("stream")
    return found or known[0], known, stream if stream in set(Stream) else None


@get("/budget/statements")
async def show(request: Request) -> Response:
    """The statement of a year, of all streams or of one; `format=xlsx` gives the same tables as a workbook, `unit` the wide ones
    in triệu, tỷ or đồng."""
    year, known, stream = await asked_for(request)
    statement = await statements.of_year(year, stream)
    if request.query_params.get("format") == "xlsx":
        name = f"quyet-toan-{year.year}{f'-{stream}' if stream else ''}.xlsx"
        return attachment(await asyncio.to_thread(statement_sheets.workbook, statement), name, lists.XLSX)
    unit = request.query_params.get("unit", "")
    unit = unit if unit in statement_sheets.UNITS else "million"
    return page(
        "budget/statement.html", statement=statement, years=known, streams=streams.options(), unit=unit,
        sheets=[statement_sheets.on_screen(sheet, unit) for sheet in statement_sheets.sheets(statement)],
        units=[(code, _(words)) for code, (_by, words) in statement_sheets.UNITS.items()],
        title=statement_sheets.title(statement), issuers=statement_sheets.issuers(statement), status=years.status(year.state),
    )


@get("/budget/statements/print")
async def printed(request: Request) -> Template:
    """The same tables as a paper for signature, in Vietnamese whoever asks."""
    year, _known, stream = await asked_for(request)
    with speaking("vi"):
        statement = await statements.of_year(year, stream)
        return page(
            "budget/statement_print.html", statement=statement, sheets=statement_sheets.sheets(statement), day=f"{statement.on:%d/%m/%Y}",
            title=statement_sheets.title(statement), issuers=statement_sheets.issuers(statement), head=await issuer(statement),
            final=statement_sheets.said(statement.total.amounts["final"]), paid=statement_sheets.said(statement.total.amounts["paid"]),
            plain=statement_sheets.plain, back=f"/budget/statements?year={year.year}" + (f"&stream={stream}" if stream else ""),
        )


async def issuer(statement: Statement) -> str:
    """Whose paper it is: the one organisation that answers for all that it speaks of; the one that leads where there are more."""
    names = {name for _stream, name in statement_sheets.issuers(statement)}
    return names.pop() if len(names) == 1 else (await organisations.acting(Role.LEADER, statement.on)).name


ROUTES = [show, printed]
