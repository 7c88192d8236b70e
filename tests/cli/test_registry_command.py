"""`yesfirst registry`, and what `yesfirst people show` tells of its answers."""

from pathlib import Path

import pytest

from cli.terminal import Terminal

BOOKS = ("--brand", "harbour-books")
KNOWN = "+17865550192"


@pytest.fixture
def answer(tmp_path: Path) -> Path:
    file = tmp_path / "dnc.csv"
    file.write_text(f"phone,listed\n{KNOWN},yes\n+14155550123,no\nnobody,no\n")
    return file


def test_an_answer_is_recorded_listed_and_shown(readers: Terminal, answer: Path) -> None:
    command = ("registry", "import", "us_fl_dnc", answer, *BOOKS, "--checked-at", "2026-01-05T09:00-05:00")
    report = readers.answer(*command, "--all-others-clear")
    others = report.pop("others_clear")
    assert others > 10
    assert report == {
        "registry": "us_fl_dnc",
        "checked_at": "2026-01-05T14:00:00Z",
        "rows": 3,
        "listed": 1,
        "clear": 0,
        "unknown": 1,
        "invalid": 1,
        "invalid_lines": [4],
        "stale_at": "2026-02-05T14:00:00Z",
    }
    [florida] = [
        one
        for one in readers.answer("registry", "list", *BOOKS)["registries"]
        if one["registry"] == "us_fl_dnc"
    ]
    assert (florida["listed"], florida["clear"], florida["unchecked"]) == (1, others, 0)
    shown = readers.answer("people", "show", *BOOKS, "--phone", "-", written=f"{KNOWN}\n")
    assert shown["registries"] == [
        {"registry": "us_fl_dnc", "listed": True, "checked_at": "2026-01-05T14:00:00Z"}
    ]
    assert "US-FL" in shown["rulebooks"]


def test_people_read_what_became_of_it_and_no_number(readers: Terminal, answer: Path) -> None:
    command = ("registry", "import", "us_fl_dnc", answer, *BOOKS, "--checked-at", "2026-01-05")
    done = readers.run(*command)
    assert (done.exit_code, "1 (line 4)" in done.stdout) == (0, True)
    assert "too old already" in done.stdout
    shown = readers.run("people", "show", *BOOKS, "--phone", "-", written=f"{KNOWN}\n")
    assert "listed on 2026-01-05" in shown.stdout
    listed = readers.run("registry", "list", *BOOKS)
    assert "us_national_dnc" in listed.stdout
    assert "5550192" not in done.output + shown.output + listed.output


def test_a_slip_is_refused_with_the_way_out(readers: Terminal, answer: Path) -> None:
    error = readers.refusal("registry", "import", "us_fl_dcn", answer, *BOOKS, "--checked-at", "2026-01-05")
    assert (error["code"], error["hint"]) == ("REGISTRY_UNKNOWN", "Did you mean us_fl_dnc?")
    done = readers.run("registry", "import", "us_fl_dnc", answer, *BOOKS, "--checked-at", "yesterday")
    assert done.exit_code == 2
