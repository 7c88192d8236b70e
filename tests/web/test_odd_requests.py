"""Requests that no proper client sends: each is answered by a problem of the sender's, none by a fault of ours."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import asyncpg
import httpx
import pytest
from apicaller import Caller, calling, examples, stocked
from webserver import SERVICE

from yesfirst.ledger.text import id_text

PROBLEM = "application/problem+json"
FIND = "/api/people/find"
INBOUND = "/webhooks/twilio/inbound"
STATUS = "/webhooks/twilio/status"
CAFE = "/api/brands/corner-cafe"
BULK = "/api/people/bulk"
IMPORT = "/api/people/import"
JSON = (b"Content-Type", b"application/json")
CSV = (b"Content-Type", b"text/csv")
XLSX = (b"Content-Type", b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
TEXT = {"MessageSid": "SM" + "1" * 32, "From": "+8613900000001", "To": SERVICE, "Body": "STOP"}
RECEIPT = {"MessageSid": "SM" + "2" * 32, "MessageStatus": "delivered"}
NUMBERED = b'{"brand": "corner-cafe", "number": "+12025550143"}'

BODIES = (
    b"",
    b"{",
    b"null",
    b"[]",
    b"1e400",
    b"\xff\xfe",
    NUMBERED.decode().encode("utf-16"),
    b"\x1f\x8b\x08\x00",
    b'{"brand": "\\ud800", "number": "+12025550143"}',
    b'{"brand": "corner-cafe\\u0000", "number": "+12025550143"}',
    b'{"brand": "corner-cafe", "number": "+1\\u0000"}',
    b'{"brand": "corner-cafe", "number": 1%s}' % (b"0" * 5000),
    b"[" * 100_000,
    b'{"brand":' * 50_000,
    b'{"brand": "corner-cafe", "number": "%s"}' % (b"+1" * 100_000),
    b'{"brand": "%s"}' % (b"x" * 2_000_000),
)
HEADERS = (
    (b"Content-Type", b""),
    (b"Content-Type", b"text/plain"),
    (b"Content-Type", b";;;="),
    (b"Content-Type", b"multipart/form-data"),
    (b"Content-Type", b"multipart/form-data; boundary=\xe9"),
    (b"Content-Type", b"application/x-www-form-urlencoded"),
    (b"Content-Type", b"application/x-msgpack"),
    (b"Content-Type", b"application/json; charset=utf-16"),
    (b"Content-Encoding", b"gzip"),
    (b"Accept", b"application/xml"),
    (b"Accept", b"\xff"),
    (b"Cookie", b"=;=\xff;;"),
    (b"Authorization", b"Bearer \xff"),
    (b"Authorization", b"Bearer " + b"x" * 5000),
    (b"X-Forwarded-For", b"\xff"),
    (b"Host", b"\xff"),
)
PATHS = (
    "/api/brands/%00",
    "/api/brands/%FF",
    "/api/brands/%ED%A0%80",
    "/api/brands/" + "x" * 5000,
    "/api/runs?limit=" + "9" * 5000,
    "/api/runs?limit=-1",
    "/api/runs?limit=1e3",
    "/api/runs?limit=NaN",
    "/api/runs?after=%00",
    "/api/runs?after=" + "A" * 5000,
    "/api/runs/%00",
    f"/api/runs/{'A' * 21}B",
    "/api/runs/%00/evidence",
    "/api/messages/%FF/evidence",
    "/api/imports/%00",
    "/api/imports/%FF/rows",
    f"/api/imports/{'A' * 42}B",
    f"/api/imports/{'A' * 43}/rows?after={'9' * 5000}",
    f"/api/imports/{'A' * 43}/rows?outcome=%00",
    "/%FF",
    "/log/tile/0/" + "x999/" * 2000 + "999",
    "/log/tile/%00/000",
    "/log/tile/0/%00",
    "/log/tile/0/%FF",
    "/log/tile/" + "9" * 5000 + "/000",
    "/log/tile/0/000.p/" + "9" * 5000,
    "/log/tile/0/%D9%A0%D9%A0%D9%A0",
    "/log/tile/-1/000",
    "/log/tile/63/000",
    "/log/tile/entries/%00",
)
QUERIES = (
    "?limit=1&limit=2",
    "?%FF=%FF",
    "?&&==&",
    "?limit=",
    "?limit=%D9%A3",
    "?after=",
    "?after=a&after=b",
)
TABLES = (
    b"",
    b"\0",
    b"\xff\xfe\0",
    b"mobile\n" + b"\0" * 5000,
    b'mobile,consent date\n"+12025550143,2026-02-01',
    b"," * 100_000,
    b"PK\x03\x04",
    b"PK\x05\x06" + b"\0" * 18,
)
TABLE = b"mobile,consent date,valid until\n+12025550145,2026-02-01,2036-02-01\n"
TERMS = {"brand": "corner-cafe", "purpose": "marketing.offers", "notice": "A" * 43}
ODD_TERMS = (
    {"brand": "\0"},
    {"brand": "\ud800"},
    {"purpose": "\0"},
    {"notice": "\0"},
    {"map": "\0=\0"},
    {"map": "number=#" + "9" * 5000},
    {"encoding": "\0"},
    {"sheet": "\0"},
    {"expires_after": "9" * 5000 + "d"},
    {"date_order": "\0"},
    {"dry_run": "\0"},
)
IF_MATCHES = (b"", b'"', b'""', b"\xff", b"W/*", b"*, *", b"x" * 5000)
REPEAT_KEYS = ([b""], [b"a" * 256], [b"a", b"b"], [b"\xe9"], [b"\xff" * 255], [b"a\tb"])
ROUTES = (
    "/api/brands",
    FIND,
    BULK,
    IMPORT,
    f"/api/imports/{'A' * 43}/rows",
    f"/api/runs/{'A' * 22}",
    f"/api/runs/{'A' * 22}/evidence",
)
FORGED_FIELDS = (
    {"MessageSid": "SM\0"},
    {"MessageSid": "S" * 5000},
    {"MessageSid": "短信"},
    {"To": "\0"},
    {"MessagingServiceSid": "MG\0"},
)
ODD_FIELDS = (
    {"From": "\0"},
    {"From": "+" + "1" * 5000},
    {"Body": "STOP" * 5000},
    {"OptOutType": "\0"},
    {"NumMedia": "9" * 5000, "\0": "\0"},
)


@pytest.fixture
async def known(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Caller]:
    async with calling(database_url, redis_url, tmp_path) as caller:
        await stocked(caller)
        yield caller


async def sent(
    known: Caller, method: str, path: str, body: bytes, *headers: tuple[bytes, bytes]
) -> httpx.Response:
    """The answer to a request with the caller's key and headers that may come twice."""
    key = (b"Authorization", f"Bearer {known.token}".encode())
    return await known.site.client.request(method, path, content=body, headers=[key, *headers])


