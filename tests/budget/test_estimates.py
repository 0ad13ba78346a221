"""The estimate from its first line to the money in the ledger."""

import asyncio
from datetime import date

import pytest

from budget import estimate_decisions, estimates, positions, years
from budget.tables import Estimate, EstimateLine
from budget.year_tables import StreamDecision
from grants.people.tables import Role
from grants.shell.changes import Refused
from grants.shell.database import rows
from grants.shell.tables import Letter
from tests.makers import a_person
from tests.makers_budget import BILLION, FROM_THE_JOURNAL, the_offices

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
LINES = [
    ("capital", "infrastructure", "Phòng thí nghiệm giống", 20 * BILLION),
    ("recurrent", "new", "12 nhiệm vụ mở mới", 12 * BILLION),
    ("recurrent", "fund_contribution", "Góp quỹ", 3 * BILLION),
]


async def an_estimate(offices, year: int = 2027) -> Estimate:
    estimate = await estimates.open_estimate(year, by=offices.officer)
    for stream, purpose, name, amount in LINES:
        await estimates.propose_line(estimate, stream=stream, purpose=purpose, name=name, proposed=amount, by=offices.officer)
    await estimates.submit(estimate, by=offices.officer)
    return await Estimate.objects().get(Estimate.id == estimate.id)


async def agree_all(offices, estimate) -> Estimate:
    for line in await estimates.lines_of(estimate):
        await estimates.agree(line, line.proposed, by=getattr(offices, line.stream))
    for stream in ("capital", "recurrent"):
        await estimates.submit_stream(estimate, stream, by=getattr(offices, stream))
    return await Estimate.objects().get(Estimate.id == estimate.id)


async def test_a_decided_estimate_opens_the_year_and_posts_its_money():
    offices = await the_offices()
    estimate = await agree_all(offices, await an_estimate(offices))
    assert estimate.state == "agreed"
    both, on = ("capital", "recurrent"), date(2025, 12, 9)
    with pytest.raises(Refused, match="quá sớm"):
        await estimate_decisions.decide(estimate, streams=both, number="1", on=date(1990, 1, 1), by=offices.leader)
    await estimate_decisions.decide(estimate, streams=both, number="02238/QĐ-UBND", on=on, by=offices.leader)
    assert (await years.of(2027)).state == "open"
    found = [(p.stream, p.decided, p.appropriated) for p in await positions.of_year(2027)]
    assert found == [
        ("capital", 20 * BILLION, 20 * BILLION), ("recurrent", 15 * BILLION, 12 * BILLION), ("fund", 0, 3 * BILLION)
    ]
    assert await rows(FROM_THE_JOURNAL) == []
    with pytest.raises(Refused, match="đã được giao dự toán"):
        await estimate_decisions.decide(estimate, streams=("capital", "recurrent"), number="9", on=date(2025, 12, 9), by=offices.leader)


async def test_a_changed_amount_needs_a_reason_and_the_officer_is_told():
    offices = await the_offices()
    estimate = await an_estimate(offices)
    line = (await estimates.lines_of(estimate))[0]
    with pytest.raises(Refused, match="nêu lý do"):
        await estimates.agree(line, 5 * BILLION, by=offices.capital)
    await estimates.agree(line, 5 * BILLION, reason="Giãn tiến độ", by=offices.capital)
    letter = await Letter.objects().where(Letter.person == offices.officer.id).first()
    assert letter.body == "«Phòng thí nghiệm giống»: đề nghị 20 tỷ, đồng ý 5 tỷ. Lý do: Giãn tiến độ"


async def test_only_the_finance_of_its_stream_agrees_to_a_line():
    offices = await the_offices()
    estimate = await an_estimate(offices)
    line = (await estimates.lines_of(estimate))[0]
    for other in (offices.recurrent, offices.officer, offices.leader):
        with pytest.raises(Refused, match="phụ trách «Vốn đầu tư phát triển»"):
            await estimates.agree(line, line.proposed, by=other)


async def test_what_was_sent_is_not_changed_and_what_is_not_agreed_not_decided():
    offices = await the_offices()
    estimate = await an_estimate(offices)
    line = (await estimates.lines_of(estimate))[0]
    for work in (
        estimates.remove_line(line, by=offices.officer),
        estimates.propose_line(estimate, stream="capital", purpose="new", name="Thêm", proposed=1, by=offices.officer),
        estimate_decisions.decide(estimate, streams=("capital", "recurrent"), number="1", on=date(2025, 12, 9), by=offices.leader),
        estimates.submit(estimate, by=offices.officer),
    ):
        with pytest.raises(Refused):
            await work
    assert await years.of(2027) is None


async def test_a_returned_estimate_is_agreed_anew():
    offices = await the_offices()
    estimate = await agree_all(offices, await an_estimate(offices))
    await estimate_decisions.send_back(estimate, streams=("capital", "recurrent"), reason="Vượt khung trung ương giao", by=offices.leader)
    estimate = await Estimate.objects().get(Estimate.id == estimate.id)
    assert (estimate.state, estimate.remark) == ("proposed", "Vượt khung trung ương giao")
    assert await EstimateLine.count().where(EstimateLine.agreed.is_not_null()) == 0
    await estimates.submit(estimate, by=offices.officer)
    estimate = await agree_all(offices, estimate)
    assert estimate.state == "agreed"


