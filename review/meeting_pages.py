"""Pages of a session: attendance and quorum, opening, the count, the ranking with every step, minutes; an application's review."""

from functools import partial

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template

from grants.people import counsels
from grants.people.people import holds, titled
from grants.people.tables import Role
from grants.proposals import objections, proposals
from grants.proposals.proposals import outward
from grants.proposals.tables import Proposal
from grants.shell.forms import Form, MaybeText, Typed, posted
from grants.shell.language import _, either
from grants.shell.lists import as_file, file_wanted
from grants.shell.web import Id, Over, page, see, submitted
from review import (
    answers,
    calibration,
    deliberations,
    matters,
    meetings,
    minutes,
    panels,
    preliminary,
    reviewers,
    revotes,
    standings,
    waiting,
)
from review.ballots import WHILE, rules_for
from review.tables import Panel, Standing

State = Panel.State
AFTER_COUNT = (State.COUNTED, State.CLOSED)


class Remarks(Form):
    remarks: MaybeText = ""


async def visible(request: Request, id: Id) -> Panel:
    """The session's panel; to an official with a part in an application before it, why they do not see it yet."""
    if panel := await meetings.visible_to(request.user).where(Panel.id == id).first():
        return panel
    if holds(request.user, *meetings.WATCH) and (panel := await Panel.objects().where(Panel.id == id).first()):
        await panels.require_no_part(request.user, panel)
    raise NotFoundException


async def counted(request: Request, id: Id) -> Panel:
    panel = await visible(request, id)
    if panel.state not in AFTER_COUNT:
        raise Over(f"/panels/{id}/session")
    return panel


@get("/panels/{id:int}/session")
async def session(request: Request, id: Id) -> Template:
    return await session_page(request, id)


async def session_page(request: Request, id: int, form: Typed | None = None, status_code: int = 200) -> Template:
    panel = await visible(request, id)
    members = await meetings.progress(panel)
    runs = await meetings.can_run(request.user, panel)
    held = await meetings.attendance(panel)
    around = await beside(request, panel, members, runs)
    left = sum(one["offered"] + one["accepted"] for one in members if one["present"])
    standing = {f"seat_{one['id']}": mark_of(one) for one in members} | {f"letter_{one['id']}": one["delegation"] for one in members}
    return page(
        "review/meetings/session.html", panel=panel, status=panels.status(panel.state), members=[shown(one) for one in members],
        tabs=panels.tabs(panel, request.user, "session"), attendance=held, runs=runs, left=left, due=meetings.is_due(panel),
        form=Typed(standing | form.values, form.errors) if form else Typed(standing), status_code=status_code,
        reviewing=await reviewers.by_application(panel), revotes=await said_anew(request, panel),
        step=next_step(panel, held, left, bool(around["board"]) or not around["wanted_board"]), either=either, **around,
        awaited=[titled(minutes.as_person(one)) for one in waiting.awaited(members)] if panel.state == State.IN_SESSION else [],
        mine=await own_open(request, panel, members),
    )


async def own_open(request: Request, panel: Panel, members: list[dict]) -> list[dict]:
    """What the reader, where they sit on the panel, still has to hand in."""
    has = any(one["offered"] + one["accepted"] for one in members if one["person"] == request.user.id)
    return await waiting.own(panel, request.user) if has and panel.state in WHILE else []


async def said_anew(request: Request, panel: Panel) -> list[dict]:
    return await revotes.notices(panel, reasons=holds(request.user, *meetings.WATCH))


async def beside(request: Request, panel: Panel, members: list[dict], runs: bool) -> dict:
    """What the session does beside the ballots, and what comes next."""
    present = [one for one in members if one["present"]]
    wanted = (await panels.rule_of(panel)).counting_board
    board, motions, dissents, _call = await deliberations.record(panel)
    open_ = panel.state in (State.IN_SESSION, State.COUNTED)
    return {
        "wanted_board": wanted, "board": [{"name": titled(minutes.as_person(one))} for one in board],
        "there": [(str(one["person"]), titled(minutes.as_person(one))) for one in present],
        "motions": [(one.words, deliberations.outcome(one)) for one in motions],
        "dissents": [(titled(minutes.as_person(one)), one["words"]) for one in dissents],
        "can_dissent": open_ and (runs or any(one["person"] == request.user.id for one in present)),
        "on_matters": matters.is_on_matters(panel),
    }


