"""The end of a budget year: what is left on each account is carried over or cancelled on a legal ground, by two people; then it closes.

Amounts are đồng.
"""

from dataclasses import dataclass
from datetime import date

from budget import allocations, grounds, ledger, streams, years
from budget.grounds import Act
from budget.ledger import Kind, Paper
from budget.tables import Account, BudgetYear, Stage
from budget.year_tables import Remainder
from grants.people.people import holds, person, today
from grants.people.tables import Person, Role
from grants.shell import mail
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB, rows
from grants.shell.language import N_, _
from grants.shell.money import short, show

State = Remainder.State
ACTS = {Act.CARRY_OVER: N_("Chuyển nguồn"), Act.CANCEL: N_("Huỷ")}
# What may be left when a year ends, and what may be done with it: an advance comes back by clearing or recovery, never by cancelling.
MAY = {
    Stage.APPROPRIATED: (Act.CARRY_OVER, Act.CANCEL), Stage.ALLOCATED: (Act.CARRY_OVER, Act.CANCEL),
    Stage.COMMITTED: (Act.CARRY_OVER, Act.CANCEL), Stage.ADVANCED: (Act.CARRY_OVER,), Stage.LENT: (Act.CARRY_OVER,),
}


@dataclass(frozen=True)
class Left:
    """What is left on one account, in đồng, and what was already proposed for it (0: nothing)."""

    account: int
    stage: str
    stream: str
    classification: str
    call: str | None
    reference: str | None
    title: str | None
    free: int
    held: int
    remainder: int | None
    proposed: int | None
    closed: bool

    @property
    def may(self) -> tuple[Act, ...]:
        """What may become of it; what a closed project never used is cancelled."""
        return (Act.CANCEL,) if self.closed else MAY[Stage(self.stage)]


async def left(year: int) -> list[Left]:
    """Every account of the year with money on it that was neither paid nor carried over nor cancelled."""
    found = await rows(
        """
        SELECT a.id AS account, a.stage, a.stream, a.classification, c.code AS call, coalesce(j.code, p.reference) AS reference,
            coalesce(j.title, p.title) AS title, a.balance - a.held AS free, a.held, r.id AS remainder, r.amount AS proposed,
            coalesce(j.state = 'closed', false) AS closed
        FROM ledger_account a LEFT JOIN call c ON c.id = a.call LEFT JOIN proposal p ON p.id = a.proposal
            LEFT JOIN project j ON j.proposal = p.id
            LEFT JOIN year_remainder r ON r.account = a.id AND r.state = 'proposed'
        WHERE a.year = $1 AND a.balance > 0 AND a.stage = ANY($2)
        ORDER BY a.stream, array_position($2, a.stage::text), c.code, p.reference, a.classification
        """,
        year, [stage.value for stage in MAY],
    )
    return [Left(**row) for row in found]


def can_propose(person: Person) -> bool:
    return holds(person, Role.OFFICER, Role.FINANCE)


async def propose(year: int, choices: dict[int, tuple[str, int]], *, by: Person) -> list[Remainder]:
    """Propose what becomes of what is free on accounts of a year in adjustment: account → (act, legal ground). All or none.

    What was proposed for an account before gives way. The finance of each stream is told once.
    """
    require(can_propose(by), _("Chỉ cán bộ quản lý nhiệm vụ và cơ quan tài chính mới xử lý số dư cuối năm."))
    require(choices, _("Hãy chọn ít nhất một số dư để xử lý."))
    async with DB.transaction():
        await in_adjustment(year)
        there = {one.account: one for one in await left(year)}
        made = [await propose_one(year, there.get(account), act, ground, by=by) for account, (act, ground) in sorted(choices.items())]
        for stream in sorted({one.stream for one in made}):
            await tell_finance(year, stream, [one for one in made if one.stream == stream], by=by)
    return made


async def in_adjustment(year: int) -> BudgetYear:
    found = await years.of(year)
    require(found and found.state == BudgetYear.State.ADJUSTING, _("Năm {year} không ở thời gian chỉnh lý.").format(year=year))
    return found


