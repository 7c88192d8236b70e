"""Brings a database to a schema revision; the revisions are in `alembic/` at the top of the project.

Revisions are linear, and a file's name begins with its revision. Alembic is imported only to move: every command
asks whether the schema is current, and importing it would be a good part of the time that most of them take.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection as SyncConnection
from sqlalchemy import make_url, text

from yesfirst.errors import Refused
from yesfirst.store import live_limits
from yesfirst.store.engine import Connection, DatabaseError, fetch_one, open_engine
from yesfirst.store.live_limits import Patience

if TYPE_CHECKING:
    from alembic.config import Config

_SCRIPTS = Path(__file__).resolve().parents[3] / "alembic"
_HAS_REVISION = text("SELECT to_regclass('alembic_version') IS NOT NULL AS known")
_REVISION = text("SELECT version_num AS revision FROM alembic_version")


def config(connection: SyncConnection | None = None) -> "Config":
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(_SCRIPTS))
    settings.attributes["connection"] = connection
    return settings


async def fresh_database(url: str, name: str) -> str:
    """The address of an empty database beside that of `url`, in place of any of that name that nobody uses."""
    engine = open_engine(url, connections=1)
    try:
        async with engine.connect() as connection:
            outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await outside.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))
            await outside.execute(text(f'CREATE DATABASE "{name}"'))
    finally:
        await engine.dispose()
    return make_url(url).set(database=name).render_as_string(hide_password=False)


async def upgrade(url: str, revision: str = "head", patience: Patience = live_limits.PATIENCE) -> None:
    """Raises Refused: REVISION_UNKNOWN, MIGRATION_RUNNING, MIGRATION_BLOCKED, MIGRATION_SLOW."""
    await _move(url, revision, patience, up=True)


async def downgrade(url: str, revision: str = "base", patience: Patience = live_limits.PATIENCE) -> None:
    """Raises Refused as `upgrade` does."""
    await _move(url, revision, patience, up=False)


async def _move(url: str, revision: str, patience: Patience, *, up: bool) -> None:
    engine = open_engine(url, connections=2, part="migrate", limits=live_limits.limits(patience))
    try:
        async with engine.connect() as connection:
            pid = await live_limits.take_turn(connection, patience)
            async with live_limits.watching(engine, pid) as holders:
                for _ in range(patience.attempts):
                    if await _moved(connection, revision, up=up):
                        return
                    # Every revision that was complete is committed: the next attempt goes on from there.
                    await asyncio.sleep(patience.pause)
            raise live_limits.blocked(holders, patience)
    finally:
        await engine.dispose()


async def _moved(connection: Connection, revision: str, *, up: bool) -> bool:
    """Goes all the way, or returns False when a lock could not be had in time."""
    from alembic import command
    from alembic.util import CommandError

    step = command.upgrade if up else command.downgrade
    try:
        await connection.run_sync(lambda sync: step(config(sync), revision))
        await connection.commit()
    except CommandError:
        raise Refused(
            "REVISION_UNKNOWN",
            f'There is no way from here to a schema revision "{revision}".',
            "The files in alembic/versions name the revisions; `base` is before the first.",
        ) from None
    except DatabaseError as error:
        await connection.rollback()
        refused = getattr(error.orig, "sqlstate", None)
        if refused == live_limits.CANCELLED:
            raise live_limits.too_slow() from None
        if refused != live_limits.NO_LOCK:
            raise
        return False
    return True


async def is_current(url: str) -> bool:
    """Whether the database has every revision that this version works with.

    Later ones are no harm: they add, and processes of this version may go on while the next one is brought in.
    """
    engine = open_engine(url, connections=1)
    try:
        async with engine.connect() as connection:
            return (await _revision(connection) or "") >= newest()
    finally:
        await engine.dispose()


async def _revision(connection: Connection) -> str | None:
    known = await fetch_one(connection, _HAS_REVISION)
    row = await fetch_one(connection, _REVISION) if known and known.known else None
    return row.revision if row else None


def newest() -> str:
    """The revision that this version of the program works with."""
    return max(file.name.partition("_")[0] for file in (_SCRIPTS / "versions").glob("*_*.py"))
