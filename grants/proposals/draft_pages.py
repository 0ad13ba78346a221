"""Pages on which an application is written, one subject a page; narrative and general part save by themselves."""

from datetime import datetime
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
from grants.proposals.tables import Document, Partner, Product, Proposal
from grants.rules import rules
from grants.shell.changes import Refused, now
from grants.shell.database import rows
from grants.shell.dates import day_of, show_hour, show_time
from grants.shell.forms import (
    Form,
    Invalid,
    Line,
    MaybeDay,
    MaybeId,
    MaybeLine,
    MaybeText,
    Typed,
    Whole,
    nothing,
    read,
    shown,
)
from grants.shell.language import _, either, language
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


class PartnerForm(Form):
    organisation: Whole
    task: Line


class ProductForm(Form):
    form: Literal["I", "II", "III", "IV"]
    name: Line
    unit: Line = Field(max_length=60)
    quantity: int = Field(ge=1, le=1_000_000)
    quality: MaybeLine = ""


async def shown_part(request: Request, proposal: Proposal, template: str, form: Typed, *, status_code: int = 200, **more) -> Template:
    return page(
        f"proposals/{template}.html", proposal=proposal, form=form, can_write=await proposals.can_write(request.user, proposal),
        status_code=status_code, **more,
    )


def saved_when(moment: datetime | None) -> str | None:
    """When this very part was last saved: the hour, with the day if it was not today; None while it was never written."""
    if moment is None:
        return None
    return show_hour(moment) if day_of(moment) == day_of(now()) else show_time(moment, language())


def is_autosave(request: Request) -> bool:
    return request.headers.get("hx-request") == "true"


def saved() -> Template:
    return fragment("proposals/_saved.html", time=show_hour(now()), message=None)


def not_saved(message: str, status_code: int = 422) -> Template:
    return fragment("proposals/_saved.html", time=None, message=message, status_code=status_code)


async def child(table, proposal: int, id: int):
    """A row of this application, or 404."""
    if row := await table.objects().where((table.id == id) & (table.proposal == proposal)).first():
        return row
    raise NotFoundException


async def known_organisation(form: Form, id: int) -> Organisation:
    """An organisation of today's list. Raises `Invalid` with everything that was typed."""
    if found := await Organisation.objects().where((Organisation.id == id) & people.visible_organisations()).first():
        return found
    values = {k: "" if v is None else str(v) for k, v in form.model_dump().items()}
    raise Invalid(values, {"organisation": _("Hãy chọn một tổ chức trong danh sách.")})


def as_typed(form: Form, field: str, refused: Refused) -> Typed:
    """The form with what was typed and the refusal's sentence at a field."""
    return Typed({k: "" if v is None else str(v) for k, v in form.model_dump().items()}, {field: str(refused)})


# --- general ---------------------------------------------------------------------------------------------------------

@get("/proposals/{id:int}/general")
async def general(request: Request, id: Id) -> Template:
    proposal = await visible(request, id)
    return await general_form(request, proposal, shown(proposal, *GENERAL))


async def general_form(request: Request, proposal: Proposal, form: Typed, status_code: int = 200) -> Template:
    chosen = form.values.get("lead_organisation", "")
    return await shown_part(
        request, proposal, "general", form, status_code=status_code, fields=await rules.fields(), saved=saved_when(proposal.described_at),
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
    here = written.get(code)
    return await section_form(request, proposal, code, shown(here, "text") if here else Typed(), saved=here and here.saved_at)


async def section_form(
    request: Request, proposal: Proposal, code: str, form: Typed, status_code: int = 200, *, saved: datetime | None = None
) -> Template:
    codes = list(drafts.SECTIONS)
    after = codes[codes.index(code) + 1] if code != codes[-1] else None
    title, hint = drafts.SECTIONS[code]
    return await shown_part(
        request, proposal, "section", form, status_code=status_code, saved=saved_when(saved), code=code, title=_(title), hint=_(hint),
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


@post("/proposals/{id:int}/partners/none")
async def go_alone(request: Request, id: Id) -> Template | Redirect:
    """The tick that nobody else takes part; with it the section is done."""
    proposal = await visible(request, id)
    try:
        await drafts.go_alone(proposal, by=request.user)
    except Refused as refused:
        return await partners_page(request, proposal, Typed({}, {"": str(refused)}), status_code=409)
    return see(f"/proposals/{id}")


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
    general, describe, section, write, partners, add_partner, go_alone, remove_partner, products, add_product, remove_product, documents,
    upload, remove_document,
]
