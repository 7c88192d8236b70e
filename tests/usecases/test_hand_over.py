"""Handing over: who may be called, what each answer of the carrier makes of a message, what it leaves behind."""

import asyncio
from datetime import timedelta
from time import monotonic

import pytest

from usecases.course import age, answered, calling, claimed, leaves, stop
from usecases.shop import Shop, number
from yesfirst.carriers.handover import Accepted, Answer, NotHandedOver, Rejected, Unknown
from yesfirst.carriers.twilio import Account, Twilio
from yesfirst.rules.delivery import State
from yesfirst.usecases import control
from yesfirst.usecases.hand_over import allow, call, record


@pytest.mark.parametrize(
    ("answer", "state", "outcomes", "aborted"),
    [
        (Accepted("SM1"), State.ACCEPTED, 1, 0),
        (Rejected(21211), State.REJECTED, 1, 0),
        (Unknown(20500), State.UNKNOWN, 1, 0),
        (NotHandedOver("CARRIER_BUSY"), State.READY, 0, 1),
    ],
)
async def test_every_answer_ends_the_call_with_one_leaf(
    shop: Shop, answer: Answer, state: State, outcomes: int, aborted: int
) -> None:
    run, _ = await answered(shop, [answer])
    assert await shop.states(run) == {state: 1}
    assert (await leaves(shop, "send.outcome"), await leaves(shop, "send.aborted")) == (outcomes, aborted)


async def test_an_answer_that_is_recorded_twice_leaves_one_leaf(shop: Shop) -> None:
    run, [one] = await answered(shop, [Accepted("SM1")])
    await record(shop.ground, [(one, Accepted("SM1"))])
    await record(shop.ground, [(one, NotHandedOver("CARRIER_BUSY"))])
    assert await shop.states(run) == {State.ACCEPTED: 1}
    assert (await leaves(shop, "send.outcome"), await leaves(shop, "send.aborted")) == (1, 0)


async def test_answers_of_all_kinds_are_recorded_in_one_go(shop: Shop) -> None:
    run, _ = await answered(
        shop, [Accepted("SM1"), Rejected(21211), Unknown(None), NotHandedOver("LATE"), NotHandedOver("BUSY")]
    )
    assert await shop.states(run) == {
        State.ACCEPTED: 1,
        State.REJECTED: 1,
        State.UNKNOWN: 1,
        State.READY: 2,
    }


async def test_a_message_that_was_not_handed_over_goes_out_as_a_new_attempt(shop: Shop) -> None:
    run, [first] = await answered(shop, [NotHandedOver("CARRIER_BUSY")])
    [batch] = await shop.claim_all(run)
    [second] = batch.ready
    await shop.seal()
    assert second.id != first.id
    assert await allow(shop.ground, [first]) == {}
    assert list(await allow(shop.ground, [second])) == [second.id]


async def test_nobody_is_called_after_the_deadline(shop: Shop) -> None:
    run, ready = await claimed(shop)
    await age(shop, timedelta(seconds=10))
    assert await allow(shop.ground, ready) == {}
    assert await shop.states(run) == {State.READY: 1}


async def test_a_paused_run_calls_nobody_any_more_and_goes_on_later(shop: Shop) -> None:
    run, ready = await claimed(shop)
    await control.pause(shop.ground, run.id)
    assert await allow(shop.ground, ready) == {}
    await control.resume(shop.ground, run.id)
    [batch] = await shop.claim_all(run)
    assert len(batch.ready) == 1


async def test_a_withdrawal_names_the_call_that_it_came_too_late_for(shop: Shop) -> None:
    _, [one] = await calling(shop)
    assert (await stop(shop, number(0))).in_flight == (one.id,)
    await record(shop.ground, [(one, Accepted("SM1"))])
    assert (await stop(shop, number(0))).in_flight == ()


async def test_a_withdrawal_and_a_permission_at_once_leave_no_call_that_is_not_named(shop: Shop) -> None:
    """Whichever takes the subject's lock first, the call is refused or named, never neither."""
    _, ready = await claimed(shop, 12)
    stops = [stop(shop, one.to) for one in ready]
    permissions = [allow(shop.ground, [one]) for one in ready]
    withdrawals, allowed = await asyncio.gather(asyncio.gather(*stops), asyncio.gather(*permissions))
    called = {id for each in allowed for id in each}
    assert called == {id for each in withdrawals for id in each.in_flight}


async def test_a_departure_that_was_missed_is_not_handed_over(shop: Shop) -> None:
    _, [one] = await calling(shop)
    account = Account("AC" + "0" * 32, "token", "http://127.0.0.1:9", "http://127.0.0.1:9")
    async with Twilio(account) as carrier:
        late = await call(carrier, one, shop.sender, monotonic() - 1, monotonic() - 0.1)
        refused = await call(carrier, one, shop.sender, monotonic(), monotonic() + 5)
    assert late == NotHandedOver("LATE")
    assert isinstance(refused, NotHandedOver)
    assert refused.reason == "CARRIER_UNREACHABLE"
