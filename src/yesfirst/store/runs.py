"""Campaigns and their runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Row, text

from yesfirst.store.engine import Connection, fetch, fetch_one, run


class RunState(StrEnum):
    """planned → approved → running ⇄ paused → finished; cancelled from any but finished.

    A cancelled run is over (`finished_at`) when nothing of it is in hand any more.
    """

    PLANNED = "planned"
    APPROVED = "approved"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as stored. `content` and `audience` are SHA-256 digests; `declared` the frozen campaign as JSON."""

    id: bytes
    campaign: str
    brand: str
    purpose: str
    sender: str
    state: RunState
    declared: bytes
    content: bytes
    audience: bytes
    counts: dict[str, int]
    lanes: int
    pace: int
    opens: datetime
    closes: datetime
    planned_by_sealed: bytes
    approved_by_sealed: bytes | None
    planned_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


_INSERT_RUN = text("""
    INSERT INTO run (id, campaign, brand, purpose, sender, state, declared, content, audience, counts, lanes, pace,
                     opens, closes, planned_by_sealed, planned_at)
    VALUES (:id, :campaign, :brand, :purpose, :sender, 'planned', CAST(:declared AS jsonb), :content, :audience,
            CAST(:counts AS jsonb), :lanes, :pace, :opens, :closes, :planned_by, :planned_at)
""")
_INSERT_LANES = text("""
    INSERT INTO lane (run, lane, cursor) SELECT :run, lane, -1 FROM generate_series(0, :lanes - 1) AS lane
""")
_RUN = text("SELECT *, declared::text AS json FROM run WHERE id = :id")
_LOCK_RUN = text("SELECT *, declared::text AS json FROM run WHERE id = :id FOR NO KEY UPDATE")
_OPEN_RUNS = text("""
    SELECT *, declared::text AS json FROM run
    WHERE state IN ('running', 'paused') OR (state = 'cancelled' AND finished_at IS NULL)
    ORDER BY started_at
""")
_SEEN_RUNS = text("""
    SELECT *, declared::text AS json FROM run
    WHERE started_at IS NOT NULL
      AND (finished_at IS NULL OR finished_at > clock_timestamp() - CAST(:since AS interval))
    ORDER BY started_at
""")
_ALL_RUNS = text("SELECT *, declared::text AS json FROM run ORDER BY planned_at DESC LIMIT :most")
# A page begins after the last run of the one before; its place is looked up, so that a cursor is a run's id.
_PAGE = text("""
    SELECT *, declared::text AS json FROM run
    WHERE (CAST(:brand AS text) IS NULL OR brand = :brand)
      AND (CAST(:after AS bytea) IS NULL
           OR (planned_at, id) < (SELECT planned_at, id FROM run AS last WHERE last.id = :after))
    ORDER BY planned_at DESC, id DESC LIMIT :most
""")
# Two are enough to know that a beginning is not the beginning of one.
_BETWEEN = text("SELECT id FROM run WHERE id BETWEEN :low AND :high ORDER BY id LIMIT 2")
_MOVE = text("""
    UPDATE run
    SET state = :state,
        started_at = CASE WHEN :state = 'running' THEN coalesce(started_at, clock_timestamp()) ELSE started_at END
    WHERE id = :id
""")
_FINISH = text("""
    UPDATE run
    SET state = CASE WHEN state = 'cancelled' THEN state ELSE 'finished' END, finished_at = clock_timestamp()
    WHERE id = :id
""")
# Held until the commit: of two plans of one campaign at once the second sees the first, and cancels it.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('plan of ' || :campaign, 0))")
_CANCEL_UNSTARTED = text("""
    UPDATE run SET state = 'cancelled' WHERE campaign = :campaign AND state IN ('planned', 'approved')
""")
_APPROVE = text("UPDATE run SET state = 'approved', approved_by_sealed = :approved_by WHERE id = :id")


@dataclass(frozen=True, slots=True)
class NewRun:
    id: bytes
    campaign: str
    brand: str
    purpose: str
    sender: str
    declared: bytes
    content: bytes
    audience: bytes
    counts: Mapping[str, int]
    lanes: int
    pace: int
    opens: datetime
    closes: datetime
    planned_by: bytes
    planned_at: datetime


async def insert(connection: Connection, new: NewRun) -> None:
    await run(
        connection,
        _INSERT_RUN,
        id=new.id,
        campaign=new.campaign,
        brand=new.brand,
        purpose=new.purpose,
        sender=new.sender,
        declared=new.declared.decode(),
        content=new.content,
        audience=new.audience,
        counts=msgspec.json.encode(new.counts).decode(),
        lanes=new.lanes,
        pace=new.pace,
        opens=new.opens,
        closes=new.closes,
        planned_by=new.planned_by,
        planned_at=new.planned_at,
    )
    await run(connection, _INSERT_LANES, run=new.id, lanes=new.lanes)


async def get(connection: Connection, run_id: bytes, *, lock: bool = False) -> StoredRun | None:
    row = await fetch_one(connection, _LOCK_RUN if lock else _RUN, id=run_id)
    return _stored(row) if row else None


async def open_runs(connection: Connection) -> list[StoredRun]:
    """Runs that have started and not ended, and cancelled ones that may have something in hand."""
    return [_stored(row) for row in await fetch(connection, _OPEN_RUNS)]


async def seen(connection: Connection, since: timedelta) -> list[StoredRun]:
    """Runs that have started, and not ended longer ago than `since`."""
    return [_stored(row) for row in await fetch(connection, _SEEN_RUNS, since=since)]


async def newest(connection: Connection, most: int) -> Sequence[StoredRun]:
    return [_stored(row) for row in await fetch(connection, _ALL_RUNS, most=most)]


async def page(
    connection: Connection, brand: str | None, after: bytes | None, most: int
) -> Sequence[StoredRun]:
    """At most so many runs, the newest first, of one brand or of all; those planned before the run `after`."""
    return [_stored(row) for row in await fetch(connection, _PAGE, brand=brand, after=after, most=most)]


async def between(connection: Connection, low: bytes, high: bytes) -> list[bytes]:
    """The ids of at most two runs in a closed interval of ids."""
    return [bytes(row.id) for row in await fetch(connection, _BETWEEN, low=low, high=high)]


async def move(connection: Connection, run_id: bytes, state: RunState) -> None:
    await run(connection, _MOVE, id=run_id, state=state.value)


async def finish(connection: Connection, run_id: bytes) -> None:
    """A run of which nothing is left to do: a cancelled one stays cancelled, any other is finished."""
    await run(connection, _FINISH, id=run_id)


async def cancel_unstarted(connection: Connection, campaign: str) -> None:
    """Of the plans of a campaign that never started only the next one counts; one is made at a time."""
    await fetch_one(connection, _ONE_AT_A_TIME, campaign=campaign)
    await run(connection, _CANCEL_UNSTARTED, campaign=campaign)


async def approve(connection: Connection, run_id: bytes, approved_by: bytes) -> None:
    await run(connection, _APPROVE, id=run_id, approved_by=approved_by)


def _stored(row: Row[Any]) -> StoredRun:
    values = {name: getattr(row, name) for name in StoredRun.__slots__}
    values["state"] = RunState(values["state"])
    values["declared"] = row.json.encode()
    return StoredRun(**values)
