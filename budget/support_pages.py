"""Pages of what the fund gives a project besides grants: loan or guarantee, voucher, interest; and the product that a call names."""

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from budget import fund_requests, funds, lending
from budget.fund_pages import Percent
from budget.fund_tables import FundProduct, InterestClaim, Voucher
from grants.calls import calls
from grants.calls.tables import Call
from grants.people.people import today
from grants.projects import heads, projects
from grants.projects.tables import Project
from grants.shell.changes import Refused
from grants.shell.forms import Day, Form, Invalid, Line, Money, Typed, again, read
from grants.shell.language import _, either
from grants.shell.web import Id, page, see


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
    return await shown(request, await heads.visible(request, id), Typed())


async def shown(request: Request, project: Project, form: Typed, status_code: int = 200) -> Template:
    """What the fund's product gives this project, and the form for the next request."""
    product = await funds.product_of(project)
    kind = product.kind if product else ""
    loan = await lending.of(project)
    voucher = await Voucher.objects().where(Voucher.project == project.id).first()
    claims = (
        await InterestClaim.objects().where(InterestClaim.project == project.id).order_by(InterestClaim.since)
        if kind == funds.Product.INTEREST
        else []
    )
    asks, keeps = fund_requests.payments.can_request(request.user, project), projects.keeps(request.user, project)
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
        claims=[
            [
                one.since,
                one.until,
                one.balance,
                funds.percent(one.bank_rate),
                funds.percent(one.supported_rate),
                (f"ĐN-{one.payment:05d}", f"/payments/{one.payment}"),
            ]
            for one in claims
        ],
        can_agree=lends and keeps and loan is None,
        can_draw=bool(loan) and (keeps if loan.guarantee else asks) and loan.state in ("agreed", "running"),
        can_issue=kind == funds.Product.VOUCHER and keeps and voucher is None,
        can_redeem=bool(voucher) and asks,
        can_claim=kind == funds.Product.INTEREST and asks,
    )


async def asked(request: Request, id: int, shape: type[Form], verb, to) -> Template | Redirect:
    """Read the form, do the verb on the project, and go where it leads; what is wrong comes back with the page."""
    project = await heads.visible(request, id)
    try:
        form = await read(shape, request)
        made = await verb(project, form)
    except Invalid as invalid:
        return await shown(request, project, invalid, 422)
    except Refused as refused:
        return await shown(request, project, again(form, refused), 409)
    return see(to(made))


@post("/projects/{id:int}/loan")
async def agree(request: Request, id: Id) -> Template | Redirect:
    return await asked(
        request,
        id,
        Agreed,
        lambda project, form: lending.agree(project, by=request.user, **form.model_dump()),
        lambda loan: f"/loans/{loan.id}",
    )


@post("/projects/{id:int}/draws")
async def draw(request: Request, id: Id) -> Template | Redirect:
    return await asked(
        request,
        id,
        Drawn,
        lambda project, form: fund_requests.draw(project, amount=form.draw_amount, purpose=form.purpose, by=request.user),
        lambda payment: f"/payments/{payment.id}",
    )


@post("/projects/{id:int}/voucher")
async def issue(request: Request, id: Id) -> Template | Redirect:
    return await asked(
        request, id, Issued, lambda project, form: fund_requests.issue(project, by=request.user, **form.model_dump()),
        lambda _voucher: f"/projects/{id}/support",
    )


@post("/projects/{id:int}/redemptions")
async def redeem(request: Request, id: Id) -> Template | Redirect:
    return await asked(
        request,
        id,
        Redeemed,
        lambda project, form: fund_requests.redeem(project, amount=form.redeem_amount, invoice=form.invoice, by=request.user),
        lambda payment: f"/payments/{payment.id}",
    )


@post("/projects/{id:int}/interest")
async def claim(request: Request, id: Id) -> Template | Redirect:
    return await asked(
        request, id, Claimed, lambda project, form: fund_requests.claim_interest(project, by=request.user, **form.model_dump()),
        lambda payment: f"/payments/{payment.id}",
    )


# --- what a call of the fund offers --------------------------------------------------------------------------------------

@get("/calls/{id:int}/product")
async def call_product(request: Request, id: Id) -> Template:
    return await product_shown(request, await visible_call(request, id), Typed())


async def visible_call(request: Request, id: int) -> Call:
    if found := await calls.visible_to(request.user).where(Call.id == id).first():
        return found
    raise NotFoundException


async def product_shown(request: Request, call: Call, form: Typed, status_code: int = 200) -> Template:
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
    try:
        form = await read(Named, request)
        product = await FundProduct.objects().where(FundProduct.id == form.product).first()
        if product is None:
            raise Refused(_("Sản phẩm này không còn áp dụng."))
        await funds.name_product(call, product, by=request.user)
    except Invalid as invalid:
        return await product_shown(request, call, invalid, 422)
    except Refused as refused:
        return await product_shown(request, call, Typed({}, {"": str(refused)}), 409)
    return see(f"/calls/{id}/product")


ROUTES = [support, agree, draw, issue, redeem, claim, call_product, name_product]
