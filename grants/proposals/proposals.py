"""Applications: who may see them, how they move from draft to award, and what was handed in."""

from datetime import date

from piccolo.columns import ForeignKey
from piccolo.columns.combination import Combinable, WhereRaw

from grants.calls import calls
from grants.calls.tables import Call
from grants.people.people import holds, holds_for
from grants.people.tables import Person, Role
from grants.proposals.tables import BudgetLine, Product, Proposal, Section, Source, TeamMember
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB, rows
from grants.shell.dates import day_of
from grants.shell.language import N_, _
from grants.shell.text import fold

State = Proposal.State
WORDS = {
    State.DRAFT: (N_("Đang soạn"), "neutral"),
    State.SUBMITTED: (N_("Đã nộp"), "progress"),
    State.WITHDRAWN: (N_("Đã rút"), "neutral"),
    State.ELIGIBLE: (N_("Hợp lệ"), "progress"),
    State.INELIGIBLE: (N_("Không hợp lệ"), "bad"),
    State.IN_REVIEW: (N_("Đang đánh giá"), "progress"),
    State.RECOMMENDED: (N_("Được kiến nghị"), "good"),
    State.NOT_RECOMMENDED: (N_("Không được kiến nghị"), "warn"),
    State.APPRAISED: (N_("Đã thẩm định kinh phí"), "good"),
    State.AWARDED: (N_("Được phê duyệt"), "good"),
    State.DECLINED: (N_("Không được phê duyệt"), "bad"),
}
NEXT = {
    State.DRAFT: {State.SUBMITTED, State.WITHDRAWN},
    State.SUBMITTED: {State.DRAFT, State.WITHDRAWN, State.ELIGIBLE, State.INELIGIBLE},
    State.ELIGIBLE: {State.IN_REVIEW, State.INELIGIBLE},
    State.INELIGIBLE: set(),
    State.IN_REVIEW: {State.RECOMMENDED, State.NOT_RECOMMENDED},
    State.RECOMMENDED: {State.APPRAISED, State.DECLINED, State.IN_REVIEW},
    State.NOT_RECOMMENDED: {State.DECLINED, State.IN_REVIEW},
    State.APPRAISED: {State.AWARDED, State.DECLINED, State.IN_REVIEW},
    State.AWARDED: set(),
    State.DECLINED: set(),
    State.WITHDRAWN: set(),
}
HANDED_IN = [state.value for state in State if state not in (State.DRAFT, State.WITHDRAWN)]
IN_HAND = [
    state.value for state in (
        State.SUBMITTED, State.ELIGIBLE, State.IN_REVIEW, State.RECOMMENDED, State.NOT_RECOMMENDED, State.APPRAISED,
    )
]  # handed in and not decided
STATE_SOURCES = (Source.CAPITAL.value, Source.RECURRENT.value, Source.FUND.value)
SEES_ALL = (Role.OFFICER, Role.LEADER, Role.FINANCE, Role.AUDITOR)


def label(state: str) -> str:
    return _(WORDS[State(state)][0])


def status(state: str) -> tuple[str, str]:
    """The state in words with its tone."""
    return label(state), WORDS[State(state)][1]


def outward(state: str) -> str:
    """The state as its own team may know it: nothing of the panel's result before the award is decided."""
    hidden = (State.RECOMMENDED, State.NOT_RECOMMENDED, State.APPRAISED)
    return State.IN_REVIEW.value if state in hidden else state


def move(proposal: Proposal, to: State) -> None:
    require(
        to in NEXT[State(proposal.state)],
        _("Hồ sơ đang ở bước «{here}», không thể chuyển sang «{there}».").format(here=label(proposal.state), there=label(to)),
    )
    proposal.state, proposal.since = to, day_of(now())


# By hand: with OR in place of UNION the database reads every application there is.
OWN = """SELECT id FROM proposal WHERE lead = {} UNION SELECT id FROM proposal WHERE signatory = {}
    UNION SELECT proposal FROM team_member WHERE person = {} AND joined_at IS NOT NULL"""


def team_of(person: Person) -> Combinable:
    """The applications in whose team a person is, or that they certify as head of the organisation."""
    return WhereRaw(f"proposal.id IN ({OWN})", person.id, person.id, person.id)


async def has_any(person: Person) -> bool:
    """Whether the person has a part in any application."""
    return (await rows(f"SELECT EXISTS ({OWN.format('$1', '$1', '$1')}) AS there", person.id))[0]["there"]


def seen_by(person: Person) -> Combinable:
    """The applications a person may know exist: one's own; officials, whatever was handed in.

    Experts see applications only through their ballots.
    """
    own = team_of(person)
    return Proposal.state.is_in(HANDED_IN) | own if holds(person, *SEES_ALL) else own  # the state first: it decides most rows


