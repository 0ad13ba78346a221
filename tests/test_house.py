"""The house's own rules: routes and who may call them, pages, templates, tables and their migrations, names."""

import ast
import importlib
import re
import subprocess
import sys
from enum import StrEnum
from itertools import chain
from pathlib import Path

import asyncpg
import pytest
from litestar.handlers import HTTPRouteHandler
from piccolo.apps.migrations.commands.new import AutoMigrationManager
from piccolo.columns import DoublePrecision, Numeric, Real
from piccolo.constraints import Check

from grants import access, app
from grants.app import PAGES, create_app
from grants.piccolo_app import APP_CONFIG
from grants.shell import database
from grants.shell.config import ROOT

PACKAGES = ("grants", "review", "budget")
MODULES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
TABLES = APP_CONFIG.table_classes
MONEY = [ROOT / "grants/shell/money.py", ROOT / "grants/shell/charts.py", *sorted((ROOT / "budget").glob("*.py"))]


def routes_of_the_app() -> set[str]:
    """Every method and path that the application answers, as the guard spells them."""
    return {f"{method} {route.path_format}" for route in create_app().routes for method in route.methods - {"OPTIONS", "HEAD"}}


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def test_every_route_stands_in_the_access_table_and_nothing_else_does():
    assert routes_of_the_app() == set(access.ROUTES)


def test_every_page_module_is_served_with_all_its_pages():
    there = {module_of(path) for path in MODULES if path.stem.endswith("_pages")}
    assert {page.__name__ for page in PAGES} == there
    for name in there:
        module = importlib.import_module(name)
        written = {value for value in vars(module).values() if isinstance(value, HTTPRouteHandler) and value.fn.__module__ == name}
        assert {handler.fn.__name__ for handler in written} == {handler.fn.__name__ for handler in module.ROUTES}, name


def test_only_the_app_imports_pages_and_a_page_its_neighbours():
    for path in MODULES:
        imported = {
            f"{getattr(node, 'module', None) or ''}.{alias.name}" for node in ast.walk(tree(path))
            if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names
        }
        room = module_of(path).rpartition(".")[0]
        neighbours = (f"{room}.",) if path.stem.endswith("_pages") else ()  # none: only pages import pages
        pages = [name for name in imported if "_pages" in name and not name.startswith(neighbours)]
        assert path == Path(app.__file__) or pages == [], path


def test_nothing_is_marked_safe_but_the_proof_that_a_form_is_ours():
    marked = [(path.name, line.strip()) for path in TEMPLATES for line in path.read_text().splitlines() if re.search(r"\|\s*safe\b", line)]
    assert marked == [("forms.html", "{{ csrf_input()|safe }}")]
    off = [path.name for path in TEMPLATES if "autoescape" in path.read_text()]
    assert off == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_holds_no_script_and_no_style_of_its_own(path):
    text = re.sub(r"{#.*?#}", "", path.read_text(), flags=re.S)
    assert re.findall(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", text) == []
    assert [tag for tag in re.findall(r"<script\b[^>]*>", text) if " src=" not in tag] == []
    assert re.findall(r"(?:src|href)=[\"'](?:https?:)?//", text) == []


@pytest.mark.parametrize("path", [p for p in MONEY if p.name != "charts.py"], ids=lambda path: path.stem)
def test_money_is_never_a_float(path):
    """No float and no true division where đồng are counted; shares go by whole numbers or fractions."""
    for node in ast.walk(tree(path)):
        assert not (isinstance(node, ast.Name) and node.id == "float"), node.lineno
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), node.lineno
        assert not (isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)), node.lineno


def test_no_column_is_a_float():
    kept = [f"{table.__name__}.{column._meta.name}" for table in TABLES for column in table._meta.columns]
    floats = [
        f"{table.__name__}.{column._meta.name}" for table in TABLES for column in table._meta.columns
        if isinstance(column, Real | DoublePrecision)
    ]
    assert kept and floats == []


def test_money_columns_are_whole_dong():
    """A column of money is a BigInt: never a Numeric, never an Integer that ends at two billion."""
    words = {"amount", "balance", "held", "requested", "appraised", "approved", "money", "spent", "ceiling", "contribution"}
    wrong = [
        f"{table.__name__}.{column._meta.name}" for table in TABLES for column in table._meta.columns
        if column._meta.name in words and type(column).__name__ != "BigInt"
    ]
    assert wrong == []
    assert [t.__name__ for t in TABLES for c in t._meta.columns if isinstance(c, Numeric) and c._meta.name in words] == []


FROM_THE_RULES = {
    "Waiver.kind", "Objection.kind",  # the kinds of conflict that may be waived are the rule set's, data by period
    "Turnover.kind",  # the trigger copies it from entries, which have their check
}


def listed(check: Check) -> set[str]:
    """The values of a check such as «"state" IN ('draft', 'given')»."""
    found = re.fullmatch(r'"?\w+"? IN \((.*)\)', check.condition.strip())
    return set(re.findall(r"'([^']*)'", found[1])) if found else set()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_the_database_knows_every_state_a_column_may_hold(table):
    checks = [listed(constraint) for constraint in table._meta.constraints if isinstance(constraint, Check)]
    for name, states in vars(table).items():
        if isinstance(states, type) and issubclass(states, StrEnum):
            assert {state.value for state in states} in checks, f"{table.__name__}.{name}"
    said = " ".join(constraint.condition for constraint in table._meta.constraints if isinstance(constraint, Check))
    for column in table._meta.columns:
        name = f"{table.__name__}.{column._meta.name}"
        if column._meta.name in {"state", "kind", "part", "role", "stage", "stream", "source"} and name not in FROM_THE_RULES:
            assert re.search(rf"\b{column._meta.name}\b", said), f"{name} has no check"


