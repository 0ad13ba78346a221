"""`check` is silent where all went through the verbs, and names whatever a hand in the database did."""

import asyncpg
import pytest

from grants import checks
from grants.people.tables import Organisation, Person, Role
from grants.shell import events
from grants.shell.changes import add, changing, remove
from grants.shell.events import Event
from tests.makers import LONG_AGO, a_person

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]

# How each invariant can be broken in the demo world by a hand that may do everything.
A_POSTED = "(SELECT id FROM ledger_entry WHERE state = 'posted' AND kind = 'allocation' ORDER BY id LIMIT 1)"
A_GIVEN = "(SELECT id FROM ballot WHERE state = 'given' ORDER BY id LIMIT 1)"
BREAKS = {
    "every account's balance is what the journal says": f"UPDATE ledger_entry SET amount = amount + 1 WHERE id = {A_POSTED}",
    "an account's turnover is what the journal says, and adds up to its balance":
        "UPDATE ledger_turnover SET came = came + 1 WHERE account = (SELECT min(account) FROM ledger_turnover)",
    "what an account holds is what its open entries hold": "UPDATE ledger_account SET held = held + 1 WHERE balance > held",
    "no account gives or holds more than it has": "ALTER TABLE ledger_account DROP CONSTRAINT never_overspent; "
        "UPDATE ledger_account SET held = balance + 1 WHERE stage = 'allocated'",
    "money is neither made nor lost: each year's accounts sum to zero": "UPDATE ledger_account SET balance = balance + 1",
    "an entry is settled for at most what it held, by its own kind":
        "UPDATE ledger_entry p SET amount = p.amount - 1 FROM ledger_entry r WHERE r.resolves = p.id AND r.amount = p.amount",
    "an approved allocation is its ledger entry": "UPDATE allocation SET amount = amount + 1 WHERE state = 'approved'",
    "a call's money is what the ledger has allocated to it": "UPDATE call SET money = money + 1",
    "an approved reservation holds its amount; a committed one is committed; a freed one holds nothing":
        "UPDATE reservation SET amount = amount + 1 WHERE state = 'committed'",
    "an awarded application has its decision, its approved amount and its project":
        "DELETE FROM project WHERE id = (SELECT max(id) FROM project)",
    "a decision belongs to an application that was decided so": "UPDATE proposal SET state = 'appraised' WHERE state = 'awarded'",
    "a project is led by whom its award or its last amendment names, under that title, and graded as its council graded it":
        "UPDATE project SET lead = (SELECT max(id) FROM person)",
    "a project was awarded": "UPDATE proposal SET state = 'declined' WHERE state = 'awarded'",
    "a project's years and sources add up to its approved amount": "UPDATE slice SET approved = approved + 1",
    "what is committed to an application is at most its award, stream by stream and year by year, with what was carried in":
        "UPDATE ledger_account SET balance = balance + 10000000000 WHERE stage = 'committed'",
    "a project's payments are at most what was committed to it": "UPDATE payment SET amount = amount + 100000000000 WHERE state = 'paid'",
    "a paid payment is its ledger entry, an approved one is held": "UPDATE payment SET amount = amount + 1 WHERE state = 'paid'",
    "a payment was asked for, approved and paid by three people": "ALTER TABLE payment DROP CONSTRAINT three_people; "
        "UPDATE payment SET paid_by = approved_by WHERE state = 'paid'",
    "a payment was approved by everyone whom its amount asks for, none of them its maker or payer":
        "DELETE FROM payment_approval WHERE id = (SELECT min(id) FROM payment_approval)",
    "a list of fees is the sum of its lines, these of their fees, and it is paid where the ledger paid it":
        "UPDATE pay_list SET amount = amount + 1 WHERE id = (SELECT min(id) FROM pay_list)",
    "what managing the work cost is the fees that were paid":
        "UPDATE ledger_account SET balance = balance + 1 WHERE stage = 'paid' AND proposal IS NULL",
    "a cleared clearance is its ledger entry": "UPDATE clearance SET amount = amount + 1 WHERE state = 'cleared'",
    "an approved settlement settles what was paid, but for what is paid back":
        "UPDATE settlement_sum SET paid = paid + 1 WHERE id = (SELECT min(id) FROM settlement_sum)",
    "what came back for a recovery is what it says, and booked": "UPDATE recovery_payment SET amount = amount - 1",
    "an unpaid recovery binds its organisation, a paid one no longer":
        "UPDATE obligation SET settled_on = NULL WHERE kind = 'recovery_unpaid'",
    "a loan's debt stands in the ledger":
        "INSERT INTO fund_loan (project, product, guarantee, principal, rate, months, every, first_due, state, "
        "agreed_on, agreement_number, made_by, lent, repaid, written_off) SELECT j.id, f.id, false, 9, 0, 9, 3, now(), 'running', now(), "
        "'1', j.lead, 5, 0, 0 FROM project j, fund_product f ORDER BY j.id, f.id LIMIT 1",
    "a matched line of a statement is its payment":
        "WITH s AS (INSERT INTO treasury_file (kind, name, sha256, imported_by, imported_at) "
        "SELECT 'treasury', 'x', 'x', id, now() FROM person ORDER BY id LIMIT 1 RETURNING id) INSERT INTO treasury_line "
        "(statement, row, number, \"on\", reference, out, back, remark, state, difference, payment, reason) "
        "SELECT s.id, 1, 'x', now(), '', 5, 0, '', 'matched', '', "
        "(SELECT min(id) FROM payment), '' FROM s",
    "what was decided about a year's money is its ledger entry, and no payment stands that was taken back":
        "UPDATE adjustment SET amount = amount + 1 WHERE state = 'approved'",
    "who makes is never who checks": "ALTER TABLE allocation DROP CONSTRAINT maker_is_not_checker; "
        "UPDATE allocation SET decided_by = made_by WHERE state = 'approved'",
    "a decided estimate is posted, stream by stream": "UPDATE estimate_line SET decided = decided + 1 WHERE decided IS NOT NULL",
    "one organisation answers for a stream on a day": "UPDATE duty SET valid_to = NULL",
    "an application asks for what its lines add up to, state money apart": "UPDATE budget_line SET requested = requested + 1",
    "an appraised or approved amount is what its lines add up to": "UPDATE budget_line SET appraised = appraised - 1",
    "an application has an appraised amount from its appraisal on, an approved one from its award on":
        "UPDATE proposal SET approved = NULL WHERE state = 'awarded'",
    "what was handed in is kept as it was": "DELETE FROM submission WHERE id = (SELECT max(s.id) FROM submission s "
        "JOIN proposal p ON p.id = s.proposal WHERE p.state = 'awarded' AND s.number = 1)",
    "nothing was handed in after the deadline": "UPDATE submission SET at = at + interval '5 years'",
    "an application has a lead in its team and a lead organisation once it is handed in":
        "UPDATE proposal SET lead_organisation = NULL WHERE state = 'awarded'",
    "the tally of applications is what there is": "UPDATE proposal_tally SET n = n + 1",
    "an application is certified by the head of organisation named in it":
        "UPDATE proposal SET certified_by = lead WHERE certified_at IS NOT NULL",
    "an application is judged only after its call was opened": "UPDATE call SET opened_on = NULL",
    "an application that is not valid has the reason written down": "DELETE FROM finding",
    "a call's rule set is never one that was in force only later": "UPDATE rule_set SET valid_to = NULL, valid_from = '2099-01-01'",
    "one rule set is in force on a day": "UPDATE rule_set SET valid_from = '2000-01-01', valid_to = NULL",
    "a ballot that was handed in has points for each criterion of the pinned scheme, and no others":
        f"DELETE FROM score WHERE ballot = {A_GIVEN} AND criterion = 1",
    "no criterion has more points than the pinned scheme allows": f"UPDATE score SET points = 100 WHERE ballot = {A_GIVEN}",
    "a ballot's total is the sum of its points": f"UPDATE ballot SET total = total + 1 WHERE id = {A_GIVEN}",
    "who judges sits on the panel": "DELETE FROM seat",
    "nobody judges an application they have a part in": f"UPDATE proposal SET lead = (SELECT judge FROM ballot WHERE id = {A_GIVEN}) "
        f"WHERE id = (SELECT proposal FROM ballot WHERE id = {A_GIVEN})",
    "nobody judges their own employer's application where the pinned rules exclude it, unless it was waived":
        f"INSERT INTO membership (person, organisation, role, position, valid_from) SELECT b.judge, p.lead_organisation, 'researcher', '', "
        f"'2000-01-01' FROM ballot b JOIN proposal p ON p.id = b.proposal WHERE b.id = {A_GIVEN}",
    "nobody who declared a conflict judges that application": "UPDATE interest SET conflict = true, fact = 'x'",
    "a counted panel has a standing for every application it judged": "DELETE FROM standing WHERE id = (SELECT max(id) FROM standing)",
    "an application went on only as the panel's standing says": "UPDATE standing SET recommended = NOT recommended",
    "an application whose standing was set aside is judged by the panel that votes anew, or was so":
        "WITH o AS (INSERT INTO revote (objection, panel, successor, same_council, decision_number, decided_on, reason, by, at) "
        "SELECT 0, s.panel, 0, false, '1/QĐ', current_date, 'x', 1, now() FROM standing s JOIN proposal p ON p.id = s.proposal "
        "WHERE p.state <> 'in_review' LIMIT 1 RETURNING id, panel) "
        "INSERT INTO set_aside (revote, standing) SELECT o.id, s.id FROM o JOIN standing s ON s.panel = o.panel",
    "standings exist only once the ballots were counted": "UPDATE panel SET state = 'in_session' WHERE state IN ('counted', 'closed')",
    "a closed panel has its minutes": "DELETE FROM minutes",
    "a concluded appraisal has the sum of its changes in the lines":
        "UPDATE line_change SET after = after + 1 WHERE appraisal IN (SELECT id FROM appraisal WHERE state = 'concluded')",
    "a running project binds its lead person, a finished one no longer": "DELETE FROM obligation WHERE kind = 'leading_project'",
    "an accepted report settles what was owed for it": "INSERT INTO obligation (kind, person, project, subject, due) "
        "SELECT 'overdue_report', j.lead, j.id, 'x', r.due FROM report r JOIN project j ON j.id = r.project WHERE r.state = 'accepted'",
    "a registered project owes no registration": "INSERT INTO obligation (kind, person, project, subject, due) "
        "SELECT 'result_unregistered', lead, id, 'x', '2026-01-01' FROM project WHERE state IN ('registered', 'settled', 'closed')",
    "an output answers to a product that its own project promised": "UPDATE output o SET product = (SELECT max(d.id) FROM product d "
        "JOIN project j ON j.id = o.project WHERE d.proposal <> j.proposal)",
    "an organisation is not its own predecessor": "INSERT INTO succession (predecessor, successor, \"on\", document) "
        "SELECT successor, predecessor, '2026-01-01', '' FROM succession LIMIT 1",
    "no event slipped in behind the seals": "UPDATE seal SET at = at - interval '1 day', events = array_remove(events, events[1])",
    "who did something is somebody": "UPDATE event SET by = 2000000000 WHERE id = (SELECT min(id) FROM event)",
}


