"""A notice is its exact bytes; what it covers must be declared by its brand."""

import hashlib

import pytest

from yesfirst.intake.brand import Brand
from yesfirst.intake.notice import Frequency, Said, read
from yesfirst.intake.yamlfile import InvalidFile

NOTICE = """\
---
id: offers
version: 2026-03-01
language: zh
kind: express_separate
purposes: [marketing.offers]
frequency: {max: 4, per: P1M}
says: {purpose: [发送短信, 新品与
  优惠]}
shows: [signature]
---

同意 Tea Company Ltd 发送短信，新品与
优惠，每月不超过4条。
---
第二段
"""


def test_a_notice_is_its_front_matter_and_wording(tea: Brand) -> None:
    notice = read(NOTICE.encode(), "offers.zh.md", tea)
    assert (notice.id, notice.version, notice.language) == ("offers", "2026-03-01", "zh")
    assert notice.purposes == ("marketing.offers",)
    assert notice.wording == "同意 Tea Company Ltd 发送短信，新品与\n优惠，每月不超过4条。\n---\n第二段"
    assert (notice.freq, notice.night, notice.privacy) == ("4/P1M", False, None)
    assert notice.frequency == Frequency(4, "P1M")
    assert notice.says == {Said.PURPOSE: ("发送短信", "新品与 优惠")}
    assert notice.shows == ("signature",)


@pytest.mark.parametrize(
    "change", [("第二段", "第二段 "), ("\n", "\r\n"), ("第二段", "第三段"), ("---", "--- ")]
)
def test_any_change_of_the_bytes_makes_another_notice(tea: Brand, change: tuple[str, str]) -> None:
    changed = NOTICE.replace(*change).encode()
    notice = read(changed, "offers.zh.md", tea)
    assert notice.body == changed
    assert notice.sha256 == hashlib.sha256(changed).digest() != hashlib.sha256(NOTICE.encode()).digest()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("---\nid", "id", "1:1: has no front matter - begin with ---"),
        ("language: zh", "language: ko", '4:11: unknown language "ko" - known: en, zh'),
        ("[marketing.offers]", "[marketing.offer]", '6:12: unknown purpose "marketing.offer" - did you mean'),
        ("[marketing.offers]", "['*']", '6:12: unknown purpose "*"'),
        ("express_separate", "expres", '5:7: "kind" must be one of'),
        ("2026-03-01", "1.0", '3:10: "version" must be a text - a text, such as'),
        ("{max: 4, per: P1M}", "4 a month", '7:12: "frequency" must be a mapping - how often'),
        ("per: P1M", "per: P4M", '7:26: "per" must be one of P1D'),
        ("max: 4", "max: 5", "7:18: is not in the wording - a promise that people could not read"),
        ("不超过4条", "不超过40条", "7:18: is not in the wording"),
        ("purpose: [发送", "purpose: [发出", "8:18: is not in the wording - quote the wording"),
        ("purpose:", "aim:", '8:8: unknown key "aim"'),
        ("[signature]", "[signatrue]", '10:9: unknown word "signatrue" - did you mean "signature"?'),
        ("shows:", "practices:", '10:13: unknown word "signature"'),
        (
            "shows: [signature]",
            "event: purchased",
            '10:8: unknown word "purchased" - did you mean "purchase"?',
        ),
        ("shows: [signature]", "countries: [XX]", '10:13: unknown word "XX"'),
        ("Tea Company Ltd", "我们", "12:1: the wording does not say who asks - name the controller"),
        ("version: 2026-03-01\n", "", '2:1: "version" is missing'),
    ],
)
def test_a_mistake_is_named_in_its_line(tea: Brand, old: str, new: str, message: str) -> None:
    with pytest.raises(InvalidFile) as caught:
        read(NOTICE.replace(old, new, 1).encode(), "offers.zh.md", tea)
    assert str(caught.value).startswith(f"offers.zh.md:{message}")


def test_an_empty_file_is_refused(tea: Brand) -> None:
    with pytest.raises(InvalidFile, match="no front matter"):
        read(b"", "offers.zh.md", tea)
