"""The federation's independent opinion: asked for, given by experts nothing ties, filed as a document, shown to who decides; no vote."""

import asyncio

import asyncpg
import pytest

from grants.people.people import today
from grants.people.tables import Counsel, Organisation, Role
from grants.projects.tables import Project
from grants.proposals.tables import Proposal
from grants.shell.changes import Refused, now
from grants.shell.database import DB, rows
from grants.shell.dates import DAY
from grants.shell.files import Kept
from grants.shell.tables import Letter
from review import meetings, opinions, seats
from review.fee_tables import Fee
from review.opinion_tables import Opinion, OpinionExpert
from review.tables import Seat, Standing
from tests.browsing import browsing
from tests.makers import a_call, a_person, a_proposal, an_organisation, the_rules
from tests.makers_review import an_expert
from tests.makers_votes import a_panel, all_present, fresh, given_by_all, the_board
from tests.pages.test_application import a_pdf
from tests.review.test_councils import a_topic

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
PDF = Kept("yk.pdf", "0" * 48 + ".pdf", 900, "a" * 64)
SAID = {"number": "012/YK-LHH", "dated": today(), "conclusion": "agree_if", "words": "Đồng ý nếu làm rõ nơi tiếp nhận kết quả."}


@pytest.fixture(autouse=True)
async def rules(db):
    await the_rules()


async def a_federation():
    return await a_person(Role.ASSOCIATION, of=await an_organisation("Liên hiệp các Hội KH&KT", kind=Organisation.Kind.FEDERATION))


async def asked(about: str, *, paper: str = "", officer=None) -> Opinion:
    return await opinions.ask(
        kind="critique", about=about, paper=paper, question="Có nên làm không?", due=today() + 10 * DAY,
        by=officer or await a_person(Role.OFFICER),
    )


async def received(about: str, *, officer=None, experts: int = 2) -> tuple[Opinion, list]:
    """Asked, accepted with experts, filed and received."""
    officer, keeper = officer or await a_person(Role.OFFICER), await a_federation()
    row, named = await asked(about, officer=officer), [await an_expert() for _n in range(experts)]
    await opinions.accept(row, members=[one.id for one in named], head=named[0].id, by=keeper)
    await opinions.file(await fresh(row), **SAID, kept=PDF, by=keeper)
    await opinions.receive(await fresh(row), by=officer)
    return await fresh(row), named


async def an_application(**more) -> Proposal:
    return await a_proposal(Proposal.State.IN_REVIEW, **more)


async def a_project(lead) -> Project:
    """A running project of this lead person."""
    proposal = await a_proposal(Proposal.State.AWARDED, lead=lead)
    project = Project(
        proposal=proposal.id, code="DL-1", title="Giống mới", lead=lead.id, lead_organisation=proposal.lead_organisation, approved=1,
        state="running", starts_on=today(), ends_on=today() + 400 * DAY, agreement_number="1/HĐ", agreed_on=today(),
    )
    await project.save()
    return project


async def test_an_opinion_goes_from_the_request_to_its_receipt_and_everyone_concerned_is_told_in_turn():
    officer, keeper, topic = await a_person(Role.OFFICER), await a_federation(), await a_topic()
    row, expert = await asked(f"topic:{topic.id}", officer=officer), await an_expert()
    with pytest.raises(Refused, match="sau khi đã nhận"):
        await opinions.file(row, **SAID, kept=PDF, by=keeper)
    await opinions.accept(row, members=[expert.id], head=expert.id, by=keeper)
    with pytest.raises(Refused, match="liên hiệp hội"):
        await opinions.file(await fresh(row), **SAID, kept=PDF, by=officer)
    await opinions.file(await fresh(row), **SAID, kept=PDF, by=keeper)
    with pytest.raises(Refused, match="ở bước này"):
        await opinions.accept(await fresh(row), members=[expert.id], head=expert.id, by=keeper)
    await opinions.receive(await fresh(row), by=officer)
    with pytest.raises(Refused, match="một lần"):
        await opinions.receive(await fresh(row), by=officer)
    told = [(one.person, one.subject) for one in await Letter.objects().order_by(Letter.id)]
    assert told == [
        (keeper.id, "Đề nghị cho ý kiến tư vấn, phản biện, giám định xã hội"), (expert.id, "Bạn được cử cho ý kiến tư vấn, phản biện"),
        (officer.id, "Liên hiệp hội nhận cho ý kiến"), (officer.id, "Liên hiệp hội đã có ý kiến"),
        (keeper.id, "Ý kiến đã được tiếp nhận"), (expert.id, "Ý kiến đã được tiếp nhận"),
    ]


