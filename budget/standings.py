"""Where each stream's money of a year stands, opened by call and by project: every level adds up to the one above it.

Read from the accounts' balances only, in three statements, however many calls there are. Amounts are đồng.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from budget import streams
from budget.tables import Stage, Stream
from grants.shell.database import rows
from grants.shell.language import N_, _, either

SPENT_STAGES = (Stage.COMMITTED, Stage.ADVANCED, Stage.PAID, Stage.SETTLED, Stage.LENT, Stage.WRITTEN_OFF)
# A figure: its words, and the stages whose balances make it up. Reserved money is what is held on allocated accounts, or for
# what managing the work costs on those of the stream; free money is what is neither reserved nor committed.
FIGURES: dict[str, tuple[str, tuple[str, ...]]] = {
    "appropriated": (N_("Dự toán hiện hành"), (Stage.APPROPRIATED, Stage.ALLOCATED, *SPENT_STAGES)),
    "allocated": (N_("Đã phân bổ"), (Stage.ALLOCATED, *SPENT_STAGES)),
    "reserved": (N_("Đang giữ chỗ"), ()),
    "committed": (N_("Đã cam kết"), SPENT_STAGES),
    "advanced": (N_("Tạm ứng chưa thanh toán"), (Stage.ADVANCED,)),
    "paid": (N_("Đã thanh toán"), (Stage.PAID, Stage.SETTLED)),
    "settled": (N_("Đã quyết toán"), (Stage.SETTLED,)),
    "free": (N_("Chưa giữ, chưa cam kết"), (Stage.APPROPRIATED, Stage.ALLOCATED)),
}


class Held(NamedTuple):
    """The balance and the hold of all accounts of one stage that hold money of the same stream, call and application."""

    stream: str
    call: int | None
    proposal: int | None
    stage: str
    balance: int
    held: int


def figures(accounts: Iterable[Held]) -> dict[str, int]:
    """The eight figures out of balances; they add up over any division of the accounts."""
    at: dict[str, int] = defaultdict(int)
    reserved = for_managing = 0
    for account in accounts:
        at[account.stage] += account.balance
        reserved += account.held if account.stage in (Stage.ALLOCATED, Stage.APPROPRIATED) else 0
        for_managing += account.held if account.stage == Stage.APPROPRIATED else 0
    found = {key: sum(at[stage] for stage in stages) for key, (_label, stages) in FIGURES.items()}
    return found | {"allocated": found["allocated"] + for_managing, "reserved": reserved, "free": found["free"] - reserved}


@dataclass(frozen=True)
class Standing:
    """One line: a stream (level 0), a call or what is not allocated (1), a project or what no project has yet (2).

    `code`: the call's; `rest`: the line holds what has not gone further, and this figure of budget/movements.py is all of it.
    """

    level: int
    stream: str
    name: str
    amounts: dict[str, int]
    title: str = ""
    href: str = ""
    call: int | None = None
    code: str = ""
    proposal: int | None = None
    rest: str = ""
    under: list["Standing"] = field(default_factory=list)

    @property
    def call_name(self) -> str:
        """What stands in the column of calls: also what no call was given yet."""
        return self.code or (self.name if self.level == 1 else "")

    def behind(self, key: str) -> str:
        """The figure of movements behind a figure of this line (not a project's)."""
        if self.rest == "managed":
            return {"reserved": "managed_held", "committed": "managed_paid", "paid": "managed_paid"}.get(key, self.rest)
        if self.rest == "unused":
            return {"reserved": "reserved", "free": "left"}.get(key, self.rest)
        if self.rest:
            return self.rest
        return {"appropriated": "allocated", "free": "left"}.get(key, key) if self.call else key

    def lines(self) -> list["Standing"]:
        """This line and all under it, from top to bottom."""
        return [self, *(line for one in self.under for line in one.lines())]


BALANCES = """
    SELECT stream, call, proposal, stage, sum(balance)::bigint AS balance, sum(held)::bigint AS held
    FROM ledger_account WHERE year = $1 AND stage NOT IN ('source', 'cancelled') GROUP BY 1, 2, 3, 4
"""


async def of_year(year: int) -> list[Standing]:
    """The streams of a year with their calls and these with their projects."""
    found = [Held(**row) for row in await rows(BALANCES, year)]
    calls = await names_of_calls({a.call for a in found if a.call})
    projects = await names_of_projects({a.proposal for a in found if a.proposal})
    return [a_stream(s.value, [a for a in found if a.stream == s.value], calls, projects) for s in Stream]


def a_stream(stream: str, found: list[Held], calls: dict, projects: dict) -> Standing:
    """A stream's line; under it its calls, what managing them cost, and what no call was given yet."""
    under = []
    for call in sorted({a.call for a in found if a.call}, key=lambda one: calls[one]["code"]):
        named, theirs = calls[call], [a for a in found if a.call == call]
        under.append(Standing(
            1, stream, named["code"], figures(theirs), either(named["title"], named["title_en"]), f"/calls/{call}/allocations", call,
            named["code"], under=of_call(stream, call, named["code"], theirs, projects),
        ))  # fmt: skip
    managed, rest = managing([a for a in found if not a.call])
    if any(managed.values()):
        under.append(Standing(1, stream, _("Chi quản lý"), managed, rest="managed"))
    if under and any(rest.values()):
        under.append(Standing(1, stream, _("Chưa phân bổ"), rest, rest="unallocated"))
    return Standing(0, stream, streams.label(stream), figures(found), under=under)


def managing(found: list[Held]) -> tuple[dict[str, int], dict[str, int]]:
    """Money of no call: what is paid or held for managing the work, and what is left of the rest."""
    paid = [a for a in found if a.stage == Stage.PAID]
    held = [a._replace(balance=a.held) for a in found if a.stage == Stage.APPROPRIATED]
    left = [a._replace(balance=a.balance - a.held, held=0) for a in found if a.stage != Stage.PAID]
    return figures([*paid, *held]), figures(left)


def of_call(stream: str, call: int, code: str, found: list[Held], projects: dict) -> list[Standing]:
    """A call's projects, and what of its money no project has yet."""
    made = []
    for proposal in sorted({a.proposal for a in found if a.proposal}, key=lambda one: projects[one]["code"]):
        named = projects[proposal]
        amounts = figures(a for a in found if a.proposal == proposal)
        if not any(amounts.values()):  # its account was opened for a reservation, and nothing has come to it
            continue
        made.append(Standing(
            2, stream, named["code"], amounts, either(named["title"], named["title_en"]),
            f"/projects/{named['project']}/payments" if named["project"] else f"/proposals/{proposal}/money", call, code, proposal,
        ))  # fmt: skip
    rest = figures(a for a in found if not a.proposal)
    if any(rest.values()):
        made.append(Standing(2, stream, _("Chưa vào nhiệm vụ nào"), rest, call=call, code=code, rest="unused"))
    return made


async def names_of_calls(ids: set[int]) -> dict[int, dict]:
    """Code and title of calls, by id."""
    return {row["id"]: row for row in await rows("SELECT id, code, title, title_en FROM call WHERE id = ANY($1)", list(ids))}


async def names_of_projects(ids: set[int]) -> dict[int, dict]:
    """By application: its project's code and title, or its own reference where there is no project yet."""
    found = await rows(
        "SELECT p.id, j.id AS project, coalesce(j.code, p.reference, '') AS code, p.title, p.title_en "
        "FROM proposal p LEFT JOIN project j ON j.proposal = p.id WHERE p.id = ANY($1)", list(ids),
    )
    return {row["id"]: row for row in found}


def total(found: list[Standing]) -> dict[str, int]:
    """The streams together."""
    return {key: sum(one.amounts[key] for one in found) for key in FIGURES}
