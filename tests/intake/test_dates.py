from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yesfirst.intake.dates import (
    DateOrder,
    InvalidDuration,
    WrittenDate,
    days_after,
    expires_at,
    given_at,
    read_date,
    read_duration,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
JUNE_16 = date(2026, 6, 16)
HALF_PAST_8 = WrittenDate(JUNE_16, time(8, 30))


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-16",
        "2026/6/16",
        "20260616",
        "2026年6月16日",
        "2026年06月16日",
        "2026 年 6 月 16 日",
        "2026년 6월 16일",
        "2026. 6. 16.",
        "2026.06.16",
        "16.06.2026",
        "6/16/2026",
        "16-6-2026",
        " 2026-06-16 ",
        "'2026-06-16",
        "２０２６－０６－１６",
        "２０２６年６月１６日",
    ],
)
def test_a_day_is_read_however_it_is_written(text: str) -> None:
    assert read_date(text) == WrittenDate(JUNE_16)


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-16 08:30:00",
        "2026-06-16 8:30",
        "2026/6/16 08:30:00.000",
        "2026-06-16T08:30:00",
        "20260616 08:30:00",
        "20260616083000",
        "2026年6月16日 08:30",
        "2026/6/16 上午 8:30",
        "2026/6/16 上午8:30:00",
        "2026-06-16 오전 8:30",
        "6/16/2026 8:30 AM",
        "6/16/2026 8:30:00am",
        "２０２６/０６/１６　０８：３０",
    ],
)
def test_a_time_is_read_however_it_is_written(text: str) -> None:
    assert read_date(text) == HALF_PAST_8


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("12:05 AM", 0),
        ("12:05 PM", 12),
        ("1:05 pm", 13),
        ("下午 11:05", 23),
        ("上午 12:05", 0),
        ("오후 3:05", 15),
    ],
)
def test_halves_of_a_day_are_read(text: str, hour: int) -> None:
    assert read_date(f"2026-06-16 {text}") == WrittenDate(JUNE_16, time(hour, 5))


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("Z", timedelta(0)),
        (" UTC", timedelta(0)),
        ("+08:00", timedelta(hours=8)),
        ("+0800", timedelta(hours=8)),
        ("+08", timedelta(hours=8)),
        ("-03:30", timedelta(hours=-3, minutes=-30)),
    ],
)
def test_a_written_offset_goes_before_the_declared_zone(text: str, offset: timedelta) -> None:
    written = read_date(f"2026-06-16T08:30:00{text}")
    assert written == WrittenDate(JUNE_16, time(8, 30, tzinfo=timezone(offset)))
    assert written is not None
    assert (
        given_at(written, SHANGHAI)
        == expires_at(written, SHANGHAI)
        == datetime(2026, 6, 16, 8, 30, tzinfo=UTC) - offset
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "-",
        "昨天",
        "2026-13-40",
        "31/31/2026",
        "99/99/9999",
        "2026-02-29",
        "2026-00-10",
        "2026-06",
        "2026-6/16",
        "26-06-16",
        "16/06/26",
        "45000",
        "46189.354",
        "202606161",
        "2026061608",
        "2026-06-16 24:00",
        "2026-06-16 08:60",
        "2026-06-16 8",
        "2026-06-16 13:00 PM",
        "2026-06-16 上午 8:30 AM",
        "2026-06-16T08:30+99:00",
        "2026-06-16 and later",
        "9999-12-31",
        "1900-01-01",
        "2026-06-16\n2026-06-17",
    ],
)
@pytest.mark.parametrize("order", [None, *DateOrder])
def test_what_is_no_date_is_not_guessed(text: str, order: DateOrder | None) -> None:
    assert read_date(text, order) is None


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("03/04/2026", None, None),
        ("03/04/2026", DateOrder.DAY_MONTH, date(2026, 4, 3)),
        ("03/04/2026", DateOrder.MONTH_DAY, date(2026, 3, 4)),
        ("3.4.2026", None, None),
        ("05/05/2026", None, date(2026, 5, 5)),
        ("12/13/2026", None, date(2026, 12, 13)),
        ("13/12/2026", None, date(2026, 12, 13)),
        ("13/12/2026", DateOrder.DAY_MONTH, date(2026, 12, 13)),
        ("13/12/2026", DateOrder.MONTH_DAY, None),
        ("12/13/2026", DateOrder.DAY_MONTH, None),
        ("2026/03/04", DateOrder.DAY_MONTH, date(2026, 3, 4)),
    ],
)
def test_days_and_months_are_told_apart_only_where_they_can_be(
    text: str, order: DateOrder | None, day: date | None
) -> None:
    assert read_date(text, order) == (WrittenDate(day) if day else None)


@pytest.mark.parametrize(
    ("day", "zone", "start", "end"),
    [
        ("2026-06-16", SHANGHAI, "2026-06-15T16:00Z", "2026-06-16T16:00Z"),
        ("2026-12-31", SHANGHAI, "2026-12-30T16:00Z", "2026-12-31T16:00Z"),
        ("2026-03-08", NEW_YORK, "2026-03-08T05:00Z", "2026-03-09T04:00Z"),  # 23 hours
        ("2026-11-01", NEW_YORK, "2026-11-01T04:00Z", "2026-11-02T05:00Z"),  # 25 hours
    ],
)
def test_a_day_without_a_time_counts_from_its_start_to_its_end(
    day: str, zone: ZoneInfo, start: str, end: str
) -> None:
    written = read_date(day)
    assert written is not None
    assert given_at(written, zone) == datetime.fromisoformat(start)
    assert expires_at(written, zone) == datetime.fromisoformat(end)


def test_a_time_is_the_instant_it_names_in_the_declared_zone() -> None:
    assert given_at(HALF_PAST_8, SHANGHAI) == expires_at(HALF_PAST_8, SHANGHAI)
    assert given_at(HALF_PAST_8, SHANGHAI) == datetime(2026, 6, 16, 0, 30, tzinfo=UTC)


def test_a_repeated_local_time_makes_consent_shorter_not_longer() -> None:
    written = WrittenDate(date(2026, 11, 1), time(1, 30))
    assert given_at(written, NEW_YORK) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert expires_at(written, NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


@given(day=st.dates(date(1990, 1, 1), date(2199, 12, 31)), zone=st.sampled_from([SHANGHAI, NEW_YORK]))
def test_the_end_of_a_day_is_the_start_of_the_next(day: date, zone: ZoneInfo) -> None:
    next_day = WrittenDate(day + timedelta(days=1))
    assert expires_at(WrittenDate(day), zone) == given_at(next_day, zone)


@given(
    st.text(max_size=12)
    | st.from_regex(r"\A[0-9]{1,4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,4}日?( [0-9:]{0,8})?\Z")
)
def test_any_text_is_either_a_date_or_none(text: str) -> None:
    written = read_date(text)
    assert written is None or 1990 <= written.day.year < 2200


def test_a_validity_is_counted_in_days_of_the_calendar() -> None:
    given_time = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)  # midnight in New York, before the clocks change
    assert days_after(given_time, 30, NEW_YORK) == datetime(2026, 3, 31, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(("text", "days"), [("365d", 365), (" 30 days ", 30), ("1 day", 1), ("180天", 180)])
def test_a_validity_is_read(text: str, days: int) -> None:
    assert read_duration(text) == days


@pytest.mark.parametrize("text", ["", "0d", "-1d", "365", "1y", "6m", "1.5d", "999999d"])
def test_a_validity_that_is_not_in_whole_days_is_refused(text: str) -> None:
    with pytest.raises(InvalidDuration, match="such as 365d"):
        read_duration(text)
