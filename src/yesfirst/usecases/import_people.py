"""Import people and the consents they are said to have given, from a customer file.

Two steps, so that the order of rows can't matter and memory stays flat: every row is read and set aside, then
all rows about one number are merged and applied together. Both go on where they were after an interruption,
and each batch is applied in one transaction with its rows' results: a row is never lost, never applied twice.
Nothing revives a withdrawn consent.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, islice
from operator import attrgetter
from typing import BinaryIO

import msgspec

from yesfirst.errors import Refused
from yesfirst.intake.brand import Brand
from yesfirst.intake.csvfile import Layout, Row, read_rows
from yesfirst.intake.notice import Notice
from yesfirst.intake.people import ImportPlan, Person, Rejected, merge, read_row
from yesfirst.intake.result import Outcome, RowReason, RowResult
from yesfirst.rules.consent import NoEffect, TakesEffect
from yesfirst.store import imports, subjects
from yesfirst.store.engine import Connection
from yesfirst.store.imports import EndedRow, Progress, StagedRow
from yesfirst.store.keyring import seal, unseal
from yesfirst.store.subjects import Attributes, SubjectHead, SubjectRecord
from yesfirst.usecases import consents
from yesfirst.usecases.consents import Agreement
from yesfirst.usecases.declared import store_notice
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.people import subjects_of

_CHUNK = 2_000
_NUMBERS = 500
_COLUMN = "import_row"


@dataclass(frozen=True, slots=True)
class Source:
    """A file to import: opened, laid out, its columns matched, and the SHA-256 of its bytes."""

    file: BinaryIO
    layout: Layout
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


async def import_people(
    ground: Ground,
    source: Source,
    terms: Terms,
    *,
    dry_run: bool,
    watch: Watch,
    write: Callable[[Iterator[RowResult]], None],
) -> Report:
    """Imports the whole file and hands the results, by line, to `write`; goes on where the same call stopped.

    Raises Refused (IMPORT_RUNNING) while another process imports the same file the same way.
    """
    work = _Import(ground, source, terms, _identity(source, terms, dry_run), dry_run)
    async with ground.engine.connect() as holder:
        if not await imports.hold(holder, work.id):
            raise Refused(
                "IMPORT_RUNNING",
                "This file is being imported by another process.",
                "Wait until that has ended.",
            )
        await _read(work, watch)
        await _apply(work, watch)
        async with ground.engine.connect() as connection:
            counts = await imports.counts(connection, work.id)
            write(_result(row) for row in await imports.results(connection, work.id))
        async with ground.engine.begin() as connection:
            await imports.forget(connection, work.id)
    return _report(counts)


def _identity(source: Source, terms: Terms, dry_run: bool) -> bytes:
    options = (terms.brand.id, terms.purpose, terms.notice.sha256, repr(source.plan), dry_run)
    return hashlib.sha256(source.sha256 + repr(options).encode()).digest()


async def _read(work: _Import, watch: Watch) -> None:
    """Reads the rest of the file; a crash between two chunks leaves the number of rows read so far."""
    async with work.ground.engine.begin() as connection:
        progress = await imports.begin(connection, work.id)
        await store_notice(connection, work.terms.brand.id, work.terms.notice)
    if progress.all_read:
        return
    now = datetime.now(UTC)  # an import is judged by the day it is started
    rows = read_rows(work.source.file, work.source.layout, after=progress.rows_read)
    done = progress.rows_read
    while chunk := list(islice(rows, _CHUNK)):
        staged, ended = _stage(work, chunk, now)
        done = chunk[-1].ordinal
        async with work.ground.engine.begin() as connection:
            await imports.stage(connection, work.id, staged, ended, Progress(done, False))
        watch("read", work.source.file.tell(), work.source.size)
    async with work.ground.engine.begin() as connection:
        await imports.stage(connection, work.id, [], [], Progress(done, True))


def _stage(work: _Import, chunk: Sequence[Row], now: datetime) -> tuple[list[StagedRow], list[EndedRow]]:
    staged: list[StagedRow] = []
    ended: list[EndedRow] = []
    keyring, brand = work.ground.keyring, work.terms.brand.id
    for row in chunk:
        read = read_row(row, work.source.plan, now)
        if isinstance(read, Rejected):
            ended.append(EndedRow(read.line, Outcome.REJECTED, read.reason, read.column or None))
        else:
            sealed = seal(keyring.kek, _COLUMN, msgspec.json.encode(read).decode())
            staged.append(StagedRow(read.line, keyring.lookup_of(brand, read.e164), sealed))
    return staged, ended


async def _apply(work: _Import, watch: Watch) -> None:
    async with work.ground.engine.connect() as connection:
        left = await imports.staged(connection, work.id)
    total = left
    while left:
        async with work.ground.engine.begin() as connection:
            rows = await imports.take(connection, work.id, _NUMBERS)
            ended = await _apply_batch(work, connection, rows)
            await imports.end_rows(connection, work.id, ended)
        # A crash right here leaves this batch applied, with its results, and the next one untouched.
        left -= len(rows)
        watch("apply", total - left, total)


async def _apply_batch(work: _Import, connection: Connection, rows: Sequence[StagedRow]) -> list[EndedRow]:
    groups = [
        [_person(work, row) for row in group]
        for _, group in groupby(sorted(rows, key=attrgetter("lookup", "line")), key=attrgetter("lookup"))
    ]
    people = [merge(group) for group in groups]
    trial = await connection.begin_nested()
    outcomes = await _apply_people(work, connection, people)
    if work.dry_run:
        await trial.rollback()
    else:
        await trial.commit()
    return [
        ended
        for group, (outcome, reason) in zip(groups, outcomes, strict=True)
        for ended in _ended(group, outcome, reason)
    ]


def _person(work: _Import, row: StagedRow) -> Person:
    return msgspec.json.decode(unseal(work.ground.keyring.kek, _COLUMN, row.person_sealed), type=Person)


def _ended(group: Sequence[Person], outcome: Outcome, reason: RowReason | None) -> Iterator[EndedRow]:
    """The first row of a number tells how it ended; the others have nothing to add, or are rejected with it."""
    for place, person in enumerate(group):
        if place and outcome is not Outcome.REJECTED:
            yield EndedRow(person.line, Outcome.UNCHANGED, RowReason.SAME_NUMBER, None)
        else:
            yield EndedRow(person.line, outcome, reason, None)


async def _apply_people(
    work: _Import, connection: Connection, people: Sequence[Person]
) -> list[tuple[Outcome, RowReason | None]]:
    brand = work.terms.brand.id
    found = await subjects_of(work.ground, connection, [(brand, person.e164) for person in people])
    heads = [found[brand, person.e164] for person in people]
    open_to = [
        (head, person) for head, person in zip(heads, people, strict=True) if head.suppressed_at is None
    ]
    wanted = [(head, _agreement(work, person)) for head, person in open_to]
    effects = await consents.grant(work.ground, connection, brand, wanted)
    by_id = {head.id: found for (head, _), found in zip(open_to, effects, strict=True)}
    records: list[SubjectRecord] = []
    outcomes: list[tuple[Outcome, RowReason | None]] = []
    for head, person in zip(heads, people, strict=True):
        effect = by_id.get(head.id)
        if effect is None or effect is NoEffect.WITHDRAWN_SINCE:
            outcomes.append((Outcome.REJECTED, _refusal(head, person)))
            continue
        record = _record(head, person)
        if record is not None:
            records.append(record)
        outcomes.append((_outcome(head, effect, record), None))
    await subjects.update_records(connection, records)
    return outcomes


def _refusal(head: SubjectHead, person: Person) -> RowReason:
    """Who said stop comes back by their own act, not by a list, however late its date."""
    if head.suppressed_at is not None and person.given > head.suppressed_at:
        return RowReason.SUPPRESSED
    return RowReason.WITHDRAWN_SINCE


def _outcome(head: SubjectHead, effect: TakesEffect | NoEffect, record: SubjectRecord | None) -> Outcome:
    if head.sseq == 0:
        return Outcome.IMPORTED
    return Outcome.UPDATED if isinstance(effect, TakesEffect) or record is not None else Outcome.UNCHANGED


def _agreement(work: _Import, person: Person) -> Agreement:
    notice = work.terms.notice
    return Agreement(
        purposes=(work.terms.purpose,),
        given=person.given,
        expires=person.expires,
        method="import",
        kind=notice.kind,
        language=notice.language,
        notice=notice.sha256,
        phone=person.e164,
        night=notice.night,
        privacy=notice.privacy,
        frequency=notice.frequency,
        private={"proof": work.source.sha256.hex()},
    )


def _record(head: SubjectHead, person: Person) -> SubjectRecord | None:
    """What to remember of the person, unless a newer record or the same one is there."""
    if head.record_given is not None and head.record_given > person.given:
        return None
    profile = dict(person.private)
    if person.external_id is not None:
        profile["external_id"] = person.external_id
    known = unseal(head.key, "profile", head.profile_sealed) if head.profile_sealed else None
    text = msgspec.json.encode(profile, order="sorted").decode() if profile else None
    same = (text, person.attributes, person.language) == (known, head.attributes.values, head.language)
    if same and head.record_given == person.given:
        return None
    return SubjectRecord(
        id=head.id,
        profile_sealed=seal(head.key, "profile", text) if text else None,
        attributes=Attributes(person.attributes),
        language=person.language,
        given=person.given,
    )


def _result(row: EndedRow) -> RowResult:
    return RowResult(
        row.line, Outcome(row.outcome), RowReason(row.reason) if row.reason else None, row.header or ""
    )


def _report(counts: Sequence[tuple[str, str | None, int]]) -> Report:
    outcomes: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for outcome, reason, rows in counts:
        outcomes[outcome] += rows
        if outcome == Outcome.REJECTED and reason:
            reasons[reason] += rows
    return Report(outcomes.total(), dict(sorted(outcomes.items())), dict(sorted(reasons.items())))
