"""Money of a stream given to a call: proposed by an officer, approved by the stream's finance. Amounts are đồng."""

from datetime import date

from budget import classifications, ledger, streams
from budget.ledger import Kind, Paper
from budget.tables import Allocation, Stage
from grants.calls import calls
from grants.calls.tables import Call
from grants.people.people import holds, person, today
from grants.people.tables import Person, Role
from grants.shell import mail
from grants.shell.changes import Refused, add, changing, now, require
from grants.shell.database import DB, rows
from grants.shell.language import N_, _
from grants.shell.money import short, show

State = Allocation.State
WORDS = {
    State.PROPOSED: (N_("Chờ duyệt"), "progress"),
    State.APPROVED: (N_("Đã phân bổ"), "good"),
    State.REFUSED: (N_("Bị từ chối"), "bad"),
}
SEES = (Role.OFFICER, Role.FINANCE, Role.LEADER, Role.AUDITOR)


def label(state: str) -> str:
    return _(WORDS[State(state)][0])


def status(state: str) -> tuple[str, str]:
    return label(state), WORDS[State(state)][1]


def seen_by(person: Person):
    """Allocations are for the offices that make, approve, use and audit them."""
    return Allocation.id > 0 if holds(person, *SEES) else Allocation.id < 0


def visible_to(person: Person):
    return Allocation.objects().where(seen_by(person))


def can_propose(person: Person) -> bool:
    return holds(person, Role.OFFICER)


async def can_approve(person: Person, allocation: Allocation) -> bool:
    """The finance officer of the stream, who did not propose it, while it waits."""
    return (
        allocation.state == State.PROPOSED and allocation.made_by != person.id
        and await streams.can_approve(person, allocation.stream)
    )


async def propose(call: Call, *, stream: str, year: int, amount: int, classification: str | None = None, by: Person) -> Allocation:
    """Ask that `amount` of a stream's money of a year, under a code of the budget classification, go to a call.

    A call's money of a stream and year has one code; where none is said it is that one.
    """
    require(can_propose(by), _("Chỉ cán bộ quản lý nhiệm vụ mới đề nghị phân bổ."))
    require(amount > 0, _("Số tiền phải lớn hơn 0."))
    require(call.state != Call.State.CANCELLED, _("Thông báo này đã huỷ."))
    classification = await code_for(call, stream, year, classification)
    free = await ledger.free(Stage.APPROPRIATED, stream, year, classification=classification)
    if amount > free:
        raise Refused(await no_more_than(free, stream, year, classification))
    async with DB.transaction():
        finance = await streams.finance_of(stream)
        require(finance, _("Chưa có cơ quan tài chính nào phụ trách «{stream}».").format(stream=streams.label(stream)))
        asked = Allocation(
            call=call.id, stream=stream, year=year, classification=classification, amount=amount, made_by=by.id, made_at=now()
        )
        await add(asked, by=by, did="proposed")
        for officer in finance:
            await mail.tell(
                officer, lambda: _("Đề nghị phân bổ {amount}").format(amount=short(amount)),
                lambda: _("Cho thông báo {code}, từ «{stream}» năm {year}.").format(
                    code=call.code, stream=streams.label(stream), year=year
                ),
                link=f"/allocations/{asked.id}",
            )
    return asked


async def left(years: list[int]) -> list[dict]:
    """What each stream still has to allocate in these years, code by code: stream, year, classification, free."""
    return await rows(
        "SELECT stream, year, classification, balance - held AS free FROM ledger_account "
        "WHERE stage = 'appropriated' AND year = ANY($1) AND balance > held ORDER BY year, stream, classification", years,
    )


async def no_more_than(free: int, stream: str, year: int, classification: str) -> str:
    """What is left under the code that was asked, and under which other codes of the stream and year there is money."""
    without = _("chưa gắn mã")
    others = [
        f"{row['classification'] or without} ({show(row['free'])})" for row in await left([year])
        if row["stream"] == stream and row["classification"] != classification
    ]
    said = _("Nguồn này chỉ còn {left}.").format(left=show(free))
    more = _("Mã mục lục khác của nguồn này còn tiền: {codes}.").format(codes=", ".join(others))
    return f"{said} {more}" if others else said


