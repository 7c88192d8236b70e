"""While the web server serves it vouches, every two seconds, that it takes in what people text."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from litestar import Litestar

from yesfirst.store.engine import DatabaseError
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.hearing import BEAT_SECONDS, Served

_log = logging.getLogger("yesfirst.web")


class Listening:
    """What this process hears; whoever takes in a text does it within `taking_in`."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._served = Served()

    @contextmanager
    def taking_in(self) -> Iterator[None]:
        """What isn't taken in leaves a gap: Twilio calls once, unless told otherwise."""
        try:
            yield
        except BaseException:
            self._served.failed()
            raise

    @asynccontextmanager
    async def while_serving(self, _: Litestar) -> AsyncIterator[None]:
        """Vouches in the background; the socket listens already."""
        ended = asyncio.Event()
        vouching = asyncio.create_task(self._vouch(ended))
        try:
            yield
        finally:
            ended.set()
            await vouching

    async def _vouch(self, ended: asyncio.Event) -> None:
        while not ended.is_set():
            try:
                await self._served.vouch(self._ground)
            except (DatabaseError, OSError) as problem:
                _log.warning("not vouching for what was heard: %s", type(problem).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), BEAT_SECONDS)
