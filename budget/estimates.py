"""The estimate of a budget year: proposed by the officer, agreed line by line by each stream's finance, decided by the leader.

Sở KH&CN proposes both streams; whoever changes an amount says why before it goes to the UBND (NĐ 95/2014 Đ5 k2c).
Amounts are đồng.
"""

from datetime import date

from budget import ledger, streams, years
from budget.ledger import Kind, Paper
from budget.tables import Estimate, EstimateLine, Stage, Stream
from grants.people.people import holding, holds, person, today
from grants.people.tables import Person, Role
from grants.shell import mail
from grants.shell.changes import add, changing, now, remove, require
from grants.shell.database import DB, rows
from grants.shell.language import N_, _
from grants.shell.money import short

State = Estimate.State
Purpose = EstimateLine.Purpose

WORDS = {
    State.DRAFT: (N_("Đang lập"), "neutral"),
    State.PROPOSED: (N_("Chờ cơ quan tài chính"), "progress"),
    State.AGREED: (N_("Chờ quyết định"), "warn"),
    State.DECIDED: (N_("Đã giao dự toán"), "good"),
}
PURPOSES = {
    Purpose.CONTINUING: N_("Nhiệm vụ chuyển tiếp"),
    Purpose.NEW: N_("Nhiệm vụ mở mới"),
    Purpose.MANAGEMENT: N_("Chi quản lý, hội đồng"),
    Purpose.FUND: N_("Góp vào quỹ"),
    Purpose.INFRASTRUCTURE: N_("Tăng cường tiềm lực"),
}
NEXT = {
    State.DRAFT: {State.PROPOSED},
    State.PROPOSED: {State.AGREED},
    State.AGREED: {State.DECIDED, State.DRAFT},
    State.DECIDED: set(),
}
BUDGETED = (Stream.CAPITAL, Stream.RECURRENT)  # the fund has what these contribute
SEES = (Role.OFFICER, Role.FINANCE, Role.LEADER, Role.AUDITOR, Role.TREASURER)


def label(state: str) -> str:
    return _(WORDS[State(state)][0])


def status(state: str) -> tuple[str, str]:
    return label(state), WORDS[State(state)][1]


def purpose_label(purpose: str) -> str:
    return _(PURPOSES[Purpose(purpose)])


def move(estimate: Estimate, to: State) -> None:
    require(
        to in NEXT[State(estimate.state)],
        _("Dự toán đang ở bước «{here}», không thể chuyển sang «{there}».").format(
            here=label(estimate.state), there=label(to)
        ),
    )
    estimate.state = to


def seen_by(person: Person):
    """Estimates are for the offices that make, agree, decide and audit them."""
    return Estimate.id > 0 if holds(person, *SEES) else Estimate.id < 0


def visible_to(person: Person):
    return Estimate.objects().where(seen_by(person))


def can_draft(person: Person, estimate: Estimate | None = None) -> bool:
    return holds(person, Role.OFFICER) and (estimate is None or estimate.state == State.DRAFT)


def can_decide(person: Person, estimate: Estimate) -> bool:
    return holds(person, Role.LEADER) and estimate.state == State.AGREED and estimate.made_by != person.id


async def lines_of(estimate: Estimate) -> list[EstimateLine]:
    """The lines, stream by stream."""
    return await EstimateLine.objects().where(EstimateLine.estimate == estimate.id).order_by(
        EstimateLine.stream).order_by(EstimateLine.id)


async def open_estimate(year: int, *, by: Person) -> Estimate:
    """Begin the estimate of a budget year; one a year."""
    require(can_draft(by), _("Chỉ cán bộ Sở Khoa học và Công nghệ mới lập dự toán."))
    require(2020 <= year <= 2100, _("Năm ngân sách không đúng."))
    async with DB.transaction():
        await rows("SELECT pg_advisory_xact_lock(hashtext('estimate'), $1)", year)
        require(
            not await Estimate.exists().where(Estimate.year == year),
            _("Dự toán năm {year} đã có.").format(year=year),
        )
        return await add(Estimate(year=year, made_by=by.id), by=by, did="opened")


async def propose_line(estimate: Estimate, *, stream: str, purpose: str, name: str, proposed: int, by: Person) -> EstimateLine:
    """Add a line to a draft: what for, out of which stream, how much."""
    async with changing(estimate, by=by, did="line_proposed") as estimate:
        require_draft(estimate, by)
        require_sound(stream, proposed)
        line = EstimateLine(estimate=estimate.id, stream=stream, purpose=Purpose(purpose), name=name, proposed=proposed)
        return await add(line, by=by, did="proposed")


