"""From the appraised application to the project: reservations, the award, and that it is decided once."""

import asyncio
from datetime import UTC, date, datetime

import pytest

from budget import allocations, awards, positions, reservations
from budget.tables import Allocation, Award, Entry, Reservation
from grants.calls.tables import Call
from grants.people.tables import Person, Role
from grants.projects.tables import Project, Slice
from grants.proposals.tables import BudgetLine, Proposal, TeamMember
from grants.rules.tables import ExpenseGroup
from grants.shell.changes import Refused, at, now
from grants.shell.database import DB, rows
from grants.shell.tables import Letter
from tests.browsing import browsing
from tests.makers import a_call, a_person, a_proposal
from tests.makers_budget import BILLION, FROM_THE_JOURNAL, a_year, allocated, the_offices

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
ON = date(2026, 6, 30)


async def fresh(row):
    return await type(row).objects().get(type(row).id == row.id)


async def reserved(offices, proposal: Proposal) -> None:
    for one in await reservations.request(proposal, by=offices.officer):
        await reservations.approve(one, by=getattr(offices, one.stream))


async def a_later_line(proposal: Proposal, *, year: int, source: str, amount: int) -> None:
    group = await ExpenseGroup.objects().order_by(ExpenseGroup.number).first()
    await BudgetLine(
        proposal=proposal.id, group=group.id, year=year, source=source, requested=amount, appraised=amount, note="Năm sau"
    ).save()
    proposal.appraised += amount
    proposal.requested += amount
    await proposal.save()


async def test_an_allocation_is_proposed_by_one_and_approved_by_the_finance_of_its_stream():
    offices = await the_offices()
    year = await a_year(offices, capital=5 * BILLION, recurrent=5 * BILLION)
    call = await a_call(money=0)
    with pytest.raises(Refused, match=r"chỉ còn 5\.000\.000\.000 ₫"):
        await allocations.propose(call, stream="capital", year=year, amount=5 * BILLION + 1, by=offices.officer)
    one = await allocations.propose(call, stream="capital", year=year, amount=BILLION, by=offices.officer)
    two = await allocations.propose(call, stream="recurrent", year=year, amount=2 * BILLION, by=offices.officer)
    for stranger in (offices.recurrent, offices.officer, offices.leader):
        with pytest.raises(Refused, match="phụ trách"):
            await allocations.approve(one, number="1", on=ON, by=stranger)
    with pytest.raises(Refused, match="quá sớm"):
        await allocations.approve(one, number="12/QĐ", on=date(year - 2, 12, 31), by=offices.capital)
    await asyncio.gather(
        allocations.approve(one, number="12/QĐ", on=ON, by=offices.capital),
        allocations.approve(two, number="13/QĐ", on=ON, by=offices.recurrent),
    )
    assert (await fresh(call)).money == 3 * BILLION
    assert [(p.stream, p.allocated) for p in await positions.positions(call=call.id)] == [
        ("capital", BILLION), ("recurrent", 2 * BILLION)
    ]
    with pytest.raises(Refused, match="đã có quyết định"):
        await allocations.approve(one, number="12/QĐ", on=ON, by=offices.capital)


async def test_a_refused_allocation_says_why_and_moves_nothing():
    offices = await the_offices()
    year = await a_year(offices)
    one = await allocations.propose(await a_call(), stream="recurrent", year=year, amount=BILLION, by=offices.officer)
    await allocations.refuse(one, reason="Chờ bổ sung", by=offices.recurrent)
    assert (await fresh(one)).state == Allocation.State.REFUSED
    assert await Entry.count() == 1
    assert "Chờ bổ sung" in (await Letter.objects().where(Letter.person == offices.officer.id).first()).body


