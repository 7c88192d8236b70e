"""What a Y does: it confirms what waits for it, or renews what we asked to renew, and nothing else.

A yes to no question says nothing. A question stands for 30 days, and one to renew only while the consent holds, by its
own end and by law.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from yesfirst.intake.brand import Brand
from yesfirst.ledger import leaf
from yesfirst.ledger.contents import Agreement as AgreementLeaf
from yesfirst.rules.asking import is_awaited
from yesfirst.rules.consent import ConsentEvent, ConsentType, Standing, Standings, TakesEffect
from yesfirst.store import asks, clock, evidence
from yesfirst.store import consents as stored
from yesfirst.store.asks import AskKind
from yesfirst.store.engine import Connection
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases import consents
from yesfirst.usecases.come_back import agreed_again
from yesfirst.usecases.consents import Agreement
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.held import settle_replies


@dataclass(frozen=True, slots=True)
class Yes:
    """A yes as it arrived; `private` is committed to."""

    e164: str = field(repr=False)
    private: Mapping[str, str] = field(repr=False)


async def confirm(
    ground: Ground, connection: Connection, brand: Brand, subject: SubjectHead, yes: Yes
) -> tuple[str, ...]:
    """The purposes that a locked subject's yes has confirmed or renewed; none if nothing waited for it."""
    standings = await consents.standings_of(connection, subject)
    now = await clock.now(connection)
    found = await _asked_to_confirm(connection, subject, standings, now)
    kind = ConsentType.CONFIRM
    if found is None:
        found = await _asked_to_renew(connection, subject, standings, now)
        kind = ConsentType.RENEW
    if found is None:
        return ()
    event, purposes = found
    agreement = await _agreement(connection, subject, event, purposes, kind, yes, now)
    [effect] = await consents.grant(ground, connection, brand.id, [(subject, agreement)])
    if not isinstance(effect, TakesEffect):
        return ()  # it ended in this very moment
    await agreed_again(ground, connection, brand, subject, yes.e164, purposes, now)
    await settle_replies(connection, subject, "keep", now)
    return purposes


async def _asked_to_confirm(
    connection: Connection, subject: SubjectHead, standings: Standings, now: datetime
) -> tuple[ConsentEvent, tuple[str, ...]] | None:
    """The newest question that was asked and still stands, and the purposes that wait for its answer."""
    asked = await asks.answerable(connection, subject.id, AskKind.CONFIRM, AskKind.REMIND)
    waiting = [
        one.pending
        for one in standings.values()
        if one.pending and one.pending.leaf_hash in asked and is_awaited(one.pending, now)
    ]
    if not waiting:
        return None
    newest = max(waiting, key=lambda event: event.sseq)
    return newest, _purposes(standings, lambda standing: standing.pending, newest)


async def _asked_to_renew(
    connection: Connection, subject: SubjectHead, standings: Standings, now: datetime
) -> tuple[ConsentEvent, tuple[str, ...]] | None:
    """What is open, holds, and was asked about; a yes renews what was agreed to first."""
    asked = await asks.answerable(connection, subject.id, AskKind.RENEW)
    rows = await stored.standings_of(connection, subject.id)
    ended = {row.purpose for row in rows if row.consent_ends is not None and row.consent_ends <= now}
    found = [
        one.open
        for (purpose, _), one in standings.items()
        if one.open and one.open.leaf_hash in asked and purpose not in ended
    ]
    if not found:
        return None
    first = min(found, key=lambda event: event.sseq)
    return first, _purposes(standings, lambda standing: standing.open, first)


def _purposes(
    standings: Standings, which: Callable[[Standing], ConsentEvent | None], event: ConsentEvent
) -> tuple[str, ...]:
    return tuple(
        purpose
        for (purpose, _), standing in standings.items()
        if (found := which(standing)) is not None and found.leaf_hash == event.leaf_hash
    )


async def _agreement(
    connection: Connection,
    subject: SubjectHead,
    event: ConsentEvent,
    purposes: tuple[str, ...],
    kind: ConsentType,
    yes: Yes,
    now: datetime,
) -> Agreement:
    """The same agreement again, said by the number itself; a renewed one lasts as long as it did at first."""
    said = await _said(connection, subject, event)
    expires = event.exp
    if kind is ConsentType.RENEW and event.exp is not None and event.given is not None:
        expires = now + (event.exp - event.given)
    assert event.kind is not None
    assert event.notice is not None
    fields = tuple(sorted({*event.record.fields, "proof_ref"}))
    return Agreement(
        purposes=purposes,
        given=now,
        expires=expires,
        method="keyword",
        kind=event.kind,
        language=said.lang,
        notice=event.notice,
        phone=yes.e164,
        night=event.night,
        privacy=said.privacy,
        frequency=said.freq,
        record=msgspec.structs.replace(event.record, fields=fields),
        private=yes.private,
        type=kind,
        of=event.leaf_hash,
    )


async def _said(connection: Connection, subject: SubjectHead, event: ConsentEvent) -> AgreementLeaf:
    """What the event's own leaf says, in the words in which it is sealed."""
    body = await evidence.body_of(connection, subject.id, event.leaf_hash)
    content = leaf.parse(body).content
    if not isinstance(content, AgreementLeaf):
        raise AssertionError("a consent event names a leaf of another type")
    return content
