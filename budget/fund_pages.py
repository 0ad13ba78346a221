"""Pages of the fund: charter, products, what stands where; reconciliation with its account; a venture fund's contribution."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import BeforeValidator, Field

from budget import funds, reconciliation, streams
from budget.fund_tables import Fund, FundProduct, VentureContribution
from grants.people.people import holds, today
from grants.people.tables import Organisation, Role
from grants.shell import lists
from grants.shell.dates import budget_year
from grants.shell.forms import Day, Form, Line, MaybeLine, MaybeMoney, Money, Ticked, Typed, above, nothing
from grants.shell.language import N_, _, either
from grants.shell.searches import containing_unfolded
from grants.shell.web import Id, page, submitted

KINDS = [("innovation", N_("Quỹ phát triển KH,CN&ĐMST")), ("venture", N_("Quỹ đầu tư mạo hiểm"))]


def hundredths(value: object) -> int | None:
    """"6,5" percent as 650 hundredths; nothing stays nothing. Raises ValueError with a sentence."""
    if nothing(value) is None:
        return None
    text = str(value).strip().removesuffix("%").strip().replace(".", ",")
    units, _comma, rest = text.partition(",")
    if not (
        units.isascii() and units.isdigit() and len(units) <= 3 and (not rest or (rest.isascii() and rest.isdigit() and len(rest) <= 2))
    ):
        raise ValueError(_("Hãy gõ tỷ lệ phần trăm, ví dụ 6,5."))
    return int(units) * 100 + int((rest + "00")[:2])


Share = Annotated[int, Field(ge=0, le=10_000)]
Percent = Annotated[Share, BeforeValidator(lambda value: "" if nothing(value) is None else hundredths(value))]
MaybePercent = Annotated[Share | None, BeforeValidator(hundredths)]
MaybeWhole = Annotated[Annotated[int, Field(gt=0, le=600)] | None, BeforeValidator(nothing)]


class Charter(Form):
    name: Line
    name_en: Line
    kind: Literal["innovation", "venture"]
    organisation: int = Field(gt=0, lt=2**31)
    charter: Line
    may_lend: Ticked = False
    may_guarantee: Ticked = False
    account_number: MaybeLine = Field(default="", max_length=40)
    bank: MaybeLine = Field(default="", max_length=200)
    verified: Ticked = False


class Offered(Form):
    kind: Literal["grant", "commission", "interest_subsidy", "voucher", "loan", "guarantee"]
    name: Line
    name_en: Line
    basis: Line
    since: Day
    most_amount: MaybeMoney = None
    most_share: MaybePercent = None
    rate: MaybePercent = None
    most_months: MaybeWhole = None
    verified: Ticked = False


class Ended(Form):
    on: Day


class Contribution(Form):
    stream: Literal["capital", "recurrent"]
    year: int = Field(ge=2020, le=2100)
    amount: Money


class Decision(Form):
    number: Line = Field(max_length=60)
    on: Day


async def visible(request: Request, id: int) -> Fund:
    if found := await funds.visible_to(request.user).where(Fund.id == id).first():
        return found
    raise NotFoundException


FUNDS = lists.Listing(
    name="quy",
    table=Fund,
    columns=[
        lists.Column("name", N_("Quỹ"), Fund.name, english=Fund.name_en),
        lists.Column("kind", N_("Loại"), Fund.kind, says=lambda kind: _(dict(KINDS)[kind])),
        lists.Column("charter", N_("Điều lệ"), Fund.charter, "long"),
    ],
    order="name",
    filters=[
        lists.search((Fund.name, Fund.name_en, Fund.charter), containing_unfolded),
        lists.chosen("kind", N_("Loại"), Fund.kind, lambda: [(code, _(words)) for code, words in KINDS]),
    ],
    href=lambda row: f"/funds/{row['id']}",
    extra=[Fund.id],
)


@get("/funds")
async def fund_list(request: Request) -> Response:
    return await FUNDS.answer(request, funds.seen_by(request.user), "budget/funds.html", can_keep=await funds.can_keep(request.user))


@get("/funds/new")
async def new(request: Request) -> Template:
    return await charter_form(request, None, Typed({"kind": "innovation"}))


async def charter_form(request: Request, fund: Fund | None, form: Typed, status_code: int = 200) -> Template:
    if not await funds.can_keep(request.user):
        raise NotFoundException
    organisations = await Organisation.select(Organisation.id, Organisation.name).where(
        Organisation.valid_to.is_null() & Organisation.kind.is_in(["government", "department", "unit", "centre", "enterprise"])
    ).order_by(Organisation.sort_key)
    return page(
        "budget/fund_form.html", fund=fund, form=form, status_code=status_code, kinds=[(code, _(words)) for code, words in KINDS],
        organisations=[(one["id"], one["name"]) for one in organisations],
    )


@post("/funds")
async def found(request: Request) -> Template | Redirect:
    return await submitted(
        request, Charter, lambda verified, **said: funds.found(unverified=not verified, **said),
        shown=partial(charter_form, request, None), to=lambda fund: f"/funds/{fund.id}",
    )


@get("/funds/{id:int}/edition")
async def edition(request: Request, id: Id) -> Template:
    fund = await visible(request, id)
    names = ("name", "name_en", "kind", "organisation", "charter", "account_number", "bank")
    ticks = {name: "on" for name in ("may_lend", "may_guarantee") if getattr(fund, name)} | ({} if fund.unverified else {"verified": "on"})
    return await charter_form(request, fund, Typed({name: str(getattr(fund, name)) for name in names} | ticks))


@post("/funds/{id:int}/edition")
async def revise(request: Request, id: Id) -> Template | Redirect:
    fund = await visible(request, id)
    return await submitted(
        request, Charter, lambda verified, kind, **said: funds.revise(fund, unverified=not verified, **said),
        shown=partial(charter_form, request, fund), to=f"/funds/{id}",
    )


@get("/funds/{id:int}")
async def fund_page(request: Request, id: Id) -> Template:
    return await shown(request, id, Typed({"since": today().isoformat(), "year": str(budget_year(today()))}))


async def shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    fund = await visible(request, id)
    venture = fund.kind == Fund.Kind.VENTURE
    offered = await FundProduct.objects().where(FundProduct.fund == fund.id).order_by(FundProduct.valid_from).order_by(FundProduct.id)
    given = (
        await VentureContribution.objects().where(VentureContribution.fund == fund.id).order_by(VentureContribution.id) if venture else []
    )
    return page(
        "budget/fund.html", fund=fund, form=form, status_code=status_code, venture=venture, title=either(fund.name, fund.name_en),
        organisation=(await Organisation.objects().get(Organisation.id == fund.organisation)).name, kind=_(dict(KINDS)[fund.kind]),
        products=[(one, funds.kind_label(one.kind)) for one in offered], can_keep=await funds.can_keep(request.user), today=today(),
        kinds=[(kind.value, _(words)) for kind, words in funds.KINDS.items() if funds.allows(fund, kind)],
        years=await reconciliation.by_year() if not venture else [], given=[(one, streams.badge(one.stream)) for one in given],
        can_propose=venture and holds(request.user, Role.OFFICER), can_decide=venture and holds(request.user, Role.LEADER),
        streams_offered=[option for option in streams.options() if option[0] != "fund"],
    )


async def step(request: Request, id: int, shape: type[Form], verb: Callable) -> Template | Redirect:
    return await submitted(request, shape, verb, shown=partial(shown, request, id), to=f"/funds/{id}")


@post("/funds/{id:int}/products")
async def offer(request: Request, id: Id) -> Template | Redirect:
    fund = await visible(request, id)
    return await step(request, id, Offered, lambda verified, **said: funds.offer(fund, unverified=not verified, **said))


@post("/funds/{id:int}/products/{product:int}/end")
async def withdraw(request: Request, id: Id, product: Id) -> Template | Redirect:
    fund = await visible(request, id)
    row = await FundProduct.objects().where((FundProduct.id == product) & (FundProduct.fund == fund.id)).first()
    if row is None:
        raise NotFoundException
    return await submitted(
        request, Ended, partial(funds.withdraw, row), shown=lambda typed, code: shown(request, id, above(typed), code), to=f"/funds/{id}"
    )


@post("/funds/{id:int}/contributions")
async def propose_contribution(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Contribution, partial(funds.propose_contribution, await visible(request, id)))


@post("/funds/{id:int}/contributions/{contribution:int}/approval")
async def approve_contribution(request: Request, id: Id, contribution: Id) -> Template | Redirect:
    fund = await visible(request, id)
    of_fund = (VentureContribution.id == contribution) & (VentureContribution.fund == fund.id)
    row = await VentureContribution.objects().where(of_fund).first()
    if row is None:
        raise NotFoundException
    return await step(request, id, Decision, partial(funds.approve_contribution, row))


@get("/funds/{id:int}/reconciliation")
async def reconciled(request: Request, id: Id) -> Response:
    """The book's movements of a year beside the statement lines of the fund's account."""
    fund = await visible(request, id)
    year = lists.whole(request.query_params.get("year")) if request.query_params.get("year") else budget_year(today())
    found = await reconciliation.of_year(year)
    return page(
        "budget/reconciliation.html", fund=fund, title=either(fund.name, fund.name_en), year=year, found=found,
        matched=[line.cells() for line in found.matched], only_book=[line.cells() for line in found.only_book],
        only_statement=[line.cells() for line in found.only_statement],
    )


ROUTES = [
    fund_list, new, found, edition, revise, fund_page, offer, withdraw, propose_contribution, approve_contribution, reconciled,
]
