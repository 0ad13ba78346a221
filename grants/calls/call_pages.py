"""Pages of calls: list, the call itself, drawing up, dry run, publishing, closing; topics."""

from datetime import datetime
from functools import partial
from typing import Literal

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field, ValidationInfo, field_validator

from grants.calls import calls, steps
from grants.calls.tables import AskedDocument, Call, Funding, Programme, Topic
from grants.people import counsels
from grants.people.people import holds, today
from grants.people.tables import Person, Role
from grants.rules import sources as money
from grants.rules.tables import RuleSet
from grants.shell import lists
from grants.shell.changes import now
from grants.shell.database import rows
from grants.shell.forms import Day, Form, Line, MaybeId, MaybeLine, MaybeMoney, MaybeText, Moment, Text, Typed
from grants.shell.language import N_, _, either
from grants.shell.searches import containing_unfolded
from grants.shell.web import Id, Over, page, see, submitted

SCHEMES = {"applied": N_("Đề tài ứng dụng và phát triển công nghệ"), "social": N_("Khoa học xã hội và nhân văn, đề án"),
           "pilot": N_("Dự án sản xuất thử nghiệm")}
TEXTS = ("code", "year", "title", "title_en", "summary", "summary_en", "scheme", "opens_at", "deadline", "ceiling", "most_months",
         "places", "programme", "topic")

LIST = lists.Listing(
    name="thong-bao",
    table=Call,
    columns=[
        lists.Column("code", N_("Mã"), Call.code, "code"),
        lists.Column("title", N_("Tên thông báo"), Call.title, "long", english=Call.title_en),
        lists.Column("year", N_("Năm"), Call.year, "number"),
        lists.Column("state", N_("Trạng thái"), Call.state, "status", says=calls.status),
        lists.Column("deadline", N_("Hạn nộp"), Call.deadline, "time"),
        lists.Column("money", N_("Kinh phí phân bổ"), Call.money, "money", total=True),
    ],
    order="-deadline",
    filters=[
        lists.search(Call.folded),
        lists.chosen("state", N_("Trạng thái"), Call.state, lambda: [(s.value, calls.label(s)) for s in calls.State]),
        lists.year("year", N_("Năm"), Call.year),
    ],
    href=lambda row: f"/calls/{row['id']}",
    extra=[Call.id],
)


class CallForm(Form):
    code: str = Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9Đđ./-]+$")
    year: int = Field(ge=2020, le=2100)
    title: Line
    title_en: MaybeLine = ""
    summary: MaybeText = ""
    summary_en: MaybeText = ""
    scheme: Literal["applied", "social", "pilot"]
    opens_at: Moment
    deadline: Moment
    ceiling: MaybeMoney = None
    most_months: MaybeId = None
    places: MaybeId = None
    programme: MaybeId = None
    topic: MaybeId = None
    ceiling_capital: MaybeMoney = None
    ceiling_recurrent: MaybeMoney = None
    ceiling_fund: MaybeMoney = None

    @field_validator("deadline")
    @classmethod
    def after_opening(cls, deadline: datetime, typed: ValidationInfo) -> datetime:
        if "opens_at" in typed.data and deadline <= typed.data["opens_at"]:
            raise ValueError(_("Hạn nộp phải sau ngày mở."))
        return deadline


def by_source(typed: dict) -> dict:
    """The form's words with the most that one application may ask of each source under one name."""
    return {name: value for name, value in typed.items() if not name.startswith("ceiling_")} | {
        "ceilings": {source: typed[f"ceiling_{source}"] for source in calls.SOURCES}
    }




class TopicForm(Form):
    title: Line
    title_en: MaybeLine = ""
    need: Text
    required_results: MaybeText = ""
    programme: MaybeId = None


class TopicDecision(Form):
    decision_number: Line = Field(max_length=60)
    decided_on: Day


async def visible(request: Request, id: int) -> Call:
    if call := await calls.visible_to(request.user).where(Call.id == id).first():
        return call
    raise NotFoundException


@get("/calls")
async def call_list(request: Request) -> Response:
    return await LIST.answer(request, calls.seen_by(request.user), "calls/list.html", can_draft=calls.can_draft(request.user))


@get("/calls/new")
async def new_call() -> Template:
    return await call_form(Typed({"year": str(today().year), "scheme": "applied"}))


async def call_form(form: Typed, status_code: int = 200, *, call: Call | None = None) -> Template:
    programmes = await Programme.select(Programme.id, Programme.name, Programme.name_en).order_by(lists.vietnamese(Programme.name))
    approved = Topic.select(Topic.id, Topic.title, Topic.title_en).where(Topic.state == Topic.State.APPROVED)
    topics = await approved.order_by(lists.vietnamese(Topic.title))
    none = [("", _("Không chọn"))]
    return page(
        "calls/form.html", form=form, call=call, status_code=status_code, sources=[(f"ceiling_{s}", money.said(s)) for s in calls.SOURCES],
        schemes=[(code, _(words)) for code, words in SCHEMES.items()],
        programmes=none + [(str(p["id"]), either(p["name"], p["name_en"])) for p in programmes],
        topics=none + [(str(t["id"]), either(t["title"], t["title_en"])) for t in topics],
    )


