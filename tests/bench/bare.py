"""The yardstick: for each page the same framework and template engine, one hand-written query for the rows that our page
shows, and the same values in a page of the same kind: head, header, menu, filters, labelled fields, links, tables.

Left out, because it is what our pages add: who asks and what they may see (sessions, roles, the route's permission), the
token against forged requests, response headers, the second language, the choice of columns to sort by, classes and
attributes for phones and screen readers, and every shape of a page but the measured one.
"""

import contextlib
import json
import os
from datetime import UTC, date, datetime
from pathlib import Path

import asyncpg
from jinja2 import Environment, FileSystemLoader
from litestar import Litestar, Request, get
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Template
from litestar.template import TemplateConfig

from grants.desk.menu import ENTRIES, EVERYBODY
from grants.people.tables import Role
from grants.proposals.drafts import FORMS, PARTS, SECTIONS, SOURCES
from grants.proposals.proposals import WORDS, State
from grants.proposals.steps import AHEAD
from grants.shell.database import connection
from grants.shell.dates import VIETNAM, Calendar
from grants.shell.web import Id
from tests.bench.queries import APPLICATION, BALLOT, FOUND, LIST, OVERVIEW

OFFICE = [(label, href) for href, label in ENTRIES[Role.OFFICER]]
LEADER = [(label, href) for href, label in ENTRIES[Role.LEADER]]
PUBLIC = [(label, href) for href, label in EVERYBODY]
STATES = {state.value: words for state, (words, _tone) in WORDS.items()}
HEADS = [
    ("reference", "Số tiếp nhận"), ("title", "Tên hồ sơ"), ("lead", "Chủ nhiệm"), ("organisation", "Tổ chức chủ trì"),
    ("state", "Trạng thái"), ("submitted_at", "Ngày nộp"), ("requested_state", "Ngân sách đề nghị"),
]
STREAMS = {"capital": "Vốn đầu tư phát triển", "recurrent": "Kinh phí sự nghiệp", "fund": "Quỹ KH,CN&ĐMST"}
COMMITTED = ("committed", "advanced", "paid", "settled", "lent", "written_off")
AWAY = ("source", "cancelled", "recovered", "returned", "contributed", "handed")
KINDS = {
    "1": "Thông báo tuyển chọn", "2": "Nhiệm vụ được cấp kinh phí", "3": "Sản phẩm", "4": "Quyền sở hữu trí tuệ",
    "5": "Chuyển giao công nghệ",
}
pool: asyncpg.Pool


def every_word(column: str, q: str) -> str:
    return " AND ".join(f"{column} LIKE '%' || ${n} || '%'" for n, _word in enumerate(q.split(), start=1))


@get("/sign-in")
async def sign_in(request: Request) -> Template:
    return Template("sign_in.html", context={"menu": PUBLIC, "here": "/sign-in", "next": request.query_params.get("next", "")})


