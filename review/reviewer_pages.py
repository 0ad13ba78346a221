"""Pages of a panel's applications: who reviews which in depth."""

from functools import partial

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template

from grants.proposals import proposals
from grants.rules.content import Seat as Sits
from grants.shell.database import rows
from grants.shell.forms import Form, Typed, Whole
from grants.shell.language import _, either
from grants.shell.web import Id, page, see, submitted
from review import conflicts, panels, reviewers
from review.panel_pages import around, visible
from review.tables import Panel, Seat


class Reviewing(Form):
    reviewers: list[Whole] = []


async def with_applications(request: Request, id: int) -> Panel:
    """The panel for those who may see its applications and conflicts; for others, and where it has none, there is nothing here."""
    panel = await visible(request, id)
    if not panels.can_see_applications(request.user) or panel.call is None:
        raise NotFoundException
    return panel


@get("/panels/{id:int}/applications")
async def applications(request: Request, id: Id) -> Template:
    """What the panel judges, with where each stands: nothing for whoever has a part in one."""
    panel = await with_applications(request, id)
    found = await rows(
        """
        SELECT p.id, p.reference, p.title, p.title_en, p.state, p.requested_state, o.name AS organisation,
               coalesce(f.name, '–') AS field, coalesce(f.name_en, '–') AS field_en
        FROM proposal p LEFT JOIN organisation o ON o.id = p.lead_organisation LEFT JOIN field f ON f.code = p.field
        WHERE p.id = ANY($1) ORDER BY p.reference, p.id
        """,
        await conflicts.before(panel),
    )
    names = {one.person: one.name for one in await panels.members(panel)}
    held, needed = await reviewers.of_panel(panel), (await panels.rule_of(panel)).reviewers_per_application
    return page(
        "review/panels/applications.html", **around(request, panel, "applications"), label=proposals.status, either=either,
        found=[row | {"reviewers": [names[one] for one in held.get(row["id"], ()) if one in names]} for row in found],
        lacking=any(len(held.get(row["id"], ())) < needed for row in found),
    )


@post("/panels/{id:int}/reviewers")
async def share_out(request: Request, id: Id) -> Redirect:
    await reviewers.share_out(await with_applications(request, id), by=request.user)
    return see(f"/panels/{id}/applications")


@get("/panels/{id:int}/applications/{proposal:int}/reviewers")
async def reviewing(request: Request, id: Id, proposal: Id) -> Template:
    return await naming_reviewers(request, id, proposal)


async def naming_reviewers(request: Request, id: int, proposal: int, form: Typed | None = None, status_code: int = 200) -> Template:
    panel = await with_applications(request, id)
    if proposal not in await conflicts.before(panel):
        raise NotFoundException
    held = (await reviewers.of_panel(panel)).get(proposal, ()) if form is None else ()
    sitting = [one for one in await panels.members(panel) if one.part == Seat.Part.MEMBER]
    hits = await conflicts.of_panel(panel, {one.person: Sits.REVIEWER.value for one in sitting})
    options = []
    for one in sitting:
        against = [conflicts.explain(hit) for hit, waived in hits if hit.person == one.person and hit.proposal == proposal and not waived]
        said = " ".join([_("Đang phản biện {count} hồ sơ của hội đồng này.").format(count=one.reviewing), *against])
        options.append((str(one.person), one.name, said))
    subject = (await rows("SELECT reference, title, title_en FROM proposal WHERE id = $1", proposal))[0]
    return page(
        "review/panels/reviewers.html", form=form or Typed({"reviewers": [str(one) for one in held]}), status_code=status_code,
        options=options, proposal=proposal, subject=subject,
        needed=(await panels.rule_of(panel)).reviewers_per_application, **around(request, panel, "applications"),
    )


@post("/panels/{id:int}/applications/{proposal:int}/reviewers")
async def assign(request: Request, id: Id, proposal: Id) -> Template | Redirect:
    verb = partial(reviewers.assign, await with_applications(request, id), proposal)
    again = partial(naming_reviewers, request, id, proposal)
    return await submitted(request, Reviewing, verb, shown=again, to=f"/panels/{id}/applications", at="reviewers")


ROUTES = [applications, share_out, reviewing, assign]