@post("/calls")
async def draft(request: Request) -> Template | Redirect:
    return await submitted(request, CallForm, drawn_up, shown=call_form, to=lambda call: f"/calls/{call.id}")


async def drawn_up(*, by: Person, programme: int | None, topic: int | None, **typed) -> Call:
    return await calls.draft(by=by, programme=await one(Programme, programme), topic=await one(Topic, topic), **by_source(typed))


async def one(table, id: int | None):
    return await table.objects().where(table.id == id).first() if id else None


@get("/calls/{id:int}")
async def call_page(request: Request, id: Id) -> Template:
    call = await visible(request, id)
    pinned = await calls.rules_of(call)
    rule_set = await RuleSet.select(RuleSet.id, RuleSet.name, RuleSet.name_en).where(RuleSet.id == call.rule_set).first()
    counted = await rows("SELECT state, count(*) AS n FROM proposal WHERE call = $1 AND state <> 'draft' GROUP BY state", call.id)
    keeps = holds(request.user, Role.OFFICER)
    lacking = calls.missing_for_publication(call, pinned, on=now()) if keeps else []
    by_state = {row["state"]: row["n"] for row in counted}
    funding = await calls.funding_of(call)
    return page(
        "calls/show.html", call=call, counsels=await counsels.of("call", call.id, by=request.user),
        status=calls.status(call.state), scheme=pinned.scheme(call.scheme), rule_set=rule_set,
        asked=await AskedDocument.objects().where(AskedDocument.call == call.id).order_by(AskedDocument.id),
        handed_in=sum(row["n"] for row in counted), keeps=keeps, can_change=calls.can_change(request.user, call),
        missing=lacking, ceilings=ceilings(funding),
        step=await steps.next_step(call, request.user, lacking=lacking, counted=by_state, pinned=pinned),
        applies=calls.is_open(call) and calls.may_apply(request.user),
        criteria=[[f"{c.number}. {either(c.vi, c.en)}", c.most] for c in pinned.scheme(call.scheme).criteria],
        past=bool(call.deadline and call.deadline < now()), links=links(request.user, call),
    )


def ceilings(funding: dict[str, Funding]) -> list[tuple[str, int, str]]:
    """The most one application may ask of each source, where the call says so."""
    limited = [funding[source] for source in calls.SOURCES if source in funding and funding[source].ceiling]
    return [(_("Tối đa từ {source}").format(source=money.said(one.source)), one.ceiling, "money") for one in limited]


OFFICES = (Role.OFFICER, Role.LEADER, Role.FINANCE, Role.AUDITOR)


def links(person: Person, call: Call) -> list[tuple[str, str]]:
    """Where the work on a call goes on in other rooms, as far as the person may go there."""
    here = f"/calls/{call.id}"
    found = []
    if call.opened_on and holds(person, Role.OFFICER, Role.LEADER, Role.AUDITOR):
        found.append((_("Phiên mở hồ sơ"), f"{here}/opening"))
    if call.opened_on and holds(person, Role.ASSOCIATION, Role.OFFICER, Role.LEADER, Role.AUDITOR):
        found.append((_("Đề cử chuyên gia"), f"{here}/nominations"))
    if holds(person, *OFFICES):
        found += [(_("Kinh phí của thông báo"), f"{here}/allocations"), (_("Hồ sơ của thông báo"), f"/proposals?call={call.id}")]
    return found


@get("/calls/{id:int}/edition")
async def revise_form(request: Request, id: Id) -> Template:
    call = await visible(request, id)
    if not calls.can_change(request.user, call):
        raise Over(f"/calls/{id}")
    limits = {f"ceiling_{source}": one.ceiling for source, one in (await calls.funding_of(call)).items()}
    return await call_form(Typed({name: getattr(call, name) for name in TEXTS} | limits), call=call)


@post("/calls/{id:int}/edition")
async def revise(request: Request, id: Id) -> Template | Redirect:
    call = await visible(request, id)

    async def say(*, by: Person, scheme: str, **typed) -> None:  # the criteria stay those it was drawn up with
        await calls.revise(call, by=by, **by_source(typed))

    return await submitted(request, CallForm, say, shown=partial(call_form, call=call), to=f"/calls/{id}")


