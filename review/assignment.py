"""Assignment: what is known when reviewers are to be shared out, and the question it makes."""

import json
from dataclasses import dataclass
from types import SimpleNamespace

from grants.people.people import titled, today
from grants.rules.content import Seat as Sits
from grants.shell.database import rows
from grants.shell.language import N_, _, speaking
from review import conflicts, panels, similarity
from review.assignment_tables import AssignmentRun
from review.tables import Ballot, Panel, Seat

AIMS = {
    "total": N_("Tổng độ phù hợp lớn nhất"),
    "worst": N_("Hồ sơ có độ phù hợp thấp nhất được cao nhất có thể, rồi mới xét tổng"),
    "lot": N_("Bốc thăm, giới hạn khả năng của từng cặp (phòng thông đồng)"),
}
POOLS = {
    "members": N_("Ủy viên của hội đồng"),
    "nominated": N_("Ủy viên và người được đề cử chưa vào hội đồng"),
}
KEPT = ("id", "sits", "load", "organisation", "organisation_name", "association", "association_name")
SECONDS = 60  # how long a better answer than the flow's is looked for


@dataclass(frozen=True)
class Wanted:
    """What the officer wishes. `cap`: percent; `pinned`, `forbidden`: (application, person)."""

    aim: str = "total"
    pool: str = "members"
    cap: int = 50
    apart: bool = False
    refill: bool = False
    pinned: tuple[tuple[int, int], ...] = ()
    forbidden: tuple[tuple[int, int], ...] = ()
    seconds: int = SECONDS

    @classmethod
    def of(cls, run: AssignmentRun) -> "Wanted":
        kept = json.loads(run.wanted)
        return cls(**kept | {name: tuple(map(tuple, kept[name])) for name in ("pinned", "forbidden")})


# --- what is known ------------------------------------------------------------------------------------------------------

async def known(panel: Panel, pool: str) -> dict:
    """Applications, experts with what they may still take, who is barred from what and why, what has been accepted already."""
    rule = await panels.rule_of(panel)
    applications, experts = await conflicts.waiting(panel), await experts_of(panel, pool)
    ballots = await rows("SELECT proposal, judge, state, assigned_reviewer FROM ballot WHERE panel = $1", panel.id)
    seated = await rows("SELECT part FROM seat WHERE panel = $1", panel.id)
    like = await similarity.likeness([one["id"] for one in applications], [one["id"] for one in experts]) if applications and experts else {
        "value": [[] for _one in applications], "reasons": [{} for _one in applications]
    }
    parts = {row["part"] for row in seated}
    reserved = sum(part not in parts for part in (Seat.Part.CHAIR, Seat.Part.VICE_CHAIR, Seat.Part.SECRETARY))
    return {
        "demand": rule.reviewers_per_application, "room": max(rule.most_members - len(seated) - reserved, 0),
        "applications": [{name: one[name] for name in ("id", "reference", "title", "title_en")} for one in applications],
        "experts": experts, "barred": await barred(panel, experts, applications, ballots),
        "kept": [
            [row["proposal"], row["judge"]] for row in ballots
            if row["assigned_reviewer"] and row["state"] in (Ballot.State.ACCEPTED, Ballot.State.GIVEN)
        ],
        **like,
    }


