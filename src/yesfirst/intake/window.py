"""When a campaign may be sent: from an opening to a closing, each an instant or relative.

`opens: now` opens at the moment of planning; `closes: +7d` or `+12h` counts from the opening. An instant is
`2026-12-01 10:00` in the brand's time zone, or carries its own offset (`2026-12-01T10:00:00+08:00`, `…Z`).
Quiet hours are not written here: the rulebook of each person's place decides about them.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from yesfirst.intake.dates import YEARS

LONGEST = timedelta(days=90)
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_AFTER = re.compile(r"\+([1-9][0-9]{0,3})([dh])")


class Window(Struct, frozen=True):
    """`opens` None is the moment of planning; `closes` is an instant, or `lasts` counts from opening."""

    opens: datetime | None
    closes: datetime | None
    lasts: timedelta | None

    def at(self, planned: datetime) -> "Interval":
        """The half-open interval in which a run planned at this instant may send."""
        opens = max(self.opens or planned, planned)
        if self.closes is not None:
            return Interval(opens, self.closes)
        return Interval(opens, (self.opens or planned) + (self.lasts or timedelta()))


@dataclass(frozen=True, slots=True)
class Interval:
    """From `opens` until before `closes`, both UTC."""

    opens: datetime
    closes: datetime


def read_opening(text: str, zone: ZoneInfo) -> datetime | None:
    """The instant in UTC, or None for `now`; ValueError says what may be written."""
    return None if text == "now" else _instant(text, zone, "now")


def read_closing(text: str, zone: ZoneInfo) -> datetime | timedelta:
    """The instant in UTC or the time after the opening; ValueError says what may be written."""
    after = _AFTER.fullmatch(text)
    if after is None:
        return _instant(text, zone, "+7d or +12h after the opening")
    amount = int(after[1])
    return timedelta(days=amount) if after[2] == "d" else timedelta(hours=amount)


def _instant(text: str, zone: ZoneInfo, other: str) -> datetime:
    message = f"must be {other}, or an instant such as 2026-12-01 10:00"
    if not _INSTANT.fullmatch(text):
        raise ValueError(message)
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(message) from None
    # Beyond them an offset can lead out of the calendar.
    if read.year not in YEARS:
        raise ValueError(message)
    local = read if read.tzinfo else read.replace(tzinfo=zone)
    instant = local.astimezone(UTC)
    # A clock time that the spring change leaves out does not come back from UTC as it went.
    if read.tzinfo is None and instant.astimezone(zone).replace(tzinfo=None) != read:
        raise ValueError(f"does not exist in {zone.key}: the clocks go forward over it")
    return instant
