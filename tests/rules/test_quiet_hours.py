from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from yesfirst import rulebooks
from yesfirst.rules.calendars import Calendar
from yesfirst.rules.finding import Finding
from yesfirst.rules.quiet_hours import (
    HORIZON,
    Answer,
    Closed,
    NeverOpen,
    Open,
    closed_findings,
    open_window,
    window_class,
)
from yesfirst.rules.reason import Reason
from yesfirst.rules.rulebook import Rulebook
from yesfirst.rules.sections import Holidays, OpenHours, QuietHours, Weekday

WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def asked(key: str, now: str) -> Answer:
    return open_window(key, rulebooks.load_all(), at(now))


def opening(*hours: OpenHours, calendar: Calendar | None = None) -> dict[str, Rulebook]:
    """A rulebook XX which is open in these hours only, and closed on the holidays of the calendar."""
    shipped = rulebooks.load("GB")
    assert shipped.quiet_hours is not None
    holidays = Holidays(closed=calendar is not None, calendar=calendar)
    own = replace(shipped.quiet_hours, allowed=hours, holidays=holidays)
    return {"XX": replace(shipped, quiet_hours=own)}


def rules_of(books: Mapping[str, Rulebook]) -> dict[str, QuietHours]:
    return {id: book.quiet_hours for id, book in books.items() if book.quiet_hours}


def daily(opens: str, closes: str) -> OpenHours:
    return OpenHours(days=WEEK, opens=opens, closes=closes)


@pytest.mark.parametrize(
    ("now", "answer"),
    [
        ("2026-11-24T07:59:59+08:00", "closed until 2026-11-24T08:00+08:00"),
        ("2026-11-24T08:00:00+08:00", "open until 2026-11-24T21:00+08:00"),
        ("2026-11-24T20:59:59.999+08:00", "open until 2026-11-24T21:00+08:00"),
        ("2026-11-24T21:00:00+08:00", "closed until 2026-11-25T08:00+08:00"),
        ("2026-12-31T23:30:00+08:00", "closed until 2027-01-01T08:00+08:00"),
        ("2026-11-24T03:00:00+00:00", "open until 2026-11-24T21:00+08:00"),
    ],
)
def test_hours_are_half_open_in_the_local_time_of_the_person(now: str, answer: str) -> None:
    assert asked("CN|Asia/Shanghai", now) == parsed(answer)


def parsed(answer: str, rule: str = "CN.quiet_hours") -> Answer:
    word, _, instant = answer.split()
    finding = Finding(Reason.QUIET_HOURS, rule)
    return Open(at(instant)) if word == "open" else Closed(at(instant), (finding,))


@pytest.mark.parametrize(
    ("zone", "now", "answer"),
    [
        # Forward: New York on 8 March 2026 at 02:00, London on 29 March at 01:00.
        ("America/New_York", "2026-03-07T21:00-05:00", "closed until 2026-03-08T08:00-04:00"),
        ("America/New_York", "2026-03-08T07:30-04:00", "closed until 2026-03-08T08:00-04:00"),
        ("America/New_York", "2026-03-08T12:00Z", "open until 2026-03-09T01:00Z"),
        ("Europe/London", "2026-03-28T22:00+00:00", "closed until 2026-03-29T08:00+01:00"),
        ("Europe/London", "2026-03-29T07:00Z", "open until 2026-03-29T21:00+01:00"),
        # Back: New York on 1 November 2026 at 02:00, London on 25 October at 02:00.
        ("America/New_York", "2026-10-31T22:00-04:00", "closed until 2026-11-01T08:00-05:00"),
        ("America/New_York", "2026-11-01T12:30Z", "closed until 2026-11-01T13:00Z"),
        ("Europe/London", "2026-10-24T21:30+01:00", "closed until 2026-10-25T08:00+00:00"),
        ("Europe/London", "2026-10-25T07:59Z", "closed until 2026-10-25T08:00Z"),
    ],
)
def test_hours_follow_the_clock_across_its_changes(zone: str, now: str, answer: str) -> None:
    assert asked(f"US|{zone}", now) == parsed(answer, "US.quiet_hours")


@pytest.mark.parametrize(
    ("hours", "now", "answer"),
    [
        # The clock jumps from 02:00 to 03:00 (07:00 UTC): 02:30 does not happen.
        (("02:30", "05:00"), "2026-03-08T06:00Z", "closed until 2026-03-08T07:00Z"),
        (("00:30", "02:30"), "2026-03-08T06:00Z", "open until 2026-03-08T07:00Z"),
        # The hour from 01:00 happens twice (05:00 and 06:00 UTC).
        (("01:30", "05:00"), "2026-11-01T05:00Z", "closed until 2026-11-01T05:30Z"),
        (("01:30", "05:00"), "2026-11-01T05:30Z", "open until 2026-11-01T06:00Z"),
        (("01:30", "05:00"), "2026-11-01T06:00Z", "closed until 2026-11-01T06:30Z"),
        (("00:30", "01:30"), "2026-11-01T05:45Z", "closed until 2026-11-01T06:00Z"),
    ],
)
def test_an_edge_in_the_hour_that_is_skipped_or_repeated_goes_by_the_clock(
    hours: tuple[str, str], now: str, answer: str
) -> None:
    assert open_window("XX|America/New_York", opening(daily(*hours)), at(now)) == parsed(
        answer, "XX.quiet_hours"
    )


