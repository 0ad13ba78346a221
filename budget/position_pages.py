"""Pages of the ledger: where each stream's money of a year stands, and the entries behind every figure."""

from typing import Annotated

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import PathParameter
from litestar.response import Template
from piccolo.columns.combination import Combinable
from piccolo.querystring import QueryString

from budget import ledger, movements, names, places, position_charts, positions, standings, streams, years
from budget.standings import Standing
from budget.tables import BudgetYear, Entry
from budget.year_tables import Correction
from grants.people.people import holds, today
from grants.people.tables import Role
from grants.shell import lists
from grants.shell.dates import budget_year
from grants.shell.language import N_, _, language
from grants.shell.money import short
from grants.shell.web import Id, page

# From what was decided to what is at disposal; each opens the movements behind it (budget/movements.py).
DECIDED = ["decided", "carried_in", "transferred", "handed", "carried_out", "cancelled", "recovered", "appropriated", "unallocated"]

# The figures as the page shows them: a column, and what it holds that stands as a second line under it.
COLUMNS = [("appropriated", ""), ("allocated", "reserved"), ("committed", "advanced"), ("paid", "settled"), ("free", "")]

Name = Annotated[str, PathParameter(max_length=20)]
RESOLVED = "resolved"  # a hold that a later entry settled or let go
STANDING = QueryString(
    f"CASE WHEN ledger_entry.state = 'pending' AND EXISTS (SELECT FROM ledger_entry r WHERE r.resolves = ledger_entry.id) "
    f"THEN '{RESOLVED}' ELSE ledger_entry.state END"
)
STATES = ledger.STATES | {RESOLVED: (N_("Đã hết giữ"), "neutral")}


def standing(chosen: str) -> Combinable | None:
    """Entries by how they stand now: a hold that was settled or let go is not held any more."""
    resolved = Entry.select(Entry.resolves).where(Entry.resolves.is_not_null())
    if chosen == RESOLVED:
        return (Entry.state == Entry.State.PENDING) & Entry.id.is_in(resolved)
    if chosen == Entry.State.PENDING:
        return (Entry.state == Entry.State.PENDING) & Entry.id.not_in(resolved)
    return Entry.state == chosen if chosen in STATES else None


ENTRIES = lists.Listing(
    name="so-cai",
    table=Entry,
    columns=[
        lists.Column("at", N_("Lúc"), Entry.at, "time"),
        lists.Column("kind", N_("Bút toán"), Entry.kind, says=lambda kind: _(ledger.KINDS[kind]), under="at"),
        lists.Column("state", N_("Trạng thái"), STANDING, "status", sort_by=Entry.state, says=lambda state: entry_status(state)),
        lists.Column("amount", N_("Số tiền"), Entry.amount, "money"),
        lists.Column("year", N_("Năm"), Entry.into.year, "number", under="stream"),
        lists.Column("stream", N_("Nguồn"), Entry.into.stream, "stream", says=streams.badge),
        lists.Column("out_of", N_("Từ"), Entry.out_of.stage, says=lambda stage: _(ledger.STAGES[stage])),
        lists.Column("into", N_("Đến"), Entry.into.stage, says=lambda stage: _(ledger.STAGES[stage]), under="out_of"),
        lists.Column("call", N_("Thông báo"), Entry.into.call.code, "code"),
        lists.Column("proposal", N_("Hồ sơ"), Entry.into.proposal.reference, under="call"),
        lists.Column("document", N_("Căn cứ số"), Entry.document_number),
        lists.Column("dated", N_("Ngày"), Entry.document_date, "date", under="document"),
        lists.Column("maker", N_("Người lập"), Entry.made_by.full_name, sort_by=Entry.made_by.sort_key),
        lists.Column("checker", N_("Người duyệt"), Entry.approved_by.full_name, sort_by=Entry.approved_by.sort_key, under="maker"),
    ],
    order="-at",
    filters=[
        lists.year("year", N_("Năm ngân sách"), Entry.into.year),
        lists.chosen("stream", N_("Nguồn"), Entry.into.stream, streams.options),
        lists.chosen("kind", N_("Bút toán"), Entry.kind, lambda: [(k.value, _(words)) for k, words in ledger.KINDS.items()]),
        lists.Filter("state", N_("Trạng thái"), standing, lambda: [(str(state), _(words)) for state, (words, _tone) in STATES.items()]),
        lists.Filter("document", N_("Số văn bản"), lambda typed: Entry.document_number.ilike(f"%{escaped(typed)}%")),
        lists.Filter("call", N_("Mã thông báo"), lambda typed: Entry.into.call.code.ilike(f"%{escaped(typed)}%")),
        lists.Filter("proposal", N_("Số hồ sơ"), lambda typed: Entry.into.proposal.reference.ilike(f"%{escaped(typed)}%")),
    ],
    href=lambda row: f"/budget/entries/{row['id']}",
    extra=[Entry.id],
)


def escaped(typed: str) -> str:
    return typed[:60].replace("\0", "").replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def entry_status(state: str) -> tuple[str, str]:
    words, tone = STATES[state]
    return _(words), tone


async def chosen_year(request: Request) -> tuple[int, list[BudgetYear]]:
    """The year asked for, else the current one, else the latest that is open in the ledger."""
    known = await years.all_years()
    asked = lists.whole(request.query_params.get("year")) if request.query_params.get("year") else budget_year(today())
    if known and asked not in {each.year for each in known}:
        asked = known[0].year
    return asked, known


