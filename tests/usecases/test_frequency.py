"""Caps across campaigns: a text that is on its way counts, and one that wasn't handed over does not."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec

from usecases.course import age
from usecases.shop import APPROVER, PLANNER, Shop, number, read_shop
from yesfirst.intake.house_rules import Tightening
from yesfirst.ledger.text import parse_id
from yesfirst.rules.delivery import State
from yesfirst.rules.rule import Confidence, Tier
from yesfirst.rules.sections import FrequencyCap
from yesfirst.store.runs import StoredRun
from yesfirst.usecases import control
from yesfirst.usecases.declared import apply_brand
from yesfirst.usecases.hand_over import abort, allow
from yesfirst.usecases.plan import plan

DAY = timedelta(days=1)  # the product's own cap in China: one text a day


async def running(shop: Shop, campaign: str) -> StoredRun:
    """A running run of another campaign of the shop, for the same people."""
    planned = await plan(
        shop.ground, shop.brand, msgspec.structs.replace(shop.campaign, id=campaign), PLANNER
    )
    await control.approve(shop.ground, parse_id(planned.run), APPROVER)
    await control.start(shop.ground, parse_id(planned.run))
    return await shop.run(parse_id(planned.run))


async def test_a_claimed_text_puts_another_campaigns_off_until_the_cap_allows_it(shop: Shop) -> None:
    await shop.agree([number(1)])
    first, second = await running(shop, "first"), await running(shop, "second")
    [batch] = await shop.claim_all(first)
    assert len(batch.ready) == 1

    await shop.claim_all(second)

    assert await shop.states(second) == {State.DEFERRED: 1}
    deferred = "FROM message WHERE state = 'deferred'"
    assert await shop.value(f"SELECT reason {deferred}") == "FREQUENCY_CAP"
    not_before = await shop.value(f"SELECT not_before {deferred}")
    assert isinstance(not_before, datetime)
    assert DAY - timedelta(minutes=1) < not_before - datetime.now(UTC) <= DAY


async def test_campaigns_that_claim_at_once_text_a_person_once(shop: Shop) -> None:
    people = [number(n) for n in range(40)]
    await shop.agree(people)
    runs = [await running(shop, "first"), await running(shop, "second"), await running(shop, "third")]

    await asyncio.gather(*(shop.claim_all(run) for run in runs))

    states = [await shop.states(run) for run in runs]
    assert sum(found.get(State.CLAIMED, 0) for found in states) == len(people)
    assert sum(found.get(State.DEFERRED, 0) for found in states) == 2 * len(people)


async def test_a_cap_counts_texts_as_far_back_as_it_reaches(shop: Shop) -> None:
    cap = FrequencyCap(
        max=1, per="P2Y", key="recipient+sender", cite=(), conf=Confidence.MEMORY, tier=Tier.PRODUCT
    )
    rules = msgspec.structs.replace(shop.brand.rules, tighten=Tightening(frequency=(cap,)))
    shop.brand = msgspec.structs.replace(shop.brand, rules=rules)
    await apply_brand(shop.ground, shop.brand, read_shop()[1])
    await shop.agree([number(1)])
    first, second = await running(shop, "first"), await running(shop, "second")
    [batch] = await shop.claim_all(first)
    await shop.seal()
    assert len(await allow(shop.ground, batch.ready)) == 1
    await age(shop, timedelta(days=400))

    await shop.claim_all(second)

    assert await shop.states(second) == {State.DEFERRED: 1}


async def test_a_text_that_was_not_handed_over_gives_its_place_back(shop: Shop) -> None:
    await shop.agree([number(1)])
    first, second = await running(shop, "first"), await running(shop, "second")
    [batch] = await shop.claim_all(first)
    async with shop.ground.engine.begin() as connection:
        await abort(connection, [batch.ready[0].id], "CARRIER_BUSY", [State.CLAIMED])

    await shop.claim_all(second)

    assert await shop.states(second) == {State.CLAIMED: 1}
    await shop.claim_all(first)
    assert await shop.states(first) == {State.DEFERRED: 1}
