"""A migration gives way to those who work, says who holds it up, and never runs twice at once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import copytree

import asyncpg
import pytest

from yesfirst.errors import Refused
from yesfirst.store import live_limits, migrations
from yesfirst.store.live_limits import Patience

SHORT = Patience(wait=1, attempts=2, pause=0.1)
LONG = Patience(wait=1, attempts=20, pause=0.1)
ADD_COLUMN = "ALTER TABLE brand ADD COLUMN later text"
WRITE = "INSERT INTO brand (id, controller, declared) VALUES ($1, 'c', '{}')"

Write = Callable[[str], None]


@pytest.fixture
def write_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Puts a revision at the end of the line, for this test; what it does is Python or SQL."""
    before = migrations.newest()
    copy = tmp_path / "alembic"

    def write(body: str) -> None:
        upgrade = body if "\n" in body else f"op.execute({body!r})"
        lines = upgrade.strip("\n").replace("\n", "\n    ")
        text = f"from alembic import op\nrevision, down_revision = '9001', {before!r}\ndef upgrade():\n    {lines}\n"
        (copy / "versions" / "9001_for_a_test.py").write_text(text)

    copytree(migrations._SCRIPTS, copy)
    monkeypatch.setattr(migrations, "_SCRIPTS", copy)
    return write


@asynccontextmanager
async def session(url: str, name: str = "writer") -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url, server_settings={"application_name": name})
    try:
        yield connection
    finally:
        await connection.close()


async def until_one_waits(connection: asyncpg.Connection) -> None:
    waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'brand'::regclass)"
    async with asyncio.timeout(10):
        while not await connection.fetchval(waiting):  # noqa: ASYNC110  # it happens in the database
            await asyncio.sleep(0.01)


async def test_a_migration_behind_a_long_transaction_is_refused_and_names_it(
    database_url: str, write_revision: Write
) -> None:
    write_revision(ADD_COLUMN)
    async with session(database_url, "nightly report") as writer:
        async with writer.transaction():
            await writer.execute(WRITE, "b1")
            with pytest.raises(Refused) as caught:
                await migrations.upgrade(database_url, patience=SHORT)
        assert caught.value.code == "MIGRATION_BLOCKED"
        assert f"process {writer.get_server_pid()} (nightly report), for " in caught.value.message
        assert "INSERT" not in str(caught.value)
        assert await writer.fetchval("SELECT count(*) FROM brand") == 1
    assert not await migrations.is_current(database_url)
    await migrations.upgrade(database_url, patience=SHORT)
    assert await migrations.is_current(database_url)


async def test_who_comes_after_a_waiting_migration_is_let_through_before_the_first_is_done(
    database_url: str, write_revision: Write
) -> None:
    write_revision(ADD_COLUMN)
    async with session(database_url) as first, session(database_url) as second:
        async with first.transaction():
            await first.execute(WRITE, "b1")
            migrating = asyncio.create_task(migrations.upgrade(database_url, patience=LONG))
            await until_one_waits(first)
            async with asyncio.timeout(5):
                await second.execute(WRITE, "b2")
            assert not migrating.done()
        await migrating
    assert await migrations.is_current(database_url)


async def test_of_two_migrations_at_once_one_waits_and_finds_nothing_to_do(
    database_url: str, write_revision: Write
) -> None:
    write_revision(f"op.execute('SELECT pg_sleep(0.5)')\nop.execute({ADD_COLUMN!r})")
    both = [migrations.upgrade(database_url, patience=LONG) for _ in range(2)]
    await asyncio.gather(*both)
    assert await migrations.is_current(database_url)


async def test_a_migration_that_another_keeps_waiting_names_it(database_url: str) -> None:
    async with session(database_url, "yesfirst migrate") as other:
        await other.execute("SELECT pg_advisory_lock($1)", live_limits._TURN)
        with pytest.raises(Refused) as caught:
            await migrations.upgrade(database_url, patience=SHORT)
        assert caught.value.code == "MIGRATION_RUNNING"
        assert f"process {other.get_server_pid()} (yesfirst migrate), for " in caught.value.message


async def test_a_statement_that_holds_its_locks_too_long_is_cancelled(
    database_url: str, write_revision: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_revision(f"op.execute({ADD_COLUMN!r})\nop.execute('SELECT pg_sleep(60)')")
    monkeypatch.setattr(live_limits, "_STATEMENT_SECONDS", 1)
    with pytest.raises(Refused) as caught:
        await migrations.upgrade(database_url, patience=SHORT)
    assert caught.value.code == "MIGRATION_SLOW"
    async with session(database_url) as reader:
        assert await reader.fetchval("SELECT count(*) FROM pg_attribute WHERE attname = 'later'") == 0
    assert not await migrations.is_current(database_url)


async def test_an_index_is_built_outside_a_transaction_without_limits_which_come_back(
    database_url: str, write_revision: Write
) -> None:
    write_revision("""
from yesfirst.store.live_limits import outside_transaction
shown = "INSERT INTO brand (id, controller, declared) SELECT '{}', current_setting('lock_timeout'), '{{}}'"
with outside_transaction():
    op.execute("DROP INDEX CONCURRENTLY IF EXISTS brand_controller")
    op.execute("CREATE INDEX CONCURRENTLY brand_controller ON brand (controller)")
    op.execute(shown.format("inside"))
op.execute(shown.format("after"))
""")
    await migrations.upgrade(database_url, patience=SHORT)
    assert await migrations.is_current(database_url)
    async with session(database_url) as reader:
        valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'brand_controller'::regclass"
        assert await reader.fetchval(valid) is True
        limits = dict(await reader.fetch("SELECT id, controller FROM brand"))
    assert limits == {"inside": "0", "after": "1s"}


async def test_a_version_goes_on_with_a_schema_that_is_ahead_of_it(
    database_url: str, write_revision: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_revision(ADD_COLUMN)
    assert not await migrations.is_current(database_url)
    await migrations.upgrade(database_url, patience=SHORT)
    monkeypatch.undo()
    assert await migrations.is_current(database_url)
