"""What the records say ties an expert to an application: each kind once by hand, then a generated province twice."""

import random
from datetime import date, timedelta

import pytest

from grants.people.people import today
from grants.people.tables import Membership, Organisation, Person, Role, Succession, Tie
from grants.projects.tables import Project
from grants.proposals.tables import Partner, Proposal, TeamMember
from grants.shell.changes import now
from review.conflicts import Conflict, conflicts, explain
from review.tables import Interest
from tests.makers import LONG_AGO, a_call, a_person, a_proposal, an_organisation
from tests.makers_review import an_expert

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
State, Part = Proposal.State, TeamMember.Part


async def between(expert: Person, proposal: Proposal) -> list[tuple[str, bool]]:
    return [(hit.kind.value, hit.excludes) for hit in await conflicts([expert.id], [proposal.id])]


async def in_team(proposal: Proposal, person: Person, part: str = Part.MEMBER) -> None:
    await TeamMember(
        proposal=proposal.id, person=person.id, email=person.email, full_name=person.full_name, part=part, joined_at=now()
    ).save()


async def test_a_colleague_of_the_lead_organisation_is_excluded_and_both_facts_say_why():
    university = await an_organisation("Trường Đại học Tây Nguyên")
    lan = await an_expert("Hồ Thị Lan", of=university)
    proposal = await a_proposal(State.ELIGIBLE, lead=await a_person(Role.RESEARCHER, of=university))
    stranger = await an_expert("Lê Văn Xa", of=await an_organisation())
    found = await conflicts([lan.id, stranger.id], [proposal.id])
    assert [(hit.person, hit.kind.value, hit.excludes, hit.blocks_seat) for hit in found] == [(lan.id, "same_employer", True, True)]
    assert explain(found[0]) == (
        f"Hồ Thị Lan công tác tại Trường Đại học Tây Nguyên; hồ sơ {proposal.reference} do Trường Đại học Tây Nguyên chủ trì."
    )


async def test_who_left_before_the_application_came_in_is_free_and_who_left_after_it_is_not():
    institute = await an_organisation()
    proposal = await a_proposal(State.ELIGIBLE, lead=await a_person(Role.RESEARCHER, of=institute))
    left, leaving = await an_expert(of=institute), await an_expert(of=institute)
    here = (Membership.organisation == institute.id) & (Membership.role == Role.RESEARCHER)
    await Membership.update({Membership.valid_to: today() - timedelta(days=1)}).where(here & (Membership.person == left.id))
    await Membership.update({Membership.valid_to: today()}).where(here & (Membership.person == leaving.id))
    assert await between(left, proposal) == []
    assert await between(leaving, proposal) == [("same_employer", True)]


async def test_a_merger_carries_the_tie_from_the_old_body_to_the_new_one():
    old = await an_organisation("Sở Kế hoạch và Đầu tư", valid_to=date(2025, 6, 30))
    new = await an_organisation("Sở Tài chính", valid_from=date(2025, 7, 1))
    await Succession(predecessor=old.id, successor=new.id, on=date(2025, 7, 1)).save()
    proposal = await a_proposal(State.ELIGIBLE, lead=await a_person(Role.RESEARCHER, of=new))
    stayed, left_long_before = await an_expert("Y Bhĩ Niê", of=old), await an_expert(of=old)
    for person, day in ((stayed, date(2025, 6, 30)), (left_long_before, date(2023, 1, 31))):
        posts = (Membership.person == person.id) & (Membership.role == Role.RESEARCHER)
        await Membership.update({Membership.valid_to: day}).where(posts)
    assert await between(stayed, proposal) == [("predecessor_employer", True)]
    assert await between(left_long_before, proposal) == []
    hit, = await conflicts([stayed.id], [proposal.id])
    assert explain(hit) == (
        "Y Bhĩ Niê công tác tại Sở Kế hoạch và Đầu tư; "
        f"hồ sơ {proposal.reference} do Sở Tài chính chủ trì, có quan hệ kế thừa với Sở Kế hoạch và Đầu tư."
    )


async def test_partner_team_rival_kin_and_own_word_each_exclude():
    call = await a_call()
    proposal, rival = await a_proposal(State.ELIGIBLE, call=call), await a_proposal(State.ELIGIBLE, call=call)
    secretary = await a_person()
    await in_team(proposal, secretary, Part.SECRETARY)
    firm = await an_organisation()
    await Partner(proposal=proposal.id, organisation=firm.id, task="Thử nghiệm").save()
    partner, member, opponent, kin, honest = [await an_expert(of=firm)] + [await an_expert() for _n in range(4)]
    await in_team(proposal, member)
    await in_team(rival, opponent)
    await Tie(person=secretary.id, other=kin.id, kind=Tie.Kind.KINSHIP, note="anh em ruột").save()
    await Interest(person=honest.id, proposal=proposal.id, conflict=True, fact="là người phản biện bản thảo", declared_at=now()).save()
    found = await conflicts([p.id for p in (partner, member, opponent, kin, honest)], [proposal.id])
    assert {hit.person: (hit.kind.value, hit.excludes, hit.blocks_seat) for hit in found} == {
        partner.id: ("partner_organisation", True, True), member.id: ("team_member", True, True),
        opponent.id: ("rival_application", True, True), kin.id: ("kinship", True, True),
        honest.id: ("declared_other", True, False),
    }
    assert "anh em ruột" in explain(next(hit for hit in found if hit.person == kin.id))


