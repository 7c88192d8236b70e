"""Whether the process lives, and whether it can do its work: for those who restart it or send it requests."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import StrEnum
from http import HTTPStatus
from time import monotonic

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from redis.asyncio import Redis

from yesfirst.store import clock, migrations
from yesfirst.store.engine import Engine

_PATIENCE_SECONDS = 2.0
_EVERY_SECONDS = 1.0
_NOT_STORED = {"Cache-Control": "no-store"}
_log = logging.getLogger("yesfirst.web")


class Part(StrEnum):
    OK = "ok"
    FAILING = "failing"


class Readiness(msgspec.Struct, frozen=True):
    """What the work needs; `migrations` fails also where the schema is older or newer than this program's."""

    database: Part
    migrations: Part
    redis: Part

    @property
    def status(self) -> HTTPStatus:
        parts = (self.database, self.migrations, self.redis)
        return HTTPStatus.OK if all(part is Part.OK for part in parts) else HTTPStatus.SERVICE_UNAVAILABLE


class Probes:
    """Asks the servers, each with `seconds` of patience, and for anybody: so at most once in `every` seconds."""

    def __init__(
        self, engine: Engine, redis: Redis, seconds: float = _PATIENCE_SECONDS, every: float = _EVERY_SECONDS
    ) -> None:
        self._engine = engine
        self._redis = redis
        self._seconds = seconds
        self._every = every
        self._one_at_a_time = asyncio.Lock()
        self._last: tuple[float, Readiness] | None = None

    async def ask(self) -> Readiness:
        async with self._one_at_a_time:
            if self._last is None or monotonic() - self._last[0] >= self._every:
                self._last = (monotonic(), await self._ask())
            return self._last[1]

    async def _ask(self) -> Readiness:
        database, migrated, redis = await asyncio.gather(
            self._part("database", self._reach_database),
            self._part("migrations", self._compare_migrations),
            self._part("redis", self._reach_redis),
        )
        return Readiness(database, migrated, redis)

    async def _part(self, name: str, works: Callable[[], Awaitable[bool]]) -> Part:
        """OK if it works in time; whatever it raises, the part doesn't, and the log says with what."""
        try:
            async with asyncio.timeout(self._seconds):
                return Part.OK if await works() else Part.FAILING
        except Exception as problem:
            _log.warning("not ready: %s: %s", name, type(problem).__name__)
            return Part.FAILING

    async def _reach_database(self) -> bool:
        async with self._engine.connect() as connection:
            await clock.now(connection)
        return True

    async def _compare_migrations(self) -> bool:
        return await migrations.is_current(self._engine.url.render_as_string(hide_password=False))

    async def _reach_redis(self) -> bool:
        return bool(await self._redis.ping())


class HealthPages(Controller):
    @get("/live", sync_to_thread=False)
    def live(self) -> dict[str, str]:
        return {"status": "live"}

    @get("/ready")
    async def ready(self, probes: NamedDependency[Probes]) -> Response[Readiness]:
        readiness = await probes.ask()
        return Response(readiness, status_code=readiness.status, headers=_NOT_STORED)
