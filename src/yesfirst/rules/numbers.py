"""Phone numbers as people write them, read into E.164 or refused; never guessed.

A number is valid when its country's numbering plan has assigned its range and a text can reach it: fixed
lines, toll-free, premium and pager ranges are refused where the plan tells them apart (the North American
one does not). Two numbers in one cell, letters and extensions are refused.

Known gap: whether a number is in use, or was given to somebody else, is not asked.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberFormat, PhoneNumberType


class NumberProblem(StrEnum):
    MISSING = "NUMBER_MISSING"
    INVALID = "NUMBER_INVALID"


@dataclass(frozen=True, slots=True)
class Number:
    """A number that a text can reach, as E.164 (`+8613900000000`); kept out of its own repr."""

    e164: str = field(repr=False)


_TEXTABLE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.VOIP})
# What CRM exports write where there is no number, besides cells of punctuation alone.
_PLACEHOLDERS = frozenset(
    {"无", "無", "没有", "暂无", "未知", "未填", "未填写", "空", "不详", "없음"}
    | {"na", "n/a", "#n/a", "none", "null", "nil", "nan", "unknown", "undefined"}
)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
# Zero-width and direction marks, soft hyphens and byte order marks that copying leaves behind.
_INVISIBLE = dict.fromkeys([0xAD, 0xFEFF, 0x2060, *range(0x200B, 0x2010), *range(0x202A, 0x202F)])
# Separators between the digits of one number. A slash, comma or semicolon would separate two numbers.
_SEPARATORS = re.compile(r"[\s().\-\u2010-\u2015\u2212\u30fc]+")
_WRITTEN = re.compile(r"(?P<international>\+|00)?(?P<digits>[0-9]+)")
_CHINESE_MOBILE = re.compile(r"(?:(?:\+|00)?86)?(?P<national>1[3-9][0-9]{9})")


def parse(text: str, default_region: str) -> Number | NumberProblem:
    """Read one cell; a number without country code belongs to `default_region` (ISO 3166-1, `CN`).

    Takes full-width digits, spaces, dashes, brackets, a leading apostrophe, `+` and `00`, and the trunk
    zero in brackets: `+44 (0)7911 123456`.
    """
    plain = _plain(text)
    if plain.casefold() in _PLACEHOLDERS or not any(map(str.isalnum, plain)):
        return NumberProblem.MISSING
    if default_region == "CN" and (mobile := _CHINESE_MOBILE.fullmatch(plain)):
        return _chinese_mobile(mobile["national"])
    if plain.startswith(("+", "00", "(+", "(00")):
        plain = plain.replace("(0)", "", 1)
    written = _WRITTEN.fullmatch(_SEPARATORS.sub("", plain))
    if written is None:
        return NumberProblem.INVALID
    international = "+" if written["international"] else ""
    return _known(international + written["digits"], default_region)


def example(region: str) -> str | None:
    """A number that nobody has, as it is dialled within a region."""
    number = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL) if number else None


def readable(address: str) -> str:
    """A sender's number with its digits in groups; a short code as it is."""
    if not address.startswith("+"):
        return address
    return phonenumbers.format_number(phonenumbers.parse(address), PhoneNumberFormat.INTERNATIONAL)


def _plain(text: str) -> str:
    """The cell in plain characters, without outer blanks and the apostrophe of spreadsheets."""
    if not text.isascii():
        text = text.translate(_FULL_WIDTH).translate(_INVISIBLE)
    return text.strip().lstrip("'’‘`").strip()


def _known(written: str, default_region: str) -> Number | NumberProblem:
    try:
        number = phonenumbers.parse(written, default_region)
    except NumberParseException:
        return NumberProblem.INVALID
    # number_type answers UNKNOWN for a range that the plan has not assigned.
    if phonenumbers.number_type(number) not in _TEXTABLE:
        return NumberProblem.INVALID
    return Number(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def _chinese_mobile(national: str) -> Number | NumberProblem:
    """The short way for the most frequent form, by the same pattern that the long way ends in."""
    return Number("+86" + national) if _chinese_mobiles().fullmatch(national) else NumberProblem.INVALID


@lru_cache(maxsize=1)
def _chinese_mobiles() -> re.Pattern[str]:
    plan = PhoneMetadata.metadata_for_region("CN")
    if plan is None or plan.mobile is None or plan.mobile.national_number_pattern is None:
        raise LookupError("phonenumbers has no numbering plan for CN: reinstall it")
    return re.compile(plan.mobile.national_number_pattern)
