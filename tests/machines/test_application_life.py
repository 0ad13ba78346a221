"""An application through any course of events: its state, its writers, its sums and its snapshots stay true to a plain model."""

import asyncio
import os
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from grants.calls.tables import Call
from grants.people.tables import Role
from grants.proposals import drafts, lines, openings, proposals, submissions, teams
from grants.proposals.tables import BudgetLine, Proposal, Submission
from grants.shell import database
from grants.shell.changes import Refused, at, now
from grants.shell.database import rows
from tests.conftest import EMPTY
from tests.makers import a_call, a_person, a_proposal, an_organisation

EXAMPLES, STEPS = int(os.environ.get("MACHINE_EXAMPLES", 60)), int(os.environ.get("MACHINE_STEPS", 40))
PEOPLE = st.sampled_from(["lead"] * 6 + ["rector"] * 4 + ["officer"] * 4 + ["editor", "reader", "stranger"])


class Life(RuleBasedStateMachine):
    """Everyone tries everything at any time; a step is accepted exactly when the model says that it is legal."""

    loop: asyncio.AbstractEventLoop = None
    start = None

    def run(self, work):
        return self.loop.run_until_complete(work)

    @initialize()
    def begin(self):
        self.who, self.call, self.id = self.run(type(self).start())
        self.moment = now()
        self.state, self.certified, self.opened, self.snapshots = "draft", False, False, 0
        self.lines = {1: 900_000_000}

    @property
    def open(self) -> bool:
        return self.moment <= self.call.deadline and not self.opened

    @property
    def late(self) -> bool:
        return self.moment > self.call.deadline

    def writes(self, who: str) -> bool:
        return who in ("lead", "editor") and self.state == "draft"

    def tries(self, verb, legal: bool, **more) -> bool:
        """Call the verb on a fresh copy at the machine's moment; it is accepted exactly when the model finds it legal."""

        async def do():
            with at(self.moment):
                await verb(await Proposal.objects().where(Proposal.id == self.id).first(), **more)

        try:
            self.run(do())
        except Refused:
            assert not legal, (verb, self.state)
            return False
        assert legal, (verb, self.state)
        return True

    @rule(who=PEOPLE, text=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=40))
    def write(self, who, text):
        if self.tries(lambda p, by: drafts.write(p, "need", text or "Chưa viết", by=by), self.writes(who), by=self.who[who]):
            self.certified = False

    @rule(who=PEOPLE, amount=st.integers(1, 10**12))
    def add_a_line(self, who, amount):
        made = []

        async def verb(p, by):
            made.append(await lines.add_line(p, by=by, group=1, year=2026, source="recurrent", requested=amount))

        if self.tries(verb, self.writes(who), by=self.who[who]):
            self.certified, self.lines[made[0].id] = False, amount

    @rule(who=PEOPLE)
    def certify(self, who):
        self.certifies(who)

    @rule(who=PEOPLE)
    def submit(self, who):
        self.submits(who)

    @rule()
    def hand_in_in_order(self):
        self.certifies("rector")
        self.submits("lead")

    def certifies(self, who):
        legal = who == "rector" and self.state == "draft" and not self.certified
        if self.tries(submissions.certify, legal, by=self.who[who]):
            self.certified = True

    def submits(self, who):
        if self.tries(submissions.submit, who == "lead" and self.state == "draft" and self.open and self.certified, by=self.who[who]):
            self.state, self.snapshots = "submitted", self.snapshots + 1

    @rule(who=PEOPLE)
    def take_back(self, who):
        if self.tries(submissions.reopen, who == "lead" and self.state == "submitted" and self.open, by=self.who[who]):
            self.state = "draft"

    @rule(who=PEOPLE, seldom=st.integers(0, 9))
    def withdraw(self, who, seldom):
        if seldom:
            return
        legal = who == "lead" and (self.state == "draft" or (self.state == "submitted" and not self.late))
        if self.tries(submissions.withdraw, legal, by=self.who[who]):
            self.state = "withdrawn"

    @rule(now_or_not=st.integers(0, 2))
    def the_deadline_passes(self, now_or_not):
        if now_or_not == 0:
            self.moment = max(self.moment, self.call.deadline + timedelta(hours=1))

    @rule(who=PEOPLE)
    def open_session(self, who):
        async def verb(_proposal, by):
            await openings.open_session(await Call.objects().where(Call.id == self.call.id).first(), by=by)

        if self.tries(verb, who == "officer" and self.late and not self.opened, by=self.who[who]):
            self.opened = True

    @rule(who=PEOPLE, eligible=st.booleans())
    def confirm(self, who, eligible):
        legal = who == "officer" and self.opened and self.state == "submitted"
        if self.tries(openings.confirm, legal, eligible=eligible, remark="Đã xem từng giấy tờ.", by=self.who[who]):
            self.state = "eligible" if eligible else "ineligible"

    @rule(who=PEOPLE)
    def enter_review_and_conclude(self, who):
        if self.tries(proposals.enter_review, self.state == "eligible", by=self.who[who]):
            self.state = "in_review"

    @invariant()
    def the_row_is_as_the_model(self):
        if not hasattr(self, "id"):
            return
        row = self.run(Proposal.objects().where(Proposal.id == self.id).first())
        lines = self.run(BudgetLine.select(BudgetLine.id, BudgetLine.requested))
        assert (row.state, row.certified_at is not None) == (self.state, self.certified)
        assert {line["id"]: line["requested"] for line in lines} == self.lines
        assert row.requested == row.requested_state == sum(self.lines.values())
        assert self.run(Submission.count()) == self.snapshots
        assert (row.reference is not None) == (self.snapshots > 0)


def test_whatever_happens_an_application_stays_true_to_its_rules(server):
    """Six people, any order, before and after the deadline."""
    loop = asyncio.new_event_loop()
    held = database.connected(config=database.connection(server) | database.as_app(), size=2)

    async def start():
        await rows("SELECT 1")
        return await a_world(server)

    try:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(held.__aenter__())
        Life.loop, Life.start = loop, staticmethod(start)
        run_state_machine_as_test(Life, settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None,
            derandomize="MACHINE_EXAMPLES" not in os.environ, suppress_health_check=list(HealthCheck),
        ))
    finally:
        loop.run_until_complete(held.__aexit__(None, None, None))
        loop.close()


async def a_world(server):
    """A fresh draft that lacks only its certification, and everyone who may try something with it."""
    import asyncpg

    owner = await asyncpg.connect(**database.connection(server))
    try:
        await owner.execute(EMPTY)
    finally:
        await owner.close()
    university = await an_organisation("Trường Đại học Tây Nguyên")
    who = {"lead": await a_person(Role.RESEARCHER, of=university), "rector": await a_person(Role.SIGNATORY, of=university)}
    who |= {name: await a_person(Role.RESEARCHER) for name in ("editor", "reader", "stranger")} | {"officer": await a_person(Role.OFFICER)}
    call = await a_call()
    draft = await a_proposal(lead=who["lead"], call=call, signatory=who["rector"].id)
    await drafts.add_product(draft, by=who["lead"], form="I", name="Bài báo", unit="bài", quantity=1, quality="")
    for name in ("editor", "reader"):
        member = await teams.invite(
            draft, by=who["lead"], email=who[name].email, full_name=name, part="team_member", months=1, access=name,
        )
        await rows("UPDATE team_member SET joined_at = now() WHERE id = $1", member.id)
    return who, call, draft.id
