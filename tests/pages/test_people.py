"""The administrator's story: roles given and ended, accounts closed and reopened, organisations and who took over from whom."""

import csv
from datetime import date, datetime, timedelta

import pytest

from budget import streams
from budget.tables import Stream
from grants.people import accounts, organisations, people, posts
from grants.people.tables import Membership, Organisation, Person, Remit, Role, Succession
from grants.shell import sessions
from grants.shell.changes import Refused, at
from grants.shell.dates import VIETNAM
from grants.shell.events import Event
from grants.shell.tables import Letter
from seed.load import reference
from tests.browsing import browsing
from tests.counting import statements
from tests.makers import LONG_AGO, a_person, an_organisation, entrusted

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def test_an_administrator_gives_a_role_and_ends_it_and_the_person_signs_in_anew():
    admin, ada = await a_person(Role.ADMIN), await a_person(full_name="Lê Thị Cúc")
    office = await an_organisation("Sở Khoa học và Công nghệ")
    await entrusted(Role.OFFICER, office)
    async with browsing() as browser:
        desk, hers = await browser().sign_in(admin), await browser().sign_in(ada)
        await desk.open("/people?q=le+thi+cuc")
        assert f"/people/{ada.id}" in desk.page.links
        await desk.open(f"/people/{ada.id}")
        await desk.submit(
            f"/people/{ada.id}/posts", role="officer", organisation=str(office.id), since="01/01/2026", position="Chuyên viên"
        )
        assert [post.role for post in (await people.person(ada.id)).posts] == [Role.OFFICER]
        assert (await hers.open("/desk")).answer.url.path == "/sign-in"
        assert "Cán bộ quản lý nhiệm vụ" in (await desk.open("/people?role=officer")).words
        post = await Membership.objects().where(Membership.person == ada.id).first()
        await desk.open(f"/people/{ada.id}")
        await desk.submit(f"/people/{ada.id}/posts/{post.id}/end")
        assert [post.role for post in (await people.person(ada.id)).posts] == []
        assert await people.holding(Role.OFFICER, office.id) == [] and "Lê Thị Cúc" not in (await desk.open("/people?role=officer")).words
    kept = await Membership.objects().where(Membership.person == ada.id).first()
    assert kept.valid_to == people.today() and kept.ended_at is not None


async def test_a_role_is_chosen_and_given_only_for_an_organisation_that_may_have_it():
    """Finance only for who answers for a stream, an association's roles only for a federation: as the remits say on the day."""
    admin, ada, federation = await a_person(Role.ADMIN), await a_person(), await an_organisation("Liên hiệp các Hội", kind="federation")
    finance, institute = await an_organisation("Phòng Đầu tư", kind="unit"), await an_organisation("Viện Tây Nguyên")
    await reference()
    await streams.entrust(Stream.CAPITAL, finance, since=LONG_AGO, document="QĐ 01", by=None)
    async with browsing() as browser:
        desk = await browser().sign_in(admin)
        await desk.open(f"/people/{ada.id}")
        form = desk.page.form(f"/people/{ada.id}/posts")
        assert [box.get("value") for box in form.xpath(".//*[local-name()='select']/*[local-name()='option'][1]")] == ["", ""]
        await desk.submit(f"/people/{ada.id}/posts", since="01/01/2026")
        assert desk.page.status == 422 and set(desk.page.errors()) == {"role", "organisation"}
        await desk.submit(f"/people/{ada.id}/posts", role="finance", organisation=str(institute.id), since="01/01/2026")
        assert desk.page.status == 409 and "chỉ giao cho: Phòng Đầu tư" in desk.page.errors()["organisation"]
    for role, body in ((Role.FINANCE, institute), (Role.OFFICER, finance), (Role.ASSOCIATION, institute), (Role.LEADER, federation)):
        with pytest.raises(Refused, match="không giao cho"):
            await posts.appoint(ada, role, body, by=admin, since=people.today())
    for role, body in ((Role.FINANCE, finance), (Role.ASSOCIATION, federation), (Role.SIGNATORY, institute)):
        await posts.appoint(ada, role, body, by=admin, since=people.today())
    with pytest.raises(Refused, match="không giao cho"):  # before the organisation was entrusted
        await posts.appoint(ada, Role.FINANCE, finance, by=admin, since=LONG_AGO - timedelta(days=1))


async def test_an_administrator_writes_down_what_an_organisation_is_entrusted_with_and_ends_it_when_nobody_holds_it():
    admin, ada, office = await a_person(Role.ADMIN), await a_person(), await an_organisation("Sở Khoa học và Công nghệ", kind="department")
    async with browsing() as browser:
        desk = await browser().sign_in(admin)
        await desk.open(f"/organisations/{office.id}")
        await desk.submit(f"/organisations/{office.id}/tasks", role="officer", since="01/01/2026", paper="QĐ 12/2026/QĐ-UBND")
        task = await Remit.objects().first()
        await posts.appoint(ada, Role.OFFICER, office, by=admin, since=people.today())
        await desk.open(f"/organisations/{office.id}")
        await desk.submit(f"/organisations/{office.id}/tasks/{task.id}/end")
        assert desk.page.status == 409 and "Còn người giữ vai trò này" in desk.page.words
        await posts.dismiss(await Membership.objects().where(Membership.person == ada.id).first(), by=admin, on=people.today())
        await desk.open(f"/organisations/{office.id}")
        await desk.submit(f"/organisations/{office.id}/tasks/{task.id}/end")
        assert desk.page.status == 200
    assert (await Remit.objects().first()).valid_to == people.today()


