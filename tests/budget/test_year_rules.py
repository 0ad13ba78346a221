"""The legal grounds, the days of the cycle and the holidays are data with periods: added and ended on pages, never rewritten."""

from datetime import date

import pytest

from budget import calendar_days, grounds
from budget.grounds import Act
from budget.year_tables import Ground, YearDay
from grants.people.tables import Role
from grants.rules import holidays, rules
from grants.rules.tables import Holiday
from grants.shell.changes import Refused
from grants.shell.database import rows
from grants.shell.events import Event
from tests.browsing import browsing
from tests.console import answered_otherwise
from tests.makers import a_person, the_rules

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
SAID = {"name": "Bổ sung từ nguồn tăng thu", "name_en": "Supplement out of revenue", "basis": "NQ 05/NQ-HĐND", "decided_by": "leader"}
A_DAY = {"name": "Họp giao ban", "name_en": "Meeting", "role": "finance", "later": 0, "month": 5, "day": 31, "basis": "Quy chế"}


async def did(thing: str) -> list[str]:
    return [row["did"] for row in await Event.select(Event.did).where(Event.thing == thing).order_by(Event.id)]


async def test_a_ground_is_added_on_its_page_offered_from_its_day_and_ended():
    await the_rules()
    admin = await a_person(Role.ADMIN)
    async with browsing() as browser:
        page = await browser().sign_in(admin)
        await page.open("/budget/grounds/new")
        await page.submit("/budget/grounds", act="supplement", since="01/12/2026", **(SAID | {"basis": ""}))
        assert page.page.status == 422 and set(page.page.errors()) == {"basis"}
        await page.submit("/budget/grounds", act="supplement", since="01/12/2026", **SAID)
        assert page.page.status == 200 and SAID["name"] in page.page.words
        made = await Ground.objects().where(Ground.name == SAID["name"]).first()
        await page.open(f"/budget/grounds/{made.id}")
        assert "chưa kiểm chứng" in page.page.words and "NQ 05/NQ-HĐND" in page.page.words
        await page.submit(f"/budget/grounds/{made.id}/end", on="30/11/2026")
        assert page.page.status == 409 and "sau ngày bắt đầu" in page.page.words
        await page.submit(f"/budget/grounds/{made.id}/end", on="31/12/2027")
    days = [date(2026, 11, 30), date(2026, 12, 1), date(2027, 12, 31), date(2028, 1, 1)]
    offered = [str(made.id) in dict(await grounds.choices(Act.SUPPLEMENT, day)) for day in days]
    assert offered == [False, True, True, False]
    assert await did("budget_ground") == ["recorded", "ended"]


async def test_whose_decision_an_act_needs_is_not_set_by_those_who_decide(world):
    for other in (world.offices.recurrent, world.offices.leader, world.offices.officer):
        with pytest.raises(Refused, match="Chỉ quản trị hệ thống"):
            await grounds.record(Act.SUPPLEMENT, since=date(2026, 1, 1), by=other, **SAID)


async def test_a_deadline_that_the_law_moves_keeps_its_day_in_earlier_years(world):
    await the_rules()
    async with browsing() as browser:
        finance = await browser().sign_in(world.offices.recurrent)
        old = await YearDay.objects().where(YearDay.code == "adjustment-ends").first()
        await finance.open(f"/budget/calendar/days/new?instead={old.id}")
        await finance.submit("/budget/calendar/days", day="30", month="2", from_year="2028", basis="TT mới")
        assert finance.page.status == 409 and "Tháng 2 không có ngày 30" in finance.page.words
        await finance.submit("/budget/calendar/days", day="28", month="2", from_year="2028", basis="TT mới")
        assert finance.page.status == 200
        await finance.open("/budget/calendar?year=2028")
        assert "28/02/2029" in finance.page.words and "31/01/2029" not in finance.page.words
    assert [await calendar_days.adjustment_ends(year) for year in (2027, 2028)] == [date(2028, 1, 31), date(2029, 2, 28)]
    assert await did("year_day") == ["ended", "recorded"]
    with pytest.raises(Refused, match="đã có năm kết thúc"):
        await calendar_days.end(old, to_year=2030, by=world.offices.recurrent)
    with pytest.raises(Refused, match="mới sửa lịch năm"):
        await calendar_days.record(from_year=2027, by=world.offices.leader, **A_DAY)


async def test_a_day_that_is_written_down_counts_in_working_days_until_it_is_struck(world):
    admin, monday = await a_person(Role.ADMIN), date(2026, 12, 7)
    async with browsing() as browser:
        page = await browser().sign_in(admin)
        await page.open("/holidays/new")
        await page.submit("/holidays", kind="working", day="07/12/2026", name="Làm bù", basis="TB 1")
        assert page.page.status == 409 and "thứ Bảy hoặc Chủ nhật" in page.page.words
        await page.submit("/holidays", kind="holiday", day="07/12/2026", name="Nghỉ bù", basis="TB 1")
        assert "TB 1" in page.page.words
        made = await Holiday.objects().where(Holiday.day == monday).first()
        assert not (await rules.calendar()).is_working_day(monday)
        await page.open(f"/holidays/{made.id}")
        await page.submit(f"/holidays/{made.id}/end")
        assert (await rules.calendar()).is_working_day(monday)
        await page.open("/holidays")
        assert "Nghỉ bù" in page.page.words
    await holidays.record(monday, name="Nghỉ bù", working=False, basis="TB 2", by=world.offices.recurrent)
    with pytest.raises(Refused, match="đã có trong lịch"):
        await holidays.record(monday, name="Nghỉ bù", working=False, basis="TB 3", by=admin)
    assert await did("holiday") == ["recorded", "struck", "recorded"]
    with pytest.raises(Refused, match="mới sửa lịch ngày nghỉ"):
        await holidays.strike(made, by=world.offices.leader)


async def test_the_application_s_console_neither_rewrites_nor_deletes_what_was_decided_by(world, server):
    await the_rules()
    await rows("UPDATE budget_ground SET valid_to = '2030-12-31' WHERE code = 'cut'")
    acts = (
        "UPDATE budget_ground SET decided_by = 'finance' WHERE act = 'supplement'", "DELETE FROM budget_ground",
        "UPDATE budget_ground SET valid_to = NULL WHERE code = 'cut'", "UPDATE year_day SET day = 1", "DELETE FROM year_day",
        "UPDATE classification SET code = '417-100-999'", "DELETE FROM classification", "DELETE FROM holiday",
    )
    assert await answered_otherwise(server, {act: (act, "GL019") for act in acts}) == {}
