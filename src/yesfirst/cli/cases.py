"""`yesfirst rulebook cases`: what counsel expects, held against what is decided. Needs a server, no installation."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec
from rich.table import Table

from yesfirst import settings as environment
from yesfirst.cli.command import Answer, Command
from yesfirst.cli.options import FILE
from yesfirst.cli.show import listing
from yesfirst.embedded import servers
from yesfirst.usecases.cases import Difference, differences
from yesfirst.usecases.files import read_case_file


@click.command(cls=Command)
@click.argument("file", type=FILE)
def cases(file: Path) -> Answer:
    """Decide the cases of a file on a throw-away database, and show those that come out otherwise."""
    found = read_case_file(file)
    with servers(environment.read(os.environ)) as addresses:
        differs = asyncio.run(differences(addresses.database_url, found))
    value = {"cases": len(found), "differs": differs}
    if not differs:
        return Answer(value, f"All {len(found)} cases are decided as expected.")
    return Answer(value, _about(differs), refused=True)


def _about(differs: Sequence[Difference]) -> Table:
    return listing(
        ("case", "expected", "got"),
        ((one.id, _words(one.expected), _words(one.got)) for one in differs),
    )


def _words(told: object) -> str:
    """What was expected or decided, a line for each thing that is said."""
    plain = msgspec.to_builtins(told)
    if not isinstance(plain, dict):
        return str(plain)
    return "\n".join(
        ", ".join(map(str, value)) if isinstance(value, list) else str(value) for value in plain.values()
    )
