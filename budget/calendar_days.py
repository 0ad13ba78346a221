"""The calendar of a budget year: what is due by which day, from data, with how long there is still in working days."""

from dataclasses import dataclass
from datetime import date, timedelta

from piccolo.columns.combination import Combinable

from budget.year_tables import YearDay
from grants.people.people import holds, today
from grants.people.tables import Person, Role
from grants.rules import rules
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB, rows
from grants.shell.dates import end_of, left
from grants.shell.language import N_, _, either, language

ROLES = {Role.OFFICER: N_("Cơ quan quản lý"), Role.FINANCE: N_("Cơ quan tài chính"), Role.LEADER: N_("Lãnh đạo tỉnh, HĐND tỉnh")}
LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# Whether a thing of the calendar is done, where the system itself knows; $1 is the budget year.
DONE = {
    "unit-estimates": "EXISTS (SELECT FROM estimate WHERE year = $1 AND state <> 'draft')",
    "estimate-sent": "EXISTS (SELECT FROM estimate WHERE year = $1 AND state IN ('agreed', 'decided'))",
    "estimate-decided": "EXISTS (SELECT FROM estimate WHERE year = $1 AND state = 'decided')",
    "year-ends": "EXISTS (SELECT FROM budget_year WHERE year = $1 AND state <> 'open')",
    "adjustment-ends": "EXISTS (SELECT FROM budget_year WHERE year = $1 AND state = 'closed')",
}


@dataclass(frozen=True)
class Due:
    """A day of a year's calendar. done: None where the system cannot know."""

    code: str
    name: str
    role: str
    day: date
    left: str
    done: bool | None
    basis: str
    unverified: bool

    @property
    def passed(self) -> bool:
        return self.day < today()


def day_in(row: YearDay, year: int) -> date:
    """The day of a budget year's calendar; the 29th of February is the 28th where there is none."""
    first = date(year + row.later, row.month, 1)
    return min(first + timedelta(row.day - 1), (first + timedelta(32)).replace(day=1) - timedelta(1))


def in_force(year: int) -> Combinable:
    """The days that a budget year's calendar has."""
    return (YearDay.from_year <= year) & (YearDay.to_year.is_null() | (YearDay.to_year >= year))


async def of_year(year: int) -> list[Due]:
    """The calendar of a budget year, in order."""
    found = await YearDay.objects().where(in_force(year)).order_by(YearDay.later).order_by(YearDay.month).order_by(YearDay.day)
    done = (await rows("SELECT " + ", ".join(f'{sql} AS "{code}"' for code, sql in DONE.items()), year))[0]
    days = await rules.calendar()
    return [
        Due(
            row.code, either(row.name, row.name_en), row.role, day_in(row, year),
            left(end_of(day_in(row, year)), now(), days, language()), done.get(row.code), row.basis, row.unverified,
        )
        for row in found
    ]


async def adjustment_ends(year: int) -> date:
    """The last day of a year's adjustment period, as the calendar has it; the end of January where it says nothing."""
    return (await adjustments_end([year]))[year]


async def adjustments_end(years: list[int]) -> dict[int, date]:
    """The same of several years at once."""
    found = await YearDay.objects().where(YearDay.code == "adjustment-ends")
    kept = {year: [row for row in found if row.from_year <= year and (row.to_year is None or row.to_year >= year)] for year in years}
    return {year: day_in(of[0], year) if of else date(year + 1, 1, 31) for year, of in kept.items()}


def can_keep(person: Person) -> bool:
    return holds(person, Role.ADMIN, Role.FINANCE)


async def record(
    *, name: str, name_en: str, role: str, later: int, month: int, day: int, basis: str, from_year: int, instead: YearDay | None = None,
    unverified: bool = True, by: Person,
) -> YearDay:
    """Write down what is due by a day of the year's cycle, from a budget year on; `instead`: the same thing, until then by another day."""
    require(can_keep(by), _("Chỉ quản trị hệ thống và cơ quan tài chính mới sửa lịch năm ngân sách."))
    require(day <= LONGEST[month - 1], _("Tháng {month} không có ngày {day}.").format(month=month, day=day))
    async with DB.transaction():
        if instead is not None:
            await end(instead, to_year=from_year - 1, by=by)
        await rows("SELECT pg_advisory_xact_lock(hashtext('year_day'))")
        number = (await rows("SELECT count(*) + 1 AS n FROM year_day"))[0]["n"]
        row = YearDay(
            code=instead.code if instead else f"own-{number}", name=name, name_en=name_en, role=role, later=later, month=month, day=day,
            basis=basis, from_year=from_year, unverified=unverified,
        )
        return await add(row, by=by, did="recorded")


async def end(row: YearDay, *, to_year: int, by: Person) -> None:
    """The calendars of later budget years do not have it any more; earlier ones keep it."""
    require(can_keep(by), _("Chỉ quản trị hệ thống và cơ quan tài chính mới sửa lịch năm ngân sách."))
    async with changing(row, by=by, did="ended") as row:
        require(row.to_year is None, _("Hạn này đã có năm kết thúc."))
        require(to_year >= row.from_year, _("Hạn này áp dụng từ năm ngân sách {year}.").format(year=row.from_year))
        row.to_year = to_year


def status(due: Due) -> tuple[str, str]:
    """How a day stands, for a list."""
    if due.done:
        return _("Đã xong"), "good"
    if due.passed:
        return (_("Quá hạn"), "bad") if due.done is False else (_("Đã qua"), "neutral")
    return _("Sắp tới"), "progress"
