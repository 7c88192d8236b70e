"""A brand file is taken whole or refused with every mistake in its place."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import msgspec
import pytest

from yesfirst.intake.brand import RESERVED, Brand, check
from yesfirst.intake.headerwords import Role
from yesfirst.intake.yamlfile import InvalidFile, load
from yesfirst.rules.content import SenderKind

Text = Callable[[str, str], str]


def test_a_brand_is_what_its_file_says(tea: Brand) -> None:
    assert tea.time_zone == ZoneInfo("Asia/Shanghai")
    assert [sender.address for sender in tea.senders] == ["MG00000000000000000000000000000001", "10690000"]
    assert tea.attributes["name"].private
    assert tea.start_notice is None


def test_a_brand_survives_storage_as_json(tea: Brand) -> None:
    assert msgspec.json.decode(msgspec.json.encode(tea), type=Brand) == tea


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id: tea\n", "id: Tea\n", '1:5: "id" has the wrong form - lower-case letters'),
        ("contact: 400-000-0000\n", "", '1:1: "contact" is missing'),
        ("contact:", "contcat:", '4:1: unknown key "contcat" - did you mean "contact"?'),
        ("languages: [zh, en]", "languages: []", '5:12: "languages" must not be empty'),
        ("languages: [zh, en]", "languages: zh", '5:12: "languages" must be a list'),
        ("default_region: CN", "default_region: XX", "6:17: is no region with phone numbers"),
        (
            "Asia/Shanghai",
            "Asia/Shangai",
            '7:7: unknown time zone "Asia/Shangai" - did you mean "Asia/Shanghai"?',
        ),
        ("per_second: 5,", "per_second: 0,", '"per_second" must be at least 1'),
        (
            "MG00000000000000000000000000000001",
            "MG1",
            '9:59: "messaging_service_sid" has the wrong form - MG and 32',
        ),
        (' number: "10690000",', "", "10:5: needs either messaging_service_sid or number"),
        ('"10690000"', "10690000", '"number" must be a text - in quotes'),
        ("id: tea-code", "id: tea-sms", '10:10: sender "tea-sms" is declared twice'),
        ("carrier: twilio, number", "carrier: pigeon, number", '"carrier" must be one of twilio'),
        (
            "{type: date,",
            "{type: dat,",
            '"type" must be one of text, number, date, set, flag - did you mean "date"?',
        ),
        ("  since:", "  expires:", '17:3: "expires" has a meaning of its own'),
        ("  since:", "  Since:", '17:3: "Since" can\'t be a name here - lower-case letters, digits and _'),
        (
            "private: true,",
            "private: true, select: [marketing.offers],",
            "a private attribute can't select people",
        ),
        ("set, select", "set, personalise: [marketing.offers], select", "a set has no wording for a text"),
        ("number, select: [marketing.offers]", "number, select: [offers]", 'unknown purpose "offers"'),
        ("{type: set,", "{type: set, aliases: [城市],", '"城市" also names "city"'),
        (
            "notices/offers.zh.md",
            "../offers.zh.md",
            '"notices" has the wrong form - the path of a .md file beside',
        ),
        ("notices/offers.zh.md", "/etc/offers.md", '"notices" has the wrong form'),
        ("id: tea\n", 'id: "tea\\n"\n', '1:5: "id" has the wrong form'),
        ("id: tea\n", 'id: "te\\0a"\n', '1:5: "id" holds a control character'),
        ("replies:", "start_notice: notices/start.md\nreplies:", 'unknown notice "notices/start.md"'),
        ("zone:", "countries: [CN, XY]\nzone:", '7:17: there is no rulebook for "XY"'),
        (
            "zone:",
            "registrations: {cn_signature: {reference: a}}\nzone:",
            '7:17: unknown registration "cn_signature" - did you mean',
        ),
        (
            "signature: 【茶茶】",
            "signature: 【茶茶】, registrations: {cn_template: {reference: a}}",
            'unknown registration "cn_template" - did you mean',
        ),
        (
            "zone:",
            "registrations: {cn_signature_realname: {reference: a, until: 2027-02-30}}\nzone:",
            '7:62: "until" has the wrong form - a day, such as',
        ),
        (
            "zone:",
            "transfers: [{from: CN, to: US, mechanism: hope, reference: a, recorded: 2026-01-01}]\nzone:",
            '7:43: unknown mechanism "hope"',
        ),
        ("signature: 【茶茶】", "signature: 【茶茶】, kind: pigeon", '"kind" must be one of number'),
        (", en: Unsubscribed", "", '21:9: has no text for the language "en"'),
        ("en: Help", "en: Help, ko: x", 'unknown language "ko"'),
    ],
)
def test_a_mistake_is_named_in_its_place(brand_text: Text, old: str, new: str, message: str) -> None:
    document = load(brand_text(old, new), "brand.yaml")
    with pytest.raises(InvalidFile) as caught:
        check(document)
    assert message in str(caught.value)
    assert str(caught.value).startswith("brand.yaml:")


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("id: tea-code", "id: tea-code", SenderKind.SHORT_CODE),
        ('"10690000"', '"+8613000000000"', SenderKind.NUMBER),
        (
            'number: "10690000"',
            "messaging_service_sid: MG00000000000000000000000000000002",
            SenderKind.SERVICE,
        ),
        ("signature: 【茶茶】", "kind: alpha", SenderKind.ALPHA),
    ],
)
def test_a_sender_appears_as_declared_or_as_its_address(
    brand_text: Text, old: str, new: str, kind: SenderKind
) -> None:
    brand = check(load(brand_text(old, new), "brand.yaml"))
    assert brand.senders[1].appears_as is kind


def test_a_brand_reaches_its_own_region_unless_it_names_countries(brand_text: Text, tea: Brand) -> None:
    assert tea.reached == ("CN",)
    named = check(load(brand_text("zone:", "countries: [CN, US]\nzone:"), "brand.yaml"))
    assert named.reached == ("CN", "US")


def test_all_mistakes_are_told_at_once(brand_text: Text) -> None:
    text = brand_text("default_region: CN", "default_region: XX").replace("Asia/Shanghai", "Mars/Base")
    with pytest.raises(InvalidFile) as caught:
        check(load(text, "brand.yaml"))
    assert [problem.line for problem in caught.value.problems] == [6, 7]


def test_no_attribute_has_the_name_of_a_column_that_an_import_reads() -> None:
    assert frozenset(Role) == RESERVED
