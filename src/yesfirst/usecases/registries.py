"""Do-not-contact registries: their answers about a brand's people, from files, and how old the answers are.

Invariants: an answer changes no consent and no refusal; it says of people whom the brand knows whether their number is
listed, as of an instant, and a newer one is never replaced by an older. Each batch is written under its people's locks,
so a claim sees an answer whole. Who has no answer, or one that is too old, is for review where the registry binds.

An import that is interrupted leaves batches done and others not, listed people first; the same import does them all.
Known gap: who becomes known after the file was opened has no answer: ask the registry again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from itertools import chain, islice
from typing import BinaryIO

from yesfirst.errors import Refused
from yesfirst.intake.brand import Brand
from yesfirst.intake.cells import InvalidCell, read_listed
from yesfirst.intake.csvfile import Row
from yesfirst.intake.headers import Column
from yesfirst.intake.table import Table, read_rows
from yesfirst.rules import numbers
from yesfirst.rules.period import Period, later
from yesfirst.rules.rulebook import Rulebook
from yesfirst.store import clock, lists, registries, subjects
from yesfirst.usecases.ground import Ground

_ROWS_AT_ONCE = 2_000  # read
_PEOPLE_AT_ONCE = 1_000  # locked together: a fraction of a second
_LINES_TOLD = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """A registry that a rulebook asks about texts to people of `countries`; its answers hold for `max_age`."""

    id: str
    rulebook: str
    countries: tuple[str, ...]
    max_age: Period


@dataclass(frozen=True, slots=True)
class RegistrySource:
    """An opened file: where its numbers are and what says that one is listed; without that, all of them are.

    A `headless` one has a number already in its first line.
    """

    file: BinaryIO
    table: Table
    number: Column
    listed: Column | None
    headless: bool


@dataclass(slots=True)
class RegistryReport:
    """How many rows there were, and people found listed or clear; the first lines of rows that say neither.

    `others_clear` are the brand's other people in the registry's countries; from `stale_at` on none of it holds.
    """

    rows: int = 0
    listed: int = 0
    clear: int = 0
    others_clear: int = 0
    unknown: int = 0
    invalid: int = 0
    invalid_lines: list[int] = field(default_factory=list)
    stale_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RegistryStanding:
    """How the brand's people stand with a registry: `unchecked` were never asked about.

    `stale` answers are too old by now; from `stale_from` on more of them are.
    """

    registry: str
    rulebook: str
    max_age: Period
    listed: int
    clear: int
    stale: int
    unchecked: int
    stale_from: datetime | None


async def import_registry(
    ground: Ground,
    brand: Brand,
    registry_id: str,
    source: RegistrySource,
    checked_at: datetime,
    *,
    others_clear: bool,
) -> RegistryReport:
    """Writes what the file says about people whom the brand knows; with `others_clear` who isn't in it isn't listed.

    Raises Refused (REGISTRY_UNKNOWN, REGISTRY_NOT_ASKED, CHECKED_IN_FUTURE).
    """
    registry = find_registry(ground.law.books, registry_id)
    async with ground.engine.connect() as connection:
        if checked_at > await clock.now(connection):
            raise Refused(
                "CHECKED_IN_FUTURE",
                "The registry is said to have been asked in the future.",
                "Say when the answer was made, such as 2026-11-22T09:00+08:00.",
            )
        # Before the file is read, so that nobody who comes in meanwhile is taken for not listed.
        everybody = await registries.people_in(connection, brand.id, registry.countries)
    report = RegistryReport(stale_at=later(checked_at, registry.max_age, UTC))
    found = await _read(ground, brand, source, report)
    report.listed = sum(found.values())
    report.clear = len(found) - report.listed
    # Listed people first: if this is where it ends, the others are still to be asked about.
    answers = sorted(found.items(), key=lambda answer: (not answer[1], answer[0]))
    if others_clear:
        others = [(subject, False) for subject in everybody if subject not in found]
        report.others_clear = len(others)
        answers += others
    await _write(ground, registry, checked_at, answers)
    return report


def find_registry(books: Mapping[str, Rulebook], id: str) -> Asked:
    """The registry of that id; raises Refused where there is none, or none that is asked about texts."""
    asked = asked_registries(books)
    for one in asked:
        if one.id == id:
            return one
    known = ", ".join(one.id for one in asked)
    if any(id == one.id for book in books.values() for one in book.registries):
        raise Refused(
            "REGISTRY_NOT_ASKED",
            "By its rulebook this registry has no say about texts, so its answers aren't kept.",
            f"Those that have are {known}.",
        )
    near = get_close_matches(id, [one.id for one in asked], n=1)
    hint = f"Did you mean {near[0]}?" if near else f"There are {known}."
    raise Refused("REGISTRY_UNKNOWN", "No rulebook knows such a registry.", hint)


def asked_registries(books: Mapping[str, Rulebook]) -> list[Asked]:
    """Every registry that can stop a text, by id."""
    found = [
        Asked(one.id, book.id, book.scope.regions or (book.id.partition("-")[0],), one.scrub_max_age)
        for book in books.values()
        for one in book.registries
        if one.applies and not one.advisory and one.scrub_max_age is not None
    ]
    return sorted(found, key=lambda one: one.id)


async def standings(ground: Ground, brand: Brand) -> list[RegistryStanding]:
    """How the brand's people stand with each registry that is asked where any of them belong."""
    found = []
    async with ground.engine.connect() as connection:
        for one in asked_registries(ground.law.books):
            tally = await registries.tally(connection, brand.id, one.id, one.countries, one.max_age)
            if tally.people:
                found.append(
                    RegistryStanding(
                        registry=one.id,
                        rulebook=one.rulebook,
                        max_age=one.max_age,
                        listed=tally.listed,
                        clear=tally.clear,
                        stale=tally.stale,
                        unchecked=tally.people - tally.listed - tally.clear,
                        stale_from=tally.stale_from,
                    )
                )
    return found


