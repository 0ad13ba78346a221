"""Pages of the statements taken in: the files, the lines with their differences, and the decision about one line."""

from collections.abc import Callable
from functools import partial
from typing import Literal

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from budget import fee_payments, lending, names, payments, recoveries, treasury, treasury_files
from budget.fund_tables import StatementLine
from budget.payment_tables import Statement
from budget.sheets import BadSheet
from grants.people import pay_lists
from grants.shell import lists
from grants.shell.forms import Day, Form, Invalid, Line, Text, Typed, read
from grants.shell.language import N_, _
from grants.shell.searches import containing_unfolded
from grants.shell.web import Id, page, see, submitted

FILES = lists.Listing(
    name="sao-ke",
    table=Statement,
    columns=[
        lists.Column("name", N_("Tệp"), Statement.name),
        lists.Column("kind", N_("Loại"), Statement.kind, says=lambda kind: _(treasury.KINDS[Statement.Kind(kind)])),
        lists.Column("imported_at", N_("Nhập lúc"), Statement.imported_at, "time"),
        lists.Column("by", N_("Người nhập"), Statement.imported_by.full_name, sort_by=Statement.imported_by.sort_key),
    ],
    order="-imported_at",
    filters=[lists.search((Statement.name,), containing_unfolded)],
    href=lambda row: f"/treasury/{row['id']}",
    extra=[Statement.id],
)
LINES = lists.Listing(
    name="dong-sao-ke",
    table=StatementLine,
    columns=[
        lists.Column("row", N_("Dòng"), StatementLine.row, "number"),
        lists.Column("state", N_("Kết quả"), StatementLine.state, "status", says=treasury.status),
        lists.Column("number", N_("Số chứng từ"), StatementLine.number),
        lists.Column("on", N_("Ngày"), StatementLine.on, "date", under="number"),
        lists.Column("reference", N_("Số đề nghị"), StatementLine.reference),
        lists.Column("out", N_("Ghi nợ"), StatementLine.out, "money", total=True),
        lists.Column("back", N_("Ghi có"), StatementLine.back, "money", total=True, under="out"),
        lists.Column("difference", N_("Chỗ lệch"), StatementLine.difference, "long"),
        lists.Column("remark", N_("Nội dung"), StatementLine.remark, "long", under="difference"),
    ],
    order="row",
    filters=[lists.chosen("state", N_("Kết quả"), StatementLine.state, lambda: [(s.value, treasury.status(s)[0]) for s in treasury.State])],
    href=lambda row: f"/treasury/lines/{row['id']}",
    extra=[StatementLine.id],
)


class Import(Form):
    kind: Literal["treasury", "fund"] = "treasury"
    file: UploadFile | None = None


class Match(Form):
    reference: Line = Field(max_length=60)
    on: Day
    reason: Text = Field(max_length=500)


class Refusal(Form):
    rejection: Text = Field(max_length=500)


async def visible(request: Request, id: int) -> Statement:
    if found := await treasury.visible_to(request.user).where(Statement.id == id).first():
        return found
    raise NotFoundException


async def visible_line(request: Request, id: int) -> StatementLine:
    found = await StatementLine.objects().where(StatementLine.id == id).first()
    if found is None:
        raise NotFoundException
    await visible(request, found.statement)
    return found


@get("/treasury")
async def statement_list(request: Request) -> Response:
    return await listed(request, Typed({"kind": "treasury"}), [])


async def listed(request: Request, form: Typed, problems: list[str], status_code: int = 200) -> Response:
    answer = await FILES.answer(
        request, treasury.seen_by(request.user), "budget/treasury.html", form=form, problems=problems, columns=treasury_files.SAMPLE,
        kinds=[(kind.value, _(words)) for kind, words in treasury.KINDS.items()], can_take_in=treasury.can_take_in(request.user),
    )
    answer.status_code = status_code
    return answer


@post("/treasury")
async def take_in(request: Request) -> Response | Redirect:
    try:
        form = await read(Import, request)
    except Invalid as invalid:
        return await listed(request, invalid, [], 422)
    if form.file is None or not form.file.filename:
        return await listed(request, Typed({"kind": form.kind}, {"file": _("Hãy chọn tệp sao kê.")}), [], 422)
    try:
        statement = await treasury.take_in(kind=form.kind, name=form.file.filename, content=await form.file.read(), by=request.user)
    except BadSheet as bad:
        return await listed(request, Typed({"kind": form.kind}), bad.problems, 422)
    return see(f"/treasury/{statement.id}")


@get("/treasury/{id:int}")
async def statement_page(request: Request, id: Id) -> Response:
    statement = await visible(request, id)
    return await LINES.answer(
        request, StatementLine.statement == statement.id, "budget/treasury_lines.html", statement=statement,
        kind=_(treasury.KINDS[Statement.Kind(statement.kind)]),
    )


@get("/treasury/lines/{id:int}")
async def line_page(request: Request, id: Id) -> Template:
    line = await visible_line(request, id)
    return await shown(request, id, Typed({"reference": line.reference, "on": line.on.isoformat()}))


async def shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    line = await visible_line(request, id)
    thing = next((
        (number(id), href.format(id=id)) for number, href, id in (
            (payments.number, "/payments/{id}", line.payment), (recoveries.number, "/recoveries/{id}", line.recovery),
            (lending.number, "/loans/{id}", line.loan), (pay_lists.number, "/pay-lists/{id}", await fee_payments.list_of(line.fees)),
        ) if id
    ), None)
    return page(
        "budget/treasury_line.html", line=line, form=form, status=treasury.status(line.state), thing=thing, status_code=status_code,
        decider=(await names.of([line.decided_by]))[0], can_decide=treasury.can_decide(request.user, line),
    )


async def step(request: Request, id: int, shape: type[Form], verb: Callable) -> Template | Redirect:
    line = await visible_line(request, id)
    return await submitted(request, shape, partial(verb, line), shown=partial(shown, request, id), to=f"/treasury/{line.statement}")


@post("/treasury/lines/{id:int}/matching")
async def match(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Match, treasury.match)


@post("/treasury/lines/{id:int}/rejection")
async def reject(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Refusal, lambda line, rejection, by: treasury.reject(line, reason=rejection, by=by))


ROUTES = [statement_list, take_in, statement_page, line_page, match, reject]
