"""Imports that come over the network, and whose results are asked for afterwards.

An import is known by its file and how that is to be read, so whoever lost the answer sends the same again: it goes
on where it was, or, when it had ended, is answered alike. Both hold for a day, after which all of it is forgotten.
Results name lines and columns, never a number.
"""

from dataclasses import dataclass
from datetime import datetime

from yesfirst.intake.result import Outcome, RowResult
from yesfirst.store import imports, kept_imports
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.import_people import Report, Source, Terms, carried_out, report_of, result_of


@dataclass(frozen=True, slots=True)
class Standing:
    """How an import stands; `report` counts the rows that have ended."""

    id: bytes
    brand: str
    dry_run: bool
    started_at: datetime
    finished_at: datetime | None
    report: Report


async def import_and_keep(ground: Ground, source: Source, terms: Terms, *, dry_run: bool) -> Standing:
    """Imports the whole file; raises Refused (IMPORT_RUNNING) while the same import goes on elsewhere."""
    async with ground.engine.begin() as connection:
        await kept_imports.forget_old(connection)
    async with carried_out(ground, source, terms, dry_run=dry_run, kept=True, watch=_unwatched) as id:
        # A crash right here leaves all rows applied, and an import that ends when it is sent again.
        async with ground.engine.begin() as connection:
            await kept_imports.finish(connection, id)
        found = await find(ground, id)
    if found is None:
        raise AssertionError("an import is kept for longer than it takes")
    return found


async def find(ground: Ground, id: bytes) -> Standing | None:
    """How an import stands; None if there is none, or none any more."""
    async with ground.engine.connect() as connection:
        kept = await kept_imports.get(connection, id)
        counts = await imports.counts(connection, id)
    if kept is None:
        return None
    return Standing(id, kept.brand, kept.dry_run, kept.started_at, kept.finished_at, report_of(counts))


async def rows(ground: Ground, id: bytes, outcome: Outcome | None, after: int, limit: int) -> list[RowResult]:
    """How the rows below line `after` ended, by line: those with this outcome, or all."""
    async with ground.engine.connect() as connection:
        found = await kept_imports.page(connection, id, outcome, after, limit)
    return [result_of(row) for row in found]


def _unwatched(step: str, done: int, total: int) -> None:
    """The caller waits for the answer."""
