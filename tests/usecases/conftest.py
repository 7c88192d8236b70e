"""A shop with people in it, on a real database, for tests of use cases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from usecases.asked import NOON, set_time
from usecases.moves import hold_to_moves
from usecases.shop import Shop, open_shop
from yesfirst.store.set_clock import install_clock


@pytest.fixture
async def shop(database_url: str, tmp_path: Path) -> AsyncIterator[Shop]:
    """The tea shop with its brand applied and nobody in it."""
    await hold_to_moves(database_url)
    async with open_shop(database_url, tmp_path) as shop:
        yield shop


@pytest.fixture
async def timed(database_url: str, tmp_path: Path) -> AsyncIterator[Shop]:
    """The tea shop on a clock that is set by hand, at noon, under the shipped hours."""
    await install_clock(database_url)
    async with open_shop(database_url, tmp_path, all_day=False) as shop:
        await set_time(shop, NOON)
        yield shop
