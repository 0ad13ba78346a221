"""Pages of fees: every fee with its rate, and for the payer the list of who is paid how much and where."""

from litestar import Request, Response, get
from litestar.response import Template
from piccolo.querystring import QueryString

from grants.rules.shipped import table
from grants.shell.language import N_, _, either
from grants.shell.lists import XLSX, Column, Listing, as_csv, as_xlsx, search
from grants.shell.web import attachment, page
from review import fees
from review.tables import Fee

RATES = {rate["code"]: rate for rate in table("rate_norms")["content"]["rates"]}


def rate_name(code: str) -> str:
    """What a rate is called; its code where the shipped table does not know it."""
    return either(RATES[code]["vi"], RATES[code]["en"]) if code in RATES else code


def verified(unverified: bool) -> tuple[str, str]:
    return (_("Mức chưa kiểm chứng"), "warn") if unverified else (_("Theo văn bản"), "good")


WHERE = (
    "(SELECT coalesce(n.name, a.reference) FROM fee f LEFT JOIN panel n ON n.id = f.panel LEFT JOIN appraisal t ON t.id = f.appraisal "
    "LEFT JOIN proposal a ON a.id = t.proposal WHERE f.id = fee.id)"
)
LIST = Listing(
    name="thu-lao", table=Fee, order="-at", href=None, extra=[Fee.id],
    columns=[
        Column("person", N_("Họ và tên"), Fee.person.full_name, sort_by=Fee.person.sort_key),
        Column("where", N_("Hội đồng, tổ thẩm định"), QueryString(WHERE), "long", sortable=False),
        Column("rate", N_("Khoản chi"), Fee.rate, says=rate_name),
        Column("times", N_("Số lần"), Fee.times, "number"),
        Column("each", N_("Mức"), Fee.each, "money"),
        Column("amount", N_("Thành tiền"), QueryString("(fee.times * fee.each)"), "money", total=True, sortable=False),
        Column("unverified", N_("Định mức"), Fee.unverified, "status", says=verified),
        Column("at", N_("Ngày"), Fee.at, "date"),
    ],
    filters=[search(Fee.person.folded)],
)


@get("/fees")
async def listed(request: Request) -> Response:
    return await LIST.answer(request, fees.seen_by(request.user), "review/fees/list.html", payees=fees.can_see_payees(request.user))


@get("/fees/payees")
async def payees(request: Request) -> Template | Response:
    """The payment list: one line a person, with account and tax number; only for who pays and for the federation."""
    found = await fees.payees()
    heads = [
        (_("Họ và tên"), "text"), (_("Số tài khoản"), "text"), (_("Ngân hàng"), "text"), (_("Mã số thuế"), "text"), (_("Số tiền"), "money"),
    ]
    lines = [[one["full_name"], one["bank_account"], one["bank"], one["tax_number"], one["amount"]] for one in found]
    sums = [None, None, None, None, sum(one["amount"] for one in found)]
    wanted = request.query_params.get("format")
    if wanted == "csv":
        return attachment(as_csv(heads, lines, sums), "danh-sach-chi-tra.csv", "text/csv; charset=utf-8")
    if wanted == "xlsx":
        return attachment(as_xlsx(heads, lines, sums), "danh-sach-chi-tra.xlsx", XLSX)
    return page("review/fees/payees.html", heads=heads, lines=lines, total=sums[-1], unverified=any(one["unverified"] for one in found))


ROUTES = [listed, payees]