async def propose_one(year: int, one: Left | None, act: str, ground: int, *, by: Person) -> Remainder:
    require(one and one.free > 0, _("Một số dư đã được xử lý rồi. Hãy tải lại trang."))
    require(act in one.may or not one.closed, _("Nhiệm vụ đã thanh lý: phần cam kết không dùng đến chỉ huỷ."))
    require(act in one.may, _("Tạm ứng và dư nợ không huỷ được: hãy thanh toán, thu hồi hoặc chuyển nguồn."))
    basis = await grounds.named(ground, act, today())
    if act == Act.CARRY_OVER:
        coming = await years.of(year + 1)
        require(coming and coming.state == BudgetYear.State.OPEN, _("Sổ ngân sách năm {year} chưa mở để nhận.").format(year=year + 1))
    if one.remainder:
        earlier = await Remainder.objects().where(Remainder.id == one.remainder).first()
        async with changing(earlier, by=by, did="replaced") as earlier:
            earlier.state, earlier.refusal, earlier.decided_at = State.REFUSED, _("Đã đề nghị lại."), now()
    row = Remainder(
        account=one.account, stream=one.stream, year=year, act=act, amount=one.free, ground=basis.id, made_by=by.id, made_at=now()
    )
    return await add(row, by=by, did="proposed")


async def tell_finance(year: int, stream: str, made: list[Remainder], *, by: Person) -> None:
    for officer in await streams.finance_of(stream):
        if officer.id != by.id:
            await mail.tell(
                officer, lambda: _("Số dư năm {year} chờ xác nhận").format(year=year),
                lambda: _("{count} khoản của «{stream}», cộng {amount}.").format(
                    count=len(made), stream=streams.label(stream), amount=short(sum(one.amount for one in made))
                ),
                link=f"/year-ends/{year}",
            )


async def waiting(year: int) -> list[dict]:
    """What was proposed and waits for the second person: the remainder with its account, ground and maker."""
    return await rows(
        """
        SELECT r.id, r.stream, r.act, r.amount, r.made_by, a.stage, a.classification, c.code AS call, g.name, g.name_en,
            coalesce(j.code || ' ' || j.title, p.reference || ' ' || p.title) AS reference, g.basis, m.full_name AS maker
        FROM year_remainder r JOIN ledger_account a ON a.id = r.account JOIN budget_ground g ON g.id = r.ground
            JOIN person m ON m.id = r.made_by LEFT JOIN call c ON c.id = a.call LEFT JOIN proposal p ON p.id = a.proposal
            LEFT JOIN project j ON j.proposal = p.id
        WHERE r.year = $1 AND r.state = 'proposed' ORDER BY r.stream, r.id
        """,
        year,
    )


async def confirm(year: int, stream: str, *, number: str, on: date, by: Person) -> int:
    """The stream's finance confirms, by one decision, everything that others proposed for its remainders; returns how many."""
    async with DB.transaction():
        await in_adjustment(year)
        await require_finance(by, stream)
        require(on <= today(), _("Ngày ký không được ở tương lai."))
        asked = await Remainder.objects().where(
            (Remainder.year == year) & (Remainder.stream == str(stream)) & (Remainder.state == State.PROPOSED)
            & (Remainder.made_by != by.id)
        ).order_by(Remainder.id)
        require(asked, _("Không có khoản nào chờ bạn xác nhận: người đề nghị và người xác nhận phải là hai người."))
        pairs = [await ends(remainder) for remainder in asked]
        await ledger.lock(*[account for pair in pairs for account in pair])
        for remainder, (out_of, into) in zip(asked, pairs, strict=True):
            await confirm_one(remainder, out_of, into, Paper("year_end_decision", number, on), by=by)
        for call in sorted({out_of.call for out_of, _into in pairs if out_of.call}):
            await allocations.write_down(call, by=by)
    return len(asked)


async def ends(remainder: Remainder) -> tuple[Account, Account]:
    """The account and where its money goes: the same in the next year, or cancelled."""
    out_of = await Account.objects().where(Account.id == remainder.account).first()
    what = {"call": out_of.call, "proposal": out_of.proposal, "classification": out_of.classification}
    if remainder.act == Act.CARRY_OVER:
        return out_of, await ledger.account(Stage(out_of.stage), out_of.stream, out_of.year + 1, **what)
    return out_of, await ledger.account(Stage.CANCELLED, out_of.stream, out_of.year, **what)


