"""The demo's calls and applications: written, handed in, opened, judged, appraised, decided."""

import io
from datetime import date, timedelta

from litestar.datastructures import UploadFile
from pypdf import PdfWriter

from budget import awards
from grants.calls import calls
from grants.calls.tables import AskedDocument, Topic
from grants.people import people
from grants.people.tables import Membership, Role
from grants.proposals import drafts, lines, openings, proposals, submissions
from grants.proposals.tables import BudgetLine, Finding, Proposal, TeamMember
from grants.rules.tables import ExpenseGroup, RuleSet
from grants.shell.changes import add, changing, now
from review import (
    appraisals,
    assignment_runs,
    ballots,
    deliberations,
    invitations,
    meetings,
    minutes,
    nominations,
    panels,
    preliminary,
    reviewers,
    seats,
    vacancies,
    vetting,
)
from review.appraisal_tables import Appraiser
from review.assignment import Wanted
from review.roster_tables import Expert
from review.tables import Ballot, Panel, Seat
from seed.diary import Diary, moment, read
from seed.year_money import latest, note_allocations, reserve

OFFICER, LEADER, ASSOCIATION = "officer@grants.test", "leader@grants.test", "association@grants.test"
HANDED_IN = ("awarded", "declined", "not_recommended", "recommended", "appraised", "in_review", "eligible", "ineligible", "submitted")
WORKED_OUT = "ud-2026"  # the call whose reviewers are shared out by the solver
PARTS = {"chair": "chair", "vice_chair": "vice_chair", "secretary": "secretary", "reviewer": "member", "member": "member"}


def note_calls(diary: Diary) -> None:
    """Every call with its applications."""
    applications = read("proposals")
    for call in read("calls"):
        note_call(diary, call)
        for one in (p for p in applications if p["call"] == call["key"]):
            note_application(diary, call, one)
        note_review(diary, call, [p for p in applications if p["call"] == call["key"]])


# --- the call --------------------------------------------------------------------------------------------------------

def note_call(diary: Diary, call: dict) -> None:
    drafted = min([moment(given["on"], 8) for given in call["allocation"]] + [moment(call["published_on"] or "2026-11-16", 8, plus=-3)])

    async def draft() -> None:
        officer = await diary.who(OFFICER)
        await approve_topics(diary, call)
        rule_set = await RuleSet.objects().where(RuleSet.code == call["rule_set"]).first()
        opens = moment(call["published_on"] or call["deadline"][:10], 8, plus=0 if call["published_on"] else -33)
        diary.things[call["key"]] = await calls.draft(
            by=officer, code=call["code"], year=call["year"], title=call["title"], title_en=call["title_en"], summary=call["summary"],
            summary_en=call["summary_en"], scheme=call["scheme"], rule_set=rule_set, programme=diary.things[call["programme"]],
            topic=diary.things.get(f"topic-{call['key']}"), opens_at=opens, deadline=moment(call["deadline"]),
            ceiling=call["ceiling"], most_months=call["max_months"],
        )

    async def publish() -> None:
        officer = await diary.who(OFFICER)
        await calls.try_out(await latest(diary.things[call["key"]]), by=officer)
        await calls.publish(await latest(diary.things[call["key"]]), by=officer)

    diary.on(drafted, draft)
    note_allocations(diary, call)
    if call["published_on"]:
        diary.on(moment(call["published_on"], 14), publish)


async def approve_topics(diary: Diary, call: dict) -> None:
    """The topics of the call's list are suggested and, where the list was decided, approved by the leader."""
    proposer = next((p for p in read("proposals") if p["call"] == call["key"] and p["lead_proposed_topic"]), None)
    for n, title in enumerate(call["topics"]):
        topic = Topic(
            title=title, title_en="", need=f"{title}: nhu cầu do các sở, ngành và địa phương nêu khi xây dựng {call['title'].lower()}.",
            suggested_by=diary.people[OFFICER], programme=diary.things[call["programme"]].id,
            proposer=diary.organisations[proposer["lead_organisation"] if proposer and n == 0 else "so-khcn"].id,
        )
        await add(topic, by=await diary.who(OFFICER), did="suggested")
        if call["topic_list"]:
            decision = call["topic_list"]
            await calls.approve_topic(
                topic, by=await diary.who(LEADER), decision_number=decision["number"], decided_on=date.fromisoformat(decision["date"])
            )
            if n == 0:
                diary.things[f"topic-{call['key']}"] = await latest(topic)


