"""Conflicts of interest: what the records say ties an expert to an application, each shown by its two facts.

Source: TT 20/2023/TT-BKHCN Đ8 k2. Which tie excludes and which only warns, for which seat and how long after it
ended, stands in the rule set that the call has pinned.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from grants.people.people import holds, today
from grants.people.tables import Person, Role
from grants.proposals import proposals
from grants.proposals.tables import Proposal
from grants.rules.content import ConflictKind, ConflictRule, PanelKind, Rules, Seat, rules_of
from grants.shell.changes import add, now, require
from grants.shell.database import rows
from grants.shell.language import _
from review.facts import Fact, read, say
from review.tables import Panel, Waiver

Kind = ConflictKind
POSTS = (Kind.SAME_EMPLOYER, Kind.PREDECESSOR_EMPLOYER, Kind.PARTNER_ORGANISATION)


@dataclass(frozen=True)
class Conflict:
    """A tie between a person and an application. `declared`: said by the expert about this one application."""

    person: int
    proposal: int
    kind: ConflictKind
    facts: tuple[Fact, Fact]
    excludes: bool
    may_be_overruled: bool = field(default=False, compare=False)
    declared: bool = field(default=False, compare=False)

    @property
    def blocks_seat(self) -> bool:
        """What the records show keeps a person out of the panel; what they declare, out of that one application."""
        return self.excludes and not self.declared


# Who is asked about, which applications, which other applications run against them, who has a part in those,
# and the organisations with all their predecessors and successors. $1 people, $2 applications,
# $3 today, $4 now, $5 the panel whose waivers count.
ASKED = """
WITH RECURSIVE judge AS (SELECT id, email, full_name AS name FROM person WHERE id = ANY($1)),
file AS (
    SELECT p.id, p.call, c.topic, coalesce(p.reference, p.title) AS name, p.lead_organisation,
        (coalesce(p.submitted_at, $4) AT TIME ZONE interval '7 hours')::date AS since
    FROM proposal p JOIN call c ON c.id = p.call WHERE p.id = ANY($2)
),
near AS (
    SELECT f.id AS file, p.id, coalesce(p.reference, p.title) AS name, p.lead, p.signatory, c.code AS call
    FROM file f JOIN call c ON c.id = f.call OR c.topic = f.topic JOIN proposal p ON p.call = c.id
    WHERE p.id = f.id OR p.state NOT IN ('draft', 'withdrawn')
),
part AS (
    SELECT id AS proposal, lead AS person, 'principal_investigator' AS part FROM near
    UNION SELECT id, signatory, 'signatory' FROM near WHERE signatory IS NOT NULL
    UNION SELECT t.proposal, coalesce(t.person, who.id), t.part FROM team_member t
        LEFT JOIN person who ON who.email = t.email WHERE t.proposal IN (SELECT id FROM near)
),
key_person AS (
    SELECT part.*, who.full_name AS name FROM part JOIN person who ON who.id = part.person
    WHERE part.part IN ('principal_investigator', 'project_secretary', 'key_member', 'signatory')
),
root AS (
    SELECT lead_organisation AS id FROM file WHERE lead_organisation IS NOT NULL
    UNION SELECT organisation FROM partner WHERE proposal IN (SELECT id FROM file)
),
line AS (
    SELECT id AS root, id FROM root
    UNION SELECT line.root, CASE WHEN s.predecessor = line.id THEN s.successor ELSE s.predecessor END
    FROM line JOIN succession s ON line.id IN (s.predecessor, s.successor) WHERE s."on" <= $3
),
post AS (
    SELECT j.id AS person, j.name, line.root, o.id AS organisation, o.name AS at, m.role = 'expert' AS listed,
        CASE WHEN m.valid_to < o.valid_to - 1 OR o.valid_to IS NULL THEN m.valid_to END AS ended
    FROM judge j JOIN membership m ON m.person = j.id AND m.valid_from <= $3
    JOIN line ON line.id = m.organisation JOIN organisation o ON o.id = m.organisation
),
awarded AS (
    SELECT p.id, p.title, coalesce(r.ends_on, (p.starts_on + make_interval(months => p.months))::date) AS ended
    FROM proposal p LEFT JOIN project r ON r.proposal = p.id WHERE p.state = 'awarded'
),
worked AS (
    SELECT proposal, person FROM team_member
    WHERE person = ANY($1) OR person IN (SELECT person FROM key_person)
    UNION SELECT id, lead FROM proposal WHERE lead = ANY($1) OR lead IN (SELECT person FROM key_person)
)
"""

# Each part: person, application, kind, the day the tie ended (NULL: it lasts), and its two facts.
MEETINGS = (
    """
    SELECT post.person, f.id AS proposal,
        CASE WHEN post.organisation = post.root THEN 'same_employer' ELSE 'predecessor_employer' END AS kind, post.ended,
        jsonb_build_object('code', CASE WHEN listed THEN 'listed_by' WHEN ended IS NULL THEN 'works_at' ELSE 'worked_at' END,
            'person', post.name, 'organisation', post.at, 'ended', ended) AS one,
        jsonb_build_object('code', CASE WHEN post.organisation = post.root THEN 'led_by' ELSE 'led_by_kin_of' END,
            'proposal', f.name, 'organisation', o.name, 'other', post.at) AS two
    FROM post JOIN file f ON f.lead_organisation = post.root JOIN organisation o ON o.id = post.root
    """,
    """
    SELECT post.person, f.id, 'partner_organisation', post.ended,
        jsonb_build_object('code', CASE WHEN listed THEN 'listed_by' WHEN ended IS NULL THEN 'works_at' ELSE 'worked_at' END,
            'person', post.name, 'organisation', post.at, 'ended', ended),
        jsonb_build_object('code', CASE WHEN post.organisation = post.root THEN 'partnered_by' ELSE 'partnered_by_kin_of' END,
            'proposal', f.name, 'organisation', o.name, 'other', post.at)
    FROM post JOIN partner p ON p.organisation = post.root JOIN file f ON f.id = p.proposal
    JOIN organisation o ON o.id = post.root
    """,
    """
    SELECT j.id, f.id, 'team_member', NULL,
        jsonb_build_object('code', 'has_part', 'person', j.name, 'part', part.part),
        jsonb_build_object('code', 'part_of', 'proposal', f.name)
    FROM judge j JOIN part ON part.person = j.id JOIN file f ON f.id = part.proposal
    """,
    """
    SELECT j.id, near.file, 'rival_application', NULL,
        jsonb_build_object('code', 'has_part_in', 'person', j.name, 'part', part.part, 'proposal', near.name),
        jsonb_build_object('code', 'rivals', 'proposal', f.name, 'other', near.name, 'call', near.call)
    FROM judge j JOIN part ON part.person = j.id JOIN near ON near.id = part.proposal AND near.file <> near.id
    JOIN file f ON f.id = near.file
    """,
    """
    SELECT j.id, f.id, CASE t.kind WHEN 'other' THEN 'declared_other' ELSE t.kind END, t.until,
        jsonb_build_object('code', t.kind, 'person', j.name, 'other', k.name, 'note', t.note),
        jsonb_build_object('code', 'is_in', 'person', k.name, 'part', k.part, 'proposal', f.name)
    FROM judge j JOIN tie t ON j.id IN (t.person, t.other) AND (t.since IS NULL OR t.since <= $3)
    JOIN key_person k ON k.person = CASE WHEN t.person = j.id THEN t.other ELSE t.person END
    JOIN file f ON f.id = k.proposal
    """,
    """
    SELECT j.id, f.id, 'co_work', a.ended,
        jsonb_build_object('code', 'worked_together', 'person', j.name, 'other', k.name, 'project', a.title, 'ended', a.ended),
        jsonb_build_object('code', 'is_in', 'person', k.name, 'part', k.part, 'proposal', f.name)
    FROM judge j JOIN worked mine ON mine.person = j.id JOIN worked theirs ON theirs.proposal = mine.proposal
    JOIN key_person k ON k.person = theirs.person AND k.person <> j.id JOIN file f ON f.id = k.proposal
    JOIN awarded a ON a.id = mine.proposal AND a.id <> f.id
    """,
    """
    SELECT j.id, f.id, 'declared_other', NULL,
        jsonb_build_object('code', 'declared', 'person', j.name, 'fact', i.fact),
        jsonb_build_object('code', 'declared_about', 'proposal', f.name)
    FROM judge j JOIN interest i ON i.person = j.id AND i.conflict JOIN file f ON f.id = i.proposal
    """,
)
QUERY = ASKED + f"""
SELECT DISTINCT m.*, f.since, w.reason AS waived FROM ({" UNION ALL ".join(MEETINGS)}) AS m JOIN file f ON f.id = m.proposal
LEFT JOIN waiver w ON w.panel = $5 AND w.person = m.person AND w.proposal = m.proposal AND w.kind = m.kind
ORDER BY m.person, m.proposal, m.kind, m.one, m.two
"""


async def conflicts(
    person_ids: Collection[int], proposal_ids: Collection[int], *, panel: str = PanelKind.SELECTION,
    seats: Mapping[int, str] | None = None,
) -> list[Conflict]:
    """Every tie between these people and these applications that the pinned rules name, excluding or warning.

    `seats`: person → the seat they hold or would take (a plain member's where nothing is said).
    """
    sitting = {person: (seats or {}).get(person, Seat.MEMBER) for person in person_ids}
    rules = await rules_by_proposal(proposal_ids)
    return [hit for hit, _waived in await meeting(sitting, rules, kind=panel)]


async def meeting(
    sitting: Mapping[int, str], rules: Mapping[int, Rules], *, kind: str, panel: int = 0
) -> list[tuple[Conflict, str]]:
    """The ties between people (person → seat) and applications (application → its rules), each with what waived it."""
    if not sitting or not rules:
        return []
    found = []
    for row in await rows(QUERY, list(sitting), list(rules), today(), now(), panel):
        rule = rules[row["proposal"]].conflict(row["kind"], kind, sitting[row["person"]])
        if rule and counts(rule, ended=row["ended"], since=row["since"]):
            found.append((conflict(row, rule), row["waived"] or ""))
    return found


def conflict(row: dict, rule: ConflictRule) -> Conflict:
    facts = (read(row["one"]), read(row["two"]))
    return Conflict(
        row["person"], row["proposal"], Kind(row["kind"]), facts, rule.effect == "exclude",
        rule.may_be_overruled, facts[0].code == "declared",
    )


def counts(rule: ConflictRule, *, ended: date | None, since: date) -> bool:
    """Whether a tie still counts: it lasted when the application came in, or ended no longer ago than the rule says.

    Where the rule names no term, a post counts only while it is held; between people there is no limit.
    """
    if ended is None or ended >= since:
        return True
    if rule.within is None:
        return rule.kind not in POSTS
    return rule.within.after(ended) >= since


async def rules_by_proposal(proposal_ids: Collection[int]) -> dict[int, Rules]:
    """The rules that each application's call has pinned."""
    pinned = await rows(
        "SELECT p.id, c.rule_set FROM proposal p JOIN call c ON c.id = p.call WHERE p.id = ANY($1)", list(proposal_ids)
    )
    contents = await rows("SELECT id, content FROM rule_set WHERE id = ANY($1)", [row["rule_set"] for row in pinned])
    read = {row["id"]: rules_of(row["content"]) for row in contents}
    return {row["id"]: read[row["rule_set"]] for row in pinned}


# --- a panel's conflicts ---

async def waiting(panel: Panel) -> list[dict]:
    """The applications that a panel judges: those of its call that were handed in and not turned away.

    Each: id, reference, title, title_en, state, field, lead_organisation.
    """
    if panel.project:  # of a project, the application that it came from
        return await rows(
            "SELECT p.id, p.reference, p.title, p.title_en, p.state, p.field, p.lead_organisation FROM proposal p "
            "JOIN project j ON j.proposal = p.id WHERE j.id = $1", panel.project
        )
    if panel.repeats:  # of a vote taken anew, the applications whose standing was set aside
        return await rows(
            "SELECT p.id, p.reference, p.title, p.title_en, p.state, p.field, p.lead_organisation FROM proposal p "
            "JOIN standing s ON s.proposal = p.id JOIN set_aside a ON a.standing = s.id JOIN revote r ON r.id = a.revote "
            "WHERE r.successor = $1 ORDER BY p.reference, p.id", panel.id
        )
    return await rows(
        "SELECT id, reference, title, title_en, state, field, lead_organisation FROM proposal "
        "WHERE call = $1 AND state <> ALL($2) ORDER BY reference, id",
        panel.call, [Proposal.State.DRAFT.value, Proposal.State.WITHDRAWN.value, Proposal.State.INELIGIBLE.value],
    )


async def before(panel: Panel) -> list[int]:
    """The ids of the applications that a panel judges."""
    return [row["id"] for row in await waiting(panel)]


async def seats_of(panel: Panel) -> dict[int, str]:
    """Person → seat, as the rules name seats: who reviews an application in depth sits as reviewer."""
    found = await rows(
        "SELECT person, CASE WHEN part = 'member' AND EXISTS (SELECT FROM assigned_reviewer r WHERE r.panel = s.panel "
        "AND r.person = s.person) THEN 'reviewer' ELSE part END AS seat FROM seat s WHERE panel = $1 ORDER BY id",
        panel.id,
    )
    return {row["person"]: row["seat"] for row in found}


async def of_panel(panel: Panel, seats: Mapping[int, str] | None = None) -> list[tuple[Conflict, str]]:
    """The conflicts of those who sit (or would, by `seats`), each with the reason for which it was waived, else "".

    Asked when a seat is taken, at the invitation and before the session.
    """
    sitting = await seats_of(panel) if seats is None else seats
    return await meeting(sitting, await rules_by_proposal(await before(panel)), kind=panel.kind, panel=panel.id)


async def blocking(panel: Panel, seats: Mapping[int, str] | None = None) -> list[Conflict]:
    """What stands against these people sitting on the panel and was not waived."""
    return [hit for hit, waived in await of_panel(panel, seats) if hit.blocks_seat and not waived]


async def at_award(proposal: int) -> list[tuple[int, Conflict, str]]:
    """What excludes somebody who gave a counted ballot on an application: panel, conflict, what waived it."""
    found = []
    for panel in await Panel.objects().where(Panel.id.is_in(await counted_by(proposal) or [0])).order_by(Panel.id):
        judges = {row["judge"] for row in await rows(
            "SELECT judge FROM ballot WHERE panel = $1 AND proposal = $2 AND number IS NOT NULL", panel.id, proposal
        )}
        seats = {person: seat for person, seat in (await seats_of(panel)).items() if person in judges}
        hits = await meeting(seats, await rules_by_proposal([proposal]), kind=panel.kind, panel=panel.id)
        found += [(panel.id, hit, waived) for hit, waived in hits if hit.excludes]
    return found


async def counted_by(proposal: int) -> list[int]:
    """The panels that counted ballots on an application, but for those whose vote on it was set aside."""
    found = await rows(
        "SELECT DISTINCT s.panel FROM standing s WHERE s.proposal = $1 "
        "AND NOT EXISTS (SELECT FROM set_aside a WHERE a.standing = s.id) ORDER BY s.panel", proposal
    )
    return [row["panel"] for row in found]


async def objected_to(panel: Panel, person: int) -> bool:
    """Whether the panel repeats a vote because of an objection against this person."""
    return bool(await rows(
        "SELECT 1 FROM revote r JOIN objection b ON b.id = r.objection WHERE r.successor = $1 AND b.person = $2", panel.id, person
    ))


def can_waive(person: Person, hit: Conflict) -> bool:
    return hit.blocks_seat and hit.may_be_overruled and holds(person, Role.OFFICER)


async def waive(panel: Panel, hit: Conflict, *, reason: str, by: Person) -> None:
    """Let a person sit in spite of a conflict; only where the rule set allows it, and with a reason."""
    require(holds(by, Role.OFFICER), _("Chỉ cán bộ quản lý nhiệm vụ mới chấp nhận ngoại lệ."))
    await proposals.require_no_part(by, await Proposal.objects().get(Proposal.id == hit.proposal))
    require(can_waive(by, hit), _("Quy tắc không cho phép ngoại lệ với xung đột này: {why}").format(why=explain(hit)))
    require(reason.strip(), _("Hãy ghi lý do chấp nhận ngoại lệ."))
    again = Waiver.exists().where(
        (Waiver.panel == panel.id) & (Waiver.person == hit.person)
        & (Waiver.proposal == hit.proposal) & (Waiver.kind == hit.kind.value)
    )
    require(not await again, _("Ngoại lệ này đã được chấp nhận rồi."))
    row = Waiver(
        panel=panel.id, person=hit.person, proposal=hit.proposal, kind=hit.kind.value, reason=reason, by=by.id, at=now()
    )
    await add(row, by=by, did="waived", facts=[say(one) for one in hit.facts])


# --- in words ---

def explain(hit: Conflict) -> str:
    """The two facts as one sentence."""
    return "{}; {}.".format(*map(say, hit.facts))


def in_words(hits: Collection[Conflict], most: int = 3) -> str:
    """The first few conflicts, each by its two facts."""
    said = list(dict.fromkeys(explain(hit) for hit in hits))
    more = _("Và {count} điểm khác.").format(count=len(said) - most) if len(said) > most else ""
    return " ".join([*said[:most], more]).strip()
