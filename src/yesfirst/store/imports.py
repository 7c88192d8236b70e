"""An import under way: rows that were read and wait for their like, and how each row ended."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from yesfirst.store.engine import Connection, fetch, fetch_one, run


@dataclass(frozen=True, slots=True)
class Progress:
    rows_read: int
    all_read: bool


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
    reason: str | None
    header: str | None


_HOLD = text("SELECT pg_try_advisory_lock(:key) AS held")
_BEGIN = text("""
    INSERT INTO import (id, rows_read, all_read, started_at) VALUES (:id, 0, FALSE, clock_timestamp())
    ON CONFLICT (id) DO NOTHING
""")
_PROGRESS = text("SELECT rows_read, all_read FROM import WHERE id = :id")
_MOVE = text("UPDATE import SET rows_read = :rows_read, all_read = :all_read WHERE id = :id")
_STAGE = text("""
    INSERT INTO import_row (import, line, lookup, person_sealed)
    SELECT :id, line, lookup, person
    FROM unnest(CAST(:lines AS int[]), CAST(:lookups AS bytea[]), CAST(:people AS bytea[])) AS t (line, lookup, person)
""")
_END_ROWS = text("""
    INSERT INTO import_result (import, line, outcome, reason, header)
    SELECT :id, line, outcome, reason, header
    FROM unnest(
        CAST(:lines AS int[]), CAST(:outcomes AS text[]), CAST(:reasons AS text[]), CAST(:headers AS text[])
    ) AS t (line, outcome, reason, header)
""")
# Whole groups: all staged rows of the next numbers, by the index on (import, lookup).
_TAKE = text("""
    WITH next AS (
        SELECT DISTINCT lookup FROM import_row WHERE import = :id ORDER BY lookup LIMIT :numbers
    )
    DELETE FROM import_row USING next
    WHERE import_row.import = :id AND import_row.lookup = next.lookup
    RETURNING import_row.line, import_row.lookup, import_row.person_sealed
""")
_RESULTS = text("""
    SELECT line, outcome, reason, header FROM import_result
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


async def hold(connection: Connection, id: bytes) -> bool:
    """Takes this import for the life of the connection; False while another process has it."""
    row = await fetch_one(connection, _HOLD, key=int.from_bytes(id[:8], "big", signed=True))
    return bool(row and row.held)


async def begin(connection: Connection, id: bytes) -> Progress:
    """How far an import of this file with these options got; from the start if it is new."""
    await run(connection, _BEGIN, id=id)
    row = await fetch_one(connection, _PROGRESS, id=id)
    return Progress(row.rows_read, row.all_read) if row else Progress(0, False)


async def stage(
    connection: Connection,
    id: bytes,
    rows: Sequence[StagedRow],
    ended: Sequence[EndedRow],
    progress: Progress,
) -> None:
    """Keeps what was read, and how far reading got."""
    await run(
        connection,
        _STAGE,
        id=id,
        lines=[row.line for row in rows],
        lookups=[row.lookup for row in rows],
        people=[row.person_sealed for row in rows],
    )
    await end_rows(connection, id, ended)
    await run(connection, _MOVE, id=id, rows_read=progress.rows_read, all_read=progress.all_read)


async def take(connection: Connection, id: bytes, numbers: int) -> list[StagedRow]:
    """Takes all rows about the next `numbers` numbers off the stage."""
    return [
        StagedRow(row.line, row.lookup, row.person_sealed)
        for row in await fetch(connection, _TAKE, id=id, numbers=numbers)
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
        )


async def staged(connection: Connection, id: bytes) -> int:
    row = await fetch_one(connection, _STAGED, id=id)
    return row.rows if row else 0


async def results(connection: Connection, id: bytes) -> list[EndedRow]:
    """How every row ended, by line: four short values a row."""
    return [
        EndedRow(row.line, row.outcome, row.reason, row.header)
        for row in await fetch(connection, _RESULTS, id=id)
    ]


async def counts(connection: Connection, id: bytes) -> list[tuple[str, str | None, int]]:
    """(outcome, reason, rows)."""
    return [(row.outcome, row.reason, row.rows) for row in await fetch(connection, _COUNTS, id=id)]


async def forget(connection: Connection, id: bytes) -> None:
    """Removes an import's working rows."""
    for statement in _FORGET:
        await run(connection, statement, id=id)
