"""Sessions of a panel: who is there, whether the session may be held, opening it, counting the ballots once."""

import json
import secrets
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from piccolo.columns.combination import Combinable

from grants.people import organisations
from grants.people.people import holds, today
from grants.people.tables import Person, Role
from grants.proposals import proposals
from grants.proposals.tables import Proposal
from grants.rules.content import Rules
from grants.rules.content import Seat as Sits
from grants.shell.changes import add, changing, now, require
from grants.shell.database import rows
from grants.shell.dates import add_months, day_of
from grants.shell.language import _, speaking
from review import appraisals, conflicts, deliberations, matters, panels, product_teams, resolutions, vetting
from review.ballots import rules_for
from review.quorum import quorum
from review.ranking import BallotSheet, Entry, Placed, Ranking, rank, recorded, shown
from review.reasons import Reason, restored, say, stored
from review.tables import Ballot, Panel, Seat, Standing

State = Panel.State
WATCH = (Role.OFFICER, Role.LEADER, Role.AUDITOR)


def seen_by(person: Person) -> Combinable:
    """The sessions a person may know of: officials all but those on an own application, a member those of the panels they sit on."""
    if holds(person, *WATCH):
        return panels.judged_by(person)
    return (Panel.state != State.FORMING.value) & Panel.id.is_in(Seat.select(Seat.panel).where(Seat.person == person.id))


def visible_to(person: Person):
    """The panels whose session a person may open. Every page loads through this."""
    return Panel.objects().where(seen_by(person))


async def can_run(person: Person, panel: Panel) -> bool:
    """The officer and the panel's scientific secretary take attendance, open, count and write the minutes."""
    return await deliberations.can_run(person, panel)


@dataclass(frozen=True)
class Mark:
    """How a member takes part; `delegation` is the number of the letter by which the vice chair stands in (B2-7-GUQ)."""

    where: Literal["room", "remote", "absent"]
    delegation: str = ""


async def attend(panel: Panel, marks: Mapping[int, Mark], *, by: Person) -> None:
    """Write down who is there: seat id → mark. May be changed until the count."""
    async with changing(panel, by=by, did="attendance_taken") as panel:
        require(await can_run(by, panel), _("Chỉ cán bộ phụ trách và thư ký khoa học điểm danh."))
        require(panel.state in (State.INVITED, State.IN_SESSION), _("Không điểm danh được ở bước này."))
        for seat in await Seat.objects().where((Seat.panel == panel.id) & Seat.id.is_in(list(marks) or [0])).order_by(Seat.id):
            mark = marks[seat.id]
            standing_in = mark.delegation.strip() if seat.part == Seat.Part.VICE_CHAIR else ""
            async with changing(seat, by=by, did="attended") as seat:
                seat.present, seat.remote = mark.where != "absent", mark.where == "remote"
                seat.delegation = standing_in


@dataclass(frozen=True)
class Attendance:
    """How many are there of how many, how many are needed, and what is missing, in words."""

    members: int
    present: int
    needed: int
    missing: tuple[str, ...]

    @property
    def met(self) -> bool:
        return not self.missing


async def attendance(panel: Panel) -> Attendance:
    """Whether the session may be held, as the rule set says; asked for each application with its own reviewers."""
    rules, _scheme = await rules_for(panel.id)
    rule = rules.panels[panel.kind].quorum
    seats = await Seat.objects().where(Seat.panel == panel.id).order_by(Seat.id)
    there = {seat.person for seat in seats if seat.present}
    vice = next((seat.person for seat in seats if seat.part == Seat.Part.VICE_CHAIR and seat.delegation), None)
    missing: dict[str, list[str]] = defaultdict(list)
    applications = await reviewers_of(panel)
    for reference, reviewers in applications.items():
        sitting = {
            seat.person: Sits.REVIEWER if seat.part == Seat.Part.MEMBER and seat.person in reviewers else seat.part for seat in seats
        }
        found = quorum(rule, sitting, there, authorised_vice=vice)
        for reason in found.missing:
            missing[say(reason)].append(reference)
    if not applications:
        found = quorum(rule, {seat.person: seat.part for seat in seats}, there, authorised_vice=vice)
        missing[_("Hội đồng chưa có hồ sơ nào để đánh giá.")] = []
    sentences = [
        sentence if len(references) == len(applications) else f"{', '.join(references)}: {sentence}"
        for sentence, references in missing.items()
    ]
    return Attendance(found.members, found.present, found.needed, tuple(sentences))


