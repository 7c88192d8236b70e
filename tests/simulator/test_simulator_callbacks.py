from pathlib import Path
from typing import Any

import pytest
from simulated import PERSON, SERVICE, SHOP, Service, service, simulator, wait_until

from yesfirst.simulator.config import ACCOUNT_SID
from yesfirst.simulator.faults import Faults


def _send_one(folder: Path, hooks: Service, expected: int, **settings: Any) -> str:
    with simulator(folder, **settings) as carrier:
        url = f"{hooks.address}/status?run=7&who=a%20b"
        created = carrier.client.messages.create(to=PERSON, from_=SHOP, body="Tea", status_callback=url)
        wait_until(lambda: len(hooks.hooks) >= expected)
        wait_until(lambda: carrier.call("/simulator/state")[1]["callbacks"]["pending"] == 0)
        sid: str = created.sid
        return sid


def test_a_delivery_is_told_in_two_signed_callbacks(tmp_path: Path) -> None:
    with service() as hooks:
        sid = _send_one(tmp_path, hooks, 2, faults=Faults(delivery_ms=150))
    assert hooks.statuses(sid) == ["sent", "delivered"]
    assert hooks.hooks[1].form == {
        "AccountSid": ACCOUNT_SID,
        "ApiVersion": "2010-04-01",
        "From": SHOP,
        "MessageSid": sid,
        "MessageStatus": "delivered",
        "SmsSid": sid,
        "SmsStatus": "delivered",
        "To": PERSON,
    }
    for hook in hooks.hooks:
        assert hook.url.endswith("/status?run=7&who=a%20b")
        assert hook.is_signed()
        assert not hook.is_signed(MessageStatus="failed")
        assert not hook.is_signed("another")


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        (Faults(unreachable_share=1), "30003"),
        (Faults(unknown_share=1), "30005"),
        (Faults(filtered_share=1), "30007"),
    ],
)
def test_an_undelivered_message_is_told_with_its_code(tmp_path: Path, faults: Faults, code: str) -> None:
    with service() as hooks:
        sid = _send_one(tmp_path, hooks, 2, faults=faults)
    assert hooks.statuses(sid) == ["sent", "undelivered"]
    assert [hook.form.get("ErrorCode") for hook in hooks.hooks] == [None, code]


def test_a_message_that_outlives_its_validity_period_fails(tmp_path: Path) -> None:
    with service() as hooks, simulator(tmp_path, faults=Faults(delivery_ms=60_000)) as carrier:
        created = carrier.client.messages.create(
            to=PERSON, from_=SHOP, body="Tea", validity_period=1, status_callback=hooks.address
        )
        wait_until(lambda: len(hooks.hooks) == 2)
        fetched = carrier.client.messages(created.sid).fetch()
    assert (fetched.status, fetched.error_code) == ("failed", 30036)


def test_callbacks_come_twice_on_demand(tmp_path: Path) -> None:
    with service() as hooks:
        sid = _send_one(tmp_path, hooks, 4, faults=Faults(duplicate_share=1, delivery_ms=300))
    assert hooks.statuses(sid) == ["sent", "sent", "delivered", "delivered"]
    assert len({hook.event for hook in hooks.hooks}) == 2


def test_callbacks_come_in_the_wrong_order_on_demand(tmp_path: Path) -> None:
    with service() as hooks:
        sid = _send_one(tmp_path, hooks, 2, faults=Faults(reordered_share=1, delivery_ms=300))
    assert hooks.statuses(sid) == ["delivered", "sent"]


def test_a_callback_is_repeated_until_it_is_taken(tmp_path: Path) -> None:
    with service((500, ""), (204, "")) as hooks:
        sid = _send_one(tmp_path, hooks, 3, faults=Faults(delivery_ms=30))
    assert sorted(hooks.statuses(sid)) == ["delivered", "sent", "sent"]


def test_a_callback_that_is_never_taken_is_given_up(tmp_path: Path) -> None:
    with service((500, "")) as hooks, simulator(tmp_path, webhook_attempts=1) as carrier:
        carrier.client.messages.create(to=PERSON, from_=SHOP, body="Tea", status_callback=hooks.address)
        wait_until(lambda: carrier.call("/simulator/state")[1]["callbacks"]["abandoned"] == 2)
        assert carrier.call("/simulator/state")[1]["callbacks"]["pending"] == 0
    assert len(hooks.hooks) == 2


def test_the_callback_of_a_messaging_service_names_it(tmp_path: Path) -> None:
    with service() as hooks, simulator(tmp_path) as carrier:
        carrier.client.messages.create(
            to=PERSON, messaging_service_sid=SERVICE, body="Tea", status_callback=hooks.address
        )
        wait_until(lambda: len(hooks.hooks) == 2)
    assert {hook.form["MessagingServiceSid"] for hook in hooks.hooks} == {SERVICE}
    assert all(hook.form["From"].startswith("+1500555") for hook in hooks.hooks)


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    with service((307, "")) as hooks, simulator(tmp_path, webhook_attempts=1) as carrier:
        carrier.client.messages.create(to=PERSON, from_=SHOP, body="Tea", status_callback=hooks.address)
        wait_until(lambda: carrier.call("/simulator/state")[1]["callbacks"]["abandoned"] == 2)
    assert [hook.url for hook in hooks.hooks] == [f"{hooks.address}/"] * 2
