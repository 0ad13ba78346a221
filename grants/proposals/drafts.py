"""Writing an application: each part saves by itself, by whoever may write, while it is a draft."""

from datetime import date

from litestar.datastructures import UploadFile

from grants.calls.tables import AskedDocument
from grants.people import people
from grants.people.tables import Organisation, Person
from grants.proposals import proposals
from grants.proposals.tables import BudgetLine, Document, Partner, Product, Proposal, Section, Source, TeamMember
from grants.shell import files, mail, sessions
from grants.shell.changes import add, changing, now, remove, require
from grants.shell.database import DB, rows
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
SOURCES = {
    Source.CAPITAL: N_("Vốn đầu tư phát triển"),
    Source.RECURRENT: N_("Kinh phí sự nghiệp"),
    Source.FUND: N_("Quỹ phát triển KH,CN&ĐMST"),
    Source.OWN: N_("Vốn đối ứng"),
}


async def writable(proposal: Proposal, by: Person) -> None:
    """Refuse unless the person may write in this draft now."""
    require(proposal.state == proposals.State.DRAFT, _("Hồ sơ đã nộp thì không sửa được nữa."))
    require(await proposals.can_write(by, proposal), _("Bạn chỉ được đọc hồ sơ này."))


async def touched(proposal: Proposal, *, by: Person, did: str, **typed) -> Proposal:
    """Lock the draft, check that it may be written, set what was typed and note when it was saved.

    A change of what the organisation stands behind takes its certification back.
    """
    async with changing(proposal, by=by, did=did) as proposal:
        await writable(proposal, by)
        for name, value in typed.items():
            setattr(proposal, name, value)
        proposal.saved_at = now()
        proposal.certified_at = proposal.certified_by = None
        if typed:
            await proposals.searchable(proposal)
    return proposal


async def describe(proposal: Proposal, *, by: Person, **typed) -> Proposal:
    """Save the general part: titles, summary, field, months, lead organisation, signatory."""
    return await touched(proposal, by=by, did="described", **typed)


async def write(proposal: Proposal, code: str, text: str, *, by: Person) -> Section:
    """Save one section of the narrative."""
    require(code in SECTIONS, _("Không có phần này."))
    async with DB.transaction():
        proposal = await touched(proposal, by=by, did="wrote")
        section = await Section.objects().where((Section.proposal == proposal.id) & (Section.code == code)).first()
        if section is None:
            return await add(Section(proposal=proposal.id, code=code, text=text, saved_at=now()), by=by, did="written")
        async with changing(section, by=by, did="written") as section:
            section.text, section.saved_at = text, now()
    return section


async def add_line(
    proposal: Proposal, *, by: Person, group: int, year: int, source: str, requested: int, note: str = ""
) -> BudgetLine:
    """Add a budget line (đồng) and recompute the sums."""
    async with DB.transaction():
        proposal = await touched(proposal, by=by, did="budgeted")
        await require_year(proposal, year)
        line = BudgetLine(proposal=proposal.id, group=group, year=year, source=source, requested=requested, note=note)
        await add(line, by=by, did="added")
        await sum_up(proposal, by=by)
    return line


async def change_line(line: BudgetLine, *, by: Person, **typed) -> None:
    """Change a budget line and recompute the sums."""
    proposal = await Proposal.objects().where(Proposal.id == line.proposal).first()
    async with DB.transaction():
        proposal = await touched(proposal, by=by, did="budgeted")
        await require_year(proposal, typed.get("year", line.year))
        async with changing(line, by=by, did="changed") as line:
            for name, value in typed.items():
                setattr(line, name, value)
        await sum_up(proposal, by=by)


async def require_year(proposal: Proposal, year: int) -> None:
    """A line falls into the years of the project, not before and not after."""
    call = await proposals.call_of(proposal)
    within = years(proposal, call.year)
    require(year in within, _("Năm chi phải từ {first} đến {last}.").format(first=within[0], last=within[-1]))


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
        proposal = await touched(proposal, by=by, did="partnered")
        require(organisation.id != proposal.lead_organisation, _("Tổ chức này đang là tổ chức chủ trì."))
        require(
            not await Partner.exists().where((Partner.proposal == proposal.id) & (Partner.organisation == organisation.id)),
            _("Tổ chức này đã có trong danh sách."),
        )
        return await add(Partner(proposal=proposal.id, organisation=organisation.id, task=task), by=by, did="partnered")


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


