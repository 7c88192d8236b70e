"""The attributes that a brand declares, and the cells that hold them.

Values are ready for JSON and do not depend on how a cell happens to be written: text is trimmed NFC,
sets are sorted, days are ISO dates. A blank cell says nothing, and so does a placeholder such as "N/A".
"""

import re
from dataclasses import dataclass
from unicodedata import category, normalize

from yesfirst.intake.dates import DateOrder, read_date
from yesfirst.rules.attributes import AttributeType

CellValue = str | int | float | bool | list[str]

LONGEST_TEXT = 500  # characters
PLACEHOLDERS = frozenset({"-", "--", "—", "/", "n/a", "#n/a", "null", "none", "nil", "无", "空", "없음"})

_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,6})?")
_SEPARATORS = re.compile(r"[;；,，、|｜]")
_FLAGS = {
    **dict.fromkeys(("1", "true", "yes", "y", "是", "对", "예", "네"), True),
    **dict.fromkeys(("0", "false", "no", "n", "否", "不", "아니오", "아니요"), False),
}
_LISTED = {
    **_FLAGS,
    **dict.fromkeys(("listed", "registered", "dnc", "已登记", "登记", "在册", "등록"), True),
    **dict.fromkeys(
        ("clear", "not listed", "unlisted", "not registered", "未登记", "不在册", "미등록"), False
    ),
}
_LANGUAGES = {
    **dict.fromkeys(("中文", "汉语", "普通话", "简体中文", "简体", "chinese", "중국어"), "zh"),
    **dict.fromkeys(("繁体中文", "繁體中文", "繁体", "繁體"), "zh-Hant"),
    **dict.fromkeys(("英文", "英语", "english", "영어"), "en"),
    **dict.fromkeys(("韩文", "韩语", "korean", "한국어", "한글"), "ko"),
    **dict.fromkeys(("日文", "日语", "japanese", "일본어", "日本語"), "ja"),
}
_LANGUAGE_TAG = re.compile(r"([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|\d{3}))?")


@dataclass(frozen=True, slots=True)
class DeclaredAttribute:
    """An attribute that a brand may hold, the column names it goes by, and whether it is kept encrypted."""

    name: str
    type: AttributeType
    aliases: tuple[str, ...] = ()
    private: bool = False


class InvalidCell(ValueError):
    """A cell that does not hold what its column is declared to hold; never says what it holds."""


def says_nothing(cell: str) -> bool:
    """Whether a cell is blank or a placeholder."""
    return not cell or cell.casefold() in PLACEHOLDERS


def read_value(cell: str, kind: AttributeType, order: DateOrder | None = None) -> CellValue | None:
    """The value of a cell, None where it says nothing; raises InvalidCell."""
    text = read_text(cell)
    if text is None or kind is AttributeType.TEXT:
        return text
    if kind is AttributeType.SET:
        members = {member.strip() for member in _SEPARATORS.split(text)}
        return sorted(member for member in members if not says_nothing(member)) or None
    plain = normalize("NFKC", text)
    if kind is AttributeType.NUMBER:
        return _number(plain)
    if kind is AttributeType.FLAG:
        return _flag(plain)
    written = read_date(plain, order)
    if written is None:
        raise InvalidCell("not a date, or one that can be read in two ways")
    return written.day.isoformat()


def read_text(cell: str) -> str | None:
    """The trimmed NFC text of a cell, line ends and tabs as single spaces, None where it says nothing."""
    text = cell.strip()
    if says_nothing(text):
        return None
    if not text.isascii():
        text = normalize("NFC", text)
    if not text.isprintable():
        text = "".join(" " if character in "\t\r\n" else character for character in text)
        if any(category(character) in ("Cc", "Cs") for character in text):
            raise InvalidCell("control characters")
        text = " ".join(text.split())
    if len(text) > LONGEST_TEXT:
        raise InvalidCell(f"longer than {LONGEST_TEXT} characters")
    return text


def read_language(cell: str) -> str | None:
    """A language tag such as `zh` or `zh-Hant` (RFC 5646: language, script, region), None where blank."""
    text = read_text(cell)
    if text is None:
        return None
    text = normalize("NFKC", text).casefold()
    if text in _LANGUAGES:
        return _LANGUAGES[text]
    tag = _LANGUAGE_TAG.fullmatch(text)
    if tag is None:
        raise InvalidCell("not a language")
    language, script, region = tag.groups()
    return "-".join(filter(None, (language, script and script.title(), region and region.upper())))


def read_listed(cell: str) -> bool | None:
    """Whether a cell says listed or clear, None where it says nothing; raises InvalidCell."""
    text = read_text(cell)
    if text is None:
        return None
    listed = _LISTED.get(normalize("NFKC", text).casefold())
    if listed is None:
        raise InvalidCell("neither listed nor clear")
    return listed


def _number(text: str) -> int | float:
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise InvalidCell("not a number written with digits and at most one point")
    value = float(text)
    return value if found[1] and not value.is_integer() else int(value)


def _flag(text: str) -> bool:
    value = _FLAGS.get(text.casefold())
    if value is None:
        raise InvalidCell("neither yes nor no")
    return value
