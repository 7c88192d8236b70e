"""Under which law people stand: where their numbers belong, told under rulebooks that may be replaced.

`subject.law` is the digest of the rulebooks that a subject's place and all its eligibility were computed under.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from yesfirst.store.engine import Connection, fetch, run


@dataclass(frozen=True, slots=True)
class SubjectPlace:
    """Where a subject belongs; `rulebooks` and `window_class` are None where that can't be told."""

    subject: bytes
    rulebooks: str | None
    window_class: str | None
    law: str


# Index: subject_law, one seek for each digest, so that this costs nothing however many people there are.
_LAWS = text("""
    WITH RECURSIVE known (law) AS (
        (SELECT law FROM subject WHERE lookup IS NOT NULL ORDER BY law LIMIT 1)
        UNION ALL
        SELECT (SELECT law FROM subject WHERE lookup IS NOT NULL AND law > known.law ORDER BY law LIMIT 1)
        FROM known WHERE known.law IS NOT NULL
    )
    SELECT law FROM known WHERE law IS NOT NULL
""")
# Index: subject_law. Takes only locks that are free, so it waits for nobody and needs no order.
_LOCK_UNDER = text("""
    SELECT id FROM subject WHERE lookup IS NOT NULL AND law = ANY(CAST(:laws AS text[]))
    LIMIT :most
    FOR NO KEY UPDATE SKIP LOCKED
""")
_PUT = text("""
    UPDATE subject SET rulebooks = new.rulebooks, window_class = new.window_class, law = new.law
    FROM unnest(
        CAST(:subjects AS bytea[]), CAST(:rulebooks AS text[]), CAST(:classes AS text[]), CAST(:laws AS text[])
    ) AS new (id, rulebooks, window_class, law)
    WHERE subject.id = new.id
""")


async def lock_stale(connection: Connection, active: Sequence[str], most: int) -> list[bytes]:
    """Locks some of the people who stand under a law that is not among `active`; none when all do."""
    stale = {row.law for row in await fetch(connection, _LAWS)}.difference(active)
    if not stale:
        return []
    return [row.id for row in await fetch(connection, _LOCK_UNDER, laws=sorted(stale), most=most)]


async def put(connection: Connection, places: Sequence[SubjectPlace]) -> None:
    """Replaces the places of locked subjects."""
    await run(
        connection,
        _PUT,
        subjects=[place.subject for place in places],
        rulebooks=[place.rulebooks for place in places],
        classes=[place.window_class for place in places],
        laws=[place.law for place in places],
    )
