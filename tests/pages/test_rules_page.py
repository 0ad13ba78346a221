"""The story of a rule set: read with its sources, copied to a new period, edited until a call pins it, never afterwards."""

import asyncio
import json
from datetime import date, timedelta

import asyncpg
import pytest

from grants.people.people import today
from grants.people.tables import Role
from grants.rules import editing, rule_sets, rules
from grants.rules.content import Rules
from grants.rules.sections import BY_KEY
from grants.rules.tables import RuleSet
from grants.shell.changes import Refused
from grants.shell.events import Event
from seed.load import reference
from tests.browsing import browsing, standing_in
from tests.counting import statements
from tests.makers import a_call, a_person

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
NEXT_YEAR = date(today().year + 1, 1, 1)


async def a_copy(officer, since: date = NEXT_YEAR) -> RuleSet:
    await reference()
    last = await RuleSet.objects().order_by(RuleSet.valid_from, ascending=False).first()
    named = {"code": "tinh-2027", "name": "Quy định của tỉnh", "name_en": "Provincial rules", "basis": "QĐ 1"}
    return await rule_sets.copy(last, since=since, by=officer, **named)


async def rules_pinned(rule_set: RuleSet) -> Rules:
    return await rules.pinned(rule_set.id)


async def test_a_long_rule_set_is_folded_under_its_index_and_opens_whole():
    await reference()
    ada = await a_person(Role.RESEARCHER)
    async with browsing() as browser:
        desk = await browser().sign_in(ada)
        await desk.open("/rules/1")
        parts = [one for one in desk.page.all("details") if "folded" in (one.get("class") or "")]
        assert len(parts) > 15 and not [one for one in parts if one.get("open") is not None]
        index = [link[1:] for link in desk.page.links if link.startswith("#section-")]
        assert index == [inner.get("id") for part in parts for inner in part if inner.get("id")]
        await desk.open("/rules/1?open=all")
        assert len([one for one in desk.page.all("details") if one.get("open") is not None]) == len(parts)


async def test_whoever_is_signed_in_reads_each_value_with_its_source_and_what_is_not_verified():
    await reference()
    ada = await a_person(Role.RESEARCHER)
    async with browsing() as browser:
        desk = await browser().sign_in(ada)
        await desk.open("/rules")
        for link in [link for link in desk.page.links if link.startswith("/rules/")]:
            await desk.open(link)
            assert "TT 20/2023/TT-BKHCN" in desk.page.words and "chưa kiểm chứng" in desk.page.words
            assert f"{link}/sections/count" not in desk.page.links and f"{link}/copy" not in desk.page.links
            assert (await desk.open(f"{link}/differences")).status == 200
            assert (await desk.open(f"{link}/sections/count")).status == 403


async def test_an_officer_copies_the_rules_to_a_new_period_and_the_old_period_ends_the_day_before():
    await reference()
    officer = await a_person(Role.OFFICER)
    old = await rules.in_force(today())
    async with browsing() as browser:
        desk = await browser().sign_in(officer)
        await desk.open(f"/rules/{old.id}/copy")
        typed = {"code": "tinh-2027", "name": "Quy định của tỉnh", "name_en": "Provincial rules", "basis": "QĐ 24/2026/QĐ-UBND"}
        await desk.submit(f"/rules/{old.id}/copy", since="01/01/2020", **typed)
        assert desk.page.status == 409 and "sau ngày" in desk.page.errors()["since"]
        await desk.submit(f"/rules/{old.id}/copy", since=NEXT_YEAR.strftime("%d/%m/%Y"), **typed)
        assert desk.page.status == 200 and desk.page.links.count(f"{desk.page.answer.url.path}/sections/count") == 1
    new = await rules.in_force(NEXT_YEAR)
    assert (new.code, (await rules.in_force(NEXT_YEAR - timedelta(days=1))).id) == ("tinh-2027", old.id)
    assert json.loads(new.content) == json.loads((await RuleSet.objects().where(RuleSet.id == old.id).first()).content)


