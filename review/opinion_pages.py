"""Pages of the federation's opinions: the list, the request, one opinion with each step, its documents, and those on a thing."""

import json
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Literal

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from grants.people import counsels, people
from grants.people.people import holds, titled, today
from grants.people.tables import Person
from grants.shell import files, lists
from grants.shell.database import rows
from grants.shell.dates import show_deadline
from grants.shell.forms import Day, Form, Invalid, Line, MaybeLine, Text, Typed, Whole, as_typed
from grants.shell.language import N_, _, either, language
from grants.shell.text import like_pattern
from grants.shell.web import Id, attachment, page, submitted
from review import opinions
from review.opinion_tables import Opinion

LIST = lists.Listing(
    name="y-kien-lien-hiep-hoi",
    table=Opinion,
    columns=[
        lists.Column("id", N_("Số"), Opinion.id, "code", says=opinions.number),
        lists.Column("subject", N_("Về"), Opinion.subject, "long"),
        lists.Column("kind", N_("Loại"), Opinion.kind, says=opinions.kind_label, under="subject"),
        lists.Column("state", N_("Trạng thái"), Opinion.state, "status", says=opinions.status),
        lists.Column("due", N_("Hạn"), Opinion.due, "date"),
        lists.Column("conclusion", N_("Kết luận"), Opinion.conclusion, "status",
                     says=lambda code: counsels.conclusion(code) if code else ("–", "neutral")),
        lists.Column("number", N_("Số văn bản"), Opinion.number),
        lists.Column("dated", N_("Ngày"), Opinion.dated, "date", under="number"),
    ],
    order="-id",
    filters=[
        lists.Filter("q", N_("Về"), lambda typed: Opinion.subject.ilike(like_pattern(typed[:60].replace("\0", "")))),
        lists.chosen("state", N_("Trạng thái"), Opinion.state, lambda: [(s.value, opinions.status(s)[0]) for s in opinions.State]),
        lists.chosen("kind", N_("Loại"), Opinion.kind, lambda: kinds()),
        lists.chosen("conclusion", N_("Kết luận"), Opinion.conclusion, lambda: concluding()),
    ],
    href=lambda row: f"/opinions/{row['id']}",
)


def kinds() -> list[tuple[str, str]]:
    return [(kind.value, opinions.kind_label(kind)) for kind in opinions.Kind]


def concluding() -> list[tuple[str, str]]:
    return [(code, counsels.conclusion(code)[0]) for code in counsels.CONCLUSIONS]


class Asking(Form):
    kind: Literal["advice", "critique", "assessment"]
    about: Line = Field(max_length=30)
    paper: MaybeLine = Field(default="", max_length=500)
    question: Text
    due: Day
    given: object = None


class Naming(Form):
    members: list[Whole] = []
    head: Whole = 0


class Refusal(Form):
    reason: Text = Field(max_length=500)


class Filing(Form):
    number: Line = Field(max_length=60)
    dated: Day
    conclusion: Literal["agree", "agree_if", "disagree"]
    words: Text
    document: object = None


async def visible(request: Request, id: int) -> Opinion:
    if found := await opinions.visible_to(request.user).where(Opinion.id == id).first():
        return found
    raise NotFoundException


async def kept_as(name: str, file: object, said: dict) -> files.Kept:
    """The uploaded PDF; Invalid at its field, with everything typed, where it is none."""
    try:
        return await files.keep_pdf(file)
    except ValueError as problem:
        raise Invalid({key: as_typed(value) for key, value in said.items()}, {name: str(problem)}) from None


@get("/opinions")
async def index(request: Request) -> Response:
    return await LIST.answer(request, opinions.seen_by(request.user), "review/opinions/list.html", can_ask=opinions.can_ask(request.user))


# --- the request ---

@get("/opinions/new")
async def new(request: Request) -> Template:
    """The request; a page of a thing brings its «about» along."""
    return await asking(Typed({"about": request.query_params.get("about", "")[:30], "kind": "critique"}))


async def asking(form: Typed, status_code: int = 200) -> Template:
    found = await rows(
        """
        (SELECT 'topic:' || id AS code, title, coalesce(nullif(title_en, ''), title) AS title_en, 1 AS place FROM topic
            WHERE state = 'suggested' ORDER BY id DESC LIMIT 60)
        UNION ALL (SELECT 'call:' || id, code || ' ' || title, code || ' ' || coalesce(nullif(title_en, ''), title), 2 FROM call
            WHERE state <> 'closed' ORDER BY id DESC LIMIT 60)
        UNION ALL (SELECT 'proposal:' || p.id, p.reference || ' ' || p.title,
            p.reference || ' ' || coalesce(nullif(p.title_en, ''), p.title), 3 FROM proposal p
            WHERE p.state = ANY($1) ORDER BY p.id DESC LIMIT 200)
        UNION ALL (SELECT 'project:' || id, code || ' ' || title, code || ' ' || coalesce(nullif(title_en, ''), title), 4 FROM project
            WHERE state IN ('awarded', 'running', 'suspended', 'evaluated') ORDER BY id DESC LIMIT 200)
        ORDER BY place, 1 DESC
        """,
        [state.value for state in opinions.ASKABLE],
    )
    names = {1: _("Đề xuất"), 2: _("Thông báo"), 3: _("Hồ sơ"), 4: _("Nhiệm vụ")}
    things = [(row["code"], f"{names[row['place']]}: {either(row['title'], row['title_en'])}") for row in found]
    return page(
        "review/opinions/new.html", form=form, kinds=kinds(), status_code=status_code,
        things=[("", _("Chọn đối tượng")), ("paper:", _("Một văn bản, chính sách (ghi tên ở dưới)")), *things],
    )


