"""Whether the servers can be reached, and if not, which and what to do. No address shows its password."""

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from yesfirst.errors import Refused
from yesfirst.store.engine import Engine

_SECONDS = 5


async def reach_database(engine: Engine) -> None:
    """Raises Refused (DATABASE_UNREACHABLE) when no query can be answered."""
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except (DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        address = engine.url.set(drivername="postgresql", password=None).render_as_string()
        raise Refused(
            "DATABASE_UNREACHABLE",
            f"PostgreSQL at {address} does not answer ({_kind(error)}).",
            "Start it, or correct YESFIRST_DATABASE_URL; without that variable a server is embedded.",
        ) from error


async def reach_redis(url: str) -> None:
    """Raises Refused (REDIS_UNREACHABLE) when there is no answer to a ping."""
    from redis.asyncio import Redis  # slow to import, and most commands do without
    from redis.exceptions import AuthenticationError, RedisError

    try:
        async with Redis.from_url(url, socket_connect_timeout=_SECONDS, socket_timeout=_SECONDS) as redis:
            await redis.ping()
    except (RedisError, OSError, TimeoutError) as error:
        wrong = isinstance(error, AuthenticationError)
        raise Refused(
            "REDIS_UNREACHABLE",
            f"Redis at {_without_password(url)} {'refuses the password' if wrong else 'does not answer'}"
            f" ({type(error).__name__}).",
            "Start it, or correct YESFIRST_REDIS_URL; without that variable a server is embedded.",
        ) from error


def _kind(error: BaseException) -> str:
    return type(error.orig or error).__name__ if isinstance(error, DBAPIError) else type(error).__name__


def _without_password(url: str) -> str:
    parsed = make_url(url)
    return parsed.set(username=None, password=None, query={}).render_as_string()
