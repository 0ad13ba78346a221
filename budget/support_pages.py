"""Pages of what the fund gives a project besides grants: loan or guarantee, voucher, interest; and the product that a call names."""

from collections.abc import Callable
from functools import partial

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from budget import fund_requests, funds, lending, payments
from budget.fund_pages import Percent
from budget.fund_tables import FundProduct, Voucher
from budget.tables import Payment
from grants.calls import calls
from grants.calls.tables import Call
from grants.people.people import today
from grants.people.tables import Person
from grants.projects import heads, projects
from grants.projects.tables import Project
from grants.shell.changes import Refused
from grants.shell.database import rows
from grants.shell.forms import Day, Form, Line, Money, Typed
from grants.shell.language import _, either
from grants.shell.web import Id, page, submitted


class Agreed(Form):
    principal: Money
    rate: Percent
    months: int = Field(gt=0, le=600)
    every: int = Field(gt=0, le=600)
    first_due: Day
    number: Line = Field(max_length=60)
    on: Day


class Drawn(Form):
    draw_amount: Money
    purpose: Line = Field(max_length=500)


class Issued(Form):
    code: Line = Field(max_length=40)
    face: Money
    provider: Line
    until: Day


class Redeemed(Form):
    redeem_amount: Money
    cost: Money
    invoice: Line = Field(max_length=200)


class Claimed(Form):
    since: Day
    until: Day
    balance: Money
    bank_rate: Percent
    supported_rate: Percent
    paper: Line = Field(max_length=100)


class Named(Form):
    product: int = Field(gt=0, lt=2**31)


@get("/projects/{id:int}/support")
async def support(request: Request, id: Id) -> Template:
    return await shown(request, id, Typed())


async def shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    """What the fund's product gives this project, and the form for the next request."""
    project = await heads.visible(request, id)
    product = await funds.product_of(project)
    kind = product.kind if product else ""
    loan = await lending.of(project)
    voucher = await Voucher.objects().where(Voucher.project == project.id).first()
    asks, keeps = payments.can_request(request.user, project), projects.keeps(request.user, project)
    lends = kind in (funds.Product.LOAN, funds.Product.GUARANTEE)
    return heads.framed(
        request,
        "budget/support.html",
        project,
        "/payments",
        form=form,
        status_code=status_code,
        product=product,
        kind=kind,
        kind_words=funds.kind_label(kind) if kind else "",
        product_name=either(product.name, product.name_en) if product else "",
        loan=loan,
        voucher=voucher,
        loan_status=lending.status(loan.state) if loan else None,
        used=await fund_requests.asked(project) if voucher or loan else 0,
        claims=await interest_claims(project) if kind == funds.Product.INTEREST else [],
        redeemed=await redemptions(voucher) if voucher else [],
        share=funds.percent(product.most_share) if product and product.most_share else "",
        can_agree=lends and keeps and loan is None,
        can_draw=bool(loan) and (keeps if loan.guarantee else asks) and loan.state in ("agreed", "running"),
        can_issue=kind == funds.Product.VOUCHER and keeps and voucher is None,
        can_redeem=bool(voucher) and asks,
        can_claim=kind == funds.Product.INTEREST and asks,
    )


async def interest_claims(project: Project) -> list[list]:
    """The periods handed in: days, balance, rates, what is asked of the fund, request with its state."""
    found = await rows(
        "SELECT c.since, c.until, c.balance, c.bank_rate, c.supported_rate, y.amount, y.id, y.state FROM interest_claim c "
        "JOIN payment y ON y.id = c.payment WHERE c.project = $1 ORDER BY c.since, c.id", project.id,
    )
    return [
        [one["since"], one["until"], one["balance"], f"{funds.percent(one['supported_rate'])} / {funds.percent(one['bank_rate'])}",
         one["amount"], (payments.number(one["id"]), f"/payments/{one['id']}"), payments.status(one["state"])]
        for one in found
    ]


