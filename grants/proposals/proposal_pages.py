"""Pages of applications: list, starting one, the application itself, certifying, handing in, receipt, history."""

import json
from dataclasses import replace

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template

from grants.calls import calls
from grants.calls.tables import Call
from grants.people.people import holds
from grants.people.tables import Organisation, Role
from grants.proposals import drafts, proposals, submissions
from grants.proposals.tables import Document, Proposal, Submission
from grants.proposals.tasks import missing, tasks
from grants.rules import rules
from grants.shell import files, lists
from grants.shell.changes import Refused, now
from grants.shell.database import rows
from grants.shell.dates import left
from grants.shell.forms import Form, Invalid, Line, Typed, read
from grants.shell.language import N_, _, language
from grants.shell.web import Id, Token, attachment, page, see

State = proposals.State


def columns(status) -> list[lists.Column]:
    return [
        lists.Column("reference", N_("Số tiếp nhận"), Proposal.reference, "code", says=lambda number: number or _("chưa nộp")),
        lists.Column("title", N_("Tên hồ sơ"), Proposal.title, "long"),
        lists.Column("lead", N_("Chủ nhiệm"), Proposal.lead.full_name, sort_by=Proposal.lead.sort_key),
        lists.Column(
            "organisation", N_("Tổ chức chủ trì"), Proposal.lead_organisation.short_name, sort_by=Proposal.lead_organisation.sort_key
        ),
        lists.Column("state", N_("Trạng thái"), Proposal.state, "status", says=status),
        lists.Column("submitted_at", N_("Ngày nộp"), Proposal.submitted_at, "date"),
        lists.Column("requested_state", N_("Ngân sách đề nghị"), Proposal.requested_state, "money", total=True),
    ]


def listing(columns: list[lists.Column], states: lists.Filter) -> lists.Listing:
    return lists.Listing(
        name="ho-so", table=Proposal, columns=columns, order="-submitted_at",
        filters=[
            lists.search(Proposal.folded), states,
            lists.year("call", N_("Thông báo"), Proposal.call, hidden=True),
            lists.year("year", N_("Năm"), Proposal.call.year),
        ],
        href=lambda row: f"/proposals/{row['id']}", extra=[Proposal.id],
    )


def outward_status(state: str) -> tuple[str, str]:
    return proposals.status(proposals.outward(state))


def outwardly(chosen: str):
    """Applications whose state looks so from outside; a panel's result must not be told by what a filter leaves out."""
    return Proposal.state.is_in([state.value for state in State if proposals.outward(state) == chosen] or [""])


# Several states in one word, as the overview counts them.
TOGETHER = {
    "handed_in": (N_("Đã nộp, mọi bước"), [s.value for s in State if s not in (State.DRAFT, State.WITHDRAWN)]),
    "decided": (N_("Đã có kết quả"), [State.AWARDED.value, State.DECLINED.value, State.INELIGIBLE.value]),
}


def standing(chosen: str):
    """Applications in one state, or in several that have a word together."""
    return Proposal.state.is_in(TOGETHER[chosen][1] if chosen in TOGETHER else [chosen])


OFFICE_LIST = listing(
    columns(proposals.status),
    lists.Filter(
        "state", N_("Trạng thái"), standing,
        lambda: [(s.value, proposals.label(s)) for s in State] + [(key, _(words)) for key, (words, _states) in TOGETHER.items()],
    ),
)
OWN_LIST = listing(
    [replace(column, sortable=column.key != "state") for column in columns(outward_status)],
    lists.Filter(
        "state", N_("Trạng thái"), outwardly,
        lambda: [(s.value, proposals.label(s)) for s in State if proposals.outward(s) == s],
    ),
)


class Title(Form):
    title: Line


class Reason(Form):
    reason: Line


def sees_results(request: Request) -> bool:
    """Officials see where an application stands; its team learns it with the decision."""
    return holds(request.user, *proposals.SEES_ALL)


async def visible(request: Request, id: int) -> Proposal:
    if proposal := await proposals.visible_to(request.user).where(Proposal.id == id).first():
        return proposal
    raise NotFoundException


@get("/proposals")
async def proposal_list(request: Request) -> Response:
    chosen = OFFICE_LIST if sees_results(request) else OWN_LIST
    return await chosen.answer(request, proposals.seen_by(request.user), "proposals/list.html")


async def open_call(request: Request, id: int) -> Call:
    call = await calls.visible_to(request.user).where(Call.id == id).first()
    if call is None:
        raise NotFoundException
    return call


@get("/calls/{id:int}/application")
async def start_form(request: Request, id: Id) -> Template:
    return page("proposals/start.html", call=await open_call(request, id), form=Typed())


@post("/calls/{id:int}/application")
async def start(request: Request, id: Id) -> Template | Redirect:
    call = await open_call(request, id)
    try:
        form = await read(Title, request)
    except Invalid as invalid:
        return page("proposals/start.html", call=call, form=invalid, status_code=422)
    proposal = await proposals.draft(call, by=request.user, title=form.title)
    return see(f"/proposals/{proposal.id}")


