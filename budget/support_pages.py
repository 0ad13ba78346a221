"""Pages of what the fund gives a project besides grants: loan or guarantee, voucher, interest; and the loans with their schedules."""

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from budget import fund_requests, funds, lending, names, streams
from budget.fund_pages import Percent
from budget.fund_tables import FundProduct, InterestClaim, Loan, LoanPayment, Voucher, WriteOff
from grants.calls import calls
from grants.calls.tables import Call
from grants.people.people import today
from grants.projects import heads, projects
from grants.projects.heads import again
from grants.projects.tables import Project
from grants.shell import lists
from grants.shell.changes import Refused
from grants.shell.forms import Day, Form, Invalid, Line, Money, Text, Typed, read
from grants.shell.language import N_, _, either
from grants.shell.web import Id, page, see

LIST = lists.Listing(
    name="vay-bao-lanh",
    table=Loan,
    columns=[
        lists.Column("id", N_("Số"), Loan.id, "code", says=lambda id: f"VV-{id:05d}"),
        lists.Column("principal", N_("Số vay, bảo lãnh"), Loan.principal, "money", total=True),
        lists.Column("lent", N_("Đã giải ngân"), Loan.lent, "money", total=True),
        lists.Column("repaid", N_("Đã trả gốc"), Loan.repaid, "money", total=True),
        lists.Column("written_off", N_("Đã xử lý rủi ro"), Loan.written_off, "money", total=True),
        lists.Column("state", N_("Trạng thái"), Loan.state, "status", says=lending.status),
        lists.Column("title", N_("Tên nhiệm vụ"), Loan.project.title, "long", english=Loan.project.title_en),
        lists.Column("project", N_("Nhiệm vụ"), Loan.project.code, "code"),
        lists.Column("agreed_on", N_("Ngày ký"), Loan.agreed_on, "date"),
    ],
    order="-id",
    filters=[
        lists.search(Loan.project.folded),
        lists.chosen("state", N_("Trạng thái"), Loan.state, lambda: [(s.value, lending.status(s)[0]) for s in lending.State]),
    ],
    href=lambda row: f"/loans/{row['id']}",
)


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


class Repaid(Form):
    amount: Money
    number: Line = Field(max_length=60)
    on: Day


class GivenUp(Form):
    give_up: Money
    grounds: Text = Field(max_length=1000)


class Decision(Form):
    decision_number: Line = Field(max_length=60)
    decided_on: Day


