"""After a decline or silence the next in line reviews, and nobody else is moved."""

import json
from datetime import timedelta

import pytest

from grants.people import people
from grants.people.people import today
from grants.people.tables import Person
from grants.shell.changes import Refused, at, now
from grants.shell.database import rows
from grants.shell.tables import Letter
from review import assignment_runs, ballots, invitations, reviewers, vacancies
from review.assignment_tables import AssignmentRun
from review.tables import Ballot, Panel
from tests.review.test_assignment import TWO, a_panel_of, again, officer_of, pairs, specialists, worked_out

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def an_applied_run(**wishes) -> tuple[Panel, AssignmentRun, list[Person]]:
    """A panel of nine, invited, whose reviewers were shared out by a run that refills."""
    everyone = await specialists()
    panel, _proposals = await a_panel_of(*everyone, applications=TWO)
    run = await worked_out(panel, refill=True, answer_by=today() + timedelta(days=5), **wishes)
    await assignment_runs.apply(run, by=await officer_of(panel))
    await invitations.invite(panel, by=await officer_of(panel))
    return await Panel.objects().where(Panel.id == panel.id).first(), await again(run), everyone


async def ballot(proposal: int, person: int) -> Ballot:
    return await Ballot.objects().where((Ballot.proposal == proposal) & (Ballot.judge == person)).first()


async def test_after_a_decline_the_next_in_line_reviews_and_nobody_else_is_moved():
    panel, run, everyone = await an_applied_run()
    inputs, answer = json.loads(run.inputs), json.loads(run.answer)
    a, gone = sorted(pairs(run))[0]
    place = next(n for n, one in enumerate(inputs["applications"]) if one["id"] == a)
    line = [inputs["experts"][e]["id"] for e in answer["alternates"][place]]
    await ballots.decline(await ballot(a, gone), reason="Bận công tác", by=await people.person(gone))
    await vacancies.fill()
    held = {(x, person) for x, them in (await reviewers.of_panel(panel)).items() for person in them}
    assert held == pairs(run) - {(a, gone)} | {(a, line[0])}
    assert (await ballot(a, line[0])).assigned_reviewer
    assert (await rows("SELECT by FROM event WHERE did = 'assigned' ORDER BY id DESC LIMIT 1"))[0]["by"] is None  # the worker
    told = {(row["person"], row["subject"]) for row in await Letter.select(Letter.person, Letter.subject)}
    assert (panel.officer, "Đã thay ủy viên phản biện") in told and (line[0], "Mời phản biện thêm hồ sơ") in told
    before = await Letter.count()
    await vacancies.fill()
    assert await Letter.count() == before  # looked at once


async def test_silence_past_the_date_counts_as_a_decline_and_not_a_day_sooner():
    panel, run, _everyone = await an_applied_run()
    (a, silent), *others = sorted(pairs(run))
    for x, person in others:
        await ballots.accept(await ballot(x, person), by=await people.person(person))
    with at(now() + timedelta(days=5)):
        assert await vacancies.of(run) == []
    with at(now() + timedelta(days=6)):
        assert await vacancies.of(run) == [vacancies.Vacancy(a, silent, True)]
        await vacancies.fill()
    held = {(x, person) for x, them in (await reviewers.of_panel(panel)).items() for person in them}
    assert set(others) < held and (a, silent) not in held and len(held) == 4


async def test_when_nobody_is_left_the_officer_is_told_so():
    panel, run, everyone = await an_applied_run()
    a = sorted(pairs(run))[0][0]
    for person in everyone:
        await ballots.decline(await ballot(a, person.id), reason="Bận công tác", by=await people.person(person.id))
    await vacancies.fill()
    assert a not in await reviewers.of_panel(panel)
    letter = await Letter.objects().where(Letter.subject == "Đã thay ủy viên phản biện").first()
    assert "không còn ai thay được" in letter.body


async def test_who_has_accepted_stays_when_the_rest_is_shared_out_anew():
    panel, run, _everyone = await an_applied_run()
    a, person = sorted(pairs(run))[0]
    await ballots.accept(await ballot(a, person), by=await people.person(person))
    stale = await assignment_runs.change(run, a, put_in=None, take_out=person, others_stay=True, by=await officer_of(panel))
    await assignment_runs.solve(stale.id)
    with pytest.raises(Refused, match="Đã có 1 người nhận phản biện sau khi phương án này được tính"):
        await assignment_runs.apply(await again(stale), by=await officer_of(panel))
    second = await worked_out(panel)
    assert [a, person] in json.loads(second.inputs)["kept"] and (a, person) in pairs(second)
    with pytest.raises(Refused, match="đã nhận đánh giá"):
        await assignment_runs.change(second, a, put_in=None, take_out=person, others_stay=True, by=await officer_of(panel))
