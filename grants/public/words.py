"""What the public pages call things."""

from datetime import date, datetime

from grants.outcomes.tables import Right, Transfer
from grants.proposals.tables import Product, Source
from grants.shell.dates import show_deadline
from grants.shell.language import N_, _, language

FORMS = {
    Product.Form.PUBLICATION: N_("Dạng I: công bố, đào tạo"),
    Product.Form.DOCUMENT: N_("Dạng II: tài liệu, quy trình, phần mềm"),
    Product.Form.MATERIAL: N_("Dạng III: vật liệu, thiết bị, giống"),
    Product.Form.RIGHT: N_("Dạng IV: quyền sở hữu trí tuệ"),
}
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
SOURCES = {
    Source.CAPITAL: N_("Vốn đầu tư phát triển"),
    Source.RECURRENT: N_("Kinh phí sự nghiệp"),
    Source.FUND: N_("Quỹ đổi mới sáng tạo"),
    Source.OWN: N_("Vốn đối ứng"),
}


def source(code: str) -> tuple[str, str]:
    """A source of money as its badge: (code, words)."""
    return code, _(SOURCES[Source(code)])


def outcome(sort: str, kind: str) -> str:
    """What kind of output, right or transfer it is."""
    return _({"outputs": FORMS, "rights": RIGHTS, "transfers": MODES}[sort][kind])


def when(deadline: date | datetime) -> str:
    return show_deadline(deadline, language())
