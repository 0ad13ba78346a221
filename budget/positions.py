"""Where the money of a year stands by stream: one computation for page, export and the leader's overview.

Reads the accounts' balances only, so it takes the same time however long the journal is. Amounts are đồng.
"""

from dataclasses import dataclass, fields

from budget.tables import Stream
from grants.shell.database import rows


@dataclass(frozen=True)
class Position:
    """Money of one stream and year, each figure holding all that came at least so far.

    decided: given by the decisions; moved: contributed, handed over to units, and carried over; appropriated: what
    stands at disposal = decided + moved − cancelled − recovered. allocated ≥ reserved + committed ≥ advanced + paid + lent.
    What managing the work costs (fees) goes past calls: held or paid, it counts as allocated too.
    paid holds what is settled too; recovered: paid back, no longer spent and not to be spent again.
    payable: committed, and neither paid nor held for a payment on its way.
    """

    stream: str
    year: int
    decided: int = 0
    moved: int = 0
    cancelled: int = 0
    appropriated: int = 0
    allocated: int = 0
    reserved: int = 0
    committed: int = 0
    advanced: int = 0
    paid: int = 0
    settled: int = 0
    recovered: int = 0
    lent: int = 0
    payable: int = 0

    @property
    def unallocated(self) -> int:
        """What can still be allocated."""
        return self.appropriated - self.allocated

    @property
    def free(self) -> int:
        """What is neither reserved nor committed: unallocated, or allocated and not yet used."""
        return self.appropriated - self.reserved - self.committed

    @property
    def spent(self) -> int:
        """What left the treasury: advances not yet cleared, payments, and loans not yet repaid."""
        return self.advanced + self.paid + self.lent

    @property
    def committed_unpaid(self) -> int:
        return self.committed - self.spent


COMMITTED = "'committed', 'advanced', 'paid', 'settled', 'lent', 'written_off'"
SUMS = """
    SELECT stream, year,
        -sum(balance) FILTER (WHERE stage = 'source') AS decided,
        sum(balance) FILTER (WHERE stage NOT IN ('contributed', 'handed')) AS moved,
        sum(balance) FILTER (WHERE stage = 'cancelled') AS cancelled,
        sum(balance) FILTER (WHERE stage NOT IN ('source', 'cancelled', 'recovered', 'returned', 'contributed', 'handed')) AS appropriated,
        coalesce(sum(balance) FILTER (WHERE stage IN ('allocated', {spent})), 0)
            + coalesce(sum(held) FILTER (WHERE stage = 'appropriated'), 0) AS allocated,
        sum(held) FILTER (WHERE stage IN ('appropriated', 'allocated')) AS reserved,
        sum(balance) FILTER (WHERE stage IN ({spent})) AS committed,
        sum(balance) FILTER (WHERE stage = 'advanced') AS advanced,
        sum(balance) FILTER (WHERE stage IN ('paid', 'settled')) AS paid,
        sum(balance) FILTER (WHERE stage = 'settled') AS settled,
        sum(balance) FILTER (WHERE stage = 'recovered') AS recovered,
        sum(balance) FILTER (WHERE stage IN ('lent', 'written_off')) AS lent,
        sum(balance - held) FILTER (WHERE stage = 'committed') AS payable
    FROM (SELECT stream, year, stage, sum(balance) AS balance, sum(held) AS held FROM ledger_account {where} GROUP BY 1, 2, 3) a
    GROUP BY stream, year ORDER BY year, stream
"""


async def positions(*, year: int | None = None, call: int | None = None, proposal: int | None = None) -> list[Position]:
    """The positions by year and stream, of everything or of a year, a call's or an application's money."""
    wanted = {"year": year, "call": call, "proposal": proposal}
    given = {name: value for name, value in wanted.items() if value is not None}
    where = " AND ".join(f"{name} = ${n}" for n, name in enumerate(given, start=1))
    found = await rows(SUMS.format(spent=COMMITTED, where=f"WHERE {where}" if where else ""), *given.values())
    made = [Position(**{k: v if k == "stream" else int(v or 0) for k, v in row.items()}) for row in found]
    return sorted(made, key=lambda p: (p.year, list(Stream).index(p.stream)))


async def of_year(year: int) -> list[Position]:
    """The three streams of a year, also those that hold nothing."""
    found = {p.stream: p for p in await positions(year=year)}
    return [found.get(stream.value) or Position(stream.value, year) for stream in Stream]


def total(found: list, of: type = Position):
    """The sum of positions, or of courses, as one row."""
    sums = {f.name: sum(getattr(p, f.name) for p in found) for f in fields(of) if f.name not in ("stream", "year")}
    return of(stream="", year=found[0].year if found else 0, **sums)


