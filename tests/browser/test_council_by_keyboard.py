"""A council by keyboard alone: a member votes, the secretary takes attendance, elects, counts and locks, the chair looks."""

from datetime import timedelta

import pytest

from grants.calls.tables import Topic
from grants.people.people import today
from grants.people.tables import Role
from grants.shell.changes import now
from review import matters, panels, seats, verdicts
from review.matter_tables import Matter, Vote
from review.tables import Panel, Seat
from tests.makers import PASSWORD, a_person
from tests.makers_review import an_expert
from tests.review.test_councils import FAVOUR, PARTS

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.timeout(300)]


async def tab_to(who, what: str, most: int = 200) -> None:
    """Press Tab until what matches the selector has the focus."""
    for _n in range(most):
        await who.page.keyboard.press("Tab")
        if await who.page.locator(f"{what}:focus").count():
            return
    raise AssertionError(f"{what} is not reached by Tab on {who.path}")


async def press(who, what: str) -> None:
    """Reach a button or link by Tab and press Enter."""
    await tab_to(who, what)
    async with who.page.expect_navigation():
        await who.page.keyboard.press("Enter")


async def choose(who, name: str, value: str) -> None:
    """Reach a group of choices by Tab and move to one with the arrow keys."""
    await tab_to(who, f"input[name='{name}']")
    for _n in range(5):
        if await who.page.locator(f"input[name='{name}'][value='{value}']:checked").count():
            return
        await who.page.keyboard.press("ArrowDown")
    await who.page.keyboard.press("Space")
    assert await who.page.locator(f"input[name='{name}'][value='{value}']:checked").count()


async def sign_in(who, person) -> None:
    await who.open("/sign-in")
    await tab_to(who, "input[name='email']")
    await who.page.keyboard.type(person.email)
    await tab_to(who, "input[name='password']")
    await who.page.keyboard.type(PASSWORD)
    async with who.page.expect_navigation():
        await who.page.keyboard.press("Enter")
    assert who.path == "/desk"


async def a_council() -> tuple[Panel, list]:
    """A topic council of seven that meets today; all but the last member have voted."""
    officer = await a_person(Role.OFFICER)
    topic = Topic(title="Truy xuất nguồn gốc sầu riêng", need="Doanh nghiệp cần", required_results="Phần mềm")
    await topic.save()
    panel = await matters.found_on_topics([topic], by=officer)
    await panels.describe(
        panel, by=officer, name=panel.name, decision_number="88/QĐ", decided_on=today(), place="Phòng họp",
        meets_at=now() + timedelta(days=30),
    )
    members = [await an_expert(f"Y Bhăm Thành Viên {n}") for n in range(7)]
    for person, part in zip(members, PARTS, strict=False):
        await seats.take(panel, person, part, by=officer)
    matter = await Matter.objects().where(Matter.panel == panel.id).first()
    await matters.assign(matter, [members[3].id, members[4].id], by=officer)
    await matters.invite(await Panel.objects().get(Panel.id == panel.id), by=officer)
    await Panel.update({Panel.meets_at: now() - timedelta(minutes=5)}).where(Panel.id == panel.id)
    for member in members[:6]:
        vote = await Vote.objects().where((Vote.judge == member.id) & (Vote.matter == matter.id)).first()
        await verdicts.save(vote, FAVOUR, review="Nên làm.", by=member)
        await verdicts.give(vote, by=member)
    return panel, members


async def test_expert_secretary_and_chair_need_no_mouse(in_front):
    panel, members = await a_council()
    vote = await Vote.objects().where(Vote.judge == members[6].id).first()
    here = f"/panels/{panel.id}"
    async with in_front(scripts=True) as expert, in_front(scripts=True) as secretary, in_front(scripts=True) as chair:
        await sign_in(expert, members[6])
        await press(expert, f"a[href='/votes/{vote.id}']")
        for name in FAVOUR:
            await choose(expert, name, "pass")
        await press(expert, "button[value='give']")
        assert "Phiếu đã nộp" in await expert.words()
        await expert.is_in_order()

        await sign_in(secretary, members[2])
        await press(secretary, f"a[href='{here}/session']")
        for seat in await Seat.objects().where(Seat.panel == panel.id).order_by(Seat.id):
            await tab_to(secretary, f"select[name='seat_{seat.id}']")
            await secretary.page.keyboard.press("ArrowDown")  # the second choice: in the room
        await press(secretary, f"form[action='{here}/attendance'] button")
        await press(secretary, f"form[action='{here}/session'] button")
        for member in (members[3], members[4], members[5]):
            await tab_to(secretary, f"input[name='board'][value='{member.id}']")
            await secretary.page.keyboard.press("Space")
        await press(secretary, f"form[action='{here}/counting-board'] button")
        await press(secretary, f"form[action='{here}/count'] button")
        await secretary.is_in_order()
        await secretary.open(f"{here}/session")
        await press(secretary, f"form[action='{here}/minutes'] button")
        assert secretary.path == f"{here}/minutes"

        await sign_in(chair, members[0])
        await chair.open(f"{here}/session")
        await press(chair, f"a[href='{here}/resolutions']")
        assert "7 trên 7 phiếu đề nghị thực hiện" in await chair.words()
        await chair.is_in_order()
    assert (await Topic.objects().order_by(Topic.id, ascending=False).first()).advice == "favour"
