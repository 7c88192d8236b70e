"""`yesfirst list`, and campaigns that name lists."""

from pathlib import Path

import pytest

from cli.terminal import CAMPAIGNS, Terminal
from intake.workbooks import workbook

BOOKS = ("--brand", "harbour-books")
CAMPAIGN = CAMPAIGNS / "harbour-books" / "crime-night.yaml"


@pytest.fixture
def guests(tmp_path: Path) -> Path:
    """Two readers, somebody unknown and nobody."""
    file = tmp_path / "guests.xlsx"
    rows = [["Ada", "+17865550192"], ["Ben", "+14155550123"], ["Cy", "unlisted"], ["Ada", "17865550192"]]
    file.write_bytes(workbook(["who", "phone"], *rows))
    return file


@pytest.fixture
def with_list(tmp_path: Path) -> Path:
    """A campaign that leaves out the people of a list."""
    lines = CAMPAIGN.read_text("utf-8").splitlines()
    at = lines.index("audience:") + 1
    file = tmp_path / "campaign.yaml"
    file.write_text("\n".join([*lines[:at], "  exclude: [guests-2026]", *lines[at:], ""]), "utf-8")
    return file


def test_a_list_is_imported_shown_and_dropped(readers: Terminal, guests: Path) -> None:
    report = readers.answer("list", "import", guests, *BOOKS, "--name", "guests-2026")
    assert report == {
        "list": "guests-2026",
        "rows": 4,
        "people": 1,
        "repeated": 1,
        "unknown": 1,
        "invalid": 1,
        "unknown_lines": [3],
        "invalid_lines": [4],
    }
    assert readers.answer("list", "show", *BOOKS) == {"lists": [{"name": "guests-2026", "people": 1}]}
    drop = ("list", "drop", *BOOKS, "--name", "guests-2026")
    assert readers.answer(*drop) == {"list": "guests-2026", "people": 1}
    assert readers.refusal(*drop)["code"] == "LIST_UNKNOWN"


def test_people_are_told_which_lines_were_left_out(readers: Terminal, guests: Path) -> None:
    done = readers.run("list", "import", guests, *BOOKS, "--name", "guests-2026")
    assert done.exit_code == 0
    assert "1 (line 3)" in done.stdout
    assert "5550123" not in done.output


def test_a_campaign_with_an_unknown_list_is_refused_until_the_list_is_there(
    readers: Terminal, guests: Path, with_list: Path
) -> None:
    for command in (("check", with_list), ("plan", with_list, "--as", "Wang Fang")):
        error = readers.refusal("campaign", *command)
        [problem] = error["problems"]
        assert (error["code"], problem["message"]) == ("FILE_INVALID", 'unknown list "guests-2026"')
        lines = with_list.read_text("utf-8").splitlines()
        assert lines[problem["line"] - 1][problem["column"] - 1 :].startswith("guests-2026")

    everybody = readers.answer("campaign", "plan", CAMPAIGN, "--as", "Wang Fang")
    readers.answer("list", "import", guests, *BOOKS, "--name", "guests-2026")
    assert readers.answer("campaign", "check", with_list)["valid"]
    planned = readers.answer("campaign", "plan", with_list, "--as", "Wang Fang")
    assert planned["audience"] == everybody["audience"] - 1


def test_a_file_without_a_column_of_numbers_is_refused_with_the_way_out(
    readers: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "list.csv"
    file.write_text("who,reach\nAda,+17865550192\n")
    command = ("list", "import", file, *BOOKS, "--name", "guests-2026")
    error = readers.refusal(*command)
    assert error["code"] == "COLUMNS_UNCLEAR"
    assert "--number-column" in error["problems"][0]["message"]
    assert readers.answer(*command, "--number-column", "reach")["people"] == 1
