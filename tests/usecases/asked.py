"""People who are asked: signed up on a page, and what the loop does with their asks, a step at a time."""

from datetime import UTC, datetime, timedelta
from itertools import count

import msgspec

from usecases.shop import Shop, number
from yesfirst.carriers.handover import Accepted, Answer
from yesfirst.rules.asking import NotAsked
from yesfirst.store import asks as stored
from yesfirst.store import forms
from yesfirst.store.forms import Form
from yesfirst.store.set_clock import set_clock
from yesfirst.usecases.asks import ReadyAsk, allow_ask, claim_asks, record_ask
from yesfirst.usecases.inbound import InboundText, Reply, receive
from yesfirst.usecases.sign_up import Capture, sign_up

NOON = datetime(2026, 11, 25, 4, tzinfo=UTC)
"""Noon of a Wednesday in Shanghai."""
FORM, EVENTS = "lantern-offers", "marketing.events"
_ids = count(1)


async def set_time(shop: Shop, at: datetime) -> None:
    async with shop.ground.engine.begin() as connection:
        await set_clock(connection, at)


async def form(shop: Shop) -> Form:
    async with shop.ground.engine.connect() as connection:
        found = await forms.form(connection, FORM)
    assert found is not None
    return found


async def signed_up(shop: Shop, e164: str = number(0), language: str = "zh") -> NotAsked | None:
    """Somebody has typed this number into the shop's page and ticked its box."""
    capture = Capture(
        proof="0" * 64, ip="192.0.2.1", ua="a browser", url="https://sms.example.com/c/lantern-offers"
    )
    return await sign_up(shop.ground, shop.brand, await form(shop), language, e164, capture)


async def claimed(shop: Shop) -> list[ReadyAsk]:
    """What is due, claimed and sealed."""
    async with shop.ground.engine.connect() as connection:
        waiting = await stored.waiting(connection, 100)
    ready = [one for sender, _ in waiting for one in await claim_asks(shop.ground, sender, 100)]
    await shop.seal()
    return ready


async def sent(shop: Shop, answer: Answer | None = None) -> list[ReadyAsk]:
    """What is due and may go, with the carrier's answer recorded; accepted unless said otherwise."""
    gone = [one for one in await claimed(shop) if await allow_ask(shop.ground, one) is not None]
    for nth, one in enumerate(gone):
        await record_ask(shop.ground, one, answer or Accepted(f"SM{nth}"))
    await shop.seal()
    return gone


async def says(shop: Shop, body: str, e164: str = number(0)) -> Reply | None:
    """The person texts the shop."""
    inbound = InboundText(f"SM-said-{next(_ids)}", e164, (shop.sender,), body)
    return (await receive(shop.ground, inbound)).reply


async def states(shop: Shop) -> dict[str, str]:
    """Kind of ask → its state; of one person."""
    found = await shop.value("SELECT coalesce(jsonb_object_agg(kind, state), '{}')::text FROM ask")
    return msgspec.json.decode(str(found), type=dict[str, str])


async def leaves_of(shop: Shop, kind: str) -> int:
    return await shop.count(f"SELECT count(*) FROM leaf WHERE t = '{kind}'")


def days(n: float) -> timedelta:
    return timedelta(days=n)