async def reviewers_of(panel: Panel) -> dict[str, set[int]]:
    """For each application (or matter) before the panel, by its reference: who reviews it and has not declined."""
    if matters.is_on_matters(panel):
        return await matters.reviewing(panel)
    found = await rows(
        "SELECT r.reference, array_remove(array_agg(CASE WHEN b.assigned_reviewer AND b.state <> 'declined' THEN b.judge END), NULL) "
        "AS reviewers FROM ballot b JOIN proposal r ON r.id = b.proposal WHERE b.panel = $1 GROUP BY r.reference ORDER BY r.reference",
        panel.id,
    )
    return {row["reference"]: set(row["reviewers"]) for row in found}


def is_due(panel: Panel) -> bool:
    """The day the members were told has come, or none was told."""
    return panel.meets_at is None or day_of(now()) >= day_of(panel.meets_at)


async def open_session(panel: Panel, *, by: Person) -> None:
    """Open the session, not before its day. Refused without quorum, or while a conflict of interest stands against a member."""
    async with changing(panel, by=by, did="session_opened") as panel:
        require(await can_run(by, panel), _("Chỉ cán bộ phụ trách và thư ký khoa học khai mạc phiên họp."))
        require(panel.state == State.INVITED, _("Chỉ khai mạc được phiên họp của hội đồng đã gửi giấy mời."))
        require(is_due(panel), _("Chưa đến ngày họp. Muốn họp sớm hơn, hãy sửa ngày họp để thành viên được báo."))
        held = await attendance(panel)
        require(held.met, _("Chưa đủ điều kiện họp: {reasons}").format(reasons=" ".join(held.missing)))
        lacking = await product_teams.unreported(panel)
        require(not lacking, " ".join(lacking))
        hits = await matters.blocking(panel)
        require(not hits, _("Có thành viên vướng xung đột lợi ích: {why}").format(why=conflicts.in_words(hits)))
        panels.move(panel, State.IN_SESSION)
        panel.opened_at = now()


async def count(panel: Panel, *, by: Person) -> None:
    """Count the ballots of the members present, once: numbers drawn by lot, ranking, recommendations, with every step.

    Applicants are told nothing yet. Raises `Refused` without quorum or while a ballot of a present member is open.
    """
    async with changing(panel, by=by, did="counted") as panel:
        require(await can_run(by, panel), _("Chỉ cán bộ phụ trách và thư ký khoa học kiểm phiếu."))
        require(panel.state == State.IN_SESSION, _("Chỉ kiểm phiếu một lần, khi phiên họp đang diễn ra."))
        require(is_due(panel), _("Chưa đến ngày họp. Muốn họp sớm hơn, hãy sửa ngày họp để thành viên được báo."))
        held = await attendance(panel)
        require(held.met, _("Chưa đủ điều kiện họp: {reasons}").format(reasons=" ".join(held.missing)))
        open_ = sum(row["offered"] + row["accepted"] for row in await progress(panel) if row["present"])
        require(not open_, _("Còn {count} phiếu của thành viên có mặt chưa nộp.").format(count=open_))
        await deliberations.require_board(panel, await panels.rule_of(panel))
        if matters.is_on_matters(panel):
            await resolutions.resolve(panel, by=by)
        else:
            await draw_numbers(panel, by=by)
            await stand(panel, await ranking_of(panel), by=by)
        panels.move(panel, State.COUNTED)
        panel.counted_at = now()


