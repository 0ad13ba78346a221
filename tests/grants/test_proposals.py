"""An application's life: drafted, written by several, certified, handed in once before the deadline, opened, confirmed."""

import asyncio
import hashlib
import json
from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest

from grants.calls import calls
from grants.calls.tables import AskedDocument, Call
from grants.people import people
from grants.people.tables import Obligation, Role
from grants.proposals import drafts, lines, openings, proposals, submissions, teams
from grants.proposals.proposals import State
from grants.proposals.tables import BudgetLine, Document, Finding, Proposal, Submission, TeamMember
from grants.rules.content import Bar, Span
from grants.shell.changes import Refused, at, now
from grants.shell.dates import VIETNAM
from grants.shell.events import Event
from grants.shell.tables import Letter
from tests.browsing import browsing
from tests.makers import a_call, a_person, a_proposal, an_organisation

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def a_ready_draft(**more):
    """A draft that lacks nothing, its lead and its signatory."""
    university = await an_organisation("Trường Đại học Tây Nguyên")
    lead, rector = await a_person(Role.RESEARCHER, of=university), await a_person(Role.SIGNATORY, of=university)
    draft = await a_proposal(lead=lead, signatory=rector.id, **more)
    await drafts.add_product(draft, by=lead, form="I", name="Bài báo", unit="bài", quantity=2, quality="Scopus")
    await submissions.certify(draft, by=rector)
    return draft, lead, rector


async def test_a_complete_draft_is_handed_in_once_with_a_number_a_snapshot_and_letters():
    draft, lead, rector = await a_ready_draft()
    kept = await submissions.submit(draft, by=lead)
    stored = await Proposal.objects().first()
    call = await Call.objects().first()
    assert (stored.state, stored.reference) == (State.SUBMITTED, f"{call.code}-001")
    assert kept.number == 1 and await Submission.count() == 1
    assert {letter["person"] for letter in await Letter.select(Letter.person)} == {lead.id, rector.id}
    with pytest.raises(Refused, match="không thể chuyển"):
        await submissions.submit(draft, by=lead)


async def test_handing_in_names_everything_that_is_missing_and_changes_nothing():
    lead = await a_person(Role.RESEARCHER)
    call = await a_call()
    await AskedDocument(call=call.id, code="letter", name="Đơn đăng ký", name_en="Letter", form_code="B1-1").save()
    draft = await proposals.draft(call, by=lead, title="Bảo tồn voi nhà")
    with pytest.raises(Refused) as refused:
        await submissions.submit(draft, by=lead)
    for reason in ("Viết tóm tắt", "Đơn đăng ký", "Lập dự toán", "chưa xác nhận"):
        assert reason in str(refused.value)
    assert (await Proposal.objects().first()).state == State.DRAFT and await Submission.count() == 0


async def test_a_second_after_the_deadline_it_is_too_late():
    draft, lead, _rector = await a_ready_draft()
    deadline = (await Call.objects().first()).deadline
    with at(deadline + timedelta(seconds=1)), pytest.raises(Refused, match="hết hạn"):
        await submissions.submit(draft, by=lead)
    with at(deadline):
        await submissions.submit(draft, by=lead)


async def test_two_browsers_hand_the_same_draft_in_at_once_and_one_is_refused():
    draft, lead, _rector = await a_ready_draft()
    answers = await asyncio.gather(*(submissions.submit(draft, by=lead) for _n in range(4)), return_exceptions=True)
    assert sum(isinstance(answer, Submission) for answer in answers) == 1
    assert sum(isinstance(answer, Refused) for answer in answers) == 3
    assert await Submission.count() == 1


