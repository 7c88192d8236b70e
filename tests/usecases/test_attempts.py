"""Attempts on a real database: counted by several at once, refused ones not at all, and forgotten."""

import asyncio
from datetime import timedelta

from usecases.shop import Shop, number
from yesfirst.rules.attempts import LIMITS, Counted
from yesfirst.usecases.attempts import attempt, forget_old

COUNT = "SELECT count(*) FROM attempt"


async def test_of_many_at_once_no_more_pass_than_the_limit_allows(shop: Shop) -> None:
    most = LIMITS[Counted.NUMBER].most
    waits = await asyncio.gather(
        *(attempt(shop.ground, {Counted.NUMBER: number(0)}) for _ in range(3 * most))
    )
    assert waits.count(None) == most
    assert all(timedelta(0) < one <= timedelta(days=1) for one in waits if one is not None)


async def test_what_is_refused_is_counted_under_nothing(shop: Shop) -> None:
    both = {Counted.NUMBER: number(0), Counted.ADDRESS: "203.0.113.7"}
    for _ in range(LIMITS[Counted.NUMBER].most):
        assert await attempt(shop.ground, both) is None
    before = await shop.count(COUNT)
    assert await attempt(shop.ground, both) is not None
    assert await shop.count(COUNT) == before
    assert await attempt(shop.ground, {**both, Counted.NUMBER: number(1)}) is None


async def test_neither_number_nor_address_can_be_read_or_tried(shop: Shop) -> None:
    await attempt(shop.ground, {Counted.NUMBER: number(0), Counted.ADDRESS: "203.0.113.7"})
    lengths = await shop.value("SELECT array_agg(DISTINCT length(key)) FROM attempt")
    assert lengths == [16]


async def test_what_counts_no_more_is_forgotten_and_a_link_that_has_ended_too(shop: Shop) -> None:
    await attempt(shop.ground, {Counted.NUMBER: number(0)})
    await shop.value("INSERT INTO own_page VALUES ('\\x01', '\\x01', clock_timestamp() + interval '1 hour')")
    await forget_old(shop.ground)
    assert (await shop.count(COUNT), await shop.count("SELECT count(*) FROM own_page")) == (1, 1)
    await shop.value("UPDATE attempt SET at = at - interval '25 hours'")
    await shop.value("UPDATE own_page SET expires_at = clock_timestamp() - interval '1 second'")
    await forget_old(shop.ground)
    assert (await shop.count(COUNT), await shop.count("SELECT count(*) FROM own_page")) == (0, 0)
