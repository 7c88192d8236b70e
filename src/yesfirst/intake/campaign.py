"""A campaign file: what is to be said to whom, when, how fast and for how much at most.

`check` holds it against its brand: what it names must be declared there, and each attribute must be allowed
for the campaign's purpose. `content_hash` covers everything in the file that has a meaning; an approval is
bound to it.

What the rulebooks ask of its texts (label, contact, way out) is told by `advice.campaign_gaps`, which needs no
person: a text may be right for one country and wrong for another.
"""

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec
from msgspec import Struct

from yesfirst.intake import vocabulary
from yesfirst.intake.brand import Brand, Registration, check_registrations
from yesfirst.intake.expression import Fault, read_audience
from yesfirst.intake.schema import validate
from yesfirst.intake.window import LONGEST, Window, read_closing, read_opening
from yesfirst.intake.yamlfile import Document, InvalidFile, Problem, near
from yesfirst.rules.attributes import WORDABLE
from yesfirst.rules.audience import All, Audience
from yesfirst.rules.text import InvalidTemplate, Missing, Placeholder, Template, parse


class Cost(Struct, frozen=True):
    """What one SMS part costs and what a run may cost in all, in `currency` (ISO 4217)."""

    price_per_part: Decimal
    currency: str
    cap: Decimal


class Campaign(Struct, frozen=True, kw_only=True):
    """A checked campaign; `message` maps languages to templates, `per_second` is the pace in messages.

    `topics` are what it is about, in the words of the rulebooks; `goods`, whether they are like those that
    people bought. `registered` maps languages to the registrations of their text (id to reference).
    `non_personalised` is the campaign that says the same to everybody (PIPL 24(2)).
    """

    id: str
    brand: str
    purpose: str
    sender: str
    audience: Audience
    message: dict[str, str]
    default_language: str
    missing: Missing
    window: Window
    per_second: int
    cost: Cost
    topics: tuple[str, ...] = ()
    goods: Literal["similar", "other"] = "similar"
    registrations: dict[str, Registration] = {}
    registered: dict[str, dict[str, str]] = {}
    non_personalised: str | None = None

    @property
    def targeted(self) -> bool:
        """Whether attributes of people decide who is texted."""
        return self.audience.where not in (None, All(()))

    @property
    def templates(self) -> dict[str, Template]:
        """The messages, parsed; parse once per run, not per person."""
        return {language: parse(text) for language, text in self.message.items()}

    def language_for(self, language: str | None) -> str:
        """The language in which to text a person: theirs, its base (zh for zh-TW), or the brand's first."""
        for wanted in (language or "", (language or "").partition("-")[0]):
            if wanted in self.message:
                return wanted
        return self.default_language


def content_hash(campaign: Campaign) -> bytes:
    """SHA-256 over the campaign as JSON with sorted keys; equal for equal meaning, however it was written."""
    return hashlib.sha256(msgspec.json.encode(campaign, order="sorted")).digest()


class _Window(Struct):
    opens: str
    closes: str


class _Pace(Struct):
    per_second: int


class _File(Struct):
    """The file as the schema has left it: right in shape, not yet in meaning."""

    id: str
    brand: str
    purpose: str
    sender: str
    audience: object
    message: dict[str, str]
    missing: Missing
    window: _Window
    pace: _Pace
    cost: Cost
    topics: tuple[str, ...] = ()
    goods: Literal["similar", "other"] = "similar"
    registrations: dict[str, Registration] = {}
    templates: dict[str, dict[str, str]] = {}
    non_personalised: str | bool = False


def check(document: Document, brand: Brand, now: datetime, lists: Collection[str] | None = None) -> Campaign:
    """The campaign that the file declares; InvalidFile with every problem found.

    `lists` are the brand's named lists of people; None where they can't be known, as without a database.
    """
    problems = validate(document, "campaign")
    if problems:
        raise InvalidFile(document.source, problems)
    file = msgspec.convert(document.value, _File)
    audience, faults = read_audience(file.audience, brand.attributes, file.purpose)
    window, late = _window(document, file, brand, now)
    unknown_purpose = file.purpose not in brand.purposes
    problems = [
        *_names(document, file, brand),
        *_pace_and_cost(document, file, brand),
        *_messages(document, file, brand),
        *_declared(document, file),
        *late,
        # Under an unknown purpose nothing may be used: one problem says enough.
        *(_problem(document, fault) for fault in faults if not unknown_purpose),
        *([] if lists is None or faults else _lists(document, audience, lists)),
    ]
    if problems:
        raise InvalidFile(document.source, problems)
    return Campaign(
        id=file.id,
        brand=file.brand,
        purpose=file.purpose,
        sender=file.sender,
        audience=audience,
        message=file.message,
        default_language=brand.languages[0],
        missing=file.missing,
        window=window,
        per_second=file.pace.per_second,
        cost=file.cost,
        topics=file.topics,
        goods=file.goods,
        registrations=file.registrations,
        registered=file.templates,
        non_personalised=file.non_personalised if isinstance(file.non_personalised, str) else None,
    )


def _problem(document: Document, fault: Fault) -> Problem:
    hint = near(fault.name, fault.known) if fault.name else None
    return document.problem(fault.path, fault.message, hint, key=fault.of_key)


