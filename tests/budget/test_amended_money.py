"""What an agreement's changes leave alone and what money keeps from changing: commitments, lump sums, a corrected agreement."""

from datetime import timedelta

import asyncpg
import pytest

from budget import payments, terms
from grants.people.people import today
from grants.people.tables import Role
from grants.projects import amendments, corrections, reports
from grants.shell.changes import Refused, at
from grants.shell.database import rows
from grants.shell.dates import end_of
from tests.makers import a_person
from tests.makers_payments import a_running_project, asked, paid
from tests.makers_projects import a_filed_report, a_member, now_as

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
WORDS = {"was": "5 mô hình", "becomes": "4 mô hình", "reason": "Thiếu đất."}


@pytest.fixture
async def running(world):
    return await a_running_project(world)


async def journal() -> list[dict]:
    return await rows("SELECT id, kind, state, amount FROM ledger_entry ORDER BY id")


async def test_an_extension_moves_no_money_and_the_project_is_paid_as_before(running):
    before = await journal()
    row = await amendments.ask(running.project, "extension", months=6, reason="Hạn hán.", by=running.lead)
    await amendments.approve(row, number="8/QĐ", on=today(), by=running.offices.officer)
    assert await journal() == before
    await paid(running, 5_000_000)


@pytest.mark.parametrize("kind", ["title", "objective", "products"])
async def test_a_lump_sum_to_the_final_product_keeps_its_name_objective_and_products(running, kind):
    row = await amendments.ask(running.project, kind, by=running.lead, **WORDS)
    await terms.record(running.project, method="lump_sum_full", actual=[], by=running.offices.officer)
    with pytest.raises(Refused, match="khoán đến sản phẩm cuối cùng"):
        await amendments.approve(row, number="8/QĐ", on=today(), by=running.offices.officer)
    with pytest.raises(Refused, match="khoán đến sản phẩm cuối cùng"):
        await amendments.ask(running.project, kind, by=running.offices.officer, **WORDS)
    with pytest.raises(asyncpg.PostgresError) as refused:
        await rows(
            "UPDATE amendment SET state = 'approved', annex = 1, number = '8', decided_on = $1, decided_by = $2, decided_at = now()",
            today(), running.offices.officer.id,
        )
    assert refused.value.sqlstate == "AG002"


async def test_what_moves_between_the_lines_of_a_lump_sum_is_the_lead_organisation_s_right_and_only_noted(running):
    shift = {"was": "Hội thảo 20 triệu", "becomes": "Hội thảo 10 triệu, đi lại 10 triệu", "reason": "Họp trực tuyến."}
    with pytest.raises(Refused, match="phương thức khoán"):
        await amendments.ask(running.project, "budget", by=running.lead, **shift)
    await terms.record(running.project, method="lump_sum_partial", actual=[], by=running.offices.officer)
    with pytest.raises(Refused, match="quyền của tổ chức chủ trì"):
        await amendments.ask(running.project, "budget", by=running.offices.officer, **shift)
    row = await amendments.ask(running.project, "budget", by=running.lead, **shift)
    assert row.state == "noted"
    with pytest.raises(Refused, match="đã có quyết định"):
        await amendments.approve(row, number="8/QĐ", on=today(), by=running.offices.officer)


async def test_an_agreement_is_corrected_only_before_any_money_is_asked_for(running):
    second = await a_person(Role.OFFICER)
    slip = {"number": "06/HĐ", "agreed_on": today(), "starts_on": today(), "reason": "Gõ nhầm số."}
    assert await corrections.can_correct(second, running.project)
    waiting = await asked(running, 5_000_000)
    with pytest.raises(Refused, match="Đã có đề nghị chi"):
        await corrections.correct(running.project, **slip, by=second)
    insert = ("INSERT INTO agreement_correction (project, number_before, number, agreed_before, agreed_on, starts_before, starts_on, "
              "ends_on, reason, by, at) SELECT id, agreement_number, '9', agreed_on, agreed_on, starts_on, starts_on, ends_on, 'x', "
              "$1, now() FROM project")
    with pytest.raises(asyncpg.PostgresError) as refused:
        await rows(insert, second.id)
    assert refused.value.sqlstate == "AG003"
    await payments.refuse(waiting, reason="Chưa đủ hồ sơ.", by=running.offices.recurrent)
    await corrections.correct(running.project, **slip, by=second)  # what was refused moved nothing
    assert (await now_as(running.project)).agreement_number == "06/HĐ"


async def test_who_led_a_project_before_asks_for_none_of_its_money_any_more(running):
    heir = await a_person(Role.RESEARCHER)
    await a_member(running.project, heir)
    row = await amendments.ask(running.project, "lead", lead=heir.id, reason="Chuyển công tác.", by=running.lead)
    await amendments.approve(row, number="8/QĐ", on=today(), by=running.offices.officer)
    with pytest.raises(Refused, match="Chỉ chủ nhiệm hoặc thủ trưởng"):
        await asked(running, 5_000_000)
    running.lead = heir
    await asked(running, 5_000_000)


async def test_no_money_is_asked_for_or_approved_while_two_reports_are_missing(running):
    waiting = await asked(running, 5_000_000)
    first, second, *_later = await reports.of(running.project)
    with at(end_of(second.due) + timedelta(hours=9)):
        for money in (asked(running, 1_000_000), payments.approve(waiting, by=running.offices.recurrent)):
            with pytest.raises(Refused, match="còn thiếu 2 báo cáo định kỳ"):
                await money
        await a_filed_report(first, running.lead)
        await payments.approve(waiting, by=running.offices.recurrent)
        await asked(running, 1_000_000)
