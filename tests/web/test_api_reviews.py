"""Reviews over the API: who may see them, what reading leaves behind, what resolving does."""

from pathlib import Path

from apicaller import caller, calling, held, stocked

from yesfirst.usecases.api_keys import Capability

CAFE, NUMBER = "corner-cafe", "+12025550143"
FIND = {"brand": CAFE, "number": NUMBER}


async def test_a_review_is_listed_without_words_and_read_with_them_on_record(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        await stocked(known)
        review = await held(known, CAFE, NUMBER, "hm, rather not")
        listed = await known.get("/api/reviews")
        read = await known.post(f"/api/reviews/{review}/read")
        async with known.site.ground.engine.connect() as connection:
            revealed = "SELECT count(*) FROM leaf WHERE t = 'access.revealed'"
            shown = (await connection.exec_driver_sql(revealed)).scalar_one()
    [one] = listed.json()["reviews"]
    assert one.keys() == {"review", "brand", "kind", "at", "resolutions"}
    assert (one["review"], one["resolutions"], listed.json()["next"]) == (review, ["stop", "keep"], None)
    assert (read.json()["number"], read.json()["text"]) == (NUMBER, "hm, rather not")
    assert read.headers["cache-control"] == "no-store"
    assert shown == 1


async def test_to_keep_lets_somebody_be_texted_again_and_to_stop_withdraws(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        await stocked(known)
        for resolution, reasons in (("keep", []), ("stop", ["SUPPRESSED", "CONSENT_WITHDRAWN"])):
            review = await held(known, CAFE, NUMBER, "hm")
            assert (await known.post("/api/people/find", FIND)).json()["held_at"] is not None
            answer = await known.post(f"/api/reviews/{review}/resolve", {"resolution": resolution})
            assert answer.json() == {"review": review, "resolution": resolution}
            found = (await known.post("/api/people/find", FIND)).json()
            offers = {one["purpose"]: one["reasons"] for one in found["purposes"]}["marketing.offers"]
            assert (found["held_at"], set(offers)) == (None, set(reasons))
            again = await known.post(f"/api/reviews/{review}/resolve", {"resolution": resolution})
            assert (again.status_code, again.json()["code"]) == (404, "REVIEW_UNKNOWN")


async def test_pages_go_on_behind_what_has_been_resolved_meanwhile(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        await stocked(known)
        made = [await held(known, CAFE, NUMBER, str(n)) for n in range(3)]
        first = (await known.get("/api/reviews?limit=2")).json()
        await known.post(f"/api/reviews/{first['next']}/resolve", {"resolution": "keep"})
        rest = (await known.get(f"/api/reviews?limit=2&after={first['next']}")).json()
        wrong = await known.get("/api/reviews?after=nothing")
    assert [one["review"] for one in first["reviews"] + rest["reviews"]] == made
    assert (rest["next"], wrong.status_code) == (None, 404)


async def test_a_review_of_another_brand_is_not_there(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        await stocked(known)
        review = await held(known, CAFE, NUMBER, "hm")
        tea = await caller(known.site, Capability.REVIEW, brand="lantern-tea")
        assert (await tea.get("/api/reviews")).json()["reviews"] == []
        for path, body in ((f"{review}/read", None), (f"{review}/resolve", {"resolution": "stop"})):
            answer = await tea.post(f"/api/reviews/{path}", body)
            assert (answer.status_code, answer.json()["code"]) == (404, "REVIEW_UNKNOWN")
        wrong = await known.post(f"/api/reviews/{review}/resolve", {"resolution": "done"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "RESOLUTION_INVALID")