def refuses(answer: httpx.Response) -> bool:
    """Whether it is a problem of the sender's making."""
    is_problem = answer.headers["content-type"] == PROBLEM and answer.json()["status"] == answer.status_code
    return 400 <= answer.status_code < 500 and is_problem and bool(answer.json()["code"])


async def test_a_body_that_says_nothing_is_refused(known: Caller) -> None:
    for path in (FIND, "/api/brands", "/api/campaigns/plan", "/api/people", BULK, "/api/people/withdraw"):
        for body in BODIES:
            assert refuses(await sent(known, "POST", path, body, JSON)), (path, body[:60])
    for body in BODIES:
        assert refuses(await sent(known, "PUT", CAFE, body, JSON, (b"If-Match", b"*"))), body[:60]


async def test_headers_that_mean_nothing_are_no_fault(known: Caller) -> None:
    for header in HEADERS:
        for before in ([], [JSON]):
            answer = await sent(known, "POST", FIND, NUMBERED, *before, header)
            assert answer.status_code == 200 or refuses(answer), (before, header)


async def test_an_idempotency_key_of_any_bytes_is_a_key_or_refused(known: Caller) -> None:
    for keys in REPEAT_KEYS:
        headers = [JSON, *((b"Idempotency-Key", key) for key in keys)]
        first, again = [await sent(known, "POST", "/api/people/withdraw", NUMBERED, *headers) for _ in "12"]
        assert first.content == again.content, keys
        assert first.status_code == 200 or refuses(first), keys


