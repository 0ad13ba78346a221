"""What an estimate is calculated from: the slices of running projects, and what a project cost a year of late. Amounts are đồng."""

from dataclasses import dataclass

from grants.shell.database import rows
from grants.shell.language import _
from grants.shell.money import show

YEARS_BEFORE = 3


@dataclass(frozen=True)
class Need:
    """What running projects need of a stream and code in a year, in đồng, with the projects it is made of."""

    stream: str
    classification: str
    amount: int
    projects: tuple[str, ...]

    @property
    def name(self) -> str:
        return _("{count} nhiệm vụ chuyển tiếp").format(count=len(self.projects))

    @property
    def working(self) -> str:
        """The codes of the projects, as many as have room."""
        listed = ", ".join(self.projects)
        return listed if len(listed) < 900 else f"{listed[:900].rpartition(', ')[0]} …"


async def continuing(year: int) -> list[Need]:
    """What the projects that are awarded or running have as their slice of the year, by stream and the code of their call."""
    found = await rows(
        """
        SELECT s.source AS stream, coalesce(c.classification, '') AS classification, sum(s.approved)::bigint AS amount,
            array_agg(j.code ORDER BY j.code) AS projects
        FROM slice s JOIN project j ON j.id = s.project JOIN proposal p ON p.id = j.proposal
            LEFT JOIN LATERAL (SELECT a.classification FROM ledger_account a WHERE a.call = p.call AND a.stream = s.source
                ORDER BY a.year DESC LIMIT 1) c ON true
        WHERE s.year = $1 AND s.source IN ('capital', 'recurrent') AND j.state IN ('awarded', 'running', 'suspended')
        GROUP BY 1, 2 HAVING sum(s.approved) > 0 ORDER BY 1, 2
        """,
        year,
    )
    return [Need(row["stream"], row["classification"], row["amount"], tuple(row["projects"])) for row in found]


@dataclass(frozen=True)
class Average:
    """What a project of a stream cost a year, over some years: (year, projects, đồng) each."""

    by_year: tuple[tuple[int, int, int], ...]

    @property
    def projects(self) -> int:
        return sum(n for _year, n, _amount in self.by_year)

    @property
    def whole(self) -> int:
        return sum(amount for _year, _n, amount in self.by_year)

    @property
    def amount(self) -> int:
        """The yearly cost of a project, rounded to a million đồng; 0 where there was none."""
        return (self.whole * 2 // (self.projects * 1_000_000) + 1) // 2 * 1_000_000 if self.projects else 0

    def working(self, count: int) -> str:
        return _("{count} nhiệm vụ × {average} một năm (bình quân {years}: {whole} cho {projects} lượt nhiệm vụ-năm)").format(
            count=count, average=show(self.amount), years=f"{self.by_year[0][0]}–{self.by_year[-1][0]}", whole=show(self.whole),
            projects=self.projects,
        )


async def average(stream: str, year: int) -> Average:
    """The yearly cost of a stream's projects over the three years before the one in which the estimate of `year` is drawn up."""
    last = year - 1
    found = {row["year"]: row for row in await rows(
        "SELECT year, count(*) AS n, sum(approved)::bigint AS amount FROM slice WHERE source = $1 AND year BETWEEN $2 AND $3 "
        "AND approved > 0 GROUP BY year", str(stream), last - YEARS_BEFORE + 1, last,
    )}
    years = range(last - YEARS_BEFORE + 1, last + 1)
    return Average(tuple((each, found[each]["n"], found[each]["amount"]) if each in found else (each, 0, 0) for each in years))
