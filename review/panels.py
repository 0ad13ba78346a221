"""Panels: an officer founds one for a call, seats its members, shares out the applications and invites."""

from collections.abc import Iterable
from datetime import date, datetime
from types import SimpleNamespace

from piccolo.columns.combination import Combinable
from piccolo.query import Objects

from grants.calls import calls
from grants.calls.tables import Call
from grants.people import people
from grants.people.people import holds, titled, today
from grants.people.tables import Person, Role
from grants.projects.tables import Project
from grants.proposals import proposals
from grants.proposals.tables import Proposal
from grants.rules import rules as rule_sets
from grants.rules.content import PanelKind, PanelRule
from grants.shell import mail
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB, rows
from grants.shell.dates import day_of, show_date, show_time
from grants.shell.language import N_, _, language
from review import conflicts
from review.tables import Panel, Seat

State, Part = Panel.State, Seat.Part
WORDS = {
    State.FORMING: (N_("Đang thành lập"), "neutral"),
    State.INVITED: (N_("Đã mời, đang đánh giá"), "progress"),
    State.IN_SESSION: (N_("Đang họp"), "progress"),
    State.COUNTED: (N_("Đã kiểm phiếu"), "good"),
    State.CLOSED: (N_("Đã kết thúc"), "good"),
}
PARTS = {
    Part.CHAIR: N_("Chủ tịch"),
    Part.VICE_CHAIR: N_("Phó chủ tịch"),
    Part.SECRETARY: N_("Ủy viên thư ký khoa học"),
    Part.MEMBER: N_("Ủy viên"),
}
NEXT = {
    State.FORMING: {State.INVITED},
    State.INVITED: {State.IN_SESSION},
    State.IN_SESSION: {State.COUNTED},
    State.COUNTED: {State.CLOSED},
    State.CLOSED: set(),
}
OPEN = (State.FORMING, State.INVITED)  # while members may still come and go
SEE_ALL = (Role.OFFICER, Role.ASSOCIATION, Role.AUDITOR, Role.LEADER)
SEE_APPLICATIONS = (Role.OFFICER, Role.AUDITOR, Role.LEADER)


def label(state: str) -> str:
    return _(WORDS[State(state)][0])


def status(state: str) -> tuple[str, str]:
    """The state in words with its tone."""
    return label(state), WORDS[State(state)][1]


def part_name(part: str) -> str:
    return _(PARTS[Part(part)])


def move(panel: Panel, to: State) -> None:
    require(
        to in NEXT[State(panel.state)],
        _("Hội đồng đang ở bước «{here}», không thể chuyển sang «{there}».").format(here=label(panel.state), there=label(to)),
    )
    panel.state = to


# --- who may ---

def seen_by(person: Person) -> Combinable:
    """Offices see every panel; a member sees those they were invited to; nobody else knows who judges."""
    if holds(person, *SEE_ALL):
        return Panel.id > 0
    mine = Seat.select(Seat.panel).where(Seat.person == person.id)
    return (Panel.state != State.FORMING.value) & Panel.id.is_in(mine)


def judged_by(person: Person) -> Combinable:
    """The panels that are not about an own application or project: until it is decided, whoever has a part in one neither forms, seats
    and invites its panel, nor sees who judges and how, nor runs the session or changes its results. Another officer does."""
    mine = Proposal.select(Proposal.call).where(proposals.undecided_of(person))
    apart = Project.select(Project.id).where((Project.lead != person.id) & proposals.judged_in(person, Project.proposal))
    return ((Panel.kind != PanelKind.SELECTION.value) | Panel.call.not_in(mine)) & (
        Panel.project.is_null() | (Panel.state == State.CLOSED.value) | Panel.project.is_in(apart)
    )


async def require_no_part(person: Person, panel: Panel) -> None:
    """Refuse what is about a panel to whoever has a part in an application or a project before it, whatever their office."""
    require(
        await Panel.exists().where((Panel.id == panel.id) & judged_by(person)),
        _("Bạn có tên trong một hồ sơ trước hội đồng này, nên cán bộ khác xem và làm việc này cho đến khi có quyết định."),
    )


