"""Beside the legal ranking: expected ranks as published, offsets, what one ballot moves, and what if over the money line."""

import csv
import re
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.people import people
from grants.people.tables import Person, Role
from grants.proposals.tables import Proposal
from grants.shell.changes import Refused
from grants.shell.database import rows
from grants.shell.tables import Letter
from review import calibration, meetings, solving, what_if
from review.solvers import funding
from review.tables import Panel, Seat
from review.what_if import Asking, Limits
from tests.browsing import browsing
from tests.counting import statements
from tests.makers import a_call, a_person, a_proposal
from tests.makers_votes import a_panel, a_rule_set, all_present, fresh, given_by_all, judges_of, the_board
from tests.review.instances import HERE

PRINTED = [2.44, 4.06, 4.09, 4.12, 5.08, 6.19, 7.34, 7.26, 8.43, 9.42, 10.4, 11.4, 13.0, 13.0, 13.7]  # Heyard et al., mock panel 1


# --- expected ranks -----------------------------------------------------------------------------------------------------

def mock(panel: str) -> list[list]:
    with (HERE / "erforresearch_mock.csv").open() as opened:
        found = [row for row in csv.DictReader(opened) if row["panel"] == panel]
    judges = sorted({row["assessor"] for row in found})
    return [[int(row["proposal"][1:]) - 1, judges.index(row["assessor"]), float(row["num_grade_6best"])] for row in found]


@pytest.mark.anyio
async def test_the_mock_panel_s_expected_ranks_are_those_that_were_published():
    said = await solving.ask({"ask": "ranks", "grades": mock("p1"), "seed": calibration.SEED})
    assert max(abs(ours - theirs) for ours, theirs in zip(said["expected"], PRINTED, strict=True)) <= 0.15
    assert sum(said["expected"]) == pytest.approx(15 * 16 / 2, abs=0.01)
    assert all(low <= rank + 1 and rank - 1 <= high for low, rank, high in zip(said["low"], said["expected"], said["high"], strict=True))
    again = await solving.ask({"ask": "ranks", "grades": mock("p1"), "seed": calibration.SEED})
    assert again["expected"] == said["expected"]


@pytest.mark.anyio
async def test_a_strict_judge_is_found_out_and_drawn_towards_nought_where_there_is_little():
    grades = mock("p2")
    stricter = [[a, j, grade - (1.0 if j == 0 else 0)] for a, j, grade in grades]
    before, after = [await solving.ask({"ask": "ranks", "grades": one, "seed": 1}) for one in (grades, stricter)]
    assert before["offset"][0] - after["offset"][0] == pytest.approx(0.8, abs=0.25)
    little = await solving.ask({"ask": "ranks", "grades": [one for one in stricter if one[1] != 0 or one[0] == 0], "seed": 1})
    assert abs(little["offset"][0]) < abs(after["offset"][0])


# --- on a counted panel -------------------------------------------------------------------------------------------------

TOTALS = [[90, 88, 86, 92, 89, 87, 91], [80, 78, 81, 79, 82, 76, 85], [76, 80, 79, 78, 83, 81, 80], [72, 74, 70, 71, 75, 73, 76]]


async def a_counted_panel(
    totals: list[list[int]] = TOTALS, *, money: int = 2_000_000_000, **selection
) -> tuple[Panel, list[Proposal], Person]:
    """Applications of 900 triệu each before a counted council of seven."""
    rule_set = await a_rule_set(secret_ballot=selection.get("secret", True), names_hidden=False) if selection else None
    call = await a_call(state="closed", money=money, **({"rule_set": rule_set.id} if rule_set else {}))
    officer = await a_person(Role.OFFICER)
    applications = [await a_proposal(Proposal.State.IN_REVIEW, call=call) for _one in totals]
    panel = await a_panel(*applications, officer=officer)
    for application, sheets in zip(applications, totals, strict=True):
        await given_by_all(panel, application, sheets)
    await all_present(panel, by=officer)
    await meetings.open_session(panel, by=officer)
    await the_board(panel, by=officer)
    await meetings.count(panel, by=officer)
    return await fresh(panel), applications, officer


@pytest.mark.anyio
async def test_beside_the_ranking_stands_how_sure_it_is_and_the_ranking_itself_is_untouched(db):
    panel, applications, officer = await a_counted_panel()
    before = await rows("SELECT proposal, rank, score FROM standing ORDER BY id")
    found = await calibration.of(panel, by=officer)
    assert found.why_not == "" and [one.proposal for one in found.ranks][0] == applications[0].id
    assert [one.rank for one in found.ranks] == sorted(one.rank for one in found.ranks)
    assert {one.proposal: (one.low, one.high) for one in found.spreads.values()} == {
        application.id: (min(sheets), max(sheets)) for application, sheets in zip(applications, TOTALS, strict=True)
    }
    assert await rows("SELECT proposal, rank, score FROM standing ORDER BY id") == before


