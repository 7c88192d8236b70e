"""What a number said no to: a purpose, a brand, every brand of a controller; who may take it back, and how far."""

import msgspec

from usecases.course import leaves, stop
from usecases.people_files import EVENTS, import_rows, known_people, row
from usecases.shop import OFFERS, Shop, number, read_shop
from yesfirst.usecases.declared import apply_brand
from yesfirst.usecases.inbound import InboundText, receive
from yesfirst.usecases.people import subjects_of
from yesfirst.usecases.withdraw import Withdrawal, withdraw, withdraw_everywhere

ONE = number(1)


async def refuse(shop: Shop, *purposes: str) -> Withdrawal:
    async with shop.ground.engine.begin() as connection:
        [done] = await withdraw(
            shop.ground, connection, [shop.brand.id], ONE, via="web", private={}, purposes=purposes
        )
    return done


async def refuse_everywhere(shop: Shop) -> list[Withdrawal]:
    async with shop.ground.engine.begin() as connection:
        return await withdraw_everywhere(shop.ground, connection, shop.brand, ONE, via="reply", private={})


async def apply_sister(shop: Shop) -> None:
    """A second brand of the same controller comes."""
    _, notices = read_shop()
    sister = msgspec.structs.replace(shop.brand, id="lantern-sister", forms={})
    await apply_brand(shop.ground, sister, notices)


async def met(shop: Shop, brand: str) -> None:
    """The brand gets to know the number."""
    async with shop.ground.engine.begin() as connection:
        await subjects_of(shop.ground, connection, [(brand, ONE)])


async def suppressed(shop: Shop, brand: str = "lantern-tea") -> bool:
    found = await shop.value(f"SELECT suppressed_at IS NOT NULL FROM subject WHERE brand = '{brand}'")
    assert isinstance(found, bool)
    return found


async def standing(shop: Shop) -> set[str]:
    found = await shop.value(
        "SELECT coalesce(string_agg(DISTINCT scope, ' '), '') FROM suppression WHERE lifted_at IS NULL"
    )
    return set(str(found).split())


async def test_who_refuses_a_purpose_may_still_get_the_others(shop: Shop) -> None:
    await import_rows(shop, row(ONE))
    await import_rows(shop, row(ONE), purpose=EVENTS)
    await refuse(shop, EVENTS)
    [person] = (await known_people(shop)).values()
    assert person.open_until.keys() == {OFFERS}
    assert (await suppressed(shop), await standing(shop)) == (False, {"purpose"})
    assert (await shop.planned()).messages == 1


async def test_a_list_brings_no_refused_purpose_back_however_late_its_date(shop: Shop) -> None:
    await refuse(shop, EVENTS)
    await shop.value("UPDATE suppression SET since = since - interval '300 days' RETURNING 1")
    await shop.value("UPDATE consent_event SET at = at - interval '300 days' RETURNING 1")
    assert await import_rows(shop, row(ONE), purpose=EVENTS) == ["SUPPRESSED"]
    assert await import_rows(shop, row(ONE)) == ["updated"]


async def test_a_refusal_of_every_brand_is_one_of_those_that_come_later_too(shop: Shop) -> None:
    await import_rows(shop, row(ONE))
    [done] = await refuse_everywhere(shop)
    assert len(done.receipt) == len("12345-67890")
    assert await standing(shop) == {"brand", "controller"}
    await apply_sister(shop)
    await met(shop, "lantern-sister")
    assert await suppressed(shop, "lantern-sister")


async def test_start_brings_a_number_back_to_the_brands_it_was_sent_to_alone(shop: Shop) -> None:
    await refuse_everywhere(shop)
    await receive(shop.ground, InboundText("SM-start", ONE, (shop.sender,), "START"))
    assert (await suppressed(shop), await standing(shop)) == (False, {"controller"})
    await apply_sister(shop)
    await met(shop, "lantern-sister")
    assert await suppressed(shop, "lantern-sister")


async def test_a_new_brand_does_not_know_who_refused_only_the_other(shop: Shop) -> None:
    await stop(shop, ONE)
    await apply_sister(shop)
    await met(shop, "lantern-sister")
    assert not await suppressed(shop, "lantern-sister")


async def test_a_refusal_of_every_brand_closes_each_of_them(shop: Shop) -> None:
    await apply_sister(shop)
    assert len(await refuse_everywhere(shop)) == 2
    assert await leaves(shop, "consent.withdraw") == 2


async def test_start_takes_every_refusal_towards_the_brand_back(shop: Shop) -> None:
    await refuse(shop, EVENTS)
    await stop(shop, ONE)
    await receive(shop.ground, InboundText("SM-start", ONE, (shop.sender,), "START"))
    assert (await suppressed(shop), await standing(shop)) == (False, set())
