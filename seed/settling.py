"""The demo's advances cleared after each accepted report, years and finished projects settled, one difference to be repaid."""

from datetime import date

from budget import advances, clearances, closings, funds, recoveries, settlement_decisions, settlements
from budget.payment_tables import Recovery
from budget.settlements import Claim
from grants.calls.tables import Call
from grants.projects.tables import Project, Report
from seed.diary import Diary, moment, read
from seed.year_money import FINANCE, latest

OFFICER, TREASURER = "officer@grants.test", "treasurer@grants.test"
SHORT_OF = {"ud24-benh-dai": 12_400_000, "ud24-tai-canh": 18_500_000}  # what vouchers did not prove; the first is repaid


def note_settling(diary: Diary) -> None:
    """Everything that comes after the payments of the awarded projects."""
    note_fund(diary)
    for file in read("projects"):
        leads = {one["key"]: one["lead"] for one in read("proposals")}
        for report in (one for one in file["reports"] if one["kind"] == "progress" and one["accepted_on"]):
            note_clearance(diary, file, leads[file["proposal"]], report["accepted_on"])
        done = file["final_evaluation"]
        if done:
            note_clearance(diary, file, leads[file["proposal"]], done["recognition"]["date"])
        registered = done["registration"]["date"] if done and done["registration"] else None
        for year in (2024, 2025):
            if registered is None or registered > f"{year + 1}-01-19":
                note_settlement(diary, file, year, f"{year + 1}-01-19")
        if registered:
            note_settlement(diary, file, None, max(registered, "2025-12-10") if registered < "2026-01-01" else registered)


async def project_of(diary: Diary, file: dict) -> Project | None:
    application = diary.things.get(file["proposal"])
    return await Project.objects().where(Project.proposal == application.id).first() if application else None


def note_clearance(diary: Diary, file: dict, lead: str, accepted_on: str) -> None:
    """A day after the acceptance the lead files what is open, the officer confirms it, the stream's finance enters it."""
    filed: list = []

    async def file_all() -> None:
        project = await project_of(diary, file)
        accepted = (Report.project == project.id) & (Report.state == Report.State.ACCEPTED)
        report = await Report.objects().where(accepted).order_by(Report.number, ascending=False).first()
        for one in await advances.still_open(project):
            if one["open"] > one["pending"]:
                filed.append(await clearances.file(
                    project, stream=one["stream"], year=one["year"], amount=one["open"] - one["pending"], report=report and report.id,
                    vouchers="" if report else f"BK-{file['agreement']['number']}", by=await diary.who(lead),
                    work="Khối lượng theo báo cáo định kỳ đã được chấp nhận.",
                ))

    async def confirm() -> None:
        for one in filed:
            await clearances.confirm(await latest(one), by=await diary.who(OFFICER))

    async def clear() -> None:
        for one in filed:
            await clearances.clear(await latest(one), by=await diary.who(FINANCE[one.stream]))

    diary.on(moment(accepted_on, 9, 30, plus=1), file_all)
    diary.on(moment(accepted_on, 10, 30, plus=3), confirm)
    diary.on(moment(accepted_on, 15, 30, plus=6), clear)


def note_settlement(diary: Diary, file: dict, year: int | None, day: str) -> None:
    """The officer draws up what was declared, finance approves it a week later; what is short is demanded back."""
    drawn: list = []
    short = SHORT_OF.get(file["proposal"], 0) if year is None else 0

    async def propose() -> None:
        project = await project_of(diary, file)
        lines = await settlements.sheet(project, year) if project else []
        claims = {line["id"]: Claim(line["declared"], line["declared"]) for line in lines}
        if not any(claim.declared for claim in claims.values()):
            return
        if short:
            largest = max(claims, key=lambda id: claims[id].declared)
            told = claims[largest].declared
            claims[largest] = Claim(told, told - short, "Chứng từ không hợp lệ, không đủ căn cứ quyết toán.")
        drawn.append(await settlements.propose(
            project, year=year, claims=claims, by=await diary.who(OFFICER),
            note="Số đã thanh toán khớp với xác nhận của Kho bạc." if not short else "Một phần chứng từ mua vật tư không hợp lệ.",
        ))

    async def approve() -> None:
        for one in drawn:
            by = await diary.who(FINANCE["recurrent"])
            number = f"{one.id:04d}/TB-STC"
            await settlement_decisions.approve(await latest(one), number=number, on=moment(day, plus=7).date(), by=by)

    async def demand() -> None:
        for one in drawn:
            for owed in await Recovery.objects().where(Recovery.settlement == one.id):
                by = await diary.who(FINANCE[owed.stream])
                await recoveries.decide(owed, number=f"{owed.id:04d}/QĐ-STC", on=decided.date(), by=by)

    async def repay() -> None:
        for one in drawn:
            for owed in await Recovery.objects().where(Recovery.settlement == one.id):
                await recoveries.repay(
                    owed, amount=owed.amount, number=f"GNT-{owed.id:04d}", on=moment(day, plus=40).date(), by=await diary.who(TREASURER)
                )

    async def close() -> None:
        project = await project_of(diary, file)
        if all(point.done for point in await closings.checklist(project)):  # the one that still has to repay stays open
            await closings.close(
                project, number=f"{project.id:02d}/BBTL-SKHCN", on=moment(day, plus=60).date(), by=await diary.who(OFFICER),
            )

    repaid = file["proposal"] == "ud24-benh-dai"
    decided = moment(day, 15, plus=8) if repaid else moment("2026-11-10", 15)  # the other one is still within its sixty days
    diary.on(moment(day, 11, plus=0 if year else 5), propose)
    diary.on(moment(day, 14, plus=7), approve)
    diary.on(decided, demand)
    if repaid:
        diary.on(moment(day, 14, plus=40), repay)
    if year is None:
        diary.on(moment(day, 9, plus=60), close)


def note_fund(diary: Diary) -> None:
    """The fund's charter, illustrative, and its first product: its call of 2026 is one for grants. The others: seed/support.py."""

    async def found() -> None:
        keeper = await diary.who(FINANCE["fund"])
        organisation = diary.organisations["quy-dmst"]
        fund = await funds.found(
            name=organisation.name, name_en=organisation.name_en or "Provincial science, technology and innovation fund", kind="innovation",
            organisation=organisation.id, charter="Điều lệ Quỹ (minh họa, chưa kiểm chứng)", may_lend=True, may_guarantee=True,
            account_number="3713.0.9900001", bank="Kho bạc Nhà nước khu vực (minh họa)", by=keeper,
        )
        diary.things["product-grant"] = await funds.offer(
            fund, kind="grant", name="Tài trợ nhiệm vụ đổi mới sáng tạo", name_en="Innovation grant",
            basis="Luật 93/2025/QH15 Đ61–66; NĐ 265/2025", since=date(2026, 1, 5), by=keeper,
        )

    async def name() -> None:
        call = await Call.objects().where(Call.code == "QUY-2026-01").first()
        if call and call.state == Call.State.DRAFT:
            await funds.name_product(call, diary.things["product-grant"], by=await diary.who(OFFICER))

    call = next(one for one in read("calls") if one["key"] == "quy-2026")
    diary.on(moment("2026-01-05", 9), found)
    diary.on(moment(call["published_on"], 8), name)

