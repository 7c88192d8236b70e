"""A brand may make anything stricter for itself, and drop only what nobody but a carrier or the product wants."""

from collections.abc import Callable

import msgspec
import pytest

from yesfirst.intake.brand import Brand, check
from yesfirst.intake.house_rules import Relaxation
from yesfirst.intake.yamlfile import InvalidFile, load
from yesfirst.rules.rule import Confidence, Tier
from yesfirst.rules.sections import OpenHours

Text = Callable[[str, str], str]
RELAX = "rules: {{relax: [{{rule: {rule}, reason: another vendor, by: Counsel}}]}}"
TIGHTEN = """\
rules:
  tighten:
    quiet_hours: {allowed: [{days: [mon, tue], from: "10:00", to: "18:00"}]}
    frequency: [{max: 2, per: P7D}]
    require: [{what: contact}]
"""


def read(brand_text: Text, rules: str) -> Brand:
    return check(load(brand_text("notices: [", f"{rules}\nnotices: ["), "brand.yaml"))


def test_a_tightening_is_a_piece_of_a_rulebook_that_the_brand_stands_for(brand_text: Text) -> None:
    tighten = read(brand_text, TIGHTEN).rules.tighten
    assert tighten is not None
    assert tighten.quiet_hours is not None
    assert tighten.quiet_hours.allowed == (OpenHours(days=("mon", "tue"), opens="10:00", closes="18:00"),)
    [cap] = tighten.frequency
    assert (cap.max, cap.per, cap.key) == (2, "P7D", "recipient+sender")
    assert (cap.tier, cap.conf, cap.cite) == (Tier.PRODUCT, Confidence.MEMORY, ())
    assert [each.what for each in tighten.require] == ["contact"]


@pytest.mark.parametrize("rule", ["CN.prohibited_content.0", "CN.quiet_hours", "US.quiet_hours"])
def test_a_carriers_a_products_or_a_contested_rule_may_be_relaxed(brand_text: Text, rule: str) -> None:
    house = read(brand_text, RELAX.format(rule=rule)).rules
    assert house.relax == (Relaxation(rule=rule, reason="another vendor", by="Counsel"),)


def test_house_rules_survive_storage_as_json(brand_text: Text) -> None:
    brand = read(brand_text, TIGHTEN + "  relax: [{rule: CN.quiet_hours, reason: r, by: b}]")
    assert msgspec.json.decode(msgspec.json.encode(brand), type=Brand) == brand


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (RELAX.format(rule="KR.quiet_hours"), '19:24: "KR.quiet_hours" is law: it binds - only a carrier'),
        (RELAX.format(rule="CN.consent.forbidden"), '19:24: "CN.consent.forbidden" is law'),
        (
            RELAX.format(rule="CN.quiet_hour"),
            '19:24: unknown rule "CN.quiet_hour" - did you mean "CN.quiet_hours"?',
        ),
        ("rules: {relax: [{rule: CN.quiet_hours, by: b}]}", '19:17: "reason" is missing'),
        ("rules: {loosen: []}", '19:9: unknown key "loosen"'),
        ("rules: {tighten: {consent: {}}}", '19:19: unknown key "consent"'),
        (TIGHTEN.replace('"10:00"', '"25:00"'), "21:54: has the wrong form - write it as"),
        (TIGHTEN.replace("max: 2", "most: 2"), '22:17: unknown key "most"'),
        (TIGHTEN.replace("P7D", "weekly"), "22:31: has the wrong form"),
        (TIGHTEN.replace('"18:00"', '"09:00"'), "21:29: hours must end after they begin"),
    ],
)
def test_a_mistake_in_the_house_rules_has_its_place(brand_text: Text, rules: str, message: str) -> None:
    with pytest.raises(InvalidFile) as caught:
        read(brand_text, rules)
    assert str(caught.value).startswith(f"brand.yaml:{message}")
