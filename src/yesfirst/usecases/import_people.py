"""Import people and the consents they are said to have given, from a customer file.

Two steps, so that the order of rows can't matter and memory stays flat: every row is read and set aside, then
all rows about one number are merged and applied together. Both go on where they were after an interruption,
and each batch is applied in one transaction with its rows' results: a row is never lost, never applied twice.

Known gap: the rows of an import that is given up stay set aside, encrypted, until the same command runs again.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from operator import attrgetter
from typing import BinaryIO

import msgspec

from yesfirst.errors import Refused
from yesfirst.intake.brand import Brand
from yesfirst.intake.csvfile import Row
from yesfirst.intake.notice import Notice
from yesfirst.intake.people import ImportPlan, Person, Rejected, merge, read_row
from yesfirst.intake.result import Outcome, RowReason, RowResult
from yesfirst.intake.table import Table, read_rows
from yesfirst.store import imports
from yesfirst.store.engine import Connection
from yesfirst.store.imports import EndedRow, StagedRow
from yesfirst.store.keyring import seal, unseal
from yesfirst.usecases.agreements import agreement_to
from yesfirst.usecases.consents import Agreement
from yesfirst.usecases.declared import store_notice
from yesfirst.usecases.enrol import Ending, enrol
from yesfirst.usecases.ground import Ground

_ROWS_AT_ONCE = 2_000  # read
_NUMBERS_AT_ONCE = 500  # applied
_COLUMN = "import_row"


@dataclass(frozen=True, slots=True)
class Source:
    """A file to import: opened, its table found, its columns matched, and the SHA-256 of its bytes."""

    file: BinaryIO
    table: Table
    plan: ImportPlan
    sha256: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What every row of the file is said to have agreed to."""

    brand: Brand
    purpose: str
    notice: Notice


@dataclass(frozen=True, slots=True)
class Report:
    """How many rows ended how; `reasons` counts the rejected."""

    rows: int
    outcomes: dict[str, int]
    reasons: dict[str, int]


Watch = Callable[[str, int, int], None]
"""Called with a step (`read`, `apply`), how much of it is done and how much there is."""


@dataclass(frozen=True, slots=True)
class _Import:
    ground: Ground
    source: Source
    terms: Terms
    id: bytes
    dry_run: bool
    kept: bool


@dataclass(frozen=True, slots=True)
class _Read:
    """Some rows that were read, up to an ordinal."""

    staged: list[StagedRow]
    ended: list[EndedRow]
    ordinal: int


async def import_people(
    ground: Ground,
    source: Source,
    terms: Terms,
    *,
    dry_run: bool,
    watch: Watch,
    write: Callable[[Iterator[RowResult]], None],
    now: datetime | None = None,
) -> Report:
    """Imports the whole file and hands the results, by line, to `write`; goes on where the same call stopped.

    All rows are judged by one instant, that at which the import was first started: `now`, or the time of the
    database's clock. Raises Refused (IMPORT_RUNNING) while another process imports the same file the same way.
    """
    async with carried_out(ground, source, terms, dry_run=dry_run, watch=watch, now=now) as id:
        return await _finish(ground, id, write)


@asynccontextmanager
async def carried_out(
    ground: Ground,
    source: Source,
    terms: Terms,
    *,
    dry_run: bool,
    kept: bool = False,
    watch: Watch,
    now: datetime | None = None,
) -> AsyncIterator[bytes]:
    """An import, by its id, whose rows have all ended; nobody else works on it while the block lasts.

    It is up to the caller what becomes of the results; one that is `kept` is known by its brand meanwhile.
    Raises Refused as `import_people` does.
    """
    work = _Import(ground, source, terms, _identity(source, terms, dry_run, kept), dry_run, kept)
    async with imports.holding(ground.engine, work.id) as held:
        if not held:
            raise Refused(
                "IMPORT_RUNNING",
                "This file is being imported by another process.",
                "Wait until that has ended.",
            )
        await _read(work, watch, now)
        await _apply(work, watch)
        yield work.id


def _identity(source: Source, terms: Terms, dry_run: bool, kept: bool) -> bytes:
    options: tuple[object, ...] = (
        terms.brand.id,
        terms.purpose,
        terms.notice.sha256,
        repr(source.table),
        repr(source.plan),
        dry_run,
    )
    if kept:
        options = (*options, "kept")
    return hashlib.sha256(source.sha256 + repr(options).encode()).digest()


async def _read(work: _Import, watch: Watch, now: datetime | None) -> None:
    """Reads the rest of the file; a crash between two chunks leaves the number of rows read so far."""
    engine, source = work.ground.engine, work.source
    async with engine.begin() as connection:
        brand = work.terms.brand.id if work.kept else None
        progress = await imports.begin(connection, work.id, now, brand, work.dry_run)
        if not work.dry_run:
            await store_notice(connection, work.terms.brand.id, work.terms.notice)
    if progress.all_read:
        return
    rows = read_rows(source.file, source.table, after=progress.rows_read)
    # In a thread of its own: to read takes long, and a server has others to answer.
    while read := await asyncio.to_thread(_read_some, work, rows, progress.started_at):
        async with engine.begin() as connection:
            await imports.stage(connection, work.id, read.staged, read.ended, read.ordinal)
        watch("read", source.file.tell(), source.size)
    async with engine.begin() as connection:
        await imports.finish_reading(connection, work.id)


