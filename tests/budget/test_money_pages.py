"""One story a page: the money's way from the year's estimate to the treasury, each step in its person's browser."""

import io
from datetime import date

import pytest
from openpyxl import load_workbook

from budget import awards, payable, payments, positions, reservations
from budget.tables import Allocation, Award, Estimate, EstimateLine, Payment, Reservation
from grants.people.people import person, today
from grants.people.tables import Role
from grants.projects import agreements
from grants.projects.tables import Project
from grants.proposals.tables import Proposal
from tests.browsing import browsing
from tests.makers import a_call, a_person
from tests.makers_budget import BILLION, a_year, allocated, the_offices

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def reserved(world) -> None:
    for one in await reservations.request(world.proposal, by=world.offices.officer):
        await reservations.approve(one, by=world.offices.recurrent)


async def test_an_estimate_is_drawn_up_agreed_changed_decided_and_stands_in_the_ledger():
    offices = await the_offices()
    async with browsing() as browser:
        officer = await browser().sign_in(offices.officer)
        await officer.open("/estimates/new")
        await officer.submit("/estimates", year="2027")
        here = officer.page.answer.url.path
        await officer.open(f"{here}/lines/new")
        await officer.submit(f"{here}/lines", stream="recurrent", purpose="new", name="", proposed="mười hai tỷ")
        assert officer.page.status == 422 and set(officer.page.errors()) == {"name", "proposed"}
        assert officer.page.form(f"{here}/lines").xpath(".//*[@name='proposed']/@value") == ["mười hai tỷ"]
        await officer.submit(f"{here}/lines", stream="recurrent", purpose="new", name="12 nhiệm vụ mở mới", proposed="12 tỷ")
        await officer.open(f"{here}/lines/new")
        await officer.submit(f"{here}/lines", stream="recurrent", purpose="fund_contribution", name="Góp quỹ", proposed="3 tỷ")
        await officer.open(f"{here}/lines/new")
        await officer.submit(f"{here}/lines", stream="capital", purpose="infrastructure", name="Phòng thí nghiệm", proposed="20 tỷ")
        wrong = await EstimateLine.objects().where(EstimateLine.name == "Góp quỹ").first()
        await officer.open(f"{here}/lines/{wrong.id}")
        await officer.submit(f"{here}/lines/{wrong.id}", proposed="2,5 tỷ")
        assert "34,5 tỷ" in officer.page.words
        await officer.submit(f"{here}/submission")

        recurrent = await browser().sign_in(offices.recurrent)
        await recurrent.open(here)
        await recurrent.submit(f"{here}/agreements")
        await recurrent.submit(f"{here}/streams/recurrent/submission")
        assert "Đã trình, chờ quyết định" in recurrent.page.words
        capital = await browser().sign_in(offices.capital)
        line = await EstimateLine.objects().where(EstimateLine.stream == "capital").first()
        await capital.open(here)
        await capital.submit(f"{here}/agreements", **{f"amount-{line.id}": "rất nhiều"})
        assert capital.page.status == 422 and set(capital.page.errors()) == {f"amount-{line.id}"}
        await capital.submit(f"{here}/agreements", **{f"amount-{line.id}": "15 tỷ"})
        assert capital.page.status == 409 and "nêu lý do" in capital.page.words
        await capital.submit(f"{here}/agreements", **{f"amount-{line.id}": "15 tỷ", f"reason-{line.id}": "Giãn tiến độ xây dựng"})
        await capital.submit(f"{here}/streams/capital/submission")
        assert "chờ quyết định" in capital.page.words

        leader = await browser().sign_in(offices.leader)
        await leader.open(f"{here}/decision")
        assert "Giãn tiến độ xây dựng" in leader.page.words
        await leader.submit(f"{here}/decision", streams=[], number="02238/QĐ-UBND", on="09/11/2026")
        assert leader.page.status == 409 and "Hãy chọn nguồn" in leader.page.words
        await leader.open(f"{here}/decision")
        await leader.submit(f"{here}/decision", number="", on="31/02/2026")
        assert leader.page.status == 422 and set(leader.page.errors()) == {"number", "on"}
        await leader.submit(f"{here}/decision", number="02238/QĐ-UBND", on="09/11/2026")
        assert "02238/QĐ-UBND" in leader.page.words
        await leader.open("/budget?year=2027")
        assert "29.500.000.000 ₫" in leader.page.words
    assert [(p.stream, p.appropriated) for p in await positions.of_year(2027)] == [
        ("capital", 15 * BILLION), ("recurrent", 12 * BILLION), ("fund", 2_500_000_000)
    ]


