"""What came of a project: entered by its team, checked by kind, verified by somebody else, found in lists."""

import asyncio
from datetime import UTC, date, datetime

import pytest
from asyncpg import CheckViolationError

from grants.outcomes import outcomes, outputs, rights, transfers
from grants.outcomes.tables import Output, Right, RightTerm, Transfer
from grants.people.tables import Role
from grants.projects import evaluations
from grants.projects.tables import Project
from grants.proposals.tables import Product, TeamMember
from grants.shell.changes import Refused, at, now
from grants.shell.events import Event
from grants.shell.tables import Letter
from tests.browsing import browsing
from tests.makers import a_person, a_proposal
from tests.makers_projects import START, a_project, a_running_project, an_evaluated_project, now_as

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]

NOW = datetime(2027, 3, 1, 3, tzinfo=UTC)
PAPER = {"title": "Coffee under drought", "form": "I", "quantity": 1, "produced_on": date(2026, 9, 1), "identifier": "10.1000/7"}


async def a_right(project: Project, lead, **more) -> Right:
    facts = {"title": "Máy rang", "kind": "patent", "number": "1-2026-00001", "filed_on": date(2026, 5, 10),
             "owner": project.lead_organisation}
    return await outcomes.enter(project, Right, by=lead, **(facts | more))


async def a_transfer(project: Project, lead, **more) -> Transfer:
    facts = {"title": "Quy trình tái canh", "contract_number": "03/CGCN", "recipient": "Hợp tác xã Ea Tu", "mode": "licence",
             "signed_on": date(2027, 1, 4), "value": 150_000_000}
    return await outcomes.enter(project, Transfer, by=lead, **(facts | more))


# --- verbs -----------------------------------------------------------------------------------------------------------

async def test_an_outcome_is_entered_by_the_team_and_verified_by_an_officer(officer, lead):
    with at(NOW):
        project = await a_running_project(lead=lead, officer=officer)
        paper = await outcomes.enter(project, Output, by=lead, **PAPER)
        assert (paper.entered_by, paper.verified_at, outcomes.status(paper)) == (lead.id, None, ("Chờ xác nhận", "progress"))
        await outcomes.verify(paper, by=officer)
        paper = await now_as(paper)
        assert (paper.verified_by, outcomes.status(paper)) == (officer.id, ("Đã xác nhận", "good"))
        with pytest.raises(Refused, match="đã được xác nhận"):
            await outcomes.verify(paper, by=await a_person(Role.OFFICER))
    letters = await Letter.select(Letter.person, Letter.subject, Letter.link).order_by(Letter.id, ascending=False).limit(1)
    assert letters == [{"person": lead.id, "subject": "Đã xác nhận: Coffee under drought", "link": f"/outcomes/outputs/{paper.id}"}]


async def test_who_may_not_enter_nor_verify(officer, lead):
    with at(NOW):
        project = await a_running_project(lead=lead, officer=officer)
        reader = await a_person(Role.RESEARCHER)
        await TeamMember(
            proposal=project.proposal, person=reader.id, email=reader.email, full_name="Đọc", access="reader", joined_at=now()
        ).save()
        for person in (reader, officer, await a_person(Role.RESEARCHER), await a_person(Role.SIGNATORY)):
            with pytest.raises(Refused, match="nhóm thực hiện"):
                await outcomes.enter(project, Output, by=person, **PAPER)
        paper = await outcomes.enter(project, Output, by=lead, **PAPER)
        for person in (reader, lead, await a_person(Role.LEADER), await a_person(Role.ASSOCIATION)):
            with pytest.raises(Refused):
                await outcomes.verify(paper, by=person)
    assert await Output.count().where(Output.verified_at.is_null()) == 1


