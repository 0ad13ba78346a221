"""Makers of projects: begun from a real awarded application, brought to a state by the verbs of the room."""

from datetime import date

from grants.calls.tables import Call
from grants.people.tables import Person, Role
from grants.projects import projects
from grants.projects.tables import Project
from grants.proposals.tables import Proposal, TeamMember
from grants.rules import shipped
from grants.rules.tables import RuleSet
from grants.shell.changes import now
from grants.shell.text import fold
from tests.makers import a_person, an_organisation

_made = iter(range(1, 10_000))


async def an_awarded_proposal(*, lead: Person | None = None, officer: Person | None = None, months: int = 24, **more) -> Proposal:
    """An application as it stands when its award is decided, with its call and the rule set the call pinned."""
    n = next(_made)
    rule_set = await RuleSet.objects().first()
    if rule_set is None:
        rule_set = RuleSet(**shipped.rule_set("tt20-2023"))
        await rule_set.save()
    call = Call(
        code=f"TC-{n}", year=2026, title=f"Tuyển chọn nhiệm vụ đợt {n}", title_en=f"Call {n}", rule_set=rule_set.id,
        scheme="applied", officer=(officer or await a_person(Role.OFFICER)).id,
    )
    await call.save()
    lead = lead or await a_person(Role.RESEARCHER)
    title = more.pop("title", f"Nghiên cứu giống cà phê vối chịu hạn số {n}")
    proposal = Proposal(**{
        "call": call.id, "lead": lead.id, "reference": f"HS-{n}", "title": title, "title_en": f"Drought study {n}",
        "summary": "Chọn lọc giống cà phê vối chịu hạn cho Đắk Lắk.", "lead_organisation": lead.posts[0].organisation,
        "months": months, "state": Proposal.State.AWARDED, "submitted_at": now(), "folded": fold(title),
    } | more)
    await proposal.save()
    await TeamMember(
        proposal=proposal.id, person=lead.id, email=lead.email, full_name=lead.full_name, access="owner",
        part="principal_investigator", joined_at=now(),
    ).save()
    return proposal


async def a_project(
    *, lead: Person | None = None, by: Person | None = None, amount: int = 1_000_000_000, year: int = 2026, **more
) -> Project:
    """A project awaiting its agreement: half of its money capital, half recurrent."""
    proposal = await an_awarded_proposal(lead=lead, **more)
    halves = [(year, "capital", amount // 2), (year, "recurrent", amount - amount // 2)]
    return await projects.begin(proposal, amount=amount, slices=halves, by=by or await a_person(Role.LEADER))
