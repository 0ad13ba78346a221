"""Pages of clearing advances: the list, a project's open advances with the form, and each step of a clearance."""

from collections.abc import Callable
from functools import partial

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from budget import advances, clearances, names, streams
from budget.payment_tables import Clearance
from grants.projects import heads
from grants.projects.tables import Project, Report
from grants.shell import lists
from grants.shell.forms import Form, MaybeId, MaybeText, Money, Text, Typed
from grants.shell.language import N_, _
from grants.shell.web import Id, page, submitted

LIST = lists.Listing(
    name="hoan-tam-ung",
    table=Clearance,
    columns=[
        lists.Column("id", N_("Hồ sơ"), Clearance.id, "code", says=clearances.number),
        lists.Column("amount", N_("Số tiền"), Clearance.amount, "money", total=True),
        lists.Column("state", N_("Trạng thái"), Clearance.state, "status", says=clearances.status),
        lists.Column("title", N_("Tên nhiệm vụ"), Clearance.project.title, "long", english=Clearance.project.title_en),
        lists.Column("stream", N_("Nguồn"), Clearance.stream, "stream", says=streams.badge),
        lists.Column("year", N_("Năm"), Clearance.year, "number", under="stream"),
        lists.Column("project", N_("Nhiệm vụ"), Clearance.project.code, "code", under="title"),
        lists.Column("filed_at", N_("Lập lúc"), Clearance.filed_at, "time"),
        lists.Column("decided_at", N_("Ghi hoàn ứng lúc"), Clearance.decided_at, "time"),
    ],
    order="-id",
    filters=[
        lists.search(Clearance.project.folded),
        lists.chosen("state", N_("Trạng thái"), Clearance.state, lambda: [(s.value, clearances.status(s)[0]) for s in clearances.State]),
        lists.chosen("stream", N_("Nguồn"), Clearance.stream, streams.options),
        lists.year("year", N_("Năm ngân sách"), Clearance.year),
    ],
    href=lambda row: f"/clearances/{row['id']}",
)


class Filed(Form):
    place: str = Field(pattern=r"^(capital|recurrent|fund)-[0-9]{4}$")
    amount: Money
    report: MaybeId = None
    vouchers: MaybeText = Field(default="", max_length=1000)
    work: Text = Field(max_length=1000)


class Reason(Form):
    reason: Text = Field(max_length=500)


async def visible(request: Request, id: int) -> Clearance:
    if found := await clearances.visible_to(request.user).where(Clearance.id == id).first():
        return found
    raise NotFoundException


@get("/clearances")
async def clearance_list(request: Request) -> Response:
    return await LIST.answer(request, clearances.seen_by(request.user), "budget/clearances.html")


@get("/projects/{id:int}/clearances")
async def project_clearances(request: Request, id: Id) -> Template:
    return await project_shown(request, id, Typed())


async def project_shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    project = await heads.visible(request, id)
    still = await advances.still_open(project)
    filed = await Clearance.objects().where((Clearance.project == project.id) & clearances.seen_by(request.user)).order_by(Clearance.id)
    accepted = (
        await Report.objects().where((Report.project == project.id) & (Report.state == Report.State.ACCEPTED)).order_by(Report.number)
    )
    return heads.framed(
        request,
        "budget/project_clearances.html",
        project,
        "/payments",
        form=form,
        status_code=status_code,
        still=[
            [(one["stream"], streams.label(one["stream"])), one["year"], one["open"], one["pending"], one["open"] - one["pending"]]
            for one in still
        ],
        filed=[
            [(clearances.number(c.id), f"/clearances/{c.id}"), streams.badge(c.stream), c.year, c.amount, clearances.status(c.state)]
            for c in filed
        ],
        places=[(f"{one['stream']}-{one['year']}", f"{streams.label(one['stream'])} {one['year']}") for one in still],
        accepted=[
            ("", _("Không chọn, chỉ có chứng từ")),
            *((one.id, _("Báo cáo số {number}").format(number=one.number)) for one in accepted),
        ],
        can_file=bool(still) and clearances.can_file(request.user, project),
    )


@post("/projects/{id:int}/clearances")
async def file(request: Request, id: Id) -> Template | Redirect:
    project = await heads.visible(request, id)

    async def file(place: str, **said) -> Clearance:
        stream, year = place.split("-")
        return await clearances.file(project, stream=stream, year=int(year), **said)

    return await submitted(request, Filed, file, shown=partial(project_shown, request, id), to=lambda row: f"/clearances/{row.id}")


@get("/clearances/{id:int}")
async def clearance_page(request: Request, id: Id) -> Template:
    return await shown(request, id, Typed())


async def shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    row = await visible(request, id)
    project = await Project.objects().get(Project.id == row.project)
    report = await Report.objects().get(Report.id == row.report) if row.report else None
    here = next((one for one in await advances.still_open(project) if (one["stream"], one["year"]) == (row.stream, row.year)), None)
    people = await names.of([row.filed_by, row.confirmed_by, row.decided_by])
    left = here["open"] if here else 0
    return page(
        "budget/clearance.html",
        row=row,
        project=project,
        report=report,
        number=clearances.number(row.id),
        form=form,
        status=clearances.status(row.state),
        stream=streams.badge(row.stream),
        people=people,
        status_code=status_code,
        can_confirm=clearances.can_confirm(request.user, row, project),
        can_clear=await clearances.can_clear(request.user, row),
        changes=[
            (
                _("Tạm ứng chưa hoàn «{stream}» {year}").format(stream=streams.label(row.stream), year=row.year),
                left,
                left - row.amount,
                "money",
            )
        ],
        step=next_step(row),
    )


def next_step(row: Clearance) -> tuple[str, str, str]:
    """Who has to do what now."""
    if row.state == clearances.State.FILED:
        return _("Cán bộ quản lý nhiệm vụ"), _("Xác nhận khối lượng đã hoàn thành"), ""
    if row.state == clearances.State.CONFIRMED:
        return _("Cơ quan tài chính phụ trách «{stream}»").format(stream=streams.label(row.stream)), _("Ghi hoàn tạm ứng"), ""
    return _("Không ai"), clearances.status(row.state)[0], "idle"


async def step(request: Request, id: int, shape: type[Form], verb: Callable) -> Template | Redirect:
    row = await visible(request, id)
    return await submitted(request, shape, partial(verb, row), shown=partial(shown, request, id), to=f"/clearances/{id}")


@post("/clearances/{id:int}/confirmation")
async def confirm(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Form, clearances.confirm)


@post("/clearances/{id:int}/clearing")
async def clear(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Form, clearances.clear)


@post("/clearances/{id:int}/return")
async def send_back(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Reason, clearances.send_back)


ROUTES = [clearance_list, project_clearances, file, clearance_page, confirm, clear, send_back]
