"""Metrics over real HTTP: who may read them, and that they say what the database says."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from webserver import SERVICE, settings, site

from usecases.shop import number, open_shop
from yesfirst.web.app import create_app
from yesfirst.web.server import listening

Samples = Mapping[tuple[str, frozenset[str]], float]


def samples(page: str, leave_out: Iterable[str] = ("run", "campaign")) -> Samples:
    """Sample name and label values → value."""
    return {
        (sample.name, frozenset(value for name, value in sample.labels.items() if name not in leave_out)): (
            sample.value
        )
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


async def test_a_run_is_shown_as_it_is_accounted_for(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    web = settings(redis_url, tmp_path)
    async with open_shop(database_url, tmp_path) as shop:
        await shop.agree([number(n) for n in range(5)])
        run = await shop.running()
        await shop.claim_all(run)
        async with listening(create_app(shop.ground, web), "127.0.0.1", 0) as address:
            page = await _get(address)
            await shop.seal()
            sealed = samples(await _get(address))
    before = samples(page)
    bins = {next(iter(labels)): n for (name, labels), n in before.items() if name == "yesfirst_run_people"}
    assert bins["in_hand"] == 5
    assert sum(bins.values()) == before["yesfirst_run_audience", frozenset()] == run.counts["audience"]
    assert f'campaign="{run.campaign}"' in page
    assert before["yesfirst_log_pending", frozenset()] >= 10
    assert 0 < before["yesfirst_log_pending_seconds", frozenset()] < 60
    assert before["yesfirst_part_sessions", frozenset({"dispatcher"})] == 0
    assert sealed["yesfirst_log_pending_seconds", frozenset()] == 0
    assert sealed["yesfirst_log_leaves_total", frozenset()] == before["yesfirst_log_pending", frozenset()]


async def test_a_stop_is_timed_and_other_texts_are_not(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with site(database_url, settings(redis_url, tmp_path)) as running:
        for n, body in enumerate(("STOP", "HELP", "T")):
            form = {"MessageSid": f"SM{n}", "From": number(1), "To": "+15005550006", "Body": body}
            answer = await running.twilio(
                "/webhooks/twilio/inbound", {**form, "MessagingServiceSid": SERVICE}
            )
            assert answer.status_code == 200
        page = (await running.get("/metrics")).text
    assert samples(page)["yesfirst_stop_seconds_count", frozenset()] == 2


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
async def test_without_a_token_nobody_reads_through_a_proxy(
    database_url: str, redis_url: str, tmp_path: Path, header: str
) -> None:
    async with site(database_url, settings(redis_url, tmp_path)) as running:
        near = await running.get("/metrics")
        passed_on = await running.client.get("/metrics", headers={header: "127.0.0.1"})
    assert near.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert (near.status_code, passed_on.status_code) == (200, 403)
    assert passed_on.json()["code"] == "METRICS_ARE_LOCAL"


@pytest.mark.parametrize(
    ("given", "status"), [("Bearer secret", 200), ("Bearer secre", 403), ("secret", 403), ("", 403)]
)
async def test_with_a_token_only_who_presents_it_reads_from_wherever(
    database_url: str, redis_url: str, tmp_path: Path, given: str, status: int
) -> None:
    web = replace(settings(redis_url, tmp_path), metrics_token="secret")
    async with site(database_url, web) as running:
        headers = {"Authorization": given, "X-Forwarded-For": "203.0.113.7"}
        assert (await running.client.get("/metrics", headers=headers)).status_code == status


async def _get(address: str) -> str:
    async with httpx.AsyncClient(base_url=address) as client:
        return (await client.get("/metrics")).text