async def test_an_officer_in_the_team_verifies_neither_what_they_entered_nor_what_they_lead(officer):
    both = await a_person(Role.RESEARCHER, Role.OFFICER)
    with at(NOW):
        led = await a_running_project(lead=both, officer=officer)
        joined = await a_running_project(officer=officer)
        await TeamMember(
            proposal=joined.proposal, person=both.id, email=both.email, full_name="Sửa", access="editor", joined_at=now()
        ).save()
        for project in (led, joined):
            paper = await outcomes.enter(project, Output, by=both, **PAPER)
            with pytest.raises(Refused, match="không tự xác nhận"):
                await outcomes.verify(paper, by=both)


async def test_the_database_itself_refuses_who_verifies_what_they_entered(owner, officer, lead):
    with at(NOW):
        project = await a_running_project(lead=lead, officer=officer)
        await outcomes.enter(project, Output, by=lead, **PAPER)
        await a_right(project, lead)
        await a_transfer(project, lead)
    for table in ("output", '"right"', "transfer"):
        for change in ("verified_by = entered_by, verified_at = now()", f"verified_by = {officer.id}, verified_at = NULL"):
            with pytest.raises(CheckViolationError):
                await owner.execute(f"UPDATE {table} SET {change}")


async def test_nothing_is_entered_before_the_agreement(lead):
    with at(NOW), pytest.raises(Refused, match="sau khi hợp đồng"):
        await outcomes.enter(await a_project(lead=lead), Output, by=lead, **PAPER)


async def test_what_is_questioned_is_corrected_and_what_is_verified_stays(officer, lead):
    with at(NOW):
        project = await a_running_project(lead=lead, officer=officer)
        paper = await outcomes.enter(project, Output, by=lead, **PAPER)
        with pytest.raises(Refused, match="điều cần sửa"):
            await outcomes.question(paper, remark=" ", by=officer)
        await outcomes.question(paper, remark="DOI không mở được.", by=officer)
        assert outcomes.status(await now_as(paper)) == ("Cần sửa", "warn")
        await outcomes.correct(paper, by=lead, **(PAPER | {"identifier": "10.1000/8"}))
        paper = await now_as(paper)
        assert (paper.identifier, paper.remark) == ("10.1000/8", "")
        await outcomes.verify(paper, by=officer)
        for refused in (outcomes.correct(paper, by=lead, **PAPER), outcomes.strike(paper, by=lead)):
            with pytest.raises(Refused, match="đã xác nhận"):
                await refused
        await outcomes.question(paper, remark="Bổ sung số xuất bản.", by=officer)
        assert (await now_as(paper)).verified_at is None
        await outcomes.strike(paper, by=lead)
    assert await Output.count() == 0 and await Event.count().where(Event.did == "struck") == 1


async def test_an_output_answers_a_product_of_its_own_project_in_that_product_s_form(lead):
    with at(NOW):
        project = await a_running_project(lead=lead)
        variety = Product(proposal=project.proposal, form="III", name="Giống chịu hạn", unit="giống", quantity=2)
        other = Product(proposal=(await a_proposal("awarded")).id, form="III", name="Của người khác", unit="giống")
        await variety.save()
        await other.save()
        with pytest.raises(Refused, match="danh mục đặt hàng"):
            await outcomes.enter(project, Output, by=lead, **(PAPER | {"product": other.id}))
        for wrong in (date(2026, 1, 4), date(2027, 3, 2)):
            with pytest.raises(Refused, match="Ngày hoàn thành"):
                await outcomes.enter(project, Output, by=lead, **(PAPER | {"produced_on": wrong}))
        kept = await outcomes.enter(project, Output, by=lead, **(PAPER | {"product": variety.id}))
        assert kept.form == "III"
        second = await outcomes.enter(project, Output, by=lead, **(PAPER | {"product": variety.id}))
        await outcomes.verify(second, by=await a_person(Role.OFFICER))
        found = await outputs.ordered_and_achieved(project)
    assert [(p["name"], p["ordered"], p["entered"], p["verified"]) for p in found] == [("Giống chịu hạn", 2, 2, 1)]


