"""`yesfirst rulebook cases`: counsel's own files."""

from pathlib import Path

import pytest

from cli.terminal import Terminal, last_line

CASE = """\
schema: sms-policy-golden/v0
cases:
- id: MINE-1
  given:
    number: "+8613000000001"
    packs: [CN]
    now: "2026-11-24T10:00:00+08:00"
    consent: null
    message: {class: marketing}
  expect: {decision: allow, reason: OK}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "mine.yaml"
    file.write_text(CASE, "utf-8")
    return file


def test_a_case_that_differs_is_shown_with_both_answers_and_refused(terminal: Terminal, file: Path) -> None:
    result = terminal.run("rulebook", "cases", file, "--json")
    assert result.exit_code == 1
    assert last_line(result) == {
        "cases": 1,
        "differs": [
            {
                "id": "MINE-1",
                "expected": {"decision": "allow", "reason": "OK"},
                "got": {"decision": "deny", "reason": "CONSENT_MISSING"},
            }
        ],
    }
    shown = terminal.run("rulebook", "cases", file).stdout
    for words in ("MINE-1", "CONSENT_MISSING"):
        assert words in shown


def test_cases_that_are_decided_as_expected_are_counted(terminal: Terminal, file: Path) -> None:
    file.write_text(CASE.replace("allow, reason: OK", "deny, reason: CONSENT_MISSING"), "utf-8")
    assert terminal.answer("rulebook", "cases", file) == {"cases": 1, "differs": []}


def test_a_fact_that_nobody_knows_is_an_error_of_its_case(terminal: Terminal, file: Path) -> None:
    file.write_text(CASE.replace("packs:", "pack:"), "utf-8")
    result = terminal.run("rulebook", "cases", file, "--json")
    [told] = last_line(result)["differs"]
    assert result.exit_code == 1
    assert told["got"] == {"error": 'line 3: given.pack: unknown key - did you mean "packs"?'}


def test_a_file_that_is_no_yaml_is_refused_with_its_place(terminal: Terminal, file: Path) -> None:
    file.write_text(CASE.replace("packs: [CN]", "packs: [CN"), "utf-8")
    error = terminal.refusal("rulebook", "cases", file)
    [problem] = error["problems"]
    assert (error["code"], problem["line"], "hint" in problem) == ("FILE_INVALID", 7, True)
