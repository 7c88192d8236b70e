"""One rule of a rulebook: what it rests on, how well that was read, what kind of rule it is, and when it holds.

Parts nest, rules don't: a rule is the smallest thing that has a source. Its id is the path to it, in which an
element of a list goes by its own `id`, else its kind, else what it asks for, else its period, else its place.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import TypeVar

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace


class Confidence(StrEnum):
    PRIMARY = "P"  # the primary text was read
    SECONDARY = "S"  # somebody's account of it was read
    MEMORY = "M"  # to be verified before release


class Tier(StrEnum):
    LAW = "law"
    GUIDANCE = "guidance"
    CARRIER = "carrier"
    PRODUCT = "product"


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Any piece of a rulebook: closed to unknown keys."""


class Effective(Part, frozen=True, kw_only=True):
    """The days on which something is in force, `until` excluded."""

    since: date | None = field(name="from", default=None)
    until: date | None = field(name="to", default=None)

    def __post_init__(self) -> None:
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ValueError("`to` must be later than `from`")

    def covers(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


class Reviewed(Part, frozen=True, kw_only=True):
    """The human who held the rule against a source, when, and which."""

    by: str
    on: date
    source: str


class Rule(Part, frozen=True, kw_only=True):
    """What a rule rests on: ids of `sources`, the confidence in them, and its tier.

    `contested`: the law is unsettled, and the stricter reading is kept unless a tenant relaxes it on record.
    """

    cite: tuple[str, ...]
    conf: Confidence
    tier: Tier
    provision: str | None = None
    note: str | None = None
    contested: bool = False
    effective: Effective | None = None
    reviewed: Reviewed | None = None

    def __post_init__(self) -> None:
        if not self.cite and self.tier is not Tier.PRODUCT and self.conf is not Confidence.MEMORY:
            raise ValueError("a rule without cite must have tier product or conf M")


class Statement(Rule, frozen=True, kw_only=True):
    """A rule that people apply: a duty, a penalty, an explanation."""

    id: str
    does: str


PartT = TypeVar("PartT", bound=Part)
_NAMES = ("id", "kind", "what", "per")
_RESTS_ON = {"cite", "conf", "provision", "note", "reviewed"}


def rules_in(part: Part, place: str = "") -> Iterator[tuple[str, Rule]]:
    """Every rule in a part with its id, such as `consent.accepted.soft_opt_in`."""
    for name in part.__struct_fields__:
        for path, piece in _pieces(getattr(part, name), f"{place}{name}"):
            if isinstance(piece, Rule):
                yield path, piece
            elif isinstance(piece, Part):
                yield from rules_in(piece, f"{path}.")


def what_it_says(one: Rule) -> dict[str, object]:
    """What a rule asks for, as plain values: all of it but what it rests on, and what is left at nothing."""
    plain: dict[str, object] = msgspec.to_builtins(one)
    return {name: value for name, value in plain.items() if value and name not in _RESTS_ON}


def content_hash(one: Rule) -> bytes:
    """SHA-256 of what a rule says; its source and confidence may change under it."""
    return sha256(msgspec.json.encode(what_it_says(one), order="deterministic")).digest()


def with_rules(part: PartT, changed: Mapping[str, Rule | None], place: str = "") -> PartT:
    """The part with these rules in the place of those of their ids; None takes one out.

    What is taken out of a list leaves it shorter, what is taken out of a field leaves None.
    """
    changes: dict[str, object] = {}
    for name in part.__struct_fields__:
        value = getattr(part, name)
        kept: list[object] = []
        for path, piece in _pieces(value, f"{place}{name}"):
            if isinstance(piece, Rule):
                kept += [one for one in [changed.get(path, piece)] if one is not None]
            elif isinstance(piece, Part):
                kept.append(with_rules(piece, changed, f"{path}."))
            else:
                kept.append(piece)
        after = tuple(kept) if isinstance(value, tuple) else next(iter(kept), None)
        if after != value:
            changes[name] = after
    return replace(part, **changes) if changes else part


def without_rules(part: PartT, ids: Collection[str]) -> PartT:
    """The part without these rules."""
    return with_rules(part, dict.fromkeys(ids))


def _pieces(value: object, path: str) -> Iterator[tuple[str, object]]:
    """A value with its path, or each element of a list with its own."""
    if not isinstance(value, tuple):
        yield path, value
        return
    for index, element in enumerate(value):
        names = (getattr(element, name, None) for name in _NAMES)
        yield f"{path}.{next(filter(None, names), index)}", element
