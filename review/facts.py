"""The two facts of a conflict: what was found in the records, and how it is said."""

import json
from dataclasses import dataclass
from datetime import date

from grants.shell.dates import show_date
from grants.shell.language import N_, _, language

SENTENCES = {  # of each code, with places for its names
    "works_at": N_("{person} công tác tại {organisation}"),
    "worked_at": N_("{person} công tác tại {organisation} đến {ended}"),
    "listed_by": N_("{person} là chuyên gia thuộc {organisation}"),
    "led_by": N_("hồ sơ {proposal} do {organisation} chủ trì"),
    "led_by_kin_of": N_("hồ sơ {proposal} do {organisation} chủ trì, có quan hệ kế thừa với {other}"),
    "partnered_by": N_("{organisation} phối hợp thực hiện hồ sơ {proposal}"),
    "partnered_by_kin_of": N_("{organisation}, có quan hệ kế thừa với {other}, phối hợp thực hiện hồ sơ {proposal}"),
    "has_part": N_("{person} đăng ký tham gia với vai trò {part}"),
    "part_of": N_("việc đăng ký đó thuộc hồ sơ {proposal}"),
    "has_part_in": N_("{person} là {part} của hồ sơ {proposal}"),
    "rivals": N_("hồ sơ {other} cạnh tranh với hồ sơ {proposal} trong thông báo {call}"),
    "kinship": N_("{person} có quan hệ gia đình với {other}"),
    "supervisor": N_("{person} và {other} có quan hệ hướng dẫn khoa học"),
    "co_work": N_("{person} đã khai làm việc chung với {other}"),
    "other": N_("{person} đã khai có liên quan với {other}"),
    "worked_together": N_("{person} và {other} cùng tham gia nhiệm vụ «{project}» đến {ended}"),
    "is_in": N_("{person} là {part} của hồ sơ {proposal}"),
    "suggested": N_("{person} đề xuất nhiệm vụ này"),
    "topic_of": N_("nhiệm vụ «{topic}» do {organisation} đề xuất"),
    "declared": N_("{person} tự khai: {fact}"),
    "declared_about": N_("việc khai là về hồ sơ {proposal}"),
}


@dataclass(frozen=True)
class Fact:
    """One of the two records that meet: a code and the names it speaks of."""

    code: str
    values: tuple[tuple[str, str], ...]


def read(kept: str | dict) -> Fact:
    """The fact that a query built as JSON."""
    values = json.loads(kept) if isinstance(kept, str) else dict(kept)
    return Fact(values.pop("code"), tuple(sorted((name, value) for name, value in values.items() if value)))


def say(one: Fact) -> str:
    values = dict(one.values)
    if "part" in values:
        values["part"] = part_name(values["part"])
    if "ended" in values:
        values["ended"] = show_date(date.fromisoformat(values["ended"]), language())
    if one.code == "worked_together" and "ended" not in values:
        return _("{person} và {other} cùng tham gia nhiệm vụ «{project}»").format(**values)
    sentence = _(SENTENCES[one.code]).format(**values)
    return f"{sentence} ({values['note']})" if "note" in values else sentence


def part_name(part: str) -> str:
    """What a part in an application is called."""
    return {
        "principal_investigator": _("chủ nhiệm"),
        "project_secretary": _("thư ký khoa học"),
        "key_member": _("thành viên chính"),
        "team_member": _("thành viên"),
        "support": _("nhân viên hỗ trợ"),
        "signatory": _("thủ trưởng tổ chức chủ trì"),
    }[part]
