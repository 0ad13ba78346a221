"""What a rule set holds: the law's numbers as plain values, and beside them where each one comes from.

A `RuleSet` row keeps `content` as JSON; `rules_of(content)` turns it into `Rules`, which is read as
`rules.count.pass_mark` or `rules.panels["selection"].quorum.share`. `None` is never zero: of a ceiling it means that the
texts at hand do not say one, of a term that there is none. Each field carries its title: the form, the overview and the
differences between two rule sets are all made out of these classes.
"""

import json
from functools import lru_cache
from typing import Annotated, Any, Literal, Self

from pydantic import model_validator

from grants.rules.citations import nearest
from grants.rules.panels import Base, ConflictKind, ConflictRule, NamedSeat, PanelKind, PanelRule, QuorumRule, Seat, VoteRule
from grants.rules.scoring import CountRule, Criterion, Grades, Scheme, TieBreak
from grants.rules.spending import Advances, ExpenseGroup, LumpSum, Rate, Recovery
from grants.rules.values import Among, Code, Count, Money, Named, Part, Prose, Share, Source, Span, Term, Words, distinct, hold, told
from grants.shell.language import N_, _

__all__ = [  # the other rooms find all of it here
    "Advances", "Base", "ConflictKind", "ConflictRule", "CountRule", "Criterion", "Grades", "NamedSeat", "PanelKind", "PanelRule",
    "QuorumRule", "Rules", "Scheme", "Seat", "Span", "Term", "TieBreak", "VoteRule", "rules_of",
]
LOOKED_UP = ("result_registration", "final_file", "transfer_registration")  # time limits that verbs ask for by their code


class LegalText(Part):
    number: Words = told(N_("Số, ký hiệu"))
    title: Words = told(N_("Trích yếu"))


class Regime(Part):
    """The laws and circulars this rule set stands on, and what happens to work approved under the one before."""

    texts: tuple[LegalText, ...] = told(N_("Văn bản"))
    transition: Prose = told(N_("Chuyển tiếp"))


class TaskType(Named):
    """A kind of task and the scoring scheme it is judged by."""

    scheme: Annotated[Code, Among("schemes")] = told(N_("Thang điểm"))


class CallRules(Part):
    """How long a call stays open, and within which time a second notice must follow when nobody came."""

    minimum_open: Span = told(N_("Thời gian nhận hồ sơ tối thiểu"))
    second_notice: Term = told(N_("Thông báo lại trong vòng"), checked=False)


class RequiredDocument(Named):
    """A paper of the dossier. An empty `task_types` means: for every task type."""

    form: Words | None = told(N_("Mẫu"))
    required: bool = told(N_("Bắt buộc"))
    only_after_recommendation: bool = told(N_("Nộp sau khi được kiến nghị"))
    task_types: Annotated[tuple[Code, ...], Among("task_types")] = told(
        N_("Dành cho loại hình"), hint=N_("Không chọn loại nào: mọi loại hình.")
    )


class Bar(Part):
    """A ground on which an organisation or a lead person is turned away, tested at the submission deadline."""

    code: Literal[
        "unfinished_project_as_pi", "overdue_report", "overdue_final_evaluation",
        "result_unregistered", "recovery_unpaid", "suspended_within",
    ] = told(N_("Trường hợp"))
    who: Literal["organisation", "pi"] = told(N_("Áp dụng với"))
    on: bool = told(N_("Đang áp dụng"))
    term: Span | None = told(N_("Thời gian"))

    @property
    def name_in_paths(self) -> str:
        return f"{self.who}_{self.code}"


class Eligibility(Part):
    pi_minimum_degree: Literal["university", "master", "doctor"] = told(N_("Trình độ tối thiểu"))
    pi_active_years: Count = told(N_("Số năm hoạt động trong lĩnh vực"), checked=False)
    bars: tuple[Bar, ...] = told(N_("Trường hợp không được đăng ký"))

    @model_validator(mode="after")
    def names_each_ground_once(self) -> Self:
        distinct(self.bars, "bars", "who", "code")
        return self

    def bars_on(self, who: str) -> dict[str, Bar]:
        """The grounds in force against an "organisation" or a "pi", by code."""
        return {bar.code: bar for bar in self.bars if bar.on and bar.who == who}


