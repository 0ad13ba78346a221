"""Pages of the legal grounds of the budget year's acts: the list, one ground, and the form for another."""

from functools import partial
from typing import Literal

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template

from budget import grounds
from budget.code_pages import verified
from budget.year_tables import Ground
from grants.people.people import today
from grants.shell import lists
from grants.shell.forms import Day, Form, Line, Ticked, Typed
from grants.shell.language import N_, _
from grants.shell.web import Id, page, submitted

LIST = lists.Listing(
    name="can-cu-phap-ly",
    table=Ground,
    columns=[
        lists.Column("name", N_("Căn cứ"), Ground.name, "long", english=Ground.name_en),
        lists.Column("act", N_("Việc"), Ground.act, says=lambda act: _(grounds.ACTS[act]), under="name"),
        lists.Column("basis", N_("Văn bản"), Ground.basis, "long"),
        lists.Column("decided_by", N_("Ai quyết định"), Ground.decided_by, says=lambda who: _(grounds.DECIDERS[who])),
        lists.Column("valid_from", N_("Có hiệu lực từ"), Ground.valid_from, "date"),
        lists.Column("valid_to", N_("Đến"), Ground.valid_to, "date", under="valid_from"),
        lists.Column("unverified", N_("Kiểm chứng"), Ground.unverified, "status", says=verified),
    ],
    order="act",
    filters=[lists.chosen("act", N_("Việc"), Ground.act, lambda: acts())],
    href=lambda row: f"/budget/grounds/{row['id']}",
    extra=[Ground.id],
)


class NewGround(Form):
    act: Literal["supplement", "cut", "handover", "transfer", "carry_over", "cancel", "move_plan"]
    name: Line
    name_en: Line
    basis: Line
    decided_by: Literal["leader", "finance"]
    since: Day
    verified: Ticked = False


class Ending(Form):
    on: Day


def acts() -> list[tuple[str, str]]:
    return [(act.value, _(words)) for act, words in grounds.ACTS.items()]


@get("/budget/grounds")
async def ground_list(request: Request) -> Response:
    return await LIST.answer(request, None, "budget/grounds.html", can_keep=grounds.can_keep(request.user))


@get("/budget/grounds/new")
async def new_ground() -> Template:
    return await new_shown(Typed({"since": today().isoformat()}))


async def new_shown(form: Typed, status_code: int = 200) -> Template:
    deciders = [(code, _(words)) for code, words in grounds.DECIDERS.items()]
    return page("budget/ground_new.html", form=form, acts=acts(), deciders=deciders, status_code=status_code)


@post("/budget/grounds")
async def record(request: Request) -> Template | Redirect:
    return await submitted(
        request, NewGround, lambda verified, **said: grounds.record(unverified=not verified, **said), shown=new_shown, to="/budget/grounds"
    )


async def visible(id: int) -> Ground:
    if found := await Ground.objects().where(Ground.id == id).first():
        return found
    raise NotFoundException


@get("/budget/grounds/{id:int}")
async def ground_page(request: Request, id: Id) -> Template:
    return await shown(request, id, Typed())


async def shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    ground = await visible(id)
    return page(
        "budget/ground.html", ground=ground, form=form, title=grounds.words(ground), act=_(grounds.ACTS[ground.act]),
        who=grounds.who(ground), status=verified(ground.unverified), status_code=status_code,
        can_end=grounds.can_keep(request.user) and ground.valid_to is None,
    )


@post("/budget/grounds/{id:int}/end")
async def end(request: Request, id: Id) -> Template | Redirect:
    ending = partial(grounds.end, await visible(id))
    return await submitted(request, Ending, ending, shown=partial(shown, request, id), to="/budget/grounds")


ROUTES = [ground_list, new_ground, record, ground_page, end]
