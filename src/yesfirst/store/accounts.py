"""Accounting: where every person of a run stands."""

from dataclasses import dataclass

from sqlalchemy import text

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


async def tallies(connection: Connection, run_id: bytes) -> list[Tally]:
    rows = await fetch(connection, _MESSAGES, run=run_id)
    return [Tally(row.state, row.reason, row.receipt, row.people) for row in rows]


async def excluded(connection: Connection, run_id: bytes) -> dict[str, int]:
    """People of the audience who will not be texted, by reason."""
    return {row.reason: row.people for row in await fetch(connection, _EXCLUDED, run=run_id)}
