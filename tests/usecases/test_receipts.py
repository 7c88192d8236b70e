"""Receipts: in any order, any number of times, before the answer; what they may change and what not."""

import logging
from itertools import permutations

import pytest

from usecases.course import answered, calling, leaves
from usecases.shop import Shop
from yesfirst.carriers.handover import Accepted, Unknown
from yesfirst.ledger.text import id_text
from yesfirst.rules.delivery import State
from yesfirst.store.receipts import NewReceipt
from yesfirst.usecases import hand_over
from yesfirst.usecases.receipts import parse, record
from yesfirst.usecases.recover import resolve
from yesfirst.usecases.watch import account


def receipt(message: bytes, status: str, code: int | None = None) -> NewReceipt:
    found = parse(message, "SM1", status, code)
    assert found is not None
    return found


@pytest.mark.parametrize("status", ["accepted", "queued", "sending", "receiving", ""])
def test_a_status_before_sent_is_no_receipt(status: str) -> None:
    assert parse(b"?" * 16, "SM1", status, None) is None


@pytest.mark.parametrize("order", list(permutations(["sent", "undelivered", "delivered"])))
async def test_the_best_receipt_is_kept_in_whatever_order_they_come(
    shop: Shop, order: tuple[str, ...]
) -> None:
    run, [one] = await answered(shop, [Accepted("SM1")])
    for status in order:
        await record(shop.ground, [receipt(one.id, status)])
    assert await shop.value("SELECT receipt FROM message") == "delivered"
    assert await shop.states(run) == {State.ACCEPTED: 1}


async def test_receipts_that_come_together_and_again_count_once(shop: Shop) -> None:
    run, [one] = await answered(shop, [Accepted("SM1")])
    new = [receipt(one.id, "undelivered", 30003), receipt(one.id, "sent"), receipt(one.id, "sent")]
    await record(shop.ground, new)
    await record(shop.ground, new)
    assert await shop.value("SELECT receipt_code FROM message") == 30003
    found = await account(shop.ground, run.id)
    assert found is not None
    assert (found.accepted, found.delivered) == (1, 0)


async def test_a_receipt_that_overtakes_the_answer_is_kept(shop: Shop) -> None:
    run, [one] = await calling(shop)
    await record(shop.ground, [receipt(one.id, "delivered")])
    assert await shop.states(run) == {State.CALLING: 1}
    await hand_over.record(shop.ground, [(one, Accepted("SM1"))])
    found = await account(shop.ground, run.id)
    assert found is not None
    assert (found.accepted, found.delivered) == (1, 1)
    assert await leaves(shop, "send.outcome") == 1


async def test_a_receipt_resolves_an_unknown_once(shop: Shop) -> None:
    run, [one] = await answered(shop, [Unknown(None)])
    for status in ("sent", "delivered", "delivered"):
        await record(shop.ground, [receipt(one.id, status)])
    assert await shop.states(run) == {State.ACCEPTED: 1}
    assert await shop.value("SELECT carrier_id FROM message") == "SM1"
    assert await leaves(shop, "send.resolved") == 1


async def test_a_receipt_of_no_message_of_ours_changes_nothing(shop: Shop) -> None:
    run, _ = await calling(shop)
    await record(shop.ground, [receipt(b"?" * 16, "delivered")])
    assert await shop.count("SELECT count(*) FROM message WHERE receipt IS NOT NULL") == 0
    assert await shop.states(run) == {State.CALLING: 1}


async def test_a_receipt_that_contradicts_a_resolution_is_kept_and_logged_and_counts_as_texted(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    run, [one] = await answered(shop, [Unknown(None)])
    await resolve(shop.ground, one.id, None, accepted=False, how="list")

    with caplog.at_level(logging.WARNING, "yesfirst.receipts"):
        await record(shop.ground, [receipt(one.id, "delivered")])

    assert [each.args for each in caplog.records] == [(id_text(one.id),)]
    assert await shop.states(run) == {State.NOT_AT_CARRIER: 1}
    assert await shop.value("SELECT receipt FROM message") == "delivered"
    found = await account(shop.ground, run.id)
    assert found is not None
    assert (found.failed, found.accepted, found.delivered, found.closes) == (1, 0, 0, True)
    await shop.value("UPDATE run SET state = 'finished' RETURNING 1")
    again = await shop.planned()
    assert again.excluded == {"ALREADY_TEXTED": 1}
