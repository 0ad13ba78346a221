"""Pages of fees: every fee with its rate and whether it was paid, what is still to be listed, and the closing of a list."""

from datetime import date
from functools import partial

from litestar import Request, Response, get, post
from litestar.response import Redirect, Template
from piccolo.columns.combination import Combinable
from piccolo.querystring import QueryString
from pydantic import Field

from grants.people import pay_lists
from grants.people.people import today
from grants.people.tables import PayLine
from grants.shell.dates import show_date
from grants.shell.forms import Day, Form, Line, MaybeId, MaybeLine, Typed, shown
from grants.shell.language import N_, _, language
from grants.shell.lists import Column, Filter, Listing, as_file, file_wanted, search
from grants.shell.web import page, submitted
from review import fee_lists, fees
from review.fee_tables import Fee, ListedFee


def verified(unverified: bool) -> tuple[str, str]:
    return (_("Mức chưa kiểm chứng"), "warn") if unverified else (_("Theo văn bản"), "good")


WHERE = (
    "(SELECT coalesce(n.name, a.reference, o.subject) FROM fee f LEFT JOIN opinion o ON o.id = f.opinion "
    "LEFT JOIN panel n ON n.id = f.panel LEFT JOIN appraisal t ON t.id = f.appraisal LEFT JOIN proposal a ON a.id = t.proposal "
    "WHERE f.id = fee.id)"
)
PAID = QueryString(
    "(SELECT l.pay_list || '|' || coalesce(to_char(p.paid_on, 'YYYY-MM-DD'), '') FROM listed_fee x JOIN pay_line l ON l.id = x.line "
    "JOIN pay_list p ON p.id = l.pay_list WHERE x.fee = fee.id)"
)
STANDS = {"waiting": N_("Chưa vào danh sách chi"), "listed": N_("Đã vào danh sách, chờ chi"), "paid": N_("Đã chi")}


def said(where: str | None) -> tuple[str, str]:
    """Whether a fee was paid: in no list yet, in which list, or on which day."""
    if not where:
        return _(STANDS["waiting"]), "neutral"
    id, _bar, day = where.partition("|")
    number = pay_lists.number(int(id))
    if not day:
        return _("Chờ chi, {number}").format(number=number), "progress"
    return _("Đã chi {day}").format(day=show_date(date.fromisoformat(day), language())), "good"


def standing(chosen: str) -> Combinable | None:
    """The fees that stand so."""
    listed = ListedFee.select(ListedFee.fee)
    if chosen == "waiting":
        return Fee.id.not_in(listed)
    paid = listed.where(ListedFee.line.is_in(PayLine.select(PayLine.id).where(PayLine.pay_list.paid_on.is_not_null())))
    if chosen == "listed":
        return Fee.id.is_in(listed) & Fee.id.not_in(paid)
    return Fee.id.is_in(paid) if chosen == "paid" else None


LIST = Listing(
    name="thu-lao", table=Fee, order="-at", href=None, extra=[Fee.id],
    columns=[
        Column("person", N_("Họ và tên"), Fee.person.full_name, sort_by=Fee.person.sort_key),
        Column("where", N_("Hội đồng, tổ thẩm định"), QueryString(WHERE), "long", sortable=False),
        Column("rate", N_("Khoản chi"), Fee.rate, says=fees.rate_name, under="where"),
        Column("each", N_("Mức"), Fee.each, "money"),
        Column("times", N_("Số lần"), Fee.times, "number", under="each"),
        Column("amount", N_("Thành tiền"), QueryString("(fee.times * fee.each)"), "money", total=True, sortable=False),
        Column("paid", N_("Chi trả"), PAID, "status", says=said, sortable=False),
        Column("unverified", N_("Định mức"), Fee.unverified, "status", says=verified),
        Column("at", N_("Ngày"), Fee.at, "date", under="person"),
    ],
    filters=[
        search(Fee.person.folded),
        Filter("paid", N_("Chi trả"), standing, lambda: [(key, _(words)) for key, words in STANDS.items()]),
    ],
)


class Closing(Form):
    name: Line = Field(max_length=300)
    until: Day
    panel: MaybeId = None


class Account(Form):
    bank: Line = Field(max_length=200)
    bank_account: Line = Field(max_length=40)
    tax_number: MaybeLine = Field(default="", max_length=14)


@get("/fees")
async def listed(request: Request) -> Response:
    return await LIST.answer(
        request, fees.seen_by(request.user), "review/fees/list.html", payees=fees.can_see_payees(request.user),
        can_close=fee_lists.can_close(request.user), sees_lists=fees.sees_all(request.user),
    )


@get("/fees/payees")
async def payees(request: Request) -> Template | Response:
    """What is in no list yet, one line a person, with account and tax number; only for who pays."""
    found = await fees.payees()
    heads = [
        (_("Họ và tên"), "text"), (_("Số tài khoản"), "text"), (_("Ngân hàng"), "text"), (_("Mã số thuế"), "text"), (_("Số tiền"), "money"),
    ]
    lines = [[one["full_name"], one["bank_account"], one["bank"], one["tax_number"], one["amount"]] for one in found]
    sums = [None, None, None, None, sum(one["amount"] for one in found)]
    if wanted := file_wanted(request):
        return await as_file("danh-sach-chi-tra", wanted, heads, lines, sums)
    return page("review/fees/payees.html", heads=heads, lines=lines, total=sums[-1], unverified=any(one["unverified"] for one in found))


@get("/fees/lists/new")
async def new(request: Request) -> Template:
    """What would stand in a list closed today."""
    return await closing(Typed({
        "name": _("Thù lao hội đồng và nhận xét đến {day}").format(day=show_date(today(), language())), "until": today().isoformat(),
    }))


async def closing(form: Typed, status_code: int = 200) -> Template:
    found = await fee_lists.waiting(today())
    heads = [
        _("Họ và tên"), _("Khoản chi"), (_("Số lần"), "number"), (_("Mức"), "money"), (_("Thành tiền"), "money"),
        (_("Tài khoản"), "status"),
    ]
    return page(
        "review/fees/new_list.html", form=form, status_code=status_code, heads=heads,
        total=sum(one["times"] * one["each"] for one in found),
        lines=[
            [one["full_name"], fees.rate_name(one["rate"]), one["times"], one["each"], one["times"] * one["each"],
             (_("Đã khai"), "good") if one["ready"] else (_("Chưa khai, chờ danh sách sau"), "warn")]
            for one in found
        ],
        panels=[("", _("Mọi hội đồng và tổ thẩm định")), *((str(id), name) for id, name in await fee_lists.panels_waiting())],
        unverified=any(one["unverified"] for one in found),
    )


@post("/fees/lists")
async def close(request: Request) -> Template | Redirect:
    return await submitted(request, Closing, fee_lists.close, shown=closing, to=lambda row: f"/pay-lists/{row.id}")


@get("/fees/account")
async def account(request: Request) -> Template:
    """Where one is paid oneself: for whoever sits or advises, on the roster or not."""
    return await account_page(request)


async def account_page(request: Request, form: Typed | None = None, status_code: int = 200) -> Template:
    held = await fees.account_of(request.user)
    kept = shown(held, "bank", "bank_account", "tax_number") if held else Typed()
    return page("review/fees/account.html", form=form or kept, status_code=status_code)


@post("/fees/account")
async def keep_account(request: Request) -> Template | Redirect:
    return await submitted(request, Account, fees.keep_account, shown=partial(account_page, request), to="/fees")


ROUTES = [listed, payees, new, close, account, keep_account]
