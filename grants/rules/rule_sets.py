"""Rule sets as they are kept: copied to a new period, written anew while no call has pinned them, never changed afterwards."""

import json
from datetime import date
from typing import Protocol

from pydantic import ValidationError

from grants.rules.citations import stray_sources, unsourced
from grants.rules.content import rules_of
from grants.rules.tables import RuleSet
from grants.shell import forms
from grants.shell.changes import add, changing, require
from grants.shell.database import DB, rows
from grants.shell.language import _

KEEPERS = ("officer", "admin")
MOST_NAMED = 20


class Keeper(Protocol):
    id: int
    posts: tuple


def can_keep(person: Keeper) -> bool:
    """Officers and administrators keep the rule sets; whoever asks for a change has read the text it comes from."""
    return any(post.role in KEEPERS for post in person.posts)


async def pins(rule_set: RuleSet) -> int:
    """How many calls have pinned the rule set."""
    return (await rows("SELECT count(*) AS n FROM call WHERE rule_set = $1", rule_set.id))[0]["n"]


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


async def rewrite(rule_set: RuleSet, content: str, *, by: Keeper) -> None:
    """Write the content anew, while no call has pinned it. It must hold together and cite its sources."""
    require(can_keep(by), _("Chỉ cán bộ quản lý nhiệm vụ và quản trị hệ thống mới sửa bộ quy tắc."))
    async with changing(rule_set, by=by, did="revised") as rule_set:
        require(
            not await pins(rule_set),
            _("Đã có thông báo dùng bộ quy tắc này nên không sửa được nữa. Hãy chép sang kỳ mới."),
        )
        require(not problems(content), _("Nội dung chưa dùng được; xem từng chỗ ở trên."), "content")
        rule_set.content = content


def problems(content: str) -> list[str]:
    """What is wrong with a text that is to be a rule set, each at its path; nothing where it holds together and cites its sources."""
    if "\\u0000" in content:
        return [_("Có ký tự không đọc được (\\u0000).")]
    try:
        rules = rules_of(content)
    except ValidationError as problem:
        return [sentence(error) for error in problem.errors()[:MOST_NAMED]]
    lacking = [_("{path}: chưa ghi căn cứ.").format(path=path) for path in unsourced(rules)]
    stray = [_("sources.{path}: căn cứ này không thuộc giá trị nào.").format(path=path) for path in stray_sources(rules)]
    return [*lacking, *stray][:MOST_NAMED]


def sentence(error: dict) -> str:
    """One problem with the path it lies at."""
    path = ".".join(str(part) for part in error["loc"])
    if error["type"] == "json_invalid":
        return _("Không đọc được JSON: {why}").format(why=error["ctx"]["error"])
    if error["type"] == "missing":
        return _("{path}: thiếu mục này.").format(path=path)
    if error["type"] == "extra_forbidden":
        return _("{path}: không có mục nào như vậy.").format(path=path)
    words = forms.sentence(error)
    return f"{path}: {words}" if path else words


def as_text(content: str | dict) -> str:
    """The content as a person edits it."""
    return json.dumps(json.loads(content) if isinstance(content, str) else content, ensure_ascii=False, indent=2)
