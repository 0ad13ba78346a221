"""The pages around a payment, walked in browsers: schedule, clearance, settlement, recovery, statements, the fund; and their papers."""

from datetime import timedelta

import pytest

from budget import advances, payable
from budget.fund_tables import Loan, StatementLine
from budget.payment_tables import Clearance, Instalment, Recovery, Settlement, Terms, Threshold
from budget.tables import Payment
from grants.people.people import person, today
from grants.people.tables import Membership, Role
from grants.proposals.tables import BudgetLine
from tests.browsing import browsing
from tests.budget.test_treasury import a_file, day
from tests.makers import LONG_AGO, a_person
from tests.makers_payments import a_running_project, an_accepted_report, approved, asked, paid
from tests.makers_projects import now_as

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
HALF = 450_000_000
TODAY = f"{today():%d/%m/%Y}"


@pytest.fixture
async def running(world):
    return await a_running_project(world)


async def test_the_officer_writes_terms_and_schedule_and_a_request_follows_them(running):
    here, line = f"/projects/{running.project.id}", await BudgetLine.objects().first()
    async with browsing() as browser:
        officer = await browser().sign_in(running.offices.officer)
        await officer.open(f"{here}/schedule")
        await officer.submit(f"{here}/terms", method="lump_sum_full", actual=str(line.id), account_number="3713.0.1", bank="KBNN tỉnh")
        assert officer.page.status == 409 and "phần không khoán tối đa" in officer.page.words
        await officer.submit(f"{here}/terms", method="lump_sum_partial")
        kept = await Terms.objects().first()
        assert (kept.method, kept.account_number) == ("lump_sum_partial", "3713.0.1")
        await officer.submit(f"{here}/instalments", name="Tạm ứng đợt 1", kind="advance", stream="recurrent", year=str(running.year),
                             amount="900.000.001", due=TODAY)
        assert officer.page.status == 409 and "chưa đưa vào lịch" in officer.page.words
        await officer.submit(f"{here}/instalments", amount="400 triệu")
        report = await an_accepted_report(running)
        await officer.submit(
            f"{here}/instalments",
            name="Thanh toán",
            kind="payment",
            stream="recurrent",
            amount="100 triệu",
            due=TODAY,
            condition=f"report-{report.id + 1}",
        )
        assert officer.page.status == 200 and await Instalment.count() == 2
        lead = await browser().sign_in(running.lead)
        await lead.open(f"{here}/payments")
        await lead.submit(f"{here}/payments", kind="advance", stream="recurrent", year=str(running.year), amount="1", purpose="Đợt 1")
        assert lead.page.status == 409 and "hãy chọn đợt cần chi" in lead.page.words
        one, two = await Instalment.objects().order_by(Instalment.number)
        await lead.submit(f"{here}/payments", kind="payment", amount="100 triệu", instalment=str(two.id))
        assert lead.page.status == 409 and "chưa đủ điều kiện" in lead.page.words
        await lead.submit(f"{here}/payments", kind="advance", amount="400.000.001", instalment=str(one.id))
        assert lead.page.status == 409 and "chỉ còn 400.000.000 ₫" in lead.page.words
        await lead.submit(f"{here}/payments", amount="400 triệu")
        payment = await Payment.objects().first()
        assert (payment.instalment, payment.amount) == (one.id, 400_000_000)
        assert "Đợt theo hợp đồng" in lead.page.words
        await lead.open(f"/payments/{payment.id}/paper")
        assert "Bốn trăm triệu đồng" in lead.page.words and "Giấy đề nghị tạm ứng" in lead.page.words
        await officer.open(f"{here}/schedule")
        await officer.submit(f"{here}/instalments/{two.id}/removal")
        assert await Instalment.count() == 1


