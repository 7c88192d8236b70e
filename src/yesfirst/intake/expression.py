"""Reads an audience from plain data (what a YAML file holds), checked against the declared attributes.

A node is one of `all: [...]`, `any: [...]`, `not: {...}`, or a test `{attribute: city, equals: 上海}` with
exactly one of the operators. `where: everyone` is everybody.

Every mistake becomes a Fault with its path; nothing raises.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from yesfirst.intake.operators import OPERATORS, Misfit
from yesfirst.rules.attributes import Attribute, AttributeType
from yesfirst.rules.audience import All, AnyOf, Audience, Expression, Not

Path: TypeAlias = tuple[str | int, ...]
LIST_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_PARTS = ("where", "include", "exclude")
_COMBINATIONS = ("all", "any", "not")
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
    for key in data:
        if key not in _PARTS:
            reader.unknown_key(path, key, _PARTS)
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
        if not isinstance(name, str) or not LIST_NAME.fullmatch(name):
            reader.fault((*path, index), "must be the name of a list: lower-case letters, digits, . _ -")
    return tuple(name for name in data if isinstance(name, str))


def _expression(reader: _Reader, data: object, path: Path, depth: int) -> Expression:
    """One node; after a fault an expression that stands for nobody, so that reading can go on."""
    nobody = AnyOf(())
    if depth > _DEEPEST:
        reader.fault(path, f"is nested more than {_DEEPEST} deep")
        return nobody
    if not isinstance(data, Mapping) or not data:
        reader.fault(path, "must be one of all, any, not, or a test with `attribute`")
        return nobody
    if "attribute" in data:
        return _test(reader, data, path) or nobody
    stray = [key for key in data if key not in _COMBINATIONS]
    for key in stray:
        reader.unknown_key(path, key, (*_COMBINATIONS, "attribute"))
    if stray:
        return nobody
    if len(data) > 1:
        reader.fault(path, "holds several of all, any, not: put them in one list")
        return nobody
    return _combination(reader, next(iter(data)), data, path, depth)


def _combination(reader: _Reader, key: str, data: Mapping[str, object], path: Path, depth: int) -> Expression:
    inside, path = data[key], (*path, key)
    if key == "not":
        return Not(_expression(reader, inside, path, depth + 1))
    if not isinstance(inside, list) or not inside:
        reader.fault(path, "must be a list with at least one entry")
        return AnyOf(())
    parts = tuple(_expression(reader, part, (*path, index), depth + 1) for index, part in enumerate(inside))
    return All(parts) if key == "all" else AnyOf(parts)


def _test(reader: _Reader, data: Mapping[str, object], path: Path) -> Expression | None:
    """A test of one attribute, or None with its faults told."""
    stray = [key for key in data if key != "attribute" and key not in OPERATORS]
    for key in stray:
        reader.unknown_key(path, key, ("attribute", *OPERATORS))
    used = [key for key in data if key in OPERATORS]
    if len(used) != 1 and not stray:
        reader.fault(path, f"needs exactly one of {', '.join(OPERATORS)}")
    attribute = _usable(reader, data["attribute"], (*path, "attribute"))
    if len(used) != 1 or stray or attribute is None:
        return None
    (key,), (name, kind) = used, attribute
    operator, path = OPERATORS[key], (*path, key)
    if kind not in operator.types:
        fitting = ", ".join(other for other, each in OPERATORS.items() if kind in each.types)
        reader.fault(path, f'"{name}" is a {kind}: {key} does not fit, use {fitting}')
        return None
    built = operator.build(name, kind, data[key])
    if isinstance(built, Misfit):
        reader.fault(path, built)
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
