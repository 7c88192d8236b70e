"""How well replies are read: a file of labelled texts against what the program makes of them.

A label is reached by the rulebooks of the countries where its language is spoken, since a text in a file is from
nobody: `R` in Chinese counts as it does for somebody in China.
"""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from yesfirst import rulebooks
from yesfirst.intake.labelled import Labelled
from yesfirst.rules.replies import Reading, Reply, classify
from yesfirst.rules.rulebook import Rulebook

# The shipped rulebooks of the countries where a language is spoken; none for any other language.
SPOKEN = {
    "de": ("DE",),
    "en": ("AU", "CA", "GB", "IN", "SG", "US"),
    "es": ("US",),
    "fr": ("CA", "FR"),
    "it": ("EU",),
    "ja": ("JP",),
    "ko": ("KR",),
    "pt": ("BR", "EU"),
    "zh": ("CN", "HK", "SG", "TW"),
}
_HELD = frozenset({Reply.STOP, Reply.UNCLEAR})


class Rates(Struct, frozen=True):
    """`stop_recall_with_held`: of the stops, those that came out stop or unclear. The other two are of the texts
    that are neither stop nor unclear: those that came out stop, and those that came out unclear. None: no such text.
    """

    texts: int
    stop_recall_with_held: float | None
    false_stop_rate: float | None
    held_rate: float | None
    accuracy: float


class Misread(Struct, frozen=True):
    line: int
    label: Reply
    meaning: Reply


class Evaluation(Struct, frozen=True):
    """What came of a file; `confusion` counts meanings by label."""

    overall: Rates
    by_language: Mapping[str, Rates]
    accuracy_by_label: Mapping[str, float]
    confusion: Mapping[str, Mapping[str, int]]
    wrong_number_recall: float | None
    misread: Sequence[Misread]
    texts_per_second: int


def evaluate(texts: Sequence[tuple[int, Labelled]]) -> Evaluation:
    """Reads each text (a line number and what it should mean) and counts."""
    classify("", [])  # what is loaded once isn't timed
    books = {language: _books(language) for language in {one.lang for _, one in texts}}
    began = time.process_time()
    readings = [classify(one.text, books[one.lang]) for _, one in texts]
    took = time.process_time() - began
    pairs = [(one, reading) for (_, one), reading in zip(texts, readings, strict=True)]
    confusion = {label: Counter(read.meaning for one, read in pairs if one.label is label) for label in Reply}
    languages = sorted({one.lang for one, _ in pairs})
    return Evaluation(
        overall=_rates(pairs),
        by_language={each: _rates([pair for pair in pairs if pair[0].lang == each]) for each in languages},
        accuracy_by_label={
            label: _share(counts[label], counts.total()) for label, counts in confusion.items() if counts
        },
        confusion={
            label: {str(read): many for read, many in counts.items()}
            for label, counts in confusion.items()
            if counts
        },
        wrong_number_recall=_part(read.wrong_number for one, read in pairs if one.wrong_number),
        misread=[
            Misread(line, one.label, read.meaning)
            for (line, one), read in zip(texts, readings, strict=True)
            if read.meaning is not one.label
        ],
        texts_per_second=round(len(texts) / took),
    )


def _books(language: str) -> list[Rulebook]:
    """By a tag such as `zh-TW`, of which the part before the dash counts."""
    spoken = SPOKEN.get(language.lower().replace("_", "-").partition("-")[0], ())
    return [rulebooks.load(each) for each in spoken]


def _rates(pairs: Sequence[tuple[Labelled, Reading]]) -> Rates:
    stops = [read.meaning for one, read in pairs if one.label is Reply.STOP]
    others = [read.meaning for one, read in pairs if one.label not in _HELD]
    return Rates(
        texts=len(pairs),
        stop_recall_with_held=_part(meaning in _HELD for meaning in stops),
        false_stop_rate=_part(meaning is Reply.STOP for meaning in others),
        held_rate=_part(meaning is Reply.UNCLEAR for meaning in others),
        accuracy=_part(read.meaning is one.label for one, read in pairs) or 0.0,
    )


def _part(answers: Iterable[bool]) -> float | None:
    counted = Counter(answers)
    return _share(counted[True], counted.total()) if counted else None


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4)
