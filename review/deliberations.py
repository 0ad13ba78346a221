"""What a session does beside the ballots: it elects its counting board, votes on conclusions, and keeps who disagrees."""

import json
from collections.abc import Collection

from grants.people.tables import Person
from grants.rules.content import PanelRule
from grants.shell.changes import add, changing, now, remove, require
from grants.shell.database import rows
from grants.shell.language import _
from review import panels
from review.tables import Dissent, Motion, Panel, Seat, Teller
from review.votes import is_carried

State = Panel.State


async def can_run(person: Person, panel: Panel) -> bool:
    """The officer and the panel's scientific secretary keep the session, but for who has a part in an application before it."""
    keeps = Seat.select(Seat.panel).where((Seat.person == person.id) & (Seat.part == Seat.Part.SECRETARY.value))
    which = (Panel.id == panel.id) & panels.judged_by(person)
    return await Panel.exists().where(which if panels.can_form(person) else which & Panel.id.is_in(keeps))


# --- the counting board ---

async def elect(panel: Panel, board: Collection[int], *, by: Person) -> None:
    """Write down the counting board that the session elected: members present, as many as the rule set wants, the head first."""
    async with changing(panel, by=by, did="board_elected", board=list(board)) as panel:
        require(await can_run(by, panel), _("Chỉ cán bộ phụ trách và thư ký khoa học ghi ban kiểm phiếu."))
        require(panel.state == State.IN_SESSION, _("Ban kiểm phiếu được bầu tại phiên họp, trước khi kiểm phiếu."))
        wanted = (await panels.rule_of(panel)).counting_board
        require(wanted > 0, _("Quy tắc không yêu cầu ban kiểm phiếu."))
        require(len(set(board)) == wanted, _("Ban kiểm phiếu có {count} người.").format(count=wanted))
        there = {one.person for one in await Seat.objects().where((Seat.panel == panel.id) & Seat.present.eq(True))}
        require(set(board) <= there, _("Ban kiểm phiếu gồm thành viên có mặt."))
        for one in await Teller.objects().where(Teller.panel == panel.id):
            await remove(one, by=by, did="replaced")
        for person in board:
            await add(Teller(panel=panel.id, person=person), by=by, did="elected")


async def board(panel: Panel) -> list[dict]:
    """The counting board, its head first: person, full_name, degree, academic_rank."""
    return await rows(
        "SELECT t.person, p.full_name, p.degree, p.academic_rank FROM teller t JOIN person p ON p.id = t.person "
        "WHERE t.panel = $1 ORDER BY t.id", panel.id
    )


async def require_board(panel: Panel, rule: PanelRule) -> None:
    """Ballots are opened by the counting board, where the rule set has one; all of it must still be there."""
    elected = await rows(
        "SELECT s.present FROM teller t JOIN seat s ON s.panel = t.panel AND s.person = t.person WHERE t.panel = $1", panel.id
    )
    there = [row for row in elected if row["present"]]
    require(
        len(there) >= rule.counting_board,
        _("Chưa bầu ban kiểm phiếu {count} người trong số thành viên có mặt.").format(count=rule.counting_board),
    )


# --- conclusions ---

async def put_to_vote(panel: Panel, words: str, *, yes: int, no: int, abstained: int, by: Person) -> Motion:
    """Write down a conclusion with its show of hands. Whether it is carried, the rule set says; where it does not, nobody."""
    async with changing(panel, by=by, did="voted_on") as panel:
        require(await can_run(by, panel), _("Chỉ cán bộ phụ trách và thư ký khoa học ghi biểu quyết."))
        require(panel.state in (State.IN_SESSION, State.COUNTED), _("Chỉ ghi biểu quyết trong phiên họp, trước khi khoá biên bản."))
        require(words.strip(), _("Hãy ghi nội dung biểu quyết."))
        members = await Seat.objects().where(Seat.panel == panel.id)
        present = sum(one.present is True for one in members)
        require(
            yes + no + abstained == present,
            _("Số tán thành, không tán thành và không biểu quyết phải cộng lại bằng {count} người có mặt.").format(count=present),
        )
        rule = (await panels.rule_of(panel)).vote
        carried = is_carried(rule, yes=yes, ballots=yes + no, present=present, members=len(members)) if rule else None
        motion = Motion(
            panel=panel.id, words=words.strip(), yes=yes, no=no, abstained=abstained, carried=carried, at=now(), by=by.id
        )
        return await add(motion, by=by, did="voted_on")


def outcome(motion: Motion) -> str:
    """How the vote went, in words."""
    tally = _("{yes} tán thành, {no} không tán thành, {abstained} không biểu quyết").format(
        yes=motion.yes, no=motion.no, abstained=motion.abstained
    )
    if motion.carried is None:
        return tally
    return f"{tally}: " + (_("được thông qua") if motion.carried else _("không được thông qua"))


async def record(panel: Panel) -> tuple[list[dict], list[Motion], list[dict], str]:
    """The counting board, the conclusions voted on, the differing opinions, and the call it is about, read at once."""
    found = (await rows(
        """
        SELECT (SELECT json_agg(t ORDER BY t.id) FROM (SELECT t.id, p.full_name, p.degree, p.academic_rank
                FROM teller t JOIN person p ON p.id = t.person WHERE t.panel = $1) AS t) AS board,
               (SELECT json_agg(m ORDER BY m.id) FROM (SELECT id, words, yes, no, abstained, carried
                FROM motion WHERE panel = $1) AS m) AS motions,
               (SELECT json_agg(d ORDER BY d.id) FROM (SELECT d.id, p.full_name, p.degree, p.academic_rank, d.words
                FROM dissent d JOIN person p ON p.id = d.person WHERE d.panel = $1) AS d) AS dissents,
               (SELECT c.code || ': ' || c.title FROM call c JOIN panel n ON n.call = c.id WHERE n.id = $1) AS call
        """,
        panel.id,
    ))[0]
    board, motions, dissents = (json.loads(found[name] or "[]") for name in ("board", "motions", "dissents"))
    return board, [Motion(**one, _ignore_missing=True) for one in motions], dissents, found["call"] or ""


# --- dissent ---

async def dissent(panel: Panel, member: int, words: str, *, by: Person) -> None:
    """Keep a present member's differing opinion: the member says it themselves, or the secretary writes it down for them."""
    async with changing(panel, by=by, did="dissented", person=member) as panel:
        require(by.id == member or await can_run(by, panel), _("Ý kiến bảo lưu do chính thành viên hoặc thư ký khoa học ghi."))
        require(panel.state in (State.IN_SESSION, State.COUNTED), _("Chỉ ghi ý kiến bảo lưu trong phiên họp, trước khi khoá biên bản."))
        seat = await Seat.objects().where((Seat.panel == panel.id) & (Seat.person == member)).first()
        require(seat and seat.present, _("Chỉ thành viên có mặt bảo lưu ý kiến."))
        require(words.strip(), _("Hãy ghi ý kiến bảo lưu."))
        await add(Dissent(panel=panel.id, person=member, words=words.strip(), at=now(), by=by.id), by=by, did="dissented")
