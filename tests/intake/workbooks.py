"""Workbooks made for tests, by the library that writes results."""

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from xlsxwriter.workbook import Workbook

from yesfirst.intake.workbook import Cell

_SHOWN = {date: "yyyy/m/d", datetime: "yyyy/m/d hh:mm:ss", time: "hh:mm", timedelta: "[h]:mm"}


def workbook(
    *rows: Sequence[Cell], above: int = 0, left: int = 0, **sheets: Iterable[Sequence[Cell]]
) -> bytes:
    """A workbook with `rows` on its first sheet, below and beside blank ones, and further `sheets`."""
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        formats = {kind: book.add_format({"num_format": shown}) for kind, shown in _SHOWN.items()}
        for name, table in {"People": rows, **sheets}.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(table, start=above):
                for column, cell in enumerate(row, start=left):
                    if isinstance(cell, str):
                        sheet.write_string(number, column, cell)
                    else:
                        sheet.write(number, column, cell, formats.get(type(cell)))
    return file.getvalue()
