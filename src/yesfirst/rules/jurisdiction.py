"""Whose rules apply to a person, and which clocks: from a declared residence and from the number.

Residence and number both count where they differ, and all candidate time zones count: a rule that one of them
sets is kept. What can't be told is unresolved, for a person to look at; nothing is guessed. A country without
a rulebook is unresolved.

Known gaps: states and provinces have no rulebooks yet, so a residence that names one is unresolved; the
billing address is not read; the zones of a North American number are those of its area code, although people
move and keep their numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, timezone
from phonenumbers.tzdata import TIMEZONE_DATA

from yesfirst.rules.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """Ids of the rulebooks that apply and the IANA zones the person may be in: both sorted, neither empty."""

    rulebooks: tuple[str, ...]
    zones: tuple[str, ...]


class Unresolved(StrEnum):
    """What could not be told."""

    NUMBER = "number"
    RULEBOOK = "rulebook"
    ZONE = "zone"


Resolution: TypeAlias = Jurisdiction | Unresolved
_NORTH_AMERICA = 1


def resolve(e164: str, residence: str | None, rulebooks: Mapping[str, Rulebook]) -> Resolution:
    """The jurisdiction of a person with this number, who is said to live in `residence` (ISO 3166: `US`).

    `rulebooks` are the loaded ones by id.
    """
    try:
        number = phonenumbers.parse(e164)
    except NumberParseException:
        return Unresolved.NUMBER
    region = phonenumbers.region_code_for_number(number)
    if region is None:
        return Unresolved.NUMBER
    ids = sorted({region, residence or region})
    if not all(name in rulebooks for name in ids):
        return Unresolved.RULEBOOK
    zones: set[str] = set()
    for name in ids:
        candidates = rulebooks[name].scope.zones or (_zones_of(number) if name == region else ())
        if not candidates:
            return Unresolved.ZONE
        zones.update(candidates)
    return Jurisdiction(tuple(ids), tuple(sorted(zones)))


def _zones_of(number: PhoneNumber) -> tuple[str, ...]:
    """Every zone that a number of this range may be in; empty where that is not known."""
    if number.country_code == _NORTH_AMERICA:
        area_code = str(number.national_number)[:3]
        return _area_codes().get(area_code) or TIMEZONE_DATA[str(_NORTH_AMERICA)]
    zones = timezone.time_zones_for_number(number)
    return () if timezone.UNKNOWN_TIMEZONE in zones else tuple(zones)


@lru_cache(maxsize=1)
def _area_codes() -> Mapping[str, tuple[str, ...]]:
    """The zones of each North American area code.

    The data knows the zones of single exchanges, but mobile numbers are not bound to those: where an area
    code lies on both sides of a line, both count.
    """
    zones: dict[str, set[str]] = {}
    for prefix, found in TIMEZONE_DATA.items():
        if prefix.startswith(str(_NORTH_AMERICA)) and len(prefix) >= len("1305"):
            zones.setdefault(prefix[1:4], set()).update(found)
    return {area_code: tuple(sorted(found)) for area_code, found in zones.items()}
