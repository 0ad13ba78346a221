"""Pages of what must be repaid: the list, a project's with the form that proposes one, each step, and the decision on paper."""

from collections.abc import Callable
from functools import partial
from typing import Literal

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from budget import names, recoveries, streams
from budget.payment_tables import Recovery, Repaid
from budget.tables import Stream
from grants.people import organisations
from grants.people.people import today
from grants.people.tables import Organisation, Role
from grants.projects import heads
from grants.projects.tables import Project
from grants.shell import dates, lists
from grants.shell.forms import Day, Form, Line, Money, Text, Typed
from grants.shell.language import N_, _, language
from grants.shell.money import in_words, show
from grants.shell.web import Id, page, submitted

LIST = lists.Listing(
    name="thu-hoi",
    table=Recovery,
    columns=[
        lists.Column("id", N_("Số"), Recovery.id, "code", says=recoveries.number),
        lists.Column("amount", N_("Phải hoàn trả"), Recovery.amount, "money", total=True),
        lists.Column("repaid", N_("Đã hoàn trả"), Recovery.repaid, "money", total=True, under="amount"),
        lists.Column("state", N_("Trạng thái"), Recovery.state, "status", says=recoveries.status),
        lists.Column("due", N_("Hạn"), Recovery.due, "date"),
        lists.Column("title", N_("Tên nhiệm vụ"), Recovery.project.title, "long", english=Recovery.project.title_en),
        lists.Column("stream", N_("Nguồn"), Recovery.stream, "stream", says=streams.badge),
        lists.Column("cause", N_("Nguyên nhân"), Recovery.cause, says=recoveries.cause_label),
        lists.Column("project", N_("Nhiệm vụ"), Recovery.project.code, "code", under="title"),
    ],
    order="-id",
    filters=[
        lists.search(Recovery.project.folded),
        lists.chosen("state", N_("Trạng thái"), Recovery.state, lambda: [(s.value, recoveries.label(s)) for s in recoveries.State]),
        lists.chosen("stream", N_("Nguồn"), Recovery.stream, streams.options),
    ],
    href=lambda row: f"/recoveries/{row['id']}",
)


class Proposed(Form):
    stream: Literal["capital", "recurrent", "fund"]
    cause: Literal["subjective", "objective", "unproven", "advance"]
    explanation: Text = Field(max_length=1000)


class Decision(Form):
    number: Line = Field(max_length=60)
    on: Day


class Refusal(Form):
    reason: Text = Field(max_length=500)


class Repayment(Form):
    amount: Money
    number: Line = Field(max_length=60)
    on: Day


async def visible(request: Request, id: int) -> Recovery:
    if found := await recoveries.visible_to(request.user).where(Recovery.id == id).first():
        return found
    raise NotFoundException


@get("/recoveries")
async def recovery_list(request: Request) -> Response:
    return await LIST.answer(request, recoveries.seen_by(request.user), "budget/recoveries.html")


@get("/projects/{id:int}/recoveries")
async def project_recoveries(request: Request, id: Id) -> Template:
    return await project_shown(request, await heads.visible(request, id), Typed())


async def project_shown(request: Request, project: Project, form: Typed, status_code: int = 200) -> Template:
    found = await Recovery.objects().where((Recovery.project == project.id) & recoveries.seen_by(request.user)).order_by(Recovery.id)
    can_propose = recoveries.can_propose(request.user, project)
    causes = [cause for cause in recoveries.Cause if cause != recoveries.Cause.SETTLEMENT]
    parts = {cause: await recoveries.share(project, cause) for cause in causes[:3]} if can_propose else {}
    return heads.framed(
        request,
        "budget/project_recoveries.html",
        project,
        "/payments",
        form=form,
        status_code=status_code,
        can_propose=can_propose,
        found=[
            [(recoveries.number(r.id), f"/recoveries/{r.id}"), streams.badge(r.stream), r.amount, r.repaid, r.due,
             recoveries.status(r.state)]
            for r in found
        ],
        causes=[
            (c.value, _(recoveries.CAUSES[c]), _("hoàn trả {share}").format(share=f"{int(parts[c] * 100)} %") if c in parts else "")
            for c in causes
        ],
        streams_offered=streams.options(),
    )


