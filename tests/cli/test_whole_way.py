"""From an empty database to verified evidence, with nothing but commands and real processes."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from cli.terminal import CAMPAIGNS, Terminal

# Wherever it is day: texts go out by the clock of the people.
ASIA = ("lantern-tea", "marketing.offers", "offers.zh.md", "winter-tea-offer.yaml", ())
ATLANTIC = ("harbour-books", "marketing.events", "events.en.md", "crime-night.yaml", ("--no-expiry",))


def test_a_campaign_goes_out_and_every_message_is_proved(sending: Terminal, tmp_path: Path) -> None:
    brand, purpose, notice, campaign, expiry = ASIA if datetime.now(UTC).hour < 11 else ATLANTIC
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
