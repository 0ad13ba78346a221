"""Settlement of a year and of a whole project, and what must be repaid: shares, deadline, the bar, the way back into the ledger."""

from datetime import timedelta

import pytest

from budget import positions, recoveries, settlement_decisions, settlements, terms, years
from budget.payment_tables import Recovery, SettlementSum, Terms
from budget.settlements import Claim
from grants.people.people import today
from grants.people.tables import Obligation, Organisation, Role
from grants.projects.tables import Project
from grants.shell.changes import Refused, add, at, changing, now
from grants.shell.database import rows
from grants.shell.tables import Letter
from tests.console import answered_otherwise
from tests.makers import a_person
from tests.makers_budget import FROM_THE_JOURNAL
from tests.makers_payments import paid
from tests.makers_projects import now_as

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def proposed(spent, approved: int = 400_000_000, declared: int | None = None, **more):
    claim = Claim(approved if declared is None else declared, approved, "Thiếu chứng từ" if declared else "")
    return await settlements.propose(
        spent.project, **{"year": spent.year, "claims": {spent.line: claim}, "by": spent.offices.officer} | more
    )


async def approve(spent, settlement, **more) -> None:
    await settlement_decisions.approve(settlement, **{"number": "15/TB-STC", "on": today(), "by": spent.offices.recurrent} | more)


async def failed(spent) -> None:
    """The panel's grade is «không đạt»."""
    async with changing(spent.project, by=None, did="evaluated") as project:
        project.state, project.council_grade, project.grade = "evaluated", "fail", "fail"
        project.grade_decision, project.graded_on = "88/QĐ", today()
    spent.project = await now_as(spent.project)


async def test_a_year_s_approved_actuals_are_settled_in_the_ledger(spent):
    await approve(spent, await proposed(spent))
    (here,) = await positions.positions(proposal=spent.proposal.id)
    assert (here.paid, here.settled, here.committed) == (400_000_000, 400_000_000, 900_000_000)
    assert await Recovery.count() == 0
    assert await rows(FROM_THE_JOURNAL) == []


async def test_what_was_paid_above_the_approved_actuals_is_to_be_repaid(spent):
    settlement = await proposed(spent, 370_000_000, declared=400_000_000)
    await approve(spent, settlement)
    demand = await Recovery.objects().first()
    assert (demand.amount, demand.cause, demand.state, demand.settlement) == (30_000_000, "settlement", "proposed", settlement.id)
    head = await a_person(Role.SIGNATORY, of=await Organisation.objects().get(Organisation.id == spent.project.lead_organisation))
    assert [await recoveries.visible_to(one) for one in (spent.lead, head)] == [[], []]  # the offices' own until it is decided
    await recoveries.decide(demand, number="16/QĐ-STC", on=today(), by=spent.offices.recurrent)
    assert [len(await recoveries.visible_to(one)) for one in (spent.lead, head)] == [1, 1]
    await recoveries.repay(await now_as(demand), amount=30_000_000, number="NT-7", on=today(), by=spent.offices.treasurer)
    (here,) = await positions.positions(proposal=spent.proposal.id)
    assert (here.paid, here.settled, here.recovered) == (370_000_000, 370_000_000, 30_000_000)
    assert await rows(FROM_THE_JOURNAL) == []


async def test_a_difference_says_why_and_nothing_is_approved_above_plan_or_claim(spent):
    with pytest.raises(Refused, match="nêu lý do số quyết toán khác"):
        await settlements.propose(
            spent.project, year=spent.year, claims={spent.line: Claim(400_000_000, 1)}, by=spent.offices.officer
        )
    with pytest.raises(Refused, match="không vượt số đề nghị và dự toán"):
        await proposed(spent, 900_000_001)
    assert await rows("SELECT id FROM settlement") == []


