"""A payment's way: asked for, approved, confirmed, by three people; what the rule set and the ledger allow."""

import asyncio
from datetime import date, timedelta

import pytest

from budget import awards, ledger, payable, payments, positions, reservations
from budget.ledger import Kind
from budget.tables import Payment, Stage
from grants.people.people import person, today
from grants.people.tables import Membership, Role
from grants.projects import agreements, reports
from grants.projects.tables import Project, Report
from grants.shell.changes import Refused
from grants.shell.database import rows
from grants.shell.tables import Letter
from tests.makers import LONG_AGO, a_person
from tests.makers_budget import FROM_THE_JOURNAL, a_paper, as_owner
from tests.makers_projects import a_filed_report

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
ON = date(2026, 6, 30)
HALF = 450_000_000  # of the 900 triệu that the application was awarded


async def fresh(row):
    return await type(row).objects().get(type(row).id == row.id)


@pytest.fixture
async def running(world):
    """The world with the award decided and the agreement signed; `lead` is the project's lead person."""
    for one in await reservations.request(world.proposal, by=world.offices.officer):
        await reservations.approve(one, by=world.offices.recurrent)
    project = await awards.award(world.proposal, number="1024/QĐ-UBND", on=ON, by=world.offices.leader)
    await agreements.sign(
        project, number="05/HĐ-SKHCN", agreed_on=today(), starts_on=today(), months=24, by=world.offices.officer
    )
    world.project, world.lead = await fresh(project), await person(project.lead)
    return world


async def ask(world, amount: int = HALF, kind: str = "advance", **more) -> Payment:
    return await payments.request(world.project, **{
        "kind": kind, "stream": "recurrent", "year": world.year, "amount": amount, "purpose": "Đợt 1", "by": world.lead
    } | more)  # fmt: skip


async def pay(world, payment: Payment) -> Payment:
    await payments.approve(payment, by=world.offices.recurrent)
    await payments.confirm(await fresh(payment), number="KB-0091", on=today(), by=world.offices.treasurer)
    return await fresh(payment)


async def test_an_advance_goes_through_three_people_and_leaves_the_treasury(running):
    payment = await ask(running)
    await payments.approve(payment, by=running.offices.recurrent)
    with pytest.raises(Refused, match="số chứng từ"):
        await payments.confirm(payment, number="", on=today(), by=running.offices.treasurer)
    with pytest.raises(Refused, match="trước ngày tài chính duyệt"):
        await payments.confirm(payment, number="KB-0091", on=today() - timedelta(days=1), by=running.offices.treasurer)
    await payments.confirm(payment, number="KB-0091", on=today(), by=running.offices.treasurer)
    (here,) = await positions.positions(proposal=running.proposal.id)
    assert (here.committed, here.advanced, here.paid) == (900_000_000, HALF, 0)
    paid = await fresh(payment)
    assert (paid.state, paid.treasury_number) == ("paid", "KB-0091")
    assert [letter.subject for letter in await Letter.objects().where(
        (Letter.person == running.lead.id) & (Letter.link == f"/payments/{payment.id}")).order_by(Letter.id)
    ] == ["Tạm ứng 450 triệu: chờ xác nhận chi", "Tạm ứng 450 triệu: đã chi"]
    assert await rows(FROM_THE_JOURNAL) == []


async def test_the_first_advance_is_at_most_half_and_the_next_needs_half_of_it_cleared(running):
    with pytest.raises(Refused, match=r"tối đa 50%.*còn tạm ứng được 450\.000\.000 ₫"):
        await ask(running, HALF + 1)
    await pay(running, await ask(running, HALF))
    with pytest.raises(Refused, match="còn tạm ứng được 0 ₫"):
        await ask(running, 1)
    place = {"call": running.call.id, "proposal": running.proposal.id}
    async with as_owner():
        await ledger.post(
            Kind.CLEARANCE, HALF // 2, out_of=await ledger.account(Stage.ADVANCED, "recurrent", running.year, **place),
            into=await ledger.account(Stage.PAID, "recurrent", running.year, **place),
            paper=a_paper("TTTU-1", "clearance_papers"), key="clear", **running.who,
        )
    with pytest.raises(Refused, match="Lần chi cuối chỉ khi nhiệm vụ được nghiệm thu từ mức «Đạt»"):
        await ask(running, 450_000_000)
    assert (await ask(running, 400_000_000)).state == "requested"


async def test_an_advance_stays_within_what_is_committed_for_its_year(running):
    with pytest.raises(Refused, match="chỉ còn cam kết 900.000.000 ₫"):
        await ask(running, 900_000_001)
    with pytest.raises(Refused, match="Chưa đến năm ngân sách"):
        await ask(running, 1, year=running.year + 1)
    with pytest.raises(Refused, match="chỉ còn cam kết 0 ₫"):
        await ask(running, 1, stream="capital")


