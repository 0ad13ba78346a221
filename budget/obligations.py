"""What agreements oblige the province to, and how far it is funded: the full award as a legal obligation, funded year by year.

Each year's slice of a running project is asked for and committed when its year opens. Amounts are đồng.
"""

from dataclasses import dataclass, fields

from budget import reservations, streams
from budget.tables import Reservation
from grants.people.people import holds
from grants.people.tables import Person, Role
from grants.projects.tables import Project
from grants.proposals.tables import Proposal
from grants.shell.changes import require
from grants.shell.database import DB, rows
from grants.shell.language import _

BINDING = ("awarded", "running", "suspended")  # projects whose later slices are still owed


@dataclass(frozen=True)
class Year:
    """A project's money of one year and stream, in đồng.

    planned: the award's slice; appropriated: held or committed for it by the stream's finance; committed: by entries of
    commitment; paid: what left the treasury in that year; carried_in, carried_out: commitments not spent and advances not
    cleared, between years; cancelled: committed and then let go; left: what can still be paid.
    """

    year: int
    stream: str
    planned: int = 0
    appropriated: int = 0
    committed: int = 0
    carried_in: int = 0
    paid: int = 0
    carried_out: int = 0
    cancelled: int = 0
    left: int = 0


AMOUNTS = tuple(f.name for f in fields(Year) if f.name not in ("year", "stream"))
BY_YEAR = """
    WITH wanted AS (
        SELECT s.year, s.source AS stream, 'planned' AS what, s.approved AS amount
            FROM slice s WHERE s.project = $1 AND s.source IN ('capital', 'recurrent', 'fund')
        UNION ALL
        SELECT r.year, r.stream, 'appropriated', r.amount
            FROM reservation r WHERE r.proposal = $2 AND r.state IN ('approved', 'committed')
        UNION ALL
        SELECT a.year, a.stream, 'left', a.balance FROM ledger_account a WHERE a.proposal = $2 AND a.stage = 'committed'
        UNION ALL
        SELECT a.year, a.stream, moved.what, moved.amount
            FROM ledger_account a JOIN ledger_turnover t ON t.account = a.id,
            LATERAL (VALUES
                ('committed', CASE WHEN a.stage = 'committed' AND t.kind = 'commitment' THEN t.came END),
                ('carried_in', CASE WHEN t.kind = 'carry_over' THEN t.came END),
                ('carried_out', CASE WHEN t.kind = 'carry_over' THEN t.went END),
                ('paid', CASE WHEN t.kind IN ('advance', 'payment', 'loan') AND a.stage <> 'committed' THEN t.came END),
                ('cancelled', CASE WHEN a.stage = 'committed' AND t.kind = 'cancellation' THEN t.went END)
            ) AS moved (what, amount) WHERE a.proposal = $2 AND moved.amount IS NOT NULL
    )
    SELECT year, stream, {sums} FROM wanted GROUP BY year, stream ORDER BY year, stream
""".format(sums=", ".join(f"coalesce(sum(amount) FILTER (WHERE what = '{name}'), 0)::bigint AS {name}" for name in AMOUNTS))


async def by_year(project: Project) -> list[Year]:
    """The table of a project: year by source, out of its plan and the ledger."""
    return [Year(**row) for row in await rows(BY_YEAR, project.id, project.proposal)]


def total(found: list[Year]) -> dict[str, int]:
    return {name: sum(getattr(one, name) for one in found) for name in AMOUNTS}


@dataclass(frozen=True)
class Obligation:
    """What a running project needs of a year and stream, in đồng, and how far that is funded."""

    project: int
    proposal: int
    code: str
    title: str
    title_en: str
    call: str
    stream: str
    planned: int
    funded: int
    state: str | None
    reservation: int | None

    @property
    def missing(self) -> int:
        return self.planned - self.funded


async def of_year(year: int) -> list[Obligation]:
    """The slices of a year that binding agreements promise, with what was asked for and committed."""
    found = await rows(
        """
        SELECT j.id AS project, j.proposal, j.code, j.title, j.title_en, c.code AS call, s.source AS stream, s.approved AS planned,
            CASE WHEN r.state IN ('approved', 'committed') THEN r.amount ELSE 0 END AS funded, r.state, r.id AS reservation
        FROM slice s JOIN project j ON j.id = s.project JOIN proposal p ON p.id = j.proposal JOIN call c ON c.id = p.call
            LEFT JOIN reservation r ON r.proposal = j.proposal AND r.stream = s.source AND r.year = s.year
        WHERE s.year = $1 AND s.source IN ('capital', 'recurrent', 'fund') AND s.approved > 0
            AND (j.state = ANY($2) OR r.state IN ('approved', 'committed'))
        ORDER BY s.source, j.code
        """,
        year, list(BINDING),
    )
    return [Obligation(**row) for row in found]


async def horizon(year: int) -> list[dict]:
    """What is owed of later years, stream by stream: year, stream, projects, amount in đồng."""
    return await rows(
        "SELECT s.year, s.source AS stream, count(*) AS projects, sum(s.approved)::bigint AS amount FROM slice s "
        "JOIN project j ON j.id = s.project WHERE s.year > $1 AND s.source IN ('capital', 'recurrent', 'fund') AND j.state = ANY($2) "
        "GROUP BY 1, 2 ORDER BY 1, 2", year, list(BINDING),
    )


def can_request(person: Person) -> bool:
    return holds(person, Role.OFFICER)


async def request_year(year: int, *, by: Person) -> list[Reservation]:
    """When a year has opened: ask for what its running projects need and nobody has asked for yet, all at once."""
    require(can_request(by), _("Chỉ cán bộ quản lý nhiệm vụ mới đề nghị bố trí kinh phí năm."))
    async with DB.transaction():
        asked = []
        for proposal in await unfunded(year):
            asked += await reservations.request(proposal, by=by)
        require(asked, _("Mọi nhiệm vụ đang thực hiện đã được đề nghị kinh phí năm {year}.").format(year=year))
        return asked


async def unfunded(year: int) -> list[Proposal]:
    """The applications of running projects with a slice of the year that is neither asked for nor committed."""
    wanted = sorted({
        one.proposal for one in await of_year(year) if one.state not in ("requested", "approved", "committed")
    })
    return await Proposal.objects().where(Proposal.id.is_in(wanted or [0])).order_by(Proposal.id)


async def commit_year(year: int, stream: str, *, by: Person) -> int:
    """The stream's finance commits everything that was asked for running projects of a year; returns how many. All or none."""
    require(
        await streams.can_approve(by, stream),
        _("Chỉ cơ quan tài chính phụ trách «{stream}» mới duyệt được.").format(stream=streams.label(stream)),
    )
    async with DB.transaction():
        waiting = await Reservation.objects().where(
            (Reservation.year == year) & (Reservation.stream == str(stream)) & (Reservation.state == Reservation.State.REQUESTED)
            & (Reservation.proposal.state == Proposal.State.AWARDED)
        ).order_by(Reservation.proposal.call).order_by(Reservation.proposal).order_by(Reservation.id)
        require(waiting, _("Không có khoản nào chờ cam kết cho nhiệm vụ đang thực hiện."))
        for reservation in waiting:
            await reservations.approve(reservation, by=by)
    return len(waiting)
