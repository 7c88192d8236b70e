"""What somebody has to read holds the person's messages until it is read; what it was decides what comes after."""

from itertools import count

import pytest

from usecases.course import claimed, leaves, stop
from usecases.shop import APPROVER, Shop, number
from yesfirst.errors import Refused
from yesfirst.rules.delivery import State
from yesfirst.store.reviews import Kind
from yesfirst.store.runs import StoredRun
from yesfirst.usecases import hand_over, review
from yesfirst.usecases.inbound import Handled, InboundText, receive
from yesfirst.usecases.review import Resolution
from yesfirst.usecases.withdraw import withdraw_everywhere

SAID = "hm, not sure about this"
_ids = count(1)


async def unclear(shop: Shop, e164: str = number(0)) -> Handled:
    """A reply that nobody can tell the meaning of; that is said for it, so that this is no test of reading."""
    inbound = InboundText(f"SM-unclear-{next(_ids)}", e164, (shop.sender,), SAID, "UNCLEAR")
    return await receive(shop.ground, inbound)


async def held(shop: Shop) -> int:
    return await shop.count("SELECT count(*) FROM subject WHERE held_at IS NOT NULL")


async def the_review(shop: Shop) -> str:
    [one] = await review.list_open(shop.ground, shop.brand.id)
    return one.review


async def texted(shop: Shop, run: StoredRun) -> int:
    """How many of the run may be called now."""
    ready = [one for batch in await shop.claim_all(run) for one in batch.ready]
    await shop.seal()
    return len(await hand_over.allow(shop.ground, ready)) if ready else 0


async def test_an_unclear_reply_is_not_answered_and_holds_its_person_alone(shop: Shop) -> None:
    await shop.agree([number(0), number(1)])
    assert (await unclear(shop)).reply is None
    run = await shop.running()
    assert await shop.states(run) == {State.READY: 1}
    assert (await shop.run(run.id)).counts["excluded.REPLY_UNCLEAR"] == 1


async def test_a_reply_after_the_plan_is_heeded_at_the_claim(shop: Shop) -> None:
    await shop.agree([number(0)])
    run = await shop.running()
    await unclear(shop)
    assert await texted(shop, run) == 0
    assert await shop.states(run) == {State.REVIEW: 1}


async def test_a_reply_after_the_claim_is_heeded_before_the_call(shop: Shop) -> None:
    run, ready = await claimed(shop)
    await unclear(shop)
    assert await hand_over.allow(shop.ground, ready) == {}
    assert await texted(shop, run) == 0
    assert await shop.states(run) == {State.REVIEW: 1}


async def test_who_is_kept_is_judged_again_and_texted(shop: Shop) -> None:
    await shop.agree([number(0)])
    run = await shop.running()
    await unclear(shop)
    await texted(shop, run)
    await review.resolve(shop.ground, await the_review(shop), Resolution.KEEP, APPROVER)
    assert await held(shop) == 0
    assert await texted(shop, run) == 1
    assert await shop.count("SELECT count(*) - count(DISTINCT rid) FROM leaf") == 0


async def test_two_replies_hold_until_both_are_read(shop: Shop) -> None:
    await shop.agree([number(0)])
    await unclear(shop)
    await unclear(shop)
    first, second = await review.list_open(shop.ground)
    await review.resolve(shop.ground, first.review, Resolution.KEEP, APPROVER)
    assert await held(shop) == 1
    await review.resolve(shop.ground, second.review, Resolution.KEEP, APPROVER)
    assert await held(shop) == 0


async def test_what_was_a_refusal_withdraws_and_settles_the_others(shop: Shop) -> None:
    await shop.agree([number(0)])
    await unclear(shop)
    await unclear(shop)
    [first, _] = await review.list_open(shop.ground)
    await review.resolve(shop.ground, first.review, Resolution.STOP, APPROVER)
    assert await leaves(shop, "consent.withdraw") == 1
    assert (await held(shop), await review.list_open(shop.ground)) == (0, [])
    assert (await shop.planned()).excluded == {"SUPPRESSED": 1}


async def test_a_stop_settles_what_was_unclear_before(shop: Shop) -> None:
    await shop.agree([number(0)])
    await unclear(shop)
    await receive(shop.ground, InboundText("SM-stop", number(0), (shop.sender,), "STOP"))
    assert await review.list_open(shop.ground) == []
    assert await shop.value("SELECT resolution FROM review") == "stop"


async def test_to_read_is_on_record_and_shows_number_and_words(shop: Shop) -> None:
    await shop.agree([number(0)])
    await unclear(shop)
    read = await review.read(shop.ground, await the_review(shop), APPROVER)
    assert (read.number, read.text, read.kind) == (number(0), SAID, Kind.REPLY)
    assert not any(private in repr(read) for private in (number(0), SAID))
    assert await leaves(shop, "access.revealed") == 1
    stored = await shop.value("SELECT encode(text_sealed, 'escape') FROM review")
    assert SAID not in str(stored)


async def test_who_is_unknown_or_refused_has_nothing_to_hold(shop: Shop) -> None:
    await unclear(shop)
    await stop(shop, number(0))
    await unclear(shop)
    assert (await held(shop), await review.list_open(shop.ground)) == (0, [])


async def test_a_wrong_number_waits_for_somebody_and_holds_nothing(shop: Shop) -> None:
    await shop.agree([number(0)])
    async with shop.ground.engine.begin() as connection:
        [done] = await withdraw_everywhere(
            shop.ground, connection, shop.brand, number(0), via="reply", private={}
        )
        await review.open_review(connection, done.subject, Kind.WRONG_NUMBER, "wrong number", done.at)
    with pytest.raises(Refused, match="can't be resolved so"):
        await review.resolve(shop.ground, await the_review(shop), Resolution.KEEP, APPROVER)
    await review.resolve(shop.ground, await the_review(shop), Resolution.DONE, APPROVER)
    assert (await held(shop), await review.list_open(shop.ground)) == (0, [])


async def test_what_does_not_wait_cannot_be_read(shop: Shop) -> None:
    for name in ("A" * 22, "nonsense"):
        with pytest.raises(Refused, match="waits"):
            await review.read(shop.ground, name, APPROVER)


async def test_a_message_of_a_run_that_is_over_stays_where_it_was_counted(shop: Shop) -> None:
    await shop.agree([number(0)])
    run = await shop.running()
    await unclear(shop)
    await texted(shop, run)
    await shop.value("UPDATE run SET state = 'finished' RETURNING 1")
    await review.resolve(shop.ground, await the_review(shop), Resolution.KEEP, APPROVER)
    assert await shop.states(run) == {State.REVIEW: 1}
