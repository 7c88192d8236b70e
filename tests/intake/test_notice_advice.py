"""A notice is held against what must be in it; the shipped templates have it all."""

import msgspec
import pytest

from yesfirst.intake import notice_templates
from yesfirst.intake.brand import Brand
from yesfirst.intake.notice import read
from yesfirst.intake.notice_advice import notice_gaps

NOTICE = """\
---
id: offers
version: 2026-03-01
language: zh
kind: express_separate
purposes: [marketing.offers]
countries: [CN]
frequency: {max: 4, per: P1M}
says:
  purpose: [优惠]
  data_kinds: [手机号]
  method: [短信]
  storage_period: [两年]
  recipients: [运营商]
  way_out: [回复R]
  rights: [更正]
---
同意 Tea Company Ltd 以短信发送优惠，每月4条。手机号保存两年，交运营商发送。回复R拒收，更正请致电 400-000-0000。
"""


def gaps(tea: Brand, old: str = "", new: str = "") -> list[tuple[str, str | None]]:
    assert old in NOTICE
    notice = read(NOTICE.replace(old, new, 1).encode(), "n.md", tea)
    return [(gap.missing, gap.rule) for gap in notice_gaps(notice, tea)]


def test_a_whole_notice_has_no_gaps(tea: Brand) -> None:
    assert gaps(tea) == []


@pytest.mark.parametrize(
    ("old", "new", "missing", "rule"),
    [
        ("  purpose: [优惠]\n", "", "purpose", "CN.data_protection.notice"),
        ("  data_kinds: [手机号]\n", "", "data_kinds", "CN.data_protection.notice"),
        ("  method: [短信]\n", "", "method", "CN.data_protection.notice"),
        ("  storage_period: [两年]\n", "", "storage_period", "CN.data_protection.storage_limit"),
        ("  recipients: [运营商]\n", "", "recipients", "CN.data_protection.share_separate_consent"),
        ("  way_out: [回复R]\n", "", "way_out", "CN.data_protection.withdraw"),
        ("  rights: [更正]\n", "", "rights", "CN.data_protection.rights"),
        ("frequency: {max: 4, per: P1M}\n", "", "frequency", "CN.consent.other.solicitation_by_sms"),
        ("致电 400-000-0000", "来店", "contact", "CN.data_protection.notice"),
        ("says:", "practices: [pre_ticked]\nsays:", "pre_ticked", "CN.consent.forbidden"),
        ("kind: express_separate", "kind: inferred", "kind", "CN.consent.accepted.express_separate"),
    ],
)
def test_what_a_notice_lacks_is_told_with_the_rule_that_asks_for_it(
    tea: Brand, old: str, new: str, missing: str, rule: str
) -> None:
    assert gaps(tea, old, new) == [(missing, rule)]


def test_a_gap_says_what_to_write_in_the_language_of_the_notice(tea: Brand) -> None:
    notice = read(NOTICE.replace("  storage_period: [两年]\n", "").encode(), "n.md", tea)
    [gap] = notice_gaps(notice, tea)
    assert "保存期限" in gap.write
    assert "says: storage_period" in gap.write
    assert gap.source.startswith("PIPL 19; 个人信息保护法")
    assert (gap.confidence, gap.tier, gap.stops) == ("P", "law", True)


def test_a_record_needs_what_the_rulebook_of_the_place_asks_to_be_shown(tea: Brand) -> None:
    american = NOTICE.replace("[CN]", "[US]").replace("express_separate", "express_written")
    lacking = notice_gaps(read(american.encode(), "n.md", tea), tea)
    rule = "US.consent.accepted.express_written"
    assert [(gap.missing, gap.rule) for gap in lacking] == [
        ("signature", rule),
        ("not_condition_of_purchase_disclosure", rule),
    ]
    shown = american.replace("says:", "shows: [signature, not_condition_of_purchase_disclosure]\nsays:")
    assert notice_gaps(read(shown.encode(), "n.md", tea), tea) == ()


def test_what_no_rulebook_of_the_place_asks_for_the_product_wants(tea: Brand) -> None:
    british = NOTICE.replace("[CN]", "[GB]").replace("  rights: [更正]\n", "")
    [gap] = notice_gaps(read(british.encode(), "n.md", tea), tea)
    assert (gap.missing, gap.rule, gap.tier, gap.place) == ("rights", None, "product", "GB")


def test_a_notice_that_names_no_countries_is_for_all_that_the_brand_reaches(tea: Brand) -> None:
    anywhere = NOTICE.replace("countries: [CN]\n", "").replace("express_separate", "soft_opt_in")
    [gap] = notice_gaps(read(anywhere.encode(), "n.md", tea), tea)
    assert (gap.missing, gap.place) == ("kind", "CN")


@pytest.mark.parametrize(
    ("name", "countries"),
    [
        ("consent.zh", ("CN", "GB")),
        ("purpose.zh", ("CN", "GB")),
        ("consent.en", ("US", "GB")),
        ("purpose.en", ("US", "GB")),
    ],
)
def test_a_template_filled_for_a_brand_is_for_where_its_kind_counts_and_passes_the_check(
    tea: Brand, name: str, countries: tuple[str, ...]
) -> None:
    everywhere = msgspec.structs.replace(tea, countries=("CN", "US", "GB"))
    text = notice_templates.fill(name, everywhere, "marketing.offers")
    notice = read(text.encode(), "n.md", everywhere)
    assert "«" not in text
    assert notice.countries == countries
    assert notice_gaps(notice, everywhere) == ()


def test_a_template_whose_kind_counts_nowhere_is_told_so_by_the_check(tea: Brand) -> None:
    text = notice_templates.fill("consent.en", tea, "marketing.offers")
    [gap] = notice_gaps(read(text.encode(), "n.md", tea), tea)
    assert (gap.missing, gap.place) == ("kind", "CN")


def test_the_templates_are_a_consent_form_and_a_statement_of_use_in_two_languages() -> None:
    assert notice_templates.names() == ("consent.en", "consent.zh", "purpose.en", "purpose.zh")
