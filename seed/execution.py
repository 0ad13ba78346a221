"""The demo's projects: agreement, milestones, reports, payments, evaluation, registration, results."""

from datetime import date, timedelta

from budget import advances, payments, years
from budget.tables import BudgetYear
from grants.outcomes import outcomes
from grants.outcomes.tables import Output, Right, Transfer
from grants.projects import agreements, evaluations, milestones, reports
from grants.projects.tables import Project, Report
from grants.proposals.proposals import products
from grants.proposals.tables import Proposal
from seed.diary import Diary, moment, read
from seed.year_money import latest

OFFICER = "officer@grants.test"
BY_STATEMENT = "2026-04-13"  # what the treasury paid on this day is confirmed by its statement (seed/support.py)


def note_projects(diary: Diary) -> None:
    """Everything that happened to the awarded projects after their decision."""
    applications = {one["key"]: one for one in read("proposals")}
    for file in read("projects"):
        application = applications[file["proposal"]]
        note_agreement(diary, file, application)
        for n, report in enumerate((r for r in file["reports"] if r["kind"] == "progress"), 1):
            note_report(diary, file, application, report, n)
        for n, paid in enumerate(file["payments"]):
            note_payment(diary, file, paid, n)
        if file["final_evaluation"]:
            note_evaluation(diary, file)
        note_results(diary, file)
    day = moment("2024-09-01", 6)
    while day < diary.today:
        diary.on(day, reports.mark_overdue)
        day += timedelta(days=14)
    diary.on(diary.today, reports.mark_overdue)


async def project_of(diary: Diary, file: dict) -> Project:
    proposal = diary.things[file["proposal"]]
    return await Project.objects().where(Project.proposal == proposal.id).first()


def note_agreement(diary: Diary, file: dict, application: dict) -> None:
    async def sign() -> None:
        officer, project = await diary.who(OFFICER), await project_of(diary, file)
        await agreements.sign(
            project, number=file["agreement"]["number"], agreed_on=date.fromisoformat(file["agreement"]["date"]),
            starts_on=date.fromisoformat(file["start"]), months=application["months"], by=officer,
        )
        project = await latest(project)
        for one in file["milestones"]:
            due = max(project.starts_on, min(date.fromisoformat(one["due"]), project.ends_on))
            diary.things[f"{file['proposal']}-{one['title']}"] = await milestones.plan(
                project, name=one["title"], due=due, by=officer
            )

    diary.on(moment(file["agreement"]["date"], 10), sign)
    for one in file["milestones"]:
        if one["done_on"]:
            async def reach(one=one) -> None:
                row = await latest(diary.things[f"{file['proposal']}-{one['title']}"])
                await milestones.reach(row, on=date.fromisoformat(one["done_on"]), by=await diary.who(application["lead"]))

            diary.on(moment(one["done_on"], 11), reach)


def note_report(diary: Diary, file: dict, application: dict, said: dict, number: int) -> None:
    async def file_it() -> None:
        project = await project_of(diary, file)
        report = await Report.objects().where((Report.project == project.id) & (Report.number == number)).first()
        if report is None:  # the agreement's own calendar has fewer periods than the file
            return
        reached = [one["title"] for one in file["milestones"] if one["done_on"] and one["done_on"] <= said["filed_on"]]
        await reports.file(
            report, done=f"Đã hoàn thành: {'; '.join(reached) or 'công tác chuẩn bị, tập huấn nhóm thực hiện'}.",
            next_steps="Tiếp tục các nội dung theo tiến độ trong thuyết minh.", spent=project.approved * number // 12,
            by=await diary.who(application["lead"]),
        )

    async def accept() -> None:
        project = await project_of(diary, file)
        report = await Report.objects().where((Report.project == project.id) & (Report.number == number)).first()
        if report is not None:
            await reports.accept(report, by=await diary.who(OFFICER))

    if said["filed_on"]:
        diary.on(moment(said["filed_on"], 9), file_it)
    if said["accepted_on"]:
        diary.on(moment(said["accepted_on"], 15), accept)


