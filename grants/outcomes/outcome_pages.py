"""Pages of outcomes: the lists, a project's tab, entering and correcting, and the officer's verification."""

from datetime import date
from functools import partial
from typing import Annotated, Literal

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import PathParameter
from litestar.response import Redirect, Template
from pydantic import Field

from grants.outcomes import outcomes, outputs, rights, steps, transfers, words
from grants.outcomes.tables import Output, Right, Transfer
from grants.people import organisations
from grants.people.people import person, titled
from grants.projects import projects
from grants.projects.heads import framed, visible
from grants.projects.tables import Project
from grants.proposals.tables import Product
from grants.shell import lists
from grants.shell.forms import Day, Form, Line, MaybeDay, MaybeId, MaybeLine, MaybeText, Money, Typed, Whole, shown
from grants.shell.language import N_, _
from grants.shell.web import Id, Over, see, submitted

Noun = Annotated[str, PathParameter(max_length=20)]


class OutputForm(Form):
    title: Line
    product: MaybeId = None
    form: Literal["I", "II", "III", "IV"]
    identifier: Annotated[MaybeLine, Field(max_length=200)] = ""
    quantity: int = Field(ge=1, le=1_000_000)
    quality: MaybeLine = ""
    produced_on: Day


class RightForm(Form):
    title: Line
    kind: Right.Kind
    number: Annotated[Line, Field(max_length=60)]
    filed_on: Day
    granted_on: MaybeDay = None
    owner: Whole


class TransferForm(Form):
    title: Line
    contract_number: Annotated[Line, Field(max_length=60)]
    recipient: Line
    mode: Transfer.Mode
    territory: Annotated[MaybeLine, Field(max_length=200)] = ""
    signed_on: Day
    value: Money
    registration_number: Annotated[MaybeLine, Field(max_length=60)] = ""
    registered_on: MaybeDay = None
    note: MaybeText = ""


class Remark(Form):
    remark: str = Field(min_length=1, max_length=1000)


FORMS = {"outputs": OutputForm, "rights": RightForm, "transfers": TransferForm}


def verified_status(moment) -> tuple[str, str]:
    label, tone = outcomes.WORDS["verified" if moment else "waiting"]
    return _(label), tone


def in_year(day):
    """A condition on the year in which a day lies."""
    def where(typed: str):
        if not (typed.isascii() and typed.isdigit() and len(typed) == 4 and typed >= "1900"):
            return None
        return (day >= date(int(typed), 1, 1)) & (day <= date(int(typed), 12, 31))

    return where


def listing(noun: str, own: list[lists.Column], day: lists.Column, kind: tuple) -> lists.Listing:
    """The list of one kind of outcome: its own columns between the title and the project, newest first."""
    table = outcomes.NOUNS[noun]
    states = {"verified": table.verified_at.is_not_null(), "waiting": table.verified_at.is_null()}
    return lists.Listing(
        name=noun, table=table, order=f"-{day.key}",
        columns=[
            lists.Column("title", N_("Tên"), table.title), *own,
            lists.Column("project", N_("Nhiệm vụ"), table.project.code, "code"),
            lists.Column("organisation", N_("Tổ chức chủ trì"), table.project.lead_organisation.short_name,
                         sort_by=table.project.lead_organisation.sort_key, under="project"),
            day, lists.Column("verified_at", N_("Xác nhận"), table.verified_at, "status", says=verified_status),
        ],
        filters=[
            lists.search(table.folded), lists.chosen(kind[0], kind[1], kind[2], lambda: words.spoken(kind[3])),
            lists.Filter("year", N_("Năm"), in_year(day.kept)),
            lists.Filter("state", N_("Xác nhận"), states.get, lambda: [(key, _(outcomes.WORDS[key][0])) for key in states]),
        ],
        href=lambda row: f"/outcomes/{noun}/{row['id']}", extra=[table.id],
    )