async def test_a_request_names_one_thing_or_a_policy_paper_and_a_refusal_says_why():
    keeper = await a_federation()
    with pytest.raises(Refused, match="Hãy chọn đối tượng"):
        await asked("paper:")
    with pytest.raises(Refused, match="Hãy chọn đối tượng"):
        await asked("topic:99999")
    draft = await a_proposal(Proposal.State.DRAFT)
    with pytest.raises(Refused, match="hồ sơ hợp lệ"):
        await asked(f"proposal:{draft.id}")
    row = await asked("paper:", paper="Dự thảo Quy hoạch vùng nuôi biển")
    assert row.subject == "Văn bản «Dự thảo Quy hoạch vùng nuôi biển»"
    await opinions.decline(row, reason="Không có chuyên gia về nuôi biển.", by=keeper)
    assert (await fresh(row)).state == "declined"


async def test_who_is_tied_to_the_application_is_not_named_and_a_tie_that_only_warns_is_kept_with_its_facts():
    institute, keeper = await an_organisation("Viện Cà phê"), await a_federation()
    application = await an_application(lead=await a_person(Role.RESEARCHER, of=institute, full_name="Lê Thị Chủ Nhiệm"))
    colleague = await an_expert("Hồ Thị Lan", of=institute)
    row = await asked(f"proposal:{application.id}")
    with pytest.raises(Refused) as refused:
        await opinions.accept(row, members=[colleague.id], head=colleague.id, by=keeper)
    assert "Hồ Thị Lan" in str(refused.value) and "Viện Cà phê" not in str(refused.value), "the federation learns the kind, not whose it is"
    project = await a_project(await a_person(Role.RESEARCHER, of=institute))
    other = await asked(f"project:{project.id}")
    with pytest.raises(Refused, match="Viện Cà phê"):
        await opinions.accept(other, members=[colleague.id], head=colleague.id, by=keeper)
    assert await OpinionExpert.count() == 0


async def test_whoever_proposes_a_topic_gives_no_opinion_on_it():
    keeper, university = await a_federation(), await an_organisation("Trường Đại học Tây Nguyên")
    proposer, colleague, free = await an_expert(), await an_expert(of=university), await an_expert()
    row = await asked(f"topic:{(await a_topic(suggested_by=proposer.id, proposer=university.id)).id}")
    for tied in (proposer, colleague):
        with pytest.raises(Refused, match="Thuộc bên đề xuất"):
            await opinions.accept(row, members=[free.id, tied.id], head=free.id, by=keeper)
    await opinions.accept(row, members=[free.id], head=free.id, by=keeper)


async def test_the_three_roles_stay_apart_a_judge_gives_no_opinion_and_who_gave_one_does_not_sit():
    officer, keeper = await a_person(Role.OFFICER), await a_federation()
    application = await an_application(call=await a_call())
    panel = await a_panel(application, officer=officer)
    judge = (await an_expert()).id
    await Seat(panel=panel.id, person=judge, part=Seat.Part.MEMBER).save()
    row = await asked(f"proposal:{application.id}", officer=officer)
    with pytest.raises(Refused, match="Là thành viên hội đồng"):
        await opinions.accept(row, members=[judge], head=judge, by=keeper)
    expert = await an_expert()
    await opinions.accept(row, members=[expert.id], head=expert.id, by=keeper)
    assert await opinions.given_on(panel, expert.id) and not await opinions.given_on(panel, judge)
    await rows("UPDATE panel SET state = 'forming' WHERE id = $1", panel.id)
    with pytest.raises(Refused, match="cử cho ý kiến độc lập"):
        await seats.seat(await fresh(panel), expert, Seat.Part.MEMBER, by=officer)


