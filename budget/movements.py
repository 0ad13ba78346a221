"""What lies behind a figure of the ledger, line by line: each list's sum is the figure.

A figure is the balance of some stages; a movement is one end of an entry (migrations/views.sql). What only moved between
two stages of the same figure changed nothing in it and is left out. Amounts are đồng.
"""

import re
from datetime import date

from piccolo.columns import BigInt, Boolean, Date, Integer, Timestamptz, Varchar
from piccolo.columns.combination import Combinable
from piccolo.table import Table

from budget import ledger, streams
from budget.tables import Entry, Stage
from grants.calls.tables import Call
from grants.people.tables import Person
from grants.projects.tables import Project
from grants.proposals.tables import Proposal
from grants.shell import lists
from grants.shell.language import N_, _
from grants.shell.tables import belongs_to, may_belong_to

HELD = "held_"


class Movement(Table, tablename="ledger_movement"):
    """A view: what an account gained (+) or gave (−), and what lay at the other end; "held_…" is what a stage holds.

    A correction counts as less of what it takes back: `counted_as` is that entry's kind, `came` whether that entry had brought it.
    """

    id = BigInt(primary_key=True)
    entry = belongs_to(Entry)
    at = Timestamptz()
    kind = Varchar(14)
    state = Varchar(8)
    document_number = Varchar(60)
    document_date = Date()
    made_by = belongs_to(Person)
    approved_by = belongs_to(Person)
    stage = Varchar(20)
    other_stage = Varchar(20)
    amount = BigInt()
    stream = Varchar(10)
    year = Integer()
    call = may_belong_to(Call)
    proposal = may_belong_to(Proposal)
    same_money = Boolean()
    counted_as = Varchar(14)
    came = Boolean()


# The figures: their words, and the stages whose balance each one is.
FIGURES = {
    "decided": N_("Dự toán được giao"),
    "carried_in": N_("Năm trước chuyển sang"),
    "transferred": N_("Điều chỉnh, góp quỹ"),
    "handed": N_("Đã giao đơn vị dự toán"),
    "cancelled": N_("Đã huỷ"),
    "given": N_("Được giao cho nhiệm vụ"),
    "appropriated": N_("Dự toán hiện hành"),
    "allocated": N_("Đã phân bổ"),
    "reserved": N_("Đang giữ chỗ"),
    "committed": N_("Đã cam kết"),
    "advanced": N_("Tạm ứng chưa thanh toán"),
    "paid": N_("Đã thanh toán"),
    "settled": N_("Đã quyết toán"),
    "recovered": N_("Đã thu hồi"),
    "lent": N_("Đang cho vay"),
    "spent": N_("Đã chi"),
    "unallocated": N_("Còn phân bổ được"),
    "left": N_("Thông báo chưa dùng"),
    "unused": N_("Chưa vào nhiệm vụ nào"),
    "free": N_("Chưa giữ, chưa cam kết"),
    "managed": N_("Chi quản lý: đã chi và đang giữ"),
    "managed_held": N_("Chi quản lý: đang giữ"),
    "managed_paid": N_("Chi quản lý: đã chi"),
    "carried_out": N_("Chuyển sang năm sau"),
}
SPENT = ("advanced", "paid", "settled", "lent", "written_off")
COMMITTED = ("committed", "held_committed", *SPENT)
ALLOCATED = ("allocated", "held_allocated", "held_appropriated", *COMMITTED)
MANAGED = {"managed": ("held_appropriated", "paid"), "managed_held": ("held_appropriated",), "managed_paid": ("paid",)}  # of no call
STAGES = {
    "given": ("appropriated", *ALLOCATED, "cancelled", "recovered", "returned"),
    "appropriated": ("appropriated", *ALLOCATED), "allocated": ALLOCATED,
    "reserved": ("held_allocated", "held_appropriated"), "committed": COMMITTED, "advanced": ("advanced",), "paid": ("paid", "settled"),
    "settled": ("settled",), "lent": ("lent", "written_off"), "spent": SPENT,
    "unallocated": ("appropriated",), "left": ("allocated",), "unused": ("allocated", "held_allocated"),
    "free": ("appropriated", "allocated"),
}
GONE = {"handed": ("handed",), "cancelled": ("cancelled",), "recovered": ("recovered", "returned")}  # what left the position (−)
ELSEWHERE = Movement.same_money.eq(False)  # the other end is of another stream, year or call

CARRIED = Movement.counted_as == Entry.Kind.CARRY_OVER
CAME = Movement.came.eq(True)
# What of a figure a year itself had: before the rest went on to the next; of cash also without what came from the last; or what was done.
COURSES = {
    "year": (Movement.counted_as != Entry.Kind.CARRY_OVER) | CAME,
    "cash": Movement.counted_as != Entry.Kind.CARRY_OVER,
    "done": Movement.counted_as.is_in(["allocation", "commitment", "advance", "payment", "loan"]) & CAME
    & (Movement.state == Entry.State.POSTED.value),
}


