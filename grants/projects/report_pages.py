"""Pages of periodic reports: the tab of a project, writing one, and the officer's decision on it."""

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from grants.people.people import person, titled
from grants.projects import projects, reports, steps
from grants.projects.heads import framed, visible
from grants.projects.tables import Project, Report
from grants.shell.changes import Refused
from grants.shell.dates import show_hour
from grants.shell.forms import Form, Invalid, MaybeMoney, MaybeText, Money, Text, Typed, again, read, shown
from grants.shell.web import Id, fragment, see


class Draft(Form):
    done: MaybeText = ""
    next_steps: MaybeText = ""
    spent: MaybeMoney = None


class Filing(Form):
    done: Text
    next_steps: Text
    spent: Money


class Remark(Form):
    remark: str = Field(min_length=1, max_length=1000)


async def visible_report(request: Request, id: int) -> tuple[Report, Project]:
    """A report and its project; what was never filed exists for its team alone, in its list for everybody who sees it.

    Who does not write it reads what was handed in, also while the team rewrites what was returned.
    """
    report = await Report.objects().where(Report.id == id).first()
    if report is None:
        raise NotFoundException
    project = await visible(request, report.project)
    if report.state in reports.OPEN and not await projects.can_write(request.user, project):
        if report.state == reports.State.DUE:
            raise NotFoundException
        report = reports.as_handed_in(report, (await reports.last_filed(project)).get(report.id))
    return report, project


@get("/projects/{id:int}/reports")
async def report_list(request: Request, id: Id) -> Template:
    project = await visible(request, id)
    writes = await projects.can_write(request.user, project)
    filed = {} if writes else await reports.last_filed(project)
    found = [one if writes else reports.as_handed_in(one, filed.get(one.id)) for one in await reports.of(project)]
    lines = [
        [
            (str(one.number), f"/reports/{one.id}") if writes or one.state != reports.State.DUE else (str(one.number), ""),
            one.due, reports.status(one), one.filed_at, one.spent if one.state != reports.State.DUE else None,
        ]
        for one in found
    ]
    spent = sum(one.spent for one in found if one.state != reports.State.DUE)
    return framed(request, "projects/reports.html", project, "/reports", lines=lines, spent=spent)


@get("/reports/{id:int}")
async def report_page(request: Request, id: Id) -> Template:
    report, project = await visible_report(request, id)
    return await report_form(request, report, project, shown(report, "done", "next_steps", "spent"))


async def report_form(request: Request, report: Report, project: Project, form: Typed, status_code: int = 200) -> Template:
    name = titled(await person(report.filed_by)) if report.filed_by else None
    writes = await reports.can_draft(request.user, report, project)
    return framed(
        request, "projects/report.html", project, "/reports", report=report, form=form, report_status=reports.status(report),
        filed_by=name, saved=show_hour(report.saved_at) if report.saved_at else None, status_code=status_code,
        can_file=reports.can_file(request.user, report, project), can_decide=reports.can_decide(request.user, report, project),
        can_draft=writes, step=await steps.of_report(report, project, writes=writes),
        rewritten=report.state == reports.State.RETURNED and not writes,
    )


def is_autosave(request: Request) -> bool:
    return request.headers.get("hx-request") == "true"


def saved(time: str | None = None, message: str | None = None, status_code: int = 200) -> Template:
    """The line under a form that saves itself."""
    return fragment("projects/_saved.html", time=time, message=message, status_code=status_code)


@post("/reports/{id:int}/draft")
async def draft(request: Request, id: Id) -> Template | Redirect:
    report, project = await visible_report(request, id)
    try:
        form = await read(Draft, request)
        kept = await reports.draft(report, done=form.done, next_steps=form.next_steps, spent=form.spent or 0, by=request.user)
    except Invalid as invalid:
        if is_autosave(request):
            return saved(message=next(iter(invalid.errors.values())), status_code=422)
        return await report_form(request, report, project, invalid, status_code=422)
    except Refused as refused:
        if is_autosave(request):
            return saved(message=str(refused), status_code=409)
        return await report_form(request, report, project, again(form, refused), status_code=409)
    return saved(show_hour(kept.saved_at)) if is_autosave(request) else see(f"/reports/{id}")


@post("/reports/{id:int}/filing")
async def file(request: Request, id: Id) -> Template | Redirect:
    report, project = await visible_report(request, id)
    try:
        form = await read(Filing, request)
        await reports.file(report, by=request.user, **form.model_dump())
    except Invalid as invalid:
        return await report_form(request, report, project, invalid, status_code=422)
    except Refused as refused:
        return await report_form(request, report, project, again(form, refused), status_code=409)
    return see(f"/reports/{id}")


@post("/reports/{id:int}/acceptance")
async def accept(request: Request, id: Id) -> Redirect:
    report, _project = await visible_report(request, id)
    await reports.accept(report, by=request.user)
    return see(f"/reports/{id}")


@post("/reports/{id:int}/return")
async def send_back(request: Request, id: Id) -> Template | Redirect:
    report, project = await visible_report(request, id)
    try:
        form = await read(Remark, request)
    except Invalid as invalid:
        return await report_form(request, report, project, invalid, status_code=422)
    await reports.send_back(report, remark=form.remark, by=request.user)
    return see(f"/projects/{project.id}/reports")


ROUTES = [report_list, report_page, draft, file, accept, send_back]
