"""A table of people as it was handed in, CSV or workbook: which of them it is, and its rows.

Invariant: whoever reads rows need not know which it is.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import BinaryIO, TypeAlias

from yesfirst.intake import csvfile, workbook
from yesfirst.intake.csvfile import Layout, Row
from yesfirst.intake.encoding import UnreadableFile
from yesfirst.intake.workbook import Cell, Sheet

Table: TypeAlias = Layout | Sheet


def read_table(source: BinaryIO, *, encoding: str | None = None, sheet: str | None = None) -> Table:
    """Find out how `source` (seekable) is written; `encoding` is for a CSV, `sheet` for a workbook.

    Raises UnreadableFile.
    """
    source.seek(0)
    if source.read(len(workbook.SIGNATURE)) == workbook.SIGNATURE:
        if encoding is not None:
            raise UnreadableFile("a workbook says itself how it is encoded: leave out --encoding")
        return workbook.read_sheet(source, sheet)
    if sheet is not None:
        raise UnreadableFile("this is no workbook and has no sheets: leave out --sheet")
    return csvfile.read_layout(source, encoding)


def read_rows(source: BinaryIO, table: Table, after: int = 0) -> Iterator[Row]:
    """The rows below the header, those up to ordinal `after` left out; `source.tell()` is the progress."""
    if isinstance(table, Layout):
        yield from csvfile.read_rows(source, table, after)
        return
    rows = enumerate(workbook.read_cells(source, table))
    for ordinal, (number, cells) in islice(rows, after + 1, None):
        yield Row(ordinal, number, [workbook.text_of(cell) for cell in cells])


def read_cells(source: BinaryIO, table: Table) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Line and cells of each row below the header; the cells of a workbook as they are typed."""
    if isinstance(table, Sheet):
        yield from islice(workbook.read_cells(source, table), 1, None)
        return
    for row in csvfile.read_rows(source, table):
        yield row.line, row.cells
