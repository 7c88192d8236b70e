"""A throw-away database whose clock is set by hand, so that a moment can be met exactly.

Its `clock_timestamp()` is one of a schema that is searched before PostgreSQL's own. Invariant: only a
database that was made to be thrown away has such a clock, so no other can be told a wrong time.

Known gap: a process that is killed leaves its database behind, under a name that begins with `yesfirst_throwaway_`.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy import text

from yesfirst.errors import Refused
from yesfirst.store import migrations
from yesfirst.store.engine import Connection, DatabaseError, open_engine, run

_NOT_ALLOWED = "42501"  # https://www.postgresql.org/docs/15/errcodes-appendix.html
_INSTALL = (
    "CREATE SCHEMA set_clock",
    "CREATE TABLE set_clock.clock AS SELECT pg_catalog.clock_timestamp() AS now",
    """CREATE FUNCTION set_clock.clock_timestamp() RETURNS timestamptz STABLE LANGUAGE sql
       AS 'SELECT now FROM set_clock.clock'""",
    # Nothing in here has to survive a crash.
    """DO $$ BEGIN
        EXECUTE format('ALTER DATABASE %I SET search_path = set_clock, public, pg_catalog', current_database());
        EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database());
    END $$""",
)
_SET = text("UPDATE set_clock.clock SET now = :now")


@asynccontextmanager
async def throwaway_database(url: str) -> AsyncIterator[str]:
    """The address of a migrated database beside that of `url`, with a clock to set; it is dropped at the end.

    Raises Refused (DATABASE_NOT_ALLOWED) where the user may not create databases.
    """
    name = f"yesfirst_throwaway_{secrets.token_hex(6)}"
    try:
        made = await migrations.fresh_database(url, name)
    except DatabaseError as error:
        if getattr(error.orig, "sqlstate", None) != _NOT_ALLOWED:
            raise
        raise Refused(
            "DATABASE_NOT_ALLOWED",
            "The database user may not create a throw-away database.",
            "Let it (CREATEDB), or run this without YESFIRST_DATABASE_URL, on an embedded server.",
        ) from None
    try:
        await migrations.upgrade(made)
        await install_clock(made)
        yield made
    finally:
        await _drop(url, name)


async def install_clock(url: str) -> None:
    """Gives a database that is to be thrown away a clock to set; sessions that are open keep the real one."""
    await _execute(url, *_INSTALL)


async def set_clock(connection: Connection, now: datetime) -> None:
    """From the next statement on it is `now` for this transaction, and for all others once this one commits."""
    await run(connection, _SET, now=now)


async def _drop(url: str, name: str) -> None:
    """Tries again while the server's own vacuum, which no user may end, is in the database."""
    for _ in range(50):
        try:
            await _execute(url, f'DROP DATABASE "{name}" WITH (FORCE)')
        except DatabaseError as error:
            if getattr(error.orig, "sqlstate", None) != _NOT_ALLOWED:
                raise
            await asyncio.sleep(0.1)
        else:
            return


async def _execute(url: str, *statements: str) -> None:
    engine = open_engine(url, connections=1)
    try:
        async with engine.connect() as connection:
            outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
            for statement in statements:
                await outside.exec_driver_sql(statement)
    finally:
        await engine.dispose()
