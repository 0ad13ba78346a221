"""Fees of members and experts out of the rate table: reckoned when minutes are locked, a team concludes, an opinion is received.

Rates are ceilings of the rule set (TT 03/2023/TT-BTC); what is not verified there is marked here too. Amounts are đồng.
"""

from piccolo.columns.combination import Combinable

from grants.people.people import holds
from grants.people.tables import Person, Role
from grants.rules.content import Rules
from grants.rules.shipped import table
from grants.shell.changes import add, changing, now
from grants.shell.database import DB, rows
from grants.shell.language import either
from review.appraisal_tables import Appraisal
from review.fee_tables import Fee
from review.roster_tables import PayDetail
from review.tables import Panel

SEE_ALL = (Role.OFFICER, Role.FINANCE, Role.TREASURER, Role.AUDITOR)
PAYERS = (Role.FINANCE, Role.TREASURER)
RATES = {rate["code"]: rate for rate in table("rate_norms")["content"]["rates"]}


def rate_name(code: str) -> str:
    """What a rate is called; its code where the shipped table does not know it."""
    return either(RATES[code]["vi"], RATES[code]["en"]) if code in RATES else code


def seen_by(person: Person) -> Combinable:
    """Offices that pay see all fees, a member their own."""
    return Fee.id > 0 if sees_all(person) else Fee.person == person.id


def sees_all(person: Person) -> bool:
    return holds(person, *SEE_ALL)


def can_see_payees(person: Person) -> bool:
    """Who is paid where: for those who pay; nobody else but the person."""
    return holds(person, *PAYERS)


async def account_of(person: Person) -> PayDetail | None:
    """Where a person has said they are paid."""
    return await PayDetail.objects().where(PayDetail.person == person.id).first()


async def keep_account(*, bank: str, bank_account: str, tax_number: str, by: Person) -> None:
    """One's own account and tax number, expert or official. The audit trail keeps that they changed, not what they are."""
    async with DB.transaction():
        await rows("SELECT 1 FROM person WHERE id = $1 FOR NO KEY UPDATE", by.id)
        there = await account_of(by)
        if there is None:
            await add(PayDetail(person=by.id, bank=bank, bank_account=bank_account, tax_number=tax_number), by=by, did="kept")
            return
        async with changing(there, by=by, did="changed") as there:
            there.bank, there.bank_account, there.tax_number = bank, bank_account, tax_number


async def of_panel(panel: Panel, rules: Rules, *, by: Person) -> None:
    """A session fee for each member present, and a fee for each ballot or review that was counted."""
    for person, rate, times in await earned(panel):
        await reckon(rules, rate, times, person, by=by, panel=panel.id)


async def earned(panel: Panel) -> list[tuple[int, str, int]]:
    """Who earned what at a session: person, rate, how often; who checked products for it too."""
    members = await rows(
        """
        SELECT s.person, s.part, count(w.id) FILTER (WHERE w.assigned_reviewer) AS reviews,
               count(w.id) FILTER (WHERE NOT w.assigned_reviewer) AS ballots,
               EXISTS (SELECT FROM product_checker c JOIN product_report r ON r.matter = c.matter JOIN matter m ON m.id = c.matter
                       WHERE m.panel = $1 AND c.person = s.person) AS checked
        FROM seat s LEFT JOIN (
            SELECT id, judge, assigned_reviewer FROM ballot WHERE panel = $1 AND number IS NOT NULL
            UNION ALL SELECT v.id, v.judge, v.assigned_reviewer FROM vote v JOIN matter m ON m.id = v.matter
            WHERE m.panel = $1 AND v.number IS NOT NULL
        ) AS w ON w.judge = s.person
        WHERE s.panel = $1 AND s.present GROUP BY s.id ORDER BY s.id
        """,
        panel.id,
    )
    found = []
    for one in members:
        seat = "reviewer" if one["part"] == "member" and one["reviews"] else one["part"]
        found.append((one["person"], f"{panel.kind}_{seat}", 1))
        found += [(one["person"], "technical_expert", 1)] if one["checked"] else []
        found += [
            (one["person"], f"{panel.kind}_review_{who}", times)
            for who, times in (("reviewer", one["reviews"]), ("member", one["ballots"])) if times
        ]
    return found


async def of_appraisal(appraisal: Appraisal, rules: Rules, present: dict[int, str], *, by: Person) -> None:
    """A session fee for each member of the team who took part; `present`: person → seat as the rules name it."""
    for person, seat in present.items():
        await reckon(rules, f"appraisal_{seat}", 1, person, by=by, appraisal=appraisal.id)


async def of_opinion(opinion: int, named: list[int], rules: Rules, *, by: Person) -> None:
    """A fee for each expert whom the federation named for an opinion that was received, where the rate table has one."""
    for person in named:
        await reckon(rules, "opinion_expert", 1, person, by=by, opinion=opinion)


async def reckon(rules: Rules, rate: str, times: int, person: int, *, by: Person, **of: int) -> None:
    """Write one fee down, at the ceiling of its rate; a rate that the table does not know earns nothing."""
    known = next((one for one in rules.rates if one.code == rate and one.amount), None)
    if known:
        fee = Fee(
            person=person, rate=rate, times=times, each=known.amount, at=now(),
            unverified=rules.source(f"rates.{rate}.amount").unverified, **of,
        )
        await add(fee, by=by, did="reckoned")


async def payees() -> list[dict]:
    """What each person has earned that is in no list yet, with where they are paid: full_name, bank_account, bank, tax_number, đồng."""
    return await rows(
        "SELECT p.full_name, coalesce(d.bank_account, '') AS bank_account, coalesce(d.bank, '') AS bank, "
        "coalesce(d.tax_number, '') AS tax_number, sum(f.times * f.each)::bigint AS amount, bool_or(f.unverified) AS unverified "
        "FROM fee f JOIN person p ON p.id = f.person LEFT JOIN pay_detail d ON d.person = p.id "
        "WHERE NOT EXISTS (SELECT FROM listed_fee x WHERE x.fee = f.id) GROUP BY p.id, d.id ORDER BY p.sort_key, p.id"
    )