async def test_a_path_that_names_nothing_is_refused(known: Caller) -> None:
    for path in PATHS:
        assert refuses(await sent(known, "GET", path, b"")), path[:60]


async def test_a_query_of_any_kind_is_no_fault(known: Caller) -> None:
    for query in QUERIES:
        answer = await sent(known, "GET", f"/api/runs{query}", b"")
        assert answer.status_code == 200 or refuses(answer), query


async def test_a_table_that_is_none_is_refused(known: Caller) -> None:
    [notice] = (await known.get(CAFE)).json()["notices"]
    terms = urlencode(TERMS | {"notice": notice["sha256"]})
    for kind in (CSV, XLSX):
        for table in TABLES:
            assert refuses(await sent(known, "POST", f"{IMPORT}?{terms}", table, kind)), (kind, table[:60])


async def test_terms_of_any_kind_are_no_fault(known: Caller) -> None:
    [notice] = (await known.get(CAFE)).json()["notices"]
    for odd in ODD_TERMS:
        terms = urlencode(TERMS | {"notice": notice["sha256"]} | odd, errors="surrogatepass")
        answer = await sent(known, "POST", f"{IMPORT}?{terms}", TABLE, CSV)
        assert answer.status_code == 200 or refuses(answer), odd


async def test_a_version_that_was_never_read_is_refused(known: Caller) -> None:
    body = json.dumps((await examples(known.site))["/api/brands"]).encode()
    for version in IF_MATCHES:
        assert refuses(await sent(known, "PUT", CAFE, body, JSON, (b"If-Match", version))), version
    for path in ("/api/brands/%00", "/api/brands/%ED%A0%80"):
        assert refuses(await sent(known, "PUT", path, body, JSON, (b"If-Match", b"*"))), path


@pytest.mark.parametrize("path", ROUTES)
async def test_another_method_is_no_fault_and_needs_a_key_too(known: Caller, path: str) -> None:
    for method in ("OPTIONS", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "BREW"):
        answer, bare = await sent(known, method, path, b""), await known.site.client.request(method, path)
        assert (answer.status_code, bare.status_code) in ((204, 401), (405, 405)), method


async def test_a_callback_that_twilio_would_not_send_is_refused(known: Caller) -> None:
    for fields in FORGED_FIELDS:
        assert refuses(await known.site.twilio(INBOUND, TEXT | fields)), fields
        if "MessageSid" in fields:
            assert refuses(await known.site.twilio(STATUS, RECEIPT | fields)), fields


async def test_a_receipt_for_no_message_is_none_of_our_business(known: Caller) -> None:
    for query in (f"message={id_text(b'0' * 16)}", "message=%00", "message=%FF", "message=" + "A" * 5000):
        assert (await known.site.twilio(f"{STATUS}?{query}", RECEIPT)).status_code == 204, query


async def test_a_text_may_hold_anything(known: Caller) -> None:
    for number, fields in enumerate(ODD_FIELDS):
        form = TEXT | {"MessageSid": f"SM{number:032}"} | fields
        assert (await known.site.twilio(INBOUND, form)).status_code == 200, fields


@pytest.mark.parametrize("body", ["STOP\0", "\0STOP", "STOP\x7f", "\u202eSTOP"])
async def test_a_stop_counts_whatever_surrounds_it(known: Caller, database_url: str, body: str) -> None:
    assert (await known.site.twilio(INBOUND, TEXT | {"Body": body})).status_code == 200
    connection = await asyncpg.connect(database_url)
    try:
        assert await connection.fetchval("SELECT count(*) FROM suppression WHERE lifted_at IS NULL") == 1
    finally:
        await connection.close()
