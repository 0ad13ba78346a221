"""The estimate of a budget year: proposed by the officer, agreed and sent on stream by stream by its finance, then decided.

The managing office proposes both streams; whoever changes an amount says why before it goes to the province's leaders (NĐ 95/2014 Đ5 k2c).
Amounts are đồng.
"""

from budget import classifications, estimate_basis, estimate_letters, estimate_parts, estimate_rounds, streams
from budget.estimate_parts import BUDGETED
from budget.estimate_rounds import Did
from budget.tables import Estimate, EstimateLine
from budget.year_tables import StreamReturn, StreamSubmission
from grants.people.people import holds
from grants.people.tables import Person, Role
from grants.shell.changes import add, changing, now, remove, require
from grants.shell.database import DB, rows
from grants.shell.language import N_, _

State = Estimate.State
Purpose = EstimateLine.Purpose

WORDS = {
    State.DRAFT: (N_("Đang lập"), "neutral"),
    State.PROPOSED: (N_("Chờ cơ quan tài chính"), "progress"),
    State.AGREED: (N_("Đã trình, chờ quyết định"), "warn"),
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
    State.PROPOSED: {State.AGREED, State.DECIDED},
    State.AGREED: {State.DECIDED, State.PROPOSED},
    State.DECIDED: set(),
}
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


def can_draft(person: Person) -> bool:
    return holds(person, Role.OFFICER)


async def drafted_by(person: Person, estimate: Estimate) -> set[str]:
    """The streams whose part of the estimate this person may write now."""
    return estimate_parts.written(estimate, await estimate_parts.of(estimate)) if can_draft(person) else set()


async def lines_of(estimate: Estimate) -> list[EstimateLine]:
    """The lines, stream by stream."""
    return await EstimateLine.objects().where(EstimateLine.estimate == estimate.id).order_by(
        EstimateLine.stream).order_by(EstimateLine.id)


async def open_estimate(year: int, *, by: Person) -> Estimate:
    """Begin the estimate of a budget year, one a year; what running projects need of that year is drawn in by itself."""
    require(can_draft(by), _("Chỉ cán bộ quản lý nhiệm vụ mới lập dự toán."))
    require(2020 <= year <= 2100, _("Năm ngân sách không đúng."))
    async with DB.transaction():
        await rows("SELECT pg_advisory_xact_lock(hashtext('estimate'), $1)", year)
        require(
            not await Estimate.exists().where(Estimate.year == year),
            _("Dự toán năm {year} đã có.").format(year=year),
        )
        estimate = await add(Estimate(year=year, made_by=by.id), by=by, did="opened")
        await draw_continuing(estimate, by=by)
        return estimate


async def draw_continuing(estimate: Estimate, *, by: Person) -> int:
    """The slices of running projects that fall into the year, one line a stream and code; drawn anew, they follow the projects.

    Returns how many lines were added or changed.
    """
    async with changing(estimate, by=by, did="continuing_drawn") as estimate:
        open_ = await require_draft(estimate, by)
        drawn = EstimateLine.objects().where(
            (EstimateLine.estimate == estimate.id) & (EstimateLine.purpose == Purpose.CONTINUING) & (EstimateLine.working != "")
        )
        there, moved = {(line.stream, line.classification): line for line in await drawn if line.stream in open_}, 0
        for need in await estimate_basis.continuing(estimate.year):
            if need.stream not in open_:
                continue
            line = there.pop((need.stream, need.classification), None)
            moved += await draw(estimate, line, need, by=by)
        for line in there.values():
            await remove(line, by=by, did="removed")
        return moved + len(there)


async def draw(estimate: Estimate, line: EstimateLine | None, need: estimate_basis.Need, *, by: Person) -> bool:
    """One drawn line as the projects have it now; whether that changed anything."""
    if line is None:
        fresh = EstimateLine(
            estimate=estimate.id, stream=need.stream, purpose=Purpose.CONTINUING, classification=need.classification, name=need.name,
            working=need.working, proposed=need.amount,
        )
        await add(fresh, by=by, did="proposed")
        return True
    if (line.proposed, line.working) == (need.amount, need.working):
        return False
    async with changing(line, by=by, did="changed") as line:
        line.name, line.working, line.proposed = need.name, need.working, need.amount
    return True


