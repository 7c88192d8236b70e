"""What can be weighed of a text: its words, how they begin, pairs of them, ideas, and which come before which."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, combinations, pairwise

from yesfirst.rules.reply_text import QUOTE, Text

Trait = tuple[str, ...]
_SIGNS = {
    "?": "ASKS",
    "？": "ASKS",
    "!": "CRIES",
    "\n": "LINES",
    ">": "FORWARDS",
    "http": "LINKS",
    "【": "SIGNED",
}
_BEGINNING = 4  # letters
_MANY = 6


def traits(text: str, read: Text, said: Sequence[str]) -> Iterator[Trait]:
    """Those of a text that says these ideas. Words and letters are in lower case, ideas and signs in upper case."""
    words = read.words.split()
    thought = [*_signs(text, read), *said]
    beginnings = [f"{word[:_BEGINNING]}*" for word in words if len(word) > _BEGINNING]
    found: list[Iterable[Trait]] = [_of_form(read, words), zip(words), zip(beginnings), pairwise(words)]
    if read.dense:
        found += [zip(read.run), pairwise(read.run)]
    return chain(*found, zip(thought), combinations(thought, 2))


def _of_form(read: Text, words: Sequence[str]) -> list[Trait]:
    found: list[Trait] = [("any",), ("words", str(min(len(words), _MANY)))]
    if words:
        found += [("^", words[0]), (words[-1], "$")]
    if read.dense:
        found.append(("letters", str(min(len(read.run) // 3, _MANY))))
    return found


def _signs(text: str, read: Text) -> list[str]:
    found = {name: None for sign, name in _SIGNS.items() if sign in text}
    if QUOTE in read.words:
        found["QUOTES"] = None
    return list(found)