# --- an application --------------------------------------------------------------------------------------------------

def note_application(diary: Diary, call: dict, one: dict) -> None:
    handed_in = moment(one["submitted_at"]) if one["submitted_at"] else None
    begun = (handed_in or diary.today) - timedelta(days=2, hours=3)
    begun = max(begun, moment(call["published_on"], 15))

    async def write() -> None:
        diary.things[one["key"]] = await written(diary, call, one)

    async def hand_in() -> None:
        draft = await latest(diary.things[one["key"]])
        await submissions.certify(draft, by=await diary.who(await signatory_of(diary, one)))
        await submissions.submit(draft, by=await diary.who(one["lead"]))

    async def withdraw() -> None:
        await submissions.withdraw(await latest(diary.things[one["key"]]), by=await diary.who(one["lead"]))

    diary.on(begun, write)
    if handed_in and one["state"] in (*HANDED_IN, "withdrawn"):
        diary.on(handed_in, hand_in)
    if one["state"] == "withdrawn":
        diary.on((handed_in or begun) + timedelta(hours=5), withdraw)


async def signatory_of(diary: Diary, one: dict) -> str:
    """The head of the lead organisation on that day."""
    heads = await Membership.select(Membership.person.email).where(
        (Membership.role == Role.SIGNATORY) & (Membership.organisation == diary.organisations[one["lead_organisation"]].id)
    ).order_by(Membership.id)
    return heads[0]["person.email"]


async def written(diary: Diary, call: dict, one: dict) -> Proposal:
    """The application as its team wrote it; a draft holds only what has been written so far."""
    lead = await diary.who(one["lead"])
    draft = await proposals.draft(await latest(diary.things[call["key"]]), by=lead, title=one["title"])
    await drafts.describe(
        draft, by=lead, title=one["title"], title_en=one["title_en"], summary=one["summary"], summary_en=one["summary_en"],
        field=one["fields"][0], keywords=", ".join(one["keywords"]), months=one["months"],
        lead_organisation=diary.organisations[one["lead_organisation"]].id, signatory=diary.people[await signatory_of(diary, one)],
    )
    for code, text in (one["sections"] or (narrative(one) if one["state"] in (*HANDED_IN, "withdrawn") else {})).items():
        await drafts.write(draft, code, text, by=lead)
    await team(diary, draft, one, lead)
    for partner in one["partners"]:
        await drafts.add_partner(draft, diary.organisations[partner], "Phối hợp thực hiện và tiếp nhận kết quả", by=lead)
    if not one["partners"] and one["state"] != "draft":
        await drafts.go_alone(draft, by=lead)
    for product in one["products"]:
        await drafts.add_product(draft, by=lead, **{k: product[k] for k in ("form", "name", "unit", "quantity", "quality")})
    groups = {group.number: group.id for group in await ExpenseGroup.objects()}
    for line in one["requested"]["lines"]:
        await lines.add_line(
            draft, by=lead, group=groups[line["group"]], year=line["year"], source=line["stream"], requested=line["amount"],
            note=line["description"],
        )
    if one["state"] != "draft":
        for asked in await AskedDocument.objects().where((AskedDocument.call == draft.call) & AskedDocument.required.eq(True)):
            if not (one["state"] == "ineligible" and asked.code == "financial_reports"):
                await drafts.upload(draft, asked, a_document(asked.name), by=lead)
    return draft


async def team(diary: Diary, draft: Proposal, one: dict, lead) -> None:
    """The lead's months, and the members as invited people who have joined."""
    for member in one["team"]:
        person = await diary.who(member["person"])
        if person.id == lead.id:
            row = await TeamMember.objects().where((TeamMember.proposal == draft.id) & (TeamMember.person == lead.id)).first()
            async with changing(row, by=lead, did="changed") as row:
                row.months = member["months"]
            continue
        place = person.posts[0].organisation if person.posts else None
        row = TeamMember(
            proposal=draft.id, person=person.id, email=person.email, full_name=person.full_name, organisation=place, part=member["role"],
            months=member["months"], access=TeamMember.Access.READER, invited_at=now(), joined_at=now(),
        )
        await add(row, by=lead, did="invited")