async def propose_line(
    estimate: Estimate, *, stream: str, purpose: str, name: str, proposed: int, classification: str = "", working: str = "", by: Person
) -> EstimateLine:
    """Add a line to a draft: what for, out of which stream and code, how much."""
    async with changing(estimate, by=by, did="line_proposed") as estimate:
        require_sound(stream, proposed)
        await require_draft(estimate, by, stream)
        await classifications.require_known(classification, estimate.year)
        line = EstimateLine(
            estimate=estimate.id, stream=stream, purpose=Purpose(purpose), name=name, proposed=proposed, classification=classification,
            working=working,
        )
        return await add(line, by=by, did="proposed")


async def propose_new_work(
    estimate: Estimate, *, stream: str, count: int, classification: str = "", by: Person
) -> EstimateLine:
    """New work: the planned number of projects times what a project of the stream cost a year on average, the working kept."""
    average = await estimate_basis.average(stream, estimate.year)
    require(count > 0, _("Số nhiệm vụ mở mới phải lớn hơn 0."))
    require(average.amount, _("Ba năm trước không có nhiệm vụ nào từ nguồn này để tính bình quân; hãy tự thêm dòng."))
    return await propose_line(
        estimate, stream=stream, purpose=Purpose.NEW, classification=classification, by=by, proposed=count * average.amount,
        name=_("{count} nhiệm vụ mở mới").format(count=count), working=average.working(count),
    )


async def change_line(
    line: EstimateLine, *, stream: str, purpose: str, name: str, proposed: int, classification: str = "", by: Person
) -> None:
    """Say a line of a draft anew. A line set by hand no longer follows what it was calculated from."""
    async with changing(await of_line(line), by=by, did="line_changed") as estimate, changing(line, by=by, did="changed") as line:
        require_sound(stream, proposed)
        await require_draft(estimate, by, stream, line.stream)
        await classifications.require_known(classification, estimate.year)
        if proposed != line.proposed:
            line.working = ""
        line.stream, line.purpose, line.name, line.proposed = stream, Purpose(purpose), name, proposed
        line.classification = classification


async def remove_line(line: EstimateLine, *, by: Person) -> None:
    """Take a line out of what its officer still writes."""
    async with changing(await of_line(line), by=by, did="line_removed") as estimate:
        await require_draft(estimate, by, line.stream)
        await remove(line, by=by, did="removed")


async def require_draft(estimate: Estimate, by: Person, *wanted: str) -> set[str]:
    """Only the officer, and only what is not sent yet or was sent back; returns the streams that may be written."""
    require(can_draft(by), _("Chỉ cán bộ quản lý nhiệm vụ mới lập dự toán."))
    open_ = estimate_parts.written(estimate, await estimate_parts.of(estimate))
    require(open_, _("Dự toán đã gửi đi, không sửa được nữa."))
    for stream in wanted:
        require(stream in open_, _("Phần «{stream}» đã gửi đi, không sửa được nữa.").format(stream=streams.label(stream)))
    return open_


def require_sound(stream: str, proposed: int) -> None:
    require(stream in BUDGETED, _("Dự toán chỉ lập cho vốn đầu tư phát triển và kinh phí sự nghiệp; quỹ nhận phần góp."))
    require(proposed > 0, _("Số tiền phải lớn hơn 0."))


async def of_line(line: EstimateLine) -> Estimate:
    return await Estimate.objects().where(Estimate.id == line.estimate).first()


