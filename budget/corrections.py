"""Corrections (bút toán đính chính): a posted entry is taken back by a new one the other way, which names it.

Proposed by a finance officer of the entry's stream with a reason and a document, approved by another person: by whoever the
legal ground of an adjustment names, else by the stream's finance. What is not corrected so says what is done instead.
Amounts are đồng.
"""

from datetime import date

from budget import allocations, grounds, ledger, streams, undoing
from budget.ledger import Kind, Paper
from budget.tables import Account, BudgetYear, Entry, Stage
from budget.year_tables import Adjustment, Correction, Ground
from grants.people.people import holds, person, today
from grants.people.tables import Person, Role
from grants.shell import mail
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB, rows
from grants.shell.language import N_, _
from grants.shell.money import short, show

State = Correction.State
WORDS = {
    State.PROPOSED: (N_("Chờ duyệt"), "progress"),
    State.APPROVED: (N_("Đã đính chính"), "good"),
    State.REFUSED: (N_("Bị từ chối"), "bad"),
}
PAPERS = ("correction_note", "treasury_voucher", "reconciliation_minutes", "adjustment_decision", "allocation_decision")
# Entries that a decision of their own changes: what is done instead.
INSTEAD = {
    Kind.APPROPRIATION: N_("Dự toán giao đầu năm không đính chính: hãy lập bổ sung hoặc cắt giảm dự toán bằng quyết định."),
    Kind.CONTRIBUTION: N_("Góp quỹ không đính chính: hãy cắt giảm dự toán của bên nhận và bổ sung cho bên góp bằng quyết định."),
    Kind.COMMITMENT: N_("Cam kết theo quyết định phê duyệt, không đính chính: phần không dùng thì huỷ hoặc chuyển nguồn cuối năm."),
    Kind.SETTLEMENT: N_("Quyết toán đã phê duyệt không đính chính: số chi sai thì thu hồi."),
    Kind.RECOVERY: N_("Tiền hoàn trả ghi theo chứng từ Kho bạc, không đính chính: tiền chưa về thì tổ chức nộp đúng số đã ghi."),
    Kind.LOAN: N_("Giải ngân cho vay không đính chính: bên vay trả lại thì ghi ở khoản vay."),
    Kind.REPAYMENT: N_("Tiền trả nợ ghi theo chứng từ ngân hàng, không đính chính: tiền chưa về thì bên vay nộp đúng số đã ghi."),
    Kind.WRITE_OFF: N_("Nợ đã xử lý rủi ro không đính chính: thu được nợ thì ghi ở khoản vay."),
    Kind.RELEASE: N_("Bảo lãnh đã giải toả không đính chính: bảo lãnh tiếp thì xét hồ sơ mới."),
    Kind.CORRECTION: N_("Bút toán đính chính không đính chính lại: hãy lập lại việc đã bị ghi ngược."),
}
OF_DECISION = (Kind.SUPPLEMENT, Kind.CUT, Kind.HANDOVER, Kind.VIREMENT)
SEES = (Role.OFFICER, Role.FINANCE, Role.LEADER, Role.AUDITOR)


def label(state: str) -> str:
    return _(WORDS[State(state)][0])


def status(state: str) -> tuple[str, str]:
    return label(state), WORDS[State(state)][1]


def number(id: int) -> str:
    return f"ĐC-{id:05d}"


def seen_by(person: Person):
    return Correction.id > 0 if holds(person, *SEES) else Correction.id < 0


def visible_to(person: Person):
    return Correction.objects().where(seen_by(person))


async def standing(entry: Entry) -> Correction | None:
    """The correction of an entry that waits or was approved; None where there is none, or only refused ones."""
    return await Correction.objects().where((Correction.wrong == entry.id) & (Correction.state != State.REFUSED)).first()


async def ends(wrong: Entry) -> tuple[Account, Account]:
    """Which account gives the money back, and which one gets it."""
    found = {row.id: row for row in await Account.objects().where(Account.id.is_in([wrong.out_of, wrong.into]))}
    return found[wrong.into], found[wrong.out_of]


