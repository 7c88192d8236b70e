"""Lengths of time as laws state them (ISO 8601: `P6M`, `PT5M`), and how they are added to an instant."""

import calendar
import re
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Annotated, TypeAlias

from msgspec import Meta

_FORM = (
    r"^P(?=[0-9T])(?:(?P<years>[0-9]+)Y)?(?:(?P<months>[0-9]+)M)?(?:(?P<days>[0-9]+)D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]+)H)?(?:(?P<minutes>[0-9]+)M)?(?:(?P<seconds>[0-9]+)S)?)?$"
)
_PERIOD = re.compile(_FORM)

Period: TypeAlias = Annotated[str, Meta(pattern=_FORM)]


def later(start: datetime, period: Period, zone: tzinfo) -> datetime:
    """The instant (UTC) a period after `start`: years, months and days by the calendar of `zone`.

    A day that the target month doesn't have becomes its last day; hours and smaller pass as they elapse.
    ValueError for a text that is no period.
    """
    found = _PERIOD.match(period)
    if found is None:
        raise ValueError(f"{period!r} is no ISO 8601 period such as P6M or PT5M")
    part = {name: int(digits) for name, digits in found.groupdict("0").items()}
    local = start.astimezone(zone)
    months = local.year * 12 + local.month - 1 + part["years"] * 12 + part["months"]
    year, month = months // 12, months % 12 + 1
    day = min(local.day, calendar.monthrange(year, month)[1])
    wall = local.replace(year=year, month=month, day=day) + timedelta(days=part["days"])
    return wall.astimezone(UTC) + timedelta(
        hours=part["hours"], minutes=part["minutes"], seconds=part["seconds"]
    )


def day_after(start: datetime, period: Period, zone: tzinfo) -> datetime:
    """The instant (UTC) at which the day ends on which a period after `start` does, by the calendar of `zone`.

    For a law that counts whole days: what lasts to a day lasts through it. ValueError as for `later`.
    """
    last = later(start, period, zone).astimezone(zone).date()
    return datetime.combine(last + timedelta(days=1), time(0), zone).astimezone(UTC)
