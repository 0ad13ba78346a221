"""Pages on which an application is written, one subject a page; narrative and general part save by themselves."""

from typing import Annotated, Literal

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import BeforeValidator, Field

from grants.calls.tables import AskedDocument
from grants.people import organisations, people
from grants.people.tables import Membership, Organisation, Role
from grants.proposals import drafts, proposals
from grants.proposals.proposal_pages import visible
from grants.proposals.tables import BudgetLine, Document, Partner, Product, Proposal, TeamMember
from grants.rules import rules
from grants.rules.tables import ExpenseGroup
from grants.shell.changes import Refused, now
from grants.shell.database import rows
from grants.shell.dates import local
from grants.shell.forms import (
    Email,
    Form,
    Invalid,
    Line,
    MaybeDay,
    MaybeId,
    MaybeLine,
    MaybeText,
    Money,
    Typed,
    Whole,
    nothing,
    read,
    shown,
)
from grants.shell.language import _, either
from grants.shell.web import Id, Token, fragment, page, see

MaybeMonths = Annotated[Annotated[int, Field(ge=1, le=120)] | None, BeforeValidator(nothing)]
GENERAL = ("title", "title_en", "summary", "summary_en", "field", "keywords", "lead_organisation", "signatory", "months", "starts_on")


class General(Form):
    title: Line
    title_en: MaybeLine = ""
    summary: MaybeText = ""
    summary_en: MaybeText = ""
    field: MaybeLine = Field(default="", max_length=10)
    keywords: MaybeLine = ""
    lead_organisation: MaybeId = None
    signatory: MaybeId = None
    months: MaybeMonths = None
    starts_on: MaybeDay = None


class Narrative(Form):
    text: MaybeText = ""


class Member(Form):
    part: Literal["principal_investigator", "project_secretary", "key_member", "team_member", "support"]
    months: int = Field(ge=0, le=120)
    access: Literal["owner", "editor", "reader"]


class Invitation(Member):
    full_name: Line = Field(max_length=120)
    email: Email
    organisation: MaybeId = None


class PartnerForm(Form):
    organisation: Whole
    task: Line


class ProductForm(Form):
    form: Literal["I", "II", "III", "IV"]
    name: Line
    unit: Line = Field(max_length=60)
    quantity: int = Field(ge=1, le=1_000_000)
    quality: MaybeLine = ""


class LineForm(Form):
    group: Whole
    year: int = Field(ge=2020, le=2100)
    source: Literal["capital", "recurrent", "fund", "own"]
    requested: Money
    note: MaybeLine = ""


async def shown_part(request: Request, proposal: Proposal, template: str, form: Typed, *, status_code: int = 200, **more) -> Template:
    return page(
        f"proposals/{template}.html", proposal=proposal, form=form, can_write=await proposals.can_write(request.user, proposal),
        saved=local(proposal.saved_at).strftime("%H:%M") if proposal.saved_at else None, status_code=status_code, **more,
    )


def is_autosave(request: Request) -> bool:
    return request.headers.get("hx-request") == "true"


def saved() -> Template:
    return fragment("proposals/_saved.html", time=local(now()).strftime("%H:%M"), message=None)


def not_saved(message: str, status_code: int = 422) -> Template:
    return fragment("proposals/_saved.html", time=None, message=message, status_code=status_code)


async def child(table, proposal: int, id: int):
    """A row of this application, or 404."""
    if row := await table.objects().where((table.id == id) & (table.proposal == proposal)).first():
        return row
    raise NotFoundException


# --- general ---------------------------------------------------------------------------------------------------------

@get("/proposals/{id:int}/general")
async def general(request: Request, id: Id) -> Template:
    proposal = await visible(request, id)
    return await general_form(request, proposal, shown(proposal, *GENERAL))


async def general_form(request: Request, proposal: Proposal, form: Typed, status_code: int = 200) -> Template:
    chosen = form.values.get("lead_organisation", "")
    return await shown_part(
        request, proposal, "general", form, status_code=status_code, fields=await rules.fields(),
        organisations=await organisations.choices(), signatories=await signatories(int(chosen) if chosen.isdigit() else None),
    )


async def signatories(organisation: int | None) -> list[tuple[str, str]]:
    """Who may certify for the lead organisation."""
    if organisation is None or organisation >= 2**31:
        return []
    return [(str(p.id), people.titled(p)) for p in await people.holding(Role.SIGNATORY, organisation)]


