"""Until when all that people texted has been taken in: one row, which gates every hand-over.

Invariants: `heard_until` moves on only over time that somebody vouches for, a web process that has served all of it or
whoever has read the carrier's list; what nobody vouches for stays a gap. While there is no row nobody has begun to
listen, so nothing can have been missed. Changed last in a transaction: nothing is locked after this row.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from yesfirst.store.engine import Connection, fetch_one, run

WAIT_SECONDS = 15
"""How old `heard_until` may be while people are texted: as long as Twilio waits for the answer to a reply."""

# In the same statement as what it gates, so that it holds for any number of processes. It depends on no row of the
# outer query: PostgreSQL asks once per statement. Index: the primary key of one row.
HEARD = f"""NOT EXISTS (
    SELECT FROM hearing WHERE hearing.heard_until <= clock_timestamp() - interval '{WAIT_SECONDS} seconds'
)"""


@dataclass(frozen=True, slots=True)
class Hearing:
    """How well we hear; `age` and `list_age` are seconds since `heard_until` and `listed_until`."""

    heard_until: datetime
    listed_until: datetime
    age: float
    list_age: float
    missed: int
    missed_at: datetime | None
    opted_out: int
    opted_out_at: datetime | None


_READ = text("""
    SELECT hearing.*,
           extract(epoch FROM clock_timestamp() - heard_until)::float8 AS age,
           extract(epoch FROM clock_timestamp() - listed_until)::float8 AS list_age
    FROM hearing WHERE id = 1
""")
_BEGIN = text("""
    INSERT INTO hearing (id, heard_until, listed_until) VALUES (1, :now, :now) ON CONFLICT (id) DO NOTHING
""")
_SERVED = text("""
    INSERT INTO hearing (id, heard_until, listed_until) VALUES (1, :now, :now)
    ON CONFLICT (id) DO UPDATE SET heard_until = :now WHERE hearing.heard_until >= :since
""")
_LISTED = text("""
    UPDATE hearing
    SET heard_until = greatest(heard_until, CAST(:heard AS timestamptz)), listed_until = greatest(listed_until, :listed)
    WHERE id = 1
""")
_IS_HEARD = text(f"SELECT {HEARD} AS heard")
_COUNT_MISSED = text("UPDATE hearing SET missed = missed + 1, missed_at = :at WHERE id = 1")
_COUNT_OPTED_OUT = text("UPDATE hearing SET opted_out = opted_out + 1, opted_out_at = :at WHERE id = 1")


async def read(connection: Connection) -> Hearing | None:
    """None while nobody has begun to listen."""
    row = await fetch_one(connection, _READ)
    return Hearing(**{name: getattr(row, name) for name in Hearing.__slots__}) if row else None


async def begin(connection: Connection, now: datetime) -> None:
    """An installation that listens for the first time begins now."""
    await run(connection, _BEGIN, now=now)


async def served(connection: Connection, since: datetime, now: datetime) -> None:
    """A web process has taken in everything from `since` until `now`; before a gap that doesn't help."""
    await run(connection, _SERVED, since=since, now=now)


async def listed(connection: Connection, until: datetime, heard: datetime | None) -> None:
    """The carrier's list was read until `until`; and, unless None, all of it until `heard`."""
    await run(connection, _LISTED, listed=until, heard=heard)


async def is_heard(connection: Connection) -> bool:
    """Whether people may be texted as far as hearing them goes."""
    row = await fetch_one(connection, _IS_HEARD)
    return bool(row and row.heard)


async def count_missed(connection: Connection, at: datetime) -> None:
    """One text more that only the carrier's list knew."""
    await run(connection, _COUNT_MISSED, at=at)


async def count_opted_out(connection: Connection, at: datetime) -> None:
    """One person more whom the carrier had on its list of opt-outs, and we had not."""
    await run(connection, _COUNT_OPTED_OUT, at=at)
