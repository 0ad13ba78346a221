"""What a rule set says of money: lump sums, advances, ceilings of rates, groups of expenses, what is paid back."""

from enum import StrEnum
from typing import Literal, Self

from pydantic import model_validator

from grants.rules.values import Money, Named, Number, Part, Share, Term, Times, Words, hold, told
from grants.shell.language import N_, _


class LumpSum(Part):
    """When a task may be paid against its final product: what is bought at actual cost stays under both limits."""

    actual_cost_most_share: Share = told(N_("Khoán đến sản phẩm cuối cùng khi phần không khoán không quá"))
    actual_cost_most_amount: Money = told(N_("và không quá số tiền"))
    saving_to_development_fund: Share = told(N_("Tiết kiệm phần không khoán đưa vào quỹ phát triển của tổ chức"))


class Advances(Part):
    """The first advance at most this share of the state money; the next once this share of the earlier is cleared."""

    first_most: Share = told(N_("Tạm ứng lần đầu tối đa"))
    within_year_estimate: bool = told(N_("Trong dự toán được giao của năm"))
    next_after_cleared: Share = told(N_("Tạm ứng tiếp khi đã hoàn ít nhất"))
    last_needs_grade: Literal["pass", "excellent"] = told(N_("Thanh toán lần cuối khi nghiệm thu từ mức"))


class RateGroup(StrEnum):
    REMUNERATION = "remuneration"
    COEFFICIENT = "coefficient"
    WORKSHOP = "workshop"
    OVERHEAD = "overhead"
    PANEL = "panel"
    EXPERT = "expert"


class Rate(Named):
    """A ceiling: an amount in đồng for the unit, or a share of something. Exactly one of the two."""

    group: RateGroup = told(N_("Nhóm định mức"))
    amount: Money | None = told(N_("Mức tiền tối đa"))
    share: Times | None = told(N_("hoặc tỷ lệ, hệ số"))
    per: Literal["person_month", "person_session", "paper", "review", "brief", "task", "whole"] = told(N_("Tính cho mỗi"))

    @model_validator(mode="after")
    def is_one_of_two(self) -> Self:
        hold((self.amount is None) != (self.share is None), _("Hãy ghi mức tiền hoặc tỷ lệ, chỉ một trong hai."), "amount")
        return self


class ExpenseGroup(Part):
    number: Number = told(N_("Số thứ tự"))
    vi: Words = told(N_("Tên"))
    en: Words = told(N_("Tên tiếng Anh"))


class Recovery(Part):
    """What is paid back of the state money used when a task fails, and within which time."""

    subjective_final_product: Share = told(N_("Nguyên nhân chủ quan, khoán đến sản phẩm cuối cùng: ít nhất"))
    subjective_partial: Share = told(N_("Nguyên nhân chủ quan, khoán từng phần: ít nhất"))
    unproven: Share = told(N_("Chi không chứng minh được"))
    objective: Share = told(N_("Nguyên nhân khách quan"))
    within: Term = told(N_("Hoàn trả trong"))
