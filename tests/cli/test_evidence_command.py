"""`yesfirst evidence` where there is none; the rest is in the whole way."""

from pathlib import Path

import pytest

from cli.terminal import Terminal
from yesfirst.ledger.note import generate

ID = "AAAAAAAAAAAAAAAAAAAAAA"
VKEY = generate("example.com/log").verifier.encode()


@pytest.mark.parametrize("what", [(), ("--message", ID, "--run", ID)])
def test_an_export_is_of_a_message_or_of_a_run(shop: Terminal, tmp_path: Path, what: tuple[str, ...]) -> None:
    assert shop.run("evidence", "export", *what, "-o", tmp_path / "out").exit_code == 2


@pytest.mark.parametrize(
    ("what", "code"),
    [
        (("--message", ID), "MESSAGE_UNKNOWN"),
        (("--message", "message-1"), "MESSAGE_UNKNOWN"),
        (("--run", ID), "RUN_UNKNOWN"),
    ],
)
def test_what_is_not_there_is_not_exported(
    shop: Terminal, tmp_path: Path, what: tuple[str, ...], code: str
) -> None:
    assert shop.refusal("evidence", "export", *what, "-o", tmp_path / "out")["code"] == code
    assert not (tmp_path / "out").exists()


def test_nothing_is_found_for_a_number_that_nobody_knows(shop: Terminal) -> None:
    find = ("evidence", "find", "--brand", "harbour-books", "--phone", "-")
    assert shop.answer(*find, written="+12025550143\n") == {"messages": []}


def test_a_bundle_that_is_none_is_invalid(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "bundle.json").write_text("{}")
    result = terminal.run("evidence", "verify", tmp_path / "bundle.json", "--key", VKEY)
    assert result.exit_code == 1
    assert "INVALID" in result.stdout


def test_a_key_that_is_none_is_bad_usage(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "bundle.json").write_text("{}")
    assert terminal.run("evidence", "verify", tmp_path / "bundle.json", "--key", "key").exit_code == 2
