"""Traces of a run on real processes: a message can be followed from its plan to its receipt, and nobody is in them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from collector import Collector, Seen, collecting
from station import Station, station, until
from test_no_personal_data import bodies_at, private_in

from yesfirst import tracing
from yesfirst.ledger.text import id_text

PEOPLE, STOPS = 100, 10
BATCH = {"reserve", "claim", "wait for the seal", "allow", "record"}
FACTS = {
    *("run.id", "batch.id", "message.id", "judged", "claimed", "leaves", "outcome", "error.type"),
    *("http.request.method", "http.route", "http.response.status_code"),
}


@asynccontextmanager
async def traced_here() -> AsyncIterator[None]:
    """This process tells the collector what it does, as a command would."""
    leaving = ExitStack()
    leaving.enter_context(tracing.exporting("command"))
    try:
        yield
    finally:
        # The collector, which gets the last spans now, serves in this event loop.
        await asyncio.to_thread(leaving.close)


@dataclass(frozen=True)
class Travelled:
    """A run that was planned here, and sent and reported by the processes."""

    run: bytes
    accepted: int
    numbers: list[str]
    bodies: list[str]


async def travel(place: Station) -> Travelled:
    async with traced_here():
        run, numbers = await place.run(PEOPLE)
    dispatcher = await place.dispatcher()
    await place.text_stop(numbers[-STOPS:], 100)
    account = await place.until_over(run, 60)

    async def reported() -> bool:
        return (await place.account(run)).delivered == account.accepted

    await until(reported, 10)
    bodies = await bodies_at(place)
    await dispatcher.stop()
    return Travelled(run.id, account.accepted, numbers, bodies)


def linked(collector: Collector, span: Seen, name: str) -> Seen:
    """The span of this name, of another trace, that a span has a link to."""
    (found,) = [one for link in span.links if (one := collector.of(*link)).name == name]
    return found


async def test_a_message_can_be_followed_from_its_plan_to_its_receipt(
    database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address)
        async with station(database_url, redis_url, tmp_path) as place:
            travelled = await travel(place)

    run = travelled.run
    (plan,) = collector.named("plan")
    assert (plan.trace, plan.service) == (run, "yesfirst-command")
    for name in ("approve", "start"):
        (step,) = collector.named(name)
        assert (step.trace, step.parent) == (run, plan.id)

    receipts = collector.named("receipt")
    assert len({one.trace for one in receipts}) == travelled.accepted > PEOPLE / 2
    for receipt in receipts:
        asked = linked(collector, receipt, "POST /webhooks/twilio/status")
        assert (asked.service, asked.facts["http.response.status_code"]) == ("yesfirst-web-server", 204)
        call = collector.of(receipt.trace, receipt.parent)
        assert (call.name, call.facts["run.id"]) == ("call", id_text(run))
        assert call.facts["message.id"] == receipt.facts["message.id"] == id_text(call.trace)
        batch = linked(collector, call, "batch")
        assert batch.service == call.service == "yesfirst-dispatcher"
        assert batch.facts["batch.id"] == call.facts["batch.id"]
        assert linked(collector, batch, "plan") is plan
        assert {one.name for one in collector.spans if one.trace == batch.trace} == {"batch", *BATCH}

    said = Counter(one.facts.get("outcome") for one in collector.named("inbound"))
    assert said["stop"] == STOPS
    assert all(one.service == "yesfirst-sequencer" and one.facts["leaves"] for one in collector.named("seal"))
    assert collector.named("seal")
    assert {fact for one in collector.spans for fact in one.facts} <= FACTS
    raw = "\n".join(collector.raw)
    assert id_text(run) in raw
    assert private_in(raw, travelled.numbers, travelled.bodies) == []
