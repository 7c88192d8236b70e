"""Rulebooks that decisions were made under, and what the digests in decisions stand for: added to, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import msgspec
from msgspec import Struct
from sqlalchemy import text

from yesfirst.store.engine import Connection, fetch, fetch_one, run


@dataclass(frozen=True, slots=True)
class KeptRulebook:
    """`hash` is the SHA-256 of `body`, the bytes of the file."""

    hash: bytes
    id: str
    version: date
    body: bytes
    known_since: datetime


@dataclass(frozen=True, slots=True)
class Heading:
    """A kept rulebook without its text."""

    hash: bytes
    id: str
    known_since: datetime


class Part(Struct, frozen=True, kw_only=True):
    """One of the rulebooks behind a digest: its file, the rules that were left out, or a brand's own rules.

    `file` is the hash of the file in hexadecimal. `own` is what the brand wrote, as JSON, where there is no file.
    """

    rulebook: str
    file: str
    dropped: tuple[str, ...] = ()
    own: str | None = None


# One house at a time: each reads what the one before has written.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('rulebooks', 0))")
_HEADINGS = text("SELECT hash, id, known_since FROM rulebook ORDER BY known_since, id")
_BODIES = text("""
    SELECT hash, id, version, body, known_since FROM rulebook WHERE hash = ANY(CAST(:hashes AS bytea[]))
""")
_KEEP = text("""
    INSERT INTO rulebook (hash, id, version, body, known_since)
    VALUES (:hash, :id, :version, :body, :known_since)
""")
# Index: law_digest_digest. No wait for a row that somebody else is about to commit: it may be written twice.
_NAME = text("""
    INSERT INTO law_digest (digest, rules, known_since)
    SELECT :digest, CAST(:rules AS jsonb), clock_timestamp()
    WHERE NOT EXISTS (SELECT FROM law_digest WHERE digest = :digest)
""")
_PARTS = text("SELECT rules FROM law_digest WHERE digest = :digest ORDER BY id LIMIT 1")


async def lock(connection: Connection) -> None:
    await fetch_one(connection, _LOCK)


async def headings(connection: Connection) -> list[Heading]:
    """All kept rulebooks, the oldest first."""
    return [Heading(row.hash, row.id, row.known_since) for row in await fetch(connection, _HEADINGS)]


async def kept(connection: Connection, hashes: Sequence[bytes]) -> dict[bytes, KeptRulebook]:
    """Those of these files that are kept, by their hashes."""
    rows = await fetch(connection, _BODIES, hashes=list(hashes))
    return {row.hash: KeptRulebook(row.hash, row.id, row.version, row.body, row.known_since) for row in rows}


async def keep(connection: Connection, one: KeptRulebook) -> None:
    await run(
        connection,
        _KEEP,
        hash=one.hash,
        id=one.id,
        version=one.version,
        body=one.body,
        known_since=one.known_since,
    )


async def name(connection: Connection, digest: str, parts: Sequence[Part]) -> None:
    """Says what a digest stands for, where nobody has yet."""
    await run(connection, _NAME, digest=digest, rules=msgspec.json.encode(parts).decode())


async def parts_of(connection: Connection, digest: str) -> tuple[Part, ...] | None:
    """What a digest stands for; None for one that was never named."""
    row = await fetch_one(connection, _PARTS, digest=digest)
    return msgspec.convert(row.rules, tuple[Part, ...]) if row else None
