"""`yesfirst people` with the sample people that ship."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from cli.terminal import CAMPAIGNS, Terminal
from intake.workbooks import workbook
from yesfirst.intake.table import read_rows, read_table

TEA = CAMPAIGNS / "lantern-tea"
BOOKS = CAMPAIGNS / "harbour-books"
OFFERS = ("--purpose", "marketing.offers")
TEA_IMPORT = ("--brand", "lantern-tea", *OFFERS, "--notice", TEA / "notices" / "offers.zh.md")
BOOKS_IMPORT = ("--brand", "harbour-books", *OFFERS, "--notice", BOOKS / "notices" / "offers.en.md")


def test_each_row_of_the_sample_ends_in_the_result_file(shop: Terminal, tmp_path: Path) -> None:
    result = tmp_path / "result.csv"
    report = shop.answer("people", "import", TEA / "people.csv", *TEA_IMPORT, "--result", result)
    rows = list(csv.DictReader(result.read_text("utf-8-sig").splitlines()))
    assert report["rows"] == len(rows) == 60
    assert report["outcomes"] == {"imported": 55, "rejected": 4, "unchanged": 1}
    assert {row["reason"] for row in rows if row["outcome"] == "rejected"} == set(report["reasons"])
    assert report["dropped"] == ["备注"]
    assert report["guessed"]["number"] == "手机号"


def test_what_was_guessed_and_dropped_is_said_to_people_too(shop: Terminal, tmp_path: Path) -> None:
    done = shop.run("people", "import", TEA / "people.csv", *TEA_IMPORT, "--result", tmp_path / "r.csv")
    assert done.exit_code == 0
    assert 'Guessed: number is in "手机号" (column 3)' in done.stderr
    assert 'Dropped, since the brand does not declare them: "备注"' in done.stderr


def test_a_second_import_changes_nothing(shop: Terminal, tmp_path: Path) -> None:
    command = ("people", "import", TEA / "people.csv", *TEA_IMPORT, "--result", tmp_path / "r.csv")
    shop.answer(*command)
    assert shop.answer(*command)["outcomes"] == {"rejected": 4, "unchanged": 56}


def test_a_dry_run_changes_nothing_and_tells_the_same(shop: Terminal, tmp_path: Path) -> None:
    command = ("people", "import", TEA / "people.csv", *TEA_IMPORT, "--result", tmp_path / "r.csv")
    rehearsed = shop.answer(*command, "--dry-run")
    assert rehearsed == {**shop.answer(*command), "dry_run": True}


def test_the_result_stands_beside_the_file_unless_told_otherwise(shop: Terminal, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_bytes((TEA / "people.csv").read_bytes())
    assert shop.answer("people", "import", people, *TEA_IMPORT)["result"] == f"{people}.result.csv"
    assert (tmp_path / "people.csv.result.csv").exists()


def as_workbook(csv_file: Path, file: Path) -> Path:
    rows = list(csv.reader(csv_file.read_text("utf-8-sig").splitlines()))
    file.write_bytes(workbook(["a", "b"], Members=rows))
    return file


def test_a_workbook_ends_as_its_csv_does_and_comes_back_with_the_reasons(
    shop: Terminal, tmp_path: Path
) -> None:
    people = as_workbook(TEA / "people.csv", tmp_path / "people.xlsx")
    command = ("people", "import", people, *TEA_IMPORT, "--sheet", "Members")
    report = shop.answer(*command)
    assert report["outcomes"] == {"imported": 55, "rejected": 4, "unchanged": 1}
    assert report["result"] == f"{people}.result.xlsx"
    with Path(report["result"]).open("rb") as file:
        table = read_table(file)
        rows = [row.cells for row in read_rows(file, table)]
    assert table.header[:3] == ("结果", "原因", "所在列")
    assert Counter(row[0] for row in rows) == {"已导入": 55, "已拒绝": 4, "无变化": 1}

    again = tmp_path / "again.XLSX"
    shop.answer(*command, "--result", again, "--result-language", "en")
    with again.open("rb") as file:
        assert read_table(file).header[:3] == ("outcome", "reason", "column")


def test_two_sheets_of_one_workbook_are_two_imports(shop: Terminal, tmp_path: Path) -> None:
    people = tmp_path / "people.xlsx"
    header = ["手机号", "同意日期", "同意有效期至"]
    days = ["2026-01-05", "2030-01-05"]
    people.write_bytes(workbook(header, ["13900000001", *days], 新=[header, ["13900000002", *days]]))
    for sheet in ("People", "新"):
        report = shop.answer("people", "import", people, *TEA_IMPORT, "--sheet", sheet)
        assert report["outcomes"] == {"imported": 1}


def test_a_sheet_that_is_not_there_is_refused_with_those_there_are(shop: Terminal, tmp_path: Path) -> None:
    people = as_workbook(TEA / "people.csv", tmp_path / "people.xlsx")
    error = shop.refusal("people", "import", people, *TEA_IMPORT, "--sheet", "Guests")
    assert error["code"] == "FILE_UNREADABLE"
    assert '"People", "Members"' in error["message"]


def test_an_absent_expiry_is_refused_with_the_three_ways_out(shop: Terminal) -> None:
    error = shop.refusal("people", "import", BOOKS / "people.csv", *BOOKS_IMPORT)
    [problem] = error["problems"]
    assert error["code"] == "COLUMNS_UNCLEAR"
    assert all(way in problem["message"] for way in ("--expires-column", "--expires-after", "--no-expiry"))


@pytest.mark.parametrize(
    "wrong",
    [
        ("--no-expiry", "--expires-after", "365d"),
        ("--expires-after", "a while"),
        ("--map", "number"),
        ("--date-order", "whatever"),
    ],
)
def test_options_that_make_no_sense_are_bad_usage(shop: Terminal, wrong: tuple[str, ...]) -> None:
    assert shop.run("people", "import", BOOKS / "people.csv", *BOOKS_IMPORT, *wrong).exit_code == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "FILE_UNREADABLE"),
        ("手机号,同意日期\n".encode() + b"\xff\xfe\x00\x80", "FILE_UNREADABLE"),
        (b"phone,consent date\n4155550123,2026-01-05\n", "COLUMNS_UNCLEAR"),
        (b"first,second\nAda,2026-01-05\n", "COLUMNS_UNCLEAR"),
    ],
)
def test_a_file_that_is_no_list_of_people_is_refused(
    shop: Terminal, tmp_path: Path, content: bytes, code: str
) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(content)
    error = shop.refusal("people", "import", file, *BOOKS_IMPORT)
    assert error["code"] == code
    assert "4155550123" not in str(error)
    assert list(tmp_path.glob("*.result.csv")) == []


def test_a_notice_that_does_not_cover_the_purpose_is_refused(shop: Terminal) -> None:
    notice = BOOKS / "notices" / "events.en.md"
    error = shop.refusal(
        *("people", "import", BOOKS / "people.csv", "--brand", "harbour-books"), *OFFERS, "--notice", notice
    )
    assert error["code"] == "PURPOSE_NOT_IN_NOTICE"


def test_a_file_that_is_not_there_is_bad_usage(shop: Terminal) -> None:
    assert shop.run("people", "import", "nobody.csv", *BOOKS_IMPORT).exit_code == 2


def test_a_brand_that_is_not_there_is_refused_with_those_there_are(shop: Terminal) -> None:
    error = shop.refusal(
        "people", "withdraw", "--brand", "tea-lantern", "--phone", "-", written="+8613800138000"
    )
    assert error["code"] == "BRAND_UNKNOWN"
    assert "lantern-tea" in error["hint"]


def test_a_withdrawal_by_telephone_keeps_the_person_out_of_later_imports(
    readers: Terminal, tmp_path: Path
) -> None:
    withdraw = ("people", "withdraw", "--brand", "harbour-books", "--phone", "-")
    done = readers.answer(*withdraw, written="+17865550192\n")
    assert done["in_flight"] == []
    report = readers.answer(
        *(
            "people",
            "import",
            BOOKS / "people.csv",
            *BOOKS_IMPORT,
            "--no-expiry",
            "--result",
            tmp_path / "r.csv",
        )
    )
    assert report["reasons"]["WITHDRAWN_SINCE"] == 1


def test_a_number_is_asked_for_and_never_repeated(shop: Terminal) -> None:
    done = shop.run("people", "withdraw", "--brand", "harbour-books", written="786 555 0192 ext 5\n")
    assert done.exit_code == 1
    assert done.stderr.startswith("Phone number: ")
    assert "no number that a text can reach" in done.stderr
    assert done.stderr.count("0192") == 1  # what the terminal echoes
