"""The tests that an audience may make of one attribute: which types each fits, and how its operand is read.

Days are written `2026-08-01` or counted from the day of planning: `-90d`, `+7d`, `0d`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias
from unicodedata import normalize

from yesfirst.rules.attributes import AttributeType
from yesfirst.rules.audience import (
    After,
    AtLeast,
    AtMost,
    Before,
    Day,
    DaysFromToday,
    Equals,
    Exists,
    Expression,
    Has,
    In,
    Scalar,
    is_date,
)

_RELATIVE = re.compile(r"[+-]?(0|[1-9][0-9]{0,4})d")
# Beyond 2^53 the JSON readers of the world disagree about an integer (RFC 8259, section 6).
_NUMBER_LIMIT = 2**53
_EXPECTED = {
    AttributeType.TEXT: "a text that is not blank",
    AttributeType.NUMBER: "a number below 2^53",
    AttributeType.DATE: "a date such as 2026-08-01",
    AttributeType.SET: "a text that is not blank",
    AttributeType.FLAG: "true or false",
}


class Misfit(str):
    """What an operand must be, in words, because it is not."""


Build: TypeAlias = Callable[[str, AttributeType, object], Expression | Misfit]


@dataclass(frozen=True, slots=True)
class Operator:
    """The types it fits; `build` makes the test of an attribute by name, its type and the operand."""

    types: frozenset[AttributeType]
    build: Build


def _scalar(kind: AttributeType, value: object) -> Scalar | None:
    """The value if it is of the attribute's type."""
    if kind is AttributeType.FLAG:
        return value if isinstance(value, bool) else None
    if kind is AttributeType.NUMBER:
        return _number(value)
    if kind is AttributeType.DATE:
        return day.isoformat() if isinstance(day := _day(value), date) else None
    return _text(value)


def _text(value: object) -> str | None:
    """The text in NFC, as imported texts are, so that equal letters are equal code points."""
    # A control character can't be meant, and PostgreSQL can't hold all of them.
    if not isinstance(value, str) or not value.isprintable() or not value.strip():
        return None
    return normalize("NFC", value)


def _number(value: object) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < _NUMBER_LIMIT else None


def _day(value: object) -> Day | None:
    if not isinstance(value, str):
        return None
    if _RELATIVE.fullmatch(value):
        return DaysFromToday(int(value[:-1]))
    try:
        return date.fromisoformat(value) if is_date(value) else None
    except ValueError:
        return None


def _misfit(kind: AttributeType) -> Misfit:
    return Misfit(f"must be {_EXPECTED[kind]}")


def _equals(name: str, kind: AttributeType, value: object) -> Expression | Misfit:
    scalar = _scalar(kind, value)
    return _misfit(kind) if scalar is None else Equals(name, scalar)


def _in(name: str, kind: AttributeType, values: object) -> Expression | Misfit:
    scalars = [_scalar(kind, value) for value in values] if isinstance(values, list) else []
    present = tuple(scalar for scalar in scalars if scalar is not None)
    if not scalars or len(present) < len(scalars):
        return Misfit(f"must be a list with at least one entry, each {_EXPECTED[kind]}")
    return In(name, present)


def _has(name: str, kind: AttributeType, value: object) -> Expression | Misfit:
    text = _text(value)
    return _misfit(kind) if text is None else Has(name, text)


def _bound(make: Callable[[str, int | float], Expression]) -> Build:
    def build(name: str, kind: AttributeType, value: object) -> Expression | Misfit:
        number = _number(value)
        return _misfit(kind) if number is None else make(name, number)

    return build


def _limit(make: Callable[[str, Day], Expression]) -> Build:
    def build(name: str, _: AttributeType, value: object) -> Expression | Misfit:
        day = _day(value)
        if day is None:
            return Misfit("must be a date such as 2026-08-01, or days such as -90d")
        return make(name, day)

    return build


def _exists(name: str, _: AttributeType, value: object) -> Expression | Misfit:
    return Exists(name, value) if isinstance(value, bool) else Misfit("must be true or false")


_PLAIN = frozenset(AttributeType) - {AttributeType.SET}
_NUMBERS = frozenset({AttributeType.NUMBER})
_DATES = frozenset({AttributeType.DATE})
OPERATORS: Mapping[str, Operator] = {
    "equals": Operator(_PLAIN, _equals),
    "in": Operator(_PLAIN - {AttributeType.FLAG}, _in),
    "has": Operator(frozenset({AttributeType.SET}), _has),
    "at_least": Operator(_NUMBERS, _bound(AtLeast)),
    "at_most": Operator(_NUMBERS, _bound(AtMost)),
    "before": Operator(_DATES, _limit(Before)),
    "after": Operator(_DATES, _limit(After)),
    "exists": Operator(frozenset(AttributeType), _exists),
}
