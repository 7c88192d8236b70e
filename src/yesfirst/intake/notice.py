"""A notice: the exact wording that people agreed to, with front matter that says what it covers.

    ---
    id: offers
    version: 2026-03-01
    language: zh
    kind: express_separate
    purposes: [marketing.offers]
    frequency: {max: 4, per: P1M}
    says:
      purpose: [products and offers]
      storage_period: [two years from this consent]
    shows: [withdrawal_statement_shown]
    ---
    The wording, as it was shown.

`says` quotes the wording, so it can't say what the wording doesn't; `shows` and `practices` state what holds for
everybody who was shown this notice on its form, in the words of the rulebooks.

A notice is addressed by the SHA-256 over the bytes of the whole file, front matter included: nothing is left
out, so nothing can be changed unseen. A new line ending makes a new notice.
"""

import hashlib
import re
from collections.abc import Iterable
from enum import StrEnum

import msgspec
from msgspec import Struct

from yesfirst.intake import vocabulary
from yesfirst.intake.brand import Brand
from yesfirst.intake.schema import validate
from yesfirst.intake.yamlfile import Document, InvalidFile, Problem, decode, load, near

_FENCE = "---"


class Said(StrEnum):
    """What a wording has to say before data is collected (PIPL article 17 is the model)."""

    PURPOSE = "purpose"
    DATA_KINDS = "data_kinds"
    METHOD = "method"
    STORAGE_PERIOD = "storage_period"
    RECIPIENTS = "recipients"
    WAY_OUT = "way_out"
    RIGHTS = "rights"


class Frequency(Struct, frozen=True):
    """A promise: at most `max` texts in any `per` (ISO 8601)."""

    max: int
    per: str

    def __str__(self) -> str:
        return f"{self.max}/{self.per}"


class Notice(Struct, frozen=True, kw_only=True):
    """A checked notice; `body` is the file's bytes and `sha256` their digest.

    `kind` is a consent kind of the rulebooks, `frequency` what was promised about how often, `night` whether
    night messages were agreed to, `privacy` the SHA-256 of the privacy text (base64url), `event` what the
    relationship with its people rests on, `countries` whom it is meant for (none: everybody the brand reaches).
    """

    id: str
    version: str
    language: str
    kind: str
    purposes: tuple[str, ...]
    wording: str
    body: bytes
    sha256: bytes
    frequency: Frequency | None = None
    night: bool = False
    privacy: str | None = None
    event: str | None = None
    countries: tuple[str, ...] = ()
    says: dict[Said, tuple[str, ...]] = {}
    shows: tuple[str, ...] = ()
    practices: tuple[str, ...] = ()

    @property
    def rests_on_relationship(self) -> bool:
        """Whether a purchase, contract or the like stands for an agreement, by its kind."""
        return self.kind in vocabulary.relationship_kinds()

    @property
    def freq(self) -> str | None:
        """The promise as the public leaf holds it, such as `4/P1M`."""
        return None if self.frequency is None else str(self.frequency)


def read(data: bytes, source: str, brand: Brand) -> Notice:
    """The notice that a file holds, checked against its brand; InvalidFile with every problem found."""
    front, wording = _split(decode(data, source), source)
    # An empty first line instead of the fence keeps the line numbers of the file.
    document = load(f"\n{front}", source)
    problems = validate(document, "notice")
    if problems:
        raise InvalidFile(source, problems)
    fields = msgspec.convert(document.value, dict[str, object])
    notice = msgspec.convert(
        {**fields, "wording": wording, "body": data, "sha256": hashlib.sha256(data).digest()}, Notice
    )
    problems = [
        *_against(document, notice, brand, line=front.count("\n") + 3),
        *_quotes(document, notice),
        *_words(document, notice),
    ]
    if problems:
        raise InvalidFile(source, problems)
    return notice


def wording_of(body: bytes) -> str:
    """The wording of a notice that was checked once, also where its brand has changed since."""
    return _split(decode(body, "notice"), "notice")[1]


def name_of(body: bytes) -> tuple[str, str, str]:
    """The id, version and language of a notice that was checked when it was stored."""
    front, _ = _split(body.decode(), "a stored notice")
    fields = msgspec.convert(load(front, "a stored notice").value, dict[str, object])
    return str(fields["id"]), str(fields["version"]), str(fields["language"])


def _split(text: str, source: str) -> tuple[str, str]:
    """The front matter and the wording."""
    first, *rest = text.splitlines(keepends=True) or [""]
    fences = [index for index, line in enumerate(rest) if line.rstrip() == _FENCE]
    if first.rstrip() != _FENCE or not fences:
        raise InvalidFile(
            source,
            [
                Problem(
                    1, 1, (), "has no front matter", "begin with --- and close it with --- on its own line"
                )
            ],
        )
    front, wording = "".join(rest[: fences[0]]), "".join(rest[fences[0] + 1 :]).strip()
    return front, wording


def _against(document: Document, notice: Notice, brand: Brand, line: int) -> list[Problem]:
    problems = [
        document.problem(("purposes", index), f'unknown purpose "{purpose}"', near(purpose, brand.purposes))
        for index, purpose in enumerate(notice.purposes)
        if purpose not in brand.purposes
    ]
    if notice.language not in brand.languages:
        hint = near(notice.language, brand.languages)
        problems.append(document.problem(("language",), f'unknown language "{notice.language}"', hint))
    # PIPL article 17: who will process the data must be told before; a consent to nobody proves nothing.
    if brand.controller not in notice.wording:
        hint = f"name the controller as the brand file does: {brand.controller}"
        problems.append(Problem(line, 1, (), "the wording does not say who asks", hint))
    return problems


def _quotes(document: Document, notice: Notice) -> list[Problem]:
    """What `says` quotes, and the number of a promised frequency, must stand in the wording."""
    wording = _one_line(notice.wording)
    problems = [
        document.problem(("says", said, index), "is not in the wording", "quote the wording, word for word")
        for said, quotes in notice.says.items()
        for index, quote in enumerate(quotes)
        if _one_line(quote) not in wording
    ]
    if notice.frequency and not re.search(rf"(?<![0-9]){notice.frequency.max}(?![0-9])", wording):
        hint = "a promise that people could not read is none: write the number in digits"
        problems.append(document.problem(("frequency", "max"), "is not in the wording", hint))
    return problems


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _words(document: Document, notice: Notice) -> list[Problem]:
    """What is stated in words that the rulebooks share must be among those words."""
    return [
        *_known(document, "shows", notice.shows, vocabulary.SHOWN),
        *_known(document, "practices", notice.practices, vocabulary.practices()),
        *_known(document, "countries", notice.countries, vocabulary.places()),
        *_known(document, "event", [notice.event] if notice.event else [], vocabulary.events()),
    ]


def _known(document: Document, key: str, names: Iterable[str], words: Iterable[str]) -> list[Problem]:
    known = frozenset(words)
    return [
        document.problem((key, index), f'unknown word "{name}"', near(name, known))
        for index, name in enumerate(names)
        if name not in known
    ]
