import io
import zipfile
from datetime import date, datetime, time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlsxwriter.workbook import Workbook

from intake.test_people import DATA, NOW, Expected, ExpectedRow, plan_for
from intake.workbooks import workbook
from yesfirst.intake import workbook as workbook_module
from yesfirst.intake.cells import read_value
from yesfirst.intake.csvfile import Row
from yesfirst.intake.dates import read_date
from yesfirst.intake.encoding import UnreadableFile
from yesfirst.intake.people import Rejected, read_row
from yesfirst.intake.table import read_cells, read_rows, read_table
from yesfirst.intake.workbook import Cell, Sheet, text_of
from yesfirst.rules import numbers
from yesfirst.rules.attributes import AttributeType

WHOLE = workbook(["phone", "day"], [13900000001.0, date(2026, 6, 16)], ["x", True])


def rows_of(data: bytes, after: int = 0, sheet: str | None = None) -> list[tuple[int, int, list[str]]]:
    source = io.BytesIO(data)
    found = read_table(source, sheet=sheet)
    return [(row.ordinal, row.line, row.cells) for row in read_rows(source, found, after)]


def typed(cell: str, header: str) -> Cell:
    """A cell as somebody who types it into Excel gets it: a number or a date where it looks like one."""
    plain = cell.strip()
    if header == "手机号" and plain.isdecimal() and plain.isascii() and not plain.startswith("0"):
        return float(plain)
    written = read_date(cell) if header.startswith("同意") else None
    if written is None:
        return cell
    if written.clock is None:
        return written.day
    return cell if written.clock.tzinfo else datetime.combine(written.day, written.clock)


@pytest.mark.parametrize("with_types", [False, True])
def test_every_row_of_the_sample_ends_as_it_does_from_csv(with_types: bool) -> None:
    expected = msgspec.json.decode((DATA / "people.expected.json").read_bytes(), type=Expected)
    source = io.BytesIO((DATA / "people.utf-8-sig.csv").read_bytes())
    layout = read_table(source)
    table: list[list[Cell]] = [list(layout.header)]
    for row in read_rows(source, layout):
        kept = zip(row.cells, layout.header, strict=True)
        table.append([typed(cell, header) if with_types else cell for cell, header in kept])
    assert {float, date} <= {type(cell) for row in table for cell in row} or not with_types

    rows = io.BytesIO(workbook(*table))
    sheet = read_table(rows)
    plan = plan_for(sheet.header)
    seen: set[str] = set()
    found = []
    for row, line in zip(read_rows(rows, sheet), (one.line for one in expected.per_row), strict=True):
        read = read_row(row, plan, NOW)
        if isinstance(read, Rejected):
            found.append(ExpectedRow(line, "rejected", read.reason))
            continue
        found.append(ExpectedRow(line, "same_subject" if read.e164 in seen else "imported", None, read.e164))
        seen.add(read.e164)
    assert found == expected.per_row


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (13912345678, "13912345678"),
        (1.3912345678e10, "13912345678"),
        (8613912345678.0, "8613912345678"),
        (123456789012345.0, "123456789012345"),
        (1e15, "1000000000000000"),
        (0.00001, "0.00001"),
        (0.1 + 0.2, "0.3"),
        (-2.5, "-2.5"),
        (0, "0"),
        (True, "true"),
        (False, "false"),
        (date(2026, 6, 16), "2026-06-16"),
        (datetime.fromisoformat("2026-06-16 08:30"), "2026-06-16 08:30:00"),
        (datetime.fromisoformat("2026-06-16 08:29:59.9996"), "2026-06-16 08:30:00"),
        (datetime.fromisoformat("9999-12-31 23:59:59.997"), "9999-12-31 23:59:59"),
        (time(8, 30), "08:30:00"),
        (" 王芳 ", " 王芳 "),
    ],
)
def test_a_typed_cell_says_what_its_reader_takes(cell: Cell, text: str) -> None:
    assert text_of(cell) == text
    [(_, _, cells)] = rows_of(workbook(["first", "second"], [cell, "x"]))
    assert cells == [text, "x"]


def test_what_typed_cells_say_is_read_by_the_readers_of_cells() -> None:
    assert numbers.parse(text_of(1.3912345678e10), "CN") == numbers.Number("+8613912345678")
    assert read_value(text_of(True), AttributeType.FLAG) is True
    assert read_value(text_of(120.0), AttributeType.NUMBER) == 120
    assert read_value(text_of(datetime.fromisoformat("2026-06-01")), AttributeType.DATE) == "2026-06-01"


def test_a_row_is_known_by_its_number_in_the_sheet() -> None:
    data = workbook(["a", "b"], ["1", ""], ["", " "], ["", 2.0], [], ["", ""], above=2, left=1)
    assert rows_of(data) == [(1, 4, ["", "1", ""]), (2, 6, ["", "", "2"])]
    assert read_table(io.BytesIO(data)).header == ("", "a", "b")


