"""`Idempotency-Key`: a request with one is carried out once, and answered alike when it comes again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, TypeVar

import msgspec
from litestar.di import NamedDependency
from litestar.params import HeaderParameter

from yesfirst.usecases.api_keys import Caller
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.once import Once, request_of
from yesfirst.web.problems import problem
from yesfirst.web.signature import AnyRequest

T = TypeVar("T")
_LONGEST = 255

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        description="A text of your own, 1 to 255 characters: a request that comes again with it is answered alike.",
    ),
]


@dataclass(frozen=True, slots=True)
class Repeats:
    """The request at hand; `once` None where its caller gave it no key."""

    once: Once | None

    async def answer(self, kind: type[T], work: Callable[[], Awaitable[T]]) -> T:
        """What `work` answers, now or when this request came first."""
        if self.once is None:
            return await work()

        async def written() -> bytes:
            return msgspec.json.encode(await work())

        return msgspec.json.decode(await self.once.answer(written), type=kind)


async def repeats_of(
    request: AnyRequest,
    ground: NamedDependency[Ground],
    caller: NamedDependency[Caller],
    idempotency_key: IdempotencyKey = None,
) -> Repeats:
    """Reads the header; a 400 problem where it is no key."""
    if idempotency_key is None:
        return Repeats(None)
    if not 1 <= len(idempotency_key) <= _LONGEST:
        raise problem(HTTPStatus.BAD_REQUEST, "IDEMPOTENCY_KEY_INVALID", "It has 1 to 255 characters.")
    asked = (request.method.encode(), request.scope["raw_path"], await request.body())
    return Repeats(Once(ground, request_of(caller.key, idempotency_key, *asked)))
