"""Pages beside the legal ranking: how far it can be trusted, and what would happen with other money. Nothing is decided here."""

import re
from fractions import Fraction

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template

from grants.people.people import holds
from grants.people.tables import Role
from grants.rules import sources
from grants.shell import money
from grants.shell.database import rows
from grants.shell.forms import Form as PlainForm
from grants.shell.forms import MaybeId, Typed
from grants.shell.forms import read as read_form
from grants.shell.language import _, language
from grants.shell.web import Id, page, see
from review import calibration, matters, panels, standings, what_if
from review.meeting_pages import counted
from review.reasons import number, signed
from review.tables import Panel
from review.what_if import Asking, Limits

SCORE = re.compile(r"[0-9]{1,5}([.,][0-9]{1,6})?")
COMPARED: dict[str, tuple[set[int], bool]] = {}


class Named(PlainForm):
    proposal: MaybeId = None


def frame(panel: Panel) -> dict:
    return {"panel": panel, "status": panels.status(panel.state)}


async def ranked(request: Request, id: int) -> Panel:
    """A panel that has ranked the applications of a call; topics and final evaluations have no ranking."""
    panel = await counted(request, id)
    if matters.is_on_matters(panel):
        raise NotFoundException
    return panel


@get("/panels/{id:int}/calibration")
async def trust(request: Request, id: Id) -> Template:
    """Spread, expected ranks, offsets, and what one ballot moves; the criterion matrix stands on the ranking's own page too."""
    panel = await ranked(request, id)
    if not calibration.can_see(request.user, await calibration.seats_of(panel)):
        raise NotFoundException
    found = await calibration.of(panel, by=request.user)
    names = {one.proposal: one.reference for one in found.lines}
    return page(
        "review/calibration/show.html", **frame(panel), found=found, matrix=standings.matrix_table(found.lines, found.scheme),
        criteria=standings.criteria(found.scheme), lines=[beside(one, found) for one in found.lines],
        offsets=[[one.name, signed(one.points, 1), f"{signed(one.low, 1)} … {signed(one.high, 1)}"] for one in found.offsets],
        moved=grouped(found.moved, names), money=money.show(found.money, language()),
        discuss=[(one, names[one.proposal]) for one in sorted(found.spreads.values(), key=lambda one: -one.deviation) if one.discuss],
        may_invite=panel.state == Panel.State.COUNTED and not holds(request.user, Role.AUDITOR),
    )


def beside(one: standings.Line, found: calibration.Trust) -> list:
    """An application's legal rank, and beside it what is uncertain about it."""
    spread = found.spreads.get(one.proposal)
    sure = next((rank for rank in found.ranks if rank.proposal == one.proposal), None)
    return [
        one.reference, one.title, one.rank if one.rank is not None else "–", one.score,
        number(Fraction(sure.rank).limit_denominator(1000), 1) if sure else "–", f"{sure.low}–{sure.high}" if sure else "–",
        f"{spread.low}–{spread.high}" if spread else "–", signed(spread.deviation, 1) if spread else "–",
    ]


def grouped(moved: list[calibration.Moved], names: dict[int, str]) -> list[list]:
    """An application's ballots that each change the same, on one line."""
    ballots: dict[tuple[str, str], list[int]] = {}
    for one in moved:
        ballots.setdefault((names[one.proposal], told(one, names)), []).append(one.number)
    return [[reference, ", ".join(map(str, numbers)), words] for (reference, words), numbers in ballots.items()]


def told(one: calibration.Moved, names: dict[int, str]) -> str:
    said = []
    if one.gains:
        said.append(_("{names} vào được hạn mức kinh phí").format(names=", ".join(names[id] for id in one.gains)))
    if one.loses:
        said.append(_("{names} ra ngoài hạn mức kinh phí").format(names=", ".join(names[id] for id in one.loses)))
    return "; ".join(said)


@post("/panels/{id:int}/discussions")
async def discuss(request: Request, id: Id) -> Redirect:
    panel = await ranked(request, id)
    form = await read_form(Named, request)
    await calibration.invite_to_discuss(panel, form.proposal or 0, by=request.user)
    return see(f"/panels/{id}/calibration")


