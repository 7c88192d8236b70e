"""What will end, who is asked to renew it, and what a Y makes of that; silence renews nothing."""

from base64 import urlsafe_b64decode
from datetime import datetime

import msgspec
import pytest

from usecases.asked import NOON, claimed, days, leaves_of, says, sent, set_time, states
from usecases.course import stop
from usecases.shop import OFFERS, Shop, number
from yesfirst.carriers.handover import Accepted
from yesfirst.errors import Refused
from yesfirst.intake import vocabulary
from yesfirst.ledger.verifier import Verifier
from yesfirst.rules.delivery import State
from yesfirst.usecases import hand_over
from yesfirst.usecases.asks import allow_ask
from yesfirst.usecases.export import bundles_of
from yesfirst.usecases.renewals import ALREADY_ASKED, PAGE, RESTS_ON_RELATIONSHIP, ask_to_renew, expiring

GIVEN = NOON - days(700)


async def agree(shop: Shop, *people: tuple[int, float | None]) -> None:
    """Numbers, each with the days after noon in which their consent ends."""
    for n, ends in people:
        await shop.agree([number(n)], given=GIVEN, expires=None if ends is None else NOON + days(ends))


async def asked(shop: Shop, within: int = 30, **options: bool) -> tuple[int, dict[str, int]]:
    found = await ask_to_renew(shop.ground, shop.brand, OFFERS, within, **options)
    return found.asked, found.left_out


async def test_what_will_end_is_counted_by_purpose_and_by_when(timed: Shop) -> None:
    await agree(timed, (0, 3), (1, 7), (2, 29), (3, 90), (4, 91), (5, None), (6, 5))
    await stop(timed, number(6))
    offers, events = await expiring(timed.ground, timed.brand)
    assert (offers.purpose, offers.holding, offers.within_days) == (OFFERS, 6, {7: 2, 30: 3, 90: 4})
    assert (events.holding, events.within_days) == (0, {7: 0, 30: 0, 90: 0})
    assert await expiring(timed.ground, timed.brand, OFFERS) == [offers]
    with pytest.raises(Refused, match="no purpose"):
        await expiring(timed.ground, timed.brand, "marketing.offer")


async def test_an_end_that_the_law_sets_counts_too(timed: Shop) -> None:
    """A ruling with an end of its own, as the rulebooks make it where a consent has to be confirmed anew."""
    await agree(timed, (0, None))
    await timed.value("""
        UPDATE ruling SET end_reasons = '{RECONFIRM_OVERDUE}', end_periods = '{P705D}', end_zones = '{UTC}',
                          end_whole_days = '{f}'
        WHERE id IN (SELECT ruling FROM eligibility) RETURNING 1
    """)
    [offers, _] = await expiring(timed.ground, timed.brand)
    assert (offers.holding, offers.within_days) == (1, {7: 1, 30: 1, 90: 1})
    assert (await asked(timed))[0] == 1
    [request] = await sent(timed)
    assert "2026-11-30" in request.body
    await says(timed, "Y")
    assert await leaves_of(timed, "consent.renew") == 1


async def test_everybody_whose_consent_ends_in_time_is_asked_once(timed: Shop) -> None:
    await agree(timed, (0, 3), (1, 29), (2, 31), (3, None))
    assert await asked(timed, dry_run=True) == (2, {})
    assert await states(timed) == {}
    assert await asked(timed) == (2, {})
    assert await asked(timed) == (0, {ALREADY_ASKED: 2})
    requests = await sent(timed)
    assert {one.to for one in requests} == {number(0), number(1)}
    assert "2024-12-25同意" in requests[0].body
    assert await sent(timed) == []
    await set_time(timed, NOON + days(2))
    assert await asked(timed) == (1, {ALREADY_ASKED: 2})


