"""The budget appraisal: who sits, line by line with reasons, what was requested stays, one conclusion with quorum."""

import asyncio
import csv
import io
from collections import Counter

import asyncpg
import pytest

from grants.people.tables import Role
from grants.proposals import proposals
from grants.proposals.tables import BudgetLine, Proposal, Source, TeamMember
from grants.rules.tables import ExpenseGroup
from grants.shell.changes import Refused, now
from grants.shell.tables import Letter
from review import appraisals
from review.appraisal_tables import Appraisal, LineChange
from review.appraisals import Part, State
from tests.browsing import browsing
from tests.counting import statements
from tests.makers import a_call, a_person, a_proposal
from tests.makers_votes import a_recommended, a_rule_set, a_team, an_appraisal, fresh, judges_of

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def the_line(application) -> BudgetLine:
    return await BudgetLine.objects().where(BudgetLine.proposal == application.id).order_by(BudgetLine.id).first()


async def another_line(application, source: Source, amount: int, year: int = 2027) -> BudgetLine:
    group = await ExpenseGroup.objects().order_by(ExpenseGroup.number, ascending=False).first()
    line = BudgetLine(proposal=application.id, group=group.id, year=year, source=source, requested=amount, note="Máy sấy")
    await line.save()
    return line


async def test_five_sit_one_of_them_from_the_panel_and_all_are_told():
    before = await Letter.count()
    opened, team, _application = await an_appraisal()
    assert [row["part"] for row in await appraisals.team(opened)] == ["head", "deputy", "funding", "council", "secretary"]
    assert await Letter.count() - before == 5


async def test_a_team_that_is_not_as_the_rules_say_is_refused():
    application, panel, officer = await a_recommended()
    team = await a_team(panel)
    judges = await judges_of(panel)
    insider = await a_person(Role.OFFICER)
    await TeamMember(proposal=application.id, person=insider.id, email=insider.email, full_name=insider.full_name, joined_at=now()).save()
    wrong = [
        ({part: who for part, who in team.items() if part != Part.FUNDING}, "cần ít nhất 5"),
        (team | {Part.COUNCIL: judges[6]}, "phản biện"),
        (team | {Part.COUNCIL: await a_person(Role.OFFICER)}, "phản biện"),
        (team | {Part.HEAD: team[Part.DEPUTY]}, "một vị trí"),
        (team | {Part.HEAD: insider}, "không tham gia hồ sơ"),
        (team | {Part.HEAD: await a_person(Role.RESEARCHER)}, "cán bộ"),
    ]
    for people, reason in wrong:
        with pytest.raises(Refused, match=reason):
            await appraisals.open_appraisal(application, people, by=officer)
    with pytest.raises(Refused, match="Chỉ cán bộ quản lý nhiệm vụ"):
        await appraisals.open_appraisal(application, team, by=team[Part.DEPUTY])
    assert await Appraisal.count() == 0
    await appraisals.open_appraisal(application, team | {Part.COUNCIL: judges[3]}, by=officer)
    with pytest.raises(Refused, match="đã có tổ thẩm định"):
        await appraisals.open_appraisal(application, team, by=officer)


async def test_an_officer_opens_no_appraisal_of_their_own_application_and_sees_none():
    application, panel, officer = await a_recommended()
    insider = await a_person(Role.OFFICER)
    await TeamMember(proposal=application.id, person=insider.id, email=insider.email, full_name=insider.full_name, joined_at=now()).save()
    team = await a_team(panel)
    with pytest.raises(Refused, match="có tên trong hồ sơ"):
        await appraisals.open_appraisal(application, team, by=insider)
    await appraisals.open_appraisal(application, team, by=officer)
    assert [len(await appraisals.visible_to(one)) for one in (insider, officer)] == [0, 1]


async def test_under_the_rules_before_2025_each_of_the_five_has_a_seat_of_its_own():
    call = await a_call(rule_set=(await a_rule_set("before")).id)
    opened, team, _application = await an_appraisal(call=call)
    held = await appraisals.held_with(opened, [who.id for part, who in team.items() if part != Part.FUNDING])
    assert (held.members, held.present, held.met) == (5, 4, True)


