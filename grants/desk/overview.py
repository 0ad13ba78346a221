"""The leader's numbers: money by stream and year, calls with their success and pace, projects, results.

None of them counts applications one by one: money comes from account balances, applications from the tally, and what is
read row by row (calls, awards, projects, results) grows with what was funded, not with what was asked for.
"""

from dataclasses import dataclass

from budget import positions
from budget.positions import Course
from grants.shell.database import rows

YEARS = 5


@dataclass(frozen=True)
class Pace:
    """A call: how many handed in, how many awarded, and the days its stages took (None where not come to yet)."""

    id: int
    code: str
    year: int
    money: int
    handed_in: int
    decided: int
    awarded: int
    opening: int | None
    review: int | None
    decision: int | None


CALLS = """
    SELECT c.id, c.code, c.year, given.money, tally.handed_in, tally.decided, tally.awarded,
        c.opened_on - (c.deadline + interval '7 hours')::date AS opening, sat.day - c.opened_on AS review, decision.days AS decision
    FROM call c, LATERAL (
        SELECT coalesce(sum(n) FILTER (WHERE state NOT IN ('draft', 'withdrawn')), 0)::int AS handed_in,
            coalesce(sum(n) FILTER (WHERE state IN ('awarded', 'declined', 'ineligible')), 0)::int AS decided,
            coalesce(sum(n) FILTER (WHERE state = 'awarded'), 0)::int AS awarded
        FROM proposal_tally WHERE call = c.id
    ) tally, LATERAL (
        SELECT min((counted_at + interval '7 hours')::date) AS day FROM panel WHERE kind = 'selection' AND call = c.id
    ) sat, LATERAL (
        SELECT round(percentile_cont(0.5) WITHIN GROUP (ORDER BY w.decided_on - sat.day))::int AS days
        FROM project j JOIN award w ON w.proposal = j.proposal JOIN proposal p ON p.id = j.proposal
        WHERE p.call = c.id AND p.state = 'awarded'
    ) decision, LATERAL (
        SELECT coalesce(sum(balance), 0)::bigint AS money FROM ledger_account
        WHERE call = c.id AND stage IN ('allocated', 'committed', 'advanced', 'paid', 'settled', 'lent', 'written_off')
    ) given
    WHERE c.state IN ('published', 'closed') AND c.year = $1 ORDER BY c.code
"""


async def calls(year: int) -> list[Pace]:
    """The published calls of a year."""
    return [Pace(**row) for row in await rows(CALLS, year)]


