"""A ranking people can trust: how far apart the ballots lie, how strict each member is, how sure each rank is, what one ballot moves.

Beside the legal ranking, never instead of it. Expected ranks by the published Bayesian model (review/solvers/ranks.py).
"""

import asyncio
import json
from collections import defaultdict
from dataclasses import dataclass, replace
from statistics import median, stdev

from grants.people import people
from grants.people.people import holds
from grants.people.tables import Person, Role
from grants.rules.content import Rules, Scheme
from grants.shell import mail
from grants.shell.changes import changing, require
from grants.shell.database import rows
from grants.shell.language import _
from review import ranking, solving, standings, what_if
from review.ballots import rules_for
from review.ranking import BallotSheet, Count, Entry
from review.tables import Panel, Seat
from review.what_if import Asking, Limits

SHARED, JUDGES, APPLICATIONS = 3, 3, 4  # overlap below which no calibration is shown
SEED = 2022
TALKED_ABOUT = 3  # so many applications, at most, are put up for discussion
KEPT: dict[tuple, dict] = {}  # what was computed for ballots that can no longer change


@dataclass(frozen=True)
class Spread:
    """How far apart the ballots of one application lie, in points."""

    proposal: int
    ballots: int
    low: int
    high: int
    deviation: float
    discuss: bool = False


@dataclass(frozen=True)
class Expected:
    """The expected rank of one application with the middle half of where it may lie."""

    proposal: int
    rank: float
    low: int
    high: int


@dataclass(frozen=True)
class Offset:
    """How much a member scores above or below the others, drawn towards nought where there is little to go by; in points."""

    judge: int
    name: str
    points: float
    low: float
    high: float


@dataclass(frozen=True)
class Moved:
    """Who changes sides of the money line when one ballot of an application is left out."""

    proposal: int
    number: int
    gains: tuple[int, ...]
    loses: tuple[int, ...]


def can_see(person: Person, seats: list[dict]) -> bool:
    """The officer and the auditor; of the council its chair, its vice chair and its secretary."""
    named = (Seat.Part.CHAIR, Seat.Part.VICE_CHAIR, Seat.Part.SECRETARY)
    return holds(person, Role.OFFICER, Role.AUDITOR) or any(row["person"] == person.id and row["part"] in named for row in seats)


async def seats_of(panel: Panel) -> list[dict]:
    return await rows("SELECT person, part FROM seat WHERE panel = $1", panel.id)


async def given(panel: Panel) -> list[dict]:
    """The counted ballots: proposal, number, judge, name, total, points by criterion."""
    found = await rows(
        "SELECT b.proposal, b.number, b.judge, p.full_name AS name, b.total, json_object_agg(c.criterion, c.points) AS points "
        "FROM ballot b JOIN score c ON c.ballot = b.id JOIN person p ON p.id = b.judge WHERE b.panel = $1 AND b.number IS NOT NULL "
        "GROUP BY b.id, p.id ORDER BY b.proposal, b.number",
        panel.id,
    )
    return [row | {"points": {int(number): points for number, points in json.loads(row["points"]).items()}} for row in found]


# --- spread -------------------------------------------------------------------------------------------------------------

def spreads(found: list[dict]) -> list[Spread]:
    """One application a line; those whose ballots lie farthest apart are put up for discussion.

    Put up: at most three, whose deviation is at least 5 points and half as large again as the median's.
    """
    totals: dict[int, list[int]] = defaultdict(list)
    for row in found:
        totals[row["proposal"]].append(row["total"])
    plain = [Spread(a, len(them), min(them), max(them), stdev(them) if len(them) > 1 else 0.0) for a, them in totals.items()]
    usual = median(one.deviation for one in plain) if plain else 0
    apart = sorted((one for one in plain if one.deviation >= max(5, 1.5 * usual)), key=lambda one: -one.deviation)[:TALKED_ABOUT]
    return [replace(one, discuss=one in apart) for one in plain]


# --- expected ranks and offsets -----------------------------------------------------------------------------------------

