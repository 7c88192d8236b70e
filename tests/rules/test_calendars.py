from datetime import date

import pytest

from yesfirst.rules.calendars import Calendar, is_holiday


@pytest.mark.parametrize(
    ("calendar", "day", "holiday"),
    [
        (Calendar.FR, date(2026, 7, 14), True),
        (Calendar.FR, date(2026, 12, 25), True),
        (Calendar.FR, date(2026, 12, 26), False),  # in Alsace and Moselle only
        (Calendar.FR, date(2027, 3, 29), True),  # Easter Monday
        (Calendar.FR, date(2026, 7, 4), False),
        (Calendar.US_AL, date(2026, 4, 27), True),  # Confederate Memorial Day
        (Calendar.US_RI, date(2026, 4, 27), False),
        (Calendar.US_RI, date(2026, 8, 10), True),  # Victory Day
        (Calendar.US_AL, date(2026, 8, 10), False),
        (Calendar.US_LA_PSC, date(2026, 2, 17), True),  # Mardi Gras
        (Calendar.US_LA_PSC, date(2026, 7, 3), True),  # kept on Friday
        (Calendar.US_LA_PSC, date(2026, 7, 4), True),
        (Calendar.US_LA_PSC, date(2026, 7, 14), False),
    ],
)
def test_a_calendar_knows_its_holidays(calendar: Calendar, day: date, holiday: bool) -> None:
    assert is_holiday(calendar, day) is holiday


@pytest.mark.parametrize("calendar", Calendar)
def test_every_calendar_knows_new_years_day_of_any_year(calendar: Calendar) -> None:
    assert all(is_holiday(calendar, date(year, 1, 1)) for year in range(2024, 2040))
