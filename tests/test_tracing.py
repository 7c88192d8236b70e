"""Spans: nothing without a collector, one trace for each id in whichever process, and no word of an exception."""

import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from yesfirst import tracing
from yesfirst.ledger.text import id_text
from yesfirst.tracing.recorder import Recorder

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


@pytest.fixture(autouse=True)
def _as_if_nobody_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def sent() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def recorder(sent: InMemorySpanExporter) -> Recorder:
    return Recorder(SimpleSpanProcessor(sent), "test")


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
        {**ENDPOINT, "OTEL_SDK_DISABLED": "true"},
        {**ENDPOINT, "OTEL_TRACES_EXPORTER": "none"},
    ],
)
def test_who_asks_for_no_traces_gets_none(
    environ: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with tracing.exporting("command"):
        assert tracing.span("plan") is tracing.span("call")


def test_without_a_collector_nothing_of_opentelemetry_is_loaded() -> None:
    program = (
        "import sys, yesfirst.cli, yesfirst.processes.dispatcher, yesfirst.web.app\n"
        "from yesfirst import tracing\n"
        "with tracing.exporting('command'): tracing.span('plan')\n"
        "sys.exit(any(name.startswith('opentelemetry.sdk') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_collector_without_the_extra_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(*next(iter(ENDPOINT.items())))
    monkeypatch.setitem(sys.modules, "yesfirst.tracing.recorder", None)
    with tracing.exporting("command"):
        assert tracing.span("plan") is tracing.span("call")
    assert "yesfirst[otel] is not installed" in caplog.text


async def test_the_trace_of_an_id_is_the_id(recorder: Recorder, sent: InMemorySpanExporter) -> None:
    id = secrets.token_bytes(16)
    async with recorder.span("call", begins=id, message=id):
        pass
    (call,) = sent.get_finished_spans()
    assert call.context.trace_id.to_bytes(16) == id
    assert call.context.span_id.to_bytes(8) == id[:8]
    assert call.attributes == {"message.id": id_text(id)}


@pytest.mark.parametrize(
    ("sampler", "fewest", "most"),
    [
        ("always_on", 100, 100),
        ("always_off", 0, 0),
        ("traceidratio", 1, 99),
        ("parentbased_always_off", 0, 0),
        ("parentbased_traceidratio", 1, 99),
    ],
)
async def test_a_receipt_is_recorded_where_its_call_was(
    sampler: str, fewest: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", sampler)
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
    dispatched, reported = InMemorySpanExporter(), InMemorySpanExporter()
    dispatcher = Recorder(SimpleSpanProcessor(dispatched), "dispatcher")
    web = Recorder(SimpleSpanProcessor(reported), "web server")
    for id in [secrets.token_bytes(16) for _ in range(100)]:
        async with dispatcher.span("batch"), dispatcher.span("call", begins=id):
            pass
        async with web.span("request"), web.span("receipt", joins=id):
            pass
    calls = {one.context.span_id for one in dispatched.get_finished_spans() if one.name == "call"}
    receipts = [one for one in reported.get_finished_spans() if one.name == "receipt"]
    assert {one.parent.span_id for one in receipts if one.parent} == calls
    assert fewest <= len(calls) <= most


async def test_what_an_exception_says_is_not_told(recorder: Recorder, sent: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="555"):
        async with recorder.span("plan"):
            raise ValueError("+1 202 555 0123")
    (plan,) = sent.get_finished_spans()
    assert plan.attributes == {"error.type": "ValueError"}
    assert not plan.status.is_ok
    assert "555" not in plan.to_json()


async def test_run_and_batch_are_those_of_all_steps_within(
    recorder: Recorder, sent: InMemorySpanExporter
) -> None:
    run, message = secrets.token_bytes(16), secrets.token_bytes(16)
    async with recorder.span("batch", follows=run, run=run) as batch:
        batch.note(batch="0:0", claimed=1)
        async with recorder.span("call", begins=message):
            pass
    call, _ = sent.get_finished_spans()
    assert call.attributes == {"run.id": id_text(run), "batch.id": "0:0"}


async def test_a_step_can_outlast_its_block_and_be_forgotten(
    recorder: Recorder, sent: InMemorySpanExporter
) -> None:
    async with recorder.span("seal") as seal:
        seal.forget()
    go = asyncio.Event()

    async def rest() -> None:
        await go.wait()

    async with recorder.span("batch") as batch:
        task = asyncio.create_task(rest())
        batch.go_on_until(task)
    assert sent.get_finished_spans() == ()
    go.set()
    await task
    await asyncio.sleep(0)
    assert [one.name for one in sent.get_finished_spans()] == ["batch"]
