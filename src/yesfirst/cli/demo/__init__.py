"""`yesfirst demo`: a real campaign on this machine, from a messy customer list to verified evidence."""

import asyncio
import os
from pathlib import Path
from time import monotonic

import click

from yesfirst.cli.command import Answer, Command, announce, note
from yesfirst.cli.demo import report
from yesfirst.cli.demo.play import Told, play
from yesfirst.cli.demo.stage import alone, set_up
from yesfirst.embedded import Addresses, servers
from yesfirst.processes.supervise import first_end, told_to_end, unless
from yesfirst.settings import Settings, read


@click.command(cls=Command)
@click.option("--exit", "leave", is_flag=True, help="End when the campaign is over, instead of serving on.")
@click.option("--people", type=click.IntRange(50, 200_000), default=5_000, show_default=True)
def demo(leave: bool, people: int) -> Answer:
    """Send a campaign to invented people through a simulated carrier, and prove every message.

    Real servers and processes; nothing leaves this machine, and your own data isn't touched.
    """
    started = monotonic()
    settings = read(os.environ)
    note("Starting PostgreSQL, Valkey, web server, dispatcher, sequencer and a simulated carrier …")
    with alone(settings.home) as directory, servers(settings) as addresses:
        return asyncio.run(_show(settings, addresses, directory, people, started, leave=leave))


async def _show(
    settings: Settings, addresses: Addresses, directory: Path, people: int, started: float, *, leave: bool
) -> Answer:
    with told_to_end() as told:
        async with set_up(settings, addresses, directory) as stage:
            with report.live() as standing:
                course = Told(report.told_import, report.told_plan, standing)
                result = await unless(told, play(stage, people, course, started))
            if result is None:
                raise KeyboardInterrupt
            if not leave:
                note(report.shown(result))
                where = f"Still serving {stage.settings.public_url}/log/checkpoint; Ctrl-C ends it."
                announce(report.value(result), where)
                await unless(told, first_end(stage.children))
    return Answer(report.value(result), report.shown(result) if leave else "", refused=not result.holds)
