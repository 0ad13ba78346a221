"""Rule sets as they are kept: copied to a new period, written anew section by section while no call has pinned them, never afterwards."""

import json
from datetime import date
from typing import Protocol

from grants.rules import editing
from grants.rules.content import Rules, rules_of
from grants.rules.differences import differences, source_differences
from grants.rules.sections import Section
from grants.rules.tables import RuleSet
from grants.shell.changes import add, changing, require
from grants.shell.database import DB, rows
from grants.shell.forms import Invalid
from grants.shell.language import _, speaking

KEEPERS = ("officer", "admin")


class Keeper(Protocol):
    id: int
    posts: tuple


def can_keep(person: Keeper) -> bool:
    """Officers and administrators keep the rule sets; whoever asks for a change has read the text it comes from."""
    return any(post.role in KEEPERS for post in person.posts)


async def pins(rule_set: RuleSet) -> int:
    """How many calls have pinned the rule set."""
    return (await rows("SELECT count(*) AS n FROM call WHERE rule_set = $1", rule_set.id))[0]["n"]


async def still_open(rule_set: RuleSet) -> None:
    """Refuse when a call rests on the rule set: from then on nothing changes it."""
    pinned = _("Đã có thông báo dùng bộ quy tắc này nên không sửa được nữa. Hãy chép sang kỳ mới.")
    require(not await pins(rule_set), pinned)


async def before(rule_set: RuleSet) -> RuleSet | None:
    """The rule set that was in force until this one; None before the first."""
    return await RuleSet.objects().where(RuleSet.valid_from < rule_set.valid_from).order_by(RuleSet.valid_from, ascending=False).first()


async def copy(rule_set: RuleSet, *, code: str, name: str, name_en: str, basis: str, since: date, by: Keeper) -> RuleSet:
    """A new rule set with the same content, in force from a day on; the one in force until then ends the day before."""
    require(can_keep(by), _("Chỉ cán bộ quản lý nhiệm vụ và quản trị hệ thống mới lập bộ quy tắc."))
    async with DB.transaction():
        await rows("SELECT pg_advisory_xact_lock(hashtext('rule_set.period'))")
        require(not await RuleSet.exists().where(RuleSet.code == code), _("Mã này đã có."))
        last = await RuleSet.objects().order_by(RuleSet.valid_from, ascending=False).first()
        require(since > last.valid_from, _("Ngày có hiệu lực phải sau ngày của bộ quy tắc mới nhất."))
        async with changing(last, by=by, did="ended") as last:
            last.valid_to = date.fromordinal(since.toordinal() - 1)
        content = (await RuleSet.select(RuleSet.content).where(RuleSet.id == rule_set.id).first())["content"]
        made = RuleSet(code=code, name=name, name_en=name_en, basis=basis, valid_from=since, content=content)
        return await add(made, by=by, did="copied", of=rule_set.id)


async def revise(rule_set: RuleSet, section: Section, typed: dict[str, str], *, seen: str, by: Keeper) -> None:
    """Write one section anew, while no call has pinned the rule set. `seen`: the version of the section it was typed over.

    The other sections stay as they are by now, whoever saved them. The whole must hold together and cite its sources;
    raises `Invalid` with a sentence at each box that stands against it.
    """
    require(can_keep(by), _("Chỉ cán bộ quản lý nhiệm vụ và quản trị hệ thống mới sửa bộ quy tắc."))
    said: list[str] = []
    async with changing(rule_set, by=by, did="revised", note=said) as rule_set:
        await still_open(rule_set)
        content = json.loads(rule_set.content)
        overtaken = _("Phần này vừa được lưu ở nơi khác sau khi bạn mở trang; bản của bạn chưa được lưu.")
        require(seen == editing.stand(content, section), overtaken)
        made, errors = editing.revised(content, section, typed)
        if errors:
            raise Invalid(typed, errors)
        said += in_record(rules_of(content), rules_of(made))
        rule_set.content = json.dumps(made, ensure_ascii=False)


def in_record(old: Rules, new: Rules) -> list[str]:
    """What changed, as the audit trail keeps it beside the whole content."""
    with speaking("vi"):
        values = [f"{one.where}: {one.before} → {one.after}" for one in differences(old, new)]
        return values + [_("căn cứ của {where}: {after}").format(where=one.where, after=one.after) for one in source_differences(old, new)]
