"""A whole budget year of two streams and a fund through any course of events, and the year after it.

The model is plain numbers and its own list of what may flow where; a step is accepted exactly when the model finds it legal.
Money is conserved, nothing is held or spent that is not there, and balances equal the model and the journal after every step.
"""

import asyncio
import itertools
import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from budget import ledger, years
from budget.ledger import Kind
from budget.tables import Account, Entry, Stage
from grants.shell import database
from grants.shell.changes import Refused
from grants.shell.clock import at
from grants.shell.database import rows
from tests.conftest import EMPTY
from tests.makers import a_call, a_proposal
from tests.makers_budget import FROM_THE_JOURNAL, a_paper, after, the_offices

EXAMPLES, STEPS = int(os.environ.get("MACHINE_EXAMPLES", 100)), int(os.environ.get("MACHINE_STEPS", 40))
AMOUNTS, PICK = st.integers(1, 900), st.integers(0, 10_000)
STREAMS, CODES = ("capital", "recurrent", "fund"), ("417-100-101", "417-100-102")
START = 3_000  # đồng given to each of the two streams under each code
# What has happened when the machine starts: an amount of each call's stream and code at each stage.
GONE = {"allocated": 1_800, "committed": 1_400, "advanced": 500, "paid": 300}
KEPT = ("ledger_entry", "ledger_account", "ledger_turnover", "budget_year")
# kind → from which stage to which; all within one stream and year, one thing and one code, but as said in `legal`.
WAYS = {
    "supplement": ("source", "appropriated"), "cut": ("appropriated", "source"), "handover": ("appropriated", "handed"),
    "contribution": ("appropriated", "appropriated"), "allocation": ("appropriated", "allocated"),
    "clearance": ("advanced", "paid"), "settlement": ("paid", "settled"), "recovery": ("advanced", "recovered"),
}  # fmt: skip
HOLDS = {"reservation": ("allocated", "committed"), "advance": ("committed", "advanced"), "payment": ("committed", "paid")}
LATE = {"clearance", "settlement", "recovery", "correction", "cancellation", "carry_over"}  # what a year in adjustment still takes
VIREMENTS = {("appropriated", "appropriated"), ("allocated", "allocated"), ("allocated", "appropriated")}
REMAINDERS = ("appropriated", "allocated", "committed", "advanced")


