"""Subjects, their keys, and the numbers that said no.

Erasure, once it is a command, takes along what tells of the person: places, time zones, recipient, date of birth, and
their rows in `registry_check`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.engine import Row

from yesfirst.rules.position import Recipient, Whereabouts
from yesfirst.store.engine import Connection, fetch, fetch_one, run
from yesfirst.store.keyring import Keyring


class Attributes(msgspec.Struct, frozen=True):
    """What a brand declared about a person and may select by: name → text, number, date, flag or list of texts."""

    values: dict[str, str | int | float | bool | list[str]]


@dataclass(frozen=True, slots=True)
class NewSubject:
    """A person to get or create. `id` and `key` count only if the number is new to the brand."""

    id: bytes
    lookup: bytes
    refusal: bytes
    key: bytes
    phone_sealed: bytes
    origin: str | None
    ruling: int


@dataclass(frozen=True, slots=True)
class SubjectHead:
    """A locked subject: the heads of its chains, its key, whether it is suppressed, what its record says.

    `ruling` is None until the person is placed.
    """

    id: bytes
    brand: str
    lookup: bytes
    key: bytes
    phone_sealed: bytes
    profile_sealed: bytes | None
    attributes: Attributes
    language: str | None
    where: Whereabouts
    recipient: Recipient
    born: date | None
    ruling: int | None
    suppressed_at: datetime | None
    sseq: int
    shash: bytes | None
    record_given: datetime | None


@dataclass(frozen=True, slots=True)
class SubjectRecord:
    """What is said of a subject, to replace an older record; the origin of the number stays as it is."""

    id: bytes
    profile_sealed: bytes | None
    attributes: Attributes
    language: str | None
    where: Whereabouts
    recipient: Recipient
    born: date | None
    given: datetime


# A new number inherits the refusal of an earlier subject with that number: suppression survives erasure.
_CREATE = text("""
    WITH new AS (
        SELECT * FROM unnest(
            CAST(:ids AS bytea[]), CAST(:lookups AS bytea[]), CAST(:refusals AS bytea[]), CAST(:phones AS bytea[]),
            CAST(:origins AS text[]), CAST(:rulings AS bigint[]), CAST(:wrapped AS bytea[])
        ) AS t (id, lookup, refusal, phone, origin, ruling, wrapped)
    ), created AS (
        INSERT INTO subject (id, brand, lookup, phone_sealed, attributes, origin, ruling, suppressed_at, sseq, mseq)
        SELECT new.id, :brand, new.lookup, new.phone, '{}', new.origin, new.ruling, suppression.since, 0, 0
        FROM new
        LEFT JOIN suppression
               ON suppression.brand = :brand AND suppression.entry = new.refusal AND suppression.lifted_at IS NULL
        ORDER BY new.lookup
        ON CONFLICT (brand, lookup) DO NOTHING
        RETURNING id
    )
    INSERT INTO keystore.subject_key (subject, wrapped)
    SELECT new.id, new.wrapped FROM new JOIN created ON created.id = new.id
""")
# Statement 1 of every transaction that judges or changes subjects: locks only, in the order of ids.
_LOCK = text("""
    SELECT id FROM subject WHERE id = ANY(CAST(:ids AS bytea[])) ORDER BY id FOR NO KEY UPDATE
""")
_IDS = text("SELECT id FROM subject WHERE brand = :brand AND lookup = ANY(CAST(:lookups AS bytea[]))")
_HEADS = text("""
    SELECT subject.*, subject_key.wrapped
    FROM subject JOIN keystore.subject_key ON subject_key.subject = subject.id
    WHERE subject.id = ANY(CAST(:ids AS bytea[])) AND subject.lookup IS NOT NULL
    ORDER BY subject.id
""")
_UPDATE_RECORDS = text("""
    UPDATE subject
    SET profile_sealed = new.profile, attributes = CAST(new.attributes AS jsonb), language = new.language,
        residence = new.residence, billing = new.billing, zones = string_to_array(new.zones, ' '),
        recipient = new.recipient, born = new.born, record_given = new.given
    FROM unnest(
        CAST(:ids AS bytea[]), CAST(:profiles AS bytea[]), CAST(:attributes AS text[]), CAST(:languages AS text[]),
        CAST(:residences AS text[]), CAST(:billings AS text[]), CAST(:zones AS text[]), CAST(:recipients AS text[]),
        CAST(:born AS date[]), CAST(:given AS timestamptz[])
    ) AS new (id, profile, attributes, language, residence, billing, zones, recipient, born, given)
    WHERE subject.id = new.id