def judged_by(person: Person) -> Combinable:
    """The applications that an official works on: whatever was handed in but those they have a part in themselves.

    Of those they learn what their team learns; the lists of the offices do not show them, nor count them.
    """
    return Proposal.state.is_in(HANDED_IN) & WhereRaw(f"proposal.id NOT IN ({OWN})", person.id, person.id, person.id)


def undecided_of(person: Person) -> Combinable:
    """The applications a person has a part in that were handed in and are not decided yet."""
    return Proposal.state.is_in(IN_HAND) & team_of(person)


def judged_in(person: Person, application: ForeignKey) -> Combinable:
    """The rows of another table, by its column of the application, that are of none which the person has a part in."""
    column = f"{application._meta.table._meta.tablename}.{application._meta.name}"
    return WhereRaw(f"{column} NOT IN ({OWN})", person.id, person.id, person.id)


def visible_to(person: Person):
    """The applications a person may know exist. Every page loads through this."""
    return Proposal.objects().where(seen_by(person))


async def access_of(person: Person, proposal: Proposal) -> str | None:
    """What the person may do in the draft: "owner", "editor", "reader", or None."""
    if proposal.lead == person.id:
        return TeamMember.Access.OWNER.value
    found = await rows(
        "SELECT access FROM team_member WHERE proposal = $1 AND person = $2 AND joined_at IS NOT NULL", proposal.id, person.id
    )
    return found[0]["access"] if found else None


async def can_write(person: Person, proposal: Proposal) -> bool:
    """Owner and editors write, while it is a draft."""
    writers = (TeamMember.Access.OWNER.value, TeamMember.Access.EDITOR.value)
    return proposal.state == State.DRAFT and await access_of(person, proposal) in writers


def can_submit(person: Person, proposal: Proposal) -> bool:
    return proposal.lead == person.id and proposal.state == State.DRAFT


def can_certify(person: Person, proposal: Proposal) -> bool:
    """The head whom the application names, while they head the lead organisation."""
    return (
        proposal.signatory == person.id and proposal.state == State.DRAFT and proposal.certified_at is None
        and holds_for(person, Role.SIGNATORY, proposal.lead_organisation)
    )


async def is_own(person: Person, proposal: Proposal) -> bool:
    """Whether the person has a part in the application."""
    return proposal.signatory == person.id or await access_of(person, proposal) is not None


async def require_no_part(person: Person, proposal: Proposal) -> None:
    """Refuse a decision about an application to whoever has a part in it, whatever their office."""
    require(not await is_own(person, proposal), _("Bạn có tên trong hồ sơ này nên không quyết định về nó."))


async def call_of(proposal: Proposal) -> Call:
    return await Call.objects().where(Call.id == proposal.call).first()


async def draft(call: Call, *, by: Person, title: str) -> Proposal:
    """Start an application; whoever starts it leads it."""
    require(
        calls.is_open(call) or (call.state == Call.State.DRY_RUN and holds(by, Role.OFFICER)),
        _("Thông báo này không nhận hồ sơ vào lúc này."),
    )
    require(calls.may_apply(by) or holds(by, Role.OFFICER), _("Hồ sơ do nhà nghiên cứu hoặc thủ trưởng tổ chức lập."))
    async with DB.transaction():
        post = next((post for post in by.posts if post.role in (Role.RESEARCHER, Role.SIGNATORY)), None)
        proposal = Proposal(
            call=call.id, lead=by.id, title=title, folded=fold(title), saved_at=now(),
            lead_organisation=post.organisation if post else None,
        )
        await add(proposal, by=by, did="drafted")
        await add(
            TeamMember(
                proposal=proposal.id, person=by.id, email=by.email, full_name=by.full_name,
                organisation=post.organisation if post else None, part=TeamMember.Part.PRINCIPAL,
                access=TeamMember.Access.OWNER, joined_at=now(),
            ),
            by=by, did="joined",
        )
    return proposal


async def searchable(proposal: Proposal) -> Proposal:
    """Set the folded column: number, titles, lead person, organisation, keywords."""
    found = await rows(
        "SELECT p.full_name, o.name FROM person p LEFT JOIN organisation o ON o.id = $2 WHERE p.id = $1",
        proposal.lead, proposal.lead_organisation,
    )
    proposal.folded = fold(
        f"{proposal.reference or ''} {proposal.title} {proposal.title_en} {proposal.keywords} "
        f"{found[0]['full_name']} {found[0]['name'] or ''}"
    )
    return proposal


