"""A ballot's life: offered with little to read, accepted or declined, filled in and saved, handed in once."""

import asyncio
import contextlib

import asyncpg
import obstore
import pytest

from grants.proposals import submissions
from grants.proposals.tables import Document, Proposal
from grants.shell import files
from grants.shell.changes import Refused, now
from grants.shell.database import rows
from grants.shell.tables import Letter
from review import ballots
from review.ballots import State
from review.papers import papers
from review.tables import Ballot, Interest, Panel, Score
from tests.browsing import browsing
from tests.counting import statements
from tests.makers import PASSWORD, a_call, a_person, a_proposal
from tests.makers_votes import MOST, a_panel, a_rule_set, ballot_of, fresh, give, judges_of, points

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def a_ballot(n: int = 6, **more) -> tuple[Ballot, object]:
    """The nth member's ballot on one application, and the member."""
    application = await a_proposal(Proposal.State.IN_REVIEW, **more)
    judge = (await judges_of(await a_panel(application)))[n]
    return await ballot_of(judge, application), judge


async def filled(ballot, judge, total: int = 80, comment: str = "Đạt.") -> Ballot:
    await ballots.accept(ballot, by=judge)
    await ballots.save(ballot, points=points(total), comments=dict.fromkeys(MOST, comment), by=judge)
    return await fresh(ballot)


async def test_accepting_declares_that_there_is_no_conflict():
    ballot, judge = await a_ballot()
    await ballots.accept(ballot, by=judge)
    assert (await fresh(ballot)).state == State.ACCEPTED
    assert [(i.person, i.proposal, i.conflict) for i in await Interest.objects()] == [(judge.id, ballot.proposal, False)]


async def test_a_declared_conflict_ends_the_ballot_and_the_officer_is_told_once():
    ballot, judge = await a_ballot()
    await ballots.accept(ballot, by=judge)
    await ballots.declare_conflict(ballot, fact="Chủ nhiệm là học trò của tôi", by=judge)
    after = await fresh(ballot)
    assert (after.state, after.reason) == (State.DECLINED, "Chủ nhiệm là học trò của tôi")
    assert [(i.conflict, i.fact) for i in await Interest.objects()] == [(True, "Chủ nhiệm là học trò của tôi")]
    assert await Letter.count() == 1
    with pytest.raises(Refused, match="đã từ chối"):
        await ballots.accept(ballot, by=judge)


async def test_declining_needs_a_reason_and_tells_the_officer():
    ballot, judge = await a_ballot()
    with pytest.raises(Refused, match="lý do"):
        await ballots.decline(ballot, reason="  ", by=judge)
    await ballots.decline(ballot, reason="Không đúng chuyên môn", by=judge)
    panel = await Panel.objects().first()
    assert [letter.person for letter in await Letter.objects()] == [panel.officer]


async def test_what_was_saved_stands_and_what_was_not_named_stays():
    ballot, judge = await a_ballot()
    await ballots.accept(ballot, by=judge)
    await ballots.save(ballot, points={1: 10, 2: 20}, comments={1: "Rõ"}, by=judge)
    await ballots.save(ballot, points={2: 21, 1: None}, comments={}, by=judge)
    found = {s.criterion: (s.points, s.comment) for s in await Score.objects()}
    assert found == {1: (None, "Rõ"), 2: (21, "")}


async def test_points_stay_within_the_criterion():
    ballot, judge = await a_ballot()
    await ballots.accept(ballot, by=judge)
    for wrong in ({1: 13}, {1: -1}, {7: 1}):
        with pytest.raises(Refused):
            await ballots.save(ballot, points=wrong, comments={}, by=judge)
    assert await Score.count() == 0


async def test_a_ballot_is_given_only_whole_and_its_total_is_computed_here():
    ballot, judge = await a_ballot()
    await ballots.accept(ballot, by=judge)
    await ballots.save(ballot, points={n: m for n, m in MOST.items() if n != 3}, comments=dict.fromkeys(MOST, "Đạt"), by=judge)
    with pytest.raises(Refused, match="Tiêu chí 3: chưa cho điểm"):
        await ballots.give(ballot, by=judge)
    await ballots.save(ballot, points={3: 7}, comments={4: "   "}, by=judge)
    with pytest.raises(Refused, match="Tiêu chí 4: chưa có nhận xét"):
        await ballots.give(ballot, by=judge)
    await ballots.save(ballot, points={}, comments={4: "Đạt"}, by=judge)
    await ballots.give(ballot, by=judge)
    assert ((await fresh(ballot)).state, (await fresh(ballot)).total) == (State.GIVEN, 91)