async def test_a_role_that_was_ended_is_in_force_no_longer_the_same_day_and_one_that_will_end_still_is():
    admin, ada, office = await a_person(Role.ADMIN), await a_person(), await an_organisation()
    await entrusted(Role.OFFICER, office)
    post = await posts.appoint(ada, Role.OFFICER, office, by=admin, since=people.today())
    await posts.dismiss(post, by=admin, on=people.today() + timedelta(days=3))
    assert people.holds(await people.person(ada.id), Role.OFFICER)
    await posts.dismiss(post, by=admin, on=people.today())
    assert not people.holds(await people.person(ada.id), Role.OFFICER)
    with pytest.raises(Refused, match="đã kết thúc"):
        await posts.dismiss(post, by=admin, on=people.today())


async def test_a_lost_second_factor_is_reset_with_a_reason_a_letter_and_the_end_of_all_sessions():
    admin, ada = await a_person(Role.ADMIN), await a_person(Role.OFFICER, totp="JBSWY3DPEHPK3PXP")
    async with browsing() as browser:
        desk, hers = await browser().sign_in(admin), browser()
        await hers.open("/sign-in")
        token = await sessions.open_session(ada.id, second_factor=True)
        await desk.open(f"/people/{ada.id}")
        await desk.submit(f"/people/{ada.id}/second-factor/reset", reason="")
        assert desk.page.status == 422 and set(desk.page.errors()) == {"reason"}
        await desk.submit(f"/people/{ada.id}/second-factor/reset", reason="Mất điện thoại, đã gặp trực tiếp")
        assert desk.page.status == 200 and f"/people/{ada.id}/second-factor/reset" not in {f.get("action") for f in desk.page.all("form")}
        assert await people.behind(token) is None
        await hers.sign_in(ada)  # by password alone, to set a new one
    event = await Event.objects().where(Event.did == "second_factor_reset").first()
    assert (event.by, event.thing_id) == (admin.id, ada.id) and "Mất điện thoại" in event.facts
    letter = await Letter.objects().where(Letter.person == ada.id).first()
    assert "Mất điện thoại" in letter.body and letter.link == "/account"
    with pytest.raises(Refused, match="tự gỡ"):
        await accounts.reset_second_factor(admin, reason="Thử", by=admin)
    with pytest.raises(Refused, match="Chỉ quản trị"):
        await accounts.reset_second_factor(admin, reason="Thử", by=ada)


@pytest.mark.parametrize("hour", [0, 6, 7, 23])  # midnight in Đắk Lắk is 17:00 of the day before in UTC
async def test_the_list_shows_the_roles_of_the_day_in_dak_lak(hour):
    admin, day, office = await a_person(Role.ADMIN), people.today() + timedelta(days=2), await an_organisation()
    before = day - timedelta(days=1)
    for name, role, since, until in (("Cúc", Role.TREASURER, day, None), ("Đào", Role.AUDITOR, date(2026, 1, 1), before)):
        person = await a_person(full_name=f"Lê Thị {name}")
        await Membership(person=person.id, organisation=office.id, role=role, valid_from=since, valid_to=until).save()
    async with browsing() as browser:
        with at(datetime(day.year, day.month, day.day, hour, 30, tzinfo=VIETNAM)):
            desk = await browser().sign_in(admin)
            await desk.open("/people?q=le+thi&format=csv")
    lines = csv.DictReader(desk.page.answer.text.removeprefix("\ufeff").splitlines())
    shown = {line["Họ và tên"]: line["Vai trò hôm nay"] for line in lines}
    assert shown == {"Lê Thị Cúc": "Kế toán thanh toán", "Lê Thị Đào": ""}


async def test_nobody_gives_a_role_or_closes_the_account_of_themselves():
    admin = await a_person(Role.ADMIN)
    async with browsing() as browser:
        desk = await browser().sign_in(admin)
        await desk.open(f"/people/{admin.id}")
        actions = {form.get("action") for form in desk.page.all("form")}
        assert not {f"/people/{admin.id}/posts", f"/people/{admin.id}/closing"} & actions
        token = desk.page.form("/sign-out").xpath(".//*[@name='_csrf_token']/@value")[0]
        answer = await desk.client.post(f"/people/{admin.id}/closing", data={"_csrf_token": token})
        assert answer.status_code == 409
    assert (await Person.objects().where(Person.id == admin.id).first()).closed_at is None