async def enter_review(proposal: Proposal, *, by: Person, session_on: date | None = None) -> None:
    """The panel takes the application up; it meets on a day."""
    async with changing(proposal, by=by, did="entered_review") as proposal:
        move(proposal, State.IN_REVIEW)
        proposal.session_on = session_on


async def postpone(ids: list[int], *, to: date, by: Person) -> None:
    """The panel that judges these applications meets on another day."""
    judged = Proposal.id.is_in(ids) & (Proposal.state == State.IN_REVIEW.value)
    for proposal in await Proposal.objects().where(judged).order_by(Proposal.id):
        async with changing(proposal, by=by, did="session_moved") as proposal:
            proposal.session_on = to


async def conclude_review(proposal: Proposal, *, recommended: bool, by: Person, conclusion: str = "") -> None:
    """The panel has counted: recommended for funding, or not, with what it concluded in the words of the record."""
    async with changing(proposal, by=by, did="review_concluded") as proposal:
        proposal.conclusion = conclusion
        move(proposal, State.RECOMMENDED if recommended else State.NOT_RECOMMENDED)


async def return_to_review(proposal: Proposal, *, by: Person) -> None:
    """The panel's vote no longer counts: the application is voted on anew."""
    async with changing(proposal, by=by, did="returned_to_review") as proposal:
        move(proposal, State.IN_REVIEW)
        proposal.conclusion, proposal.session_on = "", None


async def appraise(proposal: Proposal, *, amounts: dict[int, int], by: Person) -> None:
    """Write down what the appraisal team found right for each budget line (line id → đồng); all lines must be there."""
    async with changing(proposal, by=by, did="appraised") as proposal:
        lines = await BudgetLine.objects().where(BudgetLine.proposal == proposal.id).order_by(BudgetLine.id).lock_rows("NO KEY UPDATE")
        require({line.id for line in lines} == amounts.keys(), _("Phải có kết quả thẩm định cho mọi dòng kinh phí."))
        for line in lines:
            async with changing(line, by=by, did="appraised") as line:
                require(amounts[line.id] >= 0, _("Số tiền không được âm."))
                line.appraised = amounts[line.id]
        move(proposal, State.APPRAISED)
        proposal.appraised = sum(amounts[line.id] for line in lines if line.source in STATE_SOURCES)


async def slices(proposal: Proposal) -> list[tuple[int, str, int]]:
    """The appraised state money by year and source, in đồng."""
    found = await rows(
        "SELECT year, source, sum(appraised)::bigint AS amount FROM budget_line "
        "WHERE proposal = $1 AND source = ANY($2) AND appraised > 0 GROUP BY year, source ORDER BY year, source",
        proposal.id, list(STATE_SOURCES),
    )
    return [(row["year"], row["source"], row["amount"]) for row in found]


async def move_plan(proposal: Proposal, *, by: Person) -> None:
    """The appraised plan starts a year later than appraised: each line's year is the next, its amounts stay, what year it was asked
    for is kept. Called by the decision in `budget`, in its transaction; it need not be appraised again."""
    async with changing(proposal, by=by, did="plan_moved") as proposal:
        require(proposal.state == State.APPRAISED, _("Chỉ chuyển năm kế hoạch của hồ sơ đã thẩm định, chưa phê duyệt."))
        for line in await BudgetLine.objects().where(BudgetLine.proposal == proposal.id).order_by(BudgetLine.id).lock_rows("NO KEY UPDATE"):
            async with changing(line, by=by, did="plan_moved") as line:
                line.moved_from = line.moved_from or line.year
                line.year += 1


async def award(proposal: Proposal, *, by: Person) -> None:
    """The award is decided: what was appraised is approved. Called by the award in `budget`, in its transaction."""
    async with changing(proposal, by=by, did="awarded") as proposal:
        move(proposal, State.AWARDED)
        proposal.approved = proposal.appraised
        for line in await BudgetLine.objects().where(BudgetLine.proposal == proposal.id).order_by(BudgetLine.id).lock_rows("NO KEY UPDATE"):
            async with changing(line, by=by, did="approved") as line:
                line.approved = line.appraised


async def decline(proposal: Proposal, *, by: Person) -> None:
    """The award is refused. Called by the decision in `budget`, in its transaction."""
    async with changing(proposal, by=by, did="declined") as proposal:
        move(proposal, State.DECLINED)


async def products(proposal: Proposal) -> list[Product]:
    return await Product.objects().where(Product.proposal == proposal.id).order_by(Product.form).order_by(Product.id)


async def sections(proposal: Proposal) -> dict[str, Section]:
    return {s.code: s for s in await Section.objects().where(Section.proposal == proposal.id)}
