"""Asks on their way: judged, sealed, called once; what the person says in between counts."""

import asyncio

import pytest

from usecases.asked import NOON, claimed, days, leaves_of, says, sent, set_time, signed_up, states
from usecases.course import stop
from usecases.shop import Shop, number
from yesfirst.carriers.handover import Accepted, NotHandedOver, Rejected, Unknown
from yesfirst.rules.asking import REMIND_AFTER
from yesfirst.store import asks as stored
from yesfirst.usecases.asks import LEASE, allow_ask, claim_asks, record_ask, recover_asks
from yesfirst.usecases.withdraw import withdraw


async def test_a_question_goes_once_with_a_decision_that_is_sealed_before(timed: Shop) -> None:
    await signed_up(timed)
    async with timed.ground.engine.connect() as connection:
        [(sender, count)] = await stored.waiting(connection, 10)
    [question] = await claim_asks(timed.ground, sender, 10)
    assert (sender.address, count, question.to) == (timed.sender, 1, number(0))
    assert await allow_ask(timed.ground, question) is None  # not sealed yet
    [question] = await claimed(timed)
    assert await allow_ask(timed.ground, question) is not None
    await record_ask(timed.ground, question, Accepted("SM1"))
    assert await states(timed) == {"confirm": "accepted", "remind": "ready"}
    assert await sent(timed) == []
    assert await leaves_of(timed, "ask.decision") == 2
    assert await leaves_of(timed, "send.aborted") == 1
    assert await leaves_of(timed, "send.outcome") == 1


async def test_two_dispatchers_claim_no_question_twice(timed: Shop) -> None:
    for n in range(6):
        await signed_up(timed, number(n))
    both = await asyncio.gather(claimed(timed), claimed(timed))
    ready = [one.to for each in both for one in each]
    assert sorted(ready) == [number(n) for n in range(6)]


async def test_one_right_to_call_is_given_for_a_question(timed: Shop) -> None:
    await signed_up(timed)
    [question] = await claimed(timed)
    given = await asyncio.gather(*(allow_ask(timed.ground, question) for _ in range(3)))
    assert sum(one is not None for one in given) == 1
    assert await leaves_of(timed, "send.aborted") == 0


async def test_the_reminder_goes_after_its_time_and_the_question_before(timed: Shop) -> None:
    await signed_up(timed)
    assert len(await sent(timed)) == 1
    await set_time(timed, NOON + REMIND_AFTER - days(0.01))
    assert await sent(timed) == []
    await set_time(timed, NOON + REMIND_AFTER)
    [reminder] = await sent(timed)
    assert reminder.body == timed.brand.replies.remind["zh"]
    await set_time(timed, NOON + days(20))
    assert await sent(timed) == []


async def test_a_question_at_night_goes_at_once_and_its_reminder_waits_for_the_morning(timed: Shop) -> None:
    night = NOON + days(0.5)
    await set_time(timed, night)
    await signed_up(timed)
    assert len(await sent(timed)) == 1
    await set_time(timed, night + REMIND_AFTER)
    assert await sent(timed) == []
    assert await states(timed) == {"confirm": "accepted", "remind": "ready"}
    await set_time(timed, night + REMIND_AFTER + days(0.5))
    assert len(await sent(timed)) == 1


async def test_a_question_that_comes_too_late_is_dropped_and_so_is_its_reminder(timed: Shop) -> None:
    await signed_up(timed)
    await set_time(timed, NOON + days(0.05))
    assert await sent(timed) == []
    await set_time(timed, NOON + REMIND_AFTER)
    assert await sent(timed) == []
    assert await states(timed) == {"confirm": "dropped", "remind": "dropped"}


async def test_who_the_carrier_refused_is_not_reminded(timed: Shop) -> None:
    await signed_up(timed)
    await sent(timed, Rejected(30006))
    await set_time(timed, NOON + REMIND_AFTER)
    assert await sent(timed) == []
    assert await states(timed) == {"confirm": "rejected", "remind": "dropped"}


@pytest.mark.parametrize("said", ["Y", "STOP", "茶友"])
async def test_who_has_answered_is_not_reminded(timed: Shop, said: str) -> None:
    await signed_up(timed)
    await sent(timed)
    await says(timed, said)
    await set_time(timed, NOON + REMIND_AFTER)
    assert await sent(timed) == []


