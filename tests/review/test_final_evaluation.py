"""A final evaluation council is made up as TT 11/2014 says, and three of its members check the products before it sits."""

from datetime import timedelta

import asyncpg
import pytest

from grants.people.people import today
from grants.people.tables import Role
from grants.shell.changes import Refused, at, now
from grants.shell.database import DB, rows
from grants.shell.tables import Letter
from review import matters, meetings, minutes, panels, product_teams, seats
from review.fee_tables import Fee
from review.matter_tables import Matter, ProductReport
from review.product_teams import Checked
from review.tables import Panel, Seat
from tests.browsing import browsing
from tests.makers import a_person, an_organisation
from tests.makers_review import an_expert
from tests.makers_votes import all_present, fresh
from tests.review.test_councils import PARTS, a_finished_project, closed, invited, met, seated, sheet, voted

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def a_council() -> tuple[Panel, list, object, list]:
    """Founded on a finished project that ordered two measurable products."""
    project, products = await a_finished_project()
    officer = await a_person(Role.OFFICER)
    return await matters.found_on_project(project, filed_on=today() - timedelta(days=5), by=officer), products, officer, project


async def test_six_of_the_roster_three_of_agencies_and_a_team_of_three_or_it_is_not_invited():
    panel, _products, officer, _project = await a_council()
    faults = await matters.faults(panel)
    assert "Cần ít nhất 6 chuyên gia trong danh sách; mới có 0." in faults
    assert "Cần ít nhất 3 đại diện cơ quan quản lý, đơn vị sử dụng; mới có 0." in faults
    assert "Cần tổ chuyên gia 3 người để kiểm tra sản phẩm." in faults
    await seated(panel, 9, officer)
    assert await matters.faults(await fresh(panel)) == []


async def test_nine_of_the_roster_are_no_council_and_the_rule_set_can_say_otherwise():
    panel, _products, officer, _project = await a_council()
    for part in PARTS:
        await seats.take(panel, await an_expert(), part, by=officer)
    assert "Cần ít nhất 3 đại diện cơ quan quản lý, đơn vị sử dụng; mới có 0." in await matters.faults(panel)
    kept = (await panels.rule_of(panel)).model_copy(update={"representatives": None, "product_team": 0})  # as another rule set may say
    assert await matters.composition(panel, kept) == []


async def test_a_representative_needs_a_post_and_never_the_roster_and_an_expert_s_seat_represents_nobody():
    panel, _products, officer, _project = await a_council()
    nobody = await a_person()
    with pytest.raises(Refused, match="chưa được ghi làm việc"):
        await seats.take_representative(panel, nobody, Seat.Part.MEMBER, by=officer)
    with pytest.raises(Refused):
        await seats.take(panel, await a_person(Role.RESEARCHER), Seat.Part.MEMBER, by=officer)
    agency = await an_organisation("Sở Nông nghiệp và Môi trường")
    seat = await seats.take_representative(panel, await a_person(Role.RESEARCHER, of=agency), Seat.Part.MEMBER, by=officer)
    assert seat.represents == agency.id
    assert (await seats.take(panel, await an_expert(), Seat.Part.CHAIR, by=officer)).represents is None


async def test_one_who_selected_the_application_sits_again_where_there_was_such_a_council():
    panel, _products, officer, project = await a_council()
    members = await seated(panel, 9, officer)
    earlier = Panel(call=panel.call, kind="selection", name="HĐ tuyển chọn", officer=officer.id, state="closed", decision_number="1",
                    decided_on=today())
    await earlier.save()
    await Seat(panel=earlier.id, person=(await an_expert()).id, part="member").save()
    assert await matters.faults(await fresh(panel)) == ["Cần ít nhất 1 người đã tham gia hội đồng xác định hoặc tuyển chọn nhiệm vụ này."]
    await Seat(panel=earlier.id, person=members[0].id, part="chair").save()
    assert await matters.faults(await fresh(panel)) == []


async def test_the_team_is_three_members_of_the_council_and_its_head_reports_once_on_every_product_before_the_session():
    panel, products, officer, _project = await a_council()
    members = await seated(panel, 9, officer)
    matter = await Matter.objects().where(Matter.panel == panel.id).first()
    with pytest.raises(Refused, match="có 3 người"):
        await product_teams.name(matter, [members[5].id, members[6].id], by=officer)
    with pytest.raises(Refused, match="các thành viên của hội đồng"):
        await product_teams.name(matter, [members[5].id, members[6].id, officer.id], by=officer)
    all_of_them = {one.id: Checked(one.quantity, "Đúng mẫu.") for one in products}
    with pytest.raises(Refused, match="sau giấy mời"):
        await product_teams.file(matter, all_of_them, conclusion="Đủ.", by=members[5])
    await matters.invite(await fresh(panel), by=officer)
    told = [one.body for one in await Letter.objects().where(Letter.subject == "Kiểm tra sản phẩm trước phiên họp").order_by(Letter.id)]
    assert len(told) == 3 and "tổ trưởng tổ chuyên gia" in told[0]
    with pytest.raises(Refused, match="tổ trưởng"):
        await product_teams.file(matter, all_of_them, conclusion="Đủ.", by=members[3])
    with pytest.raises(Refused, match="Chưa ghi kết quả kiểm tra: Bài báo"):
        await product_teams.file(matter, {products[0].id: Checked(9, "Thiếu một giống.")}, conclusion="Thiếu.", by=members[5])
    await product_teams.file(matter, all_of_them, conclusion="Đủ.", by=members[5])
    with pytest.raises(Refused, match="không nộp lại"):
        await product_teams.file(matter, all_of_them, conclusion="Khác.", by=members[5])
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with DB.transaction():
            await rows("UPDATE product_report SET conclusion = 'Khác'")


