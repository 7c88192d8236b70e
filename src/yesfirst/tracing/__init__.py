"""Traces: the steps of runs, batches, messages and requests, for a collector that OpenTelemetry's variables name.

Without one, or without the extra `yesfirst[otel]`, a span is one shared object that does nothing.

Invariants: a span shows a name from the code, facts from the closed list below and, of an exception, its type:
nothing of a person. No trace context is taken from a caller or given to the carrier: traces of several processes
are joined by the ids that these know anyway (docs/decisions/0012-traces-by-id.md).

Known gap: what a killed process had not sent to the collector is missing.
"""

import asyncio
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypedDict, Unpack

if TYPE_CHECKING:
    from yesfirst.tracing.recorder import Recorder

_log = logging.getLogger("yesfirst.tracing")
# https://opentelemetry.io/docs/specs/otel/protocol/exporter/: either names the collector.
_COLLECTOR = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class Facts(TypedDict, total=False):
    """All that a span may tell; ids are the 16 bytes, `outcome` a word of ours, `route` a template."""

    run: bytes
    batch: str
    message: bytes
    judged: int
    claimed: int
    leaves: int
    outcome: str
    method: str
    route: str
    status: int


class Span:
    """A step, which lasts as long as its `async with`; this one is recorded by nobody."""

    def note(self, **facts: Unpack[Facts]) -> None:
        """Adds facts; a run and a batch are those of all steps within, too."""

    def forget(self) -> None:
        """Nothing was done, so nothing is told."""

    def go_on_until(self, task: asyncio.Task[None]) -> None:
        """The step lasts until the task is done."""

    async def __aenter__(self) -> "Span":
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        return None


_NOTHING = Span()
_recorder: "Recorder | None" = None


def span(
    name: str,
    *,
    begins: bytes | None = None,
    joins: bytes | None = None,
    follows: bytes | None = None,
    **facts: Unpack[Facts],
) -> Span:
    """A step within the one under way, or the first of a new trace when there is none.

    By the id of a run or a message it has another place: it `begins` the trace of that id, once; it `joins` that
    trace; or it begins a trace of its own that `follows` it by a link. The step under way is then linked.
    """
    if _recorder is None:
        return _NOTHING
    return _recorder.span(name, begins=begins, joins=joins, follows=follows, **facts)


@contextmanager
def exporting(part: str) -> Iterator[None]:
    """Meanwhile the spans of this process are sent, if the environment names where to; `part` names the process.

    What waits is sent at the end, which takes the exporter's time-out when the collector is away.
    """
    global _recorder
    _recorder = _make_recorder(part) if _is_wanted(os.environ) else None
    try:
        yield
    finally:
        recorder, _recorder = _recorder, None
        if recorder is not None:
            recorder.close()


def _is_wanted(environ: Mapping[str, str]) -> bool:
    # https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/: two ways to say no.
    off = (
        environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
        or environ.get("OTEL_TRACES_EXPORTER") == "none"
    )
    return not off and any(environ.get(name) for name in _COLLECTOR)


def _make_recorder(part: str) -> "Recorder | None":
    try:
        from yesfirst.tracing.recorder import Recorder, to_collector
    except ModuleNotFoundError:
        _log.warning("no traces: the environment names a collector, but yesfirst[otel] is not installed")
        return None
    return Recorder(to_collector(), part)