@post("/calls/{id:int}/documents/{asked:int}")
async def require_document(request: Request, id: Id, asked: Id) -> Redirect:
    call = await visible(request, id)
    wanted = await AskedDocument.objects().where((AskedDocument.id == asked) & (AskedDocument.call == id)).first()
    if wanted is None:
        raise NotFoundException
    chosen = (await request.form()).get("need")
    if chosen == "drop":
        await calls.drop_document(call, wanted, by=request.user)
    else:
        await calls.require_document(call, wanted, required=chosen == "required", by=request.user)
    return see(f"/calls/{id}")


@post("/calls/{id:int}/dry-run")
async def try_out(request: Request, id: Id) -> Redirect:
    await calls.try_out(await visible(request, id), by=request.user)
    return see(f"/calls/{id}")


@post("/calls/{id:int}/draft")
async def take_back(request: Request, id: Id) -> Redirect:
    await calls.take_back(await visible(request, id), by=request.user)
    return see(f"/calls/{id}")


@post("/calls/{id:int}/publication")
async def publish(request: Request, id: Id) -> Redirect:
    await calls.publish(await visible(request, id), by=request.user)
    return see(f"/calls/{id}")


@post("/calls/{id:int}/cancellation")
async def cancel(request: Request, id: Id) -> Redirect:
    await calls.cancel(await visible(request, id), by=request.user)
    return see(f"/calls/{id}")


@post("/calls/{id:int}/closing")
async def close(request: Request, id: Id) -> Redirect:
    await calls.close(await visible(request, id), by=request.user)
    return see(f"/calls/{id}")


TOPICS = {
    Topic.State.SUGGESTED: (N_("Đề xuất"), "progress"),
    Topic.State.APPROVED: (N_("Đã phê duyệt"), "good"),
    Topic.State.REFUSED: (N_("Không phê duyệt"), "bad"),
}


def topic_status(state: str) -> tuple[str, str]:
    words, tone = TOPICS[Topic.State(state)]
    return _(words), tone


TOPIC_LIST = lists.Listing(
    name="danh-muc-nhiem-vu",
    table=Topic,
    columns=[
        lists.Column("title", N_("Tên nhiệm vụ"), Topic.title, "long", english=Topic.title_en),
        lists.Column("proposer", N_("Nơi đề xuất"), Topic.proposer.name),
        lists.Column("state", N_("Trạng thái"), Topic.state, "status", says=topic_status),
        lists.Column("decision_number", N_("Quyết định số"), Topic.decision_number),
        lists.Column("decided_on", N_("Ngày"), Topic.decided_on, "date"),
    ],
    order="title",
    filters=[
        lists.search((Topic.title, Topic.title_en), containing_unfolded),
        lists.chosen("state", N_("Trạng thái"), Topic.state, lambda: [(s.value, topic_status(s)[0]) for s in Topic.State]),
    ],
    href=lambda row: f"/topics/{row['id']}",
    extra=[Topic.id],
)


@get("/topics")
async def topic_list(request: Request) -> Response:
    return await TOPIC_LIST.answer(request, None, "calls/topics.html")


@get("/topics/new")
async def new_topic() -> Template:
    return await topic_form(Typed())


async def topic_form(form: Typed, status_code: int = 200) -> Template:
    programmes = await Programme.select(Programme.id, Programme.name, Programme.name_en).order_by(lists.vietnamese(Programme.name))
    return page(
        "calls/topic_form.html", form=form, status_code=status_code,
        programmes=[("", _("Không chọn")), *((str(p["id"]), either(p["name"], p["name_en"])) for p in programmes)],
    )


@post("/topics")
async def suggest(request: Request) -> Template | Redirect:
    return await submitted(request, TopicForm, calls.suggest_topic, shown=topic_form, to=lambda topic: f"/topics/{topic.id}")


async def topic_of(id: int) -> Topic:
    if topic := await one(Topic, id):
        return topic
    raise NotFoundException


@get("/topics/{id:int}")
async def topic_page(request: Request, id: Id) -> Template:
    return await topic_shown(request, id, Typed())


async def topic_shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    topic = await topic_of(id)
    decides = holds(request.user, Role.LEADER) and topic.state == Topic.State.SUGGESTED
    return page(
        "calls/topic.html", step=steps.of_topic(topic),
        topic=topic, status=topic_status(topic.state), form=form, decides=decides, status_code=status_code,
        counsels=await counsels.of("topic", topic.id, by=request.user),
    )


@post("/topics/{id:int}/approval")
async def approve_topic(request: Request, id: Id) -> Template | Redirect:
    approve, again = partial(calls.approve_topic, await topic_of(id)), partial(topic_shown, request, id)
    return await submitted(request, TopicDecision, approve, shown=again, to=f"/topics/{id}")


ROUTES = [
    call_list, new_call, draft, call_page, revise_form, revise, require_document, try_out, take_back, publish, cancel, close,
    topic_list, new_topic, suggest, topic_page, approve_topic,
]

