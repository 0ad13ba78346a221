"""The story of a profile: titles, fields, a checked ORCID, a record that saves while it is written, and nobody else's."""

import pytest

from grants.people import profiles
from grants.people.tables import Person, Profile, Role
from grants.shell.changes import Refused
from grants.shell.events import Event
from seed.load import reference
from tests.browsing import browsing
from tests.makers import a_person

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
ORCID = "0000-0002-1825-0097"


async def stored(person) -> Person:
    return await Person.objects().where(Person.id == person.id).first()


async def test_a_researcher_fills_in_the_profile_and_it_is_kept_as_lists_and_searches_need_it():
    await reference()
    ada = await a_person(Role.RESEARCHER)
    async with browsing() as browser:
        desk = await browser().sign_in(ada)
        await desk.open("/profile")
        await desk.submit(
            "/profile", full_name="Trần  Thị Bình", academic_rank="PGS", degree="TS", position="Trưởng khoa", fields=["401", "106"],
            keywords="cà phê, tưới", orcid=f"https://orcid.org/{ORCID}", phone="0262 3812345",
        )
        assert desk.page.status == 200 and "Trần Thị Bình" in desk.page.words
    kept = await stored(ada)
    assert (kept.full_name, kept.academic_rank, kept.fields, kept.orcid, kept.phone) == (
        "Trần Thị Bình", "PGS", ["106", "401"], ORCID, "0262 3812345"
    )
    assert kept.folded.startswith("tran thi binh")
    assert await Event.count().where(Event.did == "profile_changed") == 1


async def test_a_mistyped_orcid_is_told_at_its_field_and_all_that_was_typed_stays():
    await reference()
    ada = await a_person(Role.RESEARCHER)
    async with browsing() as browser:
        desk = await browser().sign_in(ada)
        await desk.open("/profile")
        await desk.submit("/profile", full_name="Trần Bình", orcid="0000-0002-1825-0098", fields=["401", "106"], keywords="voi")
        assert desk.page.status == 422 and set(desk.page.errors()) == {"orcid"}
        form = desk.page.form("/profile")
        assert form.xpath(".//*[@name='keywords']/@value") == ["voi"]
        assert form.xpath(".//*[@name='fields'][@checked]/@value") == ["106", "401"]
    assert (await stored(ada)).full_name == ada.full_name


async def test_an_orcid_belongs_to_one_account():
    await reference()
    await a_person(orcid=ORCID)
    eve = await a_person(Role.RESEARCHER)
    async with browsing() as browser:
        desk = await browser().sign_in(eve)
        await desk.open("/profile")
        await desk.submit("/profile", orcid=ORCID)
        assert desk.page.status == 409 and "tài khoản khác" in desk.page.errors()["orcid"]


async def test_the_record_saves_itself_and_says_when():
    ada = await a_person(Role.RESEARCHER)
    async with browsing() as browser:
        desk = await browser().sign_in(ada)
        await desk.open("/profile")
        token = desk.page.form("/profile/record").xpath(".//*[@name='_csrf_token']/@value")[0]
        for text in ("Tiến sĩ nông học, 2015", "Tiến sĩ nông học, 2016"):
            answer = await desk.client.post(
                "/profile/record", data={"training": text, "_csrf_token": token}, headers={"hx-request": "true"}
            )
            assert answer.status_code == 200 and "Đã lưu lúc" in answer.text
    assert await Profile.select(Profile.person, Profile.training) == [{"person": ada.id, "training": "Tiến sĩ nông học, 2016"}]


async def test_nobody_writes_in_somebody_else_s_profile():
    ada, eve = await a_person(Role.RESEARCHER), await a_person(Role.ADMIN)
    with pytest.raises(Refused):
        await profiles.revise(ada, by=eve, full_name="Khác", fields=[], orcid=None)
    with pytest.raises(Refused):
        await profiles.write(ada, by=eve, training="x")
    assert (await stored(ada)).full_name == ada.full_name and await Profile.count() == 0


async def test_unknown_fields_are_left_out_and_too_many_refused():
    await reference()
    ada = await a_person(Role.RESEARCHER)
    async with browsing() as browser:
        desk = await browser().sign_in(ada)
        await desk.open("/profile")
        await desk.submit("/profile", fields=["401", "999", "nonsense"])
        assert (await stored(ada)).fields == ["401"]
        await desk.submit("/profile", fields=["101", "102", "103", "104", "105", "106", "201", "202", "203"])
        assert desk.page.status == 409 and "tối đa 8" in desk.page.errors()["fields"]
