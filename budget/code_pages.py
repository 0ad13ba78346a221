"""The budget year's reference data to read, and the classification's codes to add and end."""

from typing import Annotated

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from budget import classifications, grounds
from budget.year_tables import Classification
from grants.people.people import today
from grants.shell import lists
from grants.shell.changes import Refused
from grants.shell.forms import Day, Form, Invalid, Line, Typed, again, read
from grants.shell.language import N_, _
from grants.shell.web import Id, page, see

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
    acts = {grounds.Act.SUPPLEMENT: N_("Bổ sung"), grounds.Act.CUT: N_("Cắt giảm"), grounds.Act.HANDOVER: N_("Giao đơn vị"),
            grounds.Act.TRANSFER: N_("Điều chỉnh"), grounds.Act.CARRY_OVER: N_("Chuyển nguồn"), grounds.Act.CANCEL: N_("Huỷ")}  # fmt: skip
    return await LIST.answer(
        request, None, "budget/codes.html", can_keep=classifications.can_keep(request.user),
        grounds=[[_(acts[one.act]), grounds.words(one), one.basis, grounds.who(one), verified(one.unverified)]
                 for one in await grounds.in_force(today())],
    )  # fmt: skip


@get("/budget/codes/new")
async def new_code() -> Template:
    return page("budget/code_new.html", form=Typed())


@post("/budget/codes")
async def record(request: Request) -> Template | Redirect:
    try:
        form = await read(CodeForm, request)
        await classifications.record(**form.model_dump(), by=request.user)
    except Invalid as invalid:
        return page("budget/code_new.html", form=invalid, status_code=422)
    except Refused as refused:
        return page("budget/code_new.html", form=again(form, refused), status_code=409)
    return see("/budget/codes")


async def visible(id: int) -> Classification:
    if found := await Classification.objects().where(Classification.id == id).first():
        return found
    raise NotFoundException


@get("/budget/codes/{id:int}")
async def code_page(request: Request, id: Id) -> Template:
    return await shown(request, await visible(id), Typed())


async def shown(request: Request, code: Classification, form: Typed, status_code: int = 200) -> Template:
    may = classifications.can_keep(request.user) and code.valid_to is None
    return page("budget/code.html", code=code, form=form, status=verified(code.unverified), can_end=may, status_code=status_code)


@post("/budget/codes/{id:int}/end")
async def end(request: Request, id: Id) -> Template | Redirect:
    code = await visible(id)
    try:
        form = await read(Ending, request)
        await classifications.end(code, on=form.on, by=request.user)
    except Invalid as invalid:
        return await shown(request, code, invalid, 422)
    except Refused as refused:
        return await shown(request, code, again(form, refused), 409)
    return see("/budget/codes")


ROUTES = [code_list, new_code, record, code_page, end]