async def test_only_a_recommended_application_is_appraised():
    application, panel, officer = await a_recommended()
    await Proposal.update({Proposal.state: "not_recommended"}).where(Proposal.id == application.id)
    with pytest.raises(Refused, match="kiến nghị"):
        await appraisals.open_appraisal(application, await a_team(panel), by=officer)


async def test_each_change_has_its_reason_and_what_was_requested_stays(owner):
    opened, team, application = await an_appraisal()
    line = await the_line(application)
    await appraisals.change_line(opened, line, after=800_000_000, reason="Định mức thù lao", by=team[Part.HEAD])
    await appraisals.change_line(opened, line, after=850_000_000, reason="Thêm 2 tháng", by=team[Part.COUNCIL])
    found = [(c.before, c.after, c.reason, c.by) for c in await LineChange.objects().order_by(LineChange.id)]
    assert found == [
        (900_000_000, 800_000_000, "Định mức thù lao", team[Part.HEAD].id),
        (800_000_000, 850_000_000, "Thêm 2 tháng", team[Part.COUNCIL].id),
    ]
    assert [(row["requested"], row["appraised"]) for row in await appraisals.lines(opened)] == [(900_000_000, 850_000_000)]
    assert (await fresh(line)).requested == 900_000_000 and (await fresh(line)).appraised is None
    with pytest.raises(asyncpg.PostgresError):
        await owner.execute("UPDATE line_change SET reason = 'khác'")


async def test_a_change_without_reason_without_effect_or_by_an_outsider_is_refused():
    opened, team, application = await an_appraisal()
    line, outsider = await the_line(application), await a_person(Role.FINANCE)
    other, _team, elsewhere = await an_appraisal()
    for after, reason, by, why in (
        (1, " ", team[Part.HEAD], "lý do"), (900_000_000, "Như cũ", team[Part.HEAD], "không thay đổi"),
        (-1, "Âm", team[Part.HEAD], "âm"), (1, "Người ngoài", outsider, "thành viên tổ thẩm định"),
    ):
        with pytest.raises(Refused, match=why):
            await appraisals.change_line(opened, line, after=after, reason=reason, by=by)
    with pytest.raises(Refused, match="không thuộc hồ sơ"):
        await appraisals.change_line(opened, await the_line(elsewhere), after=1, reason="Nhầm", by=team[Part.HEAD])
    assert await LineChange.count() == 0


async def test_two_changes_of_a_line_at_once_both_stand_one_after_the_other():
    opened, team, application = await an_appraisal()
    line = await the_line(application)
    await asyncio.gather(*(
        appraisals.change_line(opened, line, after=n * 100_000_000, reason=f"Lần {n}", by=team[Part.HEAD]) for n in range(1, 6)
    ))
    found = await LineChange.objects().order_by(LineChange.id)
    assert [c.before for c in found] == [900_000_000] + [c.after for c in found[:-1]]


async def test_the_conclusion_needs_four_of_five_with_the_panel_s_member():
    opened, team, application = await an_appraisal()
    everyone = {who.id for who in team.values()}
    with pytest.raises(Refused, match="đại diện hội đồng tuyển chọn"):
        await appraisals.conclude(opened, present=everyone - {team[Part.COUNCIL].id}, dissent="", by=team[Part.HEAD])
    with pytest.raises(Refused, match="Có mặt 3 trên 5"):
        three = everyone - {team[Part.HEAD].id, team[Part.DEPUTY].id}
        await appraisals.conclude(opened, present=three, dissent="", by=team[Part.SECRETARY])
    await appraisals.conclude(opened, present=everyone - {team[Part.DEPUTY].id}, dissent="Không đồng ý dòng 1", by=team[Part.HEAD])
    assert [(row["part"], row["present"]) for row in await appraisals.team(opened)] == [
        ("head", True), ("deputy", False), ("funding", True), ("council", True), ("secretary", True)
    ]
    assert ((await fresh(opened)).state, (await fresh(opened)).dissent) == (State.CONCLUDED, "Không đồng ý dòng 1")