async def progress(panel: Panel) -> list[dict]:
    """Each member with how many ballots are offered, accepted, declined, given; never any points."""
    return await rows(
        """
        SELECT s.id, s.person, p.full_name, p.degree, p.academic_rank, s.part, s.present, s.remote, s.delegation, p.sort_key,
               (SELECT o.name FROM organisation o WHERE o.id = s.represents) AS represents,
               count(*) FILTER (WHERE b.state = 'offered') AS offered, count(*) FILTER (WHERE b.state = 'accepted') AS accepted,
               count(*) FILTER (WHERE b.state = 'declined') AS declined, count(*) FILTER (WHERE b.state = 'given') AS given
        FROM seat s JOIN person p ON p.id = s.person LEFT JOIN (
            SELECT judge, state FROM ballot WHERE panel = $1
            UNION ALL SELECT v.judge, v.state FROM vote v JOIN matter m ON m.id = v.matter WHERE m.panel = $1
        ) AS b ON b.judge = s.person
        WHERE s.panel = $1 GROUP BY s.id, p.id
        ORDER BY array_position(ARRAY['chair', 'vice_chair', 'secretary', 'member'], s.part::text), p.sort_key, s.id
        """,
        panel.id,
    )


async def draw_numbers(panel: Panel, *, by: Person) -> None:
    """Give the counted ballots of each application their numbers by lot, so that a number says nothing of its judge."""
    found: dict[int, list[int]] = defaultdict(list)
    for row in await rows(
        "SELECT b.id, b.proposal FROM ballot b JOIN seat s ON s.panel = b.panel AND s.person = b.judge AND s.present "
        "JOIN proposal r ON r.id = b.proposal AND r.state = 'in_review' WHERE b.panel = $1 AND b.state = 'given' ORDER BY b.id",
        panel.id,
    ):
        found[row["proposal"]].append(row["id"])
    for ids in found.values():
        numbers = list(range(1, len(ids) + 1))
        secrets.SystemRandom().shuffle(numbers)
        for id, number in zip(ids, numbers, strict=True):
            async with changing(Ballot(id=id, _ignore_missing=True), by=by, did="numbered") as ballot:
                ballot.number = number


async def ranking_of(panel: Panel) -> Ranking:
    """The count on the pinned rules; ballots are known by their numbers."""
    rules, scheme = await rules_for(panel.id)
    return rank(await entries(panel, rules), scheme, rules.count, places=await places_of(panel))


async def places_of(panel: Panel) -> int | None:
    """How many may be recommended: the call's places; where a vote is taken anew, those that the first one left."""
    found = (await rows(
        "SELECT c.places - (SELECT count(*) FROM standing s JOIN proposal p ON p.id = s.proposal WHERE n.repeats IS NOT NULL "
        "AND p.call = c.id AND s.panel <> n.id AND s.recommended AND NOT EXISTS (SELECT FROM set_aside a WHERE a.standing = s.id)) "
        "AS places FROM panel n JOIN call c ON c.id = n.call WHERE n.id = $1", panel.id
    ))[0]
    return None if found["places"] is None else max(0, found["places"])


async def recommended_without(panel: Panel, judge: int) -> set[int]:
    """The applications that are recommended when one member's counted ballots are left out, quorum apart."""
    rules, scheme = await rules_for(panel.id)
    left_out = {(row["proposal"], row["number"]) for row in await rows(
        "SELECT proposal, number FROM ballot WHERE panel = $1 AND judge = $2 AND number IS NOT NULL", panel.id, judge
    )}
    places, rest = await places_of(panel), []
    for entry in await entries(panel, rules):
        sheets = tuple(sheet for sheet in entry.sheets if (entry.application, sheet.judge) not in left_out)
        fewer = entry.members_present - (len(entry.sheets) - len(sheets))
        rest.append(replace(entry, sheets=sheets, members_present=fewer))
    return {place.count.application for place in rank(rest, scheme, rules.count, places=places).places if place.recommended}


