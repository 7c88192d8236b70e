"""The handed-in table as a workbook: each row as it was, before it how it ended, the refused ones coloured.

Invariants: a row stands at the number that it has in the file; no text becomes a formula or a link; the file
appears whole or not at all; memory stays flat but for what reading the table takes.

Unlike the result in CSV this file holds what the table held: people's data. Formats and further sheets of a
workbook are not kept, and a formula is written as its last result.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import zip_longest
from pathlib import Path
from typing import BinaryIO

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from yesfirst.intake.encoding import UnreadableFile
from yesfirst.intake.result import Outcome, RowResult, replacing
from yesfirst.intake.resultwords import DID_YOU_MEAN, HEADERS, WORDS, ResultLanguage
from yesfirst.intake.table import Table, read_cells
from yesfirst.intake.workbook import Cell, text_of

MOST_ROWS = 1 << 20  # what a sheet of Excel holds
_REFUSED = {"bg_color": "#FFC7CE"}
_WIDTH = 16  # characters
# A telephone number is shown digit by digit, and not as 1.39E+10.
_WHOLE, _DAY, _INSTANT = "0", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"


def write_marked(
    path: Path, source: BinaryIO, table: Table, results: Iterable[RowResult], language: ResultLanguage
) -> None:
    """Write the rows of `source` with their `results`, in the order of lines, in place of `path`.

    Raises UnreadableFile where a sheet can't hold as many lines, or the results are not those of `source`.
    """
    # Rows wait beside the result until it is closed, not in a directory that everybody shares.
    options = {"constant_memory": True, "nan_inf_to_errors": True, "tmpdir": str(path.absolute().parent)}
    with replacing(path) as part, Workbook(str(part), options) as book:
        page = _Page(book, book.add_worksheet(), language)
        page.begin([*HEADERS[language], *table.header])
        for line, cells, result in _paired(read_cells(source, table), results):
            page.add(line, cells, result)


def _paired(
    rows: Iterable[tuple[int, Sequence[Cell]]], results: Iterable[RowResult]
) -> Iterator[tuple[int, Sequence[Cell], RowResult]]:
    for row, result in zip_longest(rows, results):
        if row is None or result is None or row[0] != result.line:
            raise UnreadableFile("the file has changed since it was read: import it again")
        if result.line > MOST_ROWS:
            raise UnreadableFile(f"a sheet ends at line {MOST_ROWS}: name a --result that ends in .csv")
        yield *row, result


@dataclass(slots=True)
class _Page:
    book: Workbook
    sheet: Worksheet
    language: ResultLanguage
    formats: dict[tuple[str, bool], Format] = field(default_factory=dict)

    def begin(self, header: Sequence[str]) -> None:
        bold = self.book.add_format({"bold": True})
        self.sheet.freeze_panes(1, 0)
        self.sheet.set_column(0, len(header) - 1, _WIDTH)
        for column, name in enumerate(header):
            self.sheet.write_string(0, column, name, bold)

    def add(self, line: int, cells: Sequence[Cell], result: RowResult) -> None:
        words = WORDS[self.language]
        reason = words[result.reason] if result.reason else ""
        if result.hint:
            reason += DID_YOU_MEAN[self.language].format(hint=result.hint)
        refused = result.outcome is Outcome.REJECTED
        for column, cell in enumerate((words[result.outcome], reason, result.column, *cells)):
            if cell != "" or refused:
                self._write(line - 1, column, cell, refused)

    def _write(self, row: int, column: int, cell: Cell, refused: bool) -> None:
        sheet = self.sheet
        match cell:
            case bool():
                sheet.write_boolean(row, column, cell, self._format("", refused))
            case int() | float():
                shown = _WHOLE if float(cell).is_integer() else ""
                sheet.write_number(row, column, cell, self._format(shown, refused))
            case datetime():
                sheet.write_datetime(row, column, cell, self._format(_INSTANT, refused))
            case date():
                midnight = datetime.combine(cell, time())
                sheet.write_datetime(row, column, midnight, self._format(_DAY, refused))
            case _:
                sheet.write_string(row, column, text_of(cell), self._format("", refused))

    def _format(self, shown: str, refused: bool) -> Format:
        """The one format for such cells; a workbook keeps each format once."""
        key = shown, refused
        if key not in self.formats:
            number = {"num_format": shown} if shown else {}
            self.formats[key] = self.book.add_format({**number, **(_REFUSED if refused else {})})
        return self.formats[key]
