"""What cases state of a person, put into a throw-away database, and what it says of them read back.

The subject is locked by the caller.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from yesfirst.rules.position import Recipient
from yesfirst.store.engine import Connection, fetch, fetch_one, run
from yesfirst.store.keyring import new_id

_DESCRIBE = text("""
    UPDATE subject SET residence = :residence, billing = :billing, zones = :zones, recipient = :recipient, born = :born
    WHERE id = :id
""")
# Each in a run of its own, since a run texts a person once.
_TEXTED = text("""
    INSERT INTO message (run, lane, position, subject, id, state, body_sealed, parts, called_at)
    SELECT run, 0, 0, :id, id, 'accepted', '', 1, called_at
    FROM unnest(CAST(:runs AS bytea[]), CAST(:ids AS bytea[]), CAST(:ats AS timestamptz[])) AS t (run, id, called_at)
""")


@dataclass(frozen=True, slots=True)
class Description:
    residence: str | None
    billing: str | None
    zones: tuple[str, ...]
    recipient: Recipient
    born: date | None


async def describe(connection: Connection, subject: bytes, description: Description) -> None:
    """What is on record of a person; the ruling on them is made anew by the caller."""
    await run(
        connection,
        _DESCRIBE,
        id=subject,
        residence=description.residence,
        billing=description.billing,
        zones=list(description.zones) or None,
        recipient=description.recipient.value,
        born=description.born,
    )


async def put_texted(connection: Connection, subject: bytes, instants: Sequence[datetime]) -> None:
    """Earlier texts that the carrier accepted, at these instants."""
    if instants:
        ids = [new_id() for _ in instants]
        await run(
            connection, _TEXTED, id=subject, runs=[new_id() for _ in instants], ids=ids, ats=list(instants)
        )


_ACCEPTED = text("SELECT called_at FROM message WHERE subject = :id AND state = 'accepted'")
_OUTCOME = text("""
    SELECT message.state, message.reason, message.not_before, leaf.body AS leaf
    FROM message LEFT JOIN leaf ON leaf.id = message.leaf
    WHERE message.run = :run
""")


async def texted_to(connection: Connection, subject: bytes) -> tuple[datetime, ...]:
    return tuple(row.called_at for row in await fetch(connection, _ACCEPTED, id=subject))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the one message of a run; `leaf` is the body of its evidence, if any was written."""

    state: str
    reason: str | None
    not_before: datetime | None
    leaf: bytes | None


async def outcome(connection: Connection, run_id: bytes) -> Outcome:
    row = await fetch_one(connection, _OUTCOME, run=run_id)
    if row is None:
        raise LookupError("the run has no message")
    return Outcome(row.state, row.reason, row.not_before, row.leaf)
