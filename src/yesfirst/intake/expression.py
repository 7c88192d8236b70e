"""Reads an audience from plain data (what a YAML file holds), checked against the declared attributes.

A node is one of `all: [...]`, `any: [...]`, `not: {...}`, or a test `{attribute: city, equals: 上海}` with
exactly one of equals, in, has, at_least, at_most, before, after, exists. `where: everyone` is everybody.
Days are written `2026-08-01` or counted from the day of planning: `-90d`, `+7d`, `0d`.

Every mistake becomes a Fault with its path; nothing raises.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias
from unicodedata import normalize

from yesfirst.rules.attributes import Attribute, AttributeType
from yesfirst.rules.audience import (
    After,
    All,
    AnyOf,
    AtLeast,
    AtMost,
    Audience,
    Before,
    Day,
    DaysFromToday,
    Equals,
    Exists,
    Expression,
    Has,
    In,
    Not,
    Scalar,
    is_date,
)

Path: TypeAlias = tuple[str | int, ...]
_RELATIVE = re.compile(r"[+-]?(0|[1-9][0-9]{0,4})d")
_LIST_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
# Beyond 2^53 the JSON readers of the world disagree about an integer (RFC 8259, section 6).
_NUMBER_LIMIT = 2**53
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at `path`, or with its key; `name` and `known` let a reader suggest what was meant."""

    path: Path
    message: str
    name: str | None = None
    known: tuple[str, ...] = ()
    of_key: bool = False


@dataclass(frozen=True, slots=True)
class _Reader:
    attributes: Mapping[str, Attribute]
    purpose: str
    faults: list[Fault] = field(default_factory=list)

    def fault(self, path: Path, message: str, name: str | None = None, known: Sequence[str] = ()) -> None:
        self.faults.append(Fault(path, message, name, tuple(known)))

    def unknown_key(self, path: Path, key: str, known: Sequence[str]) -> None:
        self.faults.append(Fault((*path, key), f'unknown key "{key}"', key, tuple(known), of_key=True))


def read_audience(
    data: object, attributes: Mapping[str, Attribute], purpose: str, path: Path = ("audience",)
) -> tuple[Audience, list[Fault]]:
    """The audience and its faults; it may be used only if there are none."""
    reader = _Reader(attributes, purpose)
    if not isinstance(data, Mapping):
        reader.fault(path, "must be a mapping with where, include or exclude")
        return Audience(None), reader.faults
    for key in data.keys() - {"where", "include", "exclude"}:
        reader.unknown_key(path, key, ("where", "include", "exclude"))
    include = _lists(reader, data.get("include", []), (*path, "include"))
    exclude = _lists(reader, data.get("exclude", []), (*path, "exclude"))
    where: Expression | None = None
    if data.get("where") == "everyone":
        where = All(())
    elif "where" in data:
        where = _expression(reader, data["where"], (*path, "where"), 0)
    elif not include:
        reader.fault(path, "says nobody: add where (`where: everyone` for all) or include")
    return Audience(where, include, exclude), reader.faults


def _lists(reader: _Reader, data: object, path: Path) -> tuple[str, ...]:
    if not isinstance(data, list):
        reader.fault(path, "must be a list of names of lists")
        return ()
    for index, name in enumerate(data):
        if not isinstance(name, str) or not _LIST_NAME.fullmatch(name):
            reader.fault((*path, index), "must be the name of a list: lower-case letters, digits, . _ -")
    return tuple(name for name in data if isinstance(name, str))


def _expression(reader: _Reader, data: object, path: Path, depth: int) -> Expression:
    """One node; after a fault an expression that stands for nobody, so that reading can go on."""
    nobody = AnyOf(())
    if depth > _DEEPEST:
        reader.fault(path, f"is nested more than {_DEEPEST} deep")
    elif not isinstance(data, Mapping) or not data:
        reader.fault(path, "must be one of all, any, not, or a test with `attribute`")
    elif "attribute" in data:
        return _test(reader, data, path) or nobody
    elif len(data) > 1 or (key := next(iter(data))) not in ("all", "any", "not"):
        stray = [key for key in data if key not in ("all", "any", "not")]
        for key in stray:
            reader.unknown_key(path, key, ("all", "any", "not", "attribute"))
        if not stray:
            reader.fault(path, "holds several of all, any, not: put them in one list")
    elif key == "not":
        return Not(_expression(reader, data[key], (*path, key), depth + 1))
    elif not isinstance(parts := data[key], list) or not parts:
        reader.fault((*path, key), "must be a list with at least one entry")
    else:
        inner = tuple(
            _expression(reader, part, (*path, key, index), depth + 1) for index, part in enumerate(parts)
        )
        return All(inner) if key == "all" else AnyOf(inner)
    return nobody


