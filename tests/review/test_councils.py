"""Councils on suggested topics and on finished projects, from their founding to what they move, on the real database."""

import re
from datetime import timedelta

import pytest

from grants.access import ROUTES
from grants.calls.tables import Topic
from grants.people.people import today
from grants.people.tables import Person, Role
from grants.projects import evaluations
from grants.projects.tables import Project
from grants.proposals.tables import Product, Proposal
from grants.shell.changes import Refused, at, now
from review import matters, meetings, minutes, panels, product_teams, resolutions, seats, verdicts
from review.matter_tables import Matter, Resolution, Vote
from review.tables import Panel, Seat
from tests.browsing import browsing
from tests.counting import statements
from tests.makers import a_call, a_person, a_proposal, an_organisation, the_rules
from tests.makers_review import an_expert
from tests.makers_votes import all_present, fresh, the_board

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
PARTS = (Seat.Part.CHAIR, Seat.Part.VICE_CHAIR, Seat.Part.SECRETARY, *[Seat.Part.MEMBER] * 6)


async def a_topic(**more) -> Topic:
    topic = Topic(**{"title": "Truy xuất nguồn gốc sầu riêng", "need": "Doanh nghiệp cần", "required_results": "Phần mềm"} | more)
    await topic.save()
    return topic


async def seated(panel: Panel, count: int, officer) -> list:
    """The council described, with `count` members; the fourth and fifth review every matter; and the members."""
    await panels.describe(
        panel, by=officer, name=panel.name, decision_number="88/QĐ-SKHCN", decided_on=today(), meets_at=now() + timedelta(days=30),
        place="Phòng họp số 1",
    )
    members = [await an_expert() for _n in range(count - 3 if panel.project else count)]
    for person, part in zip(members, PARTS, strict=False):
        await seats.take(panel, person, part, by=officer)
    if panel.project:  # six experts of the roster, three who represent agencies and users
        members += [await a_person(Role.RESEARCHER) for _n in range(3)]
        for person in members[-3:]:
            await seats.take_representative(panel, person, Seat.Part.MEMBER, by=officer)
    for one in await Matter.objects().where(Matter.panel == panel.id):
        await matters.assign(one, [members[3].id, members[4].id], by=officer)
        if panel.project:
            await product_teams.name(one, [members[5].id, members[3].id, members[8].id], by=officer)
    return members


async def invited(panel: Panel, count: int, officer) -> list:
    members = await seated(panel, count, officer)
    await matters.invite(await fresh(panel), by=officer)
    if panel.project:
        await products_checked(await fresh(panel), members[5])
    return members


async def products_checked(panel: Panel, head) -> None:
    """The team has looked at every product and reported."""
    matter = await Matter.objects().where(Matter.panel == panel.id).first()
    wanted = await product_teams.measured(panel, await panels.rule_of(panel))
    checked = {one["id"]: product_teams.Checked(one["quantity"], "Đúng mẫu, chạy tốt.") for one in wanted}
    await product_teams.file(matter, checked, conclusion="Sản phẩm đủ và đúng như đặt hàng.", by=head)


async def vote_of(member, matter: Matter) -> Vote:
    return await Vote.objects().where((Vote.judge == member.id) & (Vote.matter == matter.id)).first()


async def voted(member, matter: Matter, content: dict) -> None:
    vote = await vote_of(member, matter)
    await verdicts.save(vote, content, review="Nên làm.", by=member)
    await verdicts.give(vote, by=member)


async def met(panel: Panel, officer, *, absent: tuple[int, ...] = ()) -> Panel:
    """The session on its day, up to the count."""
    with at(now() + timedelta(days=30)):
        await all_present(panel, by=officer, but=absent)
        await meetings.open_session(await fresh(panel), by=officer)
        await the_board(panel, by=officer)
        await meetings.count(await fresh(panel), by=officer)
    return await fresh(panel)


async def closed(panel: Panel, officer) -> None:
    with at(now() + timedelta(days=30)):
        await minutes.lock(await fresh(panel), remarks="", by=officer)


ITEMS = ("urgency", "novelty", "objective", "results", "state_money", "uptake")
FAVOUR = {f"item_{code}": "pass" for code in ITEMS}
AGAINST = FAVOUR | {"item_novelty": "fail"}


