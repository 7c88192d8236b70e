"""What a brand declares about asking: its forms, and the texts that ask and answer.

Invariants of what has been checked: a form's notices are the brand's, one for each of its languages, and all of the
same purposes; its keyword means nothing else to anybody who replies; a text has only placeholders that its place
fills in, and one that asks for an answer says `Y` and has no address of a page in it.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping

from msgspec import Struct

from yesfirst.intake.yamlfile import Document, Path, Problem, near
from yesfirst.rules.reply_keywords import meaning_of_keyword
from yesfirst.rules.reply_text import read

# Placeholders that each text may have; those marked True it must have.
PLACEHOLDERS: Mapping[str, Mapping[str, bool]] = {
    "stop": {"code": False, "date": False},
    "help": {"page": False},
    "ask": {},
    "remind": {},
    "renew": {"since": False, "until": False},
    "joined": {"date": False, "page": False},
}
_ASKING = ("ask", "remind", "renew")
_PLACEHOLDER = re.compile(r"\{([a-z]+)\}")
_ADDRESS = re.compile(r"https?://|www\.", re.IGNORECASE)
_YES = re.compile(r"(?<![A-Za-z])Y(?:ES)?(?![A-Za-z])", re.IGNORECASE)


class Replies(Struct, frozen=True):
    """The texts of a brand that are no marketing, by language.

    `stop` and `help` answer STOP and HELP, `joined` an agreement by text; `ask`, `remind` and `renew` ask for a `Y`.
    """

    stop: dict[str, str]
    help: dict[str, str]
    ask: dict[str, str] = {}
    remind: dict[str, str] = {}
    renew: dict[str, str] = {}
    joined: dict[str, str] = {}


class Form(Struct, frozen=True, kw_only=True):
    """A way to sign up, with the notices that it shows: a page, and a keyword to text if it has one.

    What people agree to on it ends `expires_after` (such as `730d`) after they did, or not at all.
    """

    notices: tuple[str, ...]
    privacy: str
    keyword: str | None = None
    sender: str | None = None
    expires_after: str | None = None


def fill(template: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced; one without a value becomes nothing."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], ""), template).strip()


def check_texts(document: Document, replies: Replies, languages: tuple[str, ...]) -> Iterator[Problem]:
    """A problem for each text of a language that the brand doesn't have, and what a text may not say."""
    for kind, allowed in PLACEHOLDERS.items():
        texts: dict[str, str] = getattr(replies, kind)
        for language, text in texts.items():
            path: Path = ("replies", kind, language)
            if language not in languages:
                hint = near(language, languages)
                yield document.problem(("replies", kind), f'unknown language "{language}"', hint)
            yield from (
                document.problem(path, f"has no value for {{{name}}}", near(name, allowed))
                for name in _PLACEHOLDER.findall(text)
                if name not in allowed
            )
            if kind in _ASKING:
                yield from _check_asking(document, path, text)
        if texts or kind in ("stop", "help"):
            yield from (
                document.problem(("replies", kind), f'has no text for the language "{language}"')
                for language in languages
                if language not in texts
            )


def _check_asking(document: Document, path: Path, text: str) -> Iterator[Problem]:
    if not _YES.search(text):
        yield document.problem(path, "does not say what to reply", "ask for a Y, such as: Reply Y to confirm")
    # A request to confirm that advertises is itself marketing without consent.
    if _ADDRESS.search(text):
        yield document.problem(path, "has a link in it", "it may ask for the answer and nothing else")


def check_forms(
    document: Document,
    forms: Mapping[str, Form],
    *,
    notices: tuple[str, ...],
    senders: tuple[str, ...],
    replies: Replies,
) -> Iterator[Problem]:
    """What can be told of the forms by the brand file alone; notices are other files."""
    keywords: dict[str, str] = {}
    for id, form in forms.items():
        path: Path = ("forms", id)
        for index, notice in enumerate(form.notices):
            if notice not in notices:
                hint = near(notice, notices)
                yield document.problem((*path, "notices", index), f'unknown notice "{notice}"', hint)
        if form.sender is not None and form.sender not in senders:
            yield document.problem(
                (*path, "sender"), f'unknown sender "{form.sender}"', near(form.sender, senders)
            )
        if not replies.ask:
            yield document.problem(path, "needs a text that asks to confirm", "add replies.ask", key=True)
        if form.keyword is not None:
            other = keywords.setdefault(form.keyword.casefold(), id)
            if other != id:
                yield document.problem((*path, "keyword"), f'is the keyword of "{other}" too')
            meaning = meaning_of_keyword(read(form.keyword), ())
            if meaning is not None:
                yield document.problem((*path, "keyword"), f"already means {meaning}", "choose another word")


def word_of(text: str) -> str:
    """A text as keywords are compared: letters and digits alone, narrow and in one case."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))
