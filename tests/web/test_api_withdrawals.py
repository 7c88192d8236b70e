"""Withdrawals, own acts and questions over the API."""

import hashlib
from pathlib import Path
from typing import Any

from apicaller import Caller, caller, calling, stocked

CAFE, NUMBER = "corner-cafe", "+12025550143"
FIND = {"brand": CAFE, "number": NUMBER}
WITHDRAW = "/api/people/withdraw"
PROOF = hashlib.sha256(b"a scan").hexdigest()
LATER = "2036-01-01T00:00:00Z"


async def now_given(known: Caller) -> str:
    """An instant after everything that was done so far."""
    async with known.site.ground.engine.connect() as connection:
        asked = await connection.exec_driver_sql("SELECT clock_timestamp()")
        return str(asked.scalar_one().isoformat())


async def withdrawn(known: Caller, **changed: object) -> dict[str, Any]:
    answer = await known.post(WITHDRAW, {**FIND, **changed})
    assert answer.status_code == 200, answer.text
    done: dict[str, Any] = answer.json()
    return done


async def test_a_withdrawal_tells_its_receipt_and_what_was_deleted(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        await stocked(known)
        done = await withdrawn(known, purposes=["marketing.offers"], reason="too many")
        found = (await known.post("/api/people/find", FIND)).json()
    assert (done["brands"], len(done["receipt"])) == ([CAFE], 11)
    assert done["deleted"] == ["first_name", "shop"]
    assert found["suppressed_at"] is None
    assert [one["purpose"] for one in found["refusals"]] == ["marketing.offers"]


async def test_a_paper_brings_back_who_withdrew_and_a_statement_does_not(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        person = (await stocked(known))["/api/people"]
        before = await now_given(known)
        await withdrawn(known)
        after = {"given": await now_given(known)}
        asked = [
            ({**after}, "SUPPRESSED"),
            ({**after, "proof": PROOF}, "SUPPRESSED"),
            ({**after, "method": "paper"}, "PROOF_MISSING"),
            ({"given": before, "method": "paper", "proof": PROOF}, "WITHDRAWN_SINCE"),
            ({**after, "method": "paper", "proof": PROOF}, None),
        ]
        for changed, code in asked:
            answer = await known.post("/api/people", {**person, **changed})
            assert answer.json().get("code") == code, answer.text


async def test_a_number_is_asked_first_and_nothing_counts_before_its_answer(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        shown = await stocked(known)
        person = {**shown["/api/people"], "number": "+12025550188", "confirm": True}
        plain = {name: value for name, value in person.items() if name not in ("attributes", "residence")}
        silent = await known.post("/api/people", plain)
        await ask_for_yes(known, shown["/api/brands"])
        kept = await known.post("/api/people", person)
        asked = await known.post("/api/people", plain)
        again = await known.post("/api/people", plain)
        many = await known.post("/api/people/bulk", [plain])
        found = (await known.post("/api/people/find", {**FIND, "number": plain["number"]})).json()
    assert (silent.json()["code"], kept.json()["code"]) == ("ASK_TEXT_MISSING", "CONFIRM_INVALID")
    assert asked.json() == {"outcome": None, "pending": True}
    assert (again.status_code, again.json()["code"]) == (409, "ASKED_ALREADY")
    assert many.json() == [{"outcome": "rejected", "reason": "CONFIRM_INVALID"}]
    assert [one["purpose"] for one in found["pending"]] == ["marketing.offers"]
    assert found["purposes"][0]["reasons"] == ["CONSENT_PENDING"]


async def test_who_said_no_is_not_asked(database_url: str, redis_url: str, tmp_path: Path) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        shown = await stocked(known)
        await ask_for_yes(known, shown["/api/brands"])
        await withdrawn(known)
        person = {**shown["/api/people"], "confirm": True, "given": await now_given(known)}
        plain = {name: value for name, value in person.items() if name not in ("attributes", "residence")}
        answer = await known.post("/api/people", plain)
    assert (answer.status_code, answer.json()["code"]) == (409, "SUPPRESSED")


async def ask_for_yes(known: Caller, shown: dict[str, Any]) -> None:
    replies = {**shown["brand"]["replies"], "ask": {"en": "Corner Cafe: reply Y to confirm, or nothing"}}
    changed = {**shown, "brand": {**shown["brand"], "replies": replies}}
    answer = await known.put(f"/api/brands/{CAFE}", changed, "*")
    assert answer.status_code == 200, answer.text


async def test_many_withdraw_at_once_and_each_ends_as_alone(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        await stocked(known)
        asked = [
            {**FIND, "purposes": ["marketing.offers"]},
            {**FIND, "number": "12"},
            {**FIND, "purposes": ["marketing.tea"]},
            {**FIND, "purposes": ["marketing.offers"], "everywhere": True},
            {**FIND, "number": "+12025550177", "everywhere": True},
        ]
        answer = await known.post(f"{WITHDRAW}/bulk", asked, repeat="once")
        again = await known.post(f"{WITHDRAW}/bulk", asked, repeat="once")
    reasons = [one["reason"] for one in answer.json()]
    assert reasons == [None, "NUMBER_INVALID", "PURPOSE_UNKNOWN", "SCOPE_INVALID", None]
    assert [bool(one["withdrawn"]) for one in answer.json()] == [True, False, False, False, True]
    assert again.json() == answer.json()
    assert "202555" not in answer.text


async def test_a_key_of_one_brand_does_not_withdraw_from_the_others(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        await stocked(known)
        cafe = await caller(known.site, brand=CAFE)
        for path, body in (
            (WITHDRAW, {**FIND, "everywhere": True}),
            (f"{WITHDRAW}/bulk", [{**FIND, "everywhere": True}]),
        ):
            answer = await cafe.post(path, body)
            assert (answer.status_code, answer.json()["code"]) == (403, "BRAND_FORBIDDEN")
