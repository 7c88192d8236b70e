"""What a keeper has to know about a kind of server; `postgres.py` and `valkey.py` are the two."""

import signal
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from yesfirst.embedded.account import Account
from yesfirst.embedded.place import Place
from yesfirst.errors import Refused


class Server(Protocol):
    """One server in its place. All of it is called by the keeper alone, one call at a time."""

    end_signal: signal.Signals
    """The signal that stops it cleanly whoever is connected."""

    def prepare(self, place: Place, account: Account) -> None:
        """Make what the server needs before it can start; repeatable after a kill at any point."""

    def command(self, place: Place) -> Sequence[str]:
        """The command line, without secrets."""

    def answers(self, place: Place, pid: int) -> bool:
        """Whether the server with this process id serves requests."""

    def url(self, place: Place) -> str:
        """The address with its password."""


def installed(package: str, path: str) -> Path:
    """A file inside an installed package, without importing the package (which is slow)."""
    spec = find_spec(package)
    for directory in (spec.submodule_search_locations or ()) if spec else ():
        if (file := Path(directory) / path).exists():
            return file
    raise Refused(
        "SERVER_MISSING",
        f"The package {package} isn't installed with {path} for this machine.",
        "Run `make setup`, or set YESFIRST_DATABASE_URL and YESFIRST_REDIS_URL to servers of yours.",
    )
