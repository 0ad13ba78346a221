"""The team of an application: inviting by mail, joining or declining, changing what a member does. Only in a draft."""

from piccolo.columns.combination import Combinable

from grants.people import organisations, people
from grants.people.accounts import too_often
from grants.people.tables import Person
from grants.proposals import proposals
from grants.proposals.drafts import ACCESS, PARTS, touched
from grants.proposals.tables import Proposal, TeamMember
from grants.shell import mail, sessions
from grants.shell.changes import add, changing, now, remove, require
from grants.shell.database import DB
from grants.shell.language import _
from grants.shell.lists import is_id
from grants.shell.tables import Link

MOST_INVITED = 20  # by one person within 15 minutes: each invitation is a letter to an address that nobody has confirmed


async def invite(
    proposal: Proposal, *, by: Person, email: str, full_name: str, part: str, months: int, access: str,
    organisation: int | None = None,
) -> TeamMember:
    """Invite a person into the team by mail; from joining on they read or write, as the owner chose."""
    require(await sessions.attempt("invite", by.email, most=MOST_INVITED), too_often(), "email")
    async with DB.transaction():
        proposal = await touched(proposal, by=by, did="invited")
        if organisation:
            await organisations.of_today(organisation)
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


async def invitation(key: str, *, to: Person) -> tuple[Link, TeamMember, Proposal] | None:
    """The living invitation of a person: its link, the place in the team, the application; None when it is not theirs or over.

    `key` is the secret of the letter or, as the person's own desk has it, the number of the place: both find only what was sent to the
    address of this account.
    """
    link = await (Link.objects().where(living() & (Link.subject == int(key))).first() if is_id(key)
                  else sessions.link_of("team", key))
    member = link and await TeamMember.objects().where((TeamMember.id == link.subject) & (TeamMember.email == to.email)).first()
    return (link, member, await Proposal.objects().where(Proposal.id == member.proposal).first()) if member else None


def living() -> Combinable:
    return (Link.purpose == "team") & Link.used_at.is_null() & (Link.ends_at > now())


async def invited(key: str, *, to: Person) -> tuple[Link, TeamMember, Proposal]:
    """The same, for whoever answers it. Raises `Refused` with what is the matter with it."""
    found = await invitation(key, to=to)
    require(found or is_id(key) or not await sessions.link_of("team", key), _("Lời mời này gửi cho địa chỉ thư khác."))
    require(found, _("Lời mời này đã dùng rồi hoặc đã hết hạn."))
    return found


async def join(key: str, *, by: Person) -> Proposal:
    """Accept an invitation; only the account whose address was invited can."""
    link, member, proposal = await invited(key, to=by)
    async with changing(proposal, by=by, did="team_joined") as proposal, changing(member, by=by, did="joined") as member:
        require(proposal.state == proposals.State.DRAFT, _("Hồ sơ đã nộp thì không sửa được nữa."))
        require(await sessions.use_link(link), _("Lời mời này đã dùng rồi."))
        member.person, member.joined_at = by.id, now()
    return proposal


async def turn_down(key: str, *, by: Person) -> None:
    """Decline an invitation: the place in the team is free again and the lead person is told."""
    link, member, proposal = await invited(key, to=by)
    async with changing(proposal, by=by, did="invitation_declined") as proposal:
        require(proposal.state == proposals.State.DRAFT, _("Hồ sơ đã nộp thì không sửa được nữa."))
        require(await sessions.use_link(link), _("Lời mời này đã dùng rồi."))
        proposal.certified_at = proposal.certified_by = None
        await remove(member, by=by, did="invitation_declined")
        await mail.tell(
            await people.person(proposal.lead), lambda: _("{who} không nhận lời tham gia hồ sơ").format(who=member.full_name),
            lambda: _("{who} ({email}) không nhận lời tham gia hồ sơ «{title}» và đã được đưa ra khỏi nhóm.").format(
                who=member.full_name, email=member.email, title=proposal.title
            ),
            link=f"/proposals/{proposal.id}/team",
        )