async def adjustment_of(entry: Entry) -> Adjustment | None:
    return await Adjustment.objects().where(Adjustment.entry == entry.id).first() if entry.kind in OF_DECISION else None


# --- who may ---

async def can_propose(person: Person, giver: Account) -> bool:
    return await streams.can_approve(person, giver.stream)


async def ground_of(wrong: Entry) -> Ground | None:
    """The legal ground that the wrong entry was decided by; None where finance decided it alone."""
    adjustment = await adjustment_of(wrong)
    return adjustment and await Ground.objects().get(Ground.id == adjustment.ground)


async def deciders(wrong: Entry, stream: str) -> list[Person]:
    ground = await ground_of(wrong)
    return await grounds.deciders(ground, stream) if ground else await streams.finance_of(stream)


async def can_decide(person: Person, correction: Correction) -> bool:
    """Another than its maker, while it waits."""
    if correction.state != State.PROPOSED or correction.made_by == person.id:
        return False
    ground = await ground_of(await ledger.entry(correction.wrong))
    return await (grounds.may_decide(person, ground, correction.stream) if ground else streams.can_approve(person, correction.stream))


# --- what may be corrected ---

async def obstacle(wrong: Entry) -> str:
    """Why an entry is not corrected, and what is done instead; empty where it may be."""
    if wrong.state != Entry.State.POSTED:
        return _("Khoản giữ chờ chưa ghi sổ: hãy giải quyết hoặc bỏ giữ ở nơi đã lập.")
    if wrong.kind in INSTEAD:
        return _(INSTEAD[Kind(wrong.kind)])
    if wrong.kind in OF_DECISION and not await adjustment_of(wrong):
        return _("Lãi vay ghi theo chứng từ ngân hàng, không đính chính: tiền chưa về thì bên vay nộp đúng số đã ghi.")
    if shut := await closed_years(wrong):
        return _("Năm {year} đã khoá sổ, không đính chính: tiền nộp trả được ghi vào năm nay.").format(year=shut[0])
    act = await undoing.act_of(wrong)
    return await undoing.obstacle(act) if act else ""


async def closed_years(wrong: Entry) -> list[int]:
    found = await rows(
        "SELECT y.year FROM budget_year y JOIN ledger_account a ON a.year = y.year WHERE a.id = ANY($1) AND y.state = $2 ORDER BY y.year",
        [wrong.out_of, wrong.into], BudgetYear.State.CLOSED.value,
    )
    return [row["year"] for row in found]


def is_whole(wrong: Entry) -> bool:
    """Whether it is only taken back whole, with the act it was booked for."""
    return wrong.kind in undoing.KINDS


async def propose(
    wrong: Entry, *, amount: int, reason: str, paper: str, number: str, on: date, by: Person
) -> Correction:
    """Ask that `amount` of a posted entry be taken back, on the strength of a document; whoever approves is told."""
    giver, _taker = await ends(wrong)
    require(
        await can_propose(by, giver),
        _("Chỉ cơ quan tài chính phụ trách «{stream}» mới lập đính chính.").format(stream=streams.label(giver.stream)),
    )
    refusal = await obstacle(wrong)
    require(not refusal, refusal)
    require(0 < amount <= wrong.amount, _("Chỉ ghi ngược tối đa số của bút toán: {most}.").format(most=show(wrong.amount)), "amount")
    require(
        amount == wrong.amount or not is_whole(wrong),
        _("Khoản chi, khoản hoàn tạm ứng chỉ đính chính toàn bộ: {most}.").format(most=show(wrong.amount)), "amount",
    )
    require(paper in PAPERS, _("Hãy chọn loại văn bản làm căn cứ."), "paper")
    require(on <= today(), _("Ngày ký không được ở tương lai."), "on")
    left = giver.balance - giver.held
    enough = giver.stage == Stage.SOURCE or amount <= left
    require(enough, _("Tiền đã đi tiếp: nơi trả lại chỉ còn {left}.").format(left=show(left)), "amount")
    async with DB.transaction():
        await rows("SELECT pg_advisory_xact_lock(hashtext('correction'), $1::bigint::int)", wrong.id)
        require(not await standing(wrong), _("Bút toán này đã có đề nghị đính chính."))
        row = Correction(
            wrong=wrong.id, stream=giver.stream, year=giver.year, amount=amount, reason=reason, document_kind=paper, document_number=number,
            document_date=on, made_by=by.id, made_at=now(),
        )
        await add(row, by=by, did="proposed")
        others = [one for one in await deciders(wrong, giver.stream) if one.id != by.id]
        require(others, _("Chưa có người thứ hai duyệt được đính chính của «{stream}».").format(stream=streams.label(giver.stream)))
        for reader in others:
            await mail.tell(
                reader, lambda: _("Đính chính {amount} chờ duyệt").format(amount=short(amount)),
                lambda: _("Bút toán {id}, «{stream}» năm {year}: {reason}").format(
                    id=wrong.id, stream=streams.label(giver.stream), year=giver.year, reason=reason
                ),
                link=f"/corrections/{row.id}",
            )
    return row