async def test_an_award_commits_what_was_held_and_a_project_begins_and_all_are_told(world):
    await a_later_line(world.proposal, year=world.year + 1, source="recurrent", amount=300_000_000)
    boss = await a_person(Role.SIGNATORY)
    world.proposal.signatory = boss.id
    await world.proposal.save()
    assert await awards.obstacles(world.proposal) == [f"900 triệu từ «Kinh phí sự nghiệp» năm {world.year} chưa được đề nghị giữ chỗ."]
    with pytest.raises(Refused, match="chưa được đề nghị giữ chỗ"):
        await awards.award(world.proposal, number="1024/QĐ-UBND", on=ON, by=world.offices.leader)
    await reserved(world.offices, world.proposal)
    project = await awards.award(world.proposal, number="1024/QĐ-UBND", on=ON, by=world.offices.leader)
    assert (project.approved, (await fresh(world.proposal)).state) == (1_200_000_000, "awarded")
    assert await Slice.select(Slice.year, Slice.approved).order_by(Slice.year) == [
        {"year": world.year, "approved": 900_000_000}, {"year": world.year + 1, "approved": 300_000_000}
    ]
    (here,) = await positions.positions(call=world.call.id)
    assert (here.reserved, here.committed, here.allocated) == (0, 900_000_000, BILLION)
    told = {letter.person for letter in await Letter.objects().where(Letter.link == f"/projects/{project.id}")}
    assert told == {world.proposal.lead, boss.id, world.call.officer, world.offices.recurrent.id}
    assert await rows(FROM_THE_JOURNAL) == []


async def test_the_next_year_of_an_awarded_application_is_committed_when_finance_approves_it(world):
    await a_later_line(world.proposal, year=world.year + 1, source="recurrent", amount=300_000_000)
    await reserved(world.offices, world.proposal)
    await awards.award(world.proposal, number="1024/QĐ-UBND", on=ON, by=world.offices.leader)
    proposal = await fresh(world.proposal)
    assert await reservations.missing(proposal) == []
    with at(datetime(world.year + 1, 2, 1, tzinfo=UTC)):
        await a_year(world.offices, world.year + 1)
        await allocated(world.offices, world.call, 300_000_000, year=world.year + 1)
        await reserved(world.offices, proposal)
    later = await Reservation.objects().where(Reservation.year == world.year + 1).first()
    assert later.state == Reservation.State.COMMITTED
    assert [(p.year, p.committed) for p in await positions.positions(proposal=proposal.id)] == [
        (world.year, 900_000_000), (world.year + 1, 300_000_000)
    ]


async def test_a_reservation_beyond_the_call_s_money_is_refused_with_what_is_left(world):
    other = await a_proposal("appraised", call=world.call)
    await reserved(world.offices, world.proposal)
    (asked,) = await reservations.request(other, by=world.offices.officer)
    with pytest.raises(Refused, match=r"Nguồn này chỉ còn 100\.000\.000 ₫"):
        await reservations.approve(asked, by=world.offices.recurrent)
    await reservations.refuse(asked, reason="Hết tiền", by=world.offices.recurrent)
    assert len(await reservations.missing(other)) == 1
    (again,) = await reservations.request(other, by=world.offices.officer)
    assert (again.id, again.state) == (asked.id, Reservation.State.REQUESTED)


async def test_a_declined_application_frees_what_was_held_and_its_applicant_reads_why(world):
    await reserved(world.offices, world.proposal)
    with pytest.raises(Refused, match="nêu lý do"):
        await awards.decline(world.proposal, number="7", on=ON, reasons="", by=world.offices.leader)
    await awards.decline(world.proposal, number="7/QĐ", on=ON, reasons="Trùng với đề tài đã giao", by=world.offices.leader)
    (here,) = await positions.positions(call=world.call.id)
    assert (here.reserved, here.free) == (0, BILLION)
    letter = await Letter.objects().where(Letter.person == world.proposal.lead).first()
    assert "Trùng với đề tài đã giao" in letter.body
    with pytest.raises(Refused, match="đã có quyết định"):
        await awards.award(world.proposal, number="8", on=ON, by=world.offices.leader)
    assert await Project.count() == 0


