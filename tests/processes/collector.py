"""A collector of traces: takes what processes send by OTLP over HTTP, and keeps it as it came and decoded."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Wire


@dataclass(frozen=True, slots=True)
class Seen:
    """A span that arrived; `service` is the process it came from, `links` are spans of other traces."""

    service: str
    name: str
    trace: bytes
    id: bytes
    parent: bytes
    links: tuple[tuple[bytes, bytes], ...]
    facts: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Collector:
    """`raw` are the bodies of all requests, as text that shows every string in them."""

    address: str
    spans: list[Seen] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)

    def named(self, name: str) -> list[Seen]:
        return [one for one in self.spans if one.name == name]

    def of(self, trace: bytes, span: bytes) -> Seen:
        """The span of which a link or a child speaks; there is exactly one."""
        (found,) = [one for one in self.spans if (one.trace, one.id) == (trace, span)]
        return found


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    """A collector at an address of its own."""
    app = web.Application(client_max_size=64 * 1024 * 1024)
    runner = web.AppRunner(app)
    collector: list[Collector] = []

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        collector[0].raw.append(body.decode("utf-8", "replace"))
        collector[0].spans.extend(_spans_in(ExportTraceServiceRequest.FromString(body)))
        return web.Response(content_type="application/x-protobuf")

    app.router.add_post("/v1/traces", take)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    collector.append(Collector(f"http://{host}:{port}"))
    try:
        yield collector[0]
    finally:
        await runner.cleanup()


def _spans_in(request: ExportTraceServiceRequest) -> list[Seen]:
    found: list[Seen] = []
    for group in request.resource_spans:
        (service,) = [
            each.value.string_value for each in group.resource.attributes if each.key == "service.name"
        ]
        found += [_seen(service, span) for scope in group.scope_spans for span in scope.spans]
    return found


def _seen(service: str, span: Wire) -> Seen:
    facts = {
        each.key: each.value.string_value if each.value.HasField("string_value") else each.value.int_value
        for each in span.attributes
    }
    links = tuple((link.trace_id, link.span_id) for link in span.links)
    return Seen(service, span.name, span.trace_id, span.span_id, span.parent_span_id, links, facts)
