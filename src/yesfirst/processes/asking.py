"""The loop that sends asks: beside the lanes and under the same limits of the senders.

As with messages, a departure time comes first: without Redis nothing is claimed, and an ask waits as it is.
"""

import asyncio
import logging
from collections.abc import Coroutine
from time import monotonic
from typing import Any, TypeVar

from redis.exceptions import RedisError

from yesfirst.carriers.handover import Answer
from yesfirst.processes.lane import Sending
from yesfirst.store import asks as stored
from yesfirst.store import departures
from yesfirst.store.brands import StoredSender
from yesfirst.store.departures import Limit, Wait
from yesfirst.store.engine import DatabaseError
from yesfirst.usecases import asks
from yesfirst.usecases.asks import ReadyAsk
from yesfirst.usecases.hand_over import word_for
from yesfirst.usecases.trail import tell

T = TypeVar("T")
_log = logging.getLogger("yesfirst.asking")
LOOK_SECONDS = 0.5
_AT_ONCE = 20
_BATCH_SECONDS = 0.5
"""How long a sender needs for what is claimed together: well within a lease."""
_LATE = 0.05
_RECORD_SECONDS = 5.0
"""How long an answer waits for a database that is away; after that the ask becomes unknown."""


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
    """Sends some of what is due, all senders at once; how many were claimed."""
    async with sending.ground.engine.connect() as connection:
        waiting = await stored.waiting(connection, _AT_ONCE)
    sent = await _each(*(_ask_by(sending, sender, count) for sender, count in waiting))
    return sum(sent)


async def _ask_by(sending: Sending, sender: StoredSender, count: int) -> int:
    limit = Limit(departures.sender_key(sender.id), sender.per_second)
    most = min(count, max(1, int(sender.per_second * _BATCH_SECONDS)))
    slots = await departures.reserve(sending.redis, [limit], most)
    if isinstance(slots, Wait):
        return 0
    ready = await asks.claim_asks(sending.ground, sender, most)
    if ready:
        await sending.seals.wait_for([one.leaf for one in ready])
        pairs = zip(ready, slots, strict=False)
        await _each(*(_ask(sending, sender, limit, one, slot) for one, slot in pairs))
    return len(ready)


async def _ask(sending: Sending, sender: StoredSender, limit: Limit, one: ReadyAsk, slot: float) -> None:
    """Sends one at its departure time; one that has missed it stays claimed, until its lease is over."""
    if slot < monotonic() - _LATE:
        slots = await departures.reserve(sending.redis, [limit], 1)
        if isinstance(slots, Wait):
            return
        [slot] = slots
    await asyncio.sleep(slot - monotonic())
    asked = monotonic()
    seconds = await asks.allow_ask(sending.ground, one)
    if seconds is None:
        tell(_log, "not asked: NO_LONGER_ALLOWED", [one.id])
        return
    answer = await asks.call(sending.carrier, one, sender.address, asked + seconds - monotonic())
    await _record(sending, one, answer)
    tell(_log, f"asked: {word_for(answer)}", [one.id])


async def _record(sending: Sending, one: ReadyAsk, answer: Answer) -> None:
    """Tries again for a while when the database is away: what the carrier said should not be lost."""
    until = monotonic() + _RECORD_SECONDS
    while True:
        try:
            return await asks.record_ask(sending.ground, one, answer)
        except (DatabaseError, OSError):
            if monotonic() > until:
                raise
            await asyncio.sleep(0.2)


async def _each(*works: Coroutine[Any, Any, T]) -> list[T]:
    """Waits for all of them, so that one that fails takes none with it; then raises the first failure."""
    ended = await asyncio.gather(*works, return_exceptions=True)
    done: list[T] = []
    for end in ended:
        if isinstance(end, BaseException):
            raise end
        done.append(end)
    return done
