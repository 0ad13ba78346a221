"""What a hand at an SQL console of the application's role may try: every act is refused by the database itself."""

from datetime import date

import pytest

from budget import adjustments, allocations, estimate_decisions, estimates, grounds, ledger, reservations
from budget.ledger import Kind
from budget.tables import Stage
from grants.people.people import today
from grants.shell.database import rows
from tests.console import answered_otherwise
from tests.makers import a_call, a_proposal, the_rules
from tests.makers_budget import FROM_THE_JOURNAL, a_paper, a_year, adjusted, allocated, as_owner, closed, emptied

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]

ENTRY = """
    INSERT INTO ledger_entry (at, kind, state, out_of, "into", amount, resolves, corrects, document_kind, document_number,
                              document_date, made_by, approved_by, key)
    VALUES (now(), '{kind}', '{state}', {out_of}, {into}, {amount}, {resolves}, {corrects}, 'note', '{number}',
            '2026-01-05', {maker}, {checker}, 'act')
"""
USUAL = {
    "kind": "allocation", "state": "posted", "out_of": "{appropriated}", "into": "{allocated}", "amount": "1",
    "resolves": "NULL", "corrects": "NULL", "number": "1", "maker": "{officer}", "checker": "{finance}",
}


def an_entry(**more: str) -> str:
    return ENTRY.format(**USUAL | more)


