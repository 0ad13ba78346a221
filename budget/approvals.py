"""Who must approve a payment: the stream's finance officer, and above the thresholds in force the posts that they name.

Thresholds are data with a period (a province's own rule of spending); none is shipped. Amounts are đồng.
"""

from datetime import date

from budget import streams
from budget.payment_tables import Approval, Threshold
from budget.tables import Payment
from grants.people.people import holds, today
from grants.people.tables import Person, Role
from grants.shell.changes import add, changing, now, require
from grants.shell.language import _
from grants.shell.money import show
from grants.shell.text import fold


def can_set(person: Person) -> bool:
    return holds(person, Role.ADMIN)


async def in_force(payment: Payment) -> list[Threshold]:
    """The thresholds that this payment's amount passes today, lowest first."""
    day = today()
    found = await Threshold.objects().where(
        (Threshold.over < payment.amount) & (Threshold.valid_from <= day) & Threshold.stream.is_in(["", str(payment.stream)])
    ).order_by(Threshold.over).order_by(Threshold.id)
    return [one for one in found if one.valid_to is None or one.valid_to >= day]


async def given(payment: Payment) -> list[Approval]:
    return await Approval.objects().where(Approval.payment == payment.id).order_by(Approval.id)


async def missing(payment: Payment, there: list[Approval]) -> list[Threshold | None]:
    """What is still to be approved beside the approvals that are there: None for the ordinary approval, then the thresholds."""
    passed = {one.threshold for one in there}
    wanted: list[Threshold | None] = [None, *await in_force(payment)]
    return [one for one in wanted if (one.id if one else None) not in passed]


def holds_post(person: Person, threshold: Threshold) -> bool:
    """Whether one of the person's finance posts begins with the words of the threshold («Trưởng phòng»)."""
    wanted = fold(threshold.post)
    return any(post.role == Role.FINANCE and fold(post.position).startswith(wanted) for post in person.posts)


def next_for(person: Person, wanted: list[Threshold | None]) -> Threshold | None | bool:
    """Which of the missing approvals the person may give: the post's own first, None for the ordinary one, False for neither."""
    return next((one for one in wanted if one and holds_post(person, one)), None if None in wanted else False)


async def can_give(person: Person, payment: Payment) -> bool:
    """The stream's finance officer who has not approved it yet and holds a post that is still missing."""
    if not await streams.can_approve(person, payment.stream):
        return False
    there = await given(payment)
    if person.id in {one.by for one in there}:
        return False
    return next_for(person, await missing(payment, there)) is not False


async def give(payment: Payment, *, by: Person) -> bool:
    """Add the person's approval; says whether it was the last one. Called under the payment's lock."""
    there = await given(payment)
    require(by.id not in {one.by for one in there}, _("Bạn đã duyệt khoản này; cần một người khác duyệt tiếp."))
    wanted = await missing(payment, there)
    step = next_for(by, wanted)
    require(
        step is not False,
        _("Khoản trên {over} còn cần người giữ chức vụ «{post}» duyệt.").format(
            over=show(wanted[0].over) if wanted and wanted[0] else "", post=wanted[0].post if wanted and wanted[0] else ""
        ),
    )
    await add(Approval(payment=payment.id, threshold=step.id if step else None, by=by.id, at=now()), by=by, did="approved")
    return len(wanted) == 1


async def set_threshold(*, stream: str, over: int, post: str, basis: str, since: date, unverified: bool = True, by: Person) -> Threshold:
    """From a day on, payments of more than `over` đồng need the approval of this post as well."""
    require(can_set(by), _("Chỉ quản trị hệ thống mới đặt ngưỡng duyệt, theo quy chế chi tiêu."))
    require(since >= today(), _("Ngưỡng có hiệu lực từ hôm nay trở đi."))
    row = Threshold(stream=stream, over=over, post=post, basis=basis, unverified=unverified, valid_from=since)
    return await add(row, by=by, did="set")


async def end_threshold(threshold: Threshold, *, on: date, by: Person) -> None:
    """The threshold holds until this day."""
    require(can_set(by), _("Chỉ quản trị hệ thống mới đặt ngưỡng duyệt, theo quy chế chi tiêu."))
    require(on >= max(today(), threshold.valid_from), _("Ngày hết hiệu lực không được trước hôm nay."))
    async with changing(threshold, by=by, did="ended") as threshold:
        threshold.valid_to = on
