"""The parts of an estimate, stream by stream: being written, with finance, with the leaders, decided. Each goes its own way."""

from dataclasses import dataclass
from datetime import date

from budget.tables import Estimate, Stream
from grants.shell.database import rows

BUDGETED = (Stream.CAPITAL, Stream.RECURRENT)  # the fund has what these contribute


@dataclass(frozen=True)
class Part:
    """How far a stream's part has come. amount: what was decided, in đồng; returned: the leaders' reason while it is written anew."""

    stream: str
    submitted: bool = False
    returned: str = ""
    number: str = ""
    decided_on: date | None = None
    amount: int = 0

    @property
    def decided(self) -> bool:
        return bool(self.number)

    @property
    def waits(self) -> bool:
        """For the leaders' decision."""
        return self.submitted and not self.decided


async def of(estimate: Estimate) -> dict[str, Part]:
    """The part of each stream that lines may stand in."""
    found = await rows(
        """
        SELECT w.stream, s.id IS NOT NULL AS submitted, coalesce(r.reason, '') AS returned,
            coalesce(d.number, '') AS number, d.decided_on, coalesce(d.amount, 0) AS amount
        FROM unnest($2::text[]) AS w (stream)
            LEFT JOIN stream_submission s ON s.estimate = $1 AND s.stream = w.stream
            LEFT JOIN stream_return r ON r.estimate = $1 AND r.stream = w.stream
            LEFT JOIN stream_decision d ON d.estimate = $1 AND d.stream = w.stream
        """,
        estimate.id, [stream.value for stream in BUDGETED],
    )
    return {row["stream"]: Part(**row) for row in found}


def written(estimate: Estimate, parts: dict[str, Part]) -> set[str]:
    """The streams that the officer may write: all of a draft, later those that were sent back."""
    draft = estimate.state == Estimate.State.DRAFT
    return {stream for stream, part in parts.items() if part.returned or (draft and not part.submitted)}


def answered(estimate: Estimate, parts: dict[str, Part]) -> set[str]:
    """The streams whose finance may say what it agrees to."""
    if estimate.state == Estimate.State.DRAFT:
        return set()
    return {stream for stream, part in parts.items() if not part.submitted} - written(estimate, parts)


def waiting(parts: dict[str, Part]) -> list[str]:
    """The streams that wait for the leaders' decision."""
    return [stream for stream, part in parts.items() if part.waits]


def reached(parts: dict[str, Part], streams: set[str]) -> Estimate.State:
    """How far an estimate with lines in these streams has come as a whole."""
    if all(parts[stream].decided for stream in streams):
        return Estimate.State.DECIDED
    return Estimate.State.AGREED if all(parts[stream].submitted for stream in streams) else Estimate.State.PROPOSED
