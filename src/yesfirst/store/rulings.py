"""Rulings as stored: one for each position that people of a brand are in, and who still needs one."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import text

from yesfirst.rules.position import Position
from yesfirst.rules.ruling import Ruling
from yesfirst.store.engine import Connection, fetch, run


@dataclass(frozen=True, slots=True)
class NewRuling:
    """A ruling on a position under a law; `digest` is that of the rulebooks which apply, `key` that of the position."""

    key: bytes
    position: Position
    law: str
    digest: str
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class StoredRuling:
    key: bytes
    position: Position


@dataclass(frozen=True, slots=True)
class SubjectPlace:
    """Where a subject belongs, and the ruling on it without any consent."""

    subject: bytes
    origin: str | None
    ruling: int


_VALUES = """
    SELECT * FROM jsonb_to_recordset(CAST(:rulings AS jsonb)) AS t (
        key text, position jsonb, law text, digest text, body jsonb, reasons text[],
        end_reasons text[], end_periods text[], end_zones text[], end_whole_days boolean[],
        of_age smallint, registries text[], scrub_ages text[], capped boolean
    )
"""
_COLUMNS = (
    "position, law, digest, body, reasons, end_reasons, end_periods, end_zones, end_whole_days, of_age, registries,"
    " scrub_ages, capped"
)
_REPLACED = ", ".join(f"{column.strip()} = excluded.{column.strip()}" for column in _COLUMNS.split(","))
_PUT = text(f"""
    INSERT INTO ruling (brand, key, {_COLUMNS})
    SELECT :brand, decode(key, 'hex'), {_COLUMNS} FROM ({_VALUES}) AS new
    ORDER BY key
    ON CONFLICT (brand, key) DO UPDATE SET {_REPLACED} WHERE ruling.law <> excluded.law
""")
# Index: ruling_position.
_KNOWN = text("""
    SELECT id, key, law FROM ruling WHERE brand = :brand AND key = ANY(CAST(:keys AS bytea[]))
""")
_BODIES = text("SELECT id, body FROM ruling WHERE id = ANY(CAST(:ids AS bigint[]))")
# Index: ruling_position. There are about as many rulings as kinds of people, not as people.
_STALE = text("""
    SELECT key, position FROM ruling WHERE brand = :brand AND law <> :law
    ORDER BY key LIMIT :most
    FOR NO KEY UPDATE SKIP LOCKED
""")
# Index: subject_unplaced. Takes only locks that are free, so it waits for nobody and needs no order.
_UNPLACED = text("""
    SELECT id FROM subject WHERE ruling IS NULL AND lookup IS NOT NULL
    LIMIT :most
    FOR NO KEY UPDATE SKIP LOCKED
""")
_PLACE = text("""
    UPDATE subject SET origin = new.origin, ruling = new.ruling
    FROM unnest(CAST(:subjects AS bytea[]), CAST(:origins AS text[]), CAST(:rulings AS bigint[]))
        AS new (id, origin, ruling)
    WHERE subject.id = new.id
""")


async def known(connection: Connection, brand: str, law: str, keys: Sequence[bytes]) -> dict[bytes, int]:
    """The ids of those rulings, by key, that stand under this law."""
    rows = await fetch(connection, _KNOWN, brand=brand, keys=list(keys))
    return {row.key: row.id for row in rows if row.law == law}


async def put(connection: Connection, brand: str, rulings: Sequence[NewRuling]) -> None:
    """Adds rulings, or replaces those that stand under another law."""
    if rulings:
        values = msgspec.json.encode([_columns(one) for one in rulings]).decode()
        await run(connection, _PUT, brand=brand, rulings=values)


async def bodies(connection: Connection, ids: Sequence[int]) -> dict[int, Ruling]:
    rows = await fetch(connection, _BODIES, ids=list(ids))
    return {row.id: msgspec.convert(row.body, Ruling) for row in rows}


async def lock_stale(connection: Connection, brand: str, law: str, most: int) -> list[StoredRuling]:
    """Locks some of the brand's rulings that stand under another law; none when all stand under this one."""
    rows = await fetch(connection, _STALE, brand=brand, law=law, most=most)
    return [StoredRuling(row.key, msgspec.convert(row.position, Position)) for row in rows]


async def lock_unplaced(connection: Connection, most: int) -> list[bytes]:
    """Locks some of the people who have no ruling yet."""
    return [row.id for row in await fetch(connection, _UNPLACED, most=most)]


async def place(connection: Connection, places: Sequence[SubjectPlace]) -> None:
    """Writes where locked subjects belong."""
    await run(
        connection,
        _PLACE,
        subjects=[place.subject for place in places],
        origins=[place.origin for place in places],
        rulings=[place.ruling for place in places],
    )


def _columns(new: NewRuling) -> dict[str, object]:
    ruling = new.ruling
    return {
        "key": new.key.hex(),
        "position": new.position,
        "law": new.law,
        "digest": new.digest,
        "body": ruling,
        "reasons": sorted({finding.reason for finding in ruling.findings}),
        "end_reasons": [end.reason for end in ruling.ends],
        "end_periods": [end.after for end in ruling.ends],
        "end_zones": [end.zone for end in ruling.ends],
        "end_whole_days": [end.whole_day for end in ruling.ends],
        "of_age": ruling.of_age,
        "registries": [scrub.registry for scrub in ruling.registries],
        "scrub_ages": [scrub.max_age for scrub in ruling.registries],
        "capped": bool(ruling.caps),
    }