async def named_and_seated_at_once():
    """The federation names an expert while the officer seats them on the council of the same application: what came of either."""
    officer, keeper = await a_person(Role.OFFICER), await a_federation()
    application = await an_application(call=await a_call())
    panel, expert = await a_panel(application, officer=officer), await an_expert()
    await rows("UPDATE panel SET state = 'forming' WHERE id = $1", panel.id)
    await rows("DELETE FROM seat WHERE panel = $1 AND id = (SELECT max(id) FROM seat)", panel.id)
    row = await asked(f"proposal:{application.id}", officer=officer)
    found = await asyncio.gather(
        opinions.accept(row, members=[expert.id], head=expert.id, by=keeper),
        seats.seat(await fresh(panel), expert, Seat.Part.MEMBER, by=officer), return_exceptions=True,
    )
    return found, await OpinionExpert.exists().where(OpinionExpert.person == expert.id), await Seat.exists().where(Seat.person == expert.id)


async def test_an_expert_is_not_named_for_an_opinion_and_seated_on_its_council_at_once():
    found, named, sits = await named_and_seated_at_once()
    assert sum(isinstance(one, Refused) for one in found) == 1 and named is not sits


def looking_at_once(monkeypatch) -> None:
    """Each looks before the other has written."""
    gate, look, ties = asyncio.Barrier(2), opinions.given_on, opinions.ties

    async def unlocked(people):
        return None

    def together(verb):
        async def looked(*asked):
            found = await verb(*asked)
            await gate.wait()
            return found
        return looked

    monkeypatch.setattr(opinions, "locked", unlocked)
    monkeypatch.setattr(opinions, "given_on", together(look))
    monkeypatch.setattr(opinions, "ties", together(ties))


async def test_without_the_person_s_lock_the_database_alone_lets_only_one_of_the_two_be(monkeypatch):
    looking_at_once(monkeypatch)
    found, named, sits = await named_and_seated_at_once()
    assert [one.sqlstate for one in found if isinstance(one, asyncpg.PostgresError)] == ["GR003"] and named is not sits


async def test_without_lock_and_trigger_an_expert_is_both(monkeypatch, owner):
    """The control of the two races above."""
    looking_at_once(monkeypatch)
    both = "ALTER TABLE seat {0} TRIGGER opinion_apart_from_council; ALTER TABLE opinion_expert {0} TRIGGER opinion_apart_from_council"
    await owner.execute(both.format("DISABLE"))
    try:
        _found, named, sits = await named_and_seated_at_once()
    finally:
        await owner.execute(both.format("ENABLE"))
    assert named and sits


async def test_nobody_sits_where_they_gave_an_opinion_whoever_asks_at_an_sql_console():
    officer, keeper = await a_person(Role.OFFICER), await a_federation()
    application = await an_application(call=await a_call())
    panel, expert = await a_panel(application, officer=officer), await an_expert()
    row = await asked(f"proposal:{application.id}", officer=officer)
    await opinions.accept(row, members=[expert.id], head=expert.id, by=keeper)
    judge = (await Seat.objects().where(Seat.panel == panel.id).order_by(Seat.id).first()).person
    elsewhere = await a_panel(await an_application(call=await a_call()), officer=officer)
    attacks = (
        f"INSERT INTO seat (panel, person, part) VALUES ({panel.id}, {expert.id}, 'member')",
        f"UPDATE seat SET person = {expert.id} WHERE panel = {panel.id} AND person = {judge}",
        f"INSERT INTO opinion_expert (opinion, person, leads, ties, at) VALUES ({row.id}, {judge}, false, '[]', now())",
        f"UPDATE opinion_expert SET person = {judge} WHERE opinion = {row.id}",
    )
    for attack in attacks:
        with pytest.raises(asyncpg.PostgresError, match="judges what they give an opinion on"):
            await rows(attack)
    await Seat(panel=elsewhere.id, person=expert.id, part=Seat.Part.MEMBER).save()  # the control: of another call they may judge


