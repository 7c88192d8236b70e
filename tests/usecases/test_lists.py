"""Named lists: who is on them, who is counted and left out, and what they do to an audience."""

import asyncio
import io

import msgspec
import pytest

from intake.workbooks import workbook
from usecases.shop import Shop, number
from yesfirst.errors import Refused
from yesfirst.rules.audience import All, Audience
from yesfirst.store.lists import NamedList, of_brand
from yesfirst.usecases import lists
from yesfirst.usecases.files import open_list_file
from yesfirst.usecases.lists import ListReport, drop_list, import_list


def numbers_file(*cells: str) -> bytes:
    return "\n".join(("id,phone", *(f"x,{cell}" for cell in cells), "")).encode()


async def put(shop: Shop, name: str, data: bytes) -> ListReport:
    return await import_list(shop.ground, shop.brand, name, open_list_file(io.BytesIO(data), None))


async def all_lists(shop: Shop) -> list[NamedList]:
    async with shop.ground.engine.connect() as connection:
        return await of_brand(connection, shop.brand.id)


async def people_on(shop: Shop, name: str) -> set[str]:
    """The subjects on a list, as PostgreSQL writes their ids."""
    found = await shop.value(
        f"SELECT coalesce(string_agg(encode(subject, 'hex'), ' '), '') FROM subject_list WHERE name = '{name}'"
    )
    return set(str(found).split())


async def test_a_list_holds_the_known_people_and_creates_nobody(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "_ROWS_AT_ONCE", 2)
    people = await shop.agree([number(n) for n in range(4)])
    data = numbers_file(number(0), "no number", "139 0000 0001", number(0), number(9), "", number(8))

    report = await put(shop, "vip", data)

    assert report == ListReport(7, 2, 1, 2, 2, unknown_lines=[6, 8], invalid_lines=[3, 7])
    assert await people_on(shop, "vip") == {people[number(n)].hex() for n in (0, 1)}
    assert await shop.count("SELECT count(*) FROM subject") == 4


async def test_a_workbook_makes_the_same_list_and_a_second_import_replaces_it(shop: Shop) -> None:
    people = await shop.agree([number(n) for n in range(3)])
    await put(shop, "vip", numbers_file(number(0), number(1)))
    report = await put(shop, "vip", workbook(["手机号"], [], [float(number(2)[3:])]))
    assert (report.rows, report.people) == (1, 1)
    assert await people_on(shop, "vip") == {people[number(2)].hex()}


async def test_a_list_of_nobody_known_is_refused_and_the_earlier_one_stays(shop: Shop) -> None:
    await shop.agree([number(0)])
    await put(shop, "vip", numbers_file(number(0)))
    with pytest.raises(Refused) as caught:
        await put(shop, "vip", numbers_file(number(7), "none"))
    assert caught.value.code == "LIST_EMPTY"
    assert "1 unknown, 1 invalid" in caught.value.message
    assert await all_lists(shop) == [NamedList("vip", 1)]


@pytest.mark.parametrize("name", ["", "VIP", "-vip", "a b", "a" * 65])
async def test_a_name_that_no_campaign_could_write_is_refused(shop: Shop, name: str) -> None:
    with pytest.raises(Refused) as caught:
        await put(shop, name, numbers_file(number(0)))
    assert caught.value.code == "LIST_NAME_INVALID"


async def test_lists_are_their_brands_and_can_be_dropped(shop: Shop) -> None:
    await shop.agree([number(0), number(1)])
    await put(shop, "vip", numbers_file(number(0)))
    await put(shop, "both", numbers_file(number(0), number(1)))
    other = msgspec.structs.replace(shop.brand, id="harbour-books")

    assert await all_lists(shop) == [NamedList("both", 2), NamedList("vip", 1)]
    with pytest.raises(Refused) as caught:
        await drop_list(shop.ground, other, "vip")
    assert caught.value.code == "LIST_UNKNOWN"
    assert await drop_list(shop.ground, shop.brand, "both") == 2
    assert await all_lists(shop) == [NamedList("vip", 1)]
    assert await shop.count("SELECT count(*) FROM subject") == 2


async def test_imports_of_one_list_at_the_same_moment_end_as_one_of_them(shop: Shop) -> None:
    people = await shop.agree([number(n) for n in range(6)])
    halves = [[number(n) for n in range(3)], [number(n) for n in range(5, 2, -1)]]
    await asyncio.gather(*(put(shop, "vip", numbers_file(*half)) for half in halves for _ in range(3)))
    assert await people_on(shop, "vip") in [{people[one].hex() for one in half} for half in halves]


async def test_a_plan_includes_and_excludes_the_people_of_lists(shop: Shop) -> None:
    await shop.agree([number(n) for n in range(5)])
    await put(shop, "guests", numbers_file(number(0), number(1)))
    await put(shop, "staff", numbers_file(number(1)))
    for audience, people in (
        (Audience(None, ("guests",), ("staff",)), 1),
        (Audience(All(()), (), ("staff",)), 4),
        (Audience(None, ("guests",), ()), 2),
    ):
        shop.campaign = msgspec.structs.replace(shop.campaign, audience=audience)
        assert (await shop.planned()).audience == people
