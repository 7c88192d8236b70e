import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from simulated import PERSON, SERVICE, SHOP, sdk, simulator
from twilio.base.exceptions import TwilioException, TwilioRestException

from yesfirst.simulator.config import ACCOUNT_SID
from yesfirst.simulator.journal import body_hash
from yesfirst.simulator.senders import Sender


def test_the_sdk_creates_fetches_and_lists_a_message(tmp_path: Path) -> None:
    with simulator(tmp_path) as carrier:
        created = carrier.client.messages.create(to=PERSON, from_=SHOP, body="Tea is ready.")
        fetched = carrier.client.messages(created.sid).fetch()
        listed = carrier.client.messages.list(to=PERSON)
    assert created.sid.startswith("SM")
    assert len(created.sid) == 34
    assert (created.status, created.num_segments, created.error_code) == ("queued", "1", None)
    assert abs(created.date_created - datetime.now(UTC)) < timedelta(seconds=10)
    assert (fetched.to, fetched.from_, fetched.body) == (PERSON, SHOP, "Tea is ready.")
    assert [message.sid for message in listed] == [created.sid]


def test_a_messaging_service_tells_its_numbers_and_short_codes(tmp_path: Path) -> None:
    senders = (Sender(SHOP, SERVICE), Sender("50055", SERVICE), Sender("+15005550007"))
    with simulator(tmp_path, senders=senders) as carrier:
        pool = carrier.client.messaging.v1.services(SERVICE)
        numbers, codes = pool.phone_numbers.list(), pool.short_codes.list()
        with pytest.raises(TwilioException):
            carrier.client.messaging.v1.services("MG" + "0" * 32).phone_numbers.list()
    assert [one.phone_number for one in numbers] == [SHOP]
    assert [one.short_code for one in codes] == ["50055"]


def test_a_messaging_service_accepts_first_and_chooses_its_sender_later(tmp_path: Path) -> None:
    with simulator(tmp_path, senders=(Sender(SHOP, SERVICE),)) as carrier:
        created = carrier.client.messages.create(
            to=PERSON, messaging_service_sid=SERVICE, body="Tea is ready."
        )
        listed = carrier.client.messages.list(from_=SHOP)
        (entry,) = carrier.entries("create")
    assert (created.status, created.from_, created.num_segments) == ("accepted", None, "0")
    assert [message.sid for message in listed] == [created.sid]
    assert (entry["from"], entry["messaging_service_sid"]) == (SHOP, SERVICE)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"to": ""}, 400, 21604),
        ({"to": "5555550101"}, 400, 21211),
        ({"to": "+0555550101"}, 400, 21211),
        ({"to": "+155"}, 400, 21211),
        ({"to": " 15555550101"}, 400, 21211),
        ({"from_": ""}, 400, 21603),
        ({"from_": "+1-500"}, 400, 21212),
        ({"from_": "+15005550007"}, 400, 21606),
        ({"messaging_service_sid": "MG" + "6" * 32}, 400, 21701),
        ({"body": ""}, 400, 21602),
        ({"body": "x" * 1601}, 400, 21617),
        ({"status_callback": "ftp://127.0.0.1/"}, 400, 21609),
        ({"status_callback": "https://example.com/status"}, 400, 21609),
        ({"validity_period": 0}, 400, 20001),
    ],
)
def test_a_bad_request_gets_twilios_code_and_is_journaled(
    tmp_path: Path, change: dict[str, Any], status: int, code: int
) -> None:
    with simulator(tmp_path, senders=(Sender(SHOP, SERVICE),)) as carrier:
        with pytest.raises(TwilioRestException) as refused:
            carrier.client.messages.create(**{"to": PERSON, "from_": SHOP, "body": "Tea", **change})
        (entry,) = carrier.entries("create")
        assert carrier.client.messages.list() == []
    assert (refused.value.status, refused.value.code) == (status, code)
    assert (entry["answer"], entry["code"], entry["sid"]) == (status, code, None)


@pytest.mark.parametrize(("account", "token"), [(ACCOUNT_SID, "another"), ("AC" + "1" * 32, "simulator")])
def test_wrong_credentials_get_401_with_20003(tmp_path: Path, account: str, token: str) -> None:
    with simulator(tmp_path) as carrier, sdk(carrier.address, account, token) as stranger:
        with pytest.raises(TwilioRestException) as refused:
            stranger.messages.create(to=PERSON, from_=SHOP, body="Tea")
        assert (refused.value.status, refused.value.code) == (401, 20003)
        with pytest.raises(TwilioRestException, match="Authenticate"):
            stranger.messages("SM" + "0" * 32).fetch()
        response = stranger.request("GET", f"{carrier.address}/2010-04-01/Accounts/{account}/Messages.json")
        assert response.status_code == 401
        assert [entry["answer"] for entry in carrier.entries("create")] == [401]


