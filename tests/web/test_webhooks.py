"""Twilio's calls over real HTTP to real PostgreSQL, signed by Twilio's own SDK."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import asyncpg
import pytest
from webserver import PUBLIC_URL, SERVICE, Site, settings, sign, site

from yesfirst.ledger.text import id_text
from yesfirst.usecases.inbound import Reply
from yesfirst.web.webhooks import twiml

INBOUND = "/webhooks/twilio/inbound"
STATUS = "/webhooks/twilio/status"
PERSON = "+8613900000001"
TEXT = {
    "MessageSid": "SM" + "1" * 32,
    "From": PERSON,
    "To": "+15005550006",
    "MessagingServiceSid": SERVICE,
    "Body": "退订 & 1+1=2",
    "FromCity": "",
}


@pytest.fixture
async def running(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with site(database_url, settings(redis_url, tmp_path)) as running:
        yield running


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def handled(database: asyncpg.Connection) -> int:
    return int(await database.fetchval("SELECT count(*) FROM inbound"))


async def suppressed(database: asyncpg.Connection) -> int:
    return int(await database.fetchval("SELECT count(*) FROM suppression WHERE lifted_at IS NULL"))


async def add_messages(database: asyncpg.Connection, ids: list[bytes], state: str = "accepted") -> None:
    await database.execute(
        """
        INSERT INTO message (run, lane, position, subject, id, state, body_sealed, parts)
        SELECT '\\x01', 0, n, id, id, $2, '\\x00', 1 FROM unnest($1::bytea[]) WITH ORDINALITY AS new (id, n)
        """,
        ids,
        state,
    )


def words(response_text: str) -> list[str | None]:
    """The texts that a TwiML answer sends back."""
    return [message.text for message in ElementTree.fromstring(response_text).iter("Message")]


# What is called, with which form and signature.
FORGED: dict[str, tuple[str, Mapping[str, str], str | bytes | None]] = {
    "it is missing": (INBOUND, TEXT, None),
    "it is empty": (INBOUND, TEXT, ""),
    "another token made it": (INBOUND, TEXT, sign(INBOUND, TEXT, "another token")),
    "a field was changed": (INBOUND, TEXT | {"From": "+8613900000002"}, sign(INBOUND, TEXT)),
    "a field was added": (INBOUND, TEXT | {"OptOutType": "START"}, sign(INBOUND, TEXT)),
    "it is for another path": (INBOUND, TEXT, sign(STATUS, TEXT)),
    "it is for another query": (f"{STATUS}?message=a", TEXT, sign(f"{STATUS}?message=b", TEXT)),
    "it is for no query": (f"{STATUS}?message=a", TEXT, sign(STATUS, TEXT)),
    "it is for the address behind the proxy": (
        INBOUND,
        TEXT,
        sign(INBOUND, TEXT, address="http://10.0.0.1:8800"),
    ),
    "it is not ASCII": (INBOUND, TEXT, b"\xe9" * 28),
}


@pytest.mark.parametrize("why", FORGED)
async def test_a_call_without_a_signature_that_holds_is_refused(
    running: Site, database: asyncpg.Connection, why: str
) -> None:
    path, form, signature = FORGED[why]
    answer = await running.post(path, urlencode(form), signature)
    assert (answer.status_code, answer.json()["code"]) == (403, "SIGNATURE_INVALID")
    assert answer.headers["content-type"] == "application/problem+json"
    assert await handled(database) == 0


@pytest.mark.parametrize(("token", "public_url"), [(None, PUBLIC_URL), ("", PUBLIC_URL), ("a token", None)])
async def test_nobody_is_let_in_before_token_and_public_address_are_set(
    database_url: str, redis_url: str, tmp_path: Path, token: str | None, public_url: str | None
) -> None:
    web = replace(settings(redis_url, tmp_path), twilio_auth_token=token, public_url=public_url)
    async with site(database_url, web) as running:
        assert (await running.twilio(INBOUND, TEXT, token or "")).status_code == 403


@pytest.mark.parametrize("body", [b"\xff", b"Body=%ff", b"Body", b"Body=a&Body=b", "Body=退订".encode()])
async def test_a_body_without_a_single_reading_is_no_form(running: Site, body: bytes) -> None:
    answer = await running.post(INBOUND, body, "any")
    assert (answer.status_code, answer.json()["code"]) == (400, "FORM_INVALID")


async def test_a_body_beyond_measure_is_refused(running: Site) -> None:
    answer = await running.post(INBOUND, b"Body=" + b"a" * 70_000, "any")
    assert answer.status_code == 413


async def test_the_query_is_checked_as_it_was_sent(running: Site) -> None:
    form = {"MessageSid": "SM" + "2" * 32, "MessageStatus": "sent"}
    answer = await running.twilio(f"{STATUS}?message=a%2Fb%20c&x=", form)
    assert answer.status_code == 204


async def test_a_stop_is_on_record_when_it_is_answered(running: Site, database: asyncpg.Connection) -> None:
    answer = await running.twilio(INBOUND, TEXT | {"Body": "退订"})
    assert (await suppressed(database), answer.status_code) == (1, 200)
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert len(words(answer.text)) == 1


async def test_the_same_text_again_is_answered_and_changes_nothing(
    running: Site, database: asyncpg.Connection
) -> None:
    first = await running.twilio(INBOUND, TEXT | {"Body": "HELP"})
    again = await running.twilio(INBOUND, TEXT | {"Body": "HELP"})
    assert (len(words(first.text)), words(again.text)) == (1, [])
    assert (again.status_code, await handled(database)) == (200, 1)


@pytest.mark.parametrize(
    ("kind", "body", "stops"),
    [("STOP", "any words", 1), ("HELP", "STOP", 0), ("", "STOP", 1), ("A_NEW_ONE", "STOP", 1)],
)
async def test_what_the_carrier_understood_counts_before_the_words(
    running: Site, database: asyncpg.Connection, kind: str, body: str, stops: int
) -> None:
    answer = await running.twilio(INBOUND, TEXT | {"Body": body, "OptOutType": kind})
    assert (answer.status_code, await suppressed(database)) == (200, stops)


async def test_a_text_to_a_sender_that_is_a_number_finds_its_brand(
    running: Site, database: asyncpg.Connection
) -> None:
    await database.execute("UPDATE sender SET address = '+15005550006'")
    form = {name: value for name, value in TEXT.items() if name != "MessagingServiceSid"} | {"Body": "STOP"}
    await running.twilio(INBOUND, form)
    assert await suppressed(database) == 1


@pytest.mark.parametrize("name", ["MessageSid", "From", "To"])
async def test_a_text_that_lacks_a_field_is_refused_by_the_name_of_the_field(
    running: Site, name: str
) -> None:
    answer = await running.twilio(INBOUND, TEXT | {name: ""})
    assert (answer.status_code, answer.json()["detail"]) == (400, f"The form has no {name}.")


async def test_a_fault_is_a_500_that_says_nothing_of_the_person(
    running: Site, database: asyncpg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    await database.execute("ALTER TABLE inbound RENAME TO elsewhere")
    with caplog.at_level(logging.DEBUG):
        answer = await running.twilio(INBOUND, TEXT | {"Body": "STOP"})
        await running.twilio(INBOUND, TEXT, "another token")
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_FAULT")
    ours = [(one.levelname, one.getMessage()) for one in caplog.records if one.name == "yesfirst.web"]
    assert ours == [
        ("ERROR", f"ProgrammingError at {INBOUND}"),
        ("WARNING", f"refused with 403 at {INBOUND}"),
    ]
    # The client of this test logs the addresses that it asks for; those have no number either.
    assert PERSON[1:] not in caplog.text + answer.text


@pytest.mark.parametrize(
    ("reply", "xml"),
    [
        (None, "<Response/>"),
        (Reply('茶 <b> & "c"'), '<Response><Message>茶 &lt;b&gt; &amp; "c"</Message></Response>'),
    ],
)
def test_twiml_escapes_what_it_says(reply: Reply | None, xml: str) -> None:
    assert twiml(reply) == '<?xml version="1.0" encoding="UTF-8"?>' + xml
    assert words(twiml(reply)) == ([reply.text] if reply else [])


def status_of(status: str, **fields: str) -> dict[str, str]:
    return {"MessageSid": "SM" + "2" * 32, "MessageStatus": status, "To": PERSON, **fields}


async def test_a_receipt_is_on_record_when_it_is_answered(
    running: Site, database: asyncpg.Connection
) -> None:
    message = secrets.token_bytes(16)
    await add_messages(database, [message])
    path = f"{STATUS}?message={id_text(message)}"
    answer = await running.twilio(path, status_of("undelivered", ErrorCode="30003"))
    row = await database.fetchrow("SELECT receipt, receipt_code, state FROM message")
    assert (answer.status_code, answer.content, tuple(row)) == (204, b"", ("undelivered", 30003, "accepted"))


async def test_receipts_that_arrive_together_are_all_recorded(
    running: Site, database: asyncpg.Connection
) -> None:
    messages = [secrets.token_bytes(16) for _ in range(60)]
    await add_messages(database, messages)
    paths = [f"{STATUS}?message={id_text(message)}" for message in messages]
    calls = [running.twilio(path, status_of(status)) for path in paths for status in ("delivered", "sent")]
    assert {answer.status_code for answer in await asyncio.gather(*calls)} == {204}
    assert await database.fetchval("SELECT count(*) FROM message WHERE receipt = 'delivered'") == 60


async def test_a_receipt_resolves_an_unknown_outcome(running: Site, database: asyncpg.Connection) -> None:
    message = secrets.token_bytes(16)
    await add_messages(database, [message], "unknown")
    await running.twilio(f"{STATUS}?message={id_text(message)}", status_of("sent"))
    assert await database.fetchval("SELECT state FROM message") == "accepted"
    assert await database.fetchval("SELECT t FROM leaf ORDER BY id DESC LIMIT 1") == "send.resolved"


@pytest.mark.parametrize("query", ["", "?message=", "?message=SM123", f"?message={id_text(b'0' * 16)}"])
async def test_a_message_of_another_system_is_none_of_our_business(running: Site, query: str) -> None:
    assert (await running.twilio(STATUS + query, status_of("delivered"))).status_code == 204


async def test_a_status_that_is_no_receipt_is_answered_and_not_kept(
    running: Site, database: asyncpg.Connection
) -> None:
    message = secrets.token_bytes(16)
    await add_messages(database, [message])
    answer = await running.twilio(f"{STATUS}?message={id_text(message)}", status_of("queued"))
    assert (answer.status_code, await database.fetchval("SELECT receipt FROM message")) == (204, None)


@pytest.mark.parametrize(
    "fields", [{"MessageSid": ""}, {"MessageStatus": ""}, {"ErrorCode": "many"}, {"ErrorCode": "9" * 12}]
)
async def test_a_status_callback_that_is_malformed_is_refused(running: Site, fields: dict[str, str]) -> None:
    path = f"{STATUS}?message={id_text(b'0' * 16)}"
    answer = await running.twilio(path, status_of("delivered") | fields)
    assert (answer.status_code, answer.json()["code"]) == (400, "FORM_INVALID")
