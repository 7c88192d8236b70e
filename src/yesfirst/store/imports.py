"""An import under way: rows that were read and wait for their like, and how each row ended."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy
from sqlalchemy import text

from yesfirst.store.engine import Connection, Engine, fetch, fetch_one, run

_PAGE = 2_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import got, and the instant by which all of its rows are judged."""

    rows_read: int
    all_read: bool
    started_at: datetime


@dataclass(frozen=True, slots=True)
class StagedRow:
    """A row that was read; `person_sealed` is what it says, under the import's key."""

    line: int
    lookup: bytes
    person_sealed: bytes


@dataclass(frozen=True, slots=True)
class EndedRow:
    line: int
    outcome: str
    reason: str | None = None
    header: str | None = None
    hint: str | None = None


# A lock of the transaction, which does nothing else and may idle for as long as the import takes.
_HOLD = text("""
    SELECT pg_try_advisory_xact_lock(:key) AS held, set_config('idle_in_transaction_session_timeout', '0', TRUE)
""")
_BEGIN = text("""
    INSERT INTO import (id, rows_read, all_read, started_at, brand, dry_run)
    VALUES (:id, 0, FALSE, COALESCE(CAST(:now AS timestamptz), clock_timestamp()), :brand, :dry_run)
    ON CONFLICT (id) DO UPDATE SET id = excluded.id
    RETURNING rows_read, all_read, started_at
""")
_MOVE = text("UPDATE import SET rows_read = :rows_read WHERE id = :id")
_ALL_READ = text("UPDATE import SET all_read = TRUE WHERE id = :id")
_STAGE = text("""
    INSERT INTO import_row (import, line, lookup, person_sealed)
    SELECT :id, line, lookup, person
    FROM unnest(CAST(:lines AS int[]), CAST(:lookups AS bytea[]), CAST(:people AS bytea[])) AS t (line, lookup, person)
""")
_END_ROWS = text("""
    INSERT INTO import_result (import, line, outcome, reason, header, hint)
    SELECT :id, line, outcome, reason, header, hint
    FROM unnest(
        CAST(:lines AS int[]), CAST(:outcomes AS text[]), CAST(:reasons AS text[]), CAST(:headers AS text[]),
        CAST(:hints AS text[])
    ) AS t (line, outcome, reason, header, hint)
""")
# Whole groups: all staged rows of the next numbers, by the index on (import, lookup). `after` spares the index
# the rows that were taken before; the array makes the planner use it, whatever it thinks of a new table.
_TAKE = text("""
    DELETE FROM import_row
    WHERE import = :id AND lookup = ANY (ARRAY(
        SELECT DISTINCT lookup FROM import_row WHERE import = :id AND lookup > :after ORDER BY lookup LIMIT :numbers
    ))
    RETURNING line, lookup, person_sealed
""")
_RESULTS = text("""
    SELECT line, outcome, reason, header, hint FROM import_result
    WHERE import = :id ORDER BY line
""")
_COUNTS = text("""
    SELECT outcome, reason, count(*) AS rows FROM import_result WHERE import = :id GROUP BY outcome, reason
""")
_STAGED = text("SELECT count(*) AS rows FROM import_row WHERE import = :id")
_FORGET = tuple(
    text(f"DELETE FROM {table} WHERE {key} = :id")
    for table, key in (("import_row", "import"), ("import_result", "import"), ("import", "id"))
)


@asynccontextmanager
async def holding(engine: Engine, id: bytes) -> AsyncIterator[bool]:
    """Keeps an import to one process while the block lasts; False where another has it.

    The lock ends with the block, however that ends, and with the connection when the process dies.
    """
    async with engine.connect() as connection:
        row = await fetch_one(connection, _HOLD, key=int.from_bytes(id[:8], "big", signed=True))
        yield bool(row and row.held)


async def begin(
    connection: Connection, id: bytes, now: datetime | None, brand: str | None, dry_run: bool
) -> Progress:
    """How far an import got; a new one starts at `now`, or at the time of the database's clock.

    With a `brand` its results are kept after its end.
    """
    row = await fetch_one(connection, _BEGIN, id=id, now=now, brand=brand, dry_run=dry_run)
    if row is None:
        raise AssertionError("an upsert gives its row")
    return Progress(row.rows_read, row.all_read, row.started_at)


async def stage(
    connection: Connection,
    id: bytes,
    rows: Sequence[StagedRow],
    ended: Sequence[EndedRow],
    rows_read: int,
) -> None:
    """Keeps what was read, and that reading got as far as row `rows_read`."""
    await run(
        connection,
        _STAGE,
        id=id,
        lines=[row.line for row in rows],
        lookups=[row.lookup for row in rows],
        people=[row.person_sealed for row in rows],
    )
    await end_rows(connection, id, ended)
    await run(connection, _MOVE, id=id, rows_read=rows_read)


async def finish_reading(connection: Connection, id: bytes) -> None:
    await run(connection, _ALL_READ, id=id)


async def take(connection: Connection, id: bytes, after: bytes, numbers: int) -> list[StagedRow]:
    """Takes all rows about the next `numbers` numbers, by look-up hash, off the stage; none when it is empty."""
    return [
        StagedRow(row.line, row.lookup, row.person_sealed)
        for row in await fetch(connection, _TAKE, id=id, after=after, numbers=numbers)
    ]


async def end_rows(connection: Connection, id: bytes, ended: Sequence[EndedRow]) -> None:
    if ended:
        await run(
            connection,
            _END_ROWS,
            id=id,
            lines=[row.line for row in ended],
            outcomes=[row.outcome for row in ended],
            reasons=[row.reason for row in ended],
            headers=[row.header for row in ended],
            hints=[row.hint for row in ended],
        )


async def staged(connection: Connection, id: bytes) -> int:
    row = await fetch_one(connection, _STAGED, id=id)
    return row.rows if row else 0


async def results(connection: Connection, id: bytes, write: Callable[[Iterator[EndedRow]], None]) -> None:
    """Hands `write` how every row ended, by line, page by page from a cursor: memory stays flat."""

    def page_through(connection: sqlalchemy.Connection) -> None:
        rows = connection.execution_options(yield_per=_PAGE).execute(_RESULTS, {"id": id})
        write(EndedRow(row.line, row.outcome, row.reason, row.header, row.hint) for row in rows)

    await connection.run_sync(page_through)


async def counts(connection: Connection, id: bytes) -> list[tuple[str, str | None, int]]:
    """(outcome, reason, rows)."""
    return [(row.outcome, row.reason, row.rows) for row in await fetch(connection, _COUNTS, id=id)]


async def forget(connection: Connection, id: bytes) -> None:
    """Removes an import's working rows."""
    for statement in _FORGET:
        await run(connection, statement, id=id)
