"""The head that every page of a project wears, whichever room owns the tab: who may open it, title, status, tabs."""

from litestar import Request
from litestar.exceptions import NotFoundException
from litestar.response import Template

from grants.people.people import holds
from grants.people.tables import Role
from grants.projects import projects
from grants.projects.tables import Project
from grants.shell.language import _, either
from grants.shell.web import page

SEES_HISTORY = (Role.AUDITOR,)


async def visible(request: Request, id: int) -> Project:
    if project := await projects.visible_to(request.user).where(Project.id == id).first():
        return project
    raise NotFoundException


async def of_project(table, project: Project, id: int):
    """A row that hangs on this project, or 404."""
    if row := await table.objects().where((table.id == id) & (table.project == project.id)).first():
        return row
    raise NotFoundException


def tabs(project: Project, here: str, *, office: bool) -> list[tuple[str, str, bool]]:
    """The tabs of a project, each an address that its own room answers."""
    base = f"/projects/{project.id}"
    found = [
        (_("Tổng quan"), base), (_("Hợp đồng"), f"{base}/amendments"), (_("Báo cáo"), f"{base}/reports"),
        (_("Kinh phí"), f"{base}/payments"), (_("Kết quả"), f"{base}/outcomes"),
    ]
    if office:
        found.append((_("Lịch sử"), f"/events?thing=project&id={project.id}"))
    return [(label, href, href == here) for label, href in found]


def framed(
    request: Request, template: str, project: Project, tab: str = "", *, status_code: int = 200, **more
) -> Template:
    """A page of a project: its head and tabs are the same on each."""
    office = holds(request.user, *SEES_HISTORY)
    return page(
        template, project=project, title=either(project.title, project.title_en), status=projects.status(project.state),
        tabs=tabs(project, f"/projects/{project.id}{tab}", office=office), status_code=status_code, **more,
    )