@pytest.mark.parametrize(("kind", "granted", "until"), [
    ("patent", None, date(2046, 5, 9)), ("utility_solution", None, date(2036, 5, 9)),
    ("industrial_design", None, date(2031, 5, 9)), ("trademark", date(2027, 1, 1), date(2036, 5, 9)),
    ("plant_variety", None, None), ("plant_variety", date(2027, 1, 1), date(2046, 12, 31)),
    ("tree_variety", date(2027, 1, 1), date(2051, 12, 31)), ("copyright", date(2027, 1, 1), None),
])
async def test_the_end_of_protection_follows_from_kind_filing_and_grant(lead, kind, granted, until):
    with at(NOW):
        right = await a_right(await a_running_project(lead=lead), lead, kind=kind, granted_on=granted)
    assert right.expires_on == until


async def test_the_term_is_the_one_in_force_at_filing(lead):
    with at(NOW):
        project = await a_running_project(lead=lead)
        old = await RightTerm.objects().get(RightTerm.kind == "utility_solution")
        old.valid_to = date(2026, 6, 30)
        await old.save()
        await RightTerm(kind="utility_solution", years=15, basis="Luật mới", valid_from=date(2026, 7, 1)).save()
        before = await a_right(project, lead, kind="utility_solution", number="1", filed_on=date(2026, 6, 30))
        after = await a_right(project, lead, kind="utility_solution", number="2", filed_on=date(2026, 7, 1))
    assert (before.expires_on, after.expires_on) == (date(2036, 6, 29), date(2041, 6, 30))


async def test_a_right_s_number_is_recorded_once_and_its_dates_are_in_order(lead):
    with at(NOW):
        project = await a_running_project(lead=lead)
        first = await a_right(project, lead)
        for wrong, says in (
            ({}, "đã được ghi"), ({"number": "2", "filed_on": date(2027, 3, 2)}, "đến hôm nay"),
            ({"number": "2", "filed_on": date(2025, 5, 10)}, "từ ngày bắt đầu nhiệm vụ"),
            ({"number": "2", "granted_on": date(2026, 5, 9)}, "Ngày cấp"), ({"number": "2", "owner": 99_999}, "chủ sở hữu"),
        ):
            with pytest.raises(Refused, match=says):
                await a_right(project, lead, **wrong)
        await outcomes.correct(first, by=lead, granted_on=date(2026, 12, 1))
    assert (await now_as(first)).granted_on == date(2026, 12, 1)