async def change_line(line: EstimateLine, *, stream: str, purpose: str, name: str, proposed: int, by: Person) -> None:
    """Say a line of a draft anew."""
    async with changing(await of_line(line), by=by, did="line_changed") as estimate, changing(line, by=by, did="changed") as line:
        require_draft(estimate, by)
        require_sound(stream, proposed)
        line.stream, line.purpose, line.name, line.proposed = stream, Purpose(purpose), name, proposed


async def remove_line(line: EstimateLine, *, by: Person) -> None:
    async with changing(await of_line(line), by=by, did="line_removed") as estimate:
        require_draft(estimate, by)
        await remove(line, by=by, did="removed")


def require_draft(estimate: Estimate, by: Person) -> None:
    require(holds(by, Role.OFFICER), _("Chỉ cán bộ Sở Khoa học và Công nghệ mới lập dự toán."))
    require(estimate.state == State.DRAFT, _("Dự toán đã gửi đi, không sửa được nữa."))


def require_sound(stream: str, proposed: int) -> None:
    require(stream in BUDGETED, _("Dự toán chỉ lập cho vốn đầu tư phát triển và kinh phí sự nghiệp; quỹ nhận phần góp."))
    require(proposed > 0, _("Số tiền phải lớn hơn 0."))


async def of_line(line: EstimateLine) -> Estimate:
    return await Estimate.objects().where(Estimate.id == line.estimate).first()


async def submit(estimate: Estimate, *, by: Person) -> None:
    """Send the estimate to the finance officers of its streams."""
    async with changing(estimate, by=by, did="submitted") as estimate:
        require_draft(estimate, by)
        lines = await lines_of(estimate)
        require(lines, _("Dự toán chưa có dòng nào."))
        move(estimate, State.PROPOSED)
        estimate.made_by, estimate.proposed_at, estimate.remark = by.id, now(), ""
        for stream in sorted({line.stream for line in lines}):
            finance = await streams.finance_of(stream)
            require(finance, _("Chưa có cơ quan tài chính nào phụ trách «{stream}».").format(stream=streams.label(stream)))
            asked = sum(line.proposed for line in lines if line.stream == stream)
            for officer in finance:
                await mail.tell(
                    officer, lambda: _("Dự toán năm {year} chờ ý kiến").format(year=estimate.year),
                    lambda stream=stream, asked=asked: _("Sở Khoa học và Công nghệ đề nghị {amount} từ «{stream}» cho năm {year}.").format(
                        amount=short(asked), stream=streams.label(stream), year=estimate.year
                    ),
                    link=f"/estimates/{estimate.id}",
                )


async def agree(line: EstimateLine, amount: int, *, reason: str = "", by: Person) -> None:
    """The stream's finance agrees to a line, or sets another amount and says why; the officer is told of the change.

    With the last line the whole estimate is agreed and goes to the leader.
    """
    async with changing(await of_line(line), by=by, did="line_agreed") as estimate, changing(line, by=by, did="agreed") as line:
        require(
            await streams.can_approve(by, line.stream),
            _("Chỉ cơ quan tài chính phụ trách «{stream}» mới cho ý kiến dòng này.").format(stream=streams.label(line.stream)),
        )
        require(by.id != estimate.made_by, _("Người lập không tự đồng ý dự toán của mình."))
        require(estimate.state == State.PROPOSED, _("Dự toán này không ở bước chờ ý kiến."))
        require(amount >= 0, _("Số tiền không được âm."))
        require(amount == line.proposed or reason, _("Hãy nêu lý do khi số đồng ý khác số đề nghị."))
        line.agreed, line.reason, line.agreed_by, line.agreed_at = amount, reason, by.id, now()
        if amount != line.proposed:
            await tell_changed(estimate, line)
        waiting = await EstimateLine.exists().where(
            (EstimateLine.estimate == estimate.id) & EstimateLine.agreed.is_null() & (EstimateLine.id != line.id)
        )
        if not waiting:
            move(estimate, State.AGREED)
            await tell_agreed(estimate)


async def tell_changed(estimate: Estimate, line: EstimateLine) -> None:
    await mail.tell(
        await person(estimate.made_by), lambda: _("Một dòng dự toán năm {year} bị đổi số").format(year=estimate.year),
        lambda: _("«{name}»: đề nghị {proposed}, đồng ý {agreed}. Lý do: {reason}").format(
            name=line.name, proposed=short(line.proposed), agreed=short(line.agreed), reason=line.reason
        ),
        link=f"/estimates/{estimate.id}",
    )