async def test_a_topic_council_of_seven_lets_six_carry_a_topic_and_its_words_go_with_it_to_the_leader():
    await the_rules()
    officer, topic = await a_person(Role.OFFICER), await a_topic()
    panel = await matters.found_on_topics([topic], by=officer)
    members = await invited(panel, 7, officer)
    matter = await Matter.objects().first()
    for n, member in enumerate(members):
        await voted(member, matter, AGAINST if n == 6 else FAVOUR)
    panel = await met(panel, officer)
    (line,) = await resolutions.lines(panel, by=officer)
    assert (line["verdict"][0], line["steps"]) == ("Thực hiện", ["6 trên 7 phiếu đề nghị thực hiện, quá 3/4."])
    assert sorted(row[1] for row in line["rows"]) == ["Không thực hiện"] + ["Thực hiện"] * 6
    against = [row[2] for row in line["rows"] if row[1] == "Không thực hiện"]
    assert against == ["«Không trùng lặp với nhiệm vụ đã và đang thực hiện» không đạt."]
    await resolutions.write_brief(matter, "Giao trực tiếp; yêu cầu phần mềm mã nguồn mở.", by=members[2])
    assert (await fresh(topic)).advice == ""
    await closed(panel, officer)
    told = await fresh(topic)
    assert (told.state, told.advice, told.brief) == ("suggested", "favour", "Giao trực tiếp; yêu cầu phần mềm mã nguồn mở.")


async def test_exactly_three_quarters_is_not_more_than_it_and_the_topic_is_closed():
    await the_rules()
    officer, topic = await a_person(Role.OFFICER), await a_topic()
    panel = await matters.found_on_topics([topic], by=officer)
    members = await invited(panel, 8, officer)
    matter = await Matter.objects().first()
    for n, member in enumerate(members):
        await voted(member, matter, AGAINST if n in (6, 7) else FAVOUR)
    panel = await met(panel, officer)
    assert (await resolutions.lines(panel, by=officer))[0]["steps"] == ["6 trên 8 phiếu đề nghị thực hiện, không quá 3/4."]
    await closed(panel, officer)
    assert ((await fresh(topic)).state, (await fresh(topic)).advice) == ("refused", "against")


async def test_who_proposed_a_topic_or_works_where_it_comes_from_does_not_sit_on_it():
    await the_rules()
    officer, university = await a_person(Role.OFFICER), await an_organisation("Trường Đại học Tây Nguyên")
    proposer, colleague = await an_expert("Y Blô Êban"), await an_expert("Hồ Thị Lan", of=university)
    panel = await matters.found_on_topics([await a_topic(suggested_by=proposer.id, proposer=university.id)], by=officer)
    with pytest.raises(Refused, match="Y Blô Êban đề xuất nhiệm vụ này; nhiệm vụ «Truy xuất nguồn gốc sầu riêng» do Trường Đại học Tây"):
        await seats.take(panel, proposer, Seat.Part.MEMBER, by=officer)
    with pytest.raises(Refused, match="Hồ Thị Lan công tác tại Trường Đại học Tây Nguyên"):
        await seats.take(panel, colleague, Seat.Part.MEMBER, by=officer)


async def test_a_topic_is_before_one_council_at_a_time():
    await the_rules()
    officer, topic = await a_person(Role.OFFICER), await a_topic()
    await matters.found_on_topics([topic], by=officer)
    with pytest.raises(Refused, match="đang ở hội đồng khác"):
        await matters.found_on_topics([topic], by=officer)
    assert await Panel.count() == 1


# --- final evaluation -----------------------------------------------------------------------------------------------

async def a_finished_project(*, ended: int = 10, lead: Person | None = None) -> tuple[Project, list[Product]]:
    """A running project whose term ended some days ago, that ordered 10 varieties and 2 papers."""
    proposal = await a_proposal(Proposal.State.AWARDED, call=await a_call())
    products = []
    for name, quantity in (("Giống cà phê", 10), ("Bài báo", 2)):
        products.append(Product(proposal=proposal.id, form="III", name=name, unit="cái", quantity=quantity, quality="Đạt TCVN"))
        await products[-1].save()
    whose = {"lead": lead.id, "lead_organisation": lead.posts[0].organisation} if lead else {
        "lead": proposal.lead, "lead_organisation": proposal.lead_organisation
    }
    project = Project(
        proposal=proposal.id, code="DL-2024-001", title=proposal.title, **whose,
        approved=1, state="running", starts_on=today() - timedelta(days=700), ends_on=today() - timedelta(days=ended),
        agreement_number="1/HĐ", agreed_on=today() - timedelta(days=700),
    )
    await project.save()
    return project, products