async def test_an_advance_is_cleared_in_three_browsers(running):
    await paid(running, HALF)
    here = f"/projects/{running.project.id}/clearances"
    async with browsing() as browser:
        lead = await browser().sign_in(running.lead)
        await lead.open(here)
        await lead.submit(here, place=f"recurrent-{running.year}", amount="250 triệu", work="Điều tra 120 hộ")
        assert lead.page.status == 409 and "hoặc ghi số chứng từ" in lead.page.words
        await lead.submit(here, vouchers="PC-01/2026")
        one = await Clearance.objects().first()
        officer = await browser().sign_in(running.offices.officer)
        await officer.open("/clearances?state=filed")
        await officer.open(f"/clearances/{one.id}")
        await officer.submit(f"/clearances/{one.id}/confirmation")
        assert "Chờ tài chính ghi hoàn ứng" in officer.page.words
        finance = await browser().sign_in(running.offices.recurrent)
        await finance.open(f"/clearances/{one.id}")
        assert "200.000.000" in finance.page.words  # what stays to be cleared
        await finance.submit(f"/clearances/{one.id}/clearing")
        assert "Đã hoàn tạm ứng" in finance.page.words
        stranger = await browser().sign_in(await a_person(Role.RESEARCHER))
        await stranger.open(f"/clearances/{one.id}")
        assert stranger.page.status == 404
    assert await advances.most_advance(running.project) == HALF


async def test_a_large_payment_waits_for_the_head_of_the_finance_unit_as_well(running):
    unit = running.offices.recurrent.posts[0].organisation
    head = await a_person()
    await Membership(person=head.id, organisation=unit, role=Role.FINANCE, position="Trưởng phòng Tài chính", valid_from=LONG_AGO).save()
    head, admin = await person(head.id), await a_person(Role.ADMIN)
    async with browsing() as browser:
        there = await browser().sign_in(admin)
        await there.open("/thresholds")
        await there.submit("/thresholds", over="100 triệu", stream="", post="Trưởng phòng", basis="", since=TODAY)
        assert there.page.status == 422 and set(there.page.errors()) == {"basis"}
        await there.submit("/thresholds", basis="Quy chế chi tiêu (minh hoạ)")
        assert "100.000.000" in there.page.words and "chưa kiểm chứng" in there.page.words
        payment = await asked(running, 300_000_000)
        finance = await browser().sign_in(running.offices.recurrent)
        await finance.open(f"/payments/{payment.id}")
        assert "«Trưởng phòng», vì khoản trên 100.000.000 ₫" in finance.page.words
        await finance.submit(f"/payments/{payment.id}/approval")
        assert (await now_as(payment)).state == "requested" and f"/payments/{payment.id}/approval" not in finance.page.text
        assert await payable.left(running.project, "recurrent", running.year) == 900_000_000
        chief = await browser().sign_in(head)
        await chief.open(f"/payments/{payment.id}")
        await chief.submit(f"/payments/{payment.id}/approval")
        assert (await now_as(payment)).state == "approved"
        small = await approved(running, 100_000_000)
        assert small.state == "approved"
        await there.open("/thresholds")
        one = await Threshold.objects().first()
        await there.submit(f"/thresholds/{one.id}/end", on=TODAY)
        assert (await now_as(one)).valid_to == today()


