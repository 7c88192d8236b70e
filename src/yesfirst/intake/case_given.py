"""The facts of a case as its author writes them: `given`, read strictly, with every key that may stand there.

Shapes only; `case_facts` says what they come to, `case_spelling` what else they may be called.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import Meta, Struct

from yesfirst.intake.case_spelling import InvalidCase, spelled
from yesfirst.intake.vocabulary import RECORDED, SHOWN
from yesfirst.intake.yamlfile import near
from yesfirst.rules.content import SenderKind
from yesfirst.rules.wording import Place

Instant: TypeAlias = Annotated[datetime, Meta(tz=True)]
Words: TypeAlias = str | tuple[str, ...]
Confirmed: TypeAlias = bool | int | Instant | tuple[Instant, ...]
V = TypeVar("V")

RECORD_FIELDS = (RECORDED | SHOWN).union(
    ("locale", "proof_sha256", "source_ip_or_operator", "policy_pack_version", "guardian_proof")
)
"""Fields of a consent record that a case may state by themselves: with nothing or `false` they are missing."""


class Shape(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mapping in which every key is known, and every instant is one that calendars can count from."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            for one in value if isinstance(value, tuple) else (value,):
                if isinstance(one, date) and not 1900 <= one.year < 2200:
                    raise ValueError(f"{name} lies outside of the years 1900 to 2199")


class Promise(Shape, frozen=True, kw_only=True):
    """How often texts come, as the person was told."""

    max: Annotated[int, Meta(ge=1)]
    per: str


class Consented(Shape, frozen=True, kw_only=True):
    """What was agreed to; `missing` names fields of the record that are absent, `collection` ways of asking.

    `id` names a rule, and decides nothing. A consent that is `pending` waits for its second step, which came at
    `confirmed_at`.
    """

    kind: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,63}\Z")]
    id: str | None = None
    granted_at: Instant | None = None
    relationship_event: str | None = None
    relationship_at: Instant | None = None
    valid_until: Instant | None = None
    valid_for: str | None = None
    withdrawn_at: Instant | None = None
    withdrawn_via: str | None = None
    reconfirmed_at: Instant | None = None
    collection: Words = ()
    missing: Words = ()
    goods: str | None = None
    night_ok: bool | Instant | None = None
    frequency: Promise | tuple[Promise, ...] | None = None
    purpose: str | None = None
    method: str | None = None
    pending: bool = False
    confirmed_at: Instant | None = None
    record: dict[str, object] = {}


class Said(Shape, frozen=True, kw_only=True):
    """The text, by its facts, and what its campaign declares; a `topic` may be one that no rule knows."""

    kind: Literal["marketing", "mixed", "transactional", "opt_out_confirmation"] = msgspec.field(name="class")
    sender_name: bool | str | None = True
    contact: bool | str | None = True
    opt_out_instruction: bool | str | None = True
    signature: bool | str | None = True
    label: bool | str | None = None
    label_position: Place = Place.START
    opt_out_position: Place = Place.END
    variables: bool | Words = False
    private_contact: bool = False
    prohibited: bool | Words = ()
    topic: Words = ()
    goods: str | None = None
    purpose: str | None = None
    sender_kind: SenderKind = SenderKind.ALPHA
    targeted: bool = False
    non_personalised_option: bool = False


class Person(Shape, frozen=True, kw_only=True):
    """Who is texted; `guardian` tells that a guardian's consent is on record."""

    type: str = "individual"
    age: Annotated[int, Meta(ge=0, le=150)] | None = None
    born: date | None = None
    guardian: bool | str | None = None


class Refused(Shape, frozen=True, kw_only=True):
    """A refusal, whether it was answered by the one confirmation that is allowed, and when it was taken back."""

    at: Instant
    via: str | int = "reply"
    lifted_at: Instant | None = None
    confirmed: Confirmed = False


class Earlier(Shape, frozen=True, kw_only=True):
    """A text that the person got; it counts whatever its topic."""

    at: Instant
    kind: str = msgspec.field(name="class", default="marketing")
    topic: str | None = None


