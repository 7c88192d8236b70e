"""Named lists of people, from files of numbers: whom a campaign shall include or exclude by name.

Invariants: a list holds people whom the brand knows and nobody is created by it, since a list is no consent;
after an import a list is what the file says, or as it was.

Known gap: who becomes known after a list was imported is not on it: import people first, and the list again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

from yesfirst.errors import Refused
from yesfirst.intake.brand import Brand
from yesfirst.intake.csvfile import Row
from yesfirst.intake.expression import LIST_NAME
from yesfirst.intake.headers import Column
from yesfirst.intake.table import Table, read_rows
from yesfirst.rules import numbers
from yesfirst.store import lists
from yesfirst.store.engine import Connection
from yesfirst.usecases.ground import Ground

_ROWS_AT_ONCE = 2_000
_LINES_TOLD = 20


@dataclass(frozen=True, slots=True)
class ListSource:
    """An opened file and the column that holds its numbers."""

    file: BinaryIO
    table: Table
    number: Column


@dataclass(slots=True)
class ListReport:
    """How many rows name people that are known, that are not, or nobody; the first lines of the latter two."""

    rows: int = 0
    people: int = 0
    repeated: int = 0
    unknown: int = 0
    invalid: int = 0
    unknown_lines: list[int] = field(default_factory=list)
    invalid_lines: list[int] = field(default_factory=list)


async def import_list(ground: Ground, brand: Brand, name: str, source: ListSource) -> ListReport:
    """Replaces the list by the people whose numbers the file holds, in one transaction.

    Raises Refused (LIST_NAME_INVALID, LIST_EMPTY).
    """
    if not LIST_NAME.fullmatch(name):
        raise Refused(
            "LIST_NAME_INVALID",
            "That is no name for a list.",
            "Use lower-case letters, digits, dot, dash and underscore, 64 at most, such as vip-2026.",
        )
    report = ListReport()
    seen: set[bytes] = set()
    rows = read_rows(source.file, source.table)
    async with ground.engine.begin() as connection:
        await lists.hold(connection, brand.id, name)
        await lists.drop(connection, brand.id, name)
        while chunk := list(islice(rows, _ROWS_AT_ONCE)):
            found = _lookups(ground, brand, source.number, chunk, report)
            await _add(connection, brand, name, found, seen, report)
        if not report.people:
            raise Refused(
                "LIST_EMPTY",
                f"{brand.name} knows none of these numbers ({report.unknown:,} unknown, {report.invalid:,} invalid).",
                "Import the people first, or leave the list out of the campaign.",
            )
    return report


def _lookups(
    ground: Ground, brand: Brand, column: Column, chunk: Sequence[Row], report: ListReport
) -> list[tuple[int, bytes]]:
    """Line and look-up hash of the rows that hold a number."""
    found = []
    for row in chunk:
        cell = row.cells[column.index] if column.index < len(row.cells) else ""
        number = numbers.parse(cell, brand.default_region)
        if isinstance(number, numbers.Number):
            found.append((row.line, ground.keyring.lookup_of(brand.id, number.e164)))
        else:
            report.invalid += 1
            _tell(report.invalid_lines, row.line)
    report.rows += len(chunk)
    return found


async def _add(
    connection: Connection,
    brand: Brand,
    name: str,
    found: Sequence[tuple[int, bytes]],
    seen: set[bytes],
    report: ListReport,
) -> None:
    known = await lists.known(connection, brand.id, [lookup for _, lookup in found])
    new: list[bytes] = []
    for line, lookup in found:
        if lookup not in known:
            report.unknown += 1
            _tell(report.unknown_lines, line)
        elif lookup in seen:
            report.repeated += 1
        else:
            seen.add(lookup)
            new.append(known[lookup])
    report.people += len(new)
    await lists.add(connection, name, new)


def _tell(lines: list[int], line: int) -> None:
    if len(lines) < _LINES_TOLD:
        lines.append(line)


async def drop_list(ground: Ground, brand: Brand, name: str) -> int:
    """Removes a list, not its people; how many were on it. Raises Refused (LIST_UNKNOWN)."""
    async with ground.engine.begin() as connection:
        await lists.hold(connection, brand.id, name)
        people = await lists.drop(connection, brand.id, name)
    if not people:
        raise Refused(
            "LIST_UNKNOWN", f"{brand.name} has no such list.", "`yesfirst list show` tells which there are."
        )
    return people