def tabs(proposal: Proposal, here: str, *, office: bool) -> list[tuple[str, str, bool]]:
    """The tabs of an application, each an address that its own room answers."""
    base = f"/proposals/{proposal.id}"
    found = [(_("Hồ sơ"), base)]
    if office or proposal.state in (State.AWARDED, State.DECLINED):
        found.append((_("Đánh giá"), f"{base}/review"))
    if office:
        found += [(_("Kinh phí"), f"{base}/money"), (_("Lịch sử"), f"{base}/history")]
    return [(label, href, href == here) for label, href in found]


@get("/proposals/{id:int}")
async def proposal_page(request: Request, id: Id) -> Template:
    proposal = await visible(request, id)
    call = await proposals.call_of(proposal)
    if proposal.state == State.DRAFT:
        return await task_page(request, proposal, call)
    return await handed_in_page(request, proposal, call)


async def task_page(request: Request, proposal: Proposal, call: Call) -> Template:
    """The task list of a draft."""
    listed = await tasks(proposal)
    return page(
        "proposals/tasks.html", proposal=proposal, call=call, tasks=listed, lacking=[r for t in listed for r in t.missing],
        can_submit=proposals.can_submit(request.user, proposal), can_certify=proposals.can_certify(request.user, proposal),
        left=left(call.deadline, now(), await rules.calendar(), language()) if call.deadline else "",
        status=proposals.status(proposal.state),
    )


async def handed_in_page(
    request: Request, proposal: Proposal, call: Call, form: Typed | None = None, status_code: int = 200
) -> Template:
    """A handed-in application as it was handed in; `form`: the remark that came back."""
    office = sees_results(request) and not await proposals.is_own(request.user, proposal)
    kept = await Submission.objects().where(Submission.proposal == proposal.id).order_by(Submission.number, ascending=False).first()
    content = json.loads(kept.content) if kept else None
    owner = proposal.lead == request.user.id
    return page(
        "proposals/show.html", proposal=proposal, call=call, kept=kept, content=content, office=office,
        status=proposals.status(proposal.state if office else proposals.outward(proposal.state)),
        tabs=tabs(proposal, f"/proposals/{proposal.id}", office=office), sections=drafts.SECTIONS, parts=drafts.PARTS,
        sources=drafts.SOURCES, forms=drafts.FORMS, money=drafts.by_year(content["budget"]) if content else None,
        can_take_back=owner and proposal.state == State.SUBMITTED and calls.is_open(call),
        findings=await rows("SELECT sentence, blocking FROM finding WHERE proposal = $1 ORDER BY id", proposal.id)
        if office or proposal.state == State.INELIGIBLE else [],
        can_confirm=holds(request.user, Role.OFFICER) and proposal.state == State.SUBMITTED and call.opened_on is not None,
        form=form or Typed(), status_code=status_code,
    )


@get("/proposals/{id:int}/certification")
async def certification(request: Request, id: Id) -> Template:
    return await certification_shown(request, await visible(request, id), Typed())


async def certification_shown(request: Request, proposal: Proposal, form: Typed, status_code: int = 200) -> Template:
    organisation = await Organisation.objects().where(Organisation.id == proposal.lead_organisation).first()
    can_certify = proposals.can_certify(request.user, proposal)
    draft = proposal.state == State.DRAFT and proposal.certified_at is None
    return page(
        "proposals/certification.html", proposal=proposal, organisation=organisation, can_certify=can_certify,
        can_ask=await proposals.can_write(request.user, proposal) and proposal.certified_at is None, form=form,
        lacking=await submissions.missing_besides_certification(proposal) if draft else [],
        by=await drafts.name_of(proposal.signatory), status_code=status_code,
    )


@post("/proposals/{id:int}/certification-request")
async def ask_to_certify(request: Request, id: Id) -> Redirect:
    await submissions.ask_to_certify(await visible(request, id), by=request.user)
    return see(f"/proposals/{id}/certification")


@post("/proposals/{id:int}/certification-refusal")
async def hand_back(request: Request, id: Id) -> Template | Redirect:
    proposal = await visible(request, id)
    try:
        form = await read(Reason, request)
        await submissions.hand_back(proposal, reason=form.reason, by=request.user)
    except Invalid as invalid:
        return await certification_shown(request, proposal, invalid, status_code=422)
    return see(f"/proposals/{id}")


@post("/proposals/{id:int}/certification")
async def certify(request: Request, id: Id) -> Redirect:
    await submissions.certify(await visible(request, id), by=request.user)
    return see(f"/proposals/{id}")


@get("/proposals/{id:int}/submission")
async def check_page(request: Request, id: Id) -> Template:
    """Check your answers: everything that will be handed in, with a way back to each part."""
    proposal = await visible(request, id)
    if proposal.state != State.DRAFT:
        raise NotFoundException
    return await check_shown(request, proposal, Typed())


