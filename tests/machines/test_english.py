"""The whole house in English: what is left in Vietnamese is the record's own text, word for word as a row keeps it."""

import json
import re
from functools import cache

import pytest
from piccolo.columns import JSONB, Text, Varchar

from grants.calls.tables import Topic
from grants.people.tables import Organisation, Role
from grants.piccolo_app import APP_CONFIG
from grants.projects.tables import Project
from grants.proposals.tables import Proposal
from grants.shell.database import rows
from grants.shell.language import english
from tests.browsing import browsing
from tests.machines.routes import MISSING, ROUTES, ids_of
from tests.test_language import SAME, VIETNAMESE
from tests.world import email

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]
ROLES = [Role.OFFICER, Role.AUDITOR, Role.FINANCE, Role.LEADER, Role.EXPERT, Role.ASSOCIATION, Role.TREASURER, Role.ADMIN, Role.RESEARCHER,
         Role.SIGNATORY]
NOT_THE_RECORD = {"event", "seal", "letter", "session", "link", "attempt"}  # told in words of the interface, or never shown
WRITTEN = (Organisation, Proposal, Project, Topic)  # in the words of whoever wrote them, whatever they are translated to
SHOWN = ("aria-label", "title", "alt", "placeholder", "data-label", "value")
BETWEEN = re.compile(r"\s+[·–|/-]\s+|[:;,()«»“”\"\[\]]\s*|\s{2,}|\s→\s|(?<=\w)\.\s")
NUMBERS = re.compile(r"\bĐ[NC]-\d+\b")  # the numbers of payment requests and corrections
LOOSE_ONE = re.compile(r"\b1 (applications|things|projects|lines|days|letters|members|ballots|calls|outputs|rights|transfers|months)\b")


async def record() -> str:
    """Every text that a row keeps, one under another."""
    found: set[str] = set()
    for table in APP_CONFIG.table_classes:
        if table._meta.tablename in NOT_THE_RECORD:
            continue
        for row in await texts_of(table):
            for name, value in row.items():
                kept = isinstance(getattr(table, name), JSONB)
                found.update(strings(json.loads(value)) if kept and value else [value] if value else [])
    return "\n".join(" ".join(one.split()) for one in found if VIETNAMESE.search(one))


async def texts_of(table) -> list[dict]:
    """The rows of a table with their texts only."""
    names = [f'"{column._meta.name}"' for column in table._meta.columns if isinstance(column, Varchar | Text | JSONB)]
    return await rows(f'SELECT {", ".join(names)} FROM "{table._meta.tablename}"') if names else []


async def translated() -> set[str]:
    """Vietnamese texts of the office that are always kept in English too: in English that is what is shown."""
    both, alone = set(), set()
    for table in APP_CONFIG.table_classes:
        for row in await texts_of(table):
            for name, value in row.items():
                (both if row.get(f"{name}_en") and table not in WRITTEN else alone).add(" ".join((value or "").split()))
    return {text for text in both - alone if VIETNAMESE.search(text)}


def strings(value: object) -> list[str]:
    """The texts inside what JSON keeps."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [one for part in inner for one in strings(part)]


@cache
def names_in_english() -> str:
    """Vietnamese names that the English words themselves say: Đắk Lắk, Buôn Ma Thuột."""
    return "\n".join(english().values())


def said(page) -> set[str]:
    """The Vietnamese texts of a page, those that only a screen reader says too."""
    texts = page.html.xpath("//*[local-name()='body']//text()[not(parent::*[local-name()='script'])]")
    texts += [text for name in SHOWN for text in page.html.xpath(f"//*[local-name()='body']//@{name}")]
    return {one for text in texts if VIETNAMESE.search(text) and (one := " ".join(text.split()))}


def told(page, address: str) -> set[str]:
    """What a page says itself: neither what stands in a form to be changed, nor a field's value before and after in the trail."""
    if address.startswith("/events/"):
        return set()
    typed = page.html.xpath("//*[local-name()='textarea']//text() | //*[local-name()='input']/@value")
    return said(page) - {" ".join(text.split()) for text in typed}


def left_over(text: str, kept: str) -> list[str]:
    """The parts of a text that no row keeps: of a sentence about a row only the row's own words may be Vietnamese."""
    text = NUMBERS.sub("", text)
    if text in kept or text in SAME:
        return []
    runs = [run for part in BETWEEN.split(text) if part and part not in kept for run in vietnamese_runs(part)]
    return [run for run in runs if run not in kept and run not in names_in_english() and run not in SAME]


def vietnamese_runs(text: str) -> list[str]:
    """Words with Vietnamese letters that follow one another."""
    found, run = [], []
    for word in [*text.split(), ""]:
        if VIETNAMESE.search(word):
            run.append(word)
        elif run:
            found.append(" ".join(run).strip(".,;:!?…"))
            run = []
    return found


async def pages_of(role: Role, left: set) -> list[str]:
    """The addresses that this role is the first to open: each page once, of a thing for some of its kind."""
    found = []
    for route in sorted((route for route in left if route.open_to(role)), key=lambda route: route.path):
        if not route.gaps:
            left.discard(route)
            found.append([route.path])
        elif route.table:
            ids = await ids_of(route.table)
            inner = (await ids_of(route.nested_table) if route.nested_table else []) or [MISSING]
            found.append([route.filled(id, inner[0]) for id in ids[:: len(ids) // 5 + 1]])
    return found


async def test_in_english_only_the_record_itself_is_vietnamese(province):
    kept, doubled, wrong, opened = await record(), await translated(), {}, 0
    left = {route for route in ROUTES if route.method == "GET" and not route.path.startswith(("/static", "/letters/{id}"))}
    async with browsing() as browser:
        for role in ROLES:
            here = await browser().sign_in_as(email(role))
            await here.open("/help")
            await here.submit("/language", language="en")
            for addresses in await pages_of(role, left):
                for address in addresses:
                    page = await here.open(address)
                    if page.html is None or page.status != 200 or page.html.get("lang") == "vi":
                        continue
                    opened += 1
                    loose = LOOSE_ONE.findall(page.words)
                    texts = said(page)
                    for part in [run for text in texts for run in left_over(text, kept)] + loose + sorted(told(page, address) & doubled):
                        wrong.setdefault(part, address)
    assert opened > 150
    found = sorted(wrong.items(), key=lambda one: one[1])
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(f"{address}  {part}" for part, address in found)


async def test_the_record_s_own_words_are_marked_for_whoever_listens(province):
    """A screen reader says a Vietnamese title as Vietnamese on an English page."""
    async with browsing() as browser:
        here = await browser().sign_in_as(email(Role.OFFICER))
        await here.open("/help")
        await here.submit("/language", language="en")
        page = await here.open("/projects")
        cells = [cell for cell in page.all("td") if VIETNAMESE.search("".join(cell.itertext()))]
        assert cells and not [cell for cell in cells if not cell.xpath(".//*[@lang='vi']")]


def test_what_is_not_the_record_s_is_found():
    """The control: a sentence of the interface, a name in a sentence, a name that no row keeps."""
    kept = "Hồ sơ số 7 về cà phê\nNguyễn Văn An"
    assert left_over("Hồ sơ số 7 về cà phê", kept) == [] and left_over("Waits for Nguyễn Văn An to sign", kept) == []
    assert left_over("Đắk Lắk province", kept) == []
    assert left_over("Chưa có hồ sơ nào", kept) and left_over("Waits for Trần Thị Bình", kept) == ["Trần Thị Bình"]