async def test_what_is_being_handed_in_while_the_session_opens_is_opened_with_the_others(monkeypatch):
    draft, lead, _rector = await a_ready_draft()
    call, missing = await Call.objects().first(), submissions.missing
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(proposal, call):
        begun.set()
        await go_on.wait()
        return await missing(proposal, call)

    monkeypatch.setattr(submissions, "missing", slowly)
    submitting = asyncio.create_task(submissions.submit(draft, by=lead))
    await begun.wait()
    with at(call.deadline + timedelta(seconds=1)):
        opening = asyncio.create_task(openings.open_session(call, by=await a_person(Role.OFFICER)))
        await asyncio.sleep(0.3)
    go_on.set()
    await submitting
    assert await opening == 1


@pytest.mark.parametrize(("kind", "term", "due", "stands"), [
    ("suspended", ("months", 36), date(2024, 1, 30), True),  # to the day before 30/01/2027
    ("suspended", ("months", 36), date(2024, 1, 29), False),
    ("overdue_report", ("months", 1), date(2026, 12, 30), False),  # barred from 30/01/2027 on
    ("overdue_report", ("months", 1), date(2026, 12, 29), True),
    ("overdue_report", ("days", 30), date(2026, 12, 30), True),
    ("overdue_report", None, date(2027, 1, 30), False),
])
async def test_a_debt_bars_after_its_grace_and_a_suspension_for_its_term_whatever_the_unit(kind, term, due, stands):
    rule = Bar(code="overdue_report", who="pi", on=True, term=Span(unit=term[0], value=term[1]) if term else None)
    call = await a_call(deadline=datetime(2027, 1, 29, 17, tzinfo=VIETNAM))
    assert openings.stands(Obligation(kind=kind, due=due, subject="Nợ"), call, rule) is stands


async def test_numbers_of_one_call_never_repeat_however_many_hand_in_at_once():
    call = await a_call()
    ready = [await a_ready_draft(call=call) for _n in range(6)]
    await asyncio.gather(*(submissions.submit(draft, by=lead) for draft, lead, _rector in ready))
    numbers = sorted(row["reference"] for row in await Proposal.select(Proposal.reference))
    assert numbers == [f"{call.code}-{n:03d}" for n in range(1, 7)]


async def test_what_was_handed_in_can_no_longer_be_written_by_anyone():
    draft, lead, _rector = await a_ready_draft()
    await submissions.submit(draft, by=lead)
    for attempt in (
        drafts.write(draft, "need", "Khác", by=lead),
        drafts.describe(draft, by=lead, title="Khác"),
        lines.add_line(draft, by=lead, group=1, year=2026, source="recurrent", requested=1),
        lines.change_line(await BudgetLine.objects().first(), by=lead, requested=1),
    ):
        with pytest.raises(Refused, match="không sửa được"):
            await attempt
    assert (await BudgetLine.objects().first()).requested == 900_000_000


async def test_a_reader_reads_an_editor_writes_a_stranger_sees_nothing():
    draft, lead, _rector = await a_ready_draft()
    people = {}
    for access in ("reader", "editor"):
        people[access] = await a_person(Role.RESEARCHER)
        await teams.invite(
            draft, by=lead, email=people[access].email, full_name=people[access].full_name, part="team_member", months=3, access=access,
        )
        letter = await Letter.objects().order_by(Letter.id, ascending=False).first()
        await teams.join(letter.link.rsplit("/", 1)[-1], by=people[access])
    await drafts.write(draft, "need", "Người cùng soạn viết.", by=people["editor"])
    with pytest.raises(Refused, match="chỉ được đọc"):
        await drafts.write(draft, "need", "Người đọc viết.", by=people["reader"])
    stranger, officer = await a_person(Role.RESEARCHER), await a_person(Role.OFFICER)
    assert [len(await proposals.visible_to(p)) for p in (lead, people["reader"], stranger, officer)] == [1, 1, 0, 0]