class Ceilings(Part):
    """The most that may be asked for (đồng, months, share of state money) and how often a task may be extended."""

    state_amount: Money | None = told(N_("Ngân sách nhà nước tối đa cho một nhiệm vụ"))
    months: Count | None = told(N_("Số tháng thực hiện tối đa"))
    state_share: Share | None = told(N_("Tỷ lệ ngân sách nhà nước tối đa"))
    extensions: Count | None = told(N_("Số lần gia hạn"))
    extension_months: Count | None = told(N_("Gia hạn tối đa (tháng)"))
    short_task_under_months: Count | None = told(N_("Nhiệm vụ ngắn là dưới (tháng)"))
    short_task_extension_months: Count | None = told(N_("Gia hạn tối đa của nhiệm vụ ngắn (tháng)"))
    final_evaluation_months: Count | None = told(N_("Thời gian chuẩn bị nghiệm thu tối đa (tháng)"), checked=False)


class Reports(Part):
    every: Term = told(N_("Chu kỳ báo cáo"))
    missed_stop: Count = told(N_("Dừng cấp kinh phí khi thiếu (số báo cáo)"))


class Reminders(Part):
    """When a member whose ballot or review is still open is reminded, and its officer told, in working days."""

    before: Count = told(N_("Nhắc trước hạn"))
    after: Count = told(N_("Nhắc lại sau hạn"))
    officer_after: Count = told(N_("Báo cán bộ phụ trách sau hạn"))


class TimeLimit(Named):
    """`value` counted from `trigger`: at most that long after it, at least that long before it, or lasting that long."""

    term: Term = told(N_("Thời gian"))
    trigger: Code = told(N_("Mã của mốc tính"), hint=N_("Để trống thì đặt theo tên của mốc."))
    trigger_vi: Words = told(N_("Tính từ mốc"))
    trigger_en: Words = told(N_("Mốc bằng tiếng Anh"))
    side: Literal["after", "before", "lasting"] = told(N_("Cách tính"))


class Retention(Named):
    """How long a kind of record is kept; `permanent` needs no years."""

    permanent: bool = told(N_("Lưu vĩnh viễn"))
    years: Count | None = told(N_("Số năm lưu"))


