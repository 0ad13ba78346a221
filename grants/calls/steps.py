"""What comes next with a call: who does what by when, as far as its reader may know how its applications stand."""

from grants.calls import calls
from grants.calls.calls import State
from grants.calls.tables import Call, Topic
from grants.people.people import holds
from grants.people.tables import Person, Role
from grants.rules.content import Rules
from grants.rules.steps import Step, limit, timed
from grants.shell.changes import now
from grants.shell.dates import show_time
from grants.shell.language import N_, _, language

OFFICER, APPLICANTS = N_("Cán bộ quản lý nhiệm vụ"), N_("Người nộp hồ sơ")
OFFICES = (Role.OFFICER, Role.LEADER, Role.FINANCE, Role.AUDITOR)

# After the opening: the state of the applications that are furthest behind → who, what, where, and who may go there.
BEHIND = {
    "submitted": (OFFICER, N_("Xác nhận {count} hồ sơ hợp lệ hay không"), "/calls/{id}/opening", Role.OFFICER),
    "eligible": (OFFICER, N_("Lập hội đồng tuyển chọn cho {count} hồ sơ hợp lệ và mời thành viên"), "/panels", Role.OFFICER),
    "in_review": (N_("Hội đồng tuyển chọn"), N_("Chấm {count} hồ sơ, họp và kiểm phiếu"), "/panels", Role.OFFICER),
    "recommended": (N_("Tổ thẩm định kinh phí"), N_("Thẩm định kinh phí {count} hồ sơ được kiến nghị"), "/appraisals", Role.OFFICER),
    "appraised": (
        N_("Cơ quan quản lý, cơ quan tài chính, lãnh đạo tỉnh"), N_("Giữ kinh phí và quyết định {count} hồ sơ đã thẩm định"),
        "/proposals?state=appraised&call={id}", Role.OFFICER,
    ),
    "not_recommended": (
        N_("Lãnh đạo tỉnh"), N_("Quyết định {count} hồ sơ không được kiến nghị"), "/calls/{id}/refusals", Role.LEADER,
    ),
}


async def next_step(call: Call, reader: Person, *, lacking: list[str], counted: dict[str, int], pinned: Rules) -> Step:
    """`lacking`: what stands against publication; `counted`: how many applications are in which state."""
    if call.state == State.DRAFT:
        return Step(_(OFFICER), _("Chạy thử để xem trang như người nộp hồ sơ"), after=_("Sau khi chạy thử thì công bố."))
    if call.state == State.DRY_RUN:
        return Step(_(OFFICER), _("Bổ sung những gì còn thiếu rồi công bố") if lacking else _("Công bố thông báo"))
    if call.state == State.CANCELLED:
        return Step("", _("Thông báo đã huỷ, không nhận hồ sơ"))
    if now() <= call.deadline:
        what = _("Nộp hồ sơ") if calls.is_open(call) else _("Nộp hồ sơ từ {moment}").format(moment=show_time(call.opens_at, language()))
        after = _("Sau hạn nộp, cơ quan quản lý mở hồ sơ và báo từng người nộp.")
        return await timed(Step(_(APPLICANTS), what, call.deadline, after=after))
    if call.opened_on is None:
        due = await limit(pinned, call.deadline, "opening")
        return await timed(Step(_(OFFICER), _("Mở hồ sơ"), due, after=_("Sau đó từng hồ sơ được xác nhận hợp lệ hay không.")))
    return judging(call, reader, counted)


def judging(call: Call, reader: Person, counted: dict[str, int]) -> Step:
    """Between the opening and the last decision; only offices learn how far the applications are."""
    open_ones = next((state for state in BEHIND if counted.get(state)), None)
    if open_ones is None:
        return Step("", _("Mọi hồ sơ của thông báo đã có kết quả"))
    if not holds(reader, *OFFICES):
        who, after = _("Hội đồng, cơ quan quản lý, lãnh đạo tỉnh"), _("Người nộp được báo kết quả bằng thư.")
        return Step(who, _("Đánh giá và quyết định"), after=after)
    who, what, link, role = BEHIND[open_ones]
    return Step(_(who), _(what).format(count=counted[open_ones]), link=link.format(id=call.id) if holds(reader, role) else "")


def of_topic(topic: Topic) -> Step:
    """What comes next with a suggested topic."""
    if topic.state == Topic.State.SUGGESTED:
        after = _("Nhiệm vụ được phê duyệt thì cơ quan quản lý thông báo tuyển chọn.")
        return Step(_("Lãnh đạo tỉnh"), _("Phê duyệt đưa vào danh mục"), after=after)
    if topic.state == Topic.State.APPROVED:
        return Step(_(OFFICER), _("Soạn thông báo tuyển chọn cho nhiệm vụ này"))
    return Step("", _("Đề xuất không được phê duyệt"))
