"""What was agreed to in a case, as it would be on record: when, for how long, and what is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from yesfirst.intake.case_given import Consented, Given, Promise, all_known, words
from yesfirst.intake.case_spelling import InvalidCase
from yesfirst.intake.vocabulary import practices
from yesfirst.rules.consent import ON_EVERY_RECORD, Record
from yesfirst.rules.period import later
from yesfirst.rules.rulebook import Rulebook
from yesfirst.rules.ruling import GUARDIAN

_YESTERDAY = timedelta(days=1)
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_ON_A_RELATIONSHIP = frozenset({"existing_relationship", "soft_opt_in", "inferred"})
_PERIODS = {"hour": "PT1H", "day": "P1D", "week": "P7D", "month": "P1M", "year": "P1Y"}


@dataclass(frozen=True, slots=True)
class Grant:
    """An agreement as it is recorded; with `waits` it waits for its confirmation."""

    kind: str
    given: datetime
    expires: datetime | None
    night: bool
    waits: bool
    record: Record


def grants_of(consent: Consented, given: Given, books: Mapping[str, Rulebook]) -> tuple[Grant, ...]:
    rests = consent.kind in _ON_A_RELATIONSHIP or consent.granted_at is None
    first = (consent.relationship_at if rests else None) or consent.granted_at or given.now - _YESTERDAY
    expires = consent.valid_until
    if consent.valid_for is not None:
        expires = _after(first, consent.valid_for, "given.consent.valid_for")
    record = _record(consent, given, books)
    night = isinstance(consent.night_ok, datetime) or bool(consent.night_ok)
    return tuple(
        Grant(consent.kind, at, expires, night, _waits(consent, given.now), record)
        for at in (first, consent.reconfirmed_at)
        if at is not None and at <= given.now
    )


def _waits(consent: Consented, now: datetime) -> bool:
    confirmed = consent.confirmed_at is not None and consent.confirmed_at <= now
    return (
        consent.pending or consent.method == "double" or consent.confirmed_at is not None
    ) and not confirmed


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
    promised = consent.frequency or given.frequency or ()
    return Record(
        fields=tuple(sorted(fields)),
        practices=tuple(
            sorted(all_known("consent.collection", words(consent.collection), practices())),
        ),
        event=consent.relationship_event,
        promised=tuple(map(_cap, (promised,) if isinstance(promised, Promise) else promised)),
    )


def _cap(promise: Promise) -> str:
    per = _PERIODS.get(promise.per, promise.per)
    _after(_ANY_TIME, per, "given.consent.frequency.per")
    return f"{promise.max}/{per}"