@post("/proposals/{id:int}/general")
async def describe(request: Request, id: Id) -> Template | Redirect:
    proposal = await visible(request, id)
    try:
        form = await read(General, request)
        typed = form.model_dump()
        await check_general(typed)
        await drafts.describe(proposal, by=request.user, **typed)
    except Invalid as invalid:
        if is_autosave(request):
            return not_saved(next(iter(invalid.errors.values())))
        return await general_form(request, proposal, invalid, status_code=422)
    except Refused as refused:
        if is_autosave(request):
            return not_saved(str(refused), 409)
        return await general_form(request, proposal, as_typed(form, "", refused), status_code=409)
    if is_autosave(request):
        return saved()
    if (await request.form()).get("go") == "choose":
        return see(f"/proposals/{id}/general")
    return see(f"/proposals/{id}")


async def check_general(typed: dict) -> None:
    """The organisation must exist, and the signatory must hold that post for it today."""
    values = {name: str(value or "") for name, value in typed.items()}
    organisation = typed["lead_organisation"]
    if organisation and not await Organisation.exists().where((Organisation.id == organisation) & people.visible_organisations()):
        raise Invalid(values, {"lead_organisation": _("Hãy chọn một tổ chức trong danh sách.")})
    if typed["signatory"]:
        heads = await Membership.exists().where(
            (Membership.person == typed["signatory"]) & (Membership.role == Role.SIGNATORY)
            & (Membership.organisation == (organisation or 0)) & people.current_posts()
        )
        if not heads:
            typed["signatory"] = None
    if typed["field"] and typed["field"] not in dict(await rules.fields()):
        raise Invalid(values, {"field": _("Hãy chọn một lĩnh vực trong danh sách.")})


# --- narrative -------------------------------------------------------------------------------------------------------

@get("/proposals/{id:int}/sections/{code:str}")
async def section(request: Request, id: Id, code: Token) -> Template:
    proposal = await visible(request, id)
    written = await proposals.sections(proposal)
    if code not in drafts.SECTIONS:
        raise NotFoundException
    return await section_form(request, proposal, code, shown(written[code], "text") if code in written else Typed())


async def section_form(request: Request, proposal: Proposal, code: str, form: Typed, status_code: int = 200) -> Template:
    codes = list(drafts.SECTIONS)
    after = codes[codes.index(code) + 1] if code != codes[-1] else None
    title, hint = drafts.SECTIONS[code]
    return await shown_part(
        request, proposal, "section", form, status_code=status_code, code=code, title=_(title), hint=_(hint),
        next=f"/proposals/{proposal.id}/sections/{after}" if after else f"/proposals/{proposal.id}",
    )


@post("/proposals/{id:int}/sections/{code:str}")
async def write(request: Request, id: Id, code: Token) -> Template | Redirect:
    proposal = await visible(request, id)
    if code not in drafts.SECTIONS:
        raise NotFoundException
    try:
        form = await read(Narrative, request)
        await drafts.write(proposal, code, form.text, by=request.user)
    except Invalid as invalid:
        if is_autosave(request):
            return not_saved(next(iter(invalid.errors.values())))
        return await section_form(request, proposal, code, invalid, status_code=422)
    except Refused as refused:
        typed = Typed({"text": form.text}, {"text": str(refused)})
        return not_saved(str(refused), 409) if is_autosave(request) else await section_form(request, proposal, code, typed, 409)
    if is_autosave(request):
        return saved()
    go = str((await request.form()).get("go", ""))
    return see(go if go.startswith(f"/proposals/{id}") else f"/proposals/{id}")


# --- team ------------------------------------------------------------------------------------------------------------

@get("/proposals/{id:int}/team")
async def team(request: Request, id: Id) -> Template:
    return await team_page(request, await visible(request, id), Typed())


async def team_page(request: Request, proposal: Proposal, form: Typed, status_code: int = 200) -> Template:
    members = await TeamMember.objects().where(TeamMember.proposal == proposal.id).order_by(TeamMember.id)
    return await shown_part(
        request, proposal, "team", form, status_code=status_code, members=members, parts=drafts.spoken(drafts.PARTS),
        part_words=drafts.PARTS, access_words=drafts.ACCESS, access=drafts.spoken(drafts.ACCESS),
        organisations=[("", _("Không chọn")), *await organisations.choices()],
    )


@post("/proposals/{id:int}/team")
async def invite(request: Request, id: Id) -> Template | Redirect:
    proposal = await visible(request, id)
    try:
        form = await read(Invitation, request)
        if form.organisation:
            await known_organisation(form, form.organisation)
        await drafts.invite(proposal, by=request.user, **form.model_dump())
    except Invalid as invalid:
        return await team_page(request, proposal, invalid, status_code=422)
    except Refused as refused:
        return await team_page(request, proposal, as_typed(form, "email", refused), status_code=409)
    return see(f"/proposals/{id}/team")


