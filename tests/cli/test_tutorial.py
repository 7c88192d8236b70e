"""The tutorial as a reader follows it: its files saved, its commands typed, its output seen. In both languages.

What the page can't know is not compared: ids (but the same one must come back where the page repeats it), times,
how many people it is day for, progress bars, and what the page leaves out with `…`.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENGLISH, CHINESE = ((ROOT / f"docs/tutorial{each}.md").read_text("utf-8") for each in ("", ".zh-CN"))

_FENCE = re.compile(r"^```(\w+)(?: ([^\n]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_RUN = re.compile(r"[A-Za-z0-9_-]{22}")
_SHOWN_RUN = re.compile(r"^run +([A-Za-z0-9_-]{22})\s*$", re.MULTILINE)
_LOOKS = ("yesfirst campaign status", "yesfirst evidence export")
"""Commands that a reader may repeat until what they wait for has happened."""
_PATIENCE = 90.0
# Who is asleep depends on the hour, and with it how many texts and leaves there are.
_HOURLY = re.compile(
    r"(?:: (?:running|finished)$|(?:deferred|accepted|bundles|log size|left out|\d+ VALID|not sealed)\b.*)"
)
_END = "== end of block"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: `note` is a file's path, or the terminal it is typed in."""

    language: str
    note: str
    text: str


def blocks(page: str) -> list[Block]:
    return [Block(*match.groups("")) for match in _FENCE.finditer(page)]


def pattern(shown: str) -> str:
    """A regular expression for what the page shows, in the words of `seen`."""
    lines = re.escape(seen(shown)).replace("\\\n", "\n")
    return lines.replace("…\n", "(?:.*\n)*?").replace("…", ".*")


def seen(text: str) -> str:
    """Output without what differs from one reader to the next."""
    text = re.sub(
        r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?(?:\+\d\d:\d\d)?", "TIME", text.replace("\ufeff", "")
    )
    lines = (" ".join(line.split()) for line in _RUN.sub("ID", text).splitlines())
    kept = (line for line in lines if line and "━" not in line and set(line) != {"─"})
    return "".join(f"{_HOURLY.sub(_without_counts, line)}\n" for line in kept)


def _without_counts(line: re.Match[str]) -> str:
    plain = line[0].replace("none", "QUIET_HOURS N").replace(": finished", ": running")
    return re.sub(r"\d+", "N", plain)


@dataclass(slots=True)
class Reader:
    """Types blocks into one shell, and puts the run's real id where the page has its own."""

    shell: "subprocess.Popen[str]"
    swaps: dict[str, str] = field(default_factory=dict)

    def follow(self, block: Block, shown: str) -> None:
        """Runs a block and compares; repeats it while a reader would wait."""
        until = time.monotonic() + (_PATIENCE if block.text.startswith(_LOOKS) else 0)
        while True:
            output = self._typed(self._mine(block.text))
            if re.fullmatch(pattern(shown), seen(output)):
                break
            assert time.monotonic() < until, f"{block.text}\nshows\n{output}\nand not\n{shown}"
            time.sleep(0.5)
        if not self.swaps and (run := _SHOWN_RUN.search(output)):
            [theirs] = _SHOWN_RUN.findall(shown)
            self.swaps[theirs[:8]] = run[1]

    def _mine(self, text: str) -> str:
        for theirs, mine in self.swaps.items():
            text = text.replace(theirs, mine)
        return text

    def _typed(self, text: str) -> str:
        assert self.shell.stdin is not None
        assert self.shell.stdout is not None
        self.shell.stdin.write(f"{{\n{text}\n}} </dev/null\necho; echo '{_END}'\n")
        self.shell.stdin.flush()
        lines = iter(self.shell.stdout.readline, f"{_END}\n")
        return "".join(lines)


@contextmanager
def terminal(folder: Path, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """A shell in a folder with `yesfirst` on its path, ended with all that runs in it."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("YESFIRST_")}
    ours["PATH"] = f"{folder / '.venv/bin'}{os.pathsep}{ours['PATH']}"
    with subprocess.Popen(
        ["bash", *arguments],
        cwd=folder,
        env={**ours, "COLUMNS": "160"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    ) as shell:
        try:
            yield shell
        finally:
            os.killpg(shell.pid, signal.SIGTERM)
            shell.communicate(timeout=60)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder that has what `make setup` leaves in a fresh clone, as far as the page uses it."""
    scripts = tmp_path / ".venv/bin"
    scripts.mkdir(parents=True)
    (scripts / "activate").touch()
    command = scripts / "yesfirst"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m yesfirst "$@"\n')
    command.chmod(0o755)
    (tmp_path / "src").symlink_to(ROOT / "src")
    return tmp_path


def test_who_follows_the_tutorial_sees_what_it_shows(clone: Path, two_ports: tuple[int, int]) -> None:
    carrier, web = two_ports
    page = blocks(ENGLISH.replace("8900", str(carrier)).replace("8800", str(web)))
    with ExitStack() as stack:
        reader = Reader(stack.enter_context(terminal(clone)))
        for block, following in pairwise([*page, Block("", "", "")]):
            shown = following.text if following.language == "text" else ""
            if block.language == "sh" and block.note:
                running = stack.enter_context(terminal(clone, "-c", block.text))
                assert running.stdout is not None
                first = running.stdout.readline()
                assert re.fullmatch(pattern(shown), seen(first)), first
            elif block.language == "sh":
                reader.follow(block, shown)
            elif block.note:
                (clone / block.note).write_text(block.text, "utf-8")


def test_the_chinese_tutorial_has_the_same_files_commands_and_output() -> None:
    assert blocks(CHINESE) == blocks(ENGLISH)


def test_both_tutorials_have_the_same_sections() -> None:
    first, second = (re.findall(r"^## (\d)\. ", page, re.MULTILINE) for page in (ENGLISH, CHINESE))
    assert first == second
    assert len(first) > 5


def test_a_changed_output_would_be_noticed() -> None:
    shown = "audience  6\nleft out  none\n…\ncost  0.45 USD\n"
    assert re.fullmatch(pattern(shown), seen("audience 6\nleft out none\nanything\nat all\ncost 0.45 USD\n"))
    assert not re.fullmatch(pattern(shown), seen("audience 7\nleft out none\ncost 0.45 USD\n"))
    assert not re.fullmatch(pattern(shown), seen("audience 6\nleft out none\ncost 0.60 USD\n"))
