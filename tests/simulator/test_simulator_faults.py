from collections import Counter
from pathlib import Path

import pytest
import requests
from simulated import PERSON, SHOP, simulator
from twilio.base.exceptions import TwilioRestException

from yesfirst.simulator.carrier import Allowance
from yesfirst.simulator.faults import Dice, Fault, Faults, change
from yesfirst.simulator.testimony import read


@pytest.mark.parametrize(
    ("faults", "status", "code"),
    [(Faults(throttled_share=1), 429, 20429), (Faults(server_error_share=1), 500, 20500)],
)
def test_a_fault_before_acceptance_answers_its_code_and_takes_nothing(
    tmp_path: Path, faults: Faults, status: int, code: int
) -> None:
    with simulator(tmp_path, faults=faults) as carrier:
        with pytest.raises(TwilioRestException) as refused:
            carrier.client.messages.create(to=PERSON, from_=SHOP, body="Tea")
        assert carrier.client.messages.list() == []
    assert (refused.value.status, refused.value.code) == (status, code)


@pytest.mark.parametrize(("faults", "taken"), [(Faults(dropped_share=1), 1), (Faults(lost_share=1), 0)])
def test_a_closed_connection_leaves_the_message_at_the_carrier_or_not(
    tmp_path: Path, faults: Faults, taken: int
) -> None:
    with simulator(tmp_path, faults=faults) as carrier:
        with pytest.raises(requests.ConnectionError):
            carrier.client.messages.create(to=PERSON, from_=SHOP, body="Tea")
        listed = carrier.client.messages.list(to=PERSON)
        (entry,) = carrier.entries("create")
    assert len(listed) == taken
    assert (entry["answer"], entry["sid"]) == (None, listed[0].sid if taken else None)
    assert (read(carrier.journal).accepted, read(carrier.journal).unanswered) == (taken, 1)


def test_faults_change_while_it_runs_and_the_rest_stays(tmp_path: Path) -> None:
    with simulator(tmp_path, faults=Faults(delivery_ms=7, rate=100)) as carrier:
        _, changed = carrier.call("/simulator/faults", {"throttled_share": 1, "rate": None})
        with pytest.raises(TwilioRestException):
            carrier.client.messages.create(to=PERSON, from_=SHOP, body="Tea")
        carrier.call("/simulator/faults", {"throttled_share": 0})
        carrier.client.messages.create(to=PERSON, from_=SHOP, body="Tea")
    assert (changed["throttled_share"], changed["delivery_ms"], changed["rate"]) == (1, 7, None)


def test_more_than_the_rate_gets_429_and_is_told_when_to_come_back(tmp_path: Path) -> None:
    with simulator(tmp_path, faults=Faults(rate=1)) as carrier:
        carrier.client.messages.create(to=PERSON, from_=SHOP, body="Tea")
        with pytest.raises(TwilioRestException) as refused:
            carrier.client.messages.create(to=PERSON, from_=SHOP, body="Tea")
        headers = carrier.client.http_client._test_only_last_response.headers
    assert (refused.value.code, headers["Retry-After"]) == (20429, "1")


@pytest.mark.parametrize(
    ("rate", "at", "taken"),
    [
        (2, [0, 0, 0], [True, True, False]),
        (2, [0, 0, 0.4, 0.5], [True, True, False, True]),
        (2, [0, 60, 60, 60], [True, True, True, False]),
        (0.5, [0, 1, 2], [True, False, True]),
    ],
)
def test_an_allowance_fills_at_its_rate_up_to_one_second(
    rate: float, at: list[float], taken: list[bool]
) -> None:
    allowance = Allowance()
    assert [allowance.take(rate, now) for now in at] == taken


def test_the_answer_waits_for_the_latency_but_the_message_is_there(tmp_path: Path) -> None:
    with simulator(tmp_path, faults=Faults(latency_ms=60_000)) as carrier:
        with pytest.raises(requests.ReadTimeout):
            carrier.client.http_client.session.post(
                f"{carrier.address}/2010-04-01/Accounts/{carrier.client.account_sid}/Messages.json",
                data={"To": PERSON, "From": SHOP, "Body": "Tea"},
                auth=carrier.client.auth,
                timeout=0.2,
            )
        assert len(carrier.client.messages.list(to=PERSON)) == 1


def test_the_same_seed_brings_the_same_faults_whatever_else_is_thrown() -> None:
    faults = Faults(throttled_share=0.2, dropped_share=0.2, delivery_ms=20, delivery_p99_ms=90)
    one, other = Dice(faults, seed=3), Dice(faults, seed=3)
    expected = [one.fault() for _ in range(200)]
    met = []
    for _ in range(200):
        other.delivery()
        met.append(other.fault())
    assert met == expected
    assert [Dice(faults, seed=4).fault() for _ in range(200)] != expected


def test_shares_are_kept_over_many_creates() -> None:
    faults = Faults(throttled_share=0.1, server_error_share=0.2, lost_share=0.3, dropped_share=0.05)
    dice = Dice(faults, seed=0)
    counts = Counter(dice.fault() for _ in range(20_000))
    for fault, share in (
        (Fault.THROTTLED, 0.1),
        (Fault.SERVER_ERROR, 0.2),
        (Fault.LOST, 0.3),
        (Fault.DROPPED, 0.05),
        (Fault.NONE, 0.35),
    ):
        assert counts[fault] / 20_000 == pytest.approx(share, abs=0.01)


def test_a_log_normal_delay_has_the_median_and_the_percentile_it_names() -> None:
    dice = Dice(Faults(latency_ms=50, latency_p99_ms=400), seed=0)
    delays = sorted(dice.latency() for _ in range(20_000))
    assert delays[10_000] == pytest.approx(0.050, rel=0.05)
    assert delays[19_800] == pytest.approx(0.400, rel=0.1)


@pytest.mark.parametrize(
    "patch",
    [
        b'{"latency_p99_ms": 5}',
        b'{"latency_ms": 9, "latency_p99_ms": 5}',
        b'{"rate": 0}',
        b'{"delivery_ms": -1}',
        b"[]",
    ],
)
def test_settings_that_contradict_themselves_are_refused(patch: bytes) -> None:
    with pytest.raises(ValueError, match=r"latency_ms|rate|delivery_ms|object"):
        change(Faults(), patch)
