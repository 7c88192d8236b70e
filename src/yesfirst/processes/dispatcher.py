"""The dispatcher: arq workers that send, and the sweep that wakes them. The only module that knows arq.

A job is "work on this lane of this run": it carries a run id and a lane number, never a number or a text.
arq starts jobs and no more: what is due, who holds which message and what happened are rows in PostgreSQL, so
a lost queue, a job that runs twice or a worker that dies changes nothing but the time it takes.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec
from arq import create_pool, func
from arq.connections import ArqRedis, RedisSettings
from arq.typing import WorkerCoroutine
from arq.worker import Worker
from redis.exceptions import RedisError

from yesfirst.carriers.twilio import Account, Twilio
from yesfirst.ledger.text import id_text, parse_id
from yesfirst.processes.asking import ask_for_ever
from yesfirst.processes.lane import Sending, work
from yesfirst.processes.listening import listen_for_ever
from yesfirst.processes.seals import Seals
from yesfirst.processes.supervise import told_to_end, unless
from yesfirst.store import runs
from yesfirst.store.engine import DatabaseError
from yesfirst.usecases import hearing, recover
from yesfirst.usecases.attempts import forget_old
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.reassess import reassess_some

SWEEP_SECONDS = 0.5
SLICE_SECONDS = 5.0
"""How long one job works on its lane before it makes room; the next sweep starts it again."""
_LEASE_MS = 3_000
_log = logging.getLogger("yesfirst.dispatcher")
_QUEUE = "yesfirst:lanes"


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """What the jobs of one process share."""

    ground: Ground
    carrier: Twilio
    redis: ArqRedis
    seals: Seals
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def sending(self) -> Sending:
        return Sending(self.ground, self.carrier, self.redis, self.seals, self.stopping)

    async def dispatch(self, _: dict[str, Any], run_text: str, lane: int) -> None:
        """Works on a lane for a slice of time, unless another worker does."""
        lease = f"lane:{run_text}:{lane}"
        if not await self.redis.set(lease, b"1", nx=True, px=_LEASE_MS):
            return
        renewal = asyncio.create_task(self._renew(lease))
        try:
            await work(self.sending, parse_id(run_text), lane, SLICE_SECONDS)
        finally:
            renewal.cancel()
        # Left to expire when the work failed or Redis is away: a lease is a courtesy, the rows are what counts.
        await self.redis.delete(lease)

    async def _renew(self, lease: str) -> None:
        """Keeps other workers off the lane; without Redis they may come, and find what is theirs by the rows."""
        while True:
            await asyncio.sleep(_LEASE_MS / 3_000)
            with suppress(RedisError, OSError):
                await self.redis.set(lease, b"1", px=_LEASE_MS)

    async def sweep_for_ever(self) -> None:
        """Recovers, wakes and reconciles until told to stop; servers out of reach only delay it."""
        while not self.stopping.is_set():
            try:
                await self.sweep()
            except (DatabaseError, RedisError, OSError) as problem:
                _log.warning("sweep put off: %s", type(problem).__name__)
            await asyncio.sleep(SWEEP_SECONDS)

    async def sweep(self) -> None:
        """One round; people whose rulebooks were replaced can't be claimed until it has come to them."""
        await reassess_some(self.ground)
        await forget_old(self.ground)
        async with self.ground.engine.connect() as connection:
            open_runs = await runs.open_runs(connection)
        for run in open_runs:
            for lane in await recover.sweep(self.ground, run):
                await self._wake(id_text(run.id), lane)
        # Last, since a carrier out of reach ends the sweep.
        for run in open_runs:
            await recover.reconcile(self.ground, self.carrier, run)

    async def _wake(self, run_text: str, lane: int) -> None:
        if not await self.redis.exists(f"lane:{run_text}:{lane}"):
            await self.redis.enqueue_job("dispatch", run_text, lane, _queue_name=_QUEUE)


async def run(
    ground: Ground, account: Account, redis_url: str, database_url: str, ready: Callable[[], None]
) -> None:
    """Dispatches until SIGTERM or SIGINT, then finishes what is being handed over and ends.

    Calls `ready` once both signals are heeded.
    """
    with told_to_end() as told:
        async with _dispatcher(ground, account, redis_url, database_url) as dispatcher:
            await hearing.begin(ground)
            sweeps = asyncio.create_task(dispatcher.sweep_for_ever())
            asking = asyncio.create_task(ask_for_ever(dispatcher.sending))
            listening = asyncio.create_task(listen_for_ever(ground, dispatcher.carrier, dispatcher.stopping))
            ready()
            await unless(told, _take_jobs(dispatcher))
            await asyncio.gather(sweeps, asking, listening)


async def _take_jobs(dispatcher: Dispatcher) -> None:
    """Takes jobs until cancelled, then lets those under way finish.

    arq gives up when Redis is away. What is due waits in PostgreSQL, so another worker goes on where it was.
    """
    while True:
        worker = _worker(dispatcher)
        try:
            await worker.async_run()
        except asyncio.CancelledError:
            _log.info("stopping: finishing what is being handed over")
            dispatcher.stopping.set()
            raise
        except (RedisError, OSError) as problem:
            _log.warning("waiting for Redis: %s", type(problem).__name__)
        finally:
            await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
        await asyncio.sleep(1)


def _worker(dispatcher: Dispatcher) -> Worker:
    return Worker(
        [func(cast(WorkerCoroutine, dispatcher.dispatch), name="dispatch")],
        queue_name=_QUEUE,
        redis_pool=dispatcher.redis,
        job_serializer=msgspec.msgpack.encode,
        job_deserializer=msgspec.msgpack.decode,
        handle_signals=False,
        max_jobs=16,
        poll_delay=0.1,
        job_timeout=60,
        max_tries=1,
        keep_result=0,
        log_results=False,
    )


@asynccontextmanager
async def _dispatcher(
    ground: Ground, account: Account, redis_url: str, database_url: str
) -> AsyncIterator[Dispatcher]:
    redis = await create_pool(
        RedisSettings.from_dsn(redis_url),
        default_queue_name=_QUEUE,
        job_serializer=msgspec.msgpack.encode,
        job_deserializer=msgspec.msgpack.decode,
    )
    async with Twilio(account) as carrier, Seals(ground.engine, database_url) as seals:
        yield Dispatcher(ground, carrier, redis, seals)
    await redis.aclose()
