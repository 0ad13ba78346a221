"""Pages of councils on topics and finished projects: founding, their matters and reviewers, what they resolved."""

from datetime import date
from functools import partial

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template

from grants.calls.tables import Topic
from grants.people.people import holds
from grants.people.tables import Person, Role
from grants.projects import heads
from grants.projects.tables import Project
from grants.shell.changes import require
from grants.shell.database import rows
from grants.shell.forms import Day, Form, MaybeId, MaybeText, Typed, Whole
from grants.shell.language import _, either
from grants.shell.lists import as_file, file_wanted
from grants.shell.web import Id, Over, page, see, submitted
from review import deliberations, matters, panels, preliminary, resolutions
from review.matter_tables import Matter
from review.meeting_pages import visible as visible_session
from review.panel_pages import around
from review.tables import Panel, Seat


class OnTopics(Form):
    topics: list[Whole] = []


class OnProject(Form):
    project: MaybeId = None
    filed_on: Day


class Reviewing(Form):
    reviewers: list[Whole] = []


class Brief(Form):
    brief: MaybeText = ""


# --- founding ---

@get("/councils/new")
async def new(request: Request) -> Template:
    return await founding(Typed({"project": request.query_params.get("project", "")}))


@get("/projects/{id:int}/council")
async def of_project(request: Request, id: Id) -> Redirect:
    """The final evaluation council of a project; where there is none yet, the page that founds one for it."""
    project = await heads.visible(request, id)
    found = await rows("SELECT panel FROM matter WHERE project = $1 ORDER BY id DESC LIMIT 1", project.id)
    return see(f"/panels/{found[0]['panel']}/matters" if found else f"/councils/new?project={id}")


async def founding(form: Typed, status_code: int = 200) -> Template:
    topics = await rows(
        "SELECT t.id, t.title, t.title_en, o.name AS proposer FROM topic t LEFT JOIN organisation o ON o.id = t.proposer "
        "WHERE t.state = 'suggested' AND t.advice = '' AND NOT EXISTS (SELECT FROM matter m JOIN panel p ON p.id = m.panel "
        "WHERE m.topic = t.id AND p.state <> 'closed') ORDER BY t.id LIMIT 60"
    )
    projects = await rows(
        "SELECT j.id, j.code, j.title, j.ends_on FROM project j WHERE j.state = 'running' AND j.council_grade IS NULL "
        "AND NOT EXISTS (SELECT FROM matter m WHERE m.project = j.id) ORDER BY j.ends_on, j.id LIMIT 200"
    )
    return page(
        "review/councils/new.html", form=form, status_code=status_code,
        topics=[(str(row["id"]), either(row["title"], row["title_en"]), row["proposer"] or "") for row in topics],
        projects=[("", _("Chọn nhiệm vụ")), *((str(row["id"]), f"{row['code']} – {row['title']}") for row in projects)],
    )


def to_panel(panel: Panel) -> str:
    return f"/panels/{panel.id}"


async def founded_on_topics(topics: list[int], *, by: Person) -> Panel:
    chosen = await Topic.objects().where(Topic.id.is_in(topics or [0])).order_by(Topic.id)
    return await matters.found_on_topics(chosen, by=by)


async def founded_on_project(project: int | None, filed_on: date, *, by: Person) -> Panel:
    chosen = await Project.objects().where(Project.id == project).first() if project else None
    require(chosen, _("Hãy chọn nhiệm vụ."))
    return await matters.found_on_project(chosen, filed_on=filed_on, by=by)


@post("/councils/topics")
async def found_on_topics(request: Request) -> Template | Redirect:
    return await submitted(request, OnTopics, founded_on_topics, shown=founding, to=to_panel, at="topics")


@post("/councils/projects")
async def found_on_project(request: Request) -> Template | Redirect:
    return await submitted(request, OnProject, founded_on_project, shown=founding, to=to_panel, at="project")


# --- matters ---

