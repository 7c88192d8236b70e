from pathlib import Path
from typing import Any

import pytest
from simulated import PERSON, SERVICE, SHOP, service, simulator, wait_until
from twilio.base.exceptions import TwilioRestException

from yesfirst.simulator.journal import body_hash
from yesfirst.simulator.senders import Sender

_OK = (200, "<Response/>")


def test_a_person_who_was_never_messaged_can_text_stop(tmp_path: Path) -> None:
    with service(_OK) as hooks, simulator(tmp_path, inbound_url=f"{hooks.address}/inbound") as carrier:
        status, heard = carrier.call("/simulator/inbound", {"from": PERSON, "to": SHOP, "body": "STOP"})
        (entry,) = carrier.entries("inbound")
    (hook,) = hooks.hooks
    assert (status, heard["status"], heard["attempts"], heard["replies"]) == (200, 200, 1, [])
    assert hook.is_signed()
    assert hook.form.items() >= {"From": PERSON, "To": SHOP, "Body": "STOP", "NumMedia": "0"}.items()
    assert hook.form["MessageSid"] == hook.form["SmsSid"] == heard["sid"]
    assert not {"OptOutType", "MessagingServiceSid"} & hook.form.keys()
    assert (entry["meaning"], entry["status"], entry["sid"]) == ("stop", 200, heard["sid"])
    assert entry["sent_at"] <= entry["answered_at"] == heard["answered_at"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"body": " Stop "}, "STOP"),
        ({"body": "退订"}, "STOP"),
        ({"body": "START"}, "START"),
        ({"body": "help"}, "HELP"),
        ({"body": "no more please", "opt_out_type": "STOP"}, "STOP"),
        ({"body": "When do you open?"}, None),
    ],
)
def test_advanced_opt_out_says_what_the_words_mean(
    tmp_path: Path, order: dict[str, Any], expected: str | None
) -> None:
    with (
        service(_OK) as hooks,
        simulator(
            tmp_path, advanced_opt_out=True, senders=(Sender(SHOP, SERVICE),), inbound_url=hooks.address
        ) as carrier,
    ):
        carrier.call("/simulator/inbound", {"from": PERSON, "to": SHOP, **order})
    assert hooks.hooks[0].form.get("OptOutType") == expected
    assert hooks.hooks[0].form["MessagingServiceSid"] == SERVICE


def test_a_text_is_repeated_with_the_same_sid_after_a_server_error(tmp_path: Path) -> None:
    with service((503, ""), _OK) as hooks, simulator(tmp_path, inbound_url=hooks.address) as carrier:
        _, heard = carrier.call("/simulator/inbound", {"from": PERSON, "to": SHOP, "body": "STOP"})
    assert (heard["status"], heard["attempts"]) == (200, 2)
    assert len(hooks.hooks) == 2
    assert len({(hook.form["MessageSid"], hook.event) for hook in hooks.hooks}) == 1


def test_a_text_that_nobody_hears_has_no_time_of_answer(tmp_path: Path) -> None:
    with service(_OK) as hooks:
        gone = hooks.address
    with simulator(tmp_path, inbound_url=gone, webhook_attempts=2) as carrier:
        _, heard = carrier.call("/simulator/inbound", {"from": PERSON, "to": SHOP, "body": "STOP"})
        (entry,) = carrier.entries("inbound")
    assert (heard["status"], heard["answered_at"], heard["attempts"]) == (None, None, 2)
    assert (entry["status"], entry["answered_at"]) == (None, None)


@pytest.mark.parametrize(
    "twiml",
    [
        "<Response><Message>You are unsubscribed.</Message></Response>",
        '<?xml version="1.0" encoding="UTF-8"?>'
        "<Response><Message><Body>You are unsubscribed.</Body></Message></Response>",
    ],
)
def test_a_twiml_answer_is_a_reply_and_no_create(tmp_path: Path, twiml: str) -> None:
    with service((200, twiml)) as hooks, simulator(tmp_path, inbound_url=hooks.address) as carrier:
        _, heard = carrier.call("/simulator/inbound", {"from": PERSON, "to": SHOP, "body": "STOP"})
        (reply,) = carrier.entries("reply")
        listed = carrier.client.messages.list(to=PERSON)
        assert carrier.entries("create") == []
    assert heard["replies"] == ["You are unsubscribed."]
    assert (reply["to"], reply["from"], reply["in_reply_to"]) == (PERSON, SHOP, heard["sid"])
    assert reply["body_sha256"] == body_hash("You are unsubscribed.")
    assert [(message.sid, message.direction) for message in listed] == [(reply["sid"], "outbound-reply")]


