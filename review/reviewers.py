"""Assigned reviewers: which members write the in-depth review of which application."""

from collections.abc import Collection

from grants.people.tables import Person
from grants.rules.content import Seat as Sits
from grants.shell.changes import add, changing, remove, require
from grants.shell.database import DB, rows
from grants.shell.language import _
from review import conflicts, experts, panels
from review.roster_tables import Expert
from review.tables import AssignedReviewer, Ballot, Panel, Seat


async def assign(panel: Panel, proposal: int, reviewers: Collection[int], *, by: Person | None) -> None:
    """Name the members who review an application in depth; who was named before and is not now is released.

    `by=None`: the worker, where the officer wished that vacancies be filled.
    """
    async with changing(panel, by=by, did="assigned", proposal=proposal, reviewers=sorted(reviewers)) as panel:
        if by is None:
            require(panel.state in panels.OPEN, _("Không đổi được phản biện ở bước này."))
        else:
            await panels.require_change(by, panel, _("Không đổi được phản biện ở bước này."))
        require(proposal in await conflicts.before(panel), _("Hồ sơ này không thuộc hội đồng."))
        most = (await panels.rule_of(panel)).reviewers_per_application
        require(len(set(reviewers)) <= most, _("Mỗi hồ sơ có {most} ủy viên phản biện.").format(most=most))
        named = await AssignedReviewer.objects().where(
            (AssignedReviewer.panel == panel.id) & (AssignedReviewer.proposal == proposal)
        )
        coming = set(reviewers) - {one.person for one in named}
        for one in named:
            if one.person not in reviewers:
                await remove(one, by=by, did="unassigned")
        for person in sorted(coming):
            await require_fit_to_review(panel, proposal, person)
            await add(AssignedReviewer(panel=panel.id, proposal=proposal, person=person), by=by, did="assigned")
        await mark_ballots(panel, proposal, set(reviewers), by=by)


async def require_fit_to_review(panel: Panel, proposal: int, person: int) -> None:
    """A reviewer sits as a plain member, has no conflict with the application and carries no more than their load."""
    sits = Seat.exists().where((Seat.panel == panel.id) & (Seat.person == person) & (Seat.part == Seat.Part.MEMBER.value))
    require(await sits, _("Ủy viên phản biện được chọn trong các ủy viên của hội đồng."))
    known = await conflicts.of_panel(panel, {person: Sits.REVIEWER})
    hits = [hit for hit, waived in known if hit.proposal == proposal and hit.excludes and not waived]
    require(not hits, _("Không thể giao phản biện vì xung đột lợi ích: {why}").format(why=conflicts.in_words(hits)))
    declined = Ballot.exists().where(
        (Ballot.panel == panel.id) & (Ballot.proposal == proposal) & (Ballot.judge == person)
        & (Ballot.state == Ballot.State.DECLINED.value)
    )
    require(not await declined, _("Thành viên này đã từ chối đánh giá hồ sơ."))
    expert = await Expert.objects(Expert.person).where(Expert.person == person).first()
    carried = (await experts.workload(person))["reviewing"]
    require(
        carried < expert.load,
        _("{name} đang phản biện {carried} hồ sơ, nhiều nhất {load}.").format(
            name=expert.person.full_name, carried=carried, load=expert.load
        ),
    )


async def mark_ballots(panel: Panel, proposal: int, reviewers: set[int], *, by: Person) -> None:
    """Ballots already offered say who reviews in depth; one that was handed in stays as it is."""
    for ballot in await Ballot.objects().where((Ballot.panel == panel.id) & (Ballot.proposal == proposal)):
        if ballot.state != Ballot.State.GIVEN and ballot.assigned_reviewer != (ballot.judge in reviewers):
            async with changing(ballot, by=by, did="assigned") as ballot:
                ballot.assigned_reviewer = ballot.judge in reviewers


async def share_out(panel: Panel, *, by: Person) -> None:
    """Name reviewers for every application that lacks some: who has fewest goes first, then whose field meets it.

    Nobody gets an application they declined or have a conflict with, nor more than their load; what cannot be filled stays open.
    """
    async with DB.transaction():
        await panels.require_change(by, panel, _("Không đổi được phản biện ở bước này."))
        wanted = (await panels.rule_of(panel)).reviewers_per_application
        members = await free_members(panel)
        barred = await barred_pairs(panel, [row["person"] for row in members])
        held = await of_panel(panel)
        carried = {row["person"]: sum(row["person"] in them for them in held.values()) for row in members}
        for proposal in await rows(
            "SELECT id, field FROM proposal WHERE id = ANY($1) ORDER BY reference, id", await conflicts.before(panel)
        ):
            there = [one for one in held.get(proposal["id"], ()) if (one, proposal["id"]) not in barred]
            free = [row for row in members if row["person"] not in there and (row["person"], proposal["id"]) not in barred]
            free = [row for row in free if row["room"] > 0]
            free.sort(key=lambda row: (carried[row["person"]], proposal["field"] not in row["fields"], row["id"]))
            coming = free[:max(0, wanted - len(there))]
            for row in coming:
                carried[row["person"]] += 1
                row["room"] -= 1
            if coming:
                await assign(panel, proposal["id"], there + [row["person"] for row in coming], by=by)


async def free_members(panel: Panel) -> list[dict]:
    """The plain members with their fields and how many more applications they may review: id (seat), person, fields, room."""
    found = await rows(
        """
        SELECT s.id, s.person, p.fields, e.load - (SELECT count(*) FROM assigned_reviewer r JOIN panel l ON l.id = r.panel
            WHERE r.person = s.person AND l.state IN ('forming', 'invited', 'in_session')) AS room
        FROM seat s JOIN person p ON p.id = s.person JOIN expert e ON e.person = s.person
        WHERE s.panel = $1 AND s.part = 'member' ORDER BY s.id
        """,
        panel.id,
    )
    return [dict(row) for row in found]


async def barred_pairs(panel: Panel, people: list[int]) -> set[tuple[int, int]]:
    """(person, application) that cannot go together: a conflict excludes it, or the member declined it."""
    hits = await conflicts.of_panel(panel, dict.fromkeys(people, Sits.REVIEWER))
    declined = await rows("SELECT judge, proposal FROM ballot WHERE panel = $1 AND state = 'declined'", panel.id)
    return {(hit.person, hit.proposal) for hit, waived in hits if hit.excludes and not waived} | {
        (row["judge"], row["proposal"]) for row in declined
    }


async def of_panel(panel: Panel) -> dict[int, list[int]]:
    """Application → who reviews it in depth."""
    found: dict[int, list[int]] = {}
    for one in await AssignedReviewer.objects().where(AssignedReviewer.panel == panel.id).order_by(AssignedReviewer.id):
        found.setdefault(one.proposal, []).append(one.person)
    return found


async def by_application(panel: Panel) -> list[list]:
    """Each application with its reviewers, as tables show it: reference, names, how many of their reviews are handed in."""
    found = await rows(
        """
        SELECT p.reference, array_agg(w.full_name ORDER BY w.sort_key, w.id) AS names, count(*) FILTER (WHERE b.state = 'given') AS given
        FROM assigned_reviewer r JOIN proposal p ON p.id = r.proposal JOIN person w ON w.id = r.person
        LEFT JOIN ballot b ON b.panel = r.panel AND b.proposal = r.proposal AND b.judge = r.person
        WHERE r.panel = $1 GROUP BY p.id ORDER BY p.reference, p.id
        """,
        panel.id,
    )
    return [[row["reference"], ", ".join(row["names"]), f"{row['given']}/{len(row['names'])}"] for row in found]
