"""`yesfirst doctor`: is everything there, and what to do if not."""

import asyncio
import os

import click

from yesfirst import settings as environment
from yesfirst.cli.command import Answer, Command
from yesfirst.cli.house import House, in_house
from yesfirst.cli.show import listing
from yesfirst.embedded import servers
from yesfirst.errors import Refused
from yesfirst.settings import Settings
from yesfirst.usecases.doctor import Finding, Health, examine, examine_part


@click.command(cls=Command)
@click.option(
    "--part",
    type=click.Choice(["dispatcher", "sequencer"]),
    help="Check only that this one is at work on this machine, or in this container.",
)
def doctor(part: str | None) -> Answer:
    """Check servers, schema, clock, disk, keys, log, carrier and public address."""
    findings = _findings(environment.read(os.environ), part)
    failing = any(finding.health is Health.FAILING for finding in findings)
    rows = [(one.check, one.health, f"{one.message} {one.hint}".strip()) for one in findings]
    return Answer(
        {"ok": not failing, "findings": findings}, listing(("what", "is", "because"), rows), failing
    )


def _findings(settings: Settings, part: str | None) -> list[Finding]:
    try:
        with servers(settings) as addresses:
            if part is not None:
                return [asyncio.run(examine_part(part, addresses.database_url))]
            if settings.database_url is None:
                in_house(_nothing)  # any command brings an embedded home to order
            return asyncio.run(examine(settings, addresses.database_url, addresses.redis_url))
    except Refused as refused:
        return [Finding("servers", Health.FAILING, refused.message, refused.hint)]


async def _nothing(house: House) -> None:
    return None
