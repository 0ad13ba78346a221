"""The tally of applications by call and state: read by the overview, summed up by the worker."""

from grants.shell.database import rows

MANY = 500  # rows that are worth summing up


async def sum_up() -> int:
    """Make one row a call and state out of many; returns how many rows were summed up."""
    if (await rows("SELECT count(*) AS n FROM proposal_tally"))[0]["n"] <= MANY:
        return 0
    return (await rows("SELECT tally_sum_up() AS n"))[0]["n"]
