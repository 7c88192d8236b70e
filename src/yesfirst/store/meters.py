"""What the database can tell about how it goes: the log, the oldest messages under way, who is connected.

Numbers only. Each query is cheap enough to be asked every few seconds.
"""

from dataclasses import dataclass

from sqlalchemy import text

from yesfirst.store.engine import SESSIONS, Connection, fetch, fetch_one


@dataclass(frozen=True, slots=True)
class LogMeter:
    """The log's size in leaves, how many leaves wait for their seal, and for how many seconds the oldest has."""

    size: int
    pending: int
    oldest: float


@dataclass(frozen=True, slots=True)
class Sessions:
    """A part's sessions with the database, and how many seconds ago one of them last began or ended something."""

    part: str
    count: int
    silent: float


@dataclass(frozen=True, slots=True)
class ReviewMeter:
    """How many of a kind wait for somebody to read them, and for how many seconds the oldest has."""

    kind: str
    open: int
    oldest: float


# A leaf has no column for its time: it is read from the one body. The smallest id may not be the very oldest, by
# the length of a transaction.
_LOG = text("""
    SELECT head.size,
           (SELECT count(*) FROM pending) AS pending,
           coalesce((
               SELECT greatest(0, extract(epoch FROM
                   clock_timestamp() - CAST(CAST(convert_from(leaf.body, 'UTF8') AS jsonb) ->> 'at' AS timestamptz)))
               FROM leaf WHERE leaf.id = (SELECT min(pending.leaf) FROM pending)
           ), 0)::float8 AS oldest
    FROM head WHERE id = 1
""")
# Index: the primary key (run, …).
_OLDEST = text("""
    SELECT state,
           greatest(0, extract(epoch FROM
               clock_timestamp() - min(CASE state WHEN 'deferred' THEN not_before ELSE called_at END)
           ))::float8 AS seconds
    FROM message
    WHERE run = :run AND state IN ('deferred', 'calling', 'unknown')
    GROUP BY state
    ORDER BY state
""")
_SESSIONS = text("""
    SELECT substr(application_name, length(:beginning) + 1) AS part, count(*) AS sessions,
           greatest(0, extract(epoch FROM clock_timestamp() - max(state_change)))::float8 AS silent
    FROM pg_stat_activity
    WHERE datname = current_database() AND starts_with(application_name, :beginning) AND state_change IS NOT NULL
    GROUP BY application_name
    ORDER BY application_name
""")
_SESSIONS_HERE = text("""
    SELECT count(*) AS sessions,
           coalesce(greatest(0, extract(epoch FROM clock_timestamp() - max(state_change))), 0)::float8 AS silent
    FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = :name AND state_change IS NOT NULL
      AND client_addr IS NOT DISTINCT FROM inet_client_addr()
""")


# Index: review_open.
_REVIEWS = text("""
    SELECT kind, count(*) AS open,
           greatest(0, extract(epoch FROM clock_timestamp() - min(at)))::float8 AS oldest
    FROM review WHERE resolved_at IS NULL GROUP BY kind ORDER BY kind
""")


async def log(connection: Connection) -> LogMeter:
    row = await fetch_one(connection, _LOG)
    return LogMeter(row.size, row.pending, row.oldest) if row else LogMeter(0, 0, 0.0)


async def oldest(connection: Connection, run_id: bytes) -> dict[str, float]:
    """Seconds, by state: since the oldest call began, or since the first deferral should have ended."""
    return {row.state: row.seconds for row in await fetch(connection, _OLDEST, run=run_id)}


async def open_reviews(connection: Connection) -> list[ReviewMeter]:
    """By kind, those of which any wait."""
    return [ReviewMeter(row.kind, row.open, row.oldest) for row in await fetch(connection, _REVIEWS)]


async def sessions(connection: Connection) -> list[Sessions]:
    """Our sessions by part, as far as their database user is ours as well."""
    rows = await fetch(connection, _SESSIONS, beginning=SESSIONS)
    return [Sessions(row.part, row.sessions, row.silent) for row in rows]


async def sessions_here(connection: Connection, part: str) -> Sessions:
    """A part's sessions that come from the address that we come from: this machine's, or this container's."""
    row = await fetch_one(connection, _SESSIONS_HERE, name=SESSIONS + part)
    return Sessions(part, row.sessions, row.silent) if row else Sessions(part, 0, 0.0)
