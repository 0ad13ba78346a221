"""Councils on suggested topics and on finished projects: founded, their matters shared out among reviewers, invited.

They sit, meet and count on the same machinery as selection panels, by rules of their own: topics TT 06/2023/TT-BKHCN,
final evaluation TT 11/2014/TT-BKHCN. Their ballots are kept in `verdicts`, what they resolve in `resolutions`.
"""

from collections.abc import Collection
from datetime import date
from types import SimpleNamespace

from grants.calls.tables import Topic
from grants.people import organisations
from grants.people.people import today
from grants.people.tables import Person
from grants.projects.tables import Project
from grants.rules import rules as rule_sets
from grants.rules.content import PanelKind, PanelRule, rules_of
from grants.rules.content import Seat as Sits
from grants.shell.changes import add, changing, now, remove, require
from grants.shell.database import DB, rows
from grants.shell.dates import day_of, show_date
from grants.shell.language import _, language
from review import conflicts, panels, product_teams
from review.conflicts import Conflict
from review.facts import Fact
from review.matter_tables import Matter, MatterReviewer, Vote
from review.quorum import make_up
from review.reasons import say
from review.tables import Panel, Seat


def is_on_matters(panel: Panel) -> bool:
    """Whether the council judges topics or a project rather than a call's applications."""
    return panel.kind != PanelKind.SELECTION.value


# --- founding ---

async def found_on_topics(topics: Collection[Topic], *, by: Person, name: str = "") -> Panel:
    """Found a council that identifies tasks out of suggested topics; its rules are those in force today."""
    require(panels.can_form(by), _("Chỉ cán bộ quản lý nhiệm vụ mới lập hội đồng."))
    require(topics, _("Hãy chọn ít nhất một đề xuất."))
    async with DB.transaction():
        in_force = await rule_sets.in_force(today())
        require((await rule_sets.pinned(in_force.id)).topic_items, _("Bộ quy tắc chưa có các mục của phiếu đánh giá đề xuất."))
        panel = Panel(
            kind=PanelKind.TOPIC.value, rule_set=in_force.id, officer=by.id,
            name=name or _("Hội đồng xác định nhiệm vụ {day}").format(day=show_date(today())),
        )
        await add(panel, by=by, did="formed")
        for topic in topics:
            topic = await Topic.objects().where(Topic.id == topic.id).lock_rows("NO KEY UPDATE").first()
            require(
                topic.state == Topic.State.SUGGESTED and not topic.advice and not await waits(Matter.topic == topic.id),
                _("Đề xuất «{title}» đã có quyết định hoặc đang ở hội đồng khác.").format(title=topic.title),
            )
            await add(Matter(panel=panel.id, topic=topic.id), by=by, did="put_forward")
    return panel


async def found_on_project(project: Project, *, filed_on: date, by: Person, name: str = "") -> Panel:
    """Found the final evaluation council of a project; `filed_on`: the day its final file came in. By the rules of its call."""
    require(panels.can_form(by), _("Chỉ cán bộ quản lý nhiệm vụ mới lập hội đồng."))
    async with DB.transaction():
        project = await Project.objects().where(Project.id == project.id).lock_rows("NO KEY UPDATE").first()
        require(project.state == Project.State.RUNNING, _("Chỉ nghiệm thu nhiệm vụ đang thực hiện."))
        require(project.starts_on <= filed_on <= today(), _("Ngày nhận hồ sơ phải từ ngày bắt đầu thực hiện đến hôm nay."), "filed_on")
        require(
            not project.council_grade and not await waits(Matter.project == project.id),
            _("Nhiệm vụ này đã có hội đồng nghiệm thu."),
        )
        call = (await rows("SELECT call FROM proposal WHERE id = $1", project.proposal))[0]["call"]
        panel = Panel(
            kind=PanelKind.FINAL_EVALUATION.value, call=call, project=project.id, officer=by.id,
            name=name or _("Hội đồng nghiệm thu {code}").format(code=project.code),
        )
        await add(panel, by=by, did="formed")
        await panels.require_no_part(by, panel)
        await add(Matter(panel=panel.id, project=project.id, filed_on=filed_on), by=by, did="put_forward")
    return panel


async def waits(which) -> bool:
    """Whether a council that has not finished has this matter before it."""
    return await Matter.exists().where(which & (Matter.panel.state != Panel.State.CLOSED.value))


# --- reading ---

async def of(panel: Panel) -> list[SimpleNamespace]:
    """A council's matters: id, topic, project, code, titles, filed_on, brief, reviewers (persons), names; once counted verdict, steps."""
    found = await rows(
        """
        SELECT m.id, m.topic, m.project, m.filed_on, m.brief, coalesce(j.code, 'DX-' || t.id) AS code,
               coalesce(j.title, t.title) AS title, coalesce(j.title_en, t.title_en) AS title_en, t.need, t.required_results,
               (SELECT array_agg(r.person ORDER BY r.id) FROM matter_reviewer r WHERE r.matter = m.id) AS reviewers,
               (SELECT array_agg(w.full_name ORDER BY r.id) FROM matter_reviewer r JOIN person w ON w.id = r.person
                WHERE r.matter = m.id) AS names,
               d.verdict, d.present, d.steps
        FROM matter m LEFT JOIN topic t ON t.id = m.topic LEFT JOIN project j ON j.id = m.project LEFT JOIN resolution d ON d.matter = m.id
        WHERE m.panel = $1 ORDER BY m.id
        """,
        panel.id,
    )
    return [SimpleNamespace(**row | {"reviewers": row["reviewers"] or [], "names": row["names"] or []}) for row in found]


