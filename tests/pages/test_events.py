"""The auditor's story: every change by thing, person and day, before and after, and the chain that holds it."""

import ast

import pytest

from budget import streams
from grants.desk import deeds, names, trail
from grants.people import accounts, posts
from grants.people.tables import Organisation, Role
from grants.proposals.tables import Section
from grants.shell import events
from grants.shell.changes import add, changing
from grants.shell.config import ROOT
from grants.shell.events import Event
from review import ballots, verdicts
from tests.browsing import browsing
from tests.counting import statements
from tests.makers import LONG_AGO, a_call, a_person, a_proposal, an_organisation, entrusted

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def a_changed_organisation(by) -> Organisation:
    row = Organisation(name="Viện Tây Nguyên", short_name="Viện", name_en="", kind="institute", valid_from=LONG_AGO, folded="", sort_key="")
    row = await add(row, by=by, did="added")
    async with changing(row, by=by, did="changed") as row:
        row.name = "Viện Khoa học Tây Nguyên"
    return row


async def test_the_auditor_finds_a_change_by_thing_person_and_day_and_reads_before_and_after():
    auditor, ada, eve = await a_person(Role.AUDITOR), await a_person(full_name="Trần Bình"), await a_person(full_name="Lê Cúc")
    row = await a_changed_organisation(ada)
    await a_changed_organisation(eve)
    event = await Event.objects().where((Event.did == "changed") & (Event.thing_id == row.id)).first()
    async with browsing() as browser:
        desk = await browser().sign_in(auditor)
        await desk.open(f"/events?thing=organisation&id={row.id}")
        assert [link for link in desk.page.links if link.startswith("/events/") and link[8:].isdigit()] == [
            f"/events/{event.id}", f"/events/{event.id - 1}"
        ]
        assert "Lê Cúc" not in (await desk.open("/events?person=tran+binh")).words
        assert "2 dòng" in (await desk.open("/events?person=tran+binh&from=01/01/2020")).words
        assert "0 dòng" in (await desk.open("/events?until=01/01/2020")).words
        await desk.open(f"/events/{event.id}")
        assert "Viện Tây Nguyên" in desk.page.words and "Viện Khoa học Tây Nguyên" in desk.page.words and "Trần Bình" in desk.page.words
        file = await desk.client.get(f"/events?thing=organisation&id={row.id}&format=csv")
        assert file.text.count("Trần Bình") == 2


async def test_the_chain_page_says_whether_it_holds(owner):
    auditor = await a_person(Role.AUDITOR)
    await a_changed_organisation(auditor)
    await events.seal()
    async with browsing() as browser:
        desk = await browser().sign_in(auditor)
        assert "Cả chuỗi khớp" in (await desk.open("/events/chain?verify=chain")).words
        await owner.execute("ALTER TABLE event DISABLE TRIGGER history_stays")
        await owner.execute("UPDATE event SET did = 'nothing' WHERE id = (SELECT min(id) FROM event)")
        await owner.execute("ALTER TABLE event ENABLE TRIGGER history_stays")
        await desk.open("/events/chain?verify=chain")
        assert "Có 1 chỗ không khớp" in desk.page.words and "was altered" in desk.page.words
        assert "was altered" in (await desk.open("/events/chain?verify=all")).words


async def test_an_administrator_reads_of_what_they_administer_but_nothing_written_judged_or_paid():
    admin, auditor = await a_person(Role.ADMIN), await a_person(Role.AUDITOR)
    await a_changed_organisation(admin)
    kept = await Event.objects().first()
    for thing in ("ballot", "section", "payment"):
        await Event(**{c: getattr(kept, c) for c in ("at", "by", "did", "changed", "facts", "request")}, thing=thing, thing_id=7).save()
    others = await Event.objects().where(Event.thing_id == 7).order_by(Event.id)
    async with browsing() as browser:
        office, audit = await browser().sign_in(admin), await browser().sign_in(auditor)
        for other in others:
            assert (await audit.open(f"/events/{other.id}")).status == 200
            hidden, missing = await office.open(f"/events/{other.id}"), await office.open("/events/999999")
            assert (hidden.status, hidden.words) == (404, missing.words)
        listed = [link for link in (await office.open("/events")).links if link.startswith("/events/") and link[8:].isdigit()]
        assert f"/events/{kept.id}" in listed and not {f"/events/{other.id}" for other in others} & set(listed)


async def test_a_thing_is_found_by_what_it_is_called_with_all_that_belongs_to_it():
    auditor, ada = await a_person(Role.AUDITOR), await a_person(full_name="Trần Bình")
    proposal = await a_proposal(call=await a_call(code="TB-2031-CF"), lead=ada)
    async with changing(proposal, by=ada, did="submitted") as proposal:
        proposal.reference, proposal.folded = "HS-2031-0007", "hs-2031-0007 ca phe chiu han"
    await add(Section(proposal=proposal.id, code="goal", text="Chọn giống"), by=ada, did="written")
    async with browsing() as browser:
        desk = await browser().sign_in(auditor)
        await desk.open("/events?q=cà+phê+chịu+hạn")
        told = [[" ".join("".join(cell.itertext()).split()) for cell in row][2:5] for row in desk.page.all("tr")[1:]]
        assert told == [["viết", "Phần thuyết minh", "HS-2031-0007 · goal"], ["nộp", "Hồ sơ", "HS-2031-0007"]]
        assert "1 dòng" in (await desk.open("/events?q=HS-2031-0007&thing=proposal")).words
        assert "1 dòng" in (await desk.open("/events?q=TB-2031&thing=proposal")).words
        assert "0 dòng" in (await desk.open("/events?q=HS-2031-0008")).words


