"""What comes next with a thing that waits: who does what by when. Each room says it for its own things, in this one shape."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from grants.rules import rules
from grants.rules.content import Rules
from grants.shell.changes import now
from grants.shell.dates import Calendar, day_of, left, show_deadline
from grants.shell.language import language


@dataclass(frozen=True)
class Step:
    """The one thing that comes next. `who` is empty where nothing more comes; `due` a day, a moment or None.

    `link` leads to where it is done, for whoever may go there; `after` says in a sentence what follows.
    """

    who: str
    what: str
    due: date | datetime | None = None
    link: str = ""
    after: str = ""
    left: str = ""

    @property
    def by_when(self) -> str | None:
        return show_deadline(self.due, language()) if self.due else None

    @property
    def tone(self) -> str:
        if not self.who:
            return "idle"
        over = self.due and (self.due < now() if isinstance(self.due, datetime) else self.due < day_of(now()))
        return "late" if over else ""


async def timed(step: Step, days: Calendar | None = None) -> Step:
    """The step with how long there is still: «còn 3 ngày làm việc»; `days`: the working calendar, where it is at hand."""
    return replace(step, left=left(step.due, now(), days or await rules.calendar(), language())) if step.due else step


async def limit(pinned: Rules, since: date | datetime | None, *codes: str, days: Calendar | None = None) -> date | None:
    """The last day of the pinned rules' time limits that run one after another from a day; None where they say nothing."""
    terms = {one.code: one.term for one in pinned.limits}
    if since is None or not codes or not all(code in terms for code in codes):
        return None
    days = days or await rules.calendar()
    for code in codes:
        since = days.due(since, terms[code].value, terms[code].unit)
    return since
