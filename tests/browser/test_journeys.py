"""What people come to do, done in a real browser: with JavaScript, and in the same steps without it."""

from datetime import timedelta

import pytest

from budget import allocations, reservations
from budget.tables import Allocation, Payment
from grants.calls.tables import AskedDocument, Call
from grants.people import people
from grants.people.tables import Person, Role
from grants.projects.tables import Project
from grants.proposals.tables import Proposal
from grants.shell.changes import now
from grants.shell.database import rows
from grants.shell.dates import local
from review.tables import Ballot
from tests.makers import a_call, a_person, a_proposal, an_organisation
from tests.makers_votes import a_panel, points
from tests.pages.test_application import a_pdf
from tests.world import email

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.parametrize("scripts", [True, False])]
SECTIONS = ("need", "objective", "content", "method", "application", "capacity")
RESEARCH = "417-100-101"  # the code under which the demo's calls are given money


def today() -> str:
    return local(now()).strftime("%d/%m/%Y")


async def fresh(row):
    return await type(row).objects().where(type(row).id == row.id).first()


async def test_a_researcher_applies_the_head_certifies_and_the_receipt_comes(in_front, scripts):
    university = await an_organisation("Trường Đại học Tây Nguyên")
    lead, rector = await a_person(Role.RESEARCHER, of=university), await a_person(Role.SIGNATORY, of=university)
    call = await a_call()
    paper = await AskedDocument(call=call.id, code="letter", name="Đơn đăng ký", name_en="Letter", form_code="B1-1-ĐON").save()
    async with in_front(scripts=scripts) as ada, in_front(scripts=scripts) as head:
        await ada.sign_in(lead)
        await ada.open(f"/calls/{call.id}/application")
        await ada.send(f"/calls/{call.id}/application", title="Bảo tồn voi nhà ở Buôn Đôn")
        here = ada.path
        await ada.is_in_order()
        await ada.open(f"{here}/general")
        general = f"{here}/general"
        await ada.send(
            general, title_en="Elephants", summary="Chăm sóc voi nhà.", field="401", months=24, lead_organisation=str(university.id),
        )
        await ada.open(general)
        await ada.send(general, signatory=str(rector.id))
        for code in SECTIONS:
            await ada.open(f"{here}/sections/{code}")
            await ada.send(f"{here}/sections/{code}", text=f"Đoạn viết về {code}.")
        member = (await rows("SELECT id FROM team_member WHERE proposal = $1", int(here.split("/")[-1])))[0]["id"]
        await ada.open(f"{here}/team")
        await ada.send(f"{here}/team/{member}", months=18)
        await ada.open(f"{here}/products")
        await ada.send(f"{here}/products", form="I", name="Bài báo", unit="bài", quantity=2, quality="Scopus")
        await ada.open(f"{here}/budget")
        await ada.send(f"{here}/budget", requested="850 triệu", note="Thù lao")
        assert "850.000.000" in await ada.words()
        await ada.is_in_order()
        await ada.open(f"{here}/documents")
        upload = await ada.page.locator("form[enctype]").first.get_attribute("action")
        await ada.send(upload, file=("don.pdf", a_pdf()))
        assert "don.pdf" in await ada.words()
        await head.sign_in(rector)
        await head.open(f"{here}/certification")
        await head.is_in_order()
        await head.press(f"{here}/certification")
        await ada.open(f"{here}/submission")
        await ada.is_in_order()
        await ada.press(f"{here}/submission")
        assert ada.path == f"{here}/receipt" and f"{call.code}-001" in await ada.words()
        await ada.is_in_order()
    kept = await Proposal.objects().where(Proposal.call == call.id).first()
    assert (kept.state, kept.requested, kept.title) == ("submitted", 850_000_000, "Bảo tồn voi nhà ở Buôn Đôn") and paper


async def test_an_expert_accepts_scores_and_hands_the_ballot_in_once(in_front, scripts):
    application = await a_proposal(Proposal.State.IN_REVIEW)
    judge = await a_person(Role.EXPERT)
    panel = await a_panel(application, judges=[judge], count=1)
    ballot = await Ballot.objects().where(Ballot.panel == panel.id).first()
    here = f"/ballots/{ballot.id}"
    async with in_front(scripts=scripts) as expert:
        await expert.sign_in(judge)
        await expert.open("/ballots")
        await expert.is_in_order()
        await expert.open(here)
        assert "Thực hiện" not in await expert.words()
        await expert.send(f"{here}/answer", answer="accept")
        await expert.open(here)
        for number, mark in points(80).items():
            await expert.type(f"{here}/scores", **{f"points_{number}": mark, f"comment_{number}": "Đạt yêu cầu."})
        if scripts:
            await expert.page.locator(".saved", has_text="Đã lưu lúc").wait_for()
        await expert.is_in_order()
        await expert.press(f"{here}/scores", "check")
        await expert.is_in_order()
        assert "80" in await expert.words()
        await expert.press(f"{here}/submission")
        assert await expert.page.locator(f"form[action='{here}/submission']").count() == 0
    kept = await fresh(ballot)
    assert kept.state == "given" and kept.total == 80


