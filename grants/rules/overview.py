"""A rule set laid out for reading: sections of rows, each with its value in words and the source it rests on."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from grants.rules.citations import Part, Source
from grants.rules.content import ConflictRule, PanelKind, PanelRule, Rate, Rules, Scheme, Seat, Term
from grants.shell import money
from grants.shell.dates import Unit
from grants.shell.language import _, either, language

NOT_CHECKED = frozenset({
    "second_notice", "funding_modes", "pi_active_years", "extensions", "extension_months", "short_task_under_months",
    "short_task_extension_months", "final_evaluation_months", "absent_opinion", "bonus_condition",
    "within_year_estimate", "missed_stop",
})
"""What a rule set says and no verb enforces yet: its page says so beside the value."""


@dataclass(frozen=True)
class Row:
    label: str
    value: str
    source: Source


@dataclass(frozen=True)
class Section:
    title: str
    rows: tuple[Row, ...]


def describe(rules: Rules) -> Iterator[Section]:
    """The whole rule set in the order of the process, in the reader's language."""
    yield Section(_("Căn cứ"), tuple(_texts(rules)))
    for name in ("call", "eligibility", "ceilings"):
        yield Section(label(name), tuple(_fields(rules, name, getattr(rules, name))))
    yield Section(_("Trường hợp không được đăng ký"), tuple(_bars(rules)))
    yield Section(_("Giấy tờ trong hồ sơ"), tuple(_documents(rules)))
    yield Section(_("Phiếu đánh giá đề xuất nhiệm vụ"), tuple(_topic_items(rules)))
    for kind in PanelKind:
        yield Section(panel_name(kind), tuple(_panel(rules, kind, rules.panels[kind])))
    yield Section(_("Xung đột lợi ích"), tuple(_conflict(rules, rule) for rule in rules.conflicts))
    for scheme in rules.schemes:
        yield Section(_("Thang điểm: {name}").format(name=either(scheme.vi, scheme.en)), tuple(_criteria(rules, scheme)))
    for name in ("count", "grades", "reminders", "lump_sum", "advances", "reports", "recovery"):
        yield Section(label(name), tuple(_fields(rules, name, getattr(rules, name))))
    yield Section(_("Thời hạn"), (*_limits(rules), _answers(rules)))
    yield Section(_("Nhóm chi"), tuple(_expense_groups(rules)))
    yield Section(_("Định mức chi"), tuple(_rate(rules, rate) for rate in rules.rates))
    yield Section(_("Lưu giữ hồ sơ"), tuple(_retention(rules)))


def say_term(term: Term) -> str:
    """"7 ngày làm việc", "6 tháng"."""
    return {
        Unit.DAYS: _("{n} ngày"), Unit.WORKING_DAYS: _("{n} ngày làm việc"), Unit.MONTHS: _("{n} tháng")
    }[term.unit].format(n=term.value)


def say_value(value: Any) -> str:
    """One value in words; what is not known says so."""
    if value is None:
        return _("chưa có")
    if isinstance(value, bool):
        return _("có") if value else _("không")
    if isinstance(value, Term):
        return say_term(value)
    if isinstance(value, Fraction):
        return _share(value)
    if isinstance(value, tuple):
        return ", ".join(say_value(item) for item in value)
    return label(value) if isinstance(value, str) else str(value)


def _share(share: Fraction) -> str:
    """15/100 as "15%"; thirds and quarters as the law writes them, "2/3", "1/4"."""
    percent = share * 100
    return str(share) if share.denominator in (3, 4) or percent.denominator > 1 else f"{percent}%"


def _texts(rules: Rules) -> Iterator[Row]:
    for text in rules.regime.texts:
        yield Row(text.number, text.title, rules.source(f"regime.texts.{text.number}"))
    yield Row(_("Chuyển tiếp"), rules.regime.transition, rules.source("regime.transition"))
    for name in ("task_types", "funding_modes"):
        names = ", ".join(either(item.vi, item.en) for item in getattr(rules, name))
        yield Row(label(name), said(name, names), rules.source(name))


