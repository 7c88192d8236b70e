"""Where somebody lives or is billed, and by which clock: cells that name a place or a time zone.

Invariants: a place is kept as far as a rulebook could tell it apart, and no further: `US-FL`, but `CN` for Shenzhen's
province and `DE` for Bavaria. Nothing is guessed: what could be two places is neither. A time zone is one that the
product reckons with, so that every part of it knows the zone.
"""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache, lru_cache
from unicodedata import category, normalize

import phonenumbers
from phonenumbers.tzdata import TIMEZONE_DATA

from yesfirst.intake.cells import InvalidCell, read_text
from yesfirst.intake.placenames import AMBIGUOUS, COUNTRIES, REGION_ENDINGS, STATES
from yesfirst.rulebooks import load_all
from yesfirst.rules import places

_CODE = re.compile(r"([a-z]{2})(?:[-_ /]+([a-z0-9]{1,3}))?")
_SEPARATORS = re.compile(r"[;,；，、|｜]")


class Unknown(InvalidCell):
    """A cell with a word that is on no list; `hint` is the nearest on the list, empty where none is near."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@lru_cache(maxsize=4096)
def read_place(cell: str, home: str) -> str | None:
    """An ISO 3166 place such as `FR` or `US-FL`, None where the cell says nothing; raises Unknown.

    `home` is the region of the brand. Where its states have codes that are countries' too, a bare one is refused:
    CA is Canada to some and California to others.
    """
    text = read_text(cell)
    if text is None:
        return None
    plain = normalize("NFKC", text).casefold()
    if code := _CODE.fullmatch(plain):
        return _coded(code[1].upper(), (code[2] or "").upper(), home) or _named(plain)
    return _named(plain)


def read_zones(cell: str) -> tuple[str, ...]:
    """IANA time zones, sorted, several where the person may be in any of them; none where blank. Raises Unknown."""
    text = read_text(cell)
    if text is None:
        return ()
    found = set()
    for name in filter(None, (part.strip() for part in _SEPARATORS.split(text))):
        key = name.casefold().replace(" ", "_")
        if key not in _zones():
            raise Unknown("not a time zone such as America/Chicago", _near(key, _zones()))
        found.add(_zones()[key])
    return tuple(sorted(found))


def _coded(country: str, state: str, home: str) -> str | None:
    """The place of a code; None where the code is none, so that it may be a name."""
    if not state:
        by_state = f"{home}-{country}"
        if by_state in places.ZONES:
            raise Unknown("a state without its country", by_state)
        return country if country in phonenumbers.SUPPORTED_REGIONS else None
    if country not in phonenumbers.SUPPORTED_REGIONS:
        return None
    if country not in places.COUNTRIES:
        return country
    place = f"{country}-{state}"
    if place in places.ZONES:
        return place
    siblings = {one.casefold(): one for one in places.ZONES if one.startswith(f"{country}-")}
    raise Unknown("no state of its country", _near(place.casefold(), siblings))


def _named(plain: str) -> str:
    bare = _bare(plain)
    if bare in AMBIGUOUS:
        raise Unknown("the name of two places", AMBIGUOUS[bare])
    names = _names()
    for ending in ("", *REGION_ENDINGS):
        if bare.endswith(ending) and (place := names.get(bare.removesuffix(ending))):
            return place
    raise Unknown("no place that is known", _near(bare, names))


def _near(word: str, known: Mapping[str, str]) -> str:
    close = get_close_matches(word, known, n=1, cutoff=0.75)
    return known[close[0]] if close else ""


@cache
def _names() -> Mapping[str, str]:
    """Places by the names and codes that stand for one place alone."""
    names = {_bare(name): code for code, listed in COUNTRIES.items() for name in listed.split(",")}
    for country, listed in STATES.items():
        for one in listed.split(","):
            code, _, name = one.strip().partition(" ")
            names[_bare(name)] = f"{country}-{code}"
    return {name: place for name, place in names.items() if name not in AMBIGUOUS}


def _bare(name: str) -> str:
    """A name without case, accents, spaces and punctuation."""
    split = normalize("NFKD", name.casefold())
    return normalize("NFC", "".join(each for each in split if each.isalnum() and category(each) != "Mn"))


@cache
def _zones() -> Mapping[str, str]:
    return {zone.casefold(): zone for zone in _all_zones()}


def _all_zones() -> Iterable[str]:
    for listed in (*TIMEZONE_DATA.values(), *places.ZONES.values()):
        yield from listed
    for book in load_all().values():
        yield from book.scope.zones
