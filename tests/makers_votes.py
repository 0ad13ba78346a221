"""Makers of panels and ballots: a council of seven with its seats, and ballots brought to a state by the verbs."""

from grants.people.people import person
from grants.people.tables import Person, Role
from grants.proposals.tables import Proposal
from grants.rules import shipped
from grants.rules.tables import RuleSet
from grants.shell.changes import now
from grants.shell.database import rows
from review import appraisals, ballots, deliberations, meetings
from review.appraisal_tables import Appraisal, Appraiser
from review.tables import Ballot, Panel, Seat
from tests.makers import a_call, a_person, a_proposal

MOST = {1: 12, 2: 24, 3: 16, 4: 16, 5: 16, 6: 16}  # the shipped scheme "applied"
FINE = [80, 82, 78, 84, 76, 80, 80]  # what seven members give when nothing is wrong
PARTS = [Seat.Part.CHAIR, Seat.Part.VICE_CHAIR, Seat.Part.SECRETARY, *[Seat.Part.MEMBER] * 4]
P = Panel.State


async def a_rule_set(code: str = "hidden", *, kind: str = "selection", **changed) -> RuleSet:
    """The shipped rules with other values for one kind of panel."""
    import json

    columns = shipped.rule_set("tt20-2023")
    columns["content"]["panels"][kind] |= changed
    row = RuleSet(**columns | {"code": code, "content": json.dumps(columns["content"])})
    await row.save()
    return row


async def a_panel(*applications: Proposal, state: str = P.INVITED, judges: list[Person] | None = None, count: int = 7, **more) -> Panel:
    """A selection panel on the applications of one call; members 4 and 5 (counted from 1) are the assigned reviewers."""
    if not applications:
        applications = (await a_proposal(Proposal.State.IN_REVIEW),)
    officer = more.pop("officer", None) or await a_person(Role.OFFICER)
    panel = Panel(**{
        "call": applications[0].call, "name": "Hội đồng tuyển chọn lĩnh vực nông nghiệp", "decision_number": "125/QĐ-SKHCN",
        "decided_on": now().date(), "meets_at": now(), "place": "Phòng họp số 2", "state": state,
        "officer": officer.id,
    } | more)
    await panel.save()
    for n in range(count):
        judge = judges[n] if judges else await a_person(Role.EXPERT, full_name=f"Y Bhiăo Thẩm Định {n + 1}")
        await Seat(panel=panel.id, person=judge.id, part=PARTS[n] if n < len(PARTS) else Seat.Part.MEMBER).save()
        for application in applications:
            await Ballot(
                panel=panel.id, proposal=application.id, judge=judge.id, assigned_reviewer=n in (3, 4), offered_at=now()
            ).save()
    return panel


async def judges_of(panel: Panel) -> list[Person]:
    found = await Seat.select(Seat.person).where(Seat.panel == panel.id).order_by(Seat.id)
    return [await person(row["person"]) for row in found]


async def ballot_of(judge: Person, application: Proposal) -> Ballot:
    return await Ballot.objects().where((Ballot.judge == judge.id) & (Ballot.proposal == application.id)).first()


def points(total: int) -> dict[int, int]:
    """Points that add up to `total`, none of them 0."""
    spread = dict.fromkeys(MOST, 1)
    for number, most in MOST.items():
        spread[number] += min(most - 1, total - sum(spread.values()))
    assert sum(spread.values()) == total
    return spread


async def give(ballot: Ballot, given: int | dict[int, int], *, by: Person, comment: str = "Đạt yêu cầu.") -> None:
    """Accept, score and hand in a ballot."""
    sheet = points(given) if isinstance(given, int) else given
    await ballots.accept(ballot, by=by)
    await ballots.save(ballot, points=sheet, comments=dict.fromkeys(sheet, comment), review="Nên thực hiện.", by=by)
    await ballots.give(ballot, by=by)


async def given_by_all(panel: Panel, application: Proposal, totals: list[int | dict]) -> None:
    """The members' ballots on an application, in the order of their seats; None where a member gives none."""
    for judge, total in zip(await judges_of(panel), totals, strict=True):
        if total is not None:
            await give(await ballot_of(judge, application), total, by=judge)


async def all_present(panel: Panel, *, by: Person, but: tuple[int, ...] = ()) -> None:
    """Everyone in the room, but the members with these places (from 1)."""
    seats = await Seat.objects().where(Seat.panel == panel.id).order_by(Seat.id)
    marks = {seat.id: meetings.Mark("absent" if n in but else "room") for n, seat in enumerate(seats, 1)}
    await meetings.attend(panel, marks, by=by)


async def the_board(panel: Panel, *, by: Person) -> None:
    """The session elects the first three members present to count."""
    there = [seat.person for seat in await Seat.objects().where((Seat.panel == panel.id) & Seat.present.eq(True)).order_by(Seat.id)]
    await deliberations.elect(panel, there[:3], by=by)


async def a_call_of(places: int | None = None, **more):
    return await a_call(places=places, state="closed", **more)


async def fresh(row):
    return await type(row).objects().where(type(row).id == row.id).first()


async def events_of(table: str) -> list[str]:
    return [row["did"] for row in await rows("SELECT did FROM event WHERE thing = $1 ORDER BY id", table)]


async def a_recommended(**more) -> tuple[Proposal, Panel, Person]:
    """An application that a panel has counted and recommended; its panel and the officer."""
    officer = await a_person(Role.OFFICER)
    application = await a_proposal(Proposal.State.IN_REVIEW, **more)
    panel = await a_panel(application, officer=officer)
    await given_by_all(panel, application, [80, 82, 78, 84, 76, 80, 80])
    await all_present(panel, by=officer)
    await meetings.open_session(panel, by=officer)
    await the_board(panel, by=officer)
    await meetings.count(panel, by=officer)
    return await fresh(application), panel, officer


async def a_team(panel: Panel) -> dict:
    """Five people for an appraisal, the panel's chair for the panel."""
    officials = [await a_person(role) for role in (Role.OFFICER, Role.FINANCE, Role.TREASURER, Role.FINANCE)]
    parts = (Appraiser.Part.HEAD, Appraiser.Part.DEPUTY, Appraiser.Part.FUNDING, Appraiser.Part.SECRETARY)
    return dict(zip(parts, officials, strict=True)) | {Appraiser.Part.COUNCIL: (await judges_of(panel))[0]}


async def an_appraisal(**more) -> tuple[Appraisal, dict, Proposal]:
    """An open appraisal, its team by part, its application."""
    application, panel, officer = await a_recommended(**more)
    team = await a_team(panel)
    return await appraisals.open_appraisal(application, team, by=officer), team, application


async def a_session(*totals: list, places: int | None = None, amounts: tuple = (), **more) -> tuple[Panel, list[Proposal], object]:
    """A panel in session on one application for each list of totals, all seven present, ballots given; and its officer."""
    officer = await a_person(Role.OFFICER)
    call = await a_call(places=places, **more)
    applications = [
        await a_proposal(Proposal.State.IN_REVIEW, call=call, amount=amounts[n] if amounts else 900_000_000)
        for n in range(len(totals))
    ]
    panel = await a_panel(*applications, officer=officer)
    for application, given in zip(applications, totals, strict=True):
        await given_by_all(panel, application, given)
    await all_present(panel, by=officer)
    await meetings.open_session(panel, by=officer)
    await the_board(panel, by=officer)
    return panel, applications, officer