def test_a_moment_must_be_open_in_every_candidate_zone() -> None:
    key = window_class(["US"], ["America/New_York", "America/Los_Angeles"])
    assert asked(key, "2026-11-24T10:00-05:00") == parsed(
        "closed until 2026-11-24T08:00-08:00", "US.quiet_hours"
    )
    assert asked(key, "2026-11-24T12:00-05:00") == parsed("open until 2026-11-24T21:00-05:00")


def test_a_moment_must_be_open_under_every_rulebook() -> None:
    books = {"XX": opening(daily("10:00", "12:00"))["XX"], "GB": rulebooks.load("GB")}
    key = window_class(["GB", "XX"], ["Europe/London"])
    early = parsed("closed until 2026-11-24T10:00Z", "XX.quiet_hours")
    assert open_window(key, books, at("2026-11-24T09:00Z")) == early
    assert open_window(key, books, at("2026-11-24T10:00Z")) == parsed("open until 2026-11-24T12:00Z")


def test_night_consent_waives_the_quiet_hours_of_korea_and_of_nobody_else() -> None:
    night = "2026-11-24T23:00+09:00"
    assert isinstance(asked("KR|Asia/Seoul", night), Closed)
    assert asked("KR|Asia/Seoul|night_consent", night) == Open(at(night) + HORIZON)
    assert isinstance(asked("CN|Asia/Shanghai|night_consent", night), Closed)


def test_a_day_that_is_not_listed_is_closed() -> None:
    weekdays = OpenHours(days=WEEK[:5], opens="09:00", closes="17:00")
    answer = open_window("XX|Europe/London", opening(weekdays), at("2026-11-28T12:00Z"))
    assert answer == Closed(at("2026-11-30T09:00Z"), (Finding(Reason.CLOSED_DAY, "XX.quiet_hours"),))


def test_zones_without_a_common_hour_are_never_open() -> None:
    key = window_class(["XX"], ["Asia/Shanghai", "America/New_York"])
    assert open_window(key, opening(daily("09:00", "17:00")), at("2026-11-24T12:00Z")) == NeverOpen()


def test_a_window_class_does_not_depend_on_the_order_of_names() -> None:
    assert window_class(["US", "CN"], ["b", "a", "a"], ["night_consent"]) == "CN,US|a,b|night_consent"
    assert window_class(["CN"], ["Asia/Shanghai"]) == "CN|Asia/Shanghai"


@pytest.mark.parametrize("key", ["", "CN", "CN|", "|Asia/Shanghai"])
def test_what_is_no_window_class_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="no window class"):
        asked(key, "2026-11-24T12:00Z")


@pytest.mark.parametrize(
    ("key", "now", "answer"),
    [
        # Christmas 2026 is a Friday; Boxing Day is no holiday in France.
        ("EU,FR|Europe/Paris", "2026-12-25T12:00+01:00", "CLOSED_DAY until 2026-12-26T08:00+01:00"),
        ("EU,FR|Europe/Paris", "2026-12-24T19:59:59+01:00", "open until 2026-12-24T20:00+01:00"),
        ("EU,FR|Europe/Paris", "2026-12-24T20:00+01:00", "QUIET_HOURS until 2026-12-26T08:00+01:00"),
        ("EU,FR|Europe/Paris", "2026-11-28T19:59:59+01:00", "open until 2026-11-28T20:00+01:00"),
        ("EU,FR|Europe/Paris", "2026-11-28T20:00+01:00", "QUIET_HOURS until 2026-11-30T08:00+01:00"),
        ("EU,FR|Europe/Paris", "2026-11-29T12:00+01:00", "CLOSED_DAY until 2026-11-30T08:00+01:00"),
        # Sunday and Easter Monday, then the clock is an hour ahead.
        ("EU,FR|Europe/Paris", "2027-03-27T20:00+01:00", "QUIET_HOURS until 2027-03-30T08:00+02:00"),
        # Members without an overlay have neither Sundays nor holidays.
        ("EU|Europe/Warsaw", "2026-12-25T12:00+01:00", "open until 2026-12-25T21:00+01:00"),
        # 4 July 2026 is a Saturday and kept on Friday too.
        ("US,US-RI|America/New_York", "2026-07-03T12:00-04:00", "CLOSED_DAY until 2026-07-06T09:00-04:00"),
        ("US,US-RI|America/New_York", "2026-08-10T12:00-04:00", "CLOSED_DAY until 2026-08-11T09:00-04:00"),
        ("US,US-RI|America/New_York", "2026-11-28T16:59-05:00", "open until 2026-11-28T17:00-05:00"),
        ("US,US-AL|America/Chicago", "2026-04-27T12:00-05:00", "CLOSED_DAY until 2026-04-28T08:00-05:00"),
        ("US,US-LA|America/Chicago", "2026-02-17T12:00-06:00", "CLOSED_DAY until 2026-02-18T08:00-06:00"),
        ("US,US-TX|America/Chicago", "2026-11-29T11:59-06:00", "QUIET_HOURS until 2026-11-29T12:00-06:00"),
        ("US,US-FL|America/New_York", "2026-11-22T12:00-05:00", "open until 2026-11-22T20:00-05:00"),
        # Florida by the number, Colorado by the address: both laws by both clocks.
        (
            "US,US-FL|America/Denver,America/New_York",
            "2026-11-24T20:30-07:00",
            "QUIET_HOURS until 2026-11-25T08:00-07:00",
        ),
    ],
)
def test_closed_days_and_the_hours_of_several_rulebooks(key: str, now: str, answer: str) -> None:
    found = asked(key, now)
    word, _, instant = answer.split()
    if isinstance(found, Closed):
        assert (found.reasons[0], found.not_before) == (Reason(word), at(instant))
    else:
        assert (word, found) == ("open", Open(at(instant)))


