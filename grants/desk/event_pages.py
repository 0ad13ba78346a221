"""The audit trail: every change by thing, by person, by day; one change before and after; the chain of seals."""

from datetime import datetime, time

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.response import Template
from piccolo.columns.combination import Combinable, WhereRaw
from piccolo.querystring import QueryString

from grants import checks
from grants.desk import names, trail
from grants.desk.deeds import PAGES, THINGS, deed, thing
from grants.shell import events
from grants.shell.dates import VIETNAM, read_date
from grants.shell.events import Event
from grants.shell.language import N_, _
from grants.shell.lists import Column, Filter, Listing, chosen, year
from grants.shell.searches import patterns
from grants.shell.text import collate_key
from grants.shell.web import Id, page


def about(typed: str) -> Combinable | None:
    """Done to what is called so, or to what belongs to it."""
    found = names.meant(typed)
    return WhereRaw(found[0], *found[1]) if found else None


def of_people(typed: str) -> Combinable | None:
    """All that people of this name did, and all that was done to their accounts and roles."""
    wanted = patterns(typed)
    return of_those(" AND ".join("folded LIKE {}" for _one in wanted), wanted) if wanted else None


def of_one(typed: str) -> Combinable | None:
    """The same of one person, by number, as their page links it."""
    return of_those("id = {}", [int(typed)]) if typed.isascii() and typed.isdigit() and len(typed) < 9 else None


def of_those(where: str, values: list) -> Combinable:
    people = f"SELECT id FROM person WHERE {where}"
    done = names.touching(f"SELECT 'person' AS thing, id::bigint AS id FROM person WHERE {where}")
    return WhereRaw(f"(event.by IN ({people}) OR {done})", *values, *values)


def day_from(typed: str) -> Combinable | None:
    moment = start_of(typed)
    return Event.at >= moment if moment else None


def day_until(typed: str) -> Combinable | None:
    moment = start_of(typed, end=True)
    return Event.at <= moment if moment else None


def start_of(typed: str, *, end: bool = False) -> datetime | None:
    try:
        return datetime.combine(read_date(typed), time.max if end else time.min, VIETNAM)
    except ValueError:
        return None


def in_words() -> list[tuple[str, str]]:
    return sorted(((table, _(words)) for table, words in THINGS.items()), key=lambda one: collate_key(one[1]))


async def prepared(found: list[dict]) -> None:
    """The words of a page of events: names, and before and after as lines of a cell."""
    await trail.told(found)
    for one in found:
        one["before"] = "; ".join(f"{words}: {before}" for words, before, _after in one["changes"])
        one["after"] = "; ".join(f"{words}: {after}" for words, _before, after in one["changes"])
        one["noted"] = "; ".join(f"{words}: {value}" for words, value in one["more"])


TRAIL = Listing(
    "nhat-ky", Event,
    [
        Column("at", N_("Lúc"), Event.at, "time"),
        Column("who", N_("Ai"), QueryString("(SELECT person.full_name FROM person WHERE person.id = event.by)"), sort_by=Event.by,
               says=lambda name: name or _("Hệ thống")),
        Column("did", N_("Đã làm"), Event.did, says=deed),
        Column("thing", N_("Đối tượng"), Event.thing, says=thing),
        Column("name", N_("Tên, mã số"), Event.facts, "long", sortable=False),
        Column("thing_id", N_("Số"), Event.thing_id, "number"),
        Column("id", N_("Sự kiện"), Event.id, "number"),
        Column("before", N_("Trước"), Event.facts, sortable=False, in_files=True),
        Column("after", N_("Sau"), Event.facts, sortable=False, in_files=True),
        Column("noted", N_("Ghi kèm"), Event.facts, sortable=False, in_files=True),
    ],
    order="-id",
    filters=[
        Filter("q", N_("Tên, mã số, số hồ sơ"), about),
        chosen("thing", N_("Đối tượng"), Event.thing, in_words),
        Filter("person", N_("Người làm, hoặc được thay đổi"), of_people),
        Filter("from", N_("Từ ngày"), day_from),
        Filter("until", N_("Đến ngày"), day_until),
        year("id", N_("Số của đối tượng"), Event.thing_id),
        Filter("whose", N_("Người"), of_one, hidden=True),
    ],
    href=lambda row: f"/events/{row['id']}", extra=[Event.changed, Event.facts], prepare=prepared,
)


@get("/events")
async def trail_of_events(request: Request) -> Response:
    return await TRAIL.answer(request, trail.seen_by(request.user), "desk/events.html")


@get("/events/{id:int}")
async def one_event(request: Request, id: Id) -> Template:
    event = await trail.visible_to(request.user).where(Event.id == id).first()
    if event is None:
        raise NotFoundException
    one = {"thing": event.thing, "thing_id": event.thing_id, "changed": event.changed, "facts": event.facts}
    await trail.told([one])
    return page(
        "desk/event.html", event=event, who=await trail.who(event), did=deed(event.did), thing=thing(event.thing), name=one["name"],
        changes=one["changes"], facts=one["more"], seal=await trail.seal_of(event),
        href=PAGES[event.thing].format(event.thing_id) if event.thing in PAGES else None,
    )


@get("/events/chain")
async def chain(request: Request) -> Template:
    """How far the chain reaches; on demand it is recomputed, and with it every rule of the house."""
    asked = request.query_params.get("verify")
    found = await (events.verify() if asked == "chain" else checks.problems()) if asked in ("chain", "all") else None
    return page("desk/chain.html", reach=await trail.reach(), problems=found, asked=asked, invariants=checks.count())


ROUTES = [trail_of_events, one_event, chain]