class Year(RuleBasedStateMachine):
    """A place is (stage, stream, year, call, application, code); the model keeps what each has and holds."""

    loop: asyncio.AbstractEventLoop = None
    start = None
    accepted, refused = Counter(), Counter()

    def run(self, work):
        return self.loop.run_until_complete(work)

    @initialize()
    def begin(self):
        self.run(type(self).owner.execute(AS_IT_WAS))
        self.places, self.who, self.third, self.year = type(self).start
        self.keys = map(str, itertools.count())
        self.has, self.held = dict(type(self).began), dict.fromkeys(self.places, 0)
        self.phase = {self.year: "open", self.year + 1: "open"}
        self.pending: dict[int, tuple[Entry, str, tuple, tuple]] = {}
        self.posted: list[tuple[Entry, tuple, tuple]] = []

    # --- the model ---

    def free(self, place) -> int:
        return self.has[place] - self.held[place]

    def takes(self, year: int, kind: str) -> bool:
        return self.phase[year] == "open" or (self.phase[year] == "adjusting" and kind in LATE)

    def legal(self, kind: str, amount: int, giver, taker) -> bool:
        """The rules of a posting that stands by itself, written down a second time."""
        (here, stream, year, call, proposal, code), (there, into, when, its_call, its_proposal, its_code) = giver, taker
        arrives = self.phase[when] == "open" if kind == "carry_over" else self.takes(when, kind)
        if giver == taker or not self.takes(year, kind) or not arrives:
            return False
        if kind == "virement":
            known = (here, there) in VIREMENTS
        elif kind == "cancellation":
            known = there == "cancelled" and here in ("appropriated", "allocated", "committed")
        elif kind == "carry_over":
            known = here == there and here in REMAINDERS
        else:
            known = WAYS[kind] == (here, there)
        same_stream = (stream != "fund" and into == "fund") if kind == "contribution" else stream == into
        same_call = kind == "virement" or None in (call, its_call) or call == its_call
        same_thing = same_call and (None in (proposal, its_proposal) or proposal == its_proposal)
        if kind == "carry_over":
            same_thing = (call, proposal) == (its_call, its_proposal)
        same_code = code == its_code or "source" in (here, there) or kind in ("virement", "contribution")
        enough = here == "source" or amount <= self.free(giver)
        return known and same_stream and same_thing and same_code and when == year + (kind == "carry_over") and enough

    def moved(self, amount: int, giver, taker) -> None:
        self.has[giver] -= amount
        self.has[taker] += amount

    # --- the steps ---

    def enters(self, work, legal: bool, kind: str):
        """Run the verb; it is accepted exactly when the model finds it legal."""
        try:
            entry = self.run(work)
        except Refused:
            assert not legal
            type(self).refused[kind] += 1
            return None
        assert legal
        type(self).accepted[kind] += 1
        return entry

    def between(self, giver, taker) -> dict:
        return {"out_of": self.places[giver], "into": self.places[taker], "paper": a_paper(), "key": next(self.keys)}

    def chosen(self, stages, pick: int):
        """A place of these stages; mostly one with money in it (0, which the search is fond of, is such a one)."""
        known = [place for place in self.places if place[0] in stages]
        rich = [place for place in known if self.free(place) > 0]
        return rich[pick % len(rich)] if rich and pick % 5 != 4 else known[pick % len(known)]

    def post(self, kind: str, amount: int, giver, taker) -> None:
        entry = self.enters(
            ledger.post(Kind(kind), amount, **self.between(giver, taker), **self.who), self.legal(kind, amount, giver, taker), kind
        )
        if entry:
            self.moved(amount, giver, taker)
            self.posted.append((entry, giver, taker))

    def partner(self, giver, stage: str, pick: int):
        """Mostly where the money may go, now and then anywhere of that stage."""
        own = [p for p in self.places if p[0] == stage and p[1:3] == giver[1:3] and p[5] == giver[5]
               and (giver[3] in (None, p[3])) and (giver[4] in (None, p[4]))]
        return own[pick % len(own)] if own and pick % 8 != 7 else self.chosen({stage}, pick)

    @rule(kind=st.sampled_from(["allocation", "settlement", *sorted(WAYS)]), amount=AMOUNTS, one=PICK, other=PICK)
    def posts(self, kind, amount, one, other):
        giver = self.chosen({WAYS[kind][0]}, one)
        self.post(kind, amount, giver, self.partner(giver, WAYS[kind][1], other))

    @rule(amount=AMOUNTS, one=PICK, other=PICK)
    def transfers(self, amount, one, other):
        self.post("virement", amount, self.chosen({"appropriated", "allocated"}, one), self.chosen({"appropriated", "allocated"}, other))

    @rule(amount=AMOUNTS, one=PICK, other=PICK)
    def contributes(self, amount, one, other):
        giver = self.chosen({"appropriated"}, one)
        fund = ("appropriated", "fund", giver[2], None, None, "")
        self.post("contribution", amount, giver, fund if other % 6 != 5 else self.chosen({"appropriated"}, other))

    @rule(over=st.booleans())
    def everything_that_is_left_goes(self, over):
        """In adjustment, when nothing is held any more: all of it is carried over, or what may be is cancelled; then the year closes."""
        if self.phase[self.year] != "adjusting" or any(self.held[p] for p in self.places if p[2] == self.year):
            return
        for giver in [p for p in self.places if p[2] == self.year and p[0] in REMAINDERS and self.has[p]]:
            stage, stream, year, *what = giver
            carried = over or stage == "advanced"
            taker = (stage, stream, year + 1, *what) if carried else ("cancelled", stream, year, *what)
            self.post("carry_over" if carried else "cancellation", self.free(giver), giver, taker)
        self.enters(self.closes(), True, "close")
        self.phase[self.year] = "closed"

    @rule(amount=AMOUNTS, one=PICK, over=st.booleans())
    def ends(self, amount, one, over):
        """Carries a remainder into the next year, or cancels it; often all of it."""
        giver = self.chosen(REMAINDERS, one)
        amount = max(1, self.free(giver)) if one % 3 else amount
        stage, stream, year, *what = giver
        taker = (stage, stream, year + 1, *what) if over else ("cancelled", stream, year, *what)
        if taker in self.places:
            self.post("carry_over" if over else "cancellation", amount, giver, taker)

    @rule(kind=st.sampled_from(sorted(HOLDS)), amount=AMOUNTS, one=PICK, other=PICK)
    def holds(self, kind, amount, one, other):
        giver = self.chosen({HOLDS[kind][0]}, one)
        taker = self.partner(giver, HOLDS[kind][1], other)
        fits = giver[1:3] == taker[1:3] and giver[5] == taker[5] and giver[3] == taker[3] and giver[4] in (None, taker[4])
        entry = self.enters(
            ledger.reserve(Kind(kind), amount, **self.between(giver, taker), **self.who),
            fits and amount <= self.free(giver) and self.phase[giver[2]] == "open", kind,
        )
        if entry:
            self.held[giver] += amount
            self.pending[entry.id] = (entry, kind, giver, taker)

    @rule(pick=PICK, part=st.integers(1, 1_000))
    def settles(self, pick, part):
        if self.pending:
            entry, kind, giver, taker = list(self.pending.values())[pick % len(self.pending)]
            done = self.enters(
                ledger.settle(entry, part, paper=a_paper(), key=next(self.keys), made_by=self.who["approved_by"], approved_by=self.third),
                part <= entry.amount and self.phase[giver[2]] == "open", f"settled {kind}",
            )
            if done:
                del self.pending[entry.id]
                self.held[giver] -= entry.amount
                self.moved(part, giver, taker)
                self.posted.append((done, giver, taker))

    @rule(pick=PICK)
    def voids(self, pick):
        if self.pending:
            entry, _kind, giver, _taker = list(self.pending.values())[pick % len(self.pending)]
            void = ledger.void(entry, paper=a_paper(), key=next(self.keys), **self.who)
            if self.enters(void, self.phase[giver[2]] != "closed", "void"):
                del self.pending[entry.id]
                self.held[giver] -= entry.amount

    @rule(pick=PICK, part=st.integers(1, 1_000))
    def corrects(self, pick, part):
        if self.posted:
            wrong, giver, taker = self.posted[pick % len(self.posted)]
            years_take = all(self.takes(place[2], "correction") for place in (giver, taker))
            done = self.enters(
                ledger.correct(wrong, part, paper=a_paper(), key=next(self.keys), **self.who),
                part <= wrong.amount and years_take and (taker[0] == "source" or part <= self.free(taker)), "correction",
            )
            if done:
                self.posted.remove((wrong, giver, taker))
                self.moved(part, taker, giver)

    @rule(pick=st.integers(0, 14))
    def the_year_moves_on(self, pick):
        """Now and then the year goes into adjustment, and from there, when nothing is held or left, it closes."""
        if pick != 5:
            return
        phase = self.phase[self.year]
        left = any(self.has[p] > 0 for p in self.places if p[2] == self.year and p[0] in REMAINDERS)
        if phase == "open":
            self.run(self.adjusts())
            self.phase[self.year] = "adjusting"
        elif phase == "adjusting" and self.enters(self.closes(), not left, "close"):
            self.phase[self.year] = "closed"

    async def adjusts(self) -> None:
        with at(after(self.year)):
            await years.adjust(await years.of(self.year), by=type(self).offices.recurrent)

    async def closes(self) -> bool:
        await years.ask_to_close(await years.of(self.year), by=type(self).offices.officer)
        await years.close(await years.of(self.year), by=type(self).offices.recurrent)
        return True

    @invariant()
    def balances_equal_model_and_journal(self):
        if not hasattr(self, "places"):
            return
        found = {row["id"]: (row["balance"], row["held"]) for row in self.run(rows("SELECT id, balance, held FROM ledger_account"))}
        assert found == {account.id: (self.has[place], self.held[place]) for place, account in self.places.items()}
        assert sum(balance for balance, _held in found.values()) == 0

    def teardown(self):
        if hasattr(self, "places"):
            assert self.run(rows(FROM_THE_JOURNAL)) == []
            carried = self.run(rows("SELECT a.year, sum(t.came)::bigint AS came, sum(t.went)::bigint AS went FROM ledger_account a "
                                    "JOIN ledger_turnover t ON t.account = a.id WHERE t.kind = 'carry_over' GROUP BY 1"))
            sums = {row["year"]: (row["came"], row["went"]) for row in carried}
            assert sums.get(self.year, (0, 0))[1] == sums.get(self.year + 1, (0, 0))[0]


