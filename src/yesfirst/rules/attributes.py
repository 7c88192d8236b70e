"""What a brand may know about a person: declared attributes, their types, and what each may be used for.

An attribute is either plain (a city, a tag: stored readable, may select people) or private (a name, an
address: stored encrypted, may stand in a text, can never select). Values as stored: text a string, number an
int or float below 2^53, date an ISO string (`2026-08-01`), set a list of strings, flag a boolean. A value
that is absent, null or of another type counts as missing everywhere.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

Value: TypeAlias = "str | int | float | bool | list[str] | None"
Values: TypeAlias = Mapping[str, Value]


class AttributeType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    SET = "set"
    FLAG = "flag"


# A set or a flag has no wording of its own, so it can't stand in a sentence.
WORDABLE = frozenset({AttributeType.TEXT, AttributeType.NUMBER, AttributeType.DATE})


class Attribute(Struct, frozen=True, kw_only=True):
    """One declared attribute; `select` and `personalise` list the purposes that may use it so."""

    type: AttributeType
    aliases: tuple[str, ...] = ()
    private: bool = False
    select: tuple[str, ...] = ()
    personalise: tuple[str, ...] = ()


def needed(attributes: Mapping[str, Attribute], purposes: Collection[str]) -> frozenset[str]:
    """The names of the attributes that one of these purposes may use."""
    # PIPL articles 6 and 47: what no purpose may use is not kept.
    return frozenset(
        name for name, one in attributes.items() if not {*one.select, *one.personalise}.isdisjoint(purposes)
    )
