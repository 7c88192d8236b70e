"""Review: what people wrote that a person has to read, and what was made of it.

A reply whose meaning nobody can tell holds everything to its person from the moment that it is taken in: who may have
said no isn't texted. Whoever reads it says what it was. `stop` withdraws, `keep` lets the held messages be judged
again. `reassigned` says of a wrong number that somebody else has it now, at every brand. To read is on record
(`access.revealed`), since the words are the person's.

Known gap: a message that was held in a run that has ended since stays where it was counted.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from yesfirst.errors import Refused
from yesfirst.ledger import leaf
from yesfirst.ledger.text import BadText, id_text, parse_id
from yesfirst.store import clock, evidence, reviews, subjects
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import new_id, seal, unseal
from yesfirst.store.reviews import Kind, Waiting
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases.actors import Actor, seal_actor
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.held import let_go
from yesfirst.usecases.reassign import Source, hand_on
from yesfirst.usecases.withdraw import withdraw

_COLUMN = "review"


class Resolution(StrEnum):
    STOP = "stop"
    KEEP = "keep"
    DONE = "done"
    REASSIGNED = "reassigned"


RESOLUTIONS = {
    Kind.REPLY: (Resolution.STOP, Resolution.KEEP),
    Kind.WRONG_NUMBER: (Resolution.DONE, Resolution.REASSIGNED),
    Kind.CORRECTION: (Resolution.DONE,),
    Kind.DELETION: (Resolution.DONE,),
}
"""What may be made of each kind."""


@dataclass(frozen=True, slots=True)
class Open:
    """What waits, without what was written."""

    review: str
    brand: str
    kind: Kind
    at: datetime
    resolutions: tuple[Resolution, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """What waits, with the number of its person and what they wrote; `text` None if they wrote nothing."""

    review: str
    brand: str
    kind: Kind
    at: datetime
    number: str = field(repr=False)
    text: str | None = field(repr=False)


async def open_review(
    connection: Connection, subject: SubjectHead, kind: Kind, said: str | None, at: datetime
) -> None:
    """Leaves something for a person to look at; a `reply` holds the locked subject from now on."""
    sealed = seal(subject.key, _COLUMN, said) if said is not None else None
    await reviews.put(connection, new_id(), subject.id, kind, sealed, at)
    if kind is Kind.REPLY:
        await subjects.hold(connection, subject.id, at)


async def list_open(
    ground: Ground, brand: str | None = None, after: bytes | None = None, most: int = 1_000
) -> list[Open]:
    """What waits for a person, the oldest first, behind the review `after`."""
    async with ground.engine.connect() as connection:
        found = await reviews.open_ones(connection, ground.keyring, brand, after, most)
    return [Open(id_text(one.id), one.brand, one.kind, one.at, RESOLUTIONS[one.kind]) for one in found]


async def brand_of(ground: Ground, review: str) -> str:
    """Whose it is; raises Refused (REVIEW_UNKNOWN)."""
    async with ground.engine.connect() as connection:
        return (await _find(ground, connection, review)).brand


async def read(ground: Ground, review: str, actor: Actor) -> Read:
    """Shows what was written, and puts that on record. Raises Refused (REVIEW_UNKNOWN)."""
    async with ground.engine.begin() as connection:
        one = await _find(ground, connection, review)
        at = await clock.now(connection)
        public = {"of": None, "fields": ["phone", "text"]}
        private = {"actor": actor.name}
        revealed = leaf.make("access.revealed", new_id(), one.subject, at, public, private, one.key)
        await evidence.append(connection, [revealed])
    said = unseal(one.key, _COLUMN, one.text_sealed) if one.text_sealed else None
    number = unseal(one.key, "phone", one.phone_sealed)
    return Read(review, one.brand, one.kind, one.at, number, said)


async def resolve(ground: Ground, review: str, resolution: Resolution, actor: Actor) -> None:
    """Says what it was. Raises Refused (REVIEW_UNKNOWN, RESOLUTION_INVALID)."""
    async with ground.engine.begin() as connection:
        one = await _find(ground, connection, review)
        if resolution not in RESOLUTIONS[one.kind]:
            allowed = " or ".join(RESOLUTIONS[one.kind])
            raise Refused("RESOLUTION_INVALID", f"A {one.kind} can't be resolved so.", f"Say {allowed}.")
        if resolution is Resolution.REASSIGNED:
            # Whoever wrote that it is the wrong number had it when they did.
            number = unseal(one.key, "phone", one.phone_sealed)
            await hand_on(ground, connection, number, one.at, Source.REPLY, actor)
        else:
            await subjects.lock(connection, [one.subject])
        at = await clock.now(connection)
        if not await reviews.resolve(connection, one.id, resolution, seal_actor(one.key, actor), at):
            raise _unknown()
        if one.kind is Kind.REPLY:
            await _resolve_reply(ground, connection, one, resolution, actor, at)


async def _resolve_reply(
    ground: Ground, connection: Connection, one: Waiting, resolution: Resolution, actor: Actor, at: datetime
) -> None:
    if resolution is Resolution.STOP:
        number = unseal(one.key, "phone", one.phone_sealed)
        private = {"actor": actor.name}
        await withdraw(ground, connection, [one.brand], number, via="reply", private=private)
    if resolution is Resolution.STOP or await reviews.held_at(connection, one.subject, at) is None:
        await reviews.resolve_replies(connection, one.subject, resolution, at)
        await let_go(connection, one.subject)


async def _find(ground: Ground, connection: Connection, review: str) -> Waiting:
    try:
        id = parse_id(review)
    except BadText:
        raise _unknown() from None
    one = await reviews.open_one(connection, ground.keyring, id)
    if one is None:
        raise _unknown()
    return one


def _unknown() -> Refused:
    hint = "`yesfirst review list` shows what waits."
    return Refused("REVIEW_UNKNOWN", "Nothing of this id waits for a person.", hint)