async def a_year_of_money() -> tuple[dict[tuple, Account], dict, int, int]:
    """Two streams under two codes each, and a fund, over two years; two calls, three applications."""
    await Year.owner.execute(EMPTY)
    offices = Year.offices = await the_offices()
    year = 2030
    for each in (year, year + 1):
        await years.open_year(each, by=offices.leader)
    who = {"made_by": offices.officer.id, "approved_by": offices.fund.id}
    calls = {("recurrent", CODES[0]): await a_call(), ("capital", CODES[1]): await a_call(), ("fund", ""): await a_call()}
    first = [await a_proposal("appraised", call=call) for call in calls.values()]
    found: dict[tuple, Account] = {}

    async def open_(stage: str, stream: str, in_year: int, call=None, proposal=None, code: str = "") -> None:
        found[stage, stream, in_year, call, proposal, code] = await ledger.account(
            Stage(stage), stream, in_year, call=call, proposal=proposal, classification=code
        )

    for in_year in (year, year + 1):
        for stream in STREAMS:
            await open_("source", stream, in_year)
            for code in CODES if stream != "fund" else ("",):
                for stage in ("appropriated", "handed", "cancelled"):
                    await open_(stage, stream, in_year, code=code)
        for ((stream, code), call), proposal in zip(calls.items(), first, strict=True):
            await open_("allocated", stream, in_year, call.id, None, code)
            for stage in ("committed", "advanced", "paid", "settled", "recovered", "cancelled"):
                await open_(stage, stream, in_year, call.id, proposal.id, code)
            await open_("cancelled", stream, in_year, call.id, None, code)
    await begun(found, list(calls), who, offices.leader.id, year)
    return found, who, offices.leader.id, year


