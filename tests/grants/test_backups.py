"""A backup brings everything back: rows, documents, history with its seals, and what the application may not do."""

import io
import tarfile

import asyncpg
import pytest
from litestar.datastructures import UploadFile
from obstore.store import LocalStore
from pypdf import PdfWriter

from grants import checks
from grants.people.organisations import named
from grants.people.tables import Organisation, Person
from grants.piccolo_app import APP_CONFIG
from grants.proposals.tables import Document
from grants.shell import backups, events, files, schema
from grants.shell.changes import add, now
from grants.shell.database import as_app, connected, connection
from tests.conftest import EMPTY
from tests.makers import LONG_AGO, a_proposal

pytestmark = pytest.mark.anyio


def a_pdf() -> bytes:
    out = io.BytesIO()
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.write(out)
    return out.getvalue()


@pytest.fixture
async def elsewhere(server):
    """A second, empty database on the same server."""
    url = server.replace("/grants?", "/restored?") if "/grants?" in server else server.rpartition("/")[0] + "/restored"
    assert url != server
    await schema.create_database(url)
    yield url
    there = await asyncpg.connect(**connection(server))
    await there.execute("DROP DATABASE restored WITH (FORCE)")
    await there.close()


@pytest.fixture
async def lived_in(server, owner):
    """The tests' database with an application, a document, and sealed history."""
    await owner.execute(EMPTY)
    async with connected(config=connection(server) | as_app()):
        row = Organisation(name="Viện Tây Nguyên", short_name="Viện", name_en="", kind="institute", valid_from=LONG_AGO)
        await add(named(row), by=None, did="recorded")
        proposal = await a_proposal("submitted")
        kept = await files.keep_pdf(UploadFile(content_type="application/pdf", filename="thuyết minh.pdf", file_data=a_pdf()))
        await Document(
            proposal=proposal.id, filename=kept.filename, stored=kept.stored, size=kept.size, sha256=kept.sha256, uploaded_at=now(),
            uploaded_by=proposal.lead,
        ).save()
        await events.seal()
        await add(Person(email="sau@grants.test", full_name="Sau Niêm Phong", fields=[]), by=None, did="registered")
    yield kept
    await owner.execute(EMPTY)


async def content(url: str) -> dict[str, list]:
    """Every row of every table."""
    there = await asyncpg.connect(**connection(url))
    try:
        names = [table._meta.tablename for table in APP_CONFIG.table_classes]
        return {name: [row[0] for row in await there.fetch(f'SELECT to_jsonb(t)::text FROM "{name}" t ORDER BY 1')] for name in names}
    finally:
        await there.close()


async def test_what_was_backed_up_comes_back_whole_and_guarded(server, elsewhere, lived_in, tmp_path):
    file, store = str(tmp_path / "grants.tar"), LocalStore(tmp_path / "files", mkdir=True)
    made = await backups.backup(file)
    assert made.documents >= 1 and not list(tmp_path.glob(".*"))
    back = await backups.restore(file, url=elsewhere, store=store)
    assert (back.size, back.documents) == (made.size, made.documents)
    before, after = await content(server), await content(elsewhere)
    assert after == before and before["event"] and before["seal"] and before["document"]
    assert (tmp_path / "files" / lived_in.stored).read_bytes() == a_pdf()
    async with connected(config=connection(elsewhere) | as_app()):
        assert await events.verify() == []
        found = await checks.problems()
        assert [problem for problem in found if not problem.startswith("every row was begun")] == []
    mine = await asyncpg.connect(**connection(elsewhere) | as_app())
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await mine.execute("UPDATE event SET did = 'x'")
    await mine.close()


async def test_a_database_that_is_not_empty_is_never_restored_over(server, lived_in, tmp_path):
    file = str(tmp_path / "grants.tar")
    await backups.backup(file)
    before = await content(server)
    with pytest.raises(backups.Unrestorable, match="not empty"):
        await backups.restore(file, url=server)
    assert await content(server) == before


@pytest.mark.parametrize("spoiled", [backups.DUMP, backups.DOCUMENTS])
async def test_a_damaged_backup_is_refused_before_anything_is_touched(elsewhere, lived_in, tmp_path, spoiled):
    whole, bad = tmp_path / "whole.tar", tmp_path / "bad.tar"
    await backups.backup(str(whole))
    with tarfile.open(whole) as good, tarfile.open(bad, "w") as out:
        for entry in good.getmembers():
            data = good.extractfile(entry).read()
            out.addfile(entry, io.BytesIO(data[:-1] + bytes([data[-1] ^ 1]) if entry.name.startswith(spoiled) else data))
    with pytest.raises(backups.Unrestorable, match="damaged"):
        await backups.restore(str(bad), url=elsewhere)
    there = await asyncpg.connect(**connection(elsewhere))
    assert await there.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    await there.close()


async def test_a_backup_whose_history_was_altered_beforehand_comes_back_with_the_warning(server, owner, elsewhere, lived_in, tmp_path):
    await owner.execute("ALTER TABLE event DISABLE TRIGGER history_stays")
    await owner.execute("UPDATE event SET did = 'nothing' WHERE id = (SELECT min(id) FROM event)")
    await owner.execute("ALTER TABLE event ENABLE TRIGGER history_stays")
    await backups.backup(str(tmp_path / "grants.tar"))
    with pytest.raises(backups.Unrestorable, match="was altered"):
        await backups.restore(str(tmp_path / "grants.tar"), url=elsewhere, store=LocalStore(tmp_path / "files", mkdir=True))