def test_an_error_body_has_twilios_four_fields(tmp_path: Path) -> None:
    with simulator(tmp_path) as carrier:
        status, body = carrier.call("/2010-04-01/Accounts/nobody/Calls.json")
    assert status == 404
    assert body == {
        "code": 20404,
        "message": "The requested resource was not found",
        "more_info": "https://www.twilio.com/docs/errors/20404",
        "status": 404,
    }


def test_the_journal_has_the_hash_of_the_body_and_the_time_of_arrival(tmp_path: Path) -> None:
    before = datetime.now(UTC).timestamp()
    with simulator(tmp_path) as carrier:
        created = carrier.client.messages.create(to=PERSON, from_=SHOP, body="茶好了")
        (entry,) = carrier.entries("create")
    assert before <= entry.pop("at") <= datetime.now(UTC).timestamp()
    assert entry == {
        "kind": "create",
        "to": PERSON,
        "from": SHOP,
        "messaging_service_sid": None,
        "body_sha256": body_hash("茶好了"),
        "sid": created.sid,
        "answer": 201,
        "code": None,
    }


def test_pages_follow_each_other_although_new_messages_come_in(tmp_path: Path) -> None:
    with simulator(tmp_path) as carrier:
        sids = [carrier.client.messages.create(to=PERSON, from_=SHOP, body=str(n)).sid for n in range(5)]
        page = carrier.client.messages.page(page_size=2)
        seen = [message.sid for message in page]
        while True:
            carrier.client.messages.create(to=PERSON, from_=SHOP, body="newer")
            following = page.next_page()
            if following is None:
                break
            page = following
            seen += [message.sid for message in page]
    assert seen == sids[::-1]


_NOW = timedelta(0)
_DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("name", "shift", "form", "found"),
    [
        ("DateSent", _NOW, "%Y-%m-%d", True),
        ("DateSent", -_DAY, "%Y-%m-%d", False),
        ("DateSent>", _NOW, "%Y-%m-%d", True),
        ("DateSent>", _DAY, "%Y-%m-%d", False),
        ("DateSent<", _NOW, "%Y-%m-%d", True),
        ("DateSent<", -_DAY, "%Y-%m-%d", False),
        ("DateSent>", timedelta(seconds=-1), "%Y-%m-%dT%H:%M:%SZ", True),
        ("DateSent>", timedelta(minutes=1), "%Y-%m-%dT%H:%M:%SZ", False),
        ("DateSent>=", timedelta(minutes=1), "%Y-%m-%dT%H:%M:%SZ", False),
        ("DateSent<", timedelta(minutes=1), "%Y-%m-%dT%H:%M:%SZ", True),
        ("DateSent<", timedelta(minutes=-1), "%Y-%m-%dT%H:%M:%SZ", False),
    ],
)
def test_the_list_is_filtered_by_the_date_it_was_sent(
    tmp_path: Path, name: str, shift: timedelta, form: str, found: bool
) -> None:
    with simulator(tmp_path) as carrier:
        carrier.client.messages.create(to=PERSON, from_=SHOP, body="Tea")
        (entry,) = carrier.entries("create")
        # Relative to the message, so that a midnight during the test changes nothing.
        at = datetime.fromtimestamp(entry["at"], UTC) + shift
        response = carrier.client.request(
            "GET",
            f"{carrier.address}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json",
            params={name: at.strftime(form)},
        )
    assert len(json.loads(response.text)["messages"]) == found


@pytest.mark.parametrize(
    "query", ["DateSent=yesterday", "DateSent%3E=2026-13-01", "PageSize=0", "Page=x", "PageToken=PAnone"]
)
def test_a_query_that_cannot_be_read_is_refused(tmp_path: Path, query: str) -> None:
    with simulator(tmp_path) as carrier:
        response = carrier.client.request(
            "GET", f"{carrier.address}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json?{query}"
        )
    assert (response.status_code, json.loads(response.text)["code"]) == (400, 20001)


def test_dates_are_written_as_rfc_2822_in_utc(tmp_path: Path) -> None:
    with simulator(tmp_path) as carrier:
        created = carrier.client.messages.create(to=PERSON, from_=SHOP, body="Tea")
        response = carrier.client.request(
            "GET", f"{carrier.address}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{created.sid}.json"
        )
    written = json.loads(response.text)["date_created"]
    assert written.endswith(" +0000")
    assert parsedate_to_datetime(written) == created.date_created


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_what_cannot_be_journaled_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").symlink_to("/dev/full")
    with simulator(tmp_path) as carrier:
        with pytest.raises(TwilioRestException, match="disk full") as refused:
            carrier.client.messages.create(to=PERSON, from_=SHOP, body="Tea")
        assert carrier.client.messages.list() == []
    assert (refused.value.status, refused.value.code) == (500, 20500)
