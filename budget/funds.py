"""The innovation fund: its charter and its products, which a call of the fund names. Limits and rates come from people, with a source.

A venture fund's equity is no ledger of grants: of it only the province's contribution is booked.
"""

from datetime import date

from budget import ledger, streams
from budget.fund_tables import CallProduct, Fund, FundProduct, VentureContribution
from budget.ledger import Kind, Paper
from budget.tables import Stage
from grants.calls.tables import Call
from grants.people.people import holds, today
from grants.people.tables import Person, Role
from grants.projects.tables import Project
from grants.shell import money
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB, rows
from grants.shell.language import N_, _, language
from grants.shell.money import show

Product = FundProduct.Kind
KINDS = {
    Product.GRANT: N_("Tài trợ"), Product.COMMISSION: N_("Đặt hàng"), Product.INTEREST: N_("Hỗ trợ lãi suất vay"),
    Product.VOUCHER: N_("Phiếu hỗ trợ tài chính"), Product.LOAN: N_("Cho vay"), Product.GUARANTEE: N_("Bảo lãnh vay vốn"),
}
SEES = (Role.OFFICER, Role.FINANCE, Role.TREASURER, Role.LEADER, Role.AUDITOR)
ORDINARY = (Product.GRANT, Product.COMMISSION)


def kind_label(kind: str) -> str:
    return _(KINDS[Product(kind)])


def seen_by(person: Person):
    return Fund.id > 0 if holds(person, *SEES) else Fund.id < 0


def visible_to(person: Person):
    return Fund.objects().where(seen_by(person))


def percent(rate: int) -> str:
    """A rate in hundredths of a percent, exactly: 455 → "4,55 %", in English "4.55%"."""
    return money.rate(rate, language())


async def can_keep(person: Person) -> bool:
    """Who answers for the fund's stream keeps its charter and products."""
    return await streams.can_approve(person, "fund")


async def found(
    *, name: str, name_en: str, kind: str, organisation: int, charter: str, may_lend: bool = False, may_guarantee: bool = False,
    account_number: str = "", bank: str = "", unverified: bool = True, by: Person,
) -> Fund:
    """Write a fund down with its charter; what the charter does not allow, no product can offer."""
    require(await can_keep(by), _("Chỉ đơn vị phụ trách Quỹ mới ghi điều lệ và sản phẩm của Quỹ."))
    require(kind == Fund.Kind.INNOVATION or not (may_lend or may_guarantee), _("Quỹ đầu tư mạo hiểm không cho vay, bảo lãnh ở đây."))
    row = Fund(
        name=name, name_en=name_en, kind=kind, organisation=organisation, charter=charter, may_lend=may_lend,
        may_guarantee=may_guarantee, account_number=account_number, bank=bank, unverified=unverified,
    )
    return await add(row, by=by, did="founded")


async def revise(fund: Fund, *, by: Person, **typed) -> None:
    """Change what the charter says; a right that a product in force uses is not taken away."""
    async with changing(fund, by=by, did="revised") as fund:
        require(await can_keep(by), _("Chỉ đơn vị phụ trách Quỹ mới ghi điều lệ và sản phẩm của Quỹ."))
        for name, value in typed.items():
            setattr(fund, name, value)
        offered = {one.kind for one in await products(fund)}
        require(fund.may_lend or Product.LOAN not in offered, _("Quỹ đang có sản phẩm cho vay."))
        require(fund.may_guarantee or Product.GUARANTEE not in offered, _("Quỹ đang có sản phẩm bảo lãnh."))


async def products(fund: Fund, *, on: date | None = None) -> list[FundProduct]:
    """The products in force on a day, today if none is said."""
    on = on or today()
    found = await FundProduct.objects().where((FundProduct.fund == fund.id) & (FundProduct.valid_from <= on)).order_by(
        FundProduct.kind).order_by(FundProduct.id)
    return [one for one in found if one.valid_to is None or one.valid_to >= on]


def allows(fund: Fund, kind: str) -> bool:
    """Whether the charter lets the fund offer this kind of support."""
    if fund.kind == Fund.Kind.VENTURE:
        return False
    return {Product.LOAN: fund.may_lend, Product.GUARANTEE: fund.may_guarantee}.get(Product(kind), True)


