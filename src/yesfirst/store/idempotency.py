"""Requests that may come twice: who carries one out, and what was answered.

A row without an answer belongs to whoever holds its claim. A process that died leaves such a row; after
`ABANDONED` the next request takes it over with a claim of its own, so that the late one can't answer for it.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import text

from yesfirst.store.engine import Connection, fetch_one, run

KEPT = timedelta(hours=24)
ABANDONED = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Request:
    """A request under a caller's own key: SHA-256 of that key, and of all that was asked."""

    api_key: bytes
    key_hash: bytes
    request_hash: bytes


@dataclass(frozen=True, slots=True)
class Earlier:
    """The same key came before; `answer_sealed` is None while that request is carried out."""

    request_hash: bytes
    answer_sealed: bytes | None = field(repr=False)


_FORGET = text(
    "DELETE FROM idempotency WHERE api_key = :api_key AND at < clock_timestamp() - CAST(:kept AS interval)"
)
# A concurrent second one waits here for the first, and then sees its row.
_CLAIM = text("""
    INSERT INTO idempotency (api_key, key_hash, request_hash, claim, at)
    VALUES (:api_key, :key_hash, :request_hash, :claim, clock_timestamp())
    ON CONFLICT (api_key, key_hash) DO UPDATE SET claim = excluded.claim, at = excluded.at
    WHERE idempotency.answer_sealed IS NULL AND idempotency.request_hash = excluded.request_hash
      AND idempotency.at < clock_timestamp() - CAST(:abandoned AS interval)
""")
_EARLIER = text("""
    SELECT request_hash, answer_sealed FROM idempotency WHERE api_key = :api_key AND key_hash = :key_hash
""")
_ANSWER = text("""
    UPDATE idempotency SET answer_sealed = :answer
    WHERE api_key = :api_key AND key_hash = :key_hash AND claim = :claim
""")
_RELEASE = text("""
    DELETE FROM idempotency
    WHERE api_key = :api_key AND key_hash = :key_hash AND claim = :claim AND answer_sealed IS NULL
""")


async def claim(connection: Connection, request: Request, claim: bytes) -> bool:
    """Whether the caller is the one to carry the request out; forgets what is older than `KEPT`."""
    await run(connection, _FORGET, api_key=request.api_key, kept=KEPT)
    return bool(
        await run(
            connection,
            _CLAIM,
            api_key=request.api_key,
            key_hash=request.key_hash,
            request_hash=request.request_hash,
            claim=claim,
            abandoned=ABANDONED,
        )
    )


async def earlier(connection: Connection, request: Request) -> Earlier | None:
    row = await fetch_one(connection, _EARLIER, api_key=request.api_key, key_hash=request.key_hash)
    return Earlier(row.request_hash, row.answer_sealed) if row else None


async def answer(connection: Connection, request: Request, claim: bytes, sealed: bytes) -> None:
    """Remembers the answer, unless another has taken the request over."""
    await run(
        connection, _ANSWER, api_key=request.api_key, key_hash=request.key_hash, claim=claim, answer=sealed
    )


async def release(connection: Connection, request: Request, claim: bytes) -> None:
    """Forgets a request that was not carried out, so that it may come again."""
    await run(connection, _RELEASE, api_key=request.api_key, key_hash=request.key_hash, claim=claim)
