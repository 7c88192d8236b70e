import pytest

from yesfirst import rulebooks
from yesfirst.rules.jurisdiction import Jurisdiction, Resolution, Unresolved, resolve

CHINA = Jurisdiction(("CN",), ("Asia/Shanghai",))
NEW_YORK = Jurisdiction(("US",), ("America/New_York",))


def resolved(e164: str, residence: str | None = None) -> Resolution:
    return resolve(e164, residence, rulebooks.load_all())


@pytest.mark.parametrize(
    ("e164", "answer"),
    [
        ("+8613000000001", CHINA),
        ("+12125550123", NEW_YORK),
        ("+13055550123", NEW_YORK),
        ("+13035550123", Jurisdiction(("US",), ("America/Denver",))),
        ("+18085550123", Jurisdiction(("US",), ("Pacific/Honolulu",))),
        ("+447400000100", Jurisdiction(("GB",), ("Europe/London",))),
        ("+821000000001", Jurisdiction(("KR",), ("Asia/Seoul",))),
    ],
)
def test_a_number_tells_rulebook_and_zone(e164: str, answer: Jurisdiction) -> None:
    assert resolved(e164) == answer


@pytest.mark.parametrize(
    ("e164", "why"),
    [
        ("+14165550123", Unresolved.RULEBOOK),  # Toronto shares +1, not the rulebook
        ("+17875550123", Unresolved.RULEBOOK),  # so does Puerto Rico
        ("+447911123456", Unresolved.RULEBOOK),  # Guernsey shares +44
        ("+33639980123", Unresolved.RULEBOOK),
        ("+15555550123", Unresolved.NUMBER),
        ("+999123456789", Unresolved.NUMBER),
        ("13000000001", Unresolved.NUMBER),
    ],
)
def test_what_cannot_be_told_is_unresolved(e164: str, why: Unresolved) -> None:
    assert resolved(e164) is why


def test_every_zone_of_an_area_code_counts() -> None:
    answer = resolved("+18505550123")  # the Florida panhandle lies on both sides of the line
    assert answer == Jurisdiction(("US",), ("America/Chicago", "America/New_York"))


def test_a_number_without_place_may_be_in_any_zone_of_its_country() -> None:
    answer = resolved("+15005550123")  # a personal number, of no area
    assert isinstance(answer, Jurisdiction)
    assert {"America/New_York", "Pacific/Honolulu"} < set(answer.zones)


@pytest.mark.parametrize(
    ("e164", "residence", "answer"),
    [
        ("+8613000000001", "CN", CHINA),
        ("+8613000000001", "GB", Jurisdiction(("CN", "GB"), ("Asia/Shanghai", "Europe/London"))),
        ("+12125550123", "CN", Jurisdiction(("CN", "US"), ("America/New_York", "Asia/Shanghai"))),
        ("+8613000000001", "US", Unresolved.ZONE),  # somewhere in six zones
        ("+8613000000001", "FR", Unresolved.RULEBOOK),
        ("+12125550123", "US-FL", Unresolved.RULEBOOK),  # states have no rulebooks yet
        ("+33639980123", "GB", Unresolved.RULEBOOK),
    ],
)
def test_a_residence_elsewhere_adds_its_rules_and_clocks(
    e164: str, residence: str, answer: Resolution
) -> None:
    assert resolved(e164, residence) == answer
