"""Draft rulebooks: people are texted under them only when somebody has taken that on themselves, on record.

Asked for when a run is started or resumed and when a dispatcher starts, and only where the carrier is a real one.
An acknowledgement is of the exact files: a new version needs a new one.

Known gap: a run that goes on while a dispatcher is replaced by one with newer drafts stops at that dispatcher's
start, not in the runs' own state.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from yesfirst.errors import Refused
from yesfirst.ledger import leaf
from yesfirst.ledger.canonical import Json
from yesfirst.ledger.text import hash_text
from yesfirst.rules.rulebook import Rulebook, Status, memory_rules
from yesfirst.store import acknowledgements, clock, evidence
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import new_id
from yesfirst.usecases.actors import Actor, record_key
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.law import Law
from yesfirst.usecases.rulebooks import record


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it is acknowledged; `hash` is base64url."""

    id: str
    version: str
    hash: str
    status: str
    memory_rules: int


def drafts_in(law: Law) -> list[Rulebook]:
    return [book for book in law.books.values() if book.status is Status.DRAFT]


async def acknowledge(ground: Ground, actor: Actor, reason: str) -> Sequence[Draft]:
    """Puts on record that the loaded drafts are used knowingly; sealed as a `rulebook.acknowledged` leaf."""
    books = drafts_in(ground.law)
    found = [
        Draft(book.id, book.version.isoformat(), hash_text(book.hash), book.status, memory_rules(book))
        for book in books
    ]
    if not found:
        return found
    await record(ground)
    rid = new_id()
    async with ground.engine.begin() as connection:
        at = await clock.now(connection)
        await acknowledgements.acknowledge(connection, [book.hash for book in books], at)
        key = await record_key(connection, ground.keyring, rid)
        public: dict[str, Json] = {
            "rulebooks": [
                {
                    "id": one.id,
                    "version": one.version,
                    "hash": one.hash,
                    "status": one.status,
                    "memory_rules": one.memory_rules,
                }
                for one in found
            ]
        }
        private = {"actor": actor.name, "reason_text": reason}
        made = leaf.make("rulebook.acknowledged", rid, None, at, public, private, key)
        await evidence.append(connection, [made])
    return found


async def require_acknowledged(connection: Connection, law: Law) -> None:
    """Raises Refused (DRAFTS_NOT_ACKNOWLEDGED) where a loaded draft is not on record as used knowingly."""
    books = drafts_in(law)
    known = await acknowledgements.acknowledged(connection, [book.hash for book in books])
    missing = [book for book in books if book.hash not in known]
    if missing:
        resting = sum(memory_rules(book) for book in missing)
        raise Refused(
            "DRAFTS_NOT_ACKNOWLEDGED",
            f"{len(missing)} rulebooks are drafts that nobody has acknowledged ({_listed(missing)});"
            f" {resting} of their rules rest on memory.",
            "Have counsel look at `yesfirst rulebook list`; who decides to text people nonetheless says so, on"
            " record: `yesfirst rulebook acknowledge --by NAME --reason WHY`.",
        )


def _listed(books: Sequence[Rulebook]) -> str:
    ids = [book.id for book in books]
    return ", ".join(ids if len(ids) <= 5 else [*ids[:5], "…"])