async def test_an_opinion_is_never_a_vote_the_count_is_the_same_with_it_and_without():
    counted = []
    for with_opinion in (False, True):
        officer = await a_person(Role.OFFICER)
        application = await an_application(call=await a_call())
        panel = await a_panel(application, officer=officer)
        if with_opinion:
            await received(f"proposal:{application.id}", officer=officer)
        await given_by_all(panel, application, [80, 70, 75, 72, 78, 90, 65])
        await all_present(panel, by=officer)
        await meetings.open_session(panel, by=officer)
        await the_board(panel, by=officer)
        await meetings.count(panel, by=officer)
        stood = await Standing.objects().where(Standing.panel == panel.id).first()
        counted.append((stood.rank, stood.mean, stood.score, stood.recommended, (await meetings.attendance(panel)).members))
    assert counted[0] == counted[1]


async def test_its_experts_earn_the_fee_of_the_rate_table_marked_as_unverified_when_it_is_received_and_not_before():
    row, named = await received(f"topic:{(await a_topic()).id}", experts=3)
    paid = [(one.person, one.rate, one.times, one.each, one.unverified) for one in await Fee.objects().where(Fee.opinion == row.id)]
    assert paid == [(one.id, "opinion_expert", 1, 1_500_000, True) for one in named]
    keeper, second = await a_federation(), await asked("paper:", paper="Dự thảo")
    expert = await an_expert()
    await opinions.accept(second, members=[expert.id], head=expert.id, by=keeper)
    await opinions.file(await fresh(second), **SAID, kept=PDF, by=keeper)
    assert not await Fee.exists().where(Fee.opinion == second.id)


async def test_it_is_read_where_the_thing_is_decided_by_the_offices_and_by_no_applicant():
    lead = await a_person(Role.RESEARCHER, full_name="Lê Thị Chủ Nhiệm")
    application, topic = await an_application(lead=lead), await a_topic()
    project = await a_project(lead)
    officer = await a_person(Role.OFFICER)
    for about in (f"proposal:{application.id}", f"topic:{topic.id}", f"project:{project.id}", f"call:{application.call}"):
        await received(about, officer=officer)
    await rows("UPDATE proposal SET state = 'appraised', appraised = requested WHERE id = $1", application.id)  # the leader's turn
    paths = (f"/proposals/{application.id}/review", f"/topics/{topic.id}", f"/projects/{project.id}", f"/calls/{application.call}",
             f"/awards/{application.id}")
    async with browsing() as browser:
        leader, team = await browser().sign_in(await a_person(Role.LEADER)), await browser().sign_in(lead)
        for path in paths:
            assert SAID["words"] in (await leader.open(path)).words, path
            assert SAID["words"] not in (await team.open(path)).words and "012/YK-LHH" not in team.page.words, path
        found = await Opinion.objects().where(Opinion.proposal == application.id).first()
        assert "Lê Thị Chủ Nhiệm" not in found.subject
        assert (await team.client.get(f"/opinions/{found.id}")).status_code == 403
    assert await Counsel.count() == 4


async def test_the_federation_and_its_experts_see_no_applicant_s_name_and_who_takes_part_in_an_application_no_opinion_on_it():
    lead = await a_person(Role.RESEARCHER, full_name="Lê Thị Chủ Nhiệm")
    application = await an_application(lead=lead, title="Nghiên cứu của Lê Thị Chủ Nhiệm về cà phê")
    row, named = await received(f"proposal:{application.id}")
    keeper, stranger = await a_federation(), await an_expert()
    async with browsing() as browser:
        for who in (keeper, named[1]):
            here = await browser().sign_in(who)
            page = await here.open(f"/opinions/{row.id}")
            assert page.status == 200 and "Chủ Nhiệm" not in page.words and f"/proposals/{application.id}" not in page.text
            assert "Chủ Nhiệm" not in (await here.open("/opinions")).words
        assert (await (await browser().sign_in(stranger)).client.get(f"/opinions/{row.id}")).status_code == 404
    both = await a_person(Role.OFFICER, Role.RESEARCHER)
    own, _named = await received(f"proposal:{(await an_application(lead=both)).id}")
    assert await opinions.visible_to(both).where(Opinion.id == own.id).first() is None
    with pytest.raises(Refused, match="có tên trong hồ sơ"):
        await asked(f"proposal:{own.proposal}", officer=both)
    head = await a_person(Role.OFFICER, Role.SIGNATORY)
    certified, _named = await received(f"proposal:{(await an_application(signatory=head.id)).id}")
    assert await opinions.visible_to(head).where(Opinion.id == certified.id).first() is None


