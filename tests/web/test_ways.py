"""Each way in and each way out, through HTTP: who came in may be texted, and no list brings back who went out.

Every way in ends with somebody who has agreed to offers, every way out with somebody who hasn't any more.
"""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from apicaller import Caller, caller
from formsite import NUMBER, OFFERS, FormSite, form_site, notice_digest

BRAND = "lantern-tea"
PROOF = hashlib.sha256(b"a scan").hexdigest()


@dataclass(frozen=True)
class House:
    shop: FormSite
    api: Caller

    async def call(self, path: str, **body: object) -> Any:
        answer = await self.api.post(f"/api/people{path}", {"brand": BRAND, "number": NUMBER, **body})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def agree(self, **body: object) -> Any:
        given = datetime.now(UTC) - timedelta(seconds=1)
        notice = notice_digest()
        return await self.call(
            "", purpose=OFFERS, notice=notice, given=given.isoformat(), expires=None, **body
        )

    async def yes(self) -> None:
        """The question has gone out, and the number says yes to it."""
        await self.shop.value("UPDATE ask SET state = 'accepted' WHERE kind = 'confirm'")
        await self.shop.text("Y")

    async def may_be_texted(self) -> bool:
        found = await self.api.post("/api/people/find", {"brand": BRAND, "number": NUMBER})
        return any(
            one["purpose"] == OFFERS and not one["reasons"] for one in found.json().get("purposes", ())
        )

    async def list_tells_of_them(self) -> str:
        """A file says that they agreed, a moment ago; how their row ends."""
        given = (datetime.now(UTC) + timedelta(0)).isoformat(" ", "milliseconds")
        table = f"手机号,同意日期,同意有效期至\n{NUMBER},{given},2090-01-01\n".encode()
        terms = f"brand={BRAND}&purpose={OFFERS}&notice={notice_digest()}"
        answer = await self.api.send(f"/api/people/import?{terms}", table)
        assert answer.status_code == 200, answer.text
        [outcome] = answer.json()["import"]["outcomes"]
        return str(outcome)


Way = Callable[[House], Awaitable[Any]]


async def by_page(house: House) -> None:
    assert (await house.shop.fill_in()).status_code == 200
    assert not await house.may_be_texted()
    await house.yes()


async def by_asking_first(house: House) -> None:
    assert (await house.agree(confirm=True))["pending"]
    assert not await house.may_be_texted()
    await house.yes()


async def by_list(house: House) -> None:
    assert await house.list_tells_of_them() == "imported"


IN: dict[str, Way] = {
    "page and Y": by_page,
    "keyword": lambda house: house.shop.text("TEA"),
    "API": lambda house: house.agree(),
    "API, asked first": by_asking_first,
    "call centre": lambda house: house.agree(method="call", proof=PROOF),
    "paper": lambda house: house.agree(method="paper", proof=PROOF),
    "list": by_list,
}


async def on_their_page(house: House, **fields: str) -> None:
    page = await house.shop.link()
    assert (await house.shop.client.post(page, data={"act": "withdraw", **fields})).is_redirect


async def by_the_carriers_list(house: House) -> None:
    form = {
        "MessageSid": "SM" + "7" * 32,
        "From": NUMBER,
        "To": "+15005550007",
        "Body": "no more",
        "OptOutType": "STOP",
    }
    assert (await house.shop.site.twilio("/webhooks/twilio/inbound", form)).status_code == 200


async def after_a_look(house: House) -> None:
    """What may be a refusal holds at once; whoever reads it says that it is one."""
    await house.shop.text("不需要")
    assert not await house.may_be_texted()
    [one] = (await house.api.get("/api/reviews")).json()["reviews"]
    body = {"resolution": "stop"}
    assert (await house.api.post(f"/api/reviews/{one['review']}/resolve", body)).status_code == 200


OUT: dict[str, Way] = {
    "keyword": lambda house: house.shop.text("退订"),
    "letter of the rulebook": lambda house: house.shop.text("R"),
    "sentence": lambda house: house.shop.text("请把我的号码从名单里删掉，谢谢"),
    "wrong number": lambda house: house.shop.text("打错了，我不是王女士"),
    "their page, one purpose": lambda house: on_their_page(house, purpose=OFFERS),
    "their page, everything": lambda house: on_their_page(house, purpose="*"),
    "API": lambda house: house.call("/withdraw"),
    "API, one purpose": lambda house: house.call("/withdraw", purposes=[OFFERS]),
    "API, everywhere": lambda house: house.call("/withdraw", everywhere=True),
    "the carrier's own list": by_the_carriers_list,
    "unclear, then read": after_a_look,
}


@pytest.fixture
async def house(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with form_site(database_url, redis_url, tmp_path) as shop:
        yield House(shop, await caller(shop.site))


@pytest.mark.parametrize("way", IN)
async def test_who_came_in_may_be_texted_until_they_say_stop(house: House, way: str) -> None:
    await IN[way](house)
    assert await house.may_be_texted()
    assert await house.shop.text("STOP")
    assert not await house.may_be_texted()


@pytest.mark.parametrize("way", OUT)
async def test_who_went_out_is_brought_back_by_no_list_and_comes_back_by_themselves(
    house: House, way: str
) -> None:
    await house.shop.text("TEA")
    assert await house.may_be_texted()
    await OUT[way](house)
    assert not await house.may_be_texted()
    assert await house.list_tells_of_them() == "rejected"
    assert not await house.may_be_texted()
    await house.shop.text("TEA")
    assert await house.may_be_texted()