def test_a_moment_that_two_rulebooks_close_names_both_in_the_order_of_reasons() -> None:
    answer = asked("EU,FR|Europe/Paris", "2026-12-25T22:00+01:00")
    assert answer == Closed(
        at("2026-12-26T08:00+01:00"),
        (Finding(Reason.QUIET_HOURS, "EU.quiet_hours"), Finding(Reason.CLOSED_DAY, "FR.quiet_hours")),
    )


def test_a_rule_that_closes_by_two_clocks_is_named_once() -> None:
    answer = asked("US|America/Denver,America/New_York", "2026-11-24T23:30-05:00")
    assert isinstance(answer, Closed)
    assert answer.findings == (Finding(Reason.QUIET_HOURS, "US.quiet_hours"),)


def test_a_rulebook_without_quiet_hours_is_always_open_and_opens_no_other() -> None:
    books = {**rulebooks.load_all(), "XX": replace(rulebooks.load("GB"), quiet_hours=None)}
    night = at("2026-11-24T23:00Z")
    assert open_window("XX|Europe/London", books, night) == Open(night + HORIZON)
    assert open_window("GB,XX|Europe/London", books, night) == Closed(
        at("2026-11-25T08:00Z"), (Finding(Reason.QUIET_HOURS, "GB.quiet_hours"),)
    )


def test_what_waives_the_hours_of_a_state_leaves_the_federal_ones() -> None:
    night = "2026-11-24T22:00-05:00"
    answer = asked("US,US-NY|America/New_York|express_consent_to_time", night)
    assert answer == Closed(at("2026-11-25T08:00-05:00"), (Finding(Reason.QUIET_HOURS, "US.quiet_hours"),))


zones = st.sampled_from(
    ["America/New_York", "Europe/London", "Asia/Shanghai", "Australia/Lord_Howe", "America/St_Johns"]
)
clock_times = st.sampled_from(["00:00", "00:30", "01:30", "02:30", "08:00", "20:00", "24:00"])
# Around the changes of the clocks, and at any other time.
instants = st.sampled_from(
    ["2026-03-08T06:00Z", "2026-03-29T00:30Z", "2026-04-04T14:30Z", "2026-10-25T00:30Z", "2026-11-01T05:00Z"]
).map(at) | st.integers(0, 365 * 24 * 60).map(
    lambda minute: at("2026-01-01T00:00Z") + timedelta(minutes=minute)
)


@st.composite
def open_hours(draw: st.DrawFn) -> OpenHours:
    opens, closes = sorted(draw(st.lists(clock_times, min_size=2, max_size=2, unique=True)))
    return OpenHours(days=draw(st.sampled_from([WEEK, WEEK[:6], WEEK[6:]])), opens=opens, closes=closes)


@given(
    hours=st.builds(
        lambda hours, calendar: opening(*hours, calendar=calendar),
        st.lists(open_hours(), min_size=1, max_size=2),
        st.sampled_from([None, Calendar.FR, Calendar.US_RI]),
    ),
    where=st.lists(zones, min_size=1, max_size=2, unique=True),
    now=instants,
    minutes=st.integers(0, 120),
)
@settings(max_examples=150, deadline=None)
def test_the_answer_agrees_with_looking_at_the_clock_every_minute(
    hours: Mapping[str, Rulebook], where: list[str], now: datetime, minutes: int
) -> None:
    start = now.replace(second=0, microsecond=0) + timedelta(minutes=minutes)
    answer = open_window(window_class(["XX"], where), hours, start)
    rules = rules_of(hours)
    is_open = not closed_findings(rules, where, start)
    minute = start
    while minute < start + timedelta(days=2) and is_open == (not closed_findings(rules, where, minute)):
        minute += timedelta(minutes=1)
    if isinstance(answer, NeverOpen):
        assert not is_open
        assert minute == start + timedelta(days=2)
        return
    turn = answer.until if isinstance(answer, Open) else answer.not_before
    assert isinstance(answer, Open) == is_open
    assert min(turn, start + timedelta(days=2)) == minute
