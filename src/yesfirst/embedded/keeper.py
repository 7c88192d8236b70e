"""The keeper: a small detached process that has one embedded server as its child.

It starts the server, starts it again when it dies, and stops it cleanly once nobody has used it for a moment.
Killed itself, it takes the server along (Linux), or leaves it to the next keeper, which stops it first: the
server's processes hold `life.lock`, so a keeper never mistakes another process for its server.
"""

import contextlib
import json
import logging
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from yesfirst.embedded.account import account_for, becoming
from yesfirst.embedded.place import (
    Place,
    disk_full,
    lock,
    lock_within,
    make_private,
    open_lock,
    open_log,
    refusing_home,
    unlock,
    write_private,
)
from yesfirst.embedded.postgres import Postgres
from yesfirst.embedded.server import Server
from yesfirst.embedded.valkey import Valkey
from yesfirst.errors import Refused

SERVERS: dict[str, Server] = {"postgres": Postgres(), "valkey": Valkey()}

GRACE = 2.0
"""Seconds without a user after which a server is stopped: commands of a script follow each other faster."""
PAUSE = 0.2
START_LIMIT = 60.0
STOP_LIMIT = 30.0
FREE_NEEDED = 150 << 20

log = logging.getLogger(__name__)


class Asked(Exception):
    """Somebody asked the keeper to end (SIGTERM)."""


def run(name: str, home: Path) -> None:
    """Keep the server until nobody uses it; tell the starter when it answers, or why it does not."""
    place = Place(home / name)
    signal.signal(signal.SIGTERM, _end)
    keeper_lock = open_lock(place.path / "keeper.lock")
    if not lock_within(keeper_lock, STOP_LIMIT):
        _tell(Refused("SERVER_FAILED", f"Another keeper holds {place.path}.", "Try again."))
        return
    os.ftruncate(keeper_lock, 0)
    os.write(keeper_lock, str(os.getpid()).encode())  # for whoever looks for us
    keeping = Keeping(name, place)
    users = open_lock(place.path / "users.lock")
    try:
        keeping.start()
        _tell(None)
        keeping.keep(users)
    except Refused as refused:
        log.error("%s: %s", refused.code, refused)
        _tell(refused)
    except subprocess.SubprocessError:  # raised for what `becoming` couldn't do
        log.exception("can't take the account of the server")
        _tell(
            Refused(
                "SERVER_FAILED",
                f"Root may not start the embedded {name} as another user here.",
                "Run Yesfirst as an ordinary user, or name servers of yours in the settings.",
            )
        )
    except Asked:
        log.info("asked to end")
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        keeping.stop()
        # In this order: who gets the users' lock next must not find a keeper that is about to end.
        os.close(keeper_lock)
        os.close(users)


class Keeping:
    """The server of one place while its keeper lives."""

    def __init__(self, name: str, place: Place) -> None:
        self.name = name
        self.place = place
        self.server = SERVERS[name]
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers. Raises Refused."""
        place = self.place
        place.address.unlink(missing_ok=True)
        life = self._life()
        try:
            with refusing_home(place.path):
                _refuse_full_disk(place.path)
                account = account_for(place.data)
                make_private(place.run, account)
                for left_behind in place.run.iterdir():
                    left_behind.unlink()
                self.server.prepare(place, account)
                self.child = self._spawn(life)
        finally:
            os.close(life)
        (place.path / "pid").write_text(str(self.child.pid), "ascii")
        self._await_answer(self.child)
        write_private(place.address, self.server.url(place))
        log.info("%s answers, process %d", self.name, self.child.pid)

    def _life(self) -> int:
        """The server's life lock, after what an earlier keeper left behind has ended."""
        life = open_lock(self.place.path / "life.lock")
        for sign in (self.server.end_signal, signal.SIGQUIT, signal.SIGKILL):
            if lock(life, wait=False):
                return life
            with contextlib.suppress(FileNotFoundError, ProcessLookupError, ValueError):
                os.kill(int((self.place.path / "pid").read_text("ascii")), sign)
            if lock_within(life, STOP_LIMIT / 3):
                return life
        raise Refused(
            "SERVER_FAILED",
            f"An earlier server of {self.place.path} doesn't end.",
            f"End the {self.name} processes that use this directory.",
        )

    def _spawn(self, life: int) -> "subprocess.Popen[bytes]":
        place = self.place
        with open_log(place.server_log) as out:
            return subprocess.Popen(
                self.server.command(place),
                cwd=place.run,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={"LC_ALL": "C", "TZ": "UTC"},
                pass_fds=(life,),
                preexec_fn=becoming(account_for(place.data), self.server.end_signal),
            )

    def _await_answer(self, child: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + START_LIMIT
        while not self.server.answers(self.place, child.pid):
            if child.poll() is not None or time.monotonic() > deadline:
                raise _failed(self.name, self.place)
            time.sleep(0.01)

    def keep(self, users: int) -> None:
        """Watch the server and its users; return, holding the users' lock, when nobody is left."""
        child_ended = _wake_on_child()
        used = time.monotonic()
        while True:
            select.select([child_ended], [], [], PAUSE)
            if self.child is None or self.child.poll() is not None:
                log.warning("%s ended: starting it again", self.name)
                self._forget()
                self.start()
            if not lock(users, wait=False):
                used = time.monotonic()
            elif time.monotonic() - used >= GRACE:
                return
            else:
                unlock(users)

    def stop(self) -> None:
        """Stop the server cleanly, or at once if it takes too long."""
        self.place.address.unlink(missing_ok=True)
        if self.child is None:
            return
        for sign in (self.server.end_signal, signal.SIGQUIT, signal.SIGKILL):
            if self.child.poll() is None:
                self.child.send_signal(sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(STOP_LIMIT)
                break
        self._forget()
        shutil.rmtree(self.place.run, ignore_errors=True)
        log.info("%s stopped", self.name)

    def _forget(self) -> None:
        """The child has ended: its process id may soon be somebody else's."""
        self.child = None
        (self.place.path / "pid").unlink(missing_ok=True)


def _wake_on_child() -> int:
    """A descriptor that becomes readable when a child ends."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    os.set_blocking(reading, False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    return reading


def _end(_number: int, _frame: FrameType | None) -> None:
    raise Asked


def _tell(refused: Refused | None) -> None:
    """Answer the user that started us, once: standard output is closed afterwards."""
    answer = (
        {} if refused is None else {"code": refused.code, "message": refused.message, "hint": refused.hint}
    )
    with contextlib.suppress(BrokenPipeError):
        os.write(1, json.dumps(answer).encode() + b"\n")
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.close(nothing)


def _refuse_full_disk(path: Path) -> None:
    if shutil.disk_usage(path).free < FREE_NEEDED:
        raise disk_full(path)


def _failed(name: str, place: Place) -> Refused:
    """The server doesn't start: its own last words are the best explanation."""
    lines = place.server_log.read_text("utf-8", "replace").splitlines()[-5:]
    if any("No space left on device" in line for line in lines):
        return disk_full(place.path)
    words = next((line for line in reversed(lines) if "fatal" in line.lower()), "it says nothing")
    return Refused(
        "SERVER_FAILED",
        f"The embedded {name} doesn't start: {words}.",
        f"Read {place.server_log}, or set YESFIRST_DATABASE_URL and YESFIRST_REDIS_URL to servers of yours.",
    )


def main(name: str, home: str) -> None:
    """Detach from the starter, which waits for the first process only, and keep the server."""
    if os.fork():
        os._exit(0)
    os.umask(0o077)
    os.chdir(home)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO, stream=sys.stderr)
    run(name, Path(home))
