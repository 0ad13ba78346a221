"""Pages of a judge's ballots: the list, the offer, the score form that saves itself, handing in."""

import asyncio
from functools import lru_cache, partial
from typing import Annotated, Literal

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from piccolo.querystring import QueryString
from pydantic import BeforeValidator, Field, ValidationInfo, create_model, field_validator

from grants.people.tables import Person
from grants.proposals.drafts import FORMS, PARTS, SECTIONS, SOURCES
from grants.rules import rules as rule_sets
from grants.rules.content import Rules, Scheme
from grants.shell import files
from grants.shell.changes import Refused, now
from grants.shell.dates import day_of, show_hour
from grants.shell.forms import Form, Invalid, MaybeLine, MaybeText, Typed, nothing, read
from grants.shell.language import N_, _, either
from grants.shell.lists import XLSX, Column, Listing, chosen
from grants.shell.web import Id, Over, attachment, fragment, page, see, submitted
from review import answers, ballots, offline, preliminary, verdicts
from review.ballots import State
from review.papers import Papers, headed, papers
from review.tables import Ballot, Panel

BLIND_TITLE = "(SELECT s.blind_title FROM submission s WHERE s.proposal = ballot.proposal ORDER BY s.number DESC LIMIT 1)"
LIST = Listing(
    name="phieu-danh-gia", table=Ballot, order="-meets_at", href=lambda row: f"/ballots/{row['id']}", extra=[Ballot.id],
    columns=[
        Column("title", N_("Hồ sơ"), QueryString(BLIND_TITLE), "long", sortable=False),
        Column("call", N_("Thông báo"), Ballot.panel.call.code, kind="code"),
        Column("meets_at", N_("Phiên họp"), Ballot.panel.meets_at, kind="time"),
        Column("state", N_("Phiếu của bạn"), Ballot.state, kind="status", says=ballots.status),
        Column("given_at", N_("Nộp lúc"), Ballot.given_at, kind="time"),
        Column("total", N_("Điểm bạn cho"), Ballot.total, kind="number"),
    ],
    filters=[chosen("state", N_("Phiếu"), Ballot.state, lambda: [(state.value, ballots.label(state)) for state in State])],
)


class Answer(Form):
    answer: Literal["accept", "decline", "conflict"]
    reason: MaybeLine = Field(default="", validate_default=True, max_length=300)

    @field_validator("reason")
    @classmethod
    def says_why(cls, reason: str, given: ValidationInfo) -> str:
        if given.data.get("answer") in ("decline", "conflict") and not reason:
            raise ValueError(_("Hãy ghi lý do."))
        return reason


class Filled(Form):
    spreadsheet: UploadFile | None = None


@lru_cache
def sheet_form(scheme: Scheme) -> type[Form]:
    """The form of a scheme: points from 0 to the maximum and a comment for each criterion, and the written review."""
    def points(most: int) -> object:
        return Annotated[Annotated[int, Field(ge=0, le=most)] | None, BeforeValidator(nothing)]

    fields = {f"points_{one.number}": (points(one.most), None) for one in scheme.criteria}
    fields |= {f"comment_{one.number}": (MaybeText, "") for one in scheme.criteria}
    return create_model("Sheet", __base__=Form, review=(MaybeText | None, None), then=(str, "stay"), **fields)


async def visible(request: Request, id: Id) -> Ballot:
    if ballot := await ballots.visible_to(request.user).where(Ballot.id == id).first():
        return ballot
    raise NotFoundException


@get("/ballots")
async def listed(request: Request) -> Response:
    votes = [
        [(either(one["title"], one["title_en"]), f"/votes/{one['id']}"), one["panel"], one["meets_at"], verdicts.status(one["state"])[0]]
        for one in await verdicts.waiting(request.user)
    ]
    return await LIST.answer(request, ballots.seen_by(request.user), "review/ballots/list.html", votes=votes)


@get("/ballots/{id:int}")
async def shown(request: Request, id: Id) -> Template:
    return await ballot_page(request, id)


