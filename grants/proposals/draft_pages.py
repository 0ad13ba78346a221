"""Pages on which an application is written, one subject a page; narrative and general part save by themselves."""

from datetime import datetime
from functools import partial
from typing import Annotated, Literal

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import BeforeValidator, Field

from grants.calls.tables import AskedDocument
from grants.people import organisations, people
from grants.people.tables import Membership, Organisation, Person, Role
from grants.proposals import drafts, proposals
from grants.proposals.proposal_pages import visible
from grants.proposals.tables import Document, Partner, Product, Proposal
from grants.rules import rules
from grants.shell.changes import now
from grants.shell.database import rows
from grants.shell.dates import day_of, show_hour, show_time
from grants.shell.forms import Form, Invalid, Line, MaybeDay, MaybeId, MaybeLine, MaybeText, Typed, Whole, nothing, shown
from grants.shell.language import N_, _, either, language
from grants.shell.lists import is_id
from grants.shell.web import Id, Token, autosaved, page, see, submitted

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
    seen: MaybeLine | None = None


class Narrative(Form):
    text: MaybeText = ""
    seen: MaybeLine | None = None


class PartnerForm(Form):
    organisation: Whole
    task: Line


class ProductForm(Form):
    form: Literal["I", "II", "III", "IV"]
    name: Line
    unit: Line = Field(max_length=60)
    quantity: int = Field(ge=1, le=1_000_000)
    quality: MaybeLine = ""


# Where one goes on from a part that is saved piece by piece; the other parts have a button that saves and goes on.
FOLLOWING = {
    "team": ("partners", N_("Tổ chức phối hợp")), "partners": ("sections/need", drafts.SECTIONS["need"][0]),
    "products": ("budget", N_("Dự toán kinh phí")), "budget": ("documents", N_("Tài liệu kèm theo")),
    "documents": ("certification", N_("Xác nhận của tổ chức chủ trì")),
}


async def shown_part(request: Request, proposal: Proposal, template: str, form: Typed, *, status_code: int = 200, **more) -> Template:
    return page(
        f"proposals/{template}.html", proposal=proposal, form=form, can_write=await proposals.can_write(request.user, proposal),
        following=FOLLOWING.get(template), status_code=status_code, **more,
    )


def saved_when(moment: datetime | None) -> str | None:
    """When this very part was last saved: the hour, with the day if it was not today; None while it was never written."""
    if moment is None:
        return None
    return show_hour(moment) if day_of(moment) == day_of(now()) else show_time(moment, language())


async def child(table, proposal: int, id: int):
    """A row of this application, or 404."""
    if row := await table.objects().where((table.id == id) & (table.proposal == proposal)).first():
        return row
    raise NotFoundException


# --- general ---------------------------------------------------------------------------------------------------------

@get("/proposals/{id:int}/general")
async def general(request: Request, id: Id) -> Template:
    return await general_form(request, id)


async def general_form(request: Request, id: int, form: Typed | None = None, status_code: int = 200) -> Template:
    proposal = await visible(request, id)
    form = form or shown(proposal, *GENERAL)
    chosen, stand = form.values.get("lead_organisation", ""), drafts.stand(proposal.described_at)
    return await shown_part(
        request, proposal, "general", form, status_code=status_code, fields=await rules.fields(), saved=saved_when(proposal.described_at),
        stand=stand, overtaken=form.values.get("seen") not in (None, stand),
        organisations=await organisations.choices(), signatories=await signatories(int(chosen) if is_id(chosen) else None),
    )


async def signatories(organisation: int | None) -> list[tuple[str, str]]:
    """Who may certify for the lead organisation."""
    if organisation is None or organisation >= 2**31:
        return []
    return [(str(p.id), people.titled(p)) for p in await people.holding(Role.SIGNATORY, organisation)]


@post("/proposals/{id:int}/general")
async def describe(request: Request, id: Id) -> Template | Redirect:
    proposal = await visible(request, id)

    async def say(*, by: Person, **typed) -> str:
        return drafts.stand((await drafts.describe(proposal, by=by, **await checked(typed))).described_at)

    chosen = (await request.form()).get("go") == "choose"
    return await autosaved(
        request, General, say, shown=partial(general_form, request, id), to=f"/proposals/{id}/general" if chosen else f"/proposals/{id}"
    )


async def checked(typed: dict) -> dict:
    """The organisation must exist; who is no signatory of it today is chosen anew."""
    organisation = typed["lead_organisation"]
    if organisation and not await Organisation.exists().where((Organisation.id == organisation) & people.visible_organisations()):
        raise Invalid(typed, {"lead_organisation": _("Hãy chọn một tổ chức trong danh sách.")})
    if typed["field"] and typed["field"] not in dict(await rules.fields()):
        raise Invalid(typed, {"field": _("Hãy chọn một lĩnh vực trong danh sách.")})
    heads = typed["signatory"] and await Membership.exists().where(
        (Membership.person == typed["signatory"]) & (Membership.role == Role.SIGNATORY)
        & (Membership.organisation == (organisation or 0)) & people.current_posts()
    )
    return typed if heads else typed | {"signatory": None}


