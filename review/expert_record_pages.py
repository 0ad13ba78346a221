"""Pages of an expert's record: publications and their import, the yearly refresh, pay details, merging of duplicates."""

from functools import partial

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from grants.people import people
from grants.people.people import titled
from grants.people.tables import Person
from grants.shell.changes import require
from grants.shell.database import rows
from grants.shell.forms import Form, Line, MaybeDay, MaybeId, MaybeLine, Text, Typed, shown
from grants.shell.language import _
from grants.shell.web import Id, page, see, submitted
from review import experts, publications
from review.expert_pages import visible
from review.roster_tables import Expert, Publication


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
    return await record(request, id, Typed())


async def record(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    expert = await visible(request, id)
    person = await people.person(expert.person)
    return page(
        "review/experts/publications.html", expert=expert, name=titled(person), form=form, found=await publications.of(expert),
        can_list=publications.can_list(request.user, expert), status_code=status_code,
    )


@post("/experts/{id:int}/publications")
async def take_over(request: Request, id: Id) -> Template | Redirect:
    verb = partial(publications.take_over, await visible(request, id))
    return await submitted(request, Pasted, verb, shown=partial(record, request, id), to=f"/experts/{id}/publications", at="pasted")


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
    return await refresh_page(request, id)


async def refresh_page(request: Request, id: int, form: Typed | None = None, status_code: int = 200) -> Template:
    expert = await visible(request, id)
    return page(
        "review/experts/refresh.html", expert=expert, form=form or shown(expert, "languages", "away_until"), status_code=status_code
    )


@post("/experts/{id:int}/refresh")
async def refresh(request: Request, id: Id) -> Template | Redirect:
    verb = partial(experts.refresh, await visible(request, id))
    return await submitted(request, Refreshed, verb, shown=partial(refresh_page, request, id), to=f"/experts/{id}", at="away_until")


async def paid(request: Request, id: int) -> Expert:
    """The expert, for those who may know where they are paid; officers and auditors may not."""
    expert = await Expert.objects().where(Expert.id == id).first()
    if expert is None or not experts.can_see_pay(request.user, expert):
        raise NotFoundException
    return expert


@get("/experts/{id:int}/pay")
async def pay(request: Request, id: Id) -> Template:
    return await pay_page(request, id)


async def pay_page(request: Request, id: int, form: Typed | None = None, status_code: int = 200) -> Template:
    expert = await paid(request, id)
    held = await experts.pay_of(expert)
    return page(
        "review/experts/pay.html", expert=expert, form=form or (shown(held, "bank", "bank_account", "tax_number") if held else Typed()),
        name=titled(await people.person(expert.person)), can_keep=experts.can_keep_pay(request.user, expert), status_code=status_code,
    )


@post("/experts/{id:int}/pay")
async def keep_pay(request: Request, id: Id) -> Template | Redirect:
    verb = partial(experts.keep_pay, await paid(request, id))
    return await submitted(request, Pay, verb, shown=partial(pay_page, request, id), to=f"/experts/{id}/pay")


@get("/experts/{id:int}/merging")
async def merging(request: Request, id: Id) -> Template:
    return await merge_page(request, id, Typed())


async def merge_page(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    """Those whose name is the same come first."""
    expert = await visible(request, id)
    person = await people.person(expert.person)
    others = await rows(
        "SELECT e.id, p.full_name, p.email, o.short_name, p.sort_key = $2 AS alike FROM expert e JOIN person p ON p.id = e.person "
        "JOIN organisation o ON o.id = e.association WHERE e.id <> $1 AND e.retired_on IS NULL ORDER BY p.sort_key <> $2, p.sort_key, e.id",
        expert.id, person.sort_key,
    )
    options = [("", _("Chọn mục được giữ lại"))] + [(str(o["id"]), f"{o['full_name']} – {o['short_name']} ({o['email']})") for o in others]
    return page("review/experts/merging.html", expert=expert, name=titled(person), form=form, options=options, status_code=status_code)


async def merged(expert: Expert, *, kept: int | None, by: Person) -> Expert:
    stays = await experts.visible_to(by).where(Expert.id == kept).first() if kept else None
    require(stays, _("Hãy chọn mục còn tham gia để giữ lại."))
    await experts.merge(expert, stays, by=by)
    return stays


@post("/experts/{id:int}/merging")
async def merge(request: Request, id: Id) -> Template | Redirect:
    verb = partial(merged, await visible(request, id))
    return await submitted(
        request, Merging, verb, shown=partial(merge_page, request, id), to=lambda kept: f"/experts/{kept.id}", at="kept"
    )


ROUTES = [listed, take_over, take_out, refreshing, refresh, pay, keep_pay, merging, merge]
