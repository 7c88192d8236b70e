"""Every error as a problem answer that is made of constants."""

import pytest
from litestar import Litestar, get
from litestar.exceptions import NotAuthorizedException, ValidationException
from litestar.params import FromQuery
from litestar.testing import AsyncTestClient

from yesfirst.errors import Refused
from yesfirst.web import problems

PRIVATE = "+8613900000001"
TYPE = "application/problem+json"


def failing_with(exception: Exception) -> Litestar:
    @get("/")
    async def fail() -> None:
        raise exception

    return Litestar(
        [fail], plugins=[problems.plugin()], logging_config=None, openapi_config=None, debug=False
    )


@pytest.mark.parametrize(
    ("exception", "status", "code"),
    [
        (Refused("SETTING_INVALID", PRIVATE, PRIVATE), 422, "SETTING_INVALID"),
        (Refused("SETTING_MISSING", PRIVATE, PRIVATE), 422, "SETTING_MISSING"),
        (Refused("BRAND_UNKNOWN", PRIVATE, PRIVATE), 422, "BRAND_UNKNOWN"),
        (Refused("RUN_FINISHED", PRIVATE, PRIVATE), 409, "RUN_FINISHED"),
        (Refused("DATABASE_UNREACHABLE", PRIVATE, PRIVATE), 503, "DATABASE_UNREACHABLE"),
        (ValidationException(PRIVATE, extra=[{"value": PRIVATE}]), 400, "BAD_REQUEST"),
        (NotAuthorizedException(PRIVATE), 401, "UNAUTHORIZED"),
        (ValueError(PRIVATE), 500, "INTERNAL_FAULT"),
        (ConnectionRefusedError(PRIVATE), 500, "INTERNAL_FAULT"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
async def test_an_exception_becomes_a_problem_without_its_text(
    exception: Exception, status: int, code: str
) -> None:
    async with AsyncTestClient(failing_with(exception), raise_server_exceptions=False) as client:
        answer = await client.get("/")
    assert (answer.status_code, answer.headers["content-type"]) == (status, TYPE)
    assert (answer.json()["status"], answer.json()["code"]) == (status, code)
    assert PRIVATE not in answer.text


async def test_a_value_of_the_wrong_kind_is_not_quoted() -> None:
    @get("/")
    async def count(people: FromQuery[int]) -> None:
        raise AssertionError(f"{people} is no number")

    app = Litestar(
        [count], plugins=[problems.plugin()], logging_config=None, openapi_config=None, debug=False
    )
    async with AsyncTestClient(app) as client:
        answer = await client.get("/", params={"people": "Wang"})
        lost = await client.get("/Wang")
    assert (answer.status_code, lost.status_code) == (400, 404)
    assert "Wang" not in answer.text + lost.text
    assert lost.headers["content-type"] == TYPE
