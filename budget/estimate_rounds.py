"""The rounds of an estimate: its lines as they stood each time somebody passed it on, to be read again and compared."""

import json

from budget import streams
from budget.tables import Estimate, EstimateLine
from budget.year_tables import EstimateRound
from grants.people.tables import Person
from grants.shell.changes import add, now
from grants.shell.database import rows
from grants.shell.language import N_, _

Did = EstimateRound.Did
WORDS = {
    Did.PROPOSED: N_("Cơ quan quản lý gửi cơ quan tài chính"),
    Did.SUBMITTED: N_("Tài chính trình lãnh đạo tỉnh"),
    Did.RETURNED: N_("Lãnh đạo tỉnh trả lại"),
    Did.DECIDED: N_("Lãnh đạo tỉnh giao dự toán"),
}
KEPT = ("id", "stream", "purpose", "classification", "name", "proposed", "agreed", "decided", "reason", "working")


def label(made: EstimateRound) -> str:
    words = _(WORDS[Did(made.did)])
    return f"{words}: {streams.label(made.stream)}" if made.stream else words


async def keep(estimate: Estimate, did: Did, lines: list[EstimateLine], *, stream: str = "", remark: str = "", by: Person) -> EstimateRound:
    """Keep the lines as they stand now."""
    number = (await rows("SELECT count(*) + 1 AS n FROM estimate_round WHERE estimate = $1", estimate.id))[0]["n"]
    kept = [{name: getattr(line, name) for name in KEPT} for line in lines]
    made = EstimateRound(
        estimate=estimate.id, number=number, did=did, stream=str(stream), by=by.id, at=now(), remark=remark[:500],
        lines=json.dumps(kept, ensure_ascii=False),
    )
    return await add(made, by=by, did="kept")


async def of(estimate: Estimate) -> list[EstimateRound]:
    """The rounds, the latest last."""
    return await EstimateRound.objects().where(EstimateRound.estimate == estimate.id).order_by(EstimateRound.number)


def lines_in(made: EstimateRound) -> list[dict]:
    return json.loads(made.lines) if isinstance(made.lines, str) else made.lines


def standing(line: dict) -> int:
    """The amount that a line stands at: decided, else agreed, else proposed."""
    return next(line[name] for name in ("decided", "agreed", "proposed") if line[name] is not None)


def compared(earlier: EstimateRound | None, later: EstimateRound) -> list[dict]:
    """The lines of a round, each with its amount in the round before and whether it is new, gone or changed; in đồng."""
    before = {line["id"]: line for line in lines_in(earlier)} if earlier else {}
    found = []
    for line in lines_in(later):
        old = before.pop(line["id"], None)
        found.append(line | {"before": standing(old) if old else None, "after": standing(line)})
    return found + [line | {"before": standing(line), "after": None} for line in before.values()]