async def tell_agreed(estimate: Estimate) -> None:
    for reader in [await person(estimate.made_by), *await holding(Role.LEADER)]:
        await mail.tell(
            reader, lambda: _("Dự toán năm {year} chờ quyết định").format(year=estimate.year),
            lambda: _("Cơ quan tài chính đã cho ý kiến mọi dòng của dự toán năm {year}.").format(year=estimate.year),
            link=f"/estimates/{estimate.id}",
        )


async def send_back(estimate: Estimate, *, reason: str, by: Person) -> None:
    """The leader returns an agreed estimate to be drawn up anew; what finance agreed to is asked again."""
    async with changing(estimate, by=by, did="sent_back", reason=reason) as estimate:
        require(can_decide(by, estimate), _("Chỉ lãnh đạo UBND tỉnh mới trả lại dự toán chờ quyết định."))
        require(reason, _("Hãy nêu lý do trả lại."))
        move(estimate, State.DRAFT)
        estimate.remark = reason
        for line in await lines_of(estimate):
            async with changing(line, by=by, did="agreement_lapsed") as line:
                line.agreed, line.reason, line.agreed_by, line.agreed_at = None, "", None, None
        await mail.tell(
            await person(estimate.made_by), lambda: _("Dự toán năm {year} bị trả lại").format(year=estimate.year),
            lambda: _("Lý do: {reason}").format(reason=reason), link=f"/estimates/{estimate.id}",
        )


async def decide(estimate: Estimate, *, number: str, on: date, by: Person) -> None:
    """The leader assigns the estimate as agreed: the year opens and its money is posted, stream by stream."""
    async with DB.transaction():
        places = await accounts_of(estimate, await lines_of(estimate), by=by)
        async with changing(estimate, by=by, did="decided") as estimate:
            require(holds(by, Role.LEADER), _("Chỉ lãnh đạo UBND tỉnh mới quyết định dự toán."))
            require(by.id != estimate.made_by, _("Người lập không tự quyết định dự toán của mình."))
            require(on <= today(), _("Ngày ký không được ở tương lai."))
            move(estimate, State.DECIDED)
            estimate.decision_number, estimate.decided_on, estimate.decided_by = number, on, by.id
            lines = await lines_of(estimate)
            for line in lines:
                async with changing(line, by=by, did="decided") as line:
                    line.decided = line.agreed
            await appropriate(estimate, lines, places, by=by)
            await tell_decided(estimate)


async def accounts_of(estimate: Estimate, lines: list[EstimateLine], *, by: Person) -> dict:
    """The accounts the decision will move, opened and locked in one order."""
    await years.open_year(estimate.year, by=by)
    found = {}
    for stream in (*BUDGETED, Stream.FUND):
        if stream == Stream.FUND or any(line.stream == stream for line in lines):
            for stage in (Stage.SOURCE, Stage.APPROPRIATED):
                found[stage, stream] = await ledger.account(stage, stream, estimate.year)
    await ledger.lock(*found.values())
    return found


async def appropriate(estimate: Estimate, lines: list[EstimateLine], places: dict, *, by: Person) -> None:
    """Post each stream's whole amount, then out of it what it contributes to the fund."""
    paper = Paper("estimate_decision", estimate.decision_number, estimate.decided_on)
    who = {"paper": paper, "made_by": estimate.made_by, "approved_by": by.id}
    for stream in BUDGETED:
        whole = sum(line.agreed for line in lines if line.stream == stream)
        given = sum(line.agreed for line in lines if line.stream == stream and line.purpose == Purpose.FUND)
        if whole:
            await ledger.post(
                Kind.APPROPRIATION, whole, out_of=places[Stage.SOURCE, stream], into=places[Stage.APPROPRIATED, stream],
                key=f"estimate-{estimate.id}-{stream}", **who,
            )
        if given:
            await ledger.post(
                Kind.CONTRIBUTION, given, out_of=places[Stage.APPROPRIATED, stream],
                into=places[Stage.APPROPRIATED, Stream.FUND], key=f"estimate-{estimate.id}-{stream}-fund", **who,
            )


async def tell_decided(estimate: Estimate) -> None:
    finance = {officer.id: officer for stream in Stream for officer in await streams.finance_of(stream)}
    for reader in [await person(estimate.made_by), *finance.values()]:
        await mail.tell(
            reader, lambda: _("Đã giao dự toán năm {year}").format(year=estimate.year),
            lambda: _("Quyết định số {number}. Dự toán đã ghi vào sổ, có thể phân bổ.").format(number=estimate.decision_number),
            link="/budget",
        )