async def test_more_people_than_a_page_are_all_asked(timed: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yesfirst.usecases.renewals.PAGE", 2)
    assert PAGE > 2
    await agree(timed, *((n, 3 + n) for n in range(7)))
    assert await asked(timed) == (7, {})


async def test_nobody_is_asked_who_could_not_be_texted(timed: Shop) -> None:
    await agree(timed, (0, 3), (1, 3), (2, 3), (3, 3))
    await stop(timed, number(0))
    await timed.value(
        "UPDATE subject SET held_at = clock_timestamp() WHERE suppressed_at IS NULL RETURNING 1"
    )
    await says(timed, "Y", number(1))
    assert await asked(timed) == (0, {"REPLY_UNCLEAR": 3})


async def test_a_relationship_is_not_renewed_by_a_reply(timed: Shop) -> None:
    kind = min(vocabulary.relationship_kinds())
    timed.notice = msgspec.structs.replace(timed.notice, kind=kind)
    await agree(timed, (0, 3))
    assert await asked(timed) == (0, {RESTS_ON_RELATIONSHIP: 1})


async def test_a_brand_without_the_text_asks_nobody(timed: Shop) -> None:
    replies = msgspec.structs.replace(timed.brand.replies, renew={})
    timed.brand = msgspec.structs.replace(timed.brand, replies=replies)
    with pytest.raises(Refused, match="no text that asks to renew"):
        await asked(timed)


async def test_a_text_that_does_not_say_how_to_refuse_asks_nobody_where_that_is_the_law(timed: Shop) -> None:
    await agree(timed, (0, 3))
    renew = {"zh": "【灯笼茶】续期请回复Y，客服电话 400-000-0000", "en": "Reply Y to renew"}
    replies = msgspec.structs.replace(timed.brand.replies, renew=renew)
    timed.brand = msgspec.structs.replace(timed.brand, replies=replies)
    assert await asked(timed) == (0, {"CONTENT_MISSING_OPT_OUT": 1})


async def test_a_request_waits_for_the_hours_and_goes_only_while_the_consent_holds(timed: Shop) -> None:
    night = NOON + days(0.5)
    await agree(timed, (0, 0.6), (1, 3))
    await set_time(timed, night)
    await asked(timed)
    assert await sent(timed) == []
    await set_time(timed, night + days(0.5))
    [request] = await sent(timed)
    assert request.to == number(1)
    assert await timed.count("SELECT count(*) FROM ask WHERE state = 'dropped'") == 1


@pytest.mark.parametrize("change", ["stop", "hold", "end", "renewed"])
async def test_what_changes_between_claim_and_call_counts(timed: Shop, change: str) -> None:
    await agree(timed, (0, 3))
    await asked(timed)
    [request] = await claimed(timed)
    match change:
        case "stop":
            await stop(timed, number(0))
        case "hold":
            await timed.value("UPDATE subject SET held_at = clock_timestamp() RETURNING 1")
        case "end":
            await set_time(timed, NOON + days(3))
        case "renewed":
            await says(timed, "茶友")
    assert await allow_ask(timed.ground, request) is None
    assert await states(timed) == {"renew": "dropped"}


async def test_a_request_waits_for_room_under_the_caps_and_takes_some(timed: Shop) -> None:
    """To a person in China goes one text a day: here a campaign's, then the request, then a campaign's again."""
    await agree(timed, (0, 20))
    assert (await texted(timed))[0] == 1
    await asked(timed)
    assert await sent(timed) == []
    await set_time(timed, NOON + days(1))
    assert len(await sent(timed)) == 1
    timed.campaign = msgspec.structs.replace(timed.campaign, id="lantern-tea-next")
    run, states_then = await texted(timed)
    assert (run, states_then) == (0, {State.DEFERRED: 1})


async def texted(shop: Shop) -> tuple[int, dict[str, int]]:
    """How many a new run of the campaign texts now, and the states of its messages then."""
    run = await shop.running()
    ready = [one for batch in await shop.claim_all(run) for one in batch.ready]
    await shop.seal()
    allowed = await hand_over.allow(shop.ground, ready) if ready else {}
    answers = [(one, Accepted(one.id.hex())) for one in ready if one.id in allowed]
    await hand_over.record(shop.ground, answers)
    await shop.seal()
    return len(answers), await shop.states(run)


async def expires(shop: Shop) -> datetime:
    found = await shop.value("SELECT expires FROM eligibility WHERE agreed_at IS NOT NULL")
    assert isinstance(found, datetime)
    return found


async def test_a_yes_renews_for_as_long_as_before_and_silence_renews_nothing(timed: Shop) -> None:
    await agree(timed, (0, 3))
    await asked(timed)
    await sent(timed)
    assert await expires(timed) == NOON + days(3)
    await set_time(timed, NOON + days(1))
    reply = await says(timed, "Y")
    assert reply is not None
    assert await expires(timed) == NOON + days(1 + 703)
    assert await leaves_of(timed, "consent.renew") == 1
    assert await says(timed, "Y") is None
    assert await leaves_of(timed, "consent.renew") == 1


async def test_a_yes_to_a_request_that_never_went_renews_nothing(timed: Shop) -> None:
    await agree(timed, (0, 3))
    await asked(timed)
    assert await says(timed, "Y") is None


async def test_a_yes_after_the_end_renews_nothing(timed: Shop) -> None:
    await agree(timed, (0, 3))
    await asked(timed)
    await sent(timed)
    await set_time(timed, NOON + days(3))
    assert await says(timed, "Y") is None
    assert await leaves_of(timed, "consent.renew") == 0


async def test_a_text_on_a_renewed_consent_is_proved_with_the_renewal_in_its_chain(timed: Shop) -> None:
    await agree(timed, (0, 3))
    await asked(timed)
    await sent(timed)
    await says(timed, "Y")
    await set_time(timed, NOON + days(20))
    assert (await texted(timed))[0] == 1
    run = await timed.value("SELECT id FROM run")
    assert isinstance(run, bytes)
    [bundle] = [data async for _, data in bundles_of(timed.ground, run)]
    report = Verifier([timed.signer.verifier.encode()]).verify(bundle)
    assert report.status.startswith("VALID"), (report.where, report.what)
    leaves = [urlsafe_b64decode(record["leaf"] + "==") for record in msgspec.json.decode(bundle)["records"]]
    assert [one for one in leaves if b'"t":"consent.renew"' in one]
