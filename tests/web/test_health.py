"""Health over real HTTP, with each part broken in turn."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis
from webserver import grounded, settings, site

from yesfirst.web.health import Part, Probes


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port at which nobody listens, held so that nobody will."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


async def test_a_process_whose_parts_all_work_is_live_and_ready(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with site(database_url, settings(redis_url, tmp_path)) as running:
        live, ready = await running.get("/health/live"), await running.get("/health/ready")
    assert (live.status_code, live.json()) == (200, {"status": "live"})
    assert (ready.status_code, ready.json()) == (200, {"database": "ok", "migrations": "ok", "redis": "ok"})


async def test_redis_out_of_reach_is_named(
    database_url: str, redis_url: str, tmp_path: Path, nobody: int
) -> None:
    web = replace(settings(redis_url, tmp_path), redis_url=f"redis://127.0.0.1:{nobody}/0")
    async with site(database_url, web) as running:
        ready = await running.get("/health/ready")
        assert (await running.get("/health/live")).status_code == 200
    assert (ready.status_code, ready.json()) == (
        503,
        {"database": "ok", "migrations": "ok", "redis": "failing"},
    )


@pytest.mark.parametrize(
    "statement", ["DELETE FROM alembic_version", "UPDATE alembic_version SET version_num = '0001'"]
)
async def test_a_schema_of_an_earlier_version_is_named(
    database_url: str, redis_url: str, tmp_path: Path, statement: str
) -> None:
    async with site(database_url, settings(redis_url, tmp_path)) as running:
        connection = await asyncpg.connect(database_url)
        await connection.execute(statement)
        await connection.close()
        ready = await running.get("/health/ready")
    assert (ready.status_code, ready.json()) == (
        503,
        {"database": "ok", "migrations": "failing", "redis": "ok"},
    )


async def test_a_database_out_of_reach_is_named(nobody: int, redis_url: str) -> None:
    redis = Redis.from_url(redis_url)
    async with grounded(f"postgresql://someone@127.0.0.1:{nobody}/shop") as ground:
        readiness = await Probes(ground.engine, redis).ask()
    await redis.aclose()
    assert (readiness.database, readiness.migrations, readiness.redis) == (
        Part.FAILING,
        Part.FAILING,
        Part.OK,
    )
    assert readiness.status == 503


async def test_a_part_that_does_not_answer_in_time_is_failing(database_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        redis = Redis(port=mute.getsockname()[1])
        async with grounded(database_url) as ground:
            readiness = await Probes(ground.engine, redis, seconds=1.0).ask()
        await redis.aclose()
    assert readiness.redis is Part.FAILING


async def test_askers_in_a_hurry_share_one_answer(database_url: str, redis_url: str) -> None:
    redis = Redis.from_url(redis_url)
    async with grounded(database_url) as ground:
        often, seldom = Probes(ground.engine, redis, every=0), Probes(ground.engine, redis, every=60)
        assert (await often.ask(), await seldom.ask()) == (await often.ask(), await seldom.ask())
        connection = await asyncpg.connect(database_url)
        await connection.execute("DELETE FROM alembic_version")
        await connection.close()
        assert (await often.ask()).migrations is Part.FAILING
        assert (await seldom.ask()).migrations is Part.OK
    await redis.aclose()
