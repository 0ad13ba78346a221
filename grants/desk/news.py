"""What changed since last time: deeds of others on what concerns a person, and the person's own numbers."""

from datetime import timedelta

from grants.desk.deeds import PAGES, deed, thing
from grants.people.people import holds
from grants.people.tables import Person, Role
from grants.projects import projects
from grants.projects.tables import Project
from grants.proposals import proposals
from grants.shell.changes import now
from grants.shell.database import rows
from grants.shell.language import _, language
from grants.shell.money import show

MOST = 8
OFFICES = {
    Role.OFFICER: ["call", "panel", "project", "report", "estimate", "allocation", "reservation", "award", "payment"],
    Role.FINANCE: ["estimate", "allocation", "reservation", "award", "payment"],
    Role.TREASURER: ["payment"],
    Role.LEADER: ["call", "estimate", "allocation", "award", "project"],
    Role.ADMIN: ["person", "membership", "rule_set", "organisation"],
}
# What of an application an office that keeps it may know as it happens: nothing of a draft.
TOLD_TO_OFFICES = ["submitted", "confirmed", "entered_review", "review_concluded", "appraised", "awarded", "declined"]
# What the team of an application may know as it happens. The panel's result is told with the decision, by letter.
TOLD_TO_TEAMS = ["certified", "submitted", "reopened", "withdrawn", "confirmed", "awarded", "declined"]
OWN = """(SELECT id FROM proposal WHERE lead = $1 UNION SELECT id FROM proposal WHERE signatory = $1
    UNION SELECT proposal FROM team_member WHERE person = $1 AND joined_at IS NOT NULL)"""


# What a thing of each kind is called on a line of news, and the amount it is about; neither of the reader's own application.
NAMES = {
    "call": "SELECT code || ' ' || title FROM call WHERE id = e.thing_id",
    "panel": "SELECT name FROM panel WHERE id = e.thing_id",
    "project": "SELECT code || ' ' || title FROM project WHERE id = e.thing_id",
    "report": "SELECT j.code || ' ' || j.title FROM report r JOIN project j ON j.id = r.project WHERE r.id = e.thing_id",
    "estimate": "SELECT year::text FROM estimate WHERE id = e.thing_id",
    "payment": "SELECT j.code || ' ' || j.title FROM payment y JOIN project j ON j.id = y.project WHERE y.id = e.thing_id",
    "allocation": "SELECT c.code || ' ' || c.title FROM allocation a JOIN call c ON c.id = a.call WHERE a.id = e.thing_id",
    "reservation": "SELECT p.reference || ' ' || p.title FROM reservation r JOIN proposal p ON p.id = r.proposal "
                   "WHERE r.id = e.thing_id AND p.id NOT IN (SELECT id FROM mine)",
    "award": "SELECT p.reference || ' ' || p.title FROM award a JOIN proposal p ON p.id = a.proposal "
             "WHERE a.id = e.thing_id AND p.id NOT IN (SELECT id FROM mine)",
    "person": "SELECT full_name FROM person WHERE id = e.thing_id",
    "membership": "SELECT w.full_name FROM membership m JOIN person w ON w.id = m.person WHERE m.id = e.thing_id",
    "rule_set": "SELECT name FROM rule_set WHERE id = e.thing_id",
    "organisation": "SELECT name FROM organisation WHERE id = e.thing_id",
}
ABOUT = "CASE e.thing {} END".format(" ".join(f"WHEN '{kind}' THEN ({sql})" for kind, sql in NAMES.items()))
AMOUNTS = "CASE e.thing {} END".format(" ".join(
    f"WHEN '{kind}' THEN (SELECT amount FROM {kind} WHERE id = e.thing_id)" for kind in ("allocation", "reservation", "award", "payment")
))


async def since(person: Person) -> list[dict]:
    """The last changes by others since the person's session before this one, or of the last week: when, what, about, who.

    Of an application they have a part in, officials hear what its team hears.
    """
    found = await rows(
        f"""
        WITH mine AS {OWN},
             last AS (SELECT coalesce((SELECT max(seen_at) FROM session WHERE person = $1 AND id <> $2), $3) AS at),
             recent AS MATERIALIZED (SELECT id, at, by, did, thing, thing_id FROM event WHERE at > (SELECT at FROM last)
                                     ORDER BY at DESC LIMIT 2000)
        SELECT e.at, e.did, e.thing, e.thing_id, w.full_name, coalesce(p.title, {ABOUT}) AS title, {AMOUNTS} AS amount,
            e.thing = ANY($4) OR ($7 AND e.thing_id NOT IN (SELECT id FROM mine)) AS office
        FROM recent e LEFT JOIN person w ON w.id = e.by
        LEFT JOIN proposal p ON e.thing = 'proposal' AND p.id = e.thing_id
        WHERE e.by IS DISTINCT FROM $1 AND (e.thing = ANY($4)
            OR (e.thing = 'proposal' AND e.did = ANY($5) AND e.thing_id IN (SELECT id FROM mine))
            OR (e.thing = 'proposal' AND e.did = ANY($8) AND $7 AND p.state NOT IN ('draft', 'withdrawn')
                AND e.thing_id NOT IN (SELECT id FROM mine)))
        ORDER BY e.id DESC LIMIT $6
        """,
        person.id, person.session["id"], now() - timedelta(days=7), watched(person), TOLD_TO_TEAMS, MOST, holds(person, Role.OFFICER),
        TOLD_TO_OFFICES,
    )
    return [
        {
            "when": row["at"], "who": (row["full_name"] or _("Hệ thống")) if row["office"] else _("Cơ quan hoặc nhóm thực hiện"),
            "what": " – ".join(filter(None, [
                f"{thing(row['thing'])}: {deed(row['did'])}", row["title"],
                show(row["amount"], language()) if row["title"] and row["amount"] else "",
            ])),
            "href": PAGES[row["thing"]].format(row["thing_id"]) if row["thing"] in PAGES else None,
        }
        for row in found
    ]


