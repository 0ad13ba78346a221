"""Changes of a year's money by decision: supplements, cuts, transfers between calls, codes and the stream itself, and what is
handed over to budget units that keep their own books.

Made by the officer or finance, decided by whom the legal ground names; posted on approval. Amounts are đồng.
"""

from dataclasses import dataclass
from datetime import date

from budget import allocations, classifications, grounds, ledger, streams, years
from budget.ledger import Kind, Paper
from budget.tables import Account, BudgetYear, Stage
from budget.year_tables import Adjustment, Ground
from grants.calls.tables import Call
from grants.people.people import holds, person, today
from grants.people.tables import Person, Role
from grants.shell import mail
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB, rows
from grants.shell.language import N_, _
from grants.shell.money import short, show

State = Adjustment.State
KINDS = {
    Adjustment.Kind.SUPPLEMENT: N_("Bổ sung dự toán"),
    Adjustment.Kind.CUT: N_("Cắt giảm dự toán"),
    Adjustment.Kind.HANDOVER: N_("Giao đơn vị dự toán"),
    Adjustment.Kind.TRANSFER: N_("Điều chỉnh dự toán"),
}
POSTED_AS = {
    Adjustment.Kind.SUPPLEMENT: Kind.SUPPLEMENT, Adjustment.Kind.CUT: Kind.CUT,
    Adjustment.Kind.HANDOVER: Kind.HANDOVER, Adjustment.Kind.TRANSFER: Kind.VIREMENT,
}
WORDS = {
    State.PROPOSED: (N_("Chờ quyết định"), "progress"),
    State.APPROVED: (N_("Đã ghi sổ"), "good"),
    State.REFUSED: (N_("Bị từ chối"), "bad"),
}
SEES = (Role.OFFICER, Role.FINANCE, Role.LEADER, Role.AUDITOR, Role.TREASURER)


def label(state: str) -> str:
    return _(WORDS[State(state)][0])


def status(state: str) -> tuple[str, str]:
    return label(state), WORDS[State(state)][1]


def kind_label(kind: str) -> str:
    return _(KINDS[Adjustment.Kind(kind)])


def seen_by(person: Person):
    return Adjustment.id > 0 if holds(person, *SEES) else Adjustment.id < 0


def visible_to(person: Person):
    return Adjustment.objects().where(seen_by(person))


def can_propose(person: Person) -> bool:
    return holds(person, Role.OFFICER, Role.FINANCE)


async def can_decide(person: Person, adjustment: Adjustment) -> bool:
    """Whoever the ground names, who did not make it, while it waits."""
    ground = await ground_of(adjustment)
    return (
        adjustment.state == State.PROPOSED and adjustment.made_by != person.id
        and await grounds.may_decide(person, ground, adjustment.stream)
    )


async def ground_of(adjustment: Adjustment) -> Ground:
    return await Ground.objects().where(Ground.id == adjustment.ground).first()


@dataclass(frozen=True)
class Place:
    """Money that an adjustment takes from or gives to: a stream's under a code, or a call's. `code` is how forms name it."""

    code: str
    name: str
    free: int


async def places(stream: str, year: int) -> list[Place]:
    """The stream's codes of the year, then its calls, each with what is free there."""
    names = await classifications.names()
    found = await rows(
        "SELECT a.stage, a.classification, a.call, c.code, a.balance - a.held AS free FROM ledger_account a "
        "LEFT JOIN call c ON c.id = a.call WHERE a.stream = $1 AND a.year = $2 AND a.stage IN ('appropriated', 'allocated') "
        "ORDER BY a.stage DESC, c.code, a.classification",
        str(stream), year,
    )
    made = [
        Place(f"call:{row['call']}", _("Thông báo {code}").format(code=row["code"]), row["free"]) if row["call"]
        else Place(f"code:{row['classification']}", of_code(row["classification"], names), row["free"])
        for row in found
    ]
    there = {place.code for place in made}
    codes = [code for code, _name in await classifications.choices(year)]
    unused = [Place(f"code:{code}", of_code(code, names), 0) for code in codes if f"code:{code}" not in there]
    return sorted([*made, *unused], key=lambda place: (not place.free, place.code.startswith("call"), place.name))


def of_code(code: str, names: dict[str, str]) -> str:
    return _("Chưa phân bổ, {code} {name}").format(code=code, name=names.get(code, "")).replace(",  ", ", ")