async def submit(estimate: Estimate, *, by: Person) -> None:
    """Send what the officer may write to the finance officers of its streams: all of a draft, or the parts that were sent back."""
    async with changing(estimate, by=by, did="submitted") as estimate:
        sent = await require_draft(estimate, by)
        lines = await lines_of(estimate)
        own = [line for line in lines if line.stream in sent]
        require(own, _("Dự toán chưa có dòng nào."))
        if estimate.state == State.DRAFT:
            move(estimate, State.PROPOSED)
        estimate.made_by, estimate.proposed_at, estimate.remark = by.id, now(), ""
        for back in await StreamReturn.objects().where(StreamReturn.estimate == estimate.id):
            await remove(back, by=by, did="sent_again")
        part = next(iter(sent)) if len(sent) == 1 else ""
        await estimate_rounds.keep(estimate, Did.PROPOSED, lines, stream=part, by=by)
        for stream in sorted({line.stream for line in own}):
            await estimate_letters.tell_proposed(estimate, stream, sum(line.proposed for line in own if line.stream == stream))


async def agree(line: EstimateLine, amount: int, *, reason: str = "", by: Person) -> None:
    """The stream's finance agrees to a line, or sets another amount and says why; the officer is told of the change at once."""
    async with changing(await of_line(line), by=by, did="line_agreed") as estimate, changing(line, by=by, did="agreed") as line:
        await require_finance(estimate, line.stream, by)
        require(amount >= 0, _("Số tiền không được âm."))
        require(amount == line.proposed or reason, _("«{name}»: hãy nêu lý do khi số đồng ý khác số đề nghị.").format(name=line.name))
        anew = (line.agreed, line.reason) != (amount, reason)
        line.agreed, line.reason, line.agreed_by, line.agreed_at = amount, reason, by.id, now()
        if amount != line.proposed and anew:
            line.notified_at = now()
            await estimate_letters.tell_changed(estimate, line)


async def agree_all(estimate: Estimate, answers: dict[int, tuple[int, str]], *, by: Person) -> None:
    """What finance says to many lines at once, line id → (đồng, reason); all or none."""
    async with DB.transaction():
        for line in await lines_of(estimate):
            if line.id in answers and (line.agreed, line.reason) != answers[line.id]:
                amount, reason = answers[line.id]
                await agree(line, amount, reason=reason, by=by)


async def require_finance(estimate: Estimate, stream: str, by: Person) -> None:
    """Only the finance that answers for the stream, before it has sent its part on."""
    require(
        await streams.can_approve(by, stream),
        _("Chỉ cơ quan tài chính phụ trách «{stream}» mới cho ý kiến dòng này.").format(stream=streams.label(stream)),
    )
    require(by.id != estimate.made_by, _("Người lập không tự đồng ý dự toán của mình."))
    parts = await estimate_parts.of(estimate)
    require(
        not parts[stream].submitted, _("Phần «{stream}» đã trình lãnh đạo tỉnh, không đổi được nữa.").format(stream=streams.label(stream))
    )
    require(stream in estimate_parts.answered(estimate, parts), _("Dự toán này không ở bước chờ ý kiến."))


async def submit_stream(estimate: Estimate, stream: str, *, by: Person) -> None:
    """Finance sends its stream's part to the leaders, every change made known to the officer before; the leaders may decide it at once."""
    async with changing(estimate, by=by, did="stream_submitted", stream=str(stream)) as estimate:
        await require_finance(estimate, stream, by)
        lines = await lines_of(estimate)
        own = [line for line in lines if line.stream == stream]
        require(own, _("Dự toán không có dòng nào của nguồn này."))
        require(all(line.agreed is not None for line in own), _("Còn dòng chưa có ý kiến."))
        require(
            all(line.notified_at for line in own if line.agreed != line.proposed),
            _("Người lập phải được báo mọi thay đổi trước khi trình."),
        )
        part = StreamSubmission(
            estimate=estimate.id, stream=stream, amount=sum(line.agreed for line in own), submitted_by=by.id, submitted_at=now()
        )
        await add(part, by=by, did="submitted")
        await estimate_rounds.keep(estimate, Did.SUBMITTED, lines, stream=stream, by=by)
        await follow(estimate, lines)
        await estimate_letters.tell_submitted(estimate, stream)


async def follow(estimate: Estimate, lines: list[EstimateLine]) -> None:
    """The estimate as a whole has come as far as its parts have."""
    there = estimate_parts.reached(await estimate_parts.of(estimate), {line.stream for line in lines})
    if there != estimate.state:
        move(estimate, there)
