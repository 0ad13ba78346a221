"""The close of a project: what must be so before, who closes it, and that nothing is paid or booked for it afterwards."""

import asyncpg
import pytest

from budget import closings, ledger, payments, recoveries, settlement_decisions, settlements, year_end, years
from budget.ledger import Kind
from budget.settlements import Claim
from budget.tables import Stage
from grants.people.people import today
from grants.proposals.tables import BudgetLine
from grants.shell import database
from grants.shell.changes import Refused, changing
from grants.shell.database import rows
from grants.shell.tables import Letter
from tests.browsing import browsing
from tests.console import answered_otherwise
from tests.makers_budget import a_paper, adjusted, as_owner
from tests.makers_payments import a_running_project, an_accepted_report, asked, paid
from tests.makers_projects import now_as

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


@pytest.fixture
async def paid_out(world):
    """A project that was paid 400 of its 900 triệu for accepted work."""
    await a_running_project(world)
    await an_accepted_report(world)
    await paid(world, 400_000_000, "payment")
    world.line = (await BudgetLine.objects().first()).id
    return world


async def registered(world) -> None:
    """Evaluated as «đạt», its result registered."""
    async with changing(world.project, by=None, did="registered") as project:
        project.state, project.grade, project.grade_decision, project.graded_on = "registered", "pass", "88/QĐ", today()
        project.result_certificate, project.registered_on = "GCN-1", today()
    await rows("UPDATE obligation SET settled_on = $1 WHERE project = $2", today(), world.project.id)
    world.project = await now_as(world.project)


async def settled(world, approved: int = 400_000_000) -> None:
    """Its whole settlement is approved."""
    claims = {world.line: Claim(400_000_000, approved, "Thiếu chứng từ" if approved < 400_000_000 else "")}
    row = await settlements.propose(world.project, year=None, claims=claims, by=world.offices.officer)
    await settlement_decisions.approve(row, number="15/TB-STC", on=today(), by=world.offices.recurrent)
    world.project = await now_as(world.project)


async def close(world, **more) -> None:
    await closings.close(world.project, **{"number": "03/BBTL", "on": today(), "by": world.offices.officer} | more)
    world.project = await now_as(world.project)


async def lacking(world) -> list[str]:
    return [point.missing for point in await closings.checklist(await now_as(world.project)) if not point.done]


async def test_a_project_is_closed_when_everything_is_settled_and_nothing_is_owed(paid_out):
    waiting = await asked(paid_out, 5_000_000)
    assert await lacking(paid_out) == [
        "Chưa có kết quả nghiệm thu", "Chưa có giấy chứng nhận đăng ký kết quả", "Còn 1 đề nghị chưa chi hoặc chưa từ chối",
        "Còn 400.000.000 ₫ đã thanh toán chưa quyết toán",
    ]
    await payments.refuse(waiting, reason="Đã nghiệm thu", by=paid_out.offices.recurrent)
    await registered(paid_out)
    with pytest.raises(Refused, match=r"Chưa thanh lý được: Còn 400\.000\.000 ₫ đã thanh toán chưa quyết toán"):
        await close(paid_out)
    await settled(paid_out, 370_000_000)
    assert await lacking(paid_out) == ["Còn 30.000.000 ₫ đã thanh toán chưa quyết toán", "Còn phải hoàn trả 30.000.000 ₫"]
    (demand,) = await recoveries.Recovery.objects()
    await recoveries.decide(demand, number="16/QĐ", on=today(), by=paid_out.offices.recurrent)
    await recoveries.repay(await now_as(demand), amount=30_000_000, number="NT-7", on=today(), by=paid_out.offices.treasurer)
    for who in (paid_out.lead, paid_out.offices.recurrent, paid_out.offices.leader):
        with pytest.raises(Refused, match="Chỉ cán bộ quản lý"):
            await close(paid_out, by=who)
    await close(paid_out)
    assert (paid_out.project.state, paid_out.project.closing_number, paid_out.project.closed_on) == ("closed", "03/BBTL", today())
    told = await Letter.objects().where((Letter.person == paid_out.lead.id) & Letter.subject.like("Đã thanh lý nhiệm vụ%"))
    assert len(told) == 1


async def test_a_project_whose_years_were_all_settled_is_closed_without_a_settlement_of_the_whole(paid_out):
    row = await settlements.propose(
        paid_out.project, year=paid_out.year, claims={paid_out.line: Claim(400_000_000, 400_000_000)}, by=paid_out.offices.officer
    )
    await settlement_decisions.approve(row, number="15/TB-STC", on=today(), by=paid_out.offices.recurrent)
    await registered(paid_out)
    await close(paid_out)
    assert (paid_out.project.state, paid_out.project.settled_on) == ("closed", today())


@pytest.fixture
async def closed(paid_out):
    await registered(paid_out)
    await settled(paid_out)
    await close(paid_out)
    return paid_out


