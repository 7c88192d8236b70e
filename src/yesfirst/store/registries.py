"""Answers of do-not-contact registries about people, by subject; who of a brand lives where a registry binds.

An answer is replaced by one that is as new or newer. Erasure, once it is a command, takes a subject's rows along.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from yesfirst.rules.decision import Check
from yesfirst.rules.period import Period
from yesfirst.store.engine import Connection, fetch, run


@dataclass(frozen=True, slots=True)
class Tally:
    """The people of a brand in a registry's countries, by its answers about them.

    `stale` are those answers, listed or clear, that are too old by now; from `stale_from` on there are more of them.
    """

    people: int
    listed: int
    clear: int
    stale: int
    stale_from: datetime | None


# A registry answers about people whose number, residence or billing address is in its countries.
_BELONGS = """(split_part(subject.origin, '/', 1) = ANY (CAST(:countries AS text[]))
         OR split_part(subject.residence, '-', 1) = ANY (CAST(:countries AS text[]))
         OR split_part(subject.billing, '-', 1) = ANY (CAST(:countries AS text[])))"""
# Index: subject_lookup, by brand.
_PEOPLE = text(f"""
    SELECT id FROM subject WHERE brand = :brand AND lookup IS NOT NULL AND {_BELONGS} ORDER BY id
""")
# The subjects are locked by the caller, so that nobody is judged by half of it.
_PUT = text("""
    INSERT INTO registry_check (subject, registry, listed, checked_at)
    SELECT subject, :registry, listed, :checked_at
    FROM unnest(CAST(:subjects AS bytea[]), CAST(:listed AS boolean[])) AS t (subject, listed)
    ORDER BY subject
    ON CONFLICT (subject, registry) DO UPDATE SET listed = excluded.listed, checked_at = excluded.checked_at
    WHERE registry_check.checked_at <= excluded.checked_at
""")
_OF = text(
    "SELECT registry, listed, checked_at FROM registry_check WHERE subject = :subject ORDER BY registry"
)
_TALLY = text(f"""
    SELECT count(*) AS people,
           count(*) FILTER (WHERE answer.listed) AS listed,
           count(*) FILTER (WHERE NOT answer.listed) AS clear,
           count(*) FILTER (WHERE stale_at <= clock_timestamp()) AS stale,
           min(stale_at) FILTER (WHERE stale_at > clock_timestamp()) AS stale_from
    FROM subject
    LEFT JOIN registry_check AS answer ON answer.subject = subject.id AND answer.registry = :registry,
        LATERAL (
            SELECT (answer.checked_at AT TIME ZONE 'UTC' + CAST(CAST(:max_age AS text) AS interval))
                   AT TIME ZONE 'UTC' AS stale_at
        ) AS ageing
    WHERE subject.brand = :brand AND subject.lookup IS NOT NULL AND ({_BELONGS} OR answer.listed IS NOT NULL)
""")


async def people_in(connection: Connection, brand: str, countries: Sequence[str]) -> list[bytes]:
    """The brand's people in these countries, in the order of ids."""
    rows = await fetch(connection, _PEOPLE, brand=brand, countries=list(countries))
    return [bytes(row.id) for row in rows]


async def put(
    connection: Connection, registry: str, checked_at: datetime, answers: Sequence[tuple[bytes, bool]]
) -> None:
    """Writes whether locked subjects are listed, where nothing newer is known."""
    await run(
        connection,
        _PUT,
        registry=registry,
        checked_at=checked_at,
        subjects=[subject for subject, _ in answers],
        listed=[listed for _, listed in answers],
    )


async def checks_of(connection: Connection, subject: bytes) -> dict[str, Check]:
    """What the registries said last of one person, by their ids and in that order."""
    rows = await fetch(connection, _OF, subject=subject)
    return {row.registry: Check(row.listed, row.checked_at) for row in rows}


async def tally(
    connection: Connection, brand: str, registry: str, countries: Sequence[str], max_age: Period
) -> Tally:
    """How the brand's people stand with a registry whose answers hold for `max_age`."""
    [row] = await fetch(
        connection,
        _TALLY,
        brand=brand,
        registry=registry,
        countries=list(countries),
        max_age=max_age,
    )
    return Tally(row.people, row.listed, row.clear, row.stale, row.stale_from)
