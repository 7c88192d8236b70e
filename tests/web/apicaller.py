"""A caller of the API with a key of its own, and the bodies that the schema shows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from webserver import Site, settings, site

from yesfirst.store import clock
from yesfirst.store.reviews import Kind
from yesfirst.usecases import api_keys
from yesfirst.usecases.api_keys import Capability
from yesfirst.usecases.people import known_subjects
from yesfirst.usecases.review import list_open, open_review

EVERYTHING = tuple(Capability)


@dataclass(frozen=True)
class Caller:
    """Calls with one key; `key` is its id."""

    site: Site
    key: str
    token: str

    async def get(self, path: str) -> httpx.Response:
        return await self.site.client.get(path, headers=self._headers)

    async def post(self, path: str, body: object = None, repeat: str | None = None) -> httpx.Response:
        headers = self._headers if repeat is None else {**self._headers, "Idempotency-Key": repeat}
        return await self.site.client.post(path, json=body, headers=headers)

    async def ask(self, method: str, path: str) -> httpx.Response:
        return await self.site.client.request(method, path, headers=self._headers)

    async def put(self, path: str, body: object, read: str | None) -> httpx.Response:
        """PUT a change of what was `read` with this ETag."""
        headers = self._headers if read is None else {**self._headers, "If-Match": read}
        return await self.site.client.put(path, json=body, headers=headers)

    async def send(self, path: str, body: bytes, kind: str = "text/csv") -> httpx.Response:
        """POST a file."""
        return await self.site.client.post(
            path, content=body, headers={**self._headers, "Content-Type": kind}
        )

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


async def caller(
    site: Site, *can: Capability, name: str = "crm", brand: str | None = None, days: int = 1
) -> Caller:
    made = await api_keys.create(site.ground, name, can or EVERYTHING, brand, days)
    return Caller(site, made.id, made.token)


@asynccontextmanager
async def calling(database_url: str, redis_url: str, folder: Path) -> AsyncIterator[Caller]:
    """A running application, and a caller that may do everything."""
    async with site(database_url, settings(redis_url, folder)) as running:
        yield await caller(running)


async def examples(site: Site, kind: str = "application/json") -> dict[str, Any]:
    """The example of each body of this kind by path, as /schema shows it; None for a POST without a body."""
    schema = (await site.get("/schema/openapi.json")).json()
    shown = {}
    for path, operations in schema["paths"].items():
        if path.startswith("/api/") and "post" in operations:
            body = operations["post"].get("requestBody")
            if body is None or kind in body["content"]:
                shown[path] = body and _example(body["content"][kind])
    return shown


async def stocked(caller: Caller) -> dict[str, Any]:
    """The shown bodies, once the shown brand and the shown person are in."""
    shown = await examples(caller.site)
    for path in ("/api/brands", "/api/people"):
        answer = await caller.post(path, shown[path])
        assert answer.status_code == 200, answer.text
    return shown


async def held(caller: Caller, brand: str, number: str, said: str) -> str:
    """Somebody whom the brand knows writes what has to be read; the review's id."""
    ground = caller.site.ground
    async with ground.engine.begin() as connection:
        [subject] = (await known_subjects(ground, connection, [(brand, number)])).values()
        await open_review(connection, subject, Kind.REPLY, said, await clock.now(connection))
    return (await list_open(ground, brand))[-1].review


def _example(content: dict[str, Any]) -> Any:
    [example] = content["schema"]["examples"]
    return example
