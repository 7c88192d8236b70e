"""What each trait of a text says for each meaning: numbers learned from labelled texts, and how they add up.

`reply_weights.txt` is made by `tools/train_replies.py` from the texts that ship; a line is a trait and a number for
each meaning, in 64ths of a natural logarithm of the odds.
"""

import math
import pkgutil
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from yesfirst.rules.reply_traits import Trait

# `wrong` is a stop as well: whoever reads our texts isn't the person who agreed to them.
MEANINGS = ("stop", "unclear", "start", "help", "confirm", "other", "wrong")
UNIT = 64
# The numbers of a trait are kept in one integer, so many bits for each, and one addition adds them all.
_BITS = 24


def likelihoods(traits: Iterable[Trait]) -> list[float]:
    """How likely each of MEANINGS is for a text with these traits; they add up to 1."""
    return shares(unpacked(sum(filter(None, map(_weights().get, traits)))), UNIT)


def shares(weights: Sequence[int], unit: int) -> list[float]:
    """Weights on the scale of logarithms as shares of 1."""
    most = max(weights)
    found = [math.exp((weight - most) / unit) for weight in weights]
    whole = sum(found)
    return [each / whole for each in found]


def packed(weights: Sequence[int], bits: int = _BITS) -> int:
    return sum(weight << (bits * at) for at, weight in enumerate(weights))


def unpacked(whole: int, bits: int = _BITS) -> list[int]:
    """The inverse of `packed`, also of a sum, while each number is below 2 ** (bits - 1)."""
    half, most = 1 << (bits - 1), (1 << bits) - 1
    raised = whole + _middle(bits)
    return [((raised >> at) & most) - half for at in range(0, bits * len(MEANINGS), bits)]


@lru_cache(maxsize=4)
def _middle(bits: int) -> int:
    return packed([1 << (bits - 1)] * len(MEANINGS), bits)


@lru_cache(maxsize=1)
def _weights() -> Mapping[Trait, int]:
    body = pkgutil.get_data(__package__, "reply_weights.txt") or b""
    found = {}
    for line in body.decode().split("\n"):
        if line and not line.startswith("#"):
            *trait, numbers = line.split("\t")
            found[tuple(trait)] = packed([int(number) for number in numbers.split(",")])
    return found