async def test_an_invitation_works_only_for_the_invited_address_and_only_once():
    draft, lead, _rector = await a_ready_draft()
    ada, eve = await a_person(Role.RESEARCHER), await a_person(Role.RESEARCHER)
    await teams.invite(draft, by=lead, email=ada.email, full_name="Ada", part="team_member", months=1, access="editor")
    token = (await Letter.objects().order_by(Letter.id, ascending=False).first()).link.rsplit("/", 1)[-1]
    with pytest.raises(Refused, match="địa chỉ thư khác"):
        await teams.join(token, by=eve)
    await teams.join(token, by=ada)
    with pytest.raises(Refused, match="đã dùng rồi"):
        await teams.join(token, by=ada)


async def test_any_change_after_certification_takes_it_back():
    draft, lead, _rector = await a_ready_draft()
    await drafts.write(draft, "need", "Viết lại.", by=lead)
    with pytest.raises(Refused, match="chưa xác nhận"):
        await submissions.submit(draft, by=lead)


async def test_only_the_named_signatory_certifies():
    draft, lead, _rector = await a_ready_draft()
    await drafts.write(draft, "need", "Viết lại.", by=lead)
    for person in (lead, await a_person(Role.SIGNATORY)):
        with pytest.raises(Refused, match="thủ trưởng"):
            await submissions.certify(draft, by=person)


async def test_sums_are_the_server_s_and_follow_every_line():
    lead = await a_person(Role.RESEARCHER)
    draft = await a_proposal(lead=lead)
    line = await lines.add_line(draft, by=lead, group=1, year=2026, source="own", requested=50_000_000)
    await lines.add_line(draft, by=lead, group=1, year=2027, source="capital", requested=100_000_000)
    await lines.change_line(line, by=lead, requested=70_000_000)
    stored = await Proposal.objects().first()
    assert (stored.requested, stored.requested_state) == (1_070_000_000, 1_000_000_000)
    await drafts.take_out(line, by=lead)
    assert (await Proposal.objects().first()).requested == 1_000_000_000


async def test_the_snapshot_stays_as_it_was_handed_in(owner):
    draft, lead, _rector = await a_ready_draft()
    kept = await submissions.submit(draft, by=lead)
    await submissions.reopen(draft, by=lead)
    await drafts.write(draft, "need", "Sau khi nộp.", by=lead)
    again = await Submission.objects().where(Submission.id == kept.id).first()
    assert json.loads(again.content) == json.loads(kept.content) and "Sau khi nộp" not in again.content
    assert hashlib.sha256(json.dumps(json.loads(again.content), ensure_ascii=False, sort_keys=True).encode()).hexdigest() == kept.sha256


async def test_the_opening_finds_what_the_records_say_and_the_officer_confirms():
    officer = await a_person(Role.OFFICER)
    call = await a_call(ceiling=500_000_000)
    good, lead, _rector = await a_ready_draft(call=call, amount=400_000_000)
    asked = AskedDocument(call=call.id, code="letter", name="Đơn đăng ký", name_en="Letter", form_code="B1-1")
    await asked.save()
    await Document(
        proposal=good.id, asked=asked.id, filename="don.pdf", stored="x.pdf", size=1, sha256="0", uploaded_at=now(), uploaded_by=lead.id
    ).save()
    await submissions.submit(good, by=lead)
    bad = await a_proposal(State.SUBMITTED, call=call)
    await Obligation(kind="leading_project", person=bad.lead, subject="DL-2025-001", due=now().date() - timedelta(days=400)).save()
    with pytest.raises(Refused, match="Chưa đến hạn"):
        await openings.open_session(call, by=officer)
    with at(call.deadline + timedelta(days=1)):
        assert await openings.open_session(call, by=officer) == 2
        codes = await Finding.select(Finding.proposal, Finding.code).order_by(Finding.code)
        assert codes == [
            {"proposal": bad.id, "code": code} for code in ("document_missing", "over_amount", "pi_unfinished_project_as_pi")
        ]
        with pytest.raises(Refused, match="vướng mắc"):
            await openings.confirm(bad, eligible=True, by=officer)
        await openings.confirm(bad, eligible=False, by=officer)
        await openings.confirm(good, eligible=True, by=officer)
    states = {row["id"]: row["state"] for row in await Proposal.select(Proposal.id, Proposal.state)}
    assert states == {good.id: "eligible", bad.id: "ineligible"}
    letter = await Letter.objects().where(Letter.person == bad.lead).first()
    assert "vượt mức tối đa 500.000.000" in letter.body


