"""Dates as customer systems export them, read without guessing.

Invariants: 03/04/2026 is nobody's date until the order of its parts is declared; two-digit years and bare
Excel day counts are refused; a date without a time means its start where consent was given and its end
where it expires, in the declared zone. Ends are exclusive.

Known gaps: month names are not read. Years outside 1990-2199 (of birth: 1900-2199) are refused, so 9999-12-31 does
not pass for "never": that has to be said when importing.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum
from unicodedata import normalize
from zoneinfo import ZoneInfo

YEARS = range(1990, 2200)
YEARS_OF_BIRTH = range(1900, 2200)

_YEAR_FIRST = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\. ?(\d{1,2})\. ?(\d{1,2})\.?"
    r"| ?[年년] ?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日일]|(\d\d)(\d\d)(?!\d))"
)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_CLOCK = re.compile(
    r"(?:T| +)(上午|下午|오전|오후)? ?(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?"
    r" ?(?:([AaPp])[Mm])? ?(Z|UTC|[+-]\d\d(?::?\d\d)?)?"
)
_COMPACT = re.compile(r"(\d{8})(\d\d)(\d\d)(\d\d)")
_DURATION = re.compile(r"([1-9]\d{0,4}) ?(?:d|days?|天)")


class DateOrder(StrEnum):
    """Which part comes first where the year comes last."""

    DAY_MONTH = "dmy"
    MONTH_DAY = "mdy"


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """What a cell says: a day, and a time of day with or without its own UTC offset, if it has one."""

    day: date
    clock: time | None = None


class InvalidDuration(ValueError):
    """A validity that is not a whole number of days."""


def read_date(text: str, order: DateOrder | None = None, years: range = YEARS) -> WrittenDate | None:
    """What `text` says, or None where it says no day, no day of the calendar, or more than one."""
    text = (text if text.isascii() else normalize("NFKC", text)).strip().removeprefix("'")
    if compact := _COMPACT.fullmatch(text):
        text = "{} {}:{}:{}".format(*compact.groups())
    try:
        return _read(text, order, years)
    except ValueError:  # no such day or time
        return None


def given_at(written: WrittenDate, zone: ZoneInfo) -> datetime:
    """The UTC instant from which consent counts; of a repeated local time, the later one."""
    if written.clock is None:
        return _start(written.day, zone)
    return _instant(written.day, written.clock.replace(fold=1), zone)


def expires_at(written: WrittenDate, zone: ZoneInfo) -> datetime:
    """The first UTC instant at which consent no longer counts; of a repeated local time, the earlier one."""
    if written.clock is None:
        return _start(written.day + timedelta(days=1), zone)
    return _instant(written.day, written.clock, zone)


def days_after(given: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The UTC instant `days` calendar days of `zone` after `given`, at the same time of day."""
    return (given.astimezone(zone) + timedelta(days=days)).astimezone(UTC)


def read_duration(text: str) -> int:
    """Days in `365d`; raises InvalidDuration."""
    found = _DURATION.fullmatch(text.strip().lower())
    if found is None:
        raise InvalidDuration("a validity is a whole number of days from 1 to 99999, such as 365d")
    return int(found[1])


def _read(text: str, order: DateOrder | None, years: range) -> WrittenDate | None:
    if found := _YEAR_FIRST.match(text):
        year, month, day = (int(part) for part in found.groups() if part)
    elif found := _YEAR_LAST.match(text):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        if order is None:
            order = _only_order(first, second)
        if order is None:
            return None
        day, month = (first, second) if order is DateOrder.DAY_MONTH else (second, first)
    else:
        return None
    if year not in years:
        return None
    rest = text[found.end() :]
    if not rest:
        return WrittenDate(date(year, month, day))
    clock = _CLOCK.fullmatch(rest)
    return WrittenDate(date(year, month, day), _time(clock)) if clock else None


def _only_order(first: int, second: int) -> DateOrder | None:
    if second > 12:
        return DateOrder.MONTH_DAY
    return DateOrder.DAY_MONTH if first > 12 or first == second else None


def _time(clock: re.Match[str]) -> time:
    before, hour_text, minute, second, after, offset = clock.groups()
    half = {"上午": "a", "오전": "a", "下午": "p", "오후": "p"}[before] if before else (after or "").lower()
    hour = int(hour_text)
    if half:
        if not 1 <= hour <= 12 or (before and after):
            raise ValueError("no such hour")
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, int(minute), int(second or 0), tzinfo=_offset(offset) if offset else None)


def _offset(text: str) -> timezone:
    if text in ("Z", "UTC"):
        return UTC
    size = timedelta(hours=int(text[1:3]), minutes=int(text[3:].removeprefix(":") or 0))
    return timezone(-size if text[0] == "-" else size)


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, tzinfo=clock.tzinfo or zone).astimezone(UTC)


def _start(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
