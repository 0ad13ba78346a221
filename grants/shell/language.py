"""Vietnamese as written in the source, English out of the catalogues in templates/languages/en/."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from functools import cache
from string import Formatter

from babel.messages.pofile import read_po

from grants.shell.config import ROOT

LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
CATALOGUES = ROOT / "templates" / "languages"
_language: ContextVar[str] = ContextVar("language", default="vi")


class Counted(Formatter):
    """Fills gaps; `{count:thing|things}` says the word that fits the number, which Vietnamese does not need."""

    def format_field(self, value: object, spec: str) -> str:
        if "|" not in spec:
            return super().format_field(value, spec)
        one, many = spec.split("|")
        return one if str(value) == "1" else many


class Plural(str):
    """An English sentence with words that follow a number."""

    def format(self, *given: object, **named: object) -> str:
        return Counted().format(str(self), *given, **named)


@cache
def english() -> dict[str, str]:
    """Every translated sentence, Vietnamese → English."""
    found = {}
    for path in sorted((CATALOGUES / "en").glob("*.po")):
        with path.open("rb") as opened:
            found |= {m.id: Plural(m.string) if "|" in m.string else m.string for m in read_po(opened, locale="en") if m.id and m.string}
    return found


def language() -> str:
    """The language of this request: "vi" or "en"."""
    return _language.get()


def _(text: str) -> str:
    """The text in the language of whoever reads it now."""
    return text if _language.get() == "vi" else english().get(text, text)


def N_(text: str) -> str:
    """Mark a text for translation that is said later, with `_()`: labels in tables of states, columns and menus."""
    return text


@contextlib.contextmanager
def speaking(chosen: str) -> Iterator[None]:
    """Speak `chosen` inside the block: a request, or a letter to someone who reads another language."""
    token = _language.set(chosen if chosen in LANGUAGES else "vi")
    try:
        yield
    finally:
        _language.reset(token)


def either(vietnamese: str, other: str | None) -> str:
    """Of a text kept in both languages, the one to show; Vietnamese where there is no English."""
    return other if other and _language.get() == "en" else vietnamese
