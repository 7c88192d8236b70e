"""A notice: the exact wording that people agreed to, with front matter that says what it covers.

    ---
    id: offers
    version: 2026-03-01
    language: zh
    kind: express_separate
    purposes: [marketing.offers]
    ---
    The wording, as it was shown.

A notice is addressed by the SHA-256 over the bytes of the whole file, front matter included: nothing is left
out, so nothing can be changed unseen. A new line ending makes a new notice.
"""

import hashlib

import msgspec
from msgspec import Struct

from yesfirst.intake.brand import Brand
from yesfirst.intake.schema import validate
from yesfirst.intake.yamlfile import Document, InvalidFile, Problem, decode, load, near

_FENCE = "---"


class Notice(Struct, frozen=True, kw_only=True):
    """A checked notice; `body` is the file's bytes and `sha256` their digest.

    `kind` is a consent kind of the rulebooks, `frequency` what was said about how often, `night` whether
    night messages were agreed to, `privacy` the SHA-256 of the privacy text (base64url).
    """

    id: str
    version: str
    language: str
    kind: str
    purposes: tuple[str, ...]
    wording: str
    body: bytes
    sha256: bytes
    frequency: str | None = None
    night: bool = False
    privacy: str | None = None


def read(data: bytes, source: str, brand: Brand) -> Notice:
    """The notice that a file holds, checked against its brand; InvalidFile with every problem found."""
    front, wording = _split(decode(data, source), source)
    # An empty first line instead of the fence keeps the line numbers of the file.
    document = load(f"\n{front}", source)
    problems = validate(document, "notice")
    if problems:
        raise InvalidFile(source, problems)
    fields = msgspec.convert(document.value, dict[str, str | bool | tuple[str, ...]])
    notice = msgspec.convert(
        {**fields, "wording": wording, "body": data, "sha256": hashlib.sha256(data).digest()}, Notice
    )
    problems = _against(document, notice, brand, line=front.count("\n") + 3)
    if problems:
        raise InvalidFile(source, problems)
    return notice


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
