"""Pages of councils on topics and finished projects: founding, their matters and reviewers, what they resolved."""

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template

from grants.calls.tables import Topic
from grants.people.people import holds
from grants.people.tables import Role
from grants.projects.tables import Project
from grants.shell.changes import Refused
from grants.shell.database import rows
from grants.shell.forms import Day, Form, Invalid, MaybeId, MaybeText, Typed, Whole, read
from grants.shell.language import _, either
from grants.shell.lists import XLSX, as_csv, as_xlsx
from grants.shell.web import Id, attachment, page, see
from review import deliberations, matters, meetings, panels, resolutions
from review.panel_pages import around
from review.tables import Matter, Panel, Seat


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
async def new() -> Template:
    return await founding(Typed())


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


@post("/councils/topics")
async def found_on_topics(request: Request) -> Template | Redirect:
    try:
        form = await read(OnTopics, request)
        chosen = await Topic.objects().where(Topic.id.is_in(form.topics or [0])).order_by(Topic.id)
        return see(f"/panels/{(await matters.found_on_topics(chosen, by=request.user)).id}")
    except Invalid as invalid:
        return await founding(invalid, 422)
    except Refused as refused:
        return await founding(Typed({"topics": [str(one) for one in form.topics]}, {"topics": str(refused)}), 409)


@post("/councils/projects")
async def found_on_project(request: Request) -> Template | Redirect:
    try:
        form = await read(OnProject, request)
        project = await Project.objects().where(Project.id == form.project).first() if form.project else None
        if project is None:
            raise Refused(_("Hãy chọn nhiệm vụ."))
        return see(f"/panels/{(await matters.found_on_project(project, filed_on=form.filed_on, by=request.user)).id}")
    except Invalid as invalid:
        return await founding(invalid, 422)
    except Refused as refused:
        typed = {"project": str(form.project or ""), "filed_on": str(form.filed_on)}
        return await founding(Typed(typed, {"project": str(refused)}), 409)


# --- matters ---

async def visible(request: Request, id: int) -> Panel:
    """A council on topics or a project, for officials and its members."""
    if (panel := await meetings.visible_to(request.user).where(Panel.id == id).first()) and matters.is_on_matters(panel):
        return panel
    raise NotFoundException


async def matter_of(panel: Panel, id: int) -> Matter:
    if matter := await Matter.objects().where((Matter.id == id) & (Matter.panel == panel.id)).first():
        return matter
    raise NotFoundException


@get("/panels/{id:int}/matters")
async def listed(request: Request, id: Id) -> Template:
    return await matters_page(request, await visible(request, id), Typed())


async def matters_page(request: Request, panel: Panel, form: Typed, status_code: int = 200) -> Template:
    found = await matters.of(panel)
    words = panel.state == Panel.State.COUNTED and await deliberations.can_run(request.user, panel)
    return page(
        "review/councils/matters.html", **around(request, panel, "matters"), matters=found, either=either, can_word=words,
        form=form if form.errors else Typed({f"brief_{one.id}": one.brief for one in found}), status_code=status_code,
        is_office=holds(request.user, Role.OFFICER, Role.LEADER, Role.AUDITOR),
    )


@get("/panels/{id:int}/matters/{matter:int}/reviewers")
async def reviewing(request: Request, id: Id, matter: Id) -> Template:
    panel = await visible(request, id)
    found = await matter_of(panel, matter)
    held = next(one.reviewers for one in await matters.of(panel) if one.id == found.id)
    return await naming(request, panel, found, Typed({"reviewers": [str(one) for one in held]}))


async def naming(request: Request, panel: Panel, matter: Matter, form: Typed, status_code: int = 200) -> Template:
    sitting = [one for one in await panels.members(panel) if one.part == Seat.Part.MEMBER]
    about = next(one for one in await matters.of(panel) if one.id == matter.id)
    return page(
        "review/councils/reviewers.html", **around(request, panel, "matters"), form=form, matter=about, either=either,
        options=[(str(one.person), one.name) for one in sitting], status_code=status_code,
        needed=(await panels.rule_of(panel)).reviewers_per_application,
    )


@post("/panels/{id:int}/matters/{matter:int}/reviewers")
async def assign(request: Request, id: Id, matter: Id) -> Template | Redirect:
    panel = await visible(request, id)
    found = await matter_of(panel, matter)
    try:
        form = await read(Reviewing, request)
        await matters.assign(found, form.reviewers, by=request.user)
    except Invalid as invalid:
        return await naming(request, panel, found, invalid, 422)
    except Refused as refused:
        typed = {"reviewers": [str(one) for one in form.reviewers]}
        return await naming(request, panel, found, Typed(typed, {"reviewers": str(refused)}), 409)
    return see(f"/panels/{id}/matters")


@post("/panels/{id:int}/matters/{matter:int}/brief")
async def word(request: Request, id: Id, matter: Id) -> Template | Redirect:
    panel = await visible(request, id)
    found = await matter_of(panel, matter)
    try:
        form = await read(Brief, request)
    except Invalid as invalid:
        return await matters_page(request, panel, Typed({f"brief_{matter}": ""}, {f"brief_{matter}": invalid.errors["brief"]}), 422)
    await resolutions.write_brief(found, form.brief, by=request.user)
    return see(f"/panels/{id}/matters")


@get("/panels/{id:int}/resolutions")
async def resolved(request: Request, id: Id) -> Template | Response:
    panel = await visible(request, id)
    if panel.state not in (Panel.State.COUNTED, Panel.State.CLOSED):
        raise NotFoundException
    found = await resolutions.lines(panel, by=request.user)
    heads, lines = resolutions.summary_table(found)
    wanted = request.query_params.get("format")
    if wanted == "csv":
        return attachment(as_csv(heads, lines, None), "ket-luan.csv", "text/csv; charset=utf-8")
    if wanted == "xlsx":
        return attachment(as_xlsx(heads, lines, None), "ket-luan.xlsx", XLSX)
    return page("review/councils/resolutions.html", **around(request, panel, "session"), lines=found, table=(heads, lines))


ROUTES = [new, found_on_topics, found_on_project, listed, reviewing, assign, word, resolved]
