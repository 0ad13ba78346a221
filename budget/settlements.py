"""Settlement (quyết toán) of a project's budget year, or of the whole project: approved actuals, and what is paid back.

Drawn up by the officer out of what the organisation declared, approved by the finance of each of its streams
(budget/settlement_decisions.py). Amounts are đồng.
A lump-sum line counts as approved; a line at actual cost counts what vouchers prove, and of what it saved the
organisation's development fund keeps the rules' share where it has one (TTLT 27/2015); the rest is paid back.
"""

from dataclasses import dataclass
from fractions import Fraction

from piccolo.columns.combination import Combinable

from budget import payments, streams, terms
from budget.payment_tables import Settlement, SettlementApproval, SettlementLine, SettlementSum
from budget.tables import BudgetYear
from grants.people.people import holds
from grants.people.tables import Person
from grants.projects import projects
from grants.projects.tables import Project
from grants.shell import mail
from grants.shell.changes import add, changing, now, remove, require
from grants.shell.database import DB, rows
from grants.shell.language import N_, _
from grants.shell.money import shares, show

State = Settlement.State
WORDS = {
    State.PROPOSED: (N_("Chờ phê duyệt quyết toán"), "progress"),
    State.APPROVED: (N_("Đã phê duyệt quyết toán"), "good"),
    State.REFUSED: (N_("Bị trả lại"), "bad"),
}
ENDED = (Project.State.REGISTERED, Project.State.TERMINATED)


@dataclass(frozen=True)
class Claim:
    """What is declared and approved for one budget line, in đồng; a difference says why."""

    declared: int
    approved: int
    reason: str = ""


def label(state: str) -> str:
    return _(WORDS[State(state)][0])


def status(state: str) -> tuple[str, str]:
    return label(state), WORDS[State(state)][1]


def number(id: int) -> str:
    return f"QT-{id:05d}"


def seen_by(person: Person) -> Combinable:
    """The offices see all; others those of the projects they lead or sign for."""
    if holds(person, *payments.SEES):
        return Settlement.id > 0
    return projects.answered_for(person, Settlement.project)


def visible_to(person: Person):
    return Settlement.objects().where(seen_by(person))


def can_propose(person: Person, project: Project) -> bool:
    return projects.keeps(person, project) and project.state not in (Project.State.AWARDED, Project.State.SETTLED, Project.State.CLOSED)


async def lines_of(settlement: Settlement) -> list[dict]:
    return await rows(
        """
        SELECT s.*, l.year, l.source AS stream, g.name, g.name_en, l.note FROM settlement_line s JOIN budget_line l ON l.id = s.line
            JOIN expense_group g ON g.id = l."group" WHERE s.settlement = $1 ORDER BY l.year, l.source, g.number, l.id
        """,
        settlement.id,
    )


async def sums_of(settlement: Settlement) -> list[SettlementSum]:
    return await SettlementSum.objects().where(SettlementSum.settlement == settlement.id).order_by(
        SettlementSum.year).order_by(SettlementSum.stream)


async def unsettled(project: Project, year: int | None) -> list[dict]:
    """What is paid and not settled, by stream and year of years not closed: stream, year, paid, advanced, in đồng."""
    return await rows(
        """
        SELECT a.stream, a.year, coalesce(sum(a.balance) FILTER (WHERE a.stage = 'paid'), 0)::bigint AS paid,
            coalesce(sum(a.balance) FILTER (WHERE a.stage = 'advanced'), 0)::bigint AS advanced
        FROM ledger_account a JOIN budget_year y ON y.year = a.year AND y.state <> $3
        WHERE a.proposal = $1 AND ($2::int IS NULL OR a.year = $2) AND a.stage IN ('paid', 'advanced')
        GROUP BY 1, 2 HAVING sum(a.balance) > 0 ORDER BY 2, 1
        """,
        project.proposal, year, BudgetYear.State.CLOSED.value,
    )


async def lines_to_settle(project: Project, money: list[dict]) -> list[dict]:
    """The budget lines with what is left of them: each under the first year of its stream, its own or a later one, in which
    money was paid; what one year left over was carried into the next. `place`: stream and year, `approved`: left, in đồng."""
    done = {row["line"]: row["sum"] for row in await rows(
        "SELECT l.line, sum(l.approved)::bigint AS sum FROM settlement_line l JOIN settlement s ON s.id = l.settlement "
        "WHERE s.project = $1 AND s.state = 'approved' GROUP BY 1", project.id)}
    found = []
    for line in await terms.lines(project):
        years = [one["year"] for one in money if one["stream"] == line["source"] and one["year"] >= line["year"]]
        left = line["approved"] - done.get(line["id"], 0)
        if years and left > 0:
            found.append(line | {"place": (line["source"], min(years)), "approved": left})
    return found


async def sheet(project: Project, year: int | None) -> list[dict]:
    """The lines to settle with a suggestion: what was paid in a stream and year, shared out over its lines as planned."""
    money = [one for one in await unsettled(project, year) if one["paid"]]
    lines = await lines_to_settle(project, money)
    found = []
    for one in money:
        own = [line for line in lines if line["place"] == (one["stream"], one["year"])]
        parts = shares(one["paid"], [line["approved"] for line in own]) if own else []
        found += [line | {"declared": min(part, line["approved"])} for line, part in zip(own, parts, strict=True)]
    return found


