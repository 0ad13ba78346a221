"""Pages of an agreement's changes: the tab of a project, asking for one, its decision, the annex on paper, and a correction."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.params import PathParameter
from litestar.response import Redirect, Template
from pydantic import Field

from grants.people import organisations
from grants.people.people import name_of, person, titled, today
from grants.people.tables import Organisation, Role
from grants.projects import amendment_rules, amendments, corrections, extensions, projects
from grants.projects.amendments import Kind, State
from grants.projects.heads import framed, visible
from grants.projects.tables import Amendment, Project
from grants.rules.steps import Step
from grants.shell import dates
from grants.shell.forms import Day, Form, Line, MaybeLine, Text, Typed
from grants.shell.language import N_, _, language, speaking
from grants.shell.web import Id, Over, page, submitted

Noun = Annotated[str, PathParameter(max_length=20)]
Reason = Annotated[Text, Field(max_length=2000)]
HINTS = {
    Kind.CONTENT: N_("Nội dung, phương án, tiến độ trong thuyết minh được thay bằng gì; các mốc do cán bộ quản lý sửa theo phụ lục."),
    Kind.TITLE: N_("Tên đang dùng ở mọi nơi được thay bằng tên mới; tên khi được phê duyệt vẫn hiện bên cạnh."),
    Kind.OBJECTIVE: N_("Mục tiêu trong thuyết minh được thay bằng gì."),
    Kind.PRODUCTS: N_("Sản phẩm nào thay đổi về chủng loại, số lượng hoặc chất lượng."),
    Kind.BUDGET: N_("Tổ chức chủ trì tự điều chỉnh giữa các mục được khoán; tổng kinh phí khoán và từng nguồn giữ nguyên. Chỉ ghi nhận, "
                    "không cần quyết định."),
}


class Extension(Form):
    months: int = Field(ge=1, le=60)
    reason: Reason


class Handover(Form):
    lead: int = Field(gt=0, lt=2**31)
    reason: Reason


class Wording(Form):
    was: Text
    becomes: Text
    reason: Reason


class Renaming(Form):
    becomes: Line
    becomes_en: MaybeLine = ""
    reason: Reason


class Approval(Form):
    number: Line = Field(max_length=60)
    on: Day
    remark: MaybeLine = ""


class Refusal(Form):
    refusal: Text = Field(max_length=1000)


class Corrected(Form):
    number: Line = Field(max_length=60)
    agreed_on: Day
    starts_on: Day
    reason: Text = Field(max_length=1000)


SHAPES = {Kind.EXTENSION: Extension, Kind.LEAD: Handover, Kind.TITLE: Renaming}


# --- the tab ---------------------------------------------------------------------------------------------------------

@get("/projects/{id:int}/amendments")
async def amendment_list(request: Request, id: Id) -> Template:
    """What the agreement says now beside what it said first, each change with its paper, and what may be asked for."""
    project = await visible(request, id)
    title, lead = await amendment_rules.originally(project)
    asks = amendments.can_ask(request.user, project)
    found = await amendments.of(project)
    offered = amendment_rules.offered(await amendment_rules.method_of(project)) if asks else []
    if asks and not extensions.may_extend(await projects.rules_of(project), found):
        offered.remove(Kind.EXTENSION)
    speaks = amendments.speaks_for(request.user, project)
    return framed(
        request, "projects/amendments.html", project, "/amendments",
        terms=[
            [_("Tên nhiệm vụ"), title, project.title], [_("Chủ nhiệm"), lead, await name_of(project.lead)],
            [_("Ngày kết thúc"), shown_day(extensions.signed_end(project)), shown_day(project.ends_on)],
        ],
        changes=[
            [(amendments.kind_label(one), f"/amendments/{one.id}"), one.asked_at, amendments.status(one), annex(one), one.number,
             one.decided_on]
            for one in reversed(found)
        ],
        corrected=[
            [one.at, f"{one.number_before} · {shown_day(one.agreed_before)} · {shown_day(one.starts_before)}",
             f"{one.number} · {shown_day(one.agreed_on)} · {shown_day(one.starts_on)}", one.reason]
            for one in await corrections.of(project)
        ],
        asking=[(_(amendments.KINDS[kind]), f"/projects/{id}/amendments/{kind}") for kind in offered if kind != Kind.BUDGET or speaks],
        can_correct=await corrections.can_correct(request.user, project),
    )


def shown_day(day) -> str:
    return dates.show_date(day, language()) if day else "–"


def annex(row: Amendment) -> str:
    return f"PL-{row.annex:02d}" if row.annex else ""


# --- asking ----------------------------------------------------------------------------------------------------------

async def asking(request: Request, id: int, noun: str) -> tuple[Project, Kind]:
    """The project and the kind of change, where the person may ask for it; else the tab says what was asked."""
    project = await visible(request, id)
    if noun not in list(Kind):
        raise NotFoundException
    if not amendments.can_ask(request.user, project):
        raise Over(f"/projects/{id}/amendments")
    return project, Kind(noun)


async def asked_form(request: Request, id: int, noun: str, form: Typed, status_code: int = 200) -> Template:
    project, kind = await asking(request, id, noun)
    pinned = await projects.rules_of(project)
    return framed(
        request, "projects/amendment_form.html", project, "/amendments", form=form, status_code=status_code, kind=kind.value,
        asked=_(amendments.KINDS[kind]), hint=_(HINTS[kind]) if kind in HINTS else "",
        most=extensions.most(pinned, project) if kind == Kind.EXTENSION else None, times=pinned.ceilings.extensions,
        successors=await amendment_rules.successors(project) if kind == Kind.LEAD else [],
        possible=kind in amendment_rules.offered(await amendment_rules.method_of(project)),
    )


@get("/projects/{id:int}/amendments/{kind:str}")
async def asked(request: Request, id: Id, kind: Noun) -> Template:
    return await asked_form(request, id, kind, Typed())


@post("/projects/{id:int}/amendments/{kind:str}")
async def ask(request: Request, id: Id, kind: Noun) -> Template | Redirect:
    project, wanted = await asking(request, id, kind)
    return await submitted(
        request, SHAPES.get(wanted, Wording), partial(amendments.ask, project, wanted),
        shown=partial(asked_form, request, id, kind), to=lambda row: f"/amendments/{row.id}",
    )


# --- one amendment ---------------------------------------------------------------------------------------------------

async def visible_amendment(request: Request, id: int) -> tuple[Amendment, Project]:
    row = await Amendment.objects().where(Amendment.id == id).first()
    if row is None:
        raise NotFoundException
    return row, await visible(request, row.project)


@get("/amendments/{id:int}")
async def amendment_page(request: Request, id: Id) -> Template:
    return await amendment_form(request, id, Typed())


async def amendment_form(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    row, project = await visible_amendment(request, id)
    return framed(
        request, "projects/amendment.html", project, "/amendments", row=row, form=form, status_code=status_code,
        kind=amendments.kind_label(row), state=amendments.status(row), annex=annex(row), asker=await name_of(row.asked_by),
        decider=await name_of(row.decided_by), changes=await before_and_after(row, project), step=await next_step(row, project),
        can_decide=amendments.can_decide(request.user, row, project), can_withdraw=amendments.can_withdraw(request.user, row, project),
    )


async def before_and_after(row: Amendment, project: Project) -> list[tuple[str, str, str]]:
    """What the agreement says and what it would say: as decided, else as it stands today."""
    if row.kind == Kind.EXTENSION:
        before, after = row.ends_before or project.ends_on, row.ends_after or extensions.end_after(project, row.months)
        return [(_("Ngày kết thúc"), shown_day(before), shown_day(after))]
    if row.kind == Kind.LEAD:
        return [(_("Chủ nhiệm"), await name_of(row.lead_before or project.lead), await name_of(row.lead))]
    return [(amendments.kind_label(row), row.was, row.becomes)]


async def next_step(row: Amendment, project: Project) -> Step:
    if row.state != State.ASKED:
        return Step("", amendments.status(row)[0])
    after = _("Chấp thuận thì lập phụ lục hợp đồng; không chấp thuận thì hợp đồng giữ nguyên.")
    officer = await projects.officer_of(project)
    who = titled(officer) if amendments.can_decide(officer, row, project) else _("Cán bộ quản lý nhiệm vụ khác với người đề nghị")
    return Step(who, _("Ghi quyết định của người có thẩm quyền"), after=after)


async def decided(request: Request, id: int, shape: type[Form], verb: Callable) -> Template | Redirect:
    row, _project = await visible_amendment(request, id)
    return await submitted(request, shape, partial(verb, row), shown=partial(amendment_form, request, id), to=f"/amendments/{id}")


@post("/amendments/{id:int}/approval")
async def approve(request: Request, id: Id) -> Template | Redirect:
    return await decided(request, id, Approval, amendments.approve)


@post("/amendments/{id:int}/refusal")
async def refuse(request: Request, id: Id) -> Template | Redirect:
    return await decided(request, id, Refusal, lambda row, refusal, by: amendments.refuse(row, remark=refusal, by=by))


@post("/amendments/{id:int}/withdrawal")
async def withdraw(request: Request, id: Id) -> Template | Redirect:
    return await decided(request, id, Form, amendments.withdraw)


@get("/amendments/{id:int}/paper")
async def paper(request: Request, id: Id) -> Template:
    """The annex as it is signed, in Vietnamese whoever asks; before the decision as a draft, and none of what came to nothing."""
    row, project = await visible_amendment(request, id)
    if row.state not in (State.ASKED, State.APPROVED):
        raise Over(f"/amendments/{id}")
    with speaking("vi"):
        changes = await before_and_after(row, project)
    organisation = await Organisation.objects().get(Organisation.id == project.lead_organisation)
    return page(
        "projects/annex.html", row=row, project=project, organisation=organisation.name, kind=amendments.KINDS[Kind(row.kind)],
        issuer=await organisations.acting(Role.OFFICER, row.decided_on or today(), row.decided_by), lead=titled(await person(project.lead)),
        day=dates.show_on_paper(row.decided_on or today()), changes=changes,
        agreed_on=dates.show_date(project.agreed_on), decided_on=dates.show_date(row.decided_on) if row.decided_on else "…/…/……",
        asked_on=dates.show_date(row.asked_at), back=f"/amendments/{row.id}",
    )


# --- a correction ----------------------------------------------------------------------------------------------------

async def correctable(request: Request, id: int) -> Project:
    project = await visible(request, id)
    if not await corrections.can_correct(request.user, project):
        raise Over(f"/projects/{id}/amendments")
    return project


async def correction_form(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    project = await correctable(request, id)
    kept = {"number": project.agreement_number, "agreed_on": project.agreed_on, "starts_on": project.starts_on}
    return framed(
        request, "projects/correction.html", project, "/amendments", form=Typed(kept | form.values, form.errors), status_code=status_code,
        signer=await name_of(project.signed_by),
    )


@get("/projects/{id:int}/agreement/correction")
async def correction(request: Request, id: Id) -> Template:
    return await correction_form(request, id, Typed())


@post("/projects/{id:int}/agreement/correction")
async def correct(request: Request, id: Id) -> Template | Redirect:
    return await submitted(
        request, Corrected, partial(corrections.correct, await correctable(request, id)), shown=partial(correction_form, request, id),
        to=f"/projects/{id}/amendments",
    )


ROUTES = [amendment_list, asked, ask, amendment_page, approve, refuse, withdraw, paper, correction, correct]