async def test_a_rival_that_was_never_handed_in_ties_nobody():
    call = await a_call()
    proposal, draft = await a_proposal(State.ELIGIBLE, call=call), await a_proposal(State.DRAFT, call=call)
    expert = await an_expert()
    await in_team(draft, expert)
    assert await between(expert, proposal) == []


async def test_common_work_warns_for_as_long_as_the_rule_set_says_and_then_no_more():
    """The shipped rule sets look back 36 months from the day the application came in."""
    lead, expert = await a_person(Role.RESEARCHER), await an_expert()
    proposal = await a_proposal(State.ELIGIBLE, lead=lead)
    recent, old = await a_proposal(State.AWARDED, lead=lead), await a_proposal(State.AWARDED, lead=lead)
    for past, ended in ((recent, today() - timedelta(days=35 * 30)), (old, today() - timedelta(days=37 * 31))):
        await Project(
            proposal=past.id, code=f"NV-{past.id}", title=past.title, lead=lead.id, lead_organisation=past.lead_organisation,
            approved=1, state="running", starts_on=LONG_AGO, ends_on=ended, agreement_number="1/HĐ", agreed_on=LONG_AGO,
        ).save()
    await in_team(old, expert)
    assert await between(expert, proposal) == []
    await in_team(recent, expert)
    assert await between(expert, proposal) == [("co_work", False)]


# --- the slow, obvious second implementation -------------------------------------------------------------------------

KEY = (Part.PRINCIPAL, Part.SECRETARY, Part.KEY_MEMBER)


async def slowly(people: list[Person], proposals: list[Proposal]) -> set[tuple[int, int, str]]:
    """Every pair, every record, one after the other; the shipped rules by hand (36 months for common work)."""
    posts, organisations = await Membership.objects(), {o.id: o for o in await Organisation.objects()}
    links = [{s.predecessor, s.successor} for s in await Succession.objects() if s.on <= today()]
    everything = await Proposal.objects()
    teams = await TeamMember.objects()
    partners, ties = await Partner.objects(), await Tie.objects()
    projects = {p.proposal: p for p in await Project.objects()}
    interests = await Interest.objects()

    def kin_of(organisation: int) -> set[int]:
        found = {organisation}
        while more := {other for link in links if link & found for other in link} - found:
            found |= more
        return found

    def parts(proposal: Proposal) -> list[tuple[int, str]]:
        named = [(t.person, t.part) for t in teams if t.proposal == proposal.id and t.person]
        return [(proposal.lead, Part.PRINCIPAL), *named] + ([(proposal.signatory, "signatory")] if proposal.signatory else [])

    def holds_in(person: Person, wanted: set[int], since: date) -> set[int]:
        held = set()
        for post in posts:
            if post.person != person.id or post.organisation not in wanted or post.valid_from > today():
                continue
            closed = organisations[post.organisation].valid_to
            to_the_end = closed is not None and (post.valid_to is None or post.valid_to >= closed - timedelta(days=1))
            if post.valid_to is None or post.valid_to >= since or to_the_end:
                held.add(post.organisation)
        return held

    found = set()
    for person in people:
        for proposal in proposals:
            since = (proposal.submitted_at + timedelta(hours=7)).date()

            def hit(kind: str, person=person, proposal=proposal) -> None:
                found.add((person.id, proposal.id, kind))

            for organisation in holds_in(person, kin_of(proposal.lead_organisation), since):
                hit("same_employer" if organisation == proposal.lead_organisation else "predecessor_employer")
            for partner in partners:
                if partner.proposal == proposal.id and holds_in(person, kin_of(partner.organisation), since):
                    hit("partner_organisation")
            if person.id in {who for who, _part in parts(proposal)}:
                hit("team_member")
            for other in everything:
                rivals = other.call == proposal.call and other.id != proposal.id and other.state not in ("draft", "withdrawn")
                if rivals and person.id in {who for who, _part in parts(other)}:
                    hit("rival_application")
            key = {who for who, part in parts(proposal) if part in (*KEY, "signatory")}
            for tie in ties:
                ends = {tie.person, tie.other}
                if person.id in ends and (ends - {person.id}) & key and (tie.since is None or tie.since <= today()):
                    recent = tie.until is None or tie.until >= since - timedelta(days=3 * 365)
                    if tie.kind != "co_work" or recent:
                        hit("declared_other" if tie.kind == "other" else tie.kind)
            for other in everything:
                if other.state != "awarded" or other.id == proposal.id:
                    continue
                there = {t.person for t in teams if t.proposal == other.id and t.person} | {other.lead}
                project = projects.get(other.id)
                recent = project is None or project.ends_on is None or project.ends_on >= since - timedelta(days=3 * 365)
                if person.id in there and (there & key) - {person.id} and recent:
                    hit("co_work")
            if any(i.conflict and i.person == person.id and i.proposal == proposal.id for i in interests):
                hit("declared_other")
    return found