""")


async def ensure(
    connection: Connection, keyring: Keyring, brand: str, people: Sequence[NewSubject]
) -> list[bytes]:
    """Creates the subjects whose number is new to the brand; the ids of all, not locked yet."""
    await run(
        connection,
        _CREATE,
        brand=brand,
        ids=[person.id for person in people],
        lookups=[person.lookup for person in people],
        refusals=[person.refusal for person in people],
        phones=[person.phone_sealed for person in people],
        origins=[person.origin for person in people],
        rulings=[person.ruling for person in people],
        wrapped=[keyring.wrap(person.key, person.id) for person in people],
    )
    rows = await fetch(connection, _IDS, brand=brand, lookups=[person.lookup for person in people])
    return [row.id for row in rows]


async def lock(connection: Connection, ids: Sequence[bytes]) -> None:
    """Waits for the subjects; judge in the next statement, whose snapshot is newer than the wait."""
    await run(connection, _LOCK, ids=list(ids))


async def heads(connection: Connection, keyring: Keyring, ids: Sequence[bytes]) -> list[SubjectHead]:
    """The subjects, by id, as the statement's snapshot sees them: lock first. Erased ones are left out."""
    rows = await fetch(connection, _HEADS, ids=list(ids))
    return [
        SubjectHead(
            id=row.id,
            brand=row.brand,
            lookup=row.lookup,
            key=keyring.unwrap(row.wrapped, row.id),
            phone_sealed=row.phone_sealed,
            profile_sealed=row.profile_sealed,
            attributes=Attributes(row.attributes),
            language=row.language,
            where=whereabouts(row),
            recipient=Recipient(row.recipient),
            born=row.born,
            ruling=row.ruling,
            suppressed_at=row.suppressed_at,
            sseq=row.sseq,
            shash=row.shash,
            record_given=row.record_given,
        )
        for row in rows
    ]


def whereabouts(row: Row[Any]) -> Whereabouts:
    """Where a row with the columns of `subject` says that the person belongs."""
    return Whereabouts(
        origin=row.origin, residence=row.residence, billing=row.billing, zones=tuple(row.zones or ())
    )


async def update_records(connection: Connection, records: Sequence[SubjectRecord]) -> None:
    """Replaces what the records say of locked subjects."""
    await run(
        connection,
        _UPDATE_RECORDS,
        ids=[record.id for record in records],
        profiles=[record.profile_sealed for record in records],
        attributes=[msgspec.json.encode(record.attributes.values).decode() for record in records],
        languages=[record.language for record in records],
        residences=[record.where.residence for record in records],
        billings=[record.where.billing for record in records],
        zones=[" ".join(record.where.zones) or None for record in records],
        recipients=[record.recipient.value for record in records],
        born=[record.born for record in records],
        given=[record.given for record in records],
    )


_FIND = text("SELECT id FROM subject WHERE brand = :brand AND lookup = :lookup")
_SUPPRESS = text("UPDATE subject SET suppressed_at = :at WHERE id = :id AND suppressed_at IS NULL")
_REFUSE = text("""
    INSERT INTO suppression (brand, entry, via, since) VALUES (:brand, :entry, :via, :at)
    ON CONFLICT (brand, entry) DO UPDATE
    SET since = excluded.since, via = excluded.via, lifted_at = NULL
    WHERE suppression.lifted_at IS NOT NULL
""")
_UNSUPPRESS = text("UPDATE subject SET suppressed_at = NULL WHERE id = :id")
_LIFT = text("""
    UPDATE suppression SET lifted_at = :at WHERE brand = :brand AND entry = :entry AND lifted_at IS NULL
""")


async def find(connection: Connection, brand: str, lookup: bytes) -> bytes | None:
    row = await fetch_one(connection, _FIND, brand=brand, lookup=lookup)
    return bytes(row.id) if row else None


async def suppress(
    connection: Connection, brand: str, subject: bytes, refusal: bytes, via: str, at: datetime
) -> None:
    """Marks a locked subject and leaves a do-not-contact entry for its number."""
    await run(connection, _SUPPRESS, id=subject, at=at)
    await run(connection, _REFUSE, brand=brand, entry=refusal, via=via, at=at)


async def lift_suppression(
    connection: Connection, brand: str, subject: bytes, refusal: bytes, at: datetime
) -> None:
    await run(connection, _UNSUPPRESS, id=subject)
    await run(connection, _LIFT, brand=brand, entry=refusal, at=at)
