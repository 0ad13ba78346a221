"""Runs of the assignment: asked for, worked out behind the pages, changed by hand, put to work, refilled after a decline."""

import asyncio
import json
import logging
import secrets
from dataclasses import asdict, replace
from datetime import date, timedelta

from piccolo.columns.combination import Combinable
from piccolo.query import Objects

from grants.people import people
from grants.people.people import holds, today
from grants.people.tables import Person, Role
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB, rows
from grants.shell.language import N_, _
from review import assignment, conflicts, panels, reviewers, seats, solving
from review.assignment import Wanted
from review.assignment_tables import AssignmentRun
from review.tables import Panel, Seat

logger = logging.getLogger("grants.assignment")
State = AssignmentRun.State
WORDS = {
    State.ASKED: (N_("Chờ tính"), "progress"),
    State.SOLVING: (N_("Đang tính"), "progress"),
    State.SOLVED: (N_("Đã có phương án"), "good"),
    State.FAILED: (N_("Không tính được"), "bad"),
}
LOST_AFTER = timedelta(seconds=3 * assignment.SECONDS + 120)  # both aims and their start take less: whoever worked on it is gone
working: set[asyncio.Task] = set()


def status(run: AssignmentRun) -> tuple[str, str]:
    """The state in words with its tone; an answer that was put to work says so."""
    if run.applied_at:
        return _("Đã giao phản biện"), "good"
    words, tone = WORDS[State(run.state)]
    return _(words), tone


def seen_by(person: Person) -> Combinable:
    """Runs are for the officers, and for the auditor to read, but for those on an own application."""
    if not holds(person, Role.OFFICER, Role.AUDITOR):
        return AssignmentRun.id < 0
    return AssignmentRun.panel.is_in(Panel.select(Panel.id).where(panels.judged_by(person)))


def visible_to(person: Person) -> Objects:
    """The runs a person may know of. Every page loads through this."""
    return AssignmentRun.objects().where(seen_by(person))


def can_apply(person: Person, run: AssignmentRun, panel: Panel) -> bool:
    return panels.can_change(person, panel) and run.state == State.SOLVED and run.applied_at is None


async def panel_of(run: AssignmentRun) -> Panel:
    return await Panel.objects().where(Panel.id == run.panel).first()


async def number_of(run: AssignmentRun) -> int:
    """Which of its panel's plans this is, from 1."""
    return await AssignmentRun.count().where((AssignmentRun.panel == run.panel) & (AssignmentRun.id <= run.id))


# --- asked and worked out -----------------------------------------------------------------------------------------------

async def ask_for(panel: Panel, wanted: Wanted, *, by: Person, answer_by: date | None = None) -> AssignmentRun:
    """Ask for an assignment of the panel's applications. It is worked out behind the pages.

    `answer_by`: from the next day on, a reviewer who has not answered counts as declining, where refilling is wished.
    """
    await panels.require_change(by, panel, _("Không đổi được phản biện ở bước này."))
    require(await conflicts.before(panel), _("Thông báo chưa có hồ sơ hợp lệ nào để đánh giá."))
    require(not wanted.refill or answer_by, _("Hãy ghi hạn trả lời để biết khi nào coi là không nhận."))
    require(not answer_by or answer_by >= today(), _("Hạn trả lời đã qua; hãy ghi từ hôm nay trở đi."), "answer_by")
    return await keep(panel, wanted, by=by, answer_by=answer_by)


async def keep(panel: Panel, wanted: Wanted, *, by: Person, answer_by: date | None, previous: AssignmentRun | None = None) -> AssignmentRun:
    run = AssignmentRun(
        panel=panel.id, previous=previous and previous.id, wanted=json.dumps(asdict(wanted)), seed=secrets.randbelow(2**31),
        asked_by=by.id, asked_at=now(), answer_by=answer_by, inputs=previous.inputs if previous else None,
    )
    return await add(run, by=by, did="asked")


async def change(
    run: AssignmentRun, application: int, *, put_in: int | None, take_out: int | None, others_stay: bool, by: Person
) -> AssignmentRun:
    """Change an answer by hand: a new run on the same inputs with the pair pinned or ruled out, so that the cost is seen.

    With `others_stay` every other pair of the answer is pinned too; otherwise the rest is made the best again.
    """
    panel = await panel_of(run)
    await panels.require_change(by, panel, _("Không đổi được phản biện ở bước này."))
    require(run.state == State.SOLVED, _("Phương án này chưa tính xong."))
    require(put_in or take_out, _("Hãy chọn người đưa vào hoặc người thay ra."))
    inputs, wanted = json.loads(run.inputs), Wanted.of(run)
    why = next((why for a, person, why in inputs["barred"] if (a, person) == (application, put_in)), "")
    require(not why, _("Không thể giao phản biện: {why}").format(why=why))
    held = pairs_of(inputs, json.loads(run.answer))
    pinned, forbidden = set(wanted.pinned), set(wanted.forbidden)
    if others_stay:
        pinned |= {pair for pair in held if pair[0] != application}
        mine = {person for a, person in held if a == application} - {take_out}
        pinned |= {(application, person) for person in mine} if take_out else set()
    if take_out:
        require((application, take_out) not in set(map(tuple, inputs["kept"])), _("Người này đã nhận đánh giá hồ sơ."))
        pinned, forbidden = pinned - {(application, take_out)}, forbidden | {(application, take_out)}
    if put_in:
        pinned, forbidden = pinned | {(application, put_in)}, forbidden - {(application, put_in)}
    require_fits(inputs, pinned)
    changed = replace(wanted, pinned=tuple(sorted(pinned)), forbidden=tuple(sorted(forbidden)))
    return await keep(panel, changed, by=by, answer_by=run.answer_by, previous=run)