def _test(reader: _Reader, data: Mapping[str, object], path: Path) -> Expression | None:
    """A test of one attribute, or None with its faults told."""
    for key in data.keys() - _OPERATORS.keys() - {"attribute"}:
        reader.unknown_key(path, key, ("attribute", *_OPERATORS))
        return None
    operators = [key for key in data if key != "attribute"]
    if len(operators) != 1:
        reader.fault(path, f"needs exactly one of {', '.join(_OPERATORS)}")
        return None
    attribute = _usable(reader, data["attribute"], (*path, "attribute"))
    if attribute is None:
        return None
    name, kind = attribute
    operator = operators[0]
    types, build = _OPERATORS[operator]
    if kind not in types:
        fitting = [key for key, (allowed, _) in _OPERATORS.items() if kind in allowed]
        reader.fault(
            (*path, operator), f'"{name}" is a {kind}: {operator} does not fit, use {", ".join(fitting)}'
        )
        return None
    built = build(name, kind, data[operator])
    if isinstance(built, str):
        reader.fault((*path, operator), built)
        return None
    return built


def _usable(reader: _Reader, name: object, path: Path) -> tuple[str, AttributeType] | None:
    """The attribute, if the brand declares it and the purpose may select by it (data minimisation)."""
    known = [key for key, each in reader.attributes.items() if reader.purpose in each.select]
    if not isinstance(name, str) or name not in reader.attributes:
        shown = f' "{name}"' if isinstance(name, str) else ""
        reader.fault(path, f"unknown attribute{shown}", name if isinstance(name, str) else None, known)
    elif reader.attributes[name].private:
        reader.fault(path, f'attribute "{name}" is private and can\'t select people')
    elif name not in known:
        reader.fault(path, f'attribute "{name}" may not select people for {reader.purpose}')
    else:
        return name, reader.attributes[name].type
    return None


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


_Built: TypeAlias = Expression | str
_EXPECTED = {
    AttributeType.TEXT: "a text that is not blank",
    AttributeType.NUMBER: "a number below 2^53",
    AttributeType.DATE: "a date such as 2026-08-01",
    AttributeType.SET: "a text that is not blank",
    AttributeType.FLAG: "true or false",
}


def _equals(name: str, kind: AttributeType, value: object) -> _Built:
    scalar = _scalar(kind, value)
    return f"must be {_EXPECTED[kind]}" if scalar is None else Equals(name, scalar)


def _in(name: str, kind: AttributeType, values: object) -> _Built:
    scalars = [_scalar(kind, value) for value in values] if isinstance(values, list) else []
    present = tuple(scalar for scalar in scalars if scalar is not None)
    if not scalars or len(present) < len(scalars):
        return f"must be a list with at least one entry, each {_EXPECTED[kind]}"
    return In(name, present)


def _has(name: str, kind: AttributeType, value: object) -> _Built:
    text = _text(value)
    return f"must be {_EXPECTED[kind]}" if text is None else Has(name, text)


def _bound(make: Callable[[str, int | float], Expression]) -> "_Build":
    def build(name: str, kind: AttributeType, value: object) -> _Built:
        number = _number(value)
        return f"must be {_EXPECTED[kind]}" if number is None else make(name, number)

    return build


def _limit(make: Callable[[str, Day], Expression]) -> "_Build":
    def build(name: str, _: AttributeType, value: object) -> _Built:
        day = _day(value)
        return "must be a date such as 2026-08-01, or days such as -90d" if day is None else make(name, day)

    return build


def _exists(name: str, _: AttributeType, value: object) -> _Built:
    return Exists(name, value) if isinstance(value, bool) else "must be true or false"


_Build: TypeAlias = Callable[[str, AttributeType, object], _Built]
_PLAIN = frozenset(AttributeType) - {AttributeType.SET}
_NUMBER = frozenset({AttributeType.NUMBER})
_DATE = frozenset({AttributeType.DATE})
# operator → the types it fits, and what builds the test or says what its operand must be.
_OPERATORS: Mapping[str, tuple[frozenset[AttributeType], _Build]] = {
    "equals": (_PLAIN, _equals),
    "in": (_PLAIN - {AttributeType.FLAG}, _in),
    "has": (frozenset({AttributeType.SET}), _has),
    "at_least": (_NUMBER, _bound(AtLeast)),
    "at_most": (_NUMBER, _bound(AtMost)),
    "before": (_DATE, _limit(Before)),
    "after": (_DATE, _limit(After)),
    "exists": (frozenset(AttributeType), _exists),
}
