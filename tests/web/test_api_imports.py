"""A file of people comes over the API: read as the command reads it, answered row by row, and never twice."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import asyncpg
import httpx
import pytest
from apicaller import Caller, caller, calling, examples, stocked

from yesfirst.store.kept_imports import KEPT
from yesfirst.web.api.tables import MOST_BYTES, XLSX

TABLE = "/api/people/import"
ROWS = """mobile,consent date,valid until,first_name,shop
+12025550145,2026-02-01,2036-02-01,Alan,Harbour
12,2026-02-01,2036-02-01,Joan,Market
+12025550145,2026-02-01,2036-02-01,Alan,Harbour
+12025550146,soon,2036-02-01,Mary,Market
+12025550147,2026-02-01,2036-02-01,Ruth,Market
"""
ENDS = [
    (2, "imported", None, "", ""),
    (3, "rejected", "NUMBER_INVALID", "mobile", ""),
    (4, "unchanged", "SAME_NUMBER", "", ""),
    (5, "rejected", "GIVEN_INVALID", "consent date", ""),
    (6, "imported", None, "", ""),
]


async def terms(known: Caller) -> dict[str, Any]:
    """The parameters that every import needs, once the brand is there."""
    person = (await stocked(known))["/api/people"]
    return {name: person[name] for name in ("brand", "purpose", "notice")}


async def sent(known: Caller, asked: dict[str, Any], table: str = ROWS, **more: object) -> httpx.Response:
    return await known.send(f"{TABLE}?{urlencode(asked | more, doseq=True)}", table.encode())


async def rows(known: Caller, id: str, query: str) -> list[list[tuple[object, ...]]]:
    """The rows on each page."""
    pages, after = [], 0
    while after is not None:
        page = (await known.get(f"/api/imports/{id}/rows?{query}&after={after}")).json()
        pages.append([tuple(row.values()) for row in page["rows"]])
        after = page["next"]
    return pages


async def test_every_row_ends_and_is_told_by_its_line(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        answer = await sent(known, await terms(known))
        done = answer.json()["import"]
        assert answer.json()["columns"]["guessed"]["number"] == "mobile"
        assert done["outcomes"] == {"imported": 2, "rejected": 2, "unchanged": 1}
        assert done["reasons"] == {"GIVEN_INVALID": 1, "NUMBER_INVALID": 1}
        assert (await known.get(f"/api/imports/{done['id']}")).json() == done
        assert await rows(known, done["id"], "limit=2") == [ENDS[:2], ENDS[2:4], ENDS[4:]]
        assert await rows(known, done["id"], "limit=2&outcome=rejected") == [[ENDS[1], ENDS[3]]]
        told = (await known.get(f"/api/imports/{done['id']}/rows")).text
    assert [word for word in ("202555", "Alan", "soon") if word in told] == []


async def test_the_same_file_is_answered_alike_and_after_a_day_is_imported_again(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        asked = await terms(known)
        first, again = [await sent(known, asked) for _ in range(2)]
        assert first.json() == again.json()
        await _age(database_url, KEPT)
        later = (await sent(known, asked)).json()["import"]
    assert later["id"] == first.json()["import"]["id"]
    assert later["outcomes"] == {"rejected": 2, "unchanged": 3}


async def test_a_dry_run_tells_the_ends_and_changes_nothing(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        asked = await terms(known)
        dry = (await sent(known, asked, dry_run="true")).json()["import"]
        number = {"brand": asked["brand"], "number": "+12025550145"}
        assert (await known.post("/api/people/find", number)).status_code == 404
        real = (await sent(known, asked)).json()["import"]
    assert (dry["dry_run"], real["dry_run"]) == (True, False)
    assert dry["outcomes"] == real["outcomes"]
    assert dry["id"] != real["id"]


async def test_of_two_at_once_one_is_told_to_come_again(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        asked = await terms(known)
        answers = await asyncio.gather(*(sent(known, asked, f"{ROWS}\n{' ' * n}") for n in range(3)))
    refused = [one for one in answers if one.status_code == 429]
    assert [one.status_code for one in answers].count(200) >= 1
    assert {one.json()["code"] for one in refused} <= {"IMPORTS_BUSY"}
    assert all(int(one.headers["retry-after"]) > 0 for one in refused)


async def test_columns_are_read_as_they_are_named(database_url: str, redis_url: str, tmp_path: Path) -> None:
    table = "a;b;c\n+12025550145;1/2/2026;Alan\n"
    named = {"map": ["number=a", "first_name=#3"], "given_column": "b", "no_expiry": "true"}
    async with calling(database_url, redis_url, tmp_path) as known:
        answer = await sent(known, await terms(known), table, date_order="dmy", **named)
    assert answer.json()["import"]["outcomes"] == {"imported": 1}, answer.text
    assert answer.json()["columns"] == {"guessed": {}, "dropped": []}


@pytest.mark.parametrize(
    ("table", "more", "status", "code"),
    [
        (ROWS, {"no_expiry": "true", "expires_after": "365d"}, 400, "READING_UNCLEAR"),
        (ROWS, {"expires_after": "soon"}, 400, "READING_UNCLEAR"),
        (ROWS, {"map": "mobile"}, 400, "READING_UNCLEAR"),
        (ROWS, {"date_order": "ymdh"}, 400, "BAD_REQUEST"),
        (ROWS, {"purpose": "marketing.events"}, 422, "PURPOSE_INVALID"),
        (ROWS, {"notice": "A" * 43}, 422, "NOTICE_UNKNOWN"),
        (ROWS, {"brand": "nowhere"}, 422, "BRAND_UNKNOWN"),
        ("", {}, 422, "FILE_UNREADABLE"),
        ('mobile,consent date,valid until\n"', {}, 422, "FILE_UNREADABLE"),
        ("mobile,shop\n+12025550145,Harbour\n", {}, 422, "COLUMNS_UNCLEAR"),
        (ROWS.partition("\n")[2], {}, 422, "COLUMNS_UNCLEAR"),
    ],
)
async def test_a_table_that_can_not_be_read_so_is_refused(
    table: str,
    more: dict[str, str],
    status: int,
    code: str,
    database_url: str,
    redis_url: str,
    tmp_path: Path,
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        answer = await sent(known, await terms(known), table, **more)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "202555" not in answer.text
    assert "--" not in answer.text


async def test_the_body_is_a_table_of_at_most_sixteen_mebibytes(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        path = f"{TABLE}?{urlencode(await terms(known))}"
        for kind in ("application/json", "multipart/form-data; boundary=x", ""):
            assert (await known.send(path, ROWS.encode(), kind)).json()["code"] == "TABLE_KIND_UNKNOWN"
        assert (await known.send(path, b"PK\x03\x04", XLSX)).json()["code"] == "FILE_UNREADABLE"
        heavy = await known.send(path, b"x" * (MOST_BYTES + 1))
    assert (heavy.status_code, heavy.json()["code"]) == (413, "REQUEST_ENTITY_TOO_LARGE")


async def test_what_another_brand_imported_is_not_there(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        asked = await terms(known)
        done = (await sent(known, asked)).json()["import"]
        tea = await caller(known.site, brand="lantern-tea")
        assert (await sent(tea, asked)).json()["code"] == "BRAND_FORBIDDEN"
        for path in (f"/api/imports/{done['id']}", f"/api/imports/{done['id']}/rows", "/api/imports/there"):
            answer = await tea.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "IMPORT_UNKNOWN")
        assert TABLE in await examples(known.site, "text/csv")


async def _age(database_url: str, by: timedelta) -> None:
    """Lets all imports have begun so much earlier, and a second more."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(
            "UPDATE import SET started_at = started_at - $1::interval", by + timedelta(seconds=1)
        )
    finally:
        await connection.close()
