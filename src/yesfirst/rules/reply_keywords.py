"""Whole texts that mean one thing: STOP and its kin, START, HELP, YES, alone or with a polite word around them."""

import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from yesfirst.rules import reply_text
from yesfirst.rules.reply_text import Text
from yesfirst.rules.rulebook import Rulebook

_LONGEST = 40  # letters; no keyword and its courtesies are longer
_LONG_ENOUGH = 4  # letters; a letter away from a shorter word is any word
_MOST_WORDS, _LONGEST_PHRASE = 8, 4
_BARE, _POLITE = "bare", "polite"


class _Keywords(NamedTuple):
    meanings: Mapping[str, str]
    nearly_stop: frozenset[str]
    bare: frozenset[str]
    polite: frozenset[str]
    polite_reversed: frozenset[str]
    polite_in_runs: tuple[str, ...]


def meaning_of_keyword(text: Text, rulebooks: Sequence[Rulebook]) -> str | None:
    """`stop`, `start`, `help` or `confirm` for a text that is a keyword and nothing else."""
    if len(text.run) > _LONGEST:
        return None
    known, written = _keywords(), _said_once(text)
    if written in known.bare:
        return "stop"
    for rulebook in rulebooks:
        if written in refusals(rulebook):
            return "stop"
    return known.meanings.get(written) or known.meanings.get(_without_courtesy(text, known))


def misspelt_refusal(text: Text) -> bool:
    """Whether a text is one word, a letter away from a long keyword of refusal: `abmleden`, `sttop`."""
    if len(text.plain) != 1 or len(text.run) > _LONGEST:
        return False
    return not _keywords().nearly_stop.isdisjoint(_with_a_letter_less(text.plain[0]))


def _said_once(text: Text) -> str:
    """The letters of a text, and those of one word for `td td td`."""
    words = text.plain
    return words[0] if len(words) > 1 and words.count(words[0]) == len(words) else text.letters


def _with_a_letter_less(word: str) -> set[str]:
    """A word and what is left of it without any one letter: two words a letter apart have one of these in common."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def refusals(rulebook: Rulebook) -> frozenset[str]:
    """The keywords by which people refuse under a rulebook, as texts are read."""
    keywords = rulebook.opt_out.keywords if rulebook.opt_out else None
    return _read((*keywords.words, *keywords.extra)) if keywords else frozenset()


@lru_cache(maxsize=256)
def _read(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(reply_text.read(word).letters for word in words)


def _without_courtesy(text: Text, known: _Keywords) -> str:
    """The letters of a text without polite words at its ends; all of them where nothing else is said."""
    words = text.plain
    if len(words) > _MOST_WORDS:
        return ""
    first, last = 0, len(words)
    while step := _polite_words(words[first : min(last, first + _LONGEST_PHRASE)], known.polite):
        first += step
    while step := _polite_words(
        words[max(first, last - _LONGEST_PHRASE) : last][::-1], known.polite_reversed
    ):
        last -= step
    left = "".join(words[first:last])
    return _without_polite_ends(left, known.polite_in_runs) if text.dense else left


def _polite_words(words: Sequence[str], polite: frozenset[str]) -> int:
    """How many of these words, from the first, are one polite phrase."""
    phrase = ""
    for many, word in enumerate(words, 1):
        phrase = f"{phrase} {word}" if phrase else word
        if phrase in polite:
            return many
    return 0


def _without_polite_ends(run: str, polite: tuple[str, ...]) -> str:
    left = run
    while left.startswith(polite):
        left = left.removeprefix(next(word for word in polite if left.startswith(word)))
    while left.endswith(polite):
        left = left.removesuffix(next(word for word in polite if left.endswith(word)))
    return left or run


@lru_cache(maxsize=1)
def _keywords() -> _Keywords:
    meanings: dict[str, str] = {}
    bare: set[str] = set()
    polite: list[str] = []
    polite_in_runs: list[str] = []
    for section, word in _lines():
        text = reply_text.read(word)
        if section == _BARE:
            bare.add(text.letters)
        elif section == _POLITE:
            (polite_in_runs if text.dense else polite).append(text.run if text.dense else text.words.strip())
        else:
            meanings.setdefault(text.letters, section)
    backwards = (" ".join(phrase.split()[::-1]) for phrase in polite)
    longest_first = sorted(polite_in_runs, key=len, reverse=True)
    nearly_stop = frozenset(
        each
        for word, meaning in meanings.items()
        if meaning == "stop" and word.isascii() and len(word) >= _LONG_ENOUGH
        for each in _with_a_letter_less(word)
    )
    return _Keywords(
        meanings, nearly_stop, frozenset(bare), frozenset(polite), frozenset(backwards), tuple(longest_first)
    )


def _lines() -> Iterator[tuple[str, str]]:
    body = pkgutil.get_data(__package__, "reply_keywords.txt") or b""
    section = ""
    for line in body.decode().splitlines():
        written = line.partition("#")[0].strip()
        if written.startswith("["):
            section = written.strip("[]")
        else:
            yield from ((section, word.replace("_", " ")) for word in written.split())
