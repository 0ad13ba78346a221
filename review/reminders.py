"""Reminders of open ballots and reviews, counted in working days as the rule set says; silence is told to the officer."""

from datetime import date

from grants.people import people
from grants.people.people import today
from grants.rules import rules as rule_sets
from grants.rules.content import PanelKind, rules_of
from grants.shell import mail
from grants.shell.changes import add, now
from grants.shell.database import DB, rows
from grants.shell.dates import Calendar, day_of, show_date
from grants.shell.language import _, language
from review.tables import Reminder

OPEN = """
    SELECT b.panel, b.judge, b.assigned_reviewer FROM ballot b WHERE b.state IN ('offered', 'accepted')
    UNION ALL SELECT m.panel, v.judge, v.assigned_reviewer FROM vote v JOIN matter m ON m.id = v.matter WHERE v.state = 'accepted'
"""


async def remind() -> None:
    """The worker's duty: who has something open is reminded before it is due and after; then the officer hears of it."""
    found = await rows(
        f"""
        SELECT p.id, p.name, p.kind, p.officer, p.meets_at, w.judge, w.reviews, w.open, r.content,
               ARRAY(SELECT step FROM reminder m WHERE m.panel = p.id AND m.person = w.judge) AS done
        FROM panel p JOIN (SELECT panel, judge, bool_or(assigned_reviewer) AS reviews, count(*) AS open FROM ({OPEN}) AS o
                           GROUP BY panel, judge) AS w ON w.panel = p.id
        LEFT JOIN call c ON c.id = p.call JOIN rule_set r ON r.id = coalesce(p.rule_set, c.rule_set)
        WHERE p.state IN ('invited', 'in_session') AND p.meets_at IS NOT NULL ORDER BY p.id, w.judge
        """
    )
    if not found:
        return
    calendar = await rule_sets.calendar()
    for row in found:
        due = due_of(row, calendar)
        for step in steps_due(row, due, calendar):
            if step not in row["done"]:
                await take(row, step, due)


def due_of(row: dict, calendar: Calendar) -> date:
    """When a member's ballots are due: on the day of the session, a reviewer's by the rule's lead before it."""
    rule = rules_of(row["content"]).panels[PanelKind(row["kind"])]
    day = day_of(row["meets_at"])
    reviews = row["reviews"] or rule.all_write_reviews
    return calendar.add_working_days(day, -rule.review_lead.value) if reviews and rule.review_lead else day


def steps_due(row: dict, due: date, calendar: Calendar) -> list[str]:
    """What is to be done by today: "before" it is due, "after", and "officer"."""
    rule = rules_of(row["content"]).reminders
    found = ["before"] if calendar.add_working_days(due, -rule.before) <= today() <= due else []
    if today() >= calendar.add_working_days(due, rule.after) and today() > due:
        found.append("after")
    if today() >= calendar.add_working_days(due, rule.officer_after) and today() > due:
        found.append("officer")
    return found


async def take(row: dict, step: str, due: date) -> None:
    """Write the letter of one step, once."""
    async with DB.transaction():
        await add(Reminder(panel=row["id"], person=row["judge"], step=step, at=now()), by=None, did="reminded")
        judge = await people.person(row["judge"])
        if step == "officer":
            await mail.tell(
                await people.person(row["officer"]), lambda: _("Thành viên hội đồng chưa nộp phiếu"),
                lambda: _("{name} còn {count} phiếu chưa nộp cho {panel}; hạn là ngày {day}.").format(
                    name=judge.full_name, count=row["open"], panel=row["name"], day=show_date(due, language())
                ),
                link=f"/panels/{row['id']}/session",
            )
            return
        await mail.tell(
            judge, lambda: _("Nhắc nộp phiếu và nhận xét"),
            lambda: (_("Bạn còn {count} phiếu cho {panel}, hạn nộp ngày {day}.") if step == "before"
                     else _("Bạn còn {count} phiếu cho {panel} đã quá hạn ngày {day}. Hãy nộp sớm hoặc báo không đánh giá.")).format(
                count=row["open"], panel=row["name"], day=show_date(due, language())
            ),
            link="/ballots",
        )