async def test_a_settlement_is_drawn_up_decided_printed_and_its_difference_repaid(running):
    await an_accepted_report(running)
    await paid(running, 400_000_000, "payment")
    here, line = f"/projects/{running.project.id}", (await BudgetLine.objects().first()).id
    async with browsing() as browser:
        officer = await browser().sign_in(running.offices.officer)
        await officer.open(f"{here}/settlements")
        await officer.open(f"{here}/settlements/new?year={running.year}")
        await officer.submit(f"{here}/settlements", **{f"approved-{line}": "ba trăm"})
        assert officer.page.status == 422 and set(officer.page.errors()) == {f"approved-{line}"}
        await officer.submit(f"{here}/settlements", **{f"approved-{line}": "370 triệu"})
        assert officer.page.status == 409 and "nêu lý do" in officer.page.words
        await officer.submit(f"{here}/settlements", **{f"reason-{line}": "Thiếu chứng từ"})
        row = await Settlement.objects().first()
        assert officer.page.answer.url.path == f"/settlements/{row.id}"
        answer = await officer.client.get(f"/settlements/{row.id}?format=xlsx")
        assert answer.status_code == 200 and answer.content[:2] == b"PK"
        finance = await browser().sign_in(running.offices.recurrent)
        await finance.open(f"/settlements/{row.id}")
        await finance.submit(f"/settlements/{row.id}/approval", number="15/TB-STC", on=TODAY)
        assert "Đã phê duyệt quyết toán" in finance.page.words
        await finance.open(f"/settlements/{row.id}/paper")
        assert "Ba trăm bảy mươi triệu đồng" in finance.page.words and "Ba mươi triệu đồng" in finance.page.words
        demand = await Recovery.objects().first()
        await finance.open(f"/recoveries/{demand.id}")
        await finance.submit(f"/recoveries/{demand.id}/decision", number="16/QĐ-STC", on=TODAY)
        assert "Phải hoàn trả" in finance.page.words
        lead = await browser().sign_in(running.lead)
        await lead.open(f"/recoveries/{demand.id}/paper")
        assert "30.000.000 ₫ (Ba mươi triệu đồng)" in lead.page.words
        treasurer = await browser().sign_in(running.offices.treasurer)
        await treasurer.open(f"/recoveries/{demand.id}")
        await treasurer.submit(f"/recoveries/{demand.id}/repayments", amount="30 triệu", number="NT-1", on=TODAY)
        assert "Đã hoàn trả" in treasurer.page.words
        await lead.open(f"{here}/recoveries")
        await lead.open("/recoveries")
        await lead.open("/settlements")


async def test_a_failed_project_s_recovery_is_proposed_on_its_page(running):
    await paid(running, HALF)
    await Payment.raw("UPDATE project SET state = 'evaluated', council_grade = 'fail', grade = 'fail', graded_on = now(), "
                      "grade_decision = '8/QĐ'")
    here = f"/projects/{running.project.id}/recoveries"
    async with browsing() as browser:
        officer = await browser().sign_in(running.offices.officer)
        await officer.open(here)
        assert "hoàn trả 30 %" in officer.page.words
        await officer.submit(here, stream="recurrent", cause="objective", explanation="Bão số 9")
        assert officer.page.status == 409 and "không phải hoàn trả" in officer.page.words
        await officer.submit(here, cause="subjective")
        assert "135.000.000 ₫" in officer.page.words
        finance = await browser().sign_in(running.offices.recurrent)
        demand = await Recovery.objects().first()
        await finance.open(f"/recoveries/{demand.id}")
        await finance.submit(f"/recoveries/{demand.id}/refusal", reason="Đã có văn bản gia hạn")
        assert "Đã có văn bản gia hạn" in finance.page.words


async def test_the_treasurer_uploads_a_statement_and_decides_what_differs(running):
    payment = await approved(running, 300_000_000)
    good = a_file(["KB-7", day(), "SAI", 300_000_000, None, "Tạm ứng"])
    async with browsing() as browser:
        treasurer = await browser().sign_in(running.offices.treasurer)
        await treasurer.open("/treasury")
        await treasurer.submit(
            "/treasury", kind="treasury", files={"file": ("saoke.xlsx", a_file(["", "hôm nay", "", "x", None, ""]), "application/x")}
        )
        assert treasurer.page.status == 422 and "B4" in treasurer.page.words and "Không dòng nào được ghi" in treasurer.page.words
        await treasurer.submit("/treasury", kind="treasury", files={"file": ("saoke.xlsx", good, "application/x")})
        assert "Lệch, chờ xử lý" in treasurer.page.words
        line = await StatementLine.objects().first()
        await treasurer.open(f"/treasury/lines/{line.id}")
        await treasurer.submit(f"/treasury/lines/{line.id}/matching", reference="ĐN-77777", reason="Kho bạc ghi nhầm")
        assert treasurer.page.status == 409 and "Không tìm thấy khoản" in treasurer.page.words
        await treasurer.submit(f"/treasury/lines/{line.id}/matching", reference=f"ĐN-{payment.id:05d}")
        assert "Đã khớp bằng tay" in treasurer.page.words
        assert (await now_as(payment)).treasury_number == "KB-7"
        auditor = await browser().sign_in(running.offices.auditor)
        await auditor.open(f"/treasury/lines/{line.id}")
        assert "Kho bạc ghi nhầm" in auditor.page.words


