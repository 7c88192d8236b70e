from zoneinfo import ZoneInfo

import pytest

from yesfirst.intake.placenames import COUNTRIES, STATES
from yesfirst.intake.residence import Unknown, read_place, read_zones
from yesfirst.intake.vocabulary import places
from yesfirst.rules.places import ZONES


@pytest.mark.parametrize(
    ("cell", "home", "place"),
    [
        ("US-FL", "CN", "US-FL"),
        (" us fl ", "US", "US-FL"),
        ("ＵＳ", "CN", "US"),
        ("Florida", "US", "US-FL"),
        ("NEW YORK", "US", "US-NY"),
        ("CA-ON", "US", "CA-ON"),
        ("Quebec", "CA", "CA-QC"),
        ("New South Wales", "AU", "AU-NSW"),
        ("U.S.A.", "CN", "US"),
        ("UK", "CN", "GB"),
        ("中国", "CN", "CN"),
        ("广东", "CN", "CN"),
        ("上海市", "CN", "CN"),
        ("广西壮族自治区", "CN", "CN"),
        ("香港特别行政区", "CN", "HK"),
        ("한국", "KR", "KR"),
        ("DE-BY", "DE", "DE"),  # no rulebook tells Bavaria apart: it isn't kept
        ("CA", "CN", "CA"),  # a country's code to whoever has no states
        ("MX", "US", "MX"),  # a country without a rulebook is still where somebody lives
        ("", "US", None),
        ("N/A", "US", None),
    ],
)
def test_a_place_is_kept_as_far_as_rulebooks_tell_it_apart(cell: str, home: str, place: str | None) -> None:
    assert read_place(cell, home) == place


@pytest.mark.parametrize(
    ("cell", "home", "hint"),
    [
        ("CA", "US", "US-CA"),  # Canada, or California
        ("FL", "US", "US-FL"),
        ("WA", "AU", "AU-WA"),
        ("Georgia", "US", "US-GA"),
        ("Flordia", "CN", "US-FL"),
        ("Autralia", "CN", "AU"),
        ("US-NYC", "US", "US-NY"),
        ("1 Main Street", "US", ""),
    ],
)
def test_what_could_be_two_places_or_none_is_refused_with_the_nearest(
    cell: str, home: str, hint: str
) -> None:
    with pytest.raises(Unknown) as caught:
        read_place(cell, home)
    assert caught.value.hint == hint
    assert cell not in str(caught.value)


def test_every_place_of_the_rulebooks_and_every_state_has_a_name() -> None:
    countries = {place for place in places() if "-" not in place} - {"EU"}
    assert countries <= COUNTRIES.keys()
    named = {
        f"{country}-{one.split()[0]}" for country, listed in STATES.items() for one in listed.split(", ")
    }
    assert named == set(ZONES)
    assert {read_place(place, "CN") for place in {*countries, *named}} == {*countries, *named}


@pytest.mark.parametrize(
    ("cell", "zones"),
    [
        ("America/Chicago", ("America/Chicago",)),
        ("america/new york；America/Chicago", ("America/Chicago", "America/New_York")),
        ("-", ()),
    ],
)
def test_time_zones_are_read_and_may_be_several(cell: str, zones: tuple[str, ...]) -> None:
    assert read_zones(cell) == zones
    assert all(ZoneInfo(zone) for zone in zones)


@pytest.mark.parametrize(("cell", "hint"), [("Asia/Shangai", "Asia/Shanghai"), ("EST", ""), ("+08:00", "")])
def test_what_is_no_place_of_a_clock_is_refused(cell: str, hint: str) -> None:
    """EST is a clock that nobody lives by all year."""
    with pytest.raises(Unknown) as caught:
        read_zones(cell)
    assert caught.value.hint == hint