def of_history(problems: list[str]) -> list[str]:
    """What was found, but for the rows that makers lay down without a verb."""
    return [problem for problem in problems if not problem.startswith("every row was begun")]


async def a_kept_organisation() -> Organisation:
    """An organisation that came about through a verb."""
    row = Organisation(name="Viện Tây Nguyên", short_name="Viện", name_en="", kind="institute", valid_from=LONG_AGO, folded="", sort_key="")
    return await add(row, by=None, did="added")


async def test_there_are_at_least_25_invariants_and_an_empty_house_is_in_order():
    assert checks.count() >= 25
    assert await checks.problems() == []


async def test_changes_through_the_verbs_are_no_problem():
    ada, kept = await a_person(Role.ADMIN), await a_kept_organisation()
    async with changing(kept, by=ada, did="changed") as kept:
        kept.address, kept.valid_to = "12 Lê Duẩn", LONG_AGO
    gone = await a_kept_organisation()
    await remove(gone, by=ada, did="removed")
    assert of_history(await checks.problems()) == []


async def test_a_row_altered_by_hand_is_named_with_its_field(owner):
    kept = await a_kept_organisation()
    await owner.execute("UPDATE organisation SET name = 'Viện khác', tax_code = '0100109106' WHERE id = $1", kept.id)
    assert await checks.problems() == [f"every row is what its events say: organisation {kept.id} was altered (name, tax_code)"]


