"""The demo as a newcomer runs it: its own home, real servers and processes, a few hundred people."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from yesfirst.embedded.place import lock, open_lock

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