@post("/projects/{id:int}/recoveries")
async def propose(request: Request, id: Id) -> Template | Redirect:
    project = await heads.visible(request, id)
    again = partial(project_shown, request, project)
    return await submitted(request, Proposed, partial(recoveries.propose, project), shown=again, to=lambda row: f"/recoveries/{row.id}")


@get("/recoveries/{id:int}")
async def recovery_page(request: Request, id: Id) -> Template:
    return await shown(request, id, Typed())


async def shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    row = await visible(request, id)
    project = await Project.objects().get(Project.id == row.project)
    people = await names.of([row.made_by, row.decided_by])
    came = await Repaid.objects().where(Repaid.recovery == row.id).order_by(Repaid.id)
    return page(
        "budget/recovery.html", row=row, project=project, number=recoveries.number(row.id), form=form, people=people,
        status=(_("Quá hạn hoàn trả"), "bad") if recoveries.is_overdue(row) else recoveries.status(row.state),
        stream=streams.badge(row.stream), cause=recoveries.cause_label(row.cause), share=recoveries.share_in_words(row),
        came=[[one.number, one.on, one.amount] for one in came], step=next_step(row), status_code=status_code,
        can_decide=await recoveries.can_decide(request.user, row), can_record=recoveries.can_record(request.user, row),
        left=row.amount - row.repaid,
    )


def next_step(row: Recovery) -> tuple[str, str, str, str]:
    """Who has to do what now, by when."""
    if row.state == recoveries.State.PROPOSED:
        who = _("Cơ quan tài chính phụ trách «{stream}»").format(stream=streams.label(row.stream))
        return who, _("Quyết định thu hồi hoặc không"), "", ""
    if row.state == recoveries.State.DECIDED:
        due = dates.show_deadline(row.due, language())
        return (
            _("Tổ chức chủ trì"),
            _("Hoàn trả {left}").format(left=show(row.amount - row.repaid, language())),
            due,
            "late" if row.due < today() else "",
        )
    return _("Không ai"), recoveries.label(row.state), "", "idle"


@get("/recoveries/{id:int}/paper")
async def paper(request: Request, id: Id) -> Template:
    """The decision as it is signed."""
    row = await visible(request, id)
    project = await Project.objects().get(Project.id == row.project)
    organisation = await Organisation.objects().get(Organisation.id == project.lead_organisation)
    return page(
        "budget/recovery_paper.html",
        row=row,
        project=project,
        organisation=organisation.name,
        number=recoveries.number(row.id),
        issuer=await streams.head(row.stream, row.year),
        manager=(await organisations.acting(Role.OFFICER, row.decided_on or today(), row.made_by)).name,
        stream=streams.LABELS[Stream(row.stream)],
        cause=recoveries.CAUSES[recoveries.Cause(row.cause)],
        share=recoveries.share_in_words(row),
        words=in_words(row.amount),
        day=dates.show_on_paper(row.decided_on or today()),
        due=dates.show_date(row.due) if row.due else "…/…/……",
        amount=show(row.amount),
        base=show(row.base),
        back=f"/recoveries/{row.id}",
    )


async def step(request: Request, id: int, shape: type[Form], verb: Callable) -> Template | Redirect:
    row = await visible(request, id)
    return await submitted(request, shape, partial(verb, row), shown=partial(shown, request, id), to=f"/recoveries/{id}")


@post("/recoveries/{id:int}/decision")
async def decide(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Decision, recoveries.decide)


@post("/recoveries/{id:int}/refusal")
async def refuse(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Refusal, recoveries.refuse)


@post("/recoveries/{id:int}/repayments")
async def repay(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Repayment, recoveries.repay)


ROUTES = [recovery_list, project_recoveries, propose, recovery_page, paper, decide, refuse, repay]
