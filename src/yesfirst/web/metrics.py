"""Metrics as Prometheus reads them: what the database shows, and how long this process took to heed STOPs.

Labels are ids of runs, campaigns, senders and limits, states and parts: nothing about a person. What the database
shows is the same from every web process; the histogram is each one's own, to be summed up.
"""

import hmac
from collections.abc import Iterator
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any

from litestar import Response, get
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector
from redis.asyncio import Redis

from yesfirst.store.reviews import Kind
from yesfirst.usecases import meters
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.meters import Reading
from yesfirst.web.problems import problem

PARTS = ("web server", "dispatcher", "sequencer")
_STOP_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15)  # Twilio waits 15 s for an answer
# What proxies add to a request that they pass on: then its sender is not who we see.
_PASSED_ON = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


class Metrics:
    """What is measured here, and what is read from the servers when it is asked for."""

    def __init__(self, ground: Ground, redis: Redis) -> None:
        self._ground = ground
        self._redis = redis
        self._own, self.stops = stop_seconds()

    async def page(self) -> bytes:
        """Everything in Prometheus' text format."""
        shown = Shown(await meters.read(self._ground, self._redis))
        return generate_latest(shown) + generate_latest(self._own)


def stop_seconds() -> tuple[CollectorRegistry, Histogram]:
    """What is measured in this process, in a registry of its own."""
    own = CollectorRegistry()
    meaning = "From the arrival of a STOP until it was committed and answered."
    return own, Histogram("yesfirst_stop_seconds", meaning, registry=own, buckets=_STOP_SECONDS)


class MetricsGuard:
    """With a token, whoever presents it may read; without one, callers on this machine that no proxy speaks for."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        if self._token is None:
            if _is_near(connection):
                return
            detail = "Set YESFIRST_METRICS_TOKEN to let others than this machine read the metrics."
            raise problem(HTTPStatus.FORBIDDEN, "METRICS_ARE_LOCAL", detail)
        given = connection.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {self._token}".encode()):
            raise problem(HTTPStatus.FORBIDDEN, "METRICS_TOKEN_WRONG", "The metrics need their bearer token.")


def _is_near(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    if connection.client is None or any(name in connection.headers for name in _PASSED_ON):
        return False
    return ip_address(connection.client.host).is_loopback


@get("/metrics", include_in_schema=False)
async def show_metrics(metrics: NamedDependency[Metrics]) -> Response[bytes]:
    """For Prometheus, every 15 seconds or so."""
    headers = {"Cache-Control": "no-store"}
    return Response(await metrics.page(), media_type=CONTENT_TYPE_PLAIN_0_0_4, headers=headers)


class Shown(Collector):
    """A reading as the library wants it."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def collect(self) -> Iterator[Metric]:
        yield from _runs(self._reading)
        yield from _log(self._reading)
        yield from _hearing(self._reading)
        yield from _limits(self._reading)
        yield from _parts(self._reading)
        yield from _reviews(self._reading)


def _runs(reading: Reading) -> Iterator[Metric]:
    run = ("run", "campaign")
    audience = GaugeMetricFamily("yesfirst_run_audience", "People of the frozen audience.", labels=run)
    people = GaugeMetricFamily(
        "yesfirst_run_people", "People by bin; all bins add up to the audience.", labels=(*run, "bin")
    )
    receipts = GaugeMetricFamily(
        "yesfirst_run_receipts", "Messages by their best receipt.", labels=(*run, "receipt")
    )
    oldest = GaugeMetricFamily(
        "yesfirst_run_oldest_seconds",
        "Since the oldest call of those calling or unknown; since a deferral that is over should have ended.",
        labels=(*run, "state"),
    )
    for one in reading.runs:
        names = (one.run, one.campaign)
        audience.add_metric(names, one.audience)
        for bin, count in one.bins.items():
            people.add_metric((*names, bin), count)
        for receipt, count in one.receipts.items():
            receipts.add_metric((*names, receipt), count)
        for state, seconds in one.oldest.items():
            oldest.add_metric((*names, state), seconds)
    yield from (audience, people, receipts, oldest)


def _log(reading: Reading) -> Iterator[Metric]:
    log = reading.log
    yield CounterMetricFamily("yesfirst_log_leaves", "Leaves that are sealed in the log.", value=log.size)
    yield GaugeMetricFamily("yesfirst_log_pending", "Leaves that wait for their seal.", value=log.pending)
    yield GaugeMetricFamily(
        "yesfirst_log_pending_seconds", "For how long the oldest waits for its seal.", value=log.oldest
    )


def _hearing(reading: Reading) -> Iterator[Metric]:
    """Nothing while nobody has begun to listen."""
    if reading.hearing is None:
        return
    hearing = reading.hearing
    yield GaugeMetricFamily(
        "yesfirst_heard_seconds",
        "Since when we may have missed what people text; above 15 nobody is texted.",
        value=max(0.0, hearing.age),
    )
    yield GaugeMetricFamily(
        "yesfirst_listed_seconds",
        "Since the moment that the carrier's list of what people text was last read to.",
        value=max(0.0, hearing.list_age),
    )
    yield CounterMetricFamily(
        "yesfirst_inbound_missed",
        "Texts of people that were on the carrier's list alone.",
        value=hearing.missed,
    )
    yield CounterMetricFamily(
        "yesfirst_carrier_opted_out",
        "People whom the carrier had on its list of opt-outs while we thought them willing.",
        value=hearing.opted_out,
    )


def _limits(reading: Reading) -> Iterator[Metric]:
    used = GaugeMetricFamily(
        "yesfirst_limit_used_ratio",
        "Share of what may be promised ahead under a limit; near 1 the limit sets the pace.",
        labels=("limit",),
    )
    for limit, share in reading.limits.items():
        used.add_metric((limit,), share)
    yield used


def _reviews(reading: Reading) -> Iterator[Metric]:
    waiting = GaugeMetricFamily(
        "yesfirst_reviews_open", "What people wrote that waits for somebody to read it.", labels=("kind",)
    )
    oldest = GaugeMetricFamily(
        "yesfirst_reviews_oldest_seconds", "For how long the oldest of them waits.", labels=("kind",)
    )
    seen = {one.kind: one for one in reading.reviews}
    for kind in Kind:
        waiting.add_metric((kind,), seen[kind].open if kind in seen else 0)
        oldest.add_metric((kind,), seen[kind].oldest if kind in seen else 0)
    yield from (waiting, oldest)


def _parts(reading: Reading) -> Iterator[Metric]:
    sessions = GaugeMetricFamily(
        "yesfirst_part_sessions", "A part's sessions with the database; 0: none of it runs.", labels=("part",)
    )
    silent = GaugeMetricFamily(
        "yesfirst_part_silent_seconds",
        "Since a part last asked the database something; absent when none of it runs.",
        labels=("part",),
    )
    seen = {one.part: one for one in reading.sessions}
    for part in PARTS:
        sessions.add_metric((part,), seen[part].count if part in seen else 0)
        if part in seen:
            silent.add_metric((part,), seen[part].silent)
    yield from (sessions, silent)
