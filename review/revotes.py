"""A vote taken anew: an objection holds, so the application goes back to the same council without the member concerned, or to a new one."""

from datetime import date

from grants.people import people
from grants.people.people import holds, today
from grants.people.tables import Person, Role
from grants.proposals import objections, proposals
from grants.proposals.tables import Objection, Proposal
from grants.rules.content import PanelKind
from grants.shell import mail
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB, rows
from grants.shell.dates import show_date
from grants.shell.language import _, speaking
from review import appraisals, conflicts, overruling, panels
from review.appraisal_tables import Appraiser
from review.revote_tables import Revote, SetAside
from review.tables import AssignedReviewer, Panel, Seat

State = Proposal.State
UNDECIDED = (State.RECOMMENDED, State.NOT_RECOMMENDED, State.APPRAISED)


async def can_order(person: Person, objection: Objection) -> bool:
    """The officer, where the objection stands and touches a vote that was counted and not yet decided on."""
    if objection.settled_at is not None or not holds(person, Role.OFFICER):
        return False
    proposal = await Proposal.objects().get(Proposal.id == objection.proposal)
    return proposal.state in UNDECIDED and await overruling.hit_of(objection) is not None


async def touched(panel: Panel, proposal: int) -> list[dict]:
    """The standings to be set aside: the application's own; and where more passed than there are places, its rivals' too.

    Means of two sessions cannot be set against each other. What failed on its own ballots stays, and so does what is decided.
    """
    return await rows(
        """
        WITH undecided AS (
            SELECT s.id, s.proposal, r.reference,
                (s.steps ->> 'passes')::bool AS passes FROM standing s JOIN proposal r ON r.id = s.proposal
            WHERE s.panel = $1 AND r.state = ANY($3) AND NOT EXISTS (SELECT FROM set_aside a WHERE a.standing = s.id)
        )
        SELECT u.* FROM undecided u WHERE u.proposal = $2 OR (u.passes AND
            (SELECT count(*) FROM standing WHERE panel = $1 AND (steps ->> 'passes')::bool) > (SELECT c.places FROM call c WHERE c.id = $4))
        ORDER BY u.reference, u.id
        """,
        panel.id, proposal, [state.value for state in UNDECIDED], panel.call,
    )


async def named(objection: Objection) -> str:
    """The applications that a vote taken anew would be about, by their references."""
    found = await overruling.hit_of(objection)
    return ", ".join(one["reference"] for one in await touched(found[0], objection.proposal)) if found else ""


async def of(objection: Objection) -> Revote | None:
    return await Revote.objects().where(Revote.objection == objection.id).first()


async def order(
    objection: Objection, *, same_council: bool, decision_number: str, decided_on: date, reason: str, by: Person
) -> Panel:
    """Write down the decision to vote anew. Ballots, count and minutes stay locked; their standings no longer count.

    The new panel is founded by that decision: with the same members but the one concerned, or with nobody yet.
    """
    async with DB.transaction():
        await rows("SELECT 1 FROM objection WHERE id = $1 FOR NO KEY UPDATE", objection.id)
        objection = await Objection.objects().get(Objection.id == objection.id)
        require(holds(by, Role.OFFICER), _("Chỉ cán bộ quản lý nhiệm vụ ghi quyết định bỏ phiếu lại."))
        require(objection.settled_at is None, _("Việc này đã được giải quyết."))
        proposal = await Proposal.objects().get(Proposal.id == objection.proposal)
        await proposals.require_no_part(by, proposal)
        require(await can_order(by, objection), _("Hồ sơ đã được quyết định, hoặc xung đột này không chạm đến phiếu nào."))
        require(decision_number.strip() and reason.strip(), _("Hãy ghi số quyết định và lý do bỏ phiếu lại."))
        require(decided_on <= today(), _("Ngày quyết định không thể ở tương lai."))
        old, _hit = await overruling.hit_of(objection)
        await panels.require_no_part(by, old)
        new = await found(old, decision_number.strip(), decided_on, by=by)
        kept = Revote(
            objection=objection.id, panel=old.id, successor=new.id, same_council=same_council, decision_number=decision_number.strip(),
            decided_on=decided_on, reason=reason.strip(), by=by.id, at=now(),
        )
        await add(kept, by=by, did="ordered")
        for one in await touched(old, proposal.id):
            await add(SetAside(revote=kept.id, standing=one["id"]), by=by, did="set_aside")
            await send_back(one["proposal"], kept, objection.person, by=by)
        if same_council:
            await seat_again(old, new, but=objection.person, by=by)
        await tell_members(old, kept)
    return new


