"""A planted name never reaches the other side: every page and every export that each side may fetch, and its letters."""

import io
import re
import zipfile

import pytest

from grants.access import ROUTES
from grants.people.organisations import named as organisation_named
from grants.people.tables import Organisation, Role
from grants.proposals import submissions
from grants.proposals.tables import Proposal
from grants.shell.database import rows
from grants.shell.text import fold
from review import ballots, meetings, minutes
from tests.browsing import Browser, browsing
from tests.makers import a_call, a_person, a_proposal
from tests.makers_votes import a_panel, a_rule_set, all_present, ballot_of, fresh, give, judges_of, the_board

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db"), pytest.mark.timeout(300)]

APPLICANT, BODY = "Zêno Trứ Danh", "Viện Xylophon Kỳ Lạ"
JUDGES = ["Quách Bí Ẩn", "Ưng Kín Đáo", "Ngụy Vô Hình", "Vi Giấu Mặt", "Thào Lặng Lẽ", "Sầm Ẩn Danh", "Lò Khuất Bóng"]
HIGHEST = 9
# The demo's letter box shows everybody's letters and is not there in production; the registers name every organisation.
LEFT_OUT = {
    "GET /static/{file_path}", "GET /sign-in", "GET /up", "GET /letters", "GET /letters/{id}", "GET /register", "GET /organisations",
    "GET /organisations/{id}",
}


def addresses() -> list[str]:
    """Every address that can be fetched, with every small number in place of an id."""
    found = []
    for route in sorted(ROUTES):
        method, path = route.split(" ")
        if method != "GET" or route in LEFT_OUT:
            continue
        places = re.findall(r"{(\w+)}", path)
        for n in range(1, HIGHEST + 1) if places else (1,):
            found.append(re.sub(r"{\w+}", str(n), path))
        if len(places) > 1:
            above = [path.replace(f"{{{places[0]}}}", str(n)) for n in range(1, 4)]
            found += [re.sub(r"{\w+}", str(m), one) for one in above for m in range(1, HIGHEST + 1)]
    return list(dict.fromkeys(found))


def fetched(link: str) -> bool:
    """Whether a link on a page is followed: not what is left out, and of a list one order is enough."""
    return "sort=" not in link and not re.match(r"/(static|sign|register|organisations|letters(?!/mine))", link)


