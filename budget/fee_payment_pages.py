"""Pages of fee lists on their way to being paid: the list of them, one with its lines and its next step, the workbook and the paper."""

from collections.abc import Callable
from functools import partial

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from piccolo.columns.combination import Combinable
from piccolo.querystring import QueryString
from pydantic import Field

from budget import fee_payments, names, streams
from budget.payment_tables import FeePayment
from grants.people import organisations, pay_lists
from grants.people.people import holds, titled, today
from grants.people.tables import PayList, Person, Role
from grants.shell import lists
from grants.shell.dates import show_on_paper
from grants.shell.forms import Day, Form, Line, Text, Typed
from grants.shell.language import N_, _, language, speaking
from grants.shell.money import in_words, show
from grants.shell.text import like_pattern
from grants.shell.web import Id, page, submitted

State = fee_payments.State
STANDS = QueryString(
    "coalesce((SELECT f.state FROM fee_payment f WHERE f.pay_list = pay_list.id AND f.state <> 'refused'), 'closed')"
)


def standing(chosen: str) -> Combinable | None:
    """The lists that stand so: closed ones are those without a charge, or with a refused one only."""
    charged = FeePayment.select(FeePayment.pay_list)
    if chosen == fee_payments.CLOSED:
        return PayList.id.not_in(charged.where(FeePayment.state != State.REFUSED.value))
    return PayList.id.is_in(charged.where(FeePayment.state == chosen)) if chosen in set(State) - {State.REFUSED} else None


def states() -> list[tuple[str, str]]:
    return [(str(state), fee_payments.status(state)[0]) for state in fee_payments.WORDS if state != State.REFUSED]


LIST = lists.Listing(
    name="danh-sach-chi-thu-lao",
    table=PayList,
    columns=[
        lists.Column("id", N_("Danh sách"), PayList.id, "code", says=pay_lists.number),
        lists.Column("name", N_("Nội dung"), PayList.name, "long"),
        lists.Column("amount", N_("Số tiền"), PayList.amount, "money", total=True),
        lists.Column("state", N_("Trạng thái"), STANDS, "status", says=fee_payments.status, sortable=False),
        lists.Column("closed_at", N_("Chốt lúc"), PayList.closed_at, "time"),
        lists.Column("closed_by", N_("Người chốt"), PayList.closed_by.full_name, sort_by=PayList.closed_by.sort_key, under="closed_at"),
        lists.Column("paid_on", N_("Ngày chi"), PayList.paid_on, "date"),
    ],
    order="-id",
    filters=[
        lists.Filter("q", N_("Nội dung"), lambda typed: PayList.name.ilike(like_pattern(typed[:60].replace("\0", "")))),
        lists.Filter("state", N_("Trạng thái"), standing, states),
    ],
    href=lambda row: f"/pay-lists/{row['id']}",
)


class Charge(Form):
    source: Line = Field(max_length=60)


class Refusal(Form):
    reason: Text = Field(max_length=500)


class Confirmation(Form):
    number: Line = Field(max_length=60)
    on: Day


async def visible(request: Request, id: int) -> PayList:
    if found := await pay_lists.visible_to(request.user).where(PayList.id == id).first():
        return found
    raise NotFoundException


@get("/pay-lists")
async def list_page(request: Request) -> Response:
    return await LIST.answer(request, pay_lists.seen_by(request.user), "budget/pay_lists.html")


@get("/pay-lists/{id:int}")
async def one(request: Request, id: Id) -> Template:
    return await shown(request, id, Typed())


async def shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    """A list with its lines, who has to do what now, and what it changes."""
    row = await visible(request, id)
    payment = await fee_payments.of(row)
    state = payment.state if payment else fee_payments.CLOSED
    can_charge = fee_payments.can_charge(request.user, payment)
    found = await fee_payments.sources()
    ids = [row.closed_by, *([payment.requested_by, payment.approved_by, payment.paid_by] if payment else [])]
    heads, lines, sums = table(await pay_lists.lines(row, by=request.user), accounts=pay_lists.can_see_accounts(request.user))
    return page(
        "budget/pay_list.html", row=row, number=pay_lists.number(row.id), payment=payment, status=fee_payments.status(state), form=form,
        heads=heads, lines=lines, sums=sums, people=await names.of(ids), step=next_step(row, payment), status_code=status_code,
        stream=streams.badge(payment.stream) if payment else None, can_charge=can_charge,
        sources=[("", _("Chọn nguồn")), *((each.code, said(each)) for each in found)] if can_charge else [],
        can_approve=payment is not None and await fee_payments.can_approve(request.user, payment),
        can_confirm=payment is not None and fee_payments.can_confirm(request.user, payment),
        is_paid_by_it=state == State.REQUESTED and holds(request.user, Role.FINANCE)
        and await fee_payments.is_paid_by(request.user, payment),
        changes=changes(row, payment, found), sees_ledger=holds(request.user, Role.OFFICER, Role.FINANCE, Role.LEADER, Role.AUDITOR),
    )  # fmt: skip


