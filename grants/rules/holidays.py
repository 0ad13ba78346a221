"""The days on which offices are closed, or work instead of another: what working days are counted by. Nothing is deleted."""

from datetime import date

from grants.rules.rule_sets import Keeper
from grants.rules.tables import Holiday
from grants.shell.changes import add, changing, now, require
from grants.shell.dates import day_of
from grants.shell.language import N_, _

KEEPERS = ("admin", "finance")
KINDS = {False: N_("Ngày nghỉ"), True: N_("Ngày làm bù")}


def can_keep(person: Keeper) -> bool:
    return any(post.role in KEEPERS for post in person.posts)


def kind_label(working: bool) -> str:
    return _(KINDS[working])


def status(struck_on: date | None, unverified: bool) -> tuple[str, str]:
    if struck_on:
        return _("thôi áp dụng"), "neutral"
    return (_("chưa kiểm chứng"), "warn") if unverified else (_("đã kiểm chứng"), "good")


async def record(day: date, *, name: str, working: bool, basis: str, unverified: bool = True, by: Keeper) -> Holiday:
    """Write down a day off, or a weekend day that is worked, with the notice it rests on. A struck day may be written anew."""
    require(can_keep(by), _("Chỉ quản trị hệ thống và cơ quan tài chính mới sửa lịch ngày nghỉ."))
    require(working == (day.weekday() > 4) or not working, _("Ngày làm bù phải là thứ Bảy hoặc Chủ nhật."))
    there = await Holiday.objects().where(Holiday.day == day).first()
    if there is None:
        row = Holiday(day=day, name=name, working=working, basis=basis, unverified=unverified)
        return await add(row, by=by, did="recorded")
    async with changing(there, by=by, did="recorded") as there:
        require(there.struck_on, _("Ngày này đã có trong lịch."))
        there.name, there.working, there.basis, there.unverified, there.struck_on = name, working, basis, unverified, None
    return there


async def strike(holiday: Holiday, *, by: Keeper) -> None:
    """The day no longer counts; that it once did stays to be read."""
    require(can_keep(by), _("Chỉ quản trị hệ thống và cơ quan tài chính mới sửa lịch ngày nghỉ."))
    async with changing(holiday, by=by, did="struck") as holiday:
        require(holiday.struck_on is None, _("Ngày này đã thôi áp dụng."))
        holiday.struck_on = day_of(now())