async def test_a_password_set_by_hand_is_named(owner):
    ada = await add(Person(email="ada@grants.test", password="mark", full_name="Ada", fields=[]), by=None, did="registered")
    assert await checks.problems() == []
    await owner.execute("UPDATE person SET password = 'planted' WHERE id = $1", ada.id)
    assert await checks.problems() == [f"every row is what its events say: person {ada.id} was altered (password)"]


async def test_a_row_slipped_in_or_taken_away_by_hand_is_named(owner):
    ada = await add(Person(email="ada@grants.test", full_name="Ada", fields=[]), by=None, did="registered")
    work = await a_kept_organisation()
    slipped = await owner.fetchval(
        "INSERT INTO membership (person, organisation, role, position, valid_from) VALUES ($1, $2, 'admin', '', '2020-01-01') RETURNING id",
        ada.id, work.id,
    )
    gone = await a_kept_organisation()
    await owner.execute("DELETE FROM organisation WHERE id = $1", gone.id)
    assert sorted(await checks.problems()) == [
        f"every row that was begun is there or was removed by an event: organisation {gone.id} is gone",
        f"every row was begun by an event: membership {slipped} was not",
    ]


async def by_force(owner: asyncpg.Connection, sql: str, *values) -> None:
    """As the schema's owner, who can silence the trigger that keeps history."""
    await owner.execute("ALTER TABLE event DISABLE TRIGGER history_stays")
    try:
        await owner.execute(sql, *values)
    finally:
        await owner.execute("ALTER TABLE event ENABLE TRIGGER history_stays")


@pytest.mark.parametrize(("sql", "named"), [
    ("UPDATE event SET did = 'nothing' WHERE id = (SELECT max(id) FROM event)", "was altered"),
    ("UPDATE event SET by = 1, at = at - interval '1 day' WHERE id = (SELECT min(id) FROM event)", "was altered"),
    ("DELETE FROM event WHERE id = (SELECT min(id) FROM event)", "were deleted"),
])
async def test_an_event_altered_or_deleted_by_force_breaks_the_chain(owner, sql, named):
    await a_person(Role.ADMIN)
    for _n in range(3):
        await a_kept_organisation()
    await events.seal()
    assert of_history(await checks.problems()) == []
    await by_force(owner, sql)
    assert any(problem.startswith("the chain of seals holds: seal 1") and named in problem for problem in await checks.problems())


async def test_events_written_while_others_are_sealed_join_a_later_seal_and_nothing_is_amiss():
    await a_kept_organisation()
    assert await events.seal() == 1 and await events.seal() == 0
    await a_kept_organisation()
    assert await events.seal() == 1 and await Event.count() == 2
    assert await checks.problems() == []