def median(values: list[int]) -> int | None:
    """The middle one, the lower of two."""
    return sorted(values)[(len(values) - 1) // 2] if values else None


async def years() -> list[int]:
    """The budget years that the ledger holds money of."""
    held = "SELECT year FROM budget_year y WHERE EXISTS (SELECT FROM ledger_account WHERE year = y.year) ORDER BY 1"
    return [row["year"] for row in await rows(held)]


async def money(year: int) -> tuple[list[Course], list[Course]]:
    """The chosen year's course by stream, and those of this year and the ones before it, five in all."""
    five = await positions.courses(year - YEARS + 1, year)
    by_stream = {p.stream: p for p in five if p.year == year}
    return [by_stream.get(s.value) or Course(s.value, year) for s in positions.Stream], five


async def projects_and_results(year: int) -> dict:
    """The projects that have money of a year, by how they stand; verified results of the year by kind, and of all years."""
    found = await rows(
        """
        SELECT j.*, r.* FROM
            (SELECT count(*) AS projects, count(*) FILTER (WHERE state IN ('awarded', 'running', 'suspended')) AS running,
                    count(*) FILTER (WHERE state IN ('awarded', 'running', 'suspended') AND late_since IS NOT NULL) AS late
             FROM project WHERE id IN (SELECT project FROM slice WHERE year = $1)) j,
            (SELECT count(*) AS results, count(*) FILTER (WHERE this_year) AS results_year,
                    count(*) FILTER (WHERE this_year AND sort = 'outputs') AS outputs_year,
                    count(*) FILTER (WHERE this_year AND sort = 'rights') AS rights_year,
                    count(*) FILTER (WHERE this_year AND sort = 'transfers') AS transfers_year
             FROM (SELECT sort, day BETWEEN make_date($1, 1, 1) AND make_date($1, 12, 31) AS this_year FROM verified_result) v) r
        """,
        year,
    )
    return found[0]


async def paid_by_month(year: int) -> list[dict]:
    """What the treasury paid of a budget year in each month, by stream, in đồng: `month` is "2026-03", of the voucher's day."""
    return await rows(
        """
        SELECT to_char(t.month, 'YYYY-MM') AS month, a.stream, sum(t.came - t.went)::bigint AS amount
        FROM ledger_account a JOIN ledger_turnover t ON t.account = a.id
        WHERE a.year = $1 AND a.stage IN ('advanced', 'paid', 'settled', 'lent', 'written_off') AND t.kind <> 'carry_over'
        GROUP BY 1, 2 HAVING sum(t.came - t.went) <> 0 ORDER BY 1, 2
        """,
        year,
    )


FLOW = """
    WITH lived AS (
        SELECT a.stream, a.stage, a.call, a.proposal, a.held, a.balance + coalesce(t.went, 0) AS balance
        FROM ledger_account a
        LEFT JOIN (SELECT account, sum(went) AS went FROM ledger_turnover WHERE kind = 'carry_over' GROUP BY 1) t ON t.account = a.id
        WHERE a.year = $1
    ), way AS (
        SELECT stream, call, proposal, 'committed' AS what, sum(balance) AS amount FROM lived
            WHERE stage IN ('committed', 'advanced', 'paid', 'settled', 'lent', 'written_off') AND call IS NOT NULL GROUP BY 1, 2, 3
        UNION ALL SELECT stream, NULL, NULL, 'managed', sum(CASE stage WHEN 'paid' THEN balance ELSE held END) FROM lived
            WHERE call IS NULL AND stage IN ('appropriated', 'paid') GROUP BY 1
        UNION ALL SELECT stream, call, NULL, 'left', sum(balance - held) FROM lived WHERE stage = 'allocated' GROUP BY 1, 2
        UNION ALL SELECT stream, call, NULL, 'reserved', sum(held) FROM lived WHERE stage = 'allocated' GROUP BY 1, 2
        UNION ALL SELECT stream, NULL, NULL, 'unallocated', sum(balance - held) FROM lived WHERE stage = 'appropriated' GROUP BY 1
    ), large_call AS (
        SELECT call FROM way WHERE amount > 0 AND call IS NOT NULL GROUP BY 1 ORDER BY sum(amount) DESC, call LIMIT $2
    ), large_project AS (
        SELECT proposal FROM way WHERE amount > 0 AND proposal IS NOT NULL GROUP BY 1 ORDER BY sum(amount) DESC, proposal LIMIT $2
    )
    SELECT w.stream, CASE WHEN w.call IS NOT NULL THEN coalesce(c.code, '') END AS call, w.what, coalesce(j.code, '') AS project,
        sum(w.amount)::bigint AS amount
    FROM way w LEFT JOIN (large_call JOIN call c ON c.id = large_call.call) ON c.id = w.call
    LEFT JOIN (large_project JOIN project j USING (proposal)) ON j.proposal = w.proposal
    WHERE w.amount > 0 GROUP BY 1, 2, 3, 4
"""


async def flow(year: int, *, shown: int) -> list[dict]:
    """A year's money, as the year had it, from its stream over its call to its project: stream, call, what ("committed",
    "reserved", "left" of the call's, "managed", "unallocated" of the stream's), project, đồng.

    The `shown` largest calls and projects carry their codes; the smaller ones flow together under ""; no call yet is None.
    """
    return await rows(FLOW, year, shown)
