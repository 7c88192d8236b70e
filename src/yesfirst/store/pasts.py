"""What was on record of a person at an instant, as far as it is kept. Nothing here locks."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from yesfirst.store.against import COUNTS_AGAINST_CAPS
from yesfirst.store.engine import Connection, fetch, fetch_one


@dataclass(frozen=True, slots=True)
class Refusal:
    """The do-not-contact entry of a number; `lifted_at` None while it stands."""

    since: datetime
    lifted_at: datetime | None


@dataclass(frozen=True, slots=True)
class PastDecision:
    """A decision as the log has it: the leaf's id and bytes, and the language that the text was in."""

    leaf: int
    body: bytes
    language: str | None


# Indexes: message_subject, ask_subject, leaf's primary key.
_TEXTED = text(f"""
    SELECT least(coalesce(sent.called_at, :at), :at) AS at
    FROM (
        SELECT subject, state, leaf, called_at FROM message
        UNION ALL
        SELECT subject, state, leaf, called_at FROM ask WHERE kind = 'renew'
    ) AS sent
    JOIN leaf ON leaf.id = sent.leaf
    WHERE sent.subject = :subject AND sent.state IN {COUNTS_AGAINST_CAPS}
      AND (CAST(:before AS bigint) IS NULL OR leaf.id < :before)
      AND (CAST(:before AS bigint) IS NOT NULL OR coalesce(sent.called_at <= :at, TRUE))
""")
_REFUSAL = text("SELECT since, lifted_at FROM suppression WHERE brand = :brand AND entry = :entry")
# Index: leaf_rid, then message_subject.
_DECISION = text("""
    SELECT leaf.id, leaf.body, message.language
    FROM leaf
    LEFT JOIN message ON message.subject = leaf.sid AND message.run = :run
    WHERE leaf.rid = :message AND leaf.t IN ('send.decision', 'send.denied')
""")


async def texted(
    connection: Connection, subject: bytes, at: datetime, before: int | None = None
) -> tuple[datetime, ...]:
    """When the person was texted up to `at`; with `before`, a leaf's id, as decided in earlier leaves.

    What was in hand then counts as of `at`, unless it is known by now that it did not reach the carrier.
    """
    rows = await fetch(connection, _TEXTED, subject=subject, at=at, before=before)
    return tuple(row.at for row in rows)


async def refusal(connection: Connection, brand: str, entry: bytes) -> Refusal | None:
    row = await fetch_one(connection, _REFUSAL, brand=brand, entry=entry)
    return Refusal(row.since, row.lifted_at) if row else None


async def decision(connection: Connection, message: bytes, run_id: bytes) -> PastDecision | None:
    """What was decided about a message of the run."""
    row = await fetch_one(connection, _DECISION, message=message, run=run_id)
    return PastDecision(row.id, row.body, row.language) if row else None