async def propose(
    project: Project, *, year: int | None, claims: dict[int, Claim], development_fund: bool = False, note: str = "", by: Person
) -> Settlement:
    """Draw up the settlement of a year, or of the whole project (no year), out of the declared cost by line id."""
    async with DB.transaction():
        project = await projects.locked(project.id)
        require(can_propose(by, project), _("Chỉ cán bộ theo dõi nhiệm vụ mới lập quyết toán."))
        money = await unsettled(project, year)
        require(money, _("Không có khoản đã thanh toán nào chờ quyết toán."))
        if year is None:
            require_ended(project, money)
        settlement = await begun(project, year, note, by=by)
        lines = await write_lines(settlement, project, money, claims, by=by)
        rule = (await projects.rules_of(project)).lump_sum.saving_to_development_fund if development_fund else Fraction(0)
        for one in money:
            if one["paid"]:
                await add(summed(settlement, one, lines, rule), by=by, did="summed")
        await tell_finance(settlement, project, money)
    return settlement


def require_ended(project: Project, money: list[dict]) -> None:
    """The whole project is settled once, after its result is registered (NĐ 95/2014 Đ15), or after it failed or was broken off."""
    require(
        project.state in ENDED or project.grade == "fail",
        _("Quyết toán toàn bộ sau khi kết quả được đăng ký, hoặc khi nhiệm vụ không đạt hay chấm dứt."),
    )
    still = sum(one["advanced"] for one in money)
    require(not still, _("Còn {amount} tạm ứng chưa hoàn; hãy hoàn hoặc thu hồi trước.").format(amount=show(still)))


async def begun(project: Project, year: int | None, note: str, *, by: Person) -> Settlement:
    """A new settlement, or the one that was sent back, empty again."""
    of_year = Settlement.year == year if year is not None else Settlement.year.is_null()
    found = await Settlement.objects().where((Settlement.project == project.id) & of_year).first()
    if found is None:
        return await add(Settlement(project=project.id, year=year, note=note, made_by=by.id, made_at=now()), by=by, did="proposed")
    require(found.state == State.REFUSED, _("Quyết toán này đã được lập."))
    for table in (SettlementLine, SettlementSum, SettlementApproval):
        for row in await table.objects().where(table.settlement == found.id):
            await remove(row, by=by, did="struck")
    async with changing(found, by=by, did="proposed") as found:
        found.state, found.note, found.made_by, found.made_at = State.PROPOSED, note, by.id, now()
        found.decided_by, found.decided_at, found.reason = None, None, ""
    return found


async def write_lines(
    settlement: Settlement, project: Project, money: list[dict], claims: dict[int, Claim], *, by: Person
) -> list[tuple[dict, SettlementLine]]:
    """The lines of the years and streams in it; no line is approved above its plan, none above what was declared."""
    written = []
    for line in await lines_to_settle(project, [one for one in money if one["paid"]]):
        claim = claims.get(line["id"], Claim(0, 0))
        require(
            claim.approved <= min(claim.declared, line["approved"]),
            _("Mục «{name}» năm {year}: số quyết toán không vượt số đề nghị và dự toán {planned}.").format(
                name=line["name"], year=line["year"], planned=show(line["approved"])),
        )
        require(
            claim.approved == claim.declared or claim.reason.strip(),
            _("Mục «{name}»: hãy nêu lý do số quyết toán khác số đề nghị.").format(name=line["name"]),
        )
        row = SettlementLine(
            settlement=settlement.id, line=line["id"], actual=line["actual"], planned=line["approved"], declared=claim.declared,
            approved=claim.approved, reason=claim.reason,
        )
        written.append((line, await add(row, by=by, did="settled")))
    return written


def summed(settlement: Settlement, money: dict, lines: list[tuple[dict, SettlementLine]], rule: Fraction) -> SettlementSum:
    """Stream and year: paid against approved; of what lines at actual cost saved, the development fund keeps the rules' share."""
    own = [row for line, row in lines if line["place"] == (money["stream"], money["year"])]
    approved = sum(row.approved for row in own)
    over = max(0, money["paid"] - approved)
    saved = min(over, sum(row.planned - row.approved for row in own if row.actual))
    kept = int(saved * rule)
    return SettlementSum(
        settlement=settlement.id, stream=money["stream"], year=money["year"], paid=money["paid"], approved=approved, kept=kept,
        back=over - kept,
    )


async def tell_finance(settlement: Settlement, project: Project, money: list[dict]) -> None:
    readers = [officer for stream in sorted({one["stream"] for one in money}) for officer in await streams.finance_of(stream)]
    for reader in {one.id: one for one in readers}.values():
        await mail.tell(
            reader, lambda: _("Quyết toán {code} chờ phê duyệt").format(code=project.code),
            lambda: about(settlement, project), link=f"/settlements/{settlement.id}",
        )


def about(settlement: Settlement, project: Project) -> str:
    if settlement.year is None:
        return _("Quyết toán toàn bộ nhiệm vụ {code} «{title}»").format(code=project.code, title=project.title)
    return _("Quyết toán năm {year} của nhiệm vụ {code} «{title}»").format(year=settlement.year, code=project.code, title=project.title)