async def begun(found: dict[tuple, Account], streams: list[tuple[str, str]], who: dict, leader: int, year: int) -> None:
    """The year's first months: appropriated, given to the fund, allocated, committed and advanced."""
    keys = map(str, itertools.count())

    async def post(verb, kind: str, amount: int, giver, taker) -> Entry:
        return await verb(Kind(kind), amount, out_of=found[giver], into=found[taker], paper=a_paper(), key=f"start-{next(keys)}", **who)

    def at_stage(stage: str, stream: str, code: str) -> tuple:
        return next(place for place in found if (place[0], place[1], place[2], place[5]) == (stage, stream, year, code))

    for stream, code in itertools.product(("capital", "recurrent"), CODES):
        await post(ledger.post, "appropriation", START, at_stage("source", stream, ""), at_stage("appropriated", stream, code))
    for code in CODES:
        await post(ledger.post, "contribution", 1_000, at_stage("appropriated", "recurrent", code), at_stage("appropriated", "fund", ""))
    for stream, code in streams:
        chain = [at_stage(stage, stream, code) for stage in ("appropriated", "allocated", "committed", "advanced", "paid")]
        await post(ledger.post, "allocation", GONE["allocated"], *chain[:2])
        for kind, stage, ends in (
            ("reservation", "committed", chain[1:3]), ("advance", "advanced", chain[2:4]), ("payment", "paid", chain[2::2]),
        ):
            held = await post(ledger.reserve, kind, GONE[stage], *ends)
            await ledger.settle(held, paper=a_paper(), key=f"{held.key}-done", made_by=who["approved_by"], approved_by=leader)


# All is emptied before anything comes back: emptying the accounts takes what refers to them along, the turnover too.
AS_IT_WAS = f"SET session_replication_role = replica; TRUNCATE {', '.join(KEPT)} CASCADE; " + "".join(
    f"INSERT INTO {table} SELECT * FROM as_it_was_{table}; " for table in reversed(KEPT)
) + "SET session_replication_role = origin"


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("bare_ledger")
def test_any_course_of_a_budget_year_conserves_its_money(server):
    import asyncpg

    with asyncio.Runner() as runner:
        Year.loop = runner.get_loop()

        async def connect():
            Year.owner = await asyncpg.connect(**database.connection(server))
            connected = database.connected(config=database.connection(server) | database.as_app(), size=2)
            await connected.__aenter__()
            return connected

        async def remember() -> None:
            Year.start = await a_year_of_money()
            balances = {row["id"]: row["balance"] for row in await rows("SELECT id, balance FROM ledger_account")}
            Year.began = {place: balances[account.id] for place, account in Year.start[0].items()}
            for table in KEPT:
                await Year.owner.execute(f"CREATE TABLE as_it_was_{table} AS SELECT * FROM {table}")

        connected = Year.loop.run_until_complete(connect())
        try:
            Year.loop.run_until_complete(remember())
            run_state_machine_as_test(Year, settings=settings(
                max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None,
                derandomize="MACHINE_EXAMPLES" not in os.environ, print_blob=True,
                suppress_health_check=list(HealthCheck),
            ))
        finally:
            for table in KEPT:
                Year.loop.run_until_complete(Year.owner.execute(f"DROP TABLE IF EXISTS as_it_was_{table}"))
            Year.loop.run_until_complete(connected.__aexit__(None, None, None))
            Year.loop.run_until_complete(Year.owner.close())
    # The courses went nearly everywhere: hardly a kind of step was never taken, and many were refused.
    steps = {*WAYS, *HOLDS, *(f"settled {kind}" for kind in HOLDS), "virement", "carry_over", "cancellation", "correction", "void", "close"}
    assert EXAMPLES < 100 or len(steps - set(Year.accepted)) <= 3, Year.accepted
    assert EXAMPLES < 100 or Year.refused.total() > 100
