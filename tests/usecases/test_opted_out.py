"""Who is on the carrier's own list of opt-outs has said no, and not to us: they have withdrawn with that."""

import asyncio

import pytest

from usecases.course import calling, leaves, stop
from usecases.shop import Shop, number, read_shop
from usecases.test_inbound import sister, text
from yesfirst.carriers.handover import Accepted, Answer, Rejected
from yesfirst.rules.delivery import State
from yesfirst.store.receipts import NewReceipt
from yesfirst.usecases import hand_over, hearing, receipts
from yesfirst.usecases.claim import Ready
from yesfirst.usecases.declared import apply_brand
from yesfirst.usecases.receipts import parse

OPTED_OUT = 21610


async def refuse_by_answer(shop: Shop, one: Ready) -> None:
    await hand_over.record(shop.ground, [(one, Rejected(OPTED_OUT))])


async def refuse_by_status(shop: Shop, one: Ready) -> None:
    await hand_over.record(shop.ground, [(one, Accepted("SM1"))])
    await receipts.record(shop.ground, [failed(one)])


def failed(one: Ready) -> NewReceipt:
    found = parse(one.id, "SM1", "failed", OPTED_OUT)
    assert found is not None
    return found


async def suppressed(shop: Shop) -> int:
    return await shop.count("SELECT count(*) FROM subject WHERE suppressed_at IS NOT NULL")


async def opted_out(shop: Shop) -> int:
    found = await hearing.standing(shop.ground)
    assert found is not None
    return found.opted_out


@pytest.mark.parametrize("refuse", [refuse_by_answer, refuse_by_status])
async def test_a_refusal_by_the_carriers_list_withdraws_from_every_brand_of_the_sender(
    shop: Shop, refuse: object
) -> None:
    assert callable(refuse)
    await hearing.begin(shop.ground)
    _, notices = read_shop()
    await apply_brand(shop.ground, sister(shop.brand), notices)
    run, [one] = await calling(shop)
    await refuse(shop, one)
    assert await suppressed(shop) == await leaves(shop, "consent.withdraw") == 2
    assert b'"via":"carrier"' in bytes(await newest(shop, "consent.withdraw"))
    assert await shop.value("SELECT coalesce(code, receipt_code) FROM message") == OPTED_OUT
    assert await leaves(shop, "send.outcome") == 1
    assert await opted_out(shop) == 1
    assert (await shop.states(run)).keys() <= {State.REJECTED, State.ACCEPTED}


async def newest(shop: Shop, kind: str) -> bytes:
    body = await shop.value(f"SELECT body FROM leaf WHERE t = '{kind}' ORDER BY id DESC LIMIT 1")
    assert isinstance(body, bytes)
    return body


async def test_the_others_of_a_group_are_recorded_as_ever(shop: Shop) -> None:
    run, ready = await calling(shop, 3)
    answers: list[Answer] = [Accepted("SM1"), Rejected(OPTED_OUT), Rejected(21211)]
    await hand_over.record(shop.ground, list(zip(ready, answers, strict=True)))
    assert await shop.states(run) == {State.ACCEPTED: 1, State.REJECTED: 2}
    assert await suppressed(shop) == 1


async def test_a_report_that_comes_again_after_the_person_came_back_changes_nothing(shop: Shop) -> None:
    _, [one] = await calling(shop)
    await refuse_by_status(shop, one)
    await text(shop, "START", number(0))
    await receipts.record(shop.ground, [failed(one)])
    assert (await suppressed(shop), await leaves(shop, "consent.withdraw")) == (0, 1)


async def test_who_had_told_us_as_well_is_no_drift(shop: Shop) -> None:
    await hearing.begin(shop.ground)
    _, [one] = await calling(shop)
    await stop(shop, number(0))
    await refuse_by_answer(shop, one)
    assert (await leaves(shop, "consent.withdraw"), await opted_out(shop)) == (1, 0)


async def test_a_report_of_a_message_that_is_not_ours_is_none_of_our_business(shop: Shop) -> None:
    _, [one] = await calling(shop)
    stranger = failed(one)
    await receipts.record(
        shop.ground, [NewReceipt(b"?" * 16, "SM2", stranger.kind, stranger.rank, OPTED_OUT)]
    )
    assert await leaves(shop, "consent.withdraw") == 0


async def test_a_brand_that_has_another_sender_by_now_is_withdrawn_from_as_well(shop: Shop) -> None:
    _, [one] = await calling(shop)
    await shop.value("DELETE FROM brand_sender RETURNING brand")
    await refuse_by_status(shop, one)
    assert await suppressed(shop) == 1


async def test_refusals_and_stops_at_once_all_stand(shop: Shop) -> None:
    _, ready = await calling(shop, 12)
    await asyncio.gather(
        *(refuse_by_answer(shop, one) for one in ready), *(stop(shop, one.to) for one in ready[::2])
    )
    assert await suppressed(shop) == 12
    assert await shop.count("SELECT count(*) FROM message WHERE code = 21610") == 12