class Asked(Shape, frozen=True, kw_only=True):
    """What a registry said; without an instant it was not asked."""

    listed: bool = False
    checked_at: Instant | None = None


class Transfer(Shape, frozen=True, kw_only=True):
    """A mechanism on record under which numbers leave a jurisdiction."""

    origin: str = msgspec.field(name="from")
    mechanism: str


class From(Shape, frozen=True, kw_only=True):
    """Who texts."""

    type: str


class Given(Shape, frozen=True, kw_only=True):
    """All facts of a case; a number that is not in quotes has lost its plus sign.

    `tz` empty means that nobody can tell the time zone, None that the place tells it. `transfers` None means that
    whatever is needed is on record.
    """

    number: str | int
    packs: Words
    now: Instant
    message: Said
    consent: Consented | None = None
    tz: Words | None = None
    sender: From | None = None
    residence: str | None = None
    billing_address: str | None = None
    recipient: Person = Person()
    suppressed: Refused | None = None
    history: tuple[Instant | Earlier, ...] = ()
    registry: dict[str, Asked] = {}
    missing_registrations: Words = ()
    missing_gates: Words = ()
    transfers: tuple[Transfer, ...] | None = None
    processed_in: str = "US"
    frequency: Promise | tuple[Promise, ...] | None = None
    confirmed: Confirmed = False


_PARTS: Mapping[str, type[Struct]] = {
    "consent": Consented,
    "message": Said,
    "recipient": Person,
    "suppressed": Refused,
}
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<key>[^`]*)`(?: - at `\$(?P<place>[^`]*)`)?")


def read_given(plain: object) -> Given:
    """The facts of a case; InvalidCase names the first key that is unknown or wrong."""
    given = spelled(plain)
    if isinstance(given.get("consent"), dict):
        given["consent"] = _with_record(given["consent"])
    try:
        return msgspec.convert(given, Given)
    except msgspec.ValidationError as error:
        raise InvalidCase(_sentence(str(error))) from None


def words(written: Words) -> tuple[str, ...]:
    """A list of which a single element may stand alone."""
    return (written,) if isinstance(written, str) else written


def known(key: str, name: str, those: Mapping[str, V]) -> V:
    """What a name stands for; InvalidCase with the nearest one where it is unknown."""
    if name not in those:
        hint = near(name, those)
        raise InvalidCase(f'given.{key}: "{name}" is unknown' + (f" - {hint}" if hint else ""))
    return those[name]


def all_known(key: str, names: Sequence[str], those: frozenset[str]) -> tuple[str, ...]:
    """The names, all of which are known."""
    for name in names:
        known(key, name, dict.fromkeys(those))
    return tuple(names)


def check_keys(keys: Iterable[str], those: Collection[str], place: str = "") -> None:
    """InvalidCase for the first key that is none of those."""
    for key in keys:
        if key not in those:
            raise InvalidCase(_unknown(key, those, place))


def _unknown(key: str, those: Iterable[str], place: str) -> str:
    hint = near(key, those)
    return f"{place}{key}: unknown key" + (f" - {hint}" if hint else "")


def _with_record(consent: dict[str, Any]) -> dict[str, Any]:
    """The consent with its fields of the record by themselves."""
    known = set(Consented.__struct_fields__) - {"record"}
    absent = {key: None for key, value in consent.items() if value is None and key in RECORD_FIELDS}
    record = {**{key: value for key, value in consent.items() if key not in known}, **absent}
    check_keys(record, known | RECORD_FIELDS, "given.consent.")
    stated = {key: value for key, value in consent.items() if key in known and value is not None}
    return {**stated, "record": record}


def _sentence(message: str) -> str:
    """The reader's message with the key in front, and in our words."""
    unknown = _UNKNOWN.match(message)
    if unknown:
        part = (unknown["place"] or "").strip(".")
        shape = _PARTS.get(part, Given if not part else Shape)
        return _unknown(unknown["key"], shape.__struct_encode_fields__, f"given.{part}.".replace("..", "."))
    words, _, place = message.partition(" - at `$")
    return f"given{place.rstrip('`')}: {words.replace('`', chr(34))}"
