"""The statement of a budget year: original and final budget side by side, what was done with it, and what explains the rest.

One computation for the page, the workbook and the print. Read from the accounts' balances and their turnover by kind of
entry, so that it takes the same time however long the journal is. Amounts are đồng.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date

from budget import calendar_days, ledger, standings, streams, years
from budget.standings import SPENT_STAGES
from budget.tables import BudgetYear, Entry, Stage, Stream
from grants.people.people import today
from grants.shell.database import rows
from grants.shell.language import N_, _, either

Kind = Entry.Kind
# final = original + supplement − cut + transfer + carried_in; difference = final − paid − carried_out − cancelled.
COLUMNS = {
    "original": N_("Dự toán giao đầu năm"),
    "supplement": N_("Bổ sung trong năm"),
    "cut": N_("Cắt giảm trong năm"),
    "transfer": N_("Điều chỉnh, góp quỹ"),
    "carried_in": N_("Năm trước chuyển sang"),
    "final": N_("Dự toán được sử dụng"),
    "committed": N_("Đã cam kết"),
    "paid": N_("Đã thanh toán"),
    "settled": N_("Đã quyết toán"),
    "carried_out": N_("Chuyển sang năm sau"),
    "cancelled": N_("Huỷ dự toán"),
    "difference": N_("Còn lại"),
}
# What a thing was first given: a stream by the decision on the estimate, a call by allocation, a project by commitment.
# Inside the larger thing the smaller one's entries come to nothing, so one sum serves every level.
FIRST_GIVEN = {Kind.APPROPRIATION, Kind.ALLOCATION, Kind.COMMITMENT}
DONE = {Stage.PAID, Stage.SETTLED}
# Where money still lies that was neither paid nor carried over nor cancelled.
REST = {
    Stage.APPROPRIATED: N_("chưa phân bổ"),
    Stage.ALLOCATED: N_("đã phân bổ, chưa cam kết"),
    Stage.COMMITTED: N_("đã cam kết, chưa chi"),
    Stage.ADVANCED: N_("tạm ứng chưa thanh toán"),
    Stage.LENT: N_("dư nợ cho vay"),
    Stage.WRITTEN_OFF: N_("nợ đã xử lý rủi ro"),
    Stage.RECOVERED: N_("đã thu hồi"),
    Stage.RETURNED: N_("nộp trả của năm đã khoá sổ"),
    Stage.CONTRIBUTED: N_("đã góp vốn"),
    Stage.HANDED: N_("đã giao đơn vị dự toán"),
}
CHANGING = ("supplement", "cut", "virement", "contribution", "carry_over", "cancellation")  # kinds that change a budget once given


@dataclass(frozen=True)
class Place:
    """Whose money it is: of a stream, under a code of the classification ("" where none is given), a call's, an application's."""

    stream: str
    classification: str
    call: int | None
    proposal: int | None


@dataclass(frozen=True)
class Line:
    """One line of a statement: a stream, a code, a call or a project; `rest` explains the difference, stage by stage."""

    name: str
    amounts: dict[str, int]
    rest: list[tuple[str, int]]
    level: int = 0
    stream: str = ""
    title: str = ""
    href: str = ""


@dataclass(frozen=True)
class Change:
    """A document that changed the year's budget: what it did, of which stream, how much in all."""

    kind: str
    stream: str
    paper: str
    number: str
    dated: date
    amount: int


@dataclass(frozen=True)
class Statement:
    """The statement of a year, of one stream or of all, as it stands on a day; `issuers`: who answers for each stream then."""

    year: int
    state: str
    stream: str | None
    on: date
    issuers: dict[str, str]
    streams: list[Line]
    total: Line
    classifications: list[Line]
    calls: list[Line]
    changes: list[Change] = field(default_factory=list)


@dataclass
class Money:
    """What the ledger says of a year: balances by place and stage, and turnover by place and kind (came, went)."""

    balances: list[tuple[Place, str, int]]
    turned: list[tuple[Place, str, int, int]]

    def by(self, key: Callable[[Place], Hashable]) -> dict[Hashable, "Money"]:
        """Divided by what `key` says of a place."""
        parts: dict[Hashable, Money] = defaultdict(lambda: Money([], []))
        for balance in self.balances:
            parts[key(balance[0])].balances.append(balance)
        for turned in self.turned:
            parts[key(turned[0])].turned.append(turned)
        return parts

    def line(self, name: str, **more) -> Line:
        """Balances and turnover as one line of the statement."""
        amounts = dict.fromkeys(COLUMNS, 0)
        for _place, kind, came, went in self.turned:
            if kind == Kind.CARRY_OVER:
                amounts["carried_in"] += came
                amounts["carried_out"] += went
            else:
                column, sign = column_of(kind)
                amounts[column] += sign * (came - went)
        amounts["final"] = sum(amounts[c] for c in ("original", "supplement", "transfer", "carried_in")) - amounts["cut"]
        amounts["committed"] = self.at(SPENT_STAGES)
        amounts["paid"] = self.at(DONE)
        amounts["settled"] = self.at({Stage.SETTLED})
        amounts["difference"] = amounts["final"] - amounts["paid"] - amounts["carried_out"] - amounts["cancelled"]
        rest = [(words, amount) for stage, words in REST.items() if (amount := self.at({stage}))]
        return Line(name, amounts, rest, **more)

    def at(self, stages: Iterable[str]) -> int:
        return sum(balance for _place, stage, balance in self.balances if stage in stages)


def column_of(kind: str) -> tuple[str, int]:
    """The column that an entry of this kind counts in, and its sign there."""
    if kind in FIRST_GIVEN:
        return "original", 1
    return {"supplement": ("supplement", 1), "cut": ("cut", -1), "cancellation": ("cancelled", -1)}.get(kind, ("transfer", 1))


