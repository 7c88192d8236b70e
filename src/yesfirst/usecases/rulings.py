"""Rulings for positions: looked up, or made under the law in force and kept."""

from collections.abc import Iterable
from hashlib import sha256

import msgspec

from yesfirst.rules.consent import Standing
from yesfirst.rules.position import Position, position
from yesfirst.store import rulebooks, rulings
from yesfirst.store.engine import Connection
from yesfirst.store.rulings import NewRuling
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases.law import Law
from yesfirst.usecases.rulebooks import parts_of


def without_consent(head: SubjectHead) -> Position:
    """The position of a person whom no consent event speaks for."""
    return position(head.where, head.recipient, Standing())


async def ids_of(
    connection: Connection, law: Law, brand: str, positions: Iterable[Position]
) -> dict[Position, int]:
    """The rulings on these positions under `law`, which is the brand's; those that are new are made."""
    keys = {key_of(one): one for one in positions}
    known = await rulings.known(connection, brand, law.digest, list(keys))
    missing = {key: one for key, one in keys.items() if key not in known}
    if missing:
        await keep(connection, law, brand, missing.items())
        known |= await rulings.known(connection, brand, law.digest, list(missing))
    return {keys[key]: id for key, id in known.items()}


async def keep(
    connection: Connection, law: Law, brand: str, wanted: Iterable[tuple[bytes, Position]]
) -> None:
    """Makes rulings under `law` on positions, which come with their keys, and says what their digests stand for."""
    made = []
    named: dict[str, tuple[str, ...]] = {}
    for key, one in wanted:
        ruling = law.rule(one)
        digest = law.digest_of(ruling.rulebooks)
        named[digest] = ruling.rulebooks
        made.append(NewRuling(key, one, law.digest, digest, ruling))
    await rulings.put(connection, brand, made)
    for digest, ids in named.items():
        await rulebooks.name(connection, digest, parts_of(law, ids))


def key_of(one: Position) -> bytes:
    return sha256(msgspec.json.encode(one, order="deterministic")).digest()