async def experts_of(panel: Panel, pool: str) -> list[dict]:
    """Plain members (and, on request, nominated people) with workplace, association and how many applications they may take here.

    What they review in other panels counts against their load; what they hold in this one is shared out anew.
    """
    found = await rows(
        """
        SELECT p.id, p.full_name, p.academic_rank, p.degree, s.id IS NOT NULL AS sits, e.association, o.short_name AS association_name,
            w.id AS organisation, coalesce(w.name, '') AS organisation_name,
            greatest(e.load - (SELECT count(*) FROM assigned_reviewer r JOIN panel l ON l.id = r.panel
                WHERE r.person = p.id AND r.panel <> $1 AND l.state IN ('forming', 'invited', 'in_session')), 0)::int AS load
        FROM expert e JOIN person p ON p.id = e.person JOIN organisation o ON o.id = e.association
        LEFT JOIN seat s ON s.panel = $1 AND s.person = p.id
        LEFT JOIN LATERAL (SELECT w.id, w.name FROM membership m JOIN organisation w ON w.id = m.organisation WHERE m.person = p.id
            AND m.role <> 'expert' AND m.valid_from <= $2 AND (m.valid_to IS NULL OR m.valid_to >= $2) ORDER BY m.id LIMIT 1) w ON true
        WHERE s.part = 'member' OR ($3 AND s.id IS NULL AND e.retired_on IS NULL AND e.consented_at IS NOT NULL
            AND EXISTS (SELECT FROM nomination n WHERE n.expert = e.id AND n.call = $4))
        ORDER BY p.sort_key, p.id
        """,
        panel.id, today(), pool == "nominated", panel.call,
    )
    return [{"name": titled(SimpleNamespace(**row)), **{name: row[name] for name in KEPT}} for row in found]


async def barred(panel: Panel, experts: list[dict], applications: list[dict], ballots: list[dict]) -> list[list]:
    """[application, person, why]: a conflict excludes the pair (or the person from the panel), or they declined it."""
    sits = {one["id"]: one["sits"] for one in experts}
    found: dict[tuple[int, int], str] = {}
    with speaking("vi"):
        for row in ballots:
            if row["state"] == Ballot.State.DECLINED and row["judge"] in sits:
                found[row["proposal"], row["judge"]] = _("Đã từ chối đánh giá hồ sơ này.")
        for hit, waived in await conflicts.of_panel(panel, dict.fromkeys(sits, Sits.REVIEWER.value)):
            if hit.excludes and not waived:
                everywhere = hit.blocks_seat and not sits[hit.person]
                for one in applications if everywhere else [{"id": hit.proposal}]:
                    found.setdefault((one["id"], hit.person), conflicts.explain(hit))
    return [[application, person, why] for (application, person), why in sorted(found.items())]


# --- the question -------------------------------------------------------------------------------------------------------

def question(inputs: dict, wanted: Wanted, seed: int) -> dict:
    """What the solver is asked, by positions."""
    place = {one["id"]: n for n, one in enumerate(inputs["applications"])}
    chair = {one["id"]: n for n, one in enumerate(inputs["experts"])}
    out = {(a, e) for a, e, _why in inputs["barred"]} | set(wanted.forbidden)
    pinned = [pair for pair in dict.fromkeys([*map(tuple, inputs["kept"]), *wanted.pinned]) if pair[0] in place and pair[1] in chair]
    pairs = [
        (place[a], chair[e], inputs["value"][place[a]][chair[e]]) for a in place for e in chair if (a, e) not in out or (a, e) in pinned
    ]
    asked = {
        "ask": "assignment", "aim": wanted.aim, "seconds": wanted.seconds, "seed": seed, "cap": wanted.cap,
        "demand": inputs.get("demands") or [inputs["demand"]] * len(place), "load": [one["load"] for one in inputs["experts"]],
        "application": [pair[0] for pair in pairs], "expert": [pair[1] for pair in pairs], "value": [pair[2] for pair in pairs],
        "groups": groups(inputs["experts"], wanted), "pinned": [[place[a], chair[e]] for a, e in pinned],
    }
    if wanted.pool == "nominated":
        asked |= {"most_experts": inputs["room"], "sitting": [n for n, one in enumerate(inputs["experts"]) if one["sits"]]}
    return asked


def groups(experts: list[dict], wanted: Wanted) -> list[list[int]]:
    """One workplace, and where asked one association, at most once an application."""
    names = ["organisation", "association"] if wanted.apart else ["organisation"]
    return [[-1 if one[name] is None else one[name] for one in experts] for name in names]