async def visible(request: Request, id: int) -> Panel:
    """A council on topics or a project, for officials and its members."""
    if matters.is_on_matters(panel := await visible_session(request, id)):
        return panel
    raise NotFoundException


async def matter_of(panel: Panel, id: int) -> Matter:
    if matter := await Matter.objects().where((Matter.id == id) & (Matter.panel == panel.id)).first():
        return matter
    raise NotFoundException


@get("/panels/{id:int}/matters")
async def listed(request: Request, id: Id) -> Template:
    return await matters_page(request, id)


async def matters_page(request: Request, id: int, worded: int = 0, form: Typed | None = None, status_code: int = 200) -> Template:
    """The council's matters; `form` is what was typed for the matter `worded`."""
    panel = await visible(request, id)
    found = await matters.of(panel)
    words = panel.state == Panel.State.COUNTED and await deliberations.can_run(request.user, panel)
    return page(
        "review/councils/matters.html", **around(request, panel, "matters"), matters=found, either=either, can_word=words,
        forms={one.id: form if form and one.id == worded else Typed({"brief": one.brief}) for one in found},
        form=form, worded=worded, status_code=status_code, wants_team=(await panels.rule_of(panel)).product_team,
        is_office=holds(request.user, Role.OFFICER, Role.LEADER, Role.AUDITOR),
    )


@get("/panels/{id:int}/matters/{matter:int}/reviewers")
async def reviewing(request: Request, id: Id, matter: Id) -> Template:
    return await naming(request, id, matter)


async def naming(request: Request, id: int, matter: int, form: Typed | None = None, status_code: int = 200) -> Template:
    panel = await visible(request, id)
    found = await matter_of(panel, matter)
    sitting = [one for one in await panels.members(panel) if one.part == Seat.Part.MEMBER]
    about = next(one for one in await matters.of(panel) if one.id == found.id)
    return page(
        "review/councils/reviewers.html", **around(request, panel, "matters"), matter=about, either=either,
        options=[(str(one.person), one.name) for one in sitting], status_code=status_code,
        form=form or Typed({"reviewers": [str(one) for one in about.reviewers]}),
        needed=(await panels.rule_of(panel)).reviewers_per_application,
    )


@post("/panels/{id:int}/matters/{matter:int}/reviewers")
async def assign(request: Request, id: Id, matter: Id) -> Template | Redirect:
    verb = partial(matters.assign, await matter_of(await visible(request, id), matter))
    again = partial(naming, request, id, matter)
    return await submitted(request, Reviewing, verb, shown=again, to=f"/panels/{id}/matters", at="reviewers")


@post("/panels/{id:int}/matters/{matter:int}/brief")
async def word(request: Request, id: Id, matter: Id) -> Template | Redirect:
    verb = partial(resolutions.write_brief, await matter_of(await visible(request, id), matter))
    return await submitted(request, Brief, verb, shown=partial(matters_page, request, id, matter), to=f"/panels/{id}/matters")


@get("/panels/{id:int}/resolutions")
async def resolved(request: Request, id: Id) -> Template | Response:
    panel = await visible(request, id)
    if panel.state not in (Panel.State.COUNTED, Panel.State.CLOSED):
        raise Over(f"/panels/{id}/session")
    found = await resolutions.lines(panel, by=request.user)
    table, wanted = resolutions.summary_table(found), file_wanted(request)
    early = resolutions.preliminary_table(found) if await preliminary.can_see(request.user, panel) else ([], [])
    if wanted:
        of_early = request.query_params.get("votes") == "preliminary" and early[1]
        return await (as_file("phieu-so-bo", wanted, *early) if of_early else as_file("ket-luan", wanted, *table))
    return page(
        "review/councils/resolutions.html", **around(request, panel, "session"), lines=found, table=table, preliminary=early,
        which_counts=resolutions.which_counted(found),
    )


ROUTES = [new, of_project, found_on_topics, found_on_project, listed, reviewing, assign, word, resolved]
