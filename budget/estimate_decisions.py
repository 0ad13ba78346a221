"""The leaders' decision on the parts of an estimate: sent back to be drawn up anew, or assigned, which posts the stream's money.

A decision (number, date) covers one stream or several; the first one opens the year. What is undecided stays open.
"""

from collections.abc import Collection
from datetime import date

from budget import estimate_letters, estimate_parts, estimate_rounds, ledger, years
from budget.estimate_letters import named
from budget.estimate_rounds import Did
from budget.estimates import Purpose, follow, lines_of
from budget.ledger import Kind, Paper
from budget.tables import Account, Estimate, EstimateLine, Stage, Stream
from budget.year_tables import StreamDecision, StreamReturn, StreamSubmission
from grants.people.people import holds, today
from grants.people.tables import Person, Role
from grants.shell.changes import add, changing, now, remove, require
from grants.shell.database import DB
from grants.shell.language import _


def whole(lines: list[EstimateLine]) -> int:
    """What an estimate stands at: decided, else agreed, else proposed, line by line, in đồng."""
    return sum(next(v for v in (line.decided, line.agreed, line.proposed) if v is not None) for line in lines)


def can_decide(person: Person, estimate: Estimate, parts: dict[str, estimate_parts.Part]) -> bool:
    return holds(person, Role.LEADER) and estimate.made_by != person.id and bool(estimate_parts.waiting(parts))


async def require_waiting(estimate: Estimate, streams: Collection[str], by: Person) -> list[str]:
    """Only the leader, about parts that finance has sent and nobody decided yet; returns them in the streams' order."""
    require(holds(by, Role.LEADER), _("Chỉ lãnh đạo tỉnh mới quyết định dự toán."))
    require(by.id != estimate.made_by, _("Người lập không tự quyết định dự toán của mình."))
    require(streams, _("Hãy chọn nguồn được quyết định."))
    parts = await estimate_parts.of(estimate)
    require(set(streams) <= set(parts), _("Dự toán không có dòng nào của nguồn này."))
    chosen = [stream for stream in parts if stream in streams]
    if done := [stream for stream in chosen if parts[stream].decided]:
        require(False, _("Phần {streams} đã được giao dự toán.").format(streams=named(done)))
    if early := [stream for stream in chosen if not parts[stream].submitted]:
        require(False, _("Tài chính chưa trình phần {streams}.").format(streams=named(early)))
    return chosen


async def send_back(estimate: Estimate, *, streams: Collection[str], reason: str, by: Person) -> None:
    """The leaders return the chosen parts to be drawn up anew; what finance agreed to there is asked again."""
    async with changing(estimate, by=by, did="sent_back", reason=reason) as estimate:
        chosen = await require_waiting(estimate, streams, by)
        require(reason, _("Hãy nêu lý do trả lại."))
        lines = await lines_of(estimate)
        part = chosen[0] if len(chosen) == 1 else ""
        await estimate_rounds.keep(estimate, Did.RETURNED, lines, stream=part, remark=reason, by=by)
        estimate.remark = reason
        for stream in chosen:
            await take_back(estimate, stream, [line for line in lines if line.stream == stream], reason, by=by)
        await follow(estimate, lines)
        await estimate_letters.tell_returned(estimate, chosen, reason)


async def take_back(estimate: Estimate, stream: str, lines: list[EstimateLine], reason: str, *, by: Person) -> None:
    of_stream = (StreamSubmission.estimate == estimate.id) & (StreamSubmission.stream == stream)
    await remove(await StreamSubmission.objects().get(of_stream), by=by, did="returned")
    back = StreamReturn(estimate=estimate.id, stream=stream, reason=reason, returned_by=by.id, returned_at=now())
    await add(back, by=by, did="returned")
    for line in lines:
        async with changing(line, by=by, did="agreement_lapsed") as line:
            line.agreed, line.reason, line.agreed_by, line.agreed_at, line.notified_at = None, "", None, None, None


