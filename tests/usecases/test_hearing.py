"""Nobody is texted while what people texted may not have reached us; the carrier's list tells what that was."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from usecases.course import claimed, leaves
from usecases.shop import Shop, number, read_shop
from yesfirst.carriers import twilio
from yesfirst.carriers.handover import Rejected
from yesfirst.carriers.twilio import Account, Twilio
from yesfirst.rules.delivery import State
from yesfirst.simulator.config import ACCOUNT_SID, AUTH_TOKEN, Config
from yesfirst.simulator.senders import Sender
from yesfirst.simulator.server import listening
from yesfirst.store import brands, clock
from yesfirst.store.asks import AskKind, NewAsk, put
from yesfirst.store.consents import events_of
from yesfirst.store.hearing import Hearing
from yesfirst.store.keyring import new_id, seal
from yesfirst.usecases import asks, consents, hand_over, hearing
from yesfirst.usecases.asks import ReadyAsk
from yesfirst.usecases.hearing import Served, catch_up
from yesfirst.usecases.people import subjects_of

NUMBERS = ("+15005550006", "+15005550007", "50055")
NOWHERE = "http://127.0.0.1:9/webhooks/twilio/inbound"


@pytest.fixture
async def carrier(tmp_path: Path) -> AsyncIterator[str]:
    """A carrier with three numbers for the shop's messaging service; nobody takes in what people text to it."""
    senders = tuple(Sender(one, read_shop()[0].senders[0].address) for one in NUMBERS)
    config = Config(journal=tmp_path / "journal", inbound_url=NOWHERE, senders=senders, webhook_attempts=1)
    async with listening(config) as address:
        yield address


async def say(carrier: str, n: int, body: str, to: str = NUMBERS[0]) -> None:
    order = {"from": number(n), "to": to, "body": body}
    async with httpx.AsyncClient() as person:
        answer = await person.post(f"{carrier}/simulator/inbound", json=order)
    assert (answer.status_code, answer.json()["status"]) == (200, None)


async def read_list(shop: Shop, address: str) -> bool:
    async with Twilio(Account(ACCOUNT_SID, AUTH_TOKEN, address, address)) as twilio:
        return await catch_up(shop.ground, twilio)


async def heard(shop: Shop) -> Hearing:
    found = await hearing.standing(shop.ground)
    assert found is not None
    return found


async def go_unheard(shop: Shop, seconds: float = 60, column: str = "heard_until") -> None:
    """It is so long since anybody vouched for what people text, or read the list."""
    await hearing.begin(shop.ground)
    await shop.value(
        f"UPDATE hearing SET {column} = {column} - make_interval(secs => {seconds}) RETURNING id"
    )


async def suppressed(shop: Shop) -> int:
    return await shop.count("SELECT count(*) FROM subject WHERE suppressed_at IS NOT NULL")


async def test_an_installation_begins_to_listen_when_it_first_serves(shop: Shop) -> None:
    assert await hearing.standing(shop.ground) is None
    await Served().vouch(shop.ground)
    assert (await heard(shop)).age < 5


async def test_a_web_process_vouches_for_the_time_that_it_has_served(shop: Shop) -> None:
    served = Served()
    await served.vouch(shop.ground)
    before = await heard(shop)
    await served.vouch(shop.ground)
    assert (await heard(shop)).heard_until > before.heard_until


async def test_a_gap_stays_a_gap_however_long_somebody_serves_after_it(shop: Shop) -> None:
    await go_unheard(shop, 3)
    before, served = await heard(shop), Served()
    for _ in range(3):
        await served.vouch(shop.ground)
    assert (await heard(shop)).heard_until == before.heard_until


async def test_another_web_process_vouches_on_through_the_end_of_the_first(shop: Shop) -> None:
    first, second = Served(), Served()
    for one in (first, second, first, second):
        await one.vouch(shop.ground)
    before = await heard(shop)
    await second.vouch(shop.ground)
    assert (await heard(shop)).heard_until > before.heard_until


async def test_a_process_that_failed_to_take_in_a_text_leaves_a_gap(shop: Shop) -> None:
    served = Served()
    await served.vouch(shop.ground)
    before = await heard(shop)
    served.failed()
    for _ in range(2):
        await served.vouch(shop.ground)
    assert (await heard(shop)).heard_until == before.heard_until


