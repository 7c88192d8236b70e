"""Subjects and their keys.

Without a look-up hash a subject is found by its id alone: its number was handed on to somebody else, or it was erased.
No query that looks for people to text, to ask or to count finds it; its evidence stays.

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
from yesfirst.store.refusals import Entries


class Attributes(msgspec.Struct, frozen=True):
    """What a brand declared about a person and may select by: name → text, number, date, flag or list of texts."""

    values: dict[str, str | int | float | bool | list[str]]


@dataclass(frozen=True, slots=True)
class NewSubject:
    """A person to get or create. `id` and `key` count only if the number is new to the brand."""

    id: bytes
    lookup: bytes
    entries: Entries
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
    held_at: datetime | None
    number_since: datetime | None
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


# A new subject inherits what its number said before: suppression survives erasure. Index: the primary key.
_CREATE = text("""
    WITH new AS (
        SELECT * FROM unnest(
            CAST(:ids AS bytea[]), CAST(:lookups AS bytea[]), CAST(:brands AS bytea[]), CAST(:controllers AS bytea[]),
            CAST(:handed_on AS bytea[]), CAST(:phones AS bytea[]), CAST(:origins AS text[]),
            CAST(:rulings AS bigint[]), CAST(:wrapped AS bytea[])
        ) AS t (id, lookup, brand_entry, controller_entry, handed_on_entry, phone, origin, ruling, wrapped)
    ), created AS (
        INSERT INTO subject (id, brand, lookup, phone_sealed, attributes, origin, ruling, suppressed_at, number_since,
                             sseq, mseq)
        SELECT new.id, :brand, new.lookup, new.phone, '{}', new.origin, new.ruling,
               least(by_brand.since, by_controller.since), handed_on.since, 0, 0
        FROM new
        LEFT JOIN suppression AS by_brand
               ON by_brand.brand = :brand AND by_brand.entry = new.brand_entry AND by_brand.lifted_at IS NULL
        LEFT JOIN suppression AS by_controller
               ON by_controller.brand = :controller AND by_controller.entry = new.controller_entry
              AND by_controller.lifted_at IS NULL
        LEFT JOIN suppression AS handed_on ON handed_on.brand = '' AND handed_on.entry = new.handed_on_entry
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
    connection: Connection, keyring: Keyring, brand: str, controller: str, people: Sequence[NewSubject]
) -> list[bytes]:
    """Creates the subjects whose number is new to the brand; the ids of all, not locked yet."""
    await run(
        connection,
        _CREATE,
        brand=brand,
        controller=controller,
        ids=[person.id for person in people],
        lookups=[person.lookup for person in people],
        brands=[person.entries.brand for person in people],
        controllers=[person.entries.controller for person in people],
        handed_on=[person.entries.handed_on for person in people],
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
    """The subjects, by id, as the statement's snapshot sees them: lock first.

    Those that can't be found by their number any more are left out.
    """
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
            held_at=row.held_at,
            number_since=row.number_since,
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
_FIND_EACH = text("SELECT id FROM subject WHERE lookup = ANY(CAST(:lookups AS bytea[])) ORDER BY id")
_SUPPRESS = text("UPDATE subject SET suppressed_at = :at WHERE id = :id AND suppressed_at IS NULL")
_UNSUPPRESS = text("UPDATE subject SET suppressed_at = NULL WHERE id = :id")
_HOLD = text("UPDATE subject SET held_at = :at WHERE id = :id AND held_at IS NULL")
_LET_GO = text("UPDATE subject SET held_at = NULL WHERE id = :id")
_PART = text("""
    WITH links AS (DELETE FROM own_page WHERE subject = :id)
    UPDATE subject SET lookup = NULL WHERE id = :id
""")
_SPEAKS = text(
    "UPDATE subject SET language = :language WHERE id = :id AND language IS DISTINCT FROM :language"
)
_TRIM = text("""
    UPDATE subject SET profile_sealed = :profile, attributes = CAST(:attributes AS jsonb) WHERE id = :id
""")
# What decides about refusals and their confirmation stays: where the person belongs.
_FORGET = text("""
    WITH lists AS (DELETE FROM subject_list WHERE subject = :id RETURNING name)
    UPDATE subject SET profile_sealed = NULL, attributes = '{}', billing = NULL, born = NULL, record_given = NULL
    WHERE id = :id
    RETURNING EXISTS (SELECT FROM lists) AS listed
""")


async def part(connection: Connection, subject: bytes) -> None:
    """Parts a locked subject from its number: the next to be known by that is a new subject. Links to its page end."""
    await run(connection, _PART, id=subject)


async def find(connection: Connection, brand: str, lookup: bytes) -> bytes | None:
    row = await fetch_one(connection, _FIND, brand=brand, lookup=lookup)
    return bytes(row.id) if row else None


async def find_each(connection: Connection, lookups: Sequence[bytes]) -> list[bytes]:
    """Those of these who are somebody, by id."""
    return [bytes(row.id) for row in await fetch(connection, _FIND_EACH, lookups=list(lookups))]


async def suppress(connection: Connection, subject: bytes, at: datetime) -> None:
    """Marks a locked subject as somebody who said no to the brand."""
    await run(connection, _SUPPRESS, id=subject, at=at)


async def unsuppress(connection: Connection, subject: bytes) -> None:
    await run(connection, _UNSUPPRESS, id=subject)


async def hold(connection: Connection, subject: bytes, at: datetime) -> None:
    """Nothing goes to a locked subject from now on, until it is let go."""
    await run(connection, _HOLD, id=subject, at=at)


async def let_go(connection: Connection, subject: bytes) -> None:
    await run(connection, _LET_GO, id=subject)


async def speaks(connection: Connection, subject: bytes, language: str) -> None:
    """Remembers the language in which a locked subject has asked for something."""
    await run(connection, _SPEAKS, id=subject, language=language)


async def trim(
    connection: Connection, subject: bytes, profile_sealed: bytes | None, attributes: Attributes
) -> None:
    """Keeps this much of what a locked subject's record says."""
    values = msgspec.json.encode(attributes.values).decode()
    await run(connection, _TRIM, id=subject, profile=profile_sealed, attributes=values)


async def forget(connection: Connection, subject: bytes) -> bool:
    """Deletes what a locked subject's records say, but for where it belongs and its language; was it on a list?"""
    row = await fetch_one(connection, _FORGET, id=subject)
    return bool(row and row.listed)
