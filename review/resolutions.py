"""What a council on topics or a project resolves: counted out of the votes handed in, kept with every step, then carried over."""

import json
import secrets
from collections import defaultdict
from types import SimpleNamespace

from grants.calls import calls
from grants.calls.tables import Topic
from grants.people.people import holds
from grants.people.tables import Person, Role
from grants.projects import evaluations
from grants.projects.tables import Project
from grants.rules.content import PanelKind, Rules
from grants.shell.changes import add, changing, now, require
from grants.shell.database import rows
from grants.shell.language import _, either
from review import deliberations, grades, matters
from review.ballots import rules_for
from review.matter_tables import Matter, Resolution, Vote
from review.reasons import Reason, restored, say, stored
from review.tables import Panel
from review.verdicts import verdict
from review.votes import is_carried


async def resolve(panel: Panel, *, by: Person) -> None:
    """Count every matter's votes of the members present, numbers drawn by lot; called by the count, in its transaction."""
    rules, _scheme = await rules_for(panel.id)
    for matter in await matters.of(panel):
        present = await present_on(panel, matter.id)
        given = await drawn(matter.id, by=by)
        require(given, _("«{title}» chưa có phiếu nào.").format(title=matter.title))
        found, steps = counted([vote.verdict for vote in given], present, panel, rules, await members_of(panel))
        tally = {code: sum(vote.verdict == code for vote in given) for code in ("favour", "against", "excellent", "pass", "fail")}
        row = Resolution(
            matter=matter.id, verdict=found, present=present, at=now(), tally=json.dumps({k: n for k, n in tally.items() if n}),
            steps=json.dumps([stored(step) for step in steps]),
        )
        await add(row, by=by, did="resolved")


async def members_of(panel: Panel) -> int:
    return (await rows("SELECT count(*) AS n FROM seat WHERE panel = $1", panel.id))[0]["n"]


async def present_on(panel: Panel, matter: int) -> int:
    """How many members present may judge a matter: those who declined it are not among them."""
    return (await rows(
        "SELECT count(*) AS n FROM seat s JOIN vote v ON v.judge = s.person AND v.matter = $2 "
        "WHERE s.panel = $1 AND s.present AND v.state <> 'declined'", panel.id, matter
    ))[0]["n"]


async def drawn(matter: int, *, by: Person) -> list[Vote]:
    """The votes handed in by members present, each with its number drawn by lot, in the order of the numbers."""
    ids = [row["id"] for row in await rows(
        "SELECT v.id FROM vote v JOIN matter m ON m.id = v.matter JOIN seat s ON s.panel = m.panel AND s.person = v.judge "
        "WHERE v.matter = $1 AND v.state = 'given' AND s.present ORDER BY v.id", matter
    )]
    secrets.SystemRandom().shuffle(ids)
    for number, id in enumerate(ids, 1):
        async with changing(Vote(id=id, _ignore_missing=True), by=by, did="numbered") as vote:
            vote.number = number
    return await Vote.objects().where((Vote.matter == matter) & Vote.number.is_not_null()).order_by(Vote.number)


def counted(votes: list[str], present: int, panel: Panel, rules: Rules, members: int) -> tuple[str, tuple[Reason, ...]]:
    """The council's verdict on one matter with its steps: a topic by the share of ballots in favour, a project by its grades."""
    if panel.kind == PanelKind.TOPIC.value:
        rule, yes = rules.panels[PanelKind.TOPIC].vote, votes.count("favour")
        carried = is_carried(rule, yes=yes, ballots=len(votes), present=present, members=members)
        base = {"ballots": len(votes), "present": present, "members": members}[rule.base]
        code = ("topic_carried" if carried else "topic_not_carried") + ("_strictly" if rule.strictly else "")
        return ("favour" if carried else "against"), (Reason(code, {"yes": yes, "base": base, "share": rule.share}),)
    graded = grades.council_grade(votes, present, rules.grades)
    return graded.grade.value, graded.reasons


# --- read back ---

async def lines(panel: Panel, *, by: Person) -> list[dict]:
    """Each matter with its resolution and the counted votes by number: one reading for page, export and minutes."""
    rules, _scheme = await rules_for(panel.id)
    named = holds(by, Role.AUDITOR) or not rules.panels[panel.kind].secret_ballot
    votes = defaultdict(list)
    for row in await rows(
        "SELECT v.matter, v.number, v.verdict, v.reasons, v.review, CASE WHEN $2 THEN w.full_name ELSE '' END AS judge, "
        "k.verdict AS early, k.given_at <> v.given_at AS again "
        "FROM vote v JOIN matter m ON m.id = v.matter JOIN person w ON w.id = v.judge LEFT JOIN preliminary_vote k ON k.vote = v.id "
        "WHERE m.panel = $1 AND v.number IS NOT NULL ORDER BY v.number", panel.id, named,
    ):
        votes[row["matter"]].append(row)
    return [line(matter, votes[matter.id], named=named) for matter in await matters.of(panel) if matter.verdict]