def test_every_state_of_a_thing_has_its_moves():
    for path in MODULES:
        if "NEXT = {" not in path.read_text() and not re.search(r"^NEXT\b", path.read_text(), re.M):
            continue
        moves = importlib.import_module(module_of(path)).NEXT
        states = type(next(iter(moves)))
        assert set(moves) == set(states), module_of(path)
        assert set(chain(*moves.values())) <= set(states), module_of(path)


async def left_to_migrate() -> list[str]:
    found = await AutoMigrationManager(auto_input="y").get_alter_statements(app_config=APP_CONFIG)
    return [statement for one in found for statement in one.statements]


@pytest.mark.anyio
async def test_the_migrations_make_the_tables_that_the_code_knows(db):
    assert await left_to_migrate() == []


@pytest.mark.anyio
async def test_nothing_is_deleted_from_under_what_points_to_it(db, owner):
    """Every foreign key is ON DELETE RESTRICT, in the database itself."""
    found = await owner.fetch(
        "SELECT conrelid::regclass::text AS kept, conname, confdeltype::text AS rule FROM pg_constraint WHERE contype = 'f'"
    )
    assert len(found) > 40
    assert [(row["kept"], row["conname"]) for row in found if row["rule"] != "r"] == []


@pytest.mark.anyio
async def test_every_reference_is_indexed(db, owner):
    """A reference without an index makes the list of what points to a row slow."""
    bare = await owner.fetch("""
        SELECT c.conrelid::regclass::text AS kept, a.attname FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.contype = 'f' AND NOT EXISTS (
            SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])
    """)
    assert [tuple(row) for row in bare] == []


@pytest.mark.anyio
async def test_the_application_s_role_cannot_rewrite_history_nor_touch_the_schema(db, server, owner):
    """Also its own role membership gives nothing: not by UPDATE, DELETE, TRUNCATE, ALTER or DROP."""
    await owner.execute("INSERT INTO event (at, did, thing, thing_id, changed, facts, request) VALUES (now(), 'x', 'x', 1, '{}', '{}', '')")
    mine = await asyncpg.connect(**database.connection(server) | database.as_app())
    try:
        for sql in (
            "UPDATE event SET did = 'y'", "DELETE FROM event", "TRUNCATE event", "DROP TABLE event", "UPDATE seal SET hash = ''",
            "ALTER TABLE event DISABLE TRIGGER history_stays", "CREATE TABLE mine (id int)", "UPDATE ledger_account SET balance = 1",
            "DROP TRIGGER history_stays ON event", "UPDATE ledger_entry SET amount = 1", "DELETE FROM migration",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await mine.execute(sql)
    finally:
        await mine.close()
    for sql in (
        "UPDATE event SET did = 'y'", "DELETE FROM event", "TRUNCATE event", "TRUNCATE person CASCADE", "TRUNCATE ledger_entry CASCADE",
    ):
        with pytest.raises(asyncpg.PostgresError, match="cannot be changed"):
            await owner.execute(sql)


FORBIDDEN = re.compile(r"^_?(get|handle|process)_|(^|_)(manager|helper|helpers|utils|service|repository)(_|$)")


def test_names_are_the_office_s_and_not_a_programmer_s_filler():
    wrong = [module_of(path) for path in MODULES if FORBIDDEN.search(path.stem) or path.stem in {"data", "info"}]
    for path in MODULES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and FORBIDDEN.search(node.name):
                wrong.append(f"{module_of(path)}.{node.name}")
    assert wrong == []


def test_every_module_says_what_it_owns():
    silent = [module_of(path) for path in MODULES if path.read_text().strip() and not ast.get_docstring(tree(path))]
    assert silent == []


def test_a_no_is_never_caught_inside_a_verb():
    """A nested transaction has no savepoint of its own: catching `Refused` in a verb would keep half of it."""
    readers = {"grants.desk", "grants.public"}  # the top floor changes nothing
    catching = [
        module_of(path) for path in MODULES
        if not path.stem.endswith("_pages") and path.name not in ("app.py", "web.py")
        and module_of(path).rpartition(".")[0] not in readers
        for node in ast.walk(tree(path)) if isinstance(node, ast.ExceptHandler) and node.type and "Refused" in ast.dump(node.type)
    ]
    assert catching == []


def test_the_server_starts_without_what_only_a_duty_or_an_upload_needs():
    """Solvers and readers of spreadsheets take seconds and a hundred megabytes: they are imported when they are used."""
    heavy = {"numpy", "scipy", "sklearn", "ortools", "openpyxl", "quickjs", "seed", "tests"}
    said = subprocess.run(
        [sys.executable, "-c", "import sys, grants.commands, grants.app; print(*sys.modules)"], cwd=ROOT, capture_output=True, text=True,
        check=True,
    ).stdout
    assert heavy & {name.partition(".")[0] for name in said.split()} == set()


def test_no_sentence_names_a_department_that_may_be_merged_tomorrow():
    """Which organisation acts is data by period; sentences say the role. Names may stand in hints that say «Ví dụ»."""
    named = re.compile(r"Sở (Khoa học|KH|Tài chính|Kế hoạch)|SỞ [A-ZĐ]|UBND|ỦY BAN NHÂN DÂN|Liên hiệp các Hội")
    found = [
        (str(path.relative_to(ROOT)), line.strip()) for path in [*MODULES, *TEMPLATES] for line in path.read_text().splitlines()
        if named.search(line) and "Ví dụ" not in line and "QĐ-UBND" not in line
    ]
    assert found == []
