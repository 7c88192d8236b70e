"""What a text from a person means, in any of nine languages, however it is typed.

A keyword of the person's rulebooks decides, and STOP and its kin from everybody; single letters only where a rulebook
lists them (`R` refuses in China and nowhere else). Anything else is judged by its traits: words, letters, ideas.
What may be a refusal and isn't clearly one is UNCLEAR, so that a doubt costs a person's look and never a refusal.

Known gap: sarcasm, pictures, and languages other than the nine are judged by what they share with them.
"""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from yesfirst.rules import reply_text
from yesfirst.rules.reply_doubts import denied
from yesfirst.rules.reply_ideas import ideas
from yesfirst.rules.reply_keywords import meaning_of_keyword, misspelt_refusal
from yesfirst.rules.reply_text import QUOTE, Text
from yesfirst.rules.reply_traits import traits
from yesfirst.rules.reply_weights import MEANINGS, likelihoods
from yesfirst.rules.rulebook import Rulebook


class Reply(StrEnum):
    """The six meanings, read in any case."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    CONFIRM = "confirm"
    UNCLEAR = "unclear"
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "Reply | None":
        written = value.strip().casefold() if isinstance(value, str) else ""
        return next((one for one in cls if one.value == written), None)


class Reading(Struct, frozen=True):
    """What a text means; `wrong_number`: whoever reads our texts isn't the person who agreed to them."""

    meaning: Reply
    wrong_number: bool = False


# Chosen on texts that were not learned from; docs/replies.md says what comes of it.
_SURE, _SURE_ALL_THE_SAME = 0.7, 0.9
_POSSIBLE, _RATHER_UNCLEAR = 0.06, 0.3
# Said at all, these are worth a look even if the rest of the text seems to be about something else.
_BARELY_POSSIBLE = 0.015
_GRAVE = frozenset({"ALONE", "BLOCK", "GONE", "LAW", "LEAVE", "REGISTER", "WITHDRAW"})
# A text of no known idea is no refusal because it might be one: `omw`.
_POSSIBLE_IF_UNKNOWN = 0.14
# Where these come up, what sounds like a refusal is often about something else.
_ABOUT_SOMETHING_ELSE = frozenset(
    {"AWAY", "CANCEL", "COME", "DAY", "FOOD", "KEEP", "LAUGH"}
    | {"ORDER", "QUOTED", "STOPS", "TECH", "THING", "WHEN"}
)
_READINGS = {meaning: Reading(meaning) for meaning in Reply}
_OTHERS = MEANINGS[2:-1]
_WRONG_NUMBER = Reading(Reply.STOP, wrong_number=True)


def classify(text: str, rulebooks: Sequence[Rulebook]) -> Reading:
    """The meaning of a whole text for a person under these rulebooks (none where the person is unknown)."""
    read = reply_text.read(text)
    keyword = meaning_of_keyword(read, rulebooks)
    if keyword is not None:
        return _READINGS[Reply(keyword)]
    if len(read.letters) == 1 and read.letters.isascii():
        return _READINGS[Reply.OTHER]
    return _judged(text, read, ideas(read))


def _judged(text: str, read: Text, said: Sequence[str]) -> Reading:
    surely_stop, unclear, *others, wrong = likelihoods(traits(text, read, said))
    stop = surely_stop + wrong
    if stop >= _SURE and len(read.letters) > 1 and not _doubtful(text, read, said, stop):
        return _WRONG_NUMBER if wrong > surely_stop else _READINGS[Reply.STOP]
    if unclear >= _RATHER_UNCLEAR or stop >= _possible(said) or (not said and misspelt_refusal(read)):
        return _READINGS[Reply.UNCLEAR]
    return _READINGS[Reply(_OTHERS[others.index(max(others))])]


def _possible(said: Sequence[str]) -> float:
    """How likely a refusal must be for somebody to have a look."""
    if not said:
        return _POSSIBLE_IF_UNKNOWN
    return _POSSIBLE if _GRAVE.isdisjoint(said) else _BARELY_POSSIBLE


def _doubtful(text: str, read: Text, said: Sequence[str], stop: float) -> bool:
    if "MISTAKE" in said or denied(read, said):
        return True
    aside = "?" in text or QUOTE in read.words or not _ABOUT_SOMETHING_ELSE.isdisjoint(said)
    return aside and stop < _SURE_ALL_THE_SAME