async def reviewing(panel: Panel) -> dict[str, set[int]]:
    """For each matter, by its code: who reviews it in depth and has not declined."""
    found = await rows(
        "SELECT coalesce(j.code, 'DX-' || m.topic) AS code, "
        "array_remove(array_agg(CASE WHEN v.assigned_reviewer AND v.state <> 'declined' THEN v.judge END), NULL) AS judges "
        "FROM matter m LEFT JOIN project j ON j.id = m.project LEFT JOIN vote v ON v.matter = m.id "
        "WHERE m.panel = $1 GROUP BY m.id, j.id ORDER BY m.id", panel.id
    )
    return {row["code"]: set(row["judges"]) for row in found}


# --- reviewers ---

async def assign(matter: Matter, reviewers: Collection[int], *, by: Person) -> None:
    """Name the members who review a matter in depth; who was named before and is not now is released."""
    panel = await Panel.objects().where(Panel.id == matter.panel).first()
    async with changing(panel, by=by, did="assigned", matter=matter.id, reviewers=sorted(reviewers)) as panel:
        await panels.require_change(by, panel, _("Không đổi được phản biện ở bước này."))
        most = (await panels.rule_of(panel)).reviewers_per_application
        words = _("Mỗi đề xuất có {most} ủy viên phản biện.") if matter.topic else _("Mỗi nhiệm vụ có {most} ủy viên phản biện.")
        require(len(set(reviewers)) <= most, words.format(most=most), "reviewers")
        plain = {one.person for one in await Seat.objects().where((Seat.panel == panel.id) & (Seat.part == Seat.Part.MEMBER.value))}
        require(set(reviewers) <= plain, _("Ủy viên phản biện được chọn trong các ủy viên của hội đồng."))
        hits = await blocking(panel, dict.fromkeys(reviewers, Sits.REVIEWER.value))
        require(not hits, _("Không thể giao phản biện vì xung đột lợi ích: {why}").format(why=conflicts.in_words(hits)))
        named = await MatterReviewer.objects().where(MatterReviewer.matter == matter.id)
        for one in named:
            if one.person not in reviewers:
                await remove(one, by=by, did="unassigned")
        for person in sorted(set(reviewers) - {one.person for one in named}):
            await add(MatterReviewer(matter=matter.id, person=person), by=by, did="assigned")
        for vote in await Vote.objects().where((Vote.matter == matter.id) & (Vote.state == Vote.State.OPEN.value)):
            if vote.assigned_reviewer != (vote.judge in reviewers):
                async with changing(vote, by=by, did="assigned") as vote:
                    vote.assigned_reviewer = vote.judge in reviewers


# --- conflicts ---

async def blocking(panel: Panel, seats: dict[int, str] | None = None) -> list[Conflict]:
    """What stands against these people on a council: of a project's, as of its application; of topics, who proposed them."""
    if panel.kind == PanelKind.TOPIC.value:
        sitting = await conflicts.seats_of(panel) if seats is None else seats
        return await proposers_among(panel, sitting)
    return await conflicts.blocking(panel, seats)


async def proposers_among(panel: Panel, sitting: dict[int, str]) -> list[Conflict]:
    """Who suggested a topic themselves, or works for the organisation that proposes it (or one in its line)."""
    rules = rules_of((await rows("SELECT content FROM rule_set WHERE id = $1", panel.rule_set))[0]["content"])
    topics = await rows(
        "SELECT t.id, t.title, t.proposer, t.suggested_by, o.name AS proposed_by FROM matter m JOIN topic t ON t.id = m.topic "
        "LEFT JOIN organisation o ON o.id = t.proposer WHERE m.panel = $1 ORDER BY t.id", panel.id
    )
    posts = await rows(
        "SELECT m.person, w.full_name, m.organisation, o.name FROM membership m JOIN person w ON w.id = m.person "
        "JOIN organisation o ON o.id = m.organisation WHERE m.person = ANY($1) AND m.role <> 'expert' AND m.valid_from <= $2 "
        "AND (m.valid_to IS NULL OR m.valid_to >= $2) ORDER BY m.id", list(sitting), today()
    )
    names = {row["id"]: row["full_name"] for row in await rows("SELECT id, full_name FROM person WHERE id = ANY($1)", list(sitting))}
    lines = await organisations.lineages({topic["proposer"] for topic in topics if topic["proposer"]})
    found = []
    for topic in topics:
        line = lines.get(topic["proposer"], set())
        for person in sitting:
            works = next((row for row in posts if row["person"] == person and row["organisation"] in line), None)
            kind = "team_member" if person == topic["suggested_by"] else "same_employer" if works else None
            rule = kind and rules.conflict(kind, panel.kind, sitting[person])
            if rule and rule.effect == "exclude":
                one = (Fact("suggested", (("person", names[person]),)) if kind == "team_member"
                       else Fact("works_at", (("organisation", works["name"]), ("person", names[person]))))
                two = Fact("topic_of", (("organisation", topic["proposed_by"] or "–"), ("topic", topic["title"])))
                found.append(Conflict(person, topic["id"], conflicts.Kind(kind), (one, two), True))
    return found


