"""Pages of payments: the list, a project's money with the form that asks for some, and each step of a payment."""

from collections.abc import Callable
from functools import partial
from typing import Literal

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from budget import advances, approvals, instalments, names, obligations, payments, positions, streams, terms
from budget.payment_tables import Approval, Instalment
from budget.tables import Payment, Stream
from grants.people.people import holds, today
from grants.people.tables import Organisation, Role
from grants.projects import heads
from grants.projects.tables import Milestone, Project, Report, Slice
from grants.proposals.tables import Source
from grants.rules import sources
from grants.shell import lists
from grants.shell.dates import budget_year, show_on_paper
from grants.shell.forms import Day, Form, Line, MaybeId, MaybeText, Money, Text, Typed
from grants.shell.language import N_, _
from grants.shell.money import in_words, show
from grants.shell.web import Id, page, submitted

LIST = lists.Listing(
    name="tam-ung-thanh-toan",
    table=Payment,
    columns=[
        lists.Column("id", N_("Đề nghị"), Payment.id, "code", says=payments.number),
        lists.Column("amount", N_("Số tiền"), Payment.amount, "money", total=True),
        lists.Column("state", N_("Trạng thái"), Payment.state, "status", says=payments.status),
        lists.Column("title", N_("Tên nhiệm vụ"), Payment.project.title, "long", english=Payment.project.title_en),
        lists.Column("kind", N_("Loại"), Payment.kind, says=payments.kind_label, under="id"),
        lists.Column("stream", N_("Nguồn"), Payment.stream, "stream", says=streams.badge),
        lists.Column("year", N_("Năm"), Payment.year, "number", under="stream"),
        lists.Column("project", N_("Nhiệm vụ"), Payment.project.code, "code", under="title"),
        lists.Column("requested_at", N_("Đề nghị lúc"), Payment.requested_at, "time", under="state"),
        lists.Column("paid_on", N_("Ngày chi"), Payment.paid_on, "date"),
        lists.Column("treasury", N_("Chứng từ Kho bạc"), Payment.treasury_number, under="paid_on"),
    ],
    order="-id",
    filters=[
        lists.search(Payment.project.folded),
        lists.chosen("state", N_("Trạng thái"), Payment.state, lambda: [(s.value, payments.label(s)) for s in payments.State]),
        lists.chosen("stream", N_("Nguồn"), Payment.stream, streams.options),
        lists.year("year", N_("Năm ngân sách"), Payment.year),
    ],
    href=lambda row: f"/payments/{row['id']}",
)


class Asked(Form):
    kind: Literal["advance", "payment"]
    stream: Literal["capital", "recurrent", "fund"]
    year: int = Field(ge=2020, le=2100)
    amount: Money
    purpose: Line = Field(max_length=500)
    instalment: MaybeId = None
    report: MaybeId = None
    milestone: MaybeId = None
    vouchers: MaybeText = Field(default="", max_length=1000)


class Confirmation(Form):
    number: Line = Field(max_length=60)
    on: Day


class Refusal(Form):
    reason: Text = Field(max_length=500)


async def visible(request: Request, id: int) -> Payment:
    if payment := await payments.visible_to(request.user).where(Payment.id == id).first():
        return payment
    raise NotFoundException


@get("/payments")
async def payment_list(request: Request) -> Response:
    parts = [
        (_("Hoàn tạm ứng"), "/clearances"), (_("Quyết toán nhiệm vụ"), "/settlements"), (_("Thu hồi kinh phí"), "/recoveries"),
        (_("Vay, bảo lãnh của Quỹ"), "/loans"),
    ]
    if holds(request.user, *payments.SEES):
        parts += [(_("Các quỹ"), "/funds"), (_("Sao kê Kho bạc và tài khoản Quỹ"), "/treasury"), (_("Ngưỡng duyệt chi"), "/thresholds")]
    return await LIST.answer(request, payments.seen_by(request.user), "budget/payments.html", parts=parts)


@get("/projects/{id:int}/payments")
async def project_money(request: Request, id: Id) -> Template:
    """A project's money by year and source, its payments, and the form that asks for one."""
    return await project_shown(request, id, Typed({"kind": "advance", "year": str(budget_year(today()))}))