async def offer(
    fund: Fund, *, kind: str, name: str, name_en: str, basis: str, since: date, most_amount: int | None = None,
    most_share: int | None = None, rate: int | None = None, most_months: int | None = None, unverified: bool = True, by: Person,
) -> FundProduct:
    """Add a product; a limit or rate that no source says stays empty. Shares and rates in hundredths of a percent."""
    require(await can_keep(by), _("Chỉ đơn vị phụ trách Quỹ mới ghi điều lệ và sản phẩm của Quỹ."))
    require(allows(fund, kind), _("Điều lệ của Quỹ không cho phép loại hỗ trợ này."))
    row = FundProduct(
        fund=fund.id, kind=kind, name=name, name_en=name_en, basis=basis, valid_from=since, most_amount=most_amount,
        most_share=most_share, rate=rate, most_months=most_months, unverified=unverified,
    )
    return await add(row, by=by, did="listed")


async def withdraw(product: FundProduct, *, on: date, by: Person) -> None:
    """The product is offered until this day; calls that named it keep it."""
    async with changing(product, by=by, did="withdrawn") as product:
        require(await can_keep(by), _("Chỉ đơn vị phụ trách Quỹ mới ghi điều lệ và sản phẩm của Quỹ."))
        require(on >= product.valid_from, _("Ngày thôi áp dụng không được trước ngày bắt đầu."))
        product.valid_to = on


async def name_product(call: Call, product: FundProduct, *, by: Person) -> CallProduct:
    """A call of the fund names what it offers, once, before it is published."""
    require(holds(by, Role.OFFICER), _("Chỉ cán bộ quản lý nhiệm vụ mới soạn thông báo."))
    require(call.state in (Call.State.DRAFT, Call.State.DRY_RUN), _("Thông báo đã công bố thì không sửa được nữa."))
    require(
        product.valid_from <= today() and (product.valid_to is None or product.valid_to >= today()),
        _("Sản phẩm này không còn áp dụng."),
    )
    require(not await CallProduct.exists().where(CallProduct.call == call.id), _("Thông báo này đã chọn sản phẩm của Quỹ."))
    return await add(CallProduct(call=call.id, product=product.id, named_by=by.id, named_at=now()), by=by, did="named")


async def product_of(project: Project) -> FundProduct | None:
    """What the project's call offered; None for calls of the budget, and for the fund's that named nothing: a plain grant."""
    found = await rows(
        "SELECT c.product FROM call_product c JOIN proposal p ON p.call = c.call WHERE p.id = $1", project.proposal
    )
    return await FundProduct.objects().get(FundProduct.id == found[0]["product"]) if found else None


async def of_call(call: Call) -> FundProduct | None:
    found = await CallProduct.objects().where(CallProduct.call == call.id).first()
    return await FundProduct.objects().get(FundProduct.id == found.product) if found else None


async def propose_contribution(fund: Fund, *, stream: str, year: int, amount: int, by: Person) -> VentureContribution:
    """The officer proposes what the province pays into a venture fund's charter capital."""
    require(holds(by, Role.OFFICER), _("Chỉ cán bộ quản lý nhiệm vụ mới đề nghị góp vốn."))
    require(fund.kind == Fund.Kind.VENTURE, _("Góp vốn chỉ ghi cho quỹ đầu tư mạo hiểm; Quỹ phát triển nhận qua dự toán."))
    left = await ledger.free(Stage.APPROPRIATED, stream, year)
    require(0 < amount <= left, _("Nguồn này chỉ còn {left}.").format(left=show(left)))
    row = VentureContribution(fund=fund.id, stream=stream, year=year, amount=amount, made_by=by.id, made_at=now())
    return await add(row, by=by, did="proposed")


async def approve_contribution(contribution: VentureContribution, *, number: str, on: date, by: Person) -> None:
    """The leader approves by a decision: the contribution is booked; what becomes of the equity is booked elsewhere."""
    async with DB.transaction():
        out_of = await ledger.account(Stage.APPROPRIATED, contribution.stream, contribution.year)
        into = await ledger.account(Stage.CONTRIBUTED, contribution.stream, contribution.year)
        await ledger.lock(out_of, into)
        async with changing(contribution, by=by, did="approved") as contribution:
            require(holds(by, Role.LEADER), _("Chỉ lãnh đạo tỉnh mới quyết định góp vốn."))
            require(contribution.state == "proposed", _("Đề nghị này đã có quyết định."))
            require(number.strip() and on <= today(), _("Hãy ghi số và ngày quyết định; ngày không ở tương lai."))
            posted = await ledger.post(
                Kind.CONTRIBUTION, contribution.amount, out_of=out_of, into=into, paper=Paper("contribution_decision", number, on),
                made_by=contribution.made_by, approved_by=by.id, key=f"venture-{contribution.id}",
            )
            contribution.state, contribution.entry, contribution.decided_by, contribution.decided_at = "approved", posted.id, by.id, now()
            contribution.decision_number, contribution.decided_on = number, on