async def ballot_page(request: Request, id: int, form: Typed | None = None, status_code: int = 200) -> Template:
    """The page of a ballot by its state: the offer, the score form, or what was handed in."""
    ballot = await visible(request, id)
    panel = await Panel.objects().where(Panel.id == ballot.panel).first()
    rules, scheme = await ballots.rules_for(ballot.panel)
    context = {"ballot": ballot, "panel": panel, "status": ballots.status(ballot.state), "criteria": worded(scheme)}
    if ballot.state in (State.OFFERED, State.DECLINED):
        context["papers"] = await papers(ballot, by=request.user)
        return page("review/ballots/offer.html", form=form or Typed(), status_code=status_code, **context)
    context["papers"] = await headed(ballot, names_hidden=rules.panels[panel.kind].names_hidden)
    scores = await ballots.scores_of(ballot)
    context |= {"scores": scores, "taken": panel.state in ballots.WHILE, "tabs": tabs(ballot, "ballot")}
    context |= {"preliminary": await preliminary.of(ballot)}
    if ballot.state == State.GIVEN:
        again = await preliminary.can_score_again(request.user, ballot)
        return page("review/ballots/given.html", again=again, **context)
    standing = as_standing(ballot, scores)
    return page(
        "review/ballots/score.html", form=Typed(standing.values | form.values, form.errors) if form else standing,
        review_due=await review_due(rules, panel) if ballot.assigned_reviewer else None,
        saved=said_saved(ballot, scores, scheme), status_code=status_code, **context,
    )


def worded(scheme: Scheme) -> list[dict]:
    """The criteria in the reader's language."""
    return [
        {"number": one.number, "name": either(one.vi, one.en), "most": one.most, "required": one.comment_required,
         "guidance": either(one.guidance_vi, one.guidance_en)}
        for one in scheme.criteria
    ]


def tabs(ballot: Ballot, here: str) -> list[tuple[str, str, bool]]:
    return [
        (_("Phiếu chấm điểm"), f"/ballots/{ballot.id}", here == "ballot"),
        (_("Hồ sơ"), f"/ballots/{ballot.id}/papers", here == "papers"),
    ]


def as_standing(ballot: Ballot, scores: dict) -> Typed:
    """The form as it was last saved."""
    values = {"review": ballot.review}
    for number, score in scores.items():
        values[f"points_{number}"] = "" if score.points is None else str(score.points)
        values[f"comment_{number}"] = score.comment
    return Typed(values)


def said_saved(ballot: Ballot, scores: dict, scheme: Scheme) -> str | None:
    """When it was saved and how far it is: «10:32 (4/6 tiêu chí, 62 điểm)»."""
    if ballot.saved_at is None:
        return None
    scored = [score.points for score in scores.values() if score.points is not None]
    return _("{time} ({done}/{all} tiêu chí, {total} điểm)").format(
        time=show_hour(ballot.saved_at), done=len(scored), all=len(scheme.criteria), total=sum(scored)
    )


async def review_due(rules: Rules, panel: Panel) -> object | None:
    """The last day for the assigned reviewer's written review, by the rule set's lead time."""
    lead = rules.panels[panel.kind].review_lead
    if lead is None or panel.meets_at is None:
        return None
    return (await rule_sets.calendar()).add_working_days(day_of(panel.meets_at), -lead.value)


async def answered(ballot: Ballot, *, answer: str, reason: str, by: Person) -> None:
    """Accept, decline with a reason, or declare a conflict."""
    if answer == "accept":
        return await ballots.accept(ballot, by=by)
    if answer == "decline":
        return await ballots.decline(ballot, reason=reason, by=by)
    return await ballots.declare_conflict(ballot, fact=reason, by=by)


@post("/ballots/{id:int}/answer")
async def answer(request: Request, id: Id) -> Template | Redirect:
    verb = partial(answered, await visible(request, id))
    return await submitted(request, Answer, verb, shown=partial(answering, request, id), to=f"/ballots/{id}", at="reason")


