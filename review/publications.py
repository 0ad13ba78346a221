"""Publications of experts: imported out of BibTeX, a table or pasted lines, all of it or nothing; and their removal."""

import csv
import io
import re
from dataclasses import dataclass

from grants.people.people import holds
from grants.people.tables import Person, Role
from grants.shell.changes import add, remove, require
from grants.shell.database import DB, rows
from grants.shell.language import _
from grants.shell.text import fold
from review.roster_tables import Expert, Publication

MOST = 300  # at a time
YEAR = re.compile(r"\b(19\d\d|20\d\d)\b")
# What is typed is read in time that grows with its length: each pattern takes blanks whole (`+`) and begins at a word.
ENTRY = re.compile(r"\}\s*+@\w++\s*+\{")  # where one ends and the next begins
FIELD = re.compile(r"\b(?P<name>\w++)\s*+=\s*+(?:\{(?P<braced>(?:[^{}]|\{[^{}]*\})*)\}|\"(?P<quoted>[^\"]*)\"|(?P<bare>\w+))")
CITED = re.compile(r"^(?P<authors>.+?)\((?P<year>(?:19|20)\d\d)\)\s*[.,:]?\s*(?P<title>[^.]+)\.?\s*(?P<place>.*)$")


@dataclass(frozen=True)
class Found:
    """One publication as it was read, and the line or entry it was read from."""

    at: int
    year: int
    title: str
    place: str = ""
    authors: str = ""
    doi: str = ""


def can_list(person: Person, expert: Expert) -> bool:
    """An expert keeps their own list; the federation may keep it for them."""
    return person.id == expert.person or holds(person, Role.ASSOCIATION)


def read(text: str) -> tuple[list[Found], list[str]]:
    """What a pasted list says, and what is wrong with it by line (or entry of BibTeX)."""
    text = text.strip()
    if text.startswith("@"):
        entries = ENTRY.split("}" + text.removesuffix("}"))[1:]
        return sorted_out([(n, of_entry(n, body)) for n, body in enumerate(entries, 1)])
    lines = [(n, line.strip()) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    first = lines[0][1].lower() if lines else ""
    for sign in (";", "\t", ","):
        names = [fold(name) for name in first.split(sign)]
        if {"year", "title"} <= set(names) or {"nam", "ten"} <= set(names):
            return sorted_out([(n, of_row(n, line, sign, names)) for n, line in lines[1:]])
    return sorted_out([(n, of_line(n, line)) for n, line in lines])


def sorted_out(found: list[tuple[int, Found | None]]) -> tuple[list[Found], list[str]]:
    wrong = [_("Dòng {number}: không thấy năm và tên công trình.").format(number=n) for n, one in found if one is None]
    return [one for _n, one in found if one], wrong


def of_entry(at: int, body: str) -> Found | None:
    """A BibTeX entry."""
    said = {m["name"].lower(): (m["braced"] or m["quoted"] or m["bare"] or "") for m in FIELD.finditer(body.partition(",")[2])}
    plain = {name: " ".join(re.sub(r"[{}]", "", value).split()) for name, value in said.items()}
    place = plain.get("journal") or plain.get("booktitle") or plain.get("publisher") or ""
    authors = plain.get("author", "").replace(" and ", "; ")
    return made(at, plain.get("year", ""), plain.get("title", ""), place, authors, plain.get("doi", ""))


def of_row(at: int, line: str, sign: str, names: list[str]) -> Found | None:
    """A row of a table whose first row names the columns, in English or Vietnamese."""
    said = dict(zip(names, next(csv.reader(io.StringIO(line), delimiter=sign)), strict=False))

    def cell(*called: str) -> str:
        return next((said[name].strip() for name in called if said.get(name)), "")

    place = cell("journal", "place", "noi dang")
    return made(at, cell("year", "nam"), cell("title", "ten"), place, cell("authors", "tac gia"), cell("doi"))


def of_line(at: int, line: str) -> Found | None:
    """A reference as it is cited: «Authors (2021). Title. Journal.»; else any line with a year in it."""
    if cited := CITED.match(line):
        return made(at, cited["year"], cited["title"], cited["place"].strip(" ."), cited["authors"].strip(" ."), "")
    years = YEAR.findall(line)
    return made(at, years[-1], line, "", "", "") if years else None


def made(at: int, year: str, title: str, place: str, authors: str, doi: str) -> Found | None:
    if not YEAR.fullmatch(year.strip()) or not title.strip():
        return None
    return Found(at, int(year), title.strip()[:500], place.strip()[:300], authors.strip()[:500], doi.strip()[:200])


async def take_over(expert: Expert, pasted: str, *, by: Person) -> int:
    """Keep what a pasted list says that is not there yet, all of it or nothing; says how many are new."""
    require(can_list(by, expert), _("Chỉ chính chuyên gia hoặc liên hiệp hội ghi công trình."))
    found, wrong = read(pasted)
    require(found or wrong, _("Hãy dán danh sách công trình."))
    require(not wrong, " ".join(wrong[:10]))
    require(len(found) <= MOST, _("Mỗi lần nhập nhiều nhất {most} công trình.").format(most=MOST))
    async with DB.transaction():
        await rows("SELECT 1 FROM person WHERE id = $1 FOR NO KEY UPDATE", expert.person)
        there = {(one.year, fold(one.title)) for one in await of(expert)}
        new = 0
        for one in found:
            if (one.year, fold(one.title)) in there:
                continue
            there.add((one.year, fold(one.title)))
            row = Publication(
                person=expert.person, year=one.year, title=one.title, place=one.place, authors=one.authors, doi=one.doi,
                folded=fold(f"{one.title} {one.place} {one.authors}"),
            )
            await add(row, by=by, did="listed")
            new += 1
    return new


async def of(expert: Expert) -> list[Publication]:
    """An expert's publications, the newest first."""
    return await Publication.objects().where(Publication.person == expert.person).order_by(
        Publication.year, ascending=False
    ).order_by(Publication.id)


async def take_out(publication: Publication, expert: Expert, *, by: Person) -> None:
    """A publication leaves the expert's list; the trail keeps that it stood there."""
    require(can_list(by, expert) and publication.person == expert.person, _("Chỉ chính chuyên gia hoặc liên hiệp hội ghi công trình."))
    await remove(publication, by=by, did="unlisted")
