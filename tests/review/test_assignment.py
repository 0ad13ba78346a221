"""Sharing out the reviewers of a panel: asked for, worked out, changed by hand, put to work, refilled after a decline."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest

from grants.people import people
from grants.people.people import today
from grants.people.tables import Person, Role
from grants.proposals.tables import Proposal
from grants.shell.changes import Refused, at, changing, now
from grants.shell.database import rows
from grants.shell.text import fold
from review import assignment, assignment_reading, assignment_runs, reviewers, seats, similarity, solving
from review.assignment import Wanted
from review.assignment_tables import AssignmentRun
from review.roster_tables import Expert, Publication
from review.solvers import assigning
from review.tables import Panel, Seat
from tests.makers import a_call, a_person, a_proposal, an_organisation
from tests.makers_review import a_panel, an_expert, named_for
from tests.review.instances import problem

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
COFFEE, FISH, SCHOOL = "cà phê, tuyến trùng, đất bazan", "thủy sản, nuôi tôm hùm lồng", "giáo dục tiểu học, chương trình song ngữ"


async def a_panel_of(*experts: Person, applications: list[dict], seats_taken: int = 3) -> tuple[Panel, list[Proposal]]:
    """A panel being formed: chair, vice chair and secretary, then these experts as members; nobody reviews anything yet."""
    call = await a_call()
    proposals = [await a_proposal(Proposal.State.ELIGIBLE, call=call, **one) for one in applications]
    panel = await a_panel(applications=0, members=seats_taken, call=call)
    for expert in experts:
        await seats.take(panel, await named_for(panel, expert), Seat.Part.MEMBER, by=await officer_of(panel))
    return panel, proposals


async def officer_of(panel: Panel) -> Person:
    return await people.person(panel.officer)


async def worked_out(panel: Panel, **wishes) -> AssignmentRun:
    """A run that was asked for and worked out."""
    answer_by = wishes.pop("answer_by", None)
    run = await assignment_runs.ask_for(panel, Wanted(**wishes), by=await officer_of(panel), answer_by=answer_by)
    await assignment_runs.solve(run.id)
    return await again(run)


async def again(run: AssignmentRun) -> AssignmentRun:
    return await AssignmentRun.objects().where(AssignmentRun.id == run.id).first()


def pairs(run: AssignmentRun) -> set[tuple[int, int]]:
    return assignment_runs.pairs_of(json.loads(run.inputs), json.loads(run.answer))


async def specialists() -> list[Person]:
    return [
        await an_expert("Cao Văn Phê", of=await an_organisation(), fields=["401"], keywords=COFFEE),
        await an_expert("Hồ Thị Nông", of=await an_organisation(), fields=["401"], keywords="cà phê, tái canh"),
        await an_expert("Ngư Văn Tôm", of=await an_organisation(), fields=["405"], keywords=FISH),
        await an_expert("Thủy Thị Sản", of=await an_organisation(), fields=["405"], keywords="bệnh tôm hùm, thủy sản"),
        await an_expert("Giáo Văn Dục", of=await an_organisation(), fields=["503"], keywords=SCHOOL),
    ]


TWO = [
    {"title": "Phòng trừ tuyến trùng hại cà phê trên đất bazan", "field": "401", "summary": "Tuyến trùng làm cà phê tái canh chết."},
    {"title": "Nuôi tôm hùm lồng ít phát thải", "field": "405", "summary": "Bệnh tôm hùm và môi trường vịnh."},
]


async def test_each_application_gets_those_who_know_its_field_with_the_reasons():
    coffee, farmer, fisher, vet, _teacher = everyone = await specialists()
    panel, (on_coffee, on_lobster) = await a_panel_of(*everyone, applications=TWO)
    run = await worked_out(panel)
    assert pairs(run) == {(on_coffee.id, coffee.id), (on_coffee.id, farmer.id), (on_lobster.id, fisher.id), (on_lobster.id, vet.id)}
    answer = json.loads(run.answer)
    assert answer["proven"] and answer["total"] == answer["bound"]
    lines = (await assignment_reading.reading(run, answer)).lines()
    first = next(one for one in lines[0].reviewers if one.person == coffee.id)
    assert first.reason.startswith("Cùng lĩnh vực Trồng trọt; cùng nói về: ") and "tuyến trùng" in first.reason and "cà phê" in first.reason
    await assignment_runs.apply(run, by=await officer_of(panel))
    assert {(a, person) for a, them in (await reviewers.of_panel(panel)).items() for person in them} == pairs(run)
    with pytest.raises(Refused, match="không giao được nữa"):
        await assignment_runs.apply(await again(run), by=await officer_of(panel))


async def test_what_an_expert_published_and_led_speaks_for_them():
    coffee, _farmer, fisher, _vet, _teacher = everyone = await specialists()
    panel, (on_coffee, _on_lobster) = await a_panel_of(*everyone, applications=TWO)
    before = (await similarity.likeness([on_coffee.id], [fisher.id]))["value"][0][0]
    title = "Tuyến trùng hại cà phê tái canh trên đất bazan"
    await Publication(person=fisher.id, year=2024, title=title, folded=fold(title)).save()
    found = await similarity.likeness([on_coffee.id], [fisher.id])
    assert found["value"][0][0] > before + 100 and any("tuyến trùng" in words for words in found["reasons"][0]["0"]["words"])


async def test_two_of_one_workplace_never_review_the_same_application_and_a_conflict_keeps_away():
    university = await an_organisation("Trường Đại học Tây Nguyên")
    both = [await an_expert(of=university, fields=["401"], keywords=COFFEE) for _n in range(2)]
    third = await an_expert(of=await an_organisation(), fields=["101"])
    panel, (proposal, _other) = await a_panel_of(*both, third, applications=[TWO[0], TWO[0]])
    run = await worked_out(panel)
    assert not json.loads(run.answer)["short"]
    for a in {proposal.id, _other.id}:
        them = {person for x, person in pairs(run) if x == a}
        assert third.id in them and len(them & {one.id for one in both}) == 1


async def test_who_works_on_a_run_that_somebody_else_began_anew_does_not_overwrite_their_answer(monkeypatch):
    panel, _applications = await a_panel_of(*await specialists(), applications=TWO)
    run = await assignment_runs.ask_for(panel, Wanted(), by=await officer_of(panel), answer_by=None)

    ask = solving.ask

    async def slowly(question, *, seconds=60):
        if question["ask"] != "assignment":
            return await ask(question, seconds=seconds)
        late = now() + assignment_runs.LOST_AFTER + timedelta(seconds=1)
        with at(late):
            taken_on = await assignment_runs.begin(run.id)
        async with changing(taken_on, by=None, did="solved") as answered:
            answered.state, answered.solved_at, answered.inputs, answered.answer = "solved", late, "{}", '{"theirs": 1}'
        return {"pairs": []}

    monkeypatch.setattr(solving, "ask", slowly)
    await assignment_runs.solve(run.id)
    assert json.loads((await again(run)).answer) == {"theirs": 1}


async def test_what_cannot_be_met_names_the_applications_and_the_limits():
    coffee, farmer, *_rest = everyone = await specialists()
    panel, (first, second) = await a_panel_of(*everyone[:2], applications=[TWO[0], TWO[0]])
    await Expert.update({Expert.load: 1}).where(Expert.person.is_in([coffee.id, farmer.id]))
    run = await worked_out(panel)
    inputs, answer = json.loads(run.inputs), json.loads(run.answer)
    assert len(answer["pairs"]) == 2
    assert assignment_reading.unmet(inputs, answer) == [
        f"Hồ sơ {first.reference}, {second.reference} cần tất cả 4 lượt phản biện, nhưng những người nhận được "
        "(TS. Hồ Thị Nông; TS. Cao Văn Phê) chỉ còn 2 lượt."
    ]


async def test_a_run_is_shown_again_as_it_was_and_not_even_the_owner_rewrites_it(owner):
    everyone = await specialists()
    panel, _proposals = await a_panel_of(*everyone, applications=TWO)
    run = await worked_out(panel, aim="lot", cap=60)
    asked = assignment.question(json.loads(run.inputs), Wanted.of(run), run.seed)
    await Person.update({Person.keywords: "", Person.fields: []}, force=True)
    once_more = await solving.ask(asked)
    assert once_more["pairs"] == json.loads(run.answer)["pairs"] and once_more["chances"] == json.loads(run.answer)["chances"]
    assert max(percent for _a, _e, percent in once_more["chances"]) <= 60
    for column, value in (("answer", "'{}'"), ("inputs", "'{}'"), ("wanted", "'{}'"), ("seed", "1")):
        with pytest.raises(asyncpg.PostgresError, match="kept as it was"):
            await owner.execute(f"UPDATE assignment_run SET {column} = {value} WHERE id = {run.id}")
    with pytest.raises(asyncpg.PostgresError, match="kept as it was"):
        await owner.execute(f"DELETE FROM assignment_run WHERE id = {run.id}")


async def test_a_change_by_hand_costs_what_was_said_before_and_leaves_the_others_alone_if_wished():
    coffee, farmer, _fisher, vet, teacher = everyone = await specialists()
    panel, (on_coffee, on_lobster) = await a_panel_of(*everyone, applications=TWO)
    run = await worked_out(panel)
    answer, officer = json.loads(run.answer), await officer_of(panel)
    read = await assignment_reading.reading(run, answer)
    price = next(one.price for one in read.others(on_coffee.id) if one.person == teacher.id)
    assert price > 0
    free = await assignment_runs.change(run, on_coffee.id, put_in=teacher.id, take_out=None, others_stay=False, by=officer)
    await assignment_runs.solve(free.id)
    free = await again(free)
    assert answer["total"] - json.loads(free.answer)["total"] == price and (on_coffee.id, teacher.id) in pairs(free)
    kept = await assignment_runs.change(run, on_coffee.id, put_in=teacher.id, take_out=farmer.id, others_stay=True, by=officer)
    await assignment_runs.solve(kept.id)
    kept = await again(kept)
    assert pairs(kept) == pairs(run) - {(on_coffee.id, farmer.id)} | {(on_coffee.id, teacher.id)}
    with pytest.raises(Refused, match="chỉ có 2 phản biện; hãy thay ra một người"):
        await assignment_runs.change(kept, on_coffee.id, put_in=vet.id, take_out=None, others_stay=True, by=officer)


async def test_the_best_worst_off_application_first_and_the_flow_s_answer_when_time_runs_out():
    everyone = await specialists()
    panel, _proposals = await a_panel_of(*everyone, applications=TWO)
    run = await worked_out(panel, aim="worst")
    answer = json.loads(run.answer)
    assert answer["method"] == "worst" and answer["worst"] == answer["worst_bound"] and json.loads(run.flow)["method"] == "flow"
    large = problem("aamas2015", load=12)
    question = {name: getattr(large, name).tolist() for name in ("demand", "load", "application", "expert", "value")}
    late = assigning.answer(question | {"aim": "worst", "seconds": 0})
    assert late["method"] == "flow" and not late["proven"] and late["total"] == assigning.answer(question | {"aim": "total"})["total"]
    assert assignment_reading.proof(Wanted(aim="worst"), late).startswith("Chưa tìm xong phương án đồng đều nhất trong thời hạn")


async def test_nominated_people_take_the_seats_that_are_left_and_no_more():
    chosen = await specialists()
    panel, (on_coffee, on_lobster) = await a_panel_of(await an_expert(), await an_expert(), applications=TWO, seats_taken=3)
    for one in chosen:
        await named_for(panel, one)
    run = await worked_out(panel, pool="nominated")
    assert json.loads(run.inputs)["room"] == 4 and json.loads(run.answer)["proven"]
    assert {person for _a, person in pairs(run)} == {one.id for one in chosen[:4]}
    await assignment_runs.apply(run, by=await officer_of(panel))
    assert await Seat.count().where(Seat.panel == panel.id) == 9


async def test_two_workers_take_on_the_same_run_when_its_row_is_not_held(monkeypatch):
    """The control: the same race, the row of the run not held while it is looked at, and both have looked before either writes."""
    looked, changes = asyncio.Barrier(2), assignment_runs.changing

    @asynccontextmanager
    async def after_both_looked(run, **more):
        await looked.wait()
        async with changes(run, **more) as fresh:
            yield fresh

    panel, _proposals = await a_panel_of(*await specialists(), applications=TWO)
    run = await assignment_runs.ask_for(panel, Wanted(), by=await officer_of(panel))
    monkeypatch.setattr(AssignmentRun.objects().__class__, "lock_rows", lambda query, *_how, **_more: query)
    monkeypatch.setattr(assignment_runs, "changing", after_both_looked)
    taken = await asyncio.wait_for(asyncio.gather(*(assignment_runs.begin(run.id) for _n in range(2))), 20)
    assert all(taken)


async def test_two_workers_never_work_out_the_same_run():
    panel, _proposals = await a_panel_of(*await specialists(), applications=TWO)
    run = await assignment_runs.ask_for(panel, Wanted(), by=await officer_of(panel))
    taken = await asyncio.gather(*(assignment_runs.begin(run.id) for _n in range(4)))
    assert sum(one is not None for one in taken) == 1
    with at(now() + timedelta(minutes=30)):  # whoever took it on is gone: somebody else may
        assert await assignment_runs.begin(run.id) is not None


async def test_the_day_by_which_reviewers_answer_is_yet_to_come_and_a_panel_counts_its_own_plans():
    everyone = await specialists()
    first, second = [(await a_panel_of(*everyone, applications=TWO))[0] for _n in range(2)]
    with pytest.raises(Refused, match="Hạn trả lời đã qua"):
        await assignment_runs.ask_for(first, Wanted(), by=await officer_of(first), answer_by=today() - timedelta(days=1))
    asked = [
        await assignment_runs.ask_for(panel, Wanted(), by=await officer_of(panel), answer_by=today()) for panel in (first, second, first)
    ]
    assert [await assignment_runs.number_of(run) for run in asked] == [1, 1, 2]


async def test_only_an_officer_asks_and_only_while_the_panel_may_change():
    everyone = await specialists()
    panel, _proposals = await a_panel_of(*everyone, applications=TWO)
    with pytest.raises(Refused):
        await assignment_runs.ask_for(panel, Wanted(), by=await a_person(Role.ASSOCIATION))
    await rows("UPDATE panel SET state = 'counted' WHERE id = $1", panel.id)
    panel = await Panel.objects().where(Panel.id == panel.id).first()
    with pytest.raises(Refused):
        await assignment_runs.ask_for(panel, Wanted(), by=await officer_of(panel))