def sheet(products: list[Product], quality: str, amounts: tuple[int, int], report: str = "pass") -> dict:
    found = {f"quality_{one.id}": quality for one in products} | {"report": report}
    return found | {f"achieved_{one.id}": str(amount) for one, amount in zip(products, amounts, strict=True)}


GRADED = {  # each member's own grade: what they found of quality, of the amounts (10 and 2 ordered) and of the report
    "excellent": ("excellent", (11, 3), "pass"), "pass": ("pass", (10, 2), "pass"), "fail": ("fail", (10, 2), "pass"),
}
COUNCILS = [  # votes of nine, the council's grade (TT 11/2014: 3/4 excellent and none failing; more than 1/3 failing fails)
    ("all excellent", "e" * 9, "excellent"),
    ("seven of nine excellent", "eeeeeeepp", "excellent"),
    ("six of nine excellent are too few", "eeeeeeppp", "pass"),
    ("one failing vote spoils the excellent", "eeeeeeeef", "pass"),
    ("three of nine failing are exactly a third", "ppppppfff", "pass"),
    ("four of nine failing are more than a third", "pppppffff", "fail"),
]


@pytest.mark.parametrize(("votes", "grade"), [one[1:] for one in COUNCILS], ids=[one[0] for one in COUNCILS])
async def test_a_final_council_grades_as_its_nine_members_vote(votes, grade):
    officer = await a_person(Role.OFFICER)
    project, products = await a_finished_project()
    panel = await matters.found_on_project(project, filed_on=today(), by=officer)
    members = await invited(panel, 9, officer)
    matter = await Matter.objects().first()
    for member, letter in zip(members, votes, strict=True):
        code = {"e": "excellent", "p": "pass", "f": "fail"}[letter]
        await voted(member, matter, sheet(products, *GRADED[code]))
        assert (await vote_of(member, matter)).verdict == code
    panel = await met(panel, officer)
    assert (await Resolution.objects().first()).verdict == grade
    await closed(panel, officer)
    assert (await fresh(project)).council_grade == grade
    with at(now() + timedelta(days=31)):
        other = next(code for code in GRADED if code != grade)
        with pytest.raises(Refused, match="phải theo kết luận"):
            await evaluations.evaluate(await fresh(project), grade=other, decision_number="9/QĐ", decided_on=today(), by=officer)
        await evaluations.evaluate(await fresh(project), grade=grade, decision_number="9/QĐ", decided_on=today(), by=officer)
    assert (await fresh(project)).grade == grade


MEMBERS = [  # quality of both products, amounts achieved (ordered 10 and 2), report → the member's grade
    ("all beyond the order", "excellent", (11, 3), "pass", "excellent"),
    ("as ordered", "pass", (10, 2), "pass", "pass"),
    ("one amount not beyond", "excellent", (11, 2), "pass", "pass"),
    ("half of the amounts reached is less than three quarters", "pass", (8, 2), "pass", "fail"),
    ("quality fails", "fail", (11, 3), "pass", "fail"),
    ("report fails", "excellent", (11, 3), "fail", "fail"),
]


@pytest.mark.parametrize(("quality", "amounts", "report", "grade"), [one[1:] for one in MEMBERS], ids=[one[0] for one in MEMBERS])
async def test_a_member_s_grade_follows_from_products_and_report(quality, amounts, report, grade):
    officer = await a_person(Role.OFFICER)
    project, products = await a_finished_project()
    panel = await matters.found_on_project(project, filed_on=today(), by=officer)
    members = await invited(panel, 9, officer)
    matter = await Matter.objects().first()
    await voted(members[0], matter, sheet(products, quality, amounts, report))
    assert (await vote_of(members[0], matter)).verdict == grade


