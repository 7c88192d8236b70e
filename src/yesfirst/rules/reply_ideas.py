"""The ideas that words of nine languages stand for: `number`, `Nummer` and 番号 are one idea.

What people text back is made of few of them, and of the same ones in any language. `reply_ideas.txt` says which
words stand for which.
"""

import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from yesfirst.rules import reply_text
from yesfirst.rules.reply_text import Text

Ideas = tuple[str, ...]


class _Lexicon(NamedTuple):
    """Whole words and phrases, and how long a phrase with this first word may be; beginnings of words by two letters;
    what stands anywhere in a run, and by its first letter how to find it.
    """

    phrases: Mapping[str, Ideas]
    longest: Mapping[str, int]
    beginnings: Mapping[str, tuple[tuple[str, Ideas], ...]]
    in_runs: Mapping[str, Ideas]
    by_letter: Mapping[str, re.Pattern[str]]


def ideas(text: Text) -> list[str]:
    """What the words of a text stand for, in the order in which they come up, each once."""
    found = _in_words(text.words.split())
    if text.dense:
        found += ideas_in_run(text.run)
    return list(dict.fromkeys(chain.from_iterable(found)))


def ideas_of_words(words: list[str]) -> list[Ideas]:
    """What each word stands for by itself."""
    return [_of_word(word) for word in words]


def _in_words(words: list[str]) -> list[Ideas]:
    phrases, longest = _lexicon().phrases, _lexicon().longest
    found = ideas_of_words(words)
    for at, word in enumerate(words):
        for many in range(2, longest.get(word, 1) + 1):
            found.append(phrases.get(" ".join(words[at : at + many]), ()))
    return found


def ideas_in_run(run: str) -> list[Ideas]:
    """What is found in a run of letters, from left to right; the longest word counts."""
    lexicon, found, reached = _lexicon(), [], 0
    for at, letter in enumerate(run):
        if at >= reached and letter in lexicon.by_letter:
            word = lexicon.by_letter[letter].match(run, at)
            if word is not None:
                found.append(lexicon.in_runs[word[0]])
                reached = word.end()
    return found


@lru_cache(maxsize=1 << 14)
def _of_word(word: str) -> Ideas:
    lexicon = _lexicon()
    found = lexicon.phrases.get(word, ())
    for beginning, here in lexicon.beginnings.get(word[:2], ()):
        if word.startswith(beginning):
            found += here
    return found


@lru_cache(maxsize=1)
def _lexicon() -> _Lexicon:
    phrases: defaultdict[str, dict[str, None]] = defaultdict(dict)
    beginnings: defaultdict[str, dict[str, None]] = defaultdict(dict)
    in_runs: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for idea, written in _entries():
        read = reply_text.read(written.removesuffix("*").replace("_", " "))
        if read.dense:
            in_runs[read.run][idea] = None
        elif written.endswith("*"):
            beginnings[read.words.strip()][idea] = None
        else:
            phrases[read.words.strip()][idea] = None
    longest: dict[str, int] = {}
    for phrase in sorted(phrases, key=lambda phrase: phrase.count(" ")):
        longest[phrase.split()[0]] = phrase.count(" ") + 1
    stems = {
        start: tuple((word, tuple(beginnings[word])) for word in words)
        for start, words in _by_start(beginnings, 2).items()
    }
    patterns = {
        letter: re.compile("|".join(map(re.escape, words))) for letter, words in _by_start(in_runs, 1).items()
    }
    return _Lexicon(_tuples(phrases), longest, stems, _tuples(in_runs), patterns)


def _tuples(words: Mapping[str, Iterable[str]]) -> dict[str, Ideas]:
    return {word: tuple(each) for word, each in words.items()}


def _by_start(words: Iterable[str], letters: int) -> dict[str, list[str]]:
    """Words by their first letters, the longest first."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for word in sorted(words, key=lambda word: (-len(word), word)):
        found[word[:letters]].append(word)
    return found


def _entries() -> Iterator[tuple[str, str]]:
    """Each idea with each word for it."""
    idea = ""
    for line in _lines():
        if line.startswith("["):
            idea = line.strip("[]").upper()
        else:
            yield from ((idea, written) for written in line.split())


def _lines() -> list[str]:
    body = pkgutil.get_data(__package__, "reply_ideas.txt") or b""
    lines = (line.partition("#")[0].strip() for line in body.decode().splitlines())
    return [line for line in lines if line]
