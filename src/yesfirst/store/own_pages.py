"""Links to people's own pages, by the hashes of their tokens, and what such a page shows besides consents."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from yesfirst.store.engine import Connection, fetch, fetch_one, run


@dataclass(frozen=True, slots=True)
class StoredPage:
    subject: bytes
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Texted:
    """A text that went to somebody, or may have: when the carrier was called, what for, what came of it."""

    at: datetime
    what: str
    state: str


_PUT = text("INSERT INTO own_page (token_hash, subject, expires_at) VALUES (:hash, :subject, :expires_at)")
_GET = text("""
    SELECT subject, expires_at FROM own_page WHERE token_hash = :hash AND expires_at > clock_timestamp()
""")
# Index: own_page_expires.
_FORGET = text("""
    DELETE FROM own_page WHERE token_hash IN (
        SELECT token_hash FROM own_page WHERE expires_at < :now ORDER BY expires_at LIMIT 1000 FOR UPDATE SKIP LOCKED
    )
""")
# Indexes: message_subject, ask_subject.
_TEXTS = text("""
    SELECT message.called_at AS at, run.purpose AS what, coalesce(message.receipt, message.state) AS state
    FROM message JOIN run ON run.id = message.run
    WHERE message.subject = :subject AND message.called_at > :since
    UNION ALL
    SELECT called_at, kind, state FROM ask WHERE subject = :subject AND called_at > :since
    ORDER BY at
""")
_LISTS = text("SELECT name FROM subject_list WHERE subject = :subject ORDER BY name")


async def put(connection: Connection, token_hash: bytes, subject: bytes, expires_at: datetime) -> None:
    await run(connection, _PUT, hash=token_hash, subject=subject, expires_at=expires_at)


async def page(connection: Connection, token_hash: bytes) -> StoredPage | None:
    """Whose page a token leads to; None if it never led to one, or no longer does."""
    row = await fetch_one(connection, _GET, hash=token_hash)
    return StoredPage(row.subject, row.expires_at) if row else None


async def forget(connection: Connection, now: datetime) -> None:
    """Deletes some of the links that have ended."""
    await run(connection, _FORGET, now=now)


async def texts_of(connection: Connection, subject: bytes, since: datetime) -> list[Texted]:
    """Texts that went to a subject after an instant, in order; a `what` without a dot is a kind of question."""
    rows = await fetch(connection, _TEXTS, subject=subject, since=since)
    return [Texted(row.at, row.what, row.state) for row in rows]


async def lists_of(connection: Connection, subject: bytes) -> list[str]:
    return [row.name for row in await fetch(connection, _LISTS, subject=subject)]