class Refusal(Form):
    reason: Text = Field(max_length=500)


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
    claims = await InterestClaim.objects().where(InterestClaim.project == project.id).order_by(InterestClaim.since) if kind == funds.Product.INTEREST else []
    asks, keeps = fund_requests.payments.can_request(request.user, project), projects.keeps(request.user, project)
    lends = kind in (funds.Product.LOAN, funds.Product.GUARANTEE)
    return heads.framed(
        request, "budget/support.html", project, "/payments", form=form, status_code=status_code, product=product, kind=kind,
        kind_words=funds.kind_label(kind) if kind else "", product_name=either(product.name, product.name_en) if product else "", loan=loan, voucher=voucher,
        loan_status=lending.status(loan.state) if loan else None, used=await fund_requests.asked(project) if voucher or loan else 0,
        claims=[[one.since, one.until, one.balance, f"{one.bank_rate / 100:g} %", f"{one.supported_rate / 100:g} %", (f"ĐN-{one.payment:05d}", f"/payments/{one.payment}")] for one in claims],
        can_agree=lends and keeps and loan is None, can_draw=bool(loan) and (keeps if loan.guarantee else asks) and loan.state in ("agreed", "running"),
        can_issue=kind == funds.Product.VOUCHER and keeps and voucher is None, can_redeem=bool(voucher) and asks,
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
    return await asked(request, id, Agreed, lambda project, form: lending.agree(project, by=request.user, **form.model_dump()), lambda loan: f"/loans/{loan.id}")


@post("/projects/{id:int}/draws")
async def draw(request: Request, id: Id) -> Template | Redirect:
    return await asked(
        request, id, Drawn, lambda project, form: fund_requests.draw(project, amount=form.draw_amount, purpose=form.purpose, by=request.user),
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
        request, id, Redeemed, lambda project, form: fund_requests.redeem(project, amount=form.redeem_amount, invoice=form.invoice, by=request.user),
        lambda payment: f"/payments/{payment.id}",
    )


@post("/projects/{id:int}/interest")
async def claim(request: Request, id: Id) -> Template | Redirect:
    return await asked(
        request, id, Claimed, lambda project, form: fund_requests.claim_interest(project, by=request.user, **form.model_dump()),
        lambda payment: f"/payments/{payment.id}",
    )


# --- loans -------------------------------------------------------------------------------------------------------------

async def visible(request: Request, id: int) -> Loan:
    if found := await lending.visible_to(request.user).where(Loan.id == id).first():
        return found
    raise NotFoundException


@get("/loans")
async def loan_list(request: Request) -> Response:
    return await LIST.answer(request, lending.seen_by(request.user), "budget/loans.html")


@get("/loans/{id:int}")
async def loan_page(request: Request, id: Id) -> Template:
    return await loan_shown(request, await visible(request, id), Typed())


async def loan_shown(request: Request, loan: Loan, form: Typed, status_code: int = 200) -> Template:
    project = await Project.objects().get(Project.id == loan.project)
    stands = await lending.standing(loan)
    came = await LoanPayment.objects().where(LoanPayment.loan == loan.id).order_by(LoanPayment.id)
    given_up = await WriteOff.objects().where(WriteOff.loan == loan.id).order_by(WriteOff.id)
    waiting = next((one for one in given_up if one.state == WriteOff.State.PROPOSED), None)
    answers = await streams.can_approve(request.user, "fund")
    running = loan.state == lending.State.RUNNING
    return page(
        "budget/loan.html", loan=loan, project=project, number=lending.number(loan), status=lending.status(loan.state), form=form,
        stands=stands, rate=f"{loan.rate / 100:g} %", status_code=status_code, maker=(await names.of([loan.made_by]))[0],
        dues=[[one.number, one.due, one.principal, one.interest] for one in stands["dues"]],
        came=[[one.number, one.on, one.principal, one.interest] for one in came],
        given_up=[[one.grounds, one.amount, one.decision_number or "–", one.decided_on] for one in given_up],
        can_record=running and lending.holds(request.user, lending.Role.TREASURER) and request.user.id != loan.made_by,
        can_propose=running and waiting is None and projects.keeps(request.user, project), waiting=waiting,
        can_decide=waiting is not None and answers and request.user.id != waiting.made_by,
        can_release=loan.guarantee and loan.state == lending.State.AGREED and answers and request.user.id != loan.made_by,
    )


async def loan_step(request: Request, id: int, shape: type[Form], verb) -> Template | Redirect:
    loan = await visible(request, id)
    try:
        form = await read(shape, request)
        await verb(loan, form)
    except Invalid as invalid:
        return await loan_shown(request, loan, invalid, 422)
    except Refused as refused:
        return await loan_shown(request, await visible(request, id), again(form, refused), 409)
    return see(f"/loans/{id}")


@post("/loans/{id:int}/repayments")
async def repay(request: Request, id: Id) -> Template | Redirect:
    return await loan_step(request, id, Repaid, lambda loan, form: lending.repaid(loan, by=request.user, **form.model_dump()))


@post("/loans/{id:int}/write-offs")
async def propose_write_off(request: Request, id: Id) -> Template | Redirect:
    return await loan_step(
        request, id, GivenUp, lambda loan, form: lending.propose_write_off(loan, amount=form.give_up, grounds=form.grounds, by=request.user)
    )


async def waiting_write_off(loan: Loan) -> WriteOff:
    found = await WriteOff.objects().where((WriteOff.loan == loan.id) & (WriteOff.state == WriteOff.State.PROPOSED)).first()
    if found is None:
        raise Refused(_("Không có đề nghị xử lý rủi ro nào đang chờ."))
    return found


@post("/loans/{id:int}/write-off-decision")
async def decide_write_off(request: Request, id: Id) -> Template | Redirect:
    async def verb(loan: Loan, form: Decision) -> None:
        await lending.decide_write_off(await waiting_write_off(loan), number=form.decision_number, on=form.decided_on, by=request.user)

    return await loan_step(request, id, Decision, verb)


@post("/loans/{id:int}/write-off-refusal")
async def refuse_write_off(request: Request, id: Id) -> Template | Redirect:
    async def verb(loan: Loan, form: Refusal) -> None:
        await lending.refuse_write_off(await waiting_write_off(loan), reason=form.reason, by=request.user)

    return await loan_step(request, id, Refusal, verb)


@post("/loans/{id:int}/release")
async def release(request: Request, id: Id) -> Template | Redirect:
    return await loan_step(
        request, id, Decision, lambda loan, form: lending.release(loan, number=form.decision_number, on=form.decided_on, by=request.user)
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


ROUTES = [
    support, agree, draw, issue, redeem, claim, loan_list, loan_page, repay, propose_write_off, decide_write_off, refuse_write_off, release,
    call_product, name_product,
]
