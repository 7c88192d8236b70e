"""`yesfirst people reassigned`, and what it leaves of those who had the numbers."""

from pathlib import Path

from cli.terminal import Terminal

KNOWN, OTHER = "+17865550192", "+14155550123"
ORDER = ("people", "reassigned", "--at", "2026-01-05T09:00-05:00", "--as", "Zhang Wei")
SHOW = ("people", "show", "--brand", "harbour-books", "--phone", "-")


def test_a_file_of_numbers_ends_what_their_earlier_holders_agreed_to(
    readers: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "reassigned.csv"
    file.write_text(f"phone,listed\n{KNOWN},yes\n{OTHER},yes\n(786) 555-0193,no\nnobody,yes\n")
    done = readers.answer(*ORDER, "--file", file, "--region", "us")
    assert done == {
        "rows": 4,
        "known": 1,
        "people": 1,
        "unknown": 1,
        "invalid": 1,
        "invalid_lines": [5],
        "in_flight": [],
    }
    assert readers.refusal(*SHOW, written=f"{KNOWN}\n")["code"] == "SUBJECT_UNKNOWN"
    assert readers.answer(*ORDER, "--file", file, "--region", "us")["people"] == 0


def test_one_number_is_asked_for_and_not_repeated(readers: Terminal) -> None:
    done = readers.run(*ORDER, "--phone", "-", written=f"{KNOWN}\n")
    assert (done.exit_code, "5550192" in done.output) == (0, False)
    assert "1 people of brands" in done.stdout
    assert readers.refusal(*ORDER, "--phone", "-", written="5550192\n")["code"] == "NUMBER_INVALID"


def test_nobody_can_tell_the_future(readers: Terminal) -> None:
    order = ("people", "reassigned", "--at", "2099-01-01", "--as", "Zhang Wei", "--phone", "-")
    assert readers.refusal(*order, written=f"{KNOWN}\n")["code"] == "REASSIGNED_IN_FUTURE"
    assert readers.run(*ORDER[:3], "yesterday", *ORDER[4:]).exit_code == 2
