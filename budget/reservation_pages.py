"""Pages of reservations: the list, an application's money, and each stream's decision to hold some of it."""

from collections.abc import Callable
from functools import partial

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from budget import awards, ledger, positions, reservations, steps, streams
from budget.tables import Reservation, Stage
from grants.people.people import holds, person, titled
from grants.proposals import proposals
from grants.proposals.tables import Proposal
from grants.rules import sources
from grants.shell import lists
from grants.shell.database import rows
from grants.shell.forms import Form, Text, Typed
from grants.shell.language import N_, _
from grants.shell.web import Id, page, see, submitted

LIST = lists.Listing(
    name="giu-cho",
    table=Reservation,
    columns=[
        lists.Column("proposal", N_("Hồ sơ"), Reservation.proposal.reference, "code"),
        lists.Column("amount", N_("Số tiền"), Reservation.amount, "money", total=True),
        lists.Column("state", N_("Trạng thái"), Reservation.state, "status", says=reservations.status),
        lists.Column("title", N_("Tên hồ sơ"), Reservation.proposal.title, "long", english=Reservation.proposal.title_en),
        lists.Column("stream", N_("Nguồn"), Reservation.stream, "stream", says=streams.badge),
        lists.Column("year", N_("Năm"), Reservation.year, "number", under="stream"),
        lists.Column("made_by", N_("Người đề nghị"), Reservation.made_by.full_name, sort_by=Reservation.made_by.sort_key),
        lists.Column("made_at", N_("Lúc"), Reservation.made_at, "time", under="made_by"),
    ],
    order="-made_at",
    filters=[
        lists.search(Reservation.proposal.folded),
        lists.chosen("state", N_("Trạng thái"), Reservation.state, lambda: [(s.value, reservations.label(s)) for s in reservations.State]),
        lists.chosen("stream", N_("Nguồn"), Reservation.stream, streams.options),
        lists.year("year", N_("Năm ngân sách"), Reservation.year),
    ],
    href=lambda row: f"/reservations/{row['id']}",
    extra=[Reservation.id],
)


class Refusal(Form):
    reason: Text = Field(max_length=500)


async def visible(request: Request, id: int) -> Reservation:
    if found := await reservations.visible_to(request.user).where(Reservation.id == id).first():
        return found
    raise NotFoundException


@get("/reservations")
async def reservation_list(request: Request) -> Response:
    return await LIST.answer(request, reservations.seen_by(request.user), "budget/reservations.html")


@get("/proposals/{id:int}/money")
async def proposal_money(request: Request, id: Id) -> Template:
    """An application's money by year and source: requested, appraised, approved, committed, paid, never mixed."""
    proposal = await proposals.visible_to(request.user).where(Proposal.id == id).first()
    if proposal is None or not holds(request.user, *proposals.SEES_ALL) or await proposals.is_own(request.user, proposal):
        raise NotFoundException
    due, later = await reservations.parts(proposal)
    held = await reservations.of(proposal)
    table = await by_year_and_source(proposal)
    lacking = reservations.lacking(due, held)
    missing = lacking if reservations.can_request(request.user, proposal) else []
    call = await proposals.call_of(proposal)
    return page(
        "budget/proposal_money.html", proposal=proposal, status=proposals.status(proposal.state), tabs=tabs(id),
        table=table, sums=sums(table), later=[[streams.badge(p.stream), p.year, p.amount] for p in later],
        held=[[(streams.label(r.stream), f"/reservations/{r.id}"), r.year, r.amount, reservations.status(r.state), r.reason or "–"]
              for r in held],
        step=await steps.of_proposal(proposal, call, held, bool(lacking), request.user), missing=missing,
        missing_total=sum(part.amount for part in missing), due=due,
        waits=proposal.state in awards.MAY_BE_DECLINED, decision=await awards.of(proposal),
    )  # fmt: skip


def sums(table: list[dict]) -> dict[str, int | None]:
    """The sum of each column; nothing where no line of it has an amount yet, as in the lines above."""
    columns = ("requested", "appraised", "approved", "committed", "spent")
    there = {key: [row[key] for row in table if row[key] is not None] for key in columns}
    return {key: sum(amounts) if amounts else None for key, amounts in there.items()}


