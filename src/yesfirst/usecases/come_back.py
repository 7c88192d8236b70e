"""Come back: who said no takes it back by an act of their own, and for what they say, no further.

START takes back all of it and agrees to nothing. An agreement of a person's own takes back the refusal of what it
covers: whoever had refused everything still refuses the rest, so that a list can't bring that in with them. A refusal
of all brands of a controller stays for the others.
"""

from collections.abc import Sequence
from datetime import datetime

from yesfirst.intake.brand import Brand
from yesfirst.store import refusals, subjects
from yesfirst.store.engine import Connection
from yesfirst.store.refusals import Entry
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases.ground import Ground

OWN_ACTS = frozenset({"keyword", "double", "web", "paper", "call"})
"""Methods by which the person acts; a list and another program only tell of it."""


async def start_again(
    ground: Ground, connection: Connection, brand: Brand, subject: SubjectHead, e164: str, at: datetime
) -> None:
    """Lifts every refusal of a locked subject towards the brand."""
    await subjects.unsuppress(connection, subject.id)
    await refusals.lift(connection, entries_of(ground, brand, e164), at)


async def agreed_again(
    ground: Ground,
    connection: Connection,
    brand: Brand,
    subject: SubjectHead,
    e164: str,
    purposes: Sequence[str],
    at: datetime,
) -> None:
    """Lifts the refusal of a locked subject for these purposes, and keeps it for the brand's others."""
    entries = {one.purpose: one for one in entries_of(ground, brand, e164)}
    await refusals.lift(connection, [entries[purpose] for purpose in purposes], at)
    if subject.suppressed_at is None:
        return
    said = await refusals.standing(connection, [entries[None]])
    rest = [one for purpose, one in entries.items() if purpose is not None and purpose not in purposes]
    await refusals.refuse(connection, rest, "reply", said.get(entries[None].hash, subject.suppressed_at))
    await refusals.lift(connection, [entries[None]], at)
    await subjects.unsuppress(connection, subject.id)


def entries_of(ground: Ground, brand: Brand, e164: str) -> list[Entry]:
    """What a number may have said no to at a brand: everything (purpose None), and each purpose."""
    keyring = ground.keyring
    return [
        refusals.of_brand(keyring, brand.id, e164),
        *(refusals.of_purpose(keyring, brand.id, purpose, e164) for purpose in brand.purposes),
    ]
