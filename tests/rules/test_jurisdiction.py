import pytest

from yesfirst import rulebooks
from yesfirst.rules import places
from yesfirst.rules.jurisdiction import Jurisdiction, Resolution, Unresolved, origin_of, resolve

CHINA = Jurisdiction(("CN",), ("Asia/Shanghai",))
NEW_YORK = Jurisdiction(("US", "US-NY"), ("America/New_York",))
COLORADO = Jurisdiction(("US",), ("America/Denver",))
FRANCE = Jurisdiction(("EU", "FR"), ("Europe/Paris",))
AUSTRALIA = (
    "Australia/Adelaide",
    "Australia/Brisbane",
    "Australia/Darwin",
    "Australia/Hobart",
    "Australia/Perth",
    "Australia/Sydney",
)


def resolved(origin: str | None, residence: str | None = None, billing: str | None = None) -> Resolution:
    return resolve(origin, residence, billing, rulebooks.load_all())


@pytest.mark.parametrize(
    ("e164", "origin"),
    [
        ("+8613000000001", "CN"),
        ("+447400000100", "GB"),
        ("+447911123456", "GG"),  # Guernsey shares +44
        ("+33639980123", "FR"),
        ("+13055550123", "US/305"),
        ("+14165550123", "CA/416"),
        ("+17875550123", "PR/787"),
        ("+18005550123", "US/800"),
        ("+15555550123", None),
        ("+999123456789", None),
        ("13000000001", None),
    ],
)
def test_a_number_tells_its_region_and_in_north_america_its_area_code(e164: str, origin: str | None) -> None:
    assert origin_of(e164) == origin


@pytest.mark.parametrize(
    ("origin", "answer"),
    [
        ("CN", CHINA),
        ("GB", Jurisdiction(("GB",), ("Europe/London",))),
        ("KR", Jurisdiction(("KR",), ("Asia/Seoul",))),
        ("US/212", NEW_YORK),
        ("US/305", Jurisdiction(("US", "US-FL"), ("America/New_York",))),
        ("US/303", COLORADO),
        ("US/808", Jurisdiction(("US",), ("Pacific/Honolulu",))),
        ("US/471", Jurisdiction(("US", "US-MS"), ("America/Chicago",))),  # too new for the table of zones
        ("CA/416", Jurisdiction(("CA",), ("America/Toronto",))),
        ("FR", FRANCE),
        ("DE", Jurisdiction(("DE", "EU"), ("Europe/Berlin",))),
        ("PL", Jurisdiction(("EU",), ("Europe/Warsaw",))),
        ("ES", Jurisdiction(("EU",), ("Atlantic/Canary", "Europe/Madrid"))),
        ("AU", Jurisdiction(("AU",), AUSTRALIA)),
    ],
)
def test_the_origin_of_a_number_tells_rulebooks_with_their_parents_and_zones(
    origin: str, answer: Jurisdiction
) -> None:
    assert resolved(origin) == answer


def test_every_zone_of_an_area_code_counts() -> None:
    answer = resolved("US/850")  # the Florida panhandle lies on both sides of the line
    assert answer == Jurisdiction(("US", "US-FL"), ("America/Chicago", "America/New_York"))


@pytest.mark.parametrize(
    ("origin", "residence", "why"),
    [
        (None, None, Unresolved.NUMBER),
        (None, "CN", Unresolved.NUMBER),
        ("PR/787", None, Unresolved.RULEBOOK),  # Puerto Rico shares +1, not the rulebook
        ("GG", None, Unresolved.RULEBOOK),
        ("LI", None, Unresolved.RULEBOOK),
        ("CN", "MX", Unresolved.RULEBOOK),
        ("US/500", None, Unresolved.ZONE),  # a personal number, of no area: in which state?
        ("US/800", "US", Unresolved.ZONE),
        ("US/500", "GB", Unresolved.ZONE),
        ("CN", "US", Unresolved.ZONE),
        ("CA/416", "US", Unresolved.ZONE),
        ("US/212", "US-ZZ", Unresolved.PLACE),
        ("US/212", "US-PR", Unresolved.PLACE),
        ("AU", "AU-XX", Unresolved.PLACE),
    ],
)
def test_what_cannot_be_told_is_unresolved(
    origin: str | None, residence: str | None, why: Unresolved
) -> None:
    assert resolved(origin, residence) is why


