"""The migrations and the tables say the same, there and back."""

import re
from pathlib import Path

import asyncpg
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlmodel import SQLModel

from yesfirst.store import migrations, tables
from yesfirst.store.engine import open_engine

_OURS = """
    SELECT count(*) FROM information_schema.tables
    WHERE table_schema IN ('public', 'keystore') AND table_name <> 'alembic_version'
"""


def named(name: str | None, kind: str, _: object) -> bool:
    return kind != "schema" or name in (None, tables.KEYSTORE)


async def differences(url: str) -> list[object]:
    """What would still have to be migrated."""

    def compare(connection: Connection) -> list[object]:
        options = {"include_schemas": True, "include_name": named, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, SQLModel.metadata))

    engine = open_engine(url, connections=1)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(compare)
    finally:
        await engine.dispose()


async def value(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_the_migrated_database_is_what_the_tables_say(database_url: str) -> None:
    assert await differences(database_url) == []


async def test_an_index_that_no_migration_knows_is_noticed(database_url: str) -> None:
    await value(database_url, "DROP INDEX subject_unplaced")
    assert len(await differences(database_url)) == 1


async def test_migrations_lead_down_to_nothing_and_up_again(database_url: str) -> None:
    assert await value(database_url, _OURS) == len(SQLModel.metadata.tables)

    await migrations.downgrade(database_url)
    assert await value(database_url, _OURS) == 0
    assert not await migrations.is_current(database_url)

    await migrations.upgrade(database_url)
    assert await migrations.is_current(database_url)
    assert await differences(database_url) == []


def test_every_table_is_read_by_some_query() -> None:
    queries = "\n".join(path.read_text("utf-8") for path in Path(tables.__file__).parent.glob("*.py"))
    read = set(re.findall(r"\b(?:FROM|JOIN) (?:keystore\.)?(\w+)", queries))
    names = {table.name for table in SQLModel.metadata.tables.values()}
    assert names - read == set()


def test_each_migration_follows_the_one_before() -> None:
    revisions = list(ScriptDirectory.from_config(migrations.config()).walk_revisions())
    befores = [revision.down_revision for revision in revisions]
    assert befores == [*(revision.revision for revision in revisions[1:]), None]


async def test_the_keystore_belongs_to_a_role_of_its_own_and_is_closed_to_others(database_url: str) -> None:
    owners = """
        SELECT array_agg(DISTINCT owner) FROM (
            SELECT pg_get_userbyid(nspowner) AS owner FROM pg_namespace WHERE nspname = 'keystore'
            UNION ALL SELECT tableowner FROM pg_tables WHERE schemaname = 'keystore'
        ) AS owned
    """
    assert await value(database_url, owners) == ["yesfirst_keystore"]
    public = "SELECT has_schema_privilege('pg_monitor', 'keystore', 'USAGE')"  # a role with nothing but PUBLIC's rights
    assert await value(database_url, public) is False
    assert (
        await value(database_url, "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'yesfirst_keystore'")
        is False
    )


async def test_rows_that_change_often_have_room_on_their_page(database_url: str) -> None:
    """No index holds what the hot path writes, so that PostgreSQL can update in place."""
    indexed = """
        SELECT array_agg(DISTINCT attname::text) FROM pg_index JOIN pg_attribute
            ON attrelid = indrelid AND attnum = ANY(indkey)
        WHERE indrelid = '{}'::regclass
    """
    written = {
        "message": {"state", "leaf", "by", "called_at", "reason", "not_before", "carrier_id", "code"},
        "subject": {"sseq", "shash", "sat", "mseq", "mhash", "suppressed_at"},
        "lane": {"cursor"},
        "head": {"size", "root", "checkpoint"},
    }
    for table, columns in written.items():
        found = await value(database_url, indexed.format(table))
        assert isinstance(found, list)
        assert not columns & set(found)
        options = await value(
            database_url, f"SELECT reloptions FROM pg_class WHERE oid = '{table}'::regclass"
        )
        assert options == ["fillfactor=50"]