async def require_no_part_in(person: Person, call: Call) -> None:
    """The same of a call whose panel is still to be formed."""
    require(
        not await Proposal.exists().where((Proposal.call == call.id) & proposals.undecided_of(person)),
        _("Bạn có tên trong một hồ sơ của thông báo này, nên người khác lo việc hội đồng cho đến khi có quyết định."),
    )


def visible_to(person: Person) -> Objects:
    """The panels a person may know exist. Every page loads through this."""
    return Panel.objects().where(seen_by(person))


def can_form(person: Person) -> bool:
    return holds(person, Role.OFFICER)


def can_change(person: Person, panel: Panel) -> bool:
    return can_form(person) and panel.state in OPEN


async def require_change(by: Person, panel: Panel, sentence: str) -> None:
    """Refuse a change of a panel's members, reviewers or meeting, with the sentence, to who may not make it or has a part in its matter."""
    require(can_change(by, panel), sentence)
    await require_no_part(by, panel)


def can_see_applications(person: Person) -> bool:
    """The federation sees the composition only; members see applications through their own ballots."""
    return holds(person, *SEE_APPLICATIONS)


# --- what the rules say ---

async def call_of(panel: Panel) -> Call | None:
    """The call of a panel's applications or project; a council on topics has none."""
    return await Call.objects().where(Call.id == panel.call).first() if panel.call else None


async def rule_of(panel: Panel) -> PanelRule:
    """How the pinned rule set wants this panel made up."""
    rules = await rule_sets.pinned(panel.rule_set) if panel.rule_set else await calls.rules_of(await call_of(panel))
    return rules.panels[PanelKind(panel.kind)]


async def earliest_meeting(rule: PanelRule) -> date | None:
    """The first day on which the session may be held if the papers go out today; None where the rules say nothing."""
    lead = rule.papers_lead
    return (await rule_sets.calendar()).due(today(), lead.value, lead.unit) if lead else None


# --- founding ---

async def form(call: Call, *, by: Person, name: str = "") -> Panel:
    """Found the selection panel of a call; a call has one."""
    require(can_form(by), _("Chỉ cán bộ quản lý nhiệm vụ mới lập hội đồng."))
    require(
        call.state in (Call.State.PUBLISHED, Call.State.CLOSED), _("Chỉ lập hội đồng cho thông báo đã công bố."),
    )
    async with DB.transaction():
        await rows("SELECT 1 FROM call WHERE id = $1 FOR NO KEY UPDATE", call.id)
        await require_no_part_in(by, call)
        there = Panel.exists().where((Panel.call == call.id) & (Panel.kind == PanelKind.SELECTION.value))
        require(not await there, _("Thông báo này đã có hội đồng tuyển chọn."))
        panel = Panel(
            call=call.id, kind=PanelKind.SELECTION.value, name=name or f"Hội đồng tuyển chọn {call.code}", officer=by.id
        )
        return await add(panel, by=by, did="formed")


async def describe(
    panel: Panel, *, by: Person, name: str, decision_number: str = "", decided_on: date | None = None,
    meets_at: datetime | None = None, place: str = "",
) -> None:
    """Write down the founding decision, and when and where the panel meets; invited members hear of a new date."""
    async with changing(panel, by=by, did="described") as panel:
        await require_change(by, panel, _("Không sửa được hội đồng ở bước này."))
        moved = panel.state == State.INVITED and (panel.meets_at, panel.place) != (meets_at, place)
        require(
            panel.state == State.FORMING or (decision_number and decided_on and meets_at and place),
            _("Hội đồng đã được mời phải giữ số, ngày quyết định, thời gian và địa điểm họp."),
        )
        require(not decided_on or decided_on <= today(), _("Ngày quyết định thành lập không được sau hôm nay."), "decided_on")
        ahead = not meets_at or meets_at == panel.meets_at or meets_at >= now()
        require(ahead, _("Thời gian họp đã qua; hãy ghi thời gian sắp tới."), "meets_at")
        if panel.state == State.INVITED and panel.meets_at != meets_at:
            earliest = await earliest_meeting(await rule_of(panel))
            require(
                meets_at >= panel.meets_at or earliest is None or day_of(meets_at) >= earliest,
                _("Tài liệu phải đến tay thành viên trước phiên họp; dời hôm nay thì họp sớm nhất ngày {day}.").format(
                    day=show_date(earliest, language()) if earliest else ""
                ),
            )
        panel.name, panel.decision_number, panel.decided_on = name, decision_number, decided_on
        panel.meets_at, panel.place = meets_at, place
        if moved:
            await proposals.postpone(await conflicts.before(panel), to=day_of(meets_at), by=by)
            await tell_of_the_meeting(panel, await conflicts.seats_of(panel))


