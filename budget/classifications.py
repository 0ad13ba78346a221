"""The budget classification as a code list with periods: which codes may be used in a year, and how they are added and ended."""

import re
from datetime import date

from budget.year_tables import Classification
from grants.people.people import holds
from grants.people.tables import Person, Role
from grants.shell.changes import add, changing, require
from grants.shell.database import rows
from grants.shell.language import _, either

FORM = re.compile(r"\d{3}-\d{3}-\d{3}(-\d{4})?", re.ASCII)
NONE = ""  # «chưa gắn mã»: allowed, as the law's own new list is not settled


def can_keep(person: Person) -> bool:
    return holds(person, Role.FINANCE)


async def names() -> dict[str, str]:
    """Every code that ever was, with its name."""
    found = await rows("SELECT code, name, name_en FROM classification ORDER BY code")
    return {NONE: _("Chưa gắn mã mục lục")} | {row["code"]: either(row["name"], row["name_en"]) for row in found}


async def choices(year: int) -> list[tuple[str, str]]:
    """The codes of a budget year for a selection, "not mapped" among them."""
    found = await rows(
        "SELECT code, name, name_en FROM classification WHERE valid_from <= $1 AND (valid_to IS NULL OR valid_to >= $2) ORDER BY code",
        date(year, 12, 31), date(year, 1, 1),
    )
    return [(NONE, _("Chưa gắn mã mục lục")), *((row["code"], f"{row['code']} {either(row['name'], row['name_en'])}") for row in found)]


async def require_known(code: str, year: int) -> None:
    """A code that is used must be one of its year."""
    require(
        code in {known for known, _name in await choices(year)},
        _("Mã mục lục ngân sách {code} không có trong danh mục năm {year}.").format(code=code, year=year),
    )


async def record(code: str, *, name: str, name_en: str, basis: str, since: date, by: Person) -> Classification:
    """Add a code from a day on; whoever adds it has its basis at hand."""
    require(can_keep(by), _("Chỉ cơ quan tài chính mới sửa danh mục mục lục ngân sách."))
    require(FORM.fullmatch(code), _("Mã gồm chương-loại-khoản, có thể thêm mục: 417-100-101 hoặc 417-100-101-6950."))
    row = Classification(code=code, name=name, name_en=name_en, basis=basis, valid_from=since, unverified=False)
    return await add(row, by=by, did="recorded")


async def end(code: Classification, *, on: date, by: Person) -> None:
    """The code is no longer used after a day; what was booked under it stays."""
    require(can_keep(by), _("Chỉ cơ quan tài chính mới sửa danh mục mục lục ngân sách."))
    async with changing(code, by=by, did="ended") as code:
        require(on >= code.valid_from, _("Ngày kết thúc phải sau ngày bắt đầu."))
        code.valid_to = on