def said(source: fee_payments.Source) -> str:
    """A source as the officer chooses it."""
    return _("{stream} {year}, mã {code}: còn {left}. {name}").format(
        stream=streams.label(source.stream), year=source.year, code=source.classification or "–", left=show(source.free, language()),
        name=source.name,
    )


def changes(row: PayList, payment: FeePayment | None, found: list[fee_payments.Source]) -> list[tuple]:
    """What approving would leave of the management costs that are charged."""
    if payment and payment.state == State.REQUESTED:
        charged = (payment.stream, payment.year, payment.classification)
        here = next((one.free for one in found if (one.stream, one.year, one.classification) == charged), 0)
        return [(_("Chi quản lý còn tự do"), here, here - row.amount, "money")]
    return [(_("Đang giữ cho danh sách này"), row.amount, 0, "money"), (_("Đã chi"), 0, row.amount, "money")]


def next_step(row: PayList, payment: FeePayment | None) -> tuple[str, str, str]:
    """Who has to do what now."""
    state = payment.state if payment else fee_payments.CLOSED
    if state in (fee_payments.CLOSED, State.REFUSED):
        return _("Cán bộ quản lý nhiệm vụ"), _("Đề nghị chi từ một dòng chi quản lý"), ""
    if state == State.REQUESTED:
        return _("Cơ quan tài chính phụ trách «{stream}»").format(stream=streams.label(payment.stream)), _("Duyệt hoặc từ chối"), ""
    if state == State.APPROVED:
        return _("Kế toán thanh toán"), _("Xác nhận Kho bạc đã chi"), ""
    return _("Không ai"), _("Đã chi"), "idle"


def table(found: list[dict], *, accounts: bool) -> tuple[list, list[list], list]:
    """The lines as page, workbook and paper show them; where to, only for who pays."""
    where = [(_("Số tài khoản"), "text"), (_("Ngân hàng"), "text"), (_("Mã số thuế"), "text")] if accounts else []
    heads = [(_("Họ và tên"), "text"), (_("Nội dung"), "long"), *where, (_("Số tiền"), "money")]
    lines = [
        [titled(Person(full_name=one["full_name"], degree=one["degree"], academic_rank=one["academic_rank"])), one["work"],
         *([one["bank_account"], one["bank"], one["tax_number"]] if accounts else []), one["amount"]]
        for one in found
    ]
    return heads, lines, [_("Tổng cộng"), *[""] * (len(heads) - 2), sum(one["amount"] for one in found)]


@get("/pay-lists/{id:int}/lines")
async def as_file(request: Request, id: Id) -> Response:
    """The same lines and sum as a workbook, or as CSV."""
    row = await visible(request, id)
    heads, lines, sums = table(await pay_lists.lines(row, by=request.user), accounts=pay_lists.can_see_accounts(request.user))
    totals = [*[None] * (len(heads) - 1), sums[-1]]
    return await lists.as_file(pay_lists.number(id), lists.file_wanted(request), heads, lines, totals)


@get("/pay-lists/{id:int}/paper")
async def paper(request: Request, id: Id) -> Template:
    """The list as it is signed, the sum in words, in Vietnamese whoever asks."""
    row = await visible(request, id)
    payment = await fee_payments.of(row)
    with speaking("vi"):
        heads, lines, _sums = table(await pay_lists.lines(row, by=request.user), accounts=pay_lists.can_see_accounts(request.user))
    return page(
        "budget/pay_list_paper.html", row=row, number=pay_lists.number(id), heads=[head for head, _kind in heads],
        lines=[[*line[:-1], show(line[-1])] for line in lines], amount=show(row.amount), words=in_words(row.amount),
        office=(await organisations.acting(Role.OFFICER, today(), row.closed_by)).name, day=show_on_paper(row.closed_at),
        charged=payment and (streams.LABELS[payment.stream], payment.year, payment.classification), back=f"/pay-lists/{id}",
        people=await names.of([row.closed_by, payment.approved_by if payment else None]),
    )


async def step(request: Request, id: int, shape: type[Form], verb: Callable) -> Template | Redirect:
    """A step of the list's latest charge."""
    payment = await fee_payments.of(await visible(request, id))
    if payment is None:
        raise NotFoundException
    return await submitted(request, shape, partial(verb, payment), shown=partial(shown, request, id), to=f"/pay-lists/{id}")


@post("/pay-lists/{id:int}/charge")
async def charge(request: Request, id: Id) -> Template | Redirect:
    verb = partial(fee_payments.charge, await visible(request, id))
    return await submitted(request, Charge, verb, shown=partial(shown, request, id), to=f"/pay-lists/{id}")


@post("/pay-lists/{id:int}/approval")
async def approve(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Form, fee_payments.approve)


@post("/pay-lists/{id:int}/refusal")
async def refuse(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Refusal, fee_payments.refuse)


@post("/pay-lists/{id:int}/confirmation")
async def confirm(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Confirmation, fee_payments.confirm)


@post("/pay-lists/{id:int}/return")
async def send_back(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Refusal, fee_payments.send_back)


ROUTES = [list_page, one, as_file, paper, charge, approve, refuse, confirm, send_back]
