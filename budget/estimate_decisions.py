"""The leader's decision on an estimate: sent back to be drawn up anew, or assigned, which opens the year and posts its money."""

from datetime import date

from budget import estimate_rounds, ledger, streams, years
from budget.estimate_rounds import Did
from budget.estimates import Purpose, State, can_decide, lines_of, move
from budget.ledger import Kind, Paper
from budget.tables import Account, Estimate, EstimateLine, Stage, Stream
from budget.year_tables import StreamSubmission
from grants.people.people import holds, person, today
from grants.people.tables import Person, Role
from grants.shell import mail
from grants.shell.changes import changing, remove, require
from grants.shell.database import DB
from grants.shell.language import _


def whole(lines: list[EstimateLine]) -> int:
    """What an estimate stands at: decided, else agreed, else proposed, line by line, in đồng."""
    return sum(next(v for v in (line.decided, line.agreed, line.proposed) if v is not None) for line in lines)


async def send_back(estimate: Estimate, *, reason: str, by: Person) -> None:
    """The leader returns an agreed estimate to be drawn up anew; what finance agreed to is asked again."""
    async with changing(estimate, by=by, did="sent_back", reason=reason) as estimate:
        require(can_decide(by, estimate), _("Chỉ lãnh đạo tỉnh mới trả lại dự toán chờ quyết định."))
        require(reason, _("Hãy nêu lý do trả lại."))
        lines = await lines_of(estimate)
        await estimate_rounds.keep(estimate, Did.RETURNED, lines, remark=reason, by=by)
        move(estimate, State.DRAFT)
        estimate.remark = reason
        for part in await StreamSubmission.objects().where(StreamSubmission.estimate == estimate.id):
            await remove(part, by=by, did="returned")
        for line in lines:
            async with changing(line, by=by, did="agreement_lapsed") as line:
                line.agreed, line.reason, line.agreed_by, line.agreed_at, line.notified_at = None, "", None, None, None
        await mail.tell(
            await person(estimate.made_by), lambda: _("Dự toán năm {year} bị trả lại").format(year=estimate.year),
            lambda: _("Lý do: {reason}").format(reason=reason), link=f"/estimates/{estimate.id}",
        )


async def decide(estimate: Estimate, *, number: str, on: date, by: Person) -> None:
    """The leader assigns the estimate as agreed: the year opens and its money is posted, stream by stream."""
    async with DB.transaction():
        places = await accounts_of(estimate, await lines_of(estimate), by=by)
        async with changing(estimate, by=by, did="decided") as estimate:
            require(holds(by, Role.LEADER), _("Chỉ lãnh đạo tỉnh mới quyết định dự toán."))
            require(by.id != estimate.made_by, _("Người lập không tự quyết định dự toán của mình."))
            require(on <= today(), _("Ngày ký không được ở tương lai."))
            move(estimate, State.DECIDED)
            estimate.decision_number, estimate.decided_on, estimate.decided_by = number, on, by.id
            lines = await lines_of(estimate)
            for line in lines:
                async with changing(line, by=by, did="decided") as line:
                    line.decided = line.agreed
            await estimate_rounds.keep(estimate, Did.DECIDED, lines, remark=number, by=by)
            await appropriate(estimate, lines, places, by=by)
            await tell_decided(estimate)


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


async def appropriate(estimate: Estimate, lines: list[EstimateLine], places: dict[tuple, Account], *, by: Person) -> None:
    """Post each stream's amount code by code, then out of it what it contributes to the fund."""
    paper = Paper("estimate_decision", estimate.decision_number, estimate.decided_on)
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


async def tell_decided(estimate: Estimate) -> None:
    finance = {officer.id: officer for stream in Stream for officer in await streams.finance_of(stream)}
    for reader in [await person(estimate.made_by), *finance.values()]:
        await mail.tell(
            reader, lambda: _("Đã giao dự toán năm {year}").format(year=estimate.year),
            lambda: _("Quyết định số {number}. Dự toán đã ghi vào sổ, có thể phân bổ.").format(number=estimate.decision_number),
            link="/budget",
        )
