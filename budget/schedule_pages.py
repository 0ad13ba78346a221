"""Pages of how and when a project is paid: the terms of its agreement and the schedule of its instalments."""

from functools import partial
from typing import Literal

from litestar import Request, get, post
from litestar.response import Redirect, Template
from pydantic import Field

from budget import instalments, streams, terms
from budget.payment_tables import Instalment
from grants.people.people import today
from grants.projects import heads
from grants.projects.tables import Milestone, Report
from grants.shell.dates import budget_year
from grants.shell.forms import Day, Form, Line, MaybeLine, Money, Typed, Whole
from grants.shell.language import N_, _, either
from grants.shell.web import Id, submitted

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
    return await shown(request, id, Typed())


async def shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    project = await heads.visible(request, id)
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
    recording = partial(terms.record, await heads.visible(request, id))
    return await submitted(request, Recorded, recording, shown=partial(shown, request, id), to=f"/projects/{id}/schedule")


@post("/projects/{id:int}/instalments")
async def plan(request: Request, id: Id) -> Template | Redirect:
    project = await heads.visible(request, id)

    async def plan(condition: str, **said) -> None:
        what, _dash, which = condition.partition("-")
        await instalments.plan(
            project, report=int(which) if what == "report" else None, milestone=int(which) if what == "milestone" else None, **said
        )

    return await submitted(request, Planned, plan, shown=partial(shown, request, id), to=f"/projects/{id}/schedule")


@post("/projects/{id:int}/instalments/{instalment:int}/removal")
async def strike(request: Request, id: Id, instalment: Id) -> Template | Redirect:
    project = await heads.visible(request, id)
    striking = partial(instalments.strike, await heads.of_project(Instalment, project, instalment))
    return await submitted(request, Form, striking, shown=partial(shown, request, id), to=f"/projects/{id}/schedule")


ROUTES = [schedule, record, plan, strike]
