"""Claiming: who is judged how, under which locks, and what that leaves behind."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from shop import Shop, number
from sqlalchemy import text

from yesfirst.rules.delivery import State
from yesfirst.usecases.claim import claim
from yesfirst.usecases.hand_over import allow
from yesfirst.usecases.withdraw import withdraw


async def test_everybody_with_a_valid_consent_is_claimed_with_one_decision_leaf_each(shop: Shop) -> None:
    await shop.agree([number(n) for n in range(20)])
    run = await shop.running()

    batches = await shop.claim_all(run)

    assert sum(len(batch.ready) for batch in batches) == 20
    assert await shop.states(run) == {State.CLAIMED: 20}
    async with shop.ground.engine.connect() as connection:
        leaves = await connection.execute(text("SELECT count(DISTINCT rid) FROM leaf WHERE t = 'send.decision'"))
        assert leaves.scalar() == 20
