"""Inbound messages already handled, by the carrier's id."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text

from yesfirst.store.engine import Connection, fetch, run

_FIRST = text(
    "INSERT INTO inbound (carrier_id, at) VALUES (:carrier_id, :at) ON CONFLICT (carrier_id) DO NOTHING"
)


_KNOWN = text("SELECT carrier_id FROM inbound WHERE carrier_id = ANY(CAST(:ids AS text[]))")


async def known(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Those of these messages that were handled already."""
    return {row.carrier_id for row in await fetch(connection, _KNOWN, ids=list(ids))}


async def first_time(connection: Connection, carrier_id: str, at: datetime) -> bool:
    """Whether this message is seen for the first time; a concurrent second one waits here for the first."""
    return bool(await run(connection, _FIRST, carrier_id=carrier_id, at=at))
