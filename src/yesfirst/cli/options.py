"""Arguments and options that several commands share."""

import sys
from pathlib import Path

import click

from yesfirst.errors import Refused
from yesfirst.intake.dates import WrittenDate, read_date
from yesfirst.rules import numbers
from yesfirst.usecases.actors import Actor

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)

# An id may begin with a dash, which would make it an option.
TAKES_ID = {"ignore_unknown_options": True}


def _actor(context: click.Context, parameter: click.Parameter, name: str | None) -> Actor | None:
    if name is None:
        return None
    if not name.strip():
        raise click.BadParameter("say who you are")
    return Actor(name.strip())


def instant(context: click.Context, parameter: click.Parameter, value: str) -> WrittenDate:
    """A day or a time as somebody writes it."""
    written = read_date(value)
    if written is None:
        raise click.BadParameter("write a day or a time, such as 2026-11-22 or 2026-11-22T09:00+08:00")
    return written


as_actor = click.option("--as", "actor", required=True, metavar="NAME", callback=_actor, help="Who you are.")
perhaps_as_actor = click.option("--as", "actor", metavar="NAME", callback=_actor, help="Who you are.")
phone = click.option(
    "--phone", type=click.Choice(["-"]), help="Read the number from standard input instead of asking for it."
)


def ask_number(source: str | None, region: str) -> str:
    """A number in E.164, from standard input (`-`) or a prompt; `region` is where one without +code belongs.

    Raises Refused (NUMBER_MISSING, NUMBER_INVALID), which doesn't repeat what was written.
    """
    written = sys.stdin.readline() if source == "-" else click.prompt("Phone number", err=True, type=str)
    found = numbers.parse(written, region)
    if isinstance(found, numbers.Number):
        return found.e164
    raise Refused(
        found.value,
        "That is no number that a text can reach.",
        "Write it like +14155550123" + (f", or as it is dialled within {region}." if region else "."),
    )
