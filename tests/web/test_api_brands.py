"""Two people change one brand, and nobody undoes the other's work unseen."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from apicaller import Caller, caller, calling, stocked

CAFE = "/api/brands/corner-cafe"


async def read(known: Caller) -> str:
    return str((await known.get(CAFE)).headers["etag"])


def named(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {**body, "brand": {**body["brand"], "name": name}}


async def test_a_change_to_what_was_read_is_stored(database_url: str, redis_url: str, tmp_path: Path) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        body = (await stocked(known))["/api/brands"]
        before = await read(known)
        changed = await known.put(CAFE, named(body, "Corner Cafe & Bar"), before)
        assert changed.status_code == 200
        assert changed.headers["etag"] == await read(known) != before
        assert (await known.get(CAFE)).json()["brand"]["name"] == "Corner Cafe & Bar"


async def test_a_change_to_an_older_version_is_refused(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        body = (await stocked(known))["/api/brands"]
        before = await read(known)
        answers = await asyncio.gather(
            *(known.put(CAFE, named(body, f"Corner Cafe {n}"), before) for n in range(3))
        )
        refused = [one for one in answers if one.status_code == 412]
        assert {one.json()["code"] for one in refused} == {"CHANGED_MEANWHILE"}
        assert len(refused) == 2
        assert (await known.put(CAFE, body, "*")).status_code == 200
        assert await read(known) == before


async def test_another_wording_is_another_version(database_url: str, redis_url: str, tmp_path: Path) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        body = (await stocked(known))["/api/brands"]
        before = await read(known)
        text = body["notices"]["offers.en.md"].replace("recurring", "weekly")
        refused = await known.put(CAFE, {**body, "notices": {"offers.en.md": text}}, before)
        assert (refused.status_code, refused.json()["code"]) == (409, "NOTICE_CHANGED")
        text = text.replace("version: 2026-01-01", "version: 2026-12-01")
        changed = await known.put(CAFE, {**body, "notices": {"offers.en.md": text}}, before)
        assert changed.headers["etag"] != before
        assert len(changed.json()["notices"]) == 2


@pytest.mark.parametrize(
    ("path", "if_match", "status", "code"),
    [
        (CAFE, None, 428, "IF_MATCH_MISSING"),
        (CAFE, '"another"', 412, "CHANGED_MEANWHILE"),
        ("/api/brands/lantern-tea", "*", 422, "BRAND_INVALID"),
        ("/api/brands/nowhere", "*", 404, "BRAND_UNKNOWN"),
    ],
)
async def test_a_change_says_what_it_changes(
    path: str, if_match: str | None, status: int, code: str, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        body = (await stocked(known))["/api/brands"]
        answer = await known.put(path, body, if_match)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_brand_is_created_once(database_url: str, redis_url: str, tmp_path: Path) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        body = (await stocked(known))["/api/brands"]
        again = await known.post("/api/brands", body)
        other = await known.post("/api/brands", named(body, "Another"))
        assert again.headers["etag"] == await read(known)
    assert (other.status_code, other.json()["code"]) == (409, "BRAND_EXISTS")


async def test_a_key_for_one_brand_changes_no_other(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        body = (await stocked(known))["/api/brands"]
        tea = await caller(known.site, brand="lantern-tea")
        for path in (CAFE, "/api/brands/lantern-tea"):
            answer = await tea.put(path, body, "*")
            assert (answer.status_code, answer.json()["code"]) in {
                (403, "BRAND_FORBIDDEN"),
                (422, "BRAND_INVALID"),
            }
        cafe = await caller(known.site, brand="corner-cafe")
        moved = {**body, "brand": {**body["brand"], "controller": "Another Ltd"}}
        text = body["notices"]["offers.en.md"].replace("Corner Cafe Ltd", "Another Ltd")
        answer = await cafe.put(CAFE, {**moved, "notices": {"offers.en.md": text}}, "*")
        assert answer.json()["code"] == "CONTROLLER_FORBIDDEN"
