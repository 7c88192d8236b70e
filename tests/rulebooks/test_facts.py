"""Facts of the shipped rulebooks, as the sources that they cite state them."""

import pytest

from yesfirst import rulebooks
from yesfirst.rules.rule import Confidence, Tier
from yesfirst.rules.rulebook import memory_rules, rules_of
from yesfirst.rules.sections import AcceptedConsent

EVERY_DAY = "mon tue wed thu fri sat sun"
BUT_SUNDAY = "mon tue wed thu fri sat"


def accepted(name: str) -> dict[str, AcceptedConsent]:
    consent = rulebooks.load(name).consent
    assert consent is not None
    assert consent.accepted is not None
    return {rule.id or rule.kind: rule for rule in consent.accepted}


@pytest.mark.parametrize(
    ("name", "days", "opens", "closes"),
    [
        ("AU", EVERY_DAY, "09:00", "20:00"),
        ("BR", BUT_SUNDAY, "09:00", "21:00"),
        ("CA", EVERY_DAY, "09:00", "21:00"),
        ("CN", EVERY_DAY, "08:00", "21:00"),
        ("DE", BUT_SUNDAY, "08:00", "20:00"),
        ("EU", EVERY_DAY, "08:00", "21:00"),
        ("FR", BUT_SUNDAY, "08:00", "20:00"),
        ("GB", EVERY_DAY, "08:00", "21:00"),
        ("HK", EVERY_DAY, "09:00", "22:00"),
        ("IN", EVERY_DAY, "10:00", "21:00"),
        ("JP", EVERY_DAY, "09:00", "20:00"),
        ("KR", EVERY_DAY, "08:00", "21:00"),
        ("SG", EVERY_DAY, "08:00", "22:00"),
        ("TW", EVERY_DAY, "09:00", "21:00"),
        ("US", EVERY_DAY, "08:00", "21:00"),
        ("US-AL", BUT_SUNDAY, "08:00", "20:00"),
        ("US-CA", EVERY_DAY, "09:00", "21:00"),
        ("US-CT", EVERY_DAY, "09:00", "20:00"),
        ("US-FL", EVERY_DAY, "08:00", "20:00"),
        ("US-IL", EVERY_DAY, "09:00", "21:00"),
        ("US-KY", EVERY_DAY, "10:00", "21:00"),
        ("US-LA", BUT_SUNDAY, "08:00", "20:00"),
        ("US-MA", EVERY_DAY, "08:00", "20:00"),
        ("US-MD", EVERY_DAY, "08:00", "20:00"),
        ("US-MI", EVERY_DAY, "09:00", "21:00"),
        ("US-MN", EVERY_DAY, "09:00", "21:00"),
        ("US-MS", BUT_SUNDAY, "08:00", "20:00"),
        ("US-NJ", EVERY_DAY, "08:00", "21:00"),
        ("US-NM", EVERY_DAY, "09:00", "21:00"),
        ("US-NV", EVERY_DAY, "09:00", "20:00"),
        ("US-NY", EVERY_DAY, "08:00", "21:00"),
        ("US-OK", EVERY_DAY, "08:00", "20:00"),
        ("US-OR", EVERY_DAY, "08:00", "20:00"),
        ("US-VA", EVERY_DAY, "08:00", "21:00"),
        ("US-WA", EVERY_DAY, "08:00", "20:00"),
    ],
)
def test_hours_are_those_of_the_sources(name: str, days: str, opens: str, closes: str) -> None:
    hours = rulebooks.load(name).quiet_hours
    assert hours is not None
    assert [(" ".join(one.days), one.opens, one.closes) for one in hours.allowed] == [(days, opens, closes)]


@pytest.mark.parametrize(
    ("name", "hours"),
    [
        ("US-RI", [("mon tue wed thu fri", "09:00", "18:00"), ("sat", "10:00", "17:00")]),
        ("US-TX", [(BUT_SUNDAY, "09:00", "21:00"), ("sun", "12:00", "21:00")]),
    ],
)
def test_some_states_have_other_hours_at_the_weekend(name: str, hours: list[tuple[str, str, str]]) -> None:
    found = rulebooks.load(name).quiet_hours
    assert found is not None
    assert [(" ".join(one.days), one.opens, one.closes) for one in found.allowed] == hours


