"""`python -m tests.catalogues [ROOM …]`: bring the English catalogues up to date with the words in the source.

A new sentence goes, untranslated, into the catalogue of the room it was found in; one that nobody says any more is
dropped; a translation that is there stays, in whatever catalogue it stands.
"""

import ast
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment, nodes

from grants.shell.config import ROOT
from grants.shell.language import CATALOGUES

ENGLISH = CATALOGUES / "en"
PACKAGES = ("grants", "review", "budget")
MARKS = {"_", "N_"}
ROOMS = ("frame", "people", "rules", "calls", "proposals", "projects", "outcomes", "desk", "public", "review", "budget")
JINJA = Environment(autoescape=True)
PLACE = re.compile(r"{(\w*)[^}]*}")


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


def room_of(path: Path) -> str:
    """The catalogue that new sentences of a file go into."""
    first, second, *_rest = [*path.relative_to(ROOT).parts, ""]
    if first in ("review", "budget"):
        return first
    second = {"account": "people", "shell": "frame", "components": "frame"}.get(second, second)
    return second if second in ROOMS else "frame"


def said() -> dict[str, list[Path]]:
    """Every marked sentence → the files in which it stands."""
    found: dict[str, list[Path]] = {}
    for path in [*modules(), *templates()]:
        for sentence in sentences(path):
            files = found.setdefault(sentence, [])
            if path not in files:
                files.append(path)
    return found


def sentences(path: Path) -> Iterator[str]:
    """The literals inside `_()` and `N_()` of a module or a template."""
    if path.suffix == ".html":
        for call in JINJA.parse(path.read_text()).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in MARKS and isinstance(call.args[0], nodes.Const):
                yield call.args[0].value
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if is_marked(node) and isinstance(node.args[0], ast.Constant):
            yield node.args[0].value


def is_marked(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS and bool(node.args)


def places(sentence: str) -> list[str]:
    """The names of the gaps in a sentence: "còn {days} ngày" → ["days"]."""
    return sorted(set(PLACE.findall(sentence)))


def catalogues() -> dict[str, Catalog]:
    """Room → its catalogue."""
    found = {}
    for path in sorted(ENGLISH.glob("*.po")):
        with path.open("rb") as opened:
            found[path.stem] = read_po(opened, locale="en")
    return found


def brought_up_to_date(rooms: list[str]) -> dict[str, int]:
    """Rewrite the catalogues of these rooms; returns how many sentences of each want a translation."""
    kept, now = catalogues(), said()
    there = {message.id for catalogue in kept.values() for message in catalogue if message.id and message.string}
    wanting = {}
    for room in rooms:
        old = kept.get(room) or Catalog(locale="en", fuzzy=False)
        new = Catalog(locale="en", fuzzy=False, header_comment=old.header_comment)
        for message in old:
            if message.id in now and message.string:
                keep(new, room, message.id, message.string, now[message.id])
        for sentence, files in now.items():
            if sentence not in there and room_of(files[0]) == room:
                keep(new, room, sentence, "", files)
        write(room, new)
        wanting[room] = sum(1 for message in new if message.id and not message.string)
    return wanting


def keep(catalogue: Catalog, room: str, sentence: str, english: str, files: list[Path]) -> None:
    """Note where the sentence stands: one file, of this room if it can be."""
    path = next((each for each in files if room_of(each) == room), files[0])
    catalogue.add(sentence, english, locations=[(str(path.relative_to(ROOT)), None)])


def write(room: str, catalogue: Catalog) -> None:
    """Sentences stand in the order of the source, whole on one line, without line numbers: small differences stay small."""
    own = catalogue.header_comment if "PROJECT" not in catalogue.header_comment else f"# English of {room}."
    written = io.BytesIO()
    write_po(written, catalogue, width=0, omit_header=True, sort_by_file=True, include_lineno=False)
    (ENGLISH / f"{room}.po").write_text(f"{own}\n{HEADER}\n{written.getvalue().decode()}")


HEADER = """msgid ""
msgstr ""
"Language: en\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"""


if __name__ == "__main__":
    for room, count in brought_up_to_date(sys.argv[1:] or sorted({*ROOMS, *catalogues()})).items():
        print(f"{room}: {count} to translate")