async def test_where_the_result_is_recorded_the_council_that_grades_is_one_step_away():
    officer = await a_person(Role.OFFICER)
    project, _products = await a_finished_project()
    async with browsing() as browser:
        here = await browser().sign_in(officer)
        await here.open(f"/projects/{project.id}/evaluation")
        assert f"/projects/{project.id}/council" in here.page.links
        founding = await here.open(f"/projects/{project.id}/council")
        assert founding.html.xpath("//*[@name='project']/*[@selected]/@value") == [str(project.id)]
        panel = await matters.found_on_project(project, filed_on=today(), by=officer)
        assert project.code in (await here.open(f"/projects/{project.id}/council")).text
        assert f"/panels/{panel.id}" in here.page.links


async def test_a_final_file_more_than_six_months_late_fails_whatever_the_products():
    officer = await a_person(Role.OFFICER)
    project, products = await a_finished_project(ended=30 + 190)
    panel = await matters.found_on_project(project, filed_on=today(), by=officer)
    members = await invited(panel, 9, officer)
    await voted(members[0], await Matter.objects().first(), sheet(products, *GRADED["excellent"]))
    assert (await Vote.objects().where(Vote.judge == members[0].id).first()).verdict == "fail"


async def test_without_its_secretary_a_final_session_is_not_held_and_an_absent_member_s_vote_does_not_count():
    officer = await a_person(Role.OFFICER)
    project, products = await a_finished_project()
    panel = await matters.found_on_project(project, filed_on=today(), by=officer)
    members = await invited(panel, 9, officer)
    matter = await Matter.objects().first()
    for member in members:
        await voted(member, matter, sheet(products, *GRADED["pass" if member != members[8] else "fail"]))
    with at(now() + timedelta(days=30)):
        await all_present(panel, by=officer, but=(3,))
        with pytest.raises(Refused, match="thư ký khoa học"):
            await meetings.open_session(await fresh(panel), by=officer)
    panel = await met(panel, officer, absent=(9,))
    found = await Resolution.objects().first()
    assert (found.present, found.tally) == (8, '{"pass": 8}')


async def test_a_vote_that_was_handed_in_stays_whoever_asks(owner):
    await the_rules()
    officer = await a_person(Role.OFFICER)
    panel = await matters.found_on_topics([await a_topic()], by=officer)
    members = await invited(panel, 7, officer)
    matter = await Matter.objects().first()
    with pytest.raises(Refused, match="Mục 1: chưa đánh giá"):
        await verdicts.give(await vote_of(members[0], matter), by=members[0])
    await voted(members[0], matter, FAVOUR)
    with pytest.raises(Refused, match="Phiếu đã nộp"):
        await verdicts.save(await vote_of(members[0], matter), AGAINST, review=None, by=members[0])
    with pytest.raises(Refused, match="người khác"):
        await verdicts.save(await vote_of(members[1], matter), AGAINST, review=None, by=members[0])
    with pytest.raises(Exception, match="handed in"):
        await owner.execute("UPDATE vote SET verdict = 'against' WHERE state = 'given'")


async def test_a_topic_council_lived_in_the_pages_by_officer_member_and_secretary():
    await the_rules()
    officer, topic = await a_person(Role.OFFICER), await a_topic()
    async with browsing() as browser:
        office = await browser().sign_in(officer)
        await office.open("/councils/new")
        await office.submit("/councils/topics", topics=[str(topic.id)])
        assert office.page.status == 200, office.page.words
        panel = await Panel.objects().first()
        here = f"/panels/{panel.id}"
        members = await seated(panel, 7, officer)
        assert topic.title in (await office.open(f"{here}/matters")).words
        await office.open(here)
        await office.submit(f"{here}/invitation")
        assert office.page.status == 200
        vote = await vote_of(members[3], await Matter.objects().first())
        judge = await browser().sign_in(members[3])
        assert f"/votes/{vote.id}" in (await judge.open("/desk")).text and f"/votes/{vote.id}" in (await judge.open("/ballots")).text
        await judge.open(f"/votes/{vote.id}")
        await judge.submit(f"/votes/{vote.id}/content", then="give", item_urgency="pass", review="")
        assert judge.page.status == 422 and "review" in judge.page.errors() and "item_uptake" in judge.page.errors()
        await judge.submit(f"/votes/{vote.id}/content", then="give", review="Rất cần.", **FAVOUR)
        assert judge.page.status == 200 and "Phiếu đã nộp" in judge.page.words
        other = await browser().sign_in(members[0])
        assert (await other.client.get(f"/votes/{vote.id}")).status_code == 404
        for member in members:
            if member != members[3]:
                await voted(member, await Matter.objects().first(), FAVOUR)
        panel = await met(panel, officer)
        shown = await office.open(f"{here}/resolutions")
        assert "7 trên 7 phiếu đề nghị thực hiện, quá 3/4." in shown.words
        secretary = await browser().sign_in(members[2])
        await secretary.open(f"{here}/matters")
        await secretary.submit(f"{here}/matters/1/brief", brief="Tuyển chọn trong quý I.")
        draft = await secretary.open(f"{here}/minutes")
        assert "7 trên 7 phiếu đề nghị thực hiện, quá 3/4." in draft.words and "Tuyển chọn trong quý I." in draft.words
        await secretary.open(f"{here}/session")
        await secretary.submit(f"{here}/minutes", remarks="")
        assert secretary.page.status == 200
        assert "Đề nghị thực hiện" in (await office.open(f"/topics/{topic.id}")).words


