"""A golden year: one year with every kind of entry there is, and its statements against numbers computed by hand.

Amounts in the tables are triệu đồng. Year 1 is the year before this one; year 0 carries into it, year 2 receives from it.
Streams: C capital, R recurrent, F the fund. R has two codes of the classification, A and B.
"""

import io
from datetime import date

import pytest
from openpyxl import load_workbook

from budget import ledger, position_charts, positions, standings, statement_sheets, statements, years
from budget.ledger import Kind, Paper
from budget.statements import COLUMNS, Line, Statement
from budget.tables import Entry, Stage
from grants.calls.tables import Programme
from grants.people.people import today
from grants.shell.changes import Refused
from grants.shell.database import rows
from tests.browsing import browsing
from tests.makers import a_call, a_proposal
from tests.makers_budget import FROM_THE_JOURNAL, the_offices

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("bare_ledger", "db")]
MILLION = 1_000_000
A, B = "417-100-101", "417-100-102"
STREAMS = {"C": "capital", "R": "recurrent", "F": "fund"}
HELD = {Kind.COMMITMENT, Kind.ADVANCE, Kind.PAYMENT, Kind.LOAN}  # held first, then settled by another's hand

# An account: year, stream, code, what the money is for (a call "1", an application "1p1"), stage.
SOURCE_C, SOURCE_R, SOURCE_R0 = "1 C - - source", "1 R - - source", "0 R - - source"
WHOLE_C, WHOLE_A, WHOLE_B, WHOLE_F = "1 C - - appropriated", "1 R A - appropriated", "1 R B - appropriated", "1 F - - appropriated"
CALL_1, CALL_2, CALL_3, CALL_4 = "1 R A 1 allocated", "1 C - 2 allocated", "1 F - 3 allocated", "1 R A 4 allocated"
P1, P2, P4, P5 = "1 R A 1p1", "1 R A 1p2", "1 C - 2p4", "1 F - 3p5"

BEFORE = [  # kind, amount, from, to
    ("appropriation", 700, SOURCE_R0, "0 R A - appropriated"),
    ("appropriation", 10_000, SOURCE_C, WHOLE_C),
    ("appropriation", 20_000, SOURCE_R, WHOLE_A),
    ("appropriation", 5_000, SOURCE_R, WHOLE_B),
    ("contribution", 4_000, WHOLE_A, WHOLE_F),
]
CARRIED_IN = [
    ("carry_over", 300, "0 R A - appropriated", WHOLE_A),
    ("cancellation", 400, "0 R A - appropriated", "0 R A - cancelled"),
]
YEAR = [
    ("supplement", 2_000, SOURCE_R, WHOLE_A),
    ("supplement", 1_000, SOURCE_C, WHOLE_C),
    ("cut", 500, WHOLE_B, SOURCE_R),
    ("virement", 1_000, WHOLE_B, WHOLE_A),
    ("handover", 3_000, WHOLE_C, "1 C - - handed"),
    ("contribution", 500, WHOLE_F, "1 F - - contributed"),
    ("allocation", 9_000, WHOLE_A, CALL_1),
    ("allocation", 1_000, WHOLE_A, CALL_1),
    ("allocation", 100, WHOLE_A, CALL_1),  # the wrong one
    ("correction", 100, CALL_1, WHOLE_A),
    ("virement", 500, CALL_1, WHOLE_A),
    ("virement", 300, CALL_1, CALL_4),
    ("allocation", 4_000, WHOLE_C, CALL_2),
    ("allocation", 2_500, WHOLE_F, CALL_3),
    ("commitment", 2_800, CALL_1, f"{P1} committed"),
    ("commitment", 2_000, CALL_1, f"{P2} committed"),
    ("commitment", 1_500, CALL_2, f"{P4} committed"),
    ("commitment", 1_200, CALL_3, f"{P5} committed"),
    ("advance", 1_000, f"{P1} committed", f"{P1} advanced"),
    ("clearance", 800, f"{P1} advanced", f"{P1} paid"),
    ("payment", 500, f"{P1} committed", f"{P1} paid"),
    ("payment", 700, f"{P2} committed", f"{P2} paid"),
    ("payment", 40, f"{P2} committed", f"{P2} paid"),  # the wrong one
    ("correction", 40, f"{P2} paid", f"{P2} committed"),
    ("payment", 1_500, f"{P4} committed", f"{P4} paid"),
    ("settlement", 1_000, f"{P1} paid", f"{P1} settled"),
    ("settlement", 1_500, f"{P4} paid", f"{P4} settled"),
    ("recovery", 60, f"{P2} paid", f"{P2} recovered"),
    ("loan", 900, f"{P5} committed", f"{P5} lent"),
    ("repayment", 200, f"{P5} lent", WHOLE_F),
    ("write_off", 50, f"{P5} lent", f"{P5} written_off"),
    ("release", 100, f"{P5} committed", WHOLE_F),
]
YEAR_END = [
    ("clearance", 50, f"{P1} advanced", f"{P1} paid"),
    ("carry_over", 1_300, f"{P1} committed", "2 R A 1p1 committed"),
    ("carry_over", 150, f"{P1} advanced", "2 R A 1p1 advanced"),
    ("carry_over", 400, f"{P2} committed", "2 R A 1p2 committed"),
    ("cancellation", 900, f"{P2} committed", "1 R A 1p2 cancelled"),
    ("cancellation", 4_400, CALL_1, "1 R A 1 cancelled"),
    ("carry_over", 300, CALL_4, "2 R A 4 allocated"),
    ("carry_over", 2_500, CALL_2, "2 C - 2 allocated"),
    ("carry_over", 3_000, WHOLE_C, "2 C - - appropriated"),
    ("cancellation", 1_000, WHOLE_C, "1 C - - cancelled"),
    ("cancellation", 9_800, WHOLE_A, "1 R A - cancelled"),
    ("cancellation", 3_500, WHOLE_B, "1 R B - cancelled"),
    ("carry_over", 1_300, WHOLE_F, "2 F - - appropriated"),
    ("carry_over", 1_300, CALL_3, "2 F - 3 allocated"),
    ("carry_over", 200, f"{P5} committed", "2 F - 3p5 committed"),
    ("carry_over", 650, f"{P5} lent", "2 F - 3p5 lent"),
]

