"""What an export of evidence reads: who was decided about, what the log says of them, and what proves it.

Use `engine.snapshot` for all reads of one export: then every leaf with an index is covered by the head's
checkpoint, and every tile has the width of its tree. Nothing here locks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from yesfirst.ledger.text import id_text
from yesfirst.store.engine import Connection, fetch, fetch_one

DECISION, DENIAL = "send.decision", "send.denied"


@dataclass(frozen=True, slots=True)
class Decided:
    """What the log decided about a message id, and for whom: type `t` is a decision or a denial."""

    t: str
    run: bytes
    subject: bytes


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a run: their place in it, and what opens their leaves; after erasure there is no key."""

    lane: int
    position: int
    subject: bytes
    wrapped_key: bytes | None
    phone_sealed: bytes | None
    body_sealed: bytes


@dataclass(frozen=True, slots=True)
class LoggedLeaf:
    """A leaf about a subject. `message` is what an outcome is of; `index` None while it waits for its seal."""

    rid: bytes
    subject: bytes
    message: bytes | None
    t: str
    body: bytes
    index: int | None


@dataclass(frozen=True, slots=True)
class FoundMessage:
    """A decided attempt to text somebody; `state` is `aborted` for one that was tried again under another id."""

    message: bytes
    run: bytes
    campaign: str
    state: str
    at: datetime


# Index: leaf_rid, then message_subject.
_DECIDED = text("""
    SELECT leaf.t AS type, leaf.sid AS subject, message.run
    FROM leaf JOIN message ON message.subject = leaf.sid
    WHERE leaf.rid = :message AND leaf.t IN ('send.decision', 'send.denied')
      AND convert_from(leaf.body, 'UTF8')::jsonb ->> 'run'
          = rtrim(translate(encode(message.run, 'base64'), '+/', '-_'), '=')
""")
# Index: the primary key (run, lane, position), or message_subject when one subject is named.
_PEOPLE = text("""
    SELECT message.lane, message.position, message.subject, message.body_sealed, subject.phone_sealed,
           subject_key.wrapped AS wrapped_key
    FROM message
    JOIN subject ON subject.id = message.subject
    LEFT JOIN keystore.subject_key ON subject_key.subject = message.subject
    WHERE message.run = :run AND (message.lane, message.position) > (:lane, :position)
      AND (CAST(:only AS bytea) IS NULL OR message.subject = :only)
    ORDER BY message.lane, message.position
    LIMIT :most
""")
# Index: leaf_sid. A subject's leaves about other runs are read and dropped here.
_LEAVES = text("""
    WITH about AS MATERIALIZED (
        SELECT id, rid, sid, message, t, body FROM leaf WHERE sid = ANY(CAST(:subjects AS bytea[]))
    ), decided AS MATERIALIZED (
        SELECT rid FROM about WHERE t = 'send.decision' AND convert_from(body, 'UTF8')::jsonb ->> 'run' = :run
    )
    SELECT about.rid, about.sid AS subject, about.message, about.t AS type, about.body, entry.index AS place
    FROM about LEFT JOIN entry ON entry.leaf = about.id
    WHERE about.t LIKE 'consent.%' OR about.t = 'subject.erased'
       OR about.rid IN (SELECT rid FROM decided) OR about.message IN (SELECT rid FROM decided)
    ORDER BY about.id
""")
_TILES = text("""
    SELECT tile.level, tile.n, tile.hashes
    FROM unnest(CAST(:levels AS smallint[]), CAST(:ns AS bigint[])) AS wanted (level, n)
    JOIN tile ON tile.level = wanted.level AND tile.n = wanted.n
""")
_NOTICES = text("SELECT hash, body FROM notice WHERE hash = ANY(CAST(:hashes AS bytea[]))")
# Index: leaf_sid and message_subject.
_FIND = text("""
    SELECT leaf.rid AS message, run.id AS run, run.campaign,
           CASE WHEN message.id = leaf.rid THEN message.state ELSE 'aborted' END AS state,
           CAST(convert_from(leaf.body, 'UTF8')::jsonb ->> 'at' AS timestamptz) AS at
    FROM leaf
    JOIN message ON message.subject = leaf.sid
    JOIN run ON run.id = message.run
    WHERE leaf.sid = :subject AND leaf.t IN ('send.decision', 'send.denied')
      AND convert_from(leaf.body, 'UTF8')::jsonb ->> 'run'
          = rtrim(translate(encode(run.id, 'base64'), '+/', '-_'), '=')
    ORDER BY leaf.id DESC
""")


async def decided(connection: Connection, message: bytes) -> Decided | None:
    """What was decided about a message id; None if nothing was."""
    row = await fetch_one(connection, _DECIDED, message=message)
    return Decided(row.type, row.run, row.subject) if row else None


async def people(
    connection: Connection, run: bytes, after: tuple[int, int], most: int, only: bytes | None = None
) -> list[Person]:
    """The people of a run who were not excluded, from (lane, position) `after` on; `only` names one subject."""
    lane, position = after
    rows = await fetch(connection, _PEOPLE, run=run, lane=lane, position=position, most=most, only=only)
    return [Person(**{name: getattr(row, name) for name in Person.__slots__}) for row in rows]


async def leaves(connection: Connection, run: bytes, subjects: Sequence[bytes]) -> list[LoggedLeaf]:
    """All consent and erasure leaves of these subjects, and what was decided and done about them in this run."""
    rows = await fetch(connection, _LEAVES, run=id_text(run), subjects=list(subjects))
    return [LoggedLeaf(row.rid, row.subject, row.message, row.type, row.body, row.place) for row in rows]


async def tiles(connection: Connection, places: Iterable[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """The stored hashes of tiles by (level, n); one that does not exist is absent."""
    wanted = list(places)
    rows = await fetch(connection, _TILES, levels=[level for level, _ in wanted], ns=[n for _, n in wanted])
    return {(row.level, row.n): row.hashes for row in rows}


async def notices(connection: Connection, hashes: Iterable[bytes]) -> dict[bytes, bytes]:
    """The texts shown, by their hash."""
    return {row.hash: row.body for row in await fetch(connection, _NOTICES, hashes=list(hashes))}


async def decided_about(connection: Connection, subject: bytes) -> list[FoundMessage]:
    """Everything that was decided about a subject, the newest first."""
    rows = await fetch(connection, _FIND, subject=subject)
    return [FoundMessage(row.message, row.run, row.campaign, row.state, row.at) for row in rows]
