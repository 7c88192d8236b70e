"""What is deleted when somebody withdraws: what no purpose that is left may use."""

from usecases.people_files import EVENTS, import_into, known_people
from usecases.shop import OFFERS, Shop, number
from yesfirst.usecases.withdraw import withdraw

FILE = f"""手机号,同意日期,同意有效期至,姓名,客户编号,城市,积分
{number(1)},2026-06-16,2027-06-16,王芳,C-1,上海,120
""".encode()


async def refuse(shop: Shop, *purposes: str) -> None:
    async with shop.ground.engine.begin() as connection:
        await withdraw(
            shop.ground, connection, [shop.brand.id], number(1), via="web", private={}, purposes=purposes
        )


async def test_a_refused_purpose_takes_along_what_only_it_may_use(shop: Shop) -> None:
    await import_into(shop, FILE)
    await import_into(shop, FILE, purpose=EVENTS)
    [before] = (await known_people(shop)).values()
    assert before.attributes == {"city": "上海", "points": 120}
    await refuse(shop, OFFERS)
    [after] = (await known_people(shop)).values()
    assert after.attributes == {"city": "上海"}
    assert after.private == {"name": "王芳", "external_id": "C-1"}


async def test_with_the_last_purpose_goes_all_that_is_known_but_the_number(shop: Shop) -> None:
    await import_into(shop, FILE)
    await shop.value("INSERT INTO subject_list (subject, name) SELECT id, 'vip' FROM subject RETURNING 1")
    await refuse(shop, "*")
    people = await known_people(shop)
    assert people.keys() == {number(1)}
    [person] = people.values()
    assert (person.attributes, person.private, person.open_until) == ({}, {}, {})
    assert await shop.count("SELECT count(*) FROM subject_list") == 0


async def test_what_waits_for_a_confirmation_is_still_needed(shop: Shop) -> None:
    """A refused purpose beside a pending one: the pending one's attributes stay."""
    await import_into(shop, FILE)
    await shop.value("UPDATE consent_event SET method = 'double' RETURNING 1")
    await refuse(shop, EVENTS)
    [person] = (await known_people(shop)).values()
    assert person.attributes == {"city": "上海", "points": 120}