async def a_province(chance: random.Random) -> tuple[list[Person], list[Proposal]]:
    """Forty experts, thirty applications over three calls, twenty-five past projects, mergers, ties and moves."""
    bodies = [await an_organisation() for _n in range(14)]
    for old, new in ((0, 1), (1, 2), (3, 2), (4, 5)):
        day = date(2024, 1, 1) + timedelta(days=200 * new)
        await Organisation.update({Organisation.valid_to: day - timedelta(days=1)}).where(Organisation.id == bodies[old].id)
        await Succession(predecessor=bodies[old].id, successor=bodies[new].id, on=day).save()
    experts = [await an_expert(of=chance.choice(bodies) if chance.random() < 0.8 else None) for _n in range(40)]
    leads = [await a_person(Role.RESEARCHER, of=chance.choice(bodies)) for _n in range(15)]
    for expert in chance.sample(experts, 20):
        day = chance.choice([date(2023, 5, 1), date(2024, 7, 18), today() - timedelta(days=30), today()])
        await Membership.update({Membership.valid_to: day}).where(
            (Membership.person == expert.id) & (Membership.role == Role.RESEARCHER)
        )
    calls = [await a_call() for _n in range(3)]
    handed_in = [State.SUBMITTED, State.ELIGIBLE, State.IN_REVIEW, State.INELIGIBLE]
    files = [
        await a_proposal(chance.choice(handed_in), lead=chance.choice(leads), call=chance.choice(calls),
                         submitted_at=now() - timedelta(days=chance.randrange(60)))
        for _n in range(30)
    ]
    drafts = [await a_proposal(State.DRAFT, lead=chance.choice(leads), call=chance.choice(calls)) for _n in range(4)]
    past = [await a_proposal(State.AWARDED, lead=chance.choice(leads), call=await a_call()) for _n in range(6)]
    past += [await a_proposal(State.AWARDED, lead=chance.choice(leads), call=past[0].call and calls[0]) for _n in range(2)]
    people = experts + leads
    for proposal in files + drafts + past:
        for person in chance.sample(people, 2):
            if person.id != proposal.lead:
                await in_team(proposal, person, chance.choice([*KEY[1:], Part.MEMBER, Part.SUPPORT]))
        if chance.random() < 0.5:
            await Partner(proposal=proposal.id, organisation=chance.choice(bodies).id, task="Phối hợp").save()
        if chance.random() < 0.3:
            signatory = chance.choice(people)
            await Proposal.update({Proposal.signatory: signatory.id}).where(Proposal.id == proposal.id)
    for proposal in past:
        ended = today() - timedelta(days=chance.choice([200, 900, 1300, 2000]))
        await Project(
            proposal=proposal.id, code=f"NV-{proposal.id}", title=proposal.title, lead=proposal.lead, approved=1, state="running",
            lead_organisation=proposal.lead_organisation, starts_on=LONG_AGO, ends_on=ended, agreement_number="1", agreed_on=LONG_AGO,
        ).save()
    for _n in range(40):
        one, other = chance.sample(people, 2)
        kind = chance.choice(list(Tie.Kind))
        if not await Tie.exists().where((Tie.person == one.id) & (Tie.other == other.id) & (Tie.kind == kind)):
            until = chance.choice([None, today() - timedelta(days=300), today() - timedelta(days=1500)])
            await Tie(person=one.id, other=other.id, kind=kind, until=until).save()
    for expert, proposal in zip(chance.sample(experts, 10), chance.sample(files, 10), strict=True):
        await Interest(
            person=expert.id, proposal=proposal.id, conflict=chance.random() < 0.6, fact="quen biết", declared_at=now()
        ).save()
    return experts, await Proposal.objects().where(Proposal.id.is_in([p.id for p in files]))


def keys(hits: list[Conflict]) -> set[tuple[int, int, str]]:
    return {(hit.person, hit.proposal, hit.kind.value) for hit in hits}


@pytest.mark.parametrize("seed", [1, 2026])
async def test_the_query_and_a_slow_walk_over_every_record_find_the_same_conflicts(seed):
    experts, proposals = await a_province(random.Random(seed))
    quick = await conflicts([e.id for e in experts], [p.id for p in proposals])
    expected = await slowly(experts, proposals)
    assert keys(quick) == expected
    assert len({kind for _person, _proposal, kind in expected}) == 9, "the province shows every kind of tie"
    assert len(expected) > 150
