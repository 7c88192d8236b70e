"""Withdrawals by the start of their leaf's hash, which is the receipt that people were given."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from yesfirst.store.engine import Connection, fetch

_HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class Recorded:
    """A withdrawal on record; `index` is its place in the log, None while it waits for its seal."""

    brand: str
    purposes: tuple[str, ...]
    at: datetime
    index: int | None


# Indexes: consent_event_receipt, leaf_sid.
_FIND = text("""
    SELECT subject.brand, event.purposes, event.at, entry.index AS place
    FROM consent_event AS event
    JOIN subject ON subject.id = event.subject
    JOIN leaf ON leaf.sid = event.subject AND leaf.hash = event.leaf_hash
    LEFT JOIN entry ON entry.leaf = leaf.id
    WHERE event.type = 'withdraw' AND event.leaf_hash BETWEEN :first AND :last
    ORDER BY event.at
""")


async def find(connection: Connection, beginning: bytes) -> list[Recorded]:
    """The withdrawals whose leaf hash begins so: one, or none."""
    rest = _HASH_BYTES - len(beginning)
    first, last = beginning + b"\x00" * rest, beginning + b"\xff" * rest
    rows = await fetch(connection, _FIND, first=first, last=last)
    return [Recorded(row.brand, tuple(row.purposes), row.at, row.place) for row in rows]
