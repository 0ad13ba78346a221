"""Preliminary scores: what was handed in before the session is kept apart from the points given there, which alone count."""

from grants.people.people import holds
from grants.people.tables import Person, Role
from grants.shell.changes import changing, require
from grants.shell.database import DB, rows
from grants.shell.language import _
from review import ballots
from review.preliminary_tables import Preliminary
from review.tables import Ballot, Panel

WATCH = (Role.OFFICER, Role.LEADER, Role.AUDITOR)


async def of(ballot: Ballot) -> Preliminary | None:
    return await Preliminary.objects().where(Preliminary.ballot == ballot.id).first()


async def can_score_again(person: Person, ballot: Ballot) -> bool:
    """A member present at the session, once, where the rule set lets points change after the discussion."""
    if ballot.judge != person.id or ballot.state != ballots.State.GIVEN:
        return False
    found = await rows(
        "SELECT n.kind FROM preliminary_score k JOIN ballot b ON b.id = k.ballot AND b.given_at = k.given_at "
        "JOIN panel n ON n.id = b.panel AND n.state = 'in_session' JOIN seat s ON s.panel = n.id AND s.person = b.judge AND s.present "
        "WHERE b.id = $1", ballot.id
    )
    rules, _scheme = await ballots.rules_for(ballot.panel)
    return bool(found) and rules.panels[found[0]["kind"]].scores_again


async def score_again(ballot: Ballot, *, by: Person) -> None:
    """Take one's ballot up again at the session: its points stand as they were until changed; it must be handed in anew."""
    async with DB.transaction():
        await rows("SELECT 1 FROM panel WHERE id = $1 FOR SHARE", ballot.panel)  # no count meanwhile
        async with changing(ballot, by=by, did="scored_again") as ballot:
            require(
                await can_score_again(by, ballot),
                _("Chỉ thành viên có mặt chấm lại phiếu nộp trước phiên họp, một lần, trong phiên họp, nếu bộ quy tắc cho phép."),
            )
            ballot.state, ballot.total, ballot.given_at = ballots.State.ACCEPTED, None, None


async def can_see(person: Person, panel: Panel) -> bool:
    """Whom the preliminary points are shown to beside those that count: the offices and who presides; after the count."""
    if panel.state not in (Panel.State.COUNTED, Panel.State.CLOSED):
        return False
    return holds(person, *WATCH) or bool(await rows(
        "SELECT 1 FROM seat WHERE panel = $1 AND person = $2 AND present "
        "AND (part = 'chair' OR (part = 'vice_chair' AND delegation <> ''))",
        panel.id, person.id,
    ))


async def in_words(panel: Panel) -> str:
    """What the minutes say of which points counted; nothing where no ballot came before the session."""
    found = (await rows(
        "SELECT count(*) AS early, count(*) FILTER (WHERE k.given_at <> b.given_at) AS again FROM preliminary_score k "
        "JOIN ballot b ON b.id = k.ballot WHERE b.panel = $1 AND b.number IS NOT NULL", panel.id
    ))[0]
    if not found["early"]:
        return ""
    return _("Điểm được tính là điểm tại phiên họp. {early} phiếu được nộp trước phiên họp; {again} phiếu trong số đó được chấm lại sau "
             "thảo luận và chỉ tính điểm chấm lại, các phiếu khác giữ nguyên điểm. Điểm sơ bộ được lưu riêng.").format(**found)