async def test_a_process_that_stood_still_leaves_a_gap(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    served = Served()
    await served.vouch(shop.ground)
    before = await heard(shop)
    monkeypatch.setattr(hearing, "_STALLED", timedelta(0))
    await served.vouch(shop.ground)
    assert (await heard(shop)).heard_until == before.heard_until


async def test_nobody_is_claimed_or_called_while_we_may_have_missed_something(shop: Shop) -> None:
    run, ready = await claimed(shop)
    await go_unheard(shop, 16)
    assert await hand_over.allow(shop.ground, ready) == {}
    assert await shop.states(run) == {State.READY: 1}
    assert await shop.claim_all(run) == []
    await shop.value("UPDATE hearing SET heard_until = clock_timestamp() RETURNING id")
    [batch] = await shop.claim_all(run)
    await shop.seal()
    assert len(await hand_over.allow(shop.ground, batch.ready)) == 1


async def test_what_nobody_served_is_read_from_the_carriers_list(shop: Shop, carrier: str) -> None:
    await shop.agree([number(n) for n in range(4)])
    await go_unheard(shop)
    for n, to in enumerate(NUMBERS):
        await say(carrier, n, "STOP", to)
    await say(carrier, 3, "when do you open?")
    assert await read_list(shop, carrier)
    now = await heard(shop)
    assert (now.missed, now.age < 5, now.list_age < 5) == (4, True, True)
    assert await suppressed(shop) == await leaves(shop, "consent.withdraw") == 3
    assert await shop.claim_all(await shop.running()) != []


async def test_a_list_is_read_through_all_its_pages_and_once(
    shop: Shop, carrier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio, "_PAGE_SIZE", 2)
    await go_unheard(shop)
    for n in range(5):
        await say(carrier, n, "退订")
    await read_list(shop, carrier)
    await go_unheard(shop)
    await read_list(shop, carrier)
    assert (await suppressed(shop), await leaves(shop, "consent.withdraw")) == (5, 5)
    assert (await heard(shop)).missed == 5


async def test_a_text_that_comes_late_opens_nothing(shop: Shop, carrier: str) -> None:
    """Whoever came back then may have said STOP since."""
    await go_unheard(shop)
    await say(carrier, 0, "STOP")
    await say(carrier, 0, "START")
    await read_list(shop, carrier)
    assert await suppressed(shop) == 1


async def test_a_list_out_of_reach_moves_nothing_on(shop: Shop) -> None:
    await go_unheard(shop)
    before = await heard(shop)
    with pytest.raises(ConnectionError):
        await read_list(shop, "http://127.0.0.1:9")
    assert (await heard(shop)).heard_until == before.heard_until


async def test_while_all_is_heard_the_list_is_left_alone(shop: Shop) -> None:
    await hearing.begin(shop.ground)
    assert not await read_list(shop, "http://127.0.0.1:9")


async def test_it_is_read_now_and_then_for_what_a_proxy_may_have_lost(
    shop: Shop, carrier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the web may still be answering is left to it until the next time."""
    await go_unheard(shop, 301, "listed_until")
    await say(carrier, 0, "STOP")
    assert await read_list(shop, carrier)
    assert await suppressed(shop) == 0
    assert not await read_list(shop, carrier)
    await go_unheard(shop, 301, "listed_until")
    monkeypatch.setattr(hearing, "WEBHOOK_WITHIN", timedelta(0))
    assert await read_list(shop, carrier)
    assert (await suppressed(shop), (await heard(shop)).missed) == (1, 1)


async def asked(shop: Shop) -> None:
    """Somebody has signed up, and is to be asked whether it was them."""
    given = (await clock_of(shop)).replace(microsecond=0)
    async with shop.ground.engine.begin() as connection:
        person = (await subjects_of(shop.ground, connection, [(shop.brand.id, number(0))]))[
            shop.brand.id, number(0)
        ]
        agreement = replace(shop.agreement(number(0), given, None), method="double")
        await consents.grant(shop.ground, connection, shop.brand.id, [(person, agreement)])
        [grant] = (await events_of(connection, [person.id]))[person.id]
        sealed = seal(person.key, "body", "Reply Y")
        sender = shop.brand.senders[0].id
        by = given + timedelta(hours=1)
        new = NewAsk(new_id(), person.id, AskKind.CONFIRM, grant.leaf_hash, sender, "zh", sealed, given, by)
        await put(connection, [new])


async def claimed_asks(shop: Shop) -> list[ReadyAsk]:
    async with shop.ground.engine.connect() as connection:
        sender = await brands.sender(connection, shop.brand.senders[0].id)
    assert sender is not None
    return await asks.claim_asks(shop.ground, sender, 9)


async def clock_of(shop: Shop) -> datetime:
    async with shop.ground.engine.connect() as connection:
        return await clock.now(connection)


async def test_nobody_is_asked_while_we_may_have_missed_something(shop: Shop) -> None:
    await asked(shop)
    [one] = await claimed_asks(shop)
    await shop.seal()
    await go_unheard(shop, 16)
    assert not await asks.allow_ask(shop.ground, one)
    assert await claimed_asks(shop) == []
    await shop.value("UPDATE hearing SET heard_until = clock_timestamp() RETURNING id")
    [again] = await claimed_asks(shop)
    await shop.seal()
    assert again.id != one.id
    assert await asks.allow_ask(shop.ground, again)


async def test_an_ask_that_the_carrier_refuses_as_opted_out_withdraws(shop: Shop) -> None:
    await asked(shop)
    [one] = await claimed_asks(shop)
    await shop.seal()
    assert await asks.allow_ask(shop.ground, one)
    await asks.record_ask(shop.ground, one, Rejected(21610))
    assert (await suppressed(shop), await leaves(shop, "consent.withdraw")) == (1, 1)
    assert await shop.value("SELECT state FROM ask") == "rejected"
    await asks.record_ask(shop.ground, one, Rejected(21610))
    assert await leaves(shop, "consent.withdraw") == 1
