"""The number of a case: one that a text could reach, or another of its country that stands for it.

Numbers of cases are made up, and often of ranges that are kept for fiction.
"""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from yesfirst.rules.jurisdiction import origin_of
from yesfirst.rules.numbers import Number, parse

_NORTH_AMERICA = 1
_ANYWHERE = "+15005550123"
"""A North American number that is of no place; everywhere else the number's country tells the zones."""


def number_of_no_place(written: str) -> str | None:
    """The number, or where its area would tell the zones one that is of no area."""
    if written.removeprefix("+").startswith(str(_NORTH_AMERICA)) and _is_possible(written):
        return _ANYWHERE
    return number_for(written)


def _is_possible(written: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(written))
    except NumberParseException:
        return False


def number_for(written: str) -> str | None:
    """The number in E.164, or one that stands for it; None where no text could reach it."""
    ready = parse(written, "ZZ")
    if isinstance(ready, Number):
        return ready.e164
    try:
        number = phonenumbers.parse(written)
    except NumberParseException:
        return None
    unassigned = phonenumbers.number_type(number) == PhoneNumberType.UNKNOWN
    if not unassigned or not phonenumbers.is_possible_number_for_type(number, PhoneNumberType.MOBILE):
        return None
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if origin_of(e164) is not None or number.country_code == _NORTH_AMERICA:
        return e164
    region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    return phonenumbers.format_number(example, PhoneNumberFormat.E164) if example else None