# --- narrative -------------------------------------------------------------------------------------------------------

@get("/proposals/{id:int}/sections/{code:str}")
async def section(request: Request, id: Id, code: Token) -> Template:
    return await section_form(request, id, code)


async def section_form(request: Request, id: int, code: str, form: Typed | None = None, status_code: int = 200) -> Template:
    proposal = await visible(request, id)
    written = (await proposals.sections(proposal)).get(code)
    codes = list(drafts.SECTIONS)
    if code not in codes:
        raise NotFoundException
    after = codes[codes.index(code) + 1] if code != codes[-1] else None
    title, hint = drafts.SECTIONS[code]
    stand = drafts.stand(written and written.saved_at)
    overtaken = form is not None and form.values.get("seen") not in (None, stand)
    return await shown_part(
        request, proposal, "section", form or (shown(written, "text") if written else Typed()), status_code=status_code,
        saved=saved_when(written and written.saved_at), code=code, title=_(title), hint=_(hint), stand=stand,
        other=written.text if overtaken and written else None,
        next=f"/proposals/{id}/sections/{after}" if after else f"/proposals/{id}/products",
    )


@post("/proposals/{id:int}/sections/{code:str}")
async def write(request: Request, id: Id, code: Token) -> Template | Redirect:
    proposal = await visible(request, id)
    if code not in drafts.SECTIONS:
        raise NotFoundException
    go = str((await request.form()).get("go", ""))

    async def say(*, by: Person, **typed) -> str:
        return drafts.stand((await drafts.write(proposal, code, by=by, **typed)).saved_at)

    return await autosaved(
        request, Narrative, say, shown=partial(section_form, request, id, code), at="text",
        to=go if go.startswith(f"/proposals/{id}") else f"/proposals/{id}",
    )


# --- partners --------------------------------------------------------------------------------------------------------

@get("/proposals/{id:int}/partners")
async def partners(request: Request, id: Id) -> Template:
    return await partners_page(request, id, Typed())


async def partners_page(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    proposal = await visible(request, id)
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

    async def join(*, by: Person, organisation: int, task: str) -> None:
        await drafts.add_partner(proposal, await organisations.of_today(organisation), task, by=by)

    again = partial(partners_page, request, id)
    return await submitted(request, PartnerForm, join, shown=again, to=f"/proposals/{id}/partners", at="organisation")


@post("/proposals/{id:int}/partners/none")
async def go_alone(request: Request, id: Id) -> Template | Redirect:
    """The tick that nobody else takes part; with it the section is done."""
    alone = partial(drafts.go_alone, await visible(request, id))
    return await submitted(request, Form, alone, shown=partial(partners_page, request, id), to=f"/proposals/{id}")


@post("/proposals/{id:int}/partners/{partner:int}/removal")
async def remove_partner(request: Request, id: Id, partner: Id) -> Redirect:
    await visible(request, id)
    await drafts.take_out(await child(Partner, id, partner), by=request.user)
    return see(f"/proposals/{id}/partners")


# --- products --------------------------------------------------------------------------------------------------------

@get("/proposals/{id:int}/products")
async def products(request: Request, id: Id) -> Template:
    return await products_page(request, id, Typed({"quantity": "1"}))


async def products_page(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    proposal = await visible(request, id)
    return await shown_part(
        request, proposal, "products", form, status_code=status_code, products=await proposals.products(proposal),
        forms=drafts.spoken(drafts.FORMS), words=drafts.FORMS,
    )


@post("/proposals/{id:int}/products")
async def add_product(request: Request, id: Id) -> Template | Redirect:
    promise = partial(drafts.add_product, await visible(request, id))
    again = partial(products_page, request, id)
    return await submitted(request, ProductForm, promise, shown=again, to=f"/proposals/{id}/products", at="name")


@post("/proposals/{id:int}/products/{product:int}/removal")
async def remove_product(request: Request, id: Id, product: Id) -> Redirect:
    await visible(request, id)
    await drafts.take_out(await child(Product, id, product), by=request.user)
    return see(f"/proposals/{id}/products")


# --- documents -------------------------------------------------------------------------------------------------------

@get("/proposals/{id:int}/documents")
async def documents(request: Request, id: Id) -> Template:
    return await documents_page(request, id, Typed())


async def documents_page(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    proposal = await visible(request, id)
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
        return await documents_page(request, id, Typed({}, {f"file-{asked}": str(problem)}), status_code=422)
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