@pytest.mark.anyio
async def test_in_a_secret_vote_a_member_s_offset_has_no_name_but_for_the_auditor(db):
    panel, _applications, officer = await a_counted_panel(secret=True)
    names = {judge.full_name for judge in await judges_of(panel)}
    shown = await calibration.of(panel, by=officer)
    assert not {one.name for one in shown.offsets} & names and {one.judge for one in shown.offsets} == {0}
    audited = await calibration.of(panel, by=await a_person(Role.AUDITOR))
    assert {one.name for one in audited.offsets} == names


@pytest.mark.anyio
async def test_where_members_hardly_overlap_nothing_is_calibrated_and_it_says_so(db):
    sheet = {"name": "", "number": 1, "total": 80, "points": {}}
    two_groups = ((1, (1, 2, 3)), (2, (1, 2, 3)), (3, (4, 5, 6)), (4, (4, 5, 6)))
    apart = [sheet | {"proposal": p, "judge": j} for j, those in two_groups for p in those]
    assert "những nhóm không chấm chung hồ sơ" in calibration.overlap(apart)
    alone = [sheet | {"proposal": p, "judge": j} for j, those in ((1, (1, 2, 3)), (2, (1, 2, 3)), (3, (1, 2, 4))) for p in those]
    assert calibration.overlap(alone).startswith("1 thành viên không chấm chung từ 3 hồ sơ")
    assert "chưa đủ" in calibration.overlap(alone[:6])
    panel, _applications, officer = await a_counted_panel(TOTALS[:2])
    found = await calibration.of(panel, by=officer)
    assert found.why_not and found.ranks == found.offsets == []


@pytest.mark.anyio
async def test_a_ballot_that_decides_who_is_funded_is_named_and_no_other(db):
    """Two of four can be funded. Second and third are half a point apart: two ballots turn them round."""
    panel, applications, officer = await a_counted_panel()
    found = await calibration.of(panel, by=officer)
    second, third = applications[1], applications[2]
    assert len(found.moved) == 2 and {one.proposal for one in found.moved} == {second.id, third.id}
    assert {(one.gains, one.loses) for one in found.moved} == {((third.id,), (second.id,))}
    slow = set()
    for application, sheets in ((second, TOTALS[1]), (third, TOTALS[2])):
        for left_out in sheets:
            rest = list(sheets)
            rest.remove(left_out)
            mine = Fraction(sum(rest), 6)
            others = Fraction(sum(TOTALS[2] if application is second else TOTALS[1]), 7)
            if (mine < others) if application is second else (mine > others):
                slow.add((application.id, left_out))
    by_number = {(row["proposal"], row["number"]): row["total"] for row in await calibration.given(panel)}
    assert {(one.proposal, by_number[one.proposal, one.number]) for one in found.moved} == slow


@pytest.mark.anyio
async def test_the_chair_invites_to_talk_where_ballots_lie_apart_and_no_ballot_changes(db):
    totals = [*TOTALS[:3], [95, 55, 94, 60, 92, 58, 93]]
    panel, applications, officer = await a_counted_panel(totals)
    found = await calibration.of(panel, by=officer)
    assert [one.proposal for one in found.spreads.values() if one.discuss] == [applications[3].id]
    await rows("DELETE FROM letter")
    before = await rows("SELECT total FROM ballot ORDER BY id")
    judges = await judges_of(panel)
    await calibration.invite_to_discuss(panel, applications[3].id, by=await people.person(judges[0].id))
    assert await Letter.count() == 7 and await rows("SELECT total FROM ballot ORDER BY id") == before
    for stranger in (judges[5], await a_person(Role.AUDITOR), await a_person(Role.LEADER)):
        with pytest.raises(Refused):
            await calibration.invite_to_discuss(panel, applications[3].id, by=stranger)


@pytest.mark.anyio
async def test_chair_and_secretary_see_it_a_plain_member_and_an_applicant_do_not(db):
    panel, applications, officer = await a_counted_panel()
    judges, seats = await judges_of(panel), await Seat.objects().where(Seat.panel == panel.id).order_by(Seat.id)
    seen = {seat.part for seat, judge in zip(seats, judges, strict=True) if calibration.can_see(judge, await calibration.seats_of(panel))}
    assert seen == {"chair", "vice_chair", "secretary"}
    async with browsing() as browser:
        for who, status in (
            (officer, 200), (judges[0], 200), (judges[5], 404), (await people.person(applications[0].lead), 403),
        ):
            here = await browser().sign_in(who)
            for page in ("calibration", "what-if"):
                assert (await here.open(f"/panels/{panel.id}/{page}")).status == status, (who.full_name, page)
        leader = await browser().sign_in(await a_person(Role.LEADER))
        assert (await leader.open(f"/panels/{panel.id}/what-if")).status == 200
        assert (await leader.open(f"/panels/{panel.id}/calibration")).status == 403


# --- what if ------------------------------------------------------------------------------------------------------------

def asking(n: int, score: int, amount: int, **more) -> Asking:
    return Asking(**{"id": n, "reference": f"HS-{n}", "title": f"Hồ sơ {n}", "rank": n, "score": Fraction(score), "passes": True,
                     "field": "Trồng trọt", "organisation": f"Viện {n}", "amounts": {("recurrent", 2026): amount}} | more)