async def tell_of_the_meeting(panel: Panel, members: Iterable[int]) -> None:
    for person in members:
        await mail.tell(
            await people.person(person), lambda: _("Mời họp {panel}").format(panel=panel.name),
            lambda: _("Mời bạn tham gia {panel}, họp lúc {when} tại {place}. Hãy cho biết bạn nhận hay từ chối đánh giá từng "
                      "hồ sơ, rồi chấm điểm và nộp phiếu trước phiên họp.").format(
                panel=panel.name, when=show_time(panel.meets_at, language()), place=panel.place
            ),
            link="/ballots",
        )


# --- what pages show ---

async def members(panel: Panel) -> list[SimpleNamespace]:
    """Who sits: seat, person, part, name (with titles), association, workplace, how many they review in depth."""
    found = await rows(
        """
        SELECT s.id AS seat, s.person, s.part, p.full_name, p.academic_rank, p.degree, p.sort_key,
               o.short_name AS association, e.id AS expert, (SELECT r.name FROM organisation r WHERE r.id = s.represents) AS represents,
               (SELECT string_agg(DISTINCT w.name, '; ') FROM membership m JOIN organisation w ON w.id = m.organisation
                WHERE m.person = s.person AND m.role <> 'expert' AND m.valid_from <= $2
                AND (m.valid_to IS NULL OR m.valid_to >= $2)) AS workplace,
               (SELECT count(*) FROM assigned_reviewer r WHERE r.panel = s.panel AND r.person = s.person)
               + (SELECT count(*) FROM matter_reviewer r JOIN matter t ON t.id = r.matter
                  WHERE t.panel = s.panel AND r.person = s.person) AS reviewing
        FROM seat s JOIN person p ON p.id = s.person LEFT JOIN expert e ON e.person = s.person
        LEFT JOIN organisation o ON o.id = e.association WHERE s.panel = $1
        """,
        panel.id, today(),
    )
    order = list(Part)
    found.sort(key=lambda row: (order.index(Part(row["part"])), row["sort_key"], row["seat"]))
    return [SimpleNamespace(**row, name=titled(SimpleNamespace(**row))) for row in found]


def tabs(panel: Panel, person: Person, here: str) -> list[tuple[str, str, bool]]:
    """The tabs of a panel's pages that this person may open; `here`: members, applications, conflicts, session, minutes."""
    shown = [("members", _("Thành phần"), "")]
    attends = can_see_applications(person) or holds(person, Role.EXPERT) or not holds(person, Role.ASSOCIATION)  # a representative too
    if panel.kind != PanelKind.SELECTION.value:
        shown += [("matters", _("Nội dung đánh giá"), "/matters")] if attends else []
    elif can_see_applications(person):
        shown += [("applications", _("Hồ sơ"), "/applications"), ("conflicts", _("Xung đột lợi ích"), "/conflicts")]
    if panel.kind == PanelKind.SELECTION.value and holds(person, Role.OFFICER, Role.AUDITOR):
        shown += [("assignments", _("Phân công phản biện"), "/assignments")]
    if attends:
        shown += [("session", _("Phiên họp"), "/session"), ("minutes", _("Biên bản"), "/minutes")]
    return [(words, f"/panels/{panel.id}{end}", key == here) for key, words, end in shown]
