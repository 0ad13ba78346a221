"""Writing an application: each part saves by itself, by whoever may write, while it is a draft."""

from datetime import datetime

from litestar.datastructures import UploadFile

from grants.calls.tables import AskedDocument
from grants.people.tables import Organisation, Person
from grants.proposals import proposals
from grants.proposals.tables import BudgetLine, Document, Partner, Product, Proposal, Section, Source, TeamMember
from grants.rules import sources
from grants.shell import files
from grants.shell.changes import add, changing, now, remove, require
from grants.shell.database import DB, rows
from grants.shell.dates import show_hour
from grants.shell.language import N_, _

SECTIONS = {
    "need": (N_("Tính cấp thiết và tổng quan"), N_("Vấn đề của tỉnh là gì, đã ai làm gì, còn thiếu gì.")),
    "objective": (N_("Mục tiêu"), N_("Mục tiêu chung và các mục tiêu cụ thể, đo được.")),
    "content": (N_("Nội dung và hoạt động"), N_("Từng nội dung, ai làm, bao lâu.")),
    "method": (N_("Cách tiếp cận, phương pháp"), N_("Cách tiếp cận, phương pháp và kỹ thuật sử dụng.")),
    "application": (N_("Phương án ứng dụng, chuyển giao"), N_("Ai dùng kết quả, ở đâu, sau bao lâu; hiệu quả mong đợi.")),
    "capacity": (N_("Năng lực của tổ chức và nhóm thực hiện"), N_("Kinh nghiệm, thiết bị, kết quả đã có.")),
}
PARTS = {
    TeamMember.Part.PRINCIPAL: N_("Chủ nhiệm"),
    TeamMember.Part.SECRETARY: N_("Thư ký khoa học"),
    TeamMember.Part.KEY_MEMBER: N_("Thành viên chính"),
    TeamMember.Part.MEMBER: N_("Thành viên"),
    TeamMember.Part.SUPPORT: N_("Kỹ thuật viên, hỗ trợ"),
}
ACCESS = {
    TeamMember.Access.OWNER: N_("Chủ hồ sơ"),
    TeamMember.Access.EDITOR: N_("Cùng soạn"),
    TeamMember.Access.READER: N_("Chỉ đọc"),
}
FORMS = {
    Product.Form.PUBLICATION: N_("Dạng I: bài báo, sách, đào tạo"),
    Product.Form.DOCUMENT: N_("Dạng II: quy trình, phần mềm, báo cáo, bản vẽ"),
    Product.Form.MATERIAL: N_("Dạng III: mẫu, giống, thiết bị, dây chuyền"),
    Product.Form.RIGHT: N_("Dạng IV: sở hữu trí tuệ, giống cây trồng"),
}
SOURCES = {source: sources.SOURCES[source.value] for source in Source}


async def writable(proposal: Proposal, by: Person) -> None:
    """Refuse unless the person may write in this draft now."""
    require(proposal.state == proposals.State.DRAFT, _("Hồ sơ đã nộp thì không sửa được nữa."))
    require(await proposals.can_write(by, proposal), _("Bạn chỉ được đọc hồ sơ này."))


def stand(saved_at: datetime | None) -> str:
    """Which version of a part a page shows; the page carries it back with what is typed."""
    return saved_at.isoformat() if saved_at else "new"


def not_overtaken(saved_at: datetime | None, seen: str | None) -> None:
    """Refuse when the part was saved elsewhere after the page had been opened: nobody's words take the place of another's unseen."""
    require(
        seen is None or seen == stand(saved_at),
        _("Phần này vừa được lưu ở nơi khác lúc {time}, sau khi bạn mở trang; bản của bạn chưa được lưu. Bấm Lưu để xem lại.").format(
            time=show_hour(saved_at or now())
        ),
    )


async def touched(proposal: Proposal, *, by: Person, did: str, seen: str | None = None, **typed) -> Proposal:
    """Lock the draft, check that it may be written, set what was typed and note when it was saved.

    A change of what the organisation stands behind takes its certification back.
    """
    async with changing(proposal, by=by, did=did) as proposal:
        await writable(proposal, by)
        not_overtaken(proposal.described_at, seen)
        for name, value in typed.items():
            setattr(proposal, name, value)
        proposal.saved_at = now()
        if did == "described":
            proposal.described_at = proposal.saved_at
        proposal.certified_at = proposal.certified_by = None
        if typed:
            await proposals.searchable(proposal)
    return proposal


