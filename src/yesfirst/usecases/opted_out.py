"""The carrier refuses a text since its person is on the carrier's own list of opt-outs: they said stop, and not to us.

That withdraws from every brand that shares the sender, in the transaction that writes down the refusal: no crash leaves
the one without the other. A report that comes again, or after the person took their refusal back, changes nothing: once
they have withdrawn since the call, this call says nothing new.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from yesfirst.carriers.twilio import OPTED_OUT
from yesfirst.rules.consent import EVERY_PURPOSE, ConsentType
from yesfirst.store import brands, clock, consents, handed, hearing, subjects
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import unseal
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.people import subjects_of
from yesfirst.usecases.withdraw import withdraw


@dataclass(frozen=True, slots=True)
class _Person:
    """Who was called, locked at every brand of the sender."""

    subject: SubjectHead
    brands: tuple[str, ...]
    number: str = field(repr=False)
    called_at: datetime | None


def says_opted_out(code: int | None) -> bool:
    """Whether a carrier's code, of a refusal or of a status, is about its own list of opt-outs."""
    return code in OPTED_OUT


@asynccontextmanager
async def heeding(ground: Ground, message: bytes) -> AsyncIterator[Connection]:
    """A transaction in which to write down what the carrier says of a message or an ask.

    At its beginning the subjects are locked, at its end they have withdrawn.
    """
    async with ground.engine.begin() as connection:
        person = await _hold(ground, connection, message)
        yield connection
        if person is not None:
            await _heed(ground, connection, person)


async def _hold(ground: Ground, connection: Connection, message: bytes) -> _Person | None:
    """None if it is not ours, or its person can't be found by their number any more."""
    found = await handed.find(connection, message)
    heads = await subjects.heads(connection, ground.keyring, [found.subject] if found else [])
    if found is None or not heads:
        return None
    number = unseal(heads[0].key, "phone", heads[0].phone_sealed)
    # Its own brand too, which may have another sender by now.
    sharing = sorted({heads[0].brand, *await brands.brands_of(connection, [found.sender])})
    locked = await subjects_of(ground, connection, [(brand, number) for brand in sharing])
    subject = locked[heads[0].brand, number]
    if subject.id != found.subject:  # the number has changed hands meanwhile
        return None
    return _Person(subject, tuple(sharing), number, found.called_at)


async def _heed(ground: Ground, connection: Connection, person: _Person) -> None:
    events = (await consents.events_of(connection, [person.subject.id])).get(person.subject.id, [])
    said_no = [one.at for one in events if one.type is ConsentType.WITHDRAW and EVERY_PURPOSE in one.purposes]
    if person.called_at is not None and any(at >= person.called_at for at in said_no):
        return
    await withdraw(ground, connection, person.brands, person.number, via="carrier", private={})
    if person.subject.suppressed_at is None:
        await hearing.count_opted_out(connection, await clock.now(connection))
