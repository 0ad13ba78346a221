"""Ordinary wrong input: each comes back with a sentence and with everything that was typed, never as a fault."""

import asyncio
from datetime import timedelta

import pytest

from grants.calls.tables import Call, Topic
from grants.people import accounts, people, posts
from grants.people.tables import Membership, Person, Role
from grants.proposals.tables import Finding, Proposal, TeamMember
from grants.shell.changes import Refused, now
from grants.shell.tables import Letter
from tests.browsing import Page, browsing
from tests.makers import a_call, a_person, a_proposal, an_organisation, entrusted, the_rules

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
NOWHERE = "2000000000"


async def post(browser, path: str, **typed):
    """What a page's form cannot send, sent all the same: a choice that is not in the list."""
    browser.page.form(path)
    token = browser.page.form(path).xpath(".//*[@name='_csrf_token']/@value")[0]
    answer = await browser.client.post(path, data={"_csrf_token": token} | typed)
    return Page(answer)


def value_of(page, name: str) -> str:
    found = page.html.xpath(f"//*[@name='{name}']")[0]
    return found.get("value") if found.get("value") is not None else "".join(found.itertext())


async def test_a_long_unit_of_a_product_comes_back_with_the_name_that_was_typed():
    ada = await a_person(Role.RESEARCHER)
    proposal = await a_proposal(lead=ada)
    path = f"/proposals/{proposal.id}/products"
    async with browsing() as browser:
        page = await browser().sign_in(ada)
        await page.open(path)
        await page.submit(path, form="II", name="Quy trình ghép chồi", unit="b" * 61, quantity="1")
        assert page.page.status == 422 and page.page.errors() == {"unit": "Tối đa 60 ký tự."}
        assert value_of(page.page, "name") == "Quy trình ghép chồi"
        await page.submit(path, unit="b" * 60)
        assert page.page.status == 200


async def test_a_team_member_of_an_organisation_that_is_not_there():
    ada = await a_person(Role.RESEARCHER)
    proposal = await a_proposal(lead=ada)
    path = f"/proposals/{proposal.id}/team"
    async with browsing() as browser:
        page = await browser().sign_in(ada)
        await page.open(path)
        typed = {"full_name": "H'Len Niê", "email": "hlen@grants.test", "part": "team_member", "months": "6", "access": "reader"}
        got = await post(page, path, **typed, organisation=NOWHERE)
        assert got.status == 409 and got.errors() == {"organisation": "Hãy chọn một tổ chức trong danh sách."}
        assert value_of(got, "full_name") == "H'Len Niê"
        got = await post(page, path, **typed | {"full_name": "a" * 121})
        assert got.status == 422 and got.errors() == {"full_name": "Tối đa 120 ký tự."}
    assert await TeamMember.count().where(TeamMember.proposal == proposal.id) == 1


async def test_a_topic_of_a_programme_that_is_not_there():
    ada = await a_person(Role.RESEARCHER)
    async with browsing() as browser:
        page = await browser().sign_in(ada)
        await page.open("/topics/new")
        got = await post(page, "/topics", title="Sầu riêng", need="Cần giống tốt.", programme=NOWHERE)
        assert got.status == 409 and "Mục được chọn không có trong danh sách" in got.words
        assert (value_of(got, "title"), value_of(got, "need").strip()) == ("Sầu riêng", "Cần giống tốt.")
    assert await Topic.count() == 0


async def test_the_code_of_a_call_that_is_taken_when_drawn_up_and_when_revised():
    await the_rules()
    officer = await a_person(Role.OFFICER)
    await a_call(code="TB-CU")
    mine = await a_call(code="TB-MOI", state=Call.State.DRAFT, officer=officer.id)
    opens, closes = (now() + timedelta(days=n) for n in (1, 40))
    typed = {"code": "TB-CU", "year": "2026", "title": "Thông báo của tôi", "scheme": "applied", "summary": "Tóm tắt dài",
             "opens_at": f"{opens:%Y-%m-%dT08:00}", "deadline": f"{closes:%Y-%m-%dT17:00}"}
    async with browsing() as browser:
        page = await browser().sign_in(officer)
        for form, path in (("/calls/new", "/calls"), (f"/calls/{mine.id}/edition", f"/calls/{mine.id}/edition")):
            await page.open(form)
            got = await post(page, path, **typed)
            assert got.status == 409, path
            assert value_of(got, "title") == "Thông báo của tôi" and value_of(got, "deadline") == f"17:00 {closes:%d/%m/%Y}"
            got = await post(page, path, **typed | {"code": "TB-KHAC", "programme": NOWHERE, "topic": NOWHERE})
            assert got.status in (303, 409), path
    assert await Call.count().where(Call.code == "TB-CU") == 1