LISTS = {
    "outputs": listing(
        "outputs",
        [lists.Column("form", N_("Dạng"), Output.form, says=words.form_short),
         lists.Column("quantity", N_("Số lượng"), Output.quantity, "number")],
        lists.Column("produced_on", N_("Ngày hoàn thành"), Output.produced_on, "date"), ("form", N_("Dạng"), Output.form, words.FORMS),
    ),
    "rights": listing(
        "rights",
        [lists.Column("kind", N_("Loại quyền"), Right.kind, says=words.kind),
         lists.Column("number", N_("Số đơn hoặc số bằng"), Right.number, "code"),
         lists.Column("expires_on", N_("Bảo hộ đến"), Right.expires_on, "date", under="filed_on")],
        lists.Column("filed_on", N_("Ngày nộp đơn"), Right.filed_on, "date"), ("kind", N_("Loại quyền"), Right.kind, words.RIGHTS),
    ),
    "transfers": listing(
        "transfers",
        [lists.Column("recipient", N_("Bên nhận"), Transfer.recipient),
         lists.Column("mode", N_("Hình thức"), Transfer.mode, says=words.mode),
         lists.Column("value", N_("Giá trị hợp đồng"), Transfer.value, "money", total=True)],
        lists.Column("signed_on", N_("Ngày ký"), Transfer.signed_on, "date"), ("mode", N_("Hình thức"), Transfer.mode, words.MODES),
    ),
}


def known(noun: str) -> type:
    """The table behind a word of the address, or 404."""
    if noun not in outcomes.NOUNS:
        raise NotFoundException
    return outcomes.NOUNS[noun]


async def visible_outcome(request: Request, noun: str, id: int):
    table = known(noun)
    if row := await outcomes.visible_to(request.user, table).where(table.id == id).first():
        return row, await Project.objects().get(Project.id == row.project)
    raise NotFoundException


@get("/outcomes")
async def outcome_list(request: Request) -> Response:
    return await listed(request, "outputs")


@get("/outcomes/{noun:str}")
async def outcome_list_of(request: Request, noun: Noun) -> Response:
    known(noun)
    return await listed(request, noun)


async def listed(request: Request, noun: str) -> Response:
    places = [(_(label), f"/outcomes/{each}", each == noun) for each, label in words.SORTS.items()]
    where = outcomes.seen_by(request.user, outcomes.NOUNS[noun])
    return await LISTS[noun].answer(request, where, "outcomes/list.html", places=places, caption=_(words.SORTS[noun]))


# --- a project's results ---------------------------------------------------------------------------------------------

@get("/projects/{id:int}/outcomes")
async def results(request: Request, id: Id) -> Template:
    project = await visible(request, id)
    products = await outputs.ordered_and_achieved(project)
    found = {noun: await outcomes.of(project, table, request.user) for noun, table in outcomes.NOUNS.items()}
    return framed(
        request, "outcomes/of_project.html", project, "/outcomes", can_enter=await outcomes.can_enter(request.user, project),
        products=[
            [p["name"], words.form(p["form"]), words.counted(p["ordered"], p["unit"]), words.counted(p["entered"]),
             words.counted(p["verified"])]
            for p in products
        ],
        parts=[(noun, _(words.SORTS[noun]), [await line(row) for row in found[noun]]) for noun in outcomes.NOUNS],
        warning=await rights.disclosure_warning(project),
    )


async def line(row) -> list:
    """One outcome in its project's tab: title with link, kind, day, how far it is."""
    if isinstance(row, Output):
        kind, day = words.form(row.form), row.produced_on
    elif isinstance(row, Right):
        kind, day = words.kind(row.kind), row.filed_on
    else:
        kind, day = words.mode(row.mode), row.signed_on
    return [(row.title, outcomes.link_to(row)), kind, day, outcomes.status(row)]


async def entry(request: Request, noun: str, id: int, form: Typed, status_code: int = 200, *, action: str) -> Template:
    """The form of one kind of outcome, of the project with this id; `action` takes it in."""
    project = await Project.objects().get(Project.id == id)
    products = await Product.objects().where(Product.proposal == project.proposal).order_by(Product.form).order_by(Product.id)
    return framed(
        request, "outcomes/form.html", project, "/outcomes", form=form, noun=noun, action=action, status_code=status_code,
        sort=_(words.SORTS[noun]), forms=words.spoken(words.FORMS), kinds=words.spoken(words.RIGHTS), modes=words.spoken(words.MODES),
        products=[("", _("Ngoài danh mục đặt hàng")), *((str(p.id), f"{p.name} ({p.quantity} {p.unit})") for p in products)],
        organisations=await organisations.choices() if noun == "rights" else [], warning=await rights.disclosure_warning(project),
    )


async def for_team(request: Request, id: int) -> Project:
    """A project whose outcomes the person may enter; to others the page does not exist."""
    project = await visible(request, id)
    if not await outcomes.can_enter(request.user, project):
        raise Over(f"/projects/{id}/outcomes")
    return project


