"""The result as a workbook, read again with the reader of workbooks."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from intake.workbooks import workbook
from yesfirst.intake import marked
from yesfirst.intake.encoding import UnreadableFile
from yesfirst.intake.marked import write_marked
from yesfirst.intake.result import Outcome, RowReason, RowResult
from yesfirst.intake.resultwords import WORDS, ResultLanguage, language_near
from yesfirst.intake.table import read_cells, read_rows, read_table

ENDS = [
    RowResult(2, Outcome.IMPORTED),
    RowResult(4, Outcome.REJECTED, RowReason.NUMBER_INVALID, "手机"),
]
DAY, INSTANT = date(2026, 6, 16), datetime.fromisoformat("2026-06-16 08:30")
TABLE = workbook(["手机", "日", "时", "注"], [13912345678.0, DAY, INSTANT, True], [], ["12", "", "", "=1+1"])


def write(path: Path, data: bytes, ends: list[RowResult], language: str = "zh") -> None:
    source = io.BytesIO(data)
    write_marked(path, source, read_table(source), ends, ResultLanguage(language))


def coloured(path: Path) -> list[str]:
    """The cells of a result that have the colour of refusal, by the XML that Excel reads."""
    with zipfile.ZipFile(path) as archive:
        styles = archive.read("xl/styles.xml").decode()
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    fills = re.findall(r"<fill>.*?</fill>", styles)
    formats = re.findall(r'<xf [^>]*fillId="(\d+)"', styles.partition("<cellXfs")[2])
    red = {str(number) for number, fill in enumerate(formats) if "FFC7CE" in fills[int(fill)]}
    return [cell for cell, style in re.findall(r'<c r="(\w+)" s="(\d+)"', sheet) if style in red]


def test_each_row_stands_where_it_stood_with_its_end_before_it(tmp_path: Path) -> None:
    path = tmp_path / "结果.xlsx"
    path.write_text("an earlier result")
    write(path, TABLE, ENDS)
    with path.open("rb") as file:
        table = read_table(file)
        rows = list(read_cells(file, table))
    assert table.header == ("结果", "原因", "所在列", "手机", "日", "时", "注")
    assert rows == [
        (2, ["已导入", "", "", 13912345678.0, DAY, INSTANT, True]),
        (4, ["已拒绝", "不是可以接收短信的号码，或一格中有多个号码", "手机", "12", "", "", "=1+1"]),
    ]
    assert list(tmp_path.iterdir()) == [path]


def test_refused_rows_are_coloured_and_no_others(tmp_path: Path) -> None:
    path = tmp_path / "result.xlsx"
    write(path, TABLE, ENDS)
    assert coloured(path) == ["A4", "B4", "C4", "D4", "E4", "F4", "G4"]


@pytest.mark.parametrize(
    ("language", "reason"),
    [
        ("zh", "不是已知的国家或州，请写成 CN、US-FL 或 Florida 这样；是否为 US-FL？"),
        (
            "en",
            "no country or state that is known: write it like CN, US-FL or Florida; did you mean US-FL?",
        ),
    ],
)
def test_a_near_word_is_told_with_the_reason(tmp_path: Path, language: str, reason: str) -> None:
    path = tmp_path / "result.xlsx"
    end = RowResult(2, Outcome.REJECTED, RowReason.PLACE_UNKNOWN, "state", "US-FL")
    write(path, b"phone,state\n12,Flordia\n", [end], language)
    with path.open("rb") as file:
        [(_, cells)] = read_cells(file, read_table(file))
    assert cells[1:3] == [reason, "state"]


def test_a_result_can_be_in_english_and_of_a_csv(tmp_path: Path) -> None:
    path = tmp_path / "result.xlsx"
    write(path, b'phone,note\n12,"a\nb"\n', [RowResult(2, Outcome.UNCHANGED)], "en")
    with path.open("rb") as file:
        table = read_table(file)
        assert table.header == ("outcome", "reason", "column", "phone", "note")
        assert [row.cells for row in read_rows(file, table)] == [["unchanged", "", "", "12", "a\nb"]]


def test_no_text_becomes_a_formula_or_a_link(tmp_path: Path) -> None:
    path = tmp_path / "result.xlsx"
    table = workbook(["=1+1", "b"], ["=HYPERLINK(1)", "https://example.com"])
    write(path, table, [RowResult(2, Outcome.REJECTED, RowReason.GIVEN_INVALID, "=1+1")])
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet


@pytest.mark.parametrize("ends", [ENDS[:1], [*ENDS, RowResult(5, Outcome.IMPORTED)], [ENDS[0]] * 2])
def test_results_of_another_file_are_refused_and_leave_nothing(tmp_path: Path, ends: list[RowResult]) -> None:
    path = tmp_path / "result.xlsx"
    with pytest.raises(UnreadableFile, match="has changed"):
        write(path, TABLE, ends)
    assert list(tmp_path.iterdir()) == []


def test_an_error_midway_leaves_the_earlier_result_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "result.xlsx"
    path.write_text("an earlier result")

    def broken() -> Iterator[RowResult]:
        yield ENDS[0]
        raise ConnectionError("database went away")

    source = io.BytesIO(TABLE)
    with pytest.raises(ConnectionError):
        write_marked(path, source, read_table(source), broken(), ResultLanguage.CHINESE)
    assert path.read_text() == "an earlier result"
    assert list(tmp_path.iterdir()) == [path]


def test_more_lines_than_a_sheet_holds_are_refused_not_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marked, "MOST_ROWS", 3)
    with pytest.raises(UnreadableFile, match=r"ends at line 3: .*\.csv"):
        write(tmp_path / "result.xlsx", TABLE, ENDS)


@pytest.mark.parametrize("language", ResultLanguage)
def test_every_end_of_a_row_has_words_of_its_own(language: ResultLanguage) -> None:
    words = WORDS[language]
    assert words.keys() == {*Outcome, *RowReason}
    assert len(set(words.values())) == len(words)


@pytest.mark.parametrize(("brands", "found"), [("zh", "zh"), ("zh-Hant", "zh"), ("en", "en"), ("ko", "en")])
def test_the_language_of_a_result_is_the_nearest_to_the_brands(brands: str, found: str) -> None:
    assert language_near(brands) == found
