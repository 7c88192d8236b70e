"""Runs the parts of an installation as child processes of one, which end together.

Parts are started at once, since each waits by itself for what it needs, and stopped in the reverse order, one
after the other. When one ends by itself all are stopped. A child gets a pipe as standard input that closes when
its parent is gone, however that ended, and stops then by itself (`--until-stdin-ends`). Children are sessions of
their own, so that Ctrl-C reaches the parent alone.

A child says on standard output, in lines of JSON, that it is ready or why it ends; its log goes to the standard
error that it shares with its parent.
"""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from yesfirst.errors import Refused

T = TypeVar("T")
_READY_SECONDS = 60
_STOP_SECONDS = 40
"""Longer than any part takes to finish what it is doing."""


@dataclass(frozen=True, slots=True)
class Part:
    """A command of ours: `arguments` are those of `yesfirst`."""

    name: str
    arguments: Sequence[str]


class _Reason(Struct, frozen=True):
    message: str
    hint: str = ""


class _Line(Struct, frozen=True):
    """A line that a child says: ready (with its address, if it has one), or the error it ends with."""

    ready: str | None = None
    address: str | None = None
    error: _Reason | None = None


class Child:
    """A running part; `address` is where it listens, None if it doesn't."""

    def __init__(self, part: Part, process: Process) -> None:
        self.name = part.name
        self.address: str | None = None
        self._process = process
        self._said = _Line()

    @property
    def pid(self) -> int:
        return self._process.pid

    async def wait_until_ready(self) -> None:
        """Raises Refused (PART_ENDED, PART_SILENT) when it won't be."""
        try:
            async with asyncio.timeout(_READY_SECONDS):
                line = await self._listen()
        except TimeoutError:
            raise Refused(
                "PART_SILENT",
                f"The {self.name} was not ready within {_READY_SECONDS} seconds.",
                "Read its messages above; a machine under heavy load may need a second try.",
            ) from None
        if line is None or line.ready is None:
            raise await self.ended()
        self.address = line.address

    async def ended(self) -> Refused:
        """Waits for the end of the process, and says how it came."""
        while await self._listen() is not None:
            pass
        code = await self._process.wait()
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        why = self._said.error
        return Refused(
            "PART_ENDED",
            f"The {self.name} {how}" + (f": {why.message}" if why else "."),
            (why and why.hint) or "Read its messages above.",
        )

    async def stop(self) -> None:
        """Asks it to finish and waits; kills it when that takes too long."""
        if self._process.returncode is None:
            self._process.terminate()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _listen(self) -> _Line | None:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            return None
        self._said = msgspec.json.decode(line, type=_Line)
        return self._said


@asynccontextmanager
async def running(
    parts: Sequence[Part], environ: Mapping[str, str] | None = None
) -> AsyncIterator[dict[str, Child]]:
    """The parts, by name, for the length of the block; raises Refused when one does not come up."""
    children: list[Child] = []
    try:
        for part in parts:
            children.append(Child(part, await _start(part, environ)))
        for child in children:
            await child.wait_until_ready()
        yield {child.name: child for child in children}
    finally:
        for child in reversed(children):
            await child.stop()


async def _start(part: Part, environ: Mapping[str, str] | None) -> Process:
    # -P: a directory that happens to be called yesfirst where the user stands is not the package.
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-P", "-m", "yesfirst", *part.arguments, "--json", "--until-stdin-ends"),
        stdin=PIPE,
        stdout=PIPE,
        env=environ,
        start_new_session=True,
    )


async def first_end(children: Mapping[str, Child]) -> Refused:
    """Waits until one of the children ends by itself; how it ended."""
    ends = [asyncio.create_task(child.ended()) for child in children.values()]
    try:
        done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result()
    finally:
        for end in ends:
            end.cancel()


@contextmanager
def told_to_end() -> Iterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set, instead of what else they would do."""
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, told.set)
    try:
        yield told
    finally:
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(name)


async def unless(told: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """What the work gives, or None when it was cut short by being told to end."""
    working, ending = asyncio.create_task(work), asyncio.create_task(told.wait())
    try:
        await asyncio.wait([working, ending], return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        ending.cancel()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