async def test_a_stop_between_claim_and_call_means_no_call(timed: Shop) -> None:
    await signed_up(timed)
    [question] = await claimed(timed)
    await stop(timed, number(0))
    assert await allow_ask(timed.ground, question) is None
    assert (await states(timed))["confirm"] == "dropped"
    assert await leaves_of(timed, "send.aborted") == 1


async def test_a_reply_that_waits_to_be_read_between_claim_and_call_means_no_call(timed: Shop) -> None:
    await signed_up(timed)
    [question] = await claimed(timed)
    await timed.value("UPDATE subject SET held_at = clock_timestamp() RETURNING 1")
    assert await allow_ask(timed.ground, question) is None
    assert (await states(timed))["confirm"] == "dropped"


async def test_an_answer_between_claim_and_call_of_the_reminder_means_no_call(timed: Shop) -> None:
    await signed_up(timed)
    await sent(timed)
    await set_time(timed, NOON + REMIND_AFTER)
    [reminder] = await claimed(timed)
    await says(timed, "Y")
    assert await allow_ask(timed.ground, reminder) is None
    assert (await states(timed))["remind"] == "dropped"


async def test_a_withdrawal_and_the_right_to_call_come_one_after_the_other(timed: Shop) -> None:
    """The withdrawal holds the person; who asks for the right waits, and then sees it."""
    await signed_up(timed)
    [question] = await claimed(timed)
    async with timed.ground.engine.begin() as connection:
        await withdraw(timed.ground, connection, [timed.brand.id], number(0), via="reply", private={})
        asked = asyncio.create_task(allow_ask(timed.ground, question))
        await timed.until_somebody_waits_for_a_lock()
    assert await asked is None


async def test_what_was_not_handed_over_is_asked_again_under_another_id(timed: Shop) -> None:
    await signed_up(timed)
    [first] = await sent(timed, NotHandedOver("CARRIER_BUSY"))
    assert await sent(timed) == []
    await set_time(timed, NOON + days(0.001))
    [second] = await sent(timed)
    assert first.id != second.id
    assert (await states(timed))["confirm"] == "accepted"
    assert (await leaves_of(timed, "send.aborted"), await leaves_of(timed, "send.outcome")) == (1, 1)


async def test_a_lost_lease_is_asked_again_and_a_lost_call_never(timed: Shop) -> None:
    await signed_up(timed)
    [lost] = await claimed(timed)
    await set_time(timed, NOON + LEASE)
    assert await allow_ask(timed.ground, lost) is None
    await recover_asks(timed.ground)
    [again] = await claimed(timed)
    assert again.id != lost.id
    assert await allow_ask(timed.ground, again) is not None
    await set_time(timed, NOON + days(0.01))
    await recover_asks(timed.ground)
    assert (await states(timed))["confirm"] == "unknown"
    assert await sent(timed) == []
    await record_ask(timed.ground, again, Unknown(None))
    assert (await leaves_of(timed, "send.aborted"), await leaves_of(timed, "send.outcome")) == (1, 1)


async def test_a_lease_that_recovery_took_back_is_aborted_once(timed: Shop) -> None:
    await signed_up(timed)
    [lost] = await claimed(timed)
    await set_time(timed, NOON + LEASE)
    await recover_asks(timed.ground)
    assert await allow_ask(timed.ground, lost) is None
    assert (await states(timed))["confirm"] == "ready"
    assert await leaves_of(timed, "send.aborted") == 1


async def test_a_question_whose_outcome_nobody_knows_can_be_answered(timed: Shop) -> None:
    await signed_up(timed)
    await sent(timed, Unknown(None))
    assert await says(timed, "Y") is not None
    assert await leaves_of(timed, "consent.confirm") == 1


async def test_questions_go_before_requests_that_wait_longer(timed: Shop) -> None:
    await signed_up(timed, number(0))
    await sent(timed)
    await set_time(timed, NOON + REMIND_AFTER)
    await signed_up(timed, number(1))
    async with timed.ground.engine.connect() as connection:
        [(sender, _)] = await stored.waiting(connection, 10)
    [first] = await claim_asks(timed.ground, sender, 1)
    assert first.to == number(1)
