"""A changed wording is a new version, once somebody has agreed to the earlier one."""

import pytest

from usecases.shop import Shop, number, read_shop
from yesfirst.errors import Refused
from yesfirst.intake import notice as notices
from yesfirst.usecases.declared import apply_brand

OFFERS_ZH = "notices/offers.zh.md"


def reworded(shop: Shop, version: str | None = None) -> dict[str, notices.Notice]:
    """The shop's notices, one of them in other words; under another version if that is said."""
    _, found = read_shop()
    body = found[OFFERS_ZH].body.decode() + "\n- 以上内容如有疑问，请致电 400-000-0000。\n"
    if version is not None:
        body = body.replace(f"version: {found[OFFERS_ZH].version}", f"version: {version}")
    return {**found, OFFERS_ZH: notices.read(body.encode(), OFFERS_ZH, shop.brand)}


async def test_a_wording_that_nobody_agreed_to_yet_may_change(shop: Shop) -> None:
    await apply_brand(shop.ground, shop.brand, reworded(shop))


async def test_a_wording_that_somebody_agreed_to_needs_a_new_version_to_change(shop: Shop) -> None:
    await shop.agree([number(0)])
    with pytest.raises(Refused) as caught:
        await apply_brand(shop.ground, shop.brand, reworded(shop))
    assert caught.value.code == "NOTICE_CHANGED"
    await apply_brand(shop.ground, shop.brand, reworded(shop, "2026-12-01"))
    assert await shop.count("SELECT count(*) FROM notice WHERE brand = 'lantern-tea'") == 5


async def test_an_earlier_wording_that_somebody_agreed_to_is_not_forgotten_over_a_later_draft(
    shop: Shop,
) -> None:
    await apply_brand(shop.ground, shop.brand, reworded(shop))
    await shop.agree([number(0)])
    await apply_brand(shop.ground, *read_shop())
    with pytest.raises(Refused, match="another wording"):
        await apply_brand(shop.ground, shop.brand, reworded(shop))
