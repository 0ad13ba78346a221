"""Every change passes one way and leaves its event: the sealed chain, locks that lose nothing, what fails leaves nothing."""

import asyncio
import json

import pytest

from grants.people import people
from grants.people.tables import Person, Role
from grants.shell import database, events
from grants.shell.changes import Refused, changing
from grants.shell.database import DB, rows
from tests.makers import a_person

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


# --- the audit trail --------------------------------------------------------------------------------------------------

async def test_the_chain_holds_with_many_writers_and_every_event_is_sealed_once():
    folk = [await a_person() for _n in range(8)]

    async def write(person: Person, n: int) -> None:
        async with changing(person, by=person, did="renamed") as person:
            person.position = f"Trưởng phòng {n}"
            await asyncio.sleep(0.001 * (n % 3))

    async def keep_sealing() -> None:
        while True:
            await events.seal()
            await asyncio.sleep(0)

    sealing = [asyncio.create_task(keep_sealing()) for _n in range(2)]
    await asyncio.gather(*(write(person, n) for n in range(15) for person in folk))
    for task in sealing:
        task.cancel()
    await asyncio.gather(*sealing, return_exceptions=True)
    await events.seal()
    sealed = await rows("SELECT e AS id FROM seal, unnest(events) e ORDER BY e")
    assert sealed == await rows("SELECT id FROM event ORDER BY id") and len(sealed) == 120
    assert await events.verify() == []


async def test_a_slow_transaction_s_event_gets_into_a_later_seal():
    slow, quick = await a_person(), await a_person()
    async with changing(slow, by=slow, did="thought_over") as row:
        row.position = "Nghĩ lâu"
        await rows("SELECT nextval('event_id_seq')")
        await asyncio.create_task(renamed(quick))
        assert await asyncio.create_task(events.seal()) >= 0
    await events.seal()
    assert await events.verify() == []
    assert len(await rows("SELECT 1 FROM seal, unnest(events)")) == await count_events()


async def test_sealing_opens_no_seal_older_than_an_hour(owner):
    """However long the chain is: what is read is the last hour's, and the old seals' word that all before is sealed."""
    await owner.execute("""
        INSERT INTO seal (at, events, upto, previous, hash)
        SELECT now() - interval '2 hours', ARRAY[n], n, '', '' FROM generate_series(1, 20000) n;
        ANALYZE seal; SELECT setval('event_id_seq', 20000)
    """)
    for _n in range(2):
        await renamed_to(await a_person(), "Việc")
        assert await events.seal() == 1
    last = await rows("SELECT upto, events FROM seal ORDER BY id DESC LIMIT 2")
    assert last == [{"upto": 20002, "events": [20002]}, {"upto": 20001, "events": [20001]}]
    plan = await owner.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {events.UNSEALED}", 20000, 20000)
    assert json.loads(plan)[0]["Plan"]["Shared Hit Blocks"] < 60  # all 20,000 seals would be hundreds


async def renamed(person: Person) -> None:
    database.DB.current_transaction.set(None)
    async with changing(person, by=person, did="renamed") as row:
        row.position = "Nhanh"


async def count_events() -> int:
    return (await rows("SELECT count(*) AS count FROM event"))[0]["count"]


@pytest.mark.parametrize("sql, says", [
    ("UPDATE event SET did = 'praised' WHERE id = 3", "altered"),
    ("UPDATE event SET by = NULL WHERE id = 3", "altered"),
    ("UPDATE event SET changed = '{}' WHERE id = 3", "altered"),
    ("UPDATE event SET at = at - interval '1 second' WHERE id = 3", "altered"),
    ("DELETE FROM event WHERE id = 3", "deleted"),
    ("DELETE FROM seal WHERE id = 1", "altered or taken away"),
    ("UPDATE seal SET upto = 1000000", "was altered"),
])
async def test_an_alteration_by_a_hand_in_the_database_is_noticed(owner, sql, says):
    ada = await a_person()
    for n in range(6):
        await renamed_to(ada, f"Việc {n}")
        if n == 2:
            await events.seal()
    await events.seal()
    assert await events.verify() == []
    await owner.execute("ALTER TABLE event DISABLE TRIGGER history_stays; ALTER TABLE seal DISABLE TRIGGER history_stays")
    await owner.execute(sql)
    await owner.execute("ALTER TABLE event ENABLE TRIGGER history_stays; ALTER TABLE seal ENABLE TRIGGER history_stays")
    problems = await events.verify()
    assert problems and says in problems[0]


async def renamed_to(person: Person, position: str) -> None:
    async with changing(person, by=person, did="renamed") as row:
        row.position = position


async def test_an_event_names_who_when_before_and_after_and_never_a_secret():
    ada, boss = await a_person(Role.RESEARCHER), await a_person(Role.ADMIN)
    async with changing(ada, by=boss, did="promoted", letter="12/QĐ") as row:
        row.position, row.password = "Viện trưởng", "bi-mat-moi"
    event = (await rows("SELECT by, did, thing, thing_id, changed::text, facts::text FROM event"))[0]
    assert (event["by"], event["did"], event["thing"], event["thing_id"]) == (boss.id, "promoted", "person", ada.id)
    assert '"position": ["", "Viện trưởng"]' in event["changed"] and "12/QĐ" in event["facts"]
    assert "bi-mat" not in event["changed"] and ada.password not in event["changed"] and '"password"' in event["changed"]


# --- one way to change a row ------------------------------------------------------------------------------------------

async def added_one(person: Person) -> None:
    async with changing(person, by=person, did="counted") as row:
        row.totp_used += 1


async def added_one_without_the_lock(person: Person) -> None:
    async with DB.transaction():
        row = await Person.objects().where(Person.id == person.id).first()
        await asyncio.sleep(0.002)
        row.totp_used += 1
        await row.save(columns=[Person.totp_used])


async def test_concurrent_changes_never_lose_one():
    ada = await a_person()
    await asyncio.gather(*(added_one(ada) for _n in range(60)))
    assert (await people.person(ada.id)).totp_used == 60
    assert await count_events() == 60


async def test_the_control_without_the_lock_changes_do_get_lost():
    ada = await a_person()
    await asyncio.gather(*(added_one_without_the_lock(ada) for _n in range(60)))
    assert (await people.person(ada.id)).totp_used < 60


async def test_a_change_that_fails_leaves_neither_row_nor_event_nor_connection_behind():
    ada = await a_person()
    for _n in range(40):  # more than the pool holds
        with pytest.raises(Refused):
            async with changing(ada, by=ada, did="tried") as row:
                row.position = "Không được"
                raise Refused("Không.")
        with pytest.raises(ZeroDivisionError):
            async with changing(ada, by=ada, did="tried") as row:
                row.position = "Không được"
                raise ZeroDivisionError
    assert (await people.person(ada.id)).position == "" and await count_events() == 0
    assert await database.answers()


async def test_a_row_that_is_gone_is_refused_and_not_made_again(owner):
    ada = await a_person()
    await owner.execute("DELETE FROM person WHERE id = $1", ada.id)
    with pytest.raises(Refused, match="không còn"):
        async with changing(ada, by=None, did="promoted"):
            pass
    assert await Person.count() == 0
