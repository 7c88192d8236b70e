"""Asks: texts that ask about a consent event. Each function is one step of a transaction that its use case owns.

Locks: subjects by id, then asks by id. `ready → claimed → calling → accepted, rejected or unknown`; what may not go
any more is `dropped`. Nothing leads from `calling` back but the certainty that nothing was handed over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import text

from yesfirst.store.engine import Connection, fetch, run
from yesfirst.store.hearing import HEARD


class AskKind(StrEnum):
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
    id: bytes
    subject: bytes
    brand: str
    kind: AskKind
    of: bytes
    sender: str
    body_sealed: bytes
    by: datetime


_PUT = text("""
    INSERT INTO ask (id, subject, kind, of, sender, language, body_sealed, state, not_before, by)
    VALUES (:id, :subject, :kind, :of, :sender, :language, :body_sealed, 'ready', :not_before, :by)
    ON CONFLICT (of, kind) DO NOTHING
""")
# Index: ask_subject. A reminder belongs to its question.
_ASKED = text("""
    SELECT not_before FROM ask WHERE subject = :subject AND kind = 'confirm' AND state <> 'dropped'
""")
# Index: ask_subject. Also one whose outcome nobody knows: whoever answers has read it.
_ANSWERABLE = text("""
    SELECT of FROM ask
    WHERE subject = :subject AND kind = :kind AND state IN ('calling', 'accepted', 'unknown')
""")
# Index: ask_waiting. No locks: an ask may be gone when it is claimed.
_DUE = text(f"""
    SELECT ask.id, ask.subject FROM ask
    WHERE ask.state = 'ready' AND ask.not_before <= clock_timestamp() AND {HEARD}
    ORDER BY ask.not_before
    LIMIT :most
""")
_TAKE = text("""
    SELECT ask.id, ask.subject, subject.brand, ask.kind, ask.of, sender.address AS sender, ask.body_sealed, ask.by
    FROM ask
    JOIN subject ON subject.id = ask.subject
    JOIN sender ON sender.id = ask.sender
    WHERE ask.id = ANY(CAST(:ids AS bytea[])) AND ask.state = 'ready'
    ORDER BY ask.id
    FOR NO KEY UPDATE OF ask
""")
_CLAIM = text("""
    UPDATE ask SET state = 'claimed', leaf = :leaf, leased_until = :leased_until WHERE id = :id
""")
_DROP = text(
    "UPDATE ask SET state = 'dropped' WHERE id = ANY(CAST(:ids AS bytea[])) AND state IN ('ready', 'claimed')"
)
_DEFER = text("UPDATE ask SET not_before = :not_before WHERE id = :id AND state = 'ready'")
# The sealed entry is joined: what is not sealed cannot be called.
_ALLOW = text(f"""
    UPDATE ask SET state = 'calling', called_at = clock_timestamp()
    FROM subject, entry
    WHERE ask.id = :id AND ask.state = 'claimed'
      AND ask.leased_until > clock_timestamp() AND ask.by > clock_timestamp()
      AND entry.leaf = ask.leaf AND {HEARD}
      AND subject.id = ask.subject AND subject.suppressed_at IS NULL AND subject.held_at IS NULL
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
# Index: ask_waiting. A call ends, one way or the other, long before a minute is over.
_LOST = text("""
    SELECT id, subject, state FROM ask
    WHERE (state = 'claimed' AND leased_until <= clock_timestamp())
       OR (state = 'calling' AND called_at <= clock_timestamp() - interval '1 minute')
    ORDER BY id
    FOR NO KEY UPDATE SKIP LOCKED
""")


async def put(connection: Connection, new: NewAsk) -> None:
    """Leaves an ask to be sent; one that was there for this event and kind stays as it is."""
    await run(
        connection,
        _PUT,
        id=new.id,
        subject=new.subject,
        kind=new.kind.value,
        of=new.of,
        sender=new.sender,
        language=new.language,
        body_sealed=new.body_sealed,
        not_before=new.not_before,
        by=new.by,
    )


async def asked(connection: Connection, subject: bytes) -> list[datetime]:
    """When a locked subject was asked to confirm something."""
    return [row.not_before for row in await fetch(connection, _ASKED, subject=subject)]


async def answerable(connection: Connection, subject: bytes, kind: AskKind) -> set[bytes]:
    """The leaf hashes of events that a locked subject was asked about."""
    rows = await fetch(connection, _ANSWERABLE, subject=subject, kind=kind.value)
    return {bytes(row.of) for row in rows}


async def due(connection: Connection, most: int) -> dict[bytes, bytes]:
    """Ask id → subject of those whose time has come; none while we may have missed what people texted."""
    return {bytes(row.id): bytes(row.subject) for row in await fetch(connection, _DUE, most=most)}


async def take(connection: Connection, ids: Sequence[bytes]) -> list[DueAsk]:
    """Locks those that are still ready; their subjects are locked already."""
    return [
        DueAsk(**{**row._asdict(), "kind": AskKind(row.kind)})
        for row in await fetch(connection, _TAKE, ids=list(ids))
    ]


async def claim(connection: Connection, id: bytes, leaf: int, leased_until: datetime) -> None:
    await run(connection, _CLAIM, id=id, leaf=leaf, leased_until=leased_until)


async def drop(connection: Connection, id: bytes) -> None:
    """What may not go any more."""
    await run(connection, _DROP, id=id)


async def defer(connection: Connection, id: bytes, not_before: datetime) -> None:
    await run(connection, _DEFER, id=id, not_before=not_before)


async def allow(connection: Connection, id: bytes) -> bool:
    """`claimed → calling`, if it is sealed and its locked subject has not said no meanwhile."""
    return bool(await run(connection, _ALLOW, id=id))


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