def test_four_rulebooks_close_on_holidays() -> None:
    books = rulebooks.load_all().values()
    closing = {
        book.id: book.quiet_hours.holidays.calendar
        for book in books
        if book.quiet_hours and book.quiet_hours.holidays.closed
    }
    assert closing == {"FR": "FR", "US-AL": "US-AL", "US-LA": "US-LA-PSC", "US-RI": "US-RI"}


def test_windows_from_a_vendors_table_are_advice() -> None:
    for name in ("US-CA", "US-IL", "US-KY", "US-MI", "US-MN", "US-NM", "US-NV"):
        rules = dict(rules_of(rulebooks.load(name)))
        assert set(rules) == {"quiet_hours"}
        hours = rules["quiet_hours"]
        assert (hours.tier, hours.contested, hours.conf) == (Tier.CARRIER, True, Confidence.SECONDARY)


def test_the_contested_hours_are_known() -> None:
    contested = {
        id for id, book in rulebooks.load_all().items() if book.quiet_hours and book.quiet_hours.contested
    }
    stated = {"US", "FR", "US-AL", "US-FL", "US-LA", "US-MA", "US-MS", "US-RI", "US-TX", "US-WA"}
    assert contested == stated | {"US-CA", "US-IL", "US-KY", "US-MI", "US-MN", "US-NM", "US-NV"}


@pytest.mark.parametrize(
    ("name", "waivers"),
    [
        ("KR", ("night_consent",)),
        ("US-NY", ("express_consent_to_time",)),
        ("US-VA", ("express_written",)),
        ("US", ()),
    ],
)
def test_quiet_hours_are_waived_by_what_the_source_names(name: str, waivers: tuple[str, ...]) -> None:
    hours = rulebooks.load(name).quiet_hours
    assert hours is not None
    assert hours.waived_by == waivers


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("AU", {"express", "inferred", "published"}),
        ("BR", {"express", "existing_relationship"}),
        ("CA", {"express", "purchase", "inquiry", "published_or_disclosed", "requested"}),
        ("CN", {"express_separate", "requested"}),
        ("DE", {"express", "soft_opt_in"}),
        ("EU", {"express", "soft_opt_in"}),
        ("FR", {"express", "soft_opt_in"}),
        ("GB", {"express", "soft_opt_in", "charity", "corporate_exempt"}),
        ("HK", {"express", "none_dnc_clear"}),
        ("IN", {"express", "none_dnc_clear"}),
        ("JP", {"express", "existing_relationship"}),
        ("KR", {"express", "existing_relationship"}),
        ("SG", {"express", "none_dnc_clear", "existing_relationship"}),
        ("TW", {"express_separate", "existing_relationship"}),
        ("US", {"express_written"}),
        ("US-FL", {"express_written"}),
    ],
)
def test_the_kinds_of_consent_that_count(name: str, rules: set[str]) -> None:
    assert set(accepted(name)) == rules


def test_implied_consent_ends_as_the_acts_say() -> None:
    terms = {
        (name, id): (rule.expires.after, rule.expires.counted_from, rule.expires.calc)
        for name in ("CA", "KR")
        for id, rule in accepted(name).items()
        if rule.expires
    }
    assert terms == {
        ("CA", "purchase"): ("P2Y", "relationship_at", "day"),
        ("CA", "inquiry"): ("P6M", "relationship_at", "day"),
        ("KR", "existing_relationship"): ("P6M", "relationship_at", "instant"),
    }


def test_a_published_number_counts_for_a_business_role_only() -> None:
    assert accepted("AU")["published"].recipient == "business_role"
    assert accepted("CA")["published_or_disclosed"].recipient == "business_role"
    assert accepted("GB")["corporate_exempt"].recipient == "corporate"


def test_minors_are_protected_below_the_age_of_the_source() -> None:
    books = rulebooks.load_all().values()
    minors = {book.id: book.consent.minors for book in books if book.consent and book.consent.minors}
    assert {id: (one.age_below, one.lower_to) for id, one in minors.items()} == {
        "CN": (14, None),
        "EU": (16, 13),
    }