# By hand: original, supplement, cut, transfer, carried in, final, committed, paid, settled, carried out, cancelled, difference.
OPEN = {
    "C": (10_000, 1_000, 0, 0, 0, 11_000, 1_500, 1_500, 1_500, 0, 0, 9_500),
    "R": (25_000, 2_000, 500, -4_000, 300, 22_800, 4_740, 1_940, 1_000, 0, 0, 20_860),
    "F": (0, 0, 0, 4_000, 0, 4_000, 900, 0, 0, 0, 0, 4_000),
    "total": (35_000, 3_000, 500, 0, 300, 37_800, 7_140, 3_440, 2_500, 0, 0, 34_360),
}
OPEN_REST = {
    "C": {"chưa phân bổ": 4_000, "đã phân bổ, chưa cam kết": 2_500, "đã giao đơn vị dự toán": 3_000},
    "R": {"chưa phân bổ": 13_300, "đã phân bổ, chưa cam kết": 4_700, "đã cam kết, chưa chi": 2_600, "tạm ứng chưa thanh toán": 200,
          "đã thu hồi": 60},
    "F": {"chưa phân bổ": 1_300, "đã phân bổ, chưa cam kết": 1_300, "đã cam kết, chưa chi": 200, "dư nợ cho vay": 650,
          "nợ đã xử lý rủi ro": 50, "đã góp vốn": 500},
}
CLASSIFIED = {
    ("C", ""): (10_000, 1_000, 0, 0, 0, 11_000, 1_500, 1_500, 1_500, 0, 0, 9_500),
    ("R", "A"): (20_000, 2_000, 0, -3_000, 300, 19_300, 4_740, 1_940, 1_000, 0, 0, 17_360),
    ("R", "B"): (5_000, 0, 500, -1_000, 0, 3_500, 0, 0, 0, 0, 0, 3_500),
    ("F", ""): (0, 0, 0, 4_000, 0, 4_000, 900, 0, 0, 0, 0, 4_000),
}
CALLED = {
    "2": (4_000, 0, 0, 0, 0, 4_000, 1_500, 1_500, 1_500, 0, 0, 2_500),
    "2p4": (1_500, 0, 0, 0, 0, 1_500, 1_500, 1_500, 1_500, 0, 0, 0),
    "1": (10_000, 0, 0, -800, 0, 9_200, 4_740, 1_940, 1_000, 0, 0, 7_260),
    "1p1": (2_800, 0, 0, 0, 0, 2_800, 2_800, 1_300, 1_000, 0, 0, 1_500),
    "1p2": (2_000, 0, 0, 0, 0, 2_000, 1_940, 640, 0, 0, 0, 1_360),
    "4": (0, 0, 0, 300, 0, 300, 0, 0, 0, 0, 0, 300),
    "3": (2_500, 0, 0, -300, 0, 2_200, 900, 0, 0, 0, 0, 2_200),
    "3p5": (1_200, 0, 0, -300, 0, 900, 900, 0, 0, 0, 0, 900),
}
CLOSED = {
    "C": (10_000, 1_000, 0, 0, 0, 11_000, 1_500, 1_500, 1_500, 5_500, 1_000, 3_000),
    "R": (25_000, 2_000, 500, -4_000, 300, 22_800, 1_990, 1_990, 1_000, 2_150, 18_600, 60),
    "F": (0, 0, 0, 4_000, 0, 4_000, 50, 0, 0, 3_450, 0, 550),
    "total": (35_000, 3_000, 500, 0, 300, 37_800, 3_540, 3_490, 2_500, 11_100, 19_600, 3_610),
}
CLOSED_REST = {"C": {"đã giao đơn vị dự toán": 3_000}, "R": {"đã thu hồi": 60}, "F": {"nợ đã xử lý rủi ro": 50, "đã góp vốn": 500}}
NEXT = {"C": 5_500, "R": 2_150, "F": 3_450}
# Positions of the open year: appropriated, allocated, reserved, committed, advanced, paid, settled, free.
STANDING = {
    "C": (8_000, 4_000, 0, 1_500, 0, 1_500, 1_500, 6_500),
    "R": (22_740, 9_440, 600, 4_740, 200, 1_940, 1_000, 17_400),
    "F": (3_500, 2_200, 0, 900, 0, 0, 0, 2_600),
}


