"""Write consent events: the leaf, the chain and what it adds up to, in the transaction of the caller.

The subjects are locked by the caller. An event that would have no effect is not written: a leaf says that
something changed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from yesfirst.ledger import leaf
from yesfirst.ledger.leaf import Leaf
from yesfirst.ledger.text import hash_text, time_text
from yesfirst.rules.consent import (
    EVERY_PURPOSE,
    ConsentEvent,
    ConsentType,
    NoEffect,
    Standings,
    TakesEffect,
    apply,
    effect,
    fold,
    standing_of,
)
from yesfirst.rules.eligibility import eligibility
from yesfirst.store import clock, consents, evidence
from yesfirst.store.consents import EligibilityRow
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import new_id
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases.ground import Ground

UNRESOLVED = "unresolved"


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a person agreed to, in which words, when, until when; `phone` and `private` are committed to."""

    purposes: tuple[str, ...]
    given: datetime
    expires: datetime | None
    method: str
    kind: str
    language: str
    notice: bytes
    phone: str
    night: bool = False
    privacy: str | None = None
    frequency: str | None = None
    private: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Written:
    subject: SubjectHead
    event: ConsentEvent
    leaf: Leaf
    standings: Standings


async def grant(
    ground: Ground, connection: Connection, brand: str, wanted: Sequence[tuple[SubjectHead, Agreement]]
) -> list[TakesEffect | NoEffect]:
    """Records one agreement per person where it has an effect; what it had, in the order given."""
    chains = await consents.events_of(connection, [subject.id for subject, _ in wanted if subject.sseq])
    at = await clock.now(connection)
    written: list[_Written] = []
    effects: list[TakesEffect | NoEffect] = []
    for subject, agreement in wanted:
        standings = fold(chains.get(subject.id, ()))
        event = _grant_event(subject, agreement, max(at, agreement.given))
        found = effect(standings, event)
        effects.append(found)
        if isinstance(found, TakesEffect):
            written.append(
                _written(subject, brand, replace(event, purposes=found.purposes), agreement, standings)
            )
    await _store(ground, connection, written)
    return effects


async def withdraw(
    ground: Ground,
    connection: Connection,
    brand: str,
    subject: SubjectHead,
    *,
    via: str,
    private: Mapping[str, str],
    at: datetime,
) -> Leaf:
    """Records that a person said stop to everything; always written, since each refusal is a fact of its own."""
    standings = fold((await consents.events_of(connection, [subject.id])).get(subject.id, ()))
    public = {
        "sseq": subject.sseq,
        "prev": hash_text(subject.shash) if subject.shash else None,
        "brand": brand,
        "channel": "sms",
        "purpose": [EVERY_PURPOSE],
        "via": via,
    }
    withdrawal = leaf.make("consent.withdraw", new_id(), subject.id, at, public, private, subject.key)
    event = ConsentEvent(
        ConsentType.WITHDRAW, subject.sseq, (EVERY_PURPOSE,), "sms", at=at, leaf_hash=withdrawal.hash
    )
    await _store(ground, connection, [_Written(subject, event, withdrawal, apply(standings, event))])
    return withdrawal


async def recompute(ground: Ground, connection: Connection, subjects: Sequence[SubjectHead]) -> None:
    """Eligibility anew from the chains of locked subjects, under the rulebooks now in force."""
    chains = await consents.events_of(connection, [subject.id for subject in subjects])
    rows = [
        row
        for subject in subjects
        for row in _eligibilities(ground, subject, fold(chains.get(subject.id, ())))
    ]
    await consents.put_eligibility(connection, rows)


async def _store(ground: Ground, connection: Connection, written: Sequence[_Written]) -> None:
    if not written:
        return
    await evidence.append(connection, [one.leaf for one in written])
    await consents.append(connection, [(one.subject.id, one.event) for one in written])
    rows = [row for one in written for row in _eligibilities(ground, one.subject, one.standings)]
    await consents.put_eligibility(connection, rows)


def _grant_event(subject: SubjectHead, agreement: Agreement, at: datetime) -> ConsentEvent:
    return ConsentEvent(
        type=ConsentType.GRANT,
        sseq=subject.sseq,
        purposes=agreement.purposes,
        channel="sms",
        at=at,
        leaf_hash=b"",
        given=agreement.given,
        exp=agreement.expires,
        method=agreement.method,
        kind=agreement.kind,
        notice=agreement.notice,
        night=agreement.night,
    )


def _written(
    subject: SubjectHead, brand: str, event: ConsentEvent, agreement: Agreement, standings: Standings
) -> _Written:
    public = {
        "sseq": subject.sseq,
        "prev": hash_text(subject.shash) if subject.shash else None,
        "brand": brand,
        "channel": "sms",
        "purpose": list(event.purposes),
        "kind": agreement.kind,
        "method": agreement.method,
        "given": time_text(agreement.given),
        "exp": time_text(agreement.expires) if agreement.expires else None,
        "jur": (subject.rulebooks or UNRESOLVED).replace("|", "."),
        "lang": agreement.language,
        "notice": hash_text(agreement.notice),
        "privacy": agreement.privacy,
        "freq": agreement.frequency,
        "night": agreement.night,
    }
    private = {"phone": agreement.phone, **agreement.private}
    granted = leaf.make("consent.grant", new_id(), subject.id, event.at, public, private, subject.key)
    event = replace(event, leaf_hash=granted.hash)
    return _Written(subject, event, granted, apply(standings, event))


def _eligibilities(ground: Ground, subject: SubjectHead, standings: Standings) -> Iterable[EligibilityRow]:
    """A row for every purpose that an event has named, and one for all others after a refusal of everything."""
    books = ground.law.books_of(subject.rulebooks)
    for purpose, channel in standings:
        found = eligibility(standing_of(standings, purpose, channel), books)
        yield EligibilityRow(
            subject=subject.id,
            purpose=purpose,
            valid_from=found.valid_from,
            valid_until=found.valid_until,
            reason=found.reason.value if found.reason else None,
            proof=found.proof,
            window_class=ground.law.waived(subject.window_class, found.waivers),
        )
