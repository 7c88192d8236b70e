"""Carry out once what may be asked for twice: the answer to a caller's own key is remembered for a day.

The answer is stored sealed, since a plan shows texts, under the record key of the API key. What failed or was
refused is not remembered: it changed nothing that a second request would not meet again. A crash after the work
and before its answer is stored leaves a claim; after five minutes the same request is carried out again, which the
use cases bear: a person is unchanged, a plan takes the place of the one before, a withdrawal stands twice, a run that
has moved refuses to move again.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from yesfirst.errors import Refused
from yesfirst.store import idempotency
from yesfirst.store.idempotency import Earlier, Request
from yesfirst.store.keyring import new_id, seal, unseal
from yesfirst.usecases.actors import record_key
from yesfirst.usecases.ground import Ground

_COLUMN = "answer"


@dataclass(frozen=True, slots=True)
class Once:
    """One request of one API key, under the key that its caller gave it."""

    ground: Ground
    request: Request

    async def answer(self, work: Callable[[], Awaitable[bytes]]) -> bytes:
        """What `work` answers, now or when it was carried out.

        Raises Refused: IDEMPOTENCY_KEY_INVALID where the key came with another request, IDEMPOTENCY_IN_PROGRESS.
        """
        claim = new_id()
        async with self.ground.engine.begin() as connection:
            mine = await idempotency.claim(connection, self.request, claim)
            earlier = None if mine else await idempotency.earlier(connection, self.request)
            key = await record_key(connection, self.ground.keyring, self.request.api_key)
        if not mine:
            return self._replayed(earlier, key)
        try:
            answer = await work()
        except BaseException:
            async with self.ground.engine.begin() as connection:
                await idempotency.release(connection, self.request, claim)
            raise
        sealed = seal(key, _COLUMN, answer.decode())
        async with self.ground.engine.begin() as connection:
            await idempotency.answer(connection, self.request, claim, sealed)
        return answer

    def _replayed(self, earlier: Earlier | None, key: bytes) -> bytes:
        if earlier is not None and earlier.request_hash != self.request.request_hash:
            raise Refused(
                "IDEMPOTENCY_KEY_INVALID",
                "This Idempotency-Key came with another request before.",
                "Take a new key for each request, and the same one only to repeat it.",
            )
        if earlier is None or earlier.answer_sealed is None:
            raise Refused(
                "IDEMPOTENCY_IN_PROGRESS",
                "The same request is being carried out.",
                "Ask again in a moment.",
            )
        return unseal(key, _COLUMN, earlier.answer_sealed).encode()


def request_of(api_key: bytes, key: str, *asked: bytes) -> Request:
    """A request under the caller's `key`; `asked` is all that makes it this request: method, path, body."""
    parts = b"".join(hashlib.sha256(part).digest() for part in asked)
    return Request(api_key, hashlib.sha256(key.encode()).digest(), hashlib.sha256(parts).digest())
