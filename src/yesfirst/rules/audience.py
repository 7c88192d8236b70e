"""Who a campaign is for: a small expression language over declared attributes, as values.

`matches` is the reference for what an expression means; the store compiles the same values to SQL, and a
property test keeps the two in agreement. `intake.expression` reads expressions from plain data.

What missing means: every test of a missing value is false, and `not` turns that plainly around. So
`not: {attribute: city, equals: 上海}` takes in the people whose city is unknown; add
`{attribute: city, exists: true}` to keep them out.

Other decisions: texts are compared exactly, by code point; `before` and `after` leave the day itself out;
an excluded list wins over everything. `today` is the date in the brand's time zone when the run is planned.
"""

import re
from collections.abc import Set
from datetime import date, timedelta
from typing import TypeAlias

from msgspec import Struct

from yesfirst.rules.attributes import Value, Values

Scalar: TypeAlias = str | int | float | bool
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class DaysFromToday(Struct, frozen=True, tag="days_from_today"):
    """A day counted from the day of planning: -90 is ninety days ago."""

    days: int

    def on(self, today: date) -> date:
        return today + timedelta(days=self.days)


Day: TypeAlias = date | DaysFromToday


class All(Struct, frozen=True, tag="all"):
    """True when every part is; with no parts it is everyone."""

    of: tuple["Expression", ...]


class AnyOf(Struct, frozen=True, tag="any"):
    of: tuple["Expression", ...]


class Not(Struct, frozen=True, tag="not"):
    of: "Expression"


class Equals(Struct, frozen=True, tag="equals"):
    attribute: str
    value: Scalar


class In(Struct, frozen=True, tag="in"):
    attribute: str
    values: tuple[Scalar, ...]


class Has(Struct, frozen=True, tag="has"):
    """The set contains the value."""

    attribute: str
    value: str


class AtLeast(Struct, frozen=True, tag="at_least"):
    attribute: str
    value: int | float


class AtMost(Struct, frozen=True, tag="at_most"):
    attribute: str
    value: int | float


class Before(Struct, frozen=True, tag="before"):
    attribute: str
    day: Day


class After(Struct, frozen=True, tag="after"):
    attribute: str
    day: Day


class Exists(Struct, frozen=True, tag="exists"):
    attribute: str
    wanted: bool


Expression: TypeAlias = All | AnyOf | Not | Equals | In | Has | AtLeast | AtMost | Before | After | Exists


class Audience(Struct, frozen=True):
    """Who is chosen: those who match `where` or are on an `include` list, and are on no `exclude` list."""

    where: Expression | None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


def chosen(audience: Audience, values: Values, lists: Set[str], today: date) -> bool:
    """Whether a person with these values, who is on these named lists, is in the audience."""
    if not lists.isdisjoint(audience.exclude):
        return False
    if not lists.isdisjoint(audience.include):
        return True
    return audience.where is not None and matches(audience.where, values, today)


def matches(expression: Expression, values: Values, today: date) -> bool:
    """Whether the expression holds for a person with these values."""
    match expression:
        case All(of):
            return all(matches(part, values, today) for part in of)
        case AnyOf(of):
            return any(matches(part, values, today) for part in of)
        case Not(part):
            return not matches(part, values, today)
        case Exists(attribute, wanted):
            return (values.get(attribute) is not None) is wanted
        case _:
            return _holds(expression, values.get(expression.attribute), today)


def _holds(test: Equals | In | Has | AtLeast | AtMost | Before | After, value: Value, today: date) -> bool:
    match test:
        case Equals(_, wanted):
            return _same(value, wanted)
        case In(_, several):
            return any(_same(value, wanted) for wanted in several)
        case Has(_, wanted):
            return isinstance(value, list) and wanted in value
        case AtLeast(_, least):
            return isinstance(value, int | float) and not isinstance(value, bool) and value >= least
        case AtMost(_, most):
            return isinstance(value, int | float) and not isinstance(value, bool) and value <= most
        case Before(_, day):
            return isinstance(value, str) and is_date(value) and value < iso(day, today)
        case After(_, day):
            return isinstance(value, str) and is_date(value) and value > iso(day, today)


def iso(day: Day, today: date) -> str:
    """The day as dates are stored; ISO dates of four-digit years order like their texts."""
    return (day.on(today) if isinstance(day, DaysFromToday) else day).isoformat()


def _same(value: Value, wanted: Scalar) -> bool:
    # True == 1 in Python, yet a flag is not a number.
    return isinstance(value, bool) == isinstance(wanted, bool) and value == wanted


def is_date(value: str) -> bool:
    """Whether the text has the form in which dates are stored."""
    return _ISO_DATE.fullmatch(value) is not None
