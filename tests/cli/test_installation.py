"""Servers, schema, keys and settings as commands meet them."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from cli.terminal import Terminal, last_line
from yesfirst.ledger.note import parse_vkey
from yesfirst.store import migrations


def test_a_production_database_without_keys_is_refused_until_they_are_made(terminal: Terminal) -> None:
    assert terminal.refusal("brand", "list")["code"] == "KEYS_MISSING"
    made = terminal.answer("keys", "create")
    assert terminal.answer("brand", "list") == {"brands": []}
    assert terminal.answer("log", "key")["vkey"] == made["vkey"]
    assert parse_vkey(made["vkey"]).name == "yesfirst.local/log"


def test_making_keys_again_keeps_those_there_are(terminal: Terminal) -> None:
    assert terminal.answer("keys", "create") == terminal.answer("keys", "create")


def test_key_files_are_for_their_owner_alone(terminal: Terminal) -> None:
    directory = Path(terminal.answer("keys", "create")["directory"])
    assert {file.stat().st_mode & 0o077 for file in directory.iterdir()} == {0}


def test_a_log_key_of_another_origin_is_refused(terminal: Terminal) -> None:
    terminal.answer("keys", "create")
    assert terminal.refusal("log", "key", YESFIRST_LOG_ORIGIN="else.example/log")["code"] == "KEY_FOREIGN"


def test_a_production_database_with_an_old_schema_is_refused_until_it_is_migrated(
    terminal: Terminal, database_url: str
) -> None:
    terminal.answer("keys", "create")
    assert terminal.answer("migrate", "--down", "base") == {"revision": "base"}
    refused = terminal.refusal("brand", "list")
    assert (refused["code"], "yesfirst migrate" in refused["hint"]) == ("MIGRATIONS_PENDING", True)
    terminal.answer("migrate")
    assert asyncio.run(migrations.is_current(database_url))
    assert terminal.answer("brand", "list") == {"brands": []}


def test_a_revision_that_nobody_wrote_is_refused(terminal: Terminal) -> None:
    assert terminal.refusal("migrate", "--down", "9999")["code"] == "REVISION_UNKNOWN"


@pytest.mark.parametrize("command", [("brand", "list"), ("migrate",)])
def test_a_database_out_of_reach_is_named_without_its_password(
    terminal: Terminal, command: tuple[str, ...]
) -> None:
    error = terminal.refusal(*command, YESFIRST_DATABASE_URL="postgresql://me:geheim@127.0.0.1:9/shop")
    assert error["code"] == "DATABASE_UNREACHABLE"
    assert "127.0.0.1:9/shop" in error["message"]
    assert "geheim" not in str(error)


@pytest.mark.parametrize("command", ["serve", "sequencer", "dispatcher"])
def test_a_redis_out_of_reach_is_named_without_its_password(terminal: Terminal, command: str) -> None:
    terminal.answer("keys", "create")
    error = terminal.refusal(command, YESFIRST_REDIS_URL="redis://:geheim@127.0.0.1:9/0")
    assert error["code"] == "REDIS_UNREACHABLE"
    assert "127.0.0.1:9" in error["message"]
    assert "geheim" not in str(error)


@pytest.mark.parametrize(
    ("variable", "value", "code"),
    [
        ("YESFIRST_DATABSE_URL", "postgresql://there", "SETTING_UNKNOWN"),
        ("YESFIRST_PORT", "eighty", "SETTING_INVALID"),
        ("YESFIRST_TWILIO_AUTH_TOKEN", "half a pair", "SETTING_MISSING"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(terminal: Terminal, variable: str, value: str, code: str) -> None:
    result = terminal.run("brand", "list", **{variable: value})
    assert result.exit_code == 1
    assert terminal.refusal("brand", "list", **{variable: value})["code"] == code
    assert value not in result.output


def test_sending_without_an_account_is_refused(terminal: Terminal) -> None:
    terminal.answer("keys", "create")
    assert terminal.refusal("dispatcher")["code"] == "CARRIER_NOT_SET_UP"


def test_a_traceback_is_shown_only_when_asked_for(terminal: Terminal) -> None:
    plain, debug = terminal.run("brand", "list"), terminal.run("brand", "list", "--debug")
    assert "Traceback" not in plain.output
    assert "Traceback" in debug.stderr
    assert plain.stderr.startswith("Error: There is no key")


def test_the_doctor_says_what_is_well_and_what_to_do(shop: Terminal) -> None:
    findings = {one["check"]: one for one in shop.answer("doctor")["findings"]}
    assert {name for name, one in findings.items() if one["health"] == "not set up"} == {
        "carrier",
        "public address",
    }
    assert all(one["health"] == "ok" or one["hint"] for one in findings.values())


def test_the_doctor_ends_with_one_when_something_fails(shop: Terminal) -> None:
    result = shop.run("doctor", YESFIRST_PUBLIC_URL="http://127.0.0.1:9", YESFIRST_KEYS="/nowhere")
    assert result.exit_code == 1
    assert "KEYS" not in result.stdout  # codes are for machines
    assert "keys create" in result.stdout
    assert "no STOP would reach us" in " ".join(result.stdout.split())


def test_the_doctor_says_when_nobody_is_texted_since_nobody_is_heard(shop: Terminal) -> None:
    async def go_unheard() -> None:
        connection = await asyncpg.connect(shop.environ["YESFIRST_DATABASE_URL"])
        await connection.execute(
            "INSERT INTO hearing (id, heard_until, listed_until) VALUES (1, now() - interval '1 hour', now())"
        )
        await connection.close()

    [before] = [one for one in shop.answer("doctor")["findings"] if one["check"] == "hearing"]
    asyncio.run(go_unheard())
    result = shop.run("doctor", "--json")
    [after] = [one for one in last_line(result)["findings"] if one["check"] == "hearing"]
    assert (before["health"], after["health"], result.exit_code) == ("ok", "failing", 1)
    assert "nobody is texted" in after["message"]
    assert "yesfirst serve" in after["hint"]


def test_an_embedded_home_with_people_never_gets_new_keys(tmp_path: Path) -> None:
    embedded = Terminal({"YESFIRST_HOME": str(tmp_path / "embedded")})
    embedded.answer("brand", "list")
    key = tmp_path / "embedded" / "keys" / "kek"
    key.unlink()
    assert embedded.refusal("brand", "list")["code"] == "KEYS_MISSING"
    assert not key.exists()
