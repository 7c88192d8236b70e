"""A run with STOPs on real processes: nothing they log, show, queue or are called by holds a number, name or text."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import aiohttp
import msgspec
import pytest
from aiohttp import web
from redis.asyncio import Redis
from station import Station, station, until

from usecases.asked import signed_up
from usecases.shop import APPROVER, PLANNER
from yesfirst.ledger.text import id_text
from yesfirst.simulator.config import ACCOUNT_SID, AUTH_TOKEN
from yesfirst.web.metrics import PARTS

PEOPLE, STOPS, ASKED = 200, 20, 3


class Event(msgspec.Struct, frozen=True):
    """A line of the log for machines."""

    part: str
    message: str
    run: str | None = None
    batch: str | None = None
    messages: tuple[str, ...] = ()
    withdrawal: str | None = None


class _Sent(msgspec.Struct, frozen=True):
    body: str
    direction: str


class _List(msgspec.Struct, frozen=True):
    messages: tuple[_Sent, ...]


def private_in(where: str, numbers: Iterable[str], bodies: Iterable[str]) -> list[str]:
    """What of a number as it is dialled at home, of a text's two halves, of names and secrets stands there."""
    halves = {half for body in bodies for half in (body[: len(body) // 2], body[len(body) // 2 :])}
    traces = [*(number[-9:] for number in numbers), *halves, PLANNER.name, APPROVER.name, AUTH_TOKEN]
    return [trace for trace in traces if trace in where]


@asynccontextmanager
async def overheard(redis_url: str) -> AsyncIterator[list[str]]:
    """Every command that reaches a Redis database meanwhile."""
    commands: list[str] = []
    async with Redis.from_url(redis_url) as redis, redis.monitor() as monitor:
        database = redis.connection_pool.connection_kwargs["db"]

        async def listen() -> None:
            async for command in monitor.listen():
                if command["db"] == database:
                    commands.append(command["command"])

        listening = asyncio.create_task(listen())
        try:
            yield commands
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening


@asynccontextmanager
async def called_back() -> AsyncIterator[tuple[str, list[str]]]:
    """An address for the carrier's reports, and the addresses that they were sent to."""
    asked: list[str] = []

    async def take(request: web.Request) -> web.Response:
        asked.append(request.path_qs)
        return web.Response(status=204)

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}", asked
    finally:
        await runner.cleanup()


async def until_asked(place: Station) -> None:
    """Waits until everybody who signed up has been asked to confirm."""

    async def are_asked() -> bool:
        asked = "SELECT count(*) FROM ask WHERE kind = 'confirm' AND state = 'accepted'"
        return await place.shop.count(asked) == ASKED

    await until(are_asked, 30)


async def metrics_of(place: Station) -> str:
    address = place.environ["YESFIRST_PUBLIC_URL"]
    async with aiohttp.ClientSession() as session, session.get(f"{address}/metrics") as answer:
        assert answer.status == 200
        return await answer.text()


async def bodies_at(place: Station) -> list[str]:
    """The texts as the carrier has them."""
    path = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json?PageSize=1000"
    credentials = aiohttp.encode_basic_auth(ACCOUNT_SID, AUTH_TOKEN)
    async with (
        aiohttp.ClientSession(headers={"Authorization": credentials}) as session,
        session.get(place.simulator + path) as answer,
    ):
        listed = msgspec.json.decode(await answer.read(), type=_List).messages
    return [sent.body for sent in listed if sent.direction == "outbound-api"]


def events_in(log: str) -> Sequence[Event]:
    """The first lines are the simulator's, which greets people."""
    lines = [line for line in log.splitlines() if not line.startswith("A simulated carrier listens")]
    return [msgspec.json.decode(line, type=Event) for line in lines]


async def test_no_number_name_or_text_gets_out(
    database_url: str, redis_url: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with (
        overheard(redis_url) as queued,
        called_back() as (address, asked),
        station(database_url, redis_url, tmp_path) as place,
    ):
        await replace(place, environ={**place.environ, "YESFIRST_PUBLIC_URL": address}).dispatcher()
        run, numbers = await place.run(PEOPLE)
        await place.text_stop(numbers[-STOPS:], 100)
        for one in numbers[:ASKED]:
            assert await signed_up(place.shop, one, "en") is None
        await place.until_texted(PEOPLE // 4)
        metrics = await metrics_of(place)
        account = await place.until_over(run, 60)
        await until_asked(place)
        metrics += await metrics_of(place)
        bodies = await bodies_at(place)
    log = capfd.readouterr().err

    assert len(bodies) >= account.accepted > PEOPLE / 2
    assert any("dispatch" in command for command in queued)
    assert len(asked) >= account.accepted
    for where in (log, metrics, "\n".join(queued), "\n".join(asked)):
        assert private_in(where, numbers, bodies) == []
    assert all(f'yesfirst_part_sessions{{part="{part}"}} 0.0' not in metrics for part in PARTS)

    events = events_in(log)
    told: Counter[str] = Counter()
    for event in events:
        told[event.message] += len(event.messages)
        if event.message == "claimed":
            assert (event.run, (event.batch or "").count(":")) == (id_text(run.id), 1)
    assert told["claimed"] >= told["accepted"] == account.accepted
    assert told["asked: accepted"] == ASKED
    assert len({event.withdrawal for event in events if event.message == "STOP accepted"}) == STOPS
    assert any(event.message.startswith("sealed ") for event in events)
