"""What makes a refusal doubtful that seems clear: `don't take me off`, a slip of the finger, a text of ours quoted.

A doubt costs somebody a look; taking `please never stop` for STOP costs a person what they asked for.
"""

from collections.abc import Collection, Iterable, Mapping
from itertools import pairwise

from yesfirst.rules.reply_ideas import Ideas, ideas_in_run, ideas_of_words
from yesfirst.rules.reply_text import BREAK, Text

# The second idea in each, right after the first, says the opposite of what it says alone.
_TURNS = {
    "NOT": frozenset({"LEAVE", "REMOVE", "STOP"}),
    "STOPS": frozenset({"LEAVE", "REMOVE"}),
    "RECEIVE": frozenset({"NOT"}),
    "WHY": frozenset({"NOT"}),
}
# Where the verb comes first, as in Japanese and Korean.
_TURNS_IN_RUNS = _TURNS | dict.fromkeys(("LEAVE", "REMOVE", "STOP"), frozenset({"NOT"}))
_REACH = 2  # words


def denied(text: Text, said: Collection[str]) -> bool:
    """Whether a text that says these ideas has one right after another that turns its meaning."""
    if "NOT" not in said and "STOPS" not in said:
        return False
    if text.dense and any(
        _turned(these, [those], _TURNS_IN_RUNS) for these, those in pairwise(ideas_in_run(text.run))
    ):
        return True
    parts = (ideas_of_words(part.split()) for part in text.words.split(f" {BREAK} "))
    return any(
        _turned(these, thought[at + 1 : at + 1 + _REACH], _TURNS)
        for thought in parts
        for at, these in enumerate(thought)
        if these
    )


def _turned(these: Ideas, next_to_them: Iterable[Ideas], turns: Mapping[str, frozenset[str]]) -> bool:
    for one in these:
        if one in turns and any(not turns[one].isdisjoint(those) for those in next_to_them):
            return True
    return False
