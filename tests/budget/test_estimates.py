"""The estimate from its first line to the money in the ledger."""

from datetime import date

import pytest

from budget import estimate_decisions, estimates, positions, years
from budget.tables import Estimate, EstimateLine
from grants.shell.changes import Refused
from grants.shell.database import rows
from grants.shell.tables import Letter
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
    await estimate_decisions.decide(estimate, number="02238/QĐ-UBND", on=date(2025, 12, 9), by=offices.leader)
    assert (await years.of(2027)).state == "open"
    found = [(p.stream, p.decided, p.appropriated) for p in await positions.of_year(2027)]
    assert found == [
        ("capital", 20 * BILLION, 20 * BILLION), ("recurrent", 15 * BILLION, 12 * BILLION), ("fund", 0, 3 * BILLION)
    ]
    assert await rows(FROM_THE_JOURNAL) == []
    with pytest.raises(Refused, match="không thể chuyển"):
        await estimate_decisions.decide(estimate, number="9", on=date(2025, 12, 9), by=offices.leader)


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
        estimate_decisions.decide(estimate, number="1", on=date(2025, 12, 9), by=offices.leader),
        estimates.submit(estimate, by=offices.officer),
    ):
        with pytest.raises(Refused):
            await work
    assert await years.of(2027) is None


async def test_a_returned_estimate_is_agreed_anew():
    offices = await the_offices()
    estimate = await agree_all(offices, await an_estimate(offices))
    await estimate_decisions.send_back(estimate, reason="Vượt khung trung ương giao", by=offices.leader)
    estimate = await Estimate.objects().get(Estimate.id == estimate.id)
    assert (estimate.state, estimate.remark) == ("draft", "Vượt khung trung ương giao")
    assert await EstimateLine.count().where(EstimateLine.agreed.is_not_null()) == 0


async def test_a_year_has_one_estimate_and_the_fund_no_line_of_its_own():
    offices = await the_offices()
    estimate = await estimates.open_estimate(2027, by=offices.officer)
    with pytest.raises(Refused, match="đã có"):
        await estimates.open_estimate(2027, by=offices.officer)
    with pytest.raises(Refused, match="quỹ nhận phần góp"):
        await estimates.propose_line(estimate, stream="fund", purpose="new", name="Quỹ", proposed=1, by=offices.officer)
    with pytest.raises(Refused, match="chưa có dòng nào"):
        await estimates.submit(estimate, by=offices.officer)
