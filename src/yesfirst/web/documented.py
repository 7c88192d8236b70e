"""What /schema says of problems: which statuses an operation may be refused with, and how such an answer looks."""

from collections.abc import Iterable
from http import HTTPStatus

from litestar.openapi.datastructures import ResponseSpec
from litestar.plugins import ReceiveRoutePlugin
from litestar.routes import BaseRoute, HTTPRoute
from msgspec import Struct

_API = "/api/"
_ANY = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)
_CHANGING = (*_ANY, HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
# What is changed in place was read before, and the caller says which version of it.
_READ_BEFORE = (*_CHANGING, HTTPStatus.PRECONDITION_FAILED, HTTPStatus.PRECONDITION_REQUIRED)
_REFUSALS = {
    "GET": _ANY,
    "POST": _CHANGING,
    "PUT": _READ_BEFORE,
    "PATCH": _READ_BEFORE,
    "DELETE": _READ_BEFORE,
}


class Mistake(Struct, frozen=True):
    """One thing that is wrong with a body, or a file that it holds; `path` is where, empty for all of it."""

    path: str
    message: str
    hint: str | None


class Problem(Struct, frozen=True):
    """An answer by RFC 9457; `code` is stable, `problems` are there where a body has mistakes."""

    status: int
    title: str
    detail: str
    code: str
    problems: list[Mistake] = []


def refused_with(statuses: Iterable[HTTPStatus]) -> dict[int, ResponseSpec]:
    """What a handler takes as `responses`."""
    return {
        status: ResponseSpec(
            Problem,
            generate_examples=False,
            description=status.phrase,
            media_type="application/problem+json",
        )
        for status in statuses
    }


class DocumentedProblems(ReceiveRoutePlugin):
    """Says for every operation of the API, also one that is added later, what any caller must be ready for."""

    def receive_route(self, route: BaseRoute) -> None:
        if isinstance(route, HTTPRoute) and route.path.startswith(_API):
            for handler in route.route_handlers:
                statuses = {status for method in handler.http_methods for status in _REFUSALS.get(method, ())}
                handler.responses = {**refused_with(sorted(statuses)), **(handler.responses or {})}