async def answering(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    """An offer is answered on its own page; who has accepted steps down on another."""
    ballot = await visible(request, id)
    if ballot.state == State.ACCEPTED:
        return page("review/ballots/step_down.html", ballot=ballot, form=form, status_code=status_code)
    return await ballot_page(request, id, form, status_code)


@get("/ballots/{id:int}/answer")
async def step_down_form(request: Request, id: Id) -> Template:
    """Stop judging an application that was accepted."""
    if (await visible(request, id)).state != State.ACCEPTED:
        raise Over(f"/ballots/{id}")
    return await answering(request, id, Typed())


@post("/ballots/{id:int}/rescoring")
async def rescore(request: Request, id: Id) -> Redirect:
    """Take the ballot up again at the session."""
    await preliminary.score_again(await visible(request, id), by=request.user)
    return see(f"/ballots/{id}")


@get("/ballots/{id:int}/papers")
async def readable(request: Request, id: Id) -> Template:
    """The application as the rules let the judge read it."""
    ballot = await visible(request, id)
    found = await opened(ballot, request)
    return page(
        "review/ballots/papers.html", ballot=ballot, papers=found, sections=SECTIONS, tabs=tabs(ballot, "papers"), **tables(found.content),
        answer=await answers.for_judge(ballot.proposal, names_hidden=not found.named),
    )


def tables(content: dict) -> dict[str, list[list]]:
    """The lists of an application as the page prints them."""
    return {
        "products": [[one["name"], _(FORMS[one["form"]]), one["quantity"], one["unit"], one["quality"]] for one in content["products"]],
        "budget": [
            [f"{one['group']}. {one['group_name']}", one["year"], _(SOURCES[one["source"]]), one["requested"], one["note"]]
            for one in content["budget"]
        ],
        "team": [
            [one["full_name"], _(PARTS[one["part"]]), one["months"], one["organisation"] or "–"] for one in content.get("team", ())
        ],
    }


async def opened(ballot: Ballot, request: Request) -> Papers:
    found = await papers(ballot, by=request.user)
    if found is None or not found.whole:
        raise NotFoundException
    return found


@get("/ballots/{id:int}/documents/{document:int}")
async def download(request: Request, id: Id, document: Id) -> Response:
    """A document of the application, if the rules let the judge read it."""
    found = await opened(await visible(request, id), request)
    for kept in found.content.get("documents", ()):
        if kept["id"] == document:
            return attachment(await files.content_of(kept["stored"]), kept["filename"], "application/pdf")
    raise NotFoundException


@post("/ballots/{id:int}/scores")
async def save(request: Request, id: Id) -> Template | Redirect:
    """Keep the half-filled ballot. What cannot be kept comes back at its field; the rest of it is kept all the same."""
    ballot = await visible(request, id)
    _rules, scheme = await ballots.rules_for(ballot.panel)
    shape = sheet_form(scheme)
    try:
        form, invalid = await read(shape, request), None
    except Invalid as found:
        form, invalid = shape.model_validate({k: v for k, v in found.values.items() if k not in found.errors}), found
    try:
        await ballots.save(ballot, **filled(form, scheme), by=request.user)
    except Refused as refused:
        if (await visible(request, id)).state != State.ACCEPTED and not request.headers.get("hx-request"):
            raise  # there is no form any more to give back
        invalid = Invalid(invalid.values if invalid else as_typed(form), {"": str(refused)})
        return await not_kept(request, id, invalid, "", 409)
    if invalid:
        return await not_kept(request, id, invalid, _("Phần còn lại đã lưu lúc {time}.").format(time=show_hour(now())), 422)
    if request.headers.get("hx-request"):
        ballot = await visible(request, id)
        return fragment("review/ballots/_saved.html", saved=said_saved(ballot, await ballots.scores_of(ballot), scheme))
    return see(f"/ballots/{id}/check" if form.then == "check" else f"/ballots/{id}")


def filled(form: Form, scheme: Scheme) -> dict:
    """The form as the verb takes it; a field that was not sent, or was refused, is left as it stands."""
    sent = form.model_fields_set
    return {
        "points": {c.number: getattr(form, f"points_{c.number}") for c in scheme.criteria if f"points_{c.number}" in sent},
        "comments": {c.number: getattr(form, f"comment_{c.number}") for c in scheme.criteria if f"comment_{c.number}" in sent},
        "review": form.review,
    }


def as_typed(form: Form) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in form.model_dump().items()}