def watched(person: Person) -> list[str]:
    """The kinds of things whose every change concerns the person's office."""
    return sorted({kind for role, kinds in OFFICES.items() if holds(person, role) for kind in kinds})


async def numbers(person: Person) -> list[dict]:
    """The person's own numbers, each opening its rows; for offices that keep all applications, the office's."""
    if holds(person, Role.OFFICER, Role.LEADER, Role.FINANCE, Role.AUDITOR):
        return await of_the_office(person)
    if holds(person, Role.RESEARCHER, Role.SIGNATORY):
        return await of_a_researcher(person)
    return await of_an_expert(person) if holds(person, Role.EXPERT) else []


async def of_the_office(person: Person) -> list[dict]:
    """What the office has in hand; applications that the person has a part in are in no list of the office, nor counted."""
    found = (await rows(
        f"""
        SELECT (SELECT count(*) FROM call WHERE state = 'published' AND opens_at <= $2 AND deadline >= $2) AS open,
               (SELECT coalesce(sum(n), 0)::int FROM proposal_tally WHERE state = ANY($3))
                   - (SELECT count(*) FROM proposal WHERE state = ANY($3) AND id IN {OWN}) AS judged,
               (SELECT count(*) FROM project WHERE state = 'running') AS running,
               (SELECT count(*) FROM project WHERE late_since IS NOT NULL) AS late
        """,
        person.id, now(), proposals.IN_HAND,
    ))[0]
    return [
        figure(_("Thông báo đang nhận hồ sơ"), found["open"], "/open/calls?time=open"),
        figure(_("Hồ sơ đang xét"), found["judged"], "/proposals?state=in_hand", _("từ khi nộp đến khi quyết định")),
        figure(_("Nhiệm vụ đang thực hiện"), found["running"], "/projects?state=running"),
        figure(_("Nhiệm vụ chậm tiến độ"), found["late"], "/projects?late=late", _("báo cáo hoặc hồ sơ nghiệm thu quá hạn")),
    ]


async def of_a_researcher(person: Person) -> list[dict]:
    """What a person has a part in, as lead, as head of the organisation or in the team; each figure opens exactly its rows."""
    found = (await rows(
        f"""
        SELECT count(*) FILTER (WHERE state = 'draft') AS drafts, count(*) FILTER (WHERE state = ANY($2)) AS handed_in,
               count(*) FILTER (WHERE state = 'awarded') AS awarded FROM proposal WHERE id IN {OWN}
        """,
        person.id, proposals.HANDED_IN,
    ))[0]
    mine = projects.seen_by(person)
    led = await (Project.count() if mine is None else Project.count().where(mine))
    return [
        figure(_("Hồ sơ đang soạn"), found["drafts"], "/proposals?state=draft"),
        figure(
            _("Hồ sơ đã nộp"), found["handed_in"], "/proposals?state=handed_in", _("{n} được phê duyệt").format(n=found["awarded"])
        ),
        figure(_("Nhiệm vụ của tôi"), led, "/projects"),
    ]


async def of_an_expert(person: Person) -> list[dict]:
    found = (await rows(
        """
        SELECT count(*) FILTER (WHERE state = 'given') AS given, count(*) FILTER (WHERE state = 'accepted') AS accepted,
               count(*) FILTER (WHERE state = 'offered') AS offered FROM ballot WHERE judge = $1
        """,
        person.id,
    ))[0]
    return [
        figure(_("Phiếu đang chấm"), found["accepted"], "/ballots?state=accepted"),
        figure(_("Lời mời chưa trả lời"), found["offered"], "/ballots?state=offered"),
        figure(_("Phiếu đã nộp"), found["given"], "/ballots?state=given"),
    ]


def figure(label: str, value: int, href: str, base: str = "") -> dict:
    return {"label": label, "value": value, "href": href, "base": base}
