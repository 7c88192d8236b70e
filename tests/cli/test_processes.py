"""The parts of an installation as real processes: they come up, end cleanly, and end together."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from cli.terminal import Terminal
from yesfirst.usecases import doctor

ACCOUNT = {
    "YESFIRST_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "YESFIRST_TWILIO_AUTH_TOKEN": "made-up",
    "YESFIRST_TWILIO_API_BASE": "http://127.0.0.1:9",  # nobody listens there
    "YESFIRST_PUBLIC_URL": "http://127.0.0.1:9",
}


@contextmanager
def command(terminal: Terminal, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """A command as a process; killed, if it still runs, when the block ends."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("YESFIRST_")}
    with subprocess.Popen(
        [sys.executable, "-m", "yesfirst", *arguments],
        env={**others, **terminal.environ, **ACCOUNT},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: "subprocess.Popen[str]") -> dict[str, str]:
    assert process.stdout is not None
    line: dict[str, str] = msgspec.json.decode(process.stdout.readline())
    return line


def children(pid: int) -> dict[str, int]:
    """The process ids of a process's children by the command of ours that they run."""
    found = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
            line = (status.parent / "cmdline").read_text().split("\0")
        except OSError:  # it has just ended
            continue
        if parent == pid and "yesfirst" in line:
            found[line[line.index("yesfirst") + 1]] = int(status.parent.name)
    return found


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def eventually(holds: Callable[[], bool], seconds: float = 30) -> bool:
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.05)
    return holds()


@pytest.fixture
def installation(terminal: Terminal) -> Terminal:
    terminal.answer("keys", "create")
    return terminal


@pytest.mark.parametrize("part", ["serve", "sequencer", "dispatcher"])
def test_a_part_says_that_it_is_ready_and_ends_cleanly_when_told(installation: Terminal, part: str) -> None:
    port = ("--port", "0") if part == "serve" else ()
    with command(installation, part, *port, "--json", "--log", "json") as process:
        assert "ready" in first_line(process)
        process.send_signal(signal.SIGTERM)
        last, log = process.communicate(timeout=30)
    assert process.returncode == 0
    assert msgspec.json.decode(last.splitlines()[-1]).keys() == {"ended"}
    assert "Traceback" not in log


@pytest.mark.parametrize("part", ["sequencer", "dispatcher"])
def test_the_doctor_tells_whether_a_part_is_at_work_here(installation: Terminal, part: str) -> None:
    def asked() -> tuple[int, str]:
        answer = installation.run("doctor", "--part", part)
        return answer.exit_code, " ".join(answer.stdout.split())

    with command(installation, part, "--json") as process:
        first_line(process)
        assert eventually(lambda: asked()[0] == 0)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert eventually(lambda: asked()[0] == 1)
    assert f"No {part} runs here." in asked()[1]


@pytest.mark.skipif(sys.platform != "linux", reason="a stopped process is silent")
def test_the_doctor_tells_that_a_part_hangs(installation: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "MOST_SILENT", 1.0)
    with command(installation, "sequencer", "--json") as process:
        first_line(process)
        process.send_signal(signal.SIGSTOP)
        assert eventually(lambda: "it hangs" in installation.run("doctor", "--part", "sequencer").stdout)


def test_a_port_in_use_is_refused(installation: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert installation.refusal("serve", "--port", port)["code"] == "PORT_IN_USE"


@pytest.mark.skipif(sys.platform != "linux", reason="finds children in /proc")
class TestUp:
    def test_all_parts_end_in_order_when_told(self, installation: Terminal) -> None:
        with command(installation, "up", "--port", "0", "--json") as process:
            assert first_line(process)["address"].startswith("http://127.0.0.1:")
            parts = children(process.pid)
            process.send_signal(signal.SIGINT)
            last, _ = process.communicate(timeout=60)
        assert parts.keys() == {"sequencer", "serve", "dispatcher"}
        assert process.returncode == 0
        assert msgspec.json.decode(last) == {"ended": "up"}
        assert not any(lives(pid) for pid in parts.values())

    def test_the_end_of_one_part_ends_all_and_is_named(self, installation: Terminal) -> None:
        with command(installation, "up", "--port", "0", "--json") as process:
            first_line(process)
            parts = children(process.pid)
            os.kill(parts["sequencer"], signal.SIGKILL)
            last, _ = process.communicate(timeout=60)
        assert process.returncode == 1
        error = msgspec.json.decode(last)["error"]
        assert error["code"] == "PART_ENDED"
        assert error["message"] == "The sequencer was killed by signal 9."
        assert not any(lives(pid) for pid in parts.values())

    def test_a_part_that_does_not_come_up_says_why(self, installation: Terminal) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            error = installation.refusal("up", "--port", port, **ACCOUNT)
        assert error["code"] == "PART_ENDED"
        assert f"port {port}" in error["message"]
        assert "another port" in error["hint"]

    def test_the_parts_end_when_their_parent_is_killed(self, installation: Terminal) -> None:
        with command(installation, "up", "--port", "0", "--json") as process:
            first_line(process)
            parts = children(process.pid)
            process.kill()
            assert eventually(lambda: not any(lives(pid) for pid in parts.values()))
        assert len(parts) == 3
