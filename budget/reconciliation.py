"""The fund's book beside its account: what was paid out and came in here, and what the statements say. Amounts are đồng."""

from dataclasses import dataclass
from datetime import date

from grants.shell.database import rows


@dataclass(frozen=True)
class Movement:
    """One movement of the fund's account: money out is negative. `reference`: its number here, with the address it opens."""

    on: date
    number: str
    reference: str
    href: str
    amount: int

    def cells(self) -> list:
        return [
            (self.reference, self.href) if self.href else self.reference,
            self.number,
            self.on,
            max(0, -self.amount),
            max(0, self.amount),
        ]


@dataclass(frozen=True)
class Reconciliation:
    """Movements in both, those only in the book, those only in a statement; and their sums."""

    matched: list[Movement]
    only_book: list[Movement]
    only_statement: list[Movement]

    @property
    def book(self) -> int:
        return sum(one.amount for one in [*self.matched, *self.only_book])

    @property
    def account(self) -> int:
        return sum(one.amount for one in [*self.matched, *self.only_statement])


BOOK = """
    SELECT paid_on AS "on", treasury_number AS number, $2::text || lpad(id::text, 5, '0') AS reference, '/payments/' || id AS href,
        -amount AS amount FROM payment WHERE stream = 'fund' AND state = 'paid' AND extract(year FROM paid_on) = $1
    UNION ALL SELECT p."on", p.number, 'TH-' || lpad(r.id::text, 5, '0'), '/recoveries/' || r.id, p.amount
        FROM recovery_payment p JOIN recovery r ON r.id = p.recovery WHERE r.stream = 'fund' AND extract(year FROM p."on") = $1
    UNION ALL SELECT "on", number, 'VV-' || lpad(loan::text, 5, '0'), '/loans/' || loan, principal + interest
        FROM loan_payment WHERE extract(year FROM "on") = $1
    ORDER BY 1, 2
"""
STATEMENT = """
    SELECT l."on", l.number, l.reference, '/treasury/lines/' || l.id AS href, l.back - l.out AS amount
    FROM treasury_line l JOIN treasury_file f ON f.id = l.statement
    WHERE f.kind = 'fund' AND l.state <> 'rejected' AND extract(year FROM l."on") = $1 ORDER BY 1, 2
"""


async def of_year(year: int) -> Reconciliation:
    """The year's movements of book and statements, paired by number, day and amount, each once."""
    book = [Movement(**row) for row in await rows(BOOK, year, "ĐN-")]
    account = [Movement(**row) for row in await rows(STATEMENT, year)]
    waiting: dict[tuple, int] = {}
    for one in account:
        waiting[key(one)] = waiting.get(key(one), 0) + 1
    matched, only_book = [], []
    for one in book:
        if waiting.get(key(one)):
            waiting[key(one)] -= 1
            matched.append(one)
        else:
            only_book.append(one)
    only_statement = []
    for one in account:
        if waiting.get(key(one)):
            waiting[key(one)] -= 1
            only_statement.append(one)
    return Reconciliation(matched, only_book, only_statement)


def key(one: Movement) -> tuple:
    return one.number, one.on, one.amount


async def by_year() -> list[dict]:
    """The fund's year in its own terms: year, contributed, income, free, committed, advanced, paid, lent, written_off, in đồng."""
    return await rows(
        """
        SELECT a.year, (coalesce(-sum(a.balance) FILTER (WHERE stage = 'source'), 0))::bigint AS income,
            coalesce(sum(a.balance) FILTER (WHERE stage = 'appropriated'), 0)::bigint AS free,
            coalesce(sum(a.balance) FILTER (WHERE stage = 'allocated'), 0)::bigint AS allocated,
            coalesce(sum(a.balance) FILTER (WHERE stage = 'committed'), 0)::bigint AS committed,
            coalesce(sum(a.balance) FILTER (WHERE stage IN ('advanced', 'paid', 'settled')), 0)::bigint AS paid,
            coalesce(sum(a.balance) FILTER (WHERE stage = 'lent'), 0)::bigint AS lent,
            coalesce(sum(a.balance) FILTER (WHERE stage = 'written_off'), 0)::bigint AS written_off
        FROM ledger_account a WHERE a.stream = 'fund' GROUP BY a.year ORDER BY a.year
        """
    )