async def test_who_is_turned_away_is_told_every_reason_in_the_letter_and_on_the_page_and_none_of_why_it_was_first_let_through():
    officer, call = await a_person(Role.OFFICER), await a_call()
    proposal = await a_proposal(State.SUBMITTED, call=call)
    owed = {"subject": "DL-2025-001", "due": now().date() - timedelta(days=400)}
    await Obligation(kind="leading_project", person=proposal.lead, **owed).save()
    with at(call.deadline + timedelta(days=1)):
        await openings.open_session(call, by=officer)
        await openings.confirm(proposal, eligible=True, remark="Đã xin gia hạn.", by=officer)
        with pytest.raises(Refused, match="lý do không hợp lệ"):  # the finding had been no obstacle
            await openings.confirm(proposal, eligible=False, by=officer)
        await openings.confirm(proposal, eligible=False, remark="Đơn gia hạn bị từ chối.", by=officer)
        letters = await Letter.objects().where(Letter.person == proposal.lead).order_by(Letter.id)
        async with browsing() as browser:
            team = await (await browser().sign_in(await people.person(proposal.lead))).open(f"/proposals/{proposal.id}")
            office = await (await browser().sign_in(officer)).open(f"/proposals/{proposal.id}")
    found = [one.sentence for one in await Finding.objects().where((Finding.proposal == proposal.id) & Finding.blocking.eq(True))]
    assert found and found[-1] == "Đơn gia hạn bị từ chối."
    assert all(one in letters[-1].body and one in team.words for one in found)
    assert "Đã xin gia hạn" not in letters[-1].body + team.words and "Đã xin gia hạn" in office.words


@pytest.mark.parametrize("bar", ["overdue_report", "overdue_final_evaluation"])
async def test_a_late_report_and_a_late_final_file_bar_each_for_itself(bar):
    call = await a_call()
    proposal = await a_proposal(State.SUBMITTED, call=call)
    for kind in ("overdue_report", "overdue_final_evaluation"):
        await Obligation(
            kind=kind, person=proposal.lead, organisation=proposal.lead_organisation, subject=kind, due=now().date() - timedelta(days=400)
        ).save()
    rules = await calls.rules_of(call)
    only = tuple(one.model_copy(update={"on": one.code == bar}) for one in rules.eligibility.bars)
    eligibility = rules.eligibility.model_copy(update={"bars": only})
    found = await openings.owed(proposal, call, rules.model_copy(update={"eligibility": eligibility}))
    assert {code.split("_", 1)[1] for code, _words in found} == {bar}
    assert all(bar in words for _code, words in found)


@pytest.mark.parametrize(("least", "degree", "rank", "found"), [
    ("master", "KS", "", ["pi_degree"]), ("master", "CKI", "", []), ("doctor", "ThS", "", ["pi_degree"]), ("doctor", "ThS", "PGS", []),
    ("university", "BS", "", []), ("doctor", "", "", []),  # what the profile does not say is for the officer to ask
])
async def test_a_lead_below_the_least_degree_is_found_at_the_opening(least, degree, rank, found):
    call = await a_call()
    lead = await a_person(Role.RESEARCHER, degree=degree, academic_rank=rank)
    rules = await calls.rules_of(call)
    eligibility = rules.eligibility.model_copy(update={"pi_minimum_degree": least})
    proposal = await a_proposal(State.SUBMITTED, call=call, lead=lead)
    said = await openings.below_degree(proposal, rules.model_copy(update={"eligibility": eligibility}))
    assert [code for code, _words in said] == found


