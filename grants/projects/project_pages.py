"""Pages of projects: the list, a project, its agreement, milestones, final evaluation and registration."""

from collections.abc import Callable
from functools import partial
from typing import Literal

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from grants.people import counsels
from grants.people.people import person, titled
from grants.people.tables import Organisation
from grants.projects import agreements, evaluations, extensions, halts, milestones, projects
from grants.projects.evaluations import GRADES
from grants.projects.heads import framed, of_project, visible
from grants.projects.projects import State
from grants.projects.steps import next_step
from grants.projects.tables import Milestone, Project, Slice
from grants.proposals import proposals
from grants.proposals.drafts import SOURCES
from grants.proposals.tables import Proposal
from grants.shell import lists
from grants.shell.dates import show_date
from grants.shell.forms import Day, Form, Line, Typed, above
from grants.shell.language import N_, _, either, language
from grants.shell.web import Id, see, submitted

KEPT_LATE = {"late": N_("Có việc quá hạn"), "in_time": N_("Đúng hạn")}


def late_status(since) -> tuple[str, str] | None:
    """Since when something is overdue; nothing where all is in time."""
    return (_("Trễ từ {day}").format(day=show_date(since, language())), "bad") if since else None


def late_day(since) -> tuple[str, str] | None:
    return (show_date(since, language()), "bad") if since else None


UNDER_WAY = "under_way"  # not evaluated yet: three states in one word, as the overview counts them


def standing(chosen: str):
    """Projects in one state, or all that are under way."""
    if chosen == UNDER_WAY:
        return Project.state.is_in([State.AWARDED.value, State.RUNNING.value, State.SUSPENDED.value])
    return Project.state == chosen if chosen in list(State) else None


def lateness(chosen: str):
    return {"late": Project.late_since.is_not_null(), "in_time": Project.late_since.is_null()}.get(chosen)


def in_year(typed: str):
    """Projects with money of a budget year."""
    if not (typed.isascii() and typed.isdigit() and len(typed) == 4):
        return None
    return Project.id.is_in(Slice.select(Slice.project).where(Slice.year == int(typed)))


LIST = lists.Listing(
    name="nhiem-vu", table=Project, order="-code",
    columns=[
        lists.Column("code", N_("Mã số"), Project.code, "code"),
        lists.Column("title", N_("Tên nhiệm vụ"), Project.title, "long", english=Project.title_en),
        lists.Column("lead", N_("Chủ nhiệm"), Project.lead.full_name, sort_by=Project.lead.sort_key),
        lists.Column(
            "organisation", N_("Tổ chức chủ trì"), Project.lead_organisation.short_name, sort_by=Project.lead_organisation.sort_key,
            under="lead",
        ),
        lists.Column("approved", N_("Được duyệt"), Project.approved, "money", total=True),
        lists.Column("state", N_("Trạng thái"), Project.state, "status", says=projects.status),
        lists.Column("late_since", N_("Trễ từ"), Project.late_since, "status", says=late_day),
    ],
    filters=[
        lists.search(Project.folded),
        lists.Filter("state", N_("Trạng thái"), standing, lambda: [
            *((s.value, projects.label(s)) for s in State), (UNDER_WAY, _("Chưa nghiệm thu, mọi bước"))]),
        lists.Filter("year", N_("Năm ngân sách"), in_year),
        lists.Filter("late", N_("Tiến độ"), lateness, lambda: [(code, _(words)) for code, words in KEPT_LATE.items()]),
    ],
    href=lambda row: f"/projects/{row['id']}", extra=[Project.id],
)


class Agreement(Form):
    number: Line = Field(max_length=60)
    agreed_on: Day
    starts_on: Day
    months: int = Field(ge=1, le=agreements.MOST_MONTHS)


class Planned(Form):
    name: Line
    due: Day


class Reached(Form):
    on: Day


class Evaluation(Form):
    grade: Literal["excellent", "pass", "fail"]
    decision_number: Line = Field(max_length=60)
    decided_on: Day


class Registration(Form):
    certificate: Line = Field(max_length=60)
    registered_on: Day


@get("/projects")
async def project_list(request: Request) -> Response:
    return await LIST.answer(request, projects.seen_by(request.user), "projects/list.html")


@get("/proposals/{id:int}/project")
async def of_proposal(request: Request, id: Id) -> Template:
    """The project that an awarded application has become."""
    if project := await projects.visible_to(request.user).where(Project.proposal == id).first():
        return await overview(request, project.id, Typed())
    raise NotFoundException


@get("/projects/{id:int}")
async def project_page(request: Request, id: Id) -> Template:
    return await overview(request, id, Typed())


