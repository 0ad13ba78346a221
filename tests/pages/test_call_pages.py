"""A call that was drawn up by mistake, or under a programme that is over."""

import pytest

from grants.calls import calls
from grants.calls.tables import Call, Programme
from grants.people.tables import Role
from grants.rules.tables import RuleSet
from grants.shell.changes import Refused
from tests.browsing import browsing
from tests.makers import a_call, a_person

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def test_a_draft_drawn_up_by_mistake_is_given_up_and_takes_no_money():
    officer, call = await a_person(Role.OFFICER), await a_call(state=Call.State.DRAFT, money=0)
    async with browsing() as browser:
        clerk = await browser().sign_in(officer)
        await clerk.open(f"/calls/{call.id}")
        await clerk.submit(f"/calls/{call.id}/cancellation")
        assert "Thông báo đã huỷ, không nhận hồ sơ" in clerk.page.words
    with pytest.raises(Refused, match="đã huỷ"):
        await calls.set_money(call, {"recurrent": 1_000_000}, by=officer)
    with pytest.raises(Refused, match="không thể chuyển"):
        await calls.try_out(call, by=officer)


async def test_what_is_published_or_has_money_is_not_given_up():
    officer = await a_person(Role.OFFICER)
    for call in (await a_call(money=0), await a_call(state=Call.State.DRAFT, money=1)):
        with pytest.raises(Refused):
            await calls.cancel(call, by=officer)
        assert (await Call.objects().where(Call.id == call.id).first()).state == call.state
    with pytest.raises(Refused):
        await calls.cancel(await a_call(state=Call.State.DRAFT, money=0), by=await a_person(Role.RESEARCHER))


async def test_a_call_is_drawn_up_only_under_a_programme_that_runs_in_its_year():
    officer, before = await a_person(Role.OFFICER), await a_call()
    over = Programme(code="CT-9", name="Chương trình cũ", name_en="An old programme", first_year=2021, last_year=2025, document="QĐ 9")
    await over.save()
    rules = await RuleSet.objects().get(RuleSet.id == before.rule_set)
    asked = {"by": officer, "title": "Giống cà phê", "scheme": before.scheme, "programme": over, "rule_set": rules}
    with pytest.raises(Refused, match="không có trong năm 2026"):
        await calls.draft(code="TB-9", year=2026, **asked)
    assert (await calls.draft(code="TB-9", year=2025, **asked)).programme == over.id
