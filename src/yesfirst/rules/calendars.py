"""The days on which some rulebooks close: public holidays by the name of a calendar.

The dates come from the `holidays` package; a day that is moved counts on both dates.

Known gaps: the holidays of France are the national ones, without the two more of Alsace and Moselle. The Public
Service Commission of Louisiana announces its own list each year; the state's holidays stand in for it. Holidays
that a governor declares at short notice are in no calendar.
"""

from datetime import date
from enum import StrEnum
from functools import lru_cache


class Calendar(StrEnum):
    """A calendar as rulebooks name it."""

    FR = "FR"
    US_AL = "US-AL"
    US_LA_PSC = "US-LA-PSC"
    US_RI = "US-RI"


_SUBDIVISIONS = {
    Calendar.FR: ("FR", None),
    Calendar.US_AL: ("US", "AL"),
    Calendar.US_LA_PSC: ("US", "LA"),
    Calendar.US_RI: ("US", "RI"),
}


def is_holiday(calendar: Calendar, day: date) -> bool:
    return day in _holidays(calendar, day.year)


@lru_cache(maxsize=64)
def _holidays(calendar: Calendar, year: int) -> frozenset[date]:
    # Here, because the package takes longer to import than all rulebooks to read, and few moments need it.
    from holidays import country_holidays

    country, subdivision = _SUBDIVISIONS[calendar]
    return frozenset(country_holidays(country, subdivision, years=year))
