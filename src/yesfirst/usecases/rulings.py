"""Rulings for positions: looked up, or made under the law in force and kept."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

import msgspec

from yesfirst.rules.consent import Standing
from yesfirst.rules.position import Position, position
from yesfirst.store import rulings
from yesfirst.store.engine import Connection
from yesfirst.store.rulings import NewRuling
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases.law import Law


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
        await rulings.put(connection, brand, make(law, missing.items()))
        known |= await rulings.known(connection, brand, law.digest, list(missing))
    return {keys[key]: id for key, id in known.items()}


def make(law: Law, wanted: Iterable[tuple[bytes, Position]]) -> Sequence[NewRuling]:
    """Rulings under `law` on positions, which come with their keys."""
    made = []
    for key, one in wanted:
        ruling = law.rule(one)
        made.append(NewRuling(key, one, law.digest, law.digest_of(ruling.rulebooks), ruling))
    return made


def key_of(one: Position) -> bytes:
    return sha256(msgspec.json.encode(one, order="deterministic")).digest()