def tabs(id: int) -> list[tuple[str, str, bool]]:
    base = f"/proposals/{id}"
    return [
        (_("Hồ sơ"), base, False), (_("Đánh giá"), f"{base}/review", False), (_("Kinh phí"), f"{base}/money", True),
        (_("Lịch sử"), f"{base}/history", False),
    ]


async def by_year_and_source(proposal: Proposal) -> list[dict]:
    """Year by source: what was requested, appraised and approved, from its lines; committed and paid, from the ledger.

    What a line has not come to is None, shown as «–»; an amount of nothing is 0 ₫.
    """
    found = await rows(
        "SELECT year, source, sum(requested)::bigint AS requested, sum(appraised)::bigint AS appraised, "
        "sum(approved)::bigint AS approved FROM budget_line WHERE proposal = $1 GROUP BY year, source ORDER BY year, source",
        proposal.id,
    )
    stands = {(p.year, p.stream): p for p in await positions.positions(proposal=proposal.id)}
    for row in found:
        state = row["source"] in proposals.STATE_SOURCES
        here = stands.get((row["year"], row["source"]), positions.Position(row["source"], row["year"]))
        awarded = state and row["approved"] is not None
        row["label"] = streams.badge(row["source"]) if state else ("", sources.said("own"))
        row["committed"], row["spent"] = (here.committed, here.spent) if awarded else (None, None)
    return found


@post("/proposals/{id:int}/reservations")
async def request_all(request: Request, id: Id) -> Redirect:
    proposal = await proposals.visible_to(request.user).where(Proposal.id == id).first()
    if proposal is None:
        raise NotFoundException
    await reservations.request(proposal, by=request.user)
    return see(f"/proposals/{id}/money")


@get("/reservations/{id:int}")
async def reservation_page(request: Request, id: Id) -> Template:
    return await shown(request, id, Typed())


async def shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    """What is asked, and what holding it leaves in the call's allocation."""
    reservation = await visible(request, id)
    proposal = await Proposal.objects().where(Proposal.id == reservation.proposal).first()
    call = await proposals.call_of(proposal)
    place = (reservation.stream, reservation.year)
    free = await ledger.free(Stage.ALLOCATED, *place, call=call.id)
    here = next((p for p in await positions.positions(call=call.id) if (p.stream, p.year) == place), positions.Position(*place))
    later = proposal.state == Proposal.State.AWARDED
    amount = reservation.amount
    return page(
        "budget/reservation.html", step=await steps.of_reservation(reservation, proposal, call),
        reservation=reservation, proposal=proposal, call=call, stream=streams.badge(reservation.stream),
        status=reservations.status(reservation.state), maker=titled(await person(reservation.made_by)),
        checker=titled(await person(reservation.decided_by)) if reservation.decided_by else None,
        can_approve=await reservations.can_approve(request.user, reservation), free=free, enough=amount <= free, form=form,
        can_free=await reservations.can_free(request.user, reservation, proposal), later=later, changes=[
            (_("Thông báo {code} còn dùng được từ nguồn này").format(code=call.code), free, free - amount, "money"),
            (_("Đã cam kết"), here.committed, here.committed + amount, "money") if later
            else (_("Đang giữ chỗ"), here.reserved, here.reserved + amount, "money"),
        ],
        status_code=status_code,
    )  # fmt: skip


async def step(request: Request, id: int, shape: type[Form], verb: Callable) -> Template | Redirect:
    reservation = await visible(request, id)
    return await submitted(request, shape, partial(verb, reservation), shown=partial(shown, request, id), to=f"/reservations/{id}")


@post("/reservations/{id:int}/approval")
async def approve(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Form, reservations.approve)


@post("/reservations/{id:int}/refusal")
async def refuse(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Refusal, reservations.refuse)


@post("/reservations/{id:int}/release")
async def free(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Refusal, reservations.free)


ROUTES = [reservation_list, proposal_money, request_all, reservation_page, approve, refuse, free]
