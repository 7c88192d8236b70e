"""The web application as a real HTTP server in the test's event loop, on real servers, and a caller like Twilio.

Its ground has the shipped rulebooks and the shipped tea shop, and keys of its own.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from twilio.request_validator import RequestValidator

from usecases.shop import open_all_day
from yesfirst.intake import brand as brands
from yesfirst.intake import notice as notices
from yesfirst.intake import yamlfile
from yesfirst.ledger.note import generate
from yesfirst.rulebooks import load_all
from yesfirst.store.engine import open_engine
from yesfirst.store.keyring import Keyring
from yesfirst.usecases.declared import apply_brand
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.law import Law
from yesfirst.web.app import WebSettings, create_app
from yesfirst.web.server import listening

SIGNER = generate("test.example/log")
TOKEN = "a token for tests"
PUBLIC_URL = "https://sms.example.com/shop"
SHOP = Path(__file__).parents[2] / "campaigns" / "lantern-tea"
SERVICE = "MG1a000000000000000000000000000001"
FORM = "application/x-www-form-urlencoded; charset=UTF-8"

# The SDK is typed in part only.
_Validator: Any = RequestValidator


@dataclass(frozen=True)
class Site:
    """A running application, with a client for it; `checkpoint` is the file of the published checkpoint."""

    client: httpx.AsyncClient
    ground: Ground
    checkpoint: Path

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path)

    async def twilio(self, path: str, form: Mapping[str, str], token: str = TOKEN) -> httpx.Response:
        """POST a form to a webhook, signed as Twilio signs it."""
        return await self.post(path, urlencode(form), sign(path, form, token))

    async def post(self, path: str, body: str | bytes, signature: str | bytes | None) -> httpx.Response:
        headers = {b"Content-Type": FORM.encode()}
        if signature is not None:
            value = signature.encode() if isinstance(signature, str) else signature
            headers[b"X-Twilio-Signature"] = value
        return await self.client.post(path, content=body, headers=headers)


def sign(path: str, form: Mapping[str, str], token: str = TOKEN, address: str = PUBLIC_URL) -> str:
    """X-Twilio-Signature of a form that is posted to a path under an address."""
    return str(_Validator(token).compute_signature(address + path, form))


def settings(redis_url: str, folder: Path) -> WebSettings:
    return WebSettings(
        public_url=PUBLIC_URL,
        twilio_auth_token=TOKEN,
        redis_url=redis_url,
        checkpoint=folder / "checkpoint",
        log_key=SIGNER.verifier.encode(),
        metrics_token=None,
    )


@asynccontextmanager
async def grounded(database_url: str) -> AsyncIterator[Ground]:
    engine = open_engine(database_url, connections=4)
    try:
        keyring = Keyring(*(secrets.token_bytes(32) for _ in range(3)))
        yield Ground(
            engine,
            keyring,
            Law({id: open_all_day(book) for id, book in load_all().items()}),
            public_url=PUBLIC_URL,
        )
    finally:
        await engine.dispose()
        await asyncio.sleep(0)  # the connections' transports close in the loop's next round


async def apply_shop(ground: Ground) -> None:
    brand = brands.check(yamlfile.load((SHOP / "brand.yaml").read_text("utf-8"), "brand.yaml"))
    found = {path: notices.read((SHOP / path).read_bytes(), path, brand) for path in brand.notices}
    await apply_brand(ground, brand, found)


@asynccontextmanager
async def site(database_url: str, web: WebSettings) -> AsyncIterator[Site]:
    """The application as a server with a client for it; it stops gracefully at the end."""
    async with grounded(database_url) as ground:
        await apply_shop(ground)
        async with (
            listening(create_app(ground, web), "127.0.0.1", 0) as address,
            httpx.AsyncClient(base_url=address) as client,
        ):
            yield Site(client, ground, web.checkpoint)
