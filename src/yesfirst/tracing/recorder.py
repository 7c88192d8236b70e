"""Spans as OpenTelemetry's SDK makes them. Imported only when the environment names a collector.

The id of a run or a message, 16 random bytes, is the id of its trace, and the first half is the id of the span
that begins it. So every process can name that span without having been told, and, since the usual samplers
choose by trace id, knows whether it was recorded: as long as all processes sample alike.
"""

import os
from asyncio import Task
from collections.abc import Mapping
from contextvars import ContextVar, Token
from http import HTTPStatus
from typing import Unpack

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)
from opentelemetry.trace import Span as OtelSpan

from yesfirst.ledger.text import id_text
from yesfirst.tracing import Facts, Span

# Of HTTP by https://opentelemetry.io/docs/specs/semconv/http/http-spans/. The other facts keep their names.
_ATTRIBUTES = {
    "run": "run.id",
    "batch": "batch.id",
    "message": "message.id",
    "method": "http.request.method",
    "route": "http.route",
    "status": "http.response.status_code",
}
_HANDED_DOWN = ("run.id", "batch.id")
_KINDS = {"request": SpanKind.SERVER, "call": SpanKind.CLIENT}
Attributes = dict[str, str | int]
_under_way: ContextVar["_Recorded | None"] = ContextVar("under_way", default=None)


def to_collector() -> SpanProcessor:
    """Sends in groups, from a thread of its own; where to, how and how often the environment says."""
    return BatchSpanProcessor(OTLPSpanExporter())


class Recorder:
    """Makes the spans of one process; `part` names it unless OTEL_SERVICE_NAME does."""

    def __init__(self, processor: SpanProcessor, part: str) -> None:
        service = os.environ.get("OTEL_SERVICE_NAME") or f"yesfirst-{part.replace(' ', '-')}"
        self._ids = _Ids()
        self._provider = TracerProvider(
            resource=Resource.create({"service.name": service}),
            id_generator=self._ids,
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("yesfirst")

    def close(self) -> None:
        """Sends what waits."""
        self._provider.shutdown()

    def span(
        self,
        name: str,
        *,
        begins: bytes | None = None,
        joins: bytes | None = None,
        follows: bytes | None = None,
        **facts: Unpack[Facts],
    ) -> Span:
        """As `tracing.span`."""
        around = _under_way.get()
        handed_down = around.handed_down if around else {}
        attributes = {**handed_down, **_attributes(facts)}
        linked = [around.context] if around and (begins or joins or follows) else []
        if follows:
            linked.append(self._first_of(follows, name))
        parent = around.context if around and not linked else None
        if joins:
            parent = self._first_of(joins, name)
        self._ids.wanted = begins
        # Not the SDK's current context: the only one that counts is ours.
        context = set_span_in_context(NonRecordingSpan(parent), Context()) if parent else Context()
        kind, links = _KINDS.get(name, SpanKind.INTERNAL), [Link(each) for each in linked]
        span = self._tracer.start_span(_title(name, facts), context, kind, attributes, links)
        return _Recorded(span, attributes)

    def _first_of(self, id: bytes, name: str) -> SpanContext:
        """The span that begins the trace of an id, in whichever process."""
        trace_id, span_id = _trace_and_span(id)
        chosen = self._provider.sampler.should_sample(Context(), trace_id, name).decision
        sampled = TraceFlags.SAMPLED if chosen is Decision.RECORD_AND_SAMPLE else TraceFlags.DEFAULT
        return SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(sampled))


class _Recorded(Span):
    def __init__(self, span: OtelSpan, attributes: Attributes) -> None:
        self.context = span.get_span_context()
        self.handed_down: Attributes = {}
        self._span = span
        self._lasts: Task[None] | None = None
        self._forgotten = False
        self._before: Token[_Recorded | None] | None = None
        self._hand_down(attributes)

    def note(self, **facts: Unpack[Facts]) -> None:
        attributes = _attributes(facts)
        self._span.set_attributes(attributes)
        self._hand_down(attributes)
        if facts.get("status", 0) >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self._span.set_status(StatusCode.ERROR)

    def forget(self) -> None:
        self._forgotten = True

    def go_on_until(self, task: Task[None]) -> None:
        self._lasts = task

    async def __aenter__(self) -> Span:
        self._before = _under_way.set(self)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._before is not None:
            _under_way.reset(self._before)
        if kind is not None:
            # The type alone: the words of an exception may quote a value.
            self._span.set_status(StatusCode.ERROR)
            self._span.set_attribute("error.type", kind.__name__)
        if self._lasts is not None:
            self._lasts.add_done_callback(lambda _: self._span.end())
        elif not self._forgotten:  # a span that never ends is never sent
            self._span.end()

    def _hand_down(self, attributes: Attributes) -> None:
        self.handed_down |= {name: value for name, value in attributes.items() if name in _HANDED_DOWN}


class _Ids(RandomIdGenerator):
    """Random ids, but for the next span those of `wanted`. Spans are made in one thread."""

    wanted: bytes | None = None

    def generate_trace_id(self) -> int:
        return _trace_and_span(self.wanted)[0] if self.wanted else super().generate_trace_id()

    def generate_span_id(self) -> int:
        wanted, self.wanted = self.wanted, None
        return _trace_and_span(wanted)[1] if wanted else super().generate_span_id()


def _trace_and_span(id: bytes) -> tuple[int, int]:
    return int.from_bytes(id), int.from_bytes(id[:8])


def _attributes(facts: Facts) -> Attributes:
    given: Mapping[str, object] = facts
    return {_ATTRIBUTES.get(name, name): _shown(value) for name, value in given.items()}


def _shown(value: object) -> str | int:
    if isinstance(value, bytes):
        return id_text(value)
    return value if isinstance(value, int) else str(value)


def _title(name: str, facts: Facts) -> str:
    return f"{facts['method']} {facts['route']}" if "route" in facts else name
