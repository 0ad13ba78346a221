"""Makers: real rows in the real database, with believable defaults."""

import itertools
from datetime import date, timedelta

from grants.calls import calls
from grants.calls.tables import Call
from grants.people import people, remits
from grants.people.accounts import named
from grants.people.organisations import named as organisation_named
from grants.people.tables import Membership, Organisation, Person, Role
from grants.proposals import proposals, submissions
from grants.proposals.drafts import SECTIONS
from grants.proposals.tables import BudgetLine, Proposal, Section, Source, TeamMember
from grants.rules import rules
from grants.rules.tables import ExpenseGroup, RuleSet
from grants.shell import sessions
from grants.shell.changes import now
from seed.load import reference

PASSWORD = "mat-khau-du-dai"
LONG_AGO = date(2020, 1, 1)
_numbers = itertools.count(1)
_hash: list[str] = []


async def an_organisation(name: str = "", **more) -> Organisation:
    name = name or f"Viện Nghiên cứu số {next(_numbers)}"
    row = Organisation(**{
        "name": name, "short_name": name[:60], "name_en": name, "kind": Organisation.Kind.INSTITUTE,
        "valid_from": LONG_AGO, "tax_code": "", "address": "Buôn Ma Thuột",
    } | more)
    await organisation_named(row).save()
    return row


async def a_person(*roles: Role, of: Organisation | None = None, full_name: str = "", email: str = "", **more) -> Person:
    """A person who can sign in with PASSWORD and holds the roles for `of` (an own institute if none is given)."""
    n = next(_numbers)
    if not _hash:
        _hash.append(sessions.HASHER.hash(PASSWORD))
    row = Person(**{
        "email": email or f"person{n}@grants.test", "password": _hash[0], "fields": [], "confirmed_at": now(),
        "degree": "TS",
    } | more)
    await named(row, full_name or f"Nguyễn Văn An {n}").save()
    if roles:
        of = of or await an_organisation()
        for role in roles:
            await Membership(person=row.id, organisation=of.id, role=role, valid_from=LONG_AGO).save()
    return await people.person(row.id)


async def entrusted(role: Role, organisation: Organisation) -> None:
    """The organisation is one whose people may hold the role."""
    await remits.entrust(role, organisation, since=LONG_AGO, document="QĐ 01/2020", by=None)


async def the_rules() -> RuleSet:
    """The shipped rule set that is in force today, and the code lists."""
    await reference()
    return await rules.in_force(people.today())


async def a_call(**more) -> Call:
    """A published call that is open now, with 5 tỷ; takes any column."""
    rule_set = await the_rules() if "rule_set" not in more else None
    officer = more.pop("officer", None) or (await a_person(Role.OFFICER)).id
    n = next(_numbers)
    row = Call(**{
        "code": f"TB-{n}", "year": people.today().year, "title": f"Tuyển chọn nhiệm vụ về cà phê {n}", "title_en": f"Coffee call {n}",
        "summary": "Nâng chất lượng cà phê của tỉnh.", "summary_en": "Better coffee.", "scheme": "applied", "state": Call.State.PUBLISHED,
        "rule_set": rule_set and rule_set.id, "officer": officer, "money": 5_000_000_000,
        "opens_at": now() - timedelta(days=20), "deadline": now() + timedelta(days=20),
    } | more)
    await calls.searchable(row).save()
    return row


async def a_proposal(state: str = Proposal.State.DRAFT, *, lead: Person | None = None, call: Call | None = None, **more) -> Proposal:
    """An application in any state, with its lead in the team, a budget line of recurrent money, and a snapshot once handed in."""
    call = call or await a_call()
    lead = lead or await a_person(Role.RESEARCHER)
    organisation = lead.posts[0].organisation if lead.posts else (await an_organisation()).id
    n, drafted = next(_numbers), state in (Proposal.State.DRAFT, Proposal.State.WITHDRAWN)
    amount = more.pop("amount", 900_000_000)
    decided = state in (Proposal.State.APPRAISED, Proposal.State.AWARDED)
    row = Proposal(**{
        "call": call.id, "lead": lead.id, "title": f"Nghiên cứu giống cà phê chịu hạn {n}", "title_en": f"Drought-proof coffee {n}",
        "summary": "Chọn giống cà phê chịu hạn cho Đắk Lắk.", "summary_en": "Coffee that stands drought.", "field": "401", "months": 24,
        "lead_organisation": organisation, "state": state, "reference": None if drafted else f"{call.code}-{n:03d}",
        "submitted_at": None if drafted else now(), "requested": amount, "requested_state": amount,
        "appraised": amount if decided else None, "approved": amount if state == Proposal.State.AWARDED else None, "saved_at": now(),
    } | more)
    await (await proposals.searchable(row)).save()
    await TeamMember(
        proposal=row.id, person=lead.id, email=lead.email, full_name=lead.full_name, organisation=organisation, months=24,
        part=TeamMember.Part.PRINCIPAL, access=TeamMember.Access.OWNER, joined_at=now(),
    ).save()
    await the_rules()
    group = await ExpenseGroup.objects().order_by(ExpenseGroup.number).first()
    await BudgetLine(
        proposal=row.id, group=group.id, year=call.year, source=Source.RECURRENT, requested=amount, note="Thù lao",
        appraised=row.appraised, approved=row.approved,
    ).save()
    for code in SECTIONS:
        await Section(proposal=row.id, code=code, text=f"Phần {code} của hồ sơ.", saved_at=now()).save()
    if not drafted:
        await submissions.keep_snapshot(row, by=lead)
    return row
