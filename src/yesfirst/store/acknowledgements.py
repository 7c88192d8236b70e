"""Drafts of rulebooks that somebody has taken it on themselves to use, by the hash of their files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from yesfirst.store.engine import Connection, fetch, run


@dataclass(frozen=True, slots=True)
class RulebookFile:
    """A version of a rulebook: `body` are the bytes of its file, `hash` their SHA-256."""

    hash: bytes
    id: str
    version: date
    body: bytes


_ACKNOWLEDGE = text("""
    UPDATE rulebook SET acknowledged_at = :at WHERE hash = ANY(CAST(:hashes AS bytea[]))
""")
_ACKNOWLEDGED = text("""
    SELECT hash FROM rulebook WHERE hash = ANY(CAST(:hashes AS bytea[])) AND acknowledged_at IS NOT NULL
""")
# The newest version of that day first; more than one on a day are told apart by the beginning of the hash.
_VERSION = text("""
    SELECT hash, id, version, body FROM rulebook
    WHERE id = :id AND (version::text = :version OR starts_with(encode(hash, 'hex'), :version))
    ORDER BY known_since DESC LIMIT 1
""")


async def acknowledge(connection: Connection, hashes: Sequence[bytes], at: datetime) -> None:
    """Marks rulebooks that are on record."""
    await run(connection, _ACKNOWLEDGE, hashes=list(hashes), at=at)


async def acknowledged(connection: Connection, hashes: Sequence[bytes]) -> set[bytes]:
    """Those of the hashes whose rulebooks were acknowledged."""
    return {bytes(row.hash) for row in await fetch(connection, _ACKNOWLEDGED, hashes=list(hashes))}


async def version(connection: Connection, id: str, version: str) -> RulebookFile | None:
    """A rulebook on record, by its version or by the beginning of its hash in hexadecimal."""
    rows = await fetch(connection, _VERSION, id=id, version=version)
    return RulebookFile(rows[0].hash, id, rows[0].version, rows[0].body) if rows else None
