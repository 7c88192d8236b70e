"""`yesfirst campaign` from a file to a run that is started."""

from pathlib import Path

import pytest

from cli.terminal import CAMPAIGNS, Terminal, last_line

CRIME_NIGHT = CAMPAIGNS / "harbour-books" / "crime-night.yaml"
MEMBER = "+17865550192"


@pytest.fixture
def planned(readers: Terminal) -> str:
    """The id of a run that Ann has planned."""
    run: str = readers.answer("campaign", "plan", CRIME_NIGHT, "--as", "Ann")["run"]
    return run


def altered(tmp_path: Path, old: str, new: str) -> Path:
    file = tmp_path / "campaign.yaml"
    text = CRIME_NIGHT.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    return file


@pytest.mark.parametrize("file", sorted(CAMPAIGNS.glob("*/*-*.yaml")), ids=lambda file: file.stem)
def test_the_shipped_campaigns_are_valid(shop: Terminal, file: Path) -> None:
    checked = shop.answer("campaign", "check", file)
    assert (checked["valid"], checked["gaps"]) == (True, [])


def test_a_text_that_nobody_of_a_place_could_get_is_refused_with_what_to_write(
    shop: Terminal, tmp_path: Path
) -> None:
    file = altered(tmp_path, ", STOP to end", "")
    refused = shop.run("campaign", "check", file, "--json")
    answered = last_line(refused)
    assert (refused.exit_code, answered["valid"], answered["places"]) == (1, False, ["US", "GB"])
    assert {gap["rule"] for gap in answered["gaps"]} == {
        "US.content.require.opt_out_instruction",
        "GB.content.require.opt_out_instruction",
    }
    shown = " ".join(shop.run("campaign", "check", file).stdout.split())  # lines are as wide as the terminal
    for words in (
        "nobody in GB, US could be texted",
        "error: CONTENT_MISSING_OPT_OUT in US",
        "Reply STOP to end",
    ):
        assert words in shown


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("brand: harbour-books", "brand: harbor-books", 'unknown brand "harbor-books"'),
        ("purpose: marketing.events", "purpose: marketing.evnts", 'unknown purpose "marketing.evnts"'),
        ("{first_name", "{frist_name", 'unknown placeholder "frist_name"'),
        ("attribute: shop", "attribute: shpo", 'unknown attribute "shpo"'),
        ("opens: now", "opens: 2020-01-01 10:00", "the window is past"),
        ("id: ", "id: [", "is no YAML"),
    ],
)
def test_a_mistake_is_shown_with_its_line_column_and_hint(
    shop: Terminal, tmp_path: Path, old: str, new: str, message: str
) -> None:
    file = altered(tmp_path, old, new)
    error = shop.refusal("campaign", "check", file)
    [problem] = [one for one in error["problems"] if message in one["message"]]
    assert error["code"] == "FILE_INVALID"
    assert problem["line"] >= 1
    assert problem["column"] >= 1
    assert problem["hint"]
    shown = shop.run("campaign", "check", file)
    assert f"{problem['line']}:{problem['column']}: {problem['message']} - {problem['hint']}" in shown.stderr


def test_a_plan_accounts_for_everybody_and_shows_masked_samples(readers: Terminal) -> None:
    plan = readers.answer("campaign", "plan", CRIME_NIGHT, "--as", "Ann")
    assert plan["audience"] == plan["messages"] + sum(plan["excluded"].values()) > 0
    assert sum(plan["parts"].values()) >= plan["messages"]
    assert plan["fits"] is True
    assert len(plan["samples"]) == 5
    assert all("*" in sample["number"] for sample in plan["samples"])


def test_a_plan_is_shown_to_people(readers: Terminal) -> None:
    shown = readers.run("campaign", "plan", CRIME_NIGHT, "--as", "Ann")
    assert shown.exit_code == 0
    assert all(word in shown.stdout for word in ("left out", "SMS parts", "cost", "window", "time needed"))
    assert "A colleague approves it" in shown.stderr


def test_a_plan_for_nobody_is_refused(shop: Terminal) -> None:
    assert shop.refusal("campaign", "plan", CRIME_NIGHT, "--as", "Ann")["code"] == "AUDIENCE_EMPTY"


