"""From an empty database to verified evidence, with nothing but commands and real processes."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cli.terminal import CAMPAIGNS, Terminal

# Wherever it is day: texts go out by the clock of the people.
ASIA = ("lantern-tea", "marketing.offers", "offers.zh.md", "winter-tea-offer.yaml", ())
ATLANTIC = ("harbour-books", "marketing.events", "events.en.md", "crime-night.yaml", ("--no-expiry",))


@contextmanager
def process(environ: dict[str, str], *arguments: str) -> Iterator[dict[str, Any]]:
    """A command that runs meanwhile; the line of JSON that it says when it is ready."""
    with subprocess.Popen(
        [sys.executable, "-m", "yesfirst", *arguments], env=environ, stdout=subprocess.PIPE
    ) as running:
        try:
            assert running.stdout is not None
            yield msgspec.json.decode(running.stdout.readline())
        finally:
            running.terminate()
            running.wait(60)


@pytest.fixture
def sending(shop: Terminal, tmp_path: Path, unused_port: int) -> Iterator[Terminal]:
    """A shop whose processes run against a simulated carrier."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("YESFIRST_")}
    journal = str(tmp_path / "journal.jsonl")
    with process(ours, "simulator", "--journal", journal, "--delivery-ms", "5") as carrier:
        terminal = Terminal(
            {
                **shop.environ,
                "YESFIRST_TWILIO_ACCOUNT_SID": carrier["account_sid"],
                "YESFIRST_TWILIO_AUTH_TOKEN": "simulator",
                "YESFIRST_TWILIO_API_BASE": carrier["address"],
                "YESFIRST_PUBLIC_URL": f"http://127.0.0.1:{unused_port}",
            }
        )
        with process({**ours, **terminal.environ}, "up", "--port", str(unused_port), "--json"):
            yield terminal


def test_a_campaign_goes_out_and_every_message_is_proved(sending: Terminal, tmp_path: Path) -> None:
    brand, purpose, notice, campaign, expiry = ASIA if 1 <= datetime.now(UTC).hour < 11 else ATLANTIC
    folder = CAMPAIGNS / brand
    sending.answer(
        *("people", "import", folder / "people.csv", "--brand", brand, "--purpose", purpose, *expiry),
        *("--notice", folder / "notices" / notice, "--result", tmp_path / "result.csv"),
    )
    run = sending.answer("campaign", "plan", folder / campaign, "--as", "Ann")["run"]
    sending.answer("campaign", "approve", run, "--as", "Bob")
    sending.answer("campaign", "start", run)
    account = _settled(sending, run)
    assert account["closes"] is True
    assert account["accepted"] > 0
    assert account["unknown"] == account["failed"] == 0

    vkey = sending.answer("log", "key")["vkey"]
    exported = sending.answer("evidence", "export", "--run", run, "-o", tmp_path / "run.zip", "--as", "Eve")
    verified = sending.answer("evidence", "verify", tmp_path / "run.zip", "--key", vkey)
    assert exported["bundles"] == len(verified["bundles"]) == account["accepted"]
    assert verified["status"] == "VALID-WITH-WARNINGS"
    assert {warning for one in verified["bundles"] for warning in one["warnings"]} == {"NOT-WITNESSED"}
    assert sending.answer("doctor")["ok"] is True

    number = _some_number(tmp_path / "journal.jsonl")
    [found] = sending.answer("evidence", "find", "--brand", brand, "--phone", "-", written=number)["messages"]
    bundle = tmp_path / "bundle.json"
    sending.answer("evidence", "export", "--message", found["message"], "-o", bundle, "--as", "Eve")
    check = ("evidence", "verify", bundle, "--key", vkey, "--phone", "-")
    assert sending.answer(*check, written=number)["status"] == "VALID-WITH-WARNINGS"
    assert sending.run(*check, written="+12025550143").exit_code == 1


def _settled(terminal: Terminal, run: str) -> dict[str, Any]:
    """The run's accounting once nobody is on the way any more; only the deferred may be left."""
    until = time.monotonic() + 60
    account = terminal.answer("campaign", "status", run)
    while account["waiting"] + account["in_hand"] and time.monotonic() < until:
        time.sleep(0.3)
        account = terminal.answer("campaign", "status", run)
    time.sleep(0.5)  # the last outcome leaves wait for their seal
    return account


def _some_number(journal: Path) -> str:
    creates = [msgspec.json.decode(line) for line in journal.read_text("utf-8").splitlines()]
    number: str = next(line["to"] for line in creates if line["kind"] == "create")
    return number