async def test_a_payment_takes_three_people(in_front, scripts):
    payment, project, lead = await something_to_ask_for()
    async with in_front(scripts=scripts) as ada:
        await ada.sign_in(lead.email)
        await ada.open(f"/projects/{project}/payments")
        await ada.is_in_order()
        before = await Payment.count()
        await ada.send(
            f"/projects/{project}/payments", kind="advance", stream=payment["stream"], year=payment["year"], amount="1 triệu",
            purpose="Mua giống",
        )
        assert await Payment.count() == before + 1, await ada.words()
    asked = await Payment.objects().order_by(Payment.id, ascending=False).first()
    finance = {"capital": "capital", "recurrent": "recurrent"}[payment["stream"]]
    async with in_front(scripts=scripts) as officer, in_front(scripts=scripts) as treasurer:
        await officer.sign_in(f"{finance}@grants.test")
        await officer.open(f"/payments/{asked.id}")
        await officer.is_in_order()
        await officer.press(f"/payments/{asked.id}/approval")
        await treasurer.sign_in(email(Role.TREASURER))
        await treasurer.open(f"/payments/{asked.id}")
        await treasurer.send(f"/payments/{asked.id}/confirmation", number=f"UNC-{asked.id}", on=today())
        await treasurer.is_in_order()
    kept = await fresh(asked)
    assert kept.state == "paid" and kept.amount == 1_000_000
    assert len({kept.requested_by, kept.approved_by, kept.paid_by}) == 3


async def something_to_ask_for() -> tuple[dict, int, Person]:
    """A running project of the demo world with committed money of a year that is still open."""
    found = await rows("""
        SELECT a.stream, a.year, j.id AS project, j.lead FROM ledger_account a JOIN project j ON j.proposal = a.proposal
        JOIN budget_year y ON y.year = a.year AND y.state = 'open'
        WHERE a.stage = 'committed' AND a.balance - a.held > 5000000 AND a.stream IN ('capital', 'recurrent') AND j.state = 'running'
          AND j.id NOT IN (SELECT project FROM payment WHERE state IN ('requested', 'approved'))
        ORDER BY a.id LIMIT 1
    """)
    return found[0], found[0]["project"], await people.person(found[0]["lead"])


async def test_an_officer_draws_a_call_up_finance_funds_it_and_the_public_sees_it(in_front, scripts):
    code = f"TB-{'JS' if scripts else 'KJS'}-26"
    async with in_front(scripts=scripts) as clerk, in_front(scripts=scripts) as finance, in_front(scripts=scripts) as anyone:
        await clerk.sign_in(email(Role.OFFICER))
        await clerk.open("/calls/new")
        opens, ends = (local(now() + timedelta(days=days)).strftime("%H:%M %d/%m/%Y") for days in (-1, 60))
        await clerk.send(
            "/calls", code=code, year=2026, title="Tuyển chọn nhiệm vụ về sầu riêng", title_en="Durian call", summary="Sầu riêng.",
            summary_en="Durian.", opens_at=opens, deadline=ends, places=3,
        )
        here = clerk.path
        await clerk.is_in_order()
        await clerk.open(f"{here}/allocations")
        await clerk.send(f"{here}/allocations", stream="recurrent", year=2026, classification=RESEARCH, amount="10 triệu")
        await clerk.is_in_order()
        assert "10.000.000 ₫" in await clerk.words() and "Chờ duyệt" in await clerk.words()
        asked = (await Allocation.select(Allocation.id).order_by(Allocation.id, ascending=False).first())["id"]
        await finance.sign_in("recurrent@grants.test")
        await finance.open(f"/allocations/{asked}")
        await finance.is_in_order()
        await finance.send(f"/allocations/{asked}/approval", number=f"99/{code}", on=today())
        await clerk.open(here)
        await clerk.press(f"{here}/dry-run")
        await clerk.open(here)
        await clerk.press(f"{here}/publication")
        await anyone.open("/open/calls")
        assert "Tuyển chọn nhiệm vụ về sầu riêng" in await anyone.words()
    assert (await Call.objects().where(Call.code == code).first()).money == 10_000_000


async def test_the_leader_decides_an_award_and_a_project_begins(in_front, scripts):
    before = await Project.count()
    async with in_front(scripts=scripts) as leader:
        await leader.sign_in(email(Role.LEADER))
        one = await an_application_with_its_money_held()
        await leader.open("/awards")
        assert one.title in await leader.words()
        await leader.open(f"/awards/{one.id}")
        await leader.is_in_order()
        await leader.send(f"/awards/{one.id}/approval", number=f"{one.id}/QĐ-UBND", on=today())
        await leader.is_in_order()
    assert await Project.count() == before + 1
    assert (await Proposal.objects().where(Proposal.id == one.id).first()).state == "awarded"


async def an_application_with_its_money_held() -> Proposal:
    """Appraised, within the money of its call, each stream's finance officer has agreed to hold it."""
    year = people.today().year
    call = await a_call(year=year, money=2_000_000_000)
    offices = {role: (await people.holding(role))[0] for role in (Role.OFFICER, Role.LEADER)}
    finance = await people.by_email("recurrent@grants.test")
    asked = await allocations.propose(
        call, stream="recurrent", year=year, amount=100_000_000, classification=RESEARCH, by=offices[Role.OFFICER],
    )
    await allocations.approve(asked, number=f"7/{call.code}", on=people.today(), by=finance)
    one = await a_proposal(Proposal.State.APPRAISED, call=call, amount=50_000_000)
    for held in await reservations.request(one, by=offices[Role.OFFICER]):
        await reservations.approve(held, by=finance)
    return one