def _names(document: Document, file: _File, brand: Brand) -> list[Problem]:
    senders = [sender.id for sender in brand.senders]
    return [
        document.problem((key,), f'unknown {key} "{name}"', near(name, known))
        for key, name, known in (
            ("brand", file.brand, [brand.id]),
            ("purpose", file.purpose, list(brand.purposes)),
            ("sender", file.sender, senders),
        )
        if name not in known
    ]


def _declared(document: Document, file: _File) -> list[Problem]:
    """What the campaign says of itself in the words of the rulebooks."""
    problems = [
        document.problem(("topics", index), f'unknown topic "{topic}"', near(topic, vocabulary.topics()))
        for index, topic in enumerate(file.topics)
        if topic not in vocabulary.topics()
    ]
    problems += check_registrations(document, ("registrations",), file.registrations)
    for language, registered in file.templates.items():
        path = ("templates", language)
        if language not in file.message:
            problems.append(document.problem(path, f'there is no text in "{language}"', key=True))
        problems += [
            document.problem(
                (*path, name),
                f'no template is registered as "{name}"',
                near(name, vocabulary.templates()),
                key=True,
            )
            for name in registered
            if name not in vocabulary.templates()
        ]
    return problems


def _lists(document: Document, audience: Audience, known: Collection[str]) -> list[Problem]:
    return [
        document.problem(
            ("audience", part, index),
            f'unknown list "{name}"',
            near(name, known) or "`yesfirst list import FILE` makes one",
        )
        for part, names in (("include", audience.include), ("exclude", audience.exclude))
        for index, name in enumerate(names)
        if name not in known
    ]


def _window(document: Document, file: _File, brand: Brand, now: datetime) -> tuple[Window, list[Problem]]:
    """The window and what is wrong with it; it must close after it opens, and not in the past."""
    nothing, problems = Window(None, None, None), []
    try:
        opens = read_opening(file.window.opens, brand.time_zone)
    except ValueError as error:
        return nothing, [document.problem(("window", "opens"), f'"opens" {error}')]
    try:
        closes = read_closing(file.window.closes, brand.time_zone)
    except ValueError as error:
        return nothing, [document.problem(("window", "closes"), f'"closes" {error}')]
    window = Window(opens, closes, None) if isinstance(closes, datetime) else Window(opens, None, closes)
    interval = window.at(now)
    place = ("window", "closes")
    if opens is not None and isinstance(closes, datetime) and closes <= opens:
        problems.append(document.problem(place, "the window closes before it opens"))
    elif interval.closes <= now:
        problems.append(document.problem(place, "the window is past", "write `opens: now` and `closes: +7d`"))
    elif interval.closes - interval.opens > LONGEST:
        problems.append(document.problem(place, f"the window is open longer than {LONGEST.days} days"))
    return window, problems


def _pace_and_cost(document: Document, file: _File, brand: Brand) -> list[Problem]:
    problems = []
    allowed = [sender.per_second for sender in brand.senders if sender.id == file.sender]
    if allowed and file.pace.per_second > allowed[0]:
        problems.append(
            document.problem(("pace", "per_second"), f"is more than the {allowed[0]} that the sender carries")
        )
    if file.cost.cap < file.cost.price_per_part:
        problems.append(document.problem(("cost", "cap"), "does not pay for one part"))
    return problems


def _messages(document: Document, file: _File, brand: Brand) -> list[Problem]:
    problems = []
    signatures = [sender.signature for sender in brand.senders if sender.id == file.sender]
    if brand.languages[0] not in file.message:
        problems.append(document.problem(("message",), f'has no text in "{brand.languages[0]}"'))
    for language, text in file.message.items():
        path = ("message", language)
        if language not in brand.languages:
            hint = near(language, brand.languages)
            problems.append(document.problem(path, f'unknown language "{language}"', hint, key=True))
        # 信管局〔2023〕794号, as carriers apply it: the registered signature stands at the start, in 【】.
        if signatures and signatures[0] and not text.startswith(signatures[0]):
            problems.append(document.problem(path, f"must start with the sender's signature {signatures[0]}"))
        try:
            placeholders = parse(text).placeholders
        except InvalidTemplate as error:
            problems.append(document.problem(path, str(error)))
            continue
        problems += (
            document.problem(path, message, hint)
            for message, hint in _placeholders(placeholders, file, brand)
        )
    return problems


def _placeholders(
    placeholders: Iterable[Placeholder], file: _File, brand: Brand
) -> list[tuple[str, str | None]]:
    """Message and hint for each placeholder that the brand, the purpose or the policy forbids."""
    usable = [name for name, each in brand.attributes.items() if file.purpose in each.personalise]
    found: list[tuple[str, str | None]] = []
    for placeholder in placeholders:
        name = placeholder.name
        attribute = brand.attributes.get(name)
        if attribute is None:
            found.append((f'unknown placeholder "{name}"', near(name, usable)))
        elif attribute.type not in WORDABLE:
            found.append((f'a {attribute.type} such as "{name}" has no wording for a text', None))
        elif name not in usable and file.purpose in brand.purposes:
            found.append((f'attribute "{name}" may not stand in texts for {file.purpose}', None))
        if placeholder.fallback is None and file.missing is Missing.FALLBACK:
            hint = f"write {{{name}|some words}}, or `missing: leave_out`"
            found.append((f'placeholder "{name}" has no fallback', hint))
    return found