async def invite(
    proposal: Proposal, *, by: Person, email: str, full_name: str, part: str, months: int, access: str,
    organisation: int | None = None,
) -> TeamMember:
    """Invite a person into the team by mail; from joining on they read or write, as the owner chose."""
    async with DB.transaction():
        proposal = await touched(proposal, by=by, did="invited")
        require(
            not await TeamMember.exists().where((TeamMember.proposal == proposal.id) & (TeamMember.email == email)),
            _("Người này đã có trong nhóm."),
        )
        require(access != TeamMember.Access.OWNER and part != TeamMember.Part.PRINCIPAL, _("Mỗi hồ sơ chỉ có một chủ nhiệm."))
        there = await people.by_email(email)
        member = TeamMember(
            proposal=proposal.id, person=there.id if there else None, email=email, full_name=full_name, part=part,
            months=months, access=access, organisation=organisation, invited_at=now(),
        )
        await add(member, by=by, did="invited")
        token = await sessions.make_link("team", person=there.id if there else None, subject=member.id, days=30)
        await send_invitation(proposal, member, there, f"/invitations/{token}", by=by)
    return member


async def send_invitation(proposal: Proposal, member: TeamMember, there: Person | None, link: str, *, by: Person) -> None:
    def subject() -> str:
        return _("Mời tham gia hồ sơ «{title}»").format(title=proposal.title)

    def body() -> str:
        return _(
            "{who} mời bạn tham gia hồ sơ «{title}» với vai trò {part}, quyền {access}. Trong 30 ngày, hãy mở liên kết này, "
            "đăng nhập (hoặc đăng ký) bằng địa chỉ {email} rồi nhận lời."
        ).format(
            who=people.titled(by), title=proposal.title, part=_(PARTS[member.part]).lower(), access=_(ACCESS[member.access]).lower(),
            email=member.email,
        )

    if there:
        await mail.tell(there, subject, body, link=link)
    else:
        await mail.tell_address(member.email, subject(), body(), link=link)


async def change_member(member: TeamMember, *, by: Person, part: str, months: int, access: str) -> None:
    """Change what a member does, for how many months, and whether they may write."""
    proposal = await Proposal.objects().where(Proposal.id == member.proposal).first()
    async with DB.transaction():
        await touched(proposal, by=by, did="team_changed")
        async with changing(member, by=by, did="changed") as member:
            owner = member.access == TeamMember.Access.OWNER
            member.part = member.part if owner else part
            member.access = member.access if owner else access
            member.months = months


async def join(token: str, *, by: Person) -> Proposal:
    """Accept an invitation; only the account whose address was invited can."""
    link = await sessions.link_of("team", token)
    require(link, _("Lời mời này đã dùng rồi hoặc đã hết hạn."))
    member = await TeamMember.objects().where(TeamMember.id == link.subject).first()
    require(member, _("Bạn không còn trong danh sách của hồ sơ này."))
    require(member.email == by.email, _("Lời mời này gửi cho địa chỉ thư khác."))
    proposal = await Proposal.objects().where(Proposal.id == member.proposal).first()
    async with changing(proposal, by=by, did="team_joined") as proposal, changing(member, by=by, did="joined") as member:
        require(proposal.state == proposals.State.DRAFT, _("Hồ sơ đã nộp thì không sửa được nữa."))
        require(await sessions.use_link(link), _("Lời mời này đã dùng rồi."))
        member.person, member.joined_at = by.id, now()
    return proposal


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


def years(proposal: Proposal, call_year: int) -> list[int]:
    """The budget years that lines may fall into: from the call's year over the project's duration."""
    first = max(call_year, (proposal.starts_on or date(call_year, 1, 1)).year)
    return list(range(first, first + 1 + ((proposal.months or 36) + 11) // 12))


def spoken(options: dict) -> list[tuple[str, str]]:
    """(value, words) for a selection, in the reader's language."""
    return [(key.value, _(words)) for key, words in options.items()]


def by_year(lines: list[dict]) -> dict:
    """Budget lines as a table of expense group × year with the server's sums: heads, rows, totals; and by source."""
    years = sorted({line["year"] for line in lines})
    groups = sorted({(line["group"], line["group_name"]) for line in lines})

    def total(**wanted) -> int:
        return sum(line["requested"] for line in lines if all(line[key] == value for key, value in wanted.items()))

    return {
        "heads": [_("Nhóm chi"), *((str(year), "money") for year in years), (_("Cộng"), "money")],
        "rows": [
            [f"{number}. {name}", *(total(group=number, year=year) for year in years), total(group=number)] for number, name in groups
        ],
        "totals": [*(total(year=year) for year in years), total()],
        "sources": [[_(words), total(source=source)] for source, words in SOURCES.items() if total(source=source)],
    }


async def name_of(id: int | None) -> str:
    """A person's name as it is written, empty for nobody."""
    return people.titled(await people.person(id)) if id else ""