class Rules(Part):
    regime: Regime = told(N_("Căn cứ"))
    task_types: tuple[TaskType, ...] = told(N_("Loại hình nhiệm vụ"))
    funding_modes: tuple[Named, ...] = told(N_("Phương thức"), checked=False)
    call: CallRules = told(N_("Thông báo nhận hồ sơ"))
    topic_items: tuple[Named, ...] = told(N_("Phiếu đánh giá đề xuất nhiệm vụ"), default=())  # each is voted «Đạt» or not
    documents: tuple[RequiredDocument, ...] = told(N_("Giấy tờ trong hồ sơ"))
    eligibility: Eligibility = told(N_("Điều kiện của chủ nhiệm"))
    ceilings: Ceilings = told(N_("Mức trần"))
    panels: dict[PanelKind, PanelRule] = told(N_("Hội đồng"))
    conflicts: tuple[ConflictRule, ...] = told(N_("Xung đột lợi ích"))
    schemes: tuple[Scheme, ...] = told(N_("Thang điểm"))
    count: CountRule = told(N_("Cách tính điểm"))
    lump_sum: LumpSum = told(N_("Khoán chi"))
    advances: Advances = told(N_("Tạm ứng"))
    reports: Reports = told(N_("Báo cáo định kỳ"))
    grades: Grades = told(N_("Xếp loại khi nghiệm thu"))
    reminders: Reminders = told(
        N_("Nhắc nộp phiếu, nhận xét (ngày làm việc)"), default=Reminders(before=3, after=1, officer_after=2)
    )
    answers_to_reviews: Term | None = told(  # how long a team may answer its reviews in writing
        N_("Chủ nhiệm trả lời nhận xét trước phiên họp"), default=None, hint=N_("Để trống: không có bước này.")
    )
    limits: tuple[TimeLimit, ...] = told(N_("Thời hạn"))
    rates: tuple[Rate, ...] = told(N_("Định mức chi"))
    expense_groups: tuple[ExpenseGroup, ...] = told(N_("Nhóm chi"))
    recovery: Recovery = told(N_("Thu hồi kinh phí khi không đạt"))
    retention: tuple[Retention, ...] = told(N_("Lưu giữ hồ sơ"))
    sources: dict[str, Source] = told(N_("Căn cứ của từng giá trị"))

    @model_validator(mode="after")
    def is_sound(self) -> Self:
        for name in ("task_types", "funding_modes", "topic_items", "documents", "conflicts", "schemes", "limits", "rates", "retention"):
            distinct(getattr(self, name), name, "code")
        distinct(self.regime.texts, "regime.texts", "number")
        distinct(self.expense_groups, "expense_groups", "number")
        hold(set(self.panels) == set(PanelKind), _("Bộ quy tắc phải có quy định cho từng loại hội đồng."), "panels")
        hold(set(LOOKED_UP) <= {limit.code for limit in self.limits}, _("Không bỏ được thời hạn mà hệ thống đang dùng để tính."), "limits")
        schemes, types = {one.code for one in self.schemes}, {one.code for one in self.task_types}
        for place, kind in enumerate(self.task_types):
            hold(kind.scheme in schemes, _("Thang điểm này không có trong bộ quy tắc."), f"task_types.{place}.scheme")
        for place, paper in enumerate(self.documents):
            hold(set(paper.task_types) <= types, _("Loại hình này không có trong bộ quy tắc."), f"documents.{place}.task_types")
        return self

    def scheme(self, code: str) -> Scheme:
        return _coded(self.schemes, code)

    def scheme_for(self, task_type: str) -> Scheme:
        """The scoring scheme that a task of this type is judged by."""
        return self.scheme(_coded(self.task_types, task_type).scheme)

    def rate(self, code: str) -> Rate:
        """A rate by its code; a panel's fees are "<panel>_<seat>" and "<panel>_review_<reviewer|member>"."""
        return _coded(self.rates, code)

    def limit(self, code: str) -> Term:
        return _coded(self.limits, code).term

    def documents_for(self, task_type: str, *, recommended: bool = False) -> tuple[RequiredDocument, ...]:
        """The papers asked for: with the application, or (`recommended`) those due only after the recommendation."""
        return tuple(
            paper for paper in self.documents
            if paper.only_after_recommendation == recommended and (not paper.task_types or task_type in paper.task_types)
        )

    def conflict(self, kind: str, panel: str, seat: str = Seat.MEMBER) -> ConflictRule | None:
        """What this tie does to this seat of this panel; None when the rule set says nothing about it."""
        return next(
            (rule for rule in self.conflicts if rule.kind == kind and panel in rule.panels and seat in rule.seats), None
        )

    def source(self, path: str) -> Source:
        """Where the value at a path such as "count.pass_mark" or "rates.pi_month.amount" comes from."""
        if source := nearest(self.sources, path):
            return source
        root = path.split(".")[0]
        if root in Rules.model_fields and root not in self.model_fields_set:  # a rule set kept before this rule was known
            return Source(basis=_("Mặc định của hệ thống"), tag="D", unverified=True)
        raise KeyError(path)


def rules_of(content: dict[str, Any] | str) -> Rules:
    """The rules out of a rule set's stored JSON. Raises pydantic's ValidationError when they are not sound."""
    return _read(content if isinstance(content, str) else json.dumps(content))


@lru_cache(maxsize=64)
def _read(text: str) -> Rules:
    return Rules.model_validate_json(text)


def _coded(items: tuple[Any, ...], code: str) -> Any:
    for item in items:
        if item.code == code:
            return item
    raise KeyError(code)
