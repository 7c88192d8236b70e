"""A web server vouches for what it takes in, by real servers: and only for that."""

import asyncio
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import asyncpg
import pytest
from webserver import SERVICE, Site, settings, site

INBOUND = "/webhooks/twilio/inbound"
STOP = {"From": "+8613900000001", "To": "+15005550006", "MessagingServiceSid": SERVICE, "Body": "STOP"}
BEAT = 0.05


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yesfirst.web.listening.BEAT_SECONDS", BEAT)


async def heard_until(database: asyncpg.Connection) -> datetime | None:
    instant: datetime | None = await database.fetchval("SELECT heard_until FROM hearing")
    return instant


async def moves_on(database: asyncpg.Connection) -> bool:
    before = await heard_until(database)
    await asyncio.sleep(10 * BEAT)
    return await heard_until(database) != before


async def text(running: Site, n: int) -> int:
    return (await running.twilio(INBOUND, {**STOP, "MessageSid": f"SM{n}"})).status_code


async def test_what_is_heard_moves_on_until_a_text_could_not_be_taken_in(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    database = await asyncpg.connect(database_url)
    async with site(database_url, settings(redis_url, tmp_path)) as running:
        assert await text(running, 1) == 200
        assert await moves_on(database)
        await database.execute("ALTER TABLE inbound RENAME TO elsewhere")
        assert await text(running, 2) == 500
        await database.execute("ALTER TABLE elsewhere RENAME TO inbound")
        assert await text(running, 2) == 200
        await asyncio.sleep(2 * BEAT)
        assert not await moves_on(database)
    await database.close()


@pytest.mark.parametrize("missing", ["public_url", "twilio_auth_token"])
async def test_a_server_that_the_carrier_cannot_reach_vouches_for_nothing(
    database_url: str, redis_url: str, tmp_path: Path, missing: str
) -> None:
    web = settings(redis_url, tmp_path)
    unreachable = (
        replace(web, public_url=None) if missing == "public_url" else replace(web, twilio_auth_token=None)
    )
    database = await asyncpg.connect(database_url)
    async with site(database_url, unreachable):
        assert not await moves_on(database)
        assert await heard_until(database) is None
    await database.close()
