"""Get or create the subjects of numbers, locked in the order of ids."""

from collections.abc import Sequence

from yesfirst.store import subjects
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import new_id, new_key, seal
from yesfirst.store.subjects import NewSubject, SubjectHead
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.reassess import reassess


async def subjects_of(
    ground: Ground, connection: Connection, people: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], SubjectHead]:
    """The locked subjects of (brand, E.164 number) pairs, under the rulebooks in force.

    A number may be new to its brand.
    """
    by_brand: dict[str, list[str]] = {}
    for brand, e164 in people:
        by_brand.setdefault(brand, []).append(e164)
    ids: list[bytes] = []
    pairs: dict[bytes, tuple[str, str]] = {}
    for brand, numbers in sorted(by_brand.items()):
        new = [_new(ground, brand, e164) for e164 in numbers]
        pairs.update({one.lookup: (brand, e164) for one, e164 in zip(new, numbers, strict=True)})
        ids += await subjects.ensure(connection, ground.keyring, brand, new)
    await subjects.lock(connection, ids)
    heads = await reassess(ground, connection, await subjects.heads(connection, ground.keyring, ids))
    return {pairs[head.lookup]: head for head in heads}


def _new(ground: Ground, brand: str, e164: str) -> NewSubject:
    key = new_key()
    place = ground.law.place_of(e164)
    return NewSubject(
        id=new_id(),
        lookup=ground.keyring.lookup_of(brand, e164),
        refusal=ground.keyring.refusal_of(brand, e164),
        key=key,
        phone_sealed=seal(key, "phone", e164),
        rulebooks=place.rulebooks,
        window_class=place.window_class,
        law=place.law,
    )
