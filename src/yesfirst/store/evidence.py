"""Leaves and the log that seals them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from yesfirst.ledger.leaf import Leaf
from yesfirst.store.engine import Connection, fetch, fetch_one, run


@dataclass(frozen=True, slots=True)
class LogHead:
    origin: str
    size: int
    root: bytes
    checkpoint: str | None


# No locks but those of the new rows. Ids may become visible out of order: see `take_pending`.
_APPEND = text("""
    WITH appended AS (
        INSERT INTO leaf (rid, sid, message, t, hash, body)
        SELECT rid, sid, message, t, hash, body
        FROM unnest(
            CAST(:rids AS bytea[]), CAST(:sids AS bytea[]), CAST(:messages AS bytea[]),
            CAST(:types AS text[]), CAST(:hashes AS bytea[]), CAST(:bodies AS bytea[])
        ) WITH ORDINALITY AS new (rid, sid, message, t, hash, body, nth)
        ORDER BY nth
        RETURNING id, hash
    ), queued AS (
        INSERT INTO pending (leaf) SELECT id FROM appended
    )
    SELECT id, hash FROM appended
""")


async def append(
    connection: Connection, leaves: Sequence[Leaf], messages: Sequence[bytes | None] | None = None
) -> list[int]:
    """Stores leaves, in the transaction of the fact they prove, and queues them for sealing; their ids in order.

    `messages` names, per leaf, the message that an aborted, outcome or resolved leaf is of.
    """
    if not leaves:
        return []
    rows = await fetch(
        connection,
        _APPEND,
        rids=[leaf.rid for leaf in leaves],
        sids=[leaf.sid for leaf in leaves],
        messages=list(messages) if messages else [None] * len(leaves),
        types=[leaf.t for leaf in leaves],
        hashes=[leaf.hash for leaf in leaves],
        bodies=[leaf.body for leaf in leaves],
    )
    ids = {row.hash: row.id for row in rows}
    return [ids[leaf.hash] for leaf in leaves]


# Index: leaf_sid.
_BODY_OF = text("SELECT body FROM leaf WHERE sid = :subject AND hash = :hash")


async def body_of(connection: Connection, subject: bytes, hash: bytes) -> bytes:
    """The bytes of a subject's leaf; LookupError if it has none of this hash."""
    row = await fetch_one(connection, _BODY_OF, subject=subject, hash=hash)
    if row is None:
        raise LookupError("the subject has no such leaf")
    return bytes(row.body)


# Holds the head row for the sealing transaction: one sequencer at a time, whoever else runs.
_LOCK_HEAD = text("SELECT origin, size, root, checkpoint FROM head WHERE id = 1 FOR UPDATE")
_HEAD = text("SELECT origin, size, root, checkpoint FROM head WHERE id = 1")
_CREATE_HEAD = text("""
    INSERT INTO head (id, origin, size, root) VALUES (1, :origin, 0, :root) ON CONFLICT (id) DO NOTHING
""")
# By queue, never by "id greater than the last": some leaves become visible after higher ids have been sealed.
_TAKE = text("""
    SELECT leaf.id, leaf.hash
    FROM pending JOIN leaf ON leaf.id = pending.leaf
    ORDER BY pending.leaf
    LIMIT :most
""")
_PLACE = text("""
    WITH placed AS (
        INSERT INTO entry (index, leaf)
        SELECT :first + nth - 1, leaf FROM unnest(CAST(:leaves AS bigint[])) WITH ORDINALITY AS t (leaf, nth)
    )
    DELETE FROM pending WHERE leaf = ANY(CAST(:leaves AS bigint[]))
""")
_STORE_TILES = text("""
    INSERT INTO tile (level, n, hashes)
    SELECT * FROM unnest(CAST(:levels AS smallint[]), CAST(:ns AS bigint[]), CAST(:hashes AS bytea[]))
    ON CONFLICT (level, n) DO UPDATE SET hashes = excluded.hashes
""")
_MOVE_HEAD = text("UPDATE head SET size = :size, root = :root, checkpoint = :checkpoint WHERE id = 1")
_TILE = text("SELECT hashes FROM tile WHERE level = :level AND n = :n")


async def create_head(connection: Connection, origin: str, root: bytes) -> None:
    await run(connection, _CREATE_HEAD, origin=origin, root=root)


async def lock_head(connection: Connection) -> LogHead:
    """The head, held until the transaction ends."""
    row = await fetch_one(connection, _LOCK_HEAD)
    if row is None:
        raise LookupError("the log has no head: run the migrations and start the sequencer once")
    return LogHead(row.origin, row.size, row.root, row.checkpoint)


async def head(connection: Connection) -> LogHead | None:
    row = await fetch_one(connection, _HEAD)
    return LogHead(row.origin, row.size, row.root, row.checkpoint) if row else None


async def take_pending(connection: Connection, most: int) -> list[tuple[int, bytes]]:
    """(leaf id, leaf hash) of what waits for its seal, oldest id first."""
    return [(row.id, row.hash) for row in await fetch(connection, _TAKE, most=most)]


async def place(connection: Connection, first: int, leaves: Sequence[int]) -> None:
    """Gives the leaves the indices `first`, `first + 1`, … and takes them off the queue."""
    await run(connection, _PLACE, first=first, leaves=list(leaves))


async def move_head(connection: Connection, size: int, root: bytes, checkpoint: str) -> None:
    await run(connection, _MOVE_HEAD, size=size, root=root, checkpoint=checkpoint)


async def store_tiles(connection: Connection, tiles: Sequence[tuple[int, int, bytes]]) -> None:
    """(level, n, hashes) of tiles that are new or have grown."""
    levels, ns, hashes = zip(*tiles, strict=True)
    await run(connection, _STORE_TILES, levels=list(levels), ns=list(ns), hashes=list(hashes))


async def tile(connection: Connection, level: int, n: int) -> bytes | None:
    row = await fetch_one(connection, _TILE, level=level, n=n)
    return bytes(row.hashes) if row else None


_SEALED = text("SELECT count(*) AS sealed FROM entry WHERE leaf = ANY(CAST(:leaves AS bigint[]))")
_PENDING = text("SELECT count(*) AS waiting FROM pending")
_ENTRIES = text("""
    SELECT leaf.body FROM entry JOIN leaf ON leaf.id = entry.leaf
    WHERE entry.index >= :first AND entry.index < :end
    ORDER BY entry.index
""")


async def all_sealed(connection: Connection, leaves: Sequence[int]) -> bool:
    row = await fetch_one(connection, _SEALED, leaves=list(leaves))
    return row is not None and row.sealed == len(leaves)


async def pending_count(connection: Connection) -> int:
    row = await fetch_one(connection, _PENDING)
    return int(row.waiting) if row else 0


async def entries(connection: Connection, first: int, end: int) -> list[bytes]:
    """The bytes of the sealed leaves `first` to `end - 1`."""
    return [bytes(row.body) for row in await fetch(connection, _ENTRIES, first=first, end=end)]
