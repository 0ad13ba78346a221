"""Pages of the expert team of a final evaluation council: who is in it, its report, and the seats of agencies' representatives."""

from functools import partial

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template

from grants.people import people
from grants.people.tables import Person
from grants.shell.changes import require
from grants.shell.forms import Email, Form, Invalid, MaybeLine, Text, Typed, Whole, posted
from grants.shell.language import _, either
from grants.shell.text import forbidden
from grants.shell.web import Id, page, submitted
from review import council_pages, matters, panel_pages, panels, product_teams, seats
from review.panel_pages import around
from review.product_teams import Checked
from review.tables import Panel


class Team(Form):
    head: Whole = 0
    members: list[Whole] = []


class Report(Form):
    conclusion: Text


class Representing(Form):
    email: Email
    part: MaybeLine = ""


async def about(request: Request, id: int, matter: int) -> tuple[Panel, object]:
    panel = await council_pages.visible(request, id)
    found = await council_pages.matter_of(panel, matter)
    if panel.project is None:
        raise NotFoundException
    return panel, next(one for one in await matters.of(panel) if one.id == found.id)


# --- who is in the team ---

@get("/panels/{id:int}/matters/{matter:int}/team")
async def team(request: Request, id: Id, matter: Id) -> Template:
    return await naming(request, id, matter)


async def naming(request: Request, id: int, matter: int, form: Typed | None = None, status_code: int = 200) -> Template:
    panel, found = await about(request, id, matter)
    rule = await panels.rule_of(panel)
    held = [str(one.person) for one in await product_teams.of(matter)]
    options = [(str(one.person), f"{one.name} – {panels.part_name(one.part).lower()}") for one in await panels.members(panel)]
    return page(
        "review/councils/team.html", **around(request, panel, "matters"), matter=found, either=either, needed=rule.product_team,
        products=await product_teams.measured(panel, rule), options=options, status_code=status_code,
        form=form or Typed({"members": held, "head": held[0] if held else ""}),
    )


@post("/panels/{id:int}/matters/{matter:int}/team")
async def assign(request: Request, id: Id, matter: Id) -> Template | Redirect:
    panel, _found = await about(request, id, matter)
    found = await council_pages.matter_of(panel, matter)

    async def named(*, head: int, members: list[int], by: Person) -> None:
        require(head in members, _("Tổ trưởng phải ở trong tổ."))
        await product_teams.name(found, [head, *(one for one in members if one != head)], by=by)

    shown = partial(naming, request, id, matter)
    return await submitted(request, Team, named, shown=shown, to=f"/panels/{id}/matters", at="members")


# --- its report ---

@get("/panels/{id:int}/matters/{matter:int}/products")
async def products(request: Request, id: Id, matter: Id) -> Template:
    return await reporting(request, id, matter, Typed())


async def reporting(request: Request, id: int, matter: int, form: Typed, status_code: int = 200) -> Template:
    """The team's report, or the form of it for its head while the council waits for its session."""
    panel, found = await about(request, id, matter)
    report = await product_teams.report_of(matter)
    writes = report is None and panel.state == Panel.State.INVITED and await product_teams.heads(request.user, matter)
    return page(
        "review/councils/products.html", **around(request, panel, "matters"), matter=found, either=either, form=form, writes=writes,
        team=await product_teams.of(matter), report=product_teams.read(report) if report else None, status_code=status_code,
        products=await product_teams.measured(panel, await panels.rule_of(panel)),
    )


@post("/panels/{id:int}/matters/{matter:int}/products")
async def file(request: Request, id: Id, matter: Id) -> Template | Redirect:
    """What was found: "found-<product>" how many, "words-<product>" of what quality."""
    panel, _found = await about(request, id, matter)
    row = await council_pages.matter_of(panel, matter)
    typed, wanted = await posted(request), await product_teams.measured(panel, await panels.rule_of(panel))

    async def hand_in(**more) -> None:
        await product_teams.file(row, taken(typed, [one["id"] for one in wanted]), **more)

    async def again(wrong: Typed, status_code: int) -> Template:
        return await reporting(request, id, matter, Typed(typed, wrong.errors), status_code)

    return await submitted(request, Report, hand_in, shown=again, to=f"/panels/{id}/matters/{matter}/products")


def taken(posted: dict[str, str], wanted: list[int]) -> dict[int, Checked]:
    """The typed findings of the products; Invalid with a sentence at each that is no number or no words."""
    errors, found = {}, {}
    for id in wanted:
        number, words = posted.get(f"found-{id}", "").strip(), posted.get(f"words-{id}", "").strip()
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            errors[f"found-{id}"] = _("Hãy gõ một số nguyên.")
        if not words or len(words) > 2000 or forbidden(words, multiline=True):
            errors[f"words-{id}"] = _("Hãy điền mục này.") if not words else _("Mục này chưa đúng.")
        found[id] = Checked(int(number), words) if f"found-{id}" not in errors else Checked(0, "")
    if errors:
        raise Invalid(posted, errors)
    return found


# --- representatives of agencies and users ---

@post("/panels/{id:int}/representatives")
async def represent(request: Request, id: Id) -> Template | Redirect:
    panel = await panel_pages.visible(request, id)

    async def seated(*, email: str, part: str, by: Person) -> None:
        require(part in list(panels.Part), _("Hãy chọn vai trò."))
        found = await Person.objects().where((Person.email == email) & Person.closed_at.is_null()).first()
        require(found, _("Không có tài khoản nào với địa chỉ thư này."))
        await seats.take_representative(panel, await people.person(found.id), part, by=by)

    shown = partial(panel_pages.composition, request, id)
    return await submitted(request, Representing, seated, shown=shown, to=f"/panels/{id}", at="email")


ROUTES = [team, assign, products, file, represent]
