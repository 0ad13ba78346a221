"""The administrator's story: roles given and ended, accounts closed and reopened, organisations and who took over from whom."""

import csv
from datetime import date, datetime, timedelta

import pytest

from grants.people import organisations, people
from grants.people.tables import Membership, Organisation, Person, Role, Succession
from grants.shell.changes import Refused, at
from grants.shell.dates import VIETNAM
from tests.browsing import browsing
from tests.counting import statements
from tests.makers import a_person, an_organisation

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def test_an_administrator_gives_a_role_and_ends_it_and_the_person_signs_in_anew():
    admin, ada = await a_person(Role.ADMIN), await a_person(full_name="Lê Thị Cúc")
    office = await an_organisation("Sở Khoa học và Công nghệ")
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
        assert "Cán bộ Sở Khoa học và Công nghệ" in (await desk.open("/people?role=officer")).words
        post = await Membership.objects().where(Membership.person == ada.id).first()
        await desk.open(f"/people/{ada.id}")
        await desk.submit(f"/people/{ada.id}/posts/{post.id}/end")
    kept = await Membership.objects().where(Membership.person == ada.id).first()
    assert kept.valid_to == people.today()


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
            assert len(asked) == 3, asked
