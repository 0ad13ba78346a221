"""The streams of state money, and which organisation answers for each on a day. No department is named in code."""

from datetime import date

from budget.tables import Duty, Stream
from grants.people import organisations, remits
from grants.people.organisations import Head
from grants.people.people import holding, today
from grants.people.tables import Organisation, Person, Role
from grants.rules.sources import SOURCES
from grants.shell.changes import add, changing, require
from grants.shell.database import DB, rows
from grants.shell.language import _

LABELS = {stream: SOURCES[stream.value] for stream in Stream}


def label(stream: str) -> str:
    return _(LABELS[Stream(stream)])


def badge(stream: str) -> tuple[str, str]:
    """The stream as lists draw it: its code, which gives it its colour and pattern, and its name."""
    return str(stream), label(stream)


def options() -> list[tuple[str, str]]:
    return [(stream.value, label(stream)) for stream in Stream]


async def answering(stream: str, on: date | None = None) -> int | None:
    """The organisation that answers for a stream on a day (today if none is said), or its successor; None where nobody does."""
    found = await rows("SELECT organisation FROM answering($2) WHERE stream = $1", str(stream), on or today())
    return found[0]["organisation"] if found else None


async def answered_by(person: Person) -> set[str]:
    """The streams whose finance officer the person is today."""
    mine = {post.organisation for post in person.posts if post.role == Role.FINANCE}
    if not mine:
        return set()
    found = await rows("SELECT stream, organisation FROM answering($1)", today())
    return {row["stream"] for row in found if row["organisation"] in mine}


async def can_approve(person: Person, stream: str) -> bool:
    """Finance officers approve for the stream that their organisation answers for today."""
    return str(stream) in await answered_by(person)


async def finance_of(stream: str) -> list[Person]:
    """Everyone who can approve for the stream today, to be told of what waits."""
    organisation = await answering(stream)
    return await holding(Role.FINANCE, organisation) if organisation else []


async def head(stream: str, year: int) -> Head:
    """The head of a paper of whoever answered for the stream at the end of a budget year (or answers now, while it runs)."""
    return await organisations.head(await answering(stream, min(date(year, 12, 31), max(today(), date(year, 1, 1)))))


async def names(year: int) -> dict[str, str]:
    """Who answered for each stream at the end of a budget year, by stream; history keeps the old names."""
    found = await rows(
        "SELECT a.stream, o.name FROM answering($1) a JOIN organisation o ON o.id = a.organisation",
        min(date(year, 12, 31), max(today(), date(year, 1, 1))),
    )
    return {row["stream"]: row["name"] for row in found}


async def entrust(stream: Stream, organisation: Organisation, *, since: date, document: str, by: Person | None) -> Duty:
    """From a day on, this organisation answers for the stream; whoever did until then stops the day before.

    `by=None` is the system, which lays down reference data.
    """
    async with DB.transaction():
        before = await Duty.objects().where((Duty.stream == stream) & Duty.valid_to.is_null()).first()
        if before:
            require(before.valid_from < since, _("Ngày nhận nhiệm vụ phải sau ngày của đơn vị trước."))
            async with changing(before, by=by, did="ended") as before:
                before.valid_to = date.fromordinal(since.toordinal() - 1)
        await remits.entrust(Role.FINANCE, organisation, since=since, document=document, by=by)
        duty = Duty(stream=stream, organisation=organisation.id, valid_from=since, document=document)
        return await add(duty, by=by, did="entrusted")