async def project_shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    project = await heads.visible(request, id)
    table = await by_year_and_source(project)
    can_request = payments.can_request(request.user, project)
    sees = await Payment.objects().where(payments.seen_by(request.user) & (Payment.project == project.id)).order_by(Payment.id)
    return heads.framed(
        request, "budget/project_money.html", project, "/payments", form=form, table=table, total=totals(table),
        asked=[[(payments.number(p.id), f"/payments/{p.id}"), payments.kind_label(p.kind), streams.badge(p.stream), p.year, p.amount,
                payments.status(p.state), p.paid_on] for p in sees],
        **(await choices(project) if can_request else {}), can_request=can_request,
        most=await advances.most_advance(project) if can_request else 0,
        streams_offered=[(source, streams.label(source)) for source in dict.fromkeys(row["source"] for row in table if row["state"])],
        kinds=[(kind.value, _(payments.KINDS[kind])) for kind in (Payment.Kind.ADVANCE, Payment.Kind.PAYMENT)], status_code=status_code,
    )  # fmt: skip


async def choices(project: Project) -> dict:
    """What a request may name: the instalments that are not used up, accepted reports, milestones that are reached."""
    planned = await instalments.of(project)
    accepted = (
        await Report.objects().where((Report.project == project.id) & (Report.state == Report.State.ACCEPTED)).order_by(Report.number)
    )
    reached = await Milestone.objects().where((Milestone.project == project.id) & Milestone.done_on.is_not_null()).order_by(Milestone.due)
    none = ("", _("Không chọn"))
    return {
        "instalments": [
            none,
            *(
                (one["id"], f"{one['number']}. {one['name']}: {show(one['amount'] - one['asked'])}")
                for one in planned
                if one["asked"] < one["amount"]
            ),
        ],
        "accepted": [none, *((one.id, _("Báo cáo số {number}").format(number=one.number)) for one in accepted)],
        "reached": [none, *((one.id, one.name) for one in reached)],
    }


async def by_year_and_source(project: Project) -> list[dict]:
    """Year by source: approved by the award; committed, spent and carried by the ledger; what can still be asked for."""
    payable = {(p.year, p.stream): p.payable for p in await positions.positions(proposal=project.proposal)}
    own = await Slice.objects().where((Slice.project == project.id) & (Slice.source == Source.OWN)).order_by(Slice.year)
    found = [
        {"year": one.year, "source": one.stream, "state": True, "label": streams.badge(one.stream), "approved": one.planned,
         "committed": one.committed, "carried_in": one.carried_in, "paid": one.paid, "carried_out": one.carried_out,
         "left": payable.get((one.year, one.stream), 0)}
        for one in await obligations.by_year(project)
    ]  # fmt: skip
    nothing = dict.fromkeys(SUMMED, 0)
    found += [nothing | {"year": part.year, "source": part.source, "state": False, "label": (part.source, sources.said("own")),
                         "approved": part.approved} for part in own]
    return sorted(found, key=lambda row: (row["year"], ORDER.index(row["source"])))


SUMMED = ("approved", "committed", "carried_in", "paid", "carried_out", "left")
ORDER = [*(stream.value for stream in Stream), Source.OWN.value]


def totals(table: list[dict]) -> dict[str, int]:
    return {name: sum(row[name] for row in table) for name in SUMMED}


@post("/projects/{id:int}/payments")
async def ask(request: Request, id: Id) -> Template | Redirect:
    asking = partial(payments.request, await heads.visible(request, id))
    return await submitted(
        request, Asked, asking, shown=partial(project_shown, request, id), to=lambda payment: f"/payments/{payment.id}"
    )


@get("/payments/{id:int}")
async def payment_page(request: Request, id: Id) -> Template:
    return await shown(request, id, Typed())


async def shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    """A payment, and what the next step changes for the project's money."""
    payment = await visible(request, id)
    project = await Project.objects().where(Project.id == payment.project).first()
    stands = await positions.positions(proposal=project.proposal)
    place = (payment.stream, payment.year)
    here = next((p for p in stands if (p.stream, p.year) == place), positions.Position(*place))
    can_approve = await payments.can_approve(request.user, payment)
    can_confirm = await payments.may_confirm(request.user, payment)
    given = await approvals.given(payment)
    lacking = await lacking_approvals(payment, given)
    people = await names.of([payment.requested_by, payment.approved_by, payment.paid_by, *(one.by for one in given)])
    return page(
        "budget/payment.html", payment=payment, project=project, number=payments.number(payment.id), form=form,
        kind=payments.kind_label(payment.kind), stream=streams.badge(payment.stream), status=payments.status(payment.state),
        people=people, rests_on=await rests_on(payment),
        given=[[who, one.at] for who, one in zip(people[3:], given, strict=True)] if len(given) + len(lacking) > 1 else [], lacking=lacking,
        can_approve=can_approve, can_confirm=can_confirm, step=await next_step(payment),
        sees_ledger=holds(request.user, Role.OFFICER, Role.FINANCE, Role.LEADER, Role.AUDITOR),
        changes=changes(payment, here, confirming=can_confirm), status_code=status_code,
    )


