"""The database's clock: the one clock that evidence is dated by."""

from datetime import datetime

from sqlalchemy import text

from yesfirst.store.engine import Connection, fetch_one

_NOW = text("SELECT date_trunc('milliseconds', clock_timestamp()) AS now")


async def now(connection: Connection) -> datetime:
    """The time at this statement, not at the transaction's start; UTC, whole milliseconds."""
    row = await fetch_one(connection, _NOW)
    if row is None:
        raise AssertionError("SELECT without FROM gives one row")
    instant: datetime = row.now
    return instant
