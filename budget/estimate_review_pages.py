"""Pages of an estimate once it is sent: what finance says to its stream, the rounds, the sheet for signature, the decision."""

from functools import partial
from typing import Annotated, Literal

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.params import PathParameter
from litestar.response import Redirect, Template
from pydantic import Field

from budget import estimate_decisions, estimate_parts, estimate_rounds, estimates, positions, streams
from budget.estimate_pages import estimate_shown, grouped, sums, visible
from budget.tables import EstimateLine, Stream
from budget.year_tables import EstimateRound
from grants.people import organisations
from grants.people.people import person, titled, today
from grants.people.tables import Role
from grants.shell import dates, money
from grants.shell.changes import Refused
from grants.shell.forms import Day, Form, Line, Text, Typed, one_line, posted
from grants.shell.language import _, speaking
from grants.shell.web import Id, page, see, submitted

StreamCode = Annotated[str, PathParameter(max_length=10)]
Chosen = list[Literal["capital", "recurrent"]]


class Decision(Form):
    streams: Chosen = []
    number: Line = Field(max_length=60)
    on: Day


class Return(Form):
    returned: Chosen = []
    reason: Text = Field(max_length=500)


def answers_in(typed: dict[str, str]) -> tuple[dict[int, tuple[int, str]], dict[str, str]]:
    """The rows of the form, "amount-7" and "reason-7": line → (đồng, reason), and a sentence for each cell that is wrong."""
    answers, wrong = {}, {}
    for name, value in typed.items():
        line = name.removeprefix("amount-")
        if line == name or not (line.isascii() and line.isdigit() and len(line) < 10) or not value.strip():
            continue
        try:
            amount = money.read(value)
        except ValueError as problem:
            wrong[name] = str(problem)
            continue
        try:
            answers[int(line)] = (amount, one_line(typed.get(f"reason-{line}", "").strip()[:500]))
        except ValueError as problem:
            wrong[f"reason-{line}"] = str(problem)
    return answers, wrong


@post("/estimates/{id:int}/agreements")
async def agree(request: Request, id: Id) -> Template | Redirect:
    """What finance says to the lines of its stream, all of the table at once."""
    estimate = await visible(request, id)
    typed = await posted(request)
    answers, wrong = answers_in(typed)
    if wrong:
        return await estimate_shown(request, id, Typed(typed, wrong), 422)
    try:
        await estimates.agree_all(estimate, answers, by=request.user)
    except Refused as refused:
        return await estimate_shown(request, id, Typed(typed, {"": str(refused)}), 409)
    return see(f"/estimates/{id}")


@post("/estimates/{id:int}/streams/{stream:str}/submission")
async def submit_stream(request: Request, id: Id, stream: StreamCode) -> Template | Redirect:
    estimate = await visible(request, id)
    if stream not in {each.value for each in estimates.BUDGETED}:
        raise NotFoundException
    sending = partial(estimates.submit_stream, estimate, stream)
    return await submitted(request, Form, sending, shown=partial(estimate_shown, request, id), to=f"/estimates/{id}")


@get("/estimates/{id:int}/rounds")
async def rounds(request: Request, id: Id) -> Template:
    """Every version that was passed on: by whom, when, and its sums."""
    estimate = await visible(request, id)
    listed = []
    for made in await estimate_rounds.of(estimate):
        whole = sum(estimate_rounds.standing(line) for line in estimate_rounds.lines_in(made))
        link = (_("Lần {number}").format(number=made.number), f"/estimates/{id}/rounds/{made.number}")
        listed.append([link, estimate_rounds.label(made), made.at, whole, made.remark or "–"])
    return page("budget/estimate_rounds.html", estimate=estimate, rounds=listed)


