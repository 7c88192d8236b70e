"""What people text back: whom a STOP stops, what a START grants, who gets which answer."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count

import msgspec
import pytest

from usecases.course import calling, leaves
from usecases.shop import OFFERS, Shop, number, read_shop
from yesfirst.carriers.handover import Accepted
from yesfirst.intake.asking import fill
from yesfirst.intake.brand import Brand
from yesfirst.intake.notice import Notice
from yesfirst.rules.delivery import State
from yesfirst.usecases import hand_over
from yesfirst.usecases.declared import apply_brand
from yesfirst.usecases.inbound import Handled, InboundText, Reply, receive

AMERICAN, NOBODY = "+12125550100", "+447400000123"
RECEIPT = re.compile(r"[0-9A-F]{5}-[0-9A-F]{5}")
_ids = count(1)


async def text(
    shop: Shop,
    body: str,
    sender: str = number(0),
    *,
    to: str | None = None,
    understood: str | None = None,
) -> Reply | None:
    """A new text to the shop; `understood` is what the carrier made of it."""
    inbound = InboundText(f"SM{next(_ids)}", sender, (to or shop.sender, "+15005550007"), body, understood)
    return (await receive(shop.ground, inbound)).reply


async def suppressed(shop: Shop) -> int:
    return await shop.count("SELECT count(*) FROM suppression WHERE lifted_at IS NULL")


async def eligible(shop: Shop) -> int:
    return await shop.count("SELECT count(*) FROM eligibility WHERE agreed_at IS NOT NULL")


def sister(brand: Brand, **changes: object) -> Brand:
    """A second brand of the same controller, with the same senders."""
    return msgspec.structs.replace(brand, id="lantern-sister", **{"forms": {}, **changes})


@pytest.mark.parametrize("body", ["STOP", "stop.", "退订", "ＴＤ", "R", "unsubscribe"])
async def test_a_stop_withdraws_and_is_confirmed_in_the_brands_words(shop: Shop, body: str) -> None:
    await shop.agree([number(0)])
    reply = await text(shop, body)
    assert reply is not None
    [code] = RECEIPT.findall(reply.text)
    assert reply.text == fill(shop.brand.replies.stop["zh"], {"code": code})
    assert (await suppressed(shop), await eligible(shop)) == (1, 0)
    assert await leaves(shop, "consent.withdraw") == 1


async def test_a_stop_of_a_number_that_nobody_knows_suppresses_it(shop: Shop) -> None:
    await text(shop, "STOP", NOBODY)
    assert await suppressed(shop) == 1
    await shop.agree([NOBODY])
    run = await shop.planned()
    assert (run.messages, run.excluded) == (0, {"SUPPRESSED": 1})


async def test_a_stop_to_a_shared_sender_withdraws_for_all_its_brands(shop: Shop) -> None:
    _, notices = read_shop()
    await apply_brand(shop.ground, sister(shop.brand), notices)
    reply = await text(shop, "STOP")
    assert reply is not None
    assert await suppressed(shop) == 2
    assert await leaves(shop, "consent.withdraw") == 2


async def test_a_brand_with_two_of_the_senders_withdraws_once(shop: Shop) -> None:
    _, notices = read_shop()
    [sender] = shop.brand.senders
    second = msgspec.structs.replace(
        sender, id="lantern-tea-number", messaging_service_sid=None, number="+15005550007"
    )
    both = msgspec.structs.replace(shop.brand, senders=(sender, second))
    await apply_brand(shop.ground, both, notices)
    await text(shop, "STOP")
    assert await leaves(shop, "consent.withdraw") == 1


async def test_a_refusal_is_confirmed_once_and_recorded_each_time(shop: Shop) -> None:
    replies = [await text(shop, "STOP") for _ in range(3)]
    assert [reply is not None for reply in replies] == [True, False, False]
    assert await leaves(shop, "consent.withdraw") == 3


async def test_after_a_start_the_next_stop_is_confirmed_again(shop: Shop) -> None:
    for body, answered in (("STOP", True), ("START", False), ("STOP", True)):
        assert (await text(shop, body) is not None) is answered


async def test_a_refusal_is_confirmed_while_one_of_the_brands_had_none_of_it(shop: Shop) -> None:
    await text(shop, "STOP")
    _, notices = read_shop()
    await apply_brand(shop.ground, sister(shop.brand), notices)
    assert await text(shop, "STOP") is not None


async def test_nobody_is_answered_where_no_rulebook_is_known(shop: Shop) -> None:
    assert await text(shop, "STOP", "+41780000000") is None
    assert await suppressed(shop) == 1


async def test_a_text_that_is_delivered_again_does_nothing_even_after_a_start(shop: Shop) -> None:
    stop = InboundText("SM-replayed", number(0), (shop.sender,), "STOP")
    assert await receive(shop.ground, stop) != Handled()
    await text(shop, "START")
    assert await receive(shop.ground, stop) == Handled()
    assert (await suppressed(shop), await leaves(shop, "consent.withdraw")) == (0, 1)


async def test_start_lifts_the_suppression_and_grants_nothing(shop: Shop) -> None:
    await shop.agree([number(0)])
    await text(shop, "STOP")
    assert await text(shop, "START") is None
    assert (await suppressed(shop), await eligible(shop), await leaves(shop, "consent.grant")) == (0, 0, 1)
    assert (await shop.planned()).excluded == {"CONSENT_WITHDRAWN": 1}


async def test_start_is_an_agreement_under_a_brands_start_notice(shop: Shop) -> None:
    _, notices = read_shop()
    await apply_brand(shop.ground, with_start_notice(shop.brand, notices), notices)
    await text(shop, "STOP", AMERICAN)
    await text(shop, "START", AMERICAN)
    assert (await suppressed(shop), await eligible(shop)) == (0, 1)
    assert b'"method":"keyword"' in await newest(shop, "consent.grant")


def with_start_notice(brand: Brand, notices: Mapping[str, Notice]) -> Brand:
    path = "notices/offers-abroad.en.md"
    assert OFFERS in notices[path].purposes
    return msgspec.structs.replace(brand, start_notice=path)


async def newest(shop: Shop, kind: str) -> bytes:
    body = await shop.value(f"SELECT body FROM leaf WHERE t = '{kind}' ORDER BY id DESC LIMIT 1")
    assert isinstance(body, bytes)
    return body


async def test_help_is_answered_and_changes_nothing(shop: Shop) -> None:
    assert await text(shop, "help") == Reply(shop.brand.replies.help["zh"])
    assert await shop.count("SELECT count(*) FROM subject") == 0


async def test_other_words_are_neither_answered_nor_taken_for_a_wish(shop: Shop) -> None:
    assert await text(shop, "请问几点开门？") is None
    assert await shop.count("SELECT count(*) FROM leaf WHERE t LIKE 'consent.%'") == 0


@pytest.mark.parametrize(
    ("kind", "body", "suppressions"),
    [("STOP", "no more, please", 1), ("START", "STOP", 0), ("HELP", "STOP", 0)],
)
async def test_what_the_carrier_understood_and_answered_is_obeyed_and_not_answered_again(
    shop: Shop, kind: str, body: str, suppressions: int
) -> None:
    assert await text(shop, body, understood=kind) is None
    assert await suppressed(shop) == suppressions


async def test_a_refusal_from_another_app_counts_for_the_number_and_a_start_there_does_not(
    shop: Shop,
) -> None:
    await text(shop, "STOP", f"whatsapp:{number(0)}")
    assert await suppressed(shop) == 1
    await text(shop, "START", f"whatsapp:{number(0)}")
    assert await suppressed(shop) == 1
    await text(shop, "START", number(0))
    assert await suppressed(shop) == 0


async def test_a_text_to_a_number_of_ours_in_another_app_finds_its_brand(shop: Shop) -> None:
    await shop.value("UPDATE sender SET address = '+15005550006' RETURNING 1")
    await text(shop, "STOP", f"whatsapp:{number(0)}", to="whatsapp:+15005550006")
    assert await suppressed(shop) == 1


@pytest.mark.parametrize("sender", ["10690000", "LANTERN", "", "rcs:agent", "+12", "+0123456789", "client:a"])
async def test_a_sender_that_is_no_number_is_nobody(shop: Shop, sender: str) -> None:
    assert await text(shop, "STOP", sender) is None
    assert await shop.count("SELECT count(*) FROM subject") == 0


async def test_a_text_to_a_sender_of_no_brand_is_for_nobody(shop: Shop) -> None:
    assert await text(shop, "STOP", to="MG" + "9" * 32) is None
    assert await suppressed(shop) == 0


async def test_a_stop_during_the_call_names_it_and_what_was_not_called_is_never_sent(shop: Shop) -> None:
    run, [one, other] = await calling(shop, 2)
    await text(shop, "STOP", one.to)
    await hand_over.record(shop.ground, [(one, Accepted("SM1")), (other, Accepted("SM2"))])
    assert await shop.value("SELECT message FROM in_flight") == one.id
    assert await shop.states(run) == {State.ACCEPTED: 2}


async def test_a_stop_lets_no_older_agreement_back_in(shop: Shop) -> None:
    await text(shop, "STOP")
    await shop.agree([number(0)], given=datetime.now(UTC).replace(microsecond=0) - timedelta(days=1))
    assert (await eligible(shop), await leaves(shop, "consent.grant")) == (0, 0)