@pytest.mark.parametrize(
    ("origin", "residence", "answer"),
    [
        ("CN", "CN", CHINA),
        ("FR", "FR", FRANCE),
        ("FR", "FR-75", FRANCE),
        ("US/212", "US", NEW_YORK),
        ("US/212", "US-NY", NEW_YORK),
        ("US/303", "US-CO", COLORADO),
        ("US/500", "US-CO", COLORADO),
        ("AU", "AU-NSW", Jurisdiction(("AU",), ("Australia/Sydney",))),
        ("AU", "AU-WA", Jurisdiction(("AU",), ("Australia/Perth",))),
        ("AU", "AU", Jurisdiction(("AU",), AUSTRALIA)),
    ],
)
def test_a_residence_in_the_country_of_the_number_tells_more_of_it(
    origin: str, residence: str, answer: Resolution
) -> None:
    assert resolved(origin, residence) == answer


@pytest.mark.parametrize(
    ("origin", "residence", "answer"),
    [
        ("US/305", "US-CO", Jurisdiction(("US", "US-FL"), ("America/Denver", "America/New_York"))),
        ("US/303", "US-MD", Jurisdiction(("US", "US-MD"), ("America/Denver", "America/New_York"))),
        ("US/212", "US-OK", Jurisdiction(("US", "US-NY", "US-OK"), ("America/Chicago", "America/New_York"))),
        ("CN", "GB", Jurisdiction(("CN", "GB"), ("Asia/Shanghai", "Europe/London"))),
        ("US/212", "CN", Jurisdiction(("CN", "US", "US-NY"), ("America/New_York", "Asia/Shanghai"))),
        (
            "GB",
            "US-FL",
            Jurisdiction(("GB", "US", "US-FL"), ("America/Chicago", "America/New_York", "Europe/London")),
        ),
        ("CN", "DE-BY", Jurisdiction(("CN", "DE", "EU"), ("Asia/Shanghai", "Europe/Berlin"))),
        ("CA/604", "CA-NS", Jurisdiction(("CA",), ("America/Halifax", "America/Vancouver"))),
    ],
)
def test_a_residence_elsewhere_adds_its_rules_and_clocks(
    origin: str, residence: str, answer: Resolution
) -> None:
    assert resolved(origin, residence) == answer


def test_a_billing_address_counts_where_no_residence_is_declared() -> None:
    assert resolved("US/303", None, "US-MD") == resolved("US/303", "US-MD")
    assert resolved("US/303", "US-CO", "US-MD") == COLORADO


def test_declared_zones_take_the_place_of_all_others_also_where_none_could_be_told() -> None:
    books = rulebooks.load_all()
    assert resolve("US/305", None, None, books, ("America/Denver",)) == Jurisdiction(
        ("US", "US-FL"), ("America/Denver",)
    )
    assert resolve("GB", "US", None, books) is Unresolved.ZONE
    assert resolve("GB", "US", None, books, ("America/Denver",)) == Jurisdiction(
        ("GB", "US"), ("America/Denver",)
    )


def test_a_canadian_of_no_known_province_may_be_in_any_zone_of_canada() -> None:
    answer = resolved("GB", "CA")
    assert isinstance(answer, Jurisdiction)
    assert {"America/St_Johns", "America/Vancouver"} < set(answer.zones)


def test_the_zones_of_a_state_are_those_that_its_overlay_names() -> None:
    overlays = {id: book.scope.zones for id, book in rulebooks.load_all().items() if id in places.ZONES}
    assert len(overlays) == 22
    assert {id: set(zones) for id, zones in overlays.items()} == {
        id: set(places.ZONES[id]) for id in overlays
    }


def test_no_area_code_is_on_two_overlays() -> None:
    codes = [code for book in rulebooks.load_all().values() for code in book.scope.area_codes]
    assert len(codes) == len(set(codes)) > 200


def test_every_state_has_its_zones() -> None:
    counts = {
        country: sum(state.startswith(f"{country}-") for state in places.ZONES)
        for country in places.COUNTRIES
    }
    assert counts == {"US": 51, "CA": 13, "AU": 8}
