"""One lane's work: reserve departures, claim, wait for the seal, hand over, while the next batch is claimed."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from redis.asyncio import Redis

from yesfirst.carriers.handover import Answer
from yesfirst.carriers.twilio import Twilio
from yesfirst.processes.seals import Seals
from yesfirst.store import brands, departures, runs
from yesfirst.store.departures import Limit, Wait
from yesfirst.store.runs import RunState, StoredRun
from yesfirst.usecases import hand_over
from yesfirst.usecases.claim import Ready, claim
from yesfirst.usecases.ground import Ground

BATCH_SECONDS = 0.5
_AHEAD = 3
"""Batches of a lane under way at once: one waiting for its seal, one departing, one recording."""
_LATE = 0.05


@dataclass(frozen=True, slots=True)
class Sending:
    """What a lane needs from its process."""

    ground: Ground
    carrier: Twilio
    redis: Redis
    seals: Seals
    stopping: asyncio.Event


@dataclass(frozen=True, slots=True)
class _Pace:
    sender: str
    limits: tuple[Limit, ...]
    batch: int


async def work(sending: Sending, run_id: bytes, lane: int, seconds: float) -> None:
    """Claims and sends until the lane has nothing ready, the time is over or the process stops."""
    until = monotonic() + seconds
    async with sending.ground.engine.connect() as connection:
        run = await runs.get(connection, run_id)
        sender = await brands.sender(connection, run.sender) if run else None
    if run is None or sender is None or run.state is not RunState.RUNNING:
        return
    rate = min(run.pace, sender.per_second)
    limits = (Limit(f"sender:{sender.id}", sender.per_second), Limit(f"run:{run.id.hex()}", run.pace))
    pace = _Pace(sender.address, limits, max(1, int(rate / run.lanes * BATCH_SECONDS)))
    ahead = asyncio.Semaphore(_AHEAD)
    async with asyncio.TaskGroup() as batches:
        while monotonic() < until and not sending.stopping.is_set():
            await ahead.acquire()
            if not await _start_batch(sending, run, lane, pace, batches, ahead):
                return


async def _start_batch(
    sending: Sending,
    run: StoredRun,
    lane: int,
    pace: _Pace,
    batches: asyncio.TaskGroup,
    ahead: asyncio.Semaphore,
) -> bool:
    """Claims one batch and sends it in the background; False when nothing is ready."""
    slots = await _reserve(sending, pace, pace.batch)
    batch = await claim(sending.ground, run, pace.sender, lane, pace.batch)
    if batch is None or not batch.ready:
        ahead.release()
        return batch is not None
    task = batches.create_task(_send(sending, pace, batch.ready, slots))
    task.add_done_callback(lambda _: ahead.release())
    return True


async def _reserve(sending: Sending, pace: _Pace, count: int) -> list[float]:
    while True:
        slots = await departures.reserve(sending.redis, pace.limits, count)
        if not isinstance(slots, Wait):
            return slots
        await asyncio.sleep(max(0.01, slots.seconds))


async def _send(sending: Sending, pace: _Pace, ready: Sequence[Ready], slots: list[float]) -> None:
    await sending.seals.wait_for([one.leaf for one in ready])
    spacing = max(1 / limit.per_second for limit in pace.limits)
    size = max(1, int(hand_over.GROUP_SECONDS / spacing))
    async with asyncio.TaskGroup() as recordings:
        for start in range(0, len(ready), size):
            group, times = ready[start : start + size], slots[start : start + size]
            if times[0] < monotonic() - _LATE:
                times = await _reserve(sending, pace, len(group))
            await asyncio.sleep(times[0] - monotonic() - _LATE)
            deadlines = await hand_over.allow(sending.ground, group)
            allowed = [(one, at) for one, at in zip(group, times, strict=False) if one.id in deadlines]
            recordings.create_task(_call(sending, pace.sender, allowed, deadlines))


async def _call(
    sending: Sending, sender: str, allowed: Sequence[tuple[Ready, float]], deadlines: dict[bytes, float]
) -> None:
    async def one_call(one: Ready, departure: float) -> tuple[Ready, Answer]:
        return one, await hand_over.call(sending.carrier, one, sender, departure, deadlines[one.id])

    if allowed:
        answers = await asyncio.gather(*(one_call(one, departure) for one, departure in allowed))
        await hand_over.record(sending.ground, answers)
