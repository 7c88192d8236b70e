"""A notice is its exact bytes; what it covers must be declared by its brand."""

import hashlib

import pytest

from yesfirst.intake.brand import Brand
from yesfirst.intake.notice import read
from yesfirst.intake.yamlfile import InvalidFile

NOTICE = """\
---
id: offers
version: 2026-03-01
language: zh
kind: express_separate
purposes: [marketing.offers]
frequency: at most 4 a month
---

同意 Tea Company Ltd 发送短信。
---
第二段
"""


def test_a_notice_is_its_front_matter_and_wording(tea: Brand) -> None:
    notice = read(NOTICE.encode(), "offers.zh.md", tea)
    assert (notice.id, notice.version, notice.language) == ("offers", "2026-03-01", "zh")
    assert notice.purposes == ("marketing.offers",)
    assert notice.wording == "同意 Tea Company Ltd 发送短信。\n---\n第二段"
    assert (notice.frequency, notice.night, notice.privacy) == ("at most 4 a month", False, None)


@pytest.mark.parametrize(
    "change", [("第二段", "第二段 "), ("\n", "\r\n"), ("4 a month", "5 a month"), ("---", "--- ")]
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
        ("at most 4 a month", "每月", '7:12: "frequency" has the wrong form - how often'),
        ("Tea Company Ltd", "我们", "9:1: the wording does not say who asks - name the controller"),
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