@pytest.mark.parametrize(("state", "found"), [(700, []), (701, ["over_share"])])
async def test_state_money_beyond_its_share_is_found_at_the_opening(state, found):
    call = await a_call()
    rules = await calls.rules_of(call)
    ceilings = rules.ceilings.model_copy(update={"state_share": Fraction(7, 10), "state_amount": None, "months": None})
    asked = await a_proposal(State.SUBMITTED, call=call)
    asked.requested, asked.requested_state = 1000, state
    said = openings.over_ceiling(asked, call, rules.model_copy(update={"ceilings": ceilings}))
    assert [code for code, _words in said] == found


async def test_every_step_leaves_its_event():
    draft, lead, _rector = await a_ready_draft()
    await submissions.submit(draft, by=lead)
    did = [row["did"] for row in await Event.select(Event.did).where(Event.thing == "proposal").order_by(Event.id)]
    assert did == ["promised", "certified", "submitted"]
    assert await TeamMember.count() == 1


async def test_after_the_deadline_nothing_is_taken_back_or_withdrawn():
    draft, lead, _rector = await a_ready_draft()
    await submissions.submit(draft, by=lead)
    deadline = (await Call.objects().first()).deadline
    with at(deadline + timedelta(seconds=1)):
        for verb in (submissions.reopen, submissions.withdraw):
            with pytest.raises(Refused, match="hết hạn"):
                await verb(draft, by=lead)
    with at(deadline):
        await submissions.reopen(draft, by=lead)
    assert (await Proposal.objects().first()).state == State.DRAFT


async def test_the_head_certifies_only_what_is_complete_or_hands_it_back_with_a_reason():
    draft, lead, rector = await a_ready_draft()
    await drafts.write(draft, "need", "", by=lead)
    with pytest.raises(Refused, match="chưa xong"):
        await submissions.certify(draft, by=rector)
    with pytest.raises(Refused, match="ghi điều cần sửa"):
        await submissions.hand_back(draft, reason="", by=rector)
    await submissions.hand_back(draft, reason="Thiếu số liệu vùng trồng.", by=rector)
    letter = await Letter.objects().order_by(Letter.id, ascending=False).first()
    assert letter.person == lead.id and "Thiếu số liệu vùng trồng." in letter.body


async def test_a_head_who_moved_to_another_organisation_no_longer_certifies_for_the_old_one():
    draft, lead, rector = await a_ready_draft()
    await drafts.write(draft, "need", "Viết lại.", by=lead)
    elsewhere = await a_person(Role.SIGNATORY)
    await drafts.describe(draft, by=lead, signatory=elsewhere.id)
    with pytest.raises(Refused, match="thủ trưởng"):
        await submissions.certify(draft, by=elsewhere)


async def test_an_officer_decides_nothing_about_an_application_they_are_part_of():
    university = await an_organisation()
    lead = await a_person(Role.RESEARCHER, Role.OFFICER, of=university)
    call = await a_call()
    own = await a_proposal(State.SUBMITTED, lead=lead, call=call)
    other = await a_person(Role.OFFICER)
    with at(call.deadline + timedelta(days=1)):
        await openings.open_session(call, by=other)
        with pytest.raises(Refused, match="có tên trong hồ sơ"):
            await openings.confirm(own, eligible=True, by=lead)


async def test_nobody_works_for_more_months_than_the_project_lasts():
    draft, _lead, _rector = await a_ready_draft()
    member = await TeamMember.objects().where(TeamMember.proposal == draft.id).first()
    call, too_long = await Call.objects().first(), f"{member.full_name}: số tháng làm việc không quá {draft.months} tháng thực hiện"
    for months, words in ((draft.months, []), (draft.months + 1, [too_long])):
        await TeamMember.update({TeamMember.months: months}).where(TeamMember.id == member.id)
        assert [lack.words for lack in await submissions.missing(draft, call) if lack.task == "team"] == words