ACTS = {
    "change a conclusion": "UPDATE opinion SET conclusion = 'agree'",
    "change the words": "UPDATE opinion SET words = 'Khác'",
    "put another document in": "UPDATE opinion SET stored = 'x.pdf'",
    "take it back": "UPDATE opinion SET state = 'accepted', received_by = NULL, received_at = NULL",
    "delete it": "DELETE FROM opinion",
    "let another have given it": "UPDATE opinion_expert SET person = (SELECT min(id) FROM person)",
    "take an expert out": "DELETE FROM opinion_expert",
    "begin as received": (
        "INSERT INTO opinion (kind, paper, subject, question, due, state, asked_by, asked_at) "
        "SELECT 'advice', 'x', 'x', 'x', now(), 'accepted', min(id), now() FROM person"
    ),
    "rewrite what the deciding page shows": "UPDATE counsel SET conclusion = 'agree'",
    "ask about two things": "UPDATE opinion SET paper = 'x'",
}


async def test_what_was_filed_stays_as_it_was_whoever_asks_at_an_sql_console():
    await received(f"topic:{(await a_topic()).id}")
    before = await rows("SELECT * FROM opinion o JOIN opinion_expert e ON e.opinion = o.id ORDER BY e.id")
    let_through = []
    for act, sql in ACTS.items():
        try:
            async with DB.transaction():
                await rows(sql)
            let_through.append(act)
        except asyncpg.PostgresError:
            pass
    assert let_through == [] and before == await rows("SELECT * FROM opinion o JOIN opinion_expert e ON e.opinion = o.id ORDER BY e.id")


async def test_the_pages_take_an_opinion_from_the_request_to_its_receipt_and_keep_what_was_typed():
    officer, keeper, expert = await a_person(Role.OFFICER), await a_federation(), await an_expert()
    topic = await a_topic()
    async with browsing() as browser:
        office, union, adviser = [await browser().sign_in(one) for one in (officer, keeper, expert)]
        await office.open(f"/opinions/new?about=topic:{topic.id}")
        page = await office.submit("/opinions", question="", due="30/12/2099")
        assert page.status == 422 and set(page.errors()) == {"question"}
        page = await office.submit("/opinions", question="Có nên làm?", files={"given": ("dt.pdf", a_pdf(), "application/pdf")})
        row = await Opinion.objects().first()
        here = f"/opinions/{row.id}"
        assert page.answer.url.path == here and row.given_filename == "dt.pdf"
        assert (await union.client.get(f"{here}/enclosure")).content == a_pdf()
        await union.open(here)
        page = await union.submit(f"{here}/acceptance", head=str(expert.id))
        assert page.status == 409 and "Hãy chọn chuyên gia" in page.words
        page = await union.submit(f"{here}/acceptance", members=[str(expert.id)], head=str(expert.id))
        assert page.status == 200 and (await adviser.open(here)).status == 200
        typed = {"number": "01/YK", "dated": today().strftime("%d/%m/%Y"), "conclusion": "agree", "words": "Nên làm."}
        page = await union.submit(f"{here}/document", **typed)
        assert page.status == 422 and set(page.errors()) == {"document"} and "Nên làm." in page.text
        await union.submit(f"{here}/document", files={"document": ("yk.pdf", a_pdf(), "application/pdf")})
        await office.open(here)
        await office.submit(f"{here}/receipt")
        answer = await adviser.client.get(f"{here}/document")
        assert answer.content == a_pdf() and "attachment" in answer.headers["content-disposition"]
        assert "Nên làm." in (await office.open(f"/topics/{topic.id}")).words
    assert (await fresh(row)).state == "received" and (await fresh(row)).received_at <= now()