async def test_a_closed_account_ends_its_sessions_cannot_sign_in_and_can_be_reopened():
    admin, ada = await a_person(Role.ADMIN), await a_person(Role.RESEARCHER)
    async with browsing() as browser:
        desk, hers = await browser().sign_in(admin), await browser().sign_in(ada)
        await desk.open(f"/people/{ada.id}")
        await desk.submit(f"/people/{ada.id}/closing")
        assert "Đã khoá" in desk.page.words
        assert (await hers.open("/desk")).answer.url.path == "/sign-in"
        await hers.submit("/sign-in", email=ada.email, password="mat-khau-du-dai")
        assert "email" in hers.page.errors()
        await desk.submit(f"/people/{ada.id}/reopening")
        await hers.sign_in(ada)
        assert hers.page.answer.url.path == "/desk"


async def test_a_wrong_appointment_comes_back_with_what_was_chosen():
    admin, ada, office = await a_person(Role.ADMIN), await a_person(), await an_organisation()
    async with browsing() as browser:
        desk = await browser().sign_in(admin)
        await desk.open(f"/people/{ada.id}")
        await desk.submit(
            f"/people/{ada.id}/posts", role="leader", organisation=str(office.id), since="31/02/2026", position="Phó Chủ tịch"
        )
        assert desk.page.status == 422 and set(desk.page.errors()) == {"since"}
        assert desk.page.form(f"/people/{ada.id}/posts").xpath(".//*[@name='position']/@value") == ["Phó Chủ tịch"]
    assert not await Membership.exists().where(Membership.person == ada.id)


async def test_an_organisation_is_written_down_once_and_another_takes_over_from_it():
    admin, old = await a_person(Role.ADMIN), await an_organisation("Sở Kế hoạch và Đầu tư")
    async with browsing() as browser:
        desk = await browser().sign_in(admin)
        await desk.open("/organisations/new")
        typed = {"name": "Sở Tài chính (mới)", "short_name": "Sở TC", "kind": "department", "valid_from": "01/03/2025"}
        await desk.submit("/organisations", **typed)
        new = await Organisation.objects().where(Organisation.name == "Sở Tài chính (mới)").first()
        assert desk.page.answer.url.path == f"/organisations/{new.id}"
        await desk.open("/organisations/new")
        await desk.submit("/organisations", **typed)
        assert desk.page.status == 409 and "đã có" in desk.page.errors()["name"]
        await desk.open(f"/organisations/{old.id}")
        await desk.submit(f"/organisations/{old.id}/succession", successor=str(new.id), on="01/03/2025", document="NQ 18")
        assert "Chuyển cho Sở Tài chính (mới)" in desk.page.words
        listed = (await desk.open("/organisations?q=ke+hoach")).words
        assert "28/02/2025" in listed and "Sở TC" in listed
    assert await Succession.select(Succession.predecessor, Succession.successor) == [{"predecessor": old.id, "successor": new.id}]
    with pytest.raises(Refused):
        await organisations.succeed(new, old, on=people.today(), document="x", by=admin)


async def test_people_are_the_administrator_s_and_the_auditor_s_alone():
    ada = await a_person(Role.RESEARCHER)
    async with browsing() as browser:
        for role, status in ((Role.ADMIN, 200), (Role.AUDITOR, 200), (Role.OFFICER, 403), (Role.RESEARCHER, 403)):
            desk = await browser().sign_in(await a_person(role))
            assert (await desk.open("/people")).status == (await desk.open(f"/people/{ada.id}")).status == status, role


@pytest.mark.parametrize("many", [1, 30])
async def test_the_lists_take_the_same_statements_for_one_row_and_for_thirty(many):
    admin = await a_person(Role.ADMIN)
    for _n in range(many):
        await a_person(Role.RESEARCHER)
    async with browsing() as browser:
        desk = await browser().sign_in(admin)
        for address in ("/people", "/organisations"):
            with statements() as asked:
                assert (await desk.open(address)).status == 200
            assert len(asked) == 2, asked


async def test_a_paper_is_headed_by_the_organisation_that_acted_on_its_day_not_by_a_name_in_code():
    """After a merger old papers keep the old office, new ones carry its successor; the body above stands over it."""
    province, day = await an_organisation("Uỷ ban nhân dân tỉnh", kind="government"), date(2025, 3, 1)
    old = await an_organisation("Sở Kế hoạch", parent=province.id, valid_to=day - timedelta(days=1))
    new = await an_organisation("Sở Tài chính", parent=province.id, valid_from=day)
    ada, eve = await a_person(), await a_person()
    for person, body, since, until in ((ada, old, LONG_AGO, day - timedelta(days=1)), (ada, new, day, None), (eve, old, LONG_AGO, None)):
        await Membership(person=person.id, organisation=body.id, role=Role.OFFICER, valid_from=since, valid_to=until).save()
    heads = [await organisations.acting(Role.OFFICER, on, ada.id) for on in (day - timedelta(days=1), day)]
    assert [(head.name, head.parent) for head in heads] == [(name, "Uỷ ban nhân dân tỉnh") for name in ("Sở Kế hoạch", "Sở Tài chính")]
    assert (await organisations.acting(Role.OFFICER, day - timedelta(days=1))).name == "Sở Kế hoạch"
    assert await organisations.acting(Role.LEADER, day) == organisations.Head()
