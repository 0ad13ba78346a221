"""What an application still needs: the task list, and the one list of reasons that stand against handing it in."""

import json
from dataclasses import dataclass, field

from grants.calls.tables import Call, Funding
from grants.proposals.drafts import SECTIONS, SOURCES
from grants.proposals.tables import Proposal
from grants.shell.database import rows
from grants.shell.language import _, either
from grants.shell.money import show


@dataclass(frozen=True)
class Lack:
    """One thing that is missing, in words; `href` leads to the field where it is put right."""

    task: str
    words: str
    href: str


@dataclass(frozen=True)
class Task:
    """One part of the application: where it is written, how far it is, what is missing. `optional`: it may stay unwritten."""

    key: str
    title: str
    href: str
    begun: bool
    missing: list[Lack] = field(default_factory=list)
    optional: bool = False

    @property
    def tag(self) -> str:
        if self.begun and not self.missing:
            return _("Xong")
        if self.optional and not self.begun:
            return _("Không bắt buộc")
        return _("Đang làm") if self.begun else _("Chưa bắt đầu")

    @property
    def tone(self) -> str:
        if self.begun and not self.missing:
            return "good"
        return "progress" if self.begun else "neutral"


COUNTS = """
    SELECT (SELECT count(*) FROM team_member WHERE proposal = $1) AS members,
           (SELECT min(id) FROM team_member WHERE proposal = $1 AND months = 0) AS idle,
           (SELECT json_agg(one ORDER BY id) FROM (
               SELECT id, full_name FROM team_member WHERE proposal = $1 AND months > $3::int) one) AS longer,
           (SELECT count(*) FROM partner WHERE proposal = $1) AS partners,
           (SELECT count(*) FROM product WHERE proposal = $1) AS products,
           (SELECT count(*) FROM budget_line WHERE proposal = $1) AS lines,
           (SELECT count(*) FROM document WHERE proposal = $1) AS documents,
           ARRAY(SELECT code FROM section WHERE proposal = $1 AND text ~ '\\S') AS written,
           (SELECT coalesce(json_agg(one ORDER BY source), '[]') FROM (
               SELECT source, sum(requested)::bigint AS asked, min(id) AS line FROM budget_line
               WHERE proposal = $1 AND source <> 'own' GROUP BY source) one) AS asked,
           (SELECT coalesce(json_agg(one ORDER BY id), '[]') FROM (
               SELECT id, name, name_en FROM asked_document a WHERE call = $2 AND required
               AND NOT EXISTS (SELECT FROM document d WHERE d.asked = a.id AND d.proposal = $1)) one) AS papers
"""


async def tasks(proposal: Proposal, call: Call) -> list[Task]:
    """The task list in the order in which it is written."""
    here = f"/proposals/{proposal.id}"
    found = (await rows(COUNTS, proposal.id, proposal.call, proposal.months))[0]
    written = set(found["written"])

    def task(key: str, title: str, path: str, begun: bool, *missing: tuple[str, str], optional: bool = False) -> Task:
        """`missing`: what is lacking with the field, or other place of the page, where it is put right."""
        lacks = [Lack(key, words, f"{here}/{path}#{spot}") for words, spot in missing]
        return Task(key, title, f"{here}/{path}", begun, lacks, optional)

    return [
        task("general", _("Thông tin chung"), "general", bool(proposal.summary or proposal.months), *general(proposal, call)),
        task(
            "team", _("Nhóm thực hiện"), "team", found["members"] > 1 or not found["idle"],
            *([(_("Ghi số tháng làm việc của từng thành viên"), f"member-{found['idle']}")] if found["idle"] else []),
            *longer(proposal, json.loads(found["longer"] or "[]")),
        ),
        task("partners", _("Tổ chức phối hợp"), "partners", bool(found["partners"] or proposal.no_partners), optional=True),
        *(
            task(f"section-{code}", _(title), f"sections/{code}", code in written,
                 *([] if code in written else [(_("Viết phần «{title}»").format(title=_(title)), "f-text")]))
            for code, (title, _hint) in SECTIONS.items()
        ),
        task(
            "products", _("Sản phẩm cam kết"), "products", found["products"] > 0,
            *([] if found["products"] else [(_("Ghi ít nhất một sản phẩm"), "f-form")]),
        ),
        task(
            "budget", _("Dự toán kinh phí"), "budget", found["lines"] > 0,
            *await budget(proposal, json.loads(found["asked"]), found["lines"]),
        ),
        task("documents", _("Tài liệu kèm theo"), "documents", found["documents"] > 0, *documents(json.loads(found["papers"]))),
        task(
            "certification", _("Xác nhận của tổ chức chủ trì"), "certification", proposal.certified_at is not None,
            *([] if proposal.certified_at else [(_("Thủ trưởng tổ chức chủ trì chưa xác nhận"), "content")]),
        ),
    ]


async def missing(proposal: Proposal, call: Call) -> list[Lack]:
    """Everything that stands against handing in; empty when it can be handed in."""
    return [lack for task in await tasks(proposal, call) for lack in task.missing]


def general(proposal: Proposal, call: Call) -> list[tuple[str, str]]:
    """What the general part lacks, each with its field."""
    wanted = {
        "title_en": _("Ghi tên tiếng Anh"), "summary": _("Viết tóm tắt"), "field": _("Chọn lĩnh vực"),
        "lead_organisation": _("Chọn tổ chức chủ trì"), "signatory": _("Chọn thủ trưởng ký xác nhận"),
        "months": _("Ghi thời gian thực hiện"),
    }
    reasons = [(words, f"f-{name}") for name, words in wanted.items() if not getattr(proposal, name)]
    if call.most_months and (proposal.months or 0) > call.most_months:
        reasons.append((_("Thời gian thực hiện tối đa {months} tháng").format(months=call.most_months), "f-months"))
    return reasons


def longer(proposal: Proposal, members: list[dict]) -> list[tuple[str, str]]:
    """Who would work for more months than the project lasts."""
    said = _("{name}: số tháng làm việc không quá {months} tháng thực hiện")
    return [(said.format(name=one["full_name"], months=proposal.months), f"member-{one['id']}") for one in members]


async def budget(proposal: Proposal, asked: list[dict], lines: int) -> list[tuple[str, str]]:
    """What stands against the budget: none yet, a source the call has no money of, more of a source than one may ask."""
    if not lines:
        return [(_("Lập dự toán kinh phí"), "line")]
    funding = {one.source: one for one in await Funding.objects().where(Funding.call == proposal.call)}
    funded = {source for source, one in funding.items() if one.money}
    found = []
    for row in asked:
        source, most = _(SOURCES[row["source"]]), funding[row["source"]].ceiling if row["source"] in funding else None
        if funded and row["source"] not in funded:
            found.append((_("Bỏ kinh phí từ «{source}»: thông báo này không dùng nguồn đó").format(source=source), f"line-{row['line']}"))
        elif most and row["asked"] > most:
            found.append((_("Giảm kinh phí từ «{source}»: đề nghị {asked}, tối đa {most}").format(
                source=source, asked=show(row["asked"]), most=show(most)), f"line-{row['line']}"))
    return found


def documents(lacking: list[dict]) -> list[tuple[str, str]]:
    """The obligatory documents that are not there yet."""
    return [(_("Tải lên: {name}").format(name=either(row["name"], row["name_en"])), f"f-file-{row['id']}") for row in lacking]
