"""Whose rules apply to a person, and which clocks: from the origin of the number and from a declared place.

Of the declared places an explicit residence goes before a billing address. Number and declared place both count
where they differ, and all candidate time zones count: a rule that one of them sets is kept. What can't be told
is unresolved, for a person to look at; nothing is guessed. A country without a rulebook is unresolved. A state
without one stands under its country's alone.

Known gaps: the zones of a North American number are those of its area code, although people move and keep their
numbers; an area code that is on no overlay stands for a state without rules of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias

import phonenumbers
from phonenumbers import NumberParseException
from phonenumbers.tzdata import TIMEZONE_DATA

from yesfirst.rules import places
from yesfirst.rules.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """Ids of the rulebooks that apply and the IANA zones the person may be in: both sorted, neither empty."""

    rulebooks: tuple[str, ...]
    zones: tuple[str, ...]


class Unresolved(StrEnum):
    """What could not be told."""

    NUMBER = "number"
    PLACE = "place"
    RULEBOOK = "rulebook"
    ZONE = "zone"


Resolution: TypeAlias = Jurisdiction | Unresolved
_NORTH_AMERICA = 1
_BY_STATE = "US"  # the rules of this country differ from state to state, so its zones alone tell too little


def origin_of(e164: str) -> str | None:
    """Where a number comes from: its region, and in North America its area code, such as `CN` or `US/305`.

    None where the numbering plan knows no such number. An origin tells the jurisdiction and no more, so that it
    can be kept where the number can't.
    """
    try:
        number = phonenumbers.parse(e164)
    except NumberParseException:
        return None
    region = phonenumbers.region_code_for_number(number)
    if region is None or number.country_code != _NORTH_AMERICA:
        return region
    return f"{region}/{str(number.national_number)[:3]}"


def resolve(
    origin: str | None,
    residence: str | None,
    billing: str | None,
    rulebooks: Mapping[str, Rulebook],
    declared_zones: Sequence[str] = (),
) -> Resolution:
    """The jurisdiction of a person with a number of this origin, who declared these places.

    Places are ISO 3166: `FR`, `US`, `US-FL`. `rulebooks` are the loaded ones by id. The answer names the parents
    of a rulebook too. Declared time zones take the place of those that number and places would allow.
    """
    if origin is None:
        return Unresolved.NUMBER
    region, _, area_code = origin.partition("/")
    declared = residence or billing
    country = declared.partition("-")[0] if declared else None
    if declared != country and country in places.COUNTRIES and declared not in places.ZONES:
        return Unresolved.PLACE
    found = [_books_of_region(region, rulebooks)]
    if country is not None:
        found.append(_books_of_region(country, rulebooks))
    if not all(found):
        return Unresolved.RULEBOOK
    ids = {id for each in found for id in each} | _overlays(region, area_code, rulebooks)
    if declared is not None and declared in rulebooks:
        ids |= _with_parents(declared, rulebooks)
    zones = set(declared_zones) or _zones(region, area_code, declared, rulebooks)
    if zones is None:
        return Unresolved.ZONE
    return Jurisdiction(tuple(sorted(ids)), tuple(sorted(zones)))


def _books_of_region(region: str, rulebooks: Mapping[str, Rulebook]) -> set[str]:
    """The rulebooks of a country: its own and that of the union it is in."""
    ids = [id for id, book in rulebooks.items() if region in (book.scope.regions or (book.id,))]
    return {name for id in ids for name in _with_parents(id, rulebooks)}


def _overlays(region: str, area_code: str, rulebooks: Mapping[str, Rulebook]) -> set[str]:
    """The overlays of a country that name the area code."""
    return {
        id
        for id, book in rulebooks.items()
        if region in book.scope.parents and area_code in map(str, book.scope.area_codes)
    }


def _with_parents(id: str, rulebooks: Mapping[str, Rulebook]) -> set[str]:
    above = (_with_parents(parent, rulebooks) for parent in rulebooks[id].scope.parents)
    return {id}.union(*above)


def _zones(
    region: str, area_code: str, declared: str | None, rulebooks: Mapping[str, Rulebook]
) -> set[str] | None:
    """All candidate zones of the number and of the declared place; None where one of the two can't be told."""
    country = declared.partition("-")[0] if declared else None
    by_number = set(_zones_of_area_code(region, area_code, rulebooks)) if area_code else set()
    if declared is not None and declared in places.ZONES:
        by_place = set(places.ZONES[declared])
    elif country == region and by_number:
        by_place = by_number  # the country said again: the area code tells more
    else:
        by_place = set(_zones_of_region(country, rulebooks)) if country else set()
    if country is not None and not by_place:
        return None
    if not by_number and country != region:
        by_number = set(_zones_of_region(region, rulebooks))
        if not by_number:
            return None
    return by_number | by_place


def _zones_of_area_code(region: str, area_code: str, rulebooks: Mapping[str, Rulebook]) -> Iterable[str]:
    """The zones of an area code, or of its overlay where it is too new to be known; none of a number without area."""
    overlays = _overlays(region, area_code, rulebooks)
    return _area_codes().get(area_code) or {zone for id in overlays for zone in rulebooks[id].scope.zones}


def _zones_of_region(region: str, rulebooks: Mapping[str, Rulebook]) -> tuple[str, ...]:
    """Every zone of a country; none where its rules differ by state."""
    if region == _BY_STATE:
        return ()
    own = rulebooks[region].scope.zones if region in rulebooks else ()
    states = (
        zone for state, zones in places.ZONES.items() if state.startswith(f"{region}-") for zone in zones
    )
    code = str(phonenumbers.country_code_for_region(region))
    return own or tuple(states) or TIMEZONE_DATA.get(code, ())


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