async def test_the_assigned_reviewer_also_writes_the_review():
    ballot, judge = await a_ballot(3)
    await filled(ballot, judge)
    with pytest.raises(Refused, match="nhận xét phản biện"):
        await ballots.give(ballot, by=judge)
    await ballots.save(ballot, points={}, comments={}, review="Nên thực hiện, sửa mục tiêu 2.", by=judge)
    await ballots.give(ballot, by=judge)
    assert (await fresh(ballot)).review == "Nên thực hiện, sửa mục tiêu 2."


async def test_a_given_ballot_never_changes_by_verb_or_by_hand(owner):
    ballot, judge = await a_ballot()
    await filled(ballot, judge)
    await ballots.give(ballot, by=judge)
    for again in (
        ballots.give(ballot, by=judge), ballots.save(ballot, points={1: 0}, comments={}, by=judge),
        ballots.decline(ballot, reason="Thôi", by=judge), ballots.declare_conflict(ballot, fact="Có", by=judge),
    ):
        with pytest.raises(Refused, match="đã nộp"):
            await again
    for statement in (
        f"UPDATE score SET points = 0 WHERE ballot = {ballot.id}", f"DELETE FROM score WHERE ballot = {ballot.id}",
        f"INSERT INTO score (ballot, criterion, points, comment) VALUES ({ballot.id}, 9, 1, '')",
        f"UPDATE ballot SET total = 1 WHERE id = {ballot.id}", f"DELETE FROM ballot WHERE id = {ballot.id}",
        f"UPDATE ballot SET state = 'accepted', total = NULL, given_at = NULL WHERE id = {ballot.id}",
    ):
        with pytest.raises(asyncpg.PostgresError, match="handed in"):
            await owner.execute(statement)
    assert sum(s.points for s in await Score.objects()) == (await fresh(ballot)).total == 80


async def test_points_cannot_slip_in_while_the_ballot_is_being_handed_in(owner, server):
    """The race the trigger closes: without its lock the insert would not see the hand-in that is not yet committed."""
    from grants.shell import database

    ballot, judge = await a_ballot()
    await filled(ballot, judge)
    other = await asyncpg.connect(**database.connection(server))

    async def race() -> bool:
        """Hand in by hand, and change points before that is committed; whether the change got through."""
        held = owner.transaction()
        await held.start()
        await owner.execute("UPDATE ballot SET state = 'given', total = 80, given_at = now() WHERE id = $1", ballot.id)
        changed = asyncio.create_task(other.execute("UPDATE score SET points = points - 1 WHERE ballot = $1 AND criterion = 2", ballot.id))
        await asyncio.sleep(0.2)
        await held.commit()
        with contextlib.suppress(asyncpg.PostgresError):
            await changed
            return True
        return False

    assert not await race()
    await owner.execute("ALTER TABLE ballot DISABLE TRIGGER given_ballot_stays")
    await owner.execute("UPDATE ballot SET state = 'accepted', total = NULL, given_at = NULL WHERE id = $1", ballot.id)
    await owner.execute("ALTER TABLE ballot ENABLE TRIGGER given_ballot_stays")
    source = await owner.fetchval("SELECT pg_get_functiondef('given_points_stay'::regproc)")
    try:
        await owner.execute(source.replace(" FOR SHARE", ""))
        assert await race(), "the control: without the lock the points slip in"
    finally:
        await owner.execute(source)
        await other.close()


