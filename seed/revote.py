"""The demo's vote taken anew: after the session a judge takes a post with an applicant, so the council votes on it again without him."""

from datetime import date

from grants.people import posts
from grants.people.tables import Role
from grants.proposals import objections
from review import ballots, invitations, panels, reviewers, revotes, vetting
from review.tables import Ballot
from seed.competition import OFFICER, counted
from seed.diary import Diary, moment, read
from seed.year_money import latest

APPLICATION, JUDGE, EMPLOYER = "quy26-go-keo", "ha.van.chuong@grants.test", "cty-go"
PANEL = "quy-2026-anew"  # as a call's key: the panel that votes anew
REASON = "Sau phiên họp, ủy viên nhận làm cố vấn sấy gỗ cho tổ chức chủ trì; phiếu của ủy viên đã được tính vào kết quả."
DECISION = {"decision_number": "0793/QĐ-SKHCN", "decided_on": date(2026, 9, 18)}


def note_revote(diary: Diary) -> None:
    """Found in September, voted on anew in October; the first vote stays to be read."""
    diary.on(moment("2026-09-08", 9), lambda: took_a_post(diary))
    diary.on(moment("2026-09-08", 10), vetting.look_again)
    diary.on(moment("2026-09-18", 15), lambda: ordered(diary))
    diary.on(moment("2026-10-09", 9), lambda: judged_anew(diary))
    diary.on(moment("2026-10-15", 14), lambda: counted(diary, {"key": PANEL}))


async def took_a_post(diary: Diary) -> None:
    who, body = await diary.who(JUDGE), diary.organisations[EMPLOYER]
    admin = await diary.who("admin@grants.test")
    await posts.appoint(who, Role.RESEARCHER, body, position="Cố vấn kỹ thuật sấy gỗ", since=date(2026, 9, 1), by=admin)


async def ordered(diary: Diary) -> None:
    """The objection holds: the same council is invited again without the member concerned, his review goes to another."""
    officer = await diary.who(OFFICER)
    (found,) = [one for one in await objections.of(diary.things[APPLICATION].id) if one.settled_at is None]
    panel = diary.things[f"panel-{PANEL}"] = await revotes.order(found, same_council=True, reason=REASON, **DECISION, by=officer)
    meeting = {"meets_at": moment("2026-10-15", 14), "place": "Phòng họp số 2, Sở KH&CN"}
    await panels.describe(panel, name=panel.name, **DECISION, **meeting, by=officer)
    await reviewers.share_out(await latest(panel), by=officer)
    await invitations.invite(await latest(panel), by=officer)


async def judged_anew(diary: Diary) -> None:
    """Each member accepts and hands in: the same points as the first time, for nothing in the application has changed."""
    one = next(one for one in read("proposals") if one["key"] == APPLICATION)
    for given in one["ballots"]:
        judge = await diary.who(given["judge"])
        mine = (Ballot.panel == diary.things[f"panel-{PANEL}"].id) & (Ballot.judge == judge.id)
        if (ballot := await Ballot.objects().where(mine).first()) is None:
            continue  # he whom the objection concerns
        await ballots.accept(ballot, by=judge)
        numbers, said = range(1, len(given["scores"]) + 1), given["comment"]
        await ballots.save(
            ballot, points=dict(zip(numbers, given["scores"], strict=True)), comments=dict.fromkeys(numbers, said), by=judge,
            review=said if ballot.assigned_reviewer else None,
        )
        await ballots.give(ballot, by=judge)