async def known_organisation(form: Form, id: int) -> Organisation:
    """An organisation of today's list. Raises `Invalid` with everything that was typed."""
    if found := await Organisation.objects().where((Organisation.id == id) & people.visible_organisations()).first():
        return found
    values = {k: "" if v is None else str(v) for k, v in form.model_dump().items()}
    raise Invalid(values, {"organisation": _("Hãy chọn một tổ chức trong danh sách.")})


def as_typed(form: Form, field: str, refused: Refused) -> Typed:
    """The form with what was typed and the refusal's sentence at a field."""
    return Typed({k: "" if v is None else str(v) for k, v in form.model_dump().items()}, {field: str(refused)})


@post("/proposals/{id:int}/team/{member:int}")
async def change_member(request: Request, id: Id, member: Id) -> Template | Redirect:
    proposal = await visible(request, id)
    row = await child(TeamMember, id, member)
    try:
        form = await read(Member, request)
    except Invalid as invalid:
        return await team_page(request, proposal, Typed({}, dict(invalid.errors)), status_code=422)
    await drafts.change_member(row, by=request.user, **form.model_dump())
    return see(f"/proposals/{id}/team")


@post("/proposals/{id:int}/team/{member:int}/removal")
async def remove_member(request: Request, id: Id, member: Id) -> Redirect:
    await visible(request, id)
    await drafts.take_out(await child(TeamMember, id, member), by=request.user)
    return see(f"/proposals/{id}/team")


# --- partners --------------------------------------------------------------------------------------------------------

@get("/proposals/{id:int}/partners")
async def partners(request: Request, id: Id) -> Template:
    return await partners_page(request, await visible(request, id), Typed())


async def partners_page(request: Request, proposal: Proposal, form: Typed, status_code: int = 200) -> Template:
    listed = await rows(
        "SELECT p.id, o.name, p.task FROM partner p JOIN organisation o ON o.id = p.organisation WHERE p.proposal = $1 ORDER BY p.id",
        proposal.id,
    )
    return await shown_part(
        request, proposal, "partners", form, status_code=status_code, partners=listed, organisations=await organisations.choices(),
    )


@post("/proposals/{id:int}/partners")
async def add_partner(request: Request, id: Id) -> Template | Redirect:
    proposal = await visible(request, id)
    try:
        form = await read(PartnerForm, request)
        await drafts.add_partner(proposal, await known_organisation(form, form.organisation), form.task, by=request.user)
    except Invalid as invalid:
        return await partners_page(request, proposal, invalid, status_code=422)
    except Refused as refused:
        return await partners_page(request, proposal, as_typed(form, "organisation", refused), status_code=409)
    return see(f"/proposals/{id}/partners")


@post("/proposals/{id:int}/partners/{partner:int}/removal")
async def remove_partner(request: Request, id: Id, partner: Id) -> Redirect:
    await visible(request, id)
    await drafts.take_out(await child(Partner, id, partner), by=request.user)
    return see(f"/proposals/{id}/partners")


# --- products --------------------------------------------------------------------------------------------------------

@get("/proposals/{id:int}/products")
async def products(request: Request, id: Id) -> Template:
    return await products_page(request, await visible(request, id), Typed({"quantity": "1"}))


async def products_page(request: Request, proposal: Proposal, form: Typed, status_code: int = 200) -> Template:
    return await shown_part(
        request, proposal, "products", form, status_code=status_code, products=await proposals.products(proposal),
        forms=drafts.spoken(drafts.FORMS), words=drafts.FORMS,
    )


@post("/proposals/{id:int}/products")
async def add_product(request: Request, id: Id) -> Template | Redirect:
    proposal = await visible(request, id)
    try:
        form = await read(ProductForm, request)
        await drafts.add_product(proposal, by=request.user, **form.model_dump())
    except Invalid as invalid:
        return await products_page(request, proposal, invalid, status_code=422)
    except Refused as refused:
        return await products_page(request, proposal, as_typed(form, "name", refused), status_code=409)
    return see(f"/proposals/{id}/products")


@post("/proposals/{id:int}/products/{product:int}/removal")
async def remove_product(request: Request, id: Id, product: Id) -> Redirect:
    await visible(request, id)
    await drafts.take_out(await child(Product, id, product), by=request.user)
    return see(f"/proposals/{id}/products")


# --- budget ----------------------------------------------------------------------------------------------------------

@get("/proposals/{id:int}/budget")
async def budget(request: Request, id: Id) -> Template:
    return await budget_page(request, await visible(request, id), Typed())


