"""The bridge from what was decided to what is at disposal adds up in every year and stream of the demo world, and to the journal."""

from collections import defaultdict
from datetime import MAXYEAR, MINYEAR

import pytest

from budget import positions, statements, years
from budget.tables import Stream
from grants.shell.database import rows

pytestmark = pytest.mark.anyio
OUTSIDE = {"source", "cancelled", "recovered", "returned", "contributed", "handed"}  # not at the stream's disposal
BEFORE = ("decided", "carried_in", "transferred", "handed", "carried_out", "cancelled", "recovered")
# Every posted entry with both its ends; a correction counts as what it corrects.
JOURNAL = """
    SELECT coalesce(w.kind, e.kind) AS kind, e.amount, o.stage AS giver, o.stream AS from_stream, o.year AS from_year,
        i.stage AS taker, i.stream AS to_stream, i.year AS to_year
    FROM ledger_entry e LEFT JOIN ledger_entry w ON w.id = e.corrects
        JOIN ledger_account o ON o.id = e.out_of JOIN ledger_account i ON i.id = e."into" WHERE e.state = 'posted'
"""
LINES = {
    "appropriation": "decided", "supplement": "decided", "cut": "decided", "handover": "handed", "cancellation": "cancelled",
    "recovery": "recovered", "repayment": "recovered",
}


async def from_the_journal() -> dict[tuple[int, str], dict[str, int]]:
    """(year, stream) → each line of the bridge summed up entry by entry, in đồng; what has no line of its own was transferred."""
    sums: dict[tuple[int, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys((*BEFORE, "appropriated"), 0))
    for one in await rows(JOURNAL):
        for year, stream, stage, amount in (
            (one["from_year"], one["from_stream"], one["giver"], -one["amount"]),
            (one["to_year"], one["to_stream"], one["taker"], one["amount"]),
        ):
            if stage in OUTSIDE:
                continue
            line = ("carried_in" if amount > 0 else "carried_out") if one["kind"] == "carry_over" else LINES.get(one["kind"], "transferred")
            sums[year, stream][line] += amount
            sums[year, stream]["appropriated"] += amount
    return sums


async def test_the_bridge_adds_up_in_every_year_and_stream(province):
    """Original and supplements and cuts + carried in + transfers − handed over − carried out − cancelled − recovered = at disposal."""
    journal, seen = await from_the_journal(), 0
    for year in await years.all_years():
        for one in await positions.bridges(year.year):
            place = (year.year, one.stream)
            assert sum(getattr(one, line) for line in BEFORE) == one.appropriated, place
            assert {line: getattr(one, line) for line in (*BEFORE, "appropriated")} == journal[place], place
            seen += any(journal[place].values())
    assert seen >= 9  # three streams, several years: the world has something to add up


async def test_every_statement_adds_up_and_its_difference_is_explained(province):
    """original + supplements − cuts + transfers + carried in = final; what is neither paid, carried out nor cancelled lies at a stage."""
    for year in await years.all_years():
        made = await statements.of_year(year)
        for line in [*made.streams, made.total, *made.classifications, *made.calls]:
            a, place = line.amounts, (year.year, line.stream, line.name)
            assert a["original"] + a["supplement"] - a["cut"] + a["transfer"] + a["carried_in"] == a["final"], place
            assert a["final"] - a["paid"] - a["carried_out"] - a["cancelled"] == a["difference"], place
            assert sum(amount for _words, amount in line.rest) == a["difference"], place
        assert sum(line.amounts["final"] for line in made.streams) == made.total.amounts["final"], year.year


async def test_money_that_came_over_counts_once_among_what_the_years_were_given(province):
    """Over all years, what each was given itself is what left the province's budget for projects; what came over is not in it again."""
    journal = await from_the_journal()
    found = await positions.courses(MINYEAR, MAXYEAR)
    given = {stream: sum(one.granted for one in found if one.stream == stream) for stream in Stream}
    of_journal = dict.fromkeys(Stream, 0)
    for (_year, stream), sums in journal.items():
        of_journal[stream] += sum(sums[line] for line in ("decided", "transferred", "handed"))
    assert given == of_journal
    came, went = sum(one.carried_in for one in found), -sum(one.carried_out for one in found)
    assert came == went > 0
    for one in found:
        assert 0 <= one.spent <= one.due <= one.committed, (one.year, one.stream)
