"""A reason is a code with its exact values; people read it through `say`, in their language."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from grants.rules.words import called
from grants.shell import money
from grants.shell.language import N_, _, language

MONEY = ("asked", "asked_below")
HELD_AGAINST = {
    "mean": ("mark", "threshold"), "deviation": ("limit",), "upper": ("lower",), "lower": ("upper",)
}
SENTENCES = {  # of each code, with places for its values
    # counting
    "no_ballot": N_("Chưa có phiếu nào."),
    "mean_of_all": N_("Điểm trung bình của tất cả {ballots} phiếu: {sum} : {ballots} = {mean}."),
    "ballot_valid": N_("Phiếu {judge}: {total} điểm, chênh {deviation}% so với {mean}: hợp lệ."),
    "ballot_invalid": N_("Phiếu {judge}: {total} điểm, chênh {deviation}% so với {mean}, quá {limit}%: không hợp lệ."),
    "ballot_valid_points": N_("Phiếu {judge}: {total} điểm, chênh {deviation} điểm so với {mean}: hợp lệ."),
    "ballot_invalid_points": N_(
        "Phiếu {judge}: {total} điểm, chênh {deviation} điểm so với {mean}, quá {limit} điểm: không hợp lệ."
    ),
    "mean_of_valid": N_("Điểm trung bình của {ballots} phiếu hợp lệ: {sum} : {ballots} = {mean}."),
    "no_valid_ballot": N_("Không còn phiếu nào hợp lệ nên không tính được điểm."),
    "bonus": N_("Cộng {percent}% điểm trung bình vì tổ chức chủ trì là nơi đề xuất nhiệm vụ: {bonus} điểm."),
    "bonus_below_threshold": N_("Không được cộng điểm: điểm trung bình {mean} chưa đạt {threshold}."),
    "score": N_("Điểm xếp hạng: {mean} + {bonus} = {score}."),
    "zeros_within": N_("Tiêu chí {criterion}: {zeros} trên {base} người cho 0 điểm, không quá {share}."),
    "zeros_over": N_("Tiêu chí {criterion}: {zeros} trên {base} người cho 0 điểm, quá {share}."),
    "passes": N_("Điểm trung bình {mean}, đạt mức {mark} trở lên."),
    "below_pass_mark": N_("Điểm trung bình {mean}, chưa đạt mức {mark}."),
    "majority_invalid": N_("Có {invalid} trên {ballots} phiếu không hợp lệ. Hội đồng cần xem xét trước khi kết luận."),
    # ties
    "tie_lower_state_funding": N_("Cùng {score} điểm; xếp trên vì đề nghị ngân sách ít hơn: {asked} so với {asked_below}."),
    "tie_excellent_project": N_("Cùng {score} điểm; xếp trên vì đã có nhiệm vụ xếp loại xuất sắc."),
    "tie_content_mean": N_("Cùng {score} điểm; xếp trên vì điểm nội dung cao hơn: {upper} so với {lower}."),
    "tie_unresolved": N_("Cùng {score} điểm và ngang nhau ở mọi tiêu chí phụ. Hội đồng quyết định."),
    "tie_at_line": N_("Các hồ sơ đồng hạng {rank} nhiều hơn số chỗ còn lại ({left}). Hội đồng quyết định."),
    "no_place_left": N_("Đạt yêu cầu, nhưng chỉ chọn {places} hồ sơ xếp cao nhất."),
    # quorum
    "too_few_present": N_("Có mặt {present} trên {members} thành viên, cần ít nhất {needed}."),
    "chair_absent": N_("Chủ tịch vắng mặt và không có phó chủ tịch được uỷ quyền."),
    "vice_not_authorised": N_("Chủ tịch vắng mặt, phó chủ tịch có mặt nhưng chưa có giấy uỷ quyền."),
    "seat_absent": N_("Thiếu {seat}: có mặt {present}, cần {needed}."),
    # the panel's make-up
    "too_few_members": N_("Hội đồng có {members} thành viên, cần ít nhất {needed}."),
    "too_many_members": N_("Hội đồng có {members} thành viên, nhiều nhất là {allowed}."),
    "seat_unfilled": N_("Còn thiếu {seat}: có {filled}, cần {needed}."),
    "seat_overfilled": N_("Thừa {seat}: có {filled}, nhiều nhất {allowed}."),
    # topics
    "all_items": N_("Mọi mục đều đạt."),
    "item_fails": N_("«{item}» không đạt."),
    "topic_carried": N_("{yes} trên {base} phiếu đề nghị thực hiện, ít nhất {share}."),
    "topic_carried_strictly": N_("{yes} trên {base} phiếu đề nghị thực hiện, quá {share}."),
    "topic_not_carried": N_("{yes} trên {base} phiếu đề nghị thực hiện, chưa được {share}."),
    "topic_not_carried_strictly": N_("{yes} trên {base} phiếu đề nghị thực hiện, không quá {share}."),
    # final evaluation
    "all_excellent": N_("Mọi chỉ tiêu của sản phẩm đều vượt đặt hàng, báo cáo tổng hợp đạt yêu cầu."),
    "as_ordered": N_("Sản phẩm đạt đặt hàng, báo cáo tổng hợp đạt yêu cầu."),
    "too_late": N_("Hồ sơ nộp ngày {filed}, muộn hơn hạn cuối {latest}."),
    "quality_fails": N_("«{product}» không đạt yêu cầu về chất lượng hoặc chủng loại."),
    "too_few_amounts": N_("Chỉ {reached} trên {amounts} chỉ tiêu số lượng, khối lượng đạt; cần ít nhất {share}."),
    "amount_too_small": N_("«{product}» mới có {achieved} so với {ordered} đặt hàng, dưới mức {share}."),
    "report_fails": N_("Báo cáo tổng hợp không đạt."),
    "votes": N_("{excellent} phiếu xuất sắc, {pass_} phiếu đạt, {fail} phiếu không đạt trên {base}."),
    "council_excellent": N_("Ít nhất {share} bỏ phiếu xuất sắc và không có phiếu không đạt."),
    "council_pass": N_("Không đủ điều kiện xếp loại xuất sắc và không quá {share} bỏ phiếu không đạt."),
    "council_fail": N_("Quá {share} bỏ phiếu không đạt."),
}


@dataclass(frozen=True)
class Reason:
    """One step, finding or flag: what was found, and the exact numbers it was found with."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)