def overlap(found: list[dict]) -> str:
    """Why the ballots cannot be held against each other; empty when they can.

    Every member must share at least three applications with another, and all must hang together.
    """
    by_judge: dict[int, set[int]] = defaultdict(set)
    for row in found:
        by_judge[row["judge"]].add(row["proposal"])
    if len(by_judge) < JUDGES or len({row["proposal"] for row in found}) < APPLICATIONS:
        return _("Cần ít nhất {judges} thành viên và {applications} hồ sơ để hiệu chỉnh; ở đây chưa đủ.").format(
            judges=JUDGES, applications=APPLICATIONS)
    near = {one: {other for other in by_judge if other != one and len(by_judge[one] & by_judge[other]) >= SHARED} for one in by_judge}
    alone = sum(not them for them in near.values())
    if alone:
        return _("{count} thành viên không chấm chung từ {shared} hồ sơ trở lên với ai, nên không biết họ chấm chặt hay rộng.").format(
            count=alone, shared=SHARED)
    first = next(iter(near))
    reached, edge = {first}, [first]
    while edge:
        new = near[edge.pop()] - reached
        reached |= new
        edge += new
    apart = _("Các thành viên chia thành những nhóm không chấm chung hồ sơ, không so sánh được với nhau.")
    return "" if len(reached) == len(near) else apart


async def expected(panel: Panel, found: list[dict], scheme: Scheme) -> tuple[list[Expected], list[Offset]]:
    """Expected ranks and the members' offsets. The model's grades run from 1 to 6; points are laid on that scale and back."""
    applications = list(dict.fromkeys(row["proposal"] for row in found))
    judges = list(dict.fromkeys(sorted(row["judge"] for row in found)))
    names = {row["judge"]: row["name"] for row in found}
    step = 5 / scheme.total
    grades = [[applications.index(row["proposal"]), judges.index(row["judge"]), 1 + step * row["total"]] for row in found]
    key = (panel.id, panel.counted_at, tuple(map(tuple, grades)))
    if key not in KEPT:
        if len(KEPT) > 200:
            KEPT.clear()
        KEPT[key] = await solving.ask({"ask": "ranks", "grades": grades, "seed": SEED})
    said = KEPT[key]
    ranks = [Expected(a, said["expected"][n], said["low"][n], said["high"][n]) for n, a in enumerate(applications)]
    offsets = [
        Offset(j, names[j], *(said[part][n] / step for part in ("offset", "offset_low", "offset_high"))) for n, j in enumerate(judges)
    ]
    return sorted(ranks, key=lambda one: one.rank), sorted(offsets, key=lambda one: one.points)


# --- one ballot left out ------------------------------------------------------------------------------------------------

async def kept_steps(panel: Panel) -> list[dict]:
    """Each application with what the count kept of it, how many members present might judge it, and the call's money and places."""
    return await rows(
        "SELECT s.proposal, s.steps, p.requested_state, c.money, c.places, (SELECT count(*) FROM ballot b "
        "JOIN seat t ON t.panel = b.panel AND t.person = b.judge AND t.present "
        "WHERE b.panel = s.panel AND b.proposal = s.proposal AND b.state <> 'declined')::int AS present "
        "FROM standing s JOIN proposal p ON p.id = s.proposal JOIN call c ON c.id = p.call WHERE s.panel = $1 ORDER BY s.proposal",
        panel.id,
    )


def entries(kept: list[dict], found: list[dict]) -> list[Entry]:
    """The applications as they were counted: bonus and history are read from the steps that the count kept."""
    sheets: dict[int, list[BallotSheet]] = defaultdict(list)
    for row in found:
        sheets[row["proposal"]].append(BallotSheet(row["number"], row["points"]))
    return [
        Entry(
            row["proposal"], tuple(sheets[row["proposal"]]), members_present=max(row["present"], len(sheets[row["proposal"]])),
            state_funding=row["requested_state"], **history(row["proposal"], json.loads(row["steps"])),
        )
        for row in kept
    ]


def history(proposal: int, steps: dict) -> dict[str, bool]:
    """Whether the bonus was in question, and whether an excellent task broke a tie for this application."""
    return {
        "bonus_eligible": any(step["code"].startswith("bonus") for step in steps["steps"]),
        "excellent_history": any(tie["reason"]["code"] == "tie_excellent_project" and tie["upper"] == proposal for tie in steps["ties"]),
    }


