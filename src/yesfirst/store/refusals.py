"""Numbers that said no, by keyed hashes: what they said no to, since when, and whether they took it back.

An entry's hash is over what it is about, so one number's refusals of a brand, of one of its purposes and of a whole
controller are three entries, which nobody without the key can connect. Entry `handed_on` is about the number alone:
before that instant it was another person's, whatever brand is asked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import text

from yesfirst.store.engine import Connection, fetch, run
from yesfirst.store.keyring import Keyring


class Scope(StrEnum):
    BRAND = "brand"
    PURPOSE = "purpose"
    CONTROLLER = "controller"
    REASSIGNED = "reassigned"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a number may have said no to; `owner` is a brand, a controller, or empty."""

    owner: str
    hash: bytes
    scope: Scope
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class Entries:
    """The hashes under which a new subject finds what its number said before."""

    brand: bytes
    controller: bytes
    handed_on: bytes


def of_brand(keyring: Keyring, brand: str, e164: str) -> Entry:
    return Entry(brand, keyring.refusal_of(brand, e164), Scope.BRAND)


def of_purpose(keyring: Keyring, brand: str, purpose: str, e164: str) -> Entry:
    return Entry(brand, keyring.refusal_of(brand, e164, purpose), Scope.PURPOSE, purpose)


def of_controller(keyring: Keyring, controller: str, e164: str) -> Entry:
    # No brand's id is empty, so this can't be taken for a refusal of a brand.
    return Entry(controller, keyring.refusal_of("", controller, e164), Scope.CONTROLLER)


def of_reassignment(keyring: Keyring, e164: str) -> Entry:
    return Entry("", keyring.refusal_of("", e164), Scope.REASSIGNED)


def entries_of(keyring: Keyring, brand: str, controller: str, e164: str) -> Entries:
    return Entries(
        of_brand(keyring, brand, e164).hash,
        of_controller(keyring, controller, e164).hash,
        of_reassignment(keyring, e164).hash,
    )


# A refusal that stands keeps its first instant and takes the latest; one that was taken back begins anew.
_REFUSE = text("""
    INSERT INTO suppression (brand, entry, scope, purpose, via, since)
    SELECT owner, entry, scope, purpose, :via, :at
    FROM unnest(
        CAST(:owners AS text[]), CAST(:entries AS bytea[]), CAST(:scopes AS text[]), CAST(:purposes AS text[])
    ) AS t (owner, entry, scope, purpose)
    ORDER BY owner, entry
    ON CONFLICT (brand, entry) DO UPDATE
    SET latest = greatest(suppression.latest, excluded.since), lifted_at = NULL,
        since = CASE WHEN suppression.scope = 'reassigned' THEN greatest(suppression.since, excluded.since)
                     WHEN suppression.lifted_at IS NULL THEN suppression.since
                     ELSE excluded.since END,
        via = CASE WHEN suppression.lifted_at IS NULL AND suppression.scope <> 'reassigned'
                   THEN suppression.via ELSE excluded.via END
""")
_LIFT = text("""
    UPDATE suppression SET lifted_at = :at
    WHERE lifted_at IS NULL AND coalesce(since < CAST(:before AS timestamptz), TRUE) AND (brand, entry) IN (
        SELECT * FROM unnest(CAST(:owners AS text[]), CAST(:entries AS bytea[]))
    )
""")
_STANDING = text("""
    SELECT entry, greatest(since, latest) AS latest FROM suppression
    WHERE lifted_at IS NULL AND (brand, entry) IN (
        SELECT * FROM unnest(CAST(:owners AS text[]), CAST(:entries AS bytea[]))
    )
""")


async def refuse(connection: Connection, entries: Iterable[Entry], via: str, at: datetime) -> None:
    """Leaves do-not-contact entries; the caller holds the subjects that they are about."""
    listed = list(entries)
    await run(
        connection,
        _REFUSE,
        owners=[one.owner for one in listed],
        entries=[one.hash for one in listed],
        scopes=[one.scope.value for one in listed],
        purposes=[one.purpose for one in listed],
        via=via,
        at=at,
    )


async def lift(
    connection: Connection, entries: Iterable[Entry], at: datetime, before: datetime | None = None
) -> None:
    """Takes refusals back; with `before`, those that are older than that."""
    listed = list(entries)
    owners, hashes = [one.owner for one in listed], [one.hash for one in listed]
    await run(connection, _LIFT, owners=owners, entries=hashes, at=at, before=before)


async def standing(connection: Connection, entries: Sequence[Entry]) -> dict[bytes, datetime]:
    """When those of the entries that stand were said last, by their hashes."""
    owners, hashes = [one.owner for one in entries], [one.hash for one in entries]
    rows = await fetch(connection, _STANDING, owners=owners, entries=hashes)
    return {bytes(row.entry): row.latest for row in rows}
