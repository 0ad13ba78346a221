"""The story of an account: registering, confirming, signing in and out, and what is refused on the way."""

import time

import pytest

from grants.people import account_pages, accounts
from grants.people.tables import Person, Role
from grants.shell import sessions
from grants.shell.tables import Letter, Session
from tests.browsing import browsing
from tests.makers import PASSWORD, a_person

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


@pytest.mark.parametrize("name", ["12345 <b>", "...", "A 1", "admin@grants.test"])
async def test_a_person_s_name_is_written_in_letters(name):
    async with browsing() as browser:
        ada = browser()
        await ada.open("/register")
        await ada.submit("/register", full_name=name, email="binh@grants.test", password=PASSWORD, again=PASSWORD)
        assert ada.page.status == 422 and "bằng chữ cái" in ada.page.errors()["full_name"]
        assert await Person.count() == 0
        await ada.submit("/register", full_name="H’Len Niê-Kđăm", email="hlen@grants.test", password=PASSWORD, again=PASSWORD)
        assert ada.page.status == 200 and await Person.count() == 1


async def test_a_newcomer_registers_confirms_by_letter_and_signs_in():
    async with browsing() as browser:
        ada = browser()
        await ada.open("/register")
        await ada.submit("/register", full_name="Trần  Thị Bình", email="Binh@Grants.test", password=PASSWORD, again=PASSWORD)
        assert "binh@grants.test" in ada.page.words.lower()
        await ada.open("/sign-in")
        await ada.submit("/sign-in", email="binh@grants.test", password=PASSWORD)
        assert "chưa xác nhận" in ada.page.errors()["email"]
        letter = await Letter.objects().first()
        await ada.open(letter.link)
        await ada.submit(letter.link)
        await ada.open("/sign-in")
        await ada.submit("/sign-in", email="binh@grants.test", password=PASSWORD)
        assert ada.client.cookies.get("session")
    person = await Person.objects().first()
    assert (person.full_name, person.folded) == ("Trần Thị Bình", "tran thi binh binh@grants.test")


async def test_a_wrong_password_and_an_unknown_account_get_the_same_answer_and_keep_what_was_typed():
    ada = await a_person(Role.RESEARCHER)
    async with browsing() as browser:
        eve = browser()
        answers = []
        for email in (ada.email, "nobody@grants.test"):
            await eve.open("/sign-in")
            await eve.submit("/sign-in", email=email, password="khong-phai-mat-khau")
            assert eve.page.status == 422
            assert eve.page.form("/sign-in").xpath(".//*[@name='email']/@value") == [email]
            answers.append(eve.page.errors())
    assert answers[0] == answers[1] and answers[0]


async def test_five_failures_close_the_account_for_a_while_even_to_the_right_password():
    ada = await a_person(Role.RESEARCHER)
    async with browsing() as browser:
        eve = browser()
        for _n in range(5):
            await eve.open("/sign-in")
            await eve.submit("/sign-in", email=ada.email, password="sai-mat-khau-roi")
        await eve.open("/sign-in")
        await eve.submit("/sign-in", email=ada.email, password=PASSWORD)
        assert "15 phút" in eve.page.errors()["email"]
        assert not eve.client.cookies.get("session")


async def test_a_session_planted_before_sign_in_is_not_the_session_after_it():
    ada = await a_person(Role.RESEARCHER)
    async with browsing() as browser:
        here = browser()
        here.client.cookies.set("session", "planted-by-eve")
        await here.open("/sign-in")
        answer = await here.client.post("/sign-in", data={
            "email": ada.email, "password": PASSWORD, "_csrf_token": here.client.cookies["csrftoken"]
        })
        assert answer.status_code == 303 and "planted-by-eve" not in answer.headers["set-cookie"]
    assert await Session.count() == 1


async def test_a_post_without_the_page_s_token_changes_nothing():
    ada = await a_person(Role.RESEARCHER)
    async with browsing() as browser:
        here = await browser().sign_in(ada)
        answer = await here.client.post("/account/password", data={"old": PASSWORD, "password": "x" * 14, "again": "x" * 14})
        assert answer.status_code == 403
    assert (await Person.objects().first()).password == ada.password


