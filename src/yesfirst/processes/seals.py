"""Waiting until leaves are sealed, woken by the sequencer's notifications."""

import asyncio
from collections.abc import Sequence
from typing import Self

from yesfirst.store import evidence
from yesfirst.store.engine import Engine, listening
from yesfirst.usecases.seal import SEALED_CHANNEL

_LOOK_ANYWAY_SECONDS = 0.5


class Seals:
    """One listening connection for all waiters of a process; use as an async context manager."""

    def __init__(self, engine: Engine, database_url: str) -> None:
        self._engine = engine
        self._listening = listening(database_url, SEALED_CHANNEL)
        self._woken = asyncio.Condition()

    async def __aenter__(self) -> Self:
        heard = await self._listening.__aenter__()
        self._relay = asyncio.create_task(self._pass_on(heard))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._relay.cancel()
        await self._listening.__aexit__(None, None, None)

    async def wait_for(self, leaves: Sequence[int]) -> None:
        """Returns when all the leaves are covered by a committed checkpoint."""
        while not await self._are_sealed(leaves):
            async with self._woken:
                try:
                    await asyncio.wait_for(self._woken.wait(), _LOOK_ANYWAY_SECONDS)
                except TimeoutError:
                    continue

    async def _are_sealed(self, leaves: Sequence[int]) -> bool:
        async with self._engine.connect() as connection:
            return await evidence.all_sealed(connection, leaves)

    async def _pass_on(self, heard: asyncio.Event) -> None:
        while True:
            await heard.wait()
            heard.clear()
            async with self._woken:
                self._woken.notify_all()