async def confirm_one(remainder: Remainder, out_of: Account, into: Account, paper: Paper, *, by: Person) -> None:
    async with changing(remainder, by=by, did="confirmed") as remainder:
        require(remainder.state == State.PROPOSED, _("Khoản này đã có quyết định."))
        here = (await rows("SELECT balance - held AS free FROM ledger_account WHERE id = $1", out_of.id))[0]["free"]
        require(
            here == remainder.amount,
            _("Một số dư đã đổi từ {before} thành {after}: hãy đề nghị lại.").format(before=show(remainder.amount), after=show(here)),
        )
        kind = Kind.CARRY_OVER if remainder.act == Act.CARRY_OVER else Kind.CANCELLATION
        entry = await ledger.post(
            kind, remainder.amount, out_of=out_of, into=into, paper=paper, made_by=remainder.made_by, approved_by=by.id,
            key=f"year-end-{remainder.id}",
        )
        remainder.state, remainder.entry = State.CONFIRMED, entry.id
        remainder.document_number, remainder.document_date = paper.number, paper.date
        remainder.decided_by, remainder.decided_at = by.id, now()


async def refuse(remainder: Remainder, *, reason: str, by: Person) -> None:
    """The stream's finance does not confirm and says why."""
    async with changing(remainder, by=by, did="refused") as remainder:
        await require_finance(by, remainder.stream)
        require(remainder.state == State.PROPOSED, _("Khoản này đã có quyết định."))
        require(remainder.made_by != by.id, _("Người lập và người duyệt phải là hai người khác nhau."))
        require(reason, _("Hãy nêu lý do từ chối."))
        remainder.state, remainder.refusal = State.REFUSED, reason
        remainder.decided_by, remainder.decided_at = by.id, now()
        await mail.tell(
            await person(remainder.made_by), lambda: _("Xử lý số dư năm {year} bị từ chối").format(year=remainder.year),
            lambda: _("{amount}. Lý do: {reason}").format(amount=short(remainder.amount), reason=reason),
            link=f"/year-ends/{remainder.year}",
        )


async def require_finance(by: Person, stream: str) -> None:
    require(
        await streams.can_approve(by, stream),
        _("Chỉ cơ quan tài chính phụ trách «{stream}» mới duyệt được.").format(stream=streams.label(stream)),
    )


async def held_payments(year: int) -> list[dict]:
    """Payments and fees of the year on their way to the treasury: they are paid or sent back before the year closes."""
    return await rows(
        "SELECT '/payments/' || y.id AS href, y.amount, y.stream, y.state, j.code FROM payment y JOIN project j ON j.id = y.project "
        "WHERE y.year = $1 AND y.state IN ('requested', 'approved') UNION ALL "
        "SELECT '/pay-lists/' || f.pay_list, f.amount, f.stream, f.state, p.name FROM fee_payment f JOIN pay_list p ON p.id = f.pay_list "
        "WHERE f.year = $1 AND f.state IN ('requested', 'approved') ORDER BY 1", year,
    )


async def stale_reservations(year: int) -> list[dict]:
    """Money of the year still held for applications, or asked for: it is let go of before the year closes."""
    return await rows(
        "SELECT r.id, r.amount, r.stream, r.state, r.made_by, coalesce(j.code, p.reference) AS reference, "
        "coalesce(j.title, p.title) AS title FROM reservation r JOIN proposal p ON p.id = r.proposal "
        "LEFT JOIN project j ON j.proposal = p.id WHERE r.year = $1 AND r.state IN ('requested', 'approved') ORDER BY r.id", year,
    )


@dataclass(frozen=True)
class Opening:
    """What a stream's year carried over and what the next year opened with from it, in đồng; always the same."""

    stream: str
    carried: int
    opened: int
    cancelled: int


async def openings(year: int) -> list[Opening]:
    """What was carried out of the year and came into the next, and what was cancelled, stream by stream."""
    found = await rows(
        """
        SELECT a.stream, coalesce(sum(t.went) FILTER (WHERE t.kind = 'carry_over' AND a.year = $1), 0)::bigint AS carried,
            coalesce(sum(t.came) FILTER (WHERE t.kind = 'carry_over' AND a.year = $1 + 1), 0)::bigint AS opened,
            coalesce(sum(t.went) FILTER (WHERE t.kind = 'cancellation' AND a.year = $1), 0)::bigint AS cancelled
        FROM ledger_account a JOIN ledger_turnover t ON t.account = a.id AND t.kind IN ('carry_over', 'cancellation')
        WHERE a.year IN ($1, $1 + 1) GROUP BY a.stream ORDER BY a.stream
        """,
        year,
    )
    return [Opening(**row) for row in found]
