"""Budget lines of a draft: which years and sources they may fall into, and what they add up to. Amounts are đồng."""

from datetime import date

from grants.calls import calls
from grants.calls.tables import Funding
from grants.people.tables import Person
from grants.proposals import proposals
from grants.proposals.drafts import SOURCES, sum_up, touched
from grants.proposals.tables import BudgetLine, Proposal, Source
from grants.rules.tables import ExpenseGroup
from grants.shell.changes import add, changing, require
from grants.shell.database import DB
from grants.shell.language import _
from grants.shell.money import show


async def add_line(
    proposal: Proposal, *, by: Person, group: int, year: int, source: str, requested: int, note: str = ""
) -> BudgetLine:
    """Add a budget line (đồng) and recompute the sums."""
    async with DB.transaction():
        proposal = await touched(proposal, by=by, did="budgeted")
        await require_sound(group, requested)
        await require_year(proposal, year)
        await require_funded(proposal, source)
        line = BudgetLine(proposal=proposal.id, group=group, year=year, source=source, requested=requested, note=note)
        await add(line, by=by, did="added")
        await sum_up(proposal, by=by)
        await require_within(proposal, source)
    return line


async def change_line(line: BudgetLine, *, by: Person, **typed) -> None:
    """Change a budget line and recompute the sums."""
    proposal = await Proposal.objects().where(Proposal.id == line.proposal).first()
    async with DB.transaction():
        proposal = await touched(proposal, by=by, did="budgeted")
        await require_sound(typed.get("group", line.group), typed.get("requested", line.requested))
        await require_year(proposal, typed.get("year", line.year))
        source = typed.get("source", line.source)
        if source != line.source:
            await require_funded(proposal, source)
        async with changing(line, by=by, did="changed") as line:
            for name, value in typed.items():
                setattr(line, name, value)
        await sum_up(proposal, by=by)
        await require_within(proposal, source)


async def require_sound(group: int, requested: int) -> None:
    """More than nothing, for an expense group of the list."""
    require(requested > 0, _("Số tiền phải lớn hơn 0."), "requested")
    require(await ExpenseGroup.exists().where(ExpenseGroup.id == group), _("Hãy chọn một nhóm chi trong danh sách."), "group")


async def require_funded(proposal: Proposal, source: str) -> None:
    """State money is asked only of a source that the call has money of; an own contribution is always welcome."""
    open_to = calls.funded(await calls.funding_of(await proposals.call_of(proposal)))
    require(
        source == Source.OWN or source in open_to,
        _("Thông báo này chỉ dùng: {sources}. Không đề nghị được từ «{source}».").format(
            sources=", ".join(_(SOURCES[Source(one)]) for one in open_to), source=_(SOURCES[Source(source)])
        ),
        "source",
    )


async def require_within(proposal: Proposal, source: str) -> None:
    """All lines of a source together stay within what the call lets one application ask of it."""
    kept = await Funding.objects().where((Funding.call == proposal.call) & (Funding.source == source)).first()
    if kept is None or kept.ceiling is None:
        return
    lines = await BudgetLine.select(BudgetLine.requested).where((BudgetLine.proposal == proposal.id) & (BudgetLine.source == source))
    asked = sum(line["requested"] for line in lines)
    require(
        asked <= kept.ceiling,
        _("Từ «{source}» mỗi hồ sơ được đề nghị tối đa {most}; với dòng này là {asked}.").format(
            source=_(SOURCES[Source(source)]), most=show(kept.ceiling), asked=show(asked)
        ),
    )


async def require_year(proposal: Proposal, year: int) -> None:
    """A line falls into the years of the project, not before and not after."""
    call = await proposals.call_of(proposal)
    within = years(proposal, call.year)
    require(year in within, _("Năm chi phải từ {first} đến {last}.").format(first=within[0], last=within[-1]), "year")


def years(proposal: Proposal, call_year: int) -> list[int]:
    """The budget years that lines may fall into: from the call's year over the project's duration."""
    first = max(call_year, (proposal.starts_on or date(call_year, 1, 1)).year)
    return list(range(first, first + 1 + ((proposal.months or 36) + 11) // 12))


def by_year(lines: list[dict]) -> dict:
    """Budget lines as a table of expense group × year with the server's sums: heads, rows, totals; and by source."""
    years = sorted({line["year"] for line in lines})
    groups = sorted({(line["group"], line["group_name"]) for line in lines})

    def total(**wanted) -> int:
        return sum(line["requested"] for line in lines if all(line[key] == value for key, value in wanted.items()))

    return {
        "heads": [_("Nhóm chi"), *((str(year), "money") for year in years), (_("Cộng"), "money")],
        "rows": [
            [f"{number}. {name}", *(total(group=number, year=year) for year in years), total(group=number)] for number, name in groups
        ],
        "totals": [*(total(year=year) for year in years), total()],
        "sources": [[_(words), total(source=source)] for source, words in SOURCES.items() if total(source=source)],
    }