def behind(figure: str) -> Combinable | None:
    """The movements that make a figure up; None for a figure that is none."""
    if figure == "decided":
        return (Movement.stage == "appropriated") & (Movement.other_stage == "source")
    if figure in GONE:
        return Movement.stage.is_in(["appropriated", *ALLOCATED]) & Movement.other_stage.is_in(list(GONE[figure]))
    if figure in MANAGED:
        return Movement.call.is_null() & Movement.stage.is_in(list(MANAGED[figure])) & Movement.other_stage.not_in(list(MANAGED[figure]))
    if figure == "transferred":
        equity = (Movement.stage == "appropriated") & (Movement.other_stage == "contributed")
        return (ELSEWHERE & (Movement.counted_as != Entry.Kind.CARRY_OVER)) | equity
    if figure in ("carried_in", "carried_out"):
        return CARRIED & Movement.came.eq(figure == "carried_in")
    if figure not in STAGES:
        return None
    stages = list(STAGES[figure])
    return Movement.stage.is_in(stages) & (ELSEWHERE | Movement.other_stage.not_in(stages))


def in_month(typed: str) -> Combinable | None:
    """Documents of a month, "2026-03"."""
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", typed, re.ASCII):
        return None
    year, month = map(int, typed.split("-"))
    return (Movement.document_date >= date(year, month, 1)) & (Movement.document_date < date(year + month // 12, month % 12 + 1, 1))


def named(typed: str) -> list[str]:
    """Codes parted by commas, as a link names them."""
    return typed[:600].replace("\0", "").split(",")


def projects(typed: str):
    return Project.select(Project.proposal).where(Project.code.is_in(named(typed)))


async def in_course(typed: str) -> str | None:
    return {
        "done": _("việc làm trong tháng, không kể chuyển nguồn"),
        "year": _("trước khi chuyển sang năm sau"), "cash": _("không kể chuyển nguồn"),
    }.get(typed)


def place(stage: str) -> str:
    """Where the money lay or went, in words."""
    words = _(ledger.STAGES[Stage(stage.removeprefix(HELD))])
    return _("{place}, đang giữ").format(place=words) if stage.startswith(HELD) else words


def options() -> list[tuple[str, str]]:
    return [(key, _(words)) for key, words in FIGURES.items()]


MOVEMENTS = lists.Listing(
    name="so-cai",
    table=Movement,
    columns=[
        lists.Column("at", N_("Lúc"), Movement.at, "time"),
        lists.Column("kind", N_("Bút toán"), Movement.kind, says=lambda kind: _(ledger.KINDS[kind])),
        lists.Column("amount", N_("Số tiền"), Movement.amount, "money", total=True),
        lists.Column("year", N_("Năm"), Movement.year, "number"),
        lists.Column("stream", N_("Nguồn"), Movement.stream, "stream", says=streams.badge),
        lists.Column("stage", N_("Ở"), Movement.stage, says=place),
        lists.Column("other_stage", N_("Từ hoặc đến"), Movement.other_stage, says=place),
        lists.Column("call", N_("Thông báo"), Movement.call.code, "code"),
        lists.Column("proposal", N_("Hồ sơ"), Movement.proposal.reference),
        lists.Column("document", N_("Căn cứ số"), Movement.document_number),
        lists.Column("dated", N_("Ngày"), Movement.document_date, "date"),
        lists.Column("maker", N_("Người lập"), Movement.made_by.full_name, sort_by=Movement.made_by.sort_key),
        lists.Column("checker", N_("Người duyệt"), Movement.approved_by.full_name, sort_by=Movement.approved_by.sort_key),
    ],
    order="-at",
    filters=[
        lists.Filter("figure", N_("Con số"), behind, options),
        lists.year("year", N_("Năm ngân sách"), Movement.year),
        lists.chosen("stream", N_("Nguồn"), Movement.stream, streams.options),
        lists.Filter("call", N_("Mã thông báo"), lambda typed: Movement.call.code.is_in(named(typed))),
        lists.Filter("project", N_("Nhiệm vụ"), lambda typed: Movement.proposal.is_in(projects(typed)), hidden=True),
        lists.Filter("not_call", N_("Thông báo khác"), lambda typed: Movement.call.code.not_in(named(typed)), hidden=True),
        lists.Filter("not_project", N_("Nhiệm vụ khác"), lambda typed: Movement.proposal.not_in(projects(typed)), hidden=True),
        lists.Filter("month", N_("Tháng"), in_month, hidden=True),
        lists.Filter("course", N_("Trong năm"), COURSES.get, hidden=True, named=in_course),
    ],
    href=lambda row: f"/budget/entries/{row['entry']}",
    extra=[Movement.entry],
)
