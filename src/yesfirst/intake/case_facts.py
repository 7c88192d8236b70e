"""What the facts of a case come to, in the terms of the rules.

What a case doesn't say is as it should be: all fields of the record are there, all that must be registered is, and
what lies after `now` has not happened yet. A pack that the number does not lead to is where the person resides. A
number of a range that is kept for fiction stands for one of its country that could be given to somebody.

Known gaps: only one residence can be told; a second step of a double consent can't be.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import available_timezones

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from yesfirst.intake.case_given import Consented, Given, InvalidCase, Promise, Words, all_known, known, words
from yesfirst.intake.case_text import offer_of, wording_of
from yesfirst.intake.vocabulary import practices
from yesfirst.rulebooks import load_all
from yesfirst.rules.consent import ON_EVERY_RECORD, Record
from yesfirst.rules.content import Offer
from yesfirst.rules.decision import LAST_ZONE, Check, MessageClass
from yesfirst.rules.jurisdiction import Jurisdiction, origin_of, resolve
from yesfirst.rules.numbers import Number, parse
from yesfirst.rules.period import later
from yesfirst.rules.position import Recipient
from yesfirst.rules.rulebook import Rulebook
from yesfirst.rules.ruling import GUARDIAN
from yesfirst.rules.wording import Wording

_NORTH_AMERICA = 1
_MARKETING = frozenset({"marketing", "mixed"})
_YESTERDAY = timedelta(days=1)
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_RECIPIENTS = {
    **{each.value: each for each in Recipient},
    **dict.fromkeys(("person", "consumer", "sole_trader", "partnership"), Recipient.INDIVIDUAL),
    **dict.fromkeys(("company", "limited_company"), Recipient.CORPORATE),
}
_ANYWHERE = "+15005550123"
"""A North American number that is of no place; everywhere else the number's country tells the zones."""
_OF_CHARITIES = "charity_support"
_ON_A_RELATIONSHIP = frozenset({"existing_relationship", "soft_opt_in", "inferred"})


@dataclass(frozen=True, slots=True)
class Grant:
    """An agreement as it is recorded; with `waits` it waits for its confirmation."""

    kind: str
    given: datetime
    expires: datetime | None
    night: bool
    waits: bool
    record: Record


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """All that is known in a case. `number` is None where a text can reach none; `books` are the law, by id.

    `grants` go by time. `other_purpose`: they are for another purpose than the text. `unasked`: nothing was agreed.
    """

    number: str | None
    now: datetime
    books: Mapping[str, Rulebook]
    message_class: MessageClass
    wording: Wording
    offer: Offer
    grants: tuple[Grant, ...]
    other_purpose: bool
    unasked: bool
    withdrawn_at: datetime | None
    suppressed_at: datetime | None
    via: str
    confirmed: bool
    recipient: Recipient
    born: date | None
    residence: str | None
    billing: str | None
    zones: tuple[str, ...]
    charity: bool
    checks: Mapping[str, Check]
    texted: tuple[datetime, ...]


def facts_of(given: Given) -> CaseFacts:
    """The facts of a case; InvalidCase names a key whose value is unknown to the rules."""
    packs = words(given.packs)
    books = _law(packs)
    number = _number(given.number if isinstance(given.number, str) else f"+{given.number}")
    if given.tz == () and number is not None and number.startswith("+1"):
        number = _ANYWHERE
    consent, now = given.consent, given.now
    suppressed = given.suppressed if given.suppressed and given.suppressed.at <= now else None
    kind = MessageClass.MARKETING if given.message.kind in _MARKETING else MessageClass(given.message.kind)
    return CaseFacts(
        number=number,
        now=now,
        books=books,
        message_class=kind,
        wording=wording_of(given.message),
        offer=offer_of(given, books),
        grants=_grants(consent, given, books) if consent else (),
        other_purpose=consent is not None
        and None not in (consent.purpose, given.message.purpose)
        and consent.purpose != given.message.purpose,
        unasked=consent is None,
        withdrawn_at=_past(consent.withdrawn_at if consent else None, now),
        suppressed_at=suppressed.at if suppressed else None,
        via=str(suppressed.via) if suppressed else "",
        confirmed=_confirmed(given, suppressed.at if suppressed else None),
        recipient=known("recipient.type", given.recipient.type, _RECIPIENTS),
        born=_born(given),
        residence=given.residence or _residence(number, packs, books),
        billing=given.billing_address,
        zones=_zones(given.tz or ()),
        charity=given.sender.type == "charity" if given.sender else _supports(consent),
        checks={
            name: Check(asked.listed, asked.checked_at)
            for name, asked in given.registry.items()
            if asked.checked_at is not None and asked.checked_at <= now
        },
        texted=tuple(at for at, kind in _history(given) if kind in _MARKETING),
    )


def _past(instant: datetime | None, now: datetime) -> datetime | None:
    return instant if instant is not None and instant <= now else None


