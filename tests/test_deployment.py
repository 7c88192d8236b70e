"""Compose file, image and systemd units against the program: settings, commands, routes, and how little they may."""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from click import Context, Group

from yesfirst import settings
from yesfirst.cli import main
from yesfirst.settings import DECLARED, PREFIX
from yesfirst.web.health import HealthPages

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "yesfirst"}
UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
SECRET = {each.variable for each in DECLARED if each.secret}
# What docs/operations.md asks for before the first start.
REQUIRED = {
    PREFIX + name
    for name in (
        *("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "LOG_ORIGIN"),
        *("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"),
    )
}
PARTS = {"serve", "dispatcher", "sequencer"}


def unit(file: Path) -> list[tuple[str, str]]:
    """The directives of a unit, in order; some may be there several times."""
    lines = [
        line for line in file.read_text("utf-8").splitlines() if "=" in line and not line.startswith("#")
    ]
    return [(name, value) for name, _, value in (line.partition("=") for line in lines)]


def environment_of(file: Path) -> dict[str, str]:
    """What a unit sets, with the settings file that ships beside it."""
    set_here = [value for name, value in unit(file) if name == "Environment"]
    shipped = (file.parent / "settings.env").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in [*set_here, *shipped] if line and not line.startswith("#"))


def complaints(environ: Mapping[str, str]) -> list[str]:
    """What is wrong with the variables of a process: unknown, missing, or a secret that is not a file."""
    known = {each.variable for each in DECLARED} | {f"{name}_FILE" for name in SECRET}
    plain = {name.removesuffix("_FILE") if name.removesuffix("_FILE") in SECRET else name for name in environ}
    return [
        *(f"unknown {name}" for name in environ if name not in known),
        *(f"missing {name}" for name in REQUIRED - plain),
        *(f"open secret {name}" for name in SECRET & environ.keys()),
    ]


def test_what_complains_does_complain() -> None:
    found = complaints({"YESFIRST_DATABASE_URL": "postgresql://u:p@h/d", "YESFIRST_PROT": "1"})
    assert {"unknown YESFIRST_PROT", "open secret YESFIRST_DATABASE_URL", "missing YESFIRST_REDIS_URL"} <= {
        *found
    }


@pytest.mark.parametrize("name", OURS)
def test_a_service_of_ours_is_set_up_by_settings_that_exist_and_secrets_that_are_files(name: str) -> None:
    environ = OURS[name]["environment"]
    assert complaints(environ) == []
    named = {value.removeprefix("/run/secrets/") for key, value in environ.items() if key.endswith("_FILE")}
    assert named == set(OURS[name]["secrets"])


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.stem)
def test_a_unit_is_set_up_by_settings_that_exist_and_secrets_that_are_files(file: Path) -> None:
    environ = environment_of(file)
    assert complaints(environ) == []
    handed = {value.split(":")[0] for name, value in unit(file) if name == "LoadCredential"}
    assert {value for name, value in environ.items() if name.endswith("_FILE")} == {
        f"%d/{one}" for one in handed
    }


def test_the_shipped_settings_file_is_read_without_complaint() -> None:
    own = {name: text for name, text in environment_of(UNITS[0]).items() if not name.endswith("_FILE")}
    secrets = {"YESFIRST_TWILIO_AUTH_TOKEN": "made-up"}
    assert settings.read({**own, **secrets}).log_origin == "sms.example.com/log"


def test_every_part_runs_once_in_either_way_by_a_command_that_exists() -> None:
    composed = [service["command"] for service in OURS.values()]
    started = [shlex.split(dict(unit(file))["ExecStart"])[1:] for file in UNITS]
    assert {words[0] for words in composed} == PARTS | {"migrate"}
    assert {words[0] for words in started} == PARTS
    for words in composed + started:
        assert isinstance(main, Group)
        command = main.get_command(Context(main), words[0])
        assert command is not None
        command.make_context(words[0], list(words[1:]), resilient_parsing=False)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_do_little_and_use_only_so_much(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert int(service["user"].split(":")[0]) > 0
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}
    assert set(service.get("secrets", ())) <= COMPOSE["secrets"].keys()


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.stem)
def test_a_unit_may_do_little_and_use_only_so_much(file: Path) -> None:
    given = dict(unit(file))
    assert given["User"] == "yesfirst"
    assert (given["ProtectSystem"], given["NoNewPrivileges"]) == ("strict", "true")
    assert given["CapabilityBoundingSet"] == ""
    assert {"MemoryMax", "TasksMax"} <= given.keys()


def test_the_image_runs_as_the_user_that_compose_names() -> None:
    user = re.findall(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE)
    assert user == ["10001"]
    assert f"--uid {user[0]} " in DOCKERFILE
    assert {service["user"] for service in OURS.values()} == {f"{user[0]}:{user[0]}"}
    for copied in re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.MULTILINE):
        assert all((ROOT / each).exists() for each in copied.split())
    image = dict(re.findall(rf"\b({PREFIX}[A-Z_]+)=(\S+)", DOCKERFILE))
    assert image.keys() <= {each.variable for each in DECLARED}


def test_who_waits_for_health_waits_for_what_has_a_check_and_ours_asks_a_route_that_exists() -> None:
    for service in SERVICES.values():
        for name, wanted in service.get("depends_on", {}).items():
            assert wanted["condition"] != "service_healthy" or "healthcheck" in SERVICES[name]
    asked = re.search(r"127\.0\.0\.1:(\d+)/health(/\w+)", " ".join(OURS["web"]["healthcheck"]["test"]))
    assert asked is not None
    assert int(asked[1]) == settings.read({}).port
    assert asked[2] in HealthPages.ready.paths


def test_everything_that_stays_up_has_a_check_and_ours_are_asked_about_themselves() -> None:
    assert {name for name, service in SERVICES.items() if "healthcheck" not in service} == {"migrate"}
    for name in ("dispatcher", "sequencer"):
        kind, program, *words = OURS[name]["healthcheck"]["test"]
        assert (kind, program, words) == ("CMD", "yesfirst", ["doctor", "--part", name])
        assert isinstance(main, Group)
        command = main.get_command(Context(main), "doctor")
        assert command is not None
        command.make_context("doctor", words[1:], resilient_parsing=False)
