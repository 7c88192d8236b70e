"""A database whose clock is set, and that no other has such a clock."""

from datetime import UTC, datetime

import pytest

from yesfirst.embedded import Addresses
from yesfirst.store import clock
from yesfirst.store.engine import DatabaseError, open_engine
from yesfirst.store.set_clock import set_clock, throwaway_database

NOON = datetime(2020, 2, 29, 12, tzinfo=UTC)


async def test_it_is_what_it_was_set_to_until_it_is_set_again(addresses: Addresses) -> None:
    async with throwaway_database(addresses.database_url) as url:
        engine = open_engine(url, connections=1)
        async with engine.begin() as connection:
            await set_clock(connection, NOON)
            assert await clock.now(connection) == NOON
        async with engine.connect() as connection:
            assert await clock.now(connection) == NOON
        await engine.dispose()
    gone = open_engine(url, connections=1)
    with pytest.raises(Exception, match="does not exist"):
        await gone.connect().start()
    await gone.dispose()


async def test_the_clock_of_any_other_database_cant_be_set(database_url: str) -> None:
    engine = open_engine(database_url, connections=1)
    with pytest.raises(DatabaseError):
        async with engine.begin() as connection:
            await set_clock(connection, NOON)
    await engine.dispose()