def text_of(answer) -> str:
    """What an answer says, workbooks unpacked, folded as a search would find it."""
    if "spreadsheetml" in answer.headers.get("content-type", ""):
        with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
            return fold(" ".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml")))
    return fold(answer.text) if "text" in answer.headers.get("content-type", "") else ""


async def everything(browser: Browser) -> dict[str, str]:
    """Address → text of every page and export this person may fetch; links on them are followed once more."""
    found, seen, waiting = {}, set(), addresses()
    while waiting:
        path = waiting.pop(0)
        if path in seen or len(seen) > 4000:
            continue
        seen.add(path)
        answer = await browser.client.get(path, follow_redirects=False)
        if answer.status_code != 200:
            continue
        found[path] = text_of(answer)
        if "text/html" in answer.headers.get("content-type", ""):
            inner = re.findall(r'href="(/[^"#]*)"', answer.text)
            waiting += [link.replace("&amp;", "&") for link in inner if fetched(link)]
            if not re.search(r"[?\d]", path):
                waiting += [f"{path}?format=csv", f"{path}?format=xlsx"]
    for letter in await rows("SELECT id, subject, body FROM letter WHERE person = $1", browser.person):
        found[f"letter {letter['id']}"] = fold(f"{letter['subject']} {letter['body']}")
    return found


async def someone(browser, person) -> Browser:
    here = await browser().sign_in(person)
    here.person = person.id
    return here


def places_of(names: list[str], found: dict[str, str]) -> dict[str, list[str]]:
    return {path: hits for path, text in found.items() if (hits := [name for name in names if fold(name) in text])}


async def a_world(*, names_hidden: bool):
    """An application by people with names that stand out, before a council with names that stand out."""
    call = await a_call(rule_set=(await a_rule_set("blind", names_hidden=names_hidden)).id)
    lead = await a_person(Role.RESEARCHER, full_name=APPLICANT)
    body = await Organisation.objects().where(Organisation.id == lead.posts[0].organisation).first()
    body.name, body.short_name = BODY, BODY
    await organisation_named(body).save()
    application = await a_proposal(
        Proposal.State.DRAFT, lead=lead, call=call, title=f"{APPLICANT} và {BODY} ghép chồi cà phê",
        summary=f"{BODY} chọn giống cà phê.",
    )
    await rows("UPDATE section SET text = $1 WHERE code = 'capacity'", f"{APPLICANT} và {BODY} đã làm 3 nhiệm vụ.")
    await rows("UPDATE proposal SET state = 'in_review', reference = 'HS-1', submitted_at = now()")
    await submissions.keep_snapshot(await fresh(application), by=lead)
    officer = await a_person(Role.OFFICER)
    members = [await a_person(Role.EXPERT, full_name=name) for name in JUDGES]
    panel = await a_panel(application, officer=officer, judges=members)
    return await fresh(application), panel, officer, lead


async def counted(panel, application, officer) -> None:
    for judge in (await judges_of(panel)):
        if (await ballot_of(judge, application)).state == "offered":
            await give(await ballot_of(judge, application), 80, by=judge)
    await all_present(panel, by=officer)
    await meetings.open_session(panel, by=officer)
    await the_board(panel, by=officer)
    await meetings.count(panel, by=officer)
    await minutes.lock(panel, remarks="", by=officer)


async def test_no_judge_s_name_reaches_the_applicant_at_any_step():
    application, panel, officer, lead = await a_world(names_hidden=False)
    judges = await judges_of(panel)
    async with browsing() as browser:
        ada = await someone(browser, lead)
        await ballots.decline(await ballot_of(judges[6], application), reason="Bận", by=judges[6])
        assert places_of(JUDGES, await everything(ada)) == {}
        await counted(panel, application, officer)
        assert places_of(JUDGES, await everything(ada)) == {}
        await rows("UPDATE proposal SET state = 'declined'")
        found = await everything(ada)
        assert places_of(JUDGES, found) == {}
        assert "80,00" in found[f"/proposals/{application.id}/review"]  # the result itself does reach them
        # The control: the same search over the officer's pages finds the planted names.
        assert places_of(JUDGES, await everything(await someone(browser, officer)))


async def test_where_names_are_hidden_no_judge_reads_who_applied_at_any_step():
    application, panel, officer, _lead = await a_world(names_hidden=True)
    eva = (await judges_of(panel))[6]
    planted = [APPLICANT, BODY]
    async with browsing() as browser:
        here = await someone(browser, eva)
        assert places_of(planted, await everything(here)) == {}
        ballot = await ballot_of(eva, application)
        await ballots.accept(ballot, by=eva)
        found = await everything(here)
        assert places_of(planted, found) == {} and "da lam 3 nhiem vu" in found[f"/ballots/{ballot.id}/papers"]
        await ballots.save(ballot, points=dict.fromkeys(range(1, 7), 12), comments=dict.fromkeys(range(1, 7), "Đạt"), by=eva)
        await ballots.give(ballot, by=eva)
        await counted(panel, application, officer)
        assert places_of(planted, await everything(here)) == {}
        # The control: an officer's pages hold both names.
        assert places_of(planted, await everything(await someone(browser, officer)))


async def test_where_names_are_shown_they_are_read_after_accepting_and_not_before():
    application, panel, _officer, _lead = await a_world(names_hidden=False)
    eva = (await judges_of(panel))[6]
    async with browsing() as browser:
        here = await someone(browser, eva)
        assert places_of([APPLICANT, BODY], await everything(here)) == {}
        ballot = await ballot_of(eva, application)
        await ballots.accept(ballot, by=eva)
        read = {f"/ballots/{ballot.id}{end}" for end in ("", "/check", "/papers", "/spreadsheet")}
        assert set(places_of([APPLICANT, BODY], await everything(here))) == read
        await ballots.declare_conflict(ballot, fact="Bạn học", by=eva)
        assert places_of([APPLICANT, BODY], await everything(here)) == {}


async def test_no_judge_learns_of_another_s_points_or_ballot():
    application, panel, officer, _lead = await a_world(names_hidden=False)
    judges = await judges_of(panel)
    for judge in judges[:6]:
        await give(await ballot_of(judge, application), 91, by=judge, comment=f"Lời riêng của {fold(judge.full_name)}")
    async with browsing() as browser:
        for curious in (judges[6], judges[2], officer):
            found = await everything(await someone(browser, curious))
            secrets = ["91 diem", *(f"loi rieng cua {fold(j.full_name)}" for j in judges[:6] if j.id != curious.id)]
            own = {f"/ballots/{(await ballot_of(curious, application)).id}", "/ballots"} if curious is not officer else set()
            assert {p for p in places_of(secrets, found) if p.split("?")[0] not in own} == set(), curious.full_name