def said(name: str, value: str) -> str:
    """The value in words; beside a rule that nobody enforces, that it is so."""
    return f"{value}. {_('Hệ thống chưa kiểm tra quy định này.')}" if name in NOT_CHECKED else value


def _fields(rules: Rules, path: str, part: Part, without: Collection[str] = ("bars",)) -> Iterator[Row]:
    """The plain fields of a part, but for those told elsewhere."""
    for name in type(part).model_fields:
        value = getattr(part, name)
        if name not in without:
            shown = money.show(value, language()) if name.endswith("_amount") and value is not None else say_value(value)
            yield Row(label(name), said(name, shown), rules.source(f"{path}.{name}"))


def _bars(rules: Rules) -> Iterator[Row]:
    for bar in rules.eligibility.bars:
        shown = _("đang áp dụng") if bar.on else _("không áp dụng")
        if bar.term:
            shown = f"{shown}, {say_term(bar.term)}"
        source = rules.source(f"eligibility.bars.{bar.name_in_paths}")
        yield Row(f"{label(bar.who)}: {label(bar.code)}", shown, source)


def _documents(rules: Rules) -> Iterator[Row]:
    for paper in rules.documents:
        parts = [paper.form or "", _("bắt buộc") if paper.required else _("nếu có")]
        if paper.only_after_recommendation:
            parts.append(_("nộp sau khi được kiến nghị"))
        source = rules.source(f"documents.{paper.code}.required")
        yield Row(either(paper.vi, paper.en), "; ".join(part for part in parts if part), source)


def _panel(rules: Rules, kind: PanelKind, rule: PanelRule) -> Iterator[Row]:
    path = f"panels.{kind}"
    size = _("{least} đến {most} người") if rule.least_members < rule.most_members else _("{least} người")
    members = size.format(least=rule.least_members, most=rule.most_members)
    yield Row(_("Số thành viên"), members, rules.source(f"{path}.least_members"))
    seats = ", ".join(f"{wanted.least} {seat_name(wanted.seat)}" for wanted in rule.seats)
    yield Row(_("Phải có"), seats, rules.source(f"{path}.seats"))
    named = ", ".join(f"{seat.at_least} {seat_name(seat.seat)}" for seat in rule.quorum.named)
    quorum = _("ít nhất {share} thành viên, trong đó có {named}").format(share=rule.quorum.share, named=named)
    yield Row(_("Họp khi có mặt"), quorum, rules.source(f"{path}.quorum"))
    told = {"least_members", "most_members", "seats", "quorum", "vote", "product_team", "product_team_forms"}
    said_where_set = ("from_roster", "representatives", "sat_before")
    yield from _fields(rules, path, rule, without=told | {name for name in said_where_set if not getattr(rule, name)})
    if rule.product_team:
        team = _("{n} người, khi có sản phẩm dạng {forms}").format(n=rule.product_team, forms=", ".join(rule.product_team_forms))
        yield Row(_("Tổ chuyên gia kiểm tra sản phẩm"), team, rules.source(f"{path}.product_team_forms"))
    if rule.vote:
        more = _("quá {share} số {base}") if rule.vote.strictly else _("ít nhất {share} số {base}")
        value = more.format(share=rule.vote.share, base=label(rule.vote.base))
        yield Row(_("Thông qua khi"), value, rules.source(f"{path}.vote"))


def _conflict(rules: Rules, rule: ConflictRule) -> Row:
    panels = ", ".join(panel_name(panel) for panel in rule.panels)
    seats = _("mọi ghế") if set(rule.seats) == set(Seat) else ", ".join(seat_name(seat) for seat in rule.seats)
    parts = [label(rule.effect), panels, seats]
    if rule.within:
        parts.append(_("trong {term} gần nhất").format(term=say_term(rule.within)))
    if rule.may_be_overruled:
        parts.append(_("có thể chấp nhận ngoại lệ, ghi lý do"))
    return Row(label(rule.kind), "; ".join(parts), rules.source(f"conflicts.{rule.code}"))


def _topic_items(rules: Rules) -> Iterator[Row]:
    for place, one in enumerate(rules.topic_items, 1):
        yield Row(f"{place}. {either(one.vi, one.en)}", _("đạt hoặc không đạt"), rules.source(f"topic_items.{one.code}"))