async def test_changing_the_password_ends_every_session():
    ada = await a_person(Role.RESEARCHER)
    async with browsing() as browser:
        phone, desk = await browser().sign_in(ada), await browser().sign_in(ada)
        await desk.open("/account")
        await desk.submit("/account/password", old=PASSWORD, password="mat-khau-moi-2026", again="mat-khau-moi-2026")
        await phone.open("/account")
        assert phone.page.answer.url.path == "/sign-in"
    assert await Session.count() == 0


async def test_a_new_password_by_the_link_lets_in_at_once_whoever_had_to_wait():
    ada = await a_person(Role.RESEARCHER)
    async with browsing() as browser:
        here = browser()
        for _n in range(6):
            await here.open("/sign-in")
            await here.submit("/sign-in", email=ada.email, password="sai-mat-khau-roi")
        assert "15 phút" in here.page.errors()["email"]
        await here.open("/password")
        await here.submit("/password", email=ada.email.upper())
        link = (await Letter.objects().first()).link
        await here.open(link)
        await here.submit(link, password="mat-khau-moi-2026", again="mat-khau-moi-2026")
        await here.open("/sign-in")
        await here.submit("/sign-in", email=ada.email, password="mat-khau-moi-2026")
        assert here.client.cookies.get("session")


async def test_asking_for_letters_again_and_again_ends_in_waiting_whether_the_account_exists_or_not():
    """Five letters to an address within 15 minutes: nobody fills another's mailbox."""
    ada = await a_person(Role.RESEARCHER)
    async with browsing() as browser:
        eve = browser()
        for email in (ada.email, "nobody@grants.test"):
            for n in range(7):
                await eve.open("/password")
                await eve.submit("/password", email=email)
                assert eve.page.status == (200 if n < 5 else 409), (email, n)
            assert "15 phút" in eve.page.errors()["email"]
            assert eve.page.form("/password").xpath(".//*[@name='email']/@value") == [email]
        assert await Letter.count() == 5
        for n in range(7):
            await eve.open("/register")
            await eve.submit("/register", full_name="Eve", email=ada.email, password=PASSWORD, again=PASSWORD)
            assert eve.page.status == (200 if n < 5 else 409), n
        assert "15 phút" in eve.page.errors()["email"]
        assert eve.page.form("/register").xpath(".//*[@name='full_name']/@value") == ["Eve"]
    assert await Letter.count() == 10


async def test_asking_for_a_letter_takes_as_long_whether_there_is_an_account_or_not(monkeypatch):
    monkeypatch.setattr(sessions, "ALIKE", 0.15)
    there, took = await a_person(), {}
    for email in (there.email, "khong-co@grants.test"):
        for verb, more in ((accounts.ask_for_password, {}), (accounts.register, {
            "full_name": "Y Moi", "password": "mat-khau-du-dai", "organisation": None})):
            began = time.monotonic()
            await verb(email=email, address="198.51.100.7", **more)
            took[email, verb.__name__] = time.monotonic() - began
    assert min(took.values()) >= 0.15, took
    letters = [await Letter.count().where(Letter.address == email) for email in (there.email, "khong-co@grants.test")]
    assert letters == [2, 1], "the control: what was done was not the same"


async def test_one_address_does_not_open_account_after_account():
    async with browsing() as browser:
        eve = browser()
        for n in range(31):
            await eve.open("/register")
            await eve.submit("/register", full_name="Eve", email=f"eve{n}@grants.test", password=PASSWORD, again=PASSWORD)
        assert eve.page.status == 409
    assert await Person.count() == 30


@pytest.mark.parametrize(("asked", "goes_to"), [
    ("/proposals?state=draft", "/proposals?state=draft"), ("//evil.example", "/desk"), ("/\\evil.example", "/desk"),
    ("/\t/evil.example", "/desk"), ("/\r/evil.example", "/desk"), ("https://evil.example", "/desk"), ("", "/desk"),
])
async def test_after_signing_in_one_stays_in_this_house(asked, goes_to):
    assert account_pages.safe(asked) == goes_to
