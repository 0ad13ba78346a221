"""A province of 500 experts and 2,000 past projects: a walk over every pair of records finds the same ties as the query."""

import random
from collections import defaultdict
from datetime import date, timedelta

import pytest

from grants.people.people import today
from grants.people.tables import Membership, Organisation, Person, Role, Succession, Tie
from grants.projects.tables import Project
from grants.proposals.tables import Partner, Proposal, TeamMember
from grants.shell.changes import now
from review.conflicts import conflicts
from review.tables import Interest
from tests.makers import LONG_AGO, a_call, an_organisation

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
EXPERTS, PAST, FILES = 500, 2_000, 24
KEY = (TeamMember.Part.PRINCIPAL, TeamMember.Part.SECRETARY, TeamMember.Part.KEY_MEMBER)
THREE_YEARS = 3 * 365


async def at_once(table, lines: list[dict]) -> None:
    for start in range(0, len(lines), 500):
        await table.insert(*[table(**line) for line in lines[start:start + 500]])


async def a_province(chance: random.Random) -> tuple[list[int], list[int]]:
    """The ids of the experts and of the applications before a panel; everything written in bulk."""
    bodies = [(await an_organisation()).id for _n in range(60)]
    for old, new in zip(bodies[:8], bodies[8:16], strict=True):
        await Organisation.update({Organisation.valid_to: date(2024, 6, 30)}).where(Organisation.id == old)
        await Succession(predecessor=old, successor=new, on=date(2024, 7, 1)).save()
    calls = [await a_call() for _n in range(4)]
    old_calls = [await a_call() for _n in range(4)]
    await at_once(Person, [
        {"email": f"p{n}@grants.test", "password": "", "full_name": f"Người số {n}", "sort_key": f"{n:05d}", "fields": [],
         "confirmed_at": now()}
        for n in range(EXPERTS + 400)
    ])
    people = [row["id"] for row in await Person.select(Person.id).where(Person.email.like("p%@grants.test")).order_by(Person.id)]
    experts = people[-EXPERTS - 400:][:EXPERTS]
    ended = [None, None, None, date(2023, 5, 1), date(2024, 6, 30), today() - timedelta(days=40)]
    await at_once(Membership, [
        {"person": one, "organisation": chance.choice(bodies), "role": Role.RESEARCHER, "valid_from": LONG_AGO,
         "valid_to": chance.choice(ended)}
        for one in people
    ])

    def a_file(n: int, state: str, call: int, age: int) -> dict:
        return {
            "call": call, "lead": chance.choice(people), "lead_organisation": chance.choice(bodies), "title": f"Nhiệm vụ {n}",
            "state": state, "reference": f"HS-{n:05d}", "submitted_at": now() - timedelta(days=age),
        }

    await at_once(Proposal, [a_file(n, "eligible", chance.choice(calls).id, chance.randrange(60)) for n in range(FILES)])
    await at_once(Proposal, [
        a_file(10_000 + n, "awarded", chance.choice(old_calls).id, 900 + chance.randrange(2000)) for n in range(PAST)
    ])
    files = [row["id"] for row in await Proposal.select(Proposal.id).where(Proposal.state == "eligible").order_by(Proposal.id)]
    past = [(row["id"], row["lead"], row["lead_organisation"], row["title"]) for row in await Proposal.select(
        Proposal.id, Proposal.lead, Proposal.lead_organisation, Proposal.title
    ).where(Proposal.state == "awarded").order_by(Proposal.id)]
    await at_once(TeamMember, [
        {"proposal": proposal, "person": one, "email": f"p{one}-{proposal}@x.test", "full_name": "x", "joined_at": now(),
         "part": chance.choice([*KEY[1:], "team_member"])}
        for proposal in [*files, *(row[0] for row in past)] for one in chance.sample(people, 3)
    ])
    await at_once(Project, [
        {"proposal": id, "code": f"NV-{id}", "title": title, "lead": lead, "approved": 1, "state": "running",
         "lead_organisation": organisation, "starts_on": date(2015, 1, 1),
         "ends_on": today() - timedelta(days=chance.choice([100, 900, 1300, 2500])),
         "agreement_number": "1", "agreed_on": date(2015, 1, 1)}
        for id, lead, organisation, title in past
    ])
    await at_once(Partner, [{"proposal": one, "organisation": chance.choice(bodies), "task": "x"} for one in files])
    ties = {(min(pair), max(pair)): kind for pair, kind in (
        (tuple(chance.sample(people, 2)), chance.choice(list(Tie.Kind))) for _n in range(1500)
    )}
    await at_once(Tie, [
        {"person": one, "other": other, "kind": kind, "until": chance.choice([None, today() - timedelta(days=1500)])}
        for (one, other), kind in ties.items()
    ])
    await at_once(Interest, [
        {"person": one, "proposal": chance.choice(files), "conflict": n % 2 == 0, "fact": "quen biết", "declared_at": now()}
        for n, one in enumerate(chance.sample(experts, 60))
    ])
    return experts, files


