"""Pages of handing in: certifying, checking everything once more, the receipt, taking back, withdrawing."""

from functools import partial

from litestar import Request, get, post
from litestar.response import Redirect, Template

from grants.people.people import name_of
from grants.people.tables import Organisation
from grants.proposals import drafts, history, lines, proposals, steps, submissions
from grants.proposals.proposal_pages import handed_in_page, visible
from grants.proposals.tables import Submission
from grants.proposals.tasks import missing
from grants.rules import rules
from grants.shell.forms import Form, Line, Typed
from grants.shell.web import Id, Over, page, see, submitted

State = proposals.State


class Reason(Form):
    reason: Line


@get("/proposals/{id:int}/certification")
async def certification(request: Request, id: Id) -> Template:
    return await certification_shown(request, id, Typed())


async def certification_shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    proposal = await visible(request, id)
    organisation = await Organisation.objects().where(Organisation.id == proposal.lead_organisation).first()
    can_certify = proposals.can_certify(request.user, proposal)
    draft = proposal.state == State.DRAFT and proposal.certified_at is None
    return page(
        "proposals/certification.html", proposal=proposal, organisation=organisation, can_certify=can_certify,
        can_ask=await proposals.can_write(request.user, proposal) and proposal.certified_at is None, form=form,
        lacking=await submissions.missing_besides_certification(proposal) if draft else [],
        by=await name_of(proposal.signatory), asked_at=await history.certification_asked(proposal),
        back=await history.handed_back(proposal) if draft else None, status_code=status_code,
    )


@post("/proposals/{id:int}/certification-request")
async def ask_to_certify(request: Request, id: Id) -> Redirect:
    await submissions.ask_to_certify(await visible(request, id), by=request.user)
    return see(f"/proposals/{id}/certification")


@post("/proposals/{id:int}/certification-refusal")
async def hand_back(request: Request, id: Id) -> Template | Redirect:
    back, again = partial(submissions.hand_back, await visible(request, id)), partial(certification_shown, request, id)
    return await submitted(request, Reason, back, shown=again, to=f"/proposals/{id}")


@post("/proposals/{id:int}/certification")
async def certify(request: Request, id: Id) -> Redirect:
    await submissions.certify(await visible(request, id), by=request.user)
    return see(f"/proposals/{id}")


@get("/proposals/{id:int}/submission")
async def check_page(request: Request, id: Id) -> Template:
    """Check your answers: everything that will be handed in, with a way back to each part. Once handed in, the application itself."""
    return await check_shown(request, id, Typed())


async def check_shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    proposal = await visible(request, id)
    if proposal.state != State.DRAFT:
        raise Over(f"/proposals/{id}")
    call, content = await proposals.call_of(proposal), await submissions.content_of(proposal)
    content["field"] = await rules.field_name(content["field"])
    return page(
        "proposals/check.html", proposal=proposal, call=call, content=content, lacking=await missing(proposal, call),
        can_submit=proposals.can_submit(request.user, proposal), sections=drafts.SECTIONS, parts=drafts.PARTS, sources=drafts.SOURCES,
        forms=drafts.FORMS, money=lines.by_year(content["budget"]), form=form, status_code=status_code,
    )


@post("/proposals/{id:int}/submission")
async def submit(request: Request, id: Id) -> Template | Redirect:
    proposal = await visible(request, id)
    again = check_shown if proposal.state == State.DRAFT else handed_in_page
    return await submitted(
        request, Form, partial(submissions.submit, proposal), shown=partial(again, request, id), to=f"/proposals/{id}/receipt"
    )


@get("/proposals/{id:int}/receipt")
async def receipt(request: Request, id: Id) -> Template:
    proposal = await visible(request, id)
    kept = await Submission.objects().where(Submission.proposal == id).order_by(Submission.number, ascending=False).first()
    if kept is None:
        raise Over(f"/proposals/{id}")
    call = await proposals.call_of(proposal)
    return page(
        "proposals/receipt.html", proposal=proposal, kept=kept, call=call,
        step=await steps.next_step(proposal, call, request.user, office=False),
    )


@post("/proposals/{id:int}/reopening")
async def reopen(request: Request, id: Id) -> Redirect:
    await submissions.reopen(await visible(request, id), by=request.user)
    return see(f"/proposals/{id}")


@get("/proposals/{id:int}/withdrawal")
async def withdrawal(request: Request, id: Id) -> Template:
    """Withdrawing is for good: a page says so before it is done."""
    proposal = await visible(request, id)
    if proposal.lead != request.user.id or proposal.state not in (State.DRAFT, State.SUBMITTED):
        raise Over(f"/proposals/{id}")
    return page("proposals/withdrawal.html", proposal=proposal, call=await proposals.call_of(proposal))


@post("/proposals/{id:int}/withdrawal")
async def withdraw(request: Request, id: Id) -> Redirect:
    await submissions.withdraw(await visible(request, id), by=request.user)
    return see("/proposals")


ROUTES = [certification, certify, ask_to_certify, hand_back, check_page, submit, receipt, reopen, withdrawal, withdraw]
