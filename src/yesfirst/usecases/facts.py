"""Facts about one person as of an instant, for `rules.decision`: what is kept as it was, and what only as it is now.

Known gaps: of several refusals by one number only the last is kept with its lifting, so an earlier one is told
from the consent chain, where only an agreement after it ends it; a text that turned out not to have reached the
carrier does not count against a cap, though it did while it was in hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from yesfirst.intake.brand import Brand
from yesfirst.rules.consent import EVERY_PURPOSE, ConsentEvent, ConsentType, fold, standing_of
from yesfirst.rules.decision import Facts, MessageClass, consent_of
from yesfirst.rules.jurisdiction import origin_of
from yesfirst.rules.position import Recipient, Whereabouts, position
from yesfirst.store import consents, pasts, registries, reviews, subjects
from yesfirst.store.engine import Connection
from yesfirst.store.pasts import Refusal
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases.ground import Ground


@dataclass(frozen=True, slots=True)
class Past:
    """Which past is asked about: up to an instant, or up to the consent events and leaves that a decision saw.

    `events` is how many consent events there were, `leaf` the id of the decision's own leaf.
    """

    at: datetime
    events: int | None = None
    leaf: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The facts, with the open consent's notice and the language in which the person is texted."""

    facts: Facts
    notice: bytes | None
    language: str | None


async def head_of(ground: Ground, connection: Connection, subject: bytes | None) -> SubjectHead | None:
    """The subject as it is now; None for nobody and for somebody erased."""
    heads = await subjects.heads(connection, ground.keyring, [subject] if subject else [])
    return heads[0] if heads else None


async def facts_of(
    ground: Ground,
    connection: Connection,
    brand: Brand,
    e164: str,
    head: SubjectHead | None,
    purpose: str,
    past: Past,
) -> Found:
    """What is known of a number that may be new to the brand, without any text."""
    chain = (await consents.events_of(connection, [head.id])).get(head.id, []) if head else []
    # The beginning of the chain: a part from the middle would be none, though clocks may have been set back.
    events = list(takewhile(lambda event: _counts(event, past), chain))
    standing = standing_of(fold(events), purpose, "sms")
    refusal = await pasts.refusal(connection, brand.id, ground.keyring.refusal_of(brand.id, e164))
    where = head.where if head else Whereabouts(origin=origin_of(e164))
    recipient = head.recipient if head else Recipient.INDIVIDUAL
    event = standing.open
    facts = Facts(
        number_valid=True,
        position=position(where, recipient, standing),
        message_class=MessageClass.MARKETING,
        suppressed_at=suppressed_at(refusal, events, past.at),
        held_at=await reviews.held_at(connection, head.id, past.at) if head else None,
        consent=consent_of(standing),
        born=head.born if head else None,
        checks=await registries.checks_of(connection, head.id) if head else {},
        texted=await pasts.texted(connection, head.id, past.at, past.leaf) if head else (),
        charity=brand.charity,
    )
    return Found(facts, event.notice if event else None, head.language if head else None)


def suppressed_at(refusal: Refusal | None, events: Sequence[ConsentEvent], at: datetime) -> datetime | None:
    """Since when the number was refused at `at`; None if it wasn't."""
    if refusal is None:
        return None
    if refusal.since <= at:
        return refusal.since if refusal.lifted_at is None or refusal.lifted_at > at else None
    refused: datetime | None = None
    for event in events:
        if event.type is not ConsentType.WITHDRAW:
            refused = None
        elif EVERY_PURPOSE in event.purposes:
            refused = event.at
    return refused


def _counts(event: ConsentEvent, past: Past) -> bool:
    return event.at <= past.at if past.events is None else event.sseq < past.events
