"""Asks: texts that ask about a consent event. Each function is one step of a transaction that its use case owns.

Locks: subjects by id, then asks by id. `ready → claimed → calling → accepted, rejected or unknown`; what may not go
any more is `dropped`. Nothing leads from `calling` back but the certainty that nothing was handed over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import text

from yesfirst.store.brands import StoredSender
from yesfirst.store.engine import Connection, fetch, fetch_one, run
from yesfirst.store.hearing import HEARD


class AskKind(StrEnum):
    """In the order in which they go out."""

    CONFIRM = "confirm"
    REMIND = "remind"
    RENEW = "renew"


@dataclass(frozen=True, slots=True)
class NewAsk:
    """`of` is the leaf hash of the consent event; it goes out between `not_before` and `by`."""

    id: bytes
    subject: bytes
    kind: AskKind
    of: bytes
    sender: str
    language: str
    body_sealed: bytes
    not_before: datetime
    by: datetime


@dataclass(frozen=True, slots=True)
class DueAsk:
    """A locked ask. `asked` says whether the question that a reminder belongs to went out."""

    id: bytes
    subject: bytes
    brand: str
    kind: AskKind
    of: bytes
    body_sealed: bytes
    by: datetime
    asked: bool


# One that was there for this event and kind stays as it is.
_PUT = text("""
    INSERT INTO ask (id, subject, kind, of, sender, language, body_sealed, state, not_before, by)
    SELECT id, subject, kind, of, sender, language, body, 'ready', not_before, by
    FROM unnest(
        CAST(:ids AS bytea[]), CAST(:subjects AS bytea[]), CAST(:kinds AS text[]), CAST(:ofs AS bytea[]),
        CAST(:senders AS text[]), CAST(:languages AS text[]), CAST(:bodies AS bytea[]),
        CAST(:not_before AS timestamptz[]), CAST(:bys AS timestamptz[])
    ) AS new (id, subject, kind, of, sender, language, body, not_before, by)
    ON CONFLICT (of, kind) DO NOTHING
""")
# Index: ask_subject. A reminder belongs to its question.
_ASKED = text("""
    SELECT not_before FROM ask WHERE subject = :subject AND kind = 'confirm' AND state <> 'dropped'
""")
# Index: ask_subject. Also one whose outcome nobody knows: whoever answers has read it.
_ANSWERABLE = text("""
    SELECT of FROM ask
    WHERE subject = :subject AND kind = ANY(CAST(:kinds AS text[])) AND state IN ('calling', 'accepted', 'unknown')
""")
# Index: ask_ready, one range per sender and kind.
_WAITING = text(f"""
    SELECT sender.id, sender.controller, sender.address, sender.per_second, due.asks
    FROM sender
    CROSS JOIN LATERAL (
        SELECT count(*) AS asks FROM (
            SELECT FROM unnest(CAST(:kinds AS text[])) AS kinds (kind)
            CROSS JOIN LATERAL (
                SELECT FROM ask
                WHERE ask.sender = sender.id AND ask.kind = kinds.kind AND ask.state = 'ready'
                  AND ask.not_before <= clock_timestamp()
                LIMIT :most
            ) AS each
            LIMIT :most
        ) AS found
    ) AS due
    WHERE due.asks > 0 AND {HEARD}
    ORDER BY sender.id
""")
# Index: ask_ready. Questions go first: many requests to renew must not make one come too late. No locks: an ask may be
# gone when it is claimed.
_DUE = text(f"""
    SELECT due.id, due.subject
    FROM unnest(CAST(:kinds AS text[])) WITH ORDINALITY AS kinds (kind, place)
    CROSS JOIN LATERAL (
        SELECT ask.id, ask.subject, ask.not_before FROM ask
        WHERE ask.sender = :sender AND ask.kind = kinds.kind AND ask.state = 'ready'
          AND ask.not_before <= clock_timestamp() AND {HEARD}
        ORDER BY ask.not_before
        LIMIT :most
    ) AS due
    ORDER BY kinds.place, due.not_before
    LIMIT :most
""")
# Index of the question: ask_once.
_TAKE = text("""
    SELECT ask.id, ask.subject, subject.brand, ask.kind, ask.of, ask.body_sealed, ask.by,
           EXISTS (
               SELECT FROM ask AS question
               WHERE question.of = ask.of AND question.kind = 'confirm' AND question.state IN ('accepted', 'unknown')
           ) AS asked
    FROM ask
    JOIN subject ON subject.id = ask.subject
    WHERE ask.id = ANY(CAST(:ids AS bytea[])) AND ask.state = :state
    ORDER BY ask.id
    FOR NO KEY UPDATE OF ask
""")
_CLAIM = text("""
    UPDATE ask SET state = 'claimed', leaf = :leaf, leased_until = :leased_until WHERE id = :id
""")
_DROP = text("UPDATE ask SET state = 'dropped' WHERE id = :id AND state IN ('ready', 'claimed')")
_DEFER = text("UPDATE ask SET not_before = :not_before WHERE id = :id AND state = 'ready'")
# The sealed entry is joined: what is not sealed cannot be called.
_ALLOW = text(f"""
    UPDATE ask SET state = 'calling', called_at = clock_timestamp()
    FROM entry
    WHERE ask.id = :id AND ask.state = 'claimed'
      AND ask.leased_until > clock_timestamp() AND ask.by > clock_timestamp()
      AND entry.leaf = ask.leaf AND {HEARD}
    RETURNING extract(epoch FROM least(ask.leased_until, ask.by) - clock_timestamp())::float8 AS seconds