def test_nobody_is_asked_to_approve_a_plan_that_leaves_everybody_out(
    readers: Terminal, tmp_path: Path
) -> None:
    file = altered(tmp_path, "purpose: marketing.events", "purpose: marketing.offers")
    without_visits = file.read_text("utf-8").replace("          - {attribute: visits, at_least: 6}\n", "")
    file.write_text(without_visits, "utf-8")
    shown = readers.run("campaign", "plan", file, "--as", "Ann")
    assert shown.exit_code == 0, shown.output
    assert "Nobody would be texted" in shown.output
    assert "campaign approve" not in shown.output
    assert "number" not in shown.stdout


def test_a_plan_needs_somebody_who_makes_it(shop: Terminal) -> None:
    assert shop.run("campaign", "plan", CRIME_NIGHT, "--as", " ").exit_code == 2
    assert shop.run("campaign", "plan", CRIME_NIGHT).exit_code == 2


@pytest.mark.parametrize("name", ["Ann", " ann", "ANN "])
def test_who_planned_a_run_cannot_approve_it(readers: Terminal, planned: str, name: str) -> None:
    assert readers.refusal("campaign", "approve", planned, "--as", name)["code"] == "SAME_PERSON"


def test_an_approval_says_that_names_are_self_declared(readers: Terminal, planned: str) -> None:
    approved = readers.run("campaign", "approve", planned, "--as", "Bob")
    assert approved.exit_code == 0
    assert "self-declared" in approved.stderr


def test_a_run_goes_from_its_plan_to_its_end(readers: Terminal, planned: str) -> None:
    beginning = planned[:8]
    readers.answer("campaign", "approve", beginning, "--as", "Bob")
    states = [readers.answer("campaign", step, beginning)["state"] for step in ("start", "pause", "resume")]
    waiting = readers.answer("campaign", "status", beginning)
    cancelled = readers.answer("campaign", "cancel", beginning)
    [run] = readers.answer("campaign", "runs")["runs"]
    ended = readers.answer("campaign", "status", beginning, "--watch")
    assert states == ["running", "paused", "running"]
    assert waiting["waiting"] == cancelled["unsent"] == ended["cancelled"] > 0
    assert (run["run"], run["state"]) == (planned, "cancelled")
    assert waiting["closes"] is ended["closes"] is True


@pytest.mark.parametrize("step", ["start", "pause", "resume"])
def test_a_run_that_nobody_approved_does_not_move(readers: Terminal, planned: str, step: str) -> None:
    assert readers.refusal("campaign", step, planned)["code"] == "RUN_STATE"


@pytest.mark.parametrize("beginning", ["abc", "AAAAAA", "-AAAAA", "--AAAA", "not an id", "A" * 23])
def test_a_run_that_is_not_there_is_refused(shop: Terminal, beginning: str) -> None:
    assert shop.refusal("campaign", "status", beginning)["code"] == "RUN_UNKNOWN"


def test_a_test_goes_to_ones_own_number_as_often_as_one_likes(readers: Terminal, planned: str) -> None:
    for what in (CRIME_NIGHT, planned, planned[:6]):
        tested = readers.answer("campaign", "test", what, "--as", "Ann", "--phone", "-", written=MEMBER)
        assert (tested["audience"], tested["messages"]) == (1, 1)
        assert readers.answer("campaign", "status", tested["run"])["state"] == "running"
    assert readers.answer("campaign", "status", planned)["state"] == "planned"


def test_a_test_to_a_number_without_consent_is_refused(readers: Terminal) -> None:
    test = ("campaign", "test", CRIME_NIGHT, "--as", "Ann", "--phone", "-")
    assert readers.refusal(*test, written="+12025550143")["code"] == "NUMBER_UNKNOWN"
    readers.answer("people", "withdraw", "--brand", "harbour-books", "--phone", "-", written=MEMBER)
    refused = readers.refusal(*test, written=MEMBER)
    assert (refused["code"], "SUPPRESSED" in refused["message"]) == ("NUMBER_UNKNOWN", True)
