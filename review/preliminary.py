"""Preliminary ballots: what was handed in before the session is kept apart from what is said there, which alone counts.

Every kind of council: the points of a selection panel, the votes of councils on topics and on finished projects.
"""

from grants.people.people import holds
from grants.people.tables import Person, Role
from grants.shell.changes import changing, require
from grants.shell.database import DB, rows
from grants.shell.language import _
from review import panels, verdicts
from review.ballots import State
from review.matter_tables import Vote
from review.preliminary_tables import Preliminary, PreliminaryVote
from review.tables import Ballot, Panel, Seat

WATCH = (Role.OFFICER, Role.LEADER, Role.AUDITOR)
KEPT = {Ballot: (Preliminary, Preliminary.ballot), Vote: (PreliminaryVote, PreliminaryVote.vote)}


async def of(ballot: Ballot | Vote) -> Preliminary | PreliminaryVote | None:
    """What was handed in before the session, if it was."""
    kept, whose = KEPT[type(ballot)]
    return await kept.objects().where(whose == ballot.id).first()


async def panel_of(ballot: Ballot | Vote) -> Panel:
    if isinstance(ballot, Vote):
        return await verdicts.panel_of(ballot)
    return await Panel.objects().get(Panel.id == ballot.panel)


async def can_score_again(person: Person, ballot: Ballot | Vote) -> bool:
    """A member present at the session, once, where the rule set lets ballots change after the discussion."""
    if ballot.judge != person.id or ballot.state != State.GIVEN:
        return False
    kept, panel = await of(ballot), await panel_of(ballot)
    if kept is None or kept.given_at != ballot.given_at or panel.state != Panel.State.IN_SESSION:
        return False
    there = Seat.exists().where((Seat.panel == panel.id) & (Seat.person == person.id) & Seat.present.eq(True))
    return (await panels.rule_of(panel)).scores_again and await there


async def score_again(ballot: Ballot | Vote, *, by: Person) -> None:
    """Take one's ballot up again at the session: it stands as it was until changed, and must be handed in anew."""
    async with DB.transaction():
        await rows("SELECT 1 FROM panel WHERE id = $1 FOR SHARE", (await panel_of(ballot)).id)  # no count meanwhile
        async with changing(ballot, by=by, did="scored_again") as ballot:
            require(
                await can_score_again(by, ballot),
                _("Chỉ thành viên có mặt chấm lại phiếu nộp trước phiên họp, một lần, trong phiên họp, nếu bộ quy tắc cho phép."),
            )
            ballot.state, ballot.given_at = State.ACCEPTED.value, None
            if isinstance(ballot, Vote):
                ballot.verdict, ballot.reasons = "", "[]"
            else:
                ballot.total = None


async def can_see(person: Person, panel: Panel) -> bool:
    """Whom the preliminary ballots are shown to beside those that count: the offices and who presides; after the count."""
    if panel.state not in (Panel.State.COUNTED, Panel.State.CLOSED):
        return False
    return holds(person, *WATCH) or bool(await rows(
        "SELECT 1 FROM seat WHERE panel = $1 AND person = $2 AND present "
        "AND (part = 'chair' OR (part = 'vice_chair' AND delegation <> ''))",
        panel.id, person.id,
    ))


async def in_words(panel: Panel) -> str:
    """What a selection panel's minutes say of which points counted; nothing where no ballot came before the session."""
    found = (await rows(
        "SELECT count(*) AS early, count(*) FILTER (WHERE k.given_at <> b.given_at) AS again FROM preliminary_score k "
        "JOIN ballot b ON b.id = k.ballot WHERE b.panel = $1 AND b.number IS NOT NULL", panel.id
    ))[0]
    if not found["early"]:
        return ""
    return _("Điểm được tính là điểm tại phiên họp. {early} phiếu được nộp trước phiên họp; {again} phiếu trong số đó được chấm lại sau "
             "thảo luận và chỉ tính điểm chấm lại, các phiếu khác giữ nguyên điểm. Điểm sơ bộ được lưu riêng.").format(**found)