class Books:
    """The golden year, lived entry by entry; what stands in an account's name is opened at need."""

    def __init__(self, offices):
        self.offices, self.first, self.entries = offices, today().year - 2, 0
        self.things: dict[str, int] = {}
        self.wrong: dict[tuple, Entry] = {}

    async def thing(self, name: str) -> tuple[int | None, int | None]:
        """The call and the application of a name."""
        if name == "-":
            return None, None
        call = name.partition("p")[0]
        if call not in self.things:
            self.things[call] = (await a_call(code=f"TB-GOLDEN-{call}", year=self.first + 1)).id
        if name not in self.things:
            from grants.calls.tables import Call

            of = await Call.objects().where(Call.id == self.things[call]).first()
            self.things[name] = (await a_proposal("appraised", call=of, reference=f"HS-{name}")).id
        return self.things[call], self.things.get(name) if "p" in name else None

    async def account(self, name: str):
        year, stream, code, of, stage = name.split()
        call, proposal = await self.thing(of)
        return await ledger.account(
            Stage(stage), STREAMS[stream], self.first + int(year), call=call, proposal=proposal,
            classification={"A": A, "B": B, "-": ""}[code],
        )

    async def live(self, entries: list[tuple]) -> None:
        for kind, amount, out_of, into in entries:
            await self.enter(Kind(kind), amount * MILLION, out_of, into)

    async def enter(self, kind: Kind, amount: int, out_of: str, into: str) -> Entry:
        self.entries += 1
        places = {"out_of": await self.account(out_of), "into": await self.account(into)}
        paper = Paper("treasury_voucher", f"GOLDEN-{self.entries}", date(self.first + 1, 1 + self.entries % 12, 5))
        who = {"made_by": self.offices.officer.id, "approved_by": self.offices.recurrent.id}
        key = f"golden-{self.entries}"
        if kind == Kind.CORRECTION:
            return await ledger.correct(self.wrong[into, out_of, amount], paper=paper, key=key, **who)
        if kind in HELD:
            first = Kind.RESERVATION if kind == Kind.COMMITMENT else kind
            held = await ledger.reserve(first, amount + (kind == Kind.COMMITMENT) * MILLION, **places, paper=paper, key=key, **who)
            third = {"made_by": self.offices.recurrent.id, "approved_by": self.offices.treasurer.id}
            posted = await ledger.settle(held, amount, paper=paper, key=f"{key}-settled", **third)
        else:
            posted = await ledger.post(kind, amount, **places, paper=paper, key=key, **who)
        self.wrong[out_of, into, amount] = posted
        return posted

    async def hold(self, amount: int, out_of: str, into: str) -> Entry:
        """What is held and not settled."""
        self.entries += 1
        return await ledger.reserve(
            Kind.RESERVATION, amount * MILLION, out_of=await self.account(out_of), into=await self.account(into),
            paper=Paper("appraisal_minutes", f"GOLDEN-{self.entries}", date(self.first + 1, 6, 1)), key=f"golden-{self.entries}",
            made_by=self.offices.officer.id, approved_by=self.offices.recurrent.id,
        )

    async def let_go(self, held: Entry) -> None:
        await ledger.void(held, paper=Paper("refusal_decision", "GOLDEN-V", today()), key=f"golden-void-{held.id}",
                          made_by=self.offices.officer.id, approved_by=self.offices.recurrent.id)

    async def adjust(self, year: int) -> None:
        await years.adjust(await years.of(self.first + year), by=self.offices.recurrent)

    async def close(self, year: int) -> None:
        await years.ask_to_close(await years.of(self.first + year), by=self.offices.officer)
        await years.close(await years.of(self.first + year), by=self.offices.recurrent)

    async def statement(self, year: int = 1, stream: str | None = None) -> Statement:
        return await statements.of_year(await years.of(self.first + year), stream)