async def code_for(call: Call, stream: str, year: int, classification: str | None) -> str:
    """The code a call's allocation is given under: the call's own in that stream and year, and no other."""
    own = await rows(
        "SELECT classification FROM ledger_account WHERE call = $1 AND stream = $2 AND year = $3 UNION ALL "
        "SELECT classification FROM allocation WHERE call = $1 AND stream = $2 AND year = $3 AND state = 'proposed' LIMIT 1",
        call.id, str(stream), year,
    )
    code = own[0]["classification"] if own else classification or ""
    require(
        classification in (None, code),
        _("Thông báo này đã dùng mã mục lục «{code}» cho nguồn này trong năm {year}.").format(code=code or "–", year=year),
    )
    await classifications.require_known(code, year)
    return code


async def approve(allocation: Allocation, *, number: str, on: date, by: Person) -> None:
    """The stream's finance approves by a decision: the money is posted, and the call's ceiling follows.

    A stream's account is everybody's: whatever can be done before it is locked is done before. The proposal's own row
    is locked first, and nobody locks one who holds money, so that nothing deadlocks.
    """
    require(on <= today(), _("Ngày ký không được ở tương lai."))
    require(on.year >= allocation.year - 1, _("Ngày ký quá sớm so với năm ngân sách {year}.").format(year=allocation.year))
    async with DB.transaction():
        place = (allocation.stream, allocation.year)
        out_of = await ledger.account(Stage.APPROPRIATED, *place, classification=allocation.classification)
        into = await ledger.account(Stage.ALLOCATED, *place, call=allocation.call, classification=allocation.classification)
        async with changing(allocation, by=by, did="approved") as allocation:
            await require_approver(by, allocation)
            allocation.state = State.APPROVED
            allocation.document_number, allocation.document_date = number, on
            allocation.decided_by, allocation.decided_at = by.id, now()
            await tell_maker(allocation)
            entry = await ledger.post(
                Kind.ALLOCATION, allocation.amount, out_of=out_of, into=into, paper=Paper("allocation_decision", number, on),
                made_by=allocation.made_by, approved_by=by.id, key=f"allocation-{allocation.id}",
            )
            allocation.entry = entry.id
        await write_down(allocation.call, by=by)


async def refuse(allocation: Allocation, *, reason: str, by: Person) -> None:
    """The stream's finance refuses and says why."""
    async with changing(allocation, by=by, did="refused") as allocation:
        await require_approver(by, allocation)
        require(reason, _("Hãy nêu lý do từ chối."))
        allocation.state, allocation.reason = State.REFUSED, reason
        allocation.decided_by, allocation.decided_at = by.id, now()
        await tell_maker(allocation)


async def require_approver(by: Person, allocation: Allocation) -> None:
    require(
        await streams.can_approve(by, allocation.stream),
        _("Chỉ cơ quan tài chính phụ trách «{stream}» mới duyệt được.").format(stream=streams.label(allocation.stream)),
    )
    require(by.id != allocation.made_by, _("Người lập và người duyệt phải là hai người khác nhau."))
    require(allocation.state == State.PROPOSED, _("Đề nghị này đã có quyết định."))


# By stream: what lies on the call's accounts, and what its projects paid back, which was allocated too. Not read from the journal.
OF_CALL = """
    SELECT a.stream, coalesce(sum(a.balance) FILTER (
            WHERE a.stage IN ('allocated', 'committed', 'advanced', 'paid', 'settled', 'lent', 'written_off')), 0)::bigint
        + coalesce(sum(t.back), 0)::bigint AS amount
    FROM ledger_account a LEFT JOIN LATERAL (SELECT sum(t.went) AS back FROM ledger_turnover t WHERE t.account = a.id AND (
        (t.kind = 'recovery' AND a.stage <> 'returned') OR (t.kind = 'repayment' AND a.stage = 'lent') OR t.kind = 'release')) t ON true
    WHERE a.call = $1 GROUP BY 1
"""


async def write_down(call: int, *, by: Person) -> None:
    """The call's money is what was allocated to it, over all streams and years; what its projects paid back was allocated too."""
    async with DB.transaction():
        await rows("SELECT FROM call WHERE id = $1 FOR NO KEY UPDATE", call)
        by_source = {row["stream"]: row["amount"] for row in await rows(OF_CALL, call)}
        await calls.set_money(Call(id=call, _ignore_missing=True), by_source, by=by)


async def tell_maker(allocation: Allocation) -> None:
    call = await Call.select(Call.code).where(Call.id == allocation.call).first()
    await mail.tell(
        await person(allocation.made_by),
        lambda: _("Phân bổ cho {code}: {state}").format(code=call["code"], state=label(allocation.state).lower()),
        lambda: _("{amount} từ «{stream}» năm {year}. {reason}").format(
            amount=short(allocation.amount), stream=streams.label(allocation.stream), year=allocation.year, reason=allocation.reason
        ),
        link=f"/allocations/{allocation.id}",
    )
