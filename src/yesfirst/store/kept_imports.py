"""Imports whose results stay for a day after they began: how they stand, and how each row ended, page by page."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from yesfirst.store.engine import Connection, fetch, fetch_one, run
from yesfirst.store.imports import EndedRow

KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class KeptImport:
    """`finished_at` is None while it goes on, or waits to be sent again after an interruption."""

    brand: str
    dry_run: bool
    started_at: datetime
    finished_at: datetime | None


_GET = text("""
    SELECT brand, dry_run, started_at, finished_at FROM import WHERE id = :id AND brand IS NOT NULL
""")
_FINISH = text("UPDATE import SET finished_at = clock_timestamp() WHERE id = :id AND finished_at IS NULL")
# By the primary key (import, line).
_PAGE = text("""
    SELECT line, outcome, reason, header, hint FROM import_result
    WHERE import = :id AND line > :after AND outcome = COALESCE(CAST(:outcome AS text), outcome)
    ORDER BY line LIMIT :limit
""")
# Rows before their import: one that somebody takes up again meanwhile is not left without it.
_FORGET_OLD = tuple(
    text(f"""
        DELETE FROM {table} WHERE {key} IN (
            SELECT id FROM import
            WHERE brand IS NOT NULL AND started_at < clock_timestamp() - CAST(:kept AS interval)
        )
    """)
    for table, key in (("import_row", "import"), ("import_result", "import"), ("import", "id"))
)


async def get(connection: Connection, id: bytes) -> KeptImport | None:
    row = await fetch_one(connection, _GET, id=id)
    return KeptImport(row.brand, row.dry_run, row.started_at, row.finished_at) if row else None


async def finish(connection: Connection, id: bytes) -> None:
    await run(connection, _FINISH, id=id)


async def page(
    connection: Connection, id: bytes, outcome: str | None, after: int, limit: int
) -> list[EndedRow]:
    """The rows below line `after` that ended so, or that ended at all."""
    rows = await fetch(connection, _PAGE, id=id, outcome=outcome, after=after, limit=limit)
    return [EndedRow(row.line, row.outcome, row.reason, row.header, row.hint) for row in rows]


async def forget_old(connection: Connection) -> None:
    """Removes imports that began more than a day ago, also those that never ended, with their rows."""
    for statement in _FORGET_OLD:
        await run(connection, statement, kept=KEPT)