async def test_of_what_a_line_at_cost_saved_the_development_fund_keeps_half(spent):
    """TTLT 27/2015: 50 % of what non-lump-sum lines saved stays with an organisation that has a development fund."""
    kept = Terms(
        project=spent.project.id, method=Terms.Method.ACTUAL, recorded_by=spent.offices.officer.id, recorded_at=now()
    )
    await add(kept, by=spent.offices.officer, did="recorded")
    await add(terms.ActualLine(terms=kept.id, line=spent.line), by=spent.offices.officer, did="marked")
    await proposed(spent, 300_000_001, development_fund=True)
    summed = await SettlementSum.objects().first()
    assert (summed.paid, summed.approved, summed.kept, summed.back) == (400_000_000, 300_000_001, 49_999_999, 50_000_000)


async def test_who_draws_up_a_settlement_does_not_approve_it_and_another_stream_s_finance_neither(spent):
    settlement = await proposed(spent)
    for who in (spent.offices.officer, spent.offices.capital, spent.lead):
        with pytest.raises(Refused):
            await approve(spent, settlement, by=who)
    await approve(spent, settlement)
    with pytest.raises(Refused, match="đã có quyết định"):
        await approve(spent, settlement)


async def settled_by_stream(world) -> dict[str, int]:
    return {one.stream: one.settled for one in await positions.positions(proposal=world.proposal.id)}


async def test_a_settlement_of_two_streams_is_approved_when_the_finance_of_each_has_approved_its_part(two_streams):
    settlement, offices = two_streams.settlement, two_streams.offices
    await approve(two_streams, settlement)
    assert (await now_as(settlement)).state == "proposed"
    assert await settlement_decisions.lacking(settlement) == ["capital"]
    assert await settled_by_stream(two_streams) == {"capital": 0, "recurrent": 0}
    with pytest.raises(Refused, match="đã được phê duyệt; còn chờ"):
        await approve(two_streams, settlement)
    await approve(two_streams, settlement, by=offices.capital, number="77/TB-DT")
    assert (await now_as(settlement)).state == "approved"
    assert await settled_by_stream(two_streams) == {"capital": 199_999_999, "recurrent": 400_000_000}
    booked = await rows("SELECT e.approved_by, e.document_number FROM ledger_entry e WHERE kind = 'settlement' ORDER BY amount")
    assert booked == [
        {"approved_by": offices.capital.id, "document_number": "77/TB-DT"},
        {"approved_by": offices.recurrent.id, "document_number": "15/TB-STC"},
    ]
    assert "77/TB-DT" in (await Recovery.objects().first()).explanation
    assert await rows(FROM_THE_JOURNAL) == []


async def test_one_stream_s_finance_sends_the_whole_back_and_every_part_is_approved_anew(two_streams):
    settlement, offices = two_streams.settlement, two_streams.offices
    await approve(two_streams, settlement)
    await settlement_decisions.refuse(settlement, reason="Thiếu biên bản", by=offices.capital)
    claims = {two_streams.line: Claim(400_000_000, 400_000_000)}
    again = await settlements.propose(two_streams.project, year=two_streams.year, claims=claims, by=offices.officer)
    assert (again.id, await settlement_decisions.lacking(again)) == (settlement.id, ["capital", "recurrent"])


GIVEN = """INSERT INTO settlement_approval (settlement, stream, "by", at, number, "on") VALUES ({{id}}, '{}', {{{}}}, now(), '1', now())"""
PART_ACTS = {
    "approve the whole with one part": (
        "UPDATE settlement SET state = 'approved', decided_by = {recurrent}, decided_on = now(), decision_number = '1'", "PY004"),
    "approve a part of what one drew up": (
        GIVEN.format("capital", "officer"), "PY001"),
    "approve a part of a stream that is not in it": (
        GIVEN.format("fund", "capital"), "PY001"),
    "approve a part twice": (
        GIVEN.format("recurrent", "capital"), "23505"),
    "say another stream's part was approved": ("UPDATE settlement_approval SET stream = 'capital'", "PY001"),
    "take an approval away": ("DELETE FROM settlement_approval", "PY001"),
    "rewrite a sum after a part is approved": ("UPDATE settlement_sum SET back = 0, approved = paid", "PY001"),
    "rewrite a line after a part is approved": ("UPDATE settlement_line SET approved = declared", "PY001"),
}


