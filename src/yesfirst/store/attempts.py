"""Attempts at what is limited, by keyed hashes of what they are counted by; forgotten when they count no more."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text

from yesfirst.store.engine import Connection, fetch, run

# Of several at once under one key each sees those before it. Keys in order, so that nobody waits in a circle.
_HOLD = text("""
    SELECT pg_advisory_xact_lock(hashtextextended('attempt ' || encode(key, 'hex'), 0))
    FROM (SELECT key FROM unnest(CAST(:keys AS bytea[])) AS t (key) ORDER BY key) AS ordered
""")
# Index: attempt_key.
_MADE = text("SELECT at FROM attempt WHERE key = :key AND at > :since ORDER BY at DESC LIMIT :most")
_PUT = text("INSERT INTO attempt (key, at) SELECT key, :at FROM unnest(CAST(:keys AS bytea[])) AS t (key)")
# Index: attempt_at.
_FORGET = text("""
    DELETE FROM attempt WHERE id IN (
        SELECT id FROM attempt WHERE at < :before ORDER BY at LIMIT 1000 FOR UPDATE SKIP LOCKED
    )
""")


async def hold(connection: Connection, keys: Sequence[bytes]) -> None:
    """Keeps others from attempting under these keys until the transaction ends."""
    await run(connection, _HOLD, keys=list(keys))


async def made(connection: Connection, key: bytes, since: datetime, most: int) -> list[datetime]:
    """When attempts under a key were made after `since`; the newest, `most` of them."""
    return [row.at for row in await fetch(connection, _MADE, key=key, since=since, most=most)]


async def put(connection: Connection, keys: Sequence[bytes], at: datetime) -> None:
    await run(connection, _PUT, keys=list(keys), at=at)


async def forget(connection: Connection, before: datetime) -> None:
    """Deletes some of those that are older."""
    await run(connection, _FORGET, before=before)
