"""`yesfirst rulebook`: what is shown, what counsel writes, what a change would do."""

from pathlib import Path

import pytest
import yaml

from cli.terminal import Terminal
from yesfirst import rulebooks

READ = ("--by", "Chen Jing", "--source", "工信部令第74号 全文")


@pytest.fixture
def alone(tmp_path: Path) -> Terminal:
    """A home without servers."""
    return Terminal({"YESFIRST_HOME": str(tmp_path / "home")})


def test_each_rulebook_is_listed_with_what_its_rules_rest_on(alone: Terminal) -> None:
    answer = alone.answer("rulebook", "list")
    china = next(one for one in answer["rulebooks"] if one["id"] == "CN")
    assert china["rules"] == china["primary"] + china["secondary"] + china["memory"] > 50
    assert (china["status"], china["reviewed"], china["reviewed_by"]) == ("draft", 0, [])
    assert next(one for one in answer["rulebooks"] if one["id"] == "US-FL")["parents"] == ["US"]
    assert answer["outdated_reviews"] == []
    assert "None of this is legal advice." in alone.run("rulebook", "list").stdout


@pytest.mark.parametrize("words", [("CN", "quiet_hours"), ("CN.quiet_hours",), ("CN", "CN.quiet_hours")])
def test_a_rule_is_shown_with_everything(alone: Terminal, words: tuple[str, ...]) -> None:
    shown = alone.answer("rulebook", "show", *words)
    assert shown["rule"] == "CN.quiet_hours"
    assert (shown["tier"], shown["confidence"], shown["reviewed"]) == ("carrier", "S", None)
    assert shown["says"]["allowed"][0]["from"] == "08:00"
    assert shown["applied_by"] == "yesfirst.rules.quiet_hours.open_window"
    assert "Huawei Cloud" in shown["sources"][0]["title"]
    text = alone.run("rulebook", "show", *words).stdout
    assert "second hand" in text
    assert "by nobody" in text


def test_a_rulebook_is_shown_with_all_its_rules(alone: Terminal) -> None:
    shown = alone.answer("rulebook", "show", "US-FL")
    assert len(shown["rules"]) == shown["primary"] + shown["secondary"] + shown["memory"] == 6


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        (("show", "XX"), "RULEBOOK_UNKNOWN", "There are AU, BR"),
        (("show", "CN", "quiet_hour"), "RULE_UNKNOWN", "rulebook show CN"),
        (("review", "CN.quiet_hour", *READ), "RULE_UNKNOWN", "rulebook show CN"),
    ],
)
def test_what_is_not_there_is_refused(alone: Terminal, words: tuple[str, ...], code: str, hint: str) -> None:
    error = alone.refusal("rulebook", *words)
    assert error["code"] == code
    assert hint in error["hint"]


def test_a_review_counts_from_then_on(alone: Terminal, tmp_path: Path) -> None:
    made = alone.answer("rulebook", "review", "CN.quiet_hours", *READ, "--provision", "第二十一条")
    assert Path(made["file"]).parent == tmp_path / "home" / "reviews"
    assert "Chen" not in made["file"]
    shown = alone.answer("rulebook", "show", "CN.quiet_hours")
    assert (shown["confidence"], shown["provision"]) == ("P", "第二十一条")
    assert shown["reviewed"]["by"] == "Chen Jing"
    china = next(one for one in alone.answer("rulebook", "list")["rulebooks"] if one["id"] == "CN")
    assert (china["reviewed"], china["reviewed_by"]) == (1, ["Chen Jing"])


def test_a_review_for_a_proposal_is_written_elsewhere(alone: Terminal, tmp_path: Path) -> None:
    made = alone.answer(
        "rulebook", "review", "US.quiet_hours", *READ, "--confidence", "S", "--out", tmp_path / "new"
    )
    assert Path(made["file"]).parent == tmp_path / "new"
    said = yaml.safe_load(Path(made["file"]).read_text("utf-8"))
    assert (said["rule"], said["confidence"], said["says"]["basis"]) == (
        "US.quiet_hours",
        "S",
        "recipient_local",
    )
    assert alone.answer("rulebook", "show", "US.quiet_hours")["reviewed"] is None