async def account_at(code: str, stream: str, year: int) -> Account:
    """The account that a form's place names; a call's takes on the call's code."""
    kind, _colon, what = code.partition(":")
    if kind == "call" and what.isascii() and what.isdigit() and len(what) < 10:
        require(await Call.exists().where(Call.id == int(what)), _("Thông báo được chọn không có trong danh sách."))
        return await ledger.account(Stage.ALLOCATED, stream, year, call=int(what))
    require(kind == "code", _("Hãy chọn tiền được lấy từ đâu và chuyển đến đâu."))
    await classifications.require_known(what, year)
    return await ledger.account(Stage.APPROPRIATED, stream, year, classification=what)


async def ends(kind: str, stream: str, year: int, source: str, target: str) -> tuple[Account, Account]:
    """The accounts an adjustment moves between: a supplement comes from the province's budget, a cut goes back there."""
    province = await ledger.account(Stage.SOURCE, stream, year)
    if kind == Adjustment.Kind.SUPPLEMENT:
        return province, await appropriated(target, stream, year)
    if kind == Adjustment.Kind.CUT:
        return await appropriated(source, stream, year), province
    if kind == Adjustment.Kind.HANDOVER:
        out_of = await appropriated(source, stream, year)
        return out_of, await ledger.account(Stage.HANDED, stream, year, classification=out_of.classification)
    require(source != target, _("Nơi lấy và nơi nhận phải khác nhau."))
    out_of, into = await account_at(source, stream, year), await account_at(target, stream, year)
    require(
        (out_of.stage, into.stage) != (Stage.APPROPRIATED, Stage.ALLOCATED),
        _("Chuyển từ nguồn chưa phân bổ cho thông báo là phân bổ: hãy lập ở trang kinh phí của thông báo."),
    )
    return out_of, into


async def appropriated(code: str, stream: str, year: int) -> Account:
    require(code.startswith("code:"), _("Bổ sung và cắt giảm ghi vào nguồn chưa phân bổ; hãy điều chỉnh từ thông báo về nguồn trước."))
    return await account_at(code, stream, year)


async def propose(
    kind: str, *, stream: str, year: int, amount: int, ground: int, reason: str, source: str = "", target: str = "", by: Person
) -> Adjustment:
    """Ask for a change of the year's money, on a legal ground; whoever decides by that ground is told."""
    require(can_propose(by), _("Chỉ cán bộ quản lý nhiệm vụ và cơ quan tài chính mới đề nghị điều chỉnh."))
    require(amount > 0, _("Số tiền phải lớn hơn 0."))
    require(reason, _("Hãy nêu lý do điều chỉnh."))
    open_year = await years.of(year)
    require(open_year and open_year.state == BudgetYear.State.OPEN, _("Sổ ngân sách năm {year} không mở.").format(year=year))
    basis = await grounds.named(ground, Adjustment.Kind(kind), today())
    async with DB.transaction():
        out_of, into = await ends(kind, stream, year, source, target)
        require_enough(out_of, amount)
        asked = Adjustment(
            kind=kind, stream=stream, year=year, out_of=out_of.id, into=into.id, amount=amount, ground=basis.id, reason=reason,
            made_by=by.id, made_at=now(),
        )
        await add(asked, by=by, did="proposed")
        deciders = [each for each in await grounds.deciders(basis, stream) if each.id != by.id]
        require(deciders, _("Chưa có ai khác bạn quyết định được việc này: {who}.").format(who=grounds.who_decides(basis, stream)))
        for reader in deciders:
            await mail.tell(
                reader, lambda: _("{kind} {amount} chờ quyết định").format(kind=kind_label(kind), amount=short(amount)),
                lambda: _("«{stream}» năm {year}: {reason}").format(stream=streams.label(stream), year=year, reason=reason),
                link=f"/adjustments/{asked.id}",
            )
    return asked


def require_enough(out_of: Account, amount: int) -> None:
    left = out_of.balance - out_of.held
    require(out_of.stage == Stage.SOURCE or amount <= left, _("Nguồn này chỉ còn {left}.").format(left=show(left)))


async def approve(adjustment: Adjustment, *, number: str, on: date, by: Person) -> None:
    """Decided: the change is posted, and calls it touches have their new ceiling."""
    async with DB.transaction():
        out_of, into = await accounts(adjustment)
        await ledger.lock(out_of, into)
        require(on <= today(), _("Ngày ký không được ở tương lai."))
        async with changing(adjustment, by=by, did="approved") as adjustment:
            await require_decider(by, adjustment)
            entry = await ledger.post(
                POSTED_AS[Adjustment.Kind(adjustment.kind)], adjustment.amount, out_of=out_of, into=into,
                paper=Paper("adjustment_decision", number, on), made_by=adjustment.made_by, approved_by=by.id,
                key=f"adjustment-{adjustment.id}",
            )
            adjustment.state, adjustment.entry = State.APPROVED, entry.id
            adjustment.document_number, adjustment.document_date = number, on
            adjustment.decided_by, adjustment.decided_at = by.id, now()
        for call in sorted({account.call for account in (out_of, into) if account.call}):
            await allocations.write_down(call, by=by)
        await tell_maker(adjustment)


