"""Makes `src/yesfirst/rules/reply_weights.txt` from the labelled texts that ship: `python tools/train_replies.py`.

Logistic regression by stochastic gradient descent, averaged over its steps; whole numbers, no randomness but a seeded
order, so that the same texts make the same file everywhere. Takes some ten seconds. Texts that are keywords of a
shipped rulebook are left out, as they needn't be judged. `--check` says whether the file is the one that would be made;
`--without FILE` leaves a file of texts out, to see how well somebody is understood whose texts were not learned from
(then run it again without that).
"""

import json
import random
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from yesfirst.rulebooks import load_all
from yesfirst.rules import reply_text
from yesfirst.rules.reply_ideas import ideas
from yesfirst.rules.reply_keywords import meaning_of_keyword
from yesfirst.rules.reply_traits import Trait, traits
from yesfirst.rules.reply_weights import MEANINGS, UNIT, packed, shares, unpacked

ROOT = Path(__file__).parents[1]
TEXTS = sorted((ROOT / "tests" / "data").glob("replies*.jsonl"))
WEIGHTS = ROOT / "src" / "yesfirst" / "rules" / "reply_weights.txt"

_TIMES, _RATE, _SLOWER = 10, 0.15, 0.3
_FINE = 64  # steps to a UNIT while learning
_SEEN = 2  # a trait of fewer texts says nothing
_LEFT = 0.03  # what is judged this well is left alone
_LEAST = 3  # smaller weights are dropped
_BITS = 56  # room for a number, and for sums of steps


class Example(NamedTuple):
    traits: tuple[Trait, ...]
    meaning: int


def main(arguments: Sequence[str]) -> int:
    left_out = arguments[1:] if arguments[:1] == ["--without"] else []
    made = made_of([file for file in TEXTS if not any(file.samefile(other) for other in left_out)])
    if "--check" in arguments:
        return int(WEIGHTS.read_text("utf-8") != made)
    WEIGHTS.write_text(made, "utf-8")
    return 0


def made_of(files: Sequence[Path]) -> str:
    """The file of weights that these files of texts make."""
    return written(learned(examples(files)))


def examples(files: Sequence[Path]) -> list[Example]:
    """What is to be learned, without traits that are too rare."""
    told = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    books = list(load_all().values())
    found = []
    for text, label in sorted(
        {(one["text"], "wrong" if one.get("wrong_number") else one["label"]) for one in told}
    ):
        read = reply_text.read(text)
        if meaning_of_keyword(read, books) is None:
            found.append((list(traits(text, read, ideas(read))), MEANINGS.index(label)))
    seen = Counter(chain.from_iterable(set(each) for each, _ in found))
    return [
        Example(tuple(sorted(trait for trait in each if seen[trait] >= _SEEN)), meaning)
        for each, meaning in found
    ]


def learned(texts: Sequence[Example]) -> dict[Trait, list[int]]:
    """The weights of each trait, in units of UNIT."""
    unit = UNIT * _FINE
    weights: dict[Trait, int] = dict.fromkeys(chain.from_iterable(one.traits for one in texts), 0)
    moments = dict(weights)  # each step times its number: what averages over all steps
    order, step = list(texts), 1
    shuffle = random.Random(7).shuffle
    for time in range(_TIMES):
        shuffle(order)
        rate = _RATE * unit / (1 + time * _SLOWER)
        for one in order:
            step += 1
            errors = shares(unpacked(sum(weights[trait] for trait in one.traits), _BITS), unit)
            errors[one.meaning] -= 1
            if errors[one.meaning] > -_LEFT:
                continue
            scale = 6 * rate / max(8, len(one.traits)) ** 0.5
            change = packed([-round(error * scale) for error in errors], _BITS)
            for trait in one.traits:
                weights[trait] += change
                moments[trait] += change * step
    return {trait: _averaged(weights[trait], moments[trait], step) for trait in weights}


def _averaged(weight: int, moment: int, steps: int) -> list[int]:
    average = zip(unpacked(weight, _BITS), unpacked(moment, _BITS), strict=True)
    return [round((each - summed / steps) / _FINE) for each, summed in average]


def written(weights: dict[Trait, list[int]]) -> str:
    """The file, a trait a line."""
    head = (
        "# Made by tools/train_replies.py from tests/data/replies*.jsonl: a trait, and what it says for\n# "
    )
    lines = [
        "\t".join((*trait, ",".join(map(str, numbers))))
        for trait, numbers in sorted(weights.items())
        if max(map(abs, numbers)) >= _LEAST
    ]
    return head + ", ".join(MEANINGS) + "\n" + "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
