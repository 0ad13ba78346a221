"""The legal grounds of the budget year's acts, as data: what may be done, on which basis, and whose decision it needs."""

from datetime import date

from budget import streams
from budget.year_tables import Ground
from grants.people.people import holding, holds
from grants.people.tables import Person, Role
from grants.shell.changes import add, changing, require
from grants.shell.database import DB, rows
from grants.shell.language import N_, _, either

Act = Ground.Act
ACTS = {
    Act.SUPPLEMENT: N_("Bổ sung"), Act.CUT: N_("Cắt giảm"), Act.HANDOVER: N_("Giao đơn vị"), Act.TRANSFER: N_("Điều chỉnh"),
    Act.CARRY_OVER: N_("Chuyển nguồn"), Act.CANCEL: N_("Huỷ"), Act.MOVE_PLAN: N_("Chuyển năm kế hoạch"),
}
DECIDERS = {"leader": N_("Lãnh đạo tỉnh"), "finance": N_("Tài chính phụ trách nguồn")}


def can_keep(person: Person) -> bool:
    """Whose decision an act needs is not set by those who decide."""
    return holds(person, Role.ADMIN)


async def in_force(on: date) -> list[Ground]:
    """Every ground in force on a day."""
    holds_on = (Ground.valid_from <= on) & (Ground.valid_to.is_null() | (Ground.valid_to >= on))
    return await Ground.objects().where(holds_on).order_by(Ground.id)


async def of_act(act: str, on: date) -> list[Ground]:
    """The grounds for an act in force on a day."""
    return [ground for ground in await in_force(on) if ground.act == str(act)]


def words(ground: Ground) -> str:
    return either(ground.name, ground.name_en)


def label(ground: Ground) -> str:
    """The ground in words, with its source and whether that was verified."""
    said = f"{words(ground)} ({ground.basis})"
    return _("{words}, chưa kiểm chứng").format(words=said) if ground.unverified else said


async def record(
    act: str, *, name: str, name_en: str, basis: str, decided_by: str, since: date, unverified: bool = True, by: Person
) -> Ground:
    """Write down a legal ground for an act from a day on: in which words, by which text, by whose decision."""
    require(can_keep(by), _("Chỉ quản trị hệ thống mới ghi căn cứ pháp lý của các việc trong năm ngân sách."))
    async with DB.transaction():
        await rows("SELECT pg_advisory_xact_lock(hashtext('budget_ground'))")
        number = (await rows("SELECT count(*) + 1 AS n FROM budget_ground"))[0]["n"]
        row = Ground(
            code=f"{Act(act)}-{number}", act=Act(act), name=name, name_en=name_en, basis=basis, decided_by=decided_by, valid_from=since,
            unverified=unverified,
        )
        return await add(row, by=by, did="recorded")


async def end(ground: Ground, *, on: date, by: Person) -> None:
    """The ground is no longer chosen after a day; what was decided by it stays."""
    require(can_keep(by), _("Chỉ quản trị hệ thống mới ghi căn cứ pháp lý của các việc trong năm ngân sách."))
    async with changing(ground, by=by, did="ended") as ground:
        require(ground.valid_to is None, _("Căn cứ này đã có ngày kết thúc."))
        require(on >= ground.valid_from, _("Ngày kết thúc phải sau ngày bắt đầu."))
        ground.valid_to = on


def who(ground: Ground) -> str:
    """The role whose decision it needs, in words."""
    return _(DECIDERS[ground.decided_by])


async def choices(act: str, on: date) -> list[tuple[str, str]]:
    return [(str(ground.id), label(ground)) for ground in await of_act(act, on)]


async def named(id: int, act: str, on: date) -> Ground:
    """The ground chosen for an act; refused when it is not one of them that day."""
    found = next((ground for ground in await of_act(act, on) if ground.id == id), None)
    require(found, _("Hãy chọn một căn cứ pháp lý còn hiệu lực cho việc này."))
    return found


async def may_decide(person: Person, ground: Ground, stream: str) -> bool:
    """Whose decision the ground needs: the leader's, or that of the finance that answers for the stream today."""
    return holds(person, Role.LEADER) if ground.decided_by == Role.LEADER else await streams.can_approve(person, stream)


async def deciders(ground: Ground, stream: str) -> list[Person]:
    return await holding(Role.LEADER) if ground.decided_by == Role.LEADER else await streams.finance_of(stream)


def who_decides(ground: Ground, stream: str) -> str:
    """In words, for the next step."""
    return _("Lãnh đạo tỉnh") if ground.decided_by == Role.LEADER else _("Tài chính phụ trách «{stream}»").format(
        stream=streams.label(stream)
    )
