"""The words of a message: templates with `{name|fallback}`, and what happens when a value is missing.

`{name}` stands for a value, `{name|friend}` for a value or these words, `{{` and `}}` for braces. A
template is parsed once and rendered for each person; a value is never parsed and brings no placeholders in.

Invariants: a rendered text has no hole; a value adds no line break, control or direction character, and at
most LONGEST_VALUE characters.

Known gaps: a value may still read like a link or an insult; numbers and dates are shown as stored.
"""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from yesfirst.rules.attributes import Values

LONGEST_VALUE = 40
# Joiners make some names and emoji; every other invisible character of a value is dropped.
_JOINERS = frozenset("\u200c\u200d")


class Missing(StrEnum):
    """What a campaign does when a person lacks a value.

    FALLBACK: every placeholder has fallback words. LEAVE_OUT: one without them leaves the person out.
    """

    FALLBACK = "fallback"
    LEAVE_OUT = "leave_out"


@dataclass(frozen=True, slots=True)
class Placeholder:
    name: str
    fallback: str | None


@dataclass(frozen=True, slots=True)
class Template:
    pieces: tuple[str | Placeholder, ...]

    @property
    def placeholders(self) -> tuple[Placeholder, ...]:
        return tuple(piece for piece in self.pieces if isinstance(piece, Placeholder))


@dataclass(frozen=True, slots=True)
class Rendered:
    text: str


@dataclass(frozen=True, slots=True)
class LeaveOut:
    """The person lacks the value of `field`, and the campaign has no words for that."""

    field: str


Outcome: TypeAlias = Rendered | LeaveOut


class InvalidTemplate(ValueError):
    """A template that can't be read; `at` counts its characters from 1."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__(f"{message} (character {at})")
        self.at = at
        self.message = message


def parse(template: str) -> Template:
    """Read a template; InvalidTemplate at the first thing that is neither text nor a whole placeholder."""
    pieces: list[str | Placeholder] = []
    literal = ""
    at = 0
    while at < len(template):
        if template[at : at + 2] in ("{{", "}}"):
            literal, at = literal + template[at], at + 2
        elif template[at] == "}":
            raise InvalidTemplate(at + 1, '"}" without "{": write "}}" for a brace')
        elif template[at] == "{":
            placeholder, end = _read_placeholder(template, at)
            pieces += [literal, placeholder] if literal else [placeholder]
            literal, at = "", end
        else:
            literal, at = literal + template[at], at + 1
    return Template(tuple([*pieces, literal] if literal else pieces))


def _read_placeholder(template: str, start: int) -> tuple[Placeholder, int]:
    """The placeholder that opens at `start`, and the offset behind it."""
    end = template.find("}", start)
    if end < 0:
        raise InvalidTemplate(start + 1, '"{" without "}": write "{{" for a brace')
    inside = template[start + 1 : end]
    if "{" in inside:
        raise InvalidTemplate(start + 1, "a placeholder can't hold another one")
    name, bar, fallback = inside.partition("|")
    if not name.strip():
        raise InvalidTemplate(start + 1, "a placeholder needs the name of an attribute")
    # An empty fallback would be the hole that a fallback is there to prevent.
    if bar and not clean(fallback):
        raise InvalidTemplate(start + 1, "the words after | are blank")
    if len(fallback) > LONGEST_VALUE:
        raise InvalidTemplate(start + 1, f"the words after | are longer than {LONGEST_VALUE} characters")
    return Placeholder(name.strip(), clean(fallback) if bar else None), end + 1


def render(template: Template, values: Values, missing: Missing) -> Outcome:
    """The text for one person, or the first attribute that it fails for.

    ValueError if a placeholder has no fallback although the policy is FALLBACK: the check refuses such files.
    """
    words: list[str] = []
    for piece in template.pieces:
        if isinstance(piece, str):
            words.append(piece)
            continue
        value = _word(values.get(piece.name)) or piece.fallback
        if value is None and missing is Missing.FALLBACK:
            raise ValueError(f"placeholder {piece.name} has no fallback, though the campaign promises one")
        if value is None:
            return LeaveOut(piece.name)
        words.append(value)
    return Rendered("".join(words))


def _word(value: object) -> str:
    """A value as it stands in a sentence; blank when it is missing or has no wording."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return clean(str(value))


def clean(words: str) -> str:
    """One line without invisible characters, at most LONGEST_VALUE long; empty if the words are blank."""
    visible = "".join(_visible(character) for character in words)
    cut = " ".join(visible.split())[:LONGEST_VALUE]
    return cut.strip(" \u200c\u200d")


def _visible(character: str) -> str:
    if character in _JOINERS:
        return character
    category = unicodedata.category(character)
    if character.isspace() or category in ("Zl", "Zp"):
        return " "
    # Cc, Cf, Cs, Co, Cn: controls, direction marks, lone surrogates, private use, unassigned.
    return "" if category.startswith("C") else character
