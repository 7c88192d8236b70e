"""Who did it: the names of people who plan and approve, kept under a key of their own record."""

from dataclasses import dataclass

from yesfirst.store import keys
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import Keyring, new_key, seal, unseal


@dataclass(frozen=True, slots=True)
class Actor:
    """A self-declared name; there are no accounts yet."""

    name: str

    def same_as(self, other: "Actor") -> bool:
        return " ".join(self.name.split()).casefold() == " ".join(other.name.split()).casefold()


async def record_key(connection: Connection, keyring: Keyring, record: bytes) -> bytes:
    """The key of a record without a subject, made at first use and kept in the keystore."""
    return await keys.ensure_record_key(connection, keyring, record, new_key())


def seal_actor(key: bytes, actor: Actor) -> bytes:
    return seal(key, "actor", actor.name)


def unseal_actor(key: bytes, sealed: bytes) -> Actor:
    return Actor(unseal(key, "actor", sealed))