def note_payment(diary: Diary, file: dict, said: dict, n: int) -> None:
    key = f"payment-{file['proposal']}-{n}"
    first = min((r["accepted_on"] for r in file["reports"] if r["accepted_on"]), default=said["requested_on"])
    late = max(0, (date.fromisoformat(first) - date.fromisoformat(said["requested_on"])).days + 1) if said["kind"] == "payment" else 0

    async def ask() -> None:
        project = await project_of(diary, file)
        kind = said["kind"]
        if kind == "advance" and said["amount"] > await advances.most_advance(project):
            kind = "payment"  # beyond what may be advanced before clearing, accepted work is paid
        diary.things[key] = await payments.request(
            project, kind=kind, stream=said["stream"], year=await year_for(said["year"]), amount=said["amount"], purpose=said["purpose"],
            by=await diary.who(said["requested_by"]),
        )

    async def approve() -> None:
        await payments.approve(await latest(diary.things[key]), by=await diary.who(said["approved_by"]))

    async def confirm() -> None:
        on = date.fromisoformat(said["paid_on"]) + timedelta(days=late)
        number = said["treasury_number"].replace(said["paid_on"][:4], str(on.year))  # vouchers are numbered by the year they are of
        await payments.confirm(await latest(diary.things[key]), number=number, on=on, by=await diary.who(said["paid_by"]))

    diary.on(moment(said["requested_on"], 16, n, plus=late), ask)
    if said["approved_on"]:
        diary.on(moment(said["approved_on"], 17, n, plus=late), approve)
    if said["paid_on"] and said["paid_on"] != BY_STATEMENT:
        diary.on(moment(said["paid_on"], 18, n, plus=late), confirm)


async def year_for(year: int) -> int:
    """The budget year a payment is asked for from: the one meant, or, once that is over, the one its money was carried into."""
    return year if (await years.of(year)).state == BudgetYear.State.OPEN else year + 1


def note_evaluation(diary: Diary, file: dict) -> None:
    said = file["final_evaluation"]

    async def evaluate() -> None:
        await evaluations.evaluate(
            await project_of(diary, file), grade=said["grade"], decision_number=said["recognition"]["number"],
            decided_on=date.fromisoformat(said["recognition"]["date"]), by=await diary.who(OFFICER),
        )

    async def register() -> None:
        await evaluations.register(
            await project_of(diary, file), certificate=said["registration"]["number"],
            registered_on=date.fromisoformat(said["registration"]["date"]), by=await diary.who(OFFICER),
        )

    diary.on(moment(said["recognition"]["date"], 16), evaluate)
    if said["registration"]:
        diary.on(moment(said["registration"]["date"], 16), register)


def note_results(diary: Diary, file: dict) -> None:
    for one in file["outputs"]:
        facts = {"form": one["form"], "title": one["title"], "identifier": one["doi"] or "", "quality": one["venue"] or "",
                 "quantity": 1, "produced_on": date.fromisoformat(one["on"])}
        note_result(diary, file, one, Output, facts, on=one["on"], verified=one["verified_on"])
    for one in file["ip_rights"]:
        facts = {"kind": one["kind"], "title": one["title"], "number": one["certificate_number"] or one["application_number"],
                 "filed_on": date.fromisoformat(one["filed_on"]), "owner": diary.organisations[one["owners"][0]].id,
                 "granted_on": date.fromisoformat(one["granted_on"]) if one["granted_on"] else None}
        note_result(diary, file, one, Right, facts, on=one["granted_on"] or one["filed_on"])
    for one in file["transfers"]:
        facts = {"title": one["technology"], "contract_number": one["number"], "recipient": diary.organisations[one["receiver"]].name,
                 "mode": one["mode"], "signed_on": date.fromisoformat(one["signed_on"]), "value": one["value"],
                 "registration_number": one["certificate_number"] or "", "territory": "Việt Nam",
                 "registered_on": date.fromisoformat(one["registered_on"]) if one["registered_on"] else None}
        note_result(diary, file, one, Transfer, facts, on=one["registered_on"] or one["signed_on"])


def note_result(diary: Diary, file: dict, said: dict, table: type, facts: dict, *, on: str, verified: str | None = None) -> None:
    """Entered by the team some days later, verified by an officer where the files say so."""
    key = f"{file['proposal']}-{table.__name__}-{said.get('title') or said.get('technology')}"

    async def enter() -> None:
        project = await project_of(diary, file)
        if table is Output:
            proposal = await Proposal.objects().where(Proposal.id == project.proposal).first()
            ordered = next((p for p in await products(proposal) if p.form == facts["form"]), None)
            facts["product"] = ordered.id if ordered else None
            if ordered and ordered.form == "III":  # material is delivered as ordered; papers and procedures come one by one
                facts["quantity"] = ordered.quantity
        diary.things[key] = await outcomes.enter(project, table, by=await diary.who(said["recorded_by"]), **facts)

    async def verify() -> None:
        await outcomes.verify(await latest(diary.things[key]), by=await diary.who(said["verified_by"]))

    start = max(on, file["agreement"]["date"])
    diary.on(moment(start, 9, plus=1), enter)
    if said["verified_by"]:
        diary.on(moment(verified, 15) if verified and verified > start else moment(start, 15, plus=9), verify)