async def test_only_the_leader_awards(world):
    await reserved(world.offices, world.proposal)
    for other in (world.offices.officer, world.offices.recurrent, world.offices.auditor):
        with pytest.raises(Refused, match="Chỉ lãnh đạo"):
            await awards.award(world.proposal, number="1", on=ON, by=other)
    with pytest.raises(Refused, match="quá sớm"):
        await awards.award(world.proposal, number="1", on=date(world.year - 2, 12, 31), by=world.offices.leader)


async def test_one_application_awarded_many_times_at_once_is_awarded_exactly_once(world):
    await reserved(world.offices, world.proposal)
    second = await a_person(Role.LEADER)

    async def one(by: Person, n: int):
        try:
            await awards.award(world.proposal, number=f"{n}/QĐ", on=ON, by=by)
            return True
        except Refused:
            return False

    got = await asyncio.gather(*(one(by, n) for n, by in enumerate([world.offices.leader, second] * 8)))
    assert got.count(True) == 1
    assert (await Award.count(), await Project.count()) == (1, 1)
    assert await Entry.count().where(Entry.kind == Entry.Kind.COMMITMENT) == 1
    assert await rows(FROM_THE_JOURNAL) == []


async def test_control_checking_first_and_writing_then_awards_it_more_than_once(world, owner):
    """The same race on a copy of the table, as it would be without locks and without the once-only constraint."""
    await owner.execute("DROP TABLE IF EXISTS naive_award; CREATE TABLE naive_award (proposal int)")
    await owner.execute("GRANT ALL ON naive_award TO grants_app")
    try:
        both_looked = asyncio.Barrier(2)

        async def one() -> None:
            async with DB.transaction():
                if not await rows("SELECT 1 FROM naive_award WHERE proposal = $1", world.proposal.id):
                    await both_looked.wait()
                    await rows("INSERT INTO naive_award VALUES ($1)", world.proposal.id)

        await asyncio.gather(*(one() for _n in range(2)))
        assert (await rows("SELECT count(*) AS n FROM naive_award"))[0]["n"] == 2
    finally:
        await owner.execute("DROP TABLE naive_award")


async def test_two_streams_are_approved_each_by_its_own_finance(world):
    await a_year(world.offices, world.year, capital=BILLION)
    await allocated(world.offices, world.call, BILLION, stream="capital")
    await a_later_line(world.proposal, year=world.year, source="capital", amount=200_000_000)
    capital, recurrent = await reservations.request(world.proposal, by=world.offices.officer)
    with pytest.raises(Refused, match="phụ trách «Vốn đầu tư phát triển»"):
        await reservations.approve(capital, by=world.offices.recurrent)
    await reservations.approve(recurrent, by=world.offices.recurrent)
    with pytest.raises(Refused, match="200 triệu từ «Vốn đầu tư phát triển»"):
        await awards.award(world.proposal, number="1", on=ON, by=world.offices.leader)
    await reservations.approve(capital, by=world.offices.capital)
    await awards.award(world.proposal, number="1/QĐ", on=ON, by=world.offices.leader)
    assert [(p.stream, p.committed) for p in await positions.positions(proposal=world.proposal.id)] == [
        ("capital", 200_000_000), ("recurrent", 900_000_000)
    ]


async def test_one_decision_declines_all_that_were_not_recommended_each_with_its_own_reasons():
    offices = await the_offices()
    call = await a_call()
    losers = [
        await a_proposal(Proposal.State.NOT_RECOMMENDED, call=call, conclusion=f"Điểm trung bình {points} dưới 70.") for points in (61, 55)
    ]
    kept = await a_proposal(Proposal.State.RECOMMENDED, call=call)
    with pytest.raises(Refused, match="Chỉ lãnh đạo"):
        await awards.decline_rest(call, number="9", on=ON, by=offices.officer)
    async with browsing() as browser:
        leader = await browser().sign_in(offices.leader)
        await leader.open("/awards")
        await leader.open(f"/calls/{call.id}/refusals")
        await leader.submit(f"/calls/{call.id}/refusals", number="", on="30/06/2026")
        assert leader.page.status == 422 and leader.page.errors()["number"]
        await leader.submit(f"/calls/{call.id}/refusals", number="0912/QĐ-UBND", on="30/06/2026")
    assert [one.reasons for one in await Award.objects().order_by(Award.id)] == [
        "Điểm trung bình 61 dưới 70.", "Điểm trung bình 55 dưới 70."
    ]
    assert [(await fresh(one)).state for one in (*losers, kept)] == ["declined", "declined", "recommended"]
    assert "Điểm trung bình 61 dưới 70." in (await Letter.objects().where(Letter.person == losers[0].lead).first()).body


