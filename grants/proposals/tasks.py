"""What an application still needs: the task list, and the one list of reasons that stand against handing it in."""

from dataclasses import dataclass, field

from grants.calls.tables import Call
from grants.proposals.drafts import SECTIONS
from grants.proposals.tables import Proposal, Section
from grants.shell.database import rows
from grants.shell.language import _, either


@dataclass(frozen=True)
class Task:
    """One part of the application: where it is written, how far it is, what is missing in words."""

    key: str
    title: str
    href: str
    begun: bool
    missing: list[str] = field(default_factory=list)

    @property
    def tag(self) -> str:
        if self.begun and not self.missing:
            return _("Xong")
        return _("Đang làm") if self.begun else _("Chưa bắt đầu")

    @property
    def tone(self) -> str:
        if self.begun and not self.missing:
            return "good"
        return "progress" if self.begun else "neutral"


COUNTS = """
    SELECT (SELECT count(*) FROM team_member WHERE proposal = $1) AS members,
           (SELECT count(*) FROM team_member WHERE proposal = $1 AND months = 0) AS idle,
           (SELECT count(*) FROM product WHERE proposal = $1) AS products,
           (SELECT count(*) FROM budget_line WHERE proposal = $1) AS lines,
           (SELECT count(*) FROM document WHERE proposal = $1) AS documents
"""


async def tasks(proposal: Proposal) -> list[Task]:
    """The task list in the order in which it is written."""
    here = f"/proposals/{proposal.id}"
    call = await Call.objects().where(Call.id == proposal.call).first()
    found = (await rows(COUNTS, proposal.id))[0]
    written = {s.code for s in await Section.objects().where(Section.proposal == proposal.id) if s.text.strip()}
    return [
        Task("general", _("Thông tin chung"), f"{here}/general", bool(proposal.summary or proposal.months), general(proposal, call)),
        Task(
            "team", _("Nhóm thực hiện"), f"{here}/team", found["members"] > 1 or not found["idle"],
            [_("Ghi số tháng làm việc của từng thành viên")] if found["idle"] else [],
        ),
        Task("partners", _("Tổ chức phối hợp"), f"{here}/partners", True),
        *(
            Task(f"section-{code}", _(title), f"{here}/sections/{code}", code in written,
                 [] if code in written else [_("Viết phần «{title}»").format(title=_(title))])
            for code, (title, _hint) in SECTIONS.items()
        ),
        Task(
            "products", _("Sản phẩm cam kết"), f"{here}/products", found["products"] > 0,
            [] if found["products"] else [_("Ghi ít nhất một sản phẩm")],
        ),
        Task("budget", _("Dự toán kinh phí"), f"{here}/budget", found["lines"] > 0, [] if found["lines"] else [_("Lập dự toán kinh phí")]),
        Task("documents", _("Tài liệu kèm theo"), f"{here}/documents", found["documents"] > 0, await documents(proposal)),
        Task(
            "certification", _("Xác nhận của tổ chức chủ trì"), f"{here}/certification", proposal.certified_at is not None,
            [] if proposal.certified_at else [_("Thủ trưởng tổ chức chủ trì chưa xác nhận")],
        ),
    ]


async def missing(proposal: Proposal) -> list[str]:
    """Everything that stands against handing in, in words; empty when it can be handed in."""
    return [reason for task in await tasks(proposal) for reason in task.missing]


def general(proposal: Proposal, call: Call) -> list[str]:
    wanted = [
        (proposal.title_en, _("Ghi tên tiếng Anh")),
        (proposal.summary, _("Viết tóm tắt")),
        (proposal.field, _("Chọn lĩnh vực")),
        (proposal.lead_organisation, _("Chọn tổ chức chủ trì")),
        (proposal.signatory, _("Chọn thủ trưởng ký xác nhận")),
        (proposal.months, _("Ghi thời gian thực hiện")),
    ]
    reasons = [sentence for held, sentence in wanted if not held]
    if call.most_months and (proposal.months or 0) > call.most_months:
        reasons.append(_("Thời gian thực hiện tối đa {months} tháng").format(months=call.most_months))
    return reasons


async def documents(proposal: Proposal) -> list[str]:
    """The obligatory documents that are not there yet."""
    found = await rows(
        "SELECT a.name, a.name_en FROM asked_document a WHERE a.call = $1 AND a.required "
        "AND NOT EXISTS (SELECT FROM document d WHERE d.asked = a.id AND d.proposal = $2) ORDER BY a.id",
        proposal.call, proposal.id,
    )
    return [_("Tải lên: {name}").format(name=either(row["name"], row["name_en"])) for row in found]
