"""Claiming: who is judged how, under which locks, and what that leaves behind."""

import asyncio
from datetime import UTC, datetime, timedelta

from usecases.shop import Shop, number
from yesfirst.rules.delivery import State
from yesfirst.usecases import control
from yesfirst.usecases.claim import claim
from yesfirst.usecases.hand_over import allow
from yesfirst.usecases.recover import sweep
from yesfirst.usecases.withdraw import withdraw


async def stop(shop: Shop, e164: str) -> None:
    async with shop.ground.engine.begin() as connection:
        await withdraw(shop.ground, connection, [shop.brand.id], e164, via="reply", private={})


async def test_everybody_with_a_valid_consent_is_claimed_with_one_decision_leaf_each(shop: Shop) -> None:
    await shop.agree([number(n) for n in range(20)])
    run = await shop.running()

    batches = await shop.claim_all(run)

    assert sum(len(batch.ready) for batch in batches) == 20
    assert await shop.states(run) == {State.CLAIMED: 20}
    assert await shop.count("SELECT count(DISTINCT rid) FROM leaf WHERE t = 'send.decision'") == 20


async def test_who_said_stop_after_the_plan_is_denied_with_a_leaf_that_says_why(shop: Shop) -> None:
    await shop.agree([number(1), number(2)])
    run = await shop.running()
    await stop(shop, number(1))

    await shop.claim_all(run)

    assert await shop.states(run) == {State.CLAIMED: 1, State.DENIED: 1}
    assert (
        await shop.count("SELECT count(*) FROM message WHERE state = 'denied' AND reason = 'SUPPRESSED'") == 1
    )
    assert await shop.count("SELECT count(*) FROM leaf WHERE t = 'send.denied'") == 1


async def test_a_claim_which_waited_behind_a_stops_lock_does_not_allow_and_the_next_one_denies(
    shop: Shop,
) -> None:
    """One joined statement would wait for the STOP and then judge by its old snapshot."""
    await shop.agree([number(1)])
    run = await shop.running()
    lane = await shop.count("SELECT lane FROM message")

    async with shop.ground.engine.begin() as connection:
        await withdraw(shop.ground, connection, [shop.brand.id], number(1), via="reply", private={})
        waiting = asyncio.create_task(claim(shop.ground, run, shop.sender, lane, 10))
        await shop.until_somebody_waits_for_a_lock()
        assert not waiting.done()
    batch = await waiting

    assert batch is not None
    assert batch.ready == []
    await sweep(shop.ground, run)
    await shop.claim_all(run)
    assert await shop.states(run) == {State.DENIED: 1}


async def test_a_withdrawal_during_the_seal_aborts_the_message(shop: Shop) -> None:
    await shop.agree([number(1)])
    run = await shop.running()
    [batch] = await shop.claim_all(run)
    await shop.seal()
    await stop(shop, number(1))

    assert await allow(shop.ground, batch.ready) == {}

    assert await shop.states(run) == {State.READY: 1}
    assert await shop.count("SELECT count(*) FROM leaf WHERE t = 'send.aborted'") == 1
    await shop.claim_all(run)
    assert await shop.states(run) == {State.DENIED: 1}


async def test_nothing_is_called_that_is_not_sealed(shop: Shop) -> None:
    await shop.agree([number(1)])
    run = await shop.running()
    [batch] = await shop.claim_all(run)

    assert await allow(shop.ground, batch.ready) == {}
    assert await shop.states(run) == {State.READY: 1}


async def test_the_right_to_call_is_given_once(shop: Shop) -> None:
    await shop.agree([number(1)])
    run = await shop.running()
    [batch] = await shop.claim_all(run)
    await shop.seal()

    first, second = await asyncio.gather(allow(shop.ground, batch.ready), allow(shop.ground, batch.ready))

    assert sorted([len(first), len(second)]) == [0, 1]
    assert await shop.states(run) == {State.CALLING: 1}


async def test_the_deadline_lies_before_the_end_of_the_consent(shop: Shop) -> None:
    expires = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=4)
    await shop.agree([number(1)], expires=expires)
    run = await shop.running()

    await shop.claim_all(run)

    assert await shop.value("SELECT by FROM message") == expires - timedelta(milliseconds=1)


async def test_a_consent_that_has_ended_since_the_plan_is_denied(shop: Shop) -> None:
    await shop.agree([number(1)], expires=datetime.now(UTC) + timedelta(seconds=1))
    run = await shop.running()
    await asyncio.sleep(1.1)

    await shop.claim_all(run)

    assert await shop.count("SELECT count(*) FROM message WHERE reason = 'CONSENT_EXPIRED'") == 1


async def test_two_workers_on_one_lane_never_claim_the_same_message(shop: Shop) -> None:
    await shop.agree([number(n) for n in range(60)])
    run = await shop.running()

    claims = [claim(shop.ground, run, shop.sender, lane, 40) for lane in range(run.lanes) for _ in range(4)]
    batches = [batch for batch in await asyncio.gather(*claims) if batch]

    claimed = [one.id for batch in batches for one in batch.ready]
    assert len(claimed) == len(set(claimed)) == 60
    assert await shop.count("SELECT count(*) FROM leaf WHERE t = 'send.decision'") == 60


async def test_nobody_is_claimed_while_the_run_is_paused(shop: Shop) -> None:
    await shop.agree([number(1)])
    run = await shop.running()
    await control.pause(shop.ground, run.id)

    await claim(shop.ground, run, shop.sender, 0, 10)

    assert await shop.states(run) == {State.READY: 1}