async def entries(panel: Panel, rules: Rules) -> list[Entry]:
    """The applications with their counted ballots. A member who declined an application is not among its members present."""
    points: dict[int, dict[int, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in await rows(
        "SELECT b.proposal, b.number, c.criterion, c.points FROM ballot b JOIN score c ON c.ballot = b.id "
        "WHERE b.panel = $1 AND b.number IS NOT NULL",
        panel.id,
    ):
        points[row["proposal"]][row["number"]][row["criterion"]] = row["points"]
    applications = await before(panel)
    lines = await organisations.lineages({one["lead_organisation"] for one in applications if one["lead_organisation"]})
    excellent = await excellent_ones(applications, lines, rules)
    return [
        Entry(
            application["id"],
            tuple(BallotSheet(number, sheet) for number, sheet in sorted(points[application["id"]].items())),
            members_present=application["present"], state_funding=application["requested_state"],
            # The lead organisation, or one in its line, proposed the topic of the call (TT 20/2023 Đ11).
            bonus_eligible=application["proposer"] in lines.get(application["lead_organisation"], set()),
            excellent_history=application["id"] in excellent,
        )
        for application in applications
    ]


async def before(panel: Panel) -> list[dict]:
    """The applications under review, or once counted those that were, with how many members present may judge each."""
    return await rows(
        """
        SELECT r.id, r.requested_state, r.lead, r.lead_organisation, t.proposer,
               count(*) FILTER (WHERE s.present AND b.state <> 'declined') AS present
        FROM ballot b JOIN proposal r ON r.id = b.proposal AND (r.state = 'in_review'
            OR EXISTS (SELECT FROM standing d WHERE d.panel = b.panel AND d.proposal = r.id)) JOIN call c ON c.id = r.call
        LEFT JOIN topic t ON t.id = c.topic LEFT JOIN seat s ON s.panel = b.panel AND s.person = b.judge
        WHERE b.panel = $1 GROUP BY r.id, t.id ORDER BY r.reference, r.id
        """,
        panel.id,
    )


async def excellent_ones(applications: list[dict], lines: dict[int, set[int]], rules: Rules) -> set[int]:
    """The applications whose lead person or organisation (`lines`: with its line) had a task graded excellent within the rule's years."""
    since = add_months(today(), -12 * rules.count.excellent_within_years)
    found = await rows("SELECT lead, lead_organisation FROM project WHERE grade = 'excellent' AND graded_on >= $1", since)
    people, bodies = {row["lead"] for row in found}, {row["lead_organisation"] for row in found}
    return {
        one["id"] for one in applications if one["lead"] in people or lines.get(one["lead_organisation"], set()) & bodies
    }


async def stand(panel: Panel, ranking: Ranking, *, by: Person) -> None:
    """Keep where each application stands, with every step, and conclude its review."""
    rules, _scheme = await rules_for(panel.id)
    kept = recorded(ranking)
    for place, written in zip(ranking.places, kept["places"], strict=True):
        one = place.count
        ties = [tie for tie in kept["ties"] if one.application in (tie["upper"], tie["lower"])]
        against = why_left_out(place, ranking)
        await add(
            Standing(
                panel=panel.id, proposal=one.application, rank=place.rank, mean=written["mean"], score=written["score"],
                shown=shown(one.score, rules.count) if one.score is not None else "", recommended=place.recommended,
                steps=json.dumps(written | {"ties": ties}), reasons=json.dumps(written["reasons"] + against),
            ),
            by=by, did="stood",
        )
        proposal = await Proposal.objects().where(Proposal.id == one.application).first()
        with speaking("vi"):
            words = " ".join(say(restored(reason)) for reason in written["reasons"] + against)
        await proposals.conclude_review(proposal, recommended=place.recommended, conclusion=words, by=by)
        await vetting.vet(one.application, by=by)
        if place.recommended:
            await appraisals.resume(await Proposal.objects().get(Proposal.id == one.application), by=by)


def why_left_out(place: Placed, ranking: Ranking) -> list[dict]:
    """Why an application that passes is not recommended: it lies on the line with others, or below it."""
    if place.recommended or not place.count.passes:
        return []
    on_line = [stored(flag) for flag in ranking.flags if flag.values["rank"] == place.rank]
    chosen = sum(other.recommended for other in ranking.places)
    return on_line or [stored(Reason("no_place_left", {"places": chosen}))]