async def test_the_same_decision_declines_recommended_ones_without_money_each_with_its_own_reason():
    offices = await the_offices()
    call = await a_call()
    loser = await a_proposal(Proposal.State.NOT_RECOMMENDED, call=call, conclusion="Điểm trung bình 61 dưới 70.")
    first, second, kept = [await a_proposal(Proposal.State.RECOMMENDED, call=call) for _n in range(3)]
    path = f"/calls/{call.id}/refusals"
    async with browsing() as browser:
        leader = await browser().sign_in(offices.leader)
        await leader.open(path)
        wanted = {f"also-{first.id}": "on", f"also-{second.id}": "on", f"reason-{second.id}": ""}
        await leader.submit(path, number="0912/QĐ-UBND", on="30/06/2026", **wanted)
        assert leader.page.status == 422 and leader.page.errors() == {f"reason-{second.id}": "Hãy nêu lý do, người nộp sẽ đọc."}
        assert await Award.count() == 0
        await leader.submit(path, **{f"reason-{second.id}": "Trùng nội dung với đề tài đang làm."})
        assert leader.page.answer.url.path == "/awards/decided"
    reasons = {one.proposal: one.reasons for one in await Award.objects()}
    assert set(reasons) == {loser.id, first.id, second.id}
    assert "kinh phí của thông báo không đủ" in reasons[first.id] and reasons[second.id] == "Trùng nội dung với đề tài đang làm."
    assert (await fresh(kept)).state == "recommended"


async def test_one_decision_takes_all_or_none_and_only_of_its_own_call():
    offices = await the_offices()
    call, other = await a_call(), await a_call()
    loser = await a_proposal(Proposal.State.NOT_RECOMMENDED, call=call)
    foreign = await a_proposal(Proposal.State.RECOMMENDED, call=other)
    with pytest.raises(Refused, match="vừa được quyết định ở nơi khác"):
        await awards.decline_rest(call, number="9", on=ON, by=offices.leader, also={foreign.id: "Hết kinh phí."})
    assert [(await fresh(one)).state for one in (loser, foreign)] == ["not_recommended", "recommended"]


async def test_one_decision_waits_for_all_its_money_before_it_declines_the_first(world, owner):
    """Money is locked first and in one order, so that it never waits for an award that waits for it."""
    later = await a_proposal("appraised", call=world.call, amount=50_000_000)
    for proposal in (world.proposal, later):
        await reserved(world.offices, proposal)
    account = (await rows("SELECT id FROM ledger_account WHERE stage = 'committed' AND proposal = $1", later.id))[0]["id"]
    async with owner.transaction():
        await owner.fetch("SELECT ledger_lock($1)", [account])
        also = {world.proposal.id: "Hết kinh phí.", later.id: "Hết kinh phí."}
        decision = asyncio.create_task(awards.decline_rest(world.call, number="9", on=ON, by=world.offices.leader, also=also))
        await asyncio.sleep(0.5)
        assert not decision.done()
        await owner.fetch("SELECT 1 FROM proposal WHERE id = $1 FOR UPDATE NOWAIT", world.proposal.id)  # it holds no application yet
    assert await decision == 2


async def test_a_leader_decides_nothing_about_an_application_that_they_certify():
    offices = await the_offices()
    own = await a_proposal(Proposal.State.NOT_RECOMMENDED, signatory=offices.leader.id)
    with pytest.raises(Refused, match="có tên trong hồ sơ"):
        await awards.decline(own, number="9", on=ON, reasons="Hết kinh phí.", by=offices.leader)
    with pytest.raises(Refused, match="không còn hồ sơ nào"):
        await awards.decline_rest(await Call.objects().get(Call.id == own.call), number="9", on=ON, by=offices.leader)
    assert await awards.calls_with_losers(offices.leader) == []
    assert [one["count"] for one in await awards.calls_with_losers(offices.officer)] == [1]
    async with browsing() as browser:
        leader = await browser().sign_in(offices.leader)
        assert (await leader.open(f"/awards/{own.id}")).status == 404