async def test_the_database_lets_nobody_approve_for_the_other_stream(two_streams, server):
    await approve(two_streams, two_streams.settlement)
    offices = two_streams.offices
    named = {one: getattr(offices, one).id for one in ("officer", "capital", "recurrent")} | {"id": two_streams.settlement.id}
    assert await answered_otherwise(server, PART_ACTS, **named) == {}


async def test_a_settlement_is_of_what_was_paid_when_it_was_drawn_up(spent):
    settlement = await proposed(spent)
    await paid(spent, 1, "payment", number="KB-2")
    with pytest.raises(Refused, match="đã thay đổi từ khi lập"):
        await approve(spent, settlement)
    await settlement_decisions.refuse(settlement, reason="Lập lại", by=spent.offices.recurrent)
    again = await proposed(spent, 400_000_001)
    assert again.id == settlement.id
    await approve(spent, again)


async def test_a_year_is_settled_in_its_adjustment_period_and_no_more_once_it_is_closed(spent):
    settlement = await proposed(spent)
    await rows("UPDATE budget_year SET state = 'adjusting'")
    await approve(spent, settlement)
    (here,) = await positions.positions(proposal=spent.proposal.id)
    assert here.settled == 400_000_000


async def test_the_whole_project_is_settled_after_registration_and_with_no_advance_open(spent):
    with pytest.raises(Refused, match="sau khi kết quả được đăng ký"):
        await proposed(spent, year=None)
    await paid(spent, 5_000_000)
    await failed(spent)
    with pytest.raises(Refused, match=r"Còn 5\.000\.000 ₫ tạm ứng chưa hoàn"):
        await proposed(spent, year=None)


async def test_a_registered_project_whose_whole_is_settled_is_settled(spent):
    async with changing(spent.project, by=None, did="registered") as project:
        project.state, project.grade, project.grade_decision, project.graded_on = "registered", "pass", "88/QĐ", today()
        project.result_certificate, project.registered_on = "GCN-1", today()
    spent.project = await now_as(spent.project)
    await approve(spent, await proposed(spent, year=None))
    assert (await now_as(spent.project)).state == Project.State.SETTLED


async def test_a_subjective_failure_repays_the_rules_share_within_sixty_days_and_bars_the_organisation(spent):
    with pytest.raises(Refused, match="không đạt, tạm dừng hoặc chấm dứt"):
        await recoveries.propose(
            spent.project, stream="recurrent", cause="subjective", explanation="x", by=spent.offices.officer
        )
    await failed(spent)
    demand = await recoveries.propose(
        spent.project, stream="recurrent", cause="subjective", explanation="Kết luận của hội đồng", by=spent.offices.officer
    )
    assert (demand.base, demand.amount) == (400_000_000, 120_000_000)  # 30 %: lump sum in part
    await recoveries.decide(demand, number="20/QĐ-STC", on=today(), by=spent.offices.recurrent)
    demand = await now_as(demand)
    owed = await Obligation.objects().get(Obligation.id == demand.obligation)
    assert demand.due >= today() + timedelta(days=60) and (owed.kind, owed.due, owed.settled_on) == ("recovery_unpaid", demand.due, None)
    assert owed.organisation == spent.project.lead_organisation
    await recoveries.repay(demand, amount=20_000_000, number="NT-1", on=today(), by=spent.offices.treasurer)
    assert (await now_as(owed)).settled_on is None
    with pytest.raises(Refused, match=r"chỉ còn 100\.000\.000 ₫"):
        await recoveries.repay(await now_as(demand), amount=100_000_001, number="NT-2", on=today(), by=spent.offices.treasurer)
    await recoveries.repay(await now_as(demand), amount=100_000_000, number="NT-2", on=today(), by=spent.offices.treasurer)
    assert ((await now_as(demand)).state, (await now_as(owed)).settled_on) == ("repaid", today())


