"""Fees closed into a list: what was earned up to a day, at one council or at all, goes to the budget to be paid. Amounts are đồng.

Who has not written down where they are paid waits for a later list. A fee is listed once; the database holds it.
"""

from collections import defaultdict
from datetime import date

from grants.people import pay_lists
from grants.people.pay_lists import Earned
from grants.people.people import holds
from grants.people.tables import PayList, Person, Role
from grants.shell.changes import add, require
from grants.shell.database import DB, rows
from grants.shell.language import _, speaking
from grants.shell.money import show
from review import fees
from review.fee_tables import ListedFee


def can_close(person: Person) -> bool:
    return holds(person, Role.OFFICER)


async def waiting(until: date, panel: int | None = None) -> list[dict]:
    """Fees in no list, earned up to a day, of one council or of all; `ready`: the person has said where they are paid."""
    return await rows(
        """
        SELECT f.id, f.person, w.full_name, w.sort_key, f.rate, f.times, f.each, f.unverified, d.id IS NOT NULL AS ready,
            coalesce(d.bank, '') AS bank, coalesce(d.bank_account, '') AS bank_account, coalesce(d.tax_number, '') AS tax_number
        FROM fee f JOIN person w ON w.id = f.person LEFT JOIN pay_detail d ON d.person = f.person
        WHERE NOT EXISTS (SELECT FROM listed_fee x WHERE x.fee = f.id) AND (f.at AT TIME ZONE interval '7 hours')::date <= $1
            AND ($2::int IS NULL OR f.panel = $2) ORDER BY w.sort_key, f.person, f.id
        """,
        until, panel,
    )


async def panels_waiting() -> list[tuple[int, str]]:
    """The councils with fees in no list yet: id, name."""
    found = await rows(
        "SELECT n.id, n.name FROM panel n WHERE EXISTS (SELECT FROM fee f WHERE f.panel = n.id "
        "AND NOT EXISTS (SELECT FROM listed_fee x WHERE x.fee = f.id)) ORDER BY n.id"
    )
    return [(row["id"], row["name"]) for row in found]


async def close(*, name: str, until: date, panel: int | None = None, by: Person) -> PayList:
    """Put what waits and can be paid into a list, under a number; it is handed to the budget as it is, and cannot change."""
    require(can_close(by), _("Chỉ cán bộ quản lý nhiệm vụ mới chốt danh sách chi."))
    async with DB.transaction():
        await rows("SELECT pg_advisory_xact_lock(hashtext('fee_list'))")  # two officers do not reach for the same fees
        ready: dict[int, list[dict]] = defaultdict(list)
        for one in await waiting(until, panel):
            if one["ready"]:
                ready[one["person"]].append(one)
        require(ready, _("Không có khoản nào để đưa vào danh sách: mọi khoản đã chốt, hoặc người nhận chưa khai tài khoản."))
        closed, lines = await pay_lists.close(name, [earned(person, theirs) for person, theirs in ready.items()], by=by)
        for person, theirs in ready.items():
            for one in theirs:
                await add(ListedFee(fee=one["id"], line=lines[person]), by=by, did="listed")
    return closed


def earned(person: int, theirs: list[dict]) -> Earned:
    """One person's fees as a line of the list: the sum, and in words what for."""
    return Earned(
        person, in_words(theirs), sum(one["times"] * one["each"] for one in theirs), any(one["unverified"] for one in theirs),
        theirs[0]["bank"], theirs[0]["bank_account"], theirs[0]["tax_number"],
    )


def in_words(theirs: list[dict]) -> str:
    """What the fees are for, each rate once: «Chủ tịch hội đồng: 2 × 1.800.000 ₫»; the list is a Vietnamese paper."""
    times: dict[tuple[str, int], int] = defaultdict(int)
    for one in theirs:
        times[one["rate"], one["each"]] += one["times"]
    with speaking("vi"):
        said = _("{rate}: {count} × {each}")
        parts = [said.format(rate=fees.rate_name(rate), count=count, each=show(each)) for (rate, each), count in times.items()]
    said = "; ".join(parts)
    return said if len(said) <= 1000 else f"{said[:999]}…"