async def test_an_official_neither_asks_for_money_nor_holds_it_for_an_application_of_their_own_nor_sees_that_it_is_held(world):
    officer, finance = world.offices.officer, world.offices.recurrent
    for n, insider in enumerate((officer, finance)):
        await TeamMember(
            proposal=world.proposal.id, person=insider.id, email=f"{n}@grants.test", full_name=insider.full_name, joined_at=now()
        ).save()
    with pytest.raises(Refused, match="có tên trong hồ sơ"):
        await reservations.request(world.proposal, by=officer)
    (asked,) = await reservations.request(world.proposal, by=await a_person(Role.OFFICER))
    for verb in (reservations.approve(asked, by=finance), reservations.refuse(asked, reason="Hết tiền", by=finance)):
        with pytest.raises(Refused, match="có tên trong hồ sơ"):
            await verb
    assert [len(await reservations.visible_to(one)) for one in (officer, finance, world.offices.leader)] == [0, 0, 1]


async def test_what_stands_in_the_way_says_how_far_each_part_is(world):
    assert "chưa được đề nghị" in (await awards.obstacles(world.proposal))[0]
    (asked,) = await reservations.request(world.proposal, by=world.offices.officer)
    assert "đang chờ cơ quan tài chính duyệt" in (await awards.obstacles(world.proposal))[0]
    async with browsing() as browser:
        clerk = await browser().sign_in(world.offices.officer)
        page = await clerk.open(f"/proposals/{world.proposal.id}/money")
        assert "Duyệt giữ kinh phí" in page.words and "Chờ duyệt" in page.words and "Cần đề nghị" not in page.words
        cells = page.html.xpath("//*[local-name()='tfoot'][1]//*[local-name()='td']")
        totals = [" ".join("".join(one.itertext()).split()) for one in cells]
        assert totals[-3:] == ["–", "–", "–"], "nothing approved, committed or spent is not the same as nothing of it"
    await reservations.refuse(asked, reason="Chờ bổ sung", by=world.offices.recurrent)
    assert "bị từ chối" in (await awards.obstacles(world.proposal))[0]


async def approved_meanwhile(world, decide):
    """Finance approves the reservation while the leader decides; both are let loose at once, many times over."""
    offices, proposal = world.offices, world.proposal
    asked = (await reservations.request(proposal, by=offices.officer))[0]
    await asyncio.gather(
        reservations.approve(asked, by=getattr(offices, asked.stream)), decide(proposal), return_exceptions=True,
    )
    kept, held = await fresh(asked), (await rows("SELECT coalesce(sum(held), 0)::bigint AS held FROM ledger_account"))[0]["held"]
    return (await fresh(proposal)).state, kept.state, held


@pytest.mark.parametrize("round", range(4))
async def test_money_approved_while_the_leader_declines_is_not_held_for_ever(world, round):
    offices = world.offices
    state, reservation, held = await approved_meanwhile(
        world, lambda p: awards.decline(p, number="8", on=ON, reasons="Trùng nguồn.", by=offices.leader)
    )
    assert (state, reservation, held) in [
        ("declined", "freed", 0), ("declined", "refused", 0), ("appraised", "approved", 900_000_000),
    ]


async def test_nothing_is_asked_for_after_the_refusal_even_from_a_page_that_was_open(world):
    offices, proposal = world.offices, world.proposal
    await awards.decline(proposal, number="8", on=ON, reasons="Trùng nguồn.", by=offices.leader)
    with pytest.raises(Refused, match="sau khi thẩm định"):
        await reservations.request(proposal, by=offices.officer)
    assert await Reservation.count() == 0
