"""Clearing advances: filed by the lead, confirmed by the officer, entered by finance; what it opens and what it never does."""

import pytest

from budget import advances, clearances, positions
from budget.payment_tables import Clearance
from grants.shell.changes import Refused
from grants.shell.database import rows
from tests.makers_budget import FROM_THE_JOURNAL
from tests.makers_payments import a_running_project, an_accepted_report, asked, paid
from tests.makers_projects import now_as

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
HALF = 450_000_000  # of the 900 triệu that the application was awarded


@pytest.fixture
async def running(world):
    return await a_running_project(world)


async def filed(running, amount: int = HALF // 2, **more) -> Clearance:
    return await clearances.file(running.project, **{
        "stream": "recurrent", "year": running.year, "amount": amount, "vouchers": "PC-12/2026", "work": "Điều tra 120 hộ",
        "by": running.lead
    } | more)  # fmt: skip


async def cleared(running, amount: int = HALF // 2, **more) -> Clearance:
    one = await filed(running, amount, **more)
    await clearances.confirm(one, by=running.offices.officer)
    await clearances.clear(await now_as(one), by=running.offices.recurrent)
    return await now_as(one)


async def test_a_cleared_advance_is_cost_and_opens_the_next_advance(running):
    await paid(running, HALF)
    with pytest.raises(Refused, match="còn tạm ứng được 0 ₫"):
        await asked(running, 1)
    one = await cleared(running)
    (here,) = await positions.positions(proposal=running.proposal.id)
    assert (one.state, here.advanced, here.paid, here.committed) == ("cleared", HALF - HALF // 2, HALF // 2, 900_000_000)
    assert await advances.most_advance(running.project) == 450_000_000
    assert (await asked(running, 400_000_000)).state == "requested"
    assert await rows(FROM_THE_JOURNAL) == []


async def test_more_than_was_advanced_is_never_cleared_not_even_in_two_halves(running):
    await paid(running, HALF)
    with pytest.raises(Refused, match=r"chưa hoàn chỉ còn 450\.000\.000 ₫"):
        await filed(running, HALF + 1)
    await filed(running, HALF - 1)
    with pytest.raises(Refused, match="chưa hoàn chỉ còn 1 ₫"):
        await filed(running, 2)


async def test_a_clearance_rests_on_an_accepted_report_or_on_vouchers(running):
    await paid(running, HALF)
    with pytest.raises(Refused, match="chọn báo cáo đã được chấp nhận, hoặc ghi số chứng từ"):
        await filed(running, 1, vouchers=" ")
    report = await an_accepted_report(running)
    assert (await filed(running, 1, vouchers="", report=report.id)).report == report.id
    other = await rows("SELECT id FROM report WHERE state = 'due' LIMIT 1")
    with pytest.raises(Refused, match="chưa được chấp nhận"):
        await filed(running, 1, report=other[0]["id"])


async def test_three_different_people_clear_and_nobody_skips_a_step(running):
    await paid(running, HALF)
    one = await filed(running)
    with pytest.raises(Refused, match="Chỉ cán bộ quản lý"):
        await clearances.confirm(one, by=running.lead)
    with pytest.raises(Refused, match="đã qua bước đó"):
        await clearances.clear(one, by=running.offices.recurrent)
    await clearances.confirm(one, by=running.offices.officer)
    with pytest.raises(Refused, match="Chỉ cơ quan tài chính"):
        await clearances.clear(await now_as(one), by=running.offices.capital)
    await clearances.clear(await now_as(one), by=running.offices.recurrent)
    with pytest.raises(Refused, match="đã qua bước đó"):
        await clearances.clear(await now_as(one), by=running.offices.recurrent)


async def test_what_is_sent_back_says_why_and_may_be_filed_anew(running):
    await paid(running, HALF)
    one = await filed(running, HALF)
    await clearances.send_back(one, reason="Thiếu biên bản nghiệm thu khối lượng", by=running.offices.officer)
    assert (await now_as(one)).state == "refused"
    assert (await filed(running, HALF)).state == "filed"