async def found(old: Panel, decision_number: str, decided_on: date, *, by: Person) -> Panel:
    with speaking("vi"):
        name = _("{panel} (bỏ phiếu lại)").format(panel=old.name)
    new = Panel(
        call=old.call, kind=old.kind, repeats=old.id, name=name[:300], decision_number=decision_number, decided_on=decided_on,
        officer=old.officer,
    )
    return await add(new, by=by, did="formed")


async def send_back(proposal: int, kept: Revote, person: int, *, by: Person) -> None:
    """The application is under review again; what was found against its old judges is settled by the decision."""
    await proposals.return_to_review(await Proposal.objects().get(Proposal.id == proposal), by=by)
    with speaking("vi"):
        words = _("Bỏ phiếu lại theo Quyết định số {number} ngày {day}.").format(
            number=kept.decision_number, day=show_date(kept.decided_on)
        )
    for one in await objections.of(proposal):
        if one.settled_at is None:
            await objections.settle(one, reason=words, by=by)
    standing = await appraisals.that_holds(proposal)
    if standing and await Appraiser.exists().where((Appraiser.appraisal == standing.id) & (Appraiser.person == person)):
        async with changing(standing, by=by, did="set_aside") as standing:
            standing.set_aside = True


async def seat_again(old: Panel, new: Panel, *, but: int, by: Person) -> None:
    """The same members in the same seats, and the same reviewers, without the one concerned."""
    for seat in await Seat.objects().where((Seat.panel == old.id) & (Seat.person != but)).order_by(Seat.id):
        row = Seat(panel=new.id, person=seat.person, part=seat.part, represents=seat.represents)
        await add(row, by=by, did="seated")
    before = await conflicts.before(new)
    for one in await AssignedReviewer.objects().where((AssignedReviewer.panel == old.id) & (AssignedReviewer.person != but)).order_by(
        AssignedReviewer.id
    ):
        if one.proposal in before:
            await add(AssignedReviewer(panel=new.id, proposal=one.proposal, person=one.person), by=by, did="assigned")


async def tell_members(old: Panel, kept: Revote) -> None:
    for person in await conflicts.seats_of(old):
        await mail.tell(
            await people.person(person), lambda: _("{panel}: bỏ phiếu lại").format(panel=old.name),
            lambda: _("Theo Quyết định số {number}, kết quả bỏ phiếu của hội đồng đối với một số hồ sơ không còn được dùng. "
                      "Phiếu, kiểm phiếu và biên bản cũ được giữ nguyên.").format(number=kept.decision_number),
            link=f"/panels/{old.id}/session",
        )


async def notices(panel: Panel, *, reasons: bool = False) -> list[dict]:
    """What is said of a vote taken anew, the panel's own or the one it repeats: {words, href, to}.

    `reasons`: with the decision's reason, which may name applicants and is for the offices alone.
    """
    counted = panel.state in (Panel.State.COUNTED, Panel.State.CLOSED)
    if panel.kind != PanelKind.SELECTION or not (counted or panel.repeats):
        return []
    found = await rows(
        """
        SELECT r.*, r.panel = $1 AS own, string_agg(p.reference, ', ' ORDER BY p.reference) AS names FROM revote r
        JOIN set_aside a ON a.revote = r.id JOIN standing s ON s.id = a.standing JOIN proposal p ON p.id = s.proposal
        WHERE r.panel = $1 OR r.successor = $1 GROUP BY r.id ORDER BY r.id
        """,
        panel.id,
    )
    said = {
        True: _("Kết quả đối với {names} không còn được dùng: bỏ phiếu lại theo Quyết định số {number} ngày {day}."),
        False: _("Bỏ phiếu lại đối với {names} theo Quyết định số {number} ngày {day}."),
    }
    return [
        {"words": said[row["own"]].format(
            names=row["names"], number=row["decision_number"], day=show_date(row["decided_on"])) + (f" {row['reason']}" if reasons else ""),
         "href": f"/panels/{row['successor'] if row['own'] else row['panel']}/session",
         "to": _("Xem lần bỏ phiếu lại") if row["own"] else _("Xem lần bỏ phiếu trước")}
        for row in found
    ]
