"""One lane's work: reserve departures, claim, wait for the seal, hand over, while the next batch is claimed."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from redis.asyncio import Redis

from yesfirst import tracing
from yesfirst.carriers.handover import Answer
from yesfirst.carriers.twilio import Twilio
from yesfirst.ledger.text import id_text
from yesfirst.processes.seals import Seals
from yesfirst.store import brands, departures, runs
from yesfirst.store.departures import Limit, Wait
from yesfirst.store.engine import DatabaseError
from yesfirst.store.runs import RunState
from yesfirst.usecases import hand_over
from yesfirst.usecases.claim import Batch, Ready, claim
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.trail import tell

_log = logging.getLogger("yesfirst.dispatch")
BATCH_SECONDS = 0.5
_AHEAD = 3
"""Batches of a lane under way at once: one waiting for its seal, one departing, one recording."""
_LATE = 0.05
_RECORD_SECONDS = 5.0
"""How long an answer waits for a database that is away; after that the message becomes unknown."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What a lane needs from its process."""

    ground: Ground
    carrier: Twilio
    redis: Redis
    seals: Seals
    stopping: asyncio.Event


@dataclass(slots=True)
class _Pace:
    """How a lane may depart: from which address, within which limits, in batches of how many.

    `spare` are departure times that were reserved and not needed, because not everybody judged may be texted.
    """

    sender: str
    limits: tuple[Limit, ...]
    batch: int
    spare: list[float]

    async def reserve(self, redis: Redis, count: int) -> list[float]:
        """So many departure times in order, the spare ones first; waits as long as it takes."""
        kept = [slot for slot in self.spare if slot > monotonic() + departures.SOONEST][:count]
        self.spare = []
        async with tracing.span("reserve"):
            return kept + await reserve(redis, self.limits, count - len(kept))


async def reserve(redis: Redis, limits: Sequence[Limit], count: int) -> list[float]:
    """So many departure times under the limits, on the monotonic clock, in order; waits as long as it takes."""
    found: list[float] = []
    while len(found) < count:
        more = await departures.reserve(redis, limits, count - len(found))
        if isinstance(more, Wait):
            await asyncio.sleep(max(0.01, more.seconds))
        else:
            found += more
    return found


@dataclass(frozen=True, slots=True)
class _Trail:
    """What the log says of one batch."""

    run: str
    batch: str

    def tell(self, what: str, messages: Sequence[Ready]) -> None:
        if messages:
            tell(_log, what, [one.id for one in messages], run=self.run, batch=self.batch)

    def tell_answers(self, answers: Sequence[tuple[Ready, Answer]]) -> None:
        for what in sorted({hand_over.word_for(answer) for _, answer in answers}):
            self.tell(what, [one for one, answer in answers if hand_over.word_for(answer) == what])


async def work(sending: Sending, run_id: bytes, lane: int, seconds: float) -> None:
    """Claims and sends until the lane has nothing ready, the time is over or the process stops."""
    until = monotonic() + seconds
    async with sending.ground.engine.connect() as connection:
        run = await runs.get(connection, run_id)
        sender = await brands.sender(connection, run.sender) if run else None
    if run is None or sender is None or run.state is not RunState.RUNNING:
        return
    rate = min(run.pace, sender.per_second)
    limits = (
        Limit(departures.sender_key(sender.id), sender.per_second),
        Limit(departures.run_key(run.id), run.pace),
    )
    pace = _Pace(sender.address, limits, max(1, int(rate / run.lanes * BATCH_SECONDS)), [])
    ahead = asyncio.Semaphore(_AHEAD)
    async with asyncio.TaskGroup() as batches:
        while monotonic() < until and not sending.stopping.is_set():
            await ahead.acquire()
            async with tracing.span("batch", follows=run.id, run=run.id) as step:
                slots = await pace.reserve(sending.redis, pace.batch)
                batch = await claim(sending.ground, run, pace.sender, lane, pace.batch)
                if batch is None:
                    return
                step.note(batch=batch.name, judged=batch.judged, claimed=len(batch.ready))
                pace.spare = slots[len(batch.ready) :]
                task = batches.create_task(_send(sending, pace, run.id, batch, slots))
                step.go_on_until(task)
            task.add_done_callback(lambda _: ahead.release())


async def _send(sending: Sending, pace: _Pace, run_id: bytes, batch: Batch, slots: list[float]) -> None:
    ready = batch.ready
    if not ready:
        return
    trail = _Trail(id_text(run_id), batch.name)
    trail.tell("claimed", ready)
    async with tracing.span("wait for the seal"):
        await sending.seals.wait_for([one.leaf for one in ready])
    spacing = max(1 / limit.per_second for limit in pace.limits)
    size = max(1, int(hand_over.GROUP_SECONDS / spacing))
    async with asyncio.TaskGroup() as recordings:
        for start in range(0, len(ready), size):
            group, times = ready[start : start + size], slots[start : start + size]
            if times[0] < monotonic() - _LATE:
                times = await pace.reserve(sending.redis, len(group))
            await asyncio.sleep(times[0] - monotonic() - _LATE)
            deadlines = await hand_over.allow(sending.ground, group)
            trail.tell("aborted: NO_LONGER_ALLOWED", [one for one in group if one.id not in deadlines])
            allowed = [(one, at) for one, at in zip(group, times, strict=False) if one.id in deadlines]
            recordings.create_task(_call(sending, pace.sender, trail, allowed, deadlines))


async def _call(
    sending: Sending,
    sender: str,
    trail: _Trail,
    allowed: Sequence[tuple[Ready, float]],
    deadlines: dict[bytes, float],
) -> None:
    async def one_call(one: Ready, departure: float) -> tuple[Ready, Answer]:
        return one, await hand_over.call(sending.carrier, one, sender, departure, deadlines[one.id])

    if allowed:
        answers = await asyncio.gather(*(one_call(one, departure) for one, departure in allowed))
        await _record(sending.ground, answers)
        trail.tell_answers(answers)


async def _record(ground: Ground, answers: Sequence[tuple[Ready, Answer]]) -> None:
    """Tries again for a while when the database is away: what the carrier said should not be lost."""
    until = monotonic() + _RECORD_SECONDS
    while True:
        try:
            return await hand_over.record(ground, answers)
        except (DatabaseError, OSError):
            if monotonic() > until:
                raise
            await asyncio.sleep(0.2)
