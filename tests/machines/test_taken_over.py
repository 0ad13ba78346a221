"""A database that is older than some rooms gets their rows at its next start, each with its event."""

import asyncpg
import pytest
from piccolo.table import Table

from budget.payment_tables import Approval
from budget.year_tables import StreamDecision, StreamSubmission
from grants import checks
from grants.calls.tables import Funding
from grants.projects.tables import Project
from grants.shell import database
from grants.shell.schema import SQL
from tests import world

pytestmark = pytest.mark.anyio
BEFORE = """
    SET session_replication_role = replica;
    DELETE FROM funding; DELETE FROM payment_approval; DELETE FROM event WHERE thing IN ('funding', 'payment_approval');
    SET session_replication_role = DEFAULT;
"""


async def told_apart(*tables: type[Table]) -> list[str]:
    """Where the rows are not what their events say."""
    return [problem for table in tables for problem in await checks.against_the_trail(table)]


async def test_money_by_source_and_approvals_of_old_years_are_written_down_once_with_their_events(demo_world):
    async with world.copied(demo_world) as url:
        owner = await asyncpg.connect(**database.connection(url))
        given = await owner.fetch("SELECT DISTINCT call, stream FROM allocation WHERE state = 'approved' ORDER BY 1, 2")
        approved = await owner.fetch("SELECT id, approved_by FROM payment WHERE approved_by IS NOT NULL ORDER BY 1")
        await owner.execute(BEFORE)
        for _start in range(2):
            await owner.execute((SQL / "taken_over.sql").read_text())
        assert len(given) > 5 and len(approved) > 10
        assert [tuple(row) for row in await owner.fetch("SELECT call, source FROM funding ORDER BY 1, 2")] == [tuple(row) for row in given]
        assert [tuple(row) for row in await owner.fetch("SELECT payment, by FROM payment_approval ORDER BY 1")] == [
            tuple(row) for row in approved
        ]
        said = "SELECT count(*) FROM event WHERE did = 'taken_over' AND thing = $1"
        assert [await owner.fetchval(said, thing) for thing in ("funding", "payment_approval")] == [len(given), len(approved)]
        assert await told_apart(Funding, Approval) == []
        await owner.close()


async def test_estimates_that_were_decided_as_a_whole_get_a_decision_a_stream(demo_world):
    kept = "SELECT estimate, stream, amount, decided_by FROM stream_decision ORDER BY 1, 2"
    async with world.copied(demo_world) as url:
        owner = await asyncpg.connect(**database.connection(url))
        given = await owner.fetch(kept)
        await owner.execute(
            "SET session_replication_role = replica; DELETE FROM stream_decision; DELETE FROM stream_submission; "
            "DELETE FROM event WHERE thing IN ('stream_decision', 'stream_submission'); SET session_replication_role = DEFAULT"
        )
        for _start in range(2):
            await owner.execute((SQL / "taken_over.sql").read_text())
        assert len(given) >= 6 and await owner.fetch(kept) == given
        told = await owner.fetch("SELECT thing, count(*) FROM event WHERE did = 'taken_over' GROUP BY 1 ORDER BY 1")
        assert [tuple(row) for row in told] == [("stream_decision", len(given)), ("stream_submission", len(given))]
        assert await told_apart(StreamDecision, StreamSubmission) == []
        await owner.close()


async def test_how_long_an_old_agreement_was_signed_for_and_by_whom_is_read_from_the_event_of_its_signature(demo_world):
    kept = "SELECT id, months, signed_by FROM project ORDER BY id"
    async with world.copied(demo_world) as url:
        owner = await asyncpg.connect(**database.connection(url))
        given = await owner.fetch(kept)
        signed = await owner.fetchval("SELECT count(*) FROM project WHERE months IS NOT NULL")
        await owner.execute("UPDATE project SET months = NULL, signed_by = NULL")
        for _start in range(2):
            await owner.execute((SQL / "taken_over.sql").read_text())
        assert signed > 10 and await owner.fetch(kept) == given
        assert await owner.fetchval("SELECT count(*) FROM event WHERE did = 'taken_over' AND thing = 'project'") == signed
        assert await told_apart(Project) == []
        await owner.close()
