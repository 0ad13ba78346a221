"""Rule sets in force, code lists and the working calendar, as the other rooms ask for them."""

import json
from datetime import date

from grants.rules.content import Rules, rules_of
from grants.rules.tables import RuleSet
from grants.shell.changes import require
from grants.shell.database import rows
from grants.shell.dates import Calendar
from grants.shell.language import _, either


async def in_force(on: date) -> RuleSet:
    """The rule set in force on a day. Raises `Refused` when there is none."""
    found = await RuleSet.objects().where(
        (RuleSet.valid_from <= on) & (RuleSet.valid_to.is_null() | (RuleSet.valid_to >= on))
    ).order_by(RuleSet.valid_from, ascending=False).first()
    require(found, _("Chưa có bộ quy tắc nào có hiệu lực vào ngày này."))
    return found


async def pinned(rule_set: int) -> Rules:
    """The rules of a rule set that a call has pinned."""
    found = await rows("SELECT content FROM rule_set WHERE id = $1", rule_set)
    return rules_of(found[0]["content"] if isinstance(found[0]["content"], str) else json.dumps(found[0]["content"]))


async def calendar() -> Calendar:
    """The working days as the holiday table has them."""
    found = await rows("SELECT day, working FROM holiday")
    return Calendar(
        holidays={row["day"] for row in found if not row["working"]},
        swapped_workdays={row["day"] for row in found if row["working"]},
    )


async def fields() -> list[tuple[str, str]]:
    """The fields of science for a selection: (code, code and name)."""
    found = await rows("SELECT code, name, name_en FROM field ORDER BY code")
    return [(row["code"], f"{row['code']} {either(row['name'], row['name_en'])}") for row in found]


async def field_name(code: str) -> str:
    """A field of science as people read it: "4 Khoa học nông nghiệp"; its bare code where the list no longer has it."""
    return dict(await fields()).get(code, code)


async def expense_groups() -> list[tuple[str, str]]:
    """The expense groups for a selection: (id, number and name)."""
    found = await rows("SELECT id, number, name, name_en FROM expense_group ORDER BY number")
    return [(str(row["id"]), f"{row['number']}. {either(row['name'], row['name_en'])}") for row in found]