@get("/projects/{id:int}/outcomes/{noun:str}")
async def entry_form(request: Request, id: Id, noun: Noun) -> Template:
    known(noun)
    project = await for_team(request, id)
    typed = Typed({"owner": str(project.lead_organisation), "quantity": "1"})
    return await entry(request, noun, id, typed, action=f"/projects/{id}/outcomes/{noun}")


@post("/projects/{id:int}/outcomes/{noun:str}")
async def enter(request: Request, id: Id, noun: Noun) -> Template | Redirect:
    table, project = known(noun), await for_team(request, id)
    again = partial(entry, request, noun, id, action=f"/projects/{id}/outcomes/{noun}")
    return await submitted(request, FORMS[noun], partial(outcomes.enter, project, table), shown=again, to=outcomes.link_to)


# --- one outcome -----------------------------------------------------------------------------------------------------

@get("/outcomes/{noun:str}/{id:int}")
async def outcome_page(request: Request, noun: Noun, id: Id) -> Template:
    return await shown_outcome(request, noun, id, Typed())


async def shown_outcome(request: Request, noun: str, id: int, form: Typed, status_code: int = 200) -> Template:
    row, project = await visible_outcome(request, noun, id)
    due = await transfers.registration_due(row, project) if isinstance(row, Transfer) else None
    sees_project = bool(await projects.visible_to(request.user).where(Project.id == project.id).first())
    warned = sees_project and not isinstance(row, Transfer)
    return framed(
        request, "outcomes/show.html", project, "/outcomes", step=await steps.next_step(row, project),
        row=row, form=form, here=outcomes.link_to(row), status_code=status_code,
        sort=_(words.SORTS[outcomes.noun_of(row)]), row_status=outcomes.status(row), facts_of_row=await words.facts(row), due=due,
        entered_by=titled(await person(row.entered_by)), verified_by=titled(await person(row.verified_by)) if row.verified_by else None,
        can_correct=await outcomes.can_correct(request.user, row, project), can_verify=outcomes.can_verify(request.user, row, project),
        can_question=outcomes.can_question(request.user, row, project),
        warning=await rights.disclosure_warning(project) if warned else None, sees_project=sees_project,
    )


async def correctable(request: Request, noun: str, id: int):
    row, project = await visible_outcome(request, noun, id)
    if not await outcomes.can_correct(request.user, row, project):
        raise Over(f"/outcomes/{noun}/{id}")
    return row, project


@get("/outcomes/{noun:str}/{id:int}/correction")
async def correction_form(request: Request, noun: Noun, id: Id) -> Template:
    row, project = await correctable(request, noun, id)
    return await entry(request, noun, project.id, shown(row, *FORMS[noun].model_fields), action=f"/outcomes/{noun}/{id}/correction")


@post("/outcomes/{noun:str}/{id:int}/correction")
async def correct(request: Request, noun: Noun, id: Id) -> Template | Redirect:
    row, project = await correctable(request, noun, id)
    again = partial(entry, request, noun, project.id, action=f"/outcomes/{noun}/{id}/correction")
    return await submitted(request, FORMS[noun], partial(outcomes.correct, row), shown=again, to=f"/outcomes/{noun}/{id}")


@post("/outcomes/{noun:str}/{id:int}/removal")
async def strike(request: Request, noun: Noun, id: Id) -> Redirect:
    row, project = await correctable(request, noun, id)
    await outcomes.strike(row, by=request.user)
    return see(f"/projects/{project.id}/outcomes")


@post("/outcomes/{noun:str}/{id:int}/verification")
async def verify(request: Request, noun: Noun, id: Id) -> Redirect:
    row, _project = await visible_outcome(request, noun, id)
    await outcomes.verify(row, by=request.user)
    return see(f"/outcomes/{noun}/{id}")


@post("/outcomes/{noun:str}/{id:int}/question")
async def question(request: Request, noun: Noun, id: Id) -> Template | Redirect:
    row, _project = await visible_outcome(request, noun, id)
    again = partial(shown_outcome, request, noun, id)
    return await submitted(request, Remark, partial(outcomes.question, row), shown=again, to=f"/outcomes/{noun}/{id}")


ROUTES = [
    outcome_list, outcome_list_of, results, entry_form, enter, outcome_page, correction_form, correct, strike, verify, question,
]
