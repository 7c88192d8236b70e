"""Who may use the API: whoever presents a valid key that can do what the route asks for.

Invariants: every route names its capability (`can=`), and one without is a fault, not an open door; a missing, wrong,
expired or revoked key get the same answer; what belongs to another brand than the key's is not there.
"""

from http import HTTPStatus
from typing import Any

from litestar.connection import ASGIConnection, Request
from litestar.enums import HttpMethod
from litestar.handlers import BaseRouteHandler

from yesfirst.errors import Refused
from yesfirst.intake.brand import Brand
from yesfirst.ledger.text import BadText, parse_id
from yesfirst.store import runs
from yesfirst.usecases.api_keys import Caller, Capability, caller_of
from yesfirst.usecases.declared import find_brand
from yesfirst.usecases.ground import Ground
from yesfirst.web.problems import problem
from yesfirst.web.signature import AnyRequest

_SCHEME = "bearer "


class KeyGuard:
    """Lets a request pass whose key is valid and can do what the route asks for."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def __deepcopy__(self, _: dict[int, object]) -> "KeyGuard":
        """Itself: the framework copies handlers with their guards, and the ground is one."""
        return self

    async def __call__(
        self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
    ) -> None:
        written = connection.headers.get("authorization", "")
        is_bearer = written[: len(_SCHEME)].lower() == _SCHEME
        caller = await caller_of(self._ground, written[len(_SCHEME) :]) if is_bearer else None
        if caller is None:
            detail = "Present a valid key as Authorization: Bearer yf_…"
            refusal = problem(HTTPStatus.UNAUTHORIZED, "API_KEY_INVALID", detail)
            refusal.headers = {"WWW-Authenticate": "Bearer"}
            raise refusal
        connection.state.caller = caller
        if isinstance(connection, Request) and connection.method == HttpMethod.OPTIONS:
            return  # the framework's own answer: the methods of a route
        can = Capability(handler.opt["can"])
        if can not in caller.can:
            raise problem(
                HTTPStatus.FORBIDDEN, "CAPABILITY_MISSING", f"The key can't do this; it needs {can}."
            )


def checked_caller(request: AnyRequest) -> Caller:
    """Whom the guard has let pass; a fault on a route without the guard."""
    caller = request.state.caller
    if not isinstance(caller, Caller):
        raise TypeError("no guard has checked this caller")
    return caller


def check_brand(caller: Caller, brand: str) -> None:
    """A 403 problem if the key is for another brand."""
    if not caller.may_use(brand):
        raise problem(HTTPStatus.FORBIDDEN, "BRAND_FORBIDDEN", "The key is for another brand.")


async def brand_for(caller: Caller, ground: Ground, brand: str) -> Brand:
    """The brand as applied, if the caller may use it; raises Refused (BRAND_UNKNOWN)."""
    check_brand(caller, brand)
    return await find_brand(ground, brand)


async def brand_in_path(caller: Caller, ground: Ground, brand: str) -> Brand:
    """As `brand_for`; a 404 problem where there is none."""
    check_brand(caller, brand)
    try:
        return await find_brand(ground, brand)
    except Refused:
        raise unknown("BRAND_UNKNOWN") from None


async def run_for(caller: Caller, ground: Ground, run: str) -> bytes:
    """The id of a run of a brand that the caller may use; a 404 problem for any other."""
    id = id_in_path(run, "RUN_UNKNOWN")
    async with ground.engine.connect() as connection:
        found = await runs.get(connection, id)
    if found is None or not caller.may_use(found.brand):
        raise unknown("RUN_UNKNOWN")
    return id


def id_in_path(text: str, code: str) -> bytes:
    try:
        return parse_id(text)
    except BadText:
        raise unknown(code) from None


def unknown(code: str) -> Exception:
    """A 404 problem."""
    return problem(HTTPStatus.NOT_FOUND, code, "There is no such thing, or not for this key.")
