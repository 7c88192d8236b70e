"""Asks through real processes and a carrier over HTTP: answered, badly served, killed in mid-call, without Redis."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from redis.asyncio import Redis
from station import Station, kill, numbers_awake, station, until

from usecases.asked import leaves_of, signed_up, states
from usecases.shop import OFFERS, Shop
from yesfirst.carriers.twilio import Account, Twilio
from yesfirst.ledger.leaf import parse
from yesfirst.ledger.verifier import Verifier
from yesfirst.processes.asking import ask_some
from yesfirst.processes.lane import Sending
from yesfirst.processes.seals import Seals
from yesfirst.store import evidence
from yesfirst.usecases.export import bundles_of
from yesfirst.usecases.renewals import ask_to_renew

PEOPLE = 20


async def sign_up_people(place: Station, people: int = PEOPLE) -> list[str]:
    numbers = numbers_awake(place.shop.ground.law, people)
    for one in numbers:
        assert await signed_up(place.shop, one, "en") is None
    return numbers


async def reply(place: Station, number: str, body: str) -> None:
    order = {"from": number, "messaging_service_sid": place.shop.sender, "body": body}
    await place.post("inbound", order)


async def expires_of(shop: Shop, subject: bytes) -> datetime:
    found = await shop.value(f"SELECT expires FROM eligibility WHERE subject = '\\x{subject.hex()}'")
    assert isinstance(found, datetime)
    return found


async def count(shop: Shop, kind: str, state: str) -> int:
    return await shop.count(f"SELECT count(*) FROM ask WHERE kind = '{kind}' AND state = '{state}'")


async def until_all(place: Station, kind: str, state: str, people: int, seconds: float = 30) -> None:
    async def are_so() -> bool:
        return await count(place.shop, kind, state) == people

    await until(are_so, seconds)


async def test_who_is_asked_and_says_yes_is_renewed_and_their_next_text_is_proved_by_that(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with station(database_url, redis_url, tmp_path) as place:
        shop = place.shop
        willing, silent = numbers = numbers_awake(shop.ground.law, 2)
        now = datetime.now(UTC).replace(microsecond=0)
        given, ends = now - timedelta(days=700), now + timedelta(days=3)
        subjects = await shop.agree(numbers, given=given, expires=ends)
        await place.dispatcher()
        asked = await ask_to_renew(shop.ground, shop.brand, OFFERS, 30)
        await until_all(place, "renew", "accepted", 2)
        await reply(place, willing, "Y")
        expires = {number: await expires_of(shop, subjects[number]) for number in numbers}
        run = await shop.running()
        account = await place.until_over(run, 60)
        judge = Verifier([shop.signer.verifier.encode()])
        proofs = [judge.verify(data) async for _, data in bundles_of(shop.ground, run.id)]
        async with shop.ground.engine.connect() as connection:
            log = [parse(body) for body in await evidence.entries(connection, 0, 1_000)]
        testimony = place.testimony()

    assert Counter(one.content.t for one in log)["ask.decision"] == 2
    assert (asked.asked, asked.left_out) == (2, {})
    assert expires[silent] == ends
    assert expires[willing] >= ends + timedelta(days=697)
    assert (account.accepted, account.closes) == (2, True)
    assert {proof.status[:5] for proof in proofs} == {"VALID"}
    assert (testimony.accepted, testimony.duplicates) == (4, 0)


async def test_a_sign_up_is_asked_over_http_and_a_yes_counts(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with station(database_url, redis_url, tmp_path) as place:
        await place.dispatcher()
        willing, _, angry = await sign_up_people(place, 3)
        await until_all(place, "confirm", "accepted", 3)
        await reply(place, willing, "Yes")
        await reply(place, angry, "STOP")
        confirmed = await leaves_of(place.shop, "consent.confirm")
        open_ones = await place.shop.count("SELECT count(*) FROM eligibility WHERE agreed_at IS NOT NULL")
        suppressed = await place.shop.count("SELECT count(*) FROM subject WHERE suppressed_at IS NOT NULL")
        testimony = place.testimony()

    assert (confirmed, open_ones, suppressed) == (1, 1, 1)
    assert (testimony.accepted, testimony.sent_after_stop) == (3, ())


async def test_a_carrier_that_is_busy_is_asked_again_until_everybody_was_asked_once(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with station(database_url, redis_url, tmp_path, "--throttled-share", "0.3") as place:
        await place.dispatcher()
        await sign_up_people(place)
        await until_all(place, "confirm", "accepted", PEOPLE, 60)
        testimony = place.testimony()
        aborted = await leaves_of(place.shop, "send.aborted")

    assert testimony.refused["20429"] == aborted > 0
    assert (testimony.accepted, testimony.duplicates, testimony.repeated) == (PEOPLE, 0, 0)


async def test_a_dispatcher_that_is_killed_in_mid_call_leaves_unknown_and_nobody_is_asked_twice(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with station(database_url, redis_url, tmp_path, "--latency-ms", "2000") as place:
        first = await place.dispatcher()
        await sign_up_people(place, 4)

        async def is_calling() -> bool:
            return await count(place.shop, "confirm", "calling") > 0

        await until(is_calling, 30)
        kill(first)
        calling = await count(place.shop, "confirm", "calling")
        await place.shop.value("UPDATE ask SET called_at = called_at - interval '1 minute' RETURNING 1")
        await place.dispatcher()

        async def are_over() -> bool:
            return (
                await place.shop.count(
                    "SELECT count(*) FROM ask WHERE state IN ('ready', 'claimed', 'calling')"
                )
                == 4
            )

        await until(are_over, 40)  # four reminders wait
        unknown = await count(place.shop, "confirm", "unknown")
        outcomes = await place.shop.count(
            "SELECT count(*) - count(DISTINCT message) FROM leaf WHERE t = 'send.outcome'"
        )
        testimony = place.testimony()

    assert unknown == calling > 0
    assert outcomes == 0
    assert (testimony.duplicates, testimony.repeated) == (0, 0)
    assert testimony.creates <= 4


async def test_without_redis_nothing_is_claimed_and_an_ask_waits_as_it_is(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with station(database_url, redis_url, tmp_path) as place:
        await sign_up_people(place, 1)
        account = Account("AC", "token", "http://127.0.0.1:1", "https://sms.example.com")
        async with Twilio(account) as carrier, Seals(place.shop.ground.engine, database_url) as seals:
            away = Redis(unix_socket_path=str(tmp_path / "no.sock"))
            sending = Sending(place.shop.ground, carrier, away, seals, asyncio.Event())
            assert await ask_some(sending) == 0
        assert await states(place.shop) == {"confirm": "ready", "remind": "ready"}
        assert await leaves_of(place.shop, "ask.decision") == 0
