"""The desk: what waits for a person, their letters, what changed since last time; in the demo everybody's letters."""

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template

from grants.desk import letters, news, receiving, waiting
from grants.people.people import holds
from grants.people.tables import Role
from grants.shell.config import settings
from grants.shell.database import rows
from grants.shell.language import N_, _, either
from grants.shell.lists import Column, Filter, Listing, search
from grants.shell.searches import containing_unfolded
from grants.shell.tables import Letter
from grants.shell.web import Id, page, see


def read_or_not(read_at) -> tuple[str, str]:
    return (_("Đã đọc"), "neutral") if read_at else (_("Chưa đọc"), "progress")


MINE = Listing(
    "thu-cua-toi", Letter,
    [
        Column("subject", N_("Thư"), Letter.subject, english=Letter.subject_en),
        Column("written_at", N_("Viết lúc"), Letter.written_at, "time"),
        Column("read_at", N_("Tình trạng"), Letter.read_at, "status", says=read_or_not),
    ],
    order="-written_at", href=lambda row: f"/letters/mine/{row['id']}", extra=[Letter.id],
    filters=[
        search((Letter.subject, Letter.subject_en), containing_unfolded),
        Filter("state", N_("Tình trạng"), lambda chosen: {
            "unread": Letter.read_at.is_null(), "read": Letter.read_at.is_not_null(),
        }.get(chosen), lambda: [("unread", _("Chưa đọc")), ("read", _("Đã đọc"))]),
    ],
)
ALL = Listing(
    "hop-thu", Letter,
    [
        Column("subject", N_("Thư"), Letter.subject, english=Letter.subject_en),
        Column("address", N_("Gửi đến"), Letter.address),
        Column("written_at", N_("Viết lúc"), Letter.written_at, "time"),
    ],
    order="-written_at", href=lambda row: f"/letters/{row['id']}", extra=[Letter.id],
    filters=[
        search((Letter.subject, Letter.subject_en), containing_unfolded),
        Filter("address", N_("Gửi đến"), lambda typed: Letter.address == typed.strip().lower()),
    ],
)


@get("/desk")
async def desk(request: Request) -> Template:
    person = request.user
    unread, count = await letters.unread(person)
    return page(
        "desk/desk.html", work=await waiting.for_person(person), letters=unread, unread=count, changes=await news.since(person),
        numbers=await news.numbers(person), receiving=await receiving.for_person(person),
        chain=await chain() if holds(person, Role.AUDITOR) else None,
    )


async def chain() -> dict:
    """How far the audit trail is sealed; verifying it takes a page of its own."""
    found = await rows(
        "SELECT (SELECT max(at) FROM seal) AS sealed_at, (SELECT count(*) FROM seal) AS seals, "
        "(SELECT reltuples::bigint FROM pg_class WHERE relname = 'event') AS events"
    )
    return found[0]


@get("/letters/mine")
async def my_letters(request: Request) -> Response:
    return await MINE.answer(request, Letter.person == request.user.id, "desk/my_letters.html")


@get("/letters/mine/{id:int}")
async def my_letter(request: Request, id: Id) -> Template:
    letter = await letters.of(request.user).where(Letter.id == id).first()
    if letter is None:
        raise NotFoundException
    return page("desk/letter.html", letter=letter, either=either, mine=True)


@post("/letters/mine/{id:int}/reading")
async def read_letter(request: Request, id: Id) -> Redirect:
    letter = await letters.of(request.user).where(Letter.id == id).first()
    if letter is None:
        raise NotFoundException
    await letters.mark_read(by=request.user, letter=letter.id)
    return see(letter.link or "/letters/mine")


@post("/letters/mine/reading")
async def read_all(request: Request) -> Redirect:
    await letters.mark_read(by=request.user)
    return see("/letters/mine")


@get("/letters")
async def demo_letters(request: Request) -> Response:
    """In the demo no mail leaves the house: everybody reads everybody's letters here. In production there is no such page."""
    if settings().production:
        raise NotFoundException
    return await ALL.answer(request, None, "desk/letters.html")


@get("/letters/{id:int}")
async def demo_letter(id: Id) -> Template:
    letter = None if settings().production else await Letter.objects().where(Letter.id == id).first()
    if letter is None:
        raise NotFoundException
    return page("desk/letter.html", letter=letter, either=either, mine=False)


ROUTES = [desk, my_letters, my_letter, read_letter, read_all, demo_letters, demo_letter]
