"""Loading the reference data (always) and the demo world (once, never in production)."""

import json
from datetime import date

from budget.tables import Duty
from budget.year_tables import Classification, Ground, YearDay
from grants.outcomes import rights
from grants.outcomes.tables import RightTerm
from grants.people import remits
from grants.people.tables import Organisation, Remit, Role
from grants.rules.shipped import CODES, rule_set, table
from grants.rules.tables import ExpenseGroup, Field, Holiday, RuleSet
from grants.shell.changes import at
from grants.shell.database import DB
from seed import (
    amending,
    competition,
    councils,
    execution,
    fees,
    opinions,
    province,
    revote,
    rule_draft,
    settling,
    support,
    year_closing,
    year_money,
)
from seed.diary import Diary, moment

TODAY = moment("2026-11-20", 17)


async def reference() -> None:
    """Bring the shipped rule sets, expense groups, fields, holidays and terms of rights that are not there yet; change none."""
    async with DB.transaction():
        await add_missing(RuleSet, RuleSet.code, [shipped(code) for code in CODES])
        await add_missing(ExpenseGroup, ExpenseGroup.number, [
            {"number": group["number"], "name": group["vi"], "name_en": group["en"], "basis": table("expense_groups")["source"]}
            for group in table("expense_groups")["content"]["expense_groups"]
        ])
        await add_missing(Field, Field.code, [
            {"code": field["code"], "name": field["vi"], "name_en": field["en"]} for field in table("fields")["fields"]
        ])
        await add_missing(Holiday, Holiday.day, [
            {"day": date.fromisoformat(day["date"]), "name": day["vi"], "working": day["kind"] == "working",
             "unverified": day["unverified"], "basis": table("holidays")["source"]}
            for day in table("holidays")["holidays"]
        ])
        await add_remits(table("remits"))
        await add_missing(RightTerm, RightTerm.kind, rights.reference_rows())
        await add_missing(Classification, Classification.code, classifications(table("budget_codes")))
        await add_missing(Ground, Ground.code, [
            {"name": row["vi"], "name_en": row["en"], "valid_from": date(2017, 1, 1),
             **{name: row[name] for name in ("code", "act", "basis", "decided_by", "unverified")}}
            for row in table("budget_year")["grounds"]
        ])
        await add_missing(YearDay, YearDay.code, [
            {"name": row["vi"], "name_en": row["en"],
             **{name: row[name] for name in ("code", "role", "later", "month", "day", "basis", "unverified")}}
            for row in table("budget_year")["days"]
        ])


async def add_remits(file: dict) -> None:
    """The kinds of organisations that each role may be held for, of roles that have none yet; finance for those with a duty."""
    there = {one["role"] for one in await Remit.select(Remit.role).where(Remit.organisation.is_null())}
    fresh = [(role, kind) for role, kinds in file["kinds"].items() if role not in there for kind in kinds]
    if fresh:
        since, basis = date(2004, 1, 1), file["source"][:200]
        await Remit.insert(*(Remit(role=role, kind=kind, valid_from=since, document=basis) for role, kind in fresh))
    for duty in await Duty.objects():
        body = await Organisation.objects().where(Organisation.id == duty.organisation).first()
        if not await Remit.exists().where((Remit.role == Role.FINANCE) & (Remit.organisation == body.id)):
            await remits.entrust(Role.FINANCE, body, since=duty.valid_from, document=duty.document, by=None)


def classifications(file: dict) -> list[dict]:
    """Each chương with each khoản of its loại: the codes that estimates and allocations are given under."""
    of = {kind: [one for one in file["codes"] if one["kind"] == kind] for kind in ("chapter", "subcategory")}
    return [
        {"code": f"{chapter['code']}-{part['parent']}-{part['code']}", "name": f"{part['vi']} ({chapter['vi']})",
         "name_en": f"{part['en']} ({chapter['en']})", "basis": file["source"][:300], "valid_from": date.fromisoformat(part["valid_from"]),
         "valid_to": chapter["valid_to"] and date.fromisoformat(chapter["valid_to"]),
         "unverified": chapter["unverified"] or part["unverified"]}
        for chapter in of["chapter"] for part in of["subcategory"]
    ]


def shipped(code: str) -> dict:
    columns = rule_set(code)
    return columns | {"content": json.dumps(columns["content"], ensure_ascii=False)}


async def add_missing(kept, key, wanted: list[dict]) -> None:
    """Insert the rows whose key is not there yet."""
    name = key._meta.name
    there = set(await kept.select(key).output(as_list=True))
    missing = [kept(**row) for row in wanted if row[name] not in there]
    if missing:
        await kept.insert(*missing)


async def world() -> None:
    """Live the demo province's years through the verbs of the pages, each step at its moment."""
    async with DB.transaction():
        diary = Diary(today=TODAY)
        with at(moment("2023-06-01", 8)):
            await province.settle(diary)
        year_money.note_years(diary)
        year_closing.note_closings(diary)
        competition.note_calls(diary)
        revote.note_revote(diary)
        year_money.note_later_years(diary)
        councils.note_councils(diary)
        execution.note_projects(diary)
        amending.note_changes(diary)
        settling.note_settling(diary)
        support.note_support(diary)
        opinions.note_opinions(diary)
        fees.note_fees(diary)
        rule_draft.note_draft(diary)
        await diary.live()
