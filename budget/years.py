"""Budget years: opened by the decision on the estimate, adjusted, closed. The database lets none go back."""

from datetime import date

from budget.ledger import in_words
from budget.tables import BudgetYear
from grants.people.people import holds, today
from grants.people.tables import Person, Role
from grants.shell.changes import add, changing, require
from grants.shell.dates import budget_year
from grants.shell.language import N_, _
from grants.shell.lists import whole

State = BudgetYear.State
WORDS = {
    State.OPEN: (N_("Đang thực hiện"), "good"),
    State.ADJUSTING: (N_("Đang chỉnh lý"), "warn"),
    State.CLOSED: (N_("Đã khoá sổ"), "neutral"),
}


def status(state: str) -> tuple[str, str]:
    words, tone = WORDS[State(state)]
    return _(words), tone


async def of(year: int) -> BudgetYear | None:
    return await BudgetYear.objects().where(BudgetYear.year == year).first()


def asked(typed: str | None) -> int:
    """The budget year that an address asks for; the current one where it asks for none, or for nonsense."""
    here = budget_year(today())
    year = whole(typed) if typed else here
    return year if 2020 <= year <= 2100 else here


async def all_years() -> list[BudgetYear]:
    return await BudgetYear.objects().order_by(BudgetYear.year, ascending=False)


async def open_year(year: int, *, by: Person) -> BudgetYear:
    """Open the ledger for a year; one that is open already stays so."""
    found = await of(year)
    return found or await add(BudgetYear(year=year), by=by, did="opened")


async def adjust(year: BudgetYear, *, by: Person) -> None:
    """The year is over: until it closes only settlements, corrections, cancellations and carry-overs are posted."""
    require(holds(by, Role.FINANCE), _("Chỉ cơ quan tài chính mới chuyển năm ngân sách sang chỉnh lý."))
    require(today() > date(year.year, 12, 31), _("Năm {year} chưa kết thúc.").format(year=year.year))
    async with in_words(), changing(year, by=by, did="adjusting") as year:
        year.state = State.ADJUSTING


async def ask_to_close(year: BudgetYear, *, by: Person) -> None:
    """Whoever has seen to the remainders asks that the year be closed; another person closes it."""
    require(can_ask_to_close(by), _("Chỉ cơ quan tài chính hoặc cán bộ quản lý nhiệm vụ mới đề nghị khoá sổ."))
    async with changing(year, by=by, did="closing_asked") as year:
        require(year.state == State.ADJUSTING, _("Chỉ đề nghị khoá sổ trong thời gian chỉnh lý."))
        year.closing_asked_by = by.id


def can_ask_to_close(person: Person) -> bool:
    return holds(person, Role.FINANCE) or holds(person, Role.OFFICER)


async def close(year: BudgetYear, *, by: Person) -> None:
    """Close the year for good; refused while anything is held or left in it."""
    require(holds(by, Role.FINANCE), _("Chỉ cơ quan tài chính mới khoá sổ năm ngân sách."))
    async with in_words(), changing(year, by=by, did="closed") as year:
        require(year.closing_asked_by, _("Chưa có ai đề nghị khoá sổ năm này."))
        require(year.closing_asked_by != by.id, _("Người đề nghị và người khoá sổ phải là hai người khác nhau."))
        year.state, year.closed_by = State.CLOSED, by.id
