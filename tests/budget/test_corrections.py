"""Corrections: two people take a posted entry back, with what it was booked for; whatever is not corrected so says what is done instead."""


import pytest

from budget import (
    adjustments,
    allocations,
    corrections,
    grounds,
    ledger,
    reservations,
    year_end,
    years,
)  # fmt: skip
from budget.adjustments import Adjustment
from budget.ledger import Kind
from budget.tables import Entry, Stage
from budget.undoing import KINDS as UNDONE
from budget.year_tables import Correction
from grants.calls.tables import Call
from grants.people.people import today
from grants.shell.changes import Refused, at
from grants.shell.tables import Letter
from tests.browsing import browsing
from tests.makers import a_call, the_rules
from tests.makers_budget import BILLION, a_year, adjusted, after
from tests.makers_corrections import NOTE, ON, corrected, with_a_second, wrong
from tests.makers_votes import fresh

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


@pytest.fixture
async def two(world):
    """The world with two finance officers of its stream and a call to which half a billion too much was allocated."""
    await the_rules()
    await with_a_second(world)
    world.other = await a_call()
    asked = await allocations.propose(world.other, stream="recurrent", year=world.year, amount=BILLION, by=world.offices.officer)
    await allocations.approve(asked, number="7/QĐ-STC", on=ON, by=world.offices.recurrent)
    world.wrong = await ledger.entry((await fresh(asked)).entry)
    return world


async def test_what_was_allocated_too_much_is_taken_back_by_two_people_and_the_call_s_money_follows(two):
    row = await corrections.propose(two.wrong, amount=400_000_000, by=two.offices.recurrent, **NOTE)
    assert (await Call.objects().get(Call.id == two.other.id)).money == BILLION
    assert [one.link for one in await Letter.objects().where(Letter.person == two.second.id)][-1] == f"/corrections/{row.id}"
    with pytest.raises(Refused, match="hai người khác nhau"):
        await corrections.approve(row, by=two.offices.recurrent)
    with pytest.raises(Refused, match="Chỉ cơ quan tài chính phụ trách"):
        await corrections.approve(row, by=two.offices.capital)
    with pytest.raises(Refused, match="đã có đề nghị đính chính"):
        await corrections.propose(two.wrong, amount=1, by=two.offices.recurrent, **NOTE)
    before = await wrong()
    await corrections.approve(row, by=two.second)
    assert (await Call.objects().get(Call.id == two.other.id)).money == 600_000_000
    assert await wrong() == before == {}
    entry = await ledger.entry((await fresh(row)).entry)
    assert (entry.kind, entry.amount, entry.corrects, entry.document_number) == ("correction", 400_000_000, two.wrong.id, "03/PĐC")
    with pytest.raises(Refused, match="đã có quyết định"):
        await corrections.approve(row, by=two.second)
    with pytest.raises(Refused, match="đính chính không đính chính lại"):
        await corrections.propose(entry, amount=1, by=two.offices.recurrent, **NOTE)


async def test_a_refused_correction_changes_nothing_and_may_be_asked_for_anew(two):
    row = await corrections.propose(two.wrong, amount=5, by=two.offices.recurrent, **NOTE)
    await corrections.refuse(row, reason="Đúng số rồi.", by=two.second)
    assert await Entry.count().where(Entry.kind == Kind.CORRECTION) == 0
    assert (await corrections.propose(two.wrong, amount=6, by=two.offices.recurrent, **NOTE)).id != row.id


async def test_what_has_gone_on_or_is_of_another_stream_is_not_taken_back(two):
    with pytest.raises(Refused, match="Chỉ cơ quan tài chính phụ trách"):
        await corrections.propose(two.wrong, amount=5, by=two.offices.capital, **NOTE)
    with pytest.raises(Refused, match="tối đa số của bút toán"):
        await corrections.propose(two.wrong, amount=BILLION + 1, by=two.offices.recurrent, **NOTE)
    held = await Entry.objects().where(Entry.kind == Kind.ALLOCATION).order_by(Entry.id).first()
    for one in await reservations.request(two.proposal, by=two.offices.officer):
        await reservations.approve(one, by=two.offices.recurrent)
    with pytest.raises(Refused, match="nơi trả lại chỉ còn 100.000.000 ₫"):
        await corrections.propose(held, amount=BILLION, by=two.offices.recurrent, **NOTE)


async def test_the_decisions_of_a_year_are_corrected_by_whom_their_ground_names(two):
    """Four kinds of adjustment, each half taken back: supplements and cuts by the leader, what finance decided by its second person."""
    given = [("supplement", {"target": "code:"}), ("cut", {"source": "code:"}), ("handover", {"source": "code:"}),
             ("transfer", {"source": f"call:{two.other.id}", "target": "code:"})]  # fmt: skip
    for kind, ends in given:
        ground = (await grounds.of_act(kind, today()))[0]
        asked = await adjustments.propose(
            kind, stream="recurrent", year=two.year, amount=200_000_000, ground=ground.id, reason="Thêm", by=two.offices.officer, **ends
        )
        decider = two.offices.leader if ground.decided_by == "leader" else two.offices.recurrent
        await adjustments.approve(asked, number="4/QĐ", on=ON, by=decider)
        entry = await ledger.entry((await fresh(asked)).entry)
        if ground.decided_by == "leader":
            row = await corrections.propose(entry, amount=1, by=two.offices.recurrent, **NOTE)
            with pytest.raises(Refused, match="người quyết định là: Lãnh đạo tỉnh"):
                await corrections.approve(row, by=two.second)
            await corrections.refuse(row, reason="Thử", by=two.offices.leader)
        done = await corrected(two, entry, 100_000_000, by=two.offices.leader if ground.decided_by == "leader" else two.second)
        assert (await fresh(asked)).state == "approved" and done.state == "approved"
    assert (await Call.objects().get(Call.id == two.other.id)).money == 900_000_000
    assert await Adjustment.count() == 4
    assert await ledger.free(Stage.APPROPRIATED, "recurrent", two.year) == 8 * BILLION + 100_000_000 * (1 - 1 - 1 + 1)


