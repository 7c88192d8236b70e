"""Planning: everybody of the audience is frozen with a text or a reason, and nobody twice for one campaign."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest

from usecases.course import answered, leaves, stop
from usecases.shop import PLANNER, Shop, number
from yesfirst.carriers.handover import Accepted, Rejected, Unknown
from yesfirst.errors import Refused
from yesfirst.ledger import tree
from yesfirst.ledger.text import hash_text, parse_id
from yesfirst.rules.audience import All, Audience, Equals
from yesfirst.rules.text import Missing
from yesfirst.store.runs import RunState
from yesfirst.usecases import control
from yesfirst.usecases.plan import audience_digest, masked
from yesfirst.usecases.watch import account


async def test_everybody_has_a_text_or_the_first_reason_against_one(shop: Shop) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    await shop.agree([number(n) for n in range(4)])
    await shop.agree([number(4)], given=now - timedelta(days=9), expires=now - timedelta(days=1))
    await stop(shop, number(2))
    await stop(shop, number(5))

    found = await shop.planned()

    assert (found.audience, found.messages) == (6, 3)
    assert found.excluded == {"SUPPRESSED": 2, "CONSENT_EXPIRED": 1}
    standing = await account(shop.ground, parse_id(found.run))
    assert standing is not None
    assert standing.closes
    assert standing.excluded == found.excluded


async def test_who_was_texted_or_may_have_been_is_left_out_of_the_next_run(shop: Shop) -> None:
    run, _ = await answered(shop, [Accepted("SM1"), Unknown(None), Rejected(30003)])
    assert (await shop.planned()).excluded == {"ALREADY_TEXTED": 3}
    await shop.value("UPDATE run SET state = 'finished' WHERE state = 'running' RETURNING 1")
    assert (await shop.planned()).excluded == {"ALREADY_TEXTED": 2}
    assert (await shop.run(run.id)).state is RunState.FINISHED


async def test_another_campaign_texts_the_same_people(shop: Shop) -> None:
    await answered(shop, [Accepted("SM1")])
    shop.campaign = msgspec.structs.replace(shop.campaign, id="lantern-tea-spring-offer")
    assert (await shop.planned()).messages == 1


async def test_of_the_plans_of_a_campaign_only_the_last_can_be_approved(shop: Shop) -> None:
    await shop.agree([number(0)])
    first, second = await shop.planned(), await shop.planned()
    assert (await shop.run(parse_id(first.run))).state is RunState.CANCELLED
    assert (await shop.run(parse_id(second.run))).state is RunState.PLANNED


async def test_of_plans_at_the_same_moment_one_is_left(shop: Shop) -> None:
    await shop.agree([number(0)])
    await asyncio.gather(*(shop.planned() for _ in range(4)))
    assert await shop.count("SELECT count(*) FROM run WHERE state = 'planned'") == 1
    assert await shop.count("SELECT count(*) FROM run") == 4


async def test_an_audience_of_nobody_is_refused_and_leaves_the_last_plan_alone(shop: Shop) -> None:
    await shop.agree([number(0)])
    run_id = parse_id((await shop.planned()).run)
    shop.campaign = msgspec.structs.replace(
        shop.campaign, audience=Audience(where=All((Equals("city", "Atlantis"),)))
    )
    with pytest.raises(Refused) as caught:
        await shop.planned()
    assert caught.value.code == "AUDIENCE_EMPTY"
    assert (await shop.run(run_id)).state is RunState.PLANNED


async def test_parts_and_cost_are_those_of_the_frozen_texts(shop: Shop) -> None:
    await shop.agree([number(n) for n in range(7)])
    found = await shop.planned()
    parts = await shop.count("SELECT sum(parts) FROM message")
    assert found.parts == {"zh": parts}
    assert found.cost == f"{shop.campaign.cost.price_per_part * Decimal(parts)} CNY"
    assert found.cost_cap == f"{shop.campaign.cost.cap} CNY"


@pytest.mark.parametrize(
    ("per_second", "seconds", "lanes"), [(300, 1, 3), (5, 2, 2), (3, 3, 2), (100_000, 1, 16)]
)
async def test_the_time_needed_and_the_lanes_follow_the_pace(
    shop: Shop, per_second: int, seconds: int, lanes: int
) -> None:
    await shop.agree([number(n) for n in range(8)])
    shop.campaign = msgspec.structs.replace(shop.campaign, per_second=per_second)
    found = await shop.planned()
    run = await shop.run(parse_id(found.run))
    assert (found.seconds_needed, run.lanes, found.fits) == (seconds, lanes, True)


async def test_samples_show_texts_and_no_number(shop: Shop) -> None:
    numbers = [number(n) for n in range(9)]
    await shop.agree(numbers)
    found = await shop.planned()
    assert len(found.samples) == 5
    assert {sample.number for sample in found.samples} <= {masked(one) for one in numbers}
    assert {"您好" in sample.text for sample in found.samples} == {True}
    assert "您好" not in repr(found)


@pytest.mark.parametrize("e164", ["+8613900000001", "+12125550100", "+447400000100", "+3545550100"])
def test_a_masked_number_keeps_its_length_and_hides_most_of_it(e164: str) -> None:
    hidden = masked(e164)
    assert len(hidden) == len(e164)
    assert hidden.count("*") >= 4
    assert (hidden[:3], hidden[-3:]) == (e164[:3], e164[-3:])


async def test_the_audience_digest_is_the_tree_root_over_the_ids_in_order(shop: Shop) -> None:
    people = await shop.agree([number(n) for n in range(5)])
    await stop(shop, number(0))
    expected = tree.root([tree.leaf_hash(id) for id in sorted(people.values())])
    assert audience_digest(list(people.values())) == audience_digest(sorted(people.values())) == expected
    await shop.planned()
    body = await shop.value("SELECT body FROM leaf WHERE t = 'run.planned'")
    assert isinstance(body, bytes)
    assert hash_text(expected).encode() in body
    assert PLANNER.name.encode() not in body
    assert await leaves(shop, "run.planned") == 1


async def test_who_lacks_a_value_is_left_out_where_the_campaign_says_so(shop: Shop) -> None:
    await shop.agree([number(0)])
    templates = {
        language: text.replace("|您好", "").replace("|Dear guest", "")
        for language, text in shop.campaign.message.items()
    }
    shop.campaign = msgspec.structs.replace(shop.campaign, message=templates, missing=Missing.LEAVE_OUT)
    assert (await shop.planned()).excluded == {"MISSING_VALUE": 1}


async def test_live_consent_only_removes_people_from_a_frozen_audience(shop: Shop) -> None:
    await shop.agree([number(0), number(1)])
    run = await shop.running()
    await shop.agree([number(2)])
    await stop(shop, number(0))
    batches = await shop.claim_all(run)
    assert [one.to for batch in batches for one in batch.ready] == [number(1)]
    await control.cancel(shop.ground, run.id)