async def test_a_returned_estimate_shows_why():
    offices = await the_offices()
    from tests.budget.test_estimates import agree_all, an_estimate

    estimate = await agree_all(offices, await an_estimate(offices))
    async with browsing() as browser:
        leader = await browser().sign_in(offices.leader)
        await leader.open(f"/estimates/{estimate.id}/decision")
        await leader.submit(f"/estimates/{estimate.id}/return", reason="Vượt khung trung ương giao")
        assert "Bị trả lại: Vượt khung trung ương giao" in leader.page.words
        officer = await browser().sign_in(offices.officer)
        await officer.open(f"/estimates/{estimate.id}")
        assert "Lập lại phần «Vốn đầu tư phát triển», «Kinh phí sự nghiệp»" in officer.page.words
    assert (await Estimate.objects().first()).state == "proposed"


async def test_the_leader_decides_one_stream_on_the_page_and_the_other_later():
    offices = await the_offices()
    from tests.budget.test_estimates import agree_all, an_estimate

    estimate = await agree_all(offices, await an_estimate(offices))
    here = f"/estimates/{estimate.id}"
    async with browsing() as browser:
        leader = await browser().sign_in(offices.leader)
        await leader.open(f"{here}/decision")
        await leader.submit(f"{here}/decision", streams=["capital"], number="11/QĐ-UBND", on="09/11/2026")
        assert "Quyết định số 11/QĐ-UBND ngày 09/11/2026: giao 20.000.000.000 ₫" in leader.page.words
        assert "Quyết định giao dự toán phần «Kinh phí sự nghiệp»" in leader.page.words
        await leader.open("/desk")
        assert "Quyết định dự toán năm" in leader.page.words
        file = (await leader.client.get(f"{here}?format=xlsx")).content
        sheet = [row[8:] for row in load_workbook(io.BytesIO(file)).active.values]
        assert sheet[1:4] == [(20 * BILLION, "11/QĐ-UBND"), (None, ""), (None, "")]
        await leader.open(f"{here}/sheet")
        assert "kèm theo Quyết định số 11/QĐ-UBND" in leader.page.words
        await leader.open(f"{here}/decision")
        await leader.submit(f"{here}/decision", number="12/QĐ-UBND", on="10/11/2026")
        assert "Quyết định số 12/QĐ-UBND ngày 10/11/2026: giao 15.000.000.000 ₫" in leader.page.words
    assert [p.appropriated // BILLION for p in await positions.of_year(2027)] == [20, 12, 3]


async def test_the_positions_on_the_page_are_those_in_the_file_and_open_their_entries():
    offices = await the_offices()
    year = await a_year(offices, capital=5 * BILLION, recurrent=7 * BILLION)
    call = await a_call()
    await allocated(offices, call, 2 * BILLION)
    async with browsing() as browser:
        auditor = await browser().sign_in(offices.auditor)
        await auditor.open("/budget")
        assert "12.000.000.000 ₫" in auditor.page.words and "Sở trả lời nguồn recurrent" in auditor.page.words
        file = (await auditor.client.get(f"/budget?year={year}&format=xlsx")).content
        rows = list(load_workbook(io.BytesIO(file)).active.values)
        assert [row[4] for row in rows[1:] if not row[1]] == [5 * BILLION, 7 * BILLION, 0, 12 * BILLION]
        assert [(row[1], row[4]) for row in rows[1:] if row[1] and not row[2]] == [(call.code, 2 * BILLION), ("Chưa phân bổ", 5 * BILLION)]
        await auditor.open(f"/budget/entries?year={year}&stream=recurrent&kind=allocation")
        assert "1 dòng" in auditor.page.words and "2.000.000.000 ₫" in auditor.page.words
        entry = next(link for link in auditor.page.links if link.startswith("/budget/entries/"))
        await auditor.open(entry)
        assert "12/QĐ-STC" in auditor.page.words
        await auditor.open("/budget/entries/999999")
        assert auditor.page.status == 404


async def test_an_allocation_is_asked_for_on_the_call_s_page_and_approved_with_its_effect_shown():
    offices = await the_offices()
    year = await a_year(offices, recurrent=5 * BILLION)
    call = await a_call(money=0)
    async with browsing() as browser:
        officer = await browser().sign_in(offices.officer)
        await officer.open(f"/calls/{call.id}/allocations")
        await officer.submit(f"/calls/{call.id}/allocations", stream="recurrent", year=str(year), amount="6 tỷ")
        assert officer.page.status == 409 and "Nguồn này chỉ còn 5.000.000.000 ₫" in officer.page.words
        await officer.submit(f"/calls/{call.id}/allocations", stream="recurrent", year=str(year), amount="1,2 tỷ")
        one = await Allocation.objects().first()
        await officer.open(f"/allocations/{one.id}")
        assert f"/allocations/{one.id}/approval" not in officer.page.text

        finance = await browser().sign_in(offices.recurrent)
        await finance.open(f"/allocations/{one.id}")
        assert "3.800.000.000 ₫" in finance.page.words and "Duyệt phân bổ 1,2 tỷ" in finance.page.words
        await finance.submit(f"/allocations/{one.id}/approval", number="12/QĐ-STC", on="05/01/2026")
        assert "Đã phân bổ" in finance.page.words
        await finance.open("/allocations")
        assert "1.200.000.000 ₫" in finance.page.words
    assert (await type(call).objects().get(type(call).id == call.id)).money == 1_200_000_000


async def test_a_refused_allocation_is_shown_with_its_reason():
    offices = await the_offices()
    from budget import allocations

    one = await allocations.propose(
        await a_call(), stream="recurrent", year=await a_year(offices), amount=BILLION, by=offices.officer
    )
    async with browsing() as browser:
        finance = await browser().sign_in(offices.recurrent)
        await finance.open(f"/allocations/{one.id}")
        await finance.submit(f"/allocations/{one.id}/refusal", reason="")
        assert finance.page.status == 422 and "reason" in finance.page.errors()
        await finance.submit(f"/allocations/{one.id}/refusal", reason="Chờ nguồn bổ sung")
        assert "Chờ nguồn bổ sung" in finance.page.words and "Bị từ chối" in finance.page.words


async def test_money_is_held_for_an_application_and_its_award_makes_a_project(world):
    async with browsing() as browser:
        officer = await browser().sign_in(world.offices.officer)
        await officer.open(f"/proposals/{world.proposal.id}/money")
        await officer.submit(f"/proposals/{world.proposal.id}/reservations")
        held = await Reservation.objects().first()

        finance = await browser().sign_in(world.offices.recurrent)
        await finance.open(f"/reservations/{held.id}")
        assert "100.000.000 ₫" in finance.page.words
        await finance.submit(f"/reservations/{held.id}/approval")
        assert "Đã giữ chỗ" in finance.page.words
        await finance.open("/reservations")
        assert "900.000.000 ₫" in finance.page.words

        leader = await browser().sign_in(world.offices.leader)
        await leader.open("/awards")
        assert world.proposal.reference in leader.page.words
        here = f"/awards/{world.proposal.id}"
        await leader.open(here)
        assert "Phê duyệt, cam kết 900 triệu" in leader.page.words
        await leader.submit(f"{here}/approval", number="1024/QĐ-UBND", on="30/06/2026")
        assert "1024/QĐ-UBND" in leader.page.words
        await leader.open("/awards/decided")
        assert "Được phê duyệt" in leader.page.words

        lead = await browser().sign_in(await person(world.proposal.lead))
        for path in (here, f"/proposals/{world.proposal.id}/money", "/budget"):
            await lead.open(path)
            assert lead.page.status in (403, 404)
    assert (await Project.objects().first()).approved == 900_000_000


async def test_an_application_whose_money_is_not_held_cannot_be_awarded_but_declined_with_reasons(world):
    here = f"/awards/{world.proposal.id}"
    async with browsing() as browser:
        leader = await browser().sign_in(world.offices.leader)
        await leader.open(here)
        assert "chưa được đề nghị giữ chỗ" in leader.page.words and f"{here}/approval" not in leader.page.text
        await leader.submit(f"{here}/refusal", refusal_number="7/QĐ", refusal_on="30/06/2026", reasons="")
        assert set(leader.page.errors()) == {"reasons"}
        await leader.submit(f"{here}/refusal", reasons="Trùng với đề tài đã giao")
        assert "Trùng với đề tài đã giao" in leader.page.words
    assert (await Proposal.objects().first()).state == "declined"
    assert (await Award.objects().first()).outcome == "declined"


async def test_an_advance_is_asked_for_approved_and_confirmed_in_three_browsers(world):
    await reserved(world)
    project = await awards.award(world.proposal, number="1024/QĐ", on=date(2026, 6, 30), by=world.offices.leader)
    await agreements.sign(project, number="05/HĐ", agreed_on=today(), starts_on=today(), months=24, by=world.offices.officer)
    here = f"/projects/{project.id}/payments"
    async with browsing() as browser:
        lead = await browser().sign_in(await person(project.lead))
        await lead.open(here)
        await lead.submit(here, kind="advance", stream="recurrent", amount="500 triệu", purpose="Đợt 1")
        assert lead.page.status == 409 and "tối đa 50%" in lead.page.words
        await lead.submit(here, amount="400 triệu")
        payment = await Payment.objects().first()
        assert lead.page.answer.url.path == f"/payments/{payment.id}"

        finance = await browser().sign_in(world.offices.recurrent)
        await finance.open(f"/payments/{payment.id}")
        await finance.submit(f"/payments/{payment.id}/approval")
        assert "Chờ xác nhận chi" in finance.page.words

        treasurer = await browser().sign_in(world.offices.treasurer)
        await treasurer.open("/payments?state=approved")
        await treasurer.open(f"/payments/{payment.id}")
        await treasurer.submit(f"/payments/{payment.id}/confirmation", number="KB-0091", on="01/01/2099")
        assert treasurer.page.status == 409 and "tương lai" in treasurer.page.words
        await treasurer.submit(f"/payments/{payment.id}/confirmation", on=f"{today():%d/%m/%Y}")
        assert "KB-0091" in treasurer.page.words and "Đã chi" in treasurer.page.words

        stranger = await browser().sign_in(await a_person(Role.RESEARCHER))
        await stranger.open(f"/payments/{payment.id}")
        assert stranger.page.status == 404
        await stranger.open("/payments")
        assert "Không có đề nghị nào" in stranger.page.words
        await lead.open(here)
        assert "400.000.000 ₫" in lead.page.words
    assert await payable.left(project, "recurrent", world.year) == 500_000_000


async def test_the_treasury_sends_an_advance_back_and_finance_refuses_one(world):
    await reserved(world)
    project = await awards.award(world.proposal, number="1024/QĐ", on=date(2026, 6, 30), by=world.offices.leader)
    await agreements.sign(project, number="05/HĐ", agreed_on=today(), starts_on=today(), months=24, by=world.offices.officer)
    project, lead = await Project.objects().first(), await person(project.lead)
    one, two = [
        await payments.request(project, kind="advance", stream="recurrent", year=world.year, amount=1, purpose="Đợt", by=lead)
        for _n in range(2)
    ]
    await payments.approve(one, by=world.offices.recurrent)
    async with browsing() as browser:
        treasurer = await browser().sign_in(world.offices.treasurer)
        await treasurer.open(f"/payments/{one.id}")
        await treasurer.submit(f"/payments/{one.id}/return", reason="Sai số tài khoản")
        assert "Sai số tài khoản" in treasurer.page.words
        finance = await browser().sign_in(world.offices.recurrent)
        await finance.open(f"/payments/{two.id}")
        await finance.submit(f"/payments/{two.id}/refusal", reason="Chưa có bảo lãnh")
        assert "Chưa có bảo lãnh" in finance.page.words


@pytest.mark.parametrize("path", [
    "/budget", "/budget/entries", "/estimates", "/allocations", "/reservations", "/awards", "/awards/decided", "/payments",
])  # fmt: skip
async def test_every_list_of_money_exports_what_it_shows(world, path):
    await reserved(world)
    async with browsing() as browser:
        auditor = await browser().sign_in(world.offices.auditor)
        await auditor.open(path)
        assert auditor.page.status == 200
        for wanted in ("csv", "xlsx"):
            answer = await auditor.client.get(f"{path}?format={wanted}")
            assert answer.status_code == 200 and answer.headers["content-disposition"].startswith("attachment")
