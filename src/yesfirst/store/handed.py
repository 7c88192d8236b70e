"""To whom something was handed over: a message of a run or an ask, by the id that the carrier gives back."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from yesfirst.store.engine import Connection, fetch_one


@dataclass(frozen=True, slots=True)
class HandedOver:
    """`sender` is the address that it came from, `called_at` when the carrier was last called for it."""

    subject: bytes
    sender: str
    called_at: datetime | None


# Indexes: message_id, and the primary key of ask.
_FIND = text("""
    SELECT message.subject, sender.address AS sender, message.called_at
    FROM message JOIN run ON run.id = message.run JOIN sender ON sender.id = run.sender
    WHERE message.id = :id
    UNION ALL
    SELECT ask.subject, sender.address, ask.called_at
    FROM ask JOIN sender ON sender.id = ask.sender
    WHERE ask.id = :id
""")


async def find(connection: Connection, id: bytes) -> HandedOver | None:
    """None for what is not ours, or has another id since."""
    row = await fetch_one(connection, _FIND, id=id)
    return HandedOver(row.subject, row.sender, row.called_at) if row else None