def _answers(rules: Rules) -> Row:
    """Whether, and how long, a team may answer its reviews in writing."""
    value = say_term(rules.answers_to_reviews) if rules.answers_to_reviews else _("không có bước này")
    return Row(_("Chủ nhiệm trả lời nhận xét trước phiên họp"), value, rules.source("answers_to_reviews"))


def _criteria(rules: Rules, scheme: Scheme) -> Iterator[Row]:
    for one in scheme.criteria:
        name = f"{one.number}. {either(one.vi, one.en)}"
        source = rules.source(f"schemes.{scheme.code}.criteria.{one.number}.most")
        yield Row(name, _("tối đa {points} điểm").format(points=one.most), source)


def _limits(rules: Rules) -> Iterator[Row]:
    for limit in rules.limits:
        words = {
            "after": _("trong {term} kể từ {trigger}"),
            "before": _("ít nhất {term} trước {trigger}"),
            "lasting": _("{term} kể từ {trigger}"),
        }[limit.side]
        value = words.format(term=say_term(limit.term), trigger=either(limit.trigger_vi, limit.trigger_en))
        yield Row(either(limit.vi, limit.en), value, rules.source(f"limits.{limit.code}"))


def _expense_groups(rules: Rules) -> Iterator[Row]:
    for group in rules.expense_groups:
        yield Row(str(group.number), either(group.vi, group.en), rules.source(f"expense_groups.{group.number}"))


def _rate(rules: Rules, rate: Rate) -> Row:
    value = _share(rate.share) if rate.amount is None else money.show(rate.amount, language())
    if rate.group == "coefficient" or rate.code == "external_expert_times":
        value = _("{times} lần").format(times=rate.share if rate.share.denominator == 1 else _decimal(rate.share))
    elif rate.amount is not None:
        value = f"{value} / {label(rate.per)}"
    return Row(either(rate.vi, rate.en), value, rules.source(f"rates.{rate.code}"))


def _decimal(share: Fraction) -> str:
    """4/5 as "0,8"; what tenths do not hold stays a fraction."""
    tenths = share * 10
    if tenths.denominator > 1:
        return str(share)
    return f"{tenths.numerator // 10}{',' if language() == 'vi' else '.'}{tenths.numerator % 10}"


def _retention(rules: Rules) -> Iterator[Row]:
    for kept in rules.retention:
        years = _("chưa có") if kept.years is None else _("{n} năm").format(n=kept.years)
        value = _("vĩnh viễn") if kept.permanent else years
        yield Row(either(kept.vi, kept.en), value, rules.source(f"retention.{kept.code}"))


def panel_name(kind: str) -> str:
    """What a kind of panel is called."""
    return {
        PanelKind.TOPIC: _("Hội đồng xác định nhiệm vụ"),
        PanelKind.SELECTION: _("Hội đồng tuyển chọn"),
        PanelKind.APPRAISAL: _("Tổ thẩm định kinh phí"),
        PanelKind.FINAL_EVALUATION: _("Hội đồng nghiệm thu"),
    }[PanelKind(kind)]


def seat_name(seat: str) -> str:
    """What a seat is called."""
    return {
        Seat.CHAIR: _("chủ tịch"),
        Seat.VICE_CHAIR: _("phó chủ tịch"),
        Seat.SECRETARY: _("ủy viên thư ký khoa học"),
        Seat.REVIEWER: _("ủy viên phản biện"),
        Seat.MEMBER: _("ủy viên"),
        Seat.FUNDER: _("đại diện đơn vị cấp kinh phí"),
        Seat.PANEL_REPRESENTATIVE: _("đại diện hội đồng tuyển chọn"),
    }[Seat(seat)]