async def test_two_projects_that_record_the_same_right_at_once_record_it_once(lead):
    with at(NOW):
        ours, theirs = await a_running_project(lead=lead), await a_running_project(lead=lead)
        answers = await asyncio.gather(*(a_right(project, lead) for project in (ours, theirs)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Refused", "Right"]


async def test_a_transfer_is_registered_within_ninety_days_unless_the_result_has_its_certificate(officer, lead):
    with at(NOW):
        project = await an_evaluated_project(lead=lead, officer=officer, starts_on=START, months=12)
        for wrong in ({"signed_on": date(2026, 1, 4)}, {"registration_number": "9"}, {"registered_on": date(2027, 2, 1)},
                      {"registration_number": "9", "registered_on": date(2027, 1, 3)}):
            with pytest.raises(Refused):
                await a_transfer(project, lead, **wrong)
        transfer = await a_transfer(project, lead)
        assert await transfers.registration_due(transfer, project) == date(2027, 4, 5)  # 4 April 2027 is a Sunday
        with pytest.raises(Refused, match="đã được ghi"):
            await a_transfer(project, lead)
        await evaluations.register(project, certificate="07/GCN", registered_on=date(2027, 3, 1), by=officer)
        assert await transfers.registration_due(transfer, await now_as(project)) is None


async def test_published_before_filing_is_told(lead):
    with at(NOW):
        project = await a_running_project(lead=lead)
        assert await rights.disclosure_warning(project) is None
        await Product(proposal=project.proposal, form="IV", name="Đơn sáng chế", unit="đơn").save()
        assert "chưa ghi đơn nào" in await rights.disclosure_warning(project)
        await a_right(project, lead, filed_on=date(2026, 9, 1))
        assert await rights.disclosure_warning(project) is None
        await outcomes.enter(project, Output, by=lead, **PAPER)
        assert await rights.disclosure_warning(project) is None
        await outcomes.enter(project, Output, by=lead, **(PAPER | {"produced_on": date(2026, 8, 31)}))
        assert "31/08/2026, trước khi nộp đơn ngày 01/09/2026" in await rights.disclosure_warning(project)


async def test_two_officers_at_once_verify_an_outcome_once(officer, lead):
    with at(NOW):
        paper = await outcomes.enter(await a_running_project(lead=lead), Output, by=lead, **PAPER)
        both = [officer, await a_person(Role.OFFICER)]
        found = await asyncio.gather(*(outcomes.verify(paper, by=one) for one in both), return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) == ["NoneType", "Refused"]
    assert await Event.count().where(Event.did == "verified") == 1


async def test_strangers_see_what_is_verified_and_nothing_before(officer, lead):
    with at(NOW):
        project = await a_running_project(lead=lead, officer=officer)
        seen, hidden = [await outcomes.enter(project, Output, by=lead, **PAPER) for _n in range(2)]
        await outcomes.verify(seen, by=officer)
        for person, expected in (
            (await a_person(Role.RESEARCHER), {seen.id}), (await a_person(Role.EXPERT), {seen.id}), (lead, {seen.id, hidden.id}),
            (officer, {seen.id, hidden.id}), (await a_person(Role.AUDITOR), {seen.id, hidden.id}),
        ):
            assert {row.id for row in await outcomes.visible_to(person, Output)} == expected


# --- pages -----------------------------------------------------------------------------------------------------------

async def test_outcomes_in_the_browser_entered_questioned_corrected_verified_and_found(officer, lead):
    with at(NOW):
        project = await a_running_project(lead=lead, officer=officer)
        product = Product(proposal=project.proposal, form="I", name="Bài báo khoa học", unit="bài", quantity=2)
        await product.save()
        tab = f"/projects/{project.id}/outcomes"
        async with browsing() as browser:
            bob, ada = await browser().sign_in(lead), await browser().sign_in(officer)
            await bob.open(tab)
            assert {f"{tab}/outputs", f"{tab}/rights", f"{tab}/transfers"} <= set(bob.page.links)
            await bob.open(f"{tab}/outputs")
            await bob.submit(f"{tab}/outputs", title="Cà phê chịu hạn", product=str(product.id), produced_on="30/02/2026", quantity="0")
            assert bob.page.status == 422 and sorted(bob.page.errors()) == ["produced_on", "quantity"]
            assert bob.page.form(f"{tab}/outputs").xpath(".//*[@name='title']/@value") == ["Cà phê chịu hạn"]
            await bob.submit(f"{tab}/outputs", produced_on="01/09/2028", quantity="1")
            assert bob.page.status == 409 and "Ngày hoàn thành phải" in bob.page.words
            await bob.submit(f"{tab}/outputs", produced_on="01/09/2026")
            assert "Số lượng đặt hàng2 bài" in bob.page.words
            here = bob.page.answer.url.path
            await bob.open(f"{tab}/rights")
            await bob.submit(f"{tab}/rights", title="Máy rang", kind="patent", number="1-2026-1", filed_on="10/05/2026")
            assert "Bảo hộ đến09/05/2046" in bob.page.words
            await bob.open(f"{tab}/transfers")
            await bob.submit(f"{tab}/transfers", title="Quy trình", contract_number="3", recipient="HTX Ea Tu", mode="licence",
                             signed_on="04/01/2027", value="150 triệu")
            assert "đăng ký trước hết thứ Hai, ngày 05/04/2027" in bob.page.words
            await ada.open("/outcomes")
            assert here in ada.page.links
            await ada.open(here)
            await ada.submit(f"{here}/question", remark="Thiếu DOI.")
            await bob.open(here)
            assert "đề nghị sửa: Thiếu DOI." in bob.page.words
            await bob.open(f"{here}/correction")
            assert bob.page.form(f"{here}/correction").xpath(".//*[@name='produced_on']/@value") == ["01/09/2026"]
            await bob.submit(f"{here}/correction", identifier="10.1000/7")
            await ada.open(here)
            await ada.submit(f"{here}/verification")
            assert "Đã xác nhận" in ada.page.words and f"{here}/verification" not in [f.get("action") for f in ada.page.all("form")]
            await bob.open(here)
            assert [f.get("action") for f in bob.page.all("form") if f.get("action").startswith("/outcomes")] == []
            await bob.open(tab)
            assert "Bài báo khoa học" in bob.page.words and "2 bài" in bob.page.words
            for query, count in (("q=ca+phe+chiu+han&year=2026&form=I&state=verified", 1), ("q=" + project.code, 1),
                                 ("state=waiting", 0), ("year=2025", 0)):
                assert f"{count} dòng" in (await ada.open(f"/outcomes/outputs?{query}")).words
            assert "150.000.000 ₫" in (await ada.open("/outcomes/transfers?mode=licence")).words
            kept = (await ada.client.get("/outcomes/transfers?format=csv")).text.splitlines()
            assert len(kept) == 3 and ",150000000," in kept[2]


async def test_strangers_get_no_page_of_what_is_not_verified_and_no_form(officer, lead):
    with at(NOW):
        project = await a_running_project(lead=lead, officer=officer)
        paper = await outcomes.enter(project, Output, by=lead, **PAPER)
        async with browsing() as browser:
            eve = await browser().sign_in(await a_person(Role.RESEARCHER))
            here, tab = f"/outcomes/outputs/{paper.id}", f"/projects/{project.id}/outcomes"
            answers = {(await eve.open(path)).words for path in (
                here, f"{here}/correction", tab, f"{tab}/outputs", "/outcomes/outputs/99", "/outcomes/nothing", "/outcomes/rights/1",
                "/projects/99/outcomes",
            )}
            assert len(answers) == 1 and eve.page.status == 404
            token = {"_csrf_token": eve.client.cookies["csrftoken"]}
            for path in (f"{here}/correction", f"{here}/removal", f"{tab}/outputs"):
                assert (await eve.client.post(path, data=token | {"title": "x"})).status_code == 404
            assert (await eve.client.post(f"{here}/verification", data=token)).status_code == 403
            await outcomes.verify(paper, by=officer)
            page = await eve.open(here)
            assert page.status == 200 and tab not in page.links
            ada = await browser().sign_in(officer)
            await ada.open(f"{tab}")
            assert f"{tab}/outputs" not in ada.page.links
            assert (await ada.open(f"{tab}/outputs")).answer.url.path == tab


async def test_to_whom_and_for_how_much_is_for_the_project_and_the_offices_alone(officer, lead):
    with at(NOW):
        project = await a_running_project(lead=lead, officer=officer)
        made = Transfer(
            project=project.id, title="Quy trình ghép", contract_number="HĐ-77", recipient="HTX Bí Mật", mode="licence", value=987_000_000,
            signed_on=date(2026, 5, 1), entered_by=lead.id, entered_at=NOW, verified_at=NOW, verified_by=officer.id, folded="quy trinh",
        )
        await made.save()
        paths = ["/outcomes/transfers", *(f"/outcomes/transfers?format={f}" for f in ("csv", "xlsx")), f"/outcomes/transfers/{made.id}"]
        async with browsing() as browser:
            eve = await browser().sign_in(await a_person(Role.RESEARCHER))
            seen = [await eve.client.get(path) for path in paths]
            assert seen[3].status_code == 404 and "0 dòng" in seen[0].text
            assert not any("Bí Mật" in one.text or "987000000" in one.text.replace(".", "") for one in (seen[0], seen[1], seen[3]))
            for person in (lead, officer):
                bob = await browser().sign_in(person)
                found = await bob.client.get("/outcomes/transfers?format=csv")
                assert "HTX Bí Mật" in found.text and "987000000" in found.text
