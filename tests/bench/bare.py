"""The yardstick: the same framework and template engine, one hand-written query for the same rows (and for the number and
the sum that a list shows), a plain table."""

import contextlib
import json
import os

import asyncpg
from jinja2 import DictLoader, Environment
from litestar import Litestar, Request, get
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Template
from litestar.template import TemplateConfig

from grants.shell.database import connection
from grants.shell.web import Id

TABLE = """<!doctype html><html lang="vi"><head><title>{{ title }}</title></head><body><h1>{{ title }}</h1><table>
<tr>{% for head in heads %}<th>{{ head }}</th>{% endfor %}</tr>
{% for row in rows %}<tr>{% for value in row %}<td>{{ value }}</td>{% endfor %}</tr>
{% endfor %}</table></body></html>"""
FORM = """<!doctype html><html lang="vi"><head><title>Đăng nhập</title></head><body><h1>Đăng nhập</h1><form method="post">
<label>Thư <input name="email"></label><label>Mật khẩu <input name="password" type="password"></label><button>Vào</button></form>
</body></html>"""
LIST = """
    SELECT p.reference, p.title, l.full_name, o.short_name, p.state, p.submitted_at, p.requested_state, t.* FROM proposal p
    JOIN person l ON l.id = p.lead LEFT JOIN organisation o ON o.id = p.lead_organisation,
    (SELECT count(*), sum(requested_state) FROM proposal p WHERE {where}) t
    WHERE {where} ORDER BY p.submitted_at DESC LIMIT 50
"""
FOUND = """
    (SELECT code, title, deadline::text AS about FROM call WHERE {words} ORDER BY id DESC LIMIT 10)
    UNION ALL (SELECT code, title, approved::text FROM project WHERE {words} ORDER BY id DESC LIMIT 10)
    UNION ALL (SELECT identifier, title, form FROM output WHERE {words} ORDER BY id DESC LIMIT 10)
    UNION ALL (SELECT number, title, kind FROM "right" WHERE {words} ORDER BY id DESC LIMIT 10)
    UNION ALL (SELECT contract_number, title, mode FROM transfer WHERE {words} ORDER BY id DESC LIMIT 10)
"""
pool: asyncpg.Pool


async def table(title: str, sql: str, *values) -> Template:
    found = await pool.fetch(sql, *values)
    return Template("table.html", context={"title": title, "heads": list(found[0].keys()) if found else [], "rows": found})


@get("/sign-in")
async def sign_in() -> Template:
    return Template("form.html")


@get("/proposals")
async def listed(request: Request) -> Template:
    state, q = request.query_params.get("state"), request.query_params.get("q")
    if q:
        words = " AND ".join(f"p.folded LIKE '%' || ${n} || '%'" for n, _word in enumerate(q.split(), 1))
        return await table("Hồ sơ", LIST.format(where=f"p.state <> 'draft' AND {words}"), *q.split())
    if state:
        return await table("Hồ sơ", LIST.format(where="p.state = $1"), state)
    return await table("Hồ sơ", LIST.format(where="p.state <> 'draft'"))


@get("/proposals/{id:int}")
async def application(id: Id) -> Template:
    found = await pool.fetchval("SELECT content FROM submission WHERE proposal = $1 ORDER BY number DESC LIMIT 1", id)
    content = json.loads(found)
    rows = [row.values() for part in ("team", "products", "budget") for row in content.pop(part)]
    rows = [*content.pop("sections").items(), *content.items(), *rows]
    return Template("table.html", context={"title": content["title"], "heads": [], "rows": rows})


@get("/ballots/{id:int}")
async def ballot(id: Id) -> Template:
    return await table(
        "Phiếu", "SELECT s.criterion, s.points, s.comment, b.review, b.state, m.content->>'title' AS title FROM ballot b "
        "JOIN score s ON s.ballot = b.id JOIN submission m ON m.proposal = b.proposal WHERE b.id = $1 ORDER BY 1", id,
    )


@get("/overview")
async def overview() -> Template:
    return await table("Tổng quan", "SELECT year, stream, stage, sum(balance) FROM ledger_account GROUP BY 1, 2, 3 ORDER BY 1, 2, 3")


@get("/search")
async def search(request: Request) -> Template:
    words = [f"%{word}%" for word in request.query_params["q"].split()]
    return await table("Tìm", FOUND.format(words=" AND ".join(f"folded LIKE ${n}" for n, _word in enumerate(words, 1))), *words)


@contextlib.asynccontextmanager
async def lifespan(_app: Litestar):
    global pool
    async with asyncpg.create_pool(**connection(os.environ["DATABASE_URL"]), min_size=1, max_size=16) as pool:
        yield


def create_app() -> Litestar:
    environment = Environment(loader=DictLoader({"table.html": TABLE, "form.html": FORM}), autoescape=True, auto_reload=False)
    return Litestar(
        [sign_in, listed, application, ballot, overview, search], lifespan=[lifespan], openapi_config=None,
        template_config=TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment)),
    )
