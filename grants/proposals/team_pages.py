"""Pages of an application's team: inviting, changing and taking out members; the invitation as the invited reads it."""

from functools import partial
from typing import Literal

from litestar import Request, get, post
from litestar.response import Redirect, Template
from pydantic import Field

from grants.people import organisations
from grants.people.people import person, titled
from grants.proposals import drafts, proposals, teams
from grants.proposals.draft_pages import child, shown_part
from grants.proposals.proposal_pages import visible
from grants.proposals.tables import TeamMember
from grants.shell.forms import Email, Form, MaybeId, Name, Typed, shown
from grants.shell.language import _
from grants.shell.web import Id, Token, page, see, submitted


class Member(Form):
    part: Literal["principal_investigator", "project_secretary", "key_member", "team_member", "support"]
    months: int = Field(ge=0, le=120)
    access: Literal["owner", "editor", "reader"]


class Invitation(Member):
    full_name: Name
    email: Email
    organisation: MaybeId = None


@get("/proposals/{id:int}/team")
async def team(request: Request, id: Id) -> Template:
    return await team_page(request, id, Typed())


async def team_page(
    request: Request, id: int, form: Typed, status_code: int = 200, *, edited: tuple[int, Typed] | None = None
) -> Template:
    """The members, each with a form of their own, and the invitation. `edited`: the member whose form came back, with it."""
    proposal = await visible(request, id)
    members = await TeamMember.objects().where(TeamMember.proposal == proposal.id).order_by(TeamMember.id)
    forms = {member.id: shown(member, "part", "months", "access") for member in members} | dict([edited] if edited else [])
    return await shown_part(
        request, proposal, "team", form, status_code=status_code, members=[(member, forms[member.id]) for member in members],
        parts=drafts.spoken(drafts.PARTS), part_words=drafts.PARTS, access_words=drafts.ACCESS, access=drafts.spoken(drafts.ACCESS),
        organisations=[("", _("Không chọn")), *await organisations.choices()], edited=edited,
    )


@post("/proposals/{id:int}/team")
async def invite(request: Request, id: Id) -> Template | Redirect:
    ask, again = partial(teams.invite, await visible(request, id)), partial(team_page, request, id)
    return await submitted(request, Invitation, ask, shown=again, to=f"/proposals/{id}/team", at="email")


@post("/proposals/{id:int}/team/{member:int}")
async def change_member(request: Request, id: Id, member: Id) -> Template | Redirect:
    await visible(request, id)
    row = await child(TeamMember, id, member)

    async def again(typed: Typed, status_code: int) -> Template:
        return await team_page(request, id, Typed(), status_code, edited=(member, typed))

    return await submitted(request, Member, partial(teams.change_member, row), shown=again, to=f"/proposals/{id}/team", at="months")


@post("/proposals/{id:int}/team/{member:int}/removal")
async def remove_member(request: Request, id: Id, member: Id) -> Redirect:
    await visible(request, id)
    await drafts.take_out(await child(TeamMember, id, member), by=request.user)
    return see(f"/proposals/{id}/team")


@get("/invitations/{token:str}")
async def invitation(request: Request, token: Token) -> Template:
    """What the invited needs to decide: which application, who asks, as what; only the invited address reads it."""
    found = await teams.invitation(token, to=request.user)
    if found is None:
        return page("proposals/invitation.html", token=token, proposal=None)
    _link, member, proposal = found
    call = await proposals.call_of(proposal)
    lead = await person(proposal.lead)
    return page(
        "proposals/invitation.html", token=token, proposal=proposal, call=call, lead=titled(lead), lead_email=lead.email,
        member=member, part=_(drafts.PARTS[member.part]), access=_(drafts.ACCESS[member.access]),
    )


@post("/invitations/{token:str}")
async def join(request: Request, token: Token) -> Redirect:
    proposal = await teams.join(token, by=request.user)
    return see(f"/proposals/{proposal.id}")


@post("/invitations/{token:str}/refusal")
async def turn_down(request: Request, token: Token) -> Redirect:
    await teams.turn_down(token, by=request.user)
    return see("/proposals")


ROUTES = [team, invite, change_member, remove_member, invitation, join, turn_down]