def _law(packs: Sequence[str]) -> Mapping[str, Rulebook]:
    """The rulebooks of the packs and of their parents; a pack without a rulebook adds none."""
    shipped = load_all()
    found: dict[str, Rulebook] = {}
    for id in packs:
        if id in shipped:
            found |= {**_law(shipped[id].scope.parents), id: shipped[id]}
    return MappingProxyType(found)


def _number(written: str) -> str | None:
    """The number in E.164, or one that stands for it; None where no text could reach it."""
    ready = parse(written, "ZZ")
    if isinstance(ready, Number):
        return ready.e164
    try:
        number = phonenumbers.parse(written)
    except NumberParseException:
        return None
    unassigned = phonenumbers.number_type(number) == PhoneNumberType.UNKNOWN
    if not unassigned or not phonenumbers.is_possible_number_for_type(number, PhoneNumberType.MOBILE):
        return None
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if origin_of(e164) is not None or number.country_code == _NORTH_AMERICA:
        return e164
    region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    return phonenumbers.format_number(example, PhoneNumberFormat.E164) if example else None


def _residence(number: str | None, packs: Sequence[str], books: Mapping[str, Rulebook]) -> str | None:
    """The pack that the number does not lead to; of an overlay and its parent the overlay."""
    place = resolve(origin_of(number) if number else None, None, None, books, ("Etc/UTC",))
    reached = place.rulebooks if isinstance(place, Jurisdiction) else ()
    others = [id for id in packs if id not in reached]
    parents = {parent for id in others if id in books for parent in books[id].scope.parents}
    left = [id for id in dict.fromkeys(others) if id not in parents]
    if len(left) > 1:
        raise InvalidCase(f"given.packs: the number leads to none of {', '.join(left)} - state `residence`")
    return left[0] if left else None


def _supports(consent: Consented | None) -> bool:
    """Only a charity has supporters."""
    return consent is not None and consent.relationship_event == _OF_CHARITIES


def _zones(written: Words) -> tuple[str, ...]:
    return tuple(sorted(set(all_known("tz", words(written), frozenset(available_timezones())))))


def _born(given: Given) -> date | None:
    """Of somebody whose age is told, a day in the month before they reached it."""
    if given.recipient.age is None:
        return given.recipient.born
    today = given.now.astimezone(LAST_ZONE).date() - timedelta(days=15)
    return date(today.year - given.recipient.age, today.month, min(today.day, 28))


def _confirmed(given: Given, refused_at: datetime | None) -> bool:
    """Whether the refusal was confirmed; a text after it can only have been that."""
    if refused_at is None or given.suppressed is None:
        return False
    said = (given.suppressed.confirmed, given.confirmed)
    stated = any(one <= given.now if isinstance(one, datetime) else bool(one) for one in said)
    return stated or any(refused_at <= at for at, _ in _history(given))


def _history(given: Given) -> Iterator[tuple[datetime, str]]:
    """When earlier texts came, and of which class they were."""
    for one in given.history:
        at, kind = (one, "marketing") if isinstance(one, datetime) else (one.at, one.kind)
        if at <= given.now:
            yield at, kind


def _grants(consent: Consented, given: Given, books: Mapping[str, Rulebook]) -> tuple[Grant, ...]:
    rests = consent.kind in _ON_A_RELATIONSHIP or consent.granted_at is None
    first = (consent.relationship_at if rests else None) or consent.granted_at or given.now - _YESTERDAY
    expires = consent.valid_until
    if consent.valid_for is not None:
        expires = _after(first, consent.valid_for, "given.consent.valid_for")
    record = _record(consent, given, books)
    night = isinstance(consent.night_ok, datetime) or bool(consent.night_ok)
    return tuple(
        Grant(consent.kind, at, expires, night, consent.method == "double", record)
        for at in (first, consent.reconfirmed_at)
        if at is not None and at <= given.now
    )


def _after(start: datetime, period: str, key: str) -> datetime:
    try:
        return later(start, period, UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidCase(f"{key}: {error}") from None


def _record(consent: Consented, given: Given, books: Mapping[str, Rulebook]) -> Record:
    needed = {
        name
        for book in books.values()
        if book.consent
        for rule in book.consent.accepted or ()
        for name in rule.needs
    }
    missing = {*words(consent.missing), *(name for name, value in consent.record.items() if not value)}
    fields = {*ON_EVERY_RECORD, *needed, *consent.record} - missing - {GUARDIAN}
    if given.recipient.guardian or consent.record.get(GUARDIAN):
        fields.add(GUARDIAN)
    promised = consent.frequency or ()
    return Record(
        fields=tuple(sorted(fields)),
        practices=tuple(
            sorted(all_known("consent.collection", words(consent.collection), practices())),
        ),
        event=consent.relationship_event,
        promised=tuple(map(_cap, (promised,) if isinstance(promised, Promise) else promised)),
    )


def _cap(promise: Promise) -> str:
    _after(_ANY_TIME, promise.per, "given.consent.frequency.per")
    return f"{promise.max}/{promise.per}"
