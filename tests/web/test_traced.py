"""The span of a request: the route's template and the answer's status, whatever was asked and went wrong."""

import pytest
from litestar import Litestar, get
from litestar.exceptions import NotAuthorizedException
from litestar.params import FromPath
from litestar.testing import AsyncTestClient
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from yesfirst import tracing
from yesfirst.errors import Refused
from yesfirst.tracing.recorder import Recorder
from yesfirst.web import problems
from yesfirst.web.traced import Traced

PRIVATE = "+8613900000001"
FAILURES: dict[str, Exception] = {
    "refused": Refused("RUN_STATE", PRIVATE, PRIVATE),
    "unauthorized": NotAuthorizedException(PRIVATE),
    "fault": ValueError(PRIVATE),
}


@get("/{how:str}/{person:str}")
async def answer(how: FromPath[str], person: FromPath[str]) -> str:
    if how in FAILURES:
        raise FAILURES[how]
    return person


@pytest.mark.parametrize(
    ("how", "status", "failed"),
    [("well", 200, False), ("refused", 409, False), ("unauthorized", 401, False), ("fault", 500, True)],
)
async def test_a_request_shows_its_template_and_status_and_nothing_of_what_was_asked(
    how: str, status: int, failed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = InMemorySpanExporter()
    monkeypatch.setattr(tracing, "_recorder", Recorder(SimpleSpanProcessor(sent), "test"))
    app = Litestar(
        [answer],
        middleware=[Traced()],
        plugins=[problems.plugin()],
        logging_config=None,
        openapi_config=None,
        debug=False,
    )
    async with AsyncTestClient(app, raise_server_exceptions=False) as client:
        assert (await client.get(f"/{how}/{PRIVATE}", headers={"User-Agent": PRIVATE})).status_code == status
        assert (await client.get(f"/{PRIVATE}")).status_code == 404
    (request,) = sent.get_finished_spans()
    assert (request.name, request.kind) == ("GET /{how}/{person}", SpanKind.SERVER)
    assert request.attributes == {
        "http.request.method": "GET",
        "http.route": "/{how}/{person}",
        "http.response.status_code": status,
    }
    assert request.status.is_ok is not failed
    assert PRIVATE not in request.to_json()