# --- invitation ---

async def faults(panel: Panel) -> list[str]:
    """What still stands against inviting the council, in words; empty when all is as the rule set says."""
    rule, seats = await panels.rule_of(panel), await conflicts.seats_of(panel)
    parts = {one.person: one.part for one in await Seat.objects().where(Seat.panel == panel.id).order_by(Seat.id)}
    plain = rule.model_copy(update={"seats": tuple(one for one in rule.seats if one.seat != Sits.REVIEWER)})
    found = [say(reason) for reason in make_up(plain, parts)]
    found += await composition(panel, rule)
    lacking = [one.code for one in await of(panel) if len(one.reviewers) < rule.reviewers_per_application]
    if lacking:
        found.append(_("Cần {needed} ủy viên phản biện cho mỗi nội dung; còn thiếu ở: {names}.").format(
            needed=rule.reviewers_per_application, names=", ".join(lacking)
        ))
    if not (panel.decision_number and panel.decided_on):
        found.append(_("Chưa có số và ngày quyết định thành lập."))
    if not (panel.meets_at and panel.place):
        found.append(_("Chưa có thời gian hoặc địa điểm họp."))
    earliest = await panels.earliest_meeting(rule)
    if panel.meets_at and earliest and day_of(panel.meets_at) < earliest:
        found.append(_("Tài liệu phải đến tay thành viên trước phiên họp; gửi hôm nay thì họp sớm nhất ngày {day}.").format(
            day=show_date(earliest, language())
        ))
    if hits := await blocking(panel, seats):
        found.append(_("Có thành viên vướng xung đột lợi ích: {why}").format(why=conflicts.in_words(hits)))
    return found


async def composition(panel: Panel, rule: PanelRule) -> list[str]:
    """What is wrong with where the members come from, and with the team that checks products; empty when all is as the rules say."""
    seats = await Seat.objects().where(Seat.panel == panel.id).order_by(Seat.id)
    represent = sum(1 for seat in seats if seat.represents)
    found = []
    if rule.from_roster is not None and len(seats) - represent < rule.from_roster:
        found.append(_("Cần ít nhất {needed} chuyên gia trong danh sách; mới có {there}.").format(
            needed=rule.from_roster, there=len(seats) - represent
        ))
    if rule.representatives is not None and represent < rule.representatives:
        found.append(_("Cần ít nhất {needed} đại diện cơ quan quản lý, đơn vị sử dụng; mới có {there}.").format(
            needed=rule.representatives, there=represent
        ))
    before = await judged_before(panel) if rule.sat_before else set()
    if before and len(before & {seat.person for seat in seats}) < rule.sat_before:
        lacking = _("Cần ít nhất {needed} người đã tham gia hội đồng xác định hoặc tuyển chọn nhiệm vụ này.")
        found.append(lacking.format(needed=rule.sat_before))
    for one in await of(panel):
        found += await product_teams.faults(panel, rule, one.id)
    return found


async def judged_before(panel: Panel) -> set[int]:
    """Who sat on the council that selected the project's application, or that identified its topic."""
    found = await rows(
        "SELECT s.person FROM seat s JOIN panel p ON p.id = s.panel JOIN call c ON c.id = $1 WHERE p.state = 'closed' "
        "AND ((p.kind = 'selection' AND p.call = c.id) OR (p.kind = 'topic' AND EXISTS "
        "(SELECT FROM matter m WHERE m.panel = p.id AND m.topic = c.topic)))", panel.call,
    )
    return {row["person"] for row in found}


async def invite(panel: Panel, *, by: Person) -> None:
    """Invite the members: each gets a ballot on every matter and a letter."""
    async with changing(panel, by=by, did="invited") as panel:
        require(panels.can_form(by), _("Chỉ cán bộ quản lý nhiệm vụ mới mời hội đồng."))
        await panels.require_no_part(by, panel)
        panels.move(panel, Panel.State.INVITED)
        lacking = await faults(panel)
        require(not lacking, " ".join(lacking))
        await offer(panel, await conflicts.seats_of(panel), by=by)
        for matter in await of(panel):
            await product_teams.tell(panel, matter.id, [one.person for one in await product_teams.of(matter.id)])


async def offer(panel: Panel, members: Collection[int], *, by: Person) -> None:
    """Give each member a ballot on every matter, and write to them."""
    for matter in await of(panel):
        for person in members:
            await add(
                Vote(matter=matter.id, judge=person, assigned_reviewer=person in matter.reviewers, offered_at=now()), by=by, did="offered"
            )
    await panels.tell_of_the_meeting(panel, members)
