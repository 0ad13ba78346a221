"""A ballot filled in as a spreadsheet: masked as the screen, taken whole or not at all, each mistake named by its cell."""

import io

import openpyxl
import pytest

from grants.proposals.tables import Proposal
from review import ballots
from review.tables import Ballot, Score
from tests.browsing import browsing
from tests.makers import a_call, a_person, a_proposal
from tests.makers_votes import a_panel, a_rule_set, ballot_of, judges_of

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def an_accepted_ballot(place: int = 3, **more) -> tuple[Ballot, object, Proposal]:
    """The ballot of the member at this place; the fourth and fifth are the reviewers."""
    application = await a_proposal(Proposal.State.IN_REVIEW, **more)
    judge = (await judges_of(await a_panel(application)))[place]
    ballot = await ballot_of(judge, application)
    await ballots.accept(ballot, by=judge)
    return await ballot_of(judge, application), judge, application


def changed(content: bytes, **cells) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    for cell, value in cells.items():
        book.worksheets[0][cell] = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


async def sent(here, ballot: Ballot, content: bytes):
    await here.open(f"/ballots/{ballot.id}")
    return await here.submit(f"/ballots/{ballot.id}/spreadsheet", files={"spreadsheet": ("phieu.xlsx", content, KIND)})


async def kept(ballot: Ballot) -> dict[int, tuple[int | None, str]]:
    return {s.criterion: (s.points, s.comment) for s in await Score.objects().where(Score.ballot == ballot.id).order_by(Score.criterion)}


async def test_a_spreadsheet_filled_at_home_is_the_ballot_when_it_comes_back():
    ballot, judge, _application = await an_accepted_ballot()
    await ballots.save(ballot, points={1: 7}, comments={1: "=1+1"}, review=None, by=judge)
    async with browsing() as browser:
        here = await browser().sign_in(judge)
        content = (await here.client.get(f"/ballots/{ballot.id}/spreadsheet")).content
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        assert (sheet["B4"].value, sheet["A7"].value, sheet["C7"].value, sheet["E7"].value) == (ballot.id, 1, 12, 7)
        assert (sheet["F7"].value, sheet["F7"].data_type) == ("=1+1", "s")
        assert (sheet["E7"].protection.locked, sheet["C7"].protection.locked) == (False, True)
        filled = changed(content, E7=12, E8="20", E9=16.0, F8="Nội dung rõ", B14="Nên thực hiện.\nCần thêm đối chứng.")
        page = await sent(here, ballot, filled)
        assert page.status == 200
    assert await kept(ballot) == {1: (12, "=1+1"), 2: (20, "Nội dung rõ"), 3: (16, "")}
    assert (await Ballot.objects().get(Ballot.id == ballot.id)).review == "Nên thực hiện.\nCần thêm đối chứng."


async def test_every_wrong_cell_is_named_and_nothing_is_half_taken():
    ballot, judge, _application = await an_accepted_ballot()
    await ballots.save(ballot, points={1: 7}, comments={}, by=judge)
    async with browsing() as browser:
        here = await browser().sign_in(judge)
        content = (await here.client.get(f"/ballots/{ballot.id}/spreadsheet")).content
        page = await sent(here, ballot, changed(content, E7=11, E8=25, E9="mười", E10=7.5, E11=-1, F12="x" * 20_001))
        assert page.status == 422
        assert page.errors() == {"spreadsheet": (
            "Ô E8: điểm từ 0 đến 24. Ô E9: điểm phải là số nguyên. Ô E10: điểm phải là số nguyên. Ô E11: điểm từ 0 đến 16. "
            "Ô F12: tối đa 20000 ký tự."
        )}
    assert await kept(ballot) == {1: (7, "")}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"%PDF-1.7", b"a,b,c"], ids=["empty", "zip", "pdf", "csv"])
async def test_what_is_no_spreadsheet_of_this_ballot_is_refused_in_words(content):
    ballot, judge, _application = await an_accepted_ballot()
    async with browsing() as browser:
        here = await browser().sign_in(judge)
        page = await sent(here, ballot, content)
        assert page.status == 422 and "spreadsheet" in page.errors()


async def test_the_spreadsheet_of_another_ballot_or_with_moved_rows_is_not_taken():
    ballot, judge, application = await an_accepted_ballot()
    async with browsing() as browser:
        here = await browser().sign_in(judge)
        content = (await here.client.get(f"/ballots/{ballot.id}/spreadsheet")).content
        other = await sent(here, ballot, changed(content, B4=ballot.id + 1))
        assert "không phải của phiếu này" in other.errors()["spreadsheet"]
        moved = await sent(here, ballot, changed(content, A7=2))
        assert "ô A7 phải là 1" in moved.errors()["spreadsheet"]
        stranger = await browser().sign_in((await judges_of_panel(ballot))[0])
        assert (await stranger.client.get(f"/ballots/{ballot.id}/spreadsheet")).status_code == 404


async def judges_of_panel(ballot: Ballot):
    from review.tables import Panel

    return await judges_of(await Panel.objects().get(Panel.id == ballot.panel))


async def test_where_names_are_hidden_the_spreadsheet_hides_them_too():
    call = await a_call(rule_set=(await a_rule_set(names_hidden=True)).id)
    lead = await a_person("researcher", full_name="Nguyễn Thị Bí Mật")
    ballot, judge, _application = await an_accepted_ballot(call=call, lead=lead, title="Giống cà phê của Nguyễn Thị Bí Mật")
    async with browsing() as browser:
        here = await browser().sign_in(judge)
        content = (await here.client.get(f"/ballots/{ballot.id}/spreadsheet")).content
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    said = " ".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None)
    assert "Bí Mật" not in said and "Giống cà phê" in said


async def test_a_ballot_that_was_handed_in_takes_no_spreadsheet_any_more():
    ballot, judge, application = await an_accepted_ballot(0)
    async with browsing() as browser:
        here = await browser().sign_in(judge)
        content = (await here.client.get(f"/ballots/{ballot.id}/spreadsheet")).content
        await here.open(f"/ballots/{ballot.id}")
        await ballots.save(ballot, points=dict.fromkeys(range(1, 7), 10), comments=dict.fromkeys(range(1, 7), "Tốt"), by=judge)
        await ballots.give(ballot, by=judge)
        answer = await here.client.post(
            f"/ballots/{ballot.id}/spreadsheet", data={"_csrf_token": here.client.cookies["csrftoken"]},
            files={"spreadsheet": ("phieu.xlsx", changed(content, E7=1), KIND)},
        )
        assert answer.status_code == 404
    assert (await kept(ballot))[1] == (10, "Tốt")