BALANCES = """
    SELECT stream, classification, call, proposal, stage, sum(balance)::bigint AS balance FROM ledger_account
    WHERE year = $1 AND stage NOT IN ('source', 'cancelled') AND ($2::text IS NULL OR stream = $2) GROUP BY 1, 2, 3, 4, 5
"""
TURNED = """
    SELECT a.stream, a.classification, a.call, a.proposal, t.kind, sum(t.came)::bigint AS came, sum(t.went)::bigint AS went
    FROM ledger_account a JOIN ledger_turnover t ON t.account = a.id
    WHERE a.year = $1 AND a.stage NOT IN ('source', 'cancelled') AND ($2::text IS NULL OR a.stream = $2) GROUP BY 1, 2, 3, 4, 5
"""


def place(row: dict) -> Place:
    return Place(row["stream"], row["classification"], row["call"], row["proposal"])


async def money(year: int, stream: str | None) -> Money:
    return Money(
        [(place(row), row["stage"], row["balance"]) for row in await rows(BALANCES, year, stream)],
        [(place(row), row["kind"], row["came"], row["went"]) for row in await rows(TURNED, year, stream)],
    )


async def of_year(year: BudgetYear, stream: str | None = None) -> Statement:
    """The statement of a year as it stands today, of all streams or of one; a closed year's is of the last day of its adjustment."""
    found = await money(year.year, stream)
    by_stream = found.by(lambda place: place.stream)
    shown = [s.value for s in Stream if stream in (None, s.value)]
    on = today() if year.state != BudgetYear.State.CLOSED else min(today(), await calendar_days.adjustment_ends(year.year))
    return Statement(
        year.year, years.status(year.state)[0], stream, on, await answering(on),
        streams=[by_stream[s].line(streams.label(s), stream=s) for s in shown],
        total=found.line(_("Tổng cộng")),
        classifications=by_classification(found), calls=await by_call(found),
        changes=await changes(year.year, stream),
    )


async def answering(on: date) -> dict[str, str]:
    """Who answers for each stream on a day; history keeps the old names."""
    found = await rows(
        "SELECT a.stream, o.name FROM answering($1) a JOIN organisation o ON o.id = a.organisation", on,
    )
    return {row["stream"]: row["name"] for row in found}


def by_classification(found: Money) -> list[Line]:
    """By stream and code of the budget classification; what carries no code stands under its own line."""
    parts = found.by(lambda place: (in_order(place), place.stream, place.classification))
    return [parts[key].line(key[2] or _("Chưa gắn mã"), stream=key[1]) for key in sorted(parts)]


def in_order(place: Place) -> int:
    return list(Stream).index(place.stream)


async def by_call(found: Money) -> list[Line]:
    """Each stream's calls, and under each its projects."""
    of_calls = found.by(lambda place: (in_order(place), place.stream, place.call))
    of_projects = found.by(lambda place: (place.stream, place.call, place.proposal))
    calls = await standings.names_of_calls({call for _n, _s, call in of_calls if call})
    projects = await standings.names_of_projects({proposal for _s, _c, proposal in of_projects if proposal})
    made = []
    for n, stream, call in sorted((key for key in of_calls if key[2]), key=lambda key: (key[0], calls[key[2]]["code"])):
        made.append(named(of_calls[n, stream, call], calls[call], stream, 0, f"/calls/{call}/allocations"))
        theirs = [key for key in of_projects if key[:2] == (stream, call) and key[2]]
        for key in sorted(theirs, key=lambda key: projects[key[2]]["code"]):
            row = projects[key[2]]
            href = f"/projects/{row['project']}/payments" if row["project"] else f"/proposals/{key[2]}/money"
            line = named(of_projects[key], row, stream, 1, href)
            if any(line.amounts.values()):  # an account that was opened for a reservation only has nothing to tell
                made.append(line)
    return made


def named(found: Money, row: dict, stream: str, level: int, href: str) -> Line:
    return found.line(row["code"], level=level, stream=stream, href=href, title=either(row["title"], row["title_en"]))


PAPERS = """
    SELECT e.kind, o.stream, o.year AS of_year, i.year AS into_year, e.document_kind, e.document_number, e.document_date,
        sum(e.amount - coalesce(c.amount, 0))::bigint AS amount
    FROM (SELECT DISTINCT t.account FROM ledger_turnover t JOIN ledger_account a ON a.id = t.account
          WHERE a.year IN ($1, $1 + 1) AND t.kind = ANY($3)) there
    JOIN ledger_entry e ON e."into" = there.account AND e.kind = ANY($3) AND e.state = 'posted'
    JOIN ledger_account o ON o.id = e.out_of JOIN ledger_account i ON i.id = e."into" LEFT JOIN ledger_entry c ON c.corrects = e.id
    WHERE $1 IN (o.year, i.year) AND ($2::text IS NULL OR $2 IN (o.stream, i.stream))
    GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(e.amount - coalesce(c.amount, 0)) <> 0
    ORDER BY e.document_date, e.document_number, e.kind, o.stream
"""


async def changes(year: int, stream: str | None) -> list[Change]:
    """The documents that changed the year's budget after it was given, oldest first."""
    return [
        Change(what(row, year), row["stream"], _(ledger.PAPERS.get(row["document_kind"], row["document_kind"])), row["document_number"],
               row["document_date"], row["amount"])
        for row in await rows(PAPERS, year, stream, list(CHANGING))
    ]


def what(row: dict, year: int) -> str:
    """What a document did, in words; of a carry-over also which way it went."""
    if row["of_year"] != row["into_year"]:
        return _("Chuyển sang năm sau") if row["of_year"] == year else _("Năm trước chuyển sang")
    return _(ledger.KINDS[row["kind"]])
