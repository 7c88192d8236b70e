import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from yesfirst.intake.result import Outcome, RowReason, RowResult, write_results


def test_a_result_file_opens_in_a_spreadsheet_and_says_what_became_of_each_row(tmp_path: Path) -> None:
    path = tmp_path / "结果.csv"
    path.write_text("an earlier result")
    write_results(
        path,
        [
            RowResult(2, Outcome.IMPORTED),
            RowResult(4, Outcome.REJECTED, RowReason.PLACE_UNKNOWN, "居住地, 必填", "US-FL"),
        ],
    )
    assert path.read_bytes().startswith(b"\xef\xbb\xbfline,outcome,reason,column,hint\r\n2,imported,,,\r\n")
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.DictReader(file))[1] == {
            "line": "4",
            "outcome": "rejected",
            "reason": "PLACE_UNKNOWN",
            "column": "居住地, 必填",
            "hint": "US-FL",
        }
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("header", ["=1+1", "+cmd", "-2", "@SUM(A1)"])
def test_a_header_that_a_spreadsheet_would_run_is_written_as_text(tmp_path: Path, header: str) -> None:
    path = tmp_path / "result.csv"
    write_results(path, [RowResult(2, Outcome.REJECTED, RowReason.GIVEN_INVALID, header)])
    assert path.read_text(encoding="utf-8-sig").splitlines()[1].endswith(f",'{header},")


def test_a_result_that_fails_midway_leaves_the_earlier_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "result.csv"
    path.write_text("an earlier result")

    def broken() -> Iterator[RowResult]:
        yield RowResult(2, Outcome.UPDATED)
        raise ConnectionError("database went away")

    with pytest.raises(ConnectionError):
        write_results(path, broken())
    assert path.read_text() == "an earlier result"
    assert list(tmp_path.iterdir()) == [path]