def shown(member: dict) -> dict:
    """A member as the page shows them."""
    return member | {
        "name": titled(minutes.as_person(member)), "said_part": panels.part_name(member["part"]),
        "said_presence": minutes.said_presence(member) if member["present"] is not None else _("Chưa điểm danh"),
        "all": member["offered"] + member["accepted"] + member["declined"] + member["given"],
    }


def mark_of(member: dict) -> str:
    if member["present"] is None:
        return ""
    return "absent" if not member["present"] else "remote" if member["remote"] else "room"


def next_step(panel: Panel, held: meetings.Attendance, left: int, board: bool) -> str:
    """What comes next in the session, in words."""
    if panel.state == State.FORMING:
        return _("Lập xong và mời hội đồng")
    if panel.state == State.INVITED:
        if not meetings.is_due(panel):
            return _("Đợi đến ngày họp, nhắc thành viên nộp phiếu")
        return _("Khai mạc phiên họp") if held.met else _("Điểm danh cho đủ điều kiện họp")
    if panel.state == State.IN_SESSION:
        waits = _("Kiểm phiếu") if board else _("Bầu ban kiểm phiếu")
        return _("Chờ {count} phiếu của thành viên có mặt").format(count=left) if left else waits
    return _("Lập biên bản") if panel.state == State.COUNTED else _("Phiên họp đã kết thúc")


@post("/panels/{id:int}/attendance")
async def attend(request: Request, id: Id) -> Template | Redirect:
    """Who is there. A seat that the form leaves open stays as it is; by one press whoever is not marked yet is in the room."""
    panel = await visible(request, id)
    typed = await posted(request)
    marks = {}
    for one in await meetings.progress(panel):
        where = typed.get(f"seat_{one['id']}", "") or ("room" if typed.get("everyone") and one["present"] is None else "")
        if where in ("room", "remote", "absent"):
            letter = typed.get(f"letter_{one['id']}", "")
            if len(letter) > 60 or not letter.isprintable():
                wrong = {f"letter_{one['id']}": _("Tối đa {count} ký tự.").format(count=60)}
                return await session_page(request, id, Typed(typed, wrong), 422)
            marks[one["id"]] = meetings.Mark(where, letter)
    await meetings.attend(panel, marks, by=request.user)
    return see(f"/panels/{id}/session")


@post("/panels/{id:int}/session")
async def open_session(request: Request, id: Id) -> Redirect:
    await meetings.open_session(await visible(request, id), by=request.user)
    return see(f"/panels/{id}/session")


@post("/panels/{id:int}/count")
async def count(request: Request, id: Id) -> Redirect:
    panel = await visible(request, id)
    await meetings.count(panel, by=request.user)
    return see(f"/panels/{id}/{'resolutions' if matters.is_on_matters(panel) else 'ranking'}")


async def ranked(request: Request, id: Id) -> Panel:
    """A counted panel that ranks applications; councils on matters have resolutions instead."""
    panel = await counted(request, id)
    if matters.is_on_matters(panel):
        raise NotFoundException
    return panel


@get("/panels/{id:int}/ranking")
async def ranking(request: Request, id: Id) -> Template | Response:
    """The ranking with every step, or as a file."""
    panel = await ranked(request, id)
    found, scheme = await standings.lines(panel, by=request.user)
    table, matrix = standings.ranking_table(found), standings.matrix_table(found, scheme)
    if wanted := file_wanted(request):
        # The ranking with the criterion means beside it; the mean itself is not said twice.
        heads = [*table[0], *matrix[0][1:-1]]
        lines = [[*row, *by[1:-1]] for row, by in zip(table[1], matrix[1], strict=True)]
        return await as_file("xep-hang", wanted, heads, lines)
    return page(
        "review/meetings/ranking.html", panel=panel, status=panels.status(panel.state), lines=found, table=table, matrix=matrix,
        criteria=standings.criteria(scheme), trusted=calibration.can_see(request.user, await calibration.seats_of(panel)),
        leads=holds(request.user, Role.LEADER), revotes=await said_anew(request, panel),
    )