async def test_a_section_is_written_in_a_form_and_what_is_wrong_comes_back_at_its_box_with_everything_typed():
    officer = await a_person(Role.OFFICER)
    copy = await a_copy(officer)
    where = f"/rules/{copy.id}/sections/lump_sum"
    box, source = "lump_sum.actual_cost_most_amount", "lump_sum.actual_cost_most_amount.source"
    cited = {f"{source}.basis": "NQ 5/2026/NQ-HĐND", f"{source}.tag": "S", f"{source}.unverified": ""}
    async with browsing() as browser:
        desk = await browser().sign_in(officer)
        await desk.open(f"/rules/{copy.id}")
        assert where in desk.page.links
        await desk.open(where)
        await desk.submit(where, **cited, **{box: "một tỷ rưỡi"})
        assert desk.page.status == 422
        assert desk.page.errors() == {box: "Không đọc được số tiền này. Hãy gõ như 1.850.000.000 hoặc 1,85 tỷ."}
        typed = standing_in(desk.page.form(where))
        assert (typed[box], typed[f"{source}.basis"]) == ("một tỷ rưỡi", "NQ 5/2026/NQ-HĐND")
        await desk.submit(where, **{box: "1,5 tỷ"})
        assert desk.page.answer.url.path == f"/rules/{copy.id}" and "1.500.000.000" in desk.page.words
        with statements() as asked:
            await desk.open(where)
        assert len(asked) <= 8 and "Bộ trước: 1.000.000.000 ₫." in desk.page.words
        await desk.open(f"/rules/{copy.id}/differences")
        assert "Khoán chi › và không quá số tiền 1.000.000.000 ₫ 1.500.000.000 ₫" in desk.page.words
        assert "NQ 5/2026/NQ-HĐND (đọc trong văn bản)" in desk.page.words
    kept = await Event.select(Event.facts).where(Event.did == "revised").output(load_json=True)
    assert kept == [{"facts": {"note": [
        "Khoán chi › và không quá số tiền: 1.000.000.000 ₫ → 1.500.000.000 ₫",
        "căn cứ của Khoán chi › và không quá số tiền: NQ 5/2026/NQ-HĐND (đọc trong văn bản)",
    ]}}]
    rules = await rules_pinned(copy)
    assert rules.lump_sum.actual_cost_most_amount == 1_500_000_000 and rules.source(box).basis == "NQ 5/2026/NQ-HĐND"


async def test_a_row_is_added_without_scripts_and_without_saving_and_is_kept_with_the_rest():
    officer = await a_person(Role.OFFICER)
    copy = await a_copy(officer)
    where = f"/rules/{copy.id}/sections/topic_items"
    async with browsing() as browser:
        desk = await browser().sign_in(officer)
        await desk.open(where)
        await desk.submit(where, **{"topic_items.0.vi": "Tính cấp bách", "go": "topic_items"})
        assert desk.page.status == 200 and (await rules_pinned(copy)).topic_items[0].vi != "Tính cấp bách"
        added = {"topic_items.6.vi": "Chuyển đổi số", "topic_items.6.en": "Digital transformation"}
        await desk.submit(where, **added, **{"topic_items.1.gone": "on"})
        assert desk.page.answer.url.path == f"/rules/{copy.id}"
    items = [(one.code, one.vi) for one in (await rules_pinned(copy)).topic_items]
    assert items[0] == ("urgency", "Tính cấp bách") and items[-1] == ("chuyen_doi_so", "Chuyển đổi số") and len(items) == 6
    assert "novelty" not in dict(items)


@pytest.mark.parametrize("list_", ["conflicts", "eligibility.bars"])
async def test_a_row_that_nobody_filled_in_is_no_rule(list_):
    officer = await a_person(Role.OFFICER)
    copy = await a_copy(officer)
    where = f"/rules/{copy.id}/sections/{list_.replace('.', '-')}"
    async with browsing() as browser:
        desk = await browser().sign_in(officer)
        await desk.open(where)
        await desk.submit(where, go=list_)
        await desk.submit(where)
        assert desk.page.status == 422 and any(list_ in name for name in desk.page.errors())


