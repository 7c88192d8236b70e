"""What keeps a migration from standing in the way of those who work.

A statement that waits for a table's lock makes everybody who comes after it wait too, STOPs among them, and Twilio
gives up on a STOP after 15 seconds. So a migration waits for a lock only briefly, lets the queue behind it go, and
tries again; what runs for long while it holds locks is cancelled. One migrates at a time.

Limits come with the session (`limits`), so that RESET brings them back. Known gap: a pooler that shares sessions
between transactions refuses them; migrate past it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from sqlalchemy import text

from yesfirst.errors import Refused
from yesfirst.store.engine import Connection, Engine, fetch, fetch_one


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a migration waits for a lock, in seconds, how often, and with which pause for the others."""

    wait: int = 3
    attempts: int = 5
    pause: float = 2


PATIENCE = Patience()
# https://www.postgresql.org/docs/15/errcodes-appendix.html
NO_LOCK, CANCELLED = "55P03", "57014"
_STATEMENT_SECONDS = 10  # while locks are held; below the 15 that Twilio waits for the answer to a STOP
_TURN = 0x796573666972  # any number that nobody else locks
_LOOK_SECONDS = 0.25

_TAKE_TURN = text("SELECT pg_try_advisory_lock(:turn) AS taken, pg_backend_pid() AS pid")
# The locks of a bigint show its halves as classid and objid, and objsubid 1.
_WHO_HAS_IT = text("""
    SELECT pid, application_name AS name, extract(epoch FROM clock_timestamp() - backend_start)::int AS seconds
    FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (classid::bigint << 32) | objid::bigint = :turn
""")
# Other users' sessions show no times to whoever may not see them. The query is left out: it may hold data.
_WHO_BLOCKS = text("""
    SELECT pid, application_name AS name, extract(epoch FROM clock_timestamp() - xact_start)::int AS seconds
    FROM pg_stat_activity WHERE pid = ANY (pg_blocking_pids(:waiting)) ORDER BY xact_start NULLS LAST
""")


@dataclass(frozen=True, slots=True)
class Session:
    """A session of the database: its process there, the name it gave itself, seconds that its work has taken."""

    pid: int
    name: str
    seconds: int | None

    def __str__(self) -> str:
        age = "for a time that is not ours to see" if self.seconds is None else f"for {self.seconds} s"
        return f"process {self.pid} ({self.name or 'without a name'}), {age}"


def limits(patience: Patience) -> dict[str, str]:
    """The server settings of a session that migrates."""
    return {"lock_timeout": f"{patience.wait}s", "statement_timeout": f"{_STATEMENT_SECONDS}s"}


async def take_turn(connection: Connection, patience: Patience) -> int:
    """Makes this session the only one that migrates, until it ends; its process id in the database.

    Asks again and again instead of waiting: who waits in a statement holds a snapshot, and an index that is being
    built CONCURRENTLY would wait for it forever. Raises Refused (MIGRATION_RUNNING).
    """
    for _ in range(patience.attempts):
        row = await fetch_one(connection, _TAKE_TURN, turn=_TURN)
        await connection.commit()
        assert row is not None
        if row.taken:
            return int(row.pid)
        await asyncio.sleep(patience.pause)
    others = [
        Session(row.pid, row.name, row.seconds) for row in await fetch(connection, _WHO_HAS_IT, turn=_TURN)
    ]
    raise Refused(
        "MIGRATION_RUNNING",
        f"The database is being migrated already by {_told(others)}.",
        "Wait until that has ended, then run `yesfirst migrate` again: it goes on from where the other stopped.",
    )


@contextmanager
def outside_transaction() -> Iterator[None]:
    """For a revision: CREATE INDEX CONCURRENTLY and the like, which take long and stand in nobody's way.

    No limits hold in here. What came before is committed, so a revision with such a block does nothing else; and
    since an index whose building was interrupted stays behind, invalid, it begins with DROP INDEX CONCURRENTLY IF
    EXISTS.
    """
    from alembic import op

    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        op.execute("SET statement_timeout = 0")
        try:
            yield
        finally:
            op.execute("RESET lock_timeout")
            op.execute("RESET statement_timeout")


@asynccontextmanager
async def watching(engine: Engine, pid: int) -> AsyncIterator[list[Session]]:
    """The sessions that last held up the session `pid`, kept up to date meanwhile."""
    seen: list[Session] = []
    over = asyncio.Event()
    watch = asyncio.create_task(_watch(engine, pid, seen, over))
    try:
        yield seen
    finally:
        over.set()
        await watch


async def _watch(engine: Engine, pid: int, seen: list[Session], over: asyncio.Event) -> None:
    async with engine.connect() as connection:
        while not over.is_set():
            if rows := await fetch(connection, _WHO_BLOCKS, waiting=pid):
                seen[:] = [Session(row.pid, row.name, row.seconds) for row in rows]
            await connection.rollback()
            try:
                await asyncio.wait_for(over.wait(), _LOOK_SECONDS)
            except TimeoutError:
                continue


def blocked(by: list[Session], patience: Patience) -> Refused:
    return Refused(
        "MIGRATION_BLOCKED",
        f"A table that the migration changes is locked by {_told(by)}; it tried {patience.attempts} times"
        f" for {patience.wait} s and let everybody else go first.",
        "Let that work end, or end it with `SELECT pg_terminate_backend(PROCESS)`, then run `yesfirst migrate`"
        " again. Revisions that were complete stay, the one that waited left nothing.",
    )


def too_slow() -> Refused:
    return Refused(
        "MIGRATION_SLOW",
        f"A statement of the migration held locks for more than {_STATEMENT_SECONDS} s, and was cancelled.",
        "Stop the processes, or choose a quieter hour, and run `yesfirst migrate` again. Revisions that were"
        " complete stay, the one that was cancelled left nothing.",
    )


def _told(sessions: list[Session]) -> str:
    return "; ".join(map(str, sessions)) or "a session that has ended since"
