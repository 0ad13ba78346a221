"""Pages of how and when a project is paid: the terms of its agreement and the schedule of its instalments."""

from typing import Literal

from litestar import Request, get, post
from litestar.response import Redirect, Template
from pydantic import Field

from budget import instalments, streams, terms
from budget.payment_tables import Instalment
from grants.people.people import today
from grants.projects import heads
from grants.projects.tables import Milestone, Project, Report
from grants.shell.changes import Refused
from grants.shell.dates import budget_year
from grants.shell.forms import Day, Form, Invalid, Line, MaybeLine, Money, Typed, Whole, again, read
from grants.shell.language import N_, _, either
from grants.shell.web import Id, see

KINDS = [("advance", N_("Tạm ứng")), ("payment", N_("Thanh toán"))]


class Recorded(Form):
    method: Literal["lump_sum_full", "lump_sum_partial", "actual_cost"]
    actual: list[Whole] = Field(default_factory=list)
    account_number: MaybeLine = Field(default="", max_length=40)
    bank: MaybeLine = Field(default="", max_length=200)


class Planned(Form):
    name: Line
    kind: Literal["advance", "payment"]
    stream: Literal["capital", "recurrent", "fund"]
    year: int = Field(ge=2020, le=2100)
    amount: Money
    due: Day
    condition: str = Field(default="", pattern=r"^((report|milestone)-[0-9]{1,9})?$")


@get("/projects/{id:int}/schedule")
async def schedule(request: Request, id: Id) -> Template:
    return await shown(request, await heads.visible(request, id), Typed())


async def shown(request: Request, project: Project, form: Typed, status_code: int = 200) -> Template:
    kept, lines, planned = await terms.of(project), await terms.lines(project), await instalments.of(project)
    can_plan = instalments.can_plan(request.user, project)
    reports = await Report.objects().where(Report.project == project.id).order_by(Report.number) if can_plan else []
    marks = await Milestone.objects().where(Milestone.project == project.id).order_by(Milestone.due) if can_plan else []
    values = {
        "method": kept.method if kept else "lump_sum_partial", "account_number": kept.account_number if kept else "",
        "bank": kept.bank if kept else "", "actual": [str(line["id"]) for line in lines if line["actual"]],
        "year": str(budget_year(today())), "kind": "advance",
    }
    return heads.framed(
        request,
        "budget/schedule.html",
        project,
        "/payments",
        form=Typed(values | form.values, form.errors),
        status_code=status_code,
        terms=kept,
        method=terms.label(kept.method) if kept else "",
        can_record=await terms.can_record(request.user, project),
        can_plan=can_plan,
        methods=[(m.value, _(words)) for m, words in terms.METHODS.items()],
        lines=[
            (
                line["id"],
                f"{line['year']} {streams.label(line['source'])}: {either(line['name'], line['name_en'])} {line['note']}",
                line["approved"],
            )
            for line in lines
        ],
        actual=[
            [
                f"{either(line['name'], line['name_en'])}{': ' if line['note'] else ''}{line['note']}",
                line["year"],
                streams.badge(line["source"]),
                line["approved"],
                _("Không khoán") if line["actual"] else _("Khoán"),
            ]
            for line in lines
        ],
        planned=[
            one
            | {"condition": instalments.condition(one), "badge": streams.badge(one["stream"]), "kind_words": _(dict(KINDS)[one["kind"]])}
            for one in planned
        ],
        kinds=[(code, _(words)) for code, words in KINDS],
        streams_offered=streams.options(),
        conditions=[
            ("", _("Theo hợp đồng, không chờ báo cáo hay mốc")),
            *((f"report-{r.id}", _("Báo cáo số {number} được chấp nhận").format(number=r.number)) for r in reports),
            *((f"milestone-{m.id}", _("Hoàn thành mốc «{name}»").format(name=m.name)) for m in marks),
        ],
    )


@post("/projects/{id:int}/terms")
async def record(request: Request, id: Id) -> Template | Redirect:
    project = await heads.visible(request, id)
    try:
        form = await read(Recorded, request)
        await terms.record(project, by=request.user, **form.model_dump())
    except Invalid as invalid:
        return await shown(request, project, invalid, 422)
    except Refused as refused:
        typed = again(form, refused)
        typed.values["actual"] = [str(id) for id in form.actual]
        return await shown(request, project, typed, 409)
    return see(f"/projects/{id}/schedule")


@post("/projects/{id:int}/instalments")
async def plan(request: Request, id: Id) -> Template | Redirect:
    project = await heads.visible(request, id)
    try:
        form = await read(Planned, request)
        what, _dash, which = form.condition.partition("-")
        await instalments.plan(
            project,
            by=request.user,
            report=int(which) if what == "report" else None,
            milestone=int(which) if what == "milestone" else None,
            **form.model_dump(exclude={"condition"}),
        )
    except Invalid as invalid:
        return await shown(request, project, invalid, 422)
    except Refused as refused:
        return await shown(request, project, again(form, refused), 409)
    return see(f"/projects/{id}/schedule")


@post("/projects/{id:int}/instalments/{instalment:int}/removal")
async def strike(request: Request, id: Id, instalment: Id) -> Redirect:
    project = await heads.visible(request, id)
    await instalments.strike(await heads.of_project(Instalment, project, instalment), by=request.user)
    return see(f"/projects/{id}/schedule")


ROUTES = [schedule, record, plan, strike]
