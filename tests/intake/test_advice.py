"""What a campaign's texts lack for a place, told before anybody is chosen."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from yesfirst.intake import brand, campaign
from yesfirst.intake.advice import Gap, campaign_gaps
from yesfirst.intake.offer import offer_of
from yesfirst.intake.yamlfile import load
from yesfirst.rules.content import Offer, SenderKind

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
Text = Callable[[str, str], str]
STANDING = """\
countries: [CN, GB]
registrations:
  cn_signature_realname: {reference: a, until: 2026-11-22}
  cn_no_port_rental: {reference: b}
  cn_consent_proof_to_carrier: {reference: c}
transfers: [{from: CN, to: US, mechanism: standard_contract, reference: d, recorded: 2026-01-01}]
zone:"""
WHOLE = """\
  zh: 【茶茶】Tea 冬茶到店，客服400-000-0000，拒收请回复R
  en: 【茶茶】Tea, 400-000-0000. Reply STOP to end
templates: {zh: {cn_template_review: T1}, en: {cn_template_review: T2}}
topics: []
"""


@pytest.fixture
def shop(brand_text: Text) -> brand.Brand:
    return brand.check(load(brand_text("zone:", STANDING), "brand.yaml"))


def offered(campaign_text: Text, shop: brand.Brand, old: str = "", new: str = "") -> campaign.Campaign:
    text = campaign_text("  zh: 你好{name|朋友}\n", WHOLE)
    text = text.replace("sender: tea-sms", "sender: tea-code").replace("per_second: 20", "per_second: 5")
    assert old in text
    return campaign.check(load(text.replace(old, new, 1), "campaign.yaml"), shop, NOW)


def test_a_campaign_that_lacks_nothing_has_no_gaps(campaign_text: Text, shop: brand.Brand) -> None:
    assert campaign_gaps(shop, offered(campaign_text, shop), NOW) == ()


@pytest.mark.parametrize(
    ("old", "new", "place", "language", "missing", "write"),
    [
        (
            "拒收请回复R",
            "退订 https://t.example",
            "CN",
            "zh",
            "CONTENT_MISSING_OPT_OUT",
            "拒收请回复R or 退订回T",
        ),
        ("，客服400-000-0000", "", "CN", "zh", "CONTENT_MISSING_CONTACT", "give a contact: 400-000-0000"),
        (
            ", en: {cn_template_review: T2}",
            "",
            "CN",
            "en",
            "TEMPLATE_NOT_REGISTERED",
            "templates: {en: {cn_template",
        ),
        (
            "Reply STOP",
            "Reply YES",
            "GB",
            "en",
            "CONTENT_MISSING_OPT_OUT",
            "say how to refuse: Reply STOP to end",
        ),
        (
            "冬茶到店",
            "{name|您}",
            "CN",
            "zh",
            "PROHIBITED_CONTENT",
            "leave out variables_in_marketing_template",
        ),
    ],
)
def test_a_gap_in_one_text_is_a_warning_that_says_what_to_write(
    campaign_text: Text,
    shop: brand.Brand,
    old: str,
    new: str,
    place: str,
    language: str,
    missing: str,
    write: str,
) -> None:
    gaps = campaign_gaps(shop, offered(campaign_text, shop, old, new), NOW)
    [gap] = [gap for gap in gaps if gap.place == place]
    assert (gap.language, gap.missing, gap.stops) == (language, missing, False)
    assert write in gap.write
    assert gap.rule is not None
    assert gap.rule.startswith(f"{place}.")
    assert gap.source


def test_what_every_text_lacks_stops_the_place_and_comes_first(
    campaign_text: Text, shop: brand.Brand
) -> None:
    found = offered(campaign_text, shop, "topics: []", "topics: [lottery]")
    gaps = campaign_gaps(shop, found, NOW)
    assert [(gap.place, gap.language, gap.stops) for gap in gaps] == [("CN", "zh", True), ("CN", "en", True)]
    assert gaps[0] == Gap(
        place="CN",
        language="zh",
        missing="PROHIBITED_CONTENT",
        rule="CN.prohibited_content.0",
        source="Huawei Cloud IoTCom template rules",
        confidence="S",
        tier="carrier",
        write="leave out the topic; or relax the rule in the brand file, with a reason",
    )


def test_a_relaxed_rule_is_not_told(campaign_text: Text, brand_text: Text) -> None:
    rules = "rules: {relax: [{rule: CN.prohibited_content.0, reason: r, by: b}]}\n"
    shop = brand.check(load(brand_text("zone:", rules + STANDING), "brand.yaml"))
    found = offered(campaign_text, shop, "topics: []", "topics: [lottery]")
    assert campaign_gaps(shop, found, NOW) == ()


def test_an_export_without_a_mechanism_stops_the_place(campaign_text: Text, brand_text: Text) -> None:
    text = brand_text("zone:", STANDING).replace("to: US", "to: SG")
    shop = brand.check(load(text, "brand.yaml"))
    gaps = campaign_gaps(shop, offered(campaign_text, shop), NOW)
    assert {(gap.rule, gap.stops) for gap in gaps} == {("CN.cross_border", True)}
    assert "standard_contract" in gaps[0].write


@pytest.mark.parametrize(("day", "held"), [(22, True), (23, False)])
def test_a_registration_holds_on_its_last_day_and_no_longer(
    campaign_text: Text, shop: brand.Brand, day: int, held: bool
) -> None:
    offer = offer_of(shop, offered(campaign_text, shop), "zh", NOW.replace(day=day).date())
    assert ("cn_signature_realname" in offer.registered) is held


def test_an_offer_is_what_brand_sender_and_campaign_declare(campaign_text: Text, shop: brand.Brand) -> None:
    found = offered(
        campaign_text, shop, "topics: []", "topics: [gaming]\ngoods: other\nnon_personalised: all-tea"
    )
    assert offer_of(shop, found, "en", NOW.date()) == Offer(
        registered=frozenset(
            [
                "cn_signature_realname",
                "cn_no_port_rental",
                "cn_consent_proof_to_carrier",
                "cn_template_review",
            ]
        ),
        sender_kind=SenderKind.SHORT_CODE,
        topics=frozenset(["gaming"]),
        goods="other",
        targeted=True,
        non_personalised_option=True,
        transfers=frozenset([("CN", "standard_contract")]),
        processed_in="US",
    )


def test_a_campaign_to_everyone_is_not_targeted(campaign_text: Text, shop: brand.Brand) -> None:
    found = offered(campaign_text, shop, "{attribute: city, equals: 上海}", "everyone")
    assert not offer_of(shop, found, "zh", NOW.date()).targeted