def promised(product: dict) -> str:
    """A product as a sentence says it: "10 ha mô hình áp dụng quy trình", "1 quy trình ghép chồi", never its unit twice."""
    name, unit = product["name"], product["unit"]
    name = name[:1].lower() + name[1:] if name[1:2].islower() else name
    return f"{product['quantity']} {name}" if name.startswith(unit.lower()) else f"{product['quantity']} {unit} {name}"


def narrative(one: dict) -> dict[str, str]:
    """A short narrative out of the application's own facts, where the demo's files hold no longer one."""
    sentences = one["summary"].split(". ")
    products = "; ".join(promised(p) for p in one["products"])
    return {
        "need": one["summary"],
        "objective": f"Mục tiêu của nhiệm vụ là tạo ra {products}, đạt mức chất lượng đã cam kết và có nơi tiếp nhận trong tỉnh.",
        "content": ". ".join(sentences[len(sentences) // 2:]),
        "method": "Kế thừa kết quả đã có, điều tra thực địa, thử nghiệm có đối chứng, xử lý thống kê và lấy ý kiến nơi tiếp nhận.",
        "application": f"Kết quả ({products}) được bàn giao cho đơn vị phối hợp và các xã, phường có nhu cầu ngay sau nghiệm thu.",
        "capacity": f"Nhóm thực hiện gồm {len(one['team'])} người, có kinh nghiệm về {', '.join(one['keywords'][:3])}.",
    }


def a_document(name: str) -> UploadFile:
    """A one-page PDF that stands for the signed paper of this name."""
    out, writer = io.BytesIO(), PdfWriter()
    writer.add_blank_page(595, 842)
    writer.add_metadata({"/Title": name})
    writer.write(out)
    return UploadFile(content_type="application/pdf", filename=f"{name}.pdf", file_data=out.getvalue())


# --- opening, panel, session, appraisal, decision -----------------------------------------------------------------------

def note_review(diary: Diary, call: dict, applications: list[dict]) -> None:
    """From the opening of what was handed in to the decision, as far as the call has come."""
    if not call["opened_on"]:
        if call["published_on"]:
            diary.on(moment(call["published_on"], 16, plus=7), lambda: asked_for_names(diary, call))
        return
    diary.on(moment(call["opened_on"], 9), lambda: opened(diary, call, applications))
    diary.on(moment(call["opened_on"], 16), lambda: asked_for_names(diary, call))
    if not call["panel_decision"]:
        return
    founded = call["panel_decision"]["date"]
    diary.on(moment(founded, 9), lambda: formed(diary, call))
    for n, one in enumerate(one for one in applications if one["ballots"] or one["invitations"]):
        diary.on(moment(founded, 10, plus=3) + timedelta(minutes=n), lambda one=one: answered(diary, call, one))
        diary.on(moment(call["session_on"], 8, plus=-12) + timedelta(minutes=n), lambda one=one: judged(diary, call, one))
    if call["key"] == WORKED_OUT:
        diary.on(moment(founded, 8, plus=11), vacancies.fill)
    if call["appraised_on"] or call["awarded_on"]:
        diary.on(moment(call["session_on"], 14), lambda: counted(diary, call))
        for one in applications:
            if one["appraised"]:
                diary.on(moment(call["appraised_on"], 9), lambda one=one: appraised(diary, one))
    if call["awarded_on"]:
        for one in applications:
            if one["state"] in ("awarded", "declined", "not_recommended"):
                diary.on(moment(call["awarded_on"], 15), lambda one=one: decided(diary, call, one))


async def opened(diary: Diary, call: dict, applications: list[dict]) -> None:
    officer = await diary.who(OFFICER)
    await openings.open_session(await latest(diary.things[call["key"]]), by=officer)
    for one in applications:
        if one["state"] in HANDED_IN and one["state"] != "submitted":
            proposal = await latest(diary.things[one["key"]])
            eligible = one["state"] != "ineligible"
            found = await Finding.count().where(Finding.proposal == proposal.id)
            remark = "" if eligible != bool(found) else (one["reason"] or "Đã bổ sung chứng cứ trong hạn; nghĩa vụ đã hoàn thành.")
            await openings.confirm(proposal, eligible=eligible, remark=remark, by=officer)


async def asked_for_names(diary: Diary, call: dict) -> None:
    """The officer asks the federation to name experts, until the panel is founded or a week after the call's deadline."""
    founded = call["panel_decision"]["date"] if call["panel_decision"] else None
    due = date.fromisoformat(founded) if founded else moment(call["deadline"], plus=7).date()
    await nominations.ask(
        await latest(diary.things[call["key"]]), wanted=max(9, len(call["panel"] or ())), due=due,
        note="Cần người hiểu lĩnh vực của các hồ sơ và có kinh nghiệm phản biện", by=await diary.who(OFFICER),
    )


async def formed(diary: Diary, call: dict) -> None:
    """The federation nominates, the officer founds the panel, seats the members and invites them."""
    row, officer = await latest(diary.things[call["key"]]), await diary.who(OFFICER)
    named = [await Expert.objects().where(Expert.person == diary.people[seat["expert"]]).first() for seat in call["panel"]]
    await nominations.nominate(row, named, reason="Đúng chuyên môn của đợt tuyển chọn", by=await diary.who(ASSOCIATION))
    panel = diary.things[f"panel-{call['key']}"] = await panels.form(row, by=officer)
    decision = call["panel_decision"]
    await panels.describe(
        panel, by=officer, name=f"Hội đồng tư vấn tuyển chọn – {call['code']}", decision_number=decision["number"],
        decided_on=date.fromisoformat(decision["date"]), meets_at=moment(call["session_on"], 14), place="Phòng họp số 2, Sở KH&CN",
    )
    for seat in call["panel"]:
        await seats.take(panel, await diary.who(seat["expert"]), PARTS[seat["role"]], by=officer)
    if call["key"] == WORKED_OUT:
        await worked_out(panel, answer_by=date.fromisoformat(decision["date"]) + timedelta(days=10), by=officer)
    else:
        await reviewers.share_out(panel, by=officer)
    await invitations.invite(await latest(panel), by=officer)


async def worked_out(panel, *, answer_by: date, by) -> None:
    """The officer has the assignment worked out and puts its answer to work; whoever declines is replaced by the next in line."""
    run = await assignment_runs.ask_for(panel, Wanted(refill=True), answer_by=answer_by, by=by)
    await assignment_runs.solve(run.id)
    await assignment_runs.apply(await latest(run), by=by)


async def ballot_of(diary: Diary, call: dict, one: dict, judge: str) -> Ballot:
    return await Ballot.objects().where(
        (Ballot.panel == diary.things[f"panel-{call['key']}"].id) & (Ballot.proposal == diary.things[one["key"]].id)
        & (Ballot.judge == diary.people[judge])
    ).first()


async def answered(diary: Diary, call: dict, one: dict) -> None:
    """Each member accepts or declines the application."""
    said = {asked["judge"]: asked for asked in one["invitations"]}
    recused = {stepped["judge"]: stepped["reason"] for stepped in one["recused"]}
    for seat in call["panel"]:
        judge = seat["expert"]
        ballot = await ballot_of(diary, call, one, judge)
        answer = said.get(judge, {"answer": "accepted"} if not one["invitations"] else {"answer": None})
        if judge in recused:
            await ballots.declare_conflict(ballot, fact=recused[judge], by=await diary.who(judge))
        elif answer["answer"] == "accepted":
            await ballots.accept(ballot, by=await diary.who(judge))
        elif answer["answer"] == "declined":
            await ballots.decline(ballot, reason=answer["reason"] or "Bận công tác", by=await diary.who(judge))


async def judged(diary: Diary, call: dict, one: dict) -> None:
    """The ballots that were handed in."""
    for given in one["ballots"]:
        judge = await diary.who(given["judge"])
        ballot = await ballot_of(diary, call, one, given["judge"])
        await ballots.save(
            ballot, points=dict(enumerate(given["scores"], 1)), comments={n: given["comment"] for n in range(1, len(given["scores"]) + 1)},
            review=given["comment"] if ballot.assigned_reviewer else None, by=judge,
        )
        await ballots.give(ballot, by=judge)


async def counted(diary: Diary, call: dict) -> None:
    """The session: attendance, opening, count, minutes."""
    panel, officer = diary.things[f"panel-{call['key']}"], await diary.who(OFFICER)
    sitting = await Seat.objects().where(Seat.panel == panel.id)
    await meetings.attend(panel, {seat.id: meetings.Mark("room") for seat in sitting}, by=officer)
    await meetings.open_session(await latest(panel), by=officer)
    await scored_again(panel)
    plain = [seat.person for seat in sitting if seat.part == Seat.Part.MEMBER]
    await deliberations.elect(await latest(panel), plain[:3], by=officer)
    await meetings.count(await latest(panel), by=officer)
    secretary = next(seat.person for seat in sitting if seat.part == Seat.Part.SECRETARY)
    await minutes.lock(await latest(panel), remarks="Hội đồng nhất trí với kết quả kiểm phiếu.", by=await people.person(secretary))


async def scored_again(panel: Panel) -> None:
    """After the discussion a reviewer of the leading application gives it a point more; what they gave before is kept beside it."""
    given = (Ballot.panel == panel.id) & Ballot.assigned_reviewer.eq(True) & (Ballot.state == Ballot.State.GIVEN.value)
    leads = Ballot.objects().where(given)
    ballot = await leads.order_by(Ballot.total, ascending=False).order_by(Ballot.id).first()
    if ballot is None:
        return
    judge, (_rules, scheme), scores = await people.person(ballot.judge), await ballots.rules_for(panel.id), await ballots.scores_of(ballot)
    room = next(one.number for one in scheme.criteria if scores[one.number].points < one.most)
    await preliminary.score_again(ballot, by=judge)
    said = {room: "Sau thảo luận: nhóm đã làm rõ nội dung này."}
    await ballots.save(ballot, points={room: scores[room].points + 1}, comments=said, by=judge)
    await ballots.give(await latest(ballot), by=judge)


async def appraised(diary: Diary, one: dict) -> None:
    """The appraisal team changes lines with reasons and concludes."""
    proposal, officer = await latest(diary.things[one["key"]]), await diary.who(OFFICER)
    council = (await appraisals.panel_representatives(proposal.id))[0]["id"]
    free = [row["id"] for row in await appraisals.officials(proposal.id) if row["id"] != council]
    team = {part: await people.person(council if part == Appraiser.Part.COUNCIL else free.pop(0)) for part in Appraiser.Part}
    opened = await appraisals.open_appraisal(proposal, team, by=officer)
    head = team[Appraiser.Part.HEAD]
    groups = {group.number: group.id for group in await ExpenseGroup.objects()}
    for change in one["appraised"]["changes"]:
        line = await BudgetLine.objects().where(
            (BudgetLine.proposal == proposal.id) & (BudgetLine.group == groups[change["group"]]) & (BudgetLine.year == change["year"])
            & (BudgetLine.source == change["stream"]) & (BudgetLine.requested == change["from"])
        ).first()
        await appraisals.change_line(opened, line, after=change["to"], reason=change["reason"], by=head)
    await appraisals.conclude(opened, present=[who.id for who in team.values()], dissent="", by=head)


async def decided(diary: Diary, call: dict, one: dict) -> None:
    """The leader's decision: award, or refusal with its reasons."""
    proposal, leader = await latest(diary.things[one["key"]]), await diary.who(LEADER)
    decisions = {project["proposal"]: project["award"] for project in read("projects")}
    if one["state"] == "awarded":
        await reserve(diary, proposal, by=await diary.who(OFFICER))
        decision = one.get("award") or decisions[one["key"]]
        await vetting.look_again()
        await awards.award(proposal, number=decision["number"], on=date.fromisoformat(decision["date"]), by=leader)
        return
    number = f"0{diary.things[call['key']].id}{proposal.id:03d}/QĐ-UBND"
    reasons = one["reason"] or "Không đạt điểm hoặc thứ hạng để được hỗ trợ theo kết luận của hội đồng."
    await awards.decline(proposal, number=number, on=date.fromisoformat(call["awarded_on"]), reasons=reasons, by=leader)


