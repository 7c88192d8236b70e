"""The demo's words and figures: while it runs on standard error, at its end as a table or one JSON object."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.live import Live

from yesfirst.cli.command import note
from yesfirst.cli.demo.judge import Result
from yesfirst.cli.show import counted, facts
from yesfirst.cli.status import about_account
from yesfirst.usecases.import_people import Report
from yesfirst.usecases.plan import Plan
from yesfirst.usecases.watch import Account


def told_import(path: Path, report: Report) -> None:
    note(
        f"Imported {path.name}: {report.rows:,} rows; {counted(report.outcomes)}; "
        f"rejected for {counted(report.reasons)}. Row by row: {path.with_suffix('.result.csv')}"
    )


def told_plan(planned: Plan) -> None:
    note(
        f"Planned run {planned.run}: an audience of {planned.audience:,}, left out: {counted(planned.excluded)}; "
        f"{planned.messages:,} texts, {planned.cost}. Approved by another person. Sending …"
    )


@contextmanager
def live() -> Iterator[Callable[[Account], None]]:
    """The accounting as it changes, where somebody looks at it."""
    console = Console(file=sys.stderr, markup=False, emoji=False, highlight=False)
    if not console.is_terminal:
        yield lambda _: None
        return
    with Live(console=console, transient=True, auto_refresh=False) as picture:
        yield lambda now: picture.update(about_account(now), refresh=True)


def value(result: Result) -> dict[str, object]:
    """The figures for machines, in the order in which people read them."""
    now, seen, proof = result.account, result.testimony, result.proof
    return {
        "run": now.run,
        "audience": now.audience,
        "excluded": now.excluded,
        "denied": now.denied,
        "deferred": now.deferred,
        "review": now.review,
        "waiting": now.waiting,
        "in_hand": now.in_hand,
        "accepted": now.accepted,
        "delivered": now.delivered,
        "failed": now.failed,
        "unknown": now.unknown,
        "window_closed": now.window_closed,
        "cancelled": now.cancelled,
        "stops_received": seen.stops_acknowledged,
        "stopped_before_send": now.denied.get("SUPPRESSED", 0),
        "sent_after_stop": len(seen.sent_after_stop),
        "in_flight_at_stop": result.in_flight,
        "duplicates": seen.duplicates + seen.repeated,
        "evidence": {"size": proof.size, "checkpoint": proof.checkpoint, "verified": proof.verified},
        "seconds": round(result.seconds, 1),
    }


def shown(result: Result) -> RenderableType:
    seen, proof = result.testimony, result.proof
    late, in_time = len(seen.sent_after_stop), result.account.denied.get("SUPPRESSED", 0)
    verdict = "every record holds" if proof.verified else "; ".join(proof.faults[:5]) or "nothing to verify"
    return Group(
        about_account(result.account),
        "",
        facts(
            [
                ("accounting", "closes" if result.account.closes else "DOES NOT CLOSE"),
                ("carrier saw", f"{seen.accepted:,} texts, {seen.duplicates + seen.repeated} duplicates"),
                (
                    "STOPs",
                    f"{seen.stops_acknowledged:,} received, {in_time:,} before their own text",
                ),
                ("after a STOP", f"{late} sent, {late - len(result.breaches)} of them named as in flight"),
                ("evidence", f"{proof.bundles:,} decisions, {proof.size:,} leaves: {verdict}"),
                ("seconds", f"{result.seconds:.1f}"),
            ]
        ),
    )
