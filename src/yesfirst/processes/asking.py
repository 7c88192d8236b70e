"""The loop that sends asks: beside the lanes and under the same limits of the senders."""

import asyncio
import logging
from time import monotonic

from redis.exceptions import RedisError

from yesfirst.processes.lane import Sending, reserve
from yesfirst.store import brands, departures
from yesfirst.store.departures import Limit
from yesfirst.store.engine import DatabaseError
from yesfirst.usecases import asks
from yesfirst.usecases.asks import ReadyAsk
from yesfirst.usecases.trail import tell

_log = logging.getLogger("yesfirst.asking")
LOOK_SECONDS = 0.5
_AT_ONCE = 20
"""How many are claimed together: sent within their lease by the slowest of senders."""


async def ask_for_ever(sending: Sending) -> None:
    """Sends what is due until told to stop; servers out of reach only delay it."""
    while not sending.stopping.is_set():
        sent = 0
        try:
            await asks.recover_asks(sending.ground)
            sent = await ask_some(sending)
        except (DatabaseError, RedisError, OSError) as problem:
            _log.warning("asking put off: %s", type(problem).__name__)
        if not sent:
            await asyncio.sleep(LOOK_SECONDS)


async def ask_some(sending: Sending) -> int:
    """Sends the asks that are due, a few; how many were claimed."""
    ready = await asks.claim_asks(sending.ground, _AT_ONCE)
    if ready:
        await sending.seals.wait_for([one.leaf for one in ready])
        async with asyncio.TaskGroup() as calls:
            for one in ready:
                calls.create_task(_ask(sending, one))
    return len(ready)


async def _ask(sending: Sending, one: ReadyAsk) -> None:
    await _depart(sending, one)
    if not await asks.allow_ask(sending.ground, one):
        return
    answer = await asks.call(sending.carrier, one)
    await asks.record_ask(sending.ground, one, answer)
    tell(_log, f"asked: {type(answer).__name__.lower()}", [one.id])


async def _depart(sending: Sending, one: ReadyAsk) -> None:
    """Waits for a departure time of the sender."""
    async with sending.ground.engine.connect() as connection:
        sender = await brands.sender_at(connection, one.sender)
    if sender is None:
        return
    limit = Limit(departures.sender_key(sender.id), sender.per_second)
    [slot] = await reserve(sending.redis, [limit], 1)
    await asyncio.sleep(max(0.0, slot - monotonic()))