async def test_an_event_names_who_and_what_its_numbers_mean():
    auditor, ada, eve = await a_person(Role.AUDITOR), await a_person(full_name="Trần Bình"), await a_person(full_name="Lê Cúc")
    call = await a_call(code="TB-2031-CF")
    proposal = await a_proposal(call=call, lead=ada)
    async with changing(proposal, by=ada, did="changed") as proposal:
        proposal.lead, proposal.requested, proposal.requested_state = eve.id, 1_850_000_000, 1_850_000_000
    event = await Event.objects().where(Event.thing == "proposal").order_by(Event.id, ascending=False).first()
    async with browsing() as browser:
        desk = await browser().sign_in(auditor)
        await desk.open(f"/events/{event.id}")
        lines = {tuple(" ".join("".join(cell.itertext()).split()) for cell in row) for row in desk.page.all("tr")}
        assert ("Chủ nhiệm", "Trần Bình", "Lê Cúc") in lines and any(line[2:] == ("1.850.000.000 ₫",) for line in lines)
        file = (await desk.client.get("/events?thing=proposal&format=csv")).text
        assert "Chủ nhiệm: Trần Bình" in file and "Chủ nhiệm: Lê Cúc" in file and file.splitlines()[0].endswith("Trước,Sau,Ghi kèm")


async def test_a_person_s_trail_holds_what_they_did_and_what_was_done_to_their_account_and_roles():
    auditor, admin, ada = await a_person(Role.AUDITOR), await a_person(Role.ADMIN), await a_person(full_name="Trần Bình")
    office = await an_organisation("Trung tâm Ứng dụng")
    await entrusted(Role.RESEARCHER, office)
    await posts.appoint(ada, Role.RESEARCHER, office, by=admin, position="Trưởng nhóm", since=LONG_AGO)
    await accounts.close(ada, by=admin)
    await a_changed_organisation(ada)
    async with browsing() as browser:
        desk = await browser().sign_in(auditor)
        for address in (f"/events?whose={ada.id}", "/events?person=tran+binh"):
            await desk.open(address)
            told = [" ".join("".join(row[2].itertext()).split()) for row in desk.page.all("tr")[1:]]
            assert told == ["sửa", "thêm", "khoá tài khoản", "giao vai trò"], address


@pytest.mark.parametrize("times", [1, 30])
async def test_the_trail_takes_the_same_statements_for_one_row_and_for_thirty(times):
    auditor = await a_person(Role.AUDITOR)
    for _n in range(times):
        await a_changed_organisation(auditor)
    async with browsing() as browser:
        desk = await browser().sign_in(auditor)
        with statements() as asked:
            await desk.open("/events")
    assert len(asked) == (4 if times == 30 else 3)  # a list of one page is counted without asking


async def test_every_deed_and_every_thing_that_the_code_writes_has_its_words():
    written = set()
    for package in ("grants", "review", "budget"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.keyword) and node.arg == "did":
                    written |= {c.value for c in ast.walk(node.value) if isinstance(c, ast.Constant) and isinstance(c.value, str)}
    assert len(written) > 50 and written - deeds.DEEDS.keys() == set()
    from grants.checks import audited

    assert {table._meta.tablename for table in audited()} - deeds.THINGS.keys() == set()


async def test_a_yes_or_no_in_a_field_that_elsewhere_names_a_row_is_no_row():
    """A ballot's «panel» is a row, a setting's «panel» may be a yes: the trail tells both."""
    from grants.desk import trail

    found = [{"thing": "ballot", "thing_id": 1, "changed": '{"panel": [false, true]}', "facts": "{}"}]
    await trail.told(found)
    assert [change[1:] for change in found[0]["changes"]] == [("không", "có")]


async def test_whatever_another_thing_refers_to_is_called_something_and_an_amount_is_never_taken_for_a_reference():
    referred = {target for table in names.TABLES for target in names.references(table).values()}
    assert len(referred) > 40 and [table for table in referred if names.called(table) == "NULL"] == []
    assert (names.reference_of("loan_due", "interest"), names.reference_of("vote", "matter")) == (None, "matter")
    assert names.reference_of("obligation", "project") == "project", "a lower room keeps the number alone"


async def test_a_code_is_read_in_the_words_of_its_room():
    for table, name, kept, said in (
        ("ballot", "state", "given", ballots.label("given")), ("reservation", "stream", "recurrent", streams.label("recurrent")),
        ("vote", "state", "declined", verdicts.status("declined")[0]), ("seat", "part", "chair", "Chủ tịch"),
        ("ballot", "state", "older", "older"), ("call", "code", "TB-1", "TB-1"),
    ):
        assert trail.shown(kept, table, name, {}) == said, (table, name)