async def budget_page(request: Request, proposal: Proposal, form: Typed, line: int | None = None, status_code: int = 200) -> Template:
    call = await proposals.call_of(proposal)
    lines = await rows(
        'SELECT b.id, g.id AS group_id, g.number AS "group", g.name, g.name_en, b.year, b.source, b.note, b.requested '
        'FROM budget_line b JOIN expense_group g ON g.id = b."group" WHERE b.proposal = $1 ORDER BY g.number, b.year, b.id',
        proposal.id,
    )
    for row in lines:
        row["group_name"] = either(row["name"], row["name_en"])
    return await shown_part(
        request, proposal, "budget", form, status_code=status_code, lines=lines, table=drafts.by_year(lines), line=line,
        groups=await rules.expense_groups(), years=[(str(y), str(y)) for y in drafts.years(proposal, call.year)],
        sources=drafts.spoken(drafts.SOURCES), words=drafts.SOURCES, call=call,
    )


@post("/proposals/{id:int}/budget")
async def add_line(request: Request, id: Id) -> Template | Redirect:
    proposal = await visible(request, id)
    try:
        form = await read_line(request)
        await drafts.add_line(proposal, by=request.user, **form.model_dump())
    except Invalid as invalid:
        return await budget_page(request, proposal, invalid, status_code=422)
    except Refused as refused:
        return await budget_page(request, proposal, as_typed(form, "requested", refused), status_code=409)
    return see(f"/proposals/{id}/budget")


async def read_line(request: Request) -> LineForm:
    """A budget line; its amount must be more than nothing and its group one of the list."""
    form = await read(LineForm, request)
    values = {k: str(v) for k, v in form.model_dump().items()}
    if form.requested <= 0:
        raise Invalid(values, {"requested": _("Số tiền phải lớn hơn 0.")})
    if not await ExpenseGroup.exists().where(ExpenseGroup.id == form.group):
        raise Invalid(values, {"group": _("Hãy chọn một nhóm chi trong danh sách.")})
    return form


@get("/proposals/{id:int}/budget/{line:int}")
async def line_form(request: Request, id: Id, line: Id) -> Template:
    proposal = await visible(request, id)
    row = await child(BudgetLine, id, line)
    return await budget_page(request, proposal, shown(row, "group", "year", "source", "requested", "note"), line)


@post("/proposals/{id:int}/budget/{line:int}")
async def change_line(request: Request, id: Id, line: Id) -> Template | Redirect:
    proposal = await visible(request, id)
    row = await child(BudgetLine, id, line)
    try:
        form = await read_line(request)
        await drafts.change_line(row, by=request.user, **form.model_dump())
    except Invalid as invalid:
        return await budget_page(request, proposal, invalid, line, status_code=422)
    except Refused as refused:
        return await budget_page(request, proposal, as_typed(form, "requested", refused), line, status_code=409)
    return see(f"/proposals/{id}/budget")


@post("/proposals/{id:int}/budget/{line:int}/removal")
async def remove_line(request: Request, id: Id, line: Id) -> Redirect:
    await visible(request, id)
    await drafts.take_out(await child(BudgetLine, id, line), by=request.user)
    return see(f"/proposals/{id}/budget")


# --- documents -------------------------------------------------------------------------------------------------------

@get("/proposals/{id:int}/documents")
async def documents(request: Request, id: Id) -> Template:
    return await documents_page(request, await visible(request, id), Typed())


async def documents_page(request: Request, proposal: Proposal, form: Typed, status_code: int = 200) -> Template:
    asked = await AskedDocument.objects().where(AskedDocument.call == proposal.call).order_by(AskedDocument.id)
    kept = await Document.objects().where(Document.proposal == proposal.id).order_by(Document.id)
    return await shown_part(
        request, proposal, "documents", form, status_code=status_code,
        asked=[(paper, either(paper.name, paper.name_en), [d for d in kept if d.asked == paper.id]) for paper in asked],
    )


@post("/proposals/{id:int}/documents/{asked:int}")
async def upload(request: Request, id: Id, asked: Id) -> Template | Redirect:
    proposal = await visible(request, id)
    paper = await AskedDocument.objects().where((AskedDocument.id == asked) & (AskedDocument.call == proposal.call)).first()
    if paper is None:
        raise NotFoundException
    try:
        await drafts.upload(proposal, paper, (await request.form()).get("file"), by=request.user)
    except ValueError as problem:
        return await documents_page(request, proposal, Typed({}, {f"file-{asked}": str(problem)}), status_code=422)
    return see(f"/proposals/{id}/documents")


@post("/proposals/{id:int}/documents/{document:int}/removal")
async def remove_document(request: Request, id: Id, document: Id) -> Redirect:
    await visible(request, id)
    await drafts.take_out(await child(Document, id, document), by=request.user)
    return see(f"/proposals/{id}/documents")


ROUTES = [
    general, describe, section, write, team, invite, change_member, remove_member, partners, add_partner, remove_partner, products,
    add_product, remove_product, budget, add_line, line_form, change_line, remove_line, documents, upload, remove_document,
]
