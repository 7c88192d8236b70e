"""CSV as people export it: any of its encodings and separators, read row by row.

Invariants: a row is known by the physical line on which it starts, as a text editor counts them (CRLF, LF
and a lone CR each end one; quoted line ends count); a stray quote stops the reading instead of swallowing
the rows after it; memory stays flat.

Known gaps: titles above the header row are not skipped; a row may have any number of quoted line ends.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

from yesfirst.intake.encoding import UnreadableFile, decode, detect_encoding

DELIMITERS = (",", ";", "\t")
LONGEST_LINE = 1 << 20  # characters

_QUOTED = re.compile(r'"[^"]*"')


@dataclass(frozen=True, slots=True)
class Layout:
    """How one file is written: a Python codec, a separator, and the cells of its header row, trimmed."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the header: `ordinal` counts rows from 1, `line` is the physical line it starts on."""

    ordinal: int
    line: int
    cells: list[str] = field(repr=False)


def read_layout(source: BinaryIO, encoding: str | None = None) -> Layout:
    """Find out how `source` (seekable, read once in full) is written.

    Raises UnreadableFile where it is not text, has a broken encoding, or has no header row.
    """
    found = detect_encoding(source, encoding)
    first = next((line for line in _lines(source, found) if line.strip()), None)
    if first is None:
        raise UnreadableFile("the file is empty: it needs a header row and one row for each person")
    delimiter = _delimiter(first)
    _, header = next(_records(source, found, delimiter))
    return Layout(found, delimiter, tuple(cell.strip() for cell in header))


def read_rows(source: BinaryIO, layout: Layout, after: int = 0) -> Iterator[Row]:
    """The rows below the header, those up to ordinal `after` left out; blank lines are not rows.

    `source.tell()` is the progress in bytes. Raises UnreadableFile at a stray or unclosed quote.
    """
    records = enumerate(_records(source, layout.encoding, layout.delimiter))
    for ordinal, (line, cells) in islice(records, after + 1, None):
        yield Row(ordinal, line, cells)


def _records(source: BinaryIO, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(_lines(source, encoding), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise UnreadableFile(
                f"line {line}: a quote opens a cell that does not end properly (read up to line "
                f"{reader.line_num}); write a quote inside a quoted cell twice, and remove a stray one"
            ) from None
        if cells:
            yield line, cells


def _lines(source: BinaryIO, encoding: str) -> Iterator[str]:
    """Physical lines with their ends."""
    rest, count = "", 0
    for text in decode(source, encoding):
        *whole, rest = io.StringIO(rest + text, newline="")
        if rest.endswith("\n"):  # a final CR may still turn out to be half of a CRLF
            whole.append(rest)
            rest = ""
        yield from whole
        count += len(whole)
        if len(rest) > LONGEST_LINE:
            raise UnreadableFile(
                f"line {count + 1} is longer than {LONGEST_LINE} characters: this is not a CSV"
            )
    if rest:
        yield rest


def _delimiter(line: str) -> str:
    bare = _QUOTED.sub("", line)
    return max(DELIMITERS, key=bare.count)