async def test_without_the_team_s_report_the_session_is_not_opened():
    panel, _products, officer, _project = await a_council()
    await seated(panel, 9, officer)
    await matters.invite(await fresh(panel), by=officer)
    with at(now() + timedelta(days=30)):
        await all_present(panel, by=officer)
        with pytest.raises(Refused, match="Tổ chuyên gia chưa nộp báo cáo"):
            await meetings.open_session(await fresh(panel), by=officer)


async def test_members_read_the_report_before_they_vote_the_minutes_print_it_and_the_team_is_paid_for_it():
    panel, products, officer, _project = await a_council()
    members = await invited(panel, 9, officer)
    matter = await Matter.objects().where(Matter.panel == panel.id).first()
    async with browsing() as browser:
        agency = await browser().sign_in(members[8])  # a representative, no expert
        assert "Sản phẩm đủ và đúng như đặt hàng." in (await agency.open(f"/panels/{panel.id}/matters/{matter.id}/products")).words
        vote = (await rows("SELECT id FROM vote WHERE judge = $1", members[8].id))[0]["id"]
        assert "Đúng mẫu, chạy tốt." in (await agency.open(f"/votes/{vote}")).words
        for end in ("", "/matters", "/session"):
            assert (await agency.open(f"/panels/{panel.id}{end}")).status == 200, end
        assert f"/panels/{panel.id}/session" in (await agency.open(f"/votes/{vote}")).links
        stranger = await browser().sign_in(await a_person(Role.RESEARCHER))
        assert (await stranger.client.get(f"/panels/{panel.id}/session")).status_code == 404
        page = await agency.open("/ballots")
        assert f"/votes/{vote}" in page.links, page.words
        for member in members:
            await voted(member, matter, sheet(products, "pass", (10, 2)))
        await met(panel, officer)
        await closed(panel, officer)
        office = await browser().sign_in(officer)
        paper = (await office.open(f"/panels/{panel.id}/minutes")).words
    assert "Kết quả kiểm tra sản phẩm" in paper and "Sản phẩm đủ và đúng như đặt hàng." in paper and "Đúng mẫu, chạy tốt." in paper
    assert "Ủy viên, đại diện Viện Nghiên cứu số" in paper
    content = (await minutes.of(panel))["matters"][0]["products"]
    assert [line[2] for line in content["report"]["rows"]] == [10, 2] and len(content["members"]) == 3
    checked = {one.person for one in await Fee.objects().where(Fee.rate == "technical_expert")}
    assert checked == {members[5].id, members[3].id, members[8].id}


async def test_the_pages_name_the_team_seat_a_representative_and_take_the_report_with_every_fault_named():
    panel, products, officer, _project = await a_council()
    members = await seated(panel, 9, officer)
    matter = await Matter.objects().where(Matter.panel == panel.id).first()
    base = f"/panels/{panel.id}/matters/{matter.id}"
    async with browsing() as browser:
        office, head = await browser().sign_in(officer), await browser().sign_in(members[5])
        await office.open(f"{base}/team")
        page = await office.submit(f"{base}/team", members=[str(members[6].id), str(members[7].id)], head=str(members[5].id))
        assert page.status == 409 and "Tổ trưởng phải ở trong tổ" in page.words
        leaving = (await Seat.objects().where((Seat.panel == panel.id) & (Seat.person == members[7].id)).first()).id
        await office.open(f"/panels/{panel.id}/seats/{leaving}/departure")
        await office.submit(f"/panels/{panel.id}/seats/{leaving}/departure", reason="Bận")
        await office.open(f"/panels/{panel.id}")
        page = await office.submit(f"/panels/{panel.id}/representatives", email="khong.co@grants.test", part="member")
        assert page.status == 409 and "Không có tài khoản nào" in page.words
        other = await a_person(Role.RESEARCHER)
        await office.submit(f"/panels/{panel.id}/representatives", email=other.email, part="member")
        await matters.invite(await fresh(panel), by=officer)
        await head.open(f"{base}/products")
        typed = {f"found-{products[0].id}": "mười", f"words-{products[0].id}": "Tốt", f"found-{products[1].id}": "2",
                 f"words-{products[1].id}": "", "conclusion": "Đủ"}
        page = await head.submit(f"{base}/products", **typed)
        assert page.status == 422 and set(page.errors()) == {f"found-{products[0].id}", f"words-{products[1].id}"}
        typed |= {f"found-{products[0].id}": "10", f"words-{products[1].id}": "Đã đăng"}
        assert "Đã đăng" in (await head.submit(f"{base}/products", **typed)).words
        stranger = await browser().sign_in(await an_expert())
        assert (await stranger.client.get(f"{base}/products")).status_code == 404
    assert await ProductReport.count() == 1