THREE = [asking(1, 90, 1600), asking(2, 85, 1000), asking(3, 80, 900)]


@pytest.mark.anyio
async def test_the_line_stops_where_the_money_ends_and_the_optimum_names_what_turned_the_order_round():
    limits = Limits(2000)
    assert what_if.line(THREE, limits) == {1}
    best, proven = await what_if.optimum(THREE, limits)
    assert (best, proven) == ({2, 3}, True)
    found = what_if.inversions(THREE, limits, best)
    assert [(one.upper.id, [lower.id for lower in one.lower]) for one in found] == [(1, [2, 3])]
    assert found[0].causes == ["tổng kinh phí: cần ít nhất 2.500 ₫, chỉ có 2.000 ₫"]
    assert what_if.inversions(THREE, limits, {1}) == []


def test_who_breaks_a_ceiling_is_passed_over_with_its_name_and_who_does_not_pass_is_never_funded():
    some = [
        asking(1, 90, 500), asking(2, 88, 600), asking(3, 80, 300, field="Y tế", organisation="Viện 1"), asking(4, 60, 100, passes=False),
    ]
    limits = Limits(5000, each_field=1000)
    assert what_if.line(some, limits) == {1, 3}
    assert [(one.upper.id, one.causes) for one in what_if.inversions(some, limits, {1, 3})] == [
        (2, ["trần của lĩnh vực Trồng trọt: cần ít nhất 1.100 ₫, chỉ có 1.000 ₫"])
    ]
    assert what_if.line(some, Limits(5000, each_organisation=700)) == {1, 2}
    assert what_if.line(some, Limits(5000, streams={"recurrent": 900})) == {1, 3}
    assert what_if.line(some, Limits(5000, years={2026: 650})) == {1}
    assert what_if.line(some, Limits(5000, least_score=Fraction(85))) == {1, 2}


several = st.lists(st.tuples(st.integers(60, 95), st.integers(1, 9), st.sampled_from("AB"), st.sampled_from("XY")), min_size=1, max_size=7)


@settings(max_examples=80, deadline=None)
@given(several, st.integers(1, 30), st.one_of(st.none(), st.integers(1, 12)), st.one_of(st.none(), st.integers(1, 12)))
def test_nobody_finds_a_better_set_and_every_inversion_has_a_cause(drawn, money, each_field, each_organisation):
    drawn.sort(reverse=True)
    those = [asking(n, score, amount, field=f, organisation=o) for n, (score, amount, f, o) in enumerate(drawn, 1)]
    limits = Limits(money, each_field=each_field, each_organisation=each_organisation)
    ceilings = list(limits.over(those))
    said = funding.answer(what_if.question(those, limits))
    best = {those[n].id for n in said["chosen"]}
    assert said["proven"] and not any(ceiling.broken_by(best) for ceiling in ceilings)
    possible = (set(some) for size in range(len(those) + 1) for some in combinations([one.id for one in those], size))
    most = max(what_if.totals(those, some)[2] for some in possible if not any(ceiling.broken_by(some) for ceiling in ceilings))
    assert what_if.totals(those, best)[2] == most
    line = what_if.line(those, limits)
    assert not any(ceiling.broken_by(line) for ceiling in ceilings)
    for funded in (best, line):
        for one in what_if.inversions(those, limits, funded):
            assert one.causes and one.upper.id not in funded


@pytest.mark.anyio
async def test_the_what_if_page_tries_other_money_gives_typed_things_back_and_changes_nothing(db):
    panel, _applications, officer = await a_counted_panel()
    async with browsing() as browser:
        here = await browser().sign_in(officer)
        await here.open(f"/panels/{panel.id}/what-if")
        assert "2 1.800.000.000 ₫" in here.page.words
        before = await rows("SELECT count(*) AS count FROM event")
        await here.open(f"/panels/{panel.id}/what-if?money=3.000.000.000&least_score=75")
        assert "3 2.700.000.000 ₫" in here.page.words
        for score in ("x", "1e9"):
            wrong = await here.open(f"/panels/{panel.id}/what-if?money=nhiều&least_score={score}")
            assert wrong.status == 422 and set(wrong.errors()) == {"money", "least_score"}
        assert before == await rows("SELECT count(*) AS count FROM event")
        await here.open(f"/panels/{panel.id}/calibration")
        assert re.search(r"vào được hạn mức kinh phí; \S+ ra ngoài hạn mức kinh phí", here.page.words), here.page.words


@pytest.mark.anyio
@pytest.mark.parametrize("page", ["calibration", "what-if"])
async def test_the_pages_take_as_few_statements_for_two_applications_as_for_six(db, page):
    seen = []
    for totals in (TOTALS[:2], TOTALS + TOTALS[:2]):
        panel, _applications, officer = await a_counted_panel(totals)
        async with browsing() as browser:
            here = await browser().sign_in(officer)
            await here.open(f"/panels/{panel.id}/{page}")
            with statements() as asked:
                await here.open(f"/panels/{panel.id}/{page}")
            seen.append(len(asked))
    assert seen[0] == seen[1] <= 12, seen