@get("/proposals")
async def listed(request: Request) -> Template:
    state, q = request.query_params.get("state", ""), request.query_params.get("q", "")
    where, values = "p.state <> 'draft'", []
    if q:
        where, values = f"p.state <> 'draft' AND {every_word('p.folded', q)}", q.split()
    elif state:
        where, values = "p.state = $1", [state]
    found = await pool.fetch(LIST.format(where=where), *values)
    count = found[0]["count"] if found else 0
    return Template("list.html", context={
        "menu": OFFICE, "here": "/proposals", "q": q, "state": state, "states": STATES, "heads": HEADS, "rows": found, "count": count,
        "sum": found[0]["sum"] if found else 0, "pages": range(1, min(-(-count // 50), 4) + 1),
    })


@get("/proposals/{id:int}")
async def application(id: Id) -> Template:
    row = await pool.fetchrow(APPLICATION, id)
    content = json.loads(row["content"])
    years = {year: 0 for year in sorted({line["year"] for line in content["budget"]})}
    groups: dict[str, dict[int, int]] = {}
    sources: dict[str, int] = {}
    for line in content["budget"]:
        of = groups.setdefault(f"{line['group']}. {line['group_name']}", dict.fromkeys(years, 0))
        of[line["year"]] += line["requested"]
        years[line["year"]] += line["requested"]
        sources[line["source"]] = sources.get(line["source"], 0) + line["requested"]
    due = row["session_on"]
    if row["state"] == "submitted":
        limit = json.loads(row["opening"])
        days = Calendar(frozenset(row["holidays"] or ()), frozenset(row["swapped"] or ()))
        due = days.due(row["deadline"], limit["value"], limit["unit"])
    return Template("application.html", context={
        "menu": OFFICE, "here": "/proposals", "row": row, "content": content, "states": STATES, "sections": SECTIONS, "parts": PARTS,
        "forms": FORMS, "names": SOURCES, "years": years, "groups": groups, "sources": sources,
        "ahead": AHEAD[State(row["state"])], "due": due,
    })


@get("/ballots/{id:int}")
async def ballot(id: Id) -> Template:
    row = await pool.fetchrow(BALLOT, id)
    scores = {number: {"points": points, "comment": comment} for number, points, comment in json.loads(row["scores"])}
    return Template("ballot.html", context={
        "menu": OFFICE, "here": "/ballots", "row": row, "criteria": json.loads(row["criteria"]), "scores": scores,
    })


@get("/overview")
async def overview(request: Request) -> Template:
    year = int(request.query_params.get("year", date.today().year))
    row = await pool.fetchrow(OVERVIEW, year)
    stages = json.loads(row["stages"])

    def sums(of: int, stream: str | None = None) -> dict[str, int]:
        here = [one for one in stages if one["year"] == of and stream in (None, one["stream"])]
        found = {
            "appropriated": sum(one["balance"] for one in here if one["stage"] not in AWAY),
            "allocated": sum(one["balance"] for one in here if one["stage"] in ("allocated", *COMMITTED)),
            "reserved": sum(one["held"] for one in here if one["stage"] == "allocated"),
            "committed": sum(one["balance"] for one in here if one["stage"] in COMMITTED),
            "spent": sum(one["balance"] for one in here if one["stage"] in COMMITTED[1:]),
        }
        return found | {"free": found["appropriated"] - found["reserved"] - found["committed"]}

    months = {}
    for one in json.loads(row["months"] or "[]"):
        months.setdefault(one["month"], {})[one["stream"]] = one["amount"]
    return Template("overview.html", context={
        "menu": LEADER, "here": "/overview", "year": year, "years": row["years"], "streams": STREAMS,
        "now": sums(year), "before": sums(year - 1),
        "of": {stream: sums(year, stream) for stream in STREAMS}, "months": months, "ways": ways(row),
        "given": {y: {stream: sums(y, stream)["appropriated"] for stream in STREAMS} for y in range(year, year - 5, -1)},
        "calls": json.loads(row["calls"] or "[]"), "standing": json.loads(row["standing"]), "results": json.loads(row["results"] or "[]"),
    })


def ways(row: asyncpg.Record) -> dict[tuple[str, str, str], int]:
    """Money by stream, call and project; all but the eight largest of each under one name."""
    projects, lefts = json.loads(row["projects"] or "[]"), json.loads(row["lefts"] or "[]")
    calls: dict[str, int] = {}
    for call, amount in [*((call, amount) for _s, call, _p, amount in projects), *((c, left + held) for _s, c, left, held in lefts)]:
        calls[call] = calls.get(call, 0) + amount
    large, largest = set(sorted(calls, key=calls.get)[-8:]), {project for _s, _c, project, _a in projects[:8]}
    found: dict[tuple[str, str, str], int] = {}
    for stream, call, project, amount in [
        *projects, *((stream, call, "Thông báo chưa dùng", left) for stream, call, left, _held in lefts),
        *((stream, call, "Đang giữ chỗ", held) for stream, call, _left, held in lefts),
    ]:
        if amount:
            end = project if project in largest or " " in project else "Nhiệm vụ khác"
            key = (call if call in large else "Thông báo khác", stream, end)
            found[key] = found.get(key, 0) + amount
    return dict(sorted(found.items()))


@get("/search")
async def search(request: Request) -> Template:
    q = request.query_params["q"]
    found = await pool.fetch(FOUND.format(words=every_word("t.folded", q)), *q.split())
    return Template("search.html", context={"menu": PUBLIC, "here": "/search", "q": q, "found": found, "kinds": KINDS})


@contextlib.asynccontextmanager
async def lifespan(_app: Litestar):
    global pool
    async with asyncpg.create_pool(**connection(os.environ["DATABASE_URL"]), min_size=1, max_size=16) as pool:
        yield


def templates() -> Environment:
    made = Environment(loader=FileSystemLoader(Path(__file__).parent / "plain"), autoescape=True, auto_reload=False)
    made.filters |= {
        "money": lambda amount: f"{amount:,} ₫".replace(",", "."),
        "short": lambda amount: f"{amount / 10**9:,.2f} tỷ",
        "share": lambda part, whole: f"{part * 100 / whole:.1f} %" if whole else "–",
        "day": lambda moment: f"{moment.astimezone(VIETNAM):%d/%m/%Y}",
        "time": lambda moment: f"{moment.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y}",
    }
    made.globals["moment"] = lambda: datetime.now(UTC)
    return made


def create_app() -> Litestar:
    return Litestar(
        [sign_in, listed, application, ballot, overview, search], lifespan=[lifespan], openapi_config=None,
        template_config=TemplateConfig(instance=JinjaTemplateEngine.from_environment(templates())),
    )
