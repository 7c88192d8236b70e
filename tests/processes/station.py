"""A whole installation as real processes, with the simulator as its carrier, and the shop's people to text.

The processes apply the shipped rulebooks at the real time of day, so the people live where texting is allowed
for a while yet.
"""

import asyncio
import os
import signal
import socket
from bisect import bisect_left
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from pathlib import Path

import aiohttp
import msgspec

from usecases.moves import hold_to_moves
from usecases.shop import Shop, everyone, read_shop
from yesfirst import settings as environment
from yesfirst.cli.demo.people import PLACES
from yesfirst.processes.supervise import Child, Part, running
from yesfirst.rulebooks import load_all
from yesfirst.rules.position import Position
from yesfirst.rules.quiet_hours import Open, open_window
from yesfirst.settings import PREFIX
from yesfirst.simulator.config import ACCOUNT_SID, AUTH_TOKEN
from yesfirst.simulator.testimony import Testimony, read
from yesfirst.store import evidence, inflight
from yesfirst.store.engine import open_engine
from yesfirst.store.keyring import ensure_keyring
from yesfirst.store.runs import StoredRun
from yesfirst.usecases.declared import apply_brand
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.law import Law
from yesfirst.usecases.log_key import create_log_key, read_log_key
from yesfirst.usecases.people import position_of
from yesfirst.usecases.seal import Published
from yesfirst.usecases.watch import Account, account

PER_SECOND = 100
_LOG = ("--log", "json")
_STAYS_OPEN = timedelta(minutes=10)


class Texts(msgspec.Struct, frozen=True):
    """What the simulator counts: creates that it accepted."""

    messages: int


class Seen(msgspec.Struct, frozen=True):
    """A line of the carrier's journal."""

    kind: str
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Station:
    """Simulator, sequencer and web server run; dispatchers are started by the test."""

    web: Child
    shop: Shop
    simulator: str
    journal: Path
    environ: Mapping[str, str]
    stack: AsyncExitStack

    async def dispatcher(self) -> Child:
        """One more dispatcher, ready."""
        children = await self.stack.enter_async_context(
            running([Part("dispatcher", ["dispatcher", *_LOG])], self.environ)
        )
        return children["dispatcher"]

    async def run(self, people: int) -> tuple[StoredRun, list[str]]:
        """A started run to this many people, and their numbers."""
        numbers = numbers_awake(self.shop.ground.law, people)
        await self.shop.agree(numbers)
        return await self.shop.running(), numbers

    async def account(self, run: StoredRun) -> Account:
        found = await account(self.shop.ground, run.id)
        assert found is not None
        return found

    async def post(self, path: str, order: Mapping[str, object]) -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.simulator}/simulator/{path}", json=order) as answer,
        ):
            answer.raise_for_status()

    async def texts(self) -> int:
        """How many texts the carrier has accepted."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.simulator}/simulator/state") as answer,
        ):
            return msgspec.json.decode(await answer.read(), type=Texts).messages

    async def until_texted(self, people: int) -> None:
        async def texted() -> bool:
            return await self.texts() >= people

        await until(texted, 30)

    async def text_stop(self, numbers: Sequence[str], per_second: float) -> None:
        """Begins to text STOPs to the shop's messaging service."""
        order = {"numbers": numbers, "messaging_service_sid": self.shop.sender, "per_second": per_second}
        await self.post("stops", order)

    async def until_over(self, run: StoredRun, seconds: float) -> Account:
        """Waits until nobody of the run waits, is in hand or unknown, and all evidence is sealed."""

        async def over() -> bool:
            now = await self.account(run)
            async with self.shop.ground.engine.connect() as connection:
                return not (now.waiting or now.in_hand or now.unknown) and not await evidence.pending_count(
                    connection
                )

        await until(over, seconds)
        return await self.account(run)

    async def named_in_flight(self, run: StoredRun) -> set[str | None]:
        """The carrier's ids of the messages that a withdrawal found being handed over."""
        async with self.shop.ground.engine.connect() as connection:
            return set((await inflight.of_run(connection, run.id)).values())

    def testimony(self) -> Testimony:
        return read(self.journal)

    def most_in_a_second(self) -> int:
        """The largest number of texts that reached the carrier within any one second."""
        entries = [msgspec.json.decode(line, type=Seen) for line in self.journal.read_bytes().splitlines()]
        arrivals = sorted(entry.at for entry in entries if entry.kind == "create")
        return max(bisect_left(arrivals, at + 1) - n for n, at in enumerate(arrivals))


async def until(holds: Callable[[], Awaitable[bool]], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110  # it happens in other processes
            await asyncio.sleep(0.05)


def kill(child: Child) -> None:
    """As a machine that loses power does it: nothing in the process runs any more."""
    os.kill(child.pid, signal.SIGKILL)


def numbers_awake(law: Law, count: int) -> list[str]:
    """Numbers from one place, of people who may be texted for some time yet; at any hour there is such a place.

    Asked for each: a place has states of their own, one of which is closed on Sundays. Nobody in China, since these
    people were shown the notice for abroad.
    """
    now = datetime.now(UTC)

    @cache
    def is_awake(position: Position) -> bool:
        window_class = law.rule(position).window_class
        window = open_window(window_class, law.books, now) if window_class else None
        return isinstance(window, Open) and (window.until is None or window.until > now + _STAYS_OPEN)

    for place in (each for each in PLACES if not each.chinese):
        awake = (number for number in map(place.number, range(2 * count)) if is_awake(position_of(number)))
        if len(numbers := list(islice(awake, count))) == count:
            return numbers
    raise AssertionError("it is night everywhere")


@asynccontextmanager
async def station(database_url: str, redis_url: str, directory: Path, *faults: str) -> AsyncIterator[Station]:
    """An installation on the test servers; `faults` are options of the simulator."""
    brand, found = read_shop()
    port, journal = free_port(), directory / "carrier.jsonl"
    simulator = [
        *("simulator", "--journal", str(journal), "--sender", f"{brand.senders[0].address}=+15005550006"),
        *("--inbound-url", f"http://127.0.0.1:{port}/webhooks/twilio/inbound", *faults),
    ]
    async with AsyncExitStack() as stack:
        carrier = await stack.enter_async_context(running([Part("simulator", simulator)]))
        address = carrier["simulator"].address or ""
        variables = {
            "HOME": str(directory / "home"),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_API_BASE": address,
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "BIND": "127.0.0.1",
            "PORT": str(port),
            "LOG_ORIGIN": "test.example/log",
        }
        ours = {f"{PREFIX}{name}": value for name, value in variables.items()}
        own = environment.read(ours)
        create_log_key(own.keys, own.log_origin)
        engine = open_engine(database_url)
        stack.push_async_callback(engine.dispose)
        ground = Ground(engine, ensure_keyring(own.keys), Law(load_all()))
        await apply_brand(ground, brand, found)
        await hold_to_moves(database_url)
        published = Published(own.checkpoints / "checkpoint", read_log_key(own.keys, own.log_origin))
        campaign = msgspec.structs.replace(everyone(brand), per_second=PER_SECOND)
        notice = found["notices/offers-abroad.en.md"]
        shop = Shop(ground, brand, notice, campaign, published, database_url)
        others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        environ = {**others, **ours}
        parts = [Part("sequencer", ["sequencer", *_LOG]), Part("web server", ["serve", *_LOG])]
        children = await stack.enter_async_context(running(parts, environ))
        yield Station(children["web server"], shop, address, journal, environ, stack)


def free_port() -> int:
    """A port of this machine that nobody listens at, unless somebody takes it in the meantime."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
