"""Excel workbooks (.xlsx): one sheet of them, read as the texts that a CSV of it would hold.

Invariants: a row is known by its number in the sheet; rows that are blank throughout are not rows; a number is
written with the 15 digits that Excel keeps, without ".0" or an exponent, so a telephone number stays one; a date
needs no guessing, since a date cell says which day it is.

Known gaps: the reader holds a whole sheet in memory (200,000 rows of 7 cells took 115 MB), and parses it again
each time it is read: a list of millions is better handed in as CSV. A cell with an error (#N/A) reads as blank, a
formula as its last result. Titles above the header row are not skipped.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import reduce
from typing import IO, BinaryIO, TypeAlias

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from yesfirst.intake.encoding import UnreadableFile

Cell: TypeAlias = str | int | float | bool | datetime | date | time | timedelta

SIGNATURE = b"PK\x03\x04"
LARGEST = 1 << 30  # bytes, unpacked: a file of a few kB can be packed to unfold to any size
# The reader lays out a rectangle from the first filled cell to the last: one stray cell far away would end the
# process for want of memory. Rows and cells say where they stand in an attribute `r`.
MOST_CELLS = 30_000_000
_BLOCK = 1 << 20  # bytes read at a time
_LONGEST_PLACE = 40  # bytes; Excel ends at XFD1048576
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]*)([0-9]*)["']""")

_HALF_SECOND = timedelta(milliseconds=500)
_LAST = datetime.fromisoformat("9999-12-31 23:59:59")  # to which half a second can be added


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet by name, and the cells of its header row, trimmed."""

    name: str
    header: tuple[str, ...]


def read_sheet(source: BinaryIO, name: str | None = None) -> Sheet:
    """The sheet called `name`, or the first one that is not hidden.

    Raises UnreadableFile where `source` (seekable) is no workbook, or has no such sheet or no header row.
    """
    book = _open(source)
    found = name or _first(book)
    if found not in book.sheet_names:
        listed = ", ".join(f'"{one}"' for one in book.sheet_names)
        raise UnreadableFile(f'the workbook has no sheet "{found}"; it has {listed}')
    header = next((row for _, row in _filled(_sheet(book, found))), None)
    if header is None:
        raise UnreadableFile(f'sheet "{found}" is empty: it needs a header row and one row for each person')
    return Sheet(found, tuple(text_of(cell).strip() for cell in header))


def read_cells(source: BinaryIO, sheet: Sheet) -> Iterator[tuple[int, list[Cell]]]:
    """Row number and typed cells of every row that says anything, the header row first."""
    yield from _filled(_sheet(_open(source), sheet.name))


def text_of(cell: Cell) -> str:
    """What a cell says, as the readers of CSV cells take it."""
    match cell:
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case int() | float():
            # Excel keeps 15 significant digits; what a float has beyond them is noise.
            return format(Decimal(f"{cell:.15g}"), "f")
        case datetime():
            # A time of day is a fraction of a day, which seldom comes out as a whole second.
            return (min(cell, _LAST) + _HALF_SECOND).isoformat(" ", "seconds")
        case _:
            return str(cell)


# What a damaged archive makes zipfile raise, besides its own exception.
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


def _open(source: BinaryIO) -> CalamineWorkbook:
    """The workbook, once it is sure to fit into memory; all of `source` has been read then."""
    source.seek(0)
    data = io.BytesIO(source.read())
    try:
        _check_size(data)
        data.seek(0)
        return CalamineWorkbook.from_filelike(data)
    except UnreadableFile:
        raise
    except (*_DAMAGED, CalamineError):
        raise UnreadableFile("this is no Excel workbook (.xlsx), or a damaged one") from None


def _check_size(data: IO[bytes]) -> None:
    with zipfile.ZipFile(data) as archive:
        if sum(part.file_size for part in archive.infolist()) > LARGEST:
            raise UnreadableFile("the workbook is too large to be read whole: save the sheet as CSV UTF-8")
        for part in archive.infolist():
            with archive.open(part) as opened:
                _check_extent(opened)


def _check_extent(part: IO[bytes]) -> None:
    """Raises UnreadableFile where a sheet reaches further than can be laid out in memory."""
    rows, columns, tail = 1, 1, b""
    while block := part.read(_BLOCK):
        text = tail + block
        for letters, digits in set(_PLACE.findall(text)):
            rows, columns = max(rows, int(digits or 0)), max(columns, _column(letters))
        tail = text[-_LONGEST_PLACE:]
    if rows * columns > MOST_CELLS:
        raise UnreadableFile(
            f"a sheet has cells up to row {rows:,} and column {columns:,}: delete what is beyond the table, "
            "or save the sheet as CSV UTF-8"
        )


def _column(letters: bytes) -> int:
    return reduce(lambda number, letter: 26 * number + letter - ord("A") + 1, letters.upper(), 0)


def _first(book: CalamineWorkbook) -> str:
    shown = (
        one.name
        for one in book.sheets_metadata
        if one.typ == SheetTypeEnum.WorkSheet and one.visible == SheetVisibleEnum.Visible
    )
    name = next(shown, None)
    if name is None:
        raise UnreadableFile("the workbook shows no sheet: name one with --sheet")
    return name


def _sheet(book: CalamineWorkbook, name: str) -> CalamineSheet:
    try:
        return book.get_sheet_by_name(name)
    except CalamineError:
        raise UnreadableFile(f'sheet "{name}" can\'t be read: it is damaged, or no table') from None


def _filled(sheet: CalamineSheet) -> Iterator[tuple[int, list[Cell]]]:
    # The reader keeps blank rows above the data but leaves out blank columns before it.
    blank: list[Cell] = [""] * (sheet.start[1] if sheet.start else 0)
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if any(not isinstance(cell, str) or cell.strip() for cell in cells):
            yield number, blank + cells
