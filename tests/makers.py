"""Makers: real rows in the real database, with believable defaults."""

import itertools
from datetime import date

from grants.people import people
from grants.people.accounts import named
from grants.people.organisations import named as organisation_named
from grants.people.tables import Membership, Organisation, Person, Role
from grants.shell import sessions
from grants.shell.changes import now

PASSWORD = "mat-khau-du-dai"
LONG_AGO = date(2020, 1, 1)
_numbers = itertools.count(1)
_hash: list[str] = []


async def an_organisation(name: str = "", **more) -> Organisation:
    name = name or f"Viện Nghiên cứu số {next(_numbers)}"
    row = Organisation(**{
        "name": name, "short_name": name[:60], "name_en": name, "kind": Organisation.Kind.INSTITUTE,
        "valid_from": LONG_AGO, "tax_code": "", "address": "Buôn Ma Thuột",
    } | more)
    await organisation_named(row).save()
    return row


async def a_person(*roles: Role, of: Organisation | None = None, full_name: str = "", email: str = "", **more) -> Person:
    """A person who can sign in with PASSWORD and holds the roles for `of` (an own institute if none is given)."""
    n = next(_numbers)
    if not _hash:
        _hash.append(sessions.HASHER.hash(PASSWORD))
    row = Person(**{
        "email": email or f"person{n}@grants.test", "password": _hash[0], "fields": [], "confirmed_at": now(),
        "degree": "TS",
    } | more)
    await named(row, full_name or f"Nguyễn Văn An {n}").save()
    if roles:
        of = of or await an_organisation()
        for role in roles:
            await Membership(person=row.id, organisation=of.id, role=role, valid_from=LONG_AGO).save()
    return await people.person(row.id)
