"""What the public pages call things."""

from datetime import date, datetime

from grants.outcomes.words import MODES, RIGHTS
from grants.proposals.drafts import FORMS
from grants.rules import sources
from grants.shell.dates import show_deadline
from grants.shell.language import _, language


def source(code: str) -> tuple[str, str]:
    """A source of money as its badge: (code, words)."""
    return code, sources.said(code)


def outcome(sort: str, kind: str) -> str:
    """What kind of output, right or transfer it is."""
    return _({"outputs": FORMS, "rights": RIGHTS, "transfers": MODES}[sort][kind])


def when(deadline: date | datetime) -> str:
    return show_deadline(deadline, language())