NO_RIGHT, BROKEN, TAKEN, NO_TARGET = "42501", "23514", "23505", "23503"
ACTS = {
    "change an amount": ("UPDATE ledger_entry SET amount = 1", NO_RIGHT),
    "delete an entry": ("DELETE FROM ledger_entry", NO_RIGHT),
    "empty the journal": ("TRUNCATE ledger_entry CASCADE", NO_RIGHT),
    "set a balance": ("UPDATE ledger_account SET balance = balance + 1000000000", NO_RIGHT),
    "let go of what is held by hand": ("UPDATE ledger_account SET held = 0", NO_RIGHT),
    "delete an account": ("DELETE FROM ledger_account", NO_RIGHT),
    "make a month's turnover up": (
        "INSERT INTO ledger_turnover (account, month, kind, came, went) VALUES ({appropriated}, '2026-01-01', 'supplement', 5, 0)",
        NO_RIGHT,
    ),
    "change a month's turnover": ("UPDATE ledger_turnover SET came = came + 5", NO_RIGHT),
    "turn over without an entry": ("SELECT ledger_turn({appropriated}, '2026-01-01', 'supplement', 5, 0)", NO_RIGHT),
    "open an account with money in it": (
        "INSERT INTO ledger_account (stage, stream, year, classification, balance, held) VALUES ('appropriated', 'fund', {year}, '', 5, 0)",
        "GL013",
    ),
    "open an account twice": (
        "INSERT INTO ledger_account (stage, stream, year, call, classification, balance, held) "
        "VALUES ('allocated', 'recurrent', {year}, {call}, '', 0, 0)", TAKEN,
    ),
    "open an application's account under another call": (
        "INSERT INTO ledger_account (stage, stream, year, call, proposal, classification, balance, held) "
        "VALUES ('committed', 'capital', {year}, {other_call}, {proposal}, '', 0, 0)", "GL011",
    ),
    "open an allocated account of no call": (
        "INSERT INTO ledger_account (stage, stream, year, classification, balance, held) VALUES ('allocated', 'fund', {year}, '', 0, 0)",
        BROKEN,
    ),
    "switch the trigger off": ("ALTER TABLE ledger_entry DISABLE TRIGGER ledger_posts", NO_RIGHT),
    "switch triggers off for the session": ("SET session_replication_role = replica", NO_RIGHT),
    "replace the trigger's function": (
        "CREATE OR REPLACE FUNCTION ledger_posts() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'", NO_RIGHT,
    ),
    "overspend": (an_entry(amount="9000000001"), "GL012"),
    "spend what is held": (
        an_entry(kind="virement", out_of="{allocated}", into="{appropriated}", amount="600000000"), "GL012",
    ),
    "a negative amount": (an_entry(amount="-1"), BROKEN),
    "from an account to itself": (an_entry(into="{appropriated}"), BROKEN),
    "approve one's own entry": (an_entry(checker="{officer}"), BROKEN),
    "without a document": (an_entry(number=""), BROKEN),
    "in nobody's name": (an_entry(maker="999999"), NO_TARGET),
    "mix streams": (an_entry(into="{allocated_capital}"), "GL009"),
    "contribute out of the fund": (
        an_entry(kind="contribution", out_of="{appropriated}", into="{appropriated_capital}"), "GL009",
    ),
    "allocate straight from the source": (an_entry(out_of="{source}"), "GL008"),
    "commit without a reservation": (an_entry(kind="commitment", out_of="{allocated}", into="{committed}"), "GL004"),
    "pay without a hold": (an_entry(kind="payment", out_of="{committed}", into="{paid}"), "GL004"),
    "reserve for an application of another call": (
        an_entry(kind="reservation", state="pending", out_of="{allocated_other}", into="{committed}"), "GL011",
    ),
    "hold what is no hold": (an_entry(state="pending"), "GL004"),
    "a kind that is not known": (an_entry(kind="gift"), BROKEN),
    "spend next year's money this year": (an_entry(out_of="{appropriated_next}"), "GL010"),
    "spend across years as a virement": (an_entry(kind="virement", into="{appropriated_next}"), "GL010"),
    "post to a closed year": (an_entry(out_of="{appropriated_closed}", into="{allocated_closed}"), "GL002"),
    "post to a year never opened": (an_entry(out_of="{appropriated_unopened}", into="{allocated_unopened}"), "GL001"),
    "open a closed year again": ("UPDATE budget_year SET state = 'open' WHERE year = {year} - 1", "GL015"),
    "take a closed year away": ("DELETE FROM budget_year WHERE year = {year} - 1", "GL015"),
    "make a year that is closed from the start": ("INSERT INTO budget_year (year, state) VALUES (2000, 'closed')", "GL015"),
    "resolve for more than was held": (
        an_entry(kind="commitment", out_of="{allocated}", into="{committed}", resolves="{pending}", amount="500000001"), "GL005",
    ),
    "resolve into another account": (
        an_entry(kind="commitment", out_of="{allocated}", into="{committed_second}", resolves="{pending}"), "GL005",
    ),
    "void only in part": (
        an_entry(kind="reservation", state="void", out_of="{allocated}", into="{committed}", resolves="{pending}"), "GL005",
    ),
    "resolve what is already resolved": (
        an_entry(kind="commitment", out_of="{allocated}", into="{committed}", resolves="{resolved}"), TAKEN,
    ),
    "resolve a posted entry": (an_entry(kind="payment", resolves="{posted}"), "GL005"),
    "correct for more than the entry": (
        an_entry(kind="correction", out_of="{allocated}", into="{appropriated}", corrects="{posted}", amount="1000000001"), "GL007",
    ),
    "correct the wrong way round": (an_entry(kind="correction", corrects="{posted}"), "GL007"),
    "a correction that names nothing": (an_entry(kind="correction", out_of="{allocated}", into="{appropriated}"), "GL004"),
    "change a classification on the way": (an_entry(out_of="{appropriated_101}"), "GL016"),
    "give a call a second classification": (
        "INSERT INTO ledger_account (stage, stream, year, call, classification, balance, held) "
        "VALUES ('allocated', 'recurrent', {year}, {call}, '417-100-101', 0, 0)", "GL017",
    ),
    "close a year while something is held in it": (
        "UPDATE budget_year SET state = 'adjusting' WHERE year = {year}; "
        "UPDATE budget_year SET state = 'closed', closing_asked_by = {officer}, closed_by = {finance} WHERE year = {year}", "GL014",
    ),
    "close a year with money left in it": (
        "UPDATE budget_year SET state = 'adjusting' WHERE year = {year} + 1; "
        "UPDATE budget_year SET state = 'closed', closing_asked_by = {officer}, closed_by = {finance} WHERE year = {year} + 1", "GL018",
    ),
    "close a year alone": ("UPDATE budget_year SET closing_asked_by = {officer}, closed_by = {officer} WHERE year = {year}", BROKEN),
    "cut more than there is": (an_entry(kind="cut", into="{source}", amount="9000000001"), "GL012"),
    "raise an approved allocation": ("UPDATE allocation SET amount = amount + 1 WHERE state = 'approved'", "GL019"),
    "turn an approved allocation back": ("UPDATE allocation SET state = 'proposed', entry = NULL WHERE state = 'approved'", "GL019"),
    "delete an allocation": ("DELETE FROM allocation", "GL019"),
    "put an approved allocation in": (
        "INSERT INTO allocation (call, stream, year, classification, amount, state, made_by, made_at, reason, document_number, entry) "
        "VALUES ({call}, 'recurrent', {year}, '', 5, 'approved', {officer}, now(), '', '1', {posted})", "GL019",
    ),
    "approve an allocation with another's entry": (
        "UPDATE allocation SET state = 'approved', decided_by = {finance}, entry = {posted} WHERE state = 'proposed'", "GL019",
    ),
    "raise what was asked while it waits": ("UPDATE allocation SET amount = amount + 1 WHERE state = 'proposed'", "GL019"),
    "raise an approved reservation": ("UPDATE reservation SET amount = amount + 1 WHERE state = 'approved'", "GL019"),
    "delete a reservation": ("DELETE FROM reservation", "GL019"),
    "ask anew for what is held": ("UPDATE reservation SET state = 'requested', entry = NULL WHERE state = 'approved'", "GL019"),
    "change a decided estimate": ("UPDATE estimate SET decision_number = 'x' WHERE state = 'decided'", "GL019"),
    "delete a decided estimate": ("DELETE FROM estimate_line; DELETE FROM estimate", "GL019"),
    "change a decided line": ("UPDATE estimate_line SET decided = decided + 1 WHERE decided IS NOT NULL", "GL019"),
    "delete a decided line": ("DELETE FROM estimate_line WHERE decided IS NOT NULL", "GL019"),
    "add a line to a decided estimate": (
        "INSERT INTO estimate_line (estimate, stream, purpose, classification, name, working, proposed, reason) "
        "SELECT id, 'recurrent', 'new', '', 'Thêm', '', 5, '' FROM estimate WHERE state = 'decided'", "GL019",
    ),
    "decide a stream twice": (
        "INSERT INTO stream_decision (estimate, stream, number, decided_on, amount, decided_by, decided_at) "
        "SELECT estimate, stream, '9', '2026-01-05', amount, decided_by, now() FROM stream_decision", "23505",
    ),
    "decide a stream that finance did not send": (
        "INSERT INTO stream_decision (estimate, stream, number, decided_on, amount, decided_by, decided_at) "
        "VALUES ({waiting}, 'recurrent', '9', '2026-01-05', 7, {leader}, now())", "GL019",
    ),
    "decide more than finance agreed to": (
        "INSERT INTO stream_decision (estimate, stream, number, decided_on, amount, decided_by, decided_at) "
        "VALUES ({waiting}, 'capital', '9', '2026-01-05', 8, {leader}, now())", "GL019",
    ),
    "decide one's own estimate": (
        "INSERT INTO stream_decision (estimate, stream, number, decided_on, amount, decided_by, decided_at) "
        "VALUES ({waiting}, 'capital', '9', '2026-01-05', 7, {officer}, now())", "GL019",
    ),
    "change a stream's decision": ("UPDATE stream_decision SET amount = amount + 1", NO_RIGHT),
    "take a stream's decision back": ("DELETE FROM stream_decision", NO_RIGHT),
    "take a decided part back from the leaders": ("DELETE FROM stream_submission", "GL019"),
    "raise the sum that was sent": ("UPDATE stream_submission SET amount = amount + 1", "GL019"),
    "have a part with the leaders and with the officer": (
        "INSERT INTO stream_return (estimate, stream, reason, returned_by, returned_at) "
        "VALUES ({waiting}, 'capital', 'x', {leader}, now())", "GL019",
    ),
    "put the decided amount on a line without a decision": (
        "UPDATE estimate_line SET decided = agreed WHERE estimate = {waiting} AND stream = 'capital'", "GL019",
    ),
    "raise a line that finance has": (
        "UPDATE estimate_line SET proposed = 99 WHERE estimate = {waiting} AND stream = 'recurrent'", "GL019",
    ),
    "strike a line that finance has": ("DELETE FROM estimate_line WHERE estimate = {waiting} AND stream = 'recurrent'", "GL019"),
    "call an estimate decided that half waits": (
        "UPDATE estimate SET state = 'decided', decision_number = '9', decided_on = '2026-01-05', decided_by = {leader} "
        "WHERE id = {waiting}", "GL019",
    ),
    "put a decided estimate in": (
        "INSERT INTO estimate (year, state, made_by, decision_number, decided_on, decided_by, remark) "
        "VALUES (2099, 'decided', {officer}, '1', '2026-01-05', {leader}, '')", "GL019",
    ),
    "rewrite a round of an estimate": ("UPDATE estimate_round SET lines = '[]'", NO_RIGHT),
    "change an award": ("UPDATE award SET amount = amount + 1", NO_RIGHT),
    "appropriate what nobody decided": (an_entry(kind="appropriation", out_of="{source}", into="{appropriated}"), "GL021"),
    "appropriate more than was decided, by the decision's number": (
        an_entry(kind="appropriation", out_of="{source_decided}", into="{appropriated_decided}", number="2", checker="{leader}"), "GL021",
    ),
    "supplement without a decision": (an_entry(kind="supplement", out_of="{source}", into="{appropriated}"), "GL021"),
    "supplement once more by the same decision": (
        an_entry(kind="supplement", out_of="{source}", into="{appropriated}", amount="5", number="3", checker="{leader}"), "GL021",
    ),
    "cut without a decision": (an_entry(kind="cut", into="{source}"), "GL021"),
    "hand money over without a decision": (an_entry(kind="handover", into="{handed}"), "GL021"),
    "take money from a call without a decision": (an_entry(kind="virement", out_of="{allocated}", into="{appropriated}"), "GL021"),
    "contribute to the fund without a decision": (an_entry(kind="contribution", into="{appropriated_fund}"), "GL021"),
    "allocate without a request": (an_entry(), "GL021"),
    "commit what nobody awarded": (
        an_entry(kind="commitment", out_of="{allocated}", into="{committed}", resolves="{pending}", amount="500000000"), "GL021",
    ),
    "cancel what nobody decided about": (an_entry(kind="cancellation", into="{cancelled}"), "GL021"),
    "carry over what nobody decided about": (an_entry(kind="carry_over", out_of="{appropriated}", into="{appropriated_next}"), "GL021"),
    "award without committing": (
        "INSERT INTO award (proposal, outcome, amount, decision_number, decided_on, decided_by, decided_at, reasons) "
        "VALUES ({proposal}, 'awarded', 5, '1', '2026-01-05', {leader}, now(), '')", "GL021",
    ),
    "approve an adjustment with another's entry": (
        "UPDATE adjustment SET state = 'approved', decided_by = {leader}, document_number = '1', document_date = '2026-01-05', "
        "entry = {posted} WHERE state = 'proposed'", "GL019",
    ),
    "approve a second allocation with the entry of the first": (
        "UPDATE allocation SET state = 'approved', decided_by = {finance}, document_number = '1', document_date = '2026-01-05', "
        "entry = (SELECT entry FROM allocation WHERE state = 'approved') WHERE state = 'proposed'", TAKEN,
    ),
    "change a decided adjustment": ("UPDATE adjustment SET document_number = 'x' WHERE state = 'approved'", "GL019"),
    "delete an adjustment": ("DELETE FROM adjustment", "GL019"),
    "move money by an entry that conflicts away": (
        an_entry().replace("'act'", "'year-{year}-recurrent'") + " ON CONFLICT (key) DO NOTHING", None,
    ),
}  # fmt: skip


