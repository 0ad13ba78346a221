"""The budget year's reference data to read, and the classification's codes to add and end."""

from functools import partial
from typing import Annotated

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from budget import classifications
from budget.year_tables import Classification
from grants.shell import lists
from grants.shell.forms import Day, Form, Line, Typed
from grants.shell.language import N_, _
from grants.shell.searches import containing_unfolded
from grants.shell.web import Id, page, submitted

LIST = lists.Listing(
    name="muc-luc-ngan-sach",
    table=Classification,
    columns=[
        lists.Column("code", N_("Mã"), Classification.code, "code"),
        lists.Column("name", N_("Tên"), Classification.name, "long", english=Classification.name_en),
        lists.Column("valid_from", N_("Có hiệu lực từ"), Classification.valid_from, "date"),
        lists.Column("valid_to", N_("Đến"), Classification.valid_to, "date"),
        lists.Column("unverified", N_("Kiểm chứng"), Classification.unverified, "status", says=lambda no: verified(no)),
        lists.Column("basis", N_("Căn cứ"), Classification.basis, "long"),
    ],
    order="code",
    filters=[lists.search((Classification.code, Classification.name, Classification.name_en), containing_unfolded)],
    href=lambda row: f"/budget/codes/{row['id']}",
    extra=[Classification.id],
)


def verified(unverified: bool) -> tuple[str, str]:
    return (_("chưa kiểm chứng"), "warn") if unverified else (_("đã kiểm chứng"), "good")


class CodeForm(Form):
    code: Annotated[Line, Field(max_length=40)]
    name: Line
    name_en: Line
    basis: Line
    since: Day


class Ending(Form):
    on: Day


@get("/budget/codes")
async def code_list(request: Request) -> Response:
    return await LIST.answer(request, None, "budget/codes.html", can_keep=classifications.can_keep(request.user))


@get("/budget/codes/new")
async def new_code() -> Template:
    return await new_shown(Typed())


async def new_shown(form: Typed, status_code: int = 200) -> Template:
    return page("budget/code_new.html", form=form, status_code=status_code)


@post("/budget/codes")
async def record(request: Request) -> Template | Redirect:
    return await submitted(request, CodeForm, classifications.record, shown=new_shown, to="/budget/codes")


async def visible(id: int) -> Classification:
    if found := await Classification.objects().where(Classification.id == id).first():
        return found
    raise NotFoundException


@get("/budget/codes/{id:int}")
async def code_page(request: Request, id: Id) -> Template:
    return await shown(request, id, Typed())


async def shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    code = await visible(id)
    may = classifications.can_keep(request.user) and code.valid_to is None
    return page("budget/code.html", code=code, form=form, status=verified(code.unverified), can_end=may, status_code=status_code)


@post("/budget/codes/{id:int}/end")
async def end(request: Request, id: Id) -> Template | Redirect:
    ending = partial(classifications.end, await visible(id))
    return await submitted(request, Ending, ending, shown=partial(shown, request, id), to="/budget/codes")


ROUTES = [code_list, new_code, record, code_page, end]
