"""`yesfirst migrate`: the only command that changes the schema of a database that is not embedded."""

import asyncio
import os

import click

from yesfirst import settings as environment
from yesfirst.cli.command import Answer, Command
from yesfirst.embedded import servers
from yesfirst.store import migrations
from yesfirst.store.engine import open_engine
from yesfirst.store.reach import reach_database


@click.command(cls=Command)
@click.option("--down", metavar="REVISION", help="Go back to a revision instead; `base` removes everything.")
def migrate(down: str | None) -> Answer:
    """Bring the database to the newest schema."""
    with servers(environment.read(os.environ)) as addresses:
        asyncio.run(_migrate(addresses.database_url, down))
    revision = down or "head"
    return Answer({"revision": revision}, f"The database is at {revision}.")


async def _migrate(url: str, down: str | None) -> None:
    engine = open_engine(url, connections=1)
    try:
        await reach_database(engine)
    finally:
        await engine.dispose()
    if down is None:
        await migrations.upgrade(url)
    else:
        await migrations.downgrade(url, down)