async def test_the_fund_is_written_down_offers_a_loan_lends_it_and_reconciles(db):
    from tests.budget.test_funds import fund as make_fund
    from tests.budget.test_funds import with_product

    fund = await make_fund.__wrapped__(db)
    async with browsing() as browser:
        keeper = await browser().sign_in(fund.offices.fund)
        await keeper.open("/funds")
        await keeper.open(f"/funds/{fund.fund.id}")
        await keeper.submit(
            f"/funds/{fund.fund.id}/products", kind="voucher", name="Phiếu", name_en="Voucher", basis="NĐ 268/2025", since=TODAY, rate="sáu"
        )
        assert keeper.page.status == 422 and set(keeper.page.errors()) == {"rate"}
        await keeper.submit(f"/funds/{fund.fund.id}/products", rate="")
        await keeper.open(f"/funds/{fund.fund.id}/edition")
        await keeper.submit(f"/funds/{fund.fund.id}/edition", charter="Điều lệ số 5")
        assert "Điều lệ số 5" in keeper.page.words
        await with_product(fund, "loan")
        here = f"/projects/{fund.project.id}"
        officer = await browser().sign_in(fund.offices.officer)
        await officer.open(f"/calls/{fund.call.id}/product")
        await officer.open(f"{here}/support")
        await officer.submit(
            f"{here}/loan",
            principal="900 triệu",
            rate="4,5",
            months="12",
            every="3",
            first_due=f"{today() + timedelta(days=90):%d/%m/%Y}",
            number="01/HĐV",
            on=TODAY,
        )
        loan = await Loan.objects().first()
        assert (loan.rate, loan.principal) == (450, 900_000_000)
        lead = await browser().sign_in(fund.lead)
        await lead.open(f"{here}/support")
        await lead.submit(f"{here}/draws", draw_amount="900 triệu", purpose="Mua máy sấy")
        payment = await Payment.objects().first()
        await keeper.open(f"/payments/{payment.id}")
        await keeper.submit(f"/payments/{payment.id}/approval")
        await keeper.open(f"/payments/{payment.id}/paper")
        assert "Lệnh chi tiền" in keeper.page.words and "Chín trăm triệu đồng" in keeper.page.words
        treasurer = await browser().sign_in(fund.offices.treasurer)
        await treasurer.open("/treasury")
        await treasurer.submit(
            "/treasury",
            kind="fund",
            files={"file": ("quy.xlsx", a_file(["UNC-1", day(), f"ĐN-{payment.id:05d}", 900_000_000, None, ""]), "application/x")},
        )
        await treasurer.open(f"/loans/{loan.id}")
        await treasurer.submit(f"/loans/{loan.id}/repayments", amount="100 triệu", number="BC-1", on=TODAY)
        assert "800.000.000 ₫" in treasurer.page.words
        await keeper.open(f"/funds/{fund.fund.id}/reconciliation")
        assert "Có trong sổ, chưa có trên sao kê" in keeper.page.words
        await officer.open(f"/loans/{loan.id}")
        await officer.submit(f"/loans/{loan.id}/write-offs", give_up="800 triệu", grounds="Phá sản")
        await keeper.open(f"/loans/{loan.id}")
        await keeper.submit(f"/loans/{loan.id}/write-off-decision", decision_number="9/QĐ", decided_on=TODAY)
        assert "Đã xử lý rủi ro" in keeper.page.words and (await now_as(loan)).state == "written_off"
        await keeper.open("/loans")
