"""The Grafana dashboard asks for metrics and labels that exist, and leaves none of them unseen."""

import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from yesfirst.rules.delivery import Bin
from yesfirst.store.hearing import Hearing
from yesfirst.store.meters import LogMeter, Sessions
from yesfirst.usecases.meters import Reading, RunMeter
from yesfirst.web.metrics import PARTS, Shown, stop_seconds

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DASHBOARD = Path(__file__).parents[1] / "docs/grafana/yesfirst.json"
_NAMES = re.compile(r"\byesfirst_\w+")
_LABELS = re.compile(r"\bby \(([\w, ]+)\)|[{,] ?(\w+)=~?\"|\{\{(\w+)\}\}|, (\w+)\)$")


class Target(msgspec.Struct, frozen=True, rename="camel"):
    expr: str
    legend_format: str


class Panel(msgspec.Struct, frozen=True):
    title: str
    targets: tuple[Target, ...]


class Dashboard(msgspec.Struct, frozen=True):
    panels: tuple[Panel, ...]


def served() -> dict[str, set[str]]:
    """Every sample that the web process can serve, with its labels."""
    run = RunMeter("RUN", "campaign", 1, {Bin.WAITING: 1}, {"delivered": 1}, {"calling": 1.0})
    reading = Reading(
        [run],
        LogMeter(1, 1, 1.0),
        Hearing(NOW, NOW, 1.0, 1.0, 1, None, 1, None),
        {"run:RUN": 0.5},
        [Sessions(part, 1, 0.1) for part in PARTS],
        [],
    )
    registry, stops = stop_seconds()
    stops.observe(0.1)
    page = (generate_latest(Shown(reading)) + generate_latest(registry)).decode()
    samples = [sample for family in text_string_to_metric_families(page) for sample in family.samples]
    return {sample.name: set(sample.labels) for sample in samples}


def test_the_dashboard_asks_for_all_metrics_and_for_none_that_does_not_exist() -> None:
    text = DASHBOARD.read_text("utf-8")
    asked, known = set(_NAMES.findall(text)), served()
    assert asked <= known.keys()
    unseen = {"yesfirst_stop_seconds_sum", "yesfirst_stop_seconds_created"}
    assert known.keys() - unseen == asked


def test_each_query_uses_labels_of_its_metric() -> None:
    known = served()
    dashboard = msgspec.json.decode(DASHBOARD.read_bytes(), type=Dashboard)
    targets = [target for panel in dashboard.panels for target in panel.targets]
    assert len(targets) > 10
    for target in targets:
        has = set().union(*(known[name] for name in _NAMES.findall(target.expr)))
        found = _LABELS.findall(f"{target.expr} {target.legend_format}")
        used = {label for group in found for each in group for label in re.split(r", ?", each) if label}
        assert used <= has, target.expr