def test_reading_goes_on_after_any_row_of_a_sheet() -> None:
    data = workbook(["a"], [1.0], [""], [2.0], [3.0])
    everything = rows_of(data)
    assert [rows_of(data, after) for after in range(4)] == [everything[after:] for after in range(4)]


def test_cells_with_errors_read_as_blank_and_formulas_as_their_results() -> None:
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b", "c"])
        sheet.write_formula(1, 0, "=NA()", None, "#N/A")
        sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")
        sheet.write_formula(1, 2, "=6*7", None, 42)
    assert rows_of(file.getvalue()) == [(1, 2, ["", "", "42"])]


def test_the_first_sheet_is_read_unless_another_is_named() -> None:
    data = workbook(["a"], ["1"], 会员=[["b"], ["2"]])
    assert read_table(io.BytesIO(data)) == Sheet("People", ("a",))
    assert rows_of(data, sheet="会员") == [(1, 2, ["2"])]
    with pytest.raises(UnreadableFile, match='no sheet "members"; it has "People", "会员"'):
        rows_of(data, sheet="members")


def test_a_hidden_sheet_is_read_only_when_it_is_named() -> None:
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        hidden, shown = book.add_worksheet("old"), book.add_worksheet("new")
        hidden.write_row(0, 0, ["a"])
        shown.write_row(0, 0, ["b"])
        shown.activate()
        shown.set_first_sheet()
        hidden.hide()
    assert read_table(file).header == ("b",)
    assert read_table(file, sheet="old").header == ("a",)


def test_the_reader_of_a_table_is_chosen_by_what_it_is_not_by_its_name() -> None:
    text = io.BytesIO(b"a,b\n1,\n")
    assert list(read_cells(text, read_table(text))) == [(2, ["1", ""])]
    book = io.BytesIO(workbook(["a", "b"], [1.5, date(2026, 6, 16)]))
    assert list(read_cells(book, read_table(book))) == [(2, [1.5, date(2026, 6, 16)])]


@pytest.mark.parametrize(
    ("encoding", "sheet", "data", "message"),
    [
        ("utf-8", None, workbook(["a"]), "leave out --encoding"),
        (None, "People", b"a,b\n1,2\n", "leave out --sheet"),
    ],
)
def test_an_option_of_the_other_kind_of_file_is_refused(
    encoding: str | None, sheet: str | None, data: bytes, message: str
) -> None:
    with pytest.raises(UnreadableFile, match=message):
        read_table(io.BytesIO(data), encoding=encoding, sheet=sheet)


def an_archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("people.csv", "a,b\n")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04...", "no Excel workbook"),
        (workbook(["a"])[:-100], "no Excel workbook"),
        (an_archive(), "no Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel workbook .*with a password"),
        (workbook(), 'sheet "People" is empty'),
        (workbook(["", " "]), 'sheet "People" is empty'),
    ],
)
def test_what_is_no_workbook_gets_a_clear_error(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableFile, match=message):
        rows_of(data)


def test_a_workbook_that_unfolds_to_any_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = workbook(["a"], *(["x"] for _ in range(1000)))
    monkeypatch.setattr(workbook_module, "LARGEST", 4 * len(data))
    with pytest.raises(UnreadableFile, match="save the sheet as CSV"):
        rows_of(data)


@given(
    damage=st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=4)
)
def test_a_damaged_workbook_is_read_or_refused(damage: list[tuple[int, int]]) -> None:
    data = bytearray(WHOLE)
    for place, byte in damage:
        data[place] = byte
    try:
        rows = rows_of(bytes(data))
    except UnreadableFile:
        return
    assert len(rows) <= 2


@pytest.mark.parametrize(("column", "row"), [(16_383, 1_048_575), (30, 1_000_000), (16_383, 2_000)])
def test_a_stray_cell_far_away_is_refused_before_memory_is_laid_out_for_it(column: int, row: int) -> None:
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_string(0, 0, "phone")
        sheet.write_string(row, column, " ")
    with pytest.raises(UnreadableFile, match=f"up to row {row + 1:,} and column {column + 1:,}: delete"):
        rows_of(file.getvalue())


def test_the_last_row_of_a_sheet_is_read() -> None:
    assert rows_of(workbook(["a"], *([] for _ in range(1_048_574)), ["1"])) == [(1, 1_048_576, ["1"])]


def test_the_rows_of_a_sheet_do_not_show_their_cells() -> None:
    source = io.BytesIO(workbook(["phone"], [13800000000.0]))
    rows = list(read_rows(source, read_table(source)))
    assert isinstance(rows[0], Row)
    assert "138" not in repr(rows)
