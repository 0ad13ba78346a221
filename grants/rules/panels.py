"""What a rule set says of panels: who sits on them, when they may decide, what carries a motion, and which ties bar an expert."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from grants.rules.values import Code, Count, Part, Share, Span, Term, Words, distinct, hold, told
from grants.shell.language import N_, _


class PanelKind(StrEnum):
    TOPIC = "topic"
    SELECTION = "selection"
    APPRAISAL = "appraisal"
    FINAL_EVALUATION = "final_evaluation"


class Seat(StrEnum):
    """What a person sits on a panel as. The appraisal team adds the funder's and the panel's representative."""

    CHAIR = "chair"
    VICE_CHAIR = "vice_chair"
    SECRETARY = "secretary"
    REVIEWER = "reviewer"
    MEMBER = "member"
    FUNDER = "funder"
    PANEL_REPRESENTATIVE = "panel_representative"


class SeatRule(Part):
    seat: Seat = told(N_("Chức danh"))
    least: Count = told(N_("Ít nhất (người)"))
    most: Count = told(N_("Nhiều nhất (người)"))

    @model_validator(mode="after")
    def is_a_range(self) -> Self:
        hold(self.least <= self.most, _("Số nhiều nhất không được nhỏ hơn số ít nhất."), "most")
        return self


class NamedSeat(Part):
    """A seat that must be there in person, for the session to be valid."""

    seat: Seat = told(N_("Chức danh"))
    at_least: Annotated[Count, Field(ge=1)] = told(N_("Ít nhất (người)"))
    authorised_vice_may_stand_in: bool = told(N_("Phó chủ tịch được ủy quyền thay"))


class QuorumRule(Part):
    """The share of all members that must be present, rounded up, and who must be among them."""

    share: Share = told(N_("Tỷ lệ thành viên có mặt, ít nhất"))
    named: tuple[NamedSeat, ...] = told(N_("Phải có mặt"))

    @model_validator(mode="after")
    def can_be_met(self) -> Self:
        distinct(self.named, "named", "seat")
        return self


class Base(StrEnum):
    """What a share of votes is taken of."""

    PRESENT = "present"
    MEMBERS = "members"
    BALLOTS = "ballots"


class VoteRule(Part):
    """What carries a motion: this share of the base; `strictly` means more than the share, not just equal to it."""

    share: Share = told(N_("Tỷ lệ"))
    base: Base = told(N_("Tính trên"))
    strictly: bool = told(N_("Phải quá tỷ lệ này, bằng thì chưa đủ"))


class PanelRule(Part):
    least_members: Count = told(N_("Số thành viên, ít nhất"))
    most_members: Count = told(N_("Số thành viên, nhiều nhất"))
    seats: tuple[SeatRule, ...] = told(N_("Phải có"))
    reviewers_per_application: Count = told(N_("Số phản biện cho mỗi hồ sơ"))
    quorum: QuorumRule = told(N_("Họp khi có mặt"))
    papers_lead: Term | None = told(N_("Gửi tài liệu trước phiên họp"))
    review_lead: Term | None = told(N_("Gửi nhận xét trước phiên họp"))
    secret_ballot: bool = told(N_("Bỏ phiếu kín"))
    names_hidden: bool = told(N_("Giấu tên người và tổ chức đăng ký"))
    counting_board: Count = told(N_("Số người trong ban kiểm phiếu"))
    absent_opinion: Literal["read_aloud", "not_counted"] = told(N_("Ý kiến của người vắng mặt"), checked=False)
    vote: VoteRule | None = told(N_("Thông qua khi"), hint=N_("Tỷ lệ để trống: hội đồng này không biểu quyết thông qua."))
    scores_again: bool = told(N_("Chấm lại tại phiên họp, sau thảo luận"), default=False)
    all_write_reviews: bool = told(N_("Mọi thành viên viết nhận xét, không chỉ ủy viên phản biện"), default=False)
    from_roster: Count | None = told(N_("Số chuyên gia trong danh sách, ít nhất"), default=None)
    representatives: Count | None = told(N_("Số đại diện cơ quan quản lý, đơn vị sử dụng, ít nhất"), default=None)
    sat_before: Count = told(  # where there were such
        N_("Số người đã tham gia hội đồng xác định hoặc tuyển chọn, ít nhất"), default=0
    )
    product_team: Count = told(N_("Số người trong tổ chuyên gia kiểm tra sản phẩm"), default=0)
    product_team_forms: tuple[Words, ...] = told(
        N_("Kiểm tra khi có sản phẩm dạng"), default=(), hint=N_("Cách nhau bằng dấu phẩy, ví dụ: II, III.")
    )

    @model_validator(mode="after")
    def can_be_formed(self) -> Self:
        hold(self.least_members <= self.most_members, _("Số nhiều nhất không được nhỏ hơn số ít nhất."), "most_members")
        distinct(self.seats, "seats", "seat")
        wanted = sum(rule.least for rule in self.seats)
        too_many = _("Các chức danh phải có cộng lại là {count} người, quá số thành viên nhiều nhất.").format(count=wanted)
        hold(wanted <= self.most_members, too_many, "most_members")
        return self


class ConflictKind(StrEnum):
    SAME_EMPLOYER = "same_employer"
    PREDECESSOR_EMPLOYER = "predecessor_employer"
    PARTNER_ORGANISATION = "partner_organisation"
    TEAM_MEMBER = "team_member"
    RIVAL_APPLICATION = "rival_application"
    KINSHIP = "kinship"
    CO_WORK = "co_work"
    SUPERVISOR = "supervisor"
    DECLARED_OTHER = "declared_other"


class ConflictRule(Part):
    """What a tie between an expert and an application does, on which panels and for which seats."""

    code: Code = told(N_("Mã"), hint=N_("Mã để hệ thống nhận ra mục này; để trống thì đặt theo tên."))
    kind: ConflictKind = told(N_("Quan hệ"))
    panels: tuple[PanelKind, ...] = told(N_("Ở các hội đồng"))
    seats: tuple[Seat, ...] = told(N_("Với các chức danh"))
    effect: Literal["exclude", "warn"] = told(N_("Hệ quả"))
    may_be_overruled: bool = told(N_("Có thể chấp nhận ngoại lệ, ghi lý do"))
    within: Span | None = told(N_("Trong thời gian gần nhất"), hint=N_("Để trống: không giới hạn thời gian."))
