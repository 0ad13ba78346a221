"""What the codes, terms and shares of a rule set are called, and one value of it in words."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from pydantic.fields import FieldInfo

from grants.rules.values import Part, Source, Term
from grants.shell.dates import Unit
from grants.shell.language import N_, _, either

CALLED = {
    "topic": N_("Hội đồng xác định nhiệm vụ"),
    "selection": N_("Hội đồng tuyển chọn"),
    "appraisal": N_("Tổ thẩm định kinh phí"),
    "final_evaluation": N_("Hội đồng nghiệm thu"),
    "chair": N_("chủ tịch"),
    "vice_chair": N_("phó chủ tịch"),
    "secretary": N_("ủy viên thư ký khoa học"),
    "reviewer": N_("ủy viên phản biện"),
    "member": N_("ủy viên"),
    "funder": N_("đại diện đơn vị cấp kinh phí"),
    "panel_representative": N_("đại diện hội đồng tuyển chọn"),
    "days": N_("ngày"),
    "working_days": N_("ngày làm việc"),
    "months": N_("tháng"),
    "university": N_("đại học"),
    "master": N_("thạc sĩ"),
    "doctor": N_("tiến sĩ"),
    "organisation": N_("Tổ chức"),
    "pi": N_("Chủ nhiệm"),
    "unfinished_project_as_pi": N_("đang làm chủ nhiệm nhiệm vụ khác"),
    "overdue_report": N_("chưa nộp báo cáo ứng dụng, báo cáo định kỳ quá hạn"),
    "overdue_final_evaluation": N_("nộp hồ sơ nghiệm thu quá hạn hơn"),
    "result_unregistered": N_("chưa đăng ký kết quả nhiệm vụ"),
    "recovery_unpaid": N_("chưa hoàn trả kinh phí phải thu hồi"),
    "suspended_within": N_("có nhiệm vụ bị đình chỉ trong"),
    "read_aloud": N_("đọc tại phiên họp, không tính phiếu"),
    "not_counted": N_("không tính phiếu"),
    "present": N_("thành viên có mặt"),
    "members": N_("thành viên hội đồng"),
    "ballots": N_("phiếu"),
    "same_employer": N_("Cùng cơ quan với tổ chức chủ trì"),
    "predecessor_employer": N_("Làm ở tổ chức tiền thân hoặc kế thừa"),
    "partner_organisation": N_("Làm ở tổ chức phối hợp"),
    "team_member": N_("Tham gia nhóm thực hiện"),
    "rival_application": N_("Có tên trong hồ sơ cạnh tranh"),
    "kinship": N_("Có quan hệ gia đình"),
    "co_work": N_("Từng làm chung nhiệm vụ"),
    "supervisor": N_("Quan hệ thầy trò, hướng dẫn"),
    "declared_other": N_("Tự khai lý do khác"),
    "exclude": N_("loại khỏi hội đồng"),
    "warn": N_("cảnh báo"),
    "relative_to_mean": N_("phần trăm của điểm trung bình"),
    "points": N_("số điểm"),
    "single": N_("một lần"),
    "repeated": N_("lặp lại đến khi không còn phiếu bị loại"),
    "lead_proposed_topic": N_("tổ chức chủ trì là nơi đề xuất nhiệm vụ"),
    "all": N_("mọi phiếu"),
    "valid": N_("phiếu hợp lệ"),
    "lower_state_funding": N_("đề nghị ngân sách ít hơn"),
    "excellent_project": N_("có nhiệm vụ xếp loại xuất sắc"),
    "content_mean": N_("điểm nội dung cao hơn"),
    "half_up": N_("nửa đơn vị trở lên thì làm tròn lên"),
    "exact": N_("số chưa làm tròn"),
    "rounded": N_("số đã làm tròn"),
    "pass": N_("đạt"),
    "excellent": N_("xuất sắc"),
    "after": N_("trong thời hạn này kể từ mốc"),
    "before": N_("ít nhất từng ấy thời gian trước mốc"),
    "lasting": N_("kéo dài từng ấy thời gian kể từ mốc"),
    "remuneration": N_("thù lao"),
    "coefficient": N_("hệ số"),
    "workshop": N_("hội thảo"),
    "overhead": N_("quản lý chung"),
    "panel": N_("hội đồng, tổ thẩm định"),
    "expert": N_("chuyên gia"),
    "person_month": N_("người/tháng"),
    "person_session": N_("người/buổi"),
    "paper": N_("báo cáo"),
    "review": N_("bài nhận xét"),
    "brief": N_("nhiệm vụ"),
    "task": N_("nhiệm vụ"),
    "whole": N_("tổng số"),
    "S": N_("đọc trong văn bản"),
    "P": N_("theo nguồn công khai"),
    "B": N_("theo thông lệ"),
    "D": N_("mặc định của hệ thống"),
}


def called(code: str) -> str:
    """What a code is called; KeyError for one that has no words."""
    return _(CALLED[code])


def title(field: FieldInfo) -> str:
    """What a field of the rule set is called."""
    return _(field.title)


def is_checked(field: FieldInfo) -> bool:
    """Whether a verb enforces what the field says."""
    return field.json_schema_extra["checked"]


def unchecked(part: type[Part]) -> Iterator[str]:
    """The fields of a part that no verb enforces yet."""
    return (name for name, field in part.model_fields.items() if not is_checked(field))


def term(one: Term) -> str:
    """"7 ngày làm việc", "6 tháng"."""
    return {
        Unit.DAYS: _("{n} ngày"), Unit.WORKING_DAYS: _("{n} ngày làm việc"), Unit.MONTHS: _("{n} tháng")
    }[one.unit].format(n=one.value)


def share(one: Fraction) -> str:
    """15/100 as "15%"; thirds and quarters as the law writes them, "2/3", "1/4"."""
    percent = one * 100
    return str(one) if one.denominator in (3, 4) or percent.denominator > 1 else f"{percent}%"


def said(value: Any) -> str:
    """One value in words; what is not known says so."""
    if value is None:
        return _("chưa có")
    if isinstance(value, bool):
        return _("có") if value else _("không")
    if isinstance(value, Term):
        return term(value)
    if isinstance(value, Fraction):
        return share(value)
    if isinstance(value, tuple):
        return ", ".join(said(item) for item in value)
    return _(CALLED.get(value, value)) if isinstance(value, str) else str(value)


def cited(source: Source) -> str:
    """Where a value comes from: the basis, and how it is known."""
    return f"{source.basis} ({called(source.tag)})"


def name_of(item: Any) -> str:
    """What an item of a list is called: a criterion, a rate, a seat, a legal text."""
    if hasattr(item, "name_in_paths"):
        return f"{called(item.who)}: {called(item.code)}"
    if hasattr(item, "kind"):
        return called(item.kind)
    if hasattr(item, "seat"):
        return called(item.seat)
    return either(item.vi, item.en) if hasattr(item, "vi") else f"{item.number} {item.title}"
