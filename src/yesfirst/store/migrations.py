"""Brings a database to a schema revision; the revisions are in `alembic/` at the top of the project."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection as SyncConnection
from sqlalchemy import make_url, text

from yesfirst.errors import Refused
from yesfirst.store.engine import open_engine

_SCRIPTS = Path(__file__).resolve().parents[3] / "alembic"


def config(connection: SyncConnection | None = None) -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(_SCRIPTS))
    settings.attributes["connection"] = connection
    return settings


async def fresh_database(url: str, name: str) -> str:
    """The address of an empty database beside that of `url`, in place of any of that name."""
    engine = open_engine(url, connections=1)
    try:
        async with engine.connect() as connection:
            outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await outside.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
            await outside.execute(text(f'CREATE DATABASE "{name}"'))
    finally:
        await engine.dispose()
    return make_url(url).set(database=name).render_as_string(hide_password=False)


async def upgrade(url: str, revision: str = "head") -> None:
    await _move(url, revision, command.upgrade)


async def downgrade(url: str, revision: str = "base") -> None:
    await _move(url, revision, command.downgrade)


async def _move(url: str, revision: str, step: Callable[[Config, str], None]) -> None:
    engine = open_engine(url, connections=1)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(lambda sync: step(config(sync), revision))
    except CommandError:
        raise Refused(
            "REVISION_UNKNOWN",
            f'There is no way from here to a schema revision "{revision}".',
            "The files in alembic/versions name the revisions; `base` is before the first.",
        ) from None
    finally:
        await engine.dispose()


async def is_current(url: str) -> bool:
    """Whether the database is at the newest revision."""
    newest = ScriptDirectory.from_config(config()).get_current_head()
    engine = open_engine(url, connections=1)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(
                lambda sync: MigrationContext.configure(sync).get_current_revision() == newest
            )
    finally:
        await engine.dispose()
