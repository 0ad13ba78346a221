"""Pages on which the officer records that a project is suspended, goes on or is terminated, each by its decision."""

from functools import partial

from litestar import Request, get, post
from litestar.response import Redirect, Template
from pydantic import Field

from grants.projects import halts
from grants.projects.halts import Did
from grants.projects.heads import framed
from grants.projects.project_pages import for_office, step
from grants.shell.forms import Day, Form, Line, Text, Typed
from grants.shell.language import N_, _
from grants.shell.web import Id

MEANS = {
    Did.SUSPENDED: N_("Trong thời gian tạm dừng, kinh phí không được đề nghị và duyệt chi. Chủ nhiệm và tổ chức chủ trì chưa đăng ký được "
                      "nhiệm vụ mới trong thời hạn mà bộ quy tắc nêu, kể từ ngày quyết định."),
    Did.RESUMED: N_("Nhiệm vụ trở lại thực hiện. Báo cáo, mốc công việc và ngày kết thúc chưa đến khi tạm dừng được lùi lại bằng số ngày "
                    "đã tạm dừng."),
    Did.TERMINATED: N_("Nhiệm vụ dừng hẳn. Kinh phí đã nhận được quyết toán hoặc thu hồi, sau đó hợp đồng được thanh lý. Bước này không "
                       "quay lại được."),
}


class Decision(Form):
    number: Line = Field(max_length=60)
    on: Day
    reason: Text = Field(max_length=1000)


async def decision_form(did: Did, request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    project = await for_office(request, id)
    return framed(
        request, "projects/halt.html", project, form=form, status_code=status_code,
        asked=_(halts.ASKED[did]), means=_(MEANS[did]), noun=halts.NOUNS[did],
    )


@get("/projects/{id:int}/suspension")
async def suspension(request: Request, id: Id) -> Template:
    return await decision_form(Did.SUSPENDED, request, id, Typed())


@post("/projects/{id:int}/suspension")
async def suspend(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Decision, halts.suspend, partial(decision_form, Did.SUSPENDED))


@get("/projects/{id:int}/resumption")
async def resumption(request: Request, id: Id) -> Template:
    return await decision_form(Did.RESUMED, request, id, Typed())


@post("/projects/{id:int}/resumption")
async def resume(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Decision, halts.resume, partial(decision_form, Did.RESUMED))


@get("/projects/{id:int}/termination")
async def termination(request: Request, id: Id) -> Template:
    return await decision_form(Did.TERMINATED, request, id, Typed())


@post("/projects/{id:int}/termination")
async def terminate(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Decision, halts.terminate, partial(decision_form, Did.TERMINATED))


ROUTES = [suspension, suspend, resumption, resume, termination, terminate]
