"""Pages of periodic reports: the tab of a project, writing one, and the officer's decision on it."""

from functools import partial

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from grants.people.people import person, titled
from grants.projects import projects, reports, steps
from grants.projects.heads import framed, visible
from grants.projects.tables import Project, Report
from grants.shell.dates import show_hour
from grants.shell.forms import Form, MaybeMoney, MaybeText, Money, Text, Typed, shown
from grants.shell.web import Id, autosaved, see, submitted


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
    return await report_form(request, id)


async def report_form(request: Request, id: int, form: Typed | None = None, status_code: int = 200) -> Template:
    report, project = await visible_report(request, id)
    name = titled(await person(report.filed_by)) if report.filed_by else None
    writes = await reports.can_draft(request.user, report, project)
    return framed(
        request, "projects/report.html", project, "/reports", report=report, form=form or shown(report, "done", "next_steps", "spent"),
        report_status=reports.status(report),
        filed_by=name, saved=show_hour(report.saved_at) if report.saved_at else None, status_code=status_code,
        can_file=reports.can_file(request.user, report, project), can_decide=reports.can_decide(request.user, report, project),
        can_draft=writes, step=await steps.of_report(report, project, writes=writes),
        rewritten=report.state == reports.State.RETURNED and not writes,
    )


@post("/reports/{id:int}/draft")
async def draft(request: Request, id: Id) -> Template | Redirect:
    report, _project = await visible_report(request, id)
    again = partial(report_form, request, id)
    return await autosaved(request, Draft, partial(reports.draft, report), shown=again, to=f"/reports/{id}")


@post("/reports/{id:int}/filing")
async def file(request: Request, id: Id) -> Template | Redirect:
    report, _project = await visible_report(request, id)
    again = partial(report_form, request, id)
    return await submitted(request, Filing, partial(reports.file, report), shown=again, to=f"/reports/{id}")


@post("/reports/{id:int}/acceptance")
async def accept(request: Request, id: Id) -> Redirect:
    report, _project = await visible_report(request, id)
    await reports.accept(report, by=request.user)
    return see(f"/reports/{id}")


@post("/reports/{id:int}/return")
async def send_back(request: Request, id: Id) -> Template | Redirect:
    report, project = await visible_report(request, id)
    again = partial(report_form, request, id)
    return await submitted(request, Remark, partial(reports.send_back, report), shown=again, to=f"/projects/{project.id}/reports")


ROUTES = [report_list, report_page, draft, file, accept, send_back]
