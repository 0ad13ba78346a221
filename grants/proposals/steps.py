"""What comes next with an application in each state: who does what by when, as its pages say it to whoever reads them."""

from dataclasses import dataclass, replace
from datetime import date

from grants.calls.tables import Call
from grants.people.people import holds, name_of
from grants.people.tables import Person, Role
from grants.proposals import history, proposals
from grants.proposals.proposals import State
from grants.proposals.tables import Proposal
from grants.rules import rules
from grants.rules.content import Rules
from grants.rules.steps import Step, limit, timed
from grants.shell.changes import now
from grants.shell.dates import Calendar, day_of
from grants.shell.language import N_, _

OFFICER, PANEL = N_("Cán bộ quản lý nhiệm vụ"), N_("Hội đồng tuyển chọn")
TEAM = N_("Chủ nhiệm và nhóm")
TO_OPEN, TO_CONFIRM, JUDGED = "to_open", "to_confirm", "judged"


@dataclass(frozen=True)
class Ahead:
    """What comes next in words. `limits`: the rule set's time limits, one after another, from the day the state began.

    `link` is shown to whoever holds `role`, and without one to all who see the application.
    """

    who: str
    what: str
    after: str = ""
    limits: tuple[str, ...] = ()
    link: str = ""
    role: Role | None = None


AHEAD = {
    State.SUBMITTED: Ahead(
        OFFICER, N_("Mở hồ sơ sau hạn nộp"), N_("Đến hạn nộp, chủ nhiệm còn lấy lại hồ sơ để sửa rồi nộp lại được."), ("opening",),
    ),
    TO_OPEN: Ahead(
        OFFICER, N_("Mở hồ sơ"), N_("Sau đó từng hồ sơ được xác nhận hợp lệ hay không, người nộp được báo bằng thư."), ("opening",),
        "/calls/{call}", Role.OFFICER,
    ),
    TO_CONFIRM: Ahead(
        OFFICER, N_("Xác nhận hồ sơ hợp lệ hay không"), N_("Người nộp được báo kết quả bằng thư, kèm mọi lý do."), ("opening",),
        "/calls/{call}/opening", Role.OFFICER,
    ),
    State.ELIGIBLE: Ahead(
        OFFICER, N_("Lập hội đồng tuyển chọn và mời thành viên"), N_("Thành viên nhận lời rồi đọc và chấm hồ sơ trước phiên họp."),
        link="/calls/{call}", role=Role.OFFICER,
    ),
    State.IN_REVIEW: Ahead(
        PANEL, N_("Chấm hồ sơ, họp và kiểm phiếu"), N_("Hội đồng xếp hạng và kiến nghị hồ sơ được cấp kinh phí."),
        link="/proposals/{id}/review",
    ),
    JUDGED: Ahead(
        N_("Hội đồng, cơ quan quản lý, lãnh đạo tỉnh"), N_("Đánh giá, thẩm định kinh phí và quyết định"),
        N_("Kết quả được báo bằng thư khi lãnh đạo tỉnh đã quyết định; trước đó bạn không phải làm gì."),
    ),
    State.RECOMMENDED: Ahead(
        N_("Tổ thẩm định kinh phí"), N_("Thẩm định từng dòng kinh phí"), N_("Sau đó cơ quan quản lý đề nghị tài chính giữ kinh phí."),
        ("revision", "appraisal_session"), "/appraisals", Role.OFFICER,
    ),
    State.NOT_RECOMMENDED: Ahead(
        N_("Lãnh đạo tỉnh"), N_("Quyết định không phê duyệt"),
        N_("Một quyết định cho các hồ sơ của thông báo; người nộp được báo lý do."),
        link="/calls/{call}/refusals", role=Role.LEADER,
    ),
    State.APPRAISED: Ahead(
        N_("Cơ quan quản lý, cơ quan tài chính, lãnh đạo tỉnh"), N_("Giữ kinh phí rồi quyết định phê duyệt"),
        N_("Mục Kinh phí ghi phần nào đã giữ, phần nào còn chờ."), ("appraisal_revision", "approval"), "/proposals/{id}/money",
    ),
    State.AWARDED: Ahead(
        N_("Cơ quan quản lý và tổ chức chủ trì"), N_("Ký hợp đồng và thực hiện nhiệm vụ"), N_("Mọi việc tiếp theo ở trang nhiệm vụ."),
        link="/proposals/{id}/project",
    ),
    State.DECLINED: Ahead("", N_("Hồ sơ không được phê duyệt, không còn việc gì phải làm"), N_("Kết luận và lý do ở mục Đánh giá.")),
    State.INELIGIBLE: Ahead(
        "", N_("Hồ sơ không hợp lệ, dừng ở đây"), N_("Lý do ở ngay dưới. Có thể sửa rồi nộp vào một thông báo khác."),
    ),
    State.WITHDRAWN: Ahead("", N_("Hồ sơ đã rút, không còn việc gì phải làm")),
}