async def check_shown(request: Request, proposal: Proposal, form: Typed, status_code: int = 200) -> Template:
    content = await submissions.content_of(proposal)
    return page(
        "proposals/check.html", proposal=proposal, call=await proposals.call_of(proposal), content=content, lacking=await missing(proposal),
        can_submit=proposals.can_submit(request.user, proposal), sections=drafts.SECTIONS, parts=drafts.PARTS, sources=drafts.SOURCES,
        forms=drafts.FORMS, money=drafts.by_year(content["budget"]), form=form, status_code=status_code,
    )


@post("/proposals/{id:int}/submission")
async def submit(request: Request, id: Id) -> Template | Redirect:
    proposal = await visible(request, id)
    try:
        await submissions.submit(proposal, by=request.user)
    except Refused as refused:
        if proposal.state != State.DRAFT:
            raise
        return await check_shown(request, proposal, Typed({}, {"": str(refused)}), status_code=409)
    return see(f"/proposals/{id}/receipt")


@get("/proposals/{id:int}/receipt")
async def receipt(request: Request, id: Id) -> Template:
    proposal = await visible(request, id)
    kept = await Submission.objects().where(Submission.proposal == id).order_by(Submission.number, ascending=False).first()
    if kept is None:
        raise NotFoundException
    return page("proposals/receipt.html", proposal=proposal, kept=kept, call=await proposals.call_of(proposal))


@post("/proposals/{id:int}/reopening")
async def reopen(request: Request, id: Id) -> Redirect:
    await submissions.reopen(await visible(request, id), by=request.user)
    return see(f"/proposals/{id}")


@get("/proposals/{id:int}/withdrawal")
async def withdrawal(request: Request, id: Id) -> Template:
    """Withdrawing is for good: a page says so before it is done."""
    proposal = await visible(request, id)
    if proposal.lead != request.user.id or proposal.state not in (State.DRAFT, State.SUBMITTED):
        raise NotFoundException
    return page("proposals/withdrawal.html", proposal=proposal, call=await proposals.call_of(proposal))


@post("/proposals/{id:int}/withdrawal")
async def withdraw(request: Request, id: Id) -> Redirect:
    await submissions.withdraw(await visible(request, id), by=request.user)
    return see("/proposals")


@get("/proposals/{id:int}/documents/{document:int}/file")
async def download(request: Request, id: Id, document: Id) -> Response:
    """A document of the application, to save; never shown inline."""
    await visible(request, id)
    kept = await Document.objects().where((Document.id == document) & (Document.proposal == id)).first()
    if kept is None:
        raise NotFoundException
    return attachment(await files.content_of(kept.stored), kept.filename, "application/pdf")


@get("/proposals/{id:int}/history")
async def history(request: Request, id: Id) -> Template:
    """Every event of the application and its parts; for officials."""
    proposal = await visible(request, id)
    if not sees_results(request):
        raise NotFoundException
    found = await rows(
        "SELECT e.at, e.did, e.thing, p.full_name FROM event e LEFT JOIN person p ON p.id = e.by "
        "WHERE e.thing = 'proposal' AND e.thing_id = $1 ORDER BY e.id DESC LIMIT 200", id,
    )
    return page(
        "proposals/history.html", proposal=proposal, status=proposals.status(proposal.state),
        tabs=tabs(proposal, f"/proposals/{id}/history", office=True),
        events=[{"when": row["at"], "who": row["full_name"] or _("Hệ thống"), "what": did(row["did"])} for row in found],
    )


DID = {
    "drafted": N_("Bắt đầu hồ sơ"), "described": N_("Ghi thông tin chung"), "wrote": N_("Viết thuyết minh"),
    "budgeted": N_("Sửa dự toán"), "summed_up": N_("Cộng lại dự toán"), "promised": N_("Ghi sản phẩm"),
    "partnered": N_("Thêm tổ chức phối hợp"), "invited": N_("Mời thành viên"), "team_changed": N_("Sửa nhóm thực hiện"),
    "took_out": N_("Bỏ một mục"), "uploaded": N_("Tải tài liệu lên"), "certified": N_("Tổ chức chủ trì xác nhận"),
    "submitted": N_("Nộp hồ sơ"), "reopened": N_("Lấy lại hồ sơ"), "withdrawn": N_("Rút hồ sơ"),
    "confirmed": N_("Xác nhận tính hợp lệ"), "entered_review": N_("Đưa vào đánh giá"), "review_concluded": N_("Kết luận đánh giá"),
    "appraised": N_("Thẩm định kinh phí"), "awarded": N_("Phê duyệt"), "declined": N_("Không phê duyệt"),
}


def did(code: str) -> str:
    return _(DID[code]) if code in DID else code


@get("/invitations/{token:str}")
async def invitation(token: Token) -> Template:
    return page("proposals/invitation.html", token=token)


@post("/invitations/{token:str}")
async def join(request: Request, token: Token) -> Redirect:
    proposal = await drafts.join(token, by=request.user)
    return see(f"/proposals/{proposal.id}")


ROUTES = [
    proposal_list, start_form, start, proposal_page, certification, certify, ask_to_certify, hand_back, check_page, submit, receipt,
    reopen, withdrawal, withdraw, download, history, invitation, join,
]
