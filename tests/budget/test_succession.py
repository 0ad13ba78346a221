"""When the unit that answers for a stream is succeeded by another, its open items pass over and history keeps the old name."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from budget import adjustments, allocations, awards, estimates, grounds, payments, reservations, streams
from budget.tables import Payment, Stream
from grants.desk import waiting
from grants.people import organisations, people
from grants.people.people import today
from grants.people.tables import Membership, Organisation, Role
from grants.projects import agreements
from grants.shell.changes import Refused, at
from tests.makers import a_person, an_organisation

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


@pytest.fixture
async def open_items(world):
    """An allocation, a payment, an adjustment and an estimate line, each waiting for the finance of recurrent money."""
    offices = world.offices
    asked = await allocations.propose(world.call, stream="recurrent", year=world.year, amount=5, by=offices.officer)
    for one in await reservations.request(world.proposal, by=offices.officer):
        await reservations.approve(one, by=offices.recurrent)
    project = await awards.award(world.proposal, number="155/QĐ", on=today(), by=offices.leader)
    await agreements.sign(project, number="05/HĐ", agreed_on=today(), starts_on=today(), months=24, by=offices.officer)
    project = await type(project).objects().get(type(project).id == project.id)
    payment = await payments.request(
        project, kind="advance", stream="recurrent", year=world.year, amount=1_000_000, purpose="Đợt 1",
        by=await people.person(project.lead),
    )
    ground = (await grounds.of_act("transfer", today()))[0].id
    change = await adjustments.propose(
        "transfer", ground=ground, stream="recurrent", year=world.year, amount=5, reason="Đổi mã", source="code:",
        target="code:417-100-101", by=offices.officer,
    )
    estimate = await estimates.open_estimate(world.year + 1, by=offices.officer)
    await estimates.propose_line(estimate, stream="recurrent", purpose="new", name="Dòng", proposed=5, by=offices.officer)
    await estimates.submit(estimate, by=offices.officer)
    return asked, payment, change, (await estimates.lines_of(estimate))[0]


async def succeeded(world) -> tuple[datetime, object]:
    """Tomorrow another department takes over; its finance officer, and the day after."""
    before = await Organisation.objects().get(Organisation.id == await streams.answering(Stream.RECURRENT))
    heir = await an_organisation("Sở Tài chính mới", kind=Organisation.Kind.DEPARTMENT)
    tomorrow = date.fromordinal(today().toordinal() + 1)
    await organisations.succeed(before, heir, on=tomorrow, document="NQ 202/2025", by=await a_person(Role.ADMIN))
    officer = await a_person()
    await Membership(person=officer.id, organisation=heir.id, role=Role.FINANCE, valid_from=tomorrow).save()
    return datetime.combine(tomorrow, datetime.min.time(), UTC).replace(hour=3), officer


async def decide_all(open_items, by) -> None:
    asked, payment, change, line = open_items
    await allocations.approve(asked, number="1", on=today(), by=by)
    await payments.approve(payment, by=by)
    await adjustments.approve(change, number="2", on=today(), by=by)
    await estimates.agree(line, line.proposed, by=by)


async def test_open_items_pass_to_the_successor_on_its_day_and_history_keeps_the_old_name(world, open_items):
    then, officer = await succeeded(world)
    assert await streams.finance_of("recurrent") == [await people.person(world.offices.recurrent.id)]
    with pytest.raises(Refused, match="phụ trách"):
        await decide_all(open_items, await people.person(officer.id))
    with at(then):
        new = await people.person(officer.id)
        assert {one.href for one in await waiting.for_person(new)} >= {
            f"/allocations/{open_items[0].id}", f"/payments/{open_items[1].id}", f"/adjustments/{open_items[2].id}",
            f"/estimates/{open_items[3].estimate}",
        }  # fmt: skip
        with pytest.raises(Refused, match="phụ trách"):
            await decide_all(open_items, await people.person(world.offices.recurrent.id))
        await decide_all(open_items, new)
        assert (await Payment.objects().first()).state == "approved"
        assert (await streams.names(world.year))["recurrent"] == "Sở Tài chính mới"
        assert (await streams.names(world.year - 1))["recurrent"] == "Sở trả lời nguồn recurrent"


async def test_two_organisations_that_take_each_other_over_at_once_do_it_one_way_only():
    one, other, admin = await an_organisation(), await an_organisation(), await a_person(Role.ADMIN)
    tomorrow = today() + timedelta(days=1)
    answers = await asyncio.gather(
        organisations.succeed(one, other, on=tomorrow, document="NQ 1", by=admin),
        organisations.succeed(other, one, on=tomorrow, document="NQ 2", by=admin), return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Refused", "Succession"]
