"""A refusal of a brand, a purpose or a whole controller outlives imports, new brands and new subjects."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from usecases.people_files import EVENTS, import_rows, row
from usecases.shop import OFFERS, Shop, number, read_shop
from usecases.test_inbound import sister, text
from yesfirst.intake.brand import Brand
from yesfirst.usecases import person
from yesfirst.usecases.actors import Actor
from yesfirst.usecases.declared import apply_brand
from yesfirst.usecases.person import Method, Source, Stated, Wanted
from yesfirst.usecases.withdrawals import Scope, Teller, Told, withdraw_one

BRAND, PURPOSE, CONTROLLER = "brand", "purpose", "controller"
PROOF = "ab" * 32


def scope(shop: Shop, kind: str) -> Scope:
    return {
        BRAND: Scope(shop.brand),
        PURPOSE: Scope(shop.brand, (OFFERS,)),
        CONTROLLER: Scope(shop.brand, everywhere=True),
    }[kind]


async def refuse(shop: Shop, kind: str) -> None:
    await shop.agree([number(0)])
    await withdraw_one(shop.ground, Told(number(0), scope(shop, kind)), Teller("operator"))


async def erase(shop: Shop) -> None:
    await shop.value("UPDATE subject SET lookup = NULL RETURNING 1")


async def nothing(shop: Shop) -> None:
    """Happens meanwhile."""


async def later(shop: Shop, purpose: str, *, own: bool = False, brand: Brand | None = None) -> str:
    """How a consent ends that is given after everything that was done so far."""
    notice = read_shop()[1][f"notices/{purpose[10:]}.zh.md"]
    now = await shop.value("SELECT date_trunc('milliseconds', clock_timestamp())")
    assert isinstance(now, datetime)
    source = Source(Method.PAPER, PROOF, Actor("Wang Fang")) if own else Source()
    stated = Stated(number(0), now, now + timedelta(days=365), {}, None, None)
    outcome, reason = await person.add(
        shop.ground, brand or shop.brand, Wanted(purpose, notice, stated, source)
    )
    return reason or outcome


@pytest.mark.parametrize("meanwhile", [nothing, erase])
@pytest.mark.parametrize("kind", [BRAND, PURPOSE, CONTROLLER])
async def test_no_list_and_no_program_brings_back_what_was_refused(
    shop: Shop, kind: str, meanwhile: Callable[[Shop], Awaitable[None]]
) -> None:
    await refuse(shop, kind)
    await meanwhile(shop)
    now = datetime.now(UTC)
    ends = await import_rows(shop, row(number(0), given="2026-06-16"), now=now)
    assert ends == ["WITHDRAWN_SINCE"]
    assert await later(shop, OFFERS) == "SUPPRESSED"
    assert await later(shop, EVENTS) == (
        "imported"
        if kind == PURPOSE and meanwhile is erase
        else "updated"
        if kind == PURPOSE
        else "SUPPRESSED"
    )


@pytest.mark.parametrize("meanwhile", [nothing, erase])
@pytest.mark.parametrize("kind", [BRAND, PURPOSE, CONTROLLER])
async def test_an_act_of_their_own_takes_back_what_it_covers_and_no_more(
    shop: Shop, kind: str, meanwhile: Callable[[Shop], Awaitable[None]]
) -> None:
    await refuse(shop, kind)
    await meanwhile(shop)
    assert await later(shop, OFFERS, own=True) in ("imported", "updated")
    assert await later(shop, OFFERS) in ("updated", "unchanged")
    assert (await later(shop, EVENTS) == "SUPPRESSED") is (kind != PURPOSE)


async def test_a_controllers_refusal_holds_for_a_brand_that_it_gets_later(shop: Shop) -> None:
    await refuse(shop, CONTROLLER)
    new = sister(shop.brand)
    await apply_brand(shop.ground, new, read_shop()[1])
    assert await later(shop, OFFERS, brand=new) == "SUPPRESSED"
    assert await later(shop, OFFERS, brand=new, own=True) in ("imported", "updated")
    assert await later(shop, OFFERS) == "SUPPRESSED"  # the other brand is another matter


async def test_a_brands_refusal_does_not_hold_for_another_brand(shop: Shop) -> None:
    new = sister(shop.brand)
    await apply_brand(shop.ground, new, read_shop()[1])
    await refuse(shop, BRAND)
    assert await later(shop, OFFERS, brand=new) == "imported"


@pytest.mark.parametrize("kind", [BRAND, PURPOSE])
async def test_a_start_takes_back_every_refusal_of_the_brand(shop: Shop, kind: str) -> None:
    await refuse(shop, kind)
    await text(shop, "START")
    assert await later(shop, OFFERS) == "updated"


async def test_a_paper_that_is_older_than_the_last_refusal_takes_nothing_back(shop: Shop) -> None:
    await refuse(shop, BRAND)
    between = await shop.value("SELECT date_trunc('milliseconds', clock_timestamp()) + interval '1 ms'")
    assert isinstance(between, datetime)
    await shop.value("SELECT pg_sleep(0.01)")
    await refuse_again(shop)
    notice = read_shop()[1]["notices/offers.zh.md"]
    stated = Stated(number(0), between, None, {}, None, None)
    wanted = Wanted(OFFERS, notice, stated, Source(Method.PAPER, PROOF))
    assert (await person.add(shop.ground, shop.brand, wanted))[1] == "WITHDRAWN_SINCE"
    assert await later(shop, OFFERS) == "SUPPRESSED"


async def refuse_again(shop: Shop) -> None:
    await withdraw_one(shop.ground, Told(number(0), scope(shop, BRAND)), Teller("operator"))
