"""Budget appraisal (thẩm định kinh phí): a team of five goes through the budget line by line, each change with its reason."""

from collections.abc import Collection, Mapping

from piccolo.columns.combination import Combinable

from grants.people.people import holds, person, today
from grants.people.tables import Person, Role
from grants.proposals import proposals
from grants.proposals.proposals import STATE_SOURCES
from grants.proposals.tables import BudgetLine, Proposal
from grants.rules.content import PanelKind, PanelRule, Rules, rules_of
from grants.rules.content import Seat as Sits
from grants.shell import mail
from grants.shell.changes import add, changing, now, require
from grants.shell.database import rows
from grants.shell.language import N_, _
from review import fees, vetting
from review.appraisal_tables import Appraisal, Appraiser, LineChange
from review.quorum import Quorum, make_up, quorum
from review.reasons import say

State = Appraisal.State
Part = Appraiser.Part
WORDS = {State.OPEN: (N_("Đang thẩm định"), "progress"), State.CONCLUDED: (N_("Đã kết luận"), "good")}
PARTS = {
    Part.HEAD: N_("Tổ trưởng"),
    Part.DEPUTY: N_("Tổ phó"),
    Part.FUNDING: N_("Đại diện đơn vị cấp kinh phí"),
    Part.COUNCIL: N_("Đại diện hội đồng tuyển chọn"),
    Part.SECRETARY: N_("Thư ký"),
}
SEATS = {
    Part.HEAD: Sits.CHAIR, Part.DEPUTY: Sits.VICE_CHAIR, Part.FUNDING: Sits.FUNDER,
    Part.COUNCIL: Sits.PANEL_REPRESENTATIVE, Part.SECRETARY: Sits.SECRETARY,
}
WATCH = (Role.OFFICER, Role.LEADER, Role.FINANCE, Role.AUDITOR)
OFFICIALS = (Role.OFFICER, Role.FINANCE, Role.TREASURER)


def seat_of(part: str, rule: PanelRule) -> Sits:
    """What a part of the team counts as under the rule; one that the rule does not name is a plain member."""
    seat = SEATS[Part(part)]
    return seat if any(one.seat == seat for one in rule.seats) else Sits.MEMBER


def status(state: str) -> tuple[str, str]:
    """The state in words with its tone."""
    words, tone = WORDS[State(state)]
    return _(words), tone


def seen_by(person: Person) -> Combinable:
    """The appraisals a person may know exist: officials all but of applications they have a part in, a member of a team its own."""
    if holds(person, *WATCH):
        return proposals.judged_in(person, Appraisal.proposal)
    return Appraisal.id.is_in(Appraiser.select(Appraiser.appraisal).where(Appraiser.person == person.id))


def visible_to(person: Person):
    """The appraisals a person may know exist. Every page loads through this."""
    return Appraisal.objects().where(seen_by(person))


def can_open(person: Person) -> bool:
    return holds(person, Role.OFFICER)


async def can_change(person: Person, appraisal: Appraisal) -> bool:
    """The members of the team change lines and conclude, while it is open."""
    return appraisal.state == State.OPEN and not appraisal.set_aside and await is_member(person, appraisal)


async def is_member(person: Person, appraisal: Appraisal) -> bool:
    return await Appraiser.exists().where((Appraiser.appraisal == appraisal.id) & (Appraiser.person == person.id))


async def pinned(proposal: int) -> Rules:
    """The rules that the application's call has pinned."""
    found = await rows(
        "SELECT r.content FROM proposal p JOIN call c ON c.id = p.call JOIN rule_set r ON r.id = c.rule_set WHERE p.id = $1", proposal
    )
    return rules_of(found[0]["content"])


async def rule_for(proposal: int) -> PanelRule:
    """How the pinned rule set makes up an appraisal team and its quorum."""
    return (await pinned(proposal)).panels[PanelKind.APPRAISAL]


async def unopened() -> list[dict]:
    """Recommended applications that have no appraisal yet, for the officer: id, reference, title, requested_state."""
    return await rows(
        "SELECT p.id, p.reference, p.title, p.requested_state FROM proposal p WHERE p.state = 'recommended' "
        "AND NOT EXISTS (SELECT FROM appraisal a WHERE a.proposal = p.id AND NOT a.set_aside) ORDER BY p.reference, p.id"
    )


async def panel_representatives(proposal: int) -> list[dict]:
    """Who may speak for the selection panel: its chair, vice chair and the application's reviewers (TT 20/2023)."""
    return await rows(
        "SELECT DISTINCT p.id, p.full_name, p.sort_key FROM ballot b JOIN standing k ON k.panel = b.panel AND k.proposal = b.proposal "
        "AND NOT EXISTS (SELECT FROM set_aside x WHERE x.standing = k.id) JOIN seat s ON s.panel = b.panel AND s.person = b.judge "
        "JOIN person p ON p.id = s.person WHERE b.proposal = $1 AND b.state <> 'declined' "
        "AND (s.part IN ('chair', 'vice_chair') OR b.assigned_reviewer) ORDER BY p.sort_key, p.id",
        proposal,
    )


