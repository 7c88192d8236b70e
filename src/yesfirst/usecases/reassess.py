"""Bring rulings under the law in force: when rulebooks were replaced, when a rule's day came, when people are new here.

Nobody can be claimed or called under a ruling that the law in force did not make. Rulings are as many as there are
positions, so a changed rulebook is worked in within moments, whatever the number of people; only people whom no
version before this one has placed are taken one by one.

Known gaps: while processes with different rulebooks run side by side, each takes the rulings back; a new release
of the numbering data alone moves nobody.
"""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from yesfirst.rules.jurisdiction import origin_of
from yesfirst.store import brands, clock, rulings, subjects
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import unseal
from yesfirst.store.rulings import SubjectPlace
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases import consents
from yesfirst.usecases.brand_law import law_of
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.rulings import ids_of, keep, without_consent

BATCH = 1_000
"""People or rulings per transaction; about half a second of work."""


async def reassess_all(ground: Ground) -> None:
    """Until nothing is left that no other transaction holds."""
    while await reassess_some(ground):
        pass


async def reassess_some(ground: Ground) -> int:
    """One batch; how many. Costs a few index seeks when there is nothing to do; several processes may share it."""
    async with ground.engine.connect() as connection:
        stored = await brands.all_brands(connection)
    for one in stored:
        if done := await _rule_anew(ground, one.id):
            return done
    async with ground.engine.begin() as connection:
        people = await rulings.lock_unplaced(connection, BATCH)
        if people:
            await place(ground, connection, await subjects.heads(connection, ground.keyring, people))
    return len(people)


async def _rule_anew(ground: Ground, brand: str) -> int:
    async with ground.engine.begin() as connection:
        law = (await law_of(ground, connection, brand, await clock.now(connection))).law
        stale = await rulings.lock_stale(connection, brand, law.digest, BATCH)
        await keep(connection, law, brand, [(one.key, one.position) for one in stale])
    return len(stale)


async def place(ground: Ground, connection: Connection, people: Sequence[SubjectHead]) -> list[SubjectHead]:
    """Gives locked subjects a ruling who have none, with their eligibility; the subjects as they are now."""
    unplaced = [head for head in people if head.ruling is None]
    placed = {head.id: head for head in await place_anew(ground, connection, unplaced)}
    return [placed.get(head.id, head) for head in people]


async def place_anew(
    ground: Ground, connection: Connection, people: Sequence[SubjectHead]
) -> list[SubjectHead]:
    """Rulings for locked subjects of whom other things are known now; the subjects with them."""
    if not people:
        return []
    now = await clock.now(connection)
    placed: list[SubjectHead] = []
    for brand in sorted({head.brand for head in people}):
        law = (await law_of(ground, connection, brand, now)).law
        heads = [_located(head) for head in people if head.brand == brand]
        ids = await ids_of(connection, law, brand, {without_consent(head) for head in heads})
        placed += [replace(head, ruling=ids[without_consent(head)]) for head in heads]
    places = [
        SubjectPlace(head.id, head.where.origin, head.ruling) for head in placed if head.ruling is not None
    ]
    await rulings.place(connection, places)
    await consents.recompute(ground, connection, placed)
    return placed


def _located(head: SubjectHead) -> SubjectHead:
    origin = origin_of(unseal(head.key, "phone", head.phone_sealed))
    return replace(head, where=msgspec.structs.replace(head.where, origin=origin))
