"""Planted names around councils: deliberations, topics, final evaluations, fees, a vote taken anew, their exports and letters."""

import re

import pytest

from grants.people import posts
from grants.people.people import today
from grants.people.tables import Organisation, Role
from grants.proposals import objections
from grants.proposals.tables import Proposal
from grants.shell.database import rows
from grants.shell.text import fold
from review import ballots, deliberations, matters, meetings, minutes, preliminary, revotes, vetting
from review.matter_tables import Matter
from review.roster_tables import PayDetail
from tests.browsing import browsing
from tests.makers import a_person, the_rules
from tests.makers_votes import all_present, ballot_of, fresh, give, judges_of, points, the_board
from tests.review.test_blindness import APPLICANT, BODY, JUDGES, a_world, addresses, places_of, someone, text_of
from tests.review.test_councils import FAVOUR, a_finished_project, a_topic, closed, invited, met, sheet, voted

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db"), pytest.mark.timeout(120)]
ROOMS = re.compile(
    r"/(panels|objections|fees|votes|ballots|councils|appraisals|assignments|proposals|projects|topics|opinions|desk|calls)\b"
)
SAID = "Phiếu kín của tôi là chống"


async def looked(browser) -> dict[str, str]:
    """Address → text of what one may fetch around councils: every route, small ids, exports, and one's letters."""
    found = {}
    for path in addresses():
        if not ROOMS.match(path) or any(int(n) > 4 for n in re.findall(r"/(\d+)", path)):
            continue
        for end in ("", "?format=csv", "?format=xlsx", "?format=csv&points=preliminary"):
            answer = await browser.client.get(path + end, follow_redirects=False)
            if answer.status_code != 200:
                break
            found[path + end] = text_of(answer)
            if "text/html" not in answer.headers.get("content-type", ""):
                break
    for letter in await rows("SELECT id, subject, body FROM letter WHERE person = $1", browser.person):
        found[f"letter {letter['id']}"] = fold(f"{letter['subject']} {letter['body']}")
    return found


async def renamed(members: list) -> None:
    """The members of a council get names that stand out."""
    for member, name in zip(members, JUDGES, strict=False):
        await rows("UPDATE person SET full_name = $2 WHERE id = $1", member.id, name)


async def judged(application, panel, officer) -> None:
    """A session with all that is said in it: points thought over, a motion, an opinion of its own; counted, minutes locked."""
    judges = await judges_of(panel)
    for judge in judges:
        await give(await ballot_of(judge, application), 80, by=judge)
    await all_present(panel, by=officer)
    await meetings.open_session(panel, by=officer)
    again = await ballot_of(judges[3], application)
    await preliminary.score_again(again, by=judges[3])
    await ballots.save(again, points=points(84), comments=dict.fromkeys(range(1, 7), "Rõ hơn"), by=judges[3])
    await ballots.give(await fresh(again), by=judges[3])
    await the_board(panel, by=officer)
    await deliberations.put_to_vote(await fresh(panel), "Rút gọn nội dung 2.", yes=6, no=1, abstained=0, by=officer)
    await deliberations.dissent(await fresh(panel), judges[4].id, SAID, by=judges[4])
    await meetings.count(panel, by=officer)
    await minutes.lock(await fresh(panel), remarks="", by=officer)


async def voted_anew(application, panel, officer) -> None:
    """A judge has taken a post with the applicant since; that is found, and the vote ordered anew."""
    judge = (await judges_of(panel))[5]
    body = await Organisation.objects().get(Organisation.id == application.lead_organisation)
    await posts.appoint(judge, Role.RESEARCHER, body, since=today(), by=await a_person(Role.ADMIN))
    await vetting.vet(application.id, by=None)
    (found,) = await objections.of(application.id)
    decision = {"decision_number": "88/QĐ", "decided_on": today(), "reason": f"{judge.full_name} nhận việc tại {body.name}."}
    await revotes.order(found, same_council=True, **decision, by=officer)


async def test_no_member_s_name_reaches_whom_the_council_judges_in_whatever_council_and_whatever_is_said_there():
    application, panel, officer, lead = await a_world(names_hidden=False)
    await the_rules()
    await judged(application, panel, officer)
    await voted_anew(application, panel, officer)
    topic = await a_topic(suggested_by=lead.id, proposer=lead.posts[0].organisation)
    on_topic = await matters.found_on_topics([topic], by=officer)
    members = await invited(on_topic, 7, officer)
    project, products = await a_finished_project(lead=lead)
    on_project = await matters.found_on_project(project, filed_on=today(), by=officer)
    graders = await invited(on_project, 9, officer)
    for council, them, content in ((on_topic, members, FAVOUR), (on_project, graders, sheet(products, "pass", (10, 2)))):
        await renamed(them)
        matter = await Matter.objects().where(Matter.panel == council.id).first()
        for member in them:
            await voted(member, matter, content)
        await met(council, officer)
        await deliberations.dissent(await fresh(council), them[4].id, SAID, by=them[4])
        await closed(council, officer)
    async with browsing() as browser:
        found = await looked(await someone(browser, lead))
        assert places_of([*JUDGES, SAID], found) == {}
        assert {"/desk", f"/proposals/{application.id}/review", f"/projects/{project.id}"} <= found.keys()
        # The control: the same search over the officer's pages finds both.
        seen = places_of([*JUDGES, SAID], await looked(await someone(browser, officer)))
        assert {f"/panels/{one.id}/minutes" for one in (panel, on_topic, on_project)} <= seen.keys()


async def test_where_names_are_hidden_no_member_reads_who_applied_in_a_vote_taken_anew_or_why_it_was_ordered():
    application, panel, officer, _lead = await a_world(names_hidden=True)
    await judged(application, panel, officer)
    await voted_anew(application, panel, officer)
    planted = [APPLICANT, BODY]
    async with browsing() as browser:
        found = await looked(await someone(browser, (await judges_of(panel))[1]))
        # Where the members themselves work stands with their names: one of them has gone to that very place.
        where = {path.partition("?")[0] for path in places_of(planted, found)}
        assert where <= {f"/panels/{panel.id}"} and fold(APPLICANT) not in found[f"/panels/{panel.id}"]
        assert {f"/panels/{panel.id}/{page}" for page in ("session", "minutes", "ranking", "count-sheet")} <= found.keys()
        assert "88/qd" in found[f"/panels/{panel.id}/session"]
        assert places_of(planted, await looked(await someone(browser, officer)))  # the control


async def test_an_expert_sees_their_own_fees_and_nobody_else_s_nor_where_anybody_is_paid():
    application, panel, officer, _lead = await a_world(names_hidden=False)
    await judged(application, panel, officer)
    judges = await judges_of(panel)
    for n, judge in enumerate(judges):
        await PayDetail(person=judge.id, bank="Ngân hàng Kỳ Bí", bank_account=f"777000777{n}", tax_number="").save()
    assert await Proposal.exists().where(Proposal.id == application.id)
    async with browsing() as browser:
        eva = judges[1]
        found = {path: text for path, text in (await looked(await someone(browser, eva))).items() if "fees" in path or "letter" in path}
        others = [name for name in JUDGES if name != eva.full_name]
        assert places_of([*others, *(f"777000777{n}" for n in range(7) if n != 1)], found) == {}
        assert fold(eva.full_name) in found["/fees"]
        office = {path: text for path, text in (await looked(await someone(browser, officer))).items() if "fees" in path}
        assert places_of(others, office) and places_of(["7770007"], office) == {}