async def test_a_lump_sum_to_the_final_product_repays_forty_percent_an_objective_failure_nothing(spent):
    kept = Terms(project=spent.project.id, method=Terms.Method.FULL, recorded_by=spent.offices.officer.id, recorded_at=now())
    await add(kept, by=spent.offices.officer, did="recorded")
    await failed(spent)
    with pytest.raises(Refused, match="không phải hoàn trả"):
        await recoveries.propose(spent.project, stream="recurrent", cause="objective", explanation="Bão", by=spent.offices.officer)
    demand = await recoveries.propose(
        spent.project, stream="recurrent", cause="subjective", explanation="Chậm", by=spent.offices.officer
    )
    assert demand.amount == 160_000_000
    with pytest.raises(Refused, match="Người lập và người duyệt|Chỉ cơ quan tài chính"):
        await recoveries.decide(demand, number="1", on=today(), by=spent.offices.officer)


async def test_money_of_a_closed_year_comes_back_in_the_current_one(spent, owner):
    """The closed year stays as it was; what is repaid stands in the year in which it came."""
    await failed(spent)
    demand = await recoveries.propose(
        spent.project, stream="recurrent", cause="subjective", explanation="Chậm", by=spent.offices.officer
    )
    await recoveries.decide(demand, number="20/QĐ", on=today(), by=spent.offices.recurrent)
    next_year = now().replace(year=spent.year + 1, month=3, day=1)
    with at(next_year):
        await years.open_year(spent.year + 1, by=spent.offices.leader)
    before = await rows("SELECT sum(balance) AS sum FROM ledger_account WHERE year = $1", spent.year)
    await owner.execute(f"SET session_replication_role = replica; UPDATE budget_year SET state = 'closed' WHERE year = {spent.year}")
    with at(next_year):
        await recoveries.repay(await now_as(demand), amount=demand.amount, number="NT-1", on=today(), by=spent.offices.treasurer)
    assert (await now_as(demand)).state == "repaid"
    later = next(p for p in await positions.positions(proposal=spent.proposal.id) if p.year == spent.year + 1)
    assert (later.recovered, later.appropriated, later.committed) == (demand.amount, 0, 0)
    assert await rows("SELECT sum(balance) AS sum FROM ledger_account WHERE year = $1", spent.year) == before
    assert await rows(FROM_THE_JOURNAL) == []


async def test_what_is_overdue_is_warned_of_once(spent):
    await failed(spent)
    demand = await recoveries.propose(
        spent.project, stream="recurrent", cause="subjective", explanation="Chậm", by=spent.offices.officer
    )
    await recoveries.decide(demand, number="20/QĐ", on=today(), by=spent.offices.recurrent)
    assert await recoveries.warn_overdue() == 0
    with at(now() + timedelta(days=100)):
        assert [await recoveries.warn_overdue(), await recoveries.warn_overdue()] == [1, 0]
    assert await Letter.count().where((Letter.person == spent.lead.id) & Letter.subject.like("Quá hạn hoàn trả%")) == 1


async def test_an_advance_that_was_never_cleared_is_recovered_after_the_end(spent):
    await paid(spent, 90_000_000)
    with pytest.raises(Refused, match="hoàn bằng hồ sơ hoàn tạm ứng"):
        await recoveries.propose(spent.project, stream="recurrent", cause="advance", explanation="x", by=spent.offices.officer)
    await failed(spent)
    demand = await recoveries.propose(
        spent.project, stream="recurrent", cause="advance", explanation="Quá 6 tháng", by=spent.offices.officer
    )
    await recoveries.decide(demand, number="20/QĐ", on=today(), by=spent.offices.recurrent)
    await recoveries.repay(await now_as(demand), amount=90_000_000, number="NT-1", on=today(), by=spent.offices.treasurer)
    (here,) = await positions.positions(proposal=spent.proposal.id)
    assert (here.advanced, here.paid, here.recovered) == (0, 400_000_000, 90_000_000)
