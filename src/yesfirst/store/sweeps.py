"""What sweeps look for: messages whose worker died, whose time has come, or whose run is over.

Each query names one run, reads it by the primary key (run, …), and is meant to be called about once a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from yesfirst.store.engine import Connection, fetch, fetch_one, run


@dataclass(frozen=True, slots=True)
class Overdue:
    id: bytes
    subject: bytes


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A hand-over with unknown outcome: what is needed to find it on the carrier's list."""

    id: bytes
    subject: bytes
    phone_sealed: bytes
    body_sealed: bytes
    wrapped_key: bytes
    called_at: datetime
    by: datetime
    receipt: str | None


_OVERDUE = text("""
    SELECT id, subject FROM message
    WHERE run = :run AND state = :state AND by < clock_timestamp() - CAST(:grace AS interval)
    ORDER BY id LIMIT 1000
""")
_UNRESOLVED = text("""
    SELECT message.id, message.subject, subject.phone_sealed, message.body_sealed,
           subject_key.wrapped AS wrapped_key, message.called_at, message.by, message.receipt
    FROM message
    JOIN subject ON subject.id = message.subject
    JOIN keystore.subject_key ON subject_key.subject = message.subject
    WHERE message.run = :run AND message.state = 'unknown'
      AND (message.receipt IS NOT NULL OR message.by < clock_timestamp() - CAST(:grace AS interval))
    ORDER BY message.id LIMIT 100
""")
_WAKE = text("""
    WITH due AS (
        SELECT id FROM message
        WHERE run = :run AND state = 'deferred' AND not_before <= clock_timestamp()
        ORDER BY id LIMIT 10000
        FOR NO KEY UPDATE
    ), woken AS (
        UPDATE message SET state = 'ready', not_before = NULL, reason = NULL
        FROM due WHERE message.id = due.id
        RETURNING message.lane, message.position
    )
    UPDATE lane SET cursor = least(cursor, first.position - 1)
    FROM (SELECT lane, min(position) AS position FROM woken GROUP BY lane) AS first
    WHERE lane.run = :run AND lane.lane = first.lane
""")
# A cursor that has passed a message which is ready is moved back, whatever made it pass.
_LANES_DUE = text("""
    WITH ready AS (
        SELECT lane, min(position) AS position FROM message
        WHERE run = :run AND state = 'ready' GROUP BY lane
    ), rewound AS (
        UPDATE lane SET cursor = ready.position - 1
        FROM ready WHERE lane.run = :run AND lane.lane = ready.lane AND lane.cursor >= ready.position
    )
    SELECT lane FROM ready ORDER BY lane
""")
_END = text("""
    WITH ended AS (
        SELECT id FROM message
        WHERE run = :run AND state IN ('ready', 'deferred', 'review')
        ORDER BY id
        FOR NO KEY UPDATE
    )
    UPDATE message SET state = :state FROM ended WHERE message.id = ended.id
""")
_OPEN_STATES = text("""
    SELECT EXISTS (SELECT FROM message WHERE run = :run AND state = ANY(CAST(:states AS text[]))) AS any
""")


async def overdue(connection: Connection, run_id: bytes, state: str, grace: timedelta) -> list[Overdue]:
    """Messages in `state` whose deadline passed more than `grace` ago."""
    rows = await fetch(connection, _OVERDUE, run=run_id, state=state, grace=grace)
    return [Overdue(row.id, row.subject) for row in rows]


async def unresolved(connection: Connection, run_id: bytes, grace: timedelta) -> list[Unresolved]:
    """Unknown outcomes with a receipt, which settles them, or whose deadline passed more than `grace` ago."""
    rows = await fetch(connection, _UNRESOLVED, run=run_id, grace=grace)
    return [Unresolved(**{name: getattr(row, name) for name in Unresolved.__slots__}) for row in rows]


async def wake(connection: Connection, run_id: bytes) -> None:
    """`deferred → ready` for those whose time has come."""
    await run(connection, _WAKE, run=run_id)


async def lanes_due(connection: Connection, run_id: bytes) -> list[int]:
    """The lanes of a run that hold a ready message."""
    return [row.lane for row in await fetch(connection, _LANES_DUE, run=run_id)]


async def end(connection: Connection, run_id: bytes, state: str) -> int:
    """What has not been claimed ends as `state` (window_closed or cancelled); how many."""
    return await run(connection, _END, run=run_id, state=state)


async def has_any(connection: Connection, run_id: bytes, states: Sequence[str]) -> bool:
    row = await fetch_one(connection, _OPEN_STATES, run=run_id, states=list(states))
    return bool(row and row.any)