@get("/estimates/{id:int}/rounds/{number:int}")
async def round_page(request: Request, id: Id, number: Id) -> Template:
    """One version, line by line, beside the one before."""
    estimate = await visible(request, id)
    kept = {made.number: made for made in await estimate_rounds.of(estimate)}
    if number not in kept:
        raise NotFoundException
    made: EstimateRound = kept[number]
    lines = [
        [line["name"], streams.badge(line["stream"]), line["classification"] or "–", line["before"], line["after"], line["reason"] or "–"]
        for line in estimate_rounds.compared(kept.get(number - 1), made)
    ]
    return page(
        "budget/estimate_round.html", estimate=estimate, made=made, words=estimate_rounds.label(made), lines=lines,
        by=titled(await person(made.by)), earlier=number - 1 in kept,
        totals=["", "", "", sum(line[3] or 0 for line in lines), sum(line[4] or 0 for line in lines), ""],
    )


@get("/estimates/{id:int}/sheet")
async def sheet(request: Request, id: Id) -> Template:
    """The estimate laid out for signature, the same lines and sums as on the page, in Vietnamese whoever asks."""
    estimate = await visible(request, id)
    lines = await estimates.lines_of(estimate)
    with speaking("vi"):
        groups = grouped(lines, await estimate_parts.of(estimate), estimate)
    return page(
        "budget/estimate_sheet.html", estimate=estimate, total=sums(lines), back=f"/estimates/{id}", groups=groups,
        show=money.show, day=dates.show_date,
        in_words=money.in_words(estimate_decisions.whole(lines)),
        issuer=await organisations.acting(Role.OFFICER, estimate.decided_on or today(), estimate.made_by),
    )


@get("/estimates/{id:int}/decision")
async def decision_page(request: Request, id: Id) -> Template:
    estimate = await visible(request, id)
    waiting = estimate_parts.waiting(await estimate_parts.of(estimate))
    return await decision_shown(request, id, Typed({"streams": waiting, "returned": waiting}))


async def decision_shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    """The parts that wait, what each would add to the books, and the two ways to decide about the chosen ones."""
    estimate = await visible(request, id)
    parts = await estimate_parts.of(estimate)
    if status_code == 200 and not estimate_decisions.can_decide(request.user, estimate, parts):
        raise NotFoundException
    waiting = estimate_parts.waiting(parts)
    lines = [line for line in await estimates.lines_of(estimate) if line.stream in waiting]
    before = {p.stream: p.appropriated for p in await positions.of_year(estimate.year)}
    return page(
        "budget/estimate_decision.html", estimate=estimate, whole=sum(line.agreed for line in lines), form=form, status_code=status_code,
        changes=[(streams.label(stream), before[stream], before[stream] + amount, "money") for stream, amount in added(lines).items()],
        parts=[(stream, _("{stream}: {amount}").format(stream=streams.label(stream), amount=money.show(whole_of(lines, stream))))
               for stream in waiting],
        changed=[line for line in lines if line.agreed != line.proposed],
    )  # fmt: skip


def whole_of(lines: list[EstimateLine], stream: str) -> int:
    return sum(line.agreed for line in lines if line.stream == stream)


def added(lines: list[EstimateLine]) -> dict[str, int]:
    """What the decision adds to each stream, the fund's contribution apart, in đồng."""
    given = sum(line.agreed for line in lines if line.purpose == estimates.Purpose.FUND)
    found = {
        stream: sum(line.agreed for line in lines if line.stream == stream and line.purpose != estimates.Purpose.FUND) for stream in Stream
    }
    return {stream: amount for stream, amount in (found | {Stream.FUND: given}).items() if amount}


@post("/estimates/{id:int}/decision")
async def decide(request: Request, id: Id) -> Template | Redirect:
    deciding = partial(estimate_decisions.decide, await visible(request, id))
    return await submitted(request, Decision, deciding, shown=partial(decision_shown, request, id), to=f"/estimates/{id}")


@post("/estimates/{id:int}/return")
async def send_back(request: Request, id: Id) -> Template | Redirect:
    estimate = await visible(request, id)
    return await submitted(
        request, Return, lambda returned, **said: estimate_decisions.send_back(estimate, streams=returned, **said),
        shown=partial(decision_shown, request, id), to=f"/estimates/{id}",
    )


ROUTES = [agree, submit_stream, rounds, round_page, sheet, decision_page, decide, send_back]
