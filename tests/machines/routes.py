"""The routes of the application as the tests see them: what they are called with, and on which things they stand."""

import re
from dataclasses import dataclass

from grants import access
from grants.access import ANYONE, SIGNED_IN
from grants.app import create_app
from grants.people.tables import Role
from grants.piccolo_app import APP_CONFIG
from grants.shell.database import rows

MISSING = 2_000_000_000
TABLES = {table._meta.tablename for table in APP_CONFIG.table_classes}
# What an address's noun keeps its things in, where it is not simply the noun in the singular.
KEPT_IN = {"members": "team_member", "member": "team_member", "partners": "partner", "line": "budget_line", "asked": "asked_document",
           "people": "person", "experts": "person", "estimates": "estimate", "events": "event",
           "assignments": "assignment_run", "year": "budget_year", "loans": "fund_loan", "task": "remit",
           "thresholds": "approval_threshold", "treasury": "treasury_file", "lines": "treasury_line", "product": "fund_product",
           "grounds": "budget_ground", "days": "year_day"}


@dataclass(frozen=True)
class Route:
    """A method and a path with its gaps: POST /proposals/{id}/team/{member}."""

    method: str
    path: str
    kinds: tuple[tuple[str, str], ...]

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def allowed(self) -> frozenset[Role]:
        return access.ROUTES[self.key]

    def open_to(self, role: Role | None) -> bool:
        """What the access table says of this role (None: nobody signed in)."""
        if self.allowed == ANYONE:
            return True
        return role is not None and (self.allowed == SIGNED_IN or role in self.allowed)

    @property
    def gaps(self) -> list[str]:
        return [name for name, _kind in self.kinds]

    @property
    def is_about_a_thing(self) -> bool:
        return bool(self.kinds) and self.kinds[0][1] == "int"

    def filled(self, *values: object) -> str:
        """The address with the values in its gaps; gaps that are left get what does not exist."""
        address, left = self.path, list(values)
        for name, kind in self.kinds:
            value = left.pop(0) if left else (MISSING if kind == "int" else "khong-co")
            address = address.replace(f"{{{name}}}", str(value))
        return address

    @property
    def table(self) -> str | None:
        """The table of the thing in the first gap: /proposals/{id}… is about a proposal."""
        before = self.path.split("{")[0].rstrip("/").rpartition("/")[2]
        return table_of(before)

    @property
    def nested_table(self) -> str | None:
        """The table of the thing in the second gap."""
        return table_of(self.gaps[1]) if len(self.gaps) > 1 and self.kinds[1][1] == "int" else None


def table_of(noun: str) -> str | None:
    noun = noun.replace("-", "_")
    for name in (KEPT_IN.get(noun), noun, noun.removesuffix("s"), re.sub("ies$", "y", noun), re.sub("es$", "", noun)):
        if name in TABLES:
            return name
    return None


def all_routes() -> list[Route]:
    """Every route, in the order of the access table."""
    kinds = {}
    for route in create_app().routes:
        found = tuple((name, kind) for name, kind in re.findall(r"{(\w+):(\w+)}", route.path))
        for method in route.methods - {"OPTIONS", "HEAD"}:
            kinds[f"{method} {route.path_format}"] = found
    return [Route(*key.split(" ", 1), kinds[key]) for key in access.ROUTES if key in kinds]


ROUTES = all_routes()


async def ids_of(table: str) -> list[int]:
    """Every id of a table, in order."""
    return [row["id"] for row in await rows(f'SELECT id FROM "{table}" ORDER BY id')]
