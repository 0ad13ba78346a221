"""Rule sets in force, code lists and the working calendar, as the other rooms ask for them."""

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


WRITTEN = "(SELECT oid FROM pg_database WHERE datname = current_database()) AS base, r.id, r.xmin, r.ctid"
_known: dict[tuple, Rules] = {}  # by the row as it was written; an edit writes another one


async def pinned(rule_set: int) -> Rules:
    """The rules of a rule set that a call has pinned."""
    return await as_written(**(await rows(f"SELECT {WRITTEN} FROM rule_set r WHERE r.id = $1", rule_set))[0])


async def as_written(**row) -> Rules:
    """The rules of the row that `WRITTEN` names. They are long, so they are read only when the row is another one."""
    written = tuple(row.values())
    if written not in _known:
        found = await rows("SELECT content FROM rule_set WHERE id = $1", row["id"])
        _known[written] = rules_of(found[0]["content"])
    return _known[written]


DAYS = "ARRAY(SELECT day FROM holiday WHERE struck_on IS NULL AND {}working) AS {}"
DAYS = f"{DAYS.format('NOT ', 'holidays')}, {DAYS.format('', 'swapped_workdays')}"


async def calendar() -> Calendar:
    """The working days as the holiday table has them."""
    return Calendar(**{name: set(days) for name, days in (await rows(f"SELECT {DAYS}"))[0].items()})


async def pinned_with_days(rule_set: int) -> tuple[Rules, Calendar]:
    """The rules that a call has pinned and the working days, for what is due by them."""
    row = (await rows(f"SELECT {WRITTEN}, {DAYS} FROM rule_set r WHERE r.id = $1", rule_set))[0]
    days = Calendar(set(row.pop("holidays")), set(row.pop("swapped_workdays")))
    return await as_written(**row), days


async def fields() -> list[tuple[str, str]]:
    """The fields of science for a selection: (code, code and name)."""
    found = await rows("SELECT code, name, name_en FROM field ORDER BY code")
    return [(row["code"], f"{row['code']} {either(row['name'], row['name_en'])}") for row in found]


async def field_name(code: str) -> str:
    """A field of science as people read it: "4 Khoa học nông nghiệp"; its bare code where the list no longer has it."""
    found = await rows("SELECT name, name_en FROM field WHERE code = $1", code)
    return named_field(code, **found[0]) if found else code


def named_field(code: str, name: str | None, name_en: str | None) -> str:
    return f"{code} {either(name, name_en)}" if name else code


async def expense_groups() -> list[tuple[str, str]]:
    """The expense groups for a selection: (id, number and name)."""
    found = await rows("SELECT id, number, name, name_en FROM expense_group ORDER BY number")
    return [(str(row["id"]), f"{row['number']}. {either(row['name'], row['name_en'])}") for row in found]