@pytest.fixture
async def named(world):
    """The ids that the acts name."""
    offices, year = world.offices, world.year
    other_call, second = await a_call(), await a_proposal("appraised", call=world.call)

    async def open_(stage: Stage, stream: str = "recurrent", in_year: int = year, **more) -> int:
        return (await ledger.account(stage, stream, in_year, **more)).id

    await a_year(offices, year - 1, recurrent=5)
    await a_year(offices, year + 1, recurrent=5)
    held = await ledger.reserve(
        Kind.RESERVATION, 500_000_000, out_of=world.allocated, into=world.committed, paper=a_paper(), key="held", **world.who
    )
    done = await ledger.reserve(
        Kind.RESERVATION, 7, out_of=world.allocated, into=world.committed, paper=a_paper(), key="done", **world.who
    )
    await ledger.void(done, paper=a_paper(), key="void", **world.who)
    in_closed = await open_(Stage.ALLOCATED, in_year=year - 1, call=world.call.id)
    await adjusted(offices, year - 1)
    await emptied(offices, year - 1)
    await closed(offices, year - 1)
    posted = await rows("SELECT id FROM ledger_entry WHERE kind = 'allocation' AND key LIKE 'call-%'")
    await decided(offices, world, other_call)
    plain, coded = [await ledger.account(Stage.APPROPRIATED, "recurrent", year, classification=code) for code in ("", "417-100-101")]
    async with as_owner():
        await ledger.post(Kind.VIREMENT, 100, out_of=plain, into=coded, paper=a_paper(), key="coded", **world.who)
    return {
        "year": year, "call": world.call.id, "other_call": other_call.id, "proposal": world.proposal.id,
        "officer": offices.officer.id, "finance": offices.recurrent.id, "pending": held.id, "resolved": done.id,
        "waiting": (await estimates.Estimate.objects().where(estimates.Estimate.state == "proposed").first()).id,
        "leader": offices.leader.id, "appropriated_101": coded.id, "posted": posted[0]["id"], "allocated": world.allocated.id,
        "committed": world.committed.id,
        "committed_second": await open_(Stage.COMMITTED, call=world.call.id, proposal=second.id),
        "paid": await open_(Stage.PAID, call=world.call.id, proposal=world.proposal.id),
        "source": await open_(Stage.SOURCE), "appropriated": await open_(Stage.APPROPRIATED),
        "appropriated_capital": await open_(Stage.APPROPRIATED, "capital"),
        "allocated_capital": await open_(Stage.ALLOCATED, "capital", call=world.call.id),
        "allocated_other": (await allocated(offices, other_call, 5)).id,
        "appropriated_next": await open_(Stage.APPROPRIATED, in_year=year + 1),
        "source_decided": await open_(Stage.SOURCE, in_year=year + 2), "handed": await open_(Stage.HANDED),
        "appropriated_decided": await open_(Stage.APPROPRIATED, in_year=year + 2), "cancelled": await open_(Stage.CANCELLED),
        "appropriated_fund": await open_(Stage.APPROPRIATED, "fund"),
        "appropriated_closed": await open_(Stage.APPROPRIATED, in_year=year - 1), "allocated_closed": in_closed,
        "appropriated_unopened": await open_(Stage.APPROPRIATED, in_year=year + 9),
        "allocated_unopened": await open_(Stage.ALLOCATED, in_year=year + 9, call=world.call.id),
    }  # fmt: skip


