"""When a campaign is open: instants, relative times, and clocks that jump."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from yesfirst.intake.window import Interval, Window, read_closing, read_opening

NEW_YORK = ZoneInfo("America/New_York")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-12-01 10:00", at("2026-12-01T15:00")),
        ("2026-07-01T10:00:30", at("2026-07-01T14:00:30")),
        ("2026-12-01T10:00+08:00", at("2026-12-01T02:00")),
        ("2026-12-01T10:00Z", at("2026-12-01T10:00")),
        # The clocks go back on 1 November 2026: the first 01:30 of the two.
        ("2026-11-01 01:30", at("2026-11-01T05:30")),
        ("now", None),
    ],
)
def test_an_opening_is_an_instant_or_now(written: str, instant: datetime | None) -> None:
    assert read_opening(written, NEW_YORK) == instant


@pytest.mark.parametrize(
    "written",
    [
        "",
        "soon",
        "2026-12-01",
        "2026-02-30 10:00",
        "10:00",
        "2026-12-01 25:00",
        "+7d",
        "2026-12-01 10:00x",
        "0001-01-01 00:00+14:00",
    ],
)
def test_other_openings_are_refused(written: str) -> None:
    with pytest.raises(ValueError, match="must be now, or an instant"):
        read_opening(written, NEW_YORK)


def test_a_time_that_the_clocks_skip_is_refused() -> None:
    with pytest.raises(ValueError, match="does not exist in America/New_York"):
        read_opening("2026-03-08 02:30", NEW_YORK)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("+7d", timedelta(days=7)),
        ("+12h", timedelta(hours=12)),
        ("2026-12-01 10:00", at("2026-12-01T15:00")),
    ],
)
def test_a_closing_is_an_instant_or_counts_from_the_opening(written: str, read: datetime | timedelta) -> None:
    assert read_closing(written, NEW_YORK) == read


@pytest.mark.parametrize("written", ["now", "+0d", "-7d", "7d", "+7w", "+7 d"])
def test_other_closings_are_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"must be \+7d or \+12h after the opening, or an instant"):
        read_closing(written, NEW_YORK)


PLANNED = at("2026-11-22T12:00")
LATER = at("2026-11-25T00:00")
EARLIER = at("2026-11-20T00:00")
WEEK = timedelta(days=7)


@pytest.mark.parametrize(
    ("window", "interval"),
    [
        (Window(None, None, WEEK), Interval(PLANNED, PLANNED + WEEK)),
        (Window(None, LATER, None), Interval(PLANNED, LATER)),
        (Window(LATER, None, WEEK), Interval(LATER, LATER + WEEK)),
        # A window that is open already opens for a run when the run is planned, and closes no later for that.
        (Window(EARLIER, None, WEEK), Interval(PLANNED, EARLIER + WEEK)),
    ],
)
def test_a_window_becomes_an_interval_when_a_run_is_planned(window: Window, interval: Interval) -> None:
    assert window.at(PLANNED) == interval
