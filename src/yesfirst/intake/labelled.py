"""Texts whose meaning is known, as JSON lines: `{"lang": "en", "text": "no more please", "label": "stop"}`.

A mistake is placed by line and column, and never quotes a text.
"""

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from yesfirst.intake.yamlfile import InvalidFile, Problem
from yesfirst.rules.replies import Reply

_SHOWN = 20  # mistakes in one file; more are of the same kind
_HINT = 'write {"lang": "en", "text": "no more please", "label": "stop"}'


class Labelled(Struct, frozen=True):
    """A text and what it means; `wrong_number` only where it means stop."""

    lang: str
    text: str
    label: Reply
    wrong_number: bool = False


def read_labelled(data: bytes, source: str) -> list[tuple[int, Labelled]]:
    """Each text with the number of its line; InvalidFile names the lines that are none."""
    try:
        lines = data.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidFile(source, [Problem(line, 1, (), "is not UTF-8", "save the file as UTF-8")]) from None
    found, problems = [], []
    for number, written in _written(lines):
        try:
            found.append((number, msgspec.json.decode(written, type=Labelled)))
        except msgspec.ValidationError as error:
            problems.append(_of_field(number, written, str(error)))
        except msgspec.DecodeError:
            problems.append(Problem(number, 1, (), "is no JSON", _HINT))
    if problems:
        raise InvalidFile(source, problems[:_SHOWN])
    if not found:
        raise InvalidFile(source, [Problem(1, 1, (), "has no texts", _HINT)])
    return found


def _written(lines: list[str]) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in enumerate(lines, 1) if line.strip())


def _of_field(number: int, line: str, error: str) -> Problem:
    """What is wrong with one field, without what it holds."""
    words, _, place = error.partition(" - at `$.")
    name = place.rstrip("`")
    column = line.find(f'"{name}"') + 1 if name else 1
    labels = f"known: {', '.join(Reply)}"
    if name == "label" and words.startswith("Invalid enum"):
        return Problem(number, max(column, 1), (name,), "label: is none that is known", labels)
    words = words.replace("`", '"')
    return Problem(number, max(column, 1), (name,), f"{name}: {words}" if name else words, _HINT)
