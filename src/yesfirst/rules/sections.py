"""The sections of a rulebook as values: consent, hours, frequency, content, refusal, registries, records.

They say what a rulebook can state; `rulebook` puts them together, and other modules apply them.
"""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from yesfirst.rules.calendars import Calendar
from yesfirst.rules.period import Period
from yesfirst.rules.rule import Part, Rule, Statement

Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
# Quoted in the files: YAML 1.1 reads a bare 20:00 as 1200.
ClockTime: TypeAlias = Annotated[str, Meta(pattern=r"^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]


class Expiry(Part, frozen=True, kw_only=True):
    """An implied consent ends a period after what it was implied from.

    By `day` it still counts on the whole local day on which the period ends, by `instant` it ends within it.
    """

    after: Period
    counted_from: Literal["relationship_at", "granted_at"] = msgspec.field(name="from")
    calc: Literal["instant", "day"] = "instant"


class ConsentScope(Part, frozen=True, kw_only=True):
    goods: Literal["any", "similar"] = "any"
    sender: Literal["named", "same_group"] = "named"


class AcceptedConsent(Rule, frozen=True, kw_only=True):
    """A kind of consent that counts here, and the record that it needs.

    `events` are the relationships it may rest on, `conditions` what a person has to judge about it. It never
    `replaces` what a parent accepts: every rulebook that applies has to accept a consent.
    """

    kind: str
    id: str | None = None
    needs: tuple[str, ...]
    expires: Expiry | None = None
    scope: ConsentScope | None = None
    events: tuple[str, ...] = ()
    recipient: Literal["individual", "corporate", "business_role"] | None = None
    sender_type: Literal["charity"] | None = None
    conditions: tuple[str, ...] = ()
    replaces: Literal[False] = False


class NightConsent(Rule, frozen=True, kw_only=True):
    """A further consent for texts at night; `needs` is the field of the record."""

    needs: str


class Reconfirmation(Rule, frozen=True, kw_only=True):
    every: Period
    counted_from: str = msgspec.field(name="from")
    mode: Literal["ask_and_keep", "ask_and_drop"]


class Minors(Rule, frozen=True, kw_only=True):
    """Below this age a guardian has to consent; some states may lower it, and none below `lower_to`."""

    age_below: int
    lower_to: int | None = None
    needs: str


class Practices(Rule, frozen=True, kw_only=True):
    """Ways of asking that void a consent."""

    practices: tuple[str, ...]


class Consent(Part, frozen=True, kw_only=True):
    """`accepted` None says nothing about kinds of consent; an empty list accepts none."""

    burden_of_proof: Statement | None = None
    accepted: tuple[AcceptedConsent, ...] | None = None
    forbidden: Practices | None = None
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
    """Whether public holidays are closed, and those of which calendar."""

    closed: bool
    calendar: Calendar | None = None

    def __post_init__(self) -> None:
        if self.closed != (self.calendar is not None):
            raise ValueError("closed holidays need a calendar, and open ones have none")


class QuietHours(Rule, frozen=True, kw_only=True):
    """When marketing may arrive; a day that is not listed is closed.

    A waiver is a kind of consent, `night_consent` or `express_consent_to_time`.
    """

    basis: Literal["recipient_local"]
    allowed: tuple[OpenHours, ...]
    holidays: Holidays
    waived_by: tuple[str, ...] = ()


class FrequencyCap(Rule, frozen=True, kw_only=True):
    """At most `max` texts in any period of this length, wherever it begins."""

    max: int
    per: Period
    key: Literal["recipient+sender", "recipient+sender+topic"]
    waived_by: tuple[str, ...] = ()


class Requirement(Rule, frozen=True, kw_only=True):
    """What a text must contain, and how it must look; with `every_text` also one that is no marketing."""

    what: str
    every_text: bool = False
    form: str | None = None
    position: Literal["start", "end"] | None = None
    examples: tuple[str, ...] = ()
    forbidden_variants: tuple[str, ...] = ()


class Validity(Rule, frozen=True, kw_only=True):
    """For how many days after a text its contact and its way to refuse must work."""

    days: int


class Content(Part, frozen=True, kw_only=True):
    require: tuple[Requirement, ...]
    first_message: tuple[Requirement, ...] = ()
    validity: Validity | None = None
    language: str | None = None
    other: tuple[Statement, ...] = ()


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
    legal_max: LegalMaximum | None = None
    keywords: Keywords | None = None
    confirmation: Confirmation | None = None
    keep_suppressed: KeepSuppressed | None = None
    other: tuple[Statement, ...] = ()


class Registry(Rule, frozen=True, kw_only=True):
    """A list of people who don't want to be texted; an answer from it holds for `scrub_max_age`.

    `exempt_if` are the kinds of consent that outweigh being listed; an advisory registry never stops a text.
    """

    id: str
    applies: bool
    scrub_max_age: Period | None = None
    exempt_if: tuple[str, ...] = ()
    advisory: bool = False


class Registration(Rule, frozen=True, kw_only=True):
    id: str
    applies_to: Literal[
        "sender", "sender_alpha", "number", "provider", "brand", "template", "campaign", "consent"
    ]
    required: bool


class ProhibitedContent(Rule, frozen=True, kw_only=True):
    items: tuple[str, ...]


class Retention(Rule, frozen=True, kw_only=True):
    """How long to keep a record: at least `min`, at most `max`, or for ever."""

    what: str
    min: Period | None = None
    max: Period | None = None
    for_ever: bool = False
    counted_from: str | None = msgspec.field(name="from", default=None)
    fields: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        Rule.__post_init__(self)
        if self.for_ever == (self.min is not None or self.max is not None):
            raise ValueError("a retention has a min, a max or both, or else is for_ever")


class CrossBorder(Statement, frozen=True, kw_only=True):
    """Taking the numbers of people here abroad needs one of these mechanisms on record."""

    applies: Literal[True]
    mechanisms: tuple[str, ...]