def _read_some(work: _Import, rows: Iterator[Row], now: datetime) -> _Read | None:
    chunk = list(islice(rows, _ROWS_AT_ONCE))
    return _Read(*_stage(work, chunk, now), chunk[-1].ordinal) if chunk else None


def _stage(work: _Import, chunk: Sequence[Row], now: datetime) -> tuple[list[StagedRow], list[EndedRow]]:
    staged: list[StagedRow] = []
    ended: list[EndedRow] = []
    keyring, brand = work.ground.keyring, work.terms.brand.id
    for row in chunk:
        read = read_row(row, work.source.plan, now)
        if isinstance(read, Rejected):
            place = read.column or None, read.hint or None
            ended.append(EndedRow(read.line, Outcome.REJECTED, read.reason, *place))
        else:
            sealed = seal(keyring.kek, _COLUMN, msgspec.json.encode(read).decode())
            staged.append(StagedRow(read.line, keyring.lookup_of(brand, read.e164), sealed))
    return staged, ended


async def _apply(work: _Import, watch: Watch) -> None:
    async with work.ground.engine.connect() as connection:
        total = await imports.staged(connection, work.id)
    done, after = 0, b""
    while rows := await _apply_next(work, after):
        # A crash right here leaves this batch applied, with its results, and the next one untouched.
        done += len(rows)
        after = rows[-1].lookup
        watch("apply", done, total)


async def _apply_next(work: _Import, after: bytes) -> list[StagedRow]:
    """Applies the next numbers in one transaction; the rows about them, sorted."""
    async with work.ground.engine.begin() as connection:
        rows = await imports.take(connection, work.id, after, _NUMBERS_AT_ONCE)
        rows.sort(key=attrgetter("lookup", "line"))
        groups = [
            [_person(work, row) for row in group] for _, group in groupby(rows, key=attrgetter("lookup"))
        ]
        endings = await _enrol(work, connection, [merge(group) for group in groups])
        ended = [row for group, ending in zip(groups, endings, strict=True) for row in _ended(group, *ending)]
        await imports.end_rows(connection, work.id, ended)
    return rows


def _person(work: _Import, row: StagedRow) -> Person:
    return msgspec.json.decode(unseal(work.ground.keyring.kek, _COLUMN, row.person_sealed), type=Person)


async def _enrol(work: _Import, connection: Connection, people: Sequence[Person]) -> list[Ending]:
    """Records them; a dry run does the same, so that it ends the same, and takes it back."""
    if not people:
        return []
    trial = await connection.begin_nested()
    wanted = [(person, _agreement(work, person)) for person in people]
    endings = await enrol(work.ground, connection, work.terms.brand, wanted)
    await (trial.rollback() if work.dry_run else trial.commit())
    return endings


def _agreement(work: _Import, person: Person) -> Agreement:
    return agreement_to(
        work.terms.notice,
        purposes=(work.terms.purpose,),
        given=person.given,
        expires=person.expires,
        method="import",
        phone=person.e164,
        private={"proof": work.source.sha256.hex()},
        fields=person.circumstances.on_record,
        event=person.circumstances.relationship,
    )


def _ended(group: Sequence[Person], outcome: Outcome, reason: RowReason | None) -> Iterator[EndedRow]:
    """The first row of a number tells how it ended; the others have nothing to add, or are rejected with it."""
    first, *others = group
    yield EndedRow(first.line, outcome, reason)
    for person in others:
        if outcome is Outcome.REJECTED:
            yield EndedRow(person.line, outcome, reason)
        else:
            yield EndedRow(person.line, Outcome.UNCHANGED, RowReason.SAME_NUMBER)


async def _finish(ground: Ground, id: bytes, write: Callable[[Iterator[RowResult]], None]) -> Report:
    """Writes how the rows ended and forgets them; when writing fails, the same import only writes again."""
    async with ground.engine.connect() as connection:
        counts = await imports.counts(connection, id)
        await imports.results(connection, id, lambda rows: write(map(result_of, rows)))
    async with ground.engine.begin() as connection:
        await imports.forget(connection, id)
    return report_of(counts)


def result_of(row: EndedRow) -> RowResult:
    reason = RowReason(row.reason) if row.reason else None
    return RowResult(row.line, Outcome(row.outcome), reason, row.header or "", row.hint or "")


def report_of(counts: Sequence[tuple[str, str | None, int]]) -> Report:
    outcomes: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for outcome, reason, rows in counts:
        outcomes[outcome] += rows
        if outcome == Outcome.REJECTED and reason:
            reasons[reason] += rows
    return Report(outcomes.total(), dict(sorted(outcomes.items())), dict(sorted(reasons.items())))
