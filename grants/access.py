"""Who may call which route: one table. A route that is not in it is open to nobody, and the tests fail."""

from grants.people.people import holds
from grants.people.tables import Person, Role

R = Role
ANYONE: frozenset[Role] = frozenset()
SIGNED_IN = frozenset(Role)

ROUTES: dict[str, frozenset[Role]] = {
    "GET /static/{file_path}": ANYONE,
    "GET /up": ANYONE,
    # for everybody
    "GET /": ANYONE,
    "GET /open/calls": ANYONE,
    "GET /open/calls/{code}": ANYONE,
    "GET /open/projects": ANYONE,
    "GET /open/projects/{code}": ANYONE,
    "GET /open/results": ANYONE,
    "GET /open/results/rights": ANYONE,
    "GET /open/results/transfers": ANYONE,
    "GET /search": ANYONE,
    "GET /help": ANYONE,
    # account
    "GET /sign-in": ANYONE,
    "POST /sign-in": ANYONE,
    "POST /sign-out": ANYONE,
    "POST /language": ANYONE,
    "GET /register": ANYONE,
    "POST /register": ANYONE,
    "GET /confirm/{token}": ANYONE,
    "POST /confirm/{token}": ANYONE,
    "GET /password": ANYONE,
    "POST /password": ANYONE,
    "GET /password/{token}": ANYONE,
    "POST /password/{token}": ANYONE,
    "GET /account": SIGNED_IN,
    "POST /account/password": SIGNED_IN,
    "POST /account/second-factor": SIGNED_IN,
}


def may(person: Person, allowed: frozenset[Role]) -> bool:
    """Whether a signed-in person may call a route open to these roles; every account may do what all roles may."""
    return allowed == SIGNED_IN or holds(person, *allowed)