async def require_decider(by: Person, correction: Correction) -> None:
    require(by.id != correction.made_by, _("Người lập và người duyệt phải là hai người khác nhau."))
    require(correction.state == State.PROPOSED, _("Đề nghị này đã có quyết định."))
    wrong = await ledger.entry(correction.wrong)
    ground = await ground_of(wrong)
    require(
        await can_decide(by, correction),
        _("Theo căn cứ này, người quyết định là: {who}.").format(who=grounds.who_decides(ground, correction.stream)) if ground
        else _("Chỉ cơ quan tài chính phụ trách «{stream}» mới duyệt được.").format(stream=streams.label(correction.stream)),
    )


async def approve(correction: Correction, *, by: Person) -> None:
    """The second person approves: the entry is taken back, with the act it was booked for; calls have their new ceiling."""
    wrong = await ledger.entry(correction.wrong)
    async with DB.transaction(), ledger.in_words():
        giver, taker = await ends(wrong)
        await ledger.lock(giver, taker)
        act = await undoing.act_of(wrong)
        await undoing.hold(act)
        async with changing(correction, by=by, did="approved") as correction:
            await require_decider(by, correction)
            refusal = await obstacle(wrong)
            require(not refusal, refusal)
            posted = await ledger.correct(
                wrong, correction.amount, made_by=correction.made_by, approved_by=by.id, key=f"correction-{correction.id}",
                paper=Paper(correction.document_kind, correction.document_number, correction.document_date),
            )
            correction.state, correction.entry = State.APPROVED, posted.id
            correction.decided_by, correction.decided_at = by.id, now()
        if act:
            await undoing.undo(act, reason=correction.reason, by=by)
        else:
            for call in sorted({place.call for place in (giver, taker) if place.call}):
                await allocations.write_down(call, by=by)
        await tell(correction, [correction.made_by])
        if act:
            await tell(correction, [id for id in undoing.asked_and_approved(act) if id != by.id], link=undoing.page_of(act))


async def refuse(correction: Correction, *, reason: str, by: Person) -> None:
    """The entry stands; the maker is told why."""
    async with changing(correction, by=by, did="refused") as correction:
        await require_decider(by, correction)
        correction.state, correction.refusal = State.REFUSED, reason
        correction.decided_by, correction.decided_at = by.id, now()
        await tell(correction, [correction.made_by])


async def tell(correction: Correction, readers: list[int], *, link: str = "") -> None:
    for id in dict.fromkeys(readers):
        await mail.tell(
            await person(id),
            lambda: _("Đính chính {amount}: {state}").format(amount=short(correction.amount), state=label(correction.state).lower()),
            lambda: _("Bút toán {id}. {reason}").format(id=correction.wrong, reason=correction.refusal or correction.reason),
            link=link or f"/corrections/{correction.id}",
        )
