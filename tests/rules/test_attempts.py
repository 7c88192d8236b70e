"""Limits: how many, in which time, and how long to wait."""

from datetime import UTC, datetime, timedelta

import pytest

from yesfirst.rules.attempts import KEPT, LIMITS, Counted, Limit, neighbourhood, wait

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
THREE = Limit(3, timedelta(hours=1))


def ago(*minutes: float) -> list[datetime]:
    return [NOW - timedelta(minutes=one) for one in minutes]


@pytest.mark.parametrize(
    ("before", "minutes"),
    [
        ((), None),
        ((1, 2), None),
        ((1, 2, 59), 1),
        ((59, 1, 2), 1),
        ((1, 2, 60), None),
        ((1, 2, 3, 59), 57),
        ((0, 0, 0), 60),
        ((-1, 1, 2), 58),
    ],
)
def test_the_wait_ends_when_one_of_the_last_few_counts_no_more(
    before: tuple[float, ...], minutes: float | None
) -> None:
    expected = None if minutes is None else timedelta(minutes=minutes)
    assert wait(ago(*before), THREE, NOW) == expected


def test_everything_that_is_counted_has_a_limit_and_is_kept_as_long_as_it_counts() -> None:
    assert set(LIMITS) == set(Counted)
    assert all(limit.within <= KEPT for limit in LIMITS.values())


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("nowhere", ""),
    ],
)
def test_an_address_is_counted_by_what_one_household_has(address: str, counted: str) -> None:
    assert neighbourhood(address) == counted
