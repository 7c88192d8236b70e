"""The carrier's edge: when a text counts as handed over, and when certainly not."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from time import monotonic

import pytest

from yesfirst.carriers.handover import Answer, NotHandedOver
from yesfirst.carriers.twilio import OPTED_OUT, REASSIGNED, Account, Twilio, address_of
from yesfirst.simulator.config import ACCOUNT_SID, AUTH_TOKEN


@pytest.fixture
def deaf() -> Iterator[str]:
    """The address of a host whose queue is full: connecting to it neither succeeds nor fails."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


async def send(address: str, seconds: float) -> Answer:
    async with Twilio(Account(ACCOUNT_SID, AUTH_TOKEN, address, address)) as carrier:
        return await carrier.send(
            message="m", to="+8613900000001", body="text", sender="+15005550006", seconds=seconds
        )


async def test_who_is_not_connected_when_the_deadline_comes_hands_nothing_over(deaf: str) -> None:
    began = monotonic()
    answer = await send(deaf, 0.3)
    assert isinstance(answer, NotHandedOver)
    assert monotonic() - began < 10  # the kernel would go on for minutes


async def test_a_host_that_nobody_listens_at_hands_nothing_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        free = listener.getsockname()[1]
    assert isinstance(await send(f"http://127.0.0.1:{free}", 5), NotHandedOver)


def test_an_accounts_token_is_not_shown() -> None:
    assert AUTH_TOKEN not in repr(
        Account(ACCOUNT_SID, AUTH_TOKEN, "https://api.example", "https://us.example")
    )


@pytest.mark.parametrize(
    ("base", "address"),
    [
        ("https://api.twilio.com", "https://messaging.twilio.com/v1/Services"),
        ("https://api.dublin.ie1.twilio.com", "https://messaging.dublin.ie1.twilio.com/v1/Services"),
        ("http://127.0.0.1:9/twin/", "http://127.0.0.1:9/twin/v1/Services"),
        ("https://api.example.com", "https://api.example.com/v1/Services"),
    ],
)
def test_services_are_asked_where_twilio_answers_for_them(base: str, address: str) -> None:
    assert address_of(base, "https://messaging.twilio.com/v1/Services") == address


def test_no_code_is_taken_for_a_reassigned_number_or_for_an_opt_out_that_is_none() -> None:
    assert not {30003, 30005, 30006, 30007} & (OPTED_OUT | REASSIGNED)
