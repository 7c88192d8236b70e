"""What waits for one of us: replies whose meaning nobody can tell, wrong numbers, wishes that people stated."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Row

from yesfirst.store.engine import Connection, fetch, fetch_one, run
from yesfirst.store.keyring import Keyring


class Kind(StrEnum):
    """`reply` holds the person's messages until it is resolved; the others wait beside the work."""

    REPLY = "reply"
    WRONG_NUMBER = "wrong_number"
    CORRECTION = "correction"
    DELETION = "deletion"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One open review; `key` opens `text_sealed`, None where the person wrote nothing."""

    id: bytes
    subject: bytes
    brand: str
    kind: Kind
    text_sealed: bytes | None
    at: datetime
    key: bytes
    phone_sealed: bytes


_PUT = text("""
    INSERT INTO review (id, subject, kind, text_sealed, at) VALUES (:id, :subject, :kind, :text_sealed, :at)
""")
_OPEN = """
    SELECT review.id, review.subject, subject.brand, review.kind, review.text_sealed, review.at, subject_key.wrapped,
           subject.phone_sealed
    FROM review
    JOIN subject ON subject.id = review.subject
    JOIN keystore.subject_key ON subject_key.subject = review.subject
    WHERE review.resolved_at IS NULL AND {condition}
    ORDER BY review.at, review.id
"""
# Index: review_open.
_LIST = text(
    _OPEN.format(
        condition="""(CAST(:brand AS text) IS NULL OR subject.brand = :brand)
      AND (CAST(:after AS bytea) IS NULL
           OR (review.at, review.id) > (SELECT last.at, last.id FROM review AS last WHERE last.id = :after))"""
    )
    + " LIMIT :most"
)
_GET = text(_OPEN.format(condition="review.id = :id"))
_RESOLVE = text("""
    UPDATE review SET resolved_at = :at, resolution = :resolution, resolved_by_sealed = :by_sealed
    WHERE id = :id AND resolved_at IS NULL
""")
# Index: review_subject.
_RESOLVE_REPLIES = text("""
    UPDATE review SET resolved_at = :at, resolution = :resolution
    WHERE subject = :subject AND kind = 'reply' AND resolved_at IS NULL
""")
_HELD = text("""
    SELECT min(at) AS since FROM review
    WHERE subject = :subject AND kind = 'reply' AND at <= :at AND coalesce(resolved_at > :at, TRUE)
""")
# Index: message_subject. Every attempt has an id of its own, so what was in review is judged under a new one.
_IN_REVIEW = text("""
    SELECT message.id FROM message JOIN run ON run.id = message.run
    WHERE message.subject = :subject AND message.state = 'review' AND message.reason = :reason
      AND run.state IN ('running', 'paused')
    ORDER BY message.id
""")


async def put(
    connection: Connection, id: bytes, subject: bytes, kind: Kind, text_sealed: bytes | None, at: datetime
) -> None:
    await run(connection, _PUT, id=id, subject=subject, kind=kind.value, text_sealed=text_sealed, at=at)


async def open_ones(
    connection: Connection,
    keyring: Keyring,
    brand: str | None = None,
    after: bytes | None = None,
    most: int = 1_000,
) -> list[Waiting]:
    """The oldest first, of one brand or of all, those behind `after`, which may be resolved by now."""
    rows = await fetch(connection, _LIST, brand=brand, after=after, most=most)
    return [_waiting(keyring, row) for row in rows]


async def open_one(connection: Connection, keyring: Keyring, id: bytes) -> Waiting | None:
    row = await fetch_one(connection, _GET, id=id)
    return _waiting(keyring, row) if row else None


async def resolve(
    connection: Connection, id: bytes, resolution: str, by_sealed: bytes | None, at: datetime
) -> bool:
    """Ends a review; False if somebody else did."""
    done = await run(connection, _RESOLVE, id=id, resolution=resolution, by_sealed=by_sealed, at=at)
    return bool(done)


async def resolve_replies(connection: Connection, subject: bytes, resolution: str, at: datetime) -> None:
    """Ends what a locked subject's replies had left open, when something they said since has settled it."""
    await run(connection, _RESOLVE_REPLIES, subject=subject, resolution=resolution, at=at)


async def held_at(connection: Connection, subject: bytes, at: datetime) -> datetime | None:
    """Since when a reply of this subject waited at an instant; None if none did."""
    row = await fetch_one(connection, _HELD, subject=subject, at=at)
    return row.since if row else None


async def in_review(connection: Connection, subject: bytes, reason: str) -> Sequence[bytes]:
    """The messages of a locked subject that wait for a person for this reason, in runs that go on."""
    return [bytes(row.id) for row in await fetch(connection, _IN_REVIEW, subject=subject, reason=reason)]


def _waiting(keyring: Keyring, row: Row[Any]) -> Waiting:
    key = keyring.unwrap(row.wrapped, row.subject)
    return Waiting(
        row.id, row.subject, row.brand, Kind(row.kind), row.text_sealed, row.at, key, row.phone_sealed
    )