def label(name: str) -> str:
    """What a field, a section or a code of the rule set is called; KeyError for a name that has none."""
    return {
        "reminders": _("Nhắc nộp phiếu, nhận xét (ngày làm việc)"),
        "before": _("Nhắc trước hạn"),
        "after": _("Nhắc lại sau hạn"),
        "officer_after": _("Báo cán bộ phụ trách sau hạn"),
        "call": _("Thông báo nhận hồ sơ"),
        "minimum_open": _("Thời gian nhận hồ sơ tối thiểu"),
        "second_notice": _("Thông báo lại trong vòng"),
        "task_types": _("Loại hình nhiệm vụ"),
        "funding_modes": _("Phương thức"),
        "eligibility": _("Điều kiện của chủ nhiệm"),
        "pi_minimum_degree": _("Trình độ tối thiểu"),
        "university": _("đại học"),
        "master": _("thạc sĩ"),
        "doctor": _("tiến sĩ"),
        "pi_active_years": _("Số năm hoạt động trong lĩnh vực"),
        "organisation": _("Tổ chức"),
        "pi": _("Chủ nhiệm"),
        "unfinished_project_as_pi": _("đang làm chủ nhiệm nhiệm vụ khác"),
        "overdue_report": _("chưa nộp báo cáo ứng dụng, báo cáo định kỳ quá hạn"),
        "overdue_final_evaluation": _("nộp hồ sơ nghiệm thu quá hạn hơn"),
        "result_unregistered": _("chưa đăng ký kết quả nhiệm vụ"),
        "recovery_unpaid": _("chưa hoàn trả kinh phí phải thu hồi"),
        "suspended_within": _("có nhiệm vụ bị đình chỉ trong"),
        "ceilings": _("Mức trần"),
        "state_amount": _("Ngân sách nhà nước tối đa cho một nhiệm vụ"),
        "months": _("Số tháng thực hiện tối đa"),
        "state_share": _("Tỷ lệ ngân sách nhà nước tối đa"),
        "extensions": _("Số lần gia hạn"),
        "extension_months": _("Gia hạn tối đa (tháng)"),
        "short_task_under_months": _("Nhiệm vụ ngắn là dưới (tháng)"),
        "short_task_extension_months": _("Gia hạn tối đa của nhiệm vụ ngắn (tháng)"),
        "final_evaluation_months": _("Thời gian chuẩn bị nghiệm thu tối đa (tháng)"),
        "reviewers_per_application": _("Số phản biện cho mỗi hồ sơ"),
        "papers_lead": _("Gửi tài liệu trước phiên họp"),
        "review_lead": _("Gửi nhận xét trước phiên họp"),
        "secret_ballot": _("Bỏ phiếu kín"),
        "names_hidden": _("Giấu tên người và tổ chức đăng ký"),
        "counting_board": _("Số người trong ban kiểm phiếu"),
        "absent_opinion": _("Ý kiến của người vắng mặt"),
        "scores_again": _("Chấm lại tại phiên họp, sau thảo luận"),
        "from_roster": _("Số chuyên gia trong danh sách, ít nhất"),
        "representatives": _("Số đại diện cơ quan quản lý, đơn vị sử dụng, ít nhất"),
        "sat_before": _("Số người đã ngồi hội đồng xác định hoặc tuyển chọn, ít nhất"),
        "read_aloud": _("đọc tại phiên họp, không tính phiếu"),
        "not_counted": _("không tính phiếu"),
        "present": _("thành viên có mặt"),
        "members": _("thành viên hội đồng"),
        "ballots": _("phiếu"),
        "same_employer": _("Cùng cơ quan với tổ chức chủ trì"),
        "predecessor_employer": _("Làm ở tổ chức tiền thân hoặc kế thừa"),
        "partner_organisation": _("Làm ở tổ chức phối hợp"),
        "team_member": _("Tham gia nhóm thực hiện"),
        "rival_application": _("Có tên trong hồ sơ cạnh tranh"),
        "kinship": _("Có quan hệ gia đình"),
        "co_work": _("Từng làm chung nhiệm vụ"),
        "supervisor": _("Quan hệ thầy trò, hướng dẫn"),
        "declared_other": _("Tự khai lý do khác"),
        "exclude": _("loại khỏi hội đồng"),
        "warn": _("cảnh báo"),
        "count": _("Cách tính điểm"),
        "deviation_limit": _("Phiếu không hợp lệ khi chênh quá"),
        "deviation_base": _("Độ chênh tính theo"),
        "relative_to_mean": _("phần trăm của điểm trung bình"),
        "points": _("số điểm"),
        "deviation_test": _("Xét phiếu không hợp lệ"),
        "single": _("một lần"),
        "repeated": _("lặp lại đến khi không còn phiếu bị loại"),
        "invalid_flag_share": _("Cảnh báo khi tỷ lệ phiếu không hợp lệ quá"),
        "bonus_percent": _("Điểm cộng (% điểm trung bình)"),
        "bonus_threshold": _("Được cộng điểm khi điểm trung bình từ"),
        "bonus_condition": _("Điều kiện cộng điểm"),
        "lead_proposed_topic": _("tổ chức chủ trì là nơi đề xuất nhiệm vụ"),
        "pass_mark": _("Điểm trung bình tối thiểu"),
        "zero_share": _("Không đạt khi tỷ lệ cho 0 điểm ở một tiêu chí quá"),
        "zero_base": _("Tỷ lệ cho 0 điểm tính trên"),
        "zero_ballots": _("Điểm 0 xét trên"),
        "all": _("mọi phiếu"),
        "valid": _("phiếu hợp lệ"),
        "ties": _("Khi bằng điểm, lần lượt xét"),
        "lower_state_funding": _("đề nghị ngân sách ít hơn"),
        "excellent_project": _("có nhiệm vụ xếp loại xuất sắc"),
        "content_mean": _("điểm nội dung cao hơn"),
        "excellent_within_years": _("Xếp loại xuất sắc trong số năm gần nhất"),
        "decimals": _("Số chữ số thập phân khi ghi"),
        "rounding": _("Làm tròn"),
        "half_up": _("nửa đơn vị trở lên thì làm tròn lên"),
        "judged_on": _("Xét đạt và xếp hạng trên"),
        "exact": _("số chưa làm tròn"),
        "rounded": _("số đã làm tròn"),
        "grades": _("Xếp loại khi nghiệm thu"),
        "quantity_pass_share": _("Tỷ lệ chỉ tiêu số lượng, khối lượng phải đạt"),
        "quantity_least_share": _("Chỉ tiêu chưa đạt vẫn phải có ít nhất"),
        "latest": _("Không đạt khi nộp hồ sơ muộn quá"),
        "council_excellent_share": _("Xuất sắc khi tỷ lệ phiếu xuất sắc từ"),
        "council_fail_over": _("Không đạt khi tỷ lệ phiếu không đạt quá"),
        "base": _("Tỷ lệ phiếu tính trên"),
        "lump_sum": _("Khoán chi"),
        "actual_cost_most_share": _("Khoán đến sản phẩm cuối cùng khi phần không khoán không quá"),
        "actual_cost_most_amount": _("và không quá số tiền"),
        "saving_to_development_fund": _("Tiết kiệm phần không khoán đưa vào quỹ phát triển của tổ chức"),
        "advances": _("Tạm ứng"),
        "first_most": _("Tạm ứng lần đầu tối đa"),
        "within_year_estimate": _("Trong dự toán được giao của năm"),
        "next_after_cleared": _("Tạm ứng tiếp khi đã hoàn ít nhất"),
        "last_needs_grade": _("Thanh toán lần cuối khi nghiệm thu từ mức"),
        "pass": _("đạt"),
        "excellent": _("xuất sắc"),
        "reports": _("Báo cáo định kỳ"),
        "every": _("Chu kỳ báo cáo"),
        "missed_stop": _("Dừng cấp kinh phí khi thiếu (số báo cáo)"),
        "recovery": _("Thu hồi kinh phí khi không đạt"),
        "subjective_final_product": _("Nguyên nhân chủ quan, khoán đến sản phẩm cuối cùng: ít nhất"),
        "subjective_partial": _("Nguyên nhân chủ quan, khoán từng phần: ít nhất"),
        "unproven": _("Chi không chứng minh được"),
        "objective": _("Nguyên nhân khách quan"),
        "within": _("Hoàn trả trong"),
        "person_month": _("người/tháng"),
        "person_session": _("người/buổi"),
        "paper": _("báo cáo"),
        "review": _("bài nhận xét"),
        "brief": _("nhiệm vụ"),
        "task": _("nhiệm vụ"),
        "whole": _("tổng số"),
    }[name]