def moved_by_one_ballot(
    counted: list[Entry], scheme: Scheme, rules: Rules, asking: list[Asking], money: int, places: int | None
) -> list[Moved]:
    """Every ballot without which somebody else would be funded: counted anew by the same rules, with the same money."""
    by_id, counts = {one.id: one for one in asking}, {entry.application: ranking.count(entry, scheme, rules.count) for entry in counted}
    before, found = funded(counts, by_id, rules, money, places), []
    for entry in counted:
        for sheet in entry.sheets:
            rest = tuple(other for other in entry.sheets if other is not sheet)
            fewer = replace(entry, sheets=rest, members_present=entry.members_present - 1)
            after = funded(counts | {entry.application: ranking.count(fewer, scheme, rules.count)}, by_id, rules, money, places)
            if after != before:
                found.append(Moved(entry.application, sheet.judge, tuple(sorted(after - before)), tuple(sorted(before - after))))
    return found


def funded(counts: dict[int, Count], by_id: dict[int, Asking], rules: Rules, money: int, places: int | None) -> set[int]:
    """Who lies above the money line: recommended by the ranking, from the top until the money ends."""
    asking = [
        replace(by_id[place.count.application], passes=place.recommended, score=place.count.score)
        for place in ranking.ranked(counts.values(), rules.count, places=places).places if place.count.application in by_id
    ]
    return what_if.line(asking, Limits(money))


# --- all of it, for the page --------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Trust:
    """Everything the page shows beside the legal ranking."""

    lines: list[standings.Line]
    scheme: Scheme
    spreads: dict[int, Spread]
    why_not: str
    ranks: list[Expected]
    offsets: list[Offset]
    moved: list[Moved]
    money: int


async def of(panel: Panel, *, by: Person) -> Trust:
    """What can be said of a counted panel's ranking. Members are named only to those who may know who gave which ballot."""
    rules, scheme = await rules_for(panel.id)
    lines, _scheme = await standings.lines(panel, by=by)
    found, kept = await given(panel), await kept_steps(panel)
    money, places = (kept[0]["money"], kept[0]["places"]) if kept else (0, None)
    why_not = overlap(found)
    ranks, offsets = ([], []) if why_not else await expected(panel, found, scheme)
    if not standings.sees_judges(by, rules, panel):
        offsets = [
            replace(one, judge=0, name=_("Thành viên thứ {number}").format(number=n)) for n, one in enumerate(offsets, 1)
        ]
    asking = await what_if.asking_of(panel)
    moved = await asyncio.to_thread(moved_by_one_ballot, entries(kept, found), scheme, rules, asking, money, places)
    return Trust(lines, scheme, {one.proposal: one for one in spreads(found)}, why_not, ranks, offsets, moved, money)


async def invite_to_discuss(panel: Panel, proposal: int, *, by: Person) -> None:
    """Ask the council to talk about an application whose ballots lie far apart, before the minutes are locked. No ballot changes."""
    async with changing(panel, by=by, did="invited_to_discuss", proposal=proposal) as panel:
        seats = await seats_of(panel)
        require(can_see(by, seats) and not holds(by, Role.AUDITOR), _("Chỉ cán bộ phụ trách, chủ tịch và thư ký mời trao đổi."))
        require(panel.state == Panel.State.COUNTED, _("Chỉ mời trao đổi sau khi kiểm phiếu và trước khi khoá biên bản."))
        there = next((one for one in spreads(await given(panel)) if one.proposal == proposal), None)
        require(there, _("Hồ sơ này không có phiếu nào được kiểm."))
        reference = (await rows("SELECT reference FROM proposal WHERE id = $1", proposal))[0]["reference"]
        for row in seats:
            await mail.tell(
                await people.person(row["person"]), lambda: _("Mời trao đổi về một hồ sơ"),
                lambda: _("Các phiếu của hồ sơ {reference} chênh nhau nhiều, từ {low} đến {high} điểm. {panel} mời bạn trao đổi "
                          "trước khi khoá biên bản; điểm đã chấm không thay đổi.").format(
                    reference=reference, low=there.low, high=there.high, panel=panel.name),
                link=f"/panels/{panel.id}/ranking",
            )
