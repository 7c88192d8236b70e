"""Write consent events: the leaf, the chain and what it adds up to, in the transaction of the caller.

The subjects are locked by the caller. An event that would have no effect is not written: a leaf says that
something changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from yesfirst.ledger import leaf
from yesfirst.ledger.leaf import Leaf
from yesfirst.ledger.text import hash_text, time_text
from yesfirst.rules.consent import (
    BARE_RECORD,
    EVERY_PURPOSE,
    ConsentEvent,
    ConsentType,
    NoEffect,
    Record,
    Standing,
    Standings,
    TakesEffect,
    apply,
    effect,
    fold,
    standing_of,
)
from yesfirst.rules.position import Position, position
from yesfirst.store import clock, consents, evidence
from yesfirst.store.consents import EligibilityRow
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import new_id
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases.brand_law import law_of
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.law import Law
from yesfirst.usecases.rulings import ids_of, without_consent

UNRESOLVED = "unresolved"
EVERYTHING = (EVERY_PURPOSE,)


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a person agreed to, in which words, when, until when; `phone` and `private` are committed to.

    A confirm or a renew says `of` which event, by its leaf hash.
    """

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
    record: Record = BARE_RECORD
    private: Mapping[str, str] = field(default_factory=dict)
    type: ConsentType = ConsentType.GRANT
    of: bytes | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A leaf that was added to a person's chain, and what the chain adds up to since."""

    leaf: Leaf
    standings: Standings


@dataclass(frozen=True, slots=True)
class _Written:
    subject: SubjectHead
    event: ConsentEvent
    leaf: Leaf
    standings: Standings


async def grant(
    ground: Ground, connection: Connection, brand: str, wanted: Sequence[tuple[SubjectHead, Agreement]]
) -> list[TakesEffect | NoEffect]:
    """Records one agreement per person where it has an effect; what it had, in the order given.

    Raises BrokenChain for a confirm or a renew of an event that isn't there: see what stands first.
    """
    chains = await consents.events_of(connection, [subject.id for subject, _ in wanted if subject.sseq])
    at = await clock.now(connection)
    law = (await law_of(ground, connection, brand, at)).law
    written: list[_Written] = []
    effects: list[TakesEffect | NoEffect] = []
    for subject, agreement in wanted:
        standings = fold(chains.get(subject.id, ()))
        event = _event(subject, agreement, max(at, agreement.given))
        found = effect(standings, event)
        effects.append(found)
        if isinstance(found, TakesEffect):
            written.append(
                _written(law, subject, brand, replace(event, purposes=found.purposes), agreement, standings)
            )
    await _store(connection, law, brand, written)
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
    purposes: tuple[str, ...] = EVERYTHING,
) -> Written:
    """Records that a person said stop; always written, since each refusal is a fact of its own."""
    standings = await standings_of(connection, subject)
    public = {
        "sseq": subject.sseq,
        "prev": hash_text(subject.shash) if subject.shash else None,
        "brand": brand,
        "channel": "sms",
        "purpose": list(purposes),
        "via": via,
    }
    withdrawal = leaf.make("consent.withdraw", new_id(), subject.id, at, public, private, subject.key)
    event = ConsentEvent(
        ConsentType.WITHDRAW, subject.sseq, purposes, "sms", at=at, leaf_hash=withdrawal.hash
    )
    law = (await law_of(ground, connection, brand, at)).law
    written = _Written(subject, event, withdrawal, apply(standings, event))
    await _store(connection, law, brand, [written])
    return Written(withdrawal, written.standings)


async def standings_of(connection: Connection, subject: SubjectHead) -> Standings:
    """What a locked subject's chain adds up to."""
    return fold((await consents.events_of(connection, [subject.id])).get(subject.id, ()))


async def recompute(ground: Ground, connection: Connection, people: Sequence[SubjectHead]) -> None:
    """Eligibility anew from the chains of locked subjects, under the law in force."""
    chains = await consents.events_of(connection, [head.id for head in people])
    now = await clock.now(connection)
    for brand in sorted({head.brand for head in people}):
        law = (await law_of(ground, connection, brand, now)).law
        standings = [(head, fold(chains.get(head.id, ()))) for head in people if head.brand == brand]
        await _put_eligibility(connection, law, brand, standings)


async def _store(connection: Connection, law: Law, brand: str, written: Sequence[_Written]) -> None:
    if not written:
        return
    await evidence.append(connection, [one.leaf for one in written])
    await consents.append(connection, [(one.subject.id, one.event) for one in written])
    await _put_eligibility(connection, law, brand, [(one.subject, one.standings) for one in written])


async def _put_eligibility(
    connection: Connection, law: Law, brand: str, people: Sequence[tuple[SubjectHead, Standings]]
) -> None:
    """A row for every purpose that an event has named, and one for all others after a refusal of everything."""
    found = [
        (head, purpose, (standing := standing_of(standings, purpose, channel)), _position(head, standing))
        for head, standings in people
        for purpose, channel in standings
    ]
    rulings = await ids_of(connection, law, brand, {place for _, _, _, place in found})
    rows = [_row(head.id, purpose, standing, rulings[place]) for head, purpose, standing, place in found]
    await consents.put_eligibility(connection, rows)


def _position(head: SubjectHead, standing: Standing) -> Position:
    return position(head.where, head.recipient, standing)


def _row(subject: bytes, purpose: str, standing: Standing, ruling: int) -> EligibilityRow:
    event = standing.open
    last = event or standing.pending or standing.withdrawal
    return EligibilityRow(
        subject=subject,
        purpose=purpose,
        agreed_at=event.at if event else None,
        given=event.given if event else None,
        expires=event.exp if event else None,
        proof=last.leaf_hash if last else None,
        ruling=ruling,
    )


def _event(subject: SubjectHead, agreement: Agreement, at: datetime) -> ConsentEvent:
    return ConsentEvent(
        type=agreement.type,
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
        of=agreement.of,
        night=agreement.night,
        record=agreement.record,
    )


def _written(
    law: Law,
    subject: SubjectHead,
    brand: str,
    event: ConsentEvent,
    agreement: Agreement,
    standings: Standings,
) -> _Written:
    rulebooks = law.rule(without_consent(subject)).rulebooks
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
        "jur": ".".join(rulebooks) or UNRESOLVED,
        "lang": agreement.language,
        "notice": hash_text(agreement.notice),
        "privacy": agreement.privacy,
        "freq": agreement.frequency,
        "night": agreement.night,
    }
    if agreement.of is not None:
        public["of"] = hash_text(agreement.of)
    private = {"phone": agreement.phone, **agreement.private}
    made = leaf.make(f"consent.{event.type}", new_id(), subject.id, event.at, public, private, subject.key)
    event = replace(event, leaf_hash=made.hash)
    return _Written(subject, event, made, apply(standings, event))
