"""What a rule set says of scores: the criteria of a scheme, how ballots become a ranking, how a finished task is graded."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from grants.rules.values import Count, Mark, Named, Number, Part, Points, Prose, Share, Span, Words, hold, told
from grants.shell.language import N_, _


class Criterion(Part):
    number: Number = told(N_("Số thứ tự"))
    vi: Words = told(N_("Tên"))
    en: Words = told(N_("Tên tiếng Anh"))
    most: Points = told(N_("Điểm tối đa"))
    guidance_vi: Prose = told(N_("Hướng dẫn chấm"))
    guidance_en: Prose = told(N_("Hướng dẫn chấm bằng tiếng Anh"))
    comment_required: bool = told(N_("Phải ghi nhận xét"))


class Scheme(Named):
    """A set of criteria. `content_criteria` are those whose mean breaks a tie "on content and implementation"."""

    total: Points = told(N_("Tổng điểm"))
    content_criteria: tuple[Number, ...] = told(
        N_("Tiêu chí về nội dung, phương án thực hiện"), hint=N_("Số thứ tự của tiêu chí, cách nhau bằng dấu phẩy.")
    )
    criteria: tuple[Criterion, ...] = told(N_("Tiêu chí"))

    @model_validator(mode="after")
    def adds_up(self) -> Self:
        numbers = [criterion.number for criterion in self.criteria]
        hold(numbers == list(range(1, len(numbers) + 1)), _("Tiêu chí phải đánh số liên tục 1, 2, 3…"), "criteria")
        points = sum(criterion.most for criterion in self.criteria)
        adding = _("Điểm tối đa của các tiêu chí cộng lại là {points}, không bằng tổng điểm.").format(points=points)
        hold(points == self.total, adding, "total")
        among = self.content_criteria and set(self.content_criteria) <= set(numbers)
        hold(among, _("Hãy ghi số thứ tự của những tiêu chí có trong thang điểm này."), "content_criteria")
        return self


class TieBreak(StrEnum):
    LOWER_STATE_FUNDING = "lower_state_funding"
    EXCELLENT_PROJECT = "excellent_project"
    CONTENT_MEAN = "content_mean"


class CountRule(Part):
    """How ballots become a score, and scores a ranking (TT 20/2023 Đ11). Marks in points, percents of 100."""

    deviation_limit: Count = told(N_("Phiếu không hợp lệ khi chênh quá"))
    deviation_base: Literal["relative_to_mean", "points"] = told(N_("Độ chênh tính theo"))
    deviation_test: Literal["single", "repeated"] = told(N_("Xét phiếu không hợp lệ"))
    invalid_flag_share: Share = told(N_("Cảnh báo khi tỷ lệ phiếu không hợp lệ quá"))
    bonus_percent: Count = told(N_("Điểm cộng (% điểm trung bình)"))
    bonus_threshold: Points = told(N_("Được cộng điểm khi điểm trung bình từ"))
    bonus_condition: Literal["lead_proposed_topic"] = told(N_("Điều kiện cộng điểm"), checked=False)
    pass_mark: Points = told(N_("Điểm trung bình tối thiểu"))
    zero_share: Share = told(N_("Không đạt khi tỷ lệ cho 0 điểm ở một tiêu chí quá"))
    zero_base: Literal["present", "ballots"] = told(N_("Tỷ lệ cho 0 điểm tính trên"))
    zero_ballots: Literal["all", "valid"] = told(N_("Điểm 0 xét trên"))
    ties: Annotated[tuple[TieBreak, ...], Mark("ordered")] = told(N_("Khi bằng điểm, lần lượt xét"))
    excellent_within_years: Count = told(N_("Xếp loại xuất sắc trong số năm gần nhất"))
    decimals: Annotated[int, Field(ge=0, le=6)] = told(N_("Số chữ số thập phân khi ghi"))
    rounding: Literal["half_up"] = told(N_("Làm tròn"))
    judged_on: Literal["exact", "rounded"] = told(N_("Xét đạt và xếp hạng trên"))


class Grades(Part):
    """How members' and the panel's grades of a finished task come about (TT 11/2014)."""

    quantity_pass_share: Share = told(N_("Tỷ lệ chỉ tiêu số lượng, khối lượng phải đạt"))
    quantity_least_share: Share = told(N_("Chỉ tiêu chưa đạt vẫn phải có ít nhất"))
    latest: Span = told(N_("Không đạt khi nộp hồ sơ muộn quá"))
    council_excellent_share: Share = told(N_("Xuất sắc khi tỷ lệ phiếu xuất sắc từ"))
    council_fail_over: Share = told(N_("Không đạt khi tỷ lệ phiếu không đạt quá"))
    base: Literal["present", "ballots"] = told(N_("Tỷ lệ phiếu tính trên"))
