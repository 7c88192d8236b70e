"""Departure times, reserved in Redis by one Lua call under all limits at once.

Redis holds nothing but the next free time of each limit and may lose it: a missing key counts as an empty
bucket, so that a restart of Redis slows a sender down for a moment and never speeds it up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from time import monotonic

from redis.asyncio import Redis
from redis.exceptions import RedisError

SOONEST, HORIZON = 0.4, 1.6
"""How far ahead, in seconds, a departure may lie: not before its decision can be sealed, nor long after."""
_MARGIN = 0.985
"""The share of a limit that is used, so that jitter on the way to the carrier stays within it."""

_script = files("yesfirst.store").joinpath("departures.lua").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `per_second` departures under `key` (`sender:…`, `run:…`), whoever asks."""

    key: str
    per_second: float


@dataclass(frozen=True, slots=True)
class Wait:
    """No departure can be promised yet; ask again after so many seconds."""

    seconds: float
    reason: str


def sender_key(sender: str) -> str:
    """The key of what all runs of a sender share."""
    return f"sender:{sender}"


def run_key(run: bytes) -> str:
    return f"run:{run.hex()}"


async def reserve(redis: Redis, limits: Sequence[Limit], count: int) -> list[float] | Wait:
    """`count` departure times on this process's monotonic clock, in order, or how long to wait.

    Redis out of reach means waiting: nothing departs without a promise.
    """
    spacings = [int(1_000_000 / (limit.per_second * _MARGIN)) for limit in limits]
    asked = monotonic()
    try:
        first, spacing = await redis.eval(  # type: ignore[misc]  # redis-py types it as sync or async
            _script,
            len(limits),
            *(f"departures:{limit.key}" for limit in limits),
            *map(str, (count, int(SOONEST * 1_000_000), int(HORIZON * 1_000_000), *spacings)),
        )
    except (RedisError, OSError):
        return Wait(0.5, "REDIS_UNREACHABLE")
    if int(first) < 0:
        return Wait(int(spacing) / 1_000_000, "LIMIT_REACHED")
    return [asked + (int(first) + n * int(spacing)) / 1_000_000 for n in range(count)]


async def used(redis: Redis, keys: Sequence[str]) -> dict[str, float]:
    """The share of the horizon that is promised away under each limit, 0 to 1; empty when Redis is out of reach."""
    if not keys:
        return {}
    try:
        seconds, microseconds = await redis.time()
        promised = await redis.mget([f"departures:{key}" for key in keys])
    except (RedisError, OSError):
        return {}
    now = int(seconds) + int(microseconds) / 1_000_000
    ahead = {key: int(free or 0) / 1_000_000 - now for key, free in zip(keys, promised, strict=True)}
    return {key: min(1.0, max(0.0, left / HORIZON)) for key, left in ahead.items()}
