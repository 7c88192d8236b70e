"""Connections to PostgreSQL. Named queries elsewhere on this floor take an open connection and never commit."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import msgspec
from sqlalchemy import TextClause, text
from sqlalchemy.engine import URL, Row, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

Connection = AsyncConnection
Engine = AsyncEngine
DatabaseError = DBAPIError
"""The database refused, or could not be reached."""


SESSIONS = "yesfirst "
"""How the name of each of our sessions begins; the part that it belongs to follows."""


def open_engine(
    url: str, *, connections: int = 8, part: str = "command", limits: Mapping[str, str] | None = None
) -> Engine:
    """An engine for `postgresql://…`; transactions are READ COMMITTED, times come back in UTC.

    The server shows its sessions under the name of `part`; `limits` are further settings of theirs.
    """
    settings = {"timezone": "UTC", "application_name": SESSIONS + part, **(limits or {})}
    return create_async_engine(
        _asyncpg(url),
        pool_size=connections,
        max_overflow=connections,
        pool_pre_ping=True,
        connect_args={"server_settings": settings},
        json_serializer=lambda value: msgspec.json.encode(value).decode(),
        json_deserializer=msgspec.json.decode,
    )


def _asyncpg(url: str) -> URL:
    return make_url(url).set(drivername="postgresql+asyncpg")


@asynccontextmanager
async def snapshot(engine: Engine) -> AsyncIterator[Connection]:
    """A connection that reads one unchanging state of the database: REPEATABLE READ, READ ONLY."""
    async with engine.connect() as connection:
        yield await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


async def fetch(connection: Connection, statement: TextClause, **values: object) -> list[Row[Any]]:
    return list((await connection.execute(statement, values)).all())


async def fetch_one(connection: Connection, statement: TextClause, **values: object) -> Row[Any] | None:
    return (await connection.execute(statement, values)).first()


async def run(connection: Connection, statement: TextClause, **values: object) -> int:
    """Executes and returns the number of rows touched."""
    return int((await connection.execute(statement, values)).rowcount)


@asynccontextmanager
async def listening(url: str, channel: str) -> AsyncIterator[asyncio.Event]:
    """An event that is set at every NOTIFY on `channel`; a lost connection only means fewer wake-ups."""
    heard = asyncio.Event()
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(dsn)
    await connection.add_listener(channel, lambda *_: heard.set())
    try:
        yield heard
    finally:
        await connection.close(timeout=2)


_NOTIFY = text("SELECT pg_notify(:channel, '')")


async def notify(connection: Connection, channel: str) -> None:
    """Wakes the listeners of `channel` when the transaction commits."""
    await connection.execute(_NOTIFY, {"channel": channel})