# --- what if ------------------------------------------------------------------------------------------------------------

@get("/panels/{id:int}/what-if")
async def try_out(request: Request, id: Id) -> Template:
    """The line with the call's money and what is tried out beside it, the optimum, and each inversion with its cause."""
    panel = await ranked(request, id)
    leads = holds(request.user, Role.LEADER)
    if not leads and not calibration.can_see(request.user, await calibration.seats_of(panel)):
        raise NotFoundException
    asking = await what_if.asking_of(panel)
    call = (await rows("SELECT code, money FROM call WHERE id = $1", panel.call))[0]
    years = sorted({year for one in asking for _stream, year in one.amounts})
    streams = [stream for stream in sources.SOURCES if any(s == stream for one in asking for s, _y in one.amounts)]
    form, limits = read_limits(dict(request.query_params), call["money"], streams, years)
    line = what_if.line(asking, limits)
    best, proven = await compared(asking, limits)
    return page(
        "review/calibration/what_if.html", **frame(panel), form=form, call=call, streams=streams, years=years, proven=proven,
        stream_name=sources.said, rows=[shown(one, line, best, limits) for one in asking],
        sums=[summed(_("Theo xếp hạng, đến hết kinh phí"), asking, line), summed(_("Tổng điểm lớn nhất"), asking, best)],
        passed_over=what_if.inversions(asking, limits, line), inverted=what_if.inversions(asking, limits, best),
        status_code=422 if form.errors else 200,
    )


def read_limits(typed: dict[str, str], money_of_call: int, streams: list[str], years: list[int]) -> tuple[Typed, Limits]:
    """What is tried out, out of the address; a ceiling that is not given is none, and the money is the call's own."""
    names = ["money", *(f"stream_{one}" for one in streams), *(f"year_{one}" for one in years), "each_field", "each_organisation"]
    given, errors = {}, {}
    for name in names:
        try:
            given[name] = money.read(typed[name]) if typed.get(name, "").strip() else None
        except ValueError as problem:
            errors[name] = str(problem)
    score = typed.get("least_score", "").strip()
    least = Fraction(score.replace(",", ".")) if SCORE.fullmatch(score) else None
    if score and least is None:
        errors["least_score"] = _("Hãy gõ một số, ví dụ 70 hoặc 72,5.")
    limits = Limits(
        money=given.get("money") if given.get("money") is not None else money_of_call,
        streams={one: given[f"stream_{one}"] for one in streams if given.get(f"stream_{one}") is not None},
        years={one: given[f"year_{one}"] for one in years if given.get(f"year_{one}") is not None},
        each_field=given.get("each_field"), each_organisation=given.get("each_organisation"), least_score=least,
    )
    return Typed({"money": str(money_of_call)} | typed, errors), limits


async def compared(asking: list[Asking], limits: Limits) -> tuple[set[int], bool]:
    """The optimum; the same question is not worked out twice."""
    key = repr(what_if.question(asking, limits)) + repr([one.id for one in asking])
    if key not in COMPARED:
        if len(COMPARED) > 200:
            COMPARED.clear()
        COMPARED[key] = await what_if.optimum(asking, limits)
    return COMPARED[key]


def shown(one: Asking, line: set[int], best: set[int], limits: Limits) -> list:
    if not what_if.eligible(one, limits):
        verdict = (_("Không đạt"), "neutral")
        return [one.reference, one.title, one.rank or "–", score(one), one.amount, verdict, verdict]
    words = {True: (_("Được cấp"), "good"), False: (_("Chưa được cấp"), "warn")}
    return [one.reference, one.title, one.rank or "–", score(one), one.amount, words[one.id in line], words[one.id in best]]


def score(one: Asking) -> str:
    return number(one.score, 2) if one.score is not None else "–"


def summed(label: str, asking: list[Asking], funded: set[int]) -> list:
    count, amount, scores = what_if.totals(asking, funded)
    return [label, count, amount, number(scores, 2)]


ROUTES = [trust, discuss, try_out]
