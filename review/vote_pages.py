"""Pages of a member's ballot on a topic or a finished project: what is judged, the form of that council, handing in."""

import json
from functools import partial
from types import SimpleNamespace
from typing import Annotated, Literal

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import BeforeValidator, Field, create_model

from grants.people.tables import Person
from grants.rules.content import PanelKind, Rules
from grants.shell.database import rows
from grants.shell.dates import show_hour
from grants.shell.forms import Form, Invalid, MaybeLine, MaybeText, Text, Typed, nothing
from grants.shell.language import _, either
from grants.shell.web import Id, autosaved, page, see, submitted
from review import matters, preliminary, product_teams, verdicts
from review.ballot_pages import review_due
from review.ballots import WHILE, rules_for
from review.matter_tables import Vote
from review.tables import Panel

GRADES = ("excellent", "pass", "fail")
KINDS = {
    "item": (Literal["", "pass", "fail"], ""), "grade": (Literal["", *GRADES], ""),
    "number": (Annotated[Annotated[int, Field(ge=0, lt=1_000_000_000)] | None, BeforeValidator(nothing)], None),
}


class Refusal(Form):
    reason: Text = Field(max_length=500)


async def visible(request: Request, id: int) -> Vote:
    if vote := await verdicts.visible_to(request.user).where(Vote.id == id).first():
        return vote
    raise NotFoundException


@get("/votes/{id:int}")
async def show(request: Request, id: Id) -> Template:
    return await vote_page(request, id, Typed())


async def vote_page(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    """What is judged, the ballot as it stands, what it said before the session, and what came of it once it is handed in."""
    vote = await visible(request, id)
    panel = await verdicts.panel_of(vote)
    rules, _scheme = await rules_for(panel.id)
    matter, writes, kept = await matter_of(vote, panel), verdicts.writes_review(vote, rules, panel.kind), await preliminary.of(vote)
    return page(
        "review/councils/vote.html", vote=vote, panel=panel, matter=matter, either=either, status=verdicts.status(vote.state),
        verdict=verdicts.verdict(vote.verdict) if vote.verdict else None, taken=panel.state in WHILE, writes=writes,
        form=Typed(json.loads(vote.content) | {"review": vote.review} | form.values, form.errors), fields=await asked(panel, matter, rules),
        reports=await reported(matter) if matter.project else [], saved=show_hour(vote.saved_at) if vote.saved_at else None,
        status_code=status_code, checked=await product_teams.said(panel, matter.id) if matter.project else None,
        review_due=await review_due(rules, panel) if writes else None,
        before=verdicts.verdict(kept.verdict)[0] if kept and kept.given_at != vote.given_at else None,
        again=bool(kept) and panel.state == Panel.State.IN_SESSION and await preliminary.can_score_again(request.user, vote),
    )


async def matter_of(vote: Vote, panel: Panel) -> SimpleNamespace:
    return next(one for one in await matters.of(panel) if one.id == vote.matter)


async def asked(panel: Panel, matter: SimpleNamespace, rules: Rules) -> list[dict]:
    """The fields of this council's ballot in their order: name, label, note, kind."""
    if panel.kind == PanelKind.TOPIC.value:
        return [{"name": f"item_{one.code}", "label": either(one.vi, one.en), "note": "", "kind": "item"} for one in rules.topic_items]
    found = []
    for one in await verdicts.ordered(matter):
        found.append({"name": f"quality_{one['id']}", "label": _("Chất lượng: {product}").format(product=one["name"]),
                      "note": one["quality"], "kind": "grade"})
        found.append({"name": f"achieved_{one['id']}", "label": _("Số lượng đạt được: {product}").format(product=one["name"]),
                      "note": _("Đặt hàng {quantity} {unit}.").format(quantity=one["quantity"], unit=one["unit"]), "kind": "number"})
    return [*found, {"name": "report", "label": _("Báo cáo tổng hợp"), "note": "", "kind": "grade"}]


async def reported(matter) -> list[dict]:
    """What the project's accepted reports say was done."""
    return await rows(
        "SELECT number, due, done FROM report WHERE project = $1 AND state = 'accepted' ORDER BY number", matter.project
    )


async def filled(vote: Vote, panel: Panel, *, writes: bool, review: str | None, then: str, by: Person, **content: str | int | None) -> None:
    """Keep the half-filled ballot; with `then` = give, hand it in."""
    said = {name: "" if answer is None else str(answer) for name, answer in content.items()}
    await verdicts.save(vote, said, review=review if writes else None, by=by)
    if then == "give":
        lacking = await verdicts.gaps(await Vote.objects().get(Vote.id == vote.id), panel)
        if lacking:
            raise Invalid(said | {"review": review or ""}, lacking)
        await verdicts.give(vote, by=by)


@post("/votes/{id:int}/content")
async def save(request: Request, id: Id) -> Template | Redirect:
    """The ballot as it is being filled in, also by itself."""
    vote = await visible(request, id)
    panel = await verdicts.panel_of(vote)
    rules, _scheme = await rules_for(panel.id)
    fields = {one["name"]: KINDS[one["kind"]] for one in await asked(panel, await matter_of(vote, panel), rules)}
    shape = create_model("Sheet", __base__=Form, review=(MaybeText | None, None), then=(MaybeLine, "stay"), **fields)
    verb = partial(filled, vote, panel, writes=verdicts.writes_review(vote, rules, panel.kind))
    return await autosaved(request, shape, verb, shown=partial(vote_page, request, id), to=f"/votes/{id}")


@post("/votes/{id:int}/rescoring")
async def score_again(request: Request, id: Id) -> Redirect:
    """Take the ballot up again at the session."""
    await preliminary.score_again(await visible(request, id), by=request.user)
    return see(f"/votes/{id}")


@post("/votes/{id:int}/refusal")
async def decline(request: Request, id: Id) -> Template | Redirect:
    verb = partial(verdicts.decline, await visible(request, id))
    return await submitted(request, Refusal, verb, shown=partial(vote_page, request, id), to=f"/votes/{id}", at="reason")


ROUTES = [show, save, score_again, decline]