async def asked(*, given: object, by: Person, **said) -> Opinion:
    upload = given if getattr(given, "filename", "") else None
    return await opinions.ask(given=await kept_as("given", upload, said) if upload else None, by=by, **said)


@post("/opinions")
async def ask(request: Request) -> Template | Redirect:
    return await submitted(request, Asking, asked, shown=asking, to=lambda row: f"/opinions/{row.id}", at="about")


# --- one opinion ---

@get("/opinions/{id:int}")
async def one(request: Request, id: Id) -> Template:
    return await shown(request, id, Typed())


async def shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    row, user = await visible(request, id), request.user
    named = await experts_of(row)
    answers = opinions.can_answer(user, row)
    office = holds(user, *opinions.SEES)
    return page(
        "review/opinions/show.html", row=row, number=opinions.number(row.id), status=opinions.status(row.state), form=form,
        kind=opinions.kind_label(row.kind), given_by=named, asker=titled(await people.person(row.asked_by)), step=next_step(row),
        thing=thing_of(row) if office else None, sees_ties=office or not opinions.is_blind(row), status_code=status_code,
        conclusion=counsels.conclusion(row.conclusion) if row.conclusion else None, conclusions=concluding(),
        roster=await roster(row) if answers else [], can_answer=answers, can_file=opinions.can_file(user, row),
        can_receive=opinions.can_receive(user, row),
        named_form=form if form.errors else Typed({
            "members": [str(one.person) for one in named], "head": next((str(one.person) for one in named if one.leads), ""),
        }),
    )


async def experts_of(row: Opinion) -> list[SimpleNamespace]:
    """Who gives it: name, whether they lead, what ties them without excluding."""
    found = await rows(
        "SELECT e.person, e.leads, e.ties, w.full_name, w.degree, w.academic_rank FROM opinion_expert e JOIN person w ON w.id = e.person "
        "WHERE e.opinion = $1 ORDER BY e.leads DESC, w.sort_key, e.id", row.id,
    )
    return [SimpleNamespace(person=one["person"], leads=one["leads"], ties=json.loads(one["ties"]), name=titled(SimpleNamespace(**one)))
            for one in found]


async def roster(row: Opinion) -> list[tuple[str, str, str]]:
    """Whom the federation may name, each with what ties them: in full, or only of what kind where applicants stay unnamed."""
    found = await rows(
        "SELECT e.person, p.full_name, p.academic_rank, p.degree, o.short_name FROM expert e JOIN person p ON p.id = e.person "
        "JOIN organisation o ON o.id = e.association WHERE e.retired_on IS NULL AND e.consented_at IS NOT NULL ORDER BY p.sort_key, e.id"
    )
    tied = await opinions.ties(row, [one["person"] for one in found])
    return [
        (str(one["person"]), f"{titled(SimpleNamespace(**one))} – {one['short_name']}", note(row, tied.get(one["person"], [])))
        for one in found
    ]


def note(row: Opinion, tied: list[opinions.Tied]) -> str:
    said = "; ".join(dict.fromkeys(one.kind if opinions.is_blind(row) else one.words for one in tied))
    if not said:
        return ""
    return (_("Không cử được: {why}") if any(one.excludes for one in tied) else _("Lưu ý: {why}")).format(why=said)


def thing_of(row: Opinion) -> tuple[str, str] | None:
    """Where the thing itself is looked at, for the offices."""
    for what, path in (("topic", "/topics/{}"), ("call", "/calls/{}"), ("proposal", "/proposals/{}/review"), ("project", "/projects/{}")):
        if id := getattr(row, what):
            return row.subject, path.format(id)
    return None


def next_step(row: Opinion) -> tuple[str, str, str, str]:
    """Who has to do what now, by when."""
    by, late = show_deadline(row.due, language()), "late" if row.due < today() else ""
    if row.state == opinions.State.REQUESTED:
        return _("Liên hiệp hội"), _("Nhận và cử chuyên gia, hoặc từ chối"), by, late
    if row.state == opinions.State.ACCEPTED:
        return _("Liên hiệp hội"), _("Nộp văn bản ý kiến"), by, late
    if row.state == opinions.State.FILED:
        return _("Cán bộ quản lý nhiệm vụ"), _("Tiếp nhận ý kiến"), "", ""
    return _("Không ai"), opinions.status(row.state)[0], "", "idle"


async def step(request: Request, id: int, shape: type[Form], verb: Callable, at: str = "") -> Template | Redirect:
    done = partial(verb, await visible(request, id))
    return await submitted(request, shape, done, shown=partial(shown, request, id), to=f"/opinions/{id}", at=at)


@post("/opinions/{id:int}/acceptance")
async def accept(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Naming, opinions.accept, "members")


@post("/opinions/{id:int}/refusal")
async def decline(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Refusal, opinions.decline, "reason")


async def filed(row: Opinion, *, document: object, by: Person, **said) -> None:
    await opinions.file(row, kept=await kept_as("document", document, said), by=by, **said)


@post("/opinions/{id:int}/document")
async def file(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Filing, filed)


@post("/opinions/{id:int}/receipt")
async def receive(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Form, opinions.receive)


@get("/opinions/{id:int}/document")
async def document(request: Request, id: Id) -> Response:
    """The opinion as it was signed."""
    row = await visible(request, id)
    if not row.stored:
        raise NotFoundException
    return attachment(await files.content_of(row.stored), row.filename, "application/pdf")


@get("/opinions/{id:int}/enclosure")
async def enclosure(request: Request, id: Id) -> Response:
    """What the officer sent along."""
    row = await visible(request, id)
    if not row.given_stored:
        raise NotFoundException
    return attachment(await files.content_of(row.given_stored), row.given_filename, "application/pdf")


ROUTES = [index, new, ask, one, accept, decline, file, receive, document, enclosure]
