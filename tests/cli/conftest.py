"""Installations of their own on the test servers, from empty to a shop with people."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cli.terminal import CAMPAIGNS, Terminal


@pytest.fixture
def terminal(database_url: str, redis_url: str, tmp_path: Path) -> Terminal:
    """An installation with its own servers, migrated, without keys and brands."""
    return Terminal(
        {
            "YESFIRST_HOME": str(tmp_path / "home"),
            "YESFIRST_DATABASE_URL": database_url,
            "YESFIRST_REDIS_URL": redis_url,
        }
    )


@pytest.fixture
def shop(terminal: Terminal) -> Terminal:
    """An installation with keys and the shipped brands."""
    terminal.answer("keys", "create")
    for file in sorted(CAMPAIGNS.glob("*/brand.yaml")):
        terminal.answer("brand", "apply", file)
    return terminal


@pytest.fixture
def readers(shop: Terminal, tmp_path: Path) -> Terminal:
    """A shop with the people of the bookshops, who agreed to news of events."""
    shop.answer(
        *("people", "import", CAMPAIGNS / "harbour-books" / "people.csv", "--brand", "harbour-books"),
        *("--purpose", "marketing.events", "--no-expiry", "--result", tmp_path / "people.result.csv"),
        *("--notice", CAMPAIGNS / "harbour-books" / "notices" / "events.en.md"),
    )
    return shop


@pytest.fixture
def unused_port() -> int:
    """A port of this machine that nobody listens at, unless somebody takes it in the meantime."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def two_ports() -> tuple[int, int]:
    """Two ports that nobody listens at, unless somebody takes them in the meantime."""
    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.1", 0)) as second:
        return first.getsockname()[1], second.getsockname()[1]


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
