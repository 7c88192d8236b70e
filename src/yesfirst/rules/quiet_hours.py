"""When marketing may arrive: the hours of all rulebooks, by the clocks of all zones a person may be in.

Invariants: windows are half-open; a moment is open only if it is so under every rulebook in every candidate
zone. Thousands of people share one answer, so it is asked for a window class: rulebooks, zones and waivers in
one short text, such as `KR|Asia/Seoul|night_consent`.

Openness changes only at the edge of a window, at midnight, or where a zone moves its clocks. `open_window`
walks through those instants and asks `closed_findings`, which knows the clock of one moment and nothing else.
A rulebook without quiet hours is always open, and one whose hours are waived is too; the others still bind.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

from yesfirst.rules.calendars import is_holiday
from yesfirst.rules.finding import Finding
from yesfirst.rules.reason import Reason, in_order
from yesfirst.rules.rulebook import Rulebook
from yesfirst.rules.sections import QuietHours

HORIZON = timedelta(days=14)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Open:
    """Open at least until this instant (exclusive); open hours without end are given as the horizon."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Closed:
    """Closed, and open again at `not_before`; `findings` name each rule that closes this moment, in order."""

    not_before: datetime
    findings: tuple[Finding, ...]

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return in_order(finding.reason for finding in self.findings)


@dataclass(frozen=True, slots=True)
class NeverOpen:
    """No moment within the horizon suits every rulebook in every candidate zone: a person has to look."""


Answer: TypeAlias = Open | Closed | NeverOpen


def window_class(rulebooks: Iterable[str], zones: Iterable[str], waivers: Iterable[str] = ()) -> str:
    """The key under which people share one answer; the order in which things are named doesn't matter."""
    lists = (sorted(set(names)) for names in (rulebooks, zones, waivers))
    return "|".join(",".join(names) for names in lists).rstrip("|")


def open_window(key: str, rulebooks: Mapping[str, Rulebook], now: datetime) -> Answer:
    """Whether the window class is open now, and until or from when.

    `rulebooks` are the loaded ones by id. ValueError for a text that is no window class, KeyError for a
    rulebook that is not loaded.
    """
    zones, hours = _read(key, rulebooks)
    findings = closed_findings(hours, zones, now)
    for instant in turning_points(key, rulebooks, now):
        if _is_open(hours, zones, instant) == bool(findings):
            return Closed(instant, findings) if findings else Open(instant)
    return NeverOpen() if findings else Open(now + HORIZON)


def closed_findings(
    hours: Mapping[str, QuietHours], zones: Sequence[str], now: datetime
) -> tuple[Finding, ...]:
    """What closes this moment, by the clock of each zone; empty if it is open.

    `hours` go by the ids of their rules, such as `CN.quiet_hours`; the findings by reason, then by rule.
    """
    clocks = [now.astimezone(ZoneInfo(zone)) for zone in zones]
    found = {
        Finding(reason, id)
        for id, rule in hours.items()
        for clock in clocks
        if (reason := _closed(rule, clock)) is not None
    }
    reasons = in_order(finding.reason for finding in found)
    return tuple(sorted(found, key=lambda finding: (reasons.index(finding.reason), finding.rule or "")))


def _is_open(hours: Mapping[str, QuietHours], zones: Sequence[str], now: datetime) -> bool:
    clocks = [now.astimezone(ZoneInfo(zone)) for zone in zones]
    return all(_closed(rule, clock) is None for clock in clocks for rule in hours.values())


def _closed(rule: QuietHours, clock: datetime) -> Reason | None:
    today = _week(rule)[clock.weekday()]
    calendar = rule.holidays.calendar
    if not today or (calendar is not None and is_holiday(calendar, clock.date())):
        return Reason.CLOSED_DAY
    minute = clock.hour * 60 + clock.minute
    return None if any(opens <= minute < closes for opens, closes in today) else Reason.QUIET_HOURS


@lru_cache(maxsize=256)
def _week(rule: QuietHours) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Of each day from Monday on, the minutes of the day at which hours open and close."""
    return tuple(
        tuple((_minute(hours.opens), _minute(hours.closes)) for hours in rule.allowed if day in hours.days)
        for day in _DAYS
    )


def _minute(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _read(key: str, rulebooks: Mapping[str, Rulebook]) -> tuple[list[str], dict[str, QuietHours]]:
    ids, _, rest = key.partition("|")
    zones, _, waivers = rest.partition("|")
    if not ids or not zones:
        raise ValueError(f"{key!r} is no window class: rulebooks, zones and waivers, separated by |")
    waived = set(waivers.split(","))
    rules = {f"{name}.quiet_hours": rulebooks[name].quiet_hours for name in ids.split(",")}
    binding = {
        id: rule for id, rule in rules.items() if rule is not None and not waived.intersection(rule.waived_by)
    }
    return zones.split(","), binding


def turning_points(key: str, rulebooks: Mapping[str, Rulebook], now: datetime) -> Iterator[datetime]:
    """The instants after `now` at which the answer for a window class may change, in order, up to the horizon."""
    zones, hours = _read(key, rulebooks)
    minutes = {edge for rule in hours.values() for day in _week(rule) for opened in day for edge in opened}
    edges = tuple(sorted({0, *(minute % (24 * 60) for minute in minutes)}))
    today = now.astimezone(UTC).date()
    for ahead in range(HORIZON.days + 1):
        day = today + timedelta(days=ahead)
        points = {point for zone in zones for point in _turns(day, edges, zone)}
        yield from sorted(point for point in points if now < point)


@lru_cache(maxsize=4096)
def _turns(day: date, edges: tuple[int, ...], zone_name: str) -> tuple[datetime, ...]:
    """The instants of a UTC day, its end included, at which the zone's clock shows an edge or is moved."""
    zone = ZoneInfo(zone_name)
    begin = datetime.combine(day, time(0), UTC)
    end = begin + timedelta(days=1)
    points = set(_clock_changes(begin, zone))
    # A day in UTC meets the local days before, of and after its date, whatever the zone.
    for shift in (-1, 0, 1):
        points.update(_on_the_clock(day + timedelta(days=shift), edges, zone))
    return tuple(point for point in points if begin < point <= end)


def _on_the_clock(day: date, edges: Iterable[int], zone: ZoneInfo) -> Iterator[datetime]:
    """When the zone's clock shows these minutes of the day; twice where it is set back."""
    for edge in edges:
        for fold in (0, 1):
            clock = time(edge // 60, edge % 60, fold=fold)
            yield datetime.combine(day, clock, zone).astimezone(UTC)


@lru_cache(maxsize=4096)
def _clock_changes(begin: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The instant at which the zone moves its clocks in the 24 hours after `begin`, if it does."""
    offset = begin.astimezone(zone).utcoffset()
    before, after = begin, begin + timedelta(days=1)
    if after.astimezone(zone).utcoffset() == offset:
        return ()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return (after,)