async def overview(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    project = await visible(request, id)
    organisation = await Organisation.objects().get(Organisation.id == project.lead_organisation)
    lead = titled(await person(project.lead))
    writes = project.state == State.RUNNING and await projects.can_write(request.user, project)
    slices = await Slice.objects().where(Slice.project == project.id).order_by(Slice.year).order_by(Slice.id)
    return framed(
        request, "projects/show.html", project, form=form, status_code=status_code,
        step=await next_step(project, request.user, lead=lead, writes=writes),
        decisions=[[halts.status(one.did), one.number, one.decided_on, one.reason] for one in await halts.of(project)],
        halting=[(_(halts.ASKED[did]), f"/projects/{project.id}/{halts.NOUNS[did]}") for did in halts.may(request.user, project)],
        counsels=await counsels.of("project", project.id, by=request.user),
        lead=lead, organisation=either(organisation.name, organisation.name_en),
        sees_proposal=await Proposal.exists().where((Proposal.id == project.proposal) & proposals.seen_by(request.user)),
        slices=[[str(one.year), source_badge(one.source), one.approved] for one in slices],
        milestones=await Milestone.objects().where(Milestone.project == project.id).order_by(Milestone.due).order_by(Milestone.id),
        grade=evaluations.grade_status(project.grade), late=late_status(project.late_since),
        can_sign=agreements.can_sign(request.user, project), can_plan=milestones.can_plan(request.user, project),
        can_reach=writes,
        signed_end=extensions.signed_end(project),
        can_evaluate=await evaluations.can_evaluate(request.user, project), can_register=evaluations.can_register(request.user, project),
    )


def source_badge(source: str) -> tuple[str, str]:
    return source, _(SOURCES[source])


# --- agreement -------------------------------------------------------------------------------------------------------

async def for_office(request: Request, id: int) -> Project:
    """A project whose file the person keeps; to others the page does not exist."""
    project = await visible(request, id)
    if not projects.keeps(request.user, project):
        raise NotFoundException
    return project


async def step(request: Request, id: int, shape: type[Form], verb: Callable, shown: Callable) -> Template | Redirect:
    """One step of a project's file, taken by those who keep it."""
    project = await for_office(request, id)
    return await submitted(request, shape, partial(verb, project), shown=partial(shown, request, id), to=f"/projects/{id}")


async def agreement_form(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    project = await for_office(request, id)
    rules = await projects.rules_of(project)
    return framed(
        request, "projects/agreement.html", project, form=form, status_code=status_code, most=await agreements.longest(project),
        every=rules.reports.every,
    )


@get("/projects/{id:int}/agreement")
async def agreement(request: Request, id: Id) -> Template:
    project = await for_office(request, id)
    proposal = await Proposal.objects().get(Proposal.id == project.proposal)
    starts = proposal.starts_on.isoformat() if proposal.starts_on else ""
    return await agreement_form(request, id, Typed({"months": str(await agreements.longest(project)), "starts_on": starts}))


@post("/projects/{id:int}/agreement")
async def sign(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Agreement, agreements.sign, agreement_form)


# --- milestones ------------------------------------------------------------------------------------------------------

@post("/projects/{id:int}/milestones")
async def plan(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Planned, milestones.plan, overview)


@post("/projects/{id:int}/milestones/{milestone:int}/completion")
async def reach(request: Request, id: Id, milestone: Id) -> Template | Redirect:
    row = await of_project(Milestone, await visible(request, id), milestone)

    async def shown(typed: Typed, status_code: int) -> Template:
        return await overview(request, id, above(typed), status_code)

    return await submitted(request, Reached, partial(milestones.reach, row), shown=shown, to=f"/projects/{id}")


@post("/projects/{id:int}/milestones/{milestone:int}/removal")
async def strike(request: Request, id: Id, milestone: Id) -> Redirect:
    project = await for_office(request, id)
    await milestones.strike(await of_project(Milestone, project, milestone), by=request.user)
    return see(f"/projects/{id}")


# --- final evaluation and registration -------------------------------------------------------------------------------

async def evaluation_form(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    project = await for_office(request, id)
    return framed(
        request, "projects/evaluation.html", project, form=form, status_code=status_code,
        grades=[(code, _(words)) for code, (words, _tone) in GRADES.items()], unverified=await evaluations.nothing_verified(project),
        concluded=evaluations.grade_status(project.council_grade), council=await evaluations.asks_council(project),
    )


@get("/projects/{id:int}/evaluation")
async def evaluation(request: Request, id: Id) -> Template:
    project = await for_office(request, id)
    return await evaluation_form(request, id, Typed({"grade": project.council_grade or ""}))


@post("/projects/{id:int}/evaluation")
async def evaluate(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Evaluation, evaluations.evaluate, evaluation_form)


async def registration_form(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    project = await for_office(request, id)
    due = await evaluations.registration_due(project) if project.graded_on else None
    return framed(request, "projects/registration.html", project, form=form, status_code=status_code, due=due)


@get("/projects/{id:int}/registration")
async def registration(request: Request, id: Id) -> Template:
    return await registration_form(request, id, Typed())


@post("/projects/{id:int}/registration")
async def register(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Registration, evaluations.register, registration_form)


ROUTES = [
    project_list, of_proposal, project_page, agreement, sign, plan, reach, strike, evaluation, evaluate, registration, register,
]
