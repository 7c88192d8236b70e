"""Installations of their own on the test servers, from empty to a shop with people."""

import socket
from pathlib import Path

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