async def standing(year: int = 2027) -> list[tuple[str, int]]:
    return [(p.stream, p.appropriated // BILLION) for p in await positions.of_year(year)]


async def test_each_stream_is_decided_by_its_own_decision_and_the_other_stays_open():
    offices = await the_offices()
    estimate = await an_estimate(offices)
    capital, *recurrent = await estimates.lines_of(estimate)
    await estimates.agree(capital, capital.proposed, by=offices.capital)
    await estimates.submit_stream(estimate, "capital", by=offices.capital)
    with pytest.raises(Refused, match="chưa trình phần «Kinh phí sự nghiệp»"):
        await estimate_decisions.decide(
            estimate, streams=("capital", "recurrent"), number="1/QĐ-UBND", on=date(2025, 12, 9), by=offices.leader
        )
    await estimate_decisions.decide(estimate, streams=("capital",), number="1/QĐ-UBND", on=date(2025, 12, 9), by=offices.leader)
    assert await standing() == [("capital", 20), ("recurrent", 0), ("fund", 0)]
    assert (await Estimate.objects().first()).state == "proposed"
    for line in recurrent:
        await estimates.agree(line, line.proposed - 1, reason="Giảm chi", by=offices.recurrent)
    await estimates.submit_stream(estimate, "recurrent", by=offices.recurrent)
    for streams, number in ((("capital",), "2/QĐ-UBND"), (("capital", "recurrent"), "2/QĐ-UBND")):
        with pytest.raises(Refused, match="Phần «Vốn đầu tư phát triển» đã được giao dự toán"):
            await estimate_decisions.decide(estimate, streams=streams, number=number, on=date(2025, 12, 10), by=offices.leader)
    await estimate_decisions.decide(estimate, streams=("recurrent",), number="2/QĐ-UBND", on=date(2025, 12, 10), by=offices.leader)
    estimate = await Estimate.objects().first()
    assert (estimate.state, estimate.decision_number, estimate.decided_on) == ("decided", "1/QĐ-UBND; 2/QĐ-UBND", date(2025, 12, 10))
    assert sorted((d.stream, d.number, d.amount) for d in await StreamDecision.objects()) == [
        ("capital", "1/QĐ-UBND", 20 * BILLION), ("recurrent", "2/QĐ-UBND", 15 * BILLION - 2)
    ]
    papers = await rows("SELECT DISTINCT document_number, document_date FROM ledger_entry WHERE kind = 'appropriation' ORDER BY 1")
    assert papers == [
        {"document_number": "1/QĐ-UBND", "document_date": date(2025, 12, 9)},
        {"document_number": "2/QĐ-UBND", "document_date": date(2025, 12, 10)},
    ]
    assert await rows(FROM_THE_JOURNAL) == []


async def test_a_part_sent_back_is_written_anew_while_the_decided_part_stays_and_the_other_waits_with_finance():
    offices = await the_offices()
    estimate = await agree_all(offices, await an_estimate(offices))
    await estimate_decisions.decide(estimate, streams=("capital",), number="1", on=date(2025, 12, 9), by=offices.leader)
    await estimate_decisions.send_back(estimate, streams=("recurrent",), reason="Vượt trần", by=offices.leader)
    capital, recurrent, _fund = await estimates.lines_of(estimate)
    assert (capital.decided, recurrent.agreed) == (20 * BILLION, None)
    said = {"purpose": "new", "name": "Dòng khác", "proposed": 5}
    for work in (
        estimates.change_line(capital, stream="capital", by=offices.officer, **said),
        estimates.change_line(recurrent, stream="capital", by=offices.officer, **said),
        estimates.propose_line(estimate, stream="capital", by=offices.officer, **said),
        estimates.remove_line(capital, by=offices.officer),
        estimates.agree(recurrent, recurrent.proposed, by=offices.recurrent),
        estimate_decisions.send_back(estimate, streams=("capital",), reason="Thôi", by=offices.leader),
    ):
        with pytest.raises(Refused):
            await work
    await estimates.change_line(recurrent, stream="recurrent", by=offices.officer, **said)
    await estimates.submit(estimate, by=offices.officer)
    for line in (await estimates.lines_of(estimate))[1:]:
        await estimates.agree(line, line.proposed, by=offices.recurrent)
    await estimates.submit_stream(estimate, "recurrent", by=offices.recurrent)
    await estimate_decisions.decide(estimate, streams=("recurrent",), number="2", on=date(2025, 12, 9), by=offices.leader)
    assert await standing() == [("capital", 20), ("recurrent", 0), ("fund", 3)]
    assert (await Estimate.objects().first()).state == "decided"


async def test_two_leaders_who_decide_the_same_stream_give_its_money_once():
    offices = await the_offices()
    estimate = await agree_all(offices, await an_estimate(offices))
    other = await a_person(Role.LEADER)

    async def decide(leader, number: str) -> bool:
        try:
            await estimate_decisions.decide(estimate, streams=("capital",), number=number, on=date(2025, 12, 9), by=leader)
        except Refused:
            return False
        return True

    assert sorted(await asyncio.gather(decide(offices.leader, "1"), decide(other, "2"))) == [False, True]
    assert await standing() == [("capital", 20), ("recurrent", 0), ("fund", 0)]


async def test_a_year_has_one_estimate_and_the_fund_no_line_of_its_own():
    offices = await the_offices()
    estimate = await estimates.open_estimate(2027, by=offices.officer)
    with pytest.raises(Refused, match="đã có"):
        await estimates.open_estimate(2027, by=offices.officer)
    with pytest.raises(Refused, match="quỹ nhận phần góp"):
        await estimates.propose_line(estimate, stream="fund", purpose="new", name="Quỹ", proposed=1, by=offices.officer)
    with pytest.raises(Refused, match="chưa có dòng nào"):
        await estimates.submit(estimate, by=offices.officer)
