"""What happened to an application, newest first: each deed with who did it and what it changed, drafting folded together."""

import json
from datetime import datetime
from itertools import groupby

from grants.proposals.proposals import WORDS as STATES
from grants.proposals.tables import Proposal
from grants.shell.database import rows
from grants.shell.dates import day_of
from grants.shell.language import N_, _, language
from grants.shell.money import show

MOST = 500
DID = {
    "drafted": N_("Bắt đầu hồ sơ"), "described": N_("Ghi thông tin chung"), "wrote": N_("Viết thuyết minh"),
    "budgeted": N_("Sửa dự toán"), "summed_up": N_("Cộng lại dự toán"), "promised": N_("Ghi sản phẩm"),
    "partnered": N_("Thêm tổ chức phối hợp"), "goes_alone": N_("Ghi không có tổ chức phối hợp"), "invited": N_("Mời thành viên"),
    "team_changed": N_("Sửa nhóm thực hiện"), "team_joined": N_("Thành viên nhận lời"),
    "invitation_declined": N_("Người được mời không nhận lời"), "took_out": N_("Bỏ một mục"), "uploaded": N_("Tải tài liệu lên"),
    "certification_asked": N_("Xin thủ trưởng xác nhận"), "certification_refused": N_("Thủ trưởng trả lại hồ sơ"),
    "certified": N_("Tổ chức chủ trì xác nhận"), "submitted": N_("Nộp hồ sơ"), "reopened": N_("Lấy lại hồ sơ"),
    "withdrawn": N_("Rút hồ sơ"), "confirmed": N_("Xác nhận tính hợp lệ"), "entered_review": N_("Đưa vào đánh giá"),
    "session_moved": N_("Dời phiên họp hội đồng"), "review_concluded": N_("Kết luận đánh giá"),
    "appraised": N_("Thẩm định kinh phí"), "awarded": N_("Phê duyệt"), "declined": N_("Không phê duyệt"),
}
DRAFTING = {
    "described", "wrote", "budgeted", "summed_up", "promised", "partnered", "goes_alone", "invited", "team_changed", "team_joined",
    "took_out", "uploaded",
}
FIELDS = {
    "state": N_("Trạng thái"), "title": N_("Tên nhiệm vụ"), "title_en": N_("Tên tiếng Anh"), "summary": N_("Tóm tắt"),
    "summary_en": N_("Tóm tắt tiếng Anh"), "field": N_("Lĩnh vực"), "keywords": N_("Từ khoá"), "months": N_("Số tháng"),
    "starts_on": N_("Dự kiến bắt đầu"), "requested": N_("Tổng kinh phí"), "requested_state": N_("Ngân sách đề nghị"),
    "appraised": N_("Thẩm định"), "approved": N_("Được duyệt"), "reference": N_("Số tiếp nhận"), "session_on": N_("Ngày họp hội đồng"),
    "conclusion": N_("Kết luận"), "reason": N_("Lý do"), "remark": N_("Ghi chú"),
}
LONGEST = 160


async def of(proposal: Proposal) -> list[dict]:
    """Each: when, who, what, and `details` to unfold: what a deed changed, or the deeds of a day's drafting one by one."""
    found = await rows(
        "SELECT e.at, e.did, e.changed, e.facts, p.full_name FROM event e LEFT JOIN person p ON p.id = e.by "
        "WHERE e.thing = 'proposal' AND e.thing_id = $1 ORDER BY e.id DESC LIMIT $2", proposal.id, MOST,
    )
    shown = []
    for drafting, run in groupby(found, key=drafted_on):
        several = list(run)
        shown += [folded(several)] if drafting else [one(row) for row in several]
    return shown


async def last_word(proposal: Proposal) -> dict | None:
    """The last that was said between team and head about the certification: did, at, facts; None: nothing yet."""
    found = await rows(
        "SELECT did, at, facts FROM event WHERE thing = 'proposal' AND thing_id = $1 "
        "AND did IN ('certification_asked', 'certification_refused', 'certified') ORDER BY id DESC LIMIT 1", proposal.id,
    )
    return found[0] if found else None


async def certification_asked(proposal: Proposal) -> datetime | None:
    """When the head was written to, as long as they have not answered; None: nobody waits for them."""
    word = await last_word(proposal)
    return word["at"] if word and word["did"] == "certification_asked" else None


async def handed_back(proposal: Proposal) -> dict | None:
    """When and why the head handed the draft back, as long as nobody has asked again; else None."""
    word = await last_word(proposal)
    if word is None or word["did"] != "certification_refused":
        return None
    return {"at": word["at"], "reason": json.loads(word["facts"])["reason"]}


def drafted_on(row: dict) -> tuple | None:
    """Who wrote on which day; None for a deed that stands by itself."""
    return (row["full_name"], day_of(row["at"])) if row["did"] in DRAFTING else None


def folded(several: list[dict]) -> dict:
    """A day's drafting by one person as one line; the sums that the server computed are not counted."""
    written = [row for row in several if row["did"] != "summed_up"] or several
    if len(written) == 1:
        return one(written[0])
    entry = {"when": written[0]["at"], "who": who(written[0]), "what": _("Soạn hồ sơ: lưu {count} lần").format(count=len(written))}
    return entry | {"details": [(row["at"], did(row["did"])) for row in written], "each": True}


def one(row: dict) -> dict:
    return {"when": row["at"], "who": who(row), "what": did(row["did"]), "details": changes(row), "each": False}


def who(row: dict) -> str:
    return row["full_name"] or _("Hệ thống")


def changes(row: dict) -> list[tuple[str, str, str]]:
    """The fields that people read, with what they held before and after; facts of the deed without a before."""
    changed = [(name, before, after) for name, (before, after) in json.loads(row["changed"]).items() if name in FIELDS]
    said = [(name, None, value) for name, value in json.loads(row["facts"]).items() if name in FIELDS and value]
    return [(_(FIELDS[name]), shown(name, before), shown(name, after)) for name, before, after in changed + said]


def shown(name: str, value: object) -> str:
    """A kept value in words, long texts cut."""
    if value is None or value == "":
        return ""
    if name == "state":
        return _(STATES[value][0])
    if name in ("requested", "requested_state", "appraised", "approved"):
        return show(int(value), language())
    text = str(value)
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0] + " …"


def did(code: str) -> str:
    return _(DID[code]) if code in DID else code