async def test_the_conclusion_carries_the_amounts_to_the_application_and_own_money_apart():
    opened, team, application = await an_appraisal()
    capital, own = await another_line(application, Source.CAPITAL, 100), await another_line(application, Source.OWN, 50)
    line, everyone = await the_line(application), {who.id for who in team.values()}
    await appraisals.change_line(opened, line, after=500_000_000, reason="Bớt khối lượng", by=team[Part.HEAD])
    await appraisals.conclude(opened, present=everyone, dissent="", by=team[Part.HEAD])
    after = await fresh(application)
    assert (after.state, after.appraised, after.approved) == ("appraised", 500_000_100, None)
    assert [(await fresh(one)).appraised for one in (line, capital, own)] == [500_000_000, 100, 50]
    assert sorted(await proposals.slices(after)) == sorted([(2027, "capital", 100), (line.year, "recurrent", 500_000_000)])
    with pytest.raises(Refused, match="khi chưa kết luận"):
        await appraisals.change_line(opened, line, after=1, reason="Muộn", by=team[Part.HEAD])


async def test_no_line_is_appraised_above_what_was_requested_not_even_behind_the_verb(owner):
    opened, team, application = await an_appraisal()
    line, everyone = await the_line(application), {who.id for who in team.values()}
    with pytest.raises(Refused, match="không được cao hơn số đề nghị"):
        await appraisals.change_line(opened, line, after=line.requested + 1, reason="Máy đắt hơn", by=team[Part.HEAD])
    await appraisals.change_line(opened, line, after=line.requested - 1, reason="Máy rẻ hơn", by=team[Part.HEAD])
    await appraisals.change_line(opened, line, after=line.requested, reason="Giữ như đề nghị", by=team[Part.HEAD])
    with pytest.raises(asyncpg.CheckViolationError):
        await owner.execute("UPDATE budget_line SET appraised = requested + 1 WHERE id = $1", line.id)
    await appraisals.conclude(opened, present=everyone, dissent="", by=team[Part.HEAD])
    assert (await fresh(application)).appraised == line.requested


async def test_the_minutes_give_a_line_s_last_reason_and_the_page_ticks_nobody_s_attendance():
    opened, team, application = await an_appraisal()
    line, everyone = await the_line(application), {who.id for who in team.values()}
    for after, reason in ((800_000_000, "Định mức thù lao"), (850_000_000, "Thêm hai tháng")):
        await appraisals.change_line(opened, line, after=after, reason=reason, by=team[Part.HEAD])
    async with browsing() as browser:
        binh = await browser().sign_in(team[Part.HEAD])
        await binh.open(f"/appraisals/{opened.id}")
        assert not binh.page.form(f"/appraisals/{opened.id}/conclusion").xpath(".//*[@name='present'][@checked]")
        await binh.submit(f"/appraisals/{opened.id}/conclusion", dissent="")
        assert (binh.page.status, (await fresh(opened)).state) == (409, State.OPEN)
        await appraisals.conclude(opened, present=everyone, dissent="", by=team[Part.HEAD])
        await binh.open(f"/appraisals/{opened.id}/minutes")
        assert "Thêm hai tháng" in binh.page.words and "Định mức thù lao" not in binh.page.words


async def test_concluding_twice_at_once_concludes_once():
    opened, team, _application = await an_appraisal()
    everyone = {who.id for who in team.values()}
    found = await asyncio.gather(
        *(appraisals.conclude(opened, present=everyone, dissent="", by=who) for who in team.values()), return_exceptions=True
    )
    assert Counter(type(one).__name__ for one in found) == {"NoneType": 1, "Refused": 4}


# --- in the browser ---