async def test_what_was_carried_over_or_cancelled_by_mistake_is_there_again(two):
    await a_year(two.offices, two.year + 1, recurrent=5)
    await adjusted(two.offices, two.year)
    with at(after(two.year)):
        known = {act: (await grounds.of_act(act, today()))[0].id for act in ("carry_over", "cancel")}
        chosen = {one.account: ("cancel" if one.call == two.other.code else "carry_over") for one in await year_end.left(two.year)}
        await year_end.propose(two.year, {id: (act, known[act]) for id, act in chosen.items()}, by=two.offices.officer)
        await year_end.confirm(two.year, "recurrent", number="41/QĐ-STC", on=today(), by=two.offices.recurrent)
        assert await year_end.left(two.year) == []
        for entry in await Entry.objects().where(Entry.kind.is_in(["carry_over", "cancellation"])).order_by(Entry.id):
            await corrected(two, entry)
        assert sum(one.free for one in await year_end.left(two.year)) == 10 * BILLION
        assert (await Call.objects().get(Call.id == two.other.id)).money == BILLION


async def test_every_kind_of_entry_is_either_corrected_or_says_what_is_done_instead(two):
    taken_back = {*corrections.OF_DECISION, *UNDONE, Kind.ALLOCATION, Kind.CARRY_OVER, Kind.CANCELLATION}
    assert set(Kind) - {Kind.RESERVATION} == set(corrections.INSTEAD) | taken_back and not set(corrections.INSTEAD) & taken_back
    given = await Entry.objects().where(Entry.kind == Kind.APPROPRIATION).first()
    with pytest.raises(Refused, match="lập bổ sung hoặc cắt giảm dự toán"):
        await corrections.propose(given, amount=5, by=two.offices.recurrent, **NOTE)
    (one,) = await reservations.request(two.proposal, by=two.offices.officer)
    await reservations.approve(one, by=two.offices.recurrent)
    with pytest.raises(Refused, match="giữ chờ chưa ghi sổ"):
        await corrections.propose(await ledger.entry((await fresh(one)).entry), amount=5, by=two.offices.recurrent, **NOTE)


async def test_nothing_of_a_closed_year_is_corrected(two):
    row = await corrections.propose(two.wrong, amount=5, by=two.offices.recurrent, **NOTE)
    await a_year(two.offices, two.year + 1, recurrent=5)
    await adjusted(two.offices, two.year)
    with at(after(two.year)):
        known = (await grounds.of_act("cancel", today()))[0].id
        await year_end.propose(two.year, {one.account: ("cancel", known) for one in await year_end.left(two.year)}, by=two.offices.officer)
        await year_end.confirm(two.year, "recurrent", number="41", on=today(), by=two.offices.recurrent)
        await years.ask_to_close(await years.of(two.year), by=two.offices.officer)
        await years.close(await years.of(two.year), by=two.offices.recurrent)
        with pytest.raises(Refused, match=f"Năm {two.year} đã khoá sổ"):
            await corrections.approve(row, by=two.second)
        await corrections.refuse(row, reason="Đã khoá sổ.", by=two.second)


async def test_two_people_correct_on_the_pages_and_the_entries_name_each_other(two):
    here = f"/budget/entries/{two.wrong.id}"
    async with browsing() as browser:
        maker, second = await browser().sign_in(two.offices.recurrent), await browser().sign_in(two.second)
        await maker.open(here)
        await maker.open(f"{here}/correction")
        assert "Đã phân bổ, thông báo" in maker.page.words and "1.000.000.000 ₫" in maker.page.words
        await maker.submit(f"{here}/correction", amount="1,2 tỷ", reason="", number="03/PĐC", on="30/06/2026")
        assert maker.page.status == 422 and set(maker.page.errors()) == {"reason"}
        await maker.submit(f"{here}/correction", amount="1,2 tỷ", reason="Gõ thừa", number="03/PĐC", on="30/06/2026")
        assert maker.page.status == 409 and set(maker.page.errors()) == {"amount"}
        await maker.submit(f"{here}/correction", amount="400 triệu", reason="Gõ thừa", number="03/PĐC", on="30/06/2026")
        row = await Correction.objects().first()
        assert maker.page.answer.url.path == f"/corrections/{row.id}" and "600.000.000 ₫" in maker.page.words
        await second.open("/desk")
        assert "Duyệt đính chính sổ cái" in second.page.words
        await second.open(f"/corrections/{row.id}")
        await second.submit(f"/corrections/{row.id}/approval")
        done = (await fresh(row)).entry
        assert second.page.html.xpath(f".//*[@href='/budget/entries/{done}']") and "Đã đính chính" in second.page.words
        for entry, other in ((two.wrong.id, done), (done, two.wrong.id)):
            await second.open(f"/budget/entries/{entry}")
            assert second.page.html.xpath(f".//*[@href='/budget/entries/{other}']")
            assert second.page.html.xpath(f".//*[@href='/corrections/{row.id}']")
        given = await Entry.objects().where(Entry.kind == Kind.APPROPRIATION).first()
        await maker.open(f"/budget/entries/{given.id}/correction")
        assert "hãy lập bổ sung hoặc cắt giảm" in maker.page.words
