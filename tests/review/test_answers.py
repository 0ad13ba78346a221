"""A team answers its reviews in writing where the rule set has that step: without names or points, once, in its time."""

import json
import re
from datetime import timedelta

import asyncpg
import pytest

from grants.people.tables import Role
from grants.proposals.tables import Proposal
from grants.rules import shipped
from grants.rules.tables import RuleSet
from grants.shell.changes import Refused, at, now
from grants.shell.tables import Letter
from review import answers, ballots
from tests.browsing import browsing
from tests.makers import a_call, a_person, a_proposal
from tests.makers_votes import a_panel, ballot_of, give, judges_of

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def rules_with_the_step(**selection) -> RuleSet:
    columns = shipped.rule_set("tt20-2023")
    columns["content"]["answers_to_reviews"] = {"value": 5, "unit": "working_days"}
    columns["content"]["panels"]["selection"] |= selection
    row = RuleSet(**columns | {"code": "answers", "content": json.dumps(columns["content"])})
    await row.save()
    return row


async def a_reviewed_application(reviews: int = 2, **selection):
    """An application whose reviewers (the fourth and fifth member) have handed in; the lead and the judges."""
    lead = await a_person(Role.RESEARCHER, full_name="Nguyễn Thị Bí Mật")
    call = await a_call(rule_set=(await rules_with_the_step(**selection)).id)
    application = await a_proposal(Proposal.State.IN_REVIEW, call=call, lead=lead)
    panel = await a_panel(application, meets_at=now() + timedelta(days=20))
    judges = await judges_of(panel)
    for judge in judges[3:3 + reviews]:
        ballot = await ballot_of(judge, application)
        await give(ballot, 80, by=judge)
    return application, lead, judges


async def test_when_the_last_review_is_in_the_lead_is_told_and_reads_reviews_without_names_or_points():
    application, lead, judges = await a_reviewed_application(reviews=1)
    assert await answers.window(application.id) is None
    ballot = await ballot_of(judges[4], application)
    await ballots.accept(ballot, by=judges[4])
    await ballots.save(
        ballot, points=dict.fromkeys(range(1, 7), 11), comments=dict.fromkeys(range(1, 7), "Tốt"),
        review=f"Cần thêm đối chứng. {judges[4].full_name}", by=judges[4],
    )
    await ballots.give(ballot, by=judges[4])
    assert [one.link for one in await Letter.objects().where(Letter.person == lead.id)] == [f"/proposals/{application.id}/answer"]
    async with browsing() as browser:
        here = await browser().sign_in(lead)
        assert f"/proposals/{application.id}/answer" in (await here.open(f"/proposals/{application.id}/review")).links
        page = await here.open(f"/proposals/{application.id}/answer")
        reviews = page.words.split("Nhận xét 1")[1].split("Trả lời của nhóm")[0]
        assert "Cần thêm đối chứng." in reviews and not re.search(r"\d{2}", reviews)
        assert not any(judge.full_name in page.text for judge in judges)
        await here.submit(f"/proposals/{application.id}/answer", words="Đã bổ sung đối chứng ở mục 3.")
        assert here.page.status == 200 and "Đã bổ sung đối chứng" in here.page.words
        member = await browser().sign_in(judges[5])
        mine = await ballot_of(judges[5], application)
        await ballots.accept(mine, by=judges[5])
        assert "Đã bổ sung đối chứng ở mục 3." in (await member.open(f"/ballots/{mine.id}/papers")).words
        stranger = await browser().sign_in(await a_person(Role.RESEARCHER))
        assert (await stranger.client.get(f"/proposals/{application.id}/answer")).status_code == 404


async def test_a_team_answers_once_by_its_lead_and_in_its_time(owner):
    application, lead, _judges = await a_reviewed_application()
    with pytest.raises(Refused, match="Chỉ chủ nhiệm"):
        await answers.give(application, "Đồng ý", by=await a_person(Role.RESEARCHER))
    with at(now() + timedelta(days=12)), pytest.raises(Refused, match="không phải lúc"):
        await answers.give(application, "Muộn", by=lead)
    await answers.give(application, "Đồng ý", by=lead)
    with pytest.raises(Refused, match="đã trả lời"):
        await answers.give(application, "Thêm", by=lead)
    with pytest.raises(asyncpg.PostgresError):
        await owner.execute("UPDATE answer SET words = 'khác'")


async def test_where_names_are_hidden_the_answer_reaches_judges_without_them():
    application, lead, _judges = await a_reviewed_application(names_hidden=True)
    await answers.give(application, "Tôi, Nguyễn Thị Bí Mật, đồng ý bổ sung.", by=lead)
    said = await answers.for_judge(application.id, names_hidden=True)
    assert "Bí Mật" not in said and "đồng ý bổ sung" in said


async def test_where_the_rules_have_no_such_step_the_team_reads_nothing_before_the_decision():
    application = await a_proposal(Proposal.State.IN_REVIEW)
    judges = await judges_of(await a_panel(application))
    for judge in judges[3:5]:
        await give(await ballot_of(judge, application), 80, by=judge)
    assert await answers.window(application.id) is None
    assert await Letter.count() == 0