async def lacking_approvals(payment: Payment, given: list[Approval]) -> list[str]:
    """Whose approvals a requested payment still lacks, in words."""
    if payment.state != payments.State.REQUESTED:
        return []
    return [
        _("«{post}», vì khoản trên {over}").format(post=one.post, over=show(one.over)) if one else _("Cơ quan tài chính phụ trách nguồn")
        for one in await approvals.missing(payment, given)
    ]


async def rests_on(payment: Payment) -> list[tuple]:
    """The report, milestone, vouchers and instalment that a payment names, as facts."""
    found = []
    if payment.report:
        report = await Report.objects().get(Report.id == payment.report)
        found.append((_("Báo cáo làm căn cứ"), (_("Báo cáo số {number}").format(number=report.number), f"/reports/{report.id}"), "link"))
    if payment.milestone:
        found.append((_("Mốc làm căn cứ"), (await Milestone.objects().get(Milestone.id == payment.milestone)).name))
    if payment.instalment:
        one = await Instalment.objects().get(Instalment.id == payment.instalment)
        found.append((_("Đợt theo hợp đồng"), f"{one.number}. {one.name}"))
    return [*found, *([(_("Số chứng từ"), payment.vouchers)] if payment.vouchers else [])]


@get("/payments/{id:int}/paper")
async def paper(request: Request, id: Id) -> Template:
    """The request on paper; for the fund's money, once approved, the payment order to the treasury (TT 26/2026/TT-BTC Đ15)."""
    payment = await visible(request, id)
    project = await Project.objects().get(Project.id == payment.project)
    organisation = await Organisation.objects().get(Organisation.id == project.lead_organisation)
    kept = await terms.of(project)
    ordered = payment.stream == "fund" and payment.state in (payments.State.APPROVED, payments.State.PAID)
    return page(
        "budget/payment_paper.html", payment=payment, project=project, organisation=organisation, number=payments.number(payment.id),
        ordered=ordered, account=kept.account_number if kept else "", bank=kept.bank if kept else "", amount=show(payment.amount),
        words=in_words(payment.amount), kind=payments.KINDS[payments.Payment.Kind(payment.kind)],
        stream=streams.LABELS[Stream(payment.stream)], issuer=await streams.head(payment.stream, payment.year),
        day=show_on_paper(payment.approved_at if ordered else payment.requested_at),
        people=await names.of([payment.requested_by, payment.approved_by]), back=f"/payments/{id}",
    )


def changes(payment: Payment, here: positions.Position, *, confirming: bool) -> list[tuple]:
    """Before and after: approving holds the amount; confirming moves it out of the treasury."""
    if confirming:
        advance = payment.kind == Payment.Kind.ADVANCE
        before = here.advanced if advance else here.paid
        words = _("Tạm ứng chưa thanh toán") if advance else _("Đã thanh toán")
        return [
            (words, before, before + payment.amount, "money"),
            (_("Đã cam kết, chưa chi"), here.committed_unpaid, here.committed_unpaid - payment.amount, "money"),
        ]
    left = here.payable
    words = _("Nhiệm vụ còn đề nghị được từ «{stream}» {year}").format(stream=streams.label(payment.stream), year=payment.year)
    return [(words, left, left - payment.amount, "money")]


async def next_step(payment: Payment) -> tuple[str, str, str]:
    """Who has to do what now."""
    if payment.state == payments.State.REQUESTED:
        answering = (await streams.names(budget_year(today()))).get(payment.stream, "–")
        return answering, _("Duyệt hoặc từ chối đề nghị"), ""
    if payment.state == payments.State.APPROVED:
        return _("Kế toán thanh toán"), _("Xác nhận Kho bạc đã chi"), ""
    return _("Không ai"), _("Đã chi xong") if payment.state == payments.State.PAID else _("Đề nghị đã khép lại"), "idle"


async def step(request: Request, id: int, shape: type[Form], verb: Callable) -> Template | Redirect:
    payment = await visible(request, id)
    return await submitted(request, shape, partial(verb, payment), shown=partial(shown, request, id), to=f"/payments/{id}")


@post("/payments/{id:int}/approval")
async def approve(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Form, payments.approve)


@post("/payments/{id:int}/refusal")
async def refuse(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Refusal, payments.refuse)


@post("/payments/{id:int}/confirmation")
async def confirm(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Confirmation, payments.confirm)


@post("/payments/{id:int}/return")
async def send_back(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Refusal, payments.send_back)


ROUTES = [payment_list, project_money, ask, payment_page, paper, approve, refuse, confirm, send_back]