def test_a_review_of_other_words_is_shown_as_outdated(alone: Terminal) -> None:
    file = Path(alone.answer("rulebook", "review", "CN.quiet_hours", *READ)["file"])
    said = yaml.safe_load(file.read_text("utf-8"))
    file.write_text(yaml.safe_dump({**said, "rule_hash": "00" * 32}), "utf-8")
    assert alone.answer("rulebook", "show", "CN.quiet_hours")["reviewed"] is None
    [old] = alone.answer("rulebook", "list")["outdated_reviews"]
    assert (old["rule"], old["by"]) == ("CN.quiet_hours", "Chen Jing")
    assert "Outdated: the review of CN.quiet_hours by Chen Jing" in alone.run("rulebook", "list").stdout


def test_a_file_that_is_no_review_is_named(alone: Terminal, tmp_path: Path) -> None:
    (tmp_path / "home" / "reviews").mkdir(parents=True)
    (tmp_path / "home" / "reviews" / "odd.yaml").write_text("rule: CN.quiet_hours", "utf-8")
    error = alone.refusal("rulebook", "list")
    assert error["code"] == "RULEBOOK_INVALID"
    assert "odd.yaml: no review of a rule" in error["message"]


def test_drafts_are_acknowledged_once_for_all(shop: Terminal) -> None:
    done = shop.answer("rulebook", "acknowledge", "--by", "Chen Jing", "--reason", "Counsel will follow")
    assert len(done["acknowledged"]) == len(rulebooks.load_all())
    assert shop.run("rulebook", "acknowledge", "--by", " ", "--reason", "x").exit_code == 2


def test_the_doctor_asks_for_an_acknowledgement_where_people_are_texted(shop: Terminal) -> None:
    real = {"YESFIRST_TWILIO_ACCOUNT_SID": f"AC{'0' * 32}", "YESFIRST_TWILIO_AUTH_TOKEN": "no token"}
    address = {"YESFIRST_TWILIO_API_BASE": "http://unreachable.invalid"}
    production = Terminal({**shop.environ, **real, **address})
    assert "DRAFTS" not in str(shop.answer("doctor"))
    said = production.run("doctor").stdout
    assert "rulebooks" in said
    assert "rulebook acknowledge" in said
    assert production.refusal("dispatcher")["code"] == "PUBLIC_URL_MISSING"
    production = Terminal({**production.environ, "YESFIRST_PUBLIC_URL": "http://127.0.0.1:9"})
    assert production.refusal("dispatcher")["code"] == "DRAFTS_NOT_ACKNOWLEDGED"
    shop.answer("rulebook", "acknowledge", "--by", "Chen Jing", "--reason", "Counsel will follow")
    assert "and used knowingly" in " ".join(production.run("doctor").stdout.split())


def test_a_changed_file_is_told_field_by_field(shop: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "CN.yaml"
    file.write_bytes(
        rulebooks.bodies()[rulebooks.load("CN").hash].replace(b'to: "21:00"}]', b'to: "20:00"}]')
    )
    answer = shop.answer("rulebook", "diff", file)
    [change] = answer["changes"]
    assert (change["rule"], change["change"]) == ("quiet_hours", "changed")
    assert [each["field"] for each in change["fields"]] == ["allowed"]
    assert answer["rehearsal"]["decisions"] == 0
    assert "brand file" in answer["rehearsal"]["as_of_now"]
    assert "20:00" in shop.run("rulebook", "diff", str(file)).stdout


@pytest.mark.parametrize(
    ("words", "code", "exit_code"),
    [
        (("CN@1999-01-01",), "VERSION_UNKNOWN", 1),
        (("nowhere.yaml",), "VERSION_UNKNOWN", 1),
        (("nowhere.yaml", "--since", "soon"), "USAGE", 2),
    ],
)
def test_a_version_that_is_nowhere_is_refused(
    shop: Terminal, words: tuple[str, ...], code: str, exit_code: int
) -> None:
    result = shop.run("rulebook", "diff", *words, "--json")
    assert (result.exit_code, f'"code":"{code}"' in result.stdout) == (exit_code, True)