async def test_the_same_post_given_twice():
    admin, ada, body = await a_person(Role.ADMIN), await a_person(), await an_organisation()
    await entrusted(Role.FINANCE, body)
    await posts.appoint(ada, Role.FINANCE, body, by=admin, since=people.today())
    path = f"/people/{ada.id}/posts"
    async with browsing() as browser:
        page = await browser().sign_in(admin)
        await page.open(f"/people/{ada.id}")
        await page.submit(path, role="finance", organisation=str(body.id), position="Chuyên viên", since=people.today().isoformat())
        assert page.page.status == 409 and "Đã có một mục như vậy" in page.page.words
        assert value_of(page.page, "position") == "Chuyên viên"
    assert await Membership.count().where(Membership.person == ada.id) == 1


async def test_what_the_database_refuses_leaves_nothing_behind():
    admin, ada, body = await a_person(Role.ADMIN), await a_person(), await an_organisation()
    await entrusted(Role.FINANCE, body)
    done = await asyncio.gather(
        *(posts.appoint(ada, Role.FINANCE, body, by=admin, since=people.today()) for _n in range(6)), return_exceptions=True
    )
    assert [type(one) for one in done if not isinstance(one, Membership)] == [Refused] * 5
    assert await Membership.count().where(Membership.person == ada.id) == 1


async def test_registering_four_times_at_once_makes_one_account_and_tells_the_page_nothing():
    done = await asyncio.gather(*(
        accounts.register(
            email="moi@grants.test", full_name="Y Moi", password="mat-khau-du-dai", organisation=None, address=f"198.51.100.{n}"
        )
        for n in range(4)
    ), return_exceptions=True)
    assert done == [None] * 4
    assert await Person.count().where(Person.email == "moi@grants.test") == 1
    letters = await Letter.select(Letter.subject).where(Letter.address == "moi@grants.test").output(as_list=True)
    assert sorted(letters) == sorted(["Xác nhận địa chỉ thư của bạn"] + ["Bạn đã có tài khoản"] * 3)


async def test_a_remark_at_the_opening_that_is_too_long_or_missing_comes_back():
    officer = await a_person(Role.OFFICER)
    call = await a_call(state=Call.State.CLOSED, deadline=now() - timedelta(days=1), opened_on=people.today(), officer=officer.id)
    proposal = await a_proposal(Proposal.State.SUBMITTED, call=call)
    path = f"/proposals/{proposal.id}/eligibility"
    async with browsing() as browser:
        page = await browser().sign_in(officer)
        await page.open(f"/proposals/{proposal.id}")
        await page.submit(path, remark="a" * 301, eligible="no")
        assert page.page.status == 422 and page.page.errors() == {"remark": "Tối đa 300 ký tự."}
        assert value_of(page.page, "remark") == "a" * 301
        await page.submit(path, remark="", eligible="no")
        assert page.page.status == 409 and page.page.errors() == {"remark": "Hãy ghi lý do không hợp lệ."}
        await page.submit(path, remark="Nộp sai thông báo.", eligible="no")
        assert page.page.status == 200
    assert await Finding.select(Finding.sentence).where(Finding.proposal == proposal.id).output(as_list=True) == ["Nộp sai thông báo."]


async def test_the_opening_list_refuses_nobody_by_one_press_but_leads_to_where_the_reason_is_written():
    officer = await a_person(Role.OFFICER)
    call = await a_call(state=Call.State.CLOSED, deadline=now() - timedelta(days=1), opened_on=people.today(), officer=officer.id)
    proposal = await a_proposal(Proposal.State.SUBMITTED, call=call)
    await Finding(proposal=proposal.id, code="over_months", sentence="Quá số tháng.", found_at=now()).save()
    async with browsing() as browser:
        page = await browser().sign_in(officer)
        await page.open(f"/calls/{call.id}/opening")
        assert not [form for form in page.page.all("form") if form.get("action").endswith("/eligibility")]
        assert f"/proposals/{proposal.id}" in page.page.links
        await page.open(f"/proposals/{proposal.id}")
        assert page.page.form(f"/proposals/{proposal.id}/eligibility").xpath(".//*[@name='remark']")
