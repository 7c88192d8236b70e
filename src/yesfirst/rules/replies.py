"""What a text from a person means when it is a keyword and nothing else.

Case, full-width letters, spaces, punctuation and emoji don't matter. Words of refusal count from everybody,
single letters only where a rulebook of the person lists them (`R` refuses in China and nowhere else).

Known gap: refusals in free text are OTHER; a person has to read them.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from yesfirst.rules.rulebook import Rulebook


class Reply(StrEnum):
    STOP = "stop"
    START = "start"
    HELP = "help"
    CONFIRM = "confirm"
    UNCLEAR = "unclear"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Reading:
    meaning: Reply
    wrong_number: bool = False


# Every word of two characters or more of a shipped rulebook, and the carrier's default words.
_STOP = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
    | {"td", "退订", "退訂", "拒收", "拒绝", "不要再发", "取消", "取消订阅", "回复退订"}
    | {"拒絕", "停止", "配信停止", "unsub", "pare", "sair", "arret", "arrêt", "1909"}
    | {"거부", "수신거부", "무료거부", "무료수신거부"}
)
_OTHERS = {
    Reply.START: frozenset({"start", "unstop"}),
    Reply.HELP: frozenset({"help", "info", "帮助", "幫助", "도움말"}),
    Reply.CONFIRM: frozenset({"yes", "y", "confirm", "是", "同意", "确认", "네", "예", "동의"}),
}


def classify(text: str, rulebooks: Sequence[Rulebook]) -> Reading:
    """The meaning of a whole text for a person under these rulebooks (none where the person is unknown)."""
    word = _plain(text)
    if word in _STOP or any(word in _refusals(rulebook) for rulebook in rulebooks):
        return Reading(Reply.STOP)
    for reply, words in _OTHERS.items():
        if word in words:
            return Reading(reply)
    return Reading(Reply.OTHER)


def _refusals(rulebook: Rulebook) -> set[str]:
    keywords = rulebook.opt_out.keywords if rulebook.opt_out else None
    if keywords is None:
        return set()
    return {_plain(word) for word in (*keywords.words, *keywords.extra)}


def _plain(text: str) -> str:
    """Letters and digits alone, narrow and in one case."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))
