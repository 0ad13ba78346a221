"""Pages of an expert's record: publications and their import, the yearly refresh, pay details, merging of duplicates."""

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from grants.people import people
from grants.people.people import titled
from grants.shell.changes import Refused
from grants.shell.database import rows
from grants.shell.forms import Form, Invalid, Line, MaybeDay, MaybeId, MaybeLine, Text, Typed, read, shown
from grants.shell.language import _
from grants.shell.web import Id, page, see
from review import experts, publications
from review.expert_pages import visible
from review.tables import Expert, Publication


class Pasted(Form):
    pasted: Text


class Refreshed(Form):
    languages: MaybeLine = Field(default="", max_length=200)
    away_until: MaybeDay = None


class Pay(Form):
    bank: Line = Field(max_length=200)
    bank_account: Line = Field(max_length=40)
    tax_number: MaybeLine = Field(default="", max_length=14)


class Merging(Form):
    kept: MaybeId = None


@get("/experts/{id:int}/publications")
async def listed(request: Request, id: Id) -> Template:
    return await record(request, await visible(request, id), Typed())


async def record(request: Request, expert: Expert, form: Typed, status_code: int = 200) -> Template:
    person = await people.person(expert.person)
    return page(
        "review/experts/publications.html", expert=expert, name=titled(person), form=form, found=await publications.of(expert),
        can_list=publications.can_list(request.user, expert), status_code=status_code,
    )


@post("/experts/{id:int}/publications")
async def take_over(request: Request, id: Id) -> Template | Redirect:
    expert = await visible(request, id)
    try:
        form = await read(Pasted, request)
        await publications.take_over(expert, form.pasted, by=request.user)
    except Invalid as invalid:
        return await record(request, expert, invalid, 422)
    except Refused as refused:
        return await record(request, expert, Typed({"pasted": form.pasted}, {"pasted": str(refused)}), 422)
    return see(f"/experts/{id}/publications")


@post("/experts/{id:int}/publications/{publication:int}/removal")
async def take_out(request: Request, id: Id, publication: Id) -> Redirect:
    expert = await visible(request, id)
    found = await Publication.objects().where((Publication.id == publication) & (Publication.person == expert.person)).first()
    if found is None:
        raise NotFoundException
    await publications.take_out(found, expert, by=request.user)
    return see(f"/experts/{id}/publications")


@get("/experts/{id:int}/refresh")
async def refreshing(request: Request, id: Id) -> Template:
    expert = await visible(request, id)
    if not experts.can_consent(request.user, expert):
        raise NotFoundException
    return page("review/experts/refresh.html", expert=expert, form=shown(expert, "languages", "away_until"))


@post("/experts/{id:int}/refresh")
async def refresh(request: Request, id: Id) -> Template | Redirect:
    expert = await visible(request, id)
    try:
        form = await read(Refreshed, request)
        await experts.refresh(expert, languages=form.languages, away_until=form.away_until, by=request.user)
    except Invalid as invalid:
        return page("review/experts/refresh.html", expert=expert, form=invalid, status_code=422)
    except Refused as refused:
        typed = {"languages": form.languages, "away_until": str(form.away_until or "")}
        return page("review/experts/refresh.html", expert=expert, form=Typed(typed, {"away_until": str(refused)}), status_code=409)
    return see(f"/experts/{id}")


async def paid(request: Request, id: int) -> Expert:
    """The expert, for those who may know where they are paid; officers and auditors may not."""
    expert = await Expert.objects().where(Expert.id == id).first()
    if expert is None or not experts.can_see_pay(request.user, expert):
        raise NotFoundException
    return expert


@get("/experts/{id:int}/pay")
async def pay(request: Request, id: Id) -> Template:
    expert = await paid(request, id)
    held = await experts.pay_of(expert)
    return await pay_page(request, expert, shown(held, "bank", "bank_account", "tax_number") if held else Typed())


async def pay_page(request: Request, expert: Expert, form: Typed, status_code: int = 200) -> Template:
    return page(
        "review/experts/pay.html", expert=expert, form=form, name=titled(await people.person(expert.person)), status_code=status_code,
        can_keep=experts.can_keep_pay(request.user, expert),
    )


@post("/experts/{id:int}/pay")
async def keep_pay(request: Request, id: Id) -> Template | Redirect:
    expert = await paid(request, id)
    try:
        form = await read(Pay, request)
    except Invalid as invalid:
        return await pay_page(request, expert, invalid, 422)
    await experts.keep_pay(expert, **form.model_dump(), by=request.user)
    return see(f"/experts/{id}/pay")


@get("/experts/{id:int}/merging")
async def merging(request: Request, id: Id) -> Template:
    return await merge_page(await visible(request, id), Typed())


async def merge_page(expert: Expert, form: Typed, status_code: int = 200) -> Template:
    """Those whose name is the same come first."""
    person = await people.person(expert.person)
    others = await rows(
        "SELECT e.id, p.full_name, p.email, o.short_name, p.sort_key = $2 AS alike FROM expert e JOIN person p ON p.id = e.person "
        "JOIN organisation o ON o.id = e.association WHERE e.id <> $1 AND e.retired_on IS NULL ORDER BY p.sort_key <> $2, p.sort_key, e.id",
        expert.id, person.sort_key,
    )
    options = [("", _("Chọn mục được giữ lại"))] + [(str(o["id"]), f"{o['full_name']} – {o['short_name']} ({o['email']})") for o in others]
    return page("review/experts/merging.html", expert=expert, name=titled(person), form=form, options=options, status_code=status_code)


@post("/experts/{id:int}/merging")
async def merge(request: Request, id: Id) -> Template | Redirect:
    expert = await visible(request, id)
    try:
        form = await read(Merging, request)
        kept = await experts.visible_to(request.user).where(Expert.id == form.kept).first() if form.kept else None
        if kept is None:
            raise Refused(_("Hãy chọn mục còn tham gia để giữ lại."))
        await experts.merge(expert, kept, by=request.user)
    except Invalid as invalid:
        return await merge_page(expert, invalid, 422)
    except Refused as refused:
        return await merge_page(expert, Typed({"kept": str(form.kept or "")}, {"kept": str(refused)}), 409)
    return see(f"/experts/{kept.id}")


ROUTES = [listed, take_over, take_out, refreshing, refresh, pay, keep_pay, merging, merge]