def pairs_of(inputs: dict, answer: dict) -> set[tuple[int, int]]:
    """The answer's pairs as (application, person)."""
    return {(inputs["applications"][a]["id"], inputs["experts"][e]["id"]) for a, e in answer["pairs"]}


def require_fits(inputs: dict, pinned: set[tuple[int, int]]) -> None:
    """What is fixed by hand must itself keep demand and load."""
    everyone = {pair for pair in map(tuple, inputs["kept"])} | pinned
    for one in inputs["applications"]:
        count = sum(a == one["id"] for a, _person in everyone)
        require(count <= inputs["demand"], _("Hồ sơ {reference} chỉ có {most} phản biện; hãy thay ra một người.").format(
            reference=one["reference"], most=inputs["demand"]))
    for one in inputs["experts"]:
        count = sum(person == one["id"] for _a, person in everyone)
        require(count <= one["load"], _("{name} nhận nhiều nhất {load} hồ sơ nữa.").format(name=one["name"], load=one["load"]))


async def solve_waiting() -> None:
    """The worker's duty: begin one run that waits, beside all other duties; one at a time."""
    if working:
        return
    found = await rows(
        "SELECT id FROM assignment_run WHERE state = 'asked' OR state = 'solving' AND begun_at < $1 ORDER BY id LIMIT 1", now() - LOST_AFTER
    )
    if found:
        task = asyncio.create_task(solve(found[0]["id"]))
        working.add(task)
        task.add_done_callback(working.discard)


async def solve(id: int) -> None:
    """Work a run out. While the worst-off application is looked after, the flow's answer is there already; it stays if time runs out."""
    run = await begin(id)
    if run is None:
        return
    wanted, found, begun_at = Wanted.of(run), None, run.begun_at
    try:
        inputs = json.loads(run.inputs) if run.inputs else await assignment.known(await panel_of(run), wanted.pool)
        asked = assignment.question(inputs, wanted, run.seed)
        if wanted.aim == "worst":
            found = await solving.ask(asked | {"aim": "total"}, seconds=wanted.seconds + 30)
            async with changing(run, by=None, did="estimated") as run:
                run.inputs, run.flow = json.dumps(inputs), json.dumps(found)
        found = await solving.ask(asked, seconds=2 * wanted.seconds + 30)
    except solving.Unsolved:
        logger.exception("Run %s of the assignment was not worked out.", id)
    async with DB.transaction():
        mine = (AssignmentRun.id == id) & (AssignmentRun.state == State.SOLVING) & (AssignmentRun.begun_at == begun_at)
        if not await AssignmentRun.objects().where(mine).lock_rows("NO KEY UPDATE").first():
            return  # it took so long that somebody else began it anew
        async with changing(run, by=None, did="solved" if found else "failed") as run:
            run.state, run.solved_at = (State.SOLVED if found else State.FAILED), now()
            if found:
                run.inputs, run.answer = json.dumps(inputs), json.dumps(found)


async def begin(id: int) -> AssignmentRun | None:
    """Take the run on, unless somebody else has."""
    async with DB.transaction():
        run = await AssignmentRun.objects().where(AssignmentRun.id == id).lock_rows("NO KEY UPDATE").first()
        lost = run.state == State.SOLVING and run.begun_at < now() - LOST_AFTER
        if run.state != State.ASKED and not lost:
            return None
        async with changing(run, by=None, did="begun") as run:
            run.state, run.begun_at = State.SOLVING, now()
    return run


# --- put to work --------------------------------------------------------------------------------------------------------

async def apply(run: AssignmentRun, *, by: Person) -> None:
    """Put an answer to work: whoever has no seat yet takes one, and each application gets its reviewers, all or nothing."""
    async with DB.transaction():
        panel = await panel_of(run)
        async with changing(run, by=by, did="applied") as run:
            require(can_apply(by, run, panel), _("Phương án này không giao được nữa."))
            run.applied_at, run.applied_by = now(), by.id
        inputs = json.loads(run.inputs)
        wanted = pairs_of(inputs, json.loads(run.answer))
        await require_nobody_lost(panel, wanted)
        seated = {row["person"] for row in await rows("SELECT person FROM seat WHERE panel = $1", panel.id)}
        for person in sorted({person for _a, person in wanted} - seated):
            await seats.take(panel, await people.person(person), Seat.Part.MEMBER, by=by)
        await share(panel, wanted, by=by)


async def require_nobody_lost(panel: Panel, wanted: set[tuple[int, int]]) -> None:
    """Who has accepted since the answer was worked out keeps what they have accepted."""
    accepted = await rows(
        "SELECT b.proposal, b.judge FROM ballot b JOIN assigned_reviewer r ON r.panel = b.panel AND r.proposal = b.proposal "
        "AND r.person = b.judge WHERE b.panel = $1 AND b.state IN ('accepted', 'given')", panel.id,
    )
    lost = {(row["proposal"], row["judge"]) for row in accepted} - wanted
    require(not lost, _("Đã có {count} người nhận phản biện sau khi phương án này được tính. Hãy tính phương án mới.").format(
        count=len({person for _a, person in lost})))


async def share(panel: Panel, wanted: set[tuple[int, int]], *, by: Person) -> None:
    """Give each application these reviewers; first everyone lets go of what is no longer theirs, so that loads add up."""
    held = await reviewers.of_panel(panel)
    coming = {a: {person for x, person in wanted if x == a} for a in {a for a, _person in wanted} | set(held)}
    for a in sorted(coming):
        if stays := set(held.get(a, ())) - coming[a]:
            await reviewers.assign(panel, a, set(held[a]) - stays, by=by)
    for a in sorted(coming):
        if coming[a] - set(held.get(a, ())):
            await reviewers.assign(panel, a, coming[a], by=by)
