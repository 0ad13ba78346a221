"""Money held for an application that is voted on anew: its finance keeps it or lets it go, and it may be asked for again."""

import pytest

from budget import awards, ledger, reservations
from budget.tables import Reservation, Stage
from grants.people.tables import Role
from grants.proposals import proposals
from grants.shell.changes import Refused
from grants.shell.database import rows
from tests.browsing import browsing
from tests.makers import a_person

pytestmark = pytest.mark.anyio
WHY = "Hồ sơ được bỏ phiếu lại."


async def held(world) -> Reservation:
    """The application's money is held by its finance."""
    (asked,) = await reservations.request(world.proposal, by=world.offices.officer)
    await reservations.approve(asked, by=world.offices.recurrent)
    return await Reservation.objects().first()


async def left(world) -> int:
    return await ledger.free(Stage.ALLOCATED, "recurrent", world.year, call=world.call.id)


async def test_finance_finds_it_on_its_desk_lets_it_go_and_after_the_new_vote_it_is_asked_for_again(world):
    before, one = await left(world), await held(world)
    with pytest.raises(Refused, match="đang chờ quyết định"):  # it waits for the award
        await reservations.free(one, reason=WHY, by=world.offices.recurrent)
    await proposals.return_to_review(world.proposal, by=world.offices.officer)
    with pytest.raises(Refused, match="hai người khác nhau|phụ trách"):
        await reservations.free(one, reason=WHY, by=world.offices.officer)
    with pytest.raises(Refused, match="phụ trách"):
        await reservations.free(one, reason=WHY, by=world.offices.capital)
    async with browsing() as browser:
        here = await browser().sign_in(world.offices.recurrent)
        assert f"/reservations/{one.id}" in (await here.open("/desk")).links
        page = await here.open(f"/reservations/{one.id}")
        assert "Giữ khoản này chờ bỏ phiếu lại, hoặc trả lại nguồn" in page.words
        await here.submit(f"/reservations/{one.id}/release", reason="")
        assert here.page.status == 422
        await here.submit(f"/reservations/{one.id}/release", reason=WHY)
        assert "Đã trả lại" in here.page.words and WHY in here.page.words
        assert f"/reservations/{one.id}" not in (await here.open("/desk")).links
        leader = await browser().sign_in(await a_person(Role.LEADER))
        assert (await leader.open(f"/reservations/{one.id}")).status == 200
    assert await left(world) == before
    await rows("UPDATE proposal SET state = 'appraised' WHERE id = $1", world.proposal.id)  # voted on anew and appraised
    again = await held(world)
    assert (again.id, again.state, again.reason) == (one.id, "approved", "") and await left(world) == before - one.amount
    assert await awards.obstacles(await awards.Proposal.objects().get(awards.Proposal.id == world.proposal.id)) == []


async def test_what_finance_keeps_serves_the_award_after_the_new_vote_unless_the_amount_has_changed(world):
    one = await held(world)
    await proposals.return_to_review(world.proposal, by=world.offices.officer)
    await rows("UPDATE proposal SET state = 'appraised' WHERE id = $1", world.proposal.id)
    proposal = await awards.Proposal.objects().get(awards.Proposal.id == world.proposal.id)
    assert await awards.obstacles(proposal) == [] and not await reservations.can_free(world.offices.recurrent, one, proposal)
    await rows("UPDATE budget_line SET appraised = appraised - 100000000 WHERE proposal = $1", world.proposal.id)
    assert "đã đổi số tiền" in (await awards.obstacles(proposal))[0]
    await reservations.free(one, reason="Thẩm định lại thấp hơn.", by=world.offices.recurrent)
    (asked,) = await reservations.request(proposal, by=world.offices.officer)
    await reservations.approve(asked, by=world.offices.recurrent)
    assert (await Reservation.objects().first()).amount == one.amount - 100_000_000 and await awards.obstacles(proposal) == []
