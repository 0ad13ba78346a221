"""A fund's money through any course of events: nothing is lost or made, and balances equal the journal and a plain model."""

import asyncio
import itertools
import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from budget import ledger
from budget.ledger import Kind
from budget.tables import Account, Entry, Stage
from grants.shell import database
from grants.shell.changes import Refused
from grants.shell.database import rows
from tests.conftest import EMPTY
from tests.makers import a_call, a_proposal
from tests.makers_budget import FROM_THE_JOURNAL, a_paper, a_year, the_offices

EXAMPLES, STEPS = int(os.environ.get("MACHINE_EXAMPLES", 60)), int(os.environ.get("MACHINE_STEPS", 40))
AMOUNTS = st.integers(1, 1_000)


class Money(RuleBasedStateMachine):
    """A contribution into the fund, its allocation to a call, holds, awards, advances, clearing, and corrections.

    The model: what each account has and holds. A step is legal exactly when the model says that it is.
    """

    loop: asyncio.AbstractEventLoop = None
    start = None

    def run(self, work):
        return self.loop.run_until_complete(work)

    @initialize()
    def begin(self):
        self.ids, self.who = self.run(type(self).start())
        self.has = dict.fromkeys(self.ids, 0) | {"recurrent": 2_000, "source": -2_000}
        self.held = dict.fromkeys(self.ids, 0)
        self.pending: list[Entry] = []
        self.posted: list[tuple[Entry, str, str]] = []
        self.keys = map(str, itertools.count())

    def enters(self, work, legal: bool):
        """Run the verb; it is accepted exactly when the model finds it legal."""
        try:
            entry = self.run(work)
        except Refused:
            assert not legal
            return None
        assert legal
        return entry

    def free(self, name: str) -> int:
        return self.has[name] - self.held[name]

    def moves(self, kind: Kind, amount: int, giver: str, taker: str):
        entry = self.enters(
            ledger.post(kind, amount, out_of=self.ids[giver], into=self.ids[taker], paper=a_paper(), key=next(self.keys), **self.who),
            amount <= self.free(giver),
        )
        if entry:
            self.has[giver] -= amount
            self.has[taker] += amount
            self.posted.append((entry, giver, taker))

    @rule(amount=AMOUNTS)
    def contribute(self, amount):
        self.moves(Kind.CONTRIBUTION, amount, "recurrent", "fund")

    @rule(amount=AMOUNTS)
    def allocate(self, amount):
        self.moves(Kind.ALLOCATION, amount, "fund", "allocated")

    @rule(amount=AMOUNTS)
    def give_back(self, amount):
        self.moves(Kind.VIREMENT, amount, "allocated", "fund")

    @rule(amount=AMOUNTS)
    def clear(self, amount):
        self.moves(Kind.CLEARANCE, amount, "advanced", "paid")

    @rule(amount=AMOUNTS, kind=st.sampled_from([Kind.RESERVATION, Kind.ADVANCE, Kind.PAYMENT]))
    def hold(self, amount, kind):
        giver, taker = {
            Kind.RESERVATION: ("allocated", "committed"), Kind.ADVANCE: ("committed", "advanced"), Kind.PAYMENT: ("committed", "paid"),
        }[kind]  # fmt: skip
        entry = self.enters(
            ledger.reserve(kind, amount, out_of=self.ids[giver], into=self.ids[taker], paper=a_paper(), key=next(self.keys), **self.who),
            amount <= self.free(giver),
        )
        if entry:
            self.held[giver] += amount
            self.pending.append((entry, giver, taker))

    @rule(pick=st.integers(0, 100), part=st.integers(1, 1_100))
    def settle(self, pick, part):
        if self.pending:
            entry, giver, taker = self.pending[pick % len(self.pending)]
            done = self.enters(
                ledger.settle(entry, part, paper=a_paper(), key=next(self.keys), made_by=self.who["approved_by"], approved_by=self.third),
                part <= entry.amount,
            )
            if done:
                self.pending.remove((entry, giver, taker))
                self.held[giver] -= entry.amount
                self.has[giver] -= part
                self.has[taker] += part
                self.posted.append((done, giver, taker))

    @rule(pick=st.integers(0, 100))
    def void(self, pick):
        if self.pending:
            entry, giver, taker = self.pending.pop(pick % len(self.pending))
            self.enters(ledger.void(entry, paper=a_paper(), key=next(self.keys), **self.who), True)
            self.held[giver] -= entry.amount

    @rule(pick=st.integers(0, 100), part=st.integers(1, 1_100))
    def correct(self, pick, part):
        if self.posted:
            entry, giver, taker = self.posted[pick % len(self.posted)]
            done = self.enters(
                ledger.correct(entry, part, paper=a_paper(), key=next(self.keys), **self.who),
                part <= entry.amount and part <= self.free(taker),
            )
            if done:
                self.posted.remove((entry, giver, taker))
                self.has[giver] += part
                self.has[taker] -= part

    @property
    def third(self) -> int:
        return type(self).leader

    @invariant()
    def balances_equal_model_and_journal(self):
        if not hasattr(self, "ids"):
            return
        found = self.run(rows("SELECT id, balance, held FROM ledger_account"))
        names = {each.id: name for name, each in self.ids.items()}
        assert {names[row["id"]]: (row["balance"], row["held"]) for row in found} == {
            name: (self.has[name], self.held[name]) for name in self.ids
        }
        assert sum(row["balance"] for row in found) == 0
        assert self.run(rows(FROM_THE_JOURNAL)) == []


async def a_fund() -> tuple[dict[str, Account], dict]:
    """The accounts of a fund on empty tables, with 2.000 đồng of recurrent money to contribute."""
    await Money.owner.execute(EMPTY)
    offices = await the_offices()
    Money.leader = offices.leader.id
    year, call = await a_year(offices, recurrent=2_000), await a_call()
    one = {"call": call.id, "proposal": (await a_proposal("appraised", call=call)).id}
    places = {
        "source": (Stage.SOURCE, "recurrent", {}), "recurrent": (Stage.APPROPRIATED, "recurrent", {}),
        "fund": (Stage.APPROPRIATED, "fund", {}), "allocated": (Stage.ALLOCATED, "fund", {"call": call.id}),
        "committed": (Stage.COMMITTED, "fund", one), "advanced": (Stage.ADVANCED, "fund", one), "paid": (Stage.PAID, "fund", one),
    }  # fmt: skip
    ids = {name: await ledger.account(stage, stream, year, **more) for name, (stage, stream, more) in places.items()}
    return ids, {"made_by": offices.officer.id, "approved_by": offices.fund.id}


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("bare_ledger")
def test_any_course_of_a_fund_s_money_conserves_it(server):
    import asyncpg

    with asyncio.Runner() as runner:
        Money.loop, Money.start = runner.get_loop(), staticmethod(a_fund)

        async def connect():
            Money.owner = await asyncpg.connect(**database.connection(server))
            connected = database.connected(config=database.connection(server) | database.as_app(), size=2)
            await connected.__aenter__()
            return connected

        connected = Money.loop.run_until_complete(connect())
        try:
            run_state_machine_as_test(Money, settings=settings(
                max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None,
                derandomize="MACHINE_EXAMPLES" not in os.environ, print_blob=True,
                suppress_health_check=list(HealthCheck),
            ))
        finally:
            Money.loop.run_until_complete(connected.__aexit__(None, None, None))
            Money.loop.run_until_complete(Money.owner.close())
