"""Receipts, one column of their message: the state of the protocol stays as it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from yesfirst.store.engine import Connection, fetch


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """What the carrier reports of our message `message`; a higher `rank` replaces a lower one."""

    message: bytes
    carrier_id: str
    kind: str
    rank: int
    code: int | None


# Locks the messages by id, as every multi-row update does.
_KEEP = text("""
    WITH new AS (
        SELECT * FROM unnest(
            CAST(:messages AS bytea[]), CAST(:carrier_ids AS text[]), CAST(:kinds AS text[]), CAST(:ranks AS int[]),
            CAST(:codes AS int[])
        ) AS t (id, carrier_id, kind, rank, code)
    ), held AS (
        SELECT message.id FROM message JOIN new ON new.id = message.id
        ORDER BY message.id
        FOR NO KEY UPDATE OF message
    ), kept AS (
        UPDATE message SET receipt = new.kind, receipt_rank = new.rank, receipt_code = new.code,
                           carrier_id = coalesce(message.carrier_id, new.carrier_id)
        FROM new JOIN held ON held.id = new.id
        WHERE message.id = new.id AND message.receipt_rank < new.rank
        RETURNING message.id
    )
    SELECT message.id, new.carrier_id, message.state
    FROM message JOIN new ON new.id = message.id JOIN held ON held.id = message.id
    WHERE message.state IN ('unknown', 'not_at_carrier')
""")


@dataclass(frozen=True, slots=True)
class Contested:
    """A message whose outcome is unknown, or was resolved as not at the carrier, and which has a receipt."""

    message: bytes
    carrier_id: str
    state: str


async def keep(connection: Connection, new: Sequence[NewReceipt]) -> list[Contested]:
    """Stores each receipt that outranks what is there; those whose message it shows to have been accepted."""
    rows = await fetch(
        connection,
        _KEEP,
        messages=[one.message for one in new],
        carrier_ids=[one.carrier_id for one in new],
        kinds=[one.kind for one in new],
        ranks=[one.rank for one in new],
        codes=[one.code for one in new],
    )
    return [Contested(row.id, row.carrier_id, row.state) for row in rows]