AFTERWARDS = {
    "ask for a payment": (
        "INSERT INTO payment (project, stream, year, kind, amount, purpose, state, requested_by, requested_at, reason, vouchers, "
        "treasury_number) VALUES ({project}, 'recurrent', {year}, 'advance', 5, 'x', 'requested', {lead}, now(), '', '', '')"),
    "demand money back": (
        "INSERT INTO recovery (project, stream, year, cause, base, share, amount, explanation, state, made_by, made_at, decision_number, "
        "reason) VALUES ({project}, 'recurrent', {year}, 'unproven', 5, '1', 5, 'x', 'proposed', {lead}, now(), '', '')"),
    "plan an instalment": (
        "INSERT INTO instalment (project, number, name, kind, stream, year, amount, due) "
        "VALUES ({project}, 9, 'x', 'payment', 'recurrent', {year}, 5, now())"),
    "book a hold": (
        "INSERT INTO ledger_entry (at, kind, state, out_of, \"into\", amount, document_kind, document_number, document_date, made_by, "
        "approved_by, key) VALUES (now(), 'payment', 'pending', {committed}, {paid}, 5, 'payment_request', '1', now(), {lead}, {finance}, "
        "'x')"),
    "open it again": "UPDATE project SET state = 'settled' WHERE id = {project}",
    "approve more money": "UPDATE project SET approved = approved + 1 WHERE id = {project}",
}  # fmt: skip


async def test_nothing_is_asked_for_or_booked_for_a_closed_project_not_even_in_sql(closed, server):
    with pytest.raises(Refused, match="khi hợp đồng còn hiệu lực"):
        await asked(closed, 5)
    place = {"call": closed.call.id, "proposal": closed.proposal.id}
    at_stage = {stage.value: (await ledger.account(stage, "recurrent", closed.year, **place)).id for stage in (Stage.COMMITTED, Stage.PAID)}
    named = at_stage | {"project": closed.project.id, "year": closed.year, "lead": closed.lead.id, "finance": closed.offices.recurrent.id}
    assert await answered_otherwise(server, {act: (sql, "PY006") for act, sql in AFTERWARDS.items()}, **named) == {}


async def test_the_database_closes_no_project_with_money_open(paid_out, server):
    await registered(paid_out)
    console = await asyncpg.connect(**database.connection(server) | database.as_app())
    done = "UPDATE project SET state = 'closed', closed_on = now(), closing_number = '1', settled_on = now() WHERE id = $1"
    with pytest.raises(asyncpg.PostgresError) as straight:
        await console.execute(done, paid_out.project.id)
    await console.execute("UPDATE project SET state = 'settled' WHERE id = $1", paid_out.project.id)
    with pytest.raises(asyncpg.PostgresError) as unsettled:
        await console.execute(done, paid_out.project.id)
    await console.close()
    assert (straight.value.sqlstate, unsettled.value.sqlstate) == ("PY006", "PY006")


async def test_what_a_closed_project_never_used_is_cancelled_at_the_year_s_end_and_not_carried_over(closed):
    await years.open_year(closed.year + 1, by=closed.offices.leader)
    await adjusted(closed.offices, closed.year)
    (left,) = [one for one in await year_end.left(closed.year) if one.stage == "committed"]
    assert (left.free, left.may) == (500_000_000, ("cancel",))
    place = {"call": closed.call.id, "proposal": closed.proposal.id}
    out_of = await ledger.account(Stage.COMMITTED, "recurrent", closed.year, **place)
    into = await ledger.account(Stage.CANCELLED, "recurrent", closed.year, **place)
    who = {"made_by": closed.offices.officer.id, "approved_by": closed.offices.recurrent.id, "paper": a_paper()}
    async with as_owner():
        await ledger.post(Kind.CANCELLATION, left.free, out_of=out_of, into=into, key="unused", **who)
    assert [one for one in await year_end.left(closed.year) if one.stage == "committed"] == []


async def test_the_officer_sees_what_lacks_and_closes_on_the_page(paid_out):
    here = f"/projects/{paid_out.project.id}/closing"
    await registered(paid_out)
    async with browsing() as browser:
        officer, lead = await browser().sign_in(paid_out.offices.officer), await browser().sign_in(paid_out.lead)
        await officer.open(here)
        assert "Còn 400.000.000 ₫ đã thanh toán chưa quyết toán" in officer.page.words
        await settled(paid_out)
        await lead.open(here)
        assert "cán bộ theo dõi nhiệm vụ lập biên bản thanh lý" in lead.page.words
        await officer.open(here)
        await officer.submit(here, number="", on="hôm qua")
        assert (officer.page.status, "hôm qua" in officer.page.text) == (422, True)
        await officer.submit(here, number="03/BBTL", on=today().isoformat())
        assert "Nhiệm vụ đã thanh lý" in officer.page.words