def rounded(score: Fraction, decimals: int) -> Fraction:
    """Half up, as a clerk rounds: 78,125 becomes 78,13. Scores are never negative."""
    unit = 10**decimals
    return Fraction((2 * score.numerator * unit + score.denominator) // (2 * score.denominator), unit)


def number(score: Fraction, decimals: int) -> str:
    """An exact number for people, rounded half up: "78,33", in English "78.33"."""
    whole, part = divmod(rounded(score, decimals) * 10**decimals, 10**decimals)
    sign = "," if language() == "vi" else "."
    return f"{whole}{sign}{int(part):0{decimals}d}" if decimals else str(whole)


def signed(value: Fraction | float, decimals: int) -> str:
    """The same of what may be below nought: "−3,2"."""
    size = number(abs(Fraction(value)), decimals)
    return f"−{size}" if value < 0 and any(digit in "123456789" for digit in size) else size


def say(reason: Reason, decimals: int = 2) -> str:
    """The sentence for people. Scores have `decimals` decimals, or more where two numbers would else look equal."""
    return _(SENTENCES[reason.code]).format(**{name: _show(name, reason.values, decimals) for name in reason.values})


def stored(reason: Reason) -> dict[str, Any]:
    """The reason as JSON can keep it, exact numbers marked as such."""
    return {"code": reason.code, "values": {name: _kept(value) for name, value in reason.values.items()}}


def restored(record: dict[str, Any]) -> Reason:
    """The reason that `stored` wrote."""
    return Reason(record["code"], {name: _found(value) for name, value in record["values"].items()})


def plain(value: Any) -> Any:
    """A score as JSON can keep it: "numerator/denominator"."""
    return f"{value.numerator}/{value.denominator}" if isinstance(value, Fraction) else value


def _kept(value: Any) -> Any:
    return {"exact": plain(value)} if isinstance(value, Fraction) else value


def _found(value: Any) -> Any:
    return Fraction(value["exact"]) if isinstance(value, dict) else value


def _show(name: str, values: dict[str, Any], decimals: int) -> Any:
    """One value for people: shares as 3/4, money with dots, seats by their names, scores with decimals."""
    value = values[name]
    if name == "seat":
        return called(value)
    if name in MONEY:
        return money.show(value, language())
    if not isinstance(value, Fraction):
        return value
    return str(value) if name in ("share", "ordered", "achieved") else number(value, _telling(name, values, decimals))


def _telling(name: str, values: dict[str, Any], decimals: int) -> int:
    """As many decimals as it takes so that 69,996 does not read "70,00 is below 70"."""
    against = [Fraction(values[other]) for other in HELD_AGAINST.get(name, ()) if other in values]
    for more in range(decimals, decimals + 8):
        if all(other == values[name] or rounded(other, more) != rounded(values[name], more) for other in against):
            return more
    return decimals + 8
