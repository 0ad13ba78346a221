"""What kinds of outcomes are called, and the facts of one as a page lists them."""

from grants.outcomes.tables import Output, Right, Transfer
from grants.people.tables import Organisation
from grants.proposals.drafts import FORMS
from grants.proposals.tables import Product
from grants.shell.dates import show_date
from grants.shell.language import N_, _, either, language

SORTS = {"outputs": N_("Sản phẩm"), "rights": N_("Quyền sở hữu trí tuệ"), "transfers": N_("Chuyển giao công nghệ")}
RIGHTS = {
    Right.Kind.PATENT: N_("Sáng chế"),
    Right.Kind.UTILITY_SOLUTION: N_("Giải pháp hữu ích"),
    Right.Kind.INDUSTRIAL_DESIGN: N_("Kiểu dáng công nghiệp"),
    Right.Kind.TRADEMARK: N_("Nhãn hiệu"),
    Right.Kind.PLANT_VARIETY: N_("Giống cây trồng"),
    Right.Kind.TREE_VARIETY: N_("Giống cây thân gỗ, cây nho"),
    Right.Kind.COPYRIGHT: N_("Quyền tác giả"),
}
MODES = {
    Transfer.Mode.ASSIGNMENT: N_("Chuyển nhượng quyền sở hữu"),
    Transfer.Mode.LICENCE: N_("Chuyển quyền sử dụng"),
    Transfer.Mode.JOINT: N_("Chuyển giao trong dự án, góp vốn"),
}


def spoken(words: dict) -> list[tuple[str, str]]:
    """The words of a table of kinds, for a selection."""
    return [(code, _(label)) for code, label in words.items()]


def form(code: str) -> str:
    return _(FORMS[Product.Form(code)])


def counted(number: int, unit: str = "") -> str:
    """"60.000 câu"; in English "60,000 câu"."""
    grouped = f"{number:,}" if language() == "en" else f"{number:,}".replace(",", ".")
    return f"{grouped} {unit}".strip()


def form_short(code: str) -> str:
    """"Dạng II", for a narrow column."""
    return form(code).partition(":")[0]


def kind(code: str) -> str:
    return _(RIGHTS[Right.Kind(code)])


def mode(code: str) -> str:
    return _(MODES[Transfer.Mode(code)])


async def facts(row: Output | Right | Transfer) -> list[tuple]:
    """The facts of an outcome: (label, value) or (label, value, kind of value)."""
    told = {Output: output_facts, Right: right_facts, Transfer: transfer_facts}[type(row)]
    return await told(row)


async def output_facts(output: Output) -> list[tuple]:
    product = await Product.objects().get(Product.id == output.product) if output.product else None
    return [
        (_("Dạng sản phẩm"), form(output.form)), (_("Số hiệu (DOI, ISBN, số đăng ký …)"), output.identifier or "–"),
        (_("Sản phẩm đặt hàng"), product.name if product else _("Ngoài danh mục đặt hàng")),
        (_("Số lượng đặt hàng"), counted(product.quantity, product.unit) if product else "–"),
        (_("Số lượng đạt được"), counted(output.quantity, product.unit if product else "")),
        (_("Chất lượng đặt hàng"), product.quality or "–" if product else "–"), (_("Chất lượng đạt được"), output.quality or "–"),
        (_("Ngày hoàn thành"), output.produced_on, "date"),
    ]


async def right_facts(right: Right) -> list[tuple]:
    owner = await Organisation.objects().get(Organisation.id == right.owner)
    return [
        (_("Loại quyền"), kind(right.kind)), (_("Số đơn hoặc số bằng"), right.number), (_("Ngày nộp đơn"), right.filed_on, "date"),
        (_("Ngày cấp"), show_date(right.granted_on, language()) if right.granted_on else _("Chưa cấp")),
        (_("Bảo hộ đến"), right.expires_on, "date"), (_("Chủ sở hữu"), either(owner.name, owner.name_en)),
    ]


async def transfer_facts(transfer: Transfer) -> list[tuple]:
    registered = transfer.registration_number and f"{transfer.registration_number}, {show_date(transfer.registered_on, language())}"
    return [
        (_("Số hợp đồng"), transfer.contract_number), (_("Bên nhận"), transfer.recipient), (_("Hình thức"), mode(transfer.mode)),
        (_("Phạm vi lãnh thổ"), transfer.territory or "–"), (_("Ngày ký"), transfer.signed_on, "date"),
        (_("Giá trị hợp đồng"), transfer.value, "money"), (_("Đăng ký chuyển giao"), registered or _("Chưa đăng ký")),
        (_("Ghi chú"), transfer.note or "–"),
    ]
