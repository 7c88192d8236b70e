"""Requests that come twice, that are wrong, and pages that come one after the other."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from apicaller import Caller, caller, calling, examples, stocked

from yesfirst.store import idempotency
from yesfirst.store.idempotency import Request

PLAN = "/api/campaigns/plan"
CHECK = "/api/campaigns/check"
# POSTs that change nothing, and the import, which is known by its file and terms.
NEVER_REPEATED = {
    CHECK,
    "/api/people/find",
    "/api/people/explain",
    "/api/people/import",
    "/api/messages/find",
    "/api/reviews/{review}/read",
}
NUMBER = "2025550143"


async def test_a_request_that_comes_again_is_answered_alike(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        shown = await stocked(known)
        first, again = [await known.post(PLAN, shown[PLAN], repeat="one") for _ in range(2)]
        other = await known.post(PLAN, shown[PLAN], repeat="two")
        stranger = await (await caller(known.site)).post(PLAN, shown[PLAN], repeat="one")
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert len({one.json()["run"] for one in (first, other, stranger)}) == 3


async def test_whatever_a_post_changes_it_changes_once_for_a_key_of_the_caller(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        schema = (await known.site.get("/schema/openapi.json")).json()
    posts = {path: each["post"] for path, each in schema["paths"].items() if "post" in each}
    takes_a_key = {
        path
        for path, post in posts.items()
        if "Idempotency-Key" in {one["name"] for one in post.get("parameters", ())}
    }
    assert posts.keys() - takes_a_key == NEVER_REPEATED


async def test_whoever_lost_the_answer_moves_a_run_once_and_is_told_the_same(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        shown = await stocked(known)
        run = f"/api/runs/{(await known.post(PLAN, shown[PLAN])).json()['run']}"
        other = await caller(known.site, name="compliance")
        for who, move in (
            (other, "approve"),
            *((known, each) for each in ("start", "pause", "resume", "cancel")),
        ):
            first, again = [await who.post(f"{run}/{move}", repeat=move) for _ in range(2)]
            assert (first.status_code, again.status_code) == (200, 200), (move, again.text)
            assert first.json() == again.json()
            assert (await who.post(f"{run}/{move}")).json()["code"] == "RUN_STATE"


async def test_a_brand_that_was_created_and_then_changed_is_shown_as_it_is_to_whoever_lost_the_answer(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        shown = (await examples(known.site))["/api/brands"]
        await known.post("/api/brands", shown, repeat="one")
        changed = {**shown, "brand": {**shown["brand"], "contact": "desk@corner-cafe.example"}}
        now = await known.put("/api/brands/corner-cafe", changed, "*")
        again = await known.post("/api/brands", shown, repeat="one")
        without = await known.post("/api/brands", shown)
    assert (again.status_code, again.json(), again.headers["etag"]) == (200, now.json(), now.headers["etag"])
    assert without.json()["code"] == "BRAND_EXISTS"


async def test_a_key_of_another_request_is_refused(database_url: str, redis_url: str, tmp_path: Path) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        shown = await stocked(known)
        await known.post(PLAN, shown[PLAN], repeat="one")
        answer = await known.post(PLAN, {**shown[PLAN], "id": "corner-cafe-monday"}, repeat="one")
    assert (answer.status_code, answer.json()["code"]) == (422, "IDEMPOTENCY_KEY_INVALID")


async def test_what_was_refused_may_come_again(database_url: str, redis_url: str, tmp_path: Path) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        shown = await stocked(known)
        await known.post("/api/people/withdraw", shown["/api/people/withdraw"])
        wanted = {**shown[PLAN], "audience": {"where": {"attribute": "shop", "in": ["Elsewhere"]}}}
        refused = [await known.post(PLAN, wanted, repeat="one") for _ in range(2)]
    assert [one.json()["code"] for one in refused] == ["AUDIENCE_EMPTY"] * 2


async def test_of_two_equal_requests_at_once_one_is_carried_out(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        shown = await stocked(known)
        answers = await asyncio.gather(*(known.post(PLAN, shown[PLAN], repeat="one") for _ in range(4)))
        runs = (await known.get("/api/runs")).json()["runs"]
    assert len(runs) == 1
    assert {one.status_code for one in answers} <= {201, 409}
    assert {one.json()["run"] for one in answers if one.status_code == 201} == {runs[0]["run"]}


async def test_a_request_that_was_given_up_is_taken_over_and_answered_by_one(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        ground, request = known.site.ground, Request(b"k" * 16, b"h" * 32, b"r" * 32)
        async with ground.engine.begin() as connection:
            assert await idempotency.claim(connection, request, b"dead")
            assert not await idempotency.claim(connection, request, b"soon")
        await _age(database_url, idempotency.ABANDONED)
        async with ground.engine.begin() as connection:
            assert await idempotency.claim(connection, request, b"next")
            await idempotency.answer(connection, request, b"dead", b"late")
            found = await idempotency.earlier(connection, request)
    assert found == idempotency.Earlier(request.request_hash, None)


async def test_an_answer_is_forgotten_after_a_day(database_url: str, redis_url: str, tmp_path: Path) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        shown = await stocked(known)
        first = await known.post(PLAN, shown[PLAN], repeat="one")
        await _age(database_url, idempotency.KEPT)
        later = await known.post(PLAN, shown[PLAN], repeat="one")
    assert first.json()["run"] != later.json()["run"]


async def test_a_campaign_that_is_nested_without_end_is_no_fault_of_ours(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        shown = await stocked(known)
        where: dict[str, Any] = {"attribute": "shop", "in": ["Harbour"]}
        for _ in range(400):
            where = {"not": where}
        answer = await known.post(CHECK, {**shown[PLAN], "audience": {"where": where}})
    assert (answer.status_code, answer.json()["code"]) == (422, "FILE_INVALID")


async def test_what_is_remembered_is_sealed(database_url: str, redis_url: str, tmp_path: Path) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        shown = await stocked(known)
        planned = await known.post(PLAN, shown[PLAN], repeat="one")
        connection = await asyncpg.connect(database_url)
        try:
            [row] = await connection.fetch("SELECT * FROM idempotency")
        finally:
            await connection.close()
    assert "Ada" in planned.text
    assert b"Ada" not in row["answer_sealed"]


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"number": "+1202555014"}, 422, "NUMBER_INVALID"),
        ({"number": ""}, 422, "NUMBER_MISSING"),
        ({"number": 12025550143}, 400, "BAD_REQUEST"),
        ({"brand": "nobody"}, 422, "BRAND_UNKNOWN"),
        ({"notice": "A" * 43}, 422, "NOTICE_UNKNOWN"),
        ({"notice": "none"}, 422, "NOTICE_UNKNOWN"),
        ({"purpose": "marketing.events"}, 422, "PURPOSE_INVALID"),
        ({"given": "2035-02-01T09:30:00Z"}, 422, "GIVEN_INVALID"),
        ({"given": "2026-02-01T09:30:00"}, 400, "BAD_REQUEST"),
        ({"given": "0001-01-01T00:00:00+14:00"}, 422, "GIVEN_INVALID"),
        ({"expires": "9999-12-31T23:59:59-14:00"}, 422, "EXPIRES_INVALID"),
        ({"expires": "9999-12-31T00:00:00Z"}, 422, "EXPIRES_INVALID"),
        ({"brand": "\0"}, 422, "BRAND_UNKNOWN"),
        ({"external_id": "\0"}, 422, "ATTRIBUTE_INVALID"),
        ({"attributes": {"shop": "a\0b"}}, 422, "ATTRIBUTE_INVALID"),
        ({"expires": "2026-02-01T09:30:00Z"}, 422, "EXPIRES_INVALID"),
        ({"attributes": {"shoe_size": "43"}}, 422, "ATTRIBUTE_UNKNOWN"),
        ({"language": "+12025550143"}, 422, "ATTRIBUTE_INVALID"),
    ],
)
async def test_a_person_with_a_mistake_is_refused_without_their_number(
    changed: dict[str, Any], status: int, code: str, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        shown = await stocked(known)
        answer = await known.post("/api/people", {**shown["/api/people"], **changed})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert NUMBER not in answer.text


async def test_an_expiry_must_be_said(database_url: str, redis_url: str, tmp_path: Path) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        person = (await stocked(known))["/api/people"]
        silent = {name: value for name, value in person.items() if name != "expires"}
        assert (await known.post("/api/people", silent)).status_code == 400
        assert (await known.post("/api/people", {**person, "expires": None})).status_code == 200


async def test_who_withdrew_is_not_added_again(database_url: str, redis_url: str, tmp_path: Path) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        shown = await stocked(known)
        before = (await known.post("/api/people/find", shown["/api/people/find"])).json()
        everything = {**shown["/api/people/find"], "reason": "too many texts"}
        withdrawn = await known.post("/api/people/withdraw", everything)
        after = (await known.post("/api/people/find", shown["/api/people/find"])).json()
        again = await known.post("/api/people", shown["/api/people"])
    assert before["suppressed_at"] is None
    assert [(one["purpose"], one["reasons"]) for one in before["purposes"]] == [("marketing.offers", [])]
    assert withdrawn.json()["in_flight"] == []
    assert after["suppressed_at"] is not None
    assert [] not in [one["reasons"] for one in after["purposes"]]
    assert (again.status_code, again.json()["code"]) == (409, "WITHDRAWN_SINCE")
    assert NUMBER not in again.text


async def test_a_number_that_nobody_knows_is_not_there(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        await stocked(known)
        answer = await known.post("/api/people/find", {"brand": "corner-cafe", "number": "+12025550199"})
    assert (answer.status_code, answer.json()["code"]) == (404, "SUBJECT_UNKNOWN")


async def test_every_problem_of_a_campaign_is_told_with_its_path(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        shown = await stocked(known)
        wrong = {**shown[PLAN], "purpose": "marketing.offer", "pace": {"per_second": 1000}}
        answer = await known.post(CHECK, wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "FILE_INVALID")
    paths = {one["path"]: one for one in answer.json()["problems"]}
    assert paths.keys() == {"purpose", "pace.per_second"}
    assert "marketing.offers" in paths["purpose"]["hint"]


async def test_what_a_text_lacks_is_told_with_the_rule_and_what_to_write(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        shown = await stocked(known)
        whole = (await known.post(CHECK, shown[CHECK])).json()
        short = {"en": shown[CHECK]["message"]["en"].replace(", STOP to end", "")}
        lacking = (await known.post(CHECK, {**shown[CHECK], "message": short})).json()
    assert (whole["places"], whole["valid"], whole["gaps"]) == (["US"], True, [])
    [gap] = lacking["gaps"]
    assert (lacking["valid"], gap["stops"], gap["rule"]) == (
        False,
        True,
        "US.content.require.opt_out_instruction",
    )
    assert "Reply STOP to end" in gap["write"]


@pytest.mark.parametrize(
    ("changed", "path", "message"),
    [
        ({"given": "soon"}, "given", "Invalid RFC3339 encoded datetime"),
        ({"given": "2026-02-01T09:30:00"}, "given", "Expected `datetime` with a timezone component"),
        ({"number": 12025550143}, "number", "Expected `str`, got `int`"),
        ({"attributes": {"+12025550143": 7}}, "attributes[...]", "Expected `str`, got `int`"),
    ],
)
async def test_a_body_of_another_shape_is_told_where_and_never_quoted(
    changed: dict[str, Any], path: str, message: str, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        person = (await stocked(known))["/api/people"]
        alone = await known.post("/api/people", {**person, **changed})
        many = await known.post("/api/people/bulk", [person, {**person, **changed}])
    for answer, where in ((alone, path), (many, f"[1].{path}")):
        assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")
        assert answer.json()["problems"] == [{"path": where, "message": message, "hint": None}]
        assert NUMBER not in answer.text


async def test_a_field_that_is_missing_is_named(database_url: str, redis_url: str, tmp_path: Path) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        person = (await stocked(known))["/api/people"]
        answer = await known.post("/api/people", {n: v for n, v in person.items() if n != "expires"})
    [told] = answer.json()["problems"]
    assert told["message"] == "Object missing required field `expires`"


async def test_runs_come_in_pages_that_follow_each_other(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        shown = await stocked(known)
        planned = [(await known.post(PLAN, shown[PLAN])).json()["run"] for _ in range(5)]
        assert await _paged(known, limit=2) == [planned[4:2:-1], planned[2:0:-1], planned[:1]]
        assert await _paged(known, limit=5) == [planned[::-1]]
        assert (await known.get("/api/runs?limit=101")).status_code == 400
        assert (await known.get("/api/runs?after=there")).status_code == 404


async def test_a_run_moves_as_far_as_it_may(database_url: str, redis_url: str, tmp_path: Path) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        shown = await stocked(known)
        run = f"/api/runs/{(await known.post(PLAN, shown[PLAN])).json()['run']}"
        other = await caller(known.site, name="compliance")
        assert (await known.post(f"{run}/start")).json()["code"] == "RUN_STATE"
        await other.post(f"{run}/approve")
        moves = [(await known.post(f"{run}/{move}")).json()["state"] for move in ("start", "pause", "resume")]
        assert moves == ["running", "paused", "running"]
        cancelled = (await known.post(f"{run}/cancel")).json()
        account = (await known.get(run)).json()
    assert (cancelled["state"], cancelled["unsent"]) == ("cancelled", 1)
    assert (account["state"], account["cancelled"], account["audience"]) == ("cancelled", 1, 1)


async def _age(database_url: str, by: timedelta) -> None:
    """Lets all requests have come so much earlier, and a second more."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("UPDATE idempotency SET at = at - $1::interval", by + timedelta(seconds=1))
    finally:
        await connection.close()


async def _paged(known: Caller, limit: int) -> list[list[str]]:
    """The ids of the runs on each page."""
    pages: list[list[str]] = []
    after: str | None = ""
    while after is not None:
        answer = (await known.get(f"/api/runs?limit={limit}" + (f"&after={after}" if after else ""))).json()
        pages.append([one["run"] for one in answer["runs"]])
        after = answer["next"]
    return pages
