"""`yesfirst replies eval`: somebody's own texts, measured."""

from pathlib import Path

import pytest

from cli.terminal import Terminal

TEXTS = """\
{"lang": "zh", "text": "R", "label": "stop"}
{"lang": "en", "text": "R", "label": "other"}
{"lang": "en", "text": "stop texting me", "label": "stop"}
{"lang": "en", "text": "STOP", "label": "other"}
{"lang": "tlh", "text": "wrong number", "label": "stop", "wrong_number": true}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "mine.jsonl"
    file.write_text(TEXTS, "utf-8")
    return file


def test_texts_are_counted_by_language_with_the_keywords_of_where_it_is_spoken(
    terminal: Terminal, file: Path
) -> None:
    told = terminal.answer("replies", "eval", file)
    assert (told["texts"], told["stop_recall_with_held"], told["false_stop_rate"]) == (5, 1.0, 0.5)
    assert told["by_language"]["zh"]["stop_recall_with_held"] == 1.0
    assert told["by_language"]["zh"]["false_stop_rate"] is None
    assert told["by_language"]["tlh"]["texts"] == 1
    assert told["confusion"]["stop"] == {"stop": 3}
    assert told["wrong_number_recall"] == 1.0


def test_misread_lines_are_named_and_no_text_is_shown(terminal: Terminal, file: Path) -> None:
    told = terminal.answer("replies", "eval", file, "--wrong", "9")
    assert told["wrong"] == [{"line": 4, "label": "other", "meaning": "stop"}]
    shown = terminal.run("replies", "eval", file, "--wrong", "9").stdout
    assert "texting" not in shown
    assert "stops recognised or held" in shown


def test_a_line_that_is_no_labelled_text_is_refused_with_its_place(terminal: Terminal, file: Path) -> None:
    file.write_text(
        '\n{"lang": "en", "text": "a", "label": "stpo"}\n{"lang": "en", "text": 1}\nno\n', "utf-8"
    )
    error = terminal.refusal("replies", "eval", file)
    assert error["code"] == "FILE_INVALID"
    assert [(one["line"], one["column"]) for one in error["problems"]] == [(2, 29), (3, 16), (4, 1)]


@pytest.mark.parametrize("body", [b"", b"\n\n", b"\xff\xfe"])
def test_a_file_without_texts_is_refused(terminal: Terminal, file: Path, body: bytes) -> None:
    file.write_bytes(body)
    assert terminal.refusal("replies", "eval", file)["code"] == "FILE_INVALID"


def test_a_file_that_is_not_there_is_bad_usage(terminal: Terminal, file: Path) -> None:
    assert terminal.run("replies", "eval", file.with_name("none")).exit_code == 2