async def officials(proposal: int) -> list[dict]:
    """Who may take the other places: officials who have no part in the application."""
    return await rows(
        """
        SELECT DISTINCT p.id, p.full_name, p.sort_key FROM person p JOIN membership m ON m.person = p.id
        WHERE m.role = ANY($2) AND m.ended_at IS NULL AND m.valid_from <= $3::date AND (m.valid_to IS NULL OR m.valid_to >= $3::date)
        AND p.closed_at IS NULL AND NOT EXISTS (SELECT FROM team_member t WHERE t.proposal = $1 AND t.person = p.id)
        ORDER BY p.sort_key, p.id
        """,
        proposal, [role.value for role in OFFICIALS], today(),
    )


async def open_appraisal(proposal: Proposal, team: Mapping[Part, Person], *, by: Person) -> Appraisal:
    """Found the team for a recommended application: head, deputy, funding unit, panel representative, secretary."""
    async with changing(proposal, by=by, did="appraisal_opened") as proposal:
        require(can_open(by), _("Chỉ cán bộ quản lý nhiệm vụ lập tổ thẩm định."))
        await proposals.require_no_part(by, proposal)
        require(proposal.state == Proposal.State.RECOMMENDED, _("Chỉ thẩm định kinh phí hồ sơ được hội đồng kiến nghị."))
        require(not await that_holds(proposal.id), _("Hồ sơ này đã có tổ thẩm định."))
        members = {part: who.id for part, who in team.items()}
        require(len(set(members.values())) == len(members), _("Mỗi người chỉ giữ một vị trí trong tổ thẩm định."))
        rule = await rule_for(proposal.id)
        faults = make_up(rule, {who: seat_of(part, rule) for part, who in members.items()})
        require(not faults, " ".join(say(fault) for fault in faults))
        require(
            members[Part.COUNCIL] in {row["id"] for row in await panel_representatives(proposal.id)},
            _("Đại diện hội đồng phải là chủ tịch, phó chủ tịch hoặc ủy viên phản biện của hội đồng đã đánh giá hồ sơ."),
        )
        fit = {row["id"] for row in await officials(proposal.id)}
        require(
            all(who in fit for part, who in members.items() if part != Part.COUNCIL),
            _("Các vị trí khác trong tổ phải là cán bộ đang giữ nhiệm vụ và không tham gia hồ sơ."),
        )
        opened = Appraisal(proposal=proposal.id, opened_by=by.id, opened_at=now())
        await add(opened, by=by, did="opened")
        for part, who in team.items():
            await add(Appraiser(appraisal=opened.id, person=who.id, part=part), by=by, did="joined")
            await tell_member(who, proposal, opened)
    return opened


async def that_holds(proposal: int) -> Appraisal | None:
    """The appraisal of an application that was not set aside together with a vote."""
    return await Appraisal.objects().where((Appraisal.proposal == proposal) & Appraisal.set_aside.eq(False)).first()


async def resume(proposal: Proposal, *, by: Person) -> None:
    """Recommended again after a vote taken anew: what a team concluded before still holds, unless it was set aside."""
    standing = await that_holds(proposal.id)
    if standing and standing.state == State.CONCLUDED:
        amounts = {row["id"]: row["appraised"] for row in await lines(standing)}
        await proposals.appraise(proposal, amounts=amounts, by=by)


async def tell_member(who: Person, proposal: Proposal, opened: Appraisal) -> None:
    await mail.tell(
        who, lambda: _("Mời thẩm định kinh phí hồ sơ {reference}").format(reference=proposal.reference),
        lambda: _("Bạn ở trong tổ thẩm định kinh phí của hồ sơ «{title}».").format(title=proposal.title),
        link=f"/appraisals/{opened.id}",
    )


LINES = """
    SELECT l.id, g.number AS group_number, g.name AS group_name, g.name_en AS group_name_en, l.year, l.source, l.note, l.requested,
           coalesce((SELECT c.after FROM line_change c WHERE c.line = l.id AND c.appraisal = $1 ORDER BY c.id DESC LIMIT 1), l.requested)
           AS appraised
    FROM budget_line l JOIN expense_group g ON g.id = l."group" JOIN appraisal a ON a.proposal = l.proposal
    WHERE a.id = $1 ORDER BY g.number, l.year, l.position, l.id
"""


async def lines(appraisal: Appraisal) -> list[dict]:
    """The budget line by line: what was requested and what the team finds right so far, in đồng."""
    return await rows(LINES, appraisal.id)


async def history(appraisal: Appraisal, line: int | None = None) -> list[dict]:
    """The changes with their reasons, the oldest first."""
    return await rows(
        "SELECT c.*, p.full_name FROM line_change c JOIN person p ON p.id = c.by "
        "WHERE c.appraisal = $1 AND ($2::int IS NULL OR c.line = $2) ORDER BY c.id",
        appraisal.id, line,
    )


