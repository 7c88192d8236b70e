"""The API lets in whoever has a valid key for what is asked, and tells the others nothing."""

from pathlib import Path

import asyncpg
import pytest
from apicaller import Caller, caller, calling, stocked

from yesfirst.usecases import api_keys
from yesfirst.usecases.api_keys import Capability

CAMPAIGN = "/api/campaigns/plan"
NEEDED = {
    ("GET", "/api/brands/nowhere"): Capability.READ,
    ("PUT", "/api/brands/lantern-tea"): Capability.PLAN,
    ("POST", "/api/people/bulk"): Capability.PEOPLE,
    ("POST", "/api/people/import"): Capability.PEOPLE,
    ("GET", f"/api/imports/{'A' * 43}"): Capability.READ,
    ("GET", f"/api/imports/{'A' * 43}/rows"): Capability.READ,
    ("GET", f"/api/runs/{'A' * 22}/evidence"): Capability.EVIDENCE,
    ("POST", f"/api/runs/{'A' * 22}/test"): Capability.APPROVE,
    ("POST", "/api/people/withdraw/bulk"): Capability.PEOPLE,
    ("GET", "/api/reviews?after=nothing"): Capability.REVIEW,
    ("POST", f"/api/reviews/{'A' * 22}/resolve"): Capability.REVIEW,
}


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer yf_",
        f"Bearer yf_{'A' * 22}_{'A' * 43}",
        f"Bearer yf_{'_' * 22}_{'-' * 43}",
        f"Basic {'A' * 40}",
        "Bearer \u00e9",
    ],
)
async def test_nothing_is_answered_without_a_key(
    header: str | None, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        headers = {b"Authorization": header.encode("latin-1")} if header is not None else {}
        answer = await known.site.client.get("/api/brands", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "API_KEY_INVALID")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_key_ends_when_it_is_revoked_or_expires(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        assert (await known.get("/api/brands")).status_code == 200
        await api_keys.revoke(known.site.ground, known.key)
        assert (await known.get("/api/brands")).status_code == 401

        other = await caller(known.site)
        await _expire(database_url)
        assert (await other.get("/api/brands")).status_code == 401


async def test_the_secret_of_one_key_does_not_open_another(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        other = await caller(known.site)
        mixed = Caller(known.site, known.key, f"yf_{known.key}_{other.token[-43:]}")
        assert (await mixed.get("/api/brands")).status_code == 401


@pytest.mark.parametrize("can", Capability)
async def test_a_key_does_what_it_can_and_nothing_else(
    can: Capability, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    asked = {
        Capability.READ: "/api/people/find",
        Capability.PEOPLE: "/api/people",
        Capability.PLAN: "/api/campaigns/check",
        Capability.APPROVE: f"/api/runs/{'A' * 22}/approve",
        Capability.RUN: f"/api/runs/{'A' * 22}/start",
        Capability.EVIDENCE: "/api/messages/find",
        Capability.REVIEW: f"/api/reviews/{'A' * 22}/read",
    }
    async with calling(database_url, redis_url, tmp_path) as known:
        shown = await stocked(known)
        limited = await caller(known.site, can)
        answers = {each: await limited.post(path, shown.get(path)) for each, path in asked.items()}
    missing = {each for each, answer in answers.items() if "CAPABILITY_MISSING" in answer.text}
    assert missing == set(Capability) - {can}
    assert {answers[each].status_code for each in missing} == {403}


async def test_a_key_that_can_all_but_what_a_route_needs_is_refused(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        for (method, path), can in NEEDED.items():
            others = await caller(known.site, *(one for one in Capability if one is not can))
            answer = await others.ask(method, path)
            assert (answer.status_code, answer.json()["code"]) == (403, "CAPABILITY_MISSING"), path
            answer = await (await caller(known.site, can)).ask(method, path)
            assert answer.status_code in (400, 404, 415, 422), (path, answer.text)


async def test_a_key_for_one_brand_sees_no_other(database_url: str, redis_url: str, tmp_path: Path) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        shown = await stocked(known)
        run = (await known.post(CAMPAIGN, shown[CAMPAIGN])).json()["run"]
        tea = await caller(known.site, brand="lantern-tea")
        assert [one["brand"] for one in (await tea.get("/api/brands")).json()] == ["lantern-tea"]
        assert (await tea.get("/api/runs")).json()["runs"] == []
        for path, body in shown.items():
            if body is not None and "{" not in path:
                assert (await tea.post(path, body)).json()["code"] == "BRAND_FORBIDDEN", path
        for answer in (
            await tea.get(f"/api/runs/{run}"),
            await tea.get(f"/api/runs/{run}/evidence"),
            await tea.post(f"/api/runs/{run}/cancel"),
            await tea.post(f"/api/runs/{run}/test", shown["/api/runs/{run}/test"]),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "RUN_UNKNOWN")


async def test_a_key_for_one_brand_can_not_move_it_to_another_controller(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        body = (await stocked(known))["/api/brands"]
        limited = await caller(known.site, brand="corner-cafe")
        text = body["notices"]["offers.en.md"].replace("Corner Cafe Ltd", "Another Ltd")
        moved = {"brand": {**body["brand"], "controller": "Another Ltd"}, "notices": {"offers.en.md": text}}
        assert (await limited.post("/api/brands", body)).status_code == 200
        assert (await limited.post("/api/brands", moved)).json()["code"] == "CONTROLLER_FORBIDDEN"
        assert (await known.post("/api/brands", moved)).status_code == 409  # its sender has an owner


async def test_two_senders_can_not_be_one_service(database_url: str, redis_url: str, tmp_path: Path) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        body = (await stocked(known))["/api/brands"]
        [sender] = body["brand"]["senders"]
        renamed = {**body, "brand": {**body["brand"], "senders": [{**sender, "id": "another-sms"}]}}
        refused = await known.post("/api/brands", renamed)
    assert (refused.status_code, refused.json()["code"]) == (409, "SENDER_ADDRESS_TAKEN")


async def test_who_planned_can_not_approve_not_even_with_a_renewed_key(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        shown = await stocked(known)
        run = (await known.post(CAMPAIGN, shown[CAMPAIGN])).json()["run"]
        renewed, other = await caller(known.site), await caller(known.site, name="compliance")
        for one in (known, renewed):
            refused = await one.post(f"/api/runs/{run}/approve")
            assert (refused.status_code, refused.json()["code"]) == (409, "SAME_PERSON")
        assert (await other.post(f"/api/runs/{run}/approve")).status_code == 200


async def _expire(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("UPDATE api_key SET expires_at = clock_timestamp()")
    finally:
        await connection.close()
