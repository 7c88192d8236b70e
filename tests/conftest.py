"""Real servers for tests: one database and one Redis database per test worker, fresh for each test that asks.

The servers are those of YESFIRST_DATABASE_URL and YESFIRST_REDIS_URL, else embedded ones under
`.yesfirst-test`, which all workers, and other test runs at the same time, share. Each worker takes a numbered
slot by a file lock; the number names its databases, so a killed run leaves nothing behind that could hurt.
The embedded PostgreSQL doesn't sync to the disk: after a power cut, remove `.yesfirst-test`.
"""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import redis

from yesfirst import embedded, settings
from yesfirst.embedded.place import lock, open_lock

HOME = Path(__file__).parents[1] / ".yesfirst-test"
SLOTS = range(1, 16)  # a Redis server has 16 databases unless told otherwise, and 0 is not for tests


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what depends on the servers, so that `-m servers` runs just that against others."""
    for item in items:
        if isinstance(item, pytest.Function) and "addresses" in item.fixturenames:
            item.add_marker("servers")


@pytest.fixture(scope="session")
def addresses() -> Iterator[embedded.Addresses]:
    """The servers of this test run."""
    named = {name: os.environ.get(name, "") for name in ("YESFIRST_DATABASE_URL", "YESFIRST_REDIS_URL")}
    with embedded.servers(settings.read({**named, "YESFIRST_HOME": str(HOME)})) as servers:
        if not named["YESFIRST_DATABASE_URL"]:
            _stop_syncing(HOME / "postgres")
        yield servers


def _stop_syncing(place: Path) -> None:
    """Every test makes and drops a database, and each time the server would wait for the disk, up to seconds."""
    options = place / "data" / "postgresql.auto.conf"
    if "fsync" not in options.read_text("utf-8"):
        with options.open("a", encoding="utf-8") as file:
            file.write("fsync = off\n")
    os.kill(int((place / "pid").read_text("ascii")), signal.SIGHUP)


@pytest.fixture(scope="session")
def slot() -> Iterator[int]:
    """A number that no other test worker of this machine has."""
    directory = HOME / "slots"
    directory.mkdir(parents=True, exist_ok=True)
    for number in SLOTS:
        descriptor = open_lock(directory / str(number))
        if lock(descriptor, wait=False):
            yield number
            os.close(descriptor)
            return
        os.close(descriptor)
    pytest.fail(f"{len(SLOTS)} test workers run already")


@pytest.fixture(scope="session")
def template(addresses: embedded.Addresses, slot: int) -> Iterator[str]:
    """The name of a database with all migrations and no data."""
    from yesfirst.store import migrations  # slow to import, and most tests are pure

    name = f"yesfirst_test_{slot}_template"
    _administer(addresses, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
    asyncio.run(migrations.upgrade(_naming(addresses.database_url, name)))
    yield name
    _administer(addresses, *(f"DROP DATABASE IF EXISTS {each} WITH (FORCE)" for each in (name, _own(slot))))


@pytest.fixture
def database_url(addresses: embedded.Addresses, slot: int, template: str) -> str:
    """A database of its own for this test, with all migrations and no data."""
    name = _own(slot)
    drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
    _administer(addresses, drop, f"CREATE DATABASE {name} TEMPLATE {template}")
    return _naming(addresses.database_url, name)


@pytest.fixture
def redis_url(addresses: embedded.Addresses, slot: int) -> str:
    """An empty Redis database of its own for this test."""
    parts = urlsplit(addresses.redis_url)
    url = (
        urlunsplit(parts._replace(query=f"db={slot}"))
        if parts.scheme == "unix"
        else urlunsplit(parts._replace(path=f"/{slot}"))
    )
    with redis.Redis.from_url(url) as connection:
        connection.flushdb()
    return url


def _own(slot: int) -> str:
    """The name of a worker's database, which stands until its next test."""
    return f"yesfirst_test_{slot}"


def _naming(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


async def _execute(connection: asyncpg.Connection, statement: str) -> None:
    """Tries again while the server's own vacuum, which no user may end, is in the database to be dropped."""
    for _ in range(50):
        try:
            await connection.execute(statement)
        except asyncpg.InsufficientPrivilegeError:
            await asyncio.sleep(0.1)
        else:
            return
    await connection.execute(statement)


def _administer(addresses: embedded.Addresses, *statements: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(addresses.database_url)
        try:
            for statement in statements:
                await _execute(connection, statement)
        finally:
            await connection.close()

    asyncio.run(run())
