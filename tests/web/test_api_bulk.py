"""Many people in one request end as each of them would have ended alone."""

from pathlib import Path
from typing import Any

from apicaller import Caller, caller, calling, stocked

BULK, ALONE = "/api/people/bulk", "/api/people"


def numbered(person: dict[str, Any], n: int, **changed: object) -> dict[str, Any]:
    return {**person, "number": f"+1202555{n:04}", **changed}


async def alone(known: Caller, person: dict[str, Any]) -> dict[str, Any]:
    answer = (await known.post(ALONE, person)).json()
    return {"outcome": answer.get("outcome", "rejected"), "reason": answer.get("code")}


async def test_each_ends_as_alone_and_who_is_refused_keeps_nobody_out(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        person = (await stocked(known))[ALONE]
        gone = numbered(person, 199)
        await known.post(ALONE, gone)
        await known.post(f"{ALONE}/withdraw", {"brand": gone["brand"], "number": gone["number"]})
        people = [
            person,
            gone,
            numbered(person, 101, given="2999-01-01T00:00:00Z"),
            numbered(person, 102, expires="2020-01-01T00:00:00Z"),
            numbered(person, 103, notice="A" * 43),
            numbered(person, 104, purpose="marketing.events"),
            numbered(person, 105, attributes={"height": "180"}),
            {**person, "number": "12"},
        ]
        expected = [await alone(known, one) for one in people]
        added = [
            numbered(person, 110),
            numbered(person, 110, language="es"),
            numbered(person, 110, language="es"),
        ]
        answer = await known.post(BULK, [*people, *added])
    ended = answer.json()
    assert ended[: len(people)] == expected
    assert [one["outcome"] for one in ended[len(people) :]] == ["imported", "updated", "unchanged"]
    assert {one["reason"] for one in expected} == {
        None,
        "WITHDRAWN_SINCE",
        "GIVEN_INVALID",
        "EXPIRES_INVALID",
        "NOTICE_UNKNOWN",
        "PURPOSE_INVALID",
        "ATTRIBUTE_UNKNOWN",
        "NUMBER_INVALID",
    }
    assert "202555" not in answer.text


async def test_a_brand_of_others_refuses_all_of_them(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        person = (await stocked(known))[ALONE]
        cafe = await caller(known.site, brand="corner-cafe")
        people = [numbered(person, 120), numbered(person, 121, brand="lantern-tea")]
        assert (await cafe.post(BULK, people)).json()["code"] == "BRAND_FORBIDDEN"
        asked = {"brand": "corner-cafe", "number": people[0]["number"]}
        assert (await cafe.post("/api/people/find", asked)).status_code == 404


async def test_more_than_a_thousand_are_refused_and_so_is_more_than_a_mebibyte(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        person = (await stocked(known))[ALONE]
        crowd = [numbered(person, n) for n in range(1000, 2001)]
        assert (await known.post(BULK, crowd)).status_code == 400
        heavy = await known.post(BULK, [{**one, "external_id": "x" * 1100} for one in crowd[1:]])
        assert (heavy.status_code, heavy.json()["code"]) == (413, "REQUEST_ENTITY_TOO_LARGE")
        whole = await known.post(BULK, crowd[1:], repeat="one")
        again = await known.post(BULK, crowd[1:], repeat="one")
    assert {one["outcome"] for one in whole.json()} == {"imported"}
    assert again.json() == whole.json()
