"""The rules of one jurisdiction as values: the shape of a rulebook file, and what it must satisfy.

Every rule carries its sources, how well they were read (`conf`) and what kind of rule it is (`tier`).
Invariants: unknown keys are refused with their place; each citation names a listed source; a rule without
citation is the product's own or admits to rest on memory; a released rulebook has a human reviewer and no law
that rests on memory.

Known gaps: parents, states, registries, frequency, content and minors are read and checked for shape, and not
yet applied; closed holidays are refused until there are calendars.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from yesfirst.rules.period import Period
from yesfirst.rules.rule import Confidence, Part, Rule, Statement, Tier


class Status(StrEnum):
    DRAFT = "draft"
    REVIEWED = "reviewed"
    RELEASED = "released"


Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
# Quoted in the files: YAML 1.1 reads a bare 20:00 as 1200.
ClockTime: TypeAlias = Annotated[str, Meta(pattern=r"^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]


class InvalidRulebook(ValueError):
    """A rulebook that breaks its form; the message names the rulebook, the place and the fault."""


class Effective(Part, frozen=True, kw_only=True):
    """The days on which a rulebook is in force, `until` excluded."""

    since: date = msgspec.field(name="from")
    until: date | None = msgspec.field(name="to", default=None)


class Scope(Part, frozen=True, kw_only=True):
    """Whose rules these are. Without `zones`, the number tells the zones it may be in."""

    country_codes: tuple[Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,2}$")], ...]
    zones: tuple[str, ...]
    parents: tuple[str, ...] = ()
    recipient_types: tuple[Literal["individual", "corporate"], ...]
    note: str | None = None

    def __post_init__(self) -> None:
        for zone in self.zones:
            try:
                ZoneInfo(zone)
            except (KeyError, ValueError) as error:
                raise ValueError(f"there is no time zone {zone!r}") from error


class Source(Part, frozen=True, kw_only=True):
    title: str
    kind: Literal["primary", "mirror", "secondary", "vendor"]
    url: str
    provision: str | None = None
    note: str | None = None


class Expiry(Part, frozen=True, kw_only=True):
    """An implied consent ends a period after what it was implied from."""

    after: Period
    counted_from: Literal["relationship_at", "granted_at"] = msgspec.field(name="from")


class ConsentScope(Part, frozen=True, kw_only=True):
    goods: Literal["any", "similar"]
    sender: Literal["named", "same_group"]


class AcceptedConsent(Rule, frozen=True, kw_only=True):
    """A kind of consent that counts here, and the record that it needs."""

    kind: str
    id: str | None = None
    needs: tuple[str, ...]
    expires: Expiry | None = None
    scope: ConsentScope | None = None
    events: tuple[str, ...] = ()
    recipient: Literal["individual", "corporate"] | None = None
    sender_type: str | None = None


class NightConsent(Rule, frozen=True, kw_only=True):
    """A further consent for texts at night; `needs` is the field of the record."""

    needs: str


class Reconfirmation(Rule, frozen=True, kw_only=True):
    every: Period
    counted_from: str = msgspec.field(name="from")
    mode: Literal["ask_and_keep", "ask_and_drop"]


class Minors(Rule, frozen=True, kw_only=True):
    age_below: int
    needs: str


class Practices(Rule, frozen=True, kw_only=True):
    """Ways of asking that void a consent."""

    practices: tuple[str, ...]


class Consent(Part, frozen=True, kw_only=True):
    burden_of_proof: Statement
    accepted: tuple[AcceptedConsent, ...]
    forbidden: Practices
    expiry: Statement | None = None
    night: NightConsent | None = None
    reconfirm: Reconfirmation | None = None
    minors: Minors | None = None
    other: tuple[Statement, ...] = ()


class OpenHours(Part, frozen=True, kw_only=True):
    """On these days, from (included) to (excluded), by the recipient's clock."""

    days: tuple[Weekday, ...]
    opens: ClockTime = msgspec.field(name="from")
    closes: ClockTime = msgspec.field(name="to")

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError("hours must end after they begin, on the same day")


class Holidays(Part, frozen=True, kw_only=True):
    closed: Literal[False]


class QuietHours(Rule, frozen=True, kw_only=True):
    """When marketing may arrive; a day that is not listed is closed."""

    basis: Literal["recipient_local"]
    allowed: tuple[OpenHours, ...]
    holidays: Holidays
    waived_by: tuple[str, ...] = ()
    contested: bool = False


class FrequencyCap(Rule, frozen=True, kw_only=True):
    max: int
    per: Period
    key: str


class Requirement(Rule, frozen=True, kw_only=True):
    """What a text must contain, and how it must look."""

    what: str
    form: str | None = None
    position: Literal["start", "end"] | None = None
    examples: tuple[str, ...] = ()
    forbidden_variants: tuple[str, ...] = ()