@dataclass(frozen=True)
class Course:
    """A year's money of one stream as the year had it, before what was left went on to the next year, in đồng.

    given: decided, supplemented, contributed and carried in, without what units and other funds were given; of it carried_in:
    what was given in earlier years; allocated, reserved, committed; due: what was to be paid in the year, committed in it or
    carried into it and not paid out before; spent: what of it left the treasury in the year's own time; carried_out: what
    went on to the next year (−); cancelled: what was given back unused (−).
    """

    stream: str
    year: int
    given: int = 0
    carried_in: int = 0
    allocated: int = 0
    reserved: int = 0
    committed: int = 0
    due: int = 0
    spent: int = 0
    carried_out: int = 0
    cancelled: int = 0
    free: int = 0

    @property
    def granted(self) -> int:
        """What the year itself was given: every đồng counts in the year of its decision, never in two."""
        return self.given - self.carried_in


COURSES = """
    SELECT stream, year,
        sum(balance + went) FILTER (WHERE stage NOT IN ('source', 'contributed', 'handed')) AS given, sum(came) AS carried_in,
        coalesce(sum(balance + went) FILTER (WHERE stage IN ('allocated', {spent})), 0)
            + coalesce(sum(held) FILTER (WHERE stage = 'appropriated'), 0) AS allocated,
        sum(held) FILTER (WHERE stage IN ('appropriated', 'allocated')) AS reserved,
        sum(balance + went) FILTER (WHERE stage IN ({spent})) AS committed,
        sum(balance + went - CASE stage WHEN 'committed' THEN 0 ELSE came END) FILTER (WHERE stage IN ({spent})) AS due,
        sum(balance + went - came) FILTER (WHERE stage IN ({spent}) AND stage <> 'committed') AS spent,
        -sum(went) AS carried_out,
        -sum(balance) FILTER (WHERE stage = 'cancelled') AS cancelled,
        sum(balance - held) FILTER (WHERE stage IN ('appropriated', 'allocated')) AS free
    FROM (
        SELECT a.stream, a.year, a.stage, sum(a.balance) AS balance, sum(a.held) AS held,
            coalesce(sum(t.came), 0) AS came, coalesce(sum(t.went), 0) AS went
        FROM ledger_account a LEFT JOIN (
            SELECT account, sum(came) AS came, sum(went) AS went FROM ledger_turnover WHERE kind = 'carry_over' GROUP BY account
        ) t ON t.account = a.id WHERE a.year BETWEEN $1 AND $2 GROUP BY 1, 2, 3
    ) a GROUP BY stream, year ORDER BY year, stream
"""


async def courses(since: int, until: int) -> list[Course]:
    """The course of each of these years and streams; the same time however long the journal is, and however many other years."""
    found = await rows(COURSES.format(spent=COMMITTED), since, until)
    made = [Course(**{k: v if k == "stream" else int(v or 0) for k, v in row.items()}) for row in found]
    return sorted(made, key=lambda c: (c.year, list(Stream).index(c.stream)))


@dataclass(frozen=True)
class Bridge:
    """From what the decisions gave a stream to what stands at its disposal, in đồng; what comes before `appropriated` adds up to it.

    recovered: paid back out of the year's own money; what is paid back for a closed year was not in it and changes nothing.
    """

    stream: str
    year: int
    decided: int = 0
    carried_in: int = 0
    transferred: int = 0
    handed: int = 0
    carried_out: int = 0
    cancelled: int = 0
    recovered: int = 0
    appropriated: int = 0
    unallocated: int = 0


BRIDGES = """
    SELECT stream, coalesce(sum(balance) FILTER (WHERE stage = 'handed'), 0)::bigint AS handed,
        coalesce(sum(balance) FILTER (WHERE stage IN ('recovered', 'returned')), 0)::bigint AS back,
        sum(came)::bigint AS came, sum(went)::bigint AS went
    FROM (
        SELECT a.stream, a.stage, a.balance, coalesce(t.came, 0) AS came, coalesce(t.went, 0) AS went
        FROM ledger_account a LEFT JOIN (
            SELECT account, sum(came) AS came, sum(went) AS went FROM ledger_turnover WHERE kind = 'carry_over' GROUP BY account
        ) t ON t.account = a.id WHERE a.year = $1
    ) a GROUP BY stream
"""


async def bridges(year: int) -> list[Bridge]:
    """How each stream came to what it has at its disposal; what leaves it is negative."""
    parts = {row["stream"]: row for row in await rows(BRIDGES, year)}
    return [bridge(p, parts.get(p.stream) or dict.fromkeys(("handed", "back", "came", "went"), 0)) for p in await of_year(year)]


def bridge(p: Position, part: dict) -> Bridge:
    came, went, handed, back = (int(part[name]) for name in ("came", "went", "handed", "back"))
    return Bridge(
        p.stream, p.year, p.decided, came, p.moved - came + went + handed, -handed, -went, -p.cancelled, -back,
        p.appropriated, p.unallocated,
    )