def test_stops_are_texted_at_their_pace_with_the_words_in_turn(tmp_path: Path) -> None:
    numbers = [f"+1555555{n:04}" for n in range(6)]
    with service(_OK) as hooks, simulator(tmp_path, inbound_url=hooks.address) as carrier:
        order = {"numbers": numbers, "to": SHOP, "per_second": 20, "words": ["STOP", "just leave me alone"]}
        assert carrier.call("/simulator/stops", order) == (202, {"asked": 6, "seconds": 0.3})
        wait_until(lambda: carrier.call("/simulator/state")[1]["stops"]["acknowledged"] == 6)
        entries = sorted(carrier.entries("inbound"), key=lambda entry: float(entry["sent_at"]))
    assert [entry["from"] for entry in entries] == numbers
    assert [entry["body"] for entry in entries] == ["STOP", "just leave me alone"] * 3
    assert {entry["meaning"] for entry in entries} == {"stop"}
    assert entries[-1]["sent_at"] - entries[0]["sent_at"] >= 0.24


@pytest.mark.parametrize("block", [False, True])
def test_a_stop_blocks_its_sender_only_if_that_is_asked_for(tmp_path: Path, block: bool) -> None:
    with (
        service(_OK) as hooks,
        simulator(tmp_path, block_opted_out=block, inbound_url=hooks.address) as carrier,
    ):
        carrier.call("/simulator/inbound", {"from": PERSON, "to": SHOP, "body": "STOP"})
        carrier.client.messages.create(to=PERSON, from_="+15005550007", body="Tea")
        if not block:
            carrier.client.messages.create(to=PERSON, from_=SHOP, body="Tea")
            return
        with pytest.raises(TwilioRestException) as refused:
            carrier.client.messages.create(to=PERSON, from_=SHOP, body="Tea")
        assert (refused.value.status, refused.value.code) == (400, 21610)
        carrier.call("/simulator/inbound", {"from": PERSON, "to": SHOP, "body": "START"})
        carrier.client.messages.create(to=PERSON, from_=SHOP, body="Tea")


def test_a_messaging_service_fails_a_blocked_message_after_accepting_it(tmp_path: Path) -> None:
    with (
        service(_OK) as hooks,
        simulator(
            tmp_path, block_opted_out=True, senders=(Sender(SHOP, SERVICE),), inbound_url=hooks.address
        ) as carrier,
    ):
        carrier.call("/simulator/inbound", {"from": PERSON, "to": SHOP, "body": "STOP"})
        created = carrier.client.messages.create(to=PERSON, messaging_service_sid=SERVICE, body="Tea")
        assert created.status == "accepted"
        wait_until(lambda: carrier.client.messages(created.sid).fetch().error_code == 21610)


@pytest.mark.parametrize(
    ("path", "order", "named"),
    [
        ("inbound", {"from": "5550101", "to": SHOP, "body": "STOP"}, "$.from"),
        ("inbound", {"from": PERSON, "to": SHOP}, "body"),
        ("inbound", {"from": PERSON, "body": "STOP"}, "messaging_service_sid"),
        ("inbound", {"from": PERSON, "to": SHOP, "body": "STOP", "colour": 1}, "colour"),
        ("inbound", {"from": PERSON, "to": SHOP, "body": "STOP", "url": "http://example.com"}, "host"),
        ("stops", {"numbers": [PERSON], "to": SHOP, "per_second": 0}, "$.per_second"),
        ("stops", {"numbers": [PERSON], "to": SHOP, "words": []}, "$.words"),
        ("faults", {"dropped_share": 1.5}, "$.dropped_share"),
        ("faults", {"dropped_share": 0.6, "lost_share": 0.6}, "more than 1"),
        ("faults", {"drop_share": 0.1}, "drop_share"),
    ],
)
def test_a_wrong_order_is_refused_by_name_and_does_nothing(
    tmp_path: Path, path: str, order: dict[str, Any], named: str
) -> None:
    with service(_OK) as hooks, simulator(tmp_path, inbound_url=hooks.address) as carrier:
        status, answer = carrier.call(f"/simulator/{path}", order)
    assert status == 400
    assert named in answer["error"]
    assert hooks.hooks == []


def test_an_order_without_a_webhook_says_what_to_do(tmp_path: Path) -> None:
    with simulator(tmp_path) as carrier:
        status, answer = carrier.call("/simulator/inbound", {"from": PERSON, "to": SHOP, "body": "STOP"})
    assert status == 400
    assert "--inbound-url" in answer["error"]
