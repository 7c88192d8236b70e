"""The demo as a newcomer runs it: its own home, real servers and processes, a few hundred people."""

import csv
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from yesfirst.cli.demo.people import write_people
from yesfirst.embedded.place import lock, open_lock
from yesfirst.rulebooks import load_all
from yesfirst.rules.quiet_hours import Open, open_window
from yesfirst.usecases.law import Law
from yesfirst.usecases.people import position_of

BINS = ("review", "waiting", "in_hand", "accepted", "failed", "unknown", "window_closed", "cancelled")
REASONED = ("excluded", "denied", "deferred")


def demo(home: Path, *options: str) -> subprocess.CompletedProcess[str]:
    outside = {name: value for name, value in os.environ.items() if not name.startswith("YESFIRST_")}
    return subprocess.run(
        [sys.executable, "-P", "-m", "yesfirst", "demo", "--exit", "--json", *options],
        env={**outside, "YESFIRST_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=150,
    )


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    ended = demo(tmp_path_factory.mktemp("home"), "--people", "400")
    assert ended.returncode == 0, ended.stderr
    figures: dict[str, Any] = msgspec.json.decode(ended.stdout.splitlines()[-1])
    return figures


def test_the_demos_accounting_closes(played: dict[str, Any]) -> None:
    counted = sum(played[name] for name in BINS) + sum(sum(played[name].values()) for name in REASONED)
    assert counted == played["audience"] > 300


def test_only_consents_that_are_over_leave_people_out_of_the_demo(played: dict[str, Any]) -> None:
    assert played["excluded"].keys() == {"CONSENT_EXPIRED"}


@pytest.mark.parametrize("month", [1, 7])
def test_at_any_hour_many_people_of_the_demo_are_awake_abroad(month: int, tmp_path: Path) -> None:
    """Where it is day in China too, people abroad are: tests of the dispatcher text nobody else."""
    law = Law(load_all())
    for hour in range(24):
        now = datetime(2027, month, 3, hour, 30, tzinfo=UTC)  # a Sunday in January
        with write_people(tmp_path, 50, now).abroad.open(encoding="utf-8") as file:
            classes = [law.rule(position_of(row["phone"])).window_class for row in csv.DictReader(file)]
        awake = [each for each in classes if each and isinstance(open_window(each, law.books, now), Open)]
        assert len(awake) > 5, now


def test_the_demo_ends_when_only_deferred_people_are_left(played: dict[str, Any]) -> None:
    assert played["waiting"] == played["in_hand"] == played["unknown"] == 0
    assert played["accepted"] == played["delivered"] > 100


def test_the_demo_texts_nobody_twice_and_nobody_after_a_stop_but_those_in_flight(
    played: dict[str, Any],
) -> None:
    assert played["duplicates"] == 0
    assert played["stopped_before_send"] > 0
    assert played["sent_after_stop"] <= played["in_flight_at_stop"]


def test_the_demo_verifies_all_of_its_evidence(played: dict[str, Any]) -> None:
    assert played["evidence"]["verified"] is True
    assert played["evidence"]["checkpoint"].splitlines()[1] == str(played["evidence"]["size"])


def test_two_demos_at_once_in_one_home_are_refused(tmp_path: Path) -> None:
    descriptor = open_lock(tmp_path / "demo.lock")
    try:
        assert lock(descriptor, wait=False)
        ended = demo(tmp_path)
    finally:
        os.close(descriptor)
    assert ended.returncode == 1
    assert msgspec.json.decode(ended.stdout.splitlines()[-1])["error"]["code"] == "DEMO_RUNNING"