async def test_a_ballot_handed_in_twice_at_once_is_handed_in_once():
    ballot, judge = await a_ballot()
    await filled(ballot, judge)
    found = await asyncio.gather(*(ballots.give(ballot, by=judge) for _n in range(8)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) == ["NoneType"] + ["Refused"] * 7
    assert [row["did"] for row in await rows("SELECT did FROM event WHERE thing = 'ballot' AND did = 'given'")] == ["given"]


async def test_nobody_answers_for_somebody_else_nor_after_the_session():
    ballot, judge = await a_ballot()
    with pytest.raises(Refused, match="của người khác"):
        await ballots.accept(ballot, by=await a_person())
    await rows("UPDATE panel SET state = 'counted'")
    with pytest.raises(Refused, match="không nhận phiếu"):
        await ballots.accept(ballot, by=judge)


# --- what may be read ---

async def test_before_accepting_only_title_and_summary_can_be_read_and_names_are_struck_out():
    lead = await a_person(full_name="Zêno Trứ Danh")
    ballot, judge = await a_ballot(lead=lead, summary="Nhóm của Zêno Trứ Danh chọn giống cà phê.")
    offered = await papers(ballot, by=judge)
    assert (offered.summary, offered.whole, offered.content) == ("Nhóm của ▇▇▇ chọn giống cà phê.", False, {})
    await ballots.accept(ballot, by=judge)
    opened = await papers(await fresh(ballot), by=judge)
    assert opened.named and opened.content["lead"]["name"] == "TS. Zêno Trứ Danh" and opened.content["requested"] == 900_000_000
    assert await papers(ballot, by=lead) is None
    await ballots.declare_conflict(ballot, fact="Bạn học", by=judge)
    assert (await papers(await fresh(ballot), by=judge)).content == {}


async def test_where_the_rule_set_hides_names_nothing_that_names_is_read_even_after_accepting():
    call = await a_call(rule_set=(await a_rule_set(names_hidden=True)).id)
    lead = await a_person(full_name="Zêno Trứ Danh")
    application = await a_proposal(Proposal.State.DRAFT, lead=lead, call=call)
    await rows("UPDATE section SET text = 'zêno trứ danh đã làm 3 nhiệm vụ.' WHERE code = 'capacity'")
    from grants.proposals import submissions
    await rows("UPDATE proposal SET state = 'in_review', reference = 'HS-1', submitted_at = now()")
    await submissions.keep_snapshot(await fresh(application), by=lead)
    judge = (await judges_of(await a_panel(application)))[6]
    ballot = await ballot_of(judge, application)
    await ballots.accept(ballot, by=judge)
    opened = await papers(await fresh(ballot), by=judge)
    assert opened.whole and not opened.named
    assert opened.content["sections"]["capacity"] == "▇▇▇ đã làm 3 nhiệm vụ."
    assert {"lead", "lead_organisation", "signatory", "team", "partners", "documents"} & opened.content.keys() == set()
    assert "trứ danh" not in str(opened).lower()


@pytest.mark.parametrize("names_hidden", [False, True])
async def test_documents_are_read_after_accepting_and_only_where_names_are_shown(names_hidden):
    call = await a_call(rule_set=(await a_rule_set(names_hidden=names_hidden)).id)
    lead = await a_person()
    application = await a_proposal(Proposal.State.DRAFT, lead=lead, call=call)
    await obstore.put_async(files.store(), "0a1b2c.pdf", b"%PDF-1.7 thuyet minh")
    kept = Document(
        proposal=application.id, filename="Thuyết minh.pdf", stored="0a1b2c.pdf", size=20, sha256="0",
        uploaded_at=now(), uploaded_by=lead.id,
    )
    await kept.save()
    await rows("UPDATE proposal SET state = 'in_review', reference = 'HS-1', submitted_at = now()")
    await submissions.keep_snapshot(await fresh(application), by=lead)
    judge = (await judges_of(await a_panel(application)))[6]
    ballot = await ballot_of(judge, application)
    async with browsing() as browser:
        eva = await browser().sign_in(judge)
        here = f"/ballots/{ballot.id}/documents/{kept.id}"
        assert (await eva.client.get(here)).status_code == 404
        await ballots.accept(ballot, by=judge)
        answer = await eva.client.get(here)
        assert answer.status_code == (404 if names_hidden else 200)
        if not names_hidden:
            assert answer.content == b"%PDF-1.7 thuyet minh" and answer.headers["content-disposition"].startswith("attachment")
        assert (await eva.client.get(f"/ballots/{ballot.id}/documents/{kept.id + 1}")).status_code == 404


# --- in the browser ---

async def test_an_expert_s_story_from_the_offer_to_the_handed_in_ballot():
    ballot, judge = await a_ballot(summary="Chọn giống cà phê chịu hạn.")
    async with browsing() as browser:
        eva = await browser().sign_in(judge)
        await eva.open("/ballots")
        assert f"/ballots/{ballot.id}" in eva.page.links
        await eva.open(f"/ballots/{ballot.id}")
        assert "Chọn giống cà phê chịu hạn." in eva.page.words and "900.000.000" not in eva.page.words
        await eva.open(f"/ballots/{ballot.id}/papers")
        assert eva.page.status == 404
        await eva.open(f"/ballots/{ballot.id}")
        await eva.submit(f"/ballots/{ballot.id}/answer")
        assert eva.page.status == 422 and eva.page.errors().keys() == {"answer"}
        await eva.submit(f"/ballots/{ballot.id}/answer", answer="decline", reason="")
        assert eva.page.status == 422 and eva.page.errors() == {"reason": "Hãy ghi lý do."}
        await eva.submit(f"/ballots/{ballot.id}/answer", answer="accept")
        assert eva.page.answer.url.path == f"/ballots/{ballot.id}"
        await eva.open(f"/ballots/{ballot.id}/papers")
        assert "Phần method của hồ sơ." in eva.page.words and "900.000.000" in eva.page.words
        await eva.open(f"/ballots/{ballot.id}")
        typed = {f"points_{n}": str(p) for n, p in points(83).items()} | {f"comment_{n}": f"Nhận xét {n}" for n in MOST}
        await eva.submit(f"/ballots/{ballot.id}/scores", **typed | {"points_2": "25", "comment_6": ""}, then="check")
        assert eva.page.status == 422 and eva.page.errors() == {"points_2": "Số quá lớn: tối đa 24."}
        assert eva.page.form(f"/ballots/{ballot.id}/scores").xpath(".//*[@name='points_2']/@value") == ["25"]
        assert len(await Score.objects()) == 6  # the rest of it was kept all the same
        await eva.submit(f"/ballots/{ballot.id}/scores", points_2=typed["points_2"], then="check")
        assert eva.page.answer.url.path == f"/ballots/{ballot.id}/check"
        assert "Tiêu chí 6: chưa có nhận xét." in eva.page.words
        assert not [f for f in eva.page.all("form") if f.get("action").endswith("/submission")]
        await eva.open(f"/ballots/{ballot.id}")
        await eva.submit(f"/ballots/{ballot.id}/scores", comment_6="Đủ năng lực", then="check")
        await eva.submit(f"/ballots/{ballot.id}/submission")
        assert "Bạn đã nộp phiếu 83 điểm" in eva.page.words
        answer = await eva.client.post(f"/ballots/{ballot.id}/scores", data={
            "points_1": "1", "_csrf_token": eva.client.cookies["csrftoken"],
        })
        assert answer.status_code == 409
    assert ((await fresh(ballot)).state, (await fresh(ballot)).total) == (State.GIVEN, 83)


async def test_the_form_saves_itself_and_a_half_typed_number_costs_only_itself():
    ballot, judge = await a_ballot()
    await ballots.accept(ballot, by=judge)
    async with browsing() as browser:
        eva = await browser().sign_in(judge)
        await eva.open(f"/ballots/{ballot.id}")
        token = eva.page.form(f"/ballots/{ballot.id}/scores").xpath(".//*[@name='_csrf_token']/@value")[0]

        async def autosave(**typed):
            sent = typed | {"_csrf_token": token}
            return await eva.client.post(f"/ballots/{ballot.id}/scores", data=sent, headers={"hx-request": "true"})

        kept = await autosave(points_1="10", comment_1="Tốt", points_2="")
        assert kept.status_code == 200 and "<html" not in kept.text and "1/6 tiêu chí, 10 điểm" in kept.text
        refused = await autosave(points_1="1o", comment_1="Tốt lắm", points_2="9")
        assert refused.status_code == 422 and "Tiêu chí 1: Hãy gõ một số nguyên." in refused.text
        assert {s.criterion: (s.points, s.comment) for s in await Score.objects()} == {1: (10, "Tốt lắm"), 2: (9, "")}
        # The session is lost: a line says so in the form, no page takes its place; the save button brings what was typed through sign-in.
        await rows("DELETE FROM session")
        lost = await autosave(points_1="11")
        assert lost.status_code == 409 and "<html" not in lost.text and "Phiên làm việc đã hết" in lost.text
        assert (await Score.objects().get(Score.criterion == 1)).points == 10
        scores = f"/ballots/{ballot.id}/scores"
        page = await eva.submit(scores, points_1="11", comment_1="Tốt lắm", points_2="9")
        assert page.status == 401 and "Những gì bạn vừa gõ vẫn còn" in page.words
        await eva.submit("/sign-in", email=judge.email, password=PASSWORD)
        await eva.submit(scores)
        form = eva.page.form(scores)
        assert form.xpath(".//*[@name='points_1']/@value") == ["11"] and "Tốt lắm" in eva.page.words
    assert {s.criterion: (s.points, s.comment) for s in await Score.objects()} == {1: (11, "Tốt lắm"), 2: (9, "")}


async def test_a_colleague_s_ballot_and_a_missing_one_answer_alike():
    ballot, judge = await a_ballot()
    other = (await judges_of(await Panel.objects().first()))[0]
    async with browsing() as browser:
        eve = await browser().sign_in(other)
        for path in ("", "/papers", "/check", "/answer", "/documents/1"):
            theirs, missing = await eve.open(f"/ballots/{ballot.id}{path}"), await eve.open(f"/ballots/999999{path}")
            assert (theirs.status, theirs.words) == (missing.status, missing.words) and theirs.status == 404
        await eve.open("/ballots")
        assert f"/ballots/{ballot.id}" not in eve.page.links
        token = eve.client.cookies["csrftoken"]
        for path in ("scores", "submission", "answer"):
            answer = await eve.client.post(f"/ballots/{ballot.id}/{path}", data={"_csrf_token": token, "answer": "accept"})
            assert answer.status_code == 404
    assert (await fresh(ballot)).state == State.OFFERED


async def test_an_expert_may_step_down_after_accepting():
    ballot, judge = await a_ballot()
    await ballots.accept(ballot, by=judge)
    async with browsing() as browser:
        eva = await browser().sign_in(judge)
        await eva.open(f"/ballots/{ballot.id}/answer")
        await eva.submit(f"/ballots/{ballot.id}/answer", answer="conflict", reason="")
        assert eva.page.status == 422 and eva.page.errors() == {"reason": "Hãy ghi lý do."}
        await eva.submit(f"/ballots/{ballot.id}/answer", answer="conflict", reason="Nhận ra là đồng tác giả")
        assert "Nhận ra là đồng tác giả" in eva.page.words
    assert (await fresh(ballot)).state == State.DECLINED


async def test_the_list_needs_as_many_queries_for_thirty_ballots_as_for_one():
    application = await a_proposal(Proposal.State.IN_REVIEW)
    panel = await a_panel(application)
    judge = (await judges_of(panel))[6]
    async with browsing() as browser:
        eva = await browser().sign_in(judge)
        await eva.open("/ballots")
        with statements() as one:
            await eva.open("/ballots")
        for n in range(29):
            another = await a_proposal(Proposal.State.IN_REVIEW, call=await fresh_call(application), title=f"Hồ sơ {n}")
            await Ballot(panel=panel.id, proposal=another.id, judge=judge.id, offered_at=panel.meets_at).save()
        with statements() as thirty:
            await eva.open("/ballots")
        assert len(thirty) == len(one) <= 12
        assert len([link for link in eva.page.links if link.startswith("/ballots/")]) == 30


async def fresh_call(application):
    from grants.calls.tables import Call

    return await Call.objects().where(Call.id == application.call).first()


async def test_giving_through_the_makers_is_the_same_as_by_hand():
    ballot, judge = await a_ballot()
    await give(ballot, 77, by=judge)
    assert (await fresh(ballot)).total == 77