@get("/budget")
async def position_page(request: Request) -> Response:
    """Where the money of a year stands by stream, call and project; each figure opens the movements behind it."""
    year, known = await chosen_year(request)
    found = await standings.of_year(year)
    if wanted := lists.file_wanted(request):
        return await position_file(found, year, wanted)
    opened = lists.whole(request.query_params.get("call")) if request.query_params.get("call") else None
    decided = await positions.bridges(year)
    answering, mine = await streams.names(year), await streams.answered_by(request.user)
    months = await position_charts.months_table(year)
    return page(
        "budget/positions.html", year=year, years=known, state=next((years.status(y.state) for y in known if y.year == year), None),
        words={key: _(label) for key, (label, _stages) in standings.FIGURES.items()}, columns=COLUMNS, left=left(found, year),
        found=found, opened=opened,
        total=standings.total(found), badge=streams.badge, href=href,
        decided_figures=decided_figures(positions.total(decided, positions.Bridge)),
        decided=[(p, streams.badge(p.stream), answering.get(p.stream, "–"), p.stream in mine) for p in decided],
        decided_total=positions.total(decided, positions.Bridge), months=months,
        flow=position_charts.flow_table(found, await position_charts.programmes()),
    )  # fmt: skip


def left(found: list[Standing], year: int) -> list[dict]:
    """How much there is left: what of each stream is neither held nor committed, and of all together."""
    def said(name: str, amounts: dict[str, int], of: str) -> dict:
        return {
            "label": name, "value": short(amounts["free"], language()),
            "href": f"/budget/entries?figure=free&year={year}{of}" if amounts["free"] else None,
            "base": _("còn lại trên {amount} dự toán hiện hành").format(amount=short(amounts["appropriated"], language())),
        }

    return [said(_("Tất cả nguồn"), standings.total(found), ""), *(said(one.name, one.amounts, f"&stream={one.stream}") for one in found)]


def decided_figures(whole: positions.Bridge) -> list[tuple[str, str]]:
    """The lines from what was decided to what is at disposal; money paid back only where there is any."""
    return [(key, _(movements.FIGURES[key])) for key in DECIDED if key != "recovered" or whole.recovered]


def href(line: Standing, key: str, year: int) -> str:
    """The movements behind a figure of a line: of a line that did not get so far, all that it was given."""
    if line.level == 2 and line.proposal:
        of = f"&stream={line.stream}&project={line.name}"
        key = "committed" if key in ("appropriated", "allocated") else key
    elif line.level:
        of = f"&stream={line.stream}" + (f"&call={line.code}" if line.call else "")
        key = line.behind(key)
    else:
        of = f"&stream={line.stream}"
    return f"/budget/entries?figure={key}&year={year}{of}"


async def position_file(found: list[Standing], year: int, wanted: str) -> Response:
    """The same figures as the page, with every call's projects; only the streams' lines add up to the total."""
    heads = [(_("Nguồn"), "text"), (_("Thông báo"), "text"), (_("Nhiệm vụ"), "text"), (_("Tên"), "text"),
             *((_(label), "money") for label, _stages in standings.FIGURES.values())]
    lines = [[streams.label(line.stream), line.call_name, line.name if line.level == 2 else "", line.title, *line.amounts.values()]
             for one in found for line in one.lines()]
    totals = [None, None, None, None, *standings.total(found).values()]
    return await lists.as_file(f"ngan-sach-{year}", wanted, heads, lines, totals)


@get("/budget/charts/{name:str}")
async def chart(request: Request, name: Name) -> Response:
    """A chart as a picture."""
    drawn = position_charts.CHARTS.get(name.removesuffix(".svg"))
    if drawn is None or not name.endswith(".svg"):
        raise NotFoundException
    return Response(await drawn((await chosen_year(request))[0]), media_type="image/svg+xml")


@get("/budget/entries")
async def entry_list(request: Request) -> Response:
    """The journal; or, for a figure, the movements that make it up, with its sum."""
    if request.query_params.get("figure") in movements.FIGURES:
        return await movements.MOVEMENTS.answer(request, None, "budget/entries.html")
    return await ENTRIES.answer(request, None, "budget/entries.html")


@get("/budget/entries/{id:int}")
async def entry_page(request: Request, id: Id) -> Template:
    """One entry: what it moved, on the strength of which document, by whom, and what came of it."""
    entry = await ledger.entry(id)
    if entry is None:
        raise NotFoundException
    followed = await Entry.objects().where((Entry.resolves == id) | (Entry.corrects == id)).first()
    correction = await Correction.objects().where(
        (Correction.entry == id) | ((Correction.wrong == id) & (Correction.state != Correction.State.REFUSED))
    ).first()
    out_of, into = await places.of([entry.out_of, entry.into])
    own = holds(request.user, Role.FINANCE) and into["stream"][0] in await streams.answered_by(request.user)
    return page(
        "budget/entry.html", entry=entry, kind=_(ledger.KINDS[entry.kind]),
        status=entry_status(RESOLVED if followed and followed.resolves == id else entry.state),
        out_of=out_of, into=into, correction=correction, paper=_(ledger.PAPERS.get(entry.document_kind, entry.document_kind)),
        people=await names.of([entry.made_by, entry.approved_by]), may_correct=own and entry.state == Entry.State.POSTED and not correction,
        followed=followed, followed_kind=_(ledger.KINDS[followed.kind]) if followed else "",
    )


ROUTES = [position_page, chart, entry_list, entry_page]
