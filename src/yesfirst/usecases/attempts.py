"""Attempts: what is limited is counted before it is done, in a transaction of its own.

Numbers and addresses are counted by keyed hashes, which nobody can try without the key.
"""

from collections.abc import Mapping
from datetime import timedelta

from yesfirst.rules.attempts import KEPT, LIMITS, Counted, wait
from yesfirst.store import attempts, clock, own_pages
from yesfirst.usecases.ground import Ground


async def attempt(ground: Ground, counted: Mapping[Counted, str]) -> timedelta | None:
    """Counts an attempt under each; how long to wait instead, where one has reached its limit. Then none counts."""
    keys = {by: ground.keyring.attempts_of(by, value) for by, value in counted.items()}
    async with ground.engine.begin() as connection:
        await attempts.hold(connection, list(keys.values()))
        now = await clock.now(connection)
        waits = []
        for by, key in keys.items():
            limit = LIMITS[by]
            before = await attempts.made(connection, key, now - limit.within, limit.most)
            waits.append(wait(before, limit, now))
        longest = max((one for one in waits if one is not None), default=None)
        if longest is None:
            await attempts.put(connection, list(keys.values()), now)
    return longest


async def forget_old(ground: Ground) -> None:
    """Forgets some attempts that count no more, and links that have ended."""
    async with ground.engine.begin() as connection:
        now = await clock.now(connection)
        await attempts.forget(connection, now - KEPT)
        await own_pages.forget(connection, now)
