"""The schema shows a body for every request that has one, and each of them is answered."""

from pathlib import Path
from urllib.parse import urlencode

from apicaller import calling, examples, held, stocked

# In the order in which they make sense.
SHOWN = {
    "/api/brands": 200,
    "/api/people": 200,
    "/api/people/bulk": 200,
    "/api/people/find": 200,
    "/api/people/link": 200,
    "/api/people/explain": 200,
    "/api/campaigns/check": 200,
    "/api/campaigns/plan": 201,
    "/api/runs/{run}/test": 201,
    "/api/messages/find": 200,
    "/api/reviews/{review}/resolve": 200,
    "/api/brands/{brand}/renewals": 200,
    "/api/people/withdraw": 200,
    "/api/people/withdraw/bulk": 200,
}


async def test_every_body_that_the_schema_shows_is_answered(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as caller:
        shown = await examples(caller.site)
        assert {path for path, body in shown.items() if body is not None} == SHOWN.keys()
        made = {"{run}": "", "{review}": ""}
        for path, status in SHOWN.items():
            address = path.replace("{brand}", "corner-cafe")
            for name, id in made.items():
                address = address.replace(name, id)
            answer = await caller.post(address, shown[path])
            assert answer.status_code == status, (path, answer.text)
            if path == "/api/campaigns/plan":
                made["{run}"] = answer.json()["run"]
            if path == "/api/messages/find":
                made["{review}"] = await held(caller, "corner-cafe", shown[path]["number"], "Hm")


async def test_the_table_that_the_schema_shows_is_imported(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as caller:
        person = (await stocked(caller))["/api/people"]
        asked = {name: person[name] for name in ("brand", "purpose", "notice")}
        [(path, table)] = [
            (path, body)
            for path, body in (await examples(caller.site, "text/csv")).items()
            if body is not None
        ]
        answer = await caller.send(f"{path}?{urlencode(asked)}", table.encode())
    assert answer.status_code == 200, answer.text
    assert answer.json()["import"]["outcomes"] == {"imported": 2}


async def test_the_schema_says_that_a_key_is_needed(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as caller:
        schema = (await caller.site.get("/schema/openapi.json")).json()
    assert schema["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    ours = [each for path, each in schema["paths"].items() if path.startswith("/api/")]
    assert ours
    assert all(
        one["security"] == [{"key": []}] for each in ours for one in each.values() if "responses" in one
    )