async def test_a_payment_needs_an_accepted_report(running):
    with pytest.raises(Refused, match="báo cáo tiến độ được chấp nhận"):
        await ask(running, 100, kind="payment")
    report = await Report.objects().where(Report.project == running.project.id).order_by(Report.number).first()
    await a_filed_report(report, running.lead)
    await reports.accept(await fresh(report), by=running.offices.officer)
    await pay(running, await ask(running, 100, kind="payment"))
    (here,) = await positions.positions(proposal=running.proposal.id)
    assert (here.advanced, here.paid) == (0, 100)


async def test_nobody_does_two_of_the_three_parts(running):
    """The lead person is made finance officer of the stream and treasurer too, and still does only one part."""
    finance = running.offices.recurrent.posts[0].organisation
    for who in (running.lead, running.offices.recurrent):
        for role in (Role.FINANCE, Role.TREASURER):
            if not any(post.role == role for post in who.posts):
                await Membership(person=who.id, organisation=finance, role=role, valid_from=LONG_AGO).save()
    lead, officer = await person(running.lead.id), await person(running.offices.recurrent.id)
    payment = await ask(running)
    with pytest.raises(Refused, match="hai người khác nhau"):
        await payments.approve(payment, by=lead)
    await payments.approve(payment, by=officer)
    for who in (lead, officer):
        with pytest.raises(Refused, match="ba người khác nhau"):
            await payments.confirm(payment, number="KB-1", on=today(), by=who)
    entry = await ledger.entry((await fresh(payment)).held_entry)
    with pytest.raises(Refused, match="ba người khác nhau"):
        await ledger.settle(entry, paper=a_paper(), made_by=officer.id, approved_by=lead.id, key="past the verb")


async def test_what_the_treasury_sends_back_is_free_again(running):
    payment = await ask(running)
    await payments.approve(payment, by=running.offices.recurrent)
    await payments.send_back(payment, reason="Sai số tài khoản", by=running.offices.treasurer)
    assert await payable.left(running.project, "recurrent", running.year) == 900_000_000
    assert (await fresh(payment)).state == "refused"
    assert (await ask(running)).state == "requested"


async def test_a_stranger_asks_for_nothing_and_sees_nothing(running):
    payment = await ask(running)
    stranger = await a_person(Role.RESEARCHER)
    with pytest.raises(Refused, match="Chỉ chủ nhiệm"):
        await ask(running, 1, by=stranger)
    assert await payments.visible_to(stranger) == []
    assert [p.id for p in await payments.visible_to(running.lead)] == [payment.id]


async def test_two_approvers_at_once_approve_a_payment_once(running):
    payment = await ask(running)
    second = await a_person(Role.FINANCE)
    await Membership(
        person=second.id, organisation=running.offices.recurrent.posts[0].organisation, role=Role.FINANCE, valid_from=LONG_AGO
    ).save()
    second = await person(second.id)

    async def one(by) -> bool:
        try:
            await payments.approve(payment, by=by)
            return True
        except Refused:
            return False

    got = await asyncio.gather(*(one(by) for by in [running.offices.recurrent, second] * 5))
    assert got.count(True) == 1
    assert await payable.left(running.project, "recurrent", running.year) == 900_000_000 - HALF


async def test_control_two_who_read_that_it_waits_before_either_holds_the_money_hold_it_twice(running):
    payment = await ask(running)
    out_of, into = await payments.accounts(running.project, payment.stream, payment.year, payment.kind)
    both_have_read = asyncio.Barrier(2)

    async def approve(n: int) -> None:
        waits = (await Payment.objects().get(Payment.id == payment.id)).state == payment.State.REQUESTED
        await both_have_read.wait()
        if waits:
            await ledger.reserve(
                Kind.ADVANCE, payment.amount, out_of=out_of, into=into, paper=a_paper(), made_by=payment.requested_by,
                approved_by=running.offices.recurrent.id, key=f"naive-{n}",
            )

    await asyncio.gather(approve(1), approve(2))
    assert await payable.left(running.project, "recurrent", running.year) == 900_000_000 - 2 * HALF


async def test_a_project_without_agreement_is_not_paid(world):
    for one in await reservations.request(world.proposal, by=world.offices.officer):
        await reservations.approve(one, by=world.offices.recurrent)
    world.project = await awards.award(world.proposal, number="1/QĐ", on=ON, by=world.offices.leader)
    world.lead = await person(world.project.lead)
    assert world.project.state == Project.State.AWARDED
    with pytest.raises(Refused, match="hợp đồng còn hiệu lực"):
        await ask(world)
