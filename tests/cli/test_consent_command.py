"""`yesfirst consent explain`, and a decision replayed, in a terminal."""

from typing import Any

from cli.terminal import CAMPAIGNS, Terminal

ASK = ("consent", "explain", "--brand", "harbour-books", "--purpose", "marketing.events", "--phone", "-")


def first_number() -> str:
    lines = (CAMPAIGNS / "harbour-books" / "people.csv").read_text("utf-8-sig").splitlines()
    return lines[1].split(",")[2]


def explained(terminal: Terminal, *options: str) -> dict[str, Any]:
    return terminal.answer(*ASK, *options, written=first_number())


def test_a_person_is_explained_in_either_language(readers: Terminal) -> None:
    english = explained(readers, "--at", "2027-03-02T12:00", "--language", "en")
    chinese = explained(readers, "--at", "2027-03-02T12:00", "--language", "zh")
    assert english["verdict"] == chinese["verdict"]
    assert english["advice"] == "This is not legal advice."
    assert "At 2027-03-02" in english["paragraph"]
    assert "以上时间均为" in chinese["paragraph"]
    assert {one["confidence"] for one in english["rules"]} >= {"from memory, to be verified", "second hand"}


def test_what_is_shown_ends_with_the_advice_and_holds_no_number(readers: Terminal) -> None:
    done = readers.run(*ASK, written=first_number())
    assert done.exit_code == 0
    assert done.stdout.rstrip().endswith("This is not legal advice.")
    assert first_number() not in done.stdout + done.stderr
    assert "kind of consent and its record: " in done.stdout


def test_a_time_that_is_none_is_bad_usage(readers: Terminal) -> None:
    assert readers.run(*ASK, "--at", "noon", written=first_number()).exit_code == 2
    assert readers.run(*ASK, "--at", "0001-01-01", written=first_number()).exit_code == 2


def test_a_message_that_was_never_decided_about_is_not_replayed(readers: Terminal) -> None:
    done = readers.run("evidence", "replay", "A" * 22)
    assert done.exit_code == 1
    assert "MESSAGE_UNKNOWN" in done.stdout + done.stderr or "Nothing was decided" in done.stderr
