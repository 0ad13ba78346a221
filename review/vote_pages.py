"""Pages of a member's ballot on a topic or a finished project: what is judged, the form of that council, handing in."""

import json
from functools import partial

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from grants.rules.content import PanelKind
from grants.shell.database import rows
from grants.shell.dates import show_hour
from grants.shell.forms import Form, Invalid, MaybeLine, MaybeText, Text, Typed, read
from grants.shell.language import _, either
from grants.shell.text import forbidden
from grants.shell.web import Id, page, see, submitted
from review import matters, product_teams, verdicts
from review.ballots import WHILE, rules_for
from review.matter_tables import Vote
from review.tables import Panel

GRADES = ("excellent", "pass", "fail")


class Sheet(Form):
    review: MaybeText | None = None
    then: MaybeLine = "stay"


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
    """What is judged, the ballot as it stands, and what came of it once it is handed in."""
    vote = await visible(request, id)
    panel = await verdicts.panel_of(vote)
    matter = next(one for one in await matters.of(panel) if one.id == vote.matter)
    return page(
        "review/councils/vote.html", vote=vote, panel=panel, matter=matter, either=either, status=verdicts.status(vote.state),
        verdict=verdicts.verdict(vote.verdict) if vote.verdict else None, taken=panel.state in WHILE,
        form=Typed(json.loads(vote.content) | {"review": vote.review} | form.values, form.errors), fields=await asked(panel, matter),
        reports=await reported(matter) if matter.project else [], saved=show_hour(vote.saved_at) if vote.saved_at else None,
        status_code=status_code, checked=await product_teams.said(panel, matter.id) if matter.project else None,
    )


async def asked(panel: Panel, matter) -> list[dict]:
    """The fields of this council's ballot in their order: name, label, note, kind."""
    if panel.kind == PanelKind.TOPIC.value:
        rules, _scheme = await rules_for(panel.id)
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


@post("/votes/{id:int}/content")
async def save(request: Request, id: Id) -> Template | Redirect:
    """Keep the half-filled ballot; with `then` = give, hand it in."""
    vote = await visible(request, id)
    panel = await verdicts.panel_of(vote)
    matter = next(one for one in await matters.of(panel) if one.id == vote.matter)
    posted = await request.form()
    content, wrong = {}, {}
    for field in await asked(panel, matter):
        typed = str(posted.get(field["name"], "")).strip()
        fits = typed in ("", "pass", "fail") if field["kind"] == "item" else typed in ("", *GRADES) if field["kind"] == "grade" else (
            typed == "" or (typed.isascii() and typed.isdigit() and len(typed) < 10)
        )
        if fits and forbidden(typed) is None:
            content[field["name"]] = typed
        else:
            wrong[field["name"]] = _("Hãy gõ một số nguyên.") if field["kind"] == "number" else _("Giá trị này không có trong danh sách.")
    try:
        form = await read(Sheet, request)
        if wrong:
            raise Invalid({key: str(value) for key, value in posted.items() if isinstance(value, str)}, wrong)
        await verdicts.save(vote, content, review=form.review if vote.assigned_reviewer else None, by=request.user)
        if form.then == "give":
            lacking = await verdicts.gaps(await visible(request, id), panel)
            if lacking:
                raise Invalid(content | {"review": form.review or ""}, lacking)
            await verdicts.give(vote, by=request.user)
    except Invalid as invalid:
        return await vote_page(request, id, invalid, 422)
    return see(f"/votes/{id}")


@post("/votes/{id:int}/refusal")
async def decline(request: Request, id: Id) -> Template | Redirect:
    verb = partial(verdicts.decline, await visible(request, id))
    return await submitted(request, Refusal, verb, shown=partial(vote_page, request, id), to=f"/votes/{id}", at="reason")


ROUTES = [show, save, decline]