@get("/panels/{id:int}/count-sheet")
async def count_sheet(request: Request, id: Id) -> Template | Response:
    """Every counted ballot by its number; whose it is, only for those who may know."""
    panel = await ranked(request, id)
    rules, scheme = await rules_for(panel.id)
    named = standings.sees_judges(request.user, rules, panel)
    found, _scheme = await standings.lines(panel, by=request.user)
    tables = [(one, standings.sheet_table(one, scheme, named=named)) for one in found]
    wanted = file_wanted(request)
    early = standings.preliminary_table(found) if await preliminary.can_see(request.user, panel) else ([], [])
    if wanted and request.query_params.get("points") == "preliminary" and early[1]:
        return await as_file("diem-so-bo", wanted, *early)
    if wanted:
        heads = [(_("Mã hồ sơ"), "code"), *standings.sheet_heads(scheme, named=named)]
        return await as_file("kiem-phieu", wanted, heads, [[one.reference, *row] for one, (_heads, lines) in tables for row in lines])
    return page(
        "review/meetings/count_sheet.html", panel=panel, tables=tables, shows_judges=named, criteria=standings.criteria(scheme),
        secret=rules.panels[panel.kind].secret_ballot, preliminary=early, which_counts=await preliminary.in_words(panel),
    )


@get("/panels/{id:int}/minutes")
async def read_minutes(request: Request, id: Id) -> Template:
    """The minutes as they are locked; before that, the draft out of the same numbers."""
    panel = await visible(request, id)
    if panel.state not in AFTER_COUNT:
        return page(
            "message.html", title=_("Chưa có biên bản"), text=_("Biên bản được lập từ kết quả kiểm phiếu của phiên họp."),
            href=f"/panels/{id}/session", label=_("Đến phiên họp"),
        )
    locked = await minutes.of(panel)
    content = locked or await minutes.drafted(panel, by=request.user)
    return page("review/meetings/minutes.html", panel=panel, m=content, locked=locked is not None, back=f"/panels/{id}/session",
                revotes=await said_anew(request, panel) if locked else [])


@post("/panels/{id:int}/minutes")
async def lock_minutes(request: Request, id: Id) -> Template | Redirect:
    verb = partial(minutes.lock, await counted(request, id))
    return await submitted(request, Remarks, verb, shown=partial(session_page, request, id), to=f"/panels/{id}/minutes")


@get("/proposals/{id:int}/review")
async def review(request: Request, id: Id) -> Template:
    """How an application was judged: officials see the standing and its steps, the team its own result once it is decided."""
    proposal = await proposals.visible_to(request.user).where(Proposal.id == id).first()
    if proposal is None:
        raise NotFoundException
    official = holds(request.user, *proposals.SEES_ALL) and not await proposals.is_own(request.user, proposal)
    found, panel, scheme = await result_for(request, proposal, official=official)
    status = proposals.status(proposal.state if official else outward(proposal.state))
    return page(
        "review/meetings/review.html", proposal=proposal, status=status, line=found, panel=panel,
        official=official, criteria=standings.criteria(scheme) if scheme else [], tabs=tabs(proposal, official=official),
        reviews=await standings.reviews(panel, proposal.id) if panel else [],
        counsels=await counsels.of("proposal", proposal.id, by=request.user if official else None),
        objections=await objections.of(proposal.id) if official and panel else [], answer=await answers.of(proposal.id),
        may_answer=not official and await answers.window(proposal.id) is not None,
    )


def tabs(proposal: Proposal, *, official: bool) -> list[tuple[str, str, bool]]:
    base = f"/proposals/{proposal.id}"
    found = [(_("Hồ sơ"), base, False), (_("Đánh giá"), f"{base}/review", True)]
    office = [(_("Kinh phí"), f"{base}/money", False), (_("Lịch sử"), f"{base}/history", False)]
    return found + office if official else found


async def result_for(request: Request, proposal: Proposal, *, official: bool):
    """The application's line in the ranking, its panel and the scheme; nothing for its own team before the decision."""
    decided = proposal.state in (Proposal.State.AWARDED, Proposal.State.DECLINED)
    stood = await Standing.select(Standing.panel).where(Standing.proposal == proposal.id).order_by(Standing.id, ascending=False).first()
    if stood is None or not (decided or official):
        return None, None, None
    which = Panel.id == stood["panel"]
    panel = await Panel.objects().where(which & panels.judged_by(request.user) if official else which).first()
    if panel is None:
        return None, None, None
    found, scheme = await standings.lines(panel, by=request.user, only=proposal.id)
    return found[0], panel, scheme


ROUTES = [
    session, attend, open_session, count, ranking, count_sheet, read_minutes, lock_minutes, review,
]