@pytest.fixture
async def books(db):
    """The year as it stands while it is open: everything has happened but its end; 600 triệu are held."""
    made = Books(await the_offices())
    for year in range(3):
        await years.open_year(made.first + year, by=made.offices.leader)
    await made.live(BEFORE)
    await made.adjust(0)
    await made.live(CARRIED_IN)
    await made.live(YEAR)
    await made.let_go(await made.hold(1_000, CALL_1, "1 R A 1p3 committed"))
    made.held = await made.hold(600, CALL_1, "1 R A 1p3 committed")
    return made


async def ended(books: Books) -> None:
    await books.let_go(books.held)
    await books.adjust(1)
    await books.live(YEAR_END)
    await books.close(1)


def numbers(line: Line) -> tuple[int, ...]:
    assert all(amount % MILLION == 0 for amount in line.amounts.values())
    return tuple(line.amounts[key] // MILLION for key in COLUMNS)


def rest(line: Line) -> dict[str, int]:
    return {words: amount // MILLION for words, amount in line.rest}


def short_of(stream: str) -> str:
    return next(short for short, code in STREAMS.items() if code == stream)


def by_stream(statement: Statement) -> dict[str, tuple]:
    return {short_of(line.stream): numbers(line) for line in statement.streams} | {"total": numbers(statement.total)}


async def test_the_golden_year_has_every_kind_of_entry(books):
    await ended(books)
    lived = {row["kind"] for row in await rows("SELECT DISTINCT kind FROM ledger_entry")}
    assert lived == {kind.value for kind in Kind}
    assert {row["state"] for row in await rows("SELECT DISTINCT state FROM ledger_entry")} == {"pending", "posted", "void"}
    assert await rows(FROM_THE_JOURNAL) == []


async def test_the_open_year_s_statement_is_the_one_computed_by_hand(books):
    statement = await books.statement()
    assert by_stream(statement) == OPEN
    assert {short_of(line.stream): rest(line) for line in statement.streams} == OPEN_REST
    codes = {A: "A", B: "B"}
    assert {(short_of(line.stream), codes.get(line.name, "")): numbers(line) for line in statement.classifications} == CLASSIFIED
    names = {f"TB-GOLDEN-{n}": str(n) for n in range(1, 5)} | {f"HS-{name}": name for name in CALLED if "p" in name}
    assert {names[line.name]: numbers(line) for line in statement.calls if line.name in names} == CALLED


async def test_the_closed_year_s_statement_is_the_one_computed_by_hand_and_the_next_year_opens_with_what_it_carried(books):
    await ended(books)
    statement = await books.statement()
    assert by_stream(statement) == CLOSED
    assert {short_of(line.stream): rest(line) for line in statement.streams} == CLOSED_REST
    coming = await books.statement(2)
    assert {short_of(line.stream): line.amounts["carried_in"] // MILLION for line in coming.streams} == NEXT
    assert {short_of(line.stream): line.amounts["final"] // MILLION for line in coming.streams} == NEXT
    with pytest.raises(Refused, match="đã khoá sổ"):
        await books.live([("supplement", 1, SOURCE_R, WHOLE_A)])


async def test_what_is_left_is_explained_to_the_last_dong_on_every_line(books):
    for moment in ("open", "closed"):
        if moment == "closed":
            await ended(books)
        for year in range(3):
            found = await books.statement(year)
            for line in [*found.streams, found.total, *found.classifications, *found.calls]:
                assert sum(amount for _words, amount in line.rest) == line.amounts["difference"], (moment, year, line.name)


async def test_a_stream_s_own_statement_is_its_part_of_the_whole(books):
    whole = await books.statement()
    for line in whole.streams:
        own = await books.statement(stream=line.stream)
        assert own.streams == [line] and own.total.amounts == line.amounts
        assert own.calls == [each for each in whole.calls if each.stream == line.stream]


async def test_the_documents_that_changed_the_budget_are_named_with_their_amounts(books):
    found = {(one.number, one.stream): (one.kind, one.amount // MILLION) for one in (await books.statement()).changes}
    changed = {
        n: (kind, amount) for n, (kind, amount, *_way) in enumerate([*BEFORE, *CARRIED_IN, *YEAR], start=1)
        if kind in ("supplement", "cut", "virement", "contribution", "carry_over", "cancellation")
    }
    changed = {n: one for n, one in changed.items() if n != 7}  # the cancellation is of the year before
    assert {int(number.rpartition("-")[2]): amount for (number, _stream), (_kind, amount) in found.items()} == \
        {n: amount for n, (_kind, amount) in changed.items()}


async def test_the_positions_are_those_computed_by_hand_and_add_up_level_by_level(books):
    found = await standings.of_year(books.first + 1)
    assert {short_of(one.stream): tuple(amount // MILLION for amount in one.amounts.values()) for one in found} == STANDING
    for stream, position in zip(found, await positions.of_year(books.first + 1), strict=True):
        assert stream.amounts == {key: getattr(position, key) for key in stream.amounts}  # as the leader's overview has them
        for line in stream.lines():
            if line.under:
                assert line.amounts == {key: sum(one.amounts[key] for one in line.under) for key in line.amounts}, line.name


async def test_the_months_add_up_to_what_the_year_did(books):
    totals = {step: sum(amounts[step] for _label, amounts in await position_charts.months(books.first + 1)) // MILLION
              for step in position_charts.STEPS}
    assert totals == {"allocated": 16_500, "committed": 7_500, "spent": 4_600, "recovered": 60}


async def test_page_workbook_and_paper_say_the_same(books):
    statement = await books.statement()
    sheets = statement_sheets.sheets(statement)
    book = load_workbook(io.BytesIO(statement_sheets.workbook(statement)))
    assert book.sheetnames == [sheet.name for sheet in sheets]
    for sheet in sheets:
        values = [row for row in book[sheet.name].values if any(isinstance(v, int) for v in row)]
        amounts = [[v for v in row if isinstance(v, int)] for row in values]
        wanted = [[v for v in line if isinstance(v, int)] for line in [*sheet.lines, *([sheet.totals] if sheet.totals else [])]]
        assert amounts == wanted, sheet.name
    async with browsing() as browser:
        auditor = await browser().sign_in(books.offices.auditor)
        page = await auditor.open(f"/budget/statements?year={books.first + 1}&unit=dong")
        paper = await auditor.open(f"/budget/statements/print?year={books.first + 1}")
        for sheet in sheets:
            for amount in {v for line in sheet.lines for v in line if isinstance(v, int) and v}:
                shown = f"{amount:,}".replace(",", ".")
                assert shown in page.words and shown in paper.words, (sheet.name, shown)
        assert "Ba mươi bảy tỷ tám trăm triệu đồng" in paper.words and "37.800.000.000 đồng (37,8 tỷ)" in paper.words
        for said in ("Đơn vị: đồng", "NGƯỜI LẬP BIỂU", "KẾ TOÁN TRƯỞNG", "THỦ TRƯỞNG ĐƠN VỊ", "Sở trả lời nguồn fund"):
            assert said in paper.words
        wide = next(sheet for sheet in sheets if sheet.name == "Theo mục lục")
        millions = (await auditor.open(f"/budget/statements?year={books.first + 1}")).words
        for amount in {v for line in wide.lines for v in line if isinstance(v, int) and v}:
            assert statement_sheets.in_unit(amount, MILLION, 1) in millions, amount
        answer = await auditor.client.get(f"/budget/statements?year={books.first + 1}&stream=fund&format=xlsx")
        assert answer.headers["content-disposition"].startswith("attachment")
        one = await auditor.open(f"/budget/statements/print?year={books.first + 1}&stream=fund")
        issuers = [each.html.xpath("string(//*[@class='issuer'])").split("Số:")[0].strip() for each in (one, paper)]
        leads = (await rows("SELECT name FROM organisation WHERE id = $1", books.offices.leader.posts[0].organisation))[0]["name"]
        assert issuers == ["SỞ TRẢ LỜI NGUỒN FUND", leads.upper()]
        assert (await auditor.open("/budget/statements?year=1999")).status == 404


async def test_an_amount_in_a_larger_unit_is_rounded_and_has_vietnamese_marks():
    million = {0: "–", 58_200_000_000: "58.200", 583_750_000: "583,8", 49_000: "0"}
    assert {amount: statement_sheets.in_unit(amount, MILLION, 1) for amount in million} == million
    billion = {-4_400_000_000: "-4,4", 2_616_700_000: "2,617"}
    assert {amount: statement_sheets.in_unit(amount, 1000 * MILLION, 3) for amount in billion} == billion


async def test_money_flows_from_the_source_through_the_programme_to_the_project(books):
    """The calls of no programme have a node of their own, and every way counts once: they add up to what was allocated."""
    year = books.first + 1
    found, none = await standings.of_year(year), await position_charts.programmes()
    assert none == {}
    ways = position_charts.flow_ways(found, none)
    assert {way.programme for way in ways} == {""}
    assert sum(ways.values()) == standings.total(found)["allocated"]
    programme = Programme(code="CT-7", name="Chương trình thử", name_en="A programme", first_year=2020, last_year=2030, document="QĐ 7")
    await programme.save()
    call = next(line.call for stream in found for line in stream.lines() if line.call)
    await rows("UPDATE call SET programme = $1 WHERE id = $2", programme.id, call)
    table = position_charts.flow_table(found, await position_charts.programmes())
    assert {line[0] for line in table.lines} == {"CT-7: Chương trình thử", "Không thuộc chương trình"}
    assert table.totals[4] == standings.total(found)["allocated"]
    assert "CT-7" in await position_charts.flow_chart(year)


async def test_the_charts_are_drawn_on_the_server_from_the_same_numbers(books):
    year = books.first + 1
    async with browsing() as browser:
        auditor = await browser().sign_in(books.offices.auditor)
        page = await auditor.open(f"/budget?year={year}")
        for name, said in (("position", "Vốn đầu tư phát triển"), ("months", "Cam kết"), ("flow", "Không thuộc chương trình")):
            src = f"/budget/charts/{name}.svg?year={year}"
            assert src.replace("&", "&amp;") in page.text
            answer = await auditor.client.get(src)
            assert answer.headers["content-type"].startswith("image/svg+xml") and said in answer.text, name
        assert (await auditor.client.get("/budget/charts/nothing.svg")).status_code == 404
        for amount in ("16.500.000.000 ₫", "7.500.000.000 ₫", "4.600.000.000 ₫"):  # the year's allocated, committed, spent under the chart
            assert amount in page.words
