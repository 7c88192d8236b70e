"""The directory of one embedded server, `HOME/postgres` or `HOME/valkey`, and the locks in it.

users.lock   shared: held by every user of the server; exclusive: by a keeper that found no user
start.lock   exclusive: held by a user while it looks for a keeper and, if there is none, starts one
keeper.lock  exclusive: held by the keeper for its life; contains its process id
life.lock    exclusive: held by the server's own processes, which inherit it: free means that all are gone
address      0600: the URL with its password; exists while the server answers
password     0600: made once
pid          the server's process id, while it lives
data/ run/   the server's data and socket; server.log, keeper.log

Locks are `flock`s: the kernel drops them when the last process that holds the open file ends.
"""

import fcntl
import hashlib
import os
import secrets
import socket
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from yesfirst.embedded.account import Account
from yesfirst.errors import Refused

# unix(7): 108 bytes on Linux, 104 on macOS, with the final zero; PostgreSQL's socket has the longest name.
SOCKET_NAMES = {"postgres": ".s.PGSQL.5432", "valkey": "valkey.sock"}
LONGEST_SOCKET_DIRECTORY = 103 - len("/.s.PGSQL.5432")

LOG_LIMIT = 8 << 20


@dataclass(frozen=True, slots=True)
class Place:
    """One server's directory; the paths follow from it."""

    path: Path

    @property
    def address(self) -> Path:
        return self.path / "address"

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def server_log(self) -> Path:
        return self.path / "server.log"

    @property
    def keeper_log(self) -> Path:
        return self.path / "keeper.log"

    @property
    def run(self) -> Path:
        """The directory of the socket: under a short private name elsewhere where this path is too long."""
        near = self.path / "run"
        if len(os.fsencode(near)) <= LONGEST_SOCKET_DIRECTORY:
            return near
        digest = hashlib.sha256(os.fsencode(near)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"yesfirst-{digest}"

    @property
    def socket(self) -> Path:
        return self.run / SOCKET_NAMES[self.path.name]

    def answers(self) -> bool:
        """Whether the server is started and has not died since."""
        if not self.address.exists():
            return False
        with socket.socket(socket.AF_UNIX) as connection:
            return connection.connect_ex(str(self.socket)) == 0

    def make(self) -> None:
        """Create the directory; others may pass it, everything in it is private.

        Raises Refused: HOME_UNWRITABLE, DISK_FULL.
        """
        with refusing_home(self.path):
            self.path.mkdir(mode=0o711, parents=True, exist_ok=True)
            os.close(open_lock(self.path / "users.lock"))

    def password(self) -> str:
        """The server's password, made at the first call."""
        file = self.path / "password"
        if not file.exists():
            write_private(file, secrets.token_hex(24))
        return file.read_text("ascii")


@contextmanager
def refusing_home(path: Path) -> Iterator[None]:
    """Turn the operating system's refusal to write below `path` into one for the user."""
    try:
        yield
    except OSError as error:
        if error.errno == 28:  # ENOSPC
            raise disk_full(path) from error
        raise Refused(
            "HOME_UNWRITABLE",
            f"{error.filename or path} can't be written: {error.strerror}.",
            "Set YESFIRST_HOME to a directory of yours; one that root has used belongs to root.",
        ) from error


def disk_full(path: Path) -> Refused:
    return Refused(
        "DISK_FULL",
        f"The disk that holds {path} is full.",
        "Free some space, or set YESFIRST_HOME elsewhere.",
    )


def write_private(file: Path, text: str, account: Account | None = None) -> None:
    """Write a file that its owner, `account` or we, alone can read; all or nothing."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(descriptor)
    if account is not None:
        account.give(new)
    new.replace(file)


def open_log(file: Path) -> BinaryIO:
    """Append to a log that its owner alone can read; one that has grown large is put aside first."""
    if file.exists() and file.stat().st_size > LOG_LIMIT:
        file.replace(file.with_suffix(".log.1"))
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")


def make_private(directory: Path, account: Account) -> None:
    """Make a directory that `account` alone can enter; refuse one that somebody else prepared."""
    directory.mkdir(mode=0o700, exist_ok=True)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), account.uid}:
        raise Refused("HOME_UNWRITABLE", f"{directory} belongs to somebody else.", "Remove it.")
    directory.chmod(0o700)
    account.give(directory)


def open_lock(file: Path) -> int:
    """A descriptor for `lock`; the caller closes it, which drops the lock. Children don't inherit it."""
    return os.open(file, os.O_RDWR | os.O_CREAT, 0o600)


def lock(descriptor: int, *, shared: bool = False, wait: bool = True) -> bool:
    """Take or change the lock; False if somebody else holds it and `wait` is false."""
    how = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
    try:
        fcntl.flock(descriptor, how)
    except BlockingIOError:
        return False
    return True


def unlock(descriptor: int) -> None:
    """Drop the lock and keep the descriptor."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)


def lock_within(descriptor: int, seconds: float) -> bool:
    """Take the exclusive lock, giving up after `seconds`."""
    deadline = time.monotonic() + seconds
    while not lock(descriptor, wait=False):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@contextmanager
def held(file: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold the lock of a file for the length of the block, waiting for it first."""
    descriptor = open_lock(file)
    try:
        lock(descriptor, shared=shared)
        yield
    finally:
        os.close(descriptor)


def is_held(file: Path) -> bool:
    """Whether somebody holds the exclusive lock of a file right now."""
    descriptor = open_lock(file)
    try:
        return not lock(descriptor, shared=True, wait=False)
    finally:
        os.close(descriptor)
