"""Accounting: where every person of a run stands."""

from dataclasses import dataclass

from sqlalchemy import text

from yesfirst.store.against import ruling_joins
from yesfirst.store.engine import Connection, fetch


@dataclass(frozen=True, slots=True)
class Tally:
    """How many people are in one state, for one reason, with one receipt."""

    state: str
    reason: str | None
    receipt: str | None
    people: int


_MESSAGES = text("""
    SELECT state, reason, receipt, count(*) AS people FROM message WHERE run = :run GROUP BY state, reason, receipt
""")
_EXCLUDED = text(
    "SELECT reason, count(*) AS people FROM excluded WHERE run = :run GROUP BY reason ORDER BY reason"
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody whose message is ready: what tells their number, and the window class they belong to."""

    subject: bytes
    phone_sealed: bytes
    wrapped_key: bytes
    window_class: str | None


_WAITING = text(f"""
    SELECT message.subject, subject.phone_sealed, subject_key.wrapped AS wrapped_key,
           ruling.body ->> 'window_class' AS window_class
    FROM message
    JOIN run ON run.id = message.run
    JOIN subject ON subject.id = message.subject
    JOIN keystore.subject_key ON subject_key.subject = message.subject
    {ruling_joins("run.purpose")}
    WHERE message.run = :run AND message.state = 'ready'
    ORDER BY message.position
""")


async def waiting(connection: Connection, run_id: bytes) -> list[Waiting]:
    """Everybody of a run whose message is ready to be claimed."""
    rows = await fetch(connection, _WAITING, run=run_id)
    return [Waiting(**{name: getattr(row, name) for name in Waiting.__slots__}) for row in rows]


async def tallies(connection: Connection, run_id: bytes) -> list[Tally]:
    rows = await fetch(connection, _MESSAGES, run=run_id)
    return [Tally(row.state, row.reason, row.receipt, row.people) for row in rows]


async def excluded(connection: Connection, run_id: bytes) -> dict[str, int]:
    """People of the audience who will not be texted, by reason."""
    return {row.reason: row.people for row in await fetch(connection, _EXCLUDED, run=run_id)}
