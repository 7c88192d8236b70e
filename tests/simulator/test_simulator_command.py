import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from simulated import PERSON, SHOP, sdk, service, simulator, wait_until

from yesfirst.simulator.command import command
from yesfirst.simulator.config import ACCOUNT_SID


def test_the_command_prints_its_address_serves_and_ends_on_sigterm(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-m", "yesfirst.simulator", "--journal", str(journal), "--filtered-share", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        with sdk(ready["address"], ready["account_sid"]) as client:
            sid = client.messages.create(to=PERSON, from_=SHOP, body="Tea").sid
            wait_until(lambda: client.messages(sid).fetch().error_code == 30007)
        os.kill(ready["pid"], signal.SIGTERM)
        _, errors = process.communicate(timeout=10)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0
    assert b"Traceback" not in errors
    assert json.loads(journal.read_text())["sid"] == sid


@pytest.mark.parametrize(
    ("options", "code", "named"),
    [
        (["--inbound-url", "https://example.com/inbound"], 2, "--allow-callbacks-to"),
        (["--sender", "MG12=+15005550006"], 2, "32 hexadecimal"),
        (["--dropped-share", "2"], 2, "--dropped-share"),
        (["--dropped-share", "0.6", "--lost-share", "0.6"], 2, "more than 1"),
        (["--journal", "missing/journal.jsonl"], 1, "missing/journal.jsonl"),
    ],
)
def test_a_mistake_is_named_without_a_traceback(options: list[str], code: int, named: str) -> None:
    outcome = CliRunner().invoke(command, options)
    assert outcome.exit_code == code
    assert named in outcome.output


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with simulator(tmp_path) as carrier:
        port = carrier.address.rpartition(":")[2]
        outcome = CliRunner().invoke(command, ["--port", port, "--journal", str(tmp_path / "other.jsonl")])
    assert outcome.exit_code == 1
    assert port in outcome.output


def test_a_journal_goes_on_after_a_restart_and_a_torn_line(tmp_path: Path) -> None:
    for _ in range(2):
        with simulator(tmp_path) as carrier:
            carrier.client.messages.create(to=PERSON, from_=SHOP, body="Tea")
    with carrier.journal.open("ab") as file:
        file.write(b'{"kind": "cre')
    with simulator(tmp_path) as carrier:
        carrier.client.messages.create(to=PERSON, from_=SHOP, body="Tea")
    lines = carrier.journal.read_text().splitlines()
    assert [line.startswith('{"kind":"create"') for line in lines] == [True, True, False, True]
    assert len({json.loads(lines[place])["sid"] for place in (0, 1, 3)}) == 3


def test_a_host_that_is_named_may_be_called(tmp_path: Path) -> None:
    with service() as hooks, simulator(tmp_path, callback_hosts=frozenset({"service.test"})) as carrier:
        created = carrier.client.messages.create(
            to=PERSON, from_=SHOP, body="Tea", status_callback="https://service.test/status"
        )
    assert created.sid
    assert hooks.hooks == []


def test_the_testimony_is_served(tmp_path: Path) -> None:
    with simulator(tmp_path, account_sid=ACCOUNT_SID) as carrier:
        for _ in range(2):
            carrier.client.messages.create(to=PERSON, from_=SHOP, body="Tea")
        status, testimony = carrier.call("/simulator/testimony")
    assert status == 200
    assert (testimony["accepted"], testimony["duplicates"]) == (2, 1)
