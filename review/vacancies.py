"""Vacancies: a reviewer who declined, or kept silent past the date, is replaced by the next in line; nobody else is moved."""

import json
from dataclasses import dataclass

from grants.people import people
from grants.people.people import today
from grants.shell import mail
from grants.shell.changes import changing
from grants.shell.database import DB, rows
from grants.shell.language import _
from review import assignment, assignment_runs, reviewers, solving
from review.assignment import Wanted
from review.assignment_tables import AssignmentRun
from review.tables import Panel

OPEN_RUNS = """
SELECT DISTINCT ON (r.panel) r.id FROM assignment_run r JOIN panel p ON p.id = r.panel AND p.state = 'invited'
WHERE r.applied_at IS NOT NULL ORDER BY r.panel, r.applied_at DESC, r.id DESC
"""


@dataclass(frozen=True)
class Vacancy:
    """An application whose reviewer will not review it: they declined, or kept silent past the date."""

    proposal: int
    person: int
    silent: bool


async def of(run: AssignmentRun) -> list[Vacancy]:
    """The vacancies of the panel that this run was put to work in."""
    found = await rows(
        """
        SELECT r.proposal, r.person, b.state = 'offered' AS silent FROM assigned_reviewer r
        JOIN ballot b ON b.panel = r.panel AND b.proposal = r.proposal AND b.judge = r.person
        WHERE r.panel = $1 AND (b.state = 'declined' OR b.state = 'offered' AND $2::date < $3) ORDER BY r.proposal, r.person
        """,
        run.panel, run.answer_by, today(),
    )
    return [Vacancy(**row) for row in found]


async def fill() -> None:
    """The worker's duty: in every panel that wishes it, vacancies that nobody has looked at yet are filled."""
    for row in await rows(OPEN_RUNS):
        run = await AssignmentRun.objects().where(AssignmentRun.id == row["id"]).first()
        new = [one for one in await of(run) if [one.proposal, one.person] not in json.loads(run.told)]
        if Wanted.of(run).refill and new:
            await refill(run)


async def refill(run: AssignmentRun) -> dict[tuple[int, int], int | None]:
    """Fill a panel's vacancies with the best of those who may stand in; every other pair stays. Vacancy → who comes, or None.

    The worker does it; the panel's officer, who wished it so, is told of each, and the newcomers of their applications.
    """
    panel = await assignment_runs.panel_of(run)
    gone = await of(run)
    held = {(a, person) for a, them in (await reviewers.of_panel(panel)).items() for person in them}
    found = await stand_ins(run, panel, held, {(one.proposal, one.person) for one in gone})
    replaced: dict[tuple[int, int], int | None] = {}
    async with DB.transaction():
        async with changing(run, by=None, did="refilled") as run:
            run.told = json.dumps([*json.loads(run.told), *([one.proposal, one.person] for one in gone)])
        for a in sorted({one.proposal for one in gone}):
            coming, leaving = sorted(found.get(a, set())), sorted((one for one in gone if one.proposal == a), key=lambda one: one.silent)
            # Who keeps silent stays where nobody stands in; who declined does not.
            waits = {one.person for one in leaving[len(coming):] if one.silent}
            stays = {person for x, person in held if x == a} - {one.person for one in leaving}
            await reviewers.assign(panel, a, stays | waits | set(coming), by=None)
            replaced |= {(a, one.person): coming[n] if n < len(coming) else None for n, one in enumerate(leaving)}
        await tell(panel, replaced)
    return replaced


async def stand_ins(run: AssignmentRun, panel: Panel, held: set[tuple[int, int]], gone: set[tuple[int, int]]) -> dict[int, set[int]]:
    """Application → who comes. The same question with all that stays pinned, so that it is answered in a moment."""
    inputs, wanted = json.loads(run.inputs), Wanted.of(run)
    sitting = {row["person"]: row["room"] for row in await reviewers.free_members(panel)}
    barred = {(a, person) for person, a in await reviewers.barred_pairs(panel, list(sitting))}
    kept = {pair for pair in held - gone}
    carries = {person: sum(x == person for _a, x in held) for person in sitting}
    known, many = {one["id"] for one in inputs["experts"]}, len(inputs["experts"]) + 1
    inputs |= {
        "value": [[many * value - n for n, value in enumerate(line)] for line in inputs["value"]],  # equals in the order of the list
        "kept": sorted(map(list, kept)), "barred": [[a, person, ""] for a, person in sorted(barred | gone)],
        "experts": [
            one | {"load": max(sitting[one["id"]] + carries[one["id"]], 0) if one["id"] in sitting else held_by(one["id"], kept)}
            for one in inputs["experts"]
        ],
        "demands": [sum(a == one["id"] for a, person in held if person in known) for one in inputs["applications"]],
    }
    asked = assignment.question(inputs, Wanted(pool="members", apart=wanted.apart), run.seed)
    answer = await solving.ask(asked)
    found: dict[int, set[int]] = {}
    for a, person in assignment_runs.pairs_of(inputs, answer) - kept:
        found.setdefault(a, set()).add(person)
    return found


def held_by(person: int, kept: set[tuple[int, int]]) -> int:
    return sum(x == person for _a, x in kept)


async def tell(panel: Panel, replaced: dict[tuple[int, int], int | None]) -> None:
    """The officer hears who was replaced by whom, or that nobody is left; who comes hears of their applications."""
    names = {row["id"]: row["full_name"] for row in await rows(
        "SELECT id, full_name FROM person WHERE id = ANY($1)", [p for pair in replaced.items() for p in (pair[0][1], pair[1]) if p])}
    references = {row["id"]: row["reference"] for row in await rows(
        "SELECT id, reference FROM proposal WHERE id = ANY($1)", [a for a, _person in replaced])}
    await mail.tell(
        await people.person(panel.officer), lambda: _("Đã thay ủy viên phản biện"),
        lambda: "\n".join(
            (_("Hồ sơ {reference}: {gone} không phản biện, {coming} thay.") if person else _(
                "Hồ sơ {reference}: {gone} không phản biện, không còn ai thay được.")).format(
                reference=references[a], gone=names[gone], coming=names.get(person, ""))
            for (a, gone), person in replaced.items()
        ),
        link=f"/panels/{panel.id}/applications",
    )
    for person in sorted({one for one in replaced.values() if one}):
        theirs = ", ".join(references[a] for (a, _gone), one in replaced.items() if one == person)
        await mail.tell(
            await people.person(person), lambda: _("Mời phản biện thêm hồ sơ"),
            lambda theirs=theirs: _("{panel} mời bạn làm ủy viên phản biện của hồ sơ {references}.").format(
                panel=panel.name, references=theirs
            ),
            link="/ballots",
        )
