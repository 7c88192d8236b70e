"""Inbound messages already handled, by the carrier's id."""

from datetime import datetime

from sqlalchemy import text

from yesfirst.store.engine import Connection, run

_FIRST = text(
    "INSERT INTO inbound (carrier_id, at) VALUES (:carrier_id, :at) ON CONFLICT (carrier_id) DO NOTHING"
)


async def first_time(connection: Connection, carrier_id: str, at: datetime) -> bool:
    """Whether this message is seen for the first time; a concurrent second one waits here for the first."""
    return bool(await run(connection, _FIRST, carrier_id=carrier_id, at=at))