async def next_step(proposal: Proposal, call: Call, reader: Person, *, office: bool) -> Step:
    """What comes next with a handed-in application; the team learns nothing of the panel's result before the decision."""
    known = proposal.state if office else proposals.outward(proposal.state)
    at = place(known, call, office=office)
    ahead = AHEAD[at]
    link = ahead.link.format(id=proposal.id, call=call.id) if ahead.role is None or holds(reader, ahead.role) else ""
    who = _(ahead.who) if ahead.who else ""
    if ahead.who == OFFICER:
        who = _("{office}: {name}").format(office=who, name=await name_of(call.officer))
    pinned, days = await rules.pinned_with_days(call.rule_set)
    by = await due(proposal, call, at, pinned, days)
    return await timed(Step(who, _(ahead.what), by, link, _(ahead.after) if ahead.after else ""), days)


def place(state: str, call: Call, *, office: bool) -> str:
    """The key of `AHEAD` for an application in a state: being handed in is three places, being judged one for its team."""
    if state == State.SUBMITTED and now() > call.deadline:
        return TO_CONFIRM if call.opened_on else TO_OPEN
    return JUDGED if state == State.IN_REVIEW and not office else state


async def due(proposal: Proposal, call: Call, at: str, pinned: Rules, days: Calendar) -> date | None:
    """By when: the panel's session, which for the team is told only while it lies ahead; else what the rules say."""
    if at in (State.IN_REVIEW, JUDGED):
        ahead = proposal.session_on and proposal.session_on >= day_of(now())
        return proposal.session_on if ahead or at == State.IN_REVIEW else None
    codes = AHEAD[at].limits
    since = call.deadline if "opening" in codes else proposal.since
    return await limit(pinned, since, *codes, days=days) if codes else None


async def draft_step(proposal: Proposal, call: Call, lacking: list, reader: Person) -> Step:
    """What comes next with a draft: finish it, have it certified, hand it in, all before the deadline."""
    here = f"/proposals/{proposal.id}"
    if call.deadline and now() > call.deadline:
        return Step("", _("Đã hết hạn nộp, hồ sơ này không nộp được nữa"))
    only = [one.task for one in lacking] == ["certification"]
    word = await history.last_word(proposal) if only and proposal.signatory else None
    if word and word["did"] == "certification_refused":
        step = Step(_(TEAM), _("Sửa theo ý kiến của thủ trưởng rồi gửi xin xác nhận lại"), link=f"{here}/certification")
    elif only and (word is None or word["did"] != "certification_asked") and proposal.signatory != reader.id:
        step = Step(_(TEAM), _("Gửi thủ trưởng đọc và xác nhận"), after=_("Sau đó chủ nhiệm nộp hồ sơ."), link=f"{here}/certification")
    elif only:
        head = _("Bạn") if proposal.signatory == reader.id else await name_of(proposal.signatory)
        step = Step(head, _("Đọc hồ sơ và xác nhận"), after=_("Sau đó chủ nhiệm nộp hồ sơ."), link=f"{here}/certification")
    elif lacking:
        step = Step(_(TEAM), _("Hoàn thành các phần còn thiếu ({count})").format(count=len(lacking)), link=f"{here}/submission")
    else:
        step = Step(
            _("Bạn") if proposal.lead == reader.id else _("Chủ nhiệm"), _("Kiểm tra lại và nộp hồ sơ"), link=f"{here}/submission",
            after=_("Sau khi nộp có số tiếp nhận; đến hạn vẫn lấy lại để sửa được."),
        )
    return await timed(replace(step, due=call.deadline))