async def refuse(adjustment: Adjustment, *, reason: str, by: Person) -> None:
    """Not decided, with the reason; nothing changes."""
    async with changing(adjustment, by=by, did="refused") as adjustment:
        await require_decider(by, adjustment)
        require(reason, _("Hãy nêu lý do từ chối."))
        adjustment.state, adjustment.refusal = State.REFUSED, reason
        adjustment.decided_by, adjustment.decided_at = by.id, now()
        await tell_maker(adjustment)


async def accounts(adjustment: Adjustment) -> tuple[Account, Account]:
    """Where the money is taken from and where it goes."""
    found = {row.id: row for row in await Account.objects().where(Account.id.is_in([adjustment.out_of, adjustment.into]))}
    return found[adjustment.out_of], found[adjustment.into]


async def require_decider(by: Person, adjustment: Adjustment) -> None:
    ground = await ground_of(adjustment)
    require(
        await grounds.may_decide(by, ground, adjustment.stream),
        _("Theo căn cứ này, người quyết định là: {who}.").format(who=grounds.who_decides(ground, adjustment.stream)),
    )
    require(by.id != adjustment.made_by, _("Người lập và người duyệt phải là hai người khác nhau."))
    require(adjustment.state == State.PROPOSED, _("Đề nghị này đã có quyết định."))


async def tell_maker(adjustment: Adjustment) -> None:
    await mail.tell(
        await person(adjustment.made_by),
        lambda: _("{kind} {amount}: {state}").format(
            kind=kind_label(adjustment.kind), amount=short(adjustment.amount), state=label(adjustment.state).lower()
        ),
        lambda: _("«{stream}» năm {year}. {reason}").format(
            stream=streams.label(adjustment.stream), year=adjustment.year, reason=adjustment.refusal or adjustment.reason
        ),
        link=f"/adjustments/{adjustment.id}",
    )


async def shortfalls(adjustment: Adjustment) -> list[str]:
    """What would no longer be possible once it is posted: what waits for the money that it takes away."""
    out_of, _into = await accounts(adjustment)
    if out_of.stage == Stage.SOURCE or adjustment.state != State.PROPOSED:
        return []
    left = out_of.balance - out_of.held - adjustment.amount
    if left < 0:
        return [_("Không ghi sổ được: nơi lấy chỉ còn {left}.").format(left=show(out_of.balance - out_of.held))]
    if out_of.stage == Stage.APPROPRIATED:
        waiting, what = await waiting_allocations(out_of), N_("Các đề nghị phân bổ đang chờ cần {wanted}, chỉ còn {left}.")
    else:
        waiting, what = await waiting_reservations(out_of), N_("Các khoản giữ chỗ và nghĩa vụ năm này còn cần {wanted}, chỉ còn {left}.")
    return [_(what).format(wanted=show(waiting), left=show(left))] if waiting > left else []


async def waiting_allocations(account: Account) -> int:
    found = await rows(
        "SELECT coalesce(sum(amount), 0)::bigint AS n FROM allocation WHERE state = 'proposed' AND stream = $1 AND year = $2 "
        "AND classification = $3", account.stream, account.year, account.classification,
    )
    return found[0]["n"]


async def waiting_reservations(account: Account) -> int:
    """What was asked for out of a call's money and what its running projects' slices of the year still need."""
    found = await rows(
        """
        SELECT coalesce(sum(amount), 0)::bigint AS n FROM (
            SELECT r.amount FROM reservation r JOIN proposal p ON p.id = r.proposal
                WHERE p.call = $1 AND r.stream = $2 AND r.year = $3 AND r.state = 'requested'
            UNION ALL
            SELECT s.approved FROM slice s JOIN project j ON j.id = s.project JOIN proposal p ON p.id = j.proposal
                WHERE p.call = $1 AND s.source = $2 AND s.year = $3 AND j.state IN ('awarded', 'running', 'suspended')
                  AND NOT EXISTS (SELECT FROM reservation r WHERE r.proposal = p.id AND r.stream = s.source AND r.year = s.year
                                  AND r.state IN ('requested', 'approved', 'committed'))
        ) AS wanted
        """, account.call, account.stream, account.year,
    )
    return found[0]["n"]
