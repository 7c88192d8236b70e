"""Explaining a person on a real database: now, in the past under what was known then, and in the future."""

import statistics
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import pytest

from usecases.shop import OFFERS, Shop, number, open_shop
from yesfirst.errors import Refused
from yesfirst.rulebooks import bodies, load, load_all, read
from yesfirst.rules.looked import Matter
from yesfirst.rules.reason import Reason, Verdict
from yesfirst.rules.reason_words import Caveat, Language
from yesfirst.usecases.explain import Answered, Question, explain
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.law import Law
from yesfirst.usecases.rulebooks import record
from yesfirst.usecases.withdraw import withdraw

NOW = datetime.now(UTC).replace(microsecond=0)
NOON = NOW.replace(hour=4, minute=0, second=0) + timedelta(days=1)  # tomorrow in Shanghai
CHINA = load("CN")
NARROW = bodies()[CHINA.hash].replace(b'from: "08:00", to: "21:00"', b'from: "08:00", to: "09:00"')


@pytest.fixture
async def real(database_url: str, tmp_path: Path) -> AsyncIterator[Shop]:
    """The shop under the shipped hours."""
    async with open_shop(database_url, tmp_path, all_day=False) as shop:
        await record(shop.ground)
        yield shop


def asked(shop: Shop, n: int, at: datetime | None = None) -> Question:
    return Question(
        brand=shop.brand, purpose=OFFERS, e164=number(n), language=Language.ENGLISH, at=at, campaign=None
    )


async def stop(shop: Shop, n: int) -> None:
    async with shop.ground.engine.begin() as connection:
        await withdraw(shop.ground, connection, [shop.brand.id], number(n), via="reply", private={})


async def test_the_future_knows_the_hours_and_the_end_of_a_consent(real: Shop) -> None:
    await real.agree([number(1)], expires=NOW + timedelta(days=30))
    noon = await explain(real.ground, asked(real, 1, NOON))
    night = await explain(real.ground, asked(real, 1, NOON + timedelta(hours=12)))
    later = await explain(real.ground, asked(real, 1, NOON + timedelta(days=31)))
    assert noon.verdict is Verdict.ALLOW
    assert [(one.at, one.begins) for one in noon.changes] == [
        (NOON + timedelta(hours=9), (Reason.QUIET_HOURS,)),
        (NOW + timedelta(days=30), (Reason.CONSENT_EXPIRED,)),
    ]
    assert (night.verdict, night.not_before) == (Verdict.DEFER, NOON + timedelta(hours=20))
    assert later.reasons == (Reason.CONSENT_EXPIRED,)
    assert noon.as_of_now == ()


async def test_the_past_knows_only_what_was_on_record_then(real: Shop) -> None:
    before = datetime.now(UTC)
    await real.agree([number(1)])
    agreed = datetime.now(UTC)
    await stop(real, 1)
    assert Reason.CONSENT_MISSING in (await explain(real.ground, asked(real, 1, before))).reasons
    then = await explain(real.ground, asked(real, 1, agreed))
    assert {Reason.SUPPRESSED, Reason.CONSENT_WITHDRAWN}.isdisjoint(then.reasons)
    assert then.as_of_now == (Caveat.PERSON, Caveat.REGISTRIES, Caveat.BRAND)
    now = await explain(real.ground, asked(real, 1))
    assert {Reason.SUPPRESSED, Reason.CONSENT_WITHDRAWN} <= set(now.reasons)
    assert "They said stop on" in now.paragraph


async def test_the_past_is_judged_by_the_rulebooks_known_then(real: Shop) -> None:
    await real.agree([number(1)])
    known = datetime.now(UTC)
    narrow = read(NARROW, "CN.yaml")
    real.ground = Ground(real.ground.engine, real.ground.keyring, Law({**load_all(), "CN": narrow}))
    await record(real.ground, {**bodies(), narrow.hash: NARROW})
    assert hours_of(await explain(real.ground, asked(real, 1, known))).endswith("08:00-21:00")
    assert hours_of(await explain(real.ground, asked(real, 1))).endswith("08:00-09:00")
    longer_ago = await explain(real.ground, asked(real, 1, known - timedelta(days=900)))
    assert Caveat.RULEBOOKS in longer_ago.as_of_now
    assert hours_of(longer_ago).endswith("08:00-21:00")


def hours_of(answered: Answered) -> str:
    [hours] = [one.input["hours"] for one in answered.rules if one.matter is Matter.HOURS]
    assert isinstance(hours, str)
    return hours


async def test_somebody_whom_the_brand_does_not_know_has_not_agreed(real: Shop) -> None:
    found = await explain(real.ground, asked(real, 1, NOON))
    assert found.reasons == (Reason.CONSENT_MISSING,)
    await stop(real, 2)
    assert Reason.SUPPRESSED in (await explain(real.ground, asked(real, 2, NOON))).reasons


async def test_a_text_is_judged_only_where_a_campaign_is_named(real: Shop) -> None:
    await real.agree([number(1)])
    alone = await explain(real.ground, asked(real, 1, NOON))
    with_text = await explain(real.ground, replace(asked(real, 1, NOON), campaign=real.campaign))
    of_texts = {Matter.REQUIREMENT, Matter.REGISTRATION}
    assert of_texts.isdisjoint({one.matter for one in alone.rules})
    assert of_texts <= {one.matter for one in with_text.rules}
    assert (alone.verdict, with_text.verdict) == (Verdict.ALLOW, Verdict.ALLOW)


async def test_a_purpose_that_the_brand_does_not_have_is_refused(real: Shop) -> None:
    with pytest.raises(Refused, match="purpose"):
        await explain(real.ground, replace(asked(real, 1), purpose="marketing.other"))


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(days=1)], ids=["now", "yesterday"])
async def test_an_answer_comes_within_50_ms(real: Shop, ago: timedelta) -> None:
    await real.agree([number(1)], expires=NOW + timedelta(days=30))
    question = replace(asked(real, 1, NOW - ago if ago else None), campaign=real.campaign)
    await explain(real.ground, question)
    took = []
    for _ in range(20):
        began = perf_counter()
        await explain(real.ground, question)
        took.append(perf_counter() - began)
    assert statistics.median(took) < 0.05