async def decided(offices, world, other_call) -> None:
    """An allocation approved and one that waits, an approved reservation, a decided estimate and a decided supplement."""
    await the_rules()
    for amount in (5, 6):
        asked = await allocations.propose(other_call, stream="recurrent", year=world.year, amount=amount, by=offices.officer)
        if amount == 5:
            await allocations.approve(asked, number="1", on=date(2026, 1, 5), by=offices.recurrent)
    third = await a_proposal("appraised", call=world.call, amount=9)
    for one in await reservations.request(third, by=offices.officer):
        await reservations.approve(one, by=offices.recurrent)
    estimate = await estimates.open_estimate(world.year + 2, by=offices.officer)
    await estimates.propose_line(estimate, stream="recurrent", purpose="new", name="Dòng", proposed=5, by=offices.officer)
    await estimates.submit(estimate, by=offices.officer)
    for line in await estimates.lines_of(estimate):
        await estimates.agree(line, 5, by=offices.recurrent)
    await estimates.submit_stream(estimate, "recurrent", by=offices.recurrent)
    await estimate_decisions.decide(estimate, streams=("recurrent",), number="2", on=date(2026, 1, 5), by=offices.leader)
    await half_sent(offices, world.year + 3)
    ground = (await grounds.of_act("supplement", today()))[0]
    more = await adjustments.propose(
        "supplement", stream="recurrent", year=world.year, amount=5, ground=ground.id, reason="Thêm", target="code:", by=offices.officer
    )
    await adjustments.approve(more, number="3", on=date(2026, 1, 5), by=offices.leader)
    await adjustments.propose(
        "supplement", stream="recurrent", year=world.year, amount=6, ground=ground.id, reason="Thêm", target="code:", by=offices.officer
    )


async def half_sent(offices, year: int) -> None:
    """An estimate whose capital part waits for the leaders, while finance still has the recurrent one."""
    estimate = await estimates.open_estimate(year, by=offices.officer)
    for stream in ("capital", "recurrent"):
        await estimates.propose_line(estimate, stream=stream, purpose="new", name="Dòng", proposed=7, by=offices.officer)
    await estimates.submit(estimate, by=offices.officer)
    capital = (await estimates.lines_of(estimate))[0]
    await estimates.agree(capital, 7, by=offices.capital)
    await estimates.submit_stream(estimate, "capital", by=offices.capital)


async def test_every_illegal_act_is_refused_by_the_database(named, server):
    everything = "SELECT (SELECT array_agg(a) FROM ledger_account a) AS a, (SELECT count(*) FROM ledger_entry) AS n"
    before = await rows(everything)
    assert await answered_otherwise(server, ACTS, **named) == {}
    assert await rows(everything) == before
    assert await rows(FROM_THE_JOURNAL) == []