async def _read(
    ground: Ground, brand: Brand, source: RegistrySource, report: RegistryReport
) -> dict[bytes, bool]:
    """Whether each known person whom the file names is listed; who is named twice is, if one row says so."""
    found: dict[bytes, bool] = {}
    rows = rows_of(source)
    async with ground.engine.connect() as connection:
        while chunk := list(islice(rows, _ROWS_AT_ONCE)):
            read = list(_answers(ground, brand, source, chunk, report))
            known = await lists.known(connection, brand.id, [lookup for lookup, _ in read])
            for lookup, listed in read:
                if lookup in known:
                    found[known[lookup]] = found.get(known[lookup], False) or listed
                else:
                    report.unknown += 1
    return found


@dataclass(frozen=True, slots=True)
class Said:
    """What a row says of a number."""

    number: str = field(repr=False)
    listed: bool


def rows_of(source: RegistrySource) -> Iterator[Row]:
    """All rows of an opened file, the first one too where that is no header."""
    rows = read_rows(source.file, source.table)
    return chain([Row(0, 1, list(source.table.header))], rows) if source.headless else rows


def said(row: Row, source: RegistrySource, region: str) -> Said | None:
    """None for a row without a number, or that doesn't say whether it is listed."""
    number = numbers.parse(_cell(row, source.number), region)
    try:
        listed = True if source.listed is None else read_listed(_cell(row, source.listed))
    except InvalidCell:
        return None
    return Said(number.e164, listed) if isinstance(number, numbers.Number) and listed is not None else None


def _answers(
    ground: Ground, brand: Brand, source: RegistrySource, chunk: Sequence[Row], report: RegistryReport
) -> Iterator[tuple[bytes, bool]]:
    """Look-up hash, and whether listed, of the rows that say both."""
    report.rows += len(chunk)
    for row in chunk:
        answer = said(row, source, brand.default_region)
        if answer is not None:
            yield ground.keyring.lookup_of(brand.id, answer.number), answer.listed
        else:
            report.invalid += 1
            if len(report.invalid_lines) < _LINES_TOLD:
                report.invalid_lines.append(row.line)


def _cell(row: Row, column: Column) -> str:
    return row.cells[column.index] if column.index < len(row.cells) else ""


async def _write(
    ground: Ground, registry: Asked, checked_at: datetime, answers: Sequence[tuple[bytes, bool]]
) -> None:
    for start in range(0, len(answers), _PEOPLE_AT_ONCE):
        batch = answers[start : start + _PEOPLE_AT_ONCE]
        # A crash between two batches leaves whole people; who is left out has the answer that they had.
        async with ground.engine.begin() as connection:
            await subjects.lock(connection, [subject for subject, _ in batch])
            await registries.put(connection, registry.id, checked_at, batch)
