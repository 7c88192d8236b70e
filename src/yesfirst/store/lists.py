"""Named lists of people, which audiences include or exclude. A list belongs to the brand of its people.

Known gap: the lists of a brand are found by going through all lists.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import text

from yesfirst.store.engine import Connection, fetch, fetch_one, run


@dataclass(frozen=True, slots=True)
class NamedList:
    name: str
    people: int


# Two that write one list take turns; who plans meanwhile reads it as it was.
_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended(:brand || '/' || :name, 0))")
_DROP = text("""
    WITH dropped AS (
        DELETE FROM subject_list USING subject
        WHERE subject.id = subject_list.subject AND subject.brand = :brand AND subject_list.name = :name
        RETURNING subject_list.subject
    )
    SELECT count(*) AS people FROM dropped
""")
# Index: subject's by brand and look-up hash.
_KNOWN = text(
    "SELECT id, lookup FROM subject WHERE brand = :brand AND lookup = ANY (CAST(:lookups AS bytea[]))"
)
_ADD = text("""
    INSERT INTO subject_list (subject, name)
    SELECT subject, :name FROM unnest(CAST(:subjects AS bytea[])) AS t (subject)
    ORDER BY subject
    ON CONFLICT DO NOTHING
""")
_ALL = text("""
    SELECT subject_list.name, count(*) AS people
    FROM subject_list JOIN subject ON subject.id = subject_list.subject
    WHERE subject.brand = :brand
    GROUP BY subject_list.name
    ORDER BY subject_list.name
""")


async def hold(connection: Connection, brand: str, name: str) -> None:
    """Keeps others from writing this list until the transaction ends."""
    await run(connection, _HOLD, brand=brand, name=name)


async def drop(connection: Connection, brand: str, name: str) -> int:
    """Removes a list, not its people; how many were on it."""
    row = await fetch_one(connection, _DROP, brand=brand, name=name)
    return row.people if row else 0


async def known(connection: Connection, brand: str, lookups: Collection[bytes]) -> dict[bytes, bytes]:
    """Look-up hash → subject, of those numbers that the brand knows."""
    rows = await fetch(connection, _KNOWN, brand=brand, lookups=list(lookups))
    return {bytes(row.lookup): bytes(row.id) for row in rows}


async def add(connection: Connection, name: str, subjects: Sequence[bytes]) -> None:
    """Puts people on a list; who is on it stays on it."""
    await run(connection, _ADD, name=name, subjects=list(subjects))


async def of_brand(connection: Connection, brand: str) -> list[NamedList]:
    """The brand's lists, by name."""
    return [NamedList(row.name, row.people) for row in await fetch(connection, _ALL, brand=brand)]