class Content(Part, frozen=True, kw_only=True):
    require: tuple[Requirement, ...]
    first_message: tuple[Requirement, ...] = ()
    language: str | None = None


class LegalMaximum(Rule, frozen=True, kw_only=True):
    """How long the law would let a refusal take; for alarms, never as permission to go on."""

    value: Period
    calendar: Literal["calendar", "business"] = "calendar"


class Keywords(Rule, frozen=True, kw_only=True):
    """Words which, sent alone, refuse; `words` are those the source names, `extra` are ours."""

    words: tuple[str, ...]
    extra: tuple[str, ...] = ()


class Confirmation(Rule, frozen=True, kw_only=True):
    """The one answer to a refusal; without `within` it has no latest time."""

    allowed: bool
    max: Literal[1]
    within: Period | None = None
    marketing: Literal[False]


class KeepSuppressed(Rule, frozen=True, kw_only=True):
    """How long the law keeps a refusal (`null`: not stated); the product keeps it for ever."""

    legal_minimum: Period | None = None


class OptOut(Part, frozen=True, kw_only=True):
    legal_max: LegalMaximum
    keywords: Keywords
    confirmation: Confirmation
    keep_suppressed: KeepSuppressed
    other: tuple[Statement, ...] = ()


class Registry(Rule, frozen=True, kw_only=True):
    id: str
    applies: bool
    scrub_max_age: Period | None = None
    exempt_if: tuple[str, ...] = ()
    advisory: bool = False


class Registration(Rule, frozen=True, kw_only=True):
    id: str
    applies_to: Literal["sender", "template", "campaign", "number", "provider"]
    required: bool


class ProhibitedContent(Rule, frozen=True, kw_only=True):
    items: tuple[str, ...]


class Retention(Rule, frozen=True, kw_only=True):
    """How long to keep a record at least; no `min` means for ever."""

    what: str
    min: Period | None
    counted_from: str | None = msgspec.field(name="from", default=None)
    fields: tuple[str, ...] = ()


class Rulebook(Part, frozen=True, kw_only=True):
    """The rules of one jurisdiction; `hash` is the SHA-256 of the file's bytes."""

    hash: bytes
    id: Annotated[str, Meta(pattern=r"^[A-Z]{2}(?:-[A-Z0-9]{1,3})?$")]
    version: date
    status: Status
    reviewed_by: str | None = None
    effective: Effective | None = None
    scope: Scope
    sources: dict[str, Source]
    consent: Consent
    quiet_hours: QuietHours
    frequency: tuple[FrequencyCap, ...]
    content: Content
    opt_out: OptOut
    registries: tuple[Registry, ...]
    registration: tuple[Registration, ...]
    prohibited_content: tuple[ProhibitedContent, ...]
    retention: tuple[Retention, ...]
    data_protection: tuple[Statement, ...]
    penalties: tuple[Statement, ...]
    open_points: tuple[str, ...]


def parse(plain: Mapping[str, Any], digest: bytes) -> Rulebook:
    """A rulebook from the plain data of its file; InvalidRulebook names the place of the first fault."""
    name = plain.get("id", "a rulebook")
    if "hash" in plain:
        raise InvalidRulebook(f"{name}: `hash` is computed, not written")
    try:
        rulebook = msgspec.convert({**plain, "hash": digest}, Rulebook, builtin_types=(bytes, date))
    except msgspec.ValidationError as error:
        raise InvalidRulebook(f"{name}: {error}") from error
    _check_citations(rulebook)
    _check_release(rulebook)
    return rulebook


def rules_of(rulebook: Rulebook) -> Iterator[tuple[str, Rule]]:
    """Every rule with its place, such as `consent.accepted[0]`."""
    return _rules_in("", rulebook)


def _rules_in(place: str, value: object) -> Iterator[tuple[str, Rule]]:
    if isinstance(value, Rule):
        yield place, value
    elif isinstance(value, Part):
        for field in value.__struct_fields__:
            yield from _rules_in(f"{place}.{field}".lstrip("."), getattr(value, field))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _rules_in(f"{place}[{index}]", item)


def _check_citations(rulebook: Rulebook) -> None:
    for place, rule in rules_of(rulebook):
        unknown = [source for source in rule.cite if source not in rulebook.sources]
        if unknown:
            raise InvalidRulebook(
                f"{rulebook.id}: {place} cites {unknown[0]!r}, which is not among the sources"
            )


def _check_release(rulebook: Rulebook) -> None:
    if rulebook.status is not Status.RELEASED:
        return
    if not rulebook.reviewed_by:
        raise InvalidRulebook(f"{rulebook.id}: a released rulebook names the human who reviewed it")
    for place, rule in rules_of(rulebook):
        if rule.tier is Tier.LAW and rule.conf is Confidence.MEMORY:
            raise InvalidRulebook(f"{rulebook.id}: {place} is law from memory; verify it before the release")