async def test_the_story_of_an_appraisal_from_the_list_to_the_conclusion():
    application, panel, officer = await a_recommended()
    team = await a_team(panel)
    line = await the_line(application)
    async with browsing() as browser:
        lan = await browser().sign_in(officer)
        await lan.open("/appraisals")
        assert f"/appraisals/new?proposal={application.id}" in lan.page.links
        await lan.open(f"/appraisals/new?proposal={application.id}")
        await lan.submit("/appraisals", head=str(team[Part.HEAD].id))
        assert lan.page.status == 422 and lan.page.errors().keys() == {"deputy", "funding", "council", "secretary"}
        await lan.submit("/appraisals", **{part.value: str(who.id) for part, who in team.items()} | {"head": str(team[Part.DEPUTY].id)})
        assert lan.page.status == 409 and "một vị trí" in lan.page.words
        await lan.submit("/appraisals", **{part.value: str(who.id) for part, who in team.items()})
        assert lan.page.answer.url.path.startswith("/appraisals/")
        here = lan.page.answer.url.path
        assert not [f for f in lan.page.all("form") if f.get("action").startswith(here)]  # the officer is not in the team
        assert (await lan.open(f"{here}/lines/{line.id}")).answer.url.path == here

        binh = await browser().sign_in(team[Part.HEAD])
        await binh.open(here)
        await binh.open(f"{here}/lines/{line.id}")
        await binh.submit(f"{here}/lines/{line.id}", after="tám trăm", reason="")
        assert binh.page.status == 422 and binh.page.errors().keys() == {"after", "reason"}
        assert binh.page.form(f"{here}/lines/{line.id}").xpath(".//*[@name='after']/@value") == ["tám trăm"]
        await binh.submit(f"{here}/lines/{line.id}", after="900.000.000", reason="Như cũ")
        assert binh.page.status == 409 and "không thay đổi" in binh.page.words
        await binh.submit(f"{here}/lines/{line.id}", after="0,8 tỷ", reason="Định mức thù lao TT 03/2023")
        assert "800.000.000 ₫" in binh.page.words and "Định mức thù lao TT 03/2023" in binh.page.words
        exported = list(csv.reader(io.StringIO((await binh.client.get(f"{here}?format=csv")).content.decode("utf-8-sig"))))
        assert [row[4:] for row in exported[1:]] == [["900000000", "800000000"], ["900000000", "800000000"]]
        await binh.submit(f"{here}/conclusion", present=[str(team[Part.HEAD].id)], dissent="Giữ nguyên ý kiến")
        assert binh.page.status == 409 and "Giữ nguyên ý kiến" in binh.page.words
        await binh.submit(f"{here}/conclusion", present=[str(who.id) for who in team.values()], dissent="")
        assert "Đã kết luận" in binh.page.words
        await lan.open("/appraisals")
        assert "800.000.000 ₫" in lan.page.words
    assert (await fresh(application)).appraised == 800_000_000


async def test_a_stranger_s_appraisal_and_a_missing_one_answer_alike():
    opened, team, application = await an_appraisal()
    stranger = await a_person(Role.EXPERT)
    line = await the_line(application)
    async with browsing() as browser:
        eve = await browser().sign_in(stranger)
        for path in ("", f"/lines/{line.id}"):
            theirs, missing = await eve.open(f"/appraisals/{opened.id}{path}"), await eve.open(f"/appraisals/99999{path}")
            assert (theirs.status, theirs.words) == (missing.status, missing.words) and theirs.status == 404
        assert not [link for link in (await eve.open("/appraisals")).links if link.startswith(f"/appraisals/{opened.id}")]
        for wanted in ("", "x", "99999999999", str(application.id)):
            assert (await eve.open(f"/appraisals/new?proposal={wanted}")).status == 403
        lan = await browser().sign_in(await a_person(Role.OFFICER))
        for wanted in ("", "x", "99999999999", str(application.id + 999)):
            assert (await lan.open(f"/appraisals/new?proposal={wanted}")).status == 404


async def test_the_list_needs_as_many_queries_for_thirty_appraisals_as_for_one():
    officer = await a_person(Role.OFFICER)
    call = await a_call()

    async def one_more() -> None:
        application = await a_proposal(Proposal.State.RECOMMENDED, call=call)
        await Appraisal(proposal=application.id, opened_by=officer.id, opened_at=now()).save()

    await one_more()
    async with browsing() as browser:
        lan = await browser().sign_in(officer)
        await lan.open("/appraisals")
        with statements() as one:
            await lan.open("/appraisals")
        for _n in range(29):
            await one_more()
        with statements() as thirty:
            await lan.open("/appraisals")
        assert len(thirty) == len(one) <= 12
        assert len({link for link in lan.page.links if link.startswith("/appraisals/") and link[12:].isdigit()}) == 30
        found = await lan.open("/appraisals?q=khong-co-dau-nao-nhu-the")
        assert "0 dòng" in found.words