async def test_pages_of_councils_and_sessions_take_no_more_than_twelve_statements_however_many_matters():
    await the_rules()
    officer = await a_person(Role.OFFICER)
    counted = {}
    for many in (1, 4):
        topics = [await a_topic(title=f"Đề xuất {many}-{n}") for n in range(many)]
        panel = await matters.found_on_topics(topics, by=officer, name=f"Hội đồng {many}")
        members = await invited(panel, 7, officer)
        for matter in await Matter.objects().where(Matter.panel == panel.id):
            for member in members:
                await voted(member, matter, FAVOUR)
        await met(panel, officer)
        vote = await Vote.objects().where(Vote.judge == members[3].id).first()
        async with browsing() as browser:
            office, member = await browser().sign_in(officer), await browser().sign_in(members[3])
            for here, path in (
                (office, f"/panels/{panel.id}"), (office, f"/panels/{panel.id}/matters"), (office, f"/panels/{panel.id}/session"),
                (office, f"/panels/{panel.id}/resolutions"), (office, f"/panels/{panel.id}/minutes"), (office, "/councils/new"),
                (office, "/fees"), (member, f"/votes/{vote.id}"), (member, "/ballots"),
            ):
                with statements() as asked:
                    await here.open(path)
                assert here.page.status == 200, path
                counted.setdefault(re.sub(r"\d+", "n", path), []).append(len(asked))
    assert {path: few for path, (few, _more) in counted.items()} == {path: more for path, (_few, more) in counted.items()}
    assert {path: both for path, both in counted.items() if max(both) > 12} == {}


async def test_no_page_of_a_panel_breaks_on_a_council_that_has_no_applications():
    await the_rules()
    officer = await a_person(Role.OFFICER, Role.AUDITOR)
    panel = await matters.found_on_topics([await a_topic()], by=officer)
    members = await invited(panel, 7, officer)
    paths = [route.removeprefix("GET ") for route in ROUTES if route.startswith("GET /panels/{id}") and route.count("{") == 1]
    answered = {}
    async with browsing() as browser:
        office, member = await browser().sign_in(officer), await browser().sign_in(members[0])
        for step in ("invited", "counted"):
            for here in (office, member):
                for path in paths:
                    status = (await here.client.get(path.replace("{id}", str(panel.id)))).status_code
                    answered.setdefault(status, set()).add((step, path))
            if step == "invited":
                for one in members:
                    await voted(one, await Matter.objects().first(), FAVOUR)
                await met(panel, officer)
    assert set(answered) <= {200, 303, 403, 404}, {status: paths for status, paths in answered.items() if status >= 500}


async def test_who_proposed_the_topics_of_a_council_is_asked_once_however_many_they_are():
    await the_rules()
    officer, found = await a_person(Role.OFFICER), []
    for many in (1, 1, 3):  # at first the connection learns the types
        topics = [await a_topic(proposer=(await an_organisation()).id) for _n in range(many)]
        panel = await matters.found_on_topics(topics, by=officer)
        with statements() as asked:
            await matters.proposers_among(panel, {officer.id: "member"})
        found.append(len(asked))
    assert found[1] == found[2]
