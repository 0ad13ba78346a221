"""The audit trail: every change by thing, by person, by day; one change before and after; the chain of seals."""

from datetime import datetime, time

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.response import Template
from piccolo.columns.combination import Combinable
from piccolo.querystring import QueryString

from grants import checks
from grants.desk import trail
from grants.desk.deeds import PAGES, THINGS, deed, thing
from grants.people.tables import Person
from grants.shell import events
from grants.shell.dates import VIETNAM, read_date
from grants.shell.events import Event
from grants.shell.language import N_, _
from grants.shell.lists import Column, Filter, Listing, chosen, containing, year
from grants.shell.text import sort_key
from grants.shell.web import Id, page


def by_person(typed: str) -> Combinable | None:
    where = containing(Person.folded)(typed)
    return Event.by.is_in(Person.select(Person.id).where(where)) if where is not None else None


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
    return sorted(((table, _(words)) for table, words in THINGS.items()), key=lambda one: sort_key(one[1]))


TRAIL = Listing(
    "nhat-ky", Event,
    [
        Column("at", N_("Lúc"), Event.at, "time"),
        Column("who", N_("Ai"), QueryString("(SELECT person.full_name FROM person WHERE person.id = event.by)"), sort_by=Event.by,
               says=lambda name: name or _("Hệ thống")),
        Column("thing", N_("Đối tượng"), Event.thing, says=thing),
        Column("thing_id", N_("Số"), Event.thing_id, "number"),
        Column("did", N_("Đã làm"), Event.did, says=deed),
        Column("id", N_("Sự kiện"), Event.id, "number"),
    ],
    order="-id",
    filters=[
        chosen("thing", N_("Đối tượng"), Event.thing, in_words),
        year("id", N_("Số của đối tượng"), Event.thing_id),
        Filter("person", N_("Người làm"), by_person),
        Filter("from", N_("Từ ngày"), day_from),
        Filter("until", N_("Đến ngày"), day_until),
    ],
    href=lambda row: f"/events/{row['id']}",
)


@get("/events")
async def trail_of_events(request: Request) -> Response:
    return await TRAIL.answer(request, trail.seen_by(request.user), "desk/events.html")


@get("/events/{id:int}")
async def one_event(request: Request, id: Id) -> Template:
    event = await trail.visible_to(request.user).where(Event.id == id).first()
    if event is None:
        raise NotFoundException
    return page(
        "desk/event.html", event=event, who=await trail.who(event), did=deed(event.did), thing=thing(event.thing),
        changes=trail.changes(event), facts=trail.facts(event), seal=await trail.seal_of(event),
        href=PAGES[event.thing].format(event.thing_id) if event.thing in PAGES else None,
    )


@get("/events/chain")
async def chain(request: Request) -> Template:
    """How far the chain reaches; on demand it is recomputed, and with it every rule of the house."""
    asked = request.query_params.get("verify")
    found = await (events.verify() if asked == "chain" else checks.problems()) if asked in ("chain", "all") else None
    return page("desk/chain.html", reach=await trail.reach(), problems=found, asked=asked, invariants=checks.count())


ROUTES = [trail_of_events, one_event, chain]