async def describe(proposal: Proposal, *, by: Person, seen: str | None = None, **typed) -> Proposal:
    """Save the general part: titles, summary, field, months, lead organisation, signatory. `seen`: the version it was typed over."""
    return await touched(proposal, by=by, did="described", seen=seen, **typed)


async def write(proposal: Proposal, code: str, text: str, *, by: Person, seen: str | None = None) -> Section:
    """Save one section of the narrative. `seen`: the version it was typed over; None takes whatever is there."""
    require(code in SECTIONS, _("Không có phần này."))
    async with DB.transaction():
        proposal = await touched(proposal, by=by, did="wrote")
        section = await Section.objects().where((Section.proposal == proposal.id) & (Section.code == code)).first()
        not_overtaken(section and section.saved_at, seen)
        if section is None:
            return await add(Section(proposal=proposal.id, code=code, text=text, saved_at=now()), by=by, did="written")
        async with changing(section, by=by, did="written") as section:
            section.text, section.saved_at = text, now()
    return section


async def sum_up(proposal: Proposal, *, by: Person) -> None:
    """Write down what the lines add up to: in all, and out of state money."""
    found = await rows(
        "SELECT coalesce(sum(requested), 0)::bigint AS every, "
        "coalesce(sum(requested) FILTER (WHERE source = ANY($2)), 0)::bigint AS state FROM budget_line WHERE proposal = $1",
        proposal.id, list(proposals.STATE_SOURCES),
    )
    async with changing(proposal, by=by, did="summed_up") as proposal:
        proposal.requested, proposal.requested_state = found[0]["every"], found[0]["state"]


async def add_product(proposal: Proposal, *, by: Person, **typed) -> Product:
    """Promise a product: form I–IV, name, unit, quantity, quality."""
    async with DB.transaction():
        proposal = await touched(proposal, by=by, did="promised")
        return await add(Product(proposal=proposal.id, **typed), by=by, did="promised")


async def add_partner(proposal: Proposal, organisation: Organisation, task: str, *, by: Person) -> Partner:
    """Add a partner organisation with what it does."""
    async with DB.transaction():
        proposal = await touched(proposal, by=by, did="partnered", no_partners=False)
        require(organisation.id != proposal.lead_organisation, _("Tổ chức này đang là tổ chức chủ trì."))
        require(
            not await Partner.exists().where((Partner.proposal == proposal.id) & (Partner.organisation == organisation.id)),
            _("Tổ chức này đã có trong danh sách."),
        )
        return await add(Partner(proposal=proposal.id, organisation=organisation.id, task=task), by=by, did="partnered")


async def go_alone(proposal: Proposal, *, by: Person) -> None:
    """The team says that no other organisation takes part."""
    async with DB.transaction():
        await touched(proposal, by=by, did="goes_alone", no_partners=True)
        there = await Partner.exists().where(Partner.proposal == proposal.id)
        require(not there, _("Hồ sơ đang có tổ chức phối hợp; hãy bỏ các tổ chức đó trước."))


async def take_out(row: BudgetLine | Product | Partner | TeamMember | Document, *, by: Person) -> None:
    """Take a line, product, partner, member or document out of the draft."""
    proposal = await Proposal.objects().where(Proposal.id == row.proposal).first()
    async with DB.transaction():
        proposal = await touched(proposal, by=by, did="took_out")
        require(
            not isinstance(row, TeamMember) or row.access != TeamMember.Access.OWNER, _("Không bỏ chủ nhiệm ra khỏi hồ sơ được.")
        )
        await remove(row, by=by, did="taken_out")
        if isinstance(row, BudgetLine):
            await sum_up(proposal, by=by)


async def upload(proposal: Proposal, asked: AskedDocument | None, file: UploadFile, *, by: Person) -> Document:
    """Keep a PDF as the document that was asked for, in place of an earlier one. ValueError when it is no good PDF."""
    await writable(proposal, by)
    kept = await files.keep_pdf(file)
    async with DB.transaction():
        proposal = await touched(proposal, by=by, did="uploaded")
        if asked:
            for earlier in await Document.objects().where((Document.proposal == proposal.id) & (Document.asked == asked.id)):
                await remove(earlier, by=by, did="replaced")
        row = Document(
            proposal=proposal.id, asked=asked.id if asked else None, filename=kept.filename, stored=kept.stored,
            size=kept.size, sha256=kept.sha256, uploaded_at=now(), uploaded_by=by.id,
        )
        return await add(row, by=by, did="uploaded")


def spoken(options: dict) -> list[tuple[str, str]]:
    """(value, words) for a selection, in the reader's language."""
    return [(key.value, _(words)) for key, words in options.items()]
