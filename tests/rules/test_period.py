from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from yesfirst.rules.period import day_after, later


@pytest.mark.parametrize(
    ("start", "period", "zone", "end"),
    [
        ("2026-04-20T12:00+09:00", "P6M", "Asia/Seoul", "2026-10-20T12:00+09:00"),
        ("2026-08-31T12:00+09:00", "P6M", "Asia/Seoul", "2027-02-28T12:00+09:00"),
        ("2024-02-29T00:00+00:00", "P1Y", "UTC", "2025-02-28T00:00+00:00"),
        ("2026-12-31T23:59+00:00", "P1M", "UTC", "2027-01-31T23:59+00:00"),
        ("2026-03-07T12:00-05:00", "P1D", "America/New_York", "2026-03-08T12:00-04:00"),  # 23 hours
        ("2026-03-07T12:00-05:00", "PT24H", "America/New_York", "2026-03-08T13:00-04:00"),
        ("2026-11-24T12:00+00:00", "PT5M", "UTC", "2026-11-24T12:05+00:00"),
        ("2026-11-24T12:00+00:00", "PT0S", "UTC", "2026-11-24T12:00+00:00"),
    ],
)
def test_a_period_is_added_by_the_calendar_of_the_zone(start: str, period: str, zone: str, end: str) -> None:
    found = later(datetime.fromisoformat(start), period, ZoneInfo(zone))
    assert found == datetime.fromisoformat(end)
    assert found.tzinfo is UTC


@pytest.mark.parametrize("text", ["", "P", "PT", "6M", "P6", "P-1D", "P1H", "P1DT", "forever"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no ISO 8601 period"):
        later(datetime(2026, 1, 1, tzinfo=UTC), text, UTC)


@pytest.mark.parametrize(
    ("start", "period", "zone", "end"),
    [
        ("2024-11-23T12:00-05:00", "P2Y", "America/Toronto", "2026-11-24T00:00-05:00"),
        ("2024-11-24T23:59-05:00", "P2Y", "America/Toronto", "2026-11-25T00:00-05:00"),
        (
            "2024-11-24T00:00-05:00",
            "P2Y",
            "America/Vancouver",
            "2026-11-24T00:00-08:00",
        ),  # still the 23rd there
        ("2024-02-29T12:00-05:00", "P2Y", "America/Toronto", "2026-03-01T00:00-05:00"),
        ("2026-05-24T12:00-04:00", "P6M", "America/Toronto", "2026-11-25T00:00-05:00"),
        ("2026-10-31T12:00-04:00", "P1D", "America/Toronto", "2026-11-02T00:00-05:00"),  # a day of 25 hours
    ],
)
def test_a_period_of_whole_days_lasts_through_its_last_one(
    start: str, period: str, zone: str, end: str
) -> None:
    found = day_after(datetime.fromisoformat(start), period, ZoneInfo(zone))
    assert found == datetime.fromisoformat(end)
    assert found.tzinfo is UTC
