"""The demo's fees: who sits and advises says where they are paid; each year's fees are listed and paid, the latest list waits."""

from datetime import date

from budget import fee_payments
from grants.people import people
from grants.people.tables import Person
from grants.shell.database import rows
from review import fee_lists, fees
from seed.diary import Diary, moment
from seed.year_money import latest

OFFICER, TREASURER = "officer@grants.test", "treasurer@grants.test"
NOT_PAID = "nguyen.quoc.huy@grants.test"  # in finance, and on no appraisal team: nobody approves a list that pays them
BANKS = ("Agribank, chi nhánh Đắk Lắk", "Vietcombank, chi nhánh Đắk Lắk", "BIDV, chi nhánh Buôn Ma Thuột")


def note_fees(diary: Diary) -> None:
    """At the end of a year, and before the summer, what was earned is paid; in November a list waits for finance."""
    for year, day in ((2024, "2024-12-09"), (2025, "2025-12-08"), (2026, "2026-06-22")):
        note_paid(diary, year, day)
    diary.on(moment("2026-11-16", 9), lambda: accounts(diary))
    diary.on(moment("2026-11-16", 10), lambda: listed(diary, "2026-11-10", 2026))


async def accounts(diary: Diary) -> None:
    """Whoever has earned a fee and has no account written down writes one; the last of them has not come to it yet."""
    found = await rows(
        "SELECT DISTINCT f.person FROM fee f WHERE NOT EXISTS (SELECT FROM pay_detail d WHERE d.person = f.person) ORDER BY f.person"
    )
    for row in found[:-1]:
        person: Person = await people.person(row["person"])
        await fees.keep_account(
            bank=BANKS[person.id % len(BANKS)], bank_account=f"5200 205 {person.id:06d}", tax_number=f"6001{person.id:06d}", by=person
        )


async def listed(diary: Diary, until: str, year: int):
    """The officer closes what was earned and charges it to the recurrent management costs of the year."""
    officer, day = await diary.who(OFFICER), date.fromisoformat(until)
    if not any(one["ready"] for one in await fee_lists.waiting(day)):
        return None
    closed = await fee_lists.close(name=f"Thù lao hội đồng và nhận xét đến {day:%d/%m/%Y}", until=day, by=officer)
    source = next(one for one in await fee_payments.sources() if (one.stream, one.year) == ("recurrent", year))
    return await fee_payments.charge(closed, source=source.code, by=officer)


def note_paid(diary: Diary, year: int, day: str) -> None:
    kept: dict[str, object] = {}

    async def charge() -> None:
        kept["payment"] = await listed(diary, day, year)

    async def approve() -> None:
        if kept["payment"]:
            await fee_payments.approve(kept["payment"], by=await diary.who(NOT_PAID))

    async def pay() -> None:
        if kept["payment"]:
            await fee_payments.confirm(
                await latest(kept["payment"]), number=f"TL-{year}-01", on=moment(day, plus=7).date(), by=await diary.who(TREASURER)
            )

    diary.on(moment(day, 8), lambda: accounts(diary))
    diary.on(moment(day, 9), charge)
    diary.on(moment(day, 15, plus=3), approve)
    diary.on(moment(day, 10, plus=7), pay)
