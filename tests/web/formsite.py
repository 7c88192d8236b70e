"""The tea shop with forms, served over HTTP, and people who fill them in.

The form has a page in Chinese and English and the keyword TEA; the shop's texts come from a number, so that a poster
can name it. Texts go in as Twilio sends them.
"""

import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from html import unescape
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from webserver import SHOP, Site, settings, site

from yesfirst.intake import brand as brands
from yesfirst.intake import notice as notices
from yesfirst.intake import yamlfile
from yesfirst.intake.brand import Brand
from yesfirst.intake.yamlfile import Document
from yesfirst.ledger.text import hash_text
from yesfirst.usecases.declared import apply_brand
from yesfirst.usecases.own_link import link_by_number

FORM, SHOP_NUMBER = "tea-offers", "+15005550007"
PAGE = f"/c/{FORM}"
NUMBER = "+8613900000001"
OFFERS = "marketing.offers"
EVENTS = "marketing.events"
_SENDER = {
    "id": "lantern-tea-number",
    "carrier": "twilio",
    "number": SHOP_NUMBER,
    "per_second": 10,
    "signature": "【灯笼茶】",
}
_FORM = {
    "notices": ["notices/offers.zh.md", "notices/offers.en.md"],
    "privacy": "https://lantern-tea.example/privacy",
    "keyword": "TEA",
    "sender": "lantern-tea-number",
    "expires_after": "730d",
}
_REPLIES = {
    "help": {
        "zh": "【灯笼茶】新品与优惠。拒收请回复R {page}",
        "en": "Lantern Tea: offers. Reply R to stop {page}",
    },
    "ask": {
        "zh": "【灯笼茶】请回复 Y 确认订阅新品与优惠短信",
        "en": "Lantern Tea: reply Y to confirm texts of offers",
    },
    "joined": {
        "zh": "【灯笼茶】已订阅。拒收请回复R {page}",
        "en": "Lantern Tea: you are in. Reply R to stop {page}",
    },
}
_ids = count(1)
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


@dataclass(frozen=True)
class FormSite:
    site: Site
    database_url: str

    @property
    def client(self) -> httpx.AsyncClient:
        return self.site.client

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(
            path, headers={name.replace("_", "-"): one for name, one in headers.items()}
        )

    async def fill_in(
        self, number: str = NUMBER, *, language: str = "zh", came_from: str | None = None, **changes: str
    ) -> httpx.Response:
        """Opens the form, fills it in as a person does, and sends it; `changes` are fields that differ."""
        shown = await self.get(f"{PAGE}?lang={language}")
        fields = {**hidden(shown.text), "number": number, "agree": "yes", "website": "", **changes}
        headers = {"User-Agent": "a phone", **({"X-Forwarded-For": came_from} if came_from else {})}
        return await self.client.post(PAGE, data=fields, headers=headers)

    async def text(self, body: str, number: str = NUMBER) -> str:
        """What somebody gets back who texts the shop."""
        form = {"MessageSid": f"SM{next(_ids):032}", "From": number, "To": SHOP_NUMBER, "Body": body}
        answer = await self.site.twilio("/webhooks/twilio/inbound", form)
        assert answer.status_code == 200
        return unescape("".join(re.findall("<Message>(.*)</Message>", answer.text)))

    async def join(self, number: str = NUMBER) -> str:
        """Somebody texts the keyword; the path of the page that they get a link to."""
        return path_in(await self.text("TEA", number))

    async def link(self, number: str = NUMBER) -> str:
        """The path of a new link to somebody's own page."""
        link = await link_by_number(self.site.ground, "lantern-tea", number)
        return path_in(link.url)

    async def value(self, query: str, *arguments: object) -> Any:
        connection = await asyncpg.connect(self.database_url)
        try:
            return await connection.fetchval(query, *arguments)
        finally:
            await connection.close()


def hidden(page: str) -> dict[str, str]:
    """The fields of a page's first form that nobody fills in."""
    return dict(_HIDDEN.findall(page.partition("</form>")[0]))


def path_in(text: str) -> str:
    """The path of the own page that a text links to."""
    found = re.search(r"https://sms\.example\.com/shop(/p/[\w-]{22})(?!\S)", text)
    assert found is not None, text
    return found[1]


def words_of(page: httpx.Response) -> str:
    """What somebody reads on a page, in one line."""
    body = re.sub(r"<style>.*?</style>", "", page.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def declared(**changes: object) -> Brand:
    """The shop's brand with its forms."""
    value: Any = yamlfile.load((SHOP / "brand.yaml").read_text("utf-8"), "brand.yaml").value
    replies = {**value["replies"], **_REPLIES}
    senders = [*value["senders"], _SENDER]
    whole: Any = {**value, "replies": replies, "senders": senders, "forms": {FORM: _FORM}, **changes}
    return brands.check(Document(whole, "brand", {}))


async def apply(site: Site, brand: Brand, texts: Mapping[str, bytes] | None = None) -> None:
    """Applies the brand; `texts` are notices in place of the shipped ones."""
    bodies = {path: (SHOP / path).read_bytes() for path in brand.notices} | dict(texts or {})
    found = {path: notices.read(body, path, brand) for path, body in bodies.items()}
    await apply_brand(site.ground, brand, found)


def notice_digest(language: str = "zh") -> str:
    """The SHA-256 of the form's notice, as leaves have it."""
    return hash_text(hashlib.sha256((SHOP / f"notices/offers.{language}.md").read_bytes()).digest())


@asynccontextmanager
async def form_site(database_url: str, redis_url: str, folder: Path, **web: Any) -> AsyncIterator[FormSite]:
    async with site(database_url, replace(settings(redis_url, folder), **web)) as running:
        await apply(running, declared())
        yield FormSite(running, database_url)