async def redemptions(voucher: Voucher) -> list[list]:
    """The invoices handed in: number, cost, asked for, request with its state."""
    found = await rows(
        "SELECT r.invoice, r.cost, y.amount, y.id, y.state FROM voucher_redemption r JOIN payment y ON y.id = r.payment "
        "WHERE r.voucher = $1 ORDER BY r.id", voucher.id,
    )
    return [
        [one["invoice"], one["cost"], one["amount"], (payments.number(one["id"]), f"/payments/{one['id']}"), payments.status(one["state"])]
        for one in found
    ]


async def asked(request: Request, id: int, shape: type[Form], verb: Callable, to: Callable) -> Template | Redirect:
    project = await heads.visible(request, id)
    return await submitted(request, shape, partial(verb, project), shown=partial(shown, request, id), to=to)


def at_payment(payment: Payment) -> str:
    return f"/payments/{payment.id}"


@post("/projects/{id:int}/loan")
async def agree(request: Request, id: Id) -> Template | Redirect:
    return await asked(request, id, Agreed, lending.agree, lambda loan: f"/loans/{loan.id}")


@post("/projects/{id:int}/draws")
async def draw(request: Request, id: Id) -> Template | Redirect:
    return await asked(
        request, id, Drawn, lambda project, draw_amount, **said: fund_requests.draw(project, amount=draw_amount, **said), at_payment
    )


@post("/projects/{id:int}/voucher")
async def issue(request: Request, id: Id) -> Template | Redirect:
    return await asked(request, id, Issued, fund_requests.issue, lambda _voucher: f"/projects/{id}/support")


@post("/projects/{id:int}/redemptions")
async def redeem(request: Request, id: Id) -> Template | Redirect:
    return await asked(
        request, id, Redeemed,
        lambda project, redeem_amount, **said: fund_requests.redeem(project, amount=redeem_amount, **said), at_payment,
    )


@post("/projects/{id:int}/interest")
async def claim(request: Request, id: Id) -> Template | Redirect:
    return await asked(request, id, Claimed, fund_requests.claim_interest, at_payment)


# --- what a call of the fund offers --------------------------------------------------------------------------------------

@get("/calls/{id:int}/product")
async def call_product(request: Request, id: Id) -> Template:
    return await product_shown(request, id, Typed())


async def visible_call(request: Request, id: int) -> Call:
    if found := await calls.visible_to(request.user).where(Call.id == id).first():
        return found
    raise NotFoundException


async def product_shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    call = await visible_call(request, id)
    chosen = await funds.of_call(call)
    offered = await FundProduct.objects().where(
        (FundProduct.valid_from <= today()) & (FundProduct.valid_to.is_null() | (FundProduct.valid_to >= today()))
    ).order_by(FundProduct.kind).order_by(FundProduct.id)
    return page(
        "budget/call_product.html", call=call, form=form, status_code=status_code, title=either(call.title, call.title_en),
        chosen=(either(chosen.name, chosen.name_en), funds.kind_label(chosen.kind), chosen.fund) if chosen else None,
        offered=[(one.id, f"{funds.kind_label(one.kind)}: {either(one.name, one.name_en)}") for one in offered],
        can_name=chosen is None and calls.can_change(request.user, call) and bool(offered),
    )


@post("/calls/{id:int}/product")
async def name_product(request: Request, id: Id) -> Template | Redirect:
    call = await visible_call(request, id)

    async def name(*, product: int, by: Person) -> None:
        found = await FundProduct.objects().where(FundProduct.id == product).first()
        if found is None:
            raise Refused(_("Sản phẩm này không còn áp dụng."))
        await funds.name_product(call, found, by=by)

    return await submitted(request, Named, name, shown=partial(product_shown, request, id), to=f"/calls/{id}/product")


ROUTES = [support, agree, draw, issue, redeem, claim, call_product, name_product]
