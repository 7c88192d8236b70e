import codecs
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yesfirst.intake import encoding as encoding_module
from yesfirst.intake.csvfile import Layout, read_layout, read_rows
from yesfirst.intake.encoding import UnreadableFile


def rows_of(data: bytes, after: int = 0) -> list[tuple[int, int, list[str]]]:
    source = io.BytesIO(data)
    return [(row.ordinal, row.line, row.cells) for row in read_rows(source, read_layout(source), after)]


def quoted(cell: str) -> str:
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'


@pytest.mark.parametrize(
    ("written_as", "found"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("gbk", "gb18030"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_the_encoding_is_found(written_as: str, found: str) -> None:
    source = io.BytesIO("手机号,姓名\r\n13800000000,王芳\r\n".encode(written_as))
    layout = read_layout(source)
    assert layout == Layout(found, ",", ("手机号", "姓名"))
    assert [row.cells for row in read_rows(source, layout)] == [["13800000000", "王芳"]]


def test_utf_16_with_a_big_endian_mark_is_read() -> None:
    data = codecs.BOM_UTF16_BE + "电话\n13800000000\n".encode("utf-16-be")
    assert rows_of(data) == [(1, 2, ["13800000000"])]


def test_gb18030_that_begins_after_many_ascii_rows_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding_module, "BLOCK", 16)
    data = b"phone,name\n" + b"13800000000,Ann\n" * 50 + "13800000001,𠮷野\n".encode("gb18030")
    assert rows_of(data)[-1] == (51, 52, ["13800000001", "𠮷野"])


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_the_one_that_the_header_uses_outside_quotes(delimiter: str) -> None:
    data = delimiter.join(['"a,;b"', "phone", "name"]) + "\n" + delimiter.join("123") + "\n"
    assert rows_of(data.encode()) == [(1, 2, ["1", "2", "3"])]


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_lines_are_counted_as_an_editor_shows_them(end: str) -> None:
    text = end.join(["phone,note", '1,"one', "", 'two"', "2,", "", '3,"x ""y"""', "4,last"])
    assert rows_of(text.encode()) == [
        (1, 2, ["1", f"one{end}{end}two"]),
        (2, 5, ["2", ""]),
        (3, 7, ["3", 'x "y"']),
        (4, 8, ["4", "last"]),
    ]


def test_mixed_line_ends_count_one_each() -> None:
    assert rows_of(b'p,n\r\n1,"a\rb\nc\r\nd"\n2,\r3,\r\n') == [
        (1, 2, ["1", "a\rb\nc\r\nd"]),
        (2, 6, ["2", ""]),
        (3, 7, ["3", ""]),
    ]


@given(
    cells=st.lists(st.lists(st.text("ab王,;\"\r\n'", max_size=4), min_size=2, max_size=2), max_size=6),
    block=st.integers(1, 7),
    name=st.sampled_from(["utf-8-sig", "gb18030", "utf-16"]),
)
def test_blocks_of_any_size_give_the_rows_that_were_written(
    cells: list[list[str]], block: int, name: str
) -> None:
    written = [",".join(quoted(cell) for cell in row) + "\r\n" for row in cells]
    header = "手机,注\r\n"
    source = io.BytesIO((header + "".join(written)).encode(name))
    layout = read_layout(source)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding_module, "BLOCK", block)
        rows = list(read_rows(source, layout))
    before = ["".join([header, *written[:index]]) for index in range(len(cells))]
    assert [row.cells for row in rows] == cells
    assert [row.line for row in rows] == [1 + len(re.findall("\r\n|\r|\n", text)) for text in before]


def test_reading_goes_on_after_any_row() -> None:
    data = b'p,n\n1,"a\nb"\n2,\n3,\n'
    everything = rows_of(data)
    assert [rows_of(data, after) for after in range(4)] == [everything[after:] for after in range(4)]


def test_rows_are_given_out_while_the_file_is_being_read() -> None:
    source = io.BytesIO(b"phone\n" + b"13800000000\n" * 200_000)
    rows = read_rows(source, read_layout(source))
    next(rows)
    assert source.tell() == encoding_module.BLOCK


def test_a_row_of_more_or_fewer_cells_is_handed_on_as_it_is() -> None:
    assert [cells for _, _, cells in rows_of(b"a,b\n1\n1,2,3\n,\n")] == [["1"], ["1", "2", "3"], ["", ""]]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf \r\n\r\n", "the file is empty"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "old Excel workbook .* with a password: .* .xlsx .* .CSV UTF-8",
        ),
        (b"\x00\x01\x02\x03\xff\xfe\x00\x00", "NUL byte at byte 0"),
        (b"phone\n138\x00\x00\n", "NUL byte at byte 9"),
        (b"phone\n" + b"1\n" * 200_000 + b"\x00\n", "line 200002: NUL character"),
        (b"phone\r\n1\r\n\xff\xff\n", "line 3, byte 10 is not UTF-8; line 3, byte 10 is not GB18030"),
        ("手机号,姓名\n1,王芳\n2,赵".encode() + b"\xe7\xa3\n", "line 3, byte 31 is not UTF-8. Save"),
        ("电话\n".encode("utf-16") + b"\x00", "line 2, byte 8 is not UTF-16"),
        (codecs.BOM_UTF16_LE + b"1\x00\n\x00\x00\xd8\n\x00", "line 2, byte 6 is not UTF-16"),
        (b'a,b\n1,"x\n2,y\n3,z\n', r"line 2: a quote opens .* up to line 4"),
        (b'a,b\n1,"x"y\n2,z\n', r"line 2: a quote opens .* up to line 2"),
        (b'"a,b\n1,x\n', r"line 1: a quote opens"),
        (b'a,b\n1,"' + b"x\n" * 70_000 + b'"\n', r"line 2: a quote opens"),
        (b"a,b\n" + b"x" * (2 << 20), r"line 2 is longer than"),
    ],
)
def test_what_is_not_a_csv_gets_a_clear_error_with_its_place(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableFile, match=message):
        rows_of(data)


def test_a_named_encoding_is_used_and_no_other() -> None:
    source = io.BytesIO("휴대폰,이름\n".encode("cp949"))
    assert read_layout(source, "EUC-KR").header == ("휴대폰", "이름")
    with pytest.raises(UnreadableFile, match="line 1, byte 0 is not UTF-8"):
        read_layout(source, "utf-8")
    with pytest.raises(UnreadableFile, match="the named encoding is not known; use one of utf-8,"):
        read_layout(source, "rot13")


def test_a_row_does_not_show_its_cells() -> None:
    source = io.BytesIO(b"phone\n13800000000\n")
    assert "138" not in repr(list(read_rows(source, read_layout(source))))
