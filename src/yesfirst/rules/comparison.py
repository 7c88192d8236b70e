"""What differs between two versions of a rulebook: rule by rule and field by field, then all that is no rule."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from yesfirst.rules.rule import without_rules
from yesfirst.rules.rulebook import Rulebook, rules_of

WHOLE = "(rulebook)"
"""Stands for the rule where the difference is in none."""


class Change(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field by its path, and its values as they stand in files; None where it is absent."""

    field: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class RuleChange:
    rule: str
    change: Change
    fields: tuple[FieldChange, ...] = ()


def compare(before: Rulebook | None, after: Rulebook) -> tuple[RuleChange, ...]:
    """The differences, in the order of the rules; a rulebook that there was not before adds all of its own."""
    old = dict(rules_of(before)) if before else {}
    new = dict(rules_of(after))
    changes = []
    for id in [*old, *(id for id in new if id not in old)]:
        if id not in new:
            changes.append(RuleChange(id, Change.REMOVED))
        elif id not in old:
            changes.append(RuleChange(id, Change.ADDED))
        elif fields := tuple(_differing(_flat(old[id]), _flat(new[id]))):
            changes.append(RuleChange(id, Change.CHANGED, fields))
    rest = tuple(_differing(_without_rules(before), _without_rules(after))) if before else ()
    return (*changes, *([RuleChange(WHOLE, Change.CHANGED, rest)] if rest else []))


def _differing(old: dict[str, object], new: dict[str, object]) -> Iterator[FieldChange]:
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield FieldChange(name, old.get(name), new.get(name))


def _without_rules(book: Rulebook) -> dict[str, object]:
    """All of a rulebook but its rules, and its hash."""
    fields = _flat(without_rules(book, [id for id, _ in rules_of(book)]))
    del fields["hash"]
    return fields


def _flat(part: msgspec.Struct) -> dict[str, object]:
    """A part's values by their paths, such as `effective.from`; lists are values."""
    found: dict[str, object] = {}

    def walk(plain: object, path: str) -> None:
        if isinstance(plain, dict) and plain:
            for name, value in plain.items():
                walk(value, f"{path}.{name}" if path else str(name))
        else:
            found[path] = plain

    walk(msgspec.to_builtins(part), "")
    return found
