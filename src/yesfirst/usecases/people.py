"""Get or create the subjects of numbers, locked in the order of ids."""

from collections.abc import Sequence

from yesfirst.rules.consent import Standing
from yesfirst.rules.jurisdiction import origin_of
from yesfirst.rules.position import Position, Recipient, Whereabouts, position
from yesfirst.store import clock, refusals, subjects
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import new_id, new_key, seal
from yesfirst.store.subjects import NewSubject, SubjectHead
from yesfirst.usecases.brand_law import law_of
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.reassess import place
from yesfirst.usecases.rulings import ids_of


async def subjects_of(
    ground: Ground, connection: Connection, people: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], SubjectHead]:
    """The locked subjects of (brand, E.164 number) pairs, each with a ruling. A number may be new to its brand."""
    found: dict[tuple[str, str], SubjectHead] = {}
    # Whose number was handed on while we waited for them is missing: whoever has it now is made known next.
    while missing := [pair for pair in people if pair not in found]:
        found |= await _get_or_create(ground, connection, missing)
    return found


async def _get_or_create(
    ground: Ground, connection: Connection, people: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], SubjectHead]:
    by_brand: dict[str, list[str]] = {}
    for brand, e164 in people:
        by_brand.setdefault(brand, []).append(e164)
    now = await clock.now(connection)
    ids: list[bytes] = []
    pairs: dict[bytes, tuple[str, str]] = {}
    for brand, numbers in sorted(by_brand.items()):
        standing = await law_of(ground, connection, brand, now)
        law, controller = standing.law, standing.brand.controller
        positions = {e164: position_of(e164) for e164 in numbers}
        rulings = await ids_of(connection, law, brand, set(positions.values()))
        new = [_new(ground, brand, controller, e164, one, rulings[one]) for e164, one in positions.items()]
        pairs.update({one.lookup: (brand, e164) for one, e164 in zip(new, positions, strict=True)})
        ids += await subjects.ensure(connection, ground.keyring, brand, controller, new)
    await subjects.lock(connection, ids)
    heads = await place(ground, connection, await subjects.heads(connection, ground.keyring, ids))
    return {pairs[head.lookup]: head for head in heads}


def position_of(e164: str) -> Position:
    """Where somebody stands of whom nothing is known but the number."""
    return position(Whereabouts(origin=origin_of(e164)), Recipient.INDIVIDUAL, Standing())


def _new(
    ground: Ground, brand: str, controller: str, e164: str, position: Position, ruling: int
) -> NewSubject:
    key = new_key()
    return NewSubject(
        id=new_id(),
        lookup=ground.keyring.lookup_of(brand, e164),
        entries=refusals.entries_of(ground.keyring, brand, controller, e164),
        key=key,
        phone_sealed=seal(key, "phone", e164),
        origin=position.where.origin,
        ruling=ruling,
    )


async def known_subjects(
    ground: Ground, connection: Connection, people: Sequence[tuple[str, str]]
) -> dict[str, SubjectHead]:
    """The locked subjects of those (brand, E.164 number) pairs that are known, by brand; nobody is created."""
    lookups = {ground.keyring.lookup_of(brand, e164) for brand, e164 in people}
    ids = await subjects.find_each(connection, sorted(lookups))
    await subjects.lock(connection, ids)
    heads = await place(ground, connection, await subjects.heads(connection, ground.keyring, ids))
    return {head.brand: head for head in heads if head.lookup in lookups}
