"""Consents that will end, over the API: who may count them, who may ask."""

from pathlib import Path

from apicaller import caller, calling, stocked

from yesfirst.usecases.api_keys import Capability

RENEWALS = "/api/brands/corner-cafe/renewals"
ASK = {"purpose": "marketing.offers", "within_days": 3_650}


async def test_what_ends_is_counted_and_asked_once(database_url: str, redis_url: str, tmp_path: Path) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        await stocked(known)
        counted = (await known.get(RENEWALS)).json()
        one = (await known.get(f"{RENEWALS}?purpose=marketing.offers")).json()
        tried = (await known.post(RENEWALS, {**ASK, "dry_run": True})).json()
        asked = (await known.post(RENEWALS, ASK)).json()
        again = (await known.post(RENEWALS, ASK)).json()
    assert counted == one
    assert counted["purposes"] == [
        {"purpose": "marketing.offers", "holding": 1, "within_days": {"7": 0, "30": 0, "90": 0}}
    ]
    assert (tried["asked"], asked["asked"]) == (1, 1)
    assert (again["asked"], again["left_out"]) == (0, {"ALREADY_ASKED": 1})


async def test_who_may_read_may_count_and_only_who_may_run_may_ask(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        await stocked(known)
        reader = await caller(known.site, Capability.READ)
        planner = await caller(known.site, Capability.PLAN, name="planner")
        stranger = await caller(known.site, name="stranger", brand="lantern-tea")
        statuses = [
            (await reader.get(RENEWALS)).status_code,
            (await reader.post(RENEWALS, ASK)).status_code,
            (await planner.post(RENEWALS, ASK)).status_code,
            (await stranger.get(RENEWALS)).status_code,
            (await known.get("/api/brands/nobody/renewals")).status_code,
            (await known.post(RENEWALS, {**ASK, "purpose": "marketing.news"})).status_code,
            (await known.post(RENEWALS, {**ASK, "within_days": 0})).status_code,
        ]
    assert statuses == [200, 403, 403, 403, 404, 422, 400]