""")
_AGAIN = text("""
    UPDATE ask SET id = :new_id, state = 'ready', leaf = NULL, leased_until = NULL, called_at = NULL,
                   not_before = greatest(ask.not_before, :not_before)
    WHERE id = :id AND state = ANY(CAST(:from_states AS text[]))
    RETURNING subject
""")
_RECORD = text("""
    UPDATE ask SET state = :state, carrier_id = :carrier_id, code = :code
    WHERE id = :id AND state = 'calling'
    RETURNING subject
""")
# Index: ask_in_hand. A call ends, one way or the other, long before a minute is over.
_LOST = text("""
    SELECT id, subject, state FROM ask
    WHERE (state = 'claimed' AND leased_until <= clock_timestamp())
       OR (state = 'calling' AND called_at <= clock_timestamp() - interval '1 minute')
    ORDER BY id
    FOR NO KEY UPDATE SKIP LOCKED
""")
_KINDS = [kind.value for kind in AskKind]


async def put(connection: Connection, new: Sequence[NewAsk]) -> int:
    """Leaves asks to be sent about events of locked subjects; how many weren't there yet."""
    return await run(
        connection,
        _PUT,
        ids=[one.id for one in new],
        subjects=[one.subject for one in new],
        kinds=[one.kind.value for one in new],
        ofs=[one.of for one in new],
        senders=[one.sender for one in new],
        languages=[one.language for one in new],
        bodies=[one.body_sealed for one in new],
        not_before=[one.not_before for one in new],
        bys=[one.by for one in new],
    )


async def asked(connection: Connection, subject: bytes) -> list[datetime]:
    """When a locked subject was asked to confirm something."""
    return [row.not_before for row in await fetch(connection, _ASKED, subject=subject)]


async def answerable(connection: Connection, subject: bytes, *kinds: AskKind) -> set[bytes]:
    """The leaf hashes of events that a locked subject was asked about."""
    rows = await fetch(connection, _ANSWERABLE, subject=subject, kinds=[kind.value for kind in kinds])
    return {bytes(row.of) for row in rows}


async def waiting(connection: Connection, most: int) -> list[tuple[StoredSender, int]]:
    """The senders whose asks' time has come, and how many of them, counted up to `most`.

    None while we may have missed what people texted.
    """
    rows = await fetch(connection, _WAITING, kinds=_KINDS, most=most)
    return [(StoredSender(row.id, row.controller, row.address, row.per_second), row.asks) for row in rows]


async def due(connection: Connection, sender: str, most: int) -> dict[bytes, bytes]:
    """Ask id → subject of a sender's asks whose time has come, questions first."""
    rows = await fetch(connection, _DUE, kinds=_KINDS, sender=sender, most=most)
    return {bytes(row.id): bytes(row.subject) for row in rows}


async def take(connection: Connection, ids: Sequence[bytes], state: str) -> list[DueAsk]:
    """Locks those that still are in this state; their subjects are locked already."""
    return [
        DueAsk(**{**row._asdict(), "kind": AskKind(row.kind)})
        for row in await fetch(connection, _TAKE, ids=list(ids), state=state)
    ]


async def claim(connection: Connection, id: bytes, leaf: int, leased_until: datetime) -> None:
    await run(connection, _CLAIM, id=id, leaf=leaf, leased_until=leased_until)


async def drop(connection: Connection, id: bytes) -> None:
    """What may not go any more."""
    await run(connection, _DROP, id=id)


async def defer(connection: Connection, id: bytes, not_before: datetime) -> None:
    await run(connection, _DEFER, id=id, not_before=not_before)


async def allow(connection: Connection, id: bytes) -> float | None:
    """`claimed → calling`, where it is sealed and its time is not over: for how many seconds the call may begin."""
    row = await fetch_one(connection, _ALLOW, id=id)
    return row.seconds if row else None


async def again(
    connection: Connection, id: bytes, new_id: bytes, not_before: datetime, from_states: Sequence[str]
) -> bytes | None:
    """Back to `ready` under a new id, where it still is in one of `from_states`; its subject if it was moved."""
    rows = await fetch(
        connection, _AGAIN, id=id, new_id=new_id, not_before=not_before, from_states=list(from_states)
    )
    return bytes(rows[0].subject) if rows else None


async def record(
    connection: Connection, id: bytes, state: str, carrier_id: str | None, code: int | None
) -> bytes | None:
    """What became of the hand-over; the subject if it was being made."""
    rows = await fetch(connection, _RECORD, id=id, state=state, carrier_id=carrier_id, code=code)
    return bytes(rows[0].subject) if rows else None


async def lost(connection: Connection) -> list[tuple[bytes, str]]:
    """(ask id, state) of those whose worker has died, locked."""
    return [(bytes(row.id), row.state) for row in await fetch(connection, _LOST)]