def test_the_registries_that_apply_and_how_long_an_answer_holds() -> None:
    books = rulebooks.load_all().values()
    found = {
        one.id: (one.scrub_max_age, one.exempt_if) for book in books for one in book.registries if one.applies
    }
    assert found == {
        "hk_dnc_sms": ("P10D", ("express",)),
        "in_ncpr_dnd": ("PT0S", ("express",)),
        "sg_dnc_no_text": ("P21D", ("express", "existing_relationship")),
        "us_national_dnc": ("P31D", ("express_written",)),
        "us_reassigned_numbers": ("P31D", ()),
        "us_fl_dnc": ("P31D", ("express_written",)),
        "us_tx_no_call": ("P3M", ("express_written", "existing_relationship")),
    }


def test_the_caps_on_frequency() -> None:
    books = rulebooks.load_all().values()
    caps = {(book.id, one.max, one.per, one.key) for book in books for one in book.frequency}
    assert caps == {
        ("CN", 4, "PT1H", "recipient+sender"),
        ("CN", 1, "P1D", "recipient+sender"),
        ("US-FL", 3, "P1D", "recipient+sender+topic"),
        ("US-MD", 3, "P1D", "recipient+sender+topic"),
        ("US-OK", 3, "P1D", "recipient+sender+topic"),
        ("US-OR", 3, "P1D", "recipient+sender"),
    }


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("AU", {"sender_name", "contact", "opt_out_instruction"}),
        ("BR", {"sender_name", "opt_out_instruction"}),
        ("CA", {"sender_name", "contact", "opt_out_instruction"}),
        ("CN", {"sender_name", "contact", "opt_out_instruction"}),
        ("EU", {"sender_name", "contact", "opt_out_instruction"}),
        ("FR", {"sender_name", "opt_out_instruction"}),
        ("GB", {"sender_name", "opt_out_instruction"}),
        ("HK", {"sender_name", "contact", "opt_out_instruction"}),
        ("IN", {"sender_name", "opt_out_instruction"}),
        ("JP", {"sender_name", "contact", "opt_out_instruction"}),
        ("KR", {"label", "sender_name", "contact", "opt_out_instruction"}),
        ("SG", {"sender_name", "contact", "opt_out_instruction"}),
        ("TW", {"sender_name", "opt_out_instruction"}),
        ("US", {"sender_name", "opt_out_instruction"}),
    ],
)
def test_what_a_text_must_contain(name: str, what: set[str]) -> None:
    content = rulebooks.load(name).content
    assert content is not None
    assert {one.what for one in content.require} == what


def test_numbers_of_some_places_go_abroad_only_with_a_mechanism() -> None:
    books = rulebooks.load_all().values()
    found = {book.id: book.cross_border.mechanisms for book in books if book.cross_border}
    assert found == {
        "CN": ("cac_assessment", "certification", "standard_contract", "exemption"),
        "EU": ("adequacy", "standard_contractual_clauses", "bcr", "derogation"),
    }


def test_registrations_that_are_required() -> None:
    books = rulebooks.load_all().values()
    required = {one.id: one.applies_to for book in books for one in book.registration if one.required}
    assert required == {
        "au_sms_sender_id_register": "sender_alpha",
        "br_short_code": "number",
        "ca_short_code_or_10dlc": "number",
        "cn_signature_realname": "sender",
        "cn_template_review": "template",
        "cn_consent_proof_to_carrier": "campaign",
        "cn_no_port_rental": "sender",
        "in_dlt_principal_entity": "sender",
        "in_dlt_header": "sender",
        "in_dlt_content_template": "template",
        "in_dlt_consent_template": "consent",
        "jp_carrier_review": "sender",
        "kr_sender_number_preregistration": "number",
        "kr_bulk_sender_certification": "provider",
        "sg_ssir_sender_id": "sender_alpha",
        "us_10dlc_brand_campaign": "sender",
        "us_tx_302_registration": "sender",
    }


def test_rules_from_memory_are_counted() -> None:
    assert memory_rules(rulebooks.load("US-FL")) == 1
    assert memory_rules(rulebooks.load("US-CT")) == 0
    assert memory_rules(rulebooks.load("IN")) == 16


def test_norway_is_a_member_and_no_falsehood() -> None:
    assert "NO" in rulebooks.load("EU").scope.regions
