"""Seats: who sits on a panel as what; a conflict that the records show keeps a person out, and says why."""

from grants.people import people
from grants.people.tables import Person, Role
from grants.rules.content import PanelKind, PanelRule
from grants.shell import mail
from grants.shell.changes import add, changing, now, remove, require
from grants.shell.language import _
from review import conflicts, experts, invitations, matters, opinions, panels, product_teams
from review.matter_tables import Matter, MatterReviewer, Vote
from review.roster_tables import Expert, Nomination
from review.tables import AssignedReviewer, Ballot, Panel, Seat


async def take(panel: Panel, person: Person, part: str, *, by: Person) -> Seat:
    """Give a person of the roster a seat. Refused, with both facts, when a conflict excludes them."""
    await require_nominated(panel, await experts.require_ready(person.id))
    return await seat(panel, person, part, by=by)


async def take_representative(panel: Panel, person: Person, part: str, *, by: Person) -> Seat:
    """Give an agency's or a user's representative a seat where the rules want such; they represent where they hold a post today."""
    require((await panels.rule_of(panel)).representatives, _("Hội đồng này chỉ gồm chuyên gia trong danh sách."))
    post = next((post for post in person.posts if post.role != Role.EXPERT), None)
    require(post, _("{name} chưa được ghi làm việc ở cơ quan, đơn vị nào.").format(name=person.full_name))
    return await seat(panel, person, part, represents=post.organisation, by=by)


async def seat(panel: Panel, person: Person, part: str, *, represents: int | None = None, by: Person) -> Seat:
    """Write a seat down, where there is room and no conflict excludes the person."""
    async with changing(panel, by=by, did="seated", person=person.id, part=str(part)) as panel:
        await panels.require_change(by, panel, _("Không đổi được thành phần hội đồng ở bước này."))
        taken = await Seat.objects().where(Seat.panel == panel.id)
        require(person.id not in {one.person for one in taken}, _("Người này đã là thành viên hội đồng."))
        require_room(await panels.rule_of(panel), [one.part for one in taken], str(part))
        require(
            not await conflicts.objected_to(panel, person.id),
            _("Bỏ phiếu lại là vì xung đột lợi ích của {name}, nên người này không tham gia nữa.").format(name=person.full_name),
        )
        await opinions.locked([person.id])
        require(
            not await opinions.given_on(panel, person.id),
            _("{name} đã được liên hiệp hội cử cho ý kiến độc lập về việc này.").format(name=person.full_name),
        )
        hits = await matters.blocking(panel, {person.id: str(part)})
        require(not hits, _("Không thể mời vào hội đồng vì xung đột lợi ích: {why}").format(why=conflicts.in_words(hits)))
        row = await add(Seat(panel=panel.id, person=person.id, part=part, represents=represents), by=by, did="seated")
        if panel.state == Panel.State.INVITED:
            offering = matters if matters.is_on_matters(panel) else invitations
            await offering.offer(panel, [person.id], by=by)
    return row


async def require_nominated(panel: Panel, expert: Expert) -> None:
    """The federation supplies the experts: a selection panel seats whom it named for the call."""
    named = Nomination.exists().where((Nomination.call == panel.call) & (Nomination.expert == expert.id))
    require(
        panel.kind != PanelKind.SELECTION or await named,
        _("{name} chưa được liên hiệp hội đề cử cho thông báo này.").format(name=expert.person.full_name),
    )


def require_room(rule: PanelRule, taken: list[str], part: str) -> None:
    """The panel has room for one more, in this part."""
    require(
        len(taken) < rule.most_members, _("Hội đồng có nhiều nhất {most} thành viên.").format(most=rule.most_members)
    )
    most = {wanted.seat.value: wanted.most for wanted in rule.seats}.get(part)
    require(
        most is None or taken.count(part) < most,
        _("Đã có {part}.").format(part=panels.part_name(part).lower()),
    )


async def vacate(seat: Seat, *, by: Person, reason: str = "") -> None:
    """Free a seat. After the invitation it needs a reason, and not once the member has handed a ballot in."""
    panel = await Panel.objects().where(Panel.id == seat.panel).first()
    async with changing(panel, by=by, did="vacated", person=seat.person, reason=reason) as panel:
        await panels.require_change(by, panel, _("Không đổi được thành phần hội đồng ở bước này."))
        require(panel.state == Panel.State.FORMING or reason.strip(), _("Hãy ghi lý do thay thành viên đã được mời."))
        ballots = await Ballot.objects().where((Ballot.panel == panel.id) & (Ballot.judge == seat.person))
        require(
            not any(ballot.state == Ballot.State.GIVEN for ballot in ballots),
            _("Thành viên này đã nộp phiếu, không thay được nữa."),
        )
        for ballot in ballots:
            if ballot.state != Ballot.State.DECLINED:
                async with changing(ballot, by=by, did="declined") as ballot:
                    ballot.state, ballot.reason, ballot.answered_at = Ballot.State.DECLINED, reason, now()
        for review in await AssignedReviewer.objects().where(
            (AssignedReviewer.panel == panel.id) & (AssignedReviewer.person == seat.person)
        ):
            await remove(review, by=by, did="unassigned")
        votes = await release_from_matters(panel, seat.person, reason, by=by)
        await remove(seat, by=by, did="vacated", reason=reason)
        if ballots or votes:
            await mail.tell(
                await people.person(seat.person), lambda: _("Bạn không còn là thành viên hội đồng"),
                lambda: _("{panel} đã thay thành viên. Lý do: {reason}").format(panel=panel.name, reason=reason),
            )


async def release_from_matters(panel: Panel, person: int, reason: str, *, by: Person) -> int:
    """Who leaves a council on topics or a project leaves no open ballot and no review there; says how many ballots they had."""
    mine = Vote.matter.is_in(Matter.select(Matter.id).where(Matter.panel == panel.id)) & (Vote.judge == person)
    votes = await Vote.objects().where(mine)
    require(not any(vote.state == Vote.State.GIVEN for vote in votes), _("Thành viên này đã nộp phiếu, không thay được nữa."))
    for vote in votes:
        if vote.state == Vote.State.OPEN:
            async with changing(vote, by=by, did="declined") as vote:
                vote.state, vote.reason = Vote.State.DECLINED, reason
    for one in await MatterReviewer.objects().where(
        MatterReviewer.matter.is_in(Matter.select(Matter.id).where(Matter.panel == panel.id)) & (MatterReviewer.person == person)
    ):
        await remove(one, by=by, did="unassigned")
    await product_teams.release(panel, person, by=by)
    return len(votes)