async def not_kept(request: Request, id: Id, invalid: Invalid, rest: str, status_code: int) -> Template:
    """The form back as it was typed, or for the autosave one line that says what is wrong."""
    if request.headers.get("hx-request"):
        sentences = [with_place(name, sentence) for name, sentence in invalid.errors.items()]
        return fragment("review/ballots/_not_saved.html", message=" ".join([*sentences, rest]).strip(), status_code=status_code)
    return await ballot_page(request, id, invalid, status_code)


def with_place(name: str, sentence: str) -> str:
    number = name.rpartition("_")[2]
    return _("Tiêu chí {number}: {sentence}").format(number=number, sentence=sentence) if number.isdigit() else sentence


@get("/ballots/{id:int}/check")
async def check(request: Request, id: Id) -> Template:
    """Everything on the ballot once more, what is missing, and the button that hands it in."""
    ballot = await visible(request, id)
    if ballot.state != State.ACCEPTED:
        raise Over(f"/ballots/{id}")
    _rules, scheme = await ballots.rules_for(ballot.panel)
    scores = await ballots.scores_of(ballot)
    found = await papers(ballot, by=request.user)
    return page(
        "review/ballots/check.html", ballot=ballot, papers=found, criteria=worded(scheme), scores=scores,
        gaps=ballots.gaps(ballot, scheme, scores), total=sum(score.points or 0 for score in scores.values()),
    )


@get("/ballots/{id:int}/spreadsheet")
async def spreadsheet(request: Request, id: Id) -> Response:
    """The open ballot to fill in away from the system; masked as the page is."""
    ballot = await open_ballot(request, id)
    panel = await Panel.objects().where(Panel.id == ballot.panel).first()
    _rules, scheme = await ballots.rules_for(ballot.panel)
    title = (await papers(ballot, by=request.user)).title
    content = await asyncio.to_thread(partial(
        offline.written, ballot, title, panel.name, scheme, await ballots.scores_of(ballot), session=panel.state == Panel.State.IN_SESSION
    ))
    return attachment(content, f"phieu-{ballot.id}.xlsx", XLSX)


async def open_ballot(request: Request, id: Id) -> Ballot:
    ballot = await visible(request, id)
    if ballot.state != State.ACCEPTED:
        raise Over(f"/ballots/{id}")
    return ballot


async def taken_over(ballot: Ballot, *, spreadsheet: UploadFile | None, by: Person) -> None:
    """A filled spreadsheet, all of it or nothing."""
    _rules, scheme = await ballots.rules_for(ballot.panel)
    again = await preliminary.of(ballot) is not None
    try:
        filled = await asyncio.to_thread(partial(offline.read, again=again), await offline.content_of(spreadsheet), ballot, scheme)
    except ValueError as problem:
        raise Invalid({}, {"spreadsheet": str(problem)}) from None
    if filled.wrong:
        raise Invalid({}, {"spreadsheet": " ".join(filled.wrong)})
    await ballots.save(ballot, points=filled.points, comments=filled.comments, review=filled.review, by=by)


@post("/ballots/{id:int}/spreadsheet")
async def fill(request: Request, id: Id) -> Template | Redirect:
    verb = partial(taken_over, await open_ballot(request, id))
    return await submitted(request, Filled, verb, shown=partial(ballot_page, request, id), to=f"/ballots/{id}", at="spreadsheet")


@post("/ballots/{id:int}/submission")
async def give(request: Request, id: Id) -> Redirect:
    await ballots.give(await visible(request, id), by=request.user)
    return see(f"/ballots/{id}")


ROUTES = [listed, shown, answer, step_down_form, readable, download, save, spreadsheet, fill, check, give, rescore]