def line(matter: SimpleNamespace, votes: list[dict], *, named: bool) -> dict:
    """One matter's resolution with every step, and its votes as a table; whose they are, only for those who may know."""
    heads = [(_("Phiếu số"), "number"), (_("Kết luận của phiếu"), "text"), (_("Vì sao"), "long")]
    return {
        "matter": matter.id, "code": matter.code, "title": either(matter.title, matter.title_en), "verdict": verdict(matter.verdict),
        "steps": [say(restored(step)) for step in json.loads(matter.steps)], "present": matter.present, "brief": matter.brief,
        "reviews": [row["review"] for row in votes if row["review"].strip()],
        "heads": heads + ([(_("Thành viên hội đồng"), "text")] if named else []),
        "rows": [
            [row["number"], verdict(row["verdict"])[0], " ".join(say(restored(one)) for one in json.loads(row["reasons"]))]
            + ([row["judge"]] if named else []) for row in votes
        ],
        "early": [[matter.code, row["number"], verdict(row["early"])[0], verdict(row["verdict"])[0]] for row in votes if row["early"]],
        "again": sum(bool(row["again"]) for row in votes),
    }


def summary_table(found: list[dict]) -> tuple[list[tuple[str, str]], list[list]]:
    """What was resolved on each matter, a row each."""
    heads = [(_("Mã"), "code"), (_("Tên nhiệm vụ"), "text"), (_("Có mặt"), "number"), (_("Phiếu"), "number"), (_("Kết luận"), "text")]
    return heads, [[one["code"], one["title"], one["present"], len(one["rows"]), one["verdict"][0]] for one in found]


def preliminary_table(found: list[dict]) -> tuple[list[tuple[str, str]], list[list]]:
    """What the counted ballots said before the session, which does not count, beside what they say now."""
    heads = [(_("Mã"), "code"), (_("Phiếu số"), "number"), (_("Phiếu sơ bộ"), "text"), (_("Phiếu được tính"), "text")]
    return heads, [row for one in found for row in one["early"]]


def which_counted(found: list[dict]) -> str:
    """What the minutes say of which votes counted; nothing where none came before the session."""
    early = sum(len(one["early"]) for one in found)
    return _("Phiếu được tính là phiếu tại phiên họp. {early} phiếu được nộp trước phiên họp; {again} phiếu trong số đó được đánh giá "
             "lại sau thảo luận và chỉ tính lần đánh giá lại, các phiếu khác giữ nguyên. Phiếu sơ bộ được lưu riêng.").format(
        early=early, again=sum(one["again"] for one in found)
    ) if early else ""


# --- carried over ---

async def write_brief(matter: Matter, brief: str, *, by: Person) -> None:
    """The secretary words the council's conclusion on a matter (D2/D3-KNHĐ) until the minutes are locked."""
    panel = await Panel.objects().where(Panel.id == matter.panel).first()
    async with changing(panel, by=by, did="worded", matter=matter.id) as panel:
        require(await deliberations.can_run(by, panel), _("Chỉ cán bộ phụ trách và thư ký khoa học lập biên bản."))
        require(panel.state == Panel.State.COUNTED, _("Chỉ ghi kết luận sau khi kiểm phiếu và trước khi khoá biên bản."))
        async with changing(matter, by=by, did="worded") as matter:
            matter.brief = brief.strip()


async def carry_over(panel: Panel, *, by: Person) -> None:
    """The minutes are locked: topics and the project learn what the council says, by their own rooms' verbs."""
    for row in await rows(
        "SELECT m.topic, m.project, m.brief, r.verdict FROM matter m JOIN resolution r ON r.matter = m.id WHERE m.panel = $1 ORDER BY m.id",
        panel.id,
    ):
        if row["topic"]:
            topic = await Topic.objects().where(Topic.id == row["topic"]).first()
            await calls.advise_on_topic(topic, favour=row["verdict"] == "favour", brief=row["brief"], by=by)
        else:
            project = await Project.objects().where(Project.id == row["project"]).first()
            await evaluations.note_council_grade(project, row["verdict"], by=by)
