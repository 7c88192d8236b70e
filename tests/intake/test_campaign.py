"""A campaign is held against its brand; what it means has one hash."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from yesfirst.intake.brand import Brand
from yesfirst.intake.campaign import Campaign, check, content_hash
from yesfirst.intake.yamlfile import InvalidFile, load
from yesfirst.rules.audience import Audience, Equals
from yesfirst.rules.text import Missing

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
Text = Callable[[str, str], str]


def read(text: str, tea: Brand) -> Campaign:
    return check(load(text, "campaign.yaml"), tea, NOW)


def test_a_campaign_is_what_its_file_says(campaign_text: Text, tea: Brand) -> None:
    campaign = read(campaign_text("id: winter", "id: winter"), tea)
    assert campaign.audience == Audience(Equals("city", "上海"))
    assert campaign.missing is Missing.FALLBACK
    assert campaign.window.at(NOW).closes == NOW + timedelta(days=7)
    assert str(campaign.cost.price_per_part) == "0.05"
    assert campaign.templates["zh"].placeholders[0].name == "name"


def test_a_campaign_survives_storage_as_json(campaign_text: Text, tea: Brand) -> None:
    campaign = read(campaign_text("equals: 上海", "in: [上海, 苏州]"), tea)
    stored = msgspec.json.decode(msgspec.json.encode(campaign), type=Campaign)
    assert stored == campaign
    assert content_hash(stored) == content_hash(campaign)


@pytest.mark.parametrize(
    ("lists", "problems"),
    [
        (None, []),
        (["guests", "staff"], []),
        (["guests", "stuff"], ['6:33: unknown list "staff" - did you mean "stuff"?']),
        (
            [],
            [
                '6:14: unknown list "guests" - `yesfirst list import FILE` makes one',
                '6:33: unknown list "staff" - `yesfirst list import FILE` makes one',
            ],
        ),
    ],
)
def test_a_list_that_the_brand_has_not_is_named_with_its_place(
    campaign_text: Text, tea: Brand, lists: list[str] | None, problems: list[str]
) -> None:
    text = campaign_text("where: {attribute: city, equals: 上海}", "{include: [guests], exclude: [staff]}")
    try:
        check(load(text, "c.yaml"), tea, NOW, lists)
        found = []
    except InvalidFile as error:
        found = [str(problem) for problem in error.problems]
    assert found == problems


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("brand: tea", "brand: coffee", '2:8: unknown brand "coffee" - known: tea'),
        ("marketing.offers", "marketing.ofers", '3:10: unknown purpose "marketing.ofers" - did you mean'),
        ("sender: tea-sms", "sender: teasms", '4:9: unknown sender "teasms" - did you mean "tea-sms"?'),
        ("attribute: city", "attribute: ctiy", '6:22: unknown attribute "ctiy" - did you mean "city"?'),
        ("equals:", "equal:", '6:28: unknown key "equal" - did you mean "equals"?'),
        ("{name|朋友}", "{nam|朋友}", '8:7: unknown placeholder "nam" - did you mean "name"?'),
        ("{name|朋友}", "{name}", 'placeholder "name" has no fallback - write {name|some words}'),
        ("{name|朋友}", "{tags|朋友}", 'a set such as "tags" has no wording for a text'),
        ("{name|朋友}", "{points|0}", 'attribute "points" may not stand in texts for marketing.offers'),
        ("{name|朋友}", "{name|朋友", '8:7: "{" without "}"'),
        ("missing:", "topics: [lotery]\nmissing:", '9:10: unknown topic "lotery" - did you mean "lottery"?'),
        ("missing:", "topics: [private_qq_wechat]\nmissing:", '9:10: unknown topic "private_qq_wechat"'),
        ("missing:", "goods: any\nmissing:", '9:8: "goods" must be one of similar, other'),
        (
            "missing:",
            "templates: {zh: {cn_review: T1}}\nmissing:",
            '9:18: no template is registered as "cn_review" - ',
        ),
        ("missing:", "templates: {en: {}}\nmissing:", '9:13: there is no text in "en"'),
        ("missing:", "registrations: {x: {reference: a}}\nmissing:", '9:17: unknown registration "x"'),
        ("missing:", "non_personalised: true\nmissing:", '9:19: "non_personalised" has the wrong form'),
        ("  zh: ", "  en: ", '8:3: has no text in "zh"'),
        ("missing:", "  ko: 안녕\nmissing:", '9:3: unknown language "ko" - known: en, zh'),
        ("  zh: 你好{name|朋友}", "  zh: ''", '"zh" must not be empty'),
        ("missing: fallback", "missing: falback", '"missing" must be one of fallback, leave_out'),
        ("opens: now", "opens: soon", '10:17: "opens" must be now, or an instant'),
        ("closes: +7d", "closes: 7d", '"closes" must be +7d or +12h after the opening'),
        (
            "opens: now, closes: +7d",
            "opens: 2026-12-02 10:00, closes: 2026-12-01 10:00",
            "closes before it opens",
        ),
        ("closes: +7d", "closes: 2026-11-22 19:00", "the window is past - write `opens: now`"),
        ("opens: now, closes: +7d", "opens: 2026-11-01 10:00, closes: +7d", "the window is past"),
        ("closes: +7d", "closes: +91d", "open longer than 90 days"),
        ("per_second: 20", "per_second: 51", "11:20: is more than the 50 that the sender carries"),
        ('"0.05"', "0.05", '"price_per_part" must be a text - an amount in quotes'),
        ('"0.05"', '"0,05"', '"price_per_part" has the wrong form - an amount in quotes'),
        ('cap: "100"', 'cap: "0.04"', "does not pay for one part"),
        ("currency: CNY", "currency: yuan", '"currency" has the wrong form - three capital letters'),
        ("pace: {per_second: 20}\n", "", '1:1: "pace" is missing'),
    ],
)
def test_a_mistake_is_named_in_its_place(
    campaign_text: Text, tea: Brand, old: str, new: str, message: str
) -> None:
    with pytest.raises(InvalidFile) as caught:
        read(campaign_text(old, new), tea)
    assert message in str(caught.value)
    assert len(caught.value.problems) == 1


def test_a_window_is_open_until_the_instant_it_closes(campaign_text: Text, tea: Brand) -> None:
    # 20:01 in Shanghai is one minute after NOW.
    campaign = read(campaign_text("closes: +7d", "closes: 2026-11-22 20:01"), tea)
    assert campaign.window.at(NOW).closes == NOW + timedelta(minutes=1)
    with pytest.raises(InvalidFile, match="the window is past"):
        read(campaign_text("closes: +7d", "closes: 2026-11-22 20:00"), tea)


def test_leaving_people_out_needs_no_fallback(campaign_text: Text, tea: Brand) -> None:
    text = campaign_text("{name|朋友}", "{name}").replace("missing: fallback", "missing: leave_out")
    assert read(text, tea).missing is Missing.LEAVE_OUT


def test_the_text_of_a_signed_sender_starts_with_its_signature(campaign_text: Text, tea: Brand) -> None:
    text = campaign_text("sender: tea-sms", "sender: tea-code").replace("per_second: 20", "per_second: 5")
    with pytest.raises(InvalidFile, match="must start with the sender's signature 【茶茶】"):
        read(text, tea)
    read(text.replace("zh: 你好", "zh: 【茶茶】你好"), tea)


@pytest.mark.parametrize(
    ("language", "chosen"),
    [("zh", "zh"), ("en", "en"), ("en-GB", "en"), ("ko", "zh"), (None, "zh"), ("", "zh")],
)
def test_a_person_is_texted_in_their_language_or_the_brands_first(
    campaign_text: Text, tea: Brand, language: str | None, chosen: str
) -> None:
    campaign = read(campaign_text("missing:", "  en: Hello\nmissing:"), tea)
    assert campaign.language_for(language) == chosen


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("你好", "您好"),
        ("朋友", "客人"),
        ("上海", "苏州"),
        ("sender: tea-sms", "sender: tea-sms "),
        ("+7d", "+8d"),
        ("opens: now", "opens: 2026-11-23 10:00"),
        ("per_second: 20", "per_second: 21"),
        ('"100"', '"101"'),
        ('"0.05"', '"0.06"'),
        ("missing: fallback", "missing: leave_out"),
    ],
)
def test_what_was_approved_has_one_hash(campaign_text: Text, tea: Brand, old: str, new: str) -> None:
    before = content_hash(read(campaign_text(old, old), tea))
    after = content_hash(read(campaign_text(old, new), tea))
    assert (before == after) is (old.strip() == new.strip())


def test_the_hash_is_blind_to_how_the_file_is_written(campaign_text: Text, tea: Brand) -> None:
    plain = campaign_text("id: winter", "id: winter")
    lines = plain.splitlines()
    moved = "\n".join(["# a comment", *lines[1:], lines[0], ""])
    assert content_hash(read(moved, tea)) == content_hash(read(plain, tea))
