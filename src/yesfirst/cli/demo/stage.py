"""The demo's own installation: a fresh database, own keys and log, the simulator as carrier, real processes.

Nothing of it touches the data of the home it runs in: the database is called `yesfirst_demo`, the Redis database
is the last one, and files are under HOME/demo. All of it is made anew each time.
"""

import os
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from redis.asyncio import Redis

from yesfirst import settings as environment
from yesfirst.cli.house import SHIPPED
from yesfirst.embedded import Addresses
from yesfirst.embedded.place import lock, open_lock
from yesfirst.errors import Refused
from yesfirst.processes.supervise import Child, Part, running
from yesfirst.rulebooks import load_all
from yesfirst.settings import PREFIX, Settings
from yesfirst.simulator.config import ACCOUNT_SID, AUTH_TOKEN
from yesfirst.store import migrations
from yesfirst.store.engine import open_engine
from yesfirst.store.keyring import ensure_keyring
from yesfirst.usecases.declared import apply_brand
from yesfirst.usecases.files import read_brand_file
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.law import Law
from yesfirst.usecases.log_key import create_log_key

BRAND = SHIPPED / "lantern-tea"
_DATABASE = "yesfirst_demo"
_REDIS_DATABASE = 15
_SENDER_NUMBER = "+15005550006"
"""The number behind the brand's messaging service; Twilio keeps it for tests."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The demo's installation with everything running; `simulator` is its carrier's address."""

    ground: Ground
    settings: Settings
    files: Path
    journal: Path
    simulator: str
    children: dict[str, Child]


@contextmanager
def alone(home: Path) -> Iterator[Path]:
    """The demo's empty directory in a home; raises Refused while another demo plays there."""
    directory = home / "demo"
    home.mkdir(parents=True, exist_ok=True)
    descriptor = open_lock(home / "demo.lock")
    try:
        if not lock(descriptor, wait=False):
            raise Refused(
                "DEMO_RUNNING",
                f"Another demo is running in {home}.",
                "End it, or give this one a home of its own: YESFIRST_HOME=DIRECTORY.",
            )
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(mode=0o700)
        yield directory
    finally:
        os.close(descriptor)


@asynccontextmanager
async def set_up(settings: Settings, addresses: Addresses, directory: Path) -> AsyncIterator[Stage]:
    """Migrates, applies the brand and starts web server, dispatcher, sequencer and simulator."""
    port = free_port(settings)
    database_url = await migrations.fresh_database(addresses.database_url, _DATABASE)
    await migrations.upgrade(database_url)
    redis_url = _redis_database(addresses.redis_url)
    async with Redis.from_url(redis_url) as redis:
        await redis.flushdb()
    journal = directory / "carrier.jsonl"
    async with running([_simulator(journal, port)]) as carrier:
        simulator = carrier["simulator"].address or ""
        variables = {
            "HOME": str(directory),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_API_BASE": simulator,
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "BIND": "127.0.0.1",
            "PORT": str(port),
            "LOG_ORIGIN": "demo.yesfirst.local/log",
        }
        environ = {f"{PREFIX}{name}": value for name, value in variables.items()}
        own = environment.read(environ)
        create_log_key(own.keys, own.log_origin)
        engine = open_engine(database_url)
        ground = Ground(engine, ensure_keyring(own.keys), Law(load_all()))
        try:
            await apply_brand(ground, *read_brand_file(BRAND / "brand.yaml"))
            outside = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
            async with running(_parts(), {**outside, **environ}) as children:
                yield Stage(ground, own, directory, journal, simulator, {**carrier, **children})
        finally:
            await engine.dispose()


def _parts() -> list[Part]:
    return [
        Part("sequencer", ["sequencer"]),
        Part("web server", ["serve"]),
        Part("dispatcher", ["dispatcher"]),
    ]


def _simulator(journal: Path, port: int) -> Part:
    service = read_brand_file(BRAND / "brand.yaml")[0].senders[0].address
    return Part(
        "simulator",
        [
            "simulator",
            *("--journal", str(journal)),
            *("--sender", f"{service}={_SENDER_NUMBER}"),
            *("--inbound-url", f"http://127.0.0.1:{port}/webhooks/twilio/inbound"),
            *("--latency-ms", "5", "--delivery-ms", "300"),
        ],
    )


def free_port(settings: Settings) -> int:
    """The port of the settings, or any free one where that is taken and nobody asked for it."""
    for port in (settings.port, 0):
        with socket.socket() as candidate:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                candidate.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(candidate.getsockname()[1])
    raise Refused("PORT_IN_USE", "No port is free on 127.0.0.1.", "End some programs that listen.")


def _redis_database(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return urlunsplit(parts._replace(query=f"db={_REDIS_DATABASE}"))
    return urlunsplit(parts._replace(path=f"/{_REDIS_DATABASE}"))
