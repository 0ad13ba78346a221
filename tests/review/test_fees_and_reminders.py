"""What members are paid out of the rate table, and how they are reminded by working days."""

import io
from datetime import datetime

import openpyxl
import pytest

from grants.people.tables import Role
from grants.proposals.tables import Proposal
from grants.shell.changes import at
from grants.shell.dates import VIETNAM
from grants.shell.tables import Letter
from review import appraisals, meetings, minutes, reminders
from review.fee_tables import Fee
from review.roster_tables import PayDetail
from review.tables import Reminder
from tests.browsing import browsing
from tests.makers import a_call, a_person, a_proposal
from tests.makers_votes import a_panel, a_team, all_present, fresh, given_by_all, judges_of, the_board

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def a_closed_session(absent: tuple[int, ...] = ()):
    """Two applications judged by seven; the fourth and fifth review both."""
    officer, call = await a_person(Role.OFFICER), await a_call()
    applications = [await a_proposal(Proposal.State.IN_REVIEW, call=call) for _n in range(2)]
    panel = await a_panel(*applications, officer=officer)
    for application in applications:
        await given_by_all(panel, application, [80] * 7)
    await all_present(panel, by=officer, but=absent)
    await meetings.open_session(panel, by=officer)
    await the_board(panel, by=officer)
    await meetings.count(panel, by=officer)
    await minutes.lock(await fresh(panel), remarks="", by=officer)
    return panel, await judges_of(panel), applications, officer


async def test_each_member_earns_the_session_and_what_they_wrote_and_who_was_absent_earns_nothing():
    """TT 03/2023 as shipped: chair 1.8 million, others 1.5; a review 1.0 by a reviewer and 0.7 by a member."""
    _panel, judges, _applications, _officer = await a_closed_session(absent=(7,))
    earned = {}
    for fee in await Fee.objects().order_by(Fee.id):
        earned.setdefault(fee.person, {})[fee.rate] = (fee.times, fee.each)
    assert earned[judges[0].id] == {"selection_chair": (1, 1_800_000), "selection_review_member": (2, 700_000)}
    assert earned[judges[1].id] == {"selection_vice_chair": (1, 1_500_000), "selection_review_member": (2, 700_000)}
    assert earned[judges[3].id] == {"selection_reviewer": (1, 1_500_000), "selection_review_reviewer": (2, 1_000_000)}
    assert earned[judges[5].id] == {"selection_member": (1, 1_500_000), "selection_review_member": (2, 700_000)}
    assert judges[6].id not in earned and len(earned) == 6


async def test_finance_gets_a_payment_list_with_accounts_and_the_officer_a_list_without():
    _panel, judges, _applications, officer = await a_closed_session()
    await PayDetail(person=judges[0].id, bank="Ngân hàng Nông nghiệp", bank_account="5200 1111 2222", tax_number="6001234567").save()
    finance = await a_person(Role.FINANCE)
    async with browsing() as browser:
        payer, office, judge = [await browser().sign_in(one) for one in (finance, officer, judges[0])]
        page = await payer.open("/fees/payees")
        assert "5200 1111 2222" in page.words and "3.200.000" in page.words
        book = openpyxl.load_workbook(io.BytesIO((await payer.client.get("/fees/payees?format=xlsx")).content)).active
        lines = list(book.iter_rows(min_row=2, values_only=True))
        # chair 1.8 + 2 × 0.7; four others 1.5 + 2 × 0.7; two reviewers 1.5 + 2 × 1.0
        assert sum(line[4] for line in lines[:-1]) == lines[-1][4] == 3_200_000 + 4 * 2_900_000 + 2 * 3_500_000
        assert (await office.client.get("/fees/payees")).status_code == 403
        assert "5200 1111 2222" not in (await office.open("/fees")).text
        own = await judge.open("/fees")
        assert len(own.all("tbody")) and judges[1].full_name not in own.words
    assert await Fee.count() == 14


async def test_an_appraisal_pays_who_took_part_and_its_minutes_say_what_its_page_says():
    panel, _judges, applications, officer = await a_closed_session()
    team = await a_team(panel)
    opened = await appraisals.open_appraisal(await fresh(applications[0]), team, by=officer)
    line = (await appraisals.lines(opened))[0]
    from grants.proposals.tables import BudgetLine

    await appraisals.change_line(
        opened, await BudgetLine.objects().get(BudgetLine.id == line["id"]), after=850_000_000, reason="Giảm công tác phí", by=team["head"]
    )
    async with browsing() as browser:
        office = await browser().sign_in(officer)
        assert (await office.open(f"/appraisals/{opened.id}/minutes")).answer.url.path == f"/appraisals/{opened.id}"
        there = [who.id for part, who in team.items() if part != "deputy"]
        await appraisals.conclude(opened, present=there, dissent="Đề nghị giữ nguyên công tác phí.", by=team["head"])
        page = await office.open(f"/appraisals/{opened.id}/minutes")
    assert "Có mặt 4 trên 5 thành viên (cần ít nhất 4)" in page.words
    assert "850.000.000" in page.words and "Giảm công tác phí" in page.words and "Ý kiến bảo lưu: Đề nghị giữ nguyên" in page.words
    paid = {fee.person: (fee.rate, fee.each) for fee in await Fee.objects().where(Fee.appraisal == opened.id)}
    assert paid[team["head"].id] == ("appraisal_chair", 1_000_000) and team["deputy"].id not in paid and len(paid) == 4


# --- reminders -------------------------------------------------------------------------------------------------------

async def letters_to(person) -> list[str]:
    return [one.subject for one in await Letter.objects().where(Letter.person == person.id).order_by(Letter.id)]


async def test_who_has_a_ballot_open_is_reminded_before_and_after_and_then_the_officer_hears_of_it():
    """Session on a Friday; shipped: 3 working days before, 1 after, the officer 2 after; a reviewer is due a working day earlier."""
    officer = await a_person(Role.OFFICER)
    panel = await a_panel(officer=officer, meets_at=datetime(2027, 3, 19, 14, tzinfo=VIETNAM))
    judges = await judges_of(panel)
    done = judges[0]
    application = await Proposal.objects().first()
    await given_by_all(panel, application, [80] + [None] * 6)
    member, reviewer = judges[5], judges[3]

    async def on(day: str) -> None:
        with at(datetime.fromisoformat(f"2027-03-{day}T08:00:00+07:00")):
            await reminders.remind()
            await reminders.remind()

    await on("12")
    assert await letters_to(reviewer) == await letters_to(member) == []
    await on("15")  # three working days before Thursday 18: reviewers only
    assert (await letters_to(reviewer), await letters_to(member)) == (["Nhắc nộp phiếu và nhận xét"], [])
    await on("16")
    assert await letters_to(member) == ["Nhắc nộp phiếu và nhận xét"]
    await on("19")  # the day after the reviewers' day
    assert len(await letters_to(reviewer)) == 2 and len(await letters_to(member)) == 1
    await on("22")  # Monday: two working days after it, one after the session
    assert len(await letters_to(member)) == 2
    assert await letters_to(officer) == ["Thành viên hội đồng chưa nộp phiếu"] * 2  # the two reviewers
    await on("23")
    assert len(await letters_to(officer)) == 6
    assert await letters_to(done) == [] and await Reminder.count() == 3 * 6