async def test_two_people_write_different_sections_and_both_are_kept_and_one_section_is_not_overwritten_unseen():
    officer, admin = await a_person(Role.OFFICER), await a_person(Role.ADMIN)
    copy = await a_copy(officer)
    count, reports = (f"/rules/{copy.id}/sections/{key}" for key in ("count", "reports"))
    async with browsing() as browser:
        ada, eve = await browser().sign_in(officer), await browser().sign_in(admin)
        await ada.open(count)
        await eve.open(reports)
        await eve.submit(reports, **{"reports.missed_stop": "3"})
        await ada.submit(count, **{"count.pass_mark": "75"})
        both = await rules_pinned(copy)
        assert (both.count.pass_mark, both.reports.missed_stop) == (75, 3)
        await ada.open(count)
        await eve.open(count)
        await eve.submit(count, **{"count.pass_mark": "80"})
        await ada.submit(count, **{"count.decimals": "3"})
        assert ada.page.status == 409 and "Bản vừa lưu: 80." in ada.page.words
        assert standing_in(ada.page.form(count))["count.decimals"] == "3"
        assert (await rules_pinned(copy)).count.pass_mark == 80
        await ada.submit(count, **{"count.pass_mark": "80"})
        seen = (await rules_pinned(copy)).count
        assert (seen.pass_mark, seen.decimals) == (80, 3)


async def test_two_who_save_one_section_at_once_the_second_is_told():
    officer = await a_person(Role.OFFICER)
    copy = await a_copy(officer)
    section, content = BY_KEY["count"], json.loads(copy.content)
    typed, seen = editing.prefilled(content, section), editing.stand(content, section)

    async def save(mark: str) -> str:
        try:
            await rule_sets.revise(copy, section, typed | {"count.pass_mark": mark}, seen=seen, by=officer)
        except Refused:
            return "told"
        return mark

    said = await asyncio.gather(*(save(mark) for mark in ("71", "72", "73", "74")))
    assert said.count("told") == 3
    assert str((await rules_pinned(copy)).count.pass_mark) in said


async def test_a_form_that_came_back_torn_takes_nothing_away():
    officer = await a_person(Role.OFFICER)
    copy = await a_copy(officer)
    async with browsing() as browser:
        desk = await browser().sign_in(officer)
        await desk.open("/help")
        token = {"_csrf_token": desk.client.cookies["csrftoken"]}
        for torn in ({}, {"seen": "x"}, {"seen": ["a", "b"], "rates.0.code": ["x", "y"]}, {"by": "1", "self": "2", "form": "3", "go": ""}):
            answer = await desk.client.post(f"/rules/{copy.id}/sections/rates", data=token | torn)
            assert answer.status_code == 409
        assert (await desk.client.get(f"/rules/{copy.id}/sections/khong-co")).status_code == 404
    assert len((await rules_pinned(copy)).rates) == len(json.loads(copy.content)["rates"])


async def test_what_a_call_has_pinned_is_never_changed_neither_by_the_verb_nor_in_the_database(owner):
    officer = await a_person(Role.OFFICER)
    copy = await a_copy(officer)
    await a_call(rule_set=copy.id)
    section, content = BY_KEY["count"], json.loads(copy.content)
    typed = editing.prefilled(content, section) | {"count.pass_mark": "1"}
    with pytest.raises(Refused, match="không sửa được nữa"):
        await rule_sets.revise(copy, section, typed, seen=editing.stand(content, section), by=officer)
    async with browsing() as browser:
        desk = await browser().sign_in(officer)
        await desk.open(f"/rules/{copy.id}")
        assert f"/rules/{copy.id}/copy" in desk.page.links and f"/rules/{copy.id}/sections/count" not in desk.page.links
        assert (await desk.open(f"/rules/{copy.id}/sections/count")).status == 409
    for sql in ("UPDATE rule_set SET content = '{}' WHERE id = $1", "UPDATE rule_set SET valid_from = '2001-01-01' WHERE id = $1",
                "DELETE FROM rule_set WHERE id = $1"):
        with pytest.raises(asyncpg.PostgresError, match="is pinned by a call"):
            await owner.execute(sql, copy.id)
    await owner.execute("UPDATE rule_set SET valid_to = '2099-01-01' WHERE id = $1", copy.id)
    assert (await rules.pinned(copy.id)).count.pass_mark != 1


async def test_only_officers_and_administrators_keep_rule_sets():
    officer = await a_person(Role.OFFICER)
    copy = await a_copy(officer)
    for role in (Role.RESEARCHER, Role.LEADER, Role.FINANCE, Role.AUDITOR):
        eve = await a_person(role)
        with pytest.raises(Refused):
            await rule_sets.revise(copy, BY_KEY["count"], {}, seen="", by=eve)
        with pytest.raises(Refused):
            await rule_sets.copy(copy, code="x", name="x", name_en="x", basis="x", since=NEXT_YEAR + timedelta(days=9), by=eve)
