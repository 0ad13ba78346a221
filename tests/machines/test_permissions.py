"""Who gets in where: every route for every role, and for nobody; strangers' things are as if they were not there."""

import re

import pytest

from grants.people.tables import Role
from grants.shell.changes import at, now
from grants.shell.database import rows
from tests.browsing import browsing
from tests.machines.routes import MISSING, ROUTES, Route, ids_of
from tests.world import email

pytestmark = pytest.mark.anyio
LEAVES = {"POST /sign-out"}


async def asked(client, route: Route, address: str, **typed):
    """The route's answer; a POST brings the token that a page of ours would have given it."""
    if route.method == "GET":
        return await client.get(address)
    if "csrftoken" not in client.cookies:
        await client.get("/help")
    return await client.post(address, data={"_csrf_token": client.cookies["csrftoken"], **typed})


def alike(answer, id: int) -> tuple[int, str]:
    """An answer without what is never twice the same: the token, the asked id in the address."""
    text = re.sub(r'name="_csrf_token" value="[^"]*"', "", answer.text)
    return answer.status_code, re.sub(rf"/({id}|{MISSING})\b", "/ID", text)


def is_sent_to_sign_in(answer) -> bool:
    return answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?next=")


@pytest.mark.parametrize("role", [None, *Role], ids=lambda role: role.value if role else "nobody")
async def test_the_guard_answers_as_the_access_table_says(province, role):
    wrong = []
    async with browsing() as browser:
        here = browser()
        if role:
            await here.sign_in_as(email(role))
        for route in ROUTES:
            if route.key in LEAVES:
                continue
            answer = await asked(here.client, route, route.filled())
            if not answers_rightly(answer, route, role):
                wrong.append((route.key, answer.status_code))
            if route.method == "GET":
                head = await here.client.head(route.filled())
                if (head.status_code, head.content) != (answer.status_code, b""):
                    wrong.append((f"HEAD {route.path}", head.status_code, len(head.content)))
    assert wrong == []


def answers_rightly(answer, route: Route, role: Role | None) -> bool:
    """Let in, shut out, or sent to sign in, as the access table says; never a fault."""
    if route.open_to(role):
        return answer.status_code < 500 and answer.status_code != 403 and not is_sent_to_sign_in(answer)
    return is_sent_to_sign_in(answer) if role is None else answer.status_code == 403


async def test_every_role_is_shut_out_somewhere_and_let_in_somewhere():
    """The control of the test above: the access table does tell roles apart."""
    for role in Role:
        assert {route.open_to(role) for route in ROUTES if route.method == "POST"} == {True, False}, role


@pytest.mark.parametrize("role", [Role.RESEARCHER, Role.SIGNATORY, Role.EXPERT, Role.ASSOCIATION], ids=lambda role: role.value)
async def test_a_stranger_s_thing_and_a_missing_one_are_answered_alike(province, role):
    """Byte for byte but for the token: nobody learns from an answer what exists."""
    compared = set()
    async with browsing() as browser:
        here = await browser().sign_in_as(email(role))
        hidden = await hidden_things(here)
        before = await rows("SELECT count(*) AS count FROM event")
        for route in ROUTES:
            if not (route.is_about_a_thing and route.open_to(role) and route.table in hidden):
                continue
            with at(now()):  # a page says the minute it was asked for
                theirs = alike(await asked(here.client, route, route.filled(hidden[route.table])), hidden[route.table])
                missing = alike(await asked(here.client, route, route.filled(MISSING)), MISSING)
            assert theirs == missing and theirs[0] == 404, route.key
            compared.add(route.table)
        assert before == await rows("SELECT count(*) AS count FROM event")
    assert "proposal" in compared and "project" in compared


async def hidden_things(here) -> dict[str, int]:
    """Of each kind of thing one that exists and that this person may not know."""
    found = {}
    for route in ROUTES:
        if route.method == "GET" and re.fullmatch(r"/[\w-]+/{id}", route.path) and route.table and route.is_about_a_thing:
            ids = await ids_of(route.table)
            for id in ids[:: len(ids) // 12 + 1]:
                if (await here.client.get(route.filled(id))).status_code == 404:
                    found.setdefault(route.table, id)
                    break
    return found


@pytest.mark.parametrize("role", [Role.RESEARCHER, Role.OFFICER], ids=lambda role: role.value)
async def test_a_part_of_another_thing_is_not_reached_through_one_s_own(province, role):
    """/proposals/MINE/documents/THEIRS is the same 404 as a document that never was."""
    compared = set()
    async with browsing() as browser:
        here = await browser().sign_in_as(email(role))
        for route in ROUTES:
            if not (route.nested_table and route.table and route.open_to(role)):
                continue
            for own, part in await mixed(here, route):
                with at(now()):
                    theirs = alike(await asked(here.client, route, route.filled(own, part)), part)
                    missing = alike(await asked(here.client, route, route.filled(own, MISSING)), MISSING)
                assert theirs == missing and theirs[0] in (404, 409), (route.key, own, part)
                compared.add(route.nested_table)
    assert compared


async def mixed(here, route: Route) -> list[tuple[int, int]]:
    """A thing this person sees, with a part that belongs to another."""
    columns = await rows("SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1", route.nested_table)
    if route.table not in {row["name"] for row in columns}:
        return []
    parts = await rows(f'SELECT id, "{route.table}" AS whole FROM "{route.nested_table}" ORDER BY id')
    thing = f"{route.path.split('{')[0]}{{}}"
    for own in dict.fromkeys(row["whole"] for row in parts):
        if own and (await here.client.get(thing.format(own))).status_code == 200:
            return [(own, row["id"]) for row in parts if row["whole"] != own][:1]
    return []


async def test_a_post_without_its_token_changes_nothing_whoever_sends_it(province):
    before = await rows("SELECT count(*) AS count FROM event")
    async with browsing() as browser:
        for here in (browser(), await browser().sign_in_as(email(Role.OFFICER))):
            for route in ROUTES:
                if route.method != "GET":
                    answer = await here.client.post(route.filled(1), data={"title": "x"}, headers={"referer": "http://127.0.0.1:8000/"})
                    assert answer.status_code == 403, route.key
                    wrong = await here.client.post(route.filled(1), data={"_csrf_token": "0" * 128})
                    assert wrong.status_code == 403, route.key
    assert before == await rows("SELECT count(*) AS count FROM event")
