"""The watch over moves itself: it must be able to refuse."""

import asyncpg
import pytest

from usecases.shop import Shop, number


async def test_a_move_that_the_table_does_not_list_fails_in_the_database(shop: Shop) -> None:
    await shop.agree([number(1)])
    await shop.running()
    connection = await asyncpg.connect(shop.database_url)
    try:
        with pytest.raises(asyncpg.RaiseError, match="ready does not become accepted"):
            await connection.execute("UPDATE message SET state = 'accepted'")
    finally:
        await connection.close()
