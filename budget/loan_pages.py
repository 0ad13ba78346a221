"""Pages of the fund's loans and guarantees: the list, and one with its schedule, repayments, write-off and release."""

from collections.abc import Callable
from datetime import date
from functools import partial

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from budget import funds, lending, names, streams
from budget.fund_tables import Loan, LoanPayment, WriteOff
from grants.people.people import holds
from grants.people.tables import Person, Role
from grants.projects import projects
from grants.projects.tables import Project
from grants.shell import lists
from grants.shell.changes import Refused
from grants.shell.forms import Day, Form, Line, Money, Text, Typed
from grants.shell.language import N_, _
from grants.shell.web import Id, page, submitted

LIST = lists.Listing(
    name="vay-bao-lanh",
    table=Loan,
    columns=[
        lists.Column("id", N_("Số"), Loan.id, "code", says=lending.number),
        lists.Column("principal", N_("Số vay, bảo lãnh"), Loan.principal, "money", total=True),
        lists.Column("lent", N_("Đã giải ngân"), Loan.lent, "money", total=True, under="principal"),
        lists.Column("repaid", N_("Đã trả gốc"), Loan.repaid, "money", total=True),
        lists.Column("written_off", N_("Đã xử lý rủi ro"), Loan.written_off, "money", total=True, under="repaid"),
        lists.Column("state", N_("Trạng thái"), Loan.state, "status", says=lending.status),
        lists.Column("title", N_("Tên nhiệm vụ"), Loan.project.title, "long", english=Loan.project.title_en),
        lists.Column("project", N_("Nhiệm vụ"), Loan.project.code, "code", under="title"),
        lists.Column("agreed_on", N_("Ngày ký"), Loan.agreed_on, "date"),
    ],
    order="-id",
    filters=[
        lists.search(Loan.project.folded),
        lists.chosen("state", N_("Trạng thái"), Loan.state, lambda: [(s.value, lending.status(s)[0]) for s in lending.State]),
    ],
    href=lambda row: f"/loans/{row['id']}",
)


class Repaid(Form):
    amount: Money
    number: Line = Field(max_length=60)
    on: Day


class GivenUp(Form):
    give_up: Money
    grounds: Text = Field(max_length=1000)


class Decision(Form):
    decision_number: Line = Field(max_length=60)
    decided_on: Day


class Refusal(Form):
    reason: Text = Field(max_length=500)


async def visible(request: Request, id: int) -> Loan:
    if found := await lending.visible_to(request.user).where(Loan.id == id).first():
        return found
    raise NotFoundException


@get("/loans")
async def loan_list(request: Request) -> Response:
    return await LIST.answer(request, lending.seen_by(request.user), "budget/loans.html")


@get("/loans/{id:int}")
async def loan_page(request: Request, id: Id) -> Template:
    return await shown(request, id, Typed())


async def shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    loan = await visible(request, id)
    project = await Project.objects().get(Project.id == loan.project)
    stands = await lending.standing(loan)
    came = await LoanPayment.objects().where(LoanPayment.loan == loan.id).order_by(LoanPayment.id)
    given_up = await WriteOff.objects().where(WriteOff.loan == loan.id).order_by(WriteOff.id)
    waiting = next((one for one in given_up if one.state == WriteOff.State.PROPOSED), None)
    answers = await streams.can_approve(request.user, "fund")
    running = loan.state == lending.State.RUNNING
    return page(
        "budget/loan.html", loan=loan, project=project, number=lending.number(loan.id), status=lending.status(loan.state), form=form,
        stands=stands, rate=funds.percent(loan.rate), status_code=status_code, maker=(await names.of([loan.made_by]))[0],
        dues=[[one.number, one.due, one.principal, one.interest] for one in stands["dues"]],
        came=[[one.number, one.on, one.principal, one.interest] for one in came],
        given_up=[[one.grounds, one.amount, one.decision_number or "–", one.decided_on] for one in given_up],
        can_record=running and holds(request.user, Role.TREASURER) and request.user.id != loan.made_by,
        can_propose=running and waiting is None and projects.keeps(request.user, project), waiting=waiting,
        can_decide=waiting is not None and answers and request.user.id != waiting.made_by,
        can_release=loan.guarantee and loan.state == lending.State.AGREED and answers and request.user.id != loan.made_by,
    )


async def step(request: Request, id: int, shape: type[Form], verb: Callable) -> Template | Redirect:
    loan = await visible(request, id)
    return await submitted(request, shape, partial(verb, loan), shown=partial(shown, request, id), to=f"/loans/{id}")


@post("/loans/{id:int}/repayments")
async def repay(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Repaid, lending.repaid)


@post("/loans/{id:int}/write-offs")
async def propose_write_off(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, GivenUp, lambda loan, give_up, **said: lending.propose_write_off(loan, amount=give_up, **said))


async def waiting_write_off(loan: Loan) -> WriteOff:
    found = await WriteOff.objects().where((WriteOff.loan == loan.id) & (WriteOff.state == WriteOff.State.PROPOSED)).first()
    if found is None:
        raise Refused(_("Không có đề nghị xử lý rủi ro nào đang chờ."))
    return found


@post("/loans/{id:int}/write-off-decision")
async def decide_write_off(request: Request, id: Id) -> Template | Redirect:
    async def decide(loan: Loan, *, decision_number: str, decided_on: date, by: Person) -> None:
        await lending.decide_write_off(await waiting_write_off(loan), number=decision_number, on=decided_on, by=by)

    return await step(request, id, Decision, decide)


@post("/loans/{id:int}/write-off-refusal")
async def refuse_write_off(request: Request, id: Id) -> Template | Redirect:
    async def refuse(loan: Loan, *, reason: str, by: Person) -> None:
        await lending.refuse_write_off(await waiting_write_off(loan), reason=reason, by=by)

    return await step(request, id, Refusal, refuse)


@post("/loans/{id:int}/release")
async def release(request: Request, id: Id) -> Template | Redirect:
    return await step(
        request, id, Decision,
        lambda loan, decision_number, decided_on, by: lending.release(loan, number=decision_number, on=decided_on, by=by),
    )


ROUTES = [loan_list, loan_page, repay, propose_write_off, decide_write_off, refuse_write_off, release]