async def decide(estimate: Estimate, *, streams: Collection[str], number: str, on: date, by: Person) -> None:
    """The leaders assign the chosen parts as agreed, by one decision: the year opens and their money is posted."""
    async with DB.transaction():
        places = await accounts_of(estimate, [line for line in await lines_of(estimate) if line.stream in streams], by=by)
        async with changing(estimate, by=by, did="decided", number=number) as estimate:
            chosen = await require_waiting(estimate, streams, by)
            require(on <= today(), _("Ngày ký không được ở tương lai."))
            require(on.year >= estimate.year - 2, _("Ngày ký quá sớm so với năm ngân sách {year}.").format(year=estimate.year))
            lines = await lines_of(estimate)
            paper = Paper("estimate_decision", number, on)
            for stream in chosen:
                await assign(estimate, stream, [line for line in lines if line.stream == stream], paper, places, by=by)
            part = chosen[0] if len(chosen) == 1 else ""
            await estimate_rounds.keep(estimate, Did.DECIDED, await lines_of(estimate), stream=part, remark=number, by=by)
            numbers = [*filter(None, estimate.decision_number.split("; ")), number]
            estimate.decision_number = "; ".join(dict.fromkeys(numbers))
            estimate.decided_on, estimate.decided_by = max(on, estimate.decided_on or on), by.id
            await follow(estimate, lines)
            await estimate_letters.tell_decided(estimate, chosen, number)


async def assign(
    estimate: Estimate, stream: str, lines: list[EstimateLine], paper: Paper, places: dict[tuple, Account], *, by: Person
) -> None:
    """One stream's part: its decision, once; its lines as agreed; its money in the ledger."""
    decision = StreamDecision(
        estimate=estimate.id, stream=stream, number=paper.number, decided_on=paper.date, amount=sum(line.agreed for line in lines),
        decided_by=by.id, decided_at=now(),
    )
    await add(decision, by=by, did="decided")
    for line in lines:
        async with changing(line, by=by, did="decided") as line:
            line.decided = line.agreed
    await appropriate(estimate, lines, paper, places, by=by)


async def accounts_of(estimate: Estimate, lines: list[EstimateLine], *, by: Person) -> dict[tuple, Account]:
    """The accounts the decision will move, by stage, stream and code, opened and locked in one order."""
    await years.open_year(estimate.year, by=by)
    wanted = {(Stage.SOURCE, Stream.FUND, ""), (Stage.APPROPRIATED, Stream.FUND, "")}
    for line in lines:
        wanted |= {(Stage.SOURCE, Stream(line.stream), ""), (Stage.APPROPRIATED, Stream(line.stream), line.classification)}
    found = {
        (stage, stream, code): await ledger.account(stage, stream, estimate.year, classification=code)
        for stage, stream, code in sorted(wanted)
    }
    await ledger.lock(*found.values())
    return found


async def appropriate(estimate: Estimate, lines: list[EstimateLine], paper: Paper, places: dict[tuple, Account], *, by: Person) -> None:
    """Post each stream's amount code by code, then out of it what it contributes to the fund."""
    who = {"paper": paper, "made_by": estimate.made_by, "approved_by": by.id}
    for stream, code in sorted({(Stream(line.stream), line.classification) for line in lines}):
        own = [line for line in lines if (line.stream, line.classification) == (stream, code)]
        whole = sum(line.agreed for line in own)
        given = sum(line.agreed for line in own if line.purpose == Purpose.FUND)
        here, key = places[Stage.APPROPRIATED, stream, code], f"estimate-{estimate.id}-{stream}-{code}"
        if whole:
            await ledger.post(Kind.APPROPRIATION, whole, out_of=places[Stage.SOURCE, stream, ""], into=here, key=key, **who)
        if given:
            fund = places[Stage.APPROPRIATED, Stream.FUND, ""]
            await ledger.post(Kind.CONTRIBUTION, given, out_of=here, into=fund, key=f"{key}-fund", **who)
