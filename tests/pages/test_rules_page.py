"""The story of a rule set: read with its sources, copied to a new period, edited until a call pins it, never afterwards."""

import json
from datetime import date, timedelta

import asyncpg
import pytest

from grants.people.people import today
from grants.people.tables import Role
from grants.rules import rule_sets, rules
from grants.rules.tables import RuleSet
from grants.shell.changes import Refused
from seed.load import reference
from tests.browsing import browsing
from tests.makers import a_call, a_person

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
NEXT_YEAR = date(today().year + 1, 1, 1)


async def a_copy(officer, since: date = NEXT_YEAR) -> RuleSet:
    await reference()
    last = await RuleSet.objects().order_by(RuleSet.valid_from, ascending=False).first()
    named = {"code": "tinh-2027", "name": "Quy định của tỉnh", "name_en": "Provincial rules", "basis": "QĐ 1"}
    return await rule_sets.copy(last, since=since, by=officer, **named)


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
            assert f"{link}/edition" not in desk.page.links and f"{link}/copy" not in desk.page.links
            assert (await desk.open(f"{link}/edition")).status == 403


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
        assert desk.page.status == 200 and desk.page.answer.url.path.endswith("/edition")
    new = await rules.in_force(NEXT_YEAR)
    assert (new.code, (await rules.in_force(NEXT_YEAR - timedelta(days=1))).id) == ("tinh-2027", old.id)
    assert json.loads(new.content) == json.loads((await RuleSet.objects().where(RuleSet.id == old.id).first()).content)


async def test_the_content_is_edited_in_a_form_and_each_problem_is_told_at_its_path():
    officer = await a_person(Role.OFFICER)
    copy = await a_copy(officer)
    whole = json.loads(copy.content)
    changed = json.loads(copy.content)
    changed["count"]["pass_mark"] = 75
    no_source = whole | {"sources": {k: v for k, v in whole["sources"].items() if not k.startswith("count")}}
    async with browsing() as browser:
        desk = await browser().sign_in(officer)
        address = f"/rules/{copy.id}/edition"
        for content, told in (
            ("{", "Không đọc được JSON"),
            ('{"name": "\\u0000"}', "ký tự không đọc được"),
            ("[" * 5000, "JSON"),
            (json.dumps(whole | {"count": whole["count"] | {"pass_mark": "70"}}), "count.pass_mark:"),
            (json.dumps(whole | {"call": whole["call"] | {"minimum_open": {"unit": "days", "value": -4}}}),
             "call.minimum_open.value: Số quá nhỏ"),
            (json.dumps({k: v for k, v in whole.items() if k != "panels"}), "panels: thiếu mục này."),
            (json.dumps(whole | {"nonsense": 1}), "nonsense: không có mục nào như vậy."),
            (json.dumps(no_source), "count.pass_mark: chưa ghi căn cứ."),
        ):
            await desk.open(address)
            await desk.submit(address, content=content)
            assert desk.page.status == 422 and told in desk.page.words, told
            assert desk.page.form(address).xpath("string(.//*[@name='content'])").strip() == content
        await desk.submit(address, content=json.dumps(changed))
        assert desk.page.answer.url.path == f"/rules/{copy.id}"
    assert (await rules.pinned(copy.id)).count.pass_mark == 75


async def test_what_a_call_has_pinned_is_never_changed_neither_by_the_verb_nor_in_the_database(owner):
    officer = await a_person(Role.OFFICER)
    copy = await a_copy(officer)
    await a_call(rule_set=copy.id)
    changed = json.loads(copy.content)
    changed["count"]["pass_mark"] = 1
    with pytest.raises(Refused, match="không sửa được nữa"):
        await rule_sets.rewrite(copy, json.dumps(changed), by=officer)
    async with browsing() as browser:
        desk = await browser().sign_in(officer)
        await desk.open(f"/rules/{copy.id}")
        assert f"/rules/{copy.id}/copy" in desk.page.links and f"/rules/{copy.id}/edition" not in desk.page.links
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
            await rule_sets.rewrite(copy, copy.content, by=eve)
        with pytest.raises(Refused):
            await rule_sets.copy(copy, code="x", name="x", name_en="x", basis="x", since=NEXT_YEAR + timedelta(days=9), by=eve)
