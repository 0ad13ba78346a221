"""How much may be advanced: the rule set that the project's call has pinned says it (TTLT 27/2015). Amounts are đồng."""

from dataclasses import dataclass

from grants.projects import projects
from grants.projects.tables import Project
from grants.rules.content import Advances
from grants.shell.database import rows


@dataclass(frozen=True)
class Advanced:
    """What was advanced to a project so far, in đồng: asked for (not refused), paid, and of that cleared."""

    asked: int
    paid: int
    cleared: int


async def advanced(project: Project) -> Advanced:
    found = (await rows(
        "SELECT coalesce(sum(amount) FILTER (WHERE state <> 'refused'), 0)::bigint AS asked, "
        "coalesce(sum(amount) FILTER (WHERE state = 'paid'), 0)::bigint AS paid, "
        "(SELECT coalesce(sum(balance), 0)::bigint FROM ledger_account WHERE proposal = $2 AND stage = 'advanced') AS open "
        "FROM payment WHERE project = $1 AND kind = 'advance'", project.id, project.proposal,
    ))[0]
    return Advanced(found["asked"], found["paid"], found["paid"] - found["open"])


async def advance_rules(project: Project) -> Advances:
    """The advance rules of the rule set that the project's call has pinned."""
    return (await projects.rules_of(project)).advances


async def most_advance(project: Project) -> int:
    """How much more may be advanced now: the first advances together up to the rule set's share of the state money;
    beyond that once its share of what was advanced is cleared (TTLT 27/2015). The year's slice is the ledger's limit."""
    rules, so_far = await advance_rules(project), await advanced(project)
    first = int(project.approved * rules.first_most)
    if so_far.paid and so_far.asked == so_far.paid and so_far.cleared >= so_far.paid * rules.next_after_cleared:
        return project.approved - so_far.asked
    return max(0, first - so_far.asked)


async def still_open(project: Project) -> list[dict]:
    """Advances that are not cleared yet, by stream and year: stream, year, open, of that in a clearance on its way, in đồng."""
    return await rows(
        """
        SELECT a.stream, a.year, a.balance AS open, coalesce((SELECT sum(c.amount) FROM clearance c WHERE c.project = $2
            AND c.stream = a.stream AND c.year = a.year AND c.state IN ('filed', 'confirmed')), 0)::bigint AS pending
        FROM ledger_account a WHERE a.proposal = $1 AND a.stage = 'advanced' AND a.balance > 0 ORDER BY a.year, a.stream
        """,
        project.proposal, project.id,
    )
