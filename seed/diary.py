"""The demo world as a diary: what was done on which day, by whom, through the same verbs as on the pages."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from grants.people import people
from grants.people.tables import Organisation, Person
from grants.shell.changes import at
from grants.shell.config import ROOT
from grants.shell.dates import VIETNAM

FOLDER = ROOT / "seed" / "world"
Step = Callable[[], Awaitable[object]]


def read(name: str) -> list | dict:
    """One file of the demo world."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def moment(day: str, hour: int = 9, minute: int = 0, *, plus: int = 0) -> datetime:
    """A day of the files ("2024-03-18", or a full moment) as a moment in Đắk Lắk, `plus` days later."""
    if "T" in day:
        return datetime.fromisoformat(day) + timedelta(days=plus)
    return datetime.combine(date.fromisoformat(day) + timedelta(days=plus), time(hour, minute), VIETNAM)


@dataclass
class Diary:
    """Steps in the order in which they happened, and whom and what they are about."""

    today: datetime
    people: dict[str, int] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    things: dict[str, object] = field(default_factory=dict)
    steps: list[tuple[datetime, int, Step]] = field(default_factory=list)

    def on(self, when: datetime, step: Step) -> None:
        """Note a step; what lies after the demo's today has not happened yet."""
        if when <= self.today:
            self.steps.append((when, len(self.steps), step))

    async def who(self, email: str) -> Person:
        """A person with the posts held on the day of the step."""
        return await people.person(self.people[email])

    async def live(self) -> None:
        """Do every step on its day."""
        for when, _n, step in sorted(self.steps, key=lambda one: one[:2]):
            with at(when):
                await step()