async def by_hand(experts: set[int], files: list[int]) -> set[tuple[int, int, str]]:
    """Record by record, as a clerk would with all registers on the table; the shipped rules (36 months for common work)."""
    found = set()
    ended = {o.id: o.valid_to for o in await Organisation.objects()}
    kin = {o: {o} for o in ended}
    for _again in range(3):
        for link in await Succession.objects():
            both = kin[link.predecessor] | kin[link.successor]
            for one in both:
                kin[one] = kin[one] | both
    posts = defaultdict(list)
    for post in await Membership.objects().where(Membership.valid_from <= today()):
        posts[post.person].append(post)
    parts = defaultdict(list)
    everything = await Proposal.objects()
    for member in await TeamMember.objects():
        parts[member.proposal].append((member.person, member.part))
    for one in everything:
        parts[one.id].append((one.lead, TeamMember.Part.PRINCIPAL))
    partners = defaultdict(list)
    for one in await Partner.objects():
        partners[one.proposal].append(one.organisation)
    ends = {p.proposal: p.ends_on for p in await Project.objects()}
    awarded = [one for one in everything if one.state == "awarded"]
    ties, interests = await Tie.objects(), await Interest.objects()
    for file in (one for one in everything if one.id in files):
        since = (file.submitted_at + timedelta(hours=7)).date()
        key = {person for person, part in parts[file.id] if part in KEY}
        for person in experts:
            for post in posts[person]:
                closed = ended[post.organisation]
                to_the_end = closed and (post.valid_to is None or post.valid_to >= closed - timedelta(days=1))
                if not (post.valid_to is None or post.valid_to >= since or to_the_end):
                    continue
                if post.organisation in kin[file.lead_organisation]:
                    same = post.organisation == file.lead_organisation
                    found.add((person, file.id, "same_employer" if same else "predecessor_employer"))
                if any(post.organisation in kin[partner] for partner in partners[file.id]):
                    found.add((person, file.id, "partner_organisation"))
        for person, _part in parts[file.id]:
            found.add((person, file.id, "team_member"))
        for rival in everything:
            if rival.call == file.call and rival.id != file.id:
                found |= {(person, file.id, "rival_application") for person, _part in parts[rival.id]}
        for tie in ties:
            lasting = tie.kind != "co_work" or tie.until is None or tie.until >= since - timedelta(days=THREE_YEARS)
            for one, other in ((tie.person, tie.other), (tie.other, tie.person)):
                if other in key and lasting:
                    found.add((one, file.id, "declared_other" if tie.kind == "other" else tie.kind))
        for past in awarded:
            there = {person for person, _part in parts[past.id]}
            if ends[past.id] >= since - timedelta(days=THREE_YEARS):
                found |= {(one, file.id, "co_work") for one in there for other in there & key if one != other}
        found |= {(one.person, file.id, "declared_other") for one in interests if one.conflict and one.proposal == file.id}
    return {hit for hit in found if hit[0] in experts}


async def test_among_500_experts_and_2000_past_projects_the_query_finds_what_a_clerk_finds():
    experts, files = await a_province(random.Random(267))
    quick = {(hit.person, hit.proposal, hit.kind.value) for hit in await conflicts(experts, files)}
    expected = await by_hand(set(experts), files)
    assert quick == expected
    assert len({kind for _person, _file, kind in expected}) == 9 and len(expected) > 800
