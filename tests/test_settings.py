"""Settings are complete at the start, or the error names the variable."""

import dataclasses
from ipaddress import ip_network
from pathlib import Path

import pytest

from yesfirst import settings
from yesfirst.errors import Refused

SID = "AC" + "0" * 32


def refusal(**environ: str) -> Refused:
    with pytest.raises(Refused) as refused:
        settings.read(environ)
    return refused.value


def test_an_empty_environment_gives_a_complete_default() -> None:
    read = settings.read({})
    assert read.home == Path.cwd() / ".yesfirst"
    assert (read.keys, read.checkpoints) == (read.home / "keys", read.home / "log")
    assert (read.database_url, read.redis_url, read.twilio_account_sid, read.public_url) == (None,) * 4
    assert (read.bind, read.port, read.log_origin) == ("127.0.0.1", 8800, "yesfirst.local/log")
    assert read.twilio_api_base == "https://api.twilio.com"


def test_variables_of_other_programs_are_not_read() -> None:
    assert settings.read({"PORT": "1", "NOYESFIRST_PORT": "2"}) == settings.read({})


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_variable_counts_as_absent(text: str) -> None:
    assert settings.read({"YESFIRST_PORT": text}).port == 8800


def test_directories_follow_the_home_unless_set(tmp_path: Path) -> None:
    read = settings.read({"YESFIRST_HOME": str(tmp_path), "YESFIRST_KEYS": "/keys"})
    assert (read.keys, read.checkpoints) == (Path("/keys"), tmp_path / "log")


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("YESFIRST_PORT", "1", 1),
        ("YESFIRST_PORT", "65535", 65535),
        ("YESFIRST_DATABASE_URL", "postgres://me@db/x", "postgresql://me@db/x"),
        ("YESFIRST_DATABASE_URL", "postgresql+asyncpg://me@db/x", "postgresql://me@db/x"),
        ("YESFIRST_REDIS_URL", "unix:///run/redis.sock?db=1", "unix:///run/redis.sock?db=1"),
        ("YESFIRST_PUBLIC_URL", "https://sms.example.com/texts/", "https://sms.example.com/texts"),
        (
            "YESFIRST_TRUSTED_PROXIES",
            "127.0.0.1, 10.0.0.0/8,::1",
            tuple(map(ip_network, ("127.0.0.1", "10.0.0.0/8", "::1"))),
        ),
    ],
)
def test_values_are_read(variable: str, text: str, value: object) -> None:
    read = settings.read({variable: text})
    assert getattr(read, variable.removeprefix("YESFIRST_").lower()) == value


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("YESFIRST_PORT", "0"),
        ("YESFIRST_PORT", "65536"),
        ("YESFIRST_PORT", "８８００"),
        ("YESFIRST_PORT", "http"),
        ("YESFIRST_DATABASE_URL", "mysql://me@db/x"),
        ("YESFIRST_DATABASE_URL", "db.example.com"),
        ("YESFIRST_REDIS_URL", "http://redis"),
        ("YESFIRST_PUBLIC_URL", "sms.example.com"),
        ("YESFIRST_PUBLIC_URL", "https://sms.example.com/?a=b"),
        ("YESFIRST_TWILIO_API_BASE", "https://"),
        ("YESFIRST_TWILIO_ACCOUNT_SID", "AC123"),
        ("YESFIRST_TRUSTED_PROXIES", "a proxy"),
        ("YESFIRST_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("YESFIRST_TRUSTED_PROXIES", "10.0.0.1,"),
        ("YESFIRST_LOG_ORIGIN", "a log"),
        ("YESFIRST_LOG_ORIGIN", "a+log"),
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_variable(variable: str, text: str) -> None:
    refused = refusal(**{variable: text})
    assert refused.code == "SETTING_INVALID"
    assert variable in refused.message


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("YESFIRST_DATABSE_URL", "YESFIRST_DATABASE_URL"),
        ("YESFIRST_TWILIO_TOKEN", "YESFIRST_TWILIO_AUTH_TOKEN"),
        ("YESFIRST_REDIS_URL_FIEL", "YESFIRST_REDIS_URL_FILE"),
    ],
)
def test_a_misspelt_variable_is_refused_with_the_one_that_was_meant(misspelt: str, meant: str) -> None:
    refused = refusal(**{misspelt: "x"})
    assert refused.code == "SETTING_UNKNOWN"
    assert meant in refused.hint


@pytest.mark.parametrize("given", [{"YESFIRST_TWILIO_ACCOUNT_SID": SID}, {"YESFIRST_TWILIO_AUTH_TOKEN": "t"}])
def test_half_of_the_twilio_credentials_is_refused(given: dict[str, str]) -> None:
    refused = refusal(**given)
    assert refused.code == "SETTING_MISSING"
    assert "YESFIRST_TWILIO_ACCOUNT_SID" in refused.message
    assert "YESFIRST_TWILIO_AUTH_TOKEN" in refused.message


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret\n")
    given = {"YESFIRST_TWILIO_ACCOUNT_SID": SID, "YESFIRST_TWILIO_AUTH_TOKEN_FILE": str(tmp_path / "token")}
    assert settings.read(given).twilio_auth_token == "secret"


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    refused = refusal(YESFIRST_REDIS_URL="redis://a", YESFIRST_REDIS_URL_FILE=str(tmp_path / "url"))
    assert refused.code == "SETTING_INVALID"


def test_a_secret_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    assert refusal(YESFIRST_REDIS_URL_FILE=str(tmp_path / "absent")).code == "SETTING_UNREADABLE"


def test_secrets_appear_in_no_repr_and_no_error() -> None:
    given = {
        "YESFIRST_DATABASE_URL": "postgresql://me:hush@db/x",
        "YESFIRST_REDIS_URL": "redis://:hush@redis",
        "YESFIRST_TWILIO_ACCOUNT_SID": SID,
        "YESFIRST_TWILIO_AUTH_TOKEN": "hush",
    }
    assert "hush" not in repr(settings.read(given))
    assert "hush" not in str(refusal(YESFIRST_DATABASE_URL="hush"))


def test_each_declaration_agrees_with_its_field() -> None:
    for field in dataclasses.fields(settings.Settings):
        declaration = field.metadata["declaration"]
        assert declaration.variable == f"YESFIRST_{field.name.upper()}"
        assert declaration.secret is not field.repr
        assert declaration.meaning.endswith(".")