async def change_line(appraisal: Appraisal, line: BudgetLine, *, after: int, reason: str, by: Person) -> None:
    """Set what the team finds right for one line, in đồng, at most what was requested, with the reason; the request stays as it is."""
    async with changing(appraisal, by=by, did="line_changed", line=line.id) as appraisal:
        require(await can_change(by, appraisal), _("Chỉ thành viên tổ thẩm định sửa được, khi chưa kết luận."))
        require(line.proposal == appraisal.proposal, _("Dòng kinh phí này không thuộc hồ sơ đang thẩm định."))
        require(reason.strip(), _("Hãy ghi lý do thay đổi."))
        require(after >= 0, _("Số tiền không được âm."))
        require(after <= line.requested, _("Số tiền sau thẩm định không được cao hơn số đề nghị."), "after")
        before = next(row["appraised"] for row in await lines(appraisal) if row["id"] == line.id)
        require(after != before, _("Số tiền không thay đổi."))
        await add(
            LineChange(appraisal=appraisal.id, line=line.id, before=before, after=after, reason=reason.strip(), by=by.id, at=now()),
            by=by, did="changed",
        )


async def team(appraisal: Appraisal) -> list[dict]:
    """The members with their parts, the head first."""
    return await rows(
        "SELECT a.id, a.person, a.part, a.present, p.full_name, p.degree, p.academic_rank "
        "FROM appraiser a JOIN person p ON p.id = a.person WHERE a.appraisal = $1 "
        "ORDER BY array_position(ARRAY['head', 'deputy', 'funding', 'council', 'secretary'], a.part::text)",
        appraisal.id,
    )


async def held_with(appraisal: Appraisal, present: Collection[int]) -> Quorum:
    """Whether the team may conclude with these members (persons) present."""
    rule = await rule_for(appraisal.proposal)
    return quorum(rule.quorum, {row["person"]: seat_of(row["part"], rule) for row in await team(appraisal)}, present)


async def conclude(appraisal: Appraisal, *, present: Collection[int], dissent: str, by: Person) -> None:
    """The team concludes together; who disagrees is written down. The amounts go to the application as appraised.

    `present`: the persons who take part. Raises `Refused` without quorum, or where no state money is left.
    """
    async with changing(appraisal, by=by, did="concluded", present=sorted(present)) as appraisal:
        require(await can_change(by, appraisal), _("Chỉ thành viên tổ thẩm định kết luận được, và chỉ một lần."))
        held = await held_with(appraisal, present)
        require(held.met, _("Chưa đủ điều kiện họp: {reasons}").format(reasons=" ".join(say(reason) for reason in held.missing)))
        found = await lines(appraisal)
        left = sum(row["appraised"] for row in found if row["source"] in STATE_SOURCES)
        require(left > 0, _("Không còn kinh phí ngân sách nào cho hồ sơ này."))
        for row in await team(appraisal):
            async with changing(Appraiser(id=row["id"], _ignore_missing=True), by=by, did="attended") as member:
                member.present = member.person in present
        proposal = await Proposal.objects().where(Proposal.id == appraisal.proposal).first()
        await vetting.vet(proposal.id, by=by)
        await proposals.appraise(proposal, amounts={row["id"]: row["appraised"] for row in found}, by=by)
        appraisal.state, appraisal.concluded_at, appraisal.concluded_by = State.CONCLUDED, now(), by.id
        appraisal.dissent = dissent.strip()
        rules = await pinned(proposal.id)
        took_part = {
            row["person"]: seat_of(row["part"], rules.panels[PanelKind.APPRAISAL]).value
            for row in await team(appraisal) if row["person"] in present
        }
        await fees.of_appraisal(appraisal, rules, took_part, by=by)
        await tell_officer(appraisal, proposal)


async def tell_officer(appraisal: Appraisal, proposal: Proposal) -> None:
    await mail.tell(
        await person(appraisal.opened_by), lambda: _("Đã thẩm định kinh phí hồ sơ {reference}").format(reference=proposal.reference),
        lambda: _("Tổ thẩm định đã kết luận về kinh phí của hồ sơ «{title}».").format(title=proposal.title),
        link=f"/appraisals/{appraisal.id}",
    )


def by_year_and_source(found: list[dict]) -> list[dict]:
    """The sums by year and source, requested and appraised, in đồng."""
    keys = sorted({(row["year"], row["source"]) for row in found})
    return [
        {"year": year, "source": source,
         **{name: sum(row[name] for row in found if (row["year"], row["source"]) == (year, source)) for name in ("requested", "appraised")}}
        for year, source in keys
    ]


async def waiting(person: Person) -> list[dict]:
    """For the desk: open appraisals of a member's teams (id, title, reference, opened_at)."""
    return await rows(
        "SELECT a.id, p.title, p.reference, a.opened_at FROM appraisal a JOIN proposal p ON p.id = a.proposal "
        "JOIN appraiser m ON m.appraisal = a.id WHERE m.person = $1 AND a.state = 'open' AND NOT a.set_aside ORDER BY a.opened_at, a.id",
        person.id,
    )
