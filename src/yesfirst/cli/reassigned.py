"""`yesfirst people reassigned`: numbers that are somebody else's now."""

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from yesfirst.cli.command import Answer, Command
from yesfirst.cli.house import House, in_house
from yesfirst.cli.options import FILE, as_actor, ask_number, instant, phone
from yesfirst.cli.show import facts
from yesfirst.intake.dates import WrittenDate, given_at
from yesfirst.ledger.text import id_text
from yesfirst.usecases.actors import Actor
from yesfirst.usecases.files import open_registry_file
from yesfirst.usecases.reassign import ReassignedReport, Source, hand_on, hand_on_all


@dataclass(frozen=True, slots=True)
class _Order:
    """What was handed on as the command line says it; without a file, one number that is asked for."""

    file: Path | None
    at: WrittenDate
    phone: str | None
    region: str
    number_column: str | None
    reassigned_column: str | None
    actor: Actor


@click.command("reassigned", cls=Command)
@click.option("--file", type=FILE, help="A CSV file, a workbook or a list of numbers; else one is asked for.")
@click.option(
    "--at",
    required=True,
    metavar="TIME",
    callback=instant,
    help="Since when they are somebody else's; a day means its beginning, UTC.",
)
@phone
@click.option("--region", default="", metavar="CN", help="The country of numbers that are written without.")
@click.option("--number-column", metavar="COLUMN", help="The column of the numbers; otherwise guessed.")
@click.option(
    "--reassigned-column", metavar="COLUMN", help="The column that says which are; without one, all are."
)
@as_actor
def reassigned(
    file: Path | None,
    at: WrittenDate,
    phone: str | None,
    region: str,
    number_column: str | None,
    reassigned_column: str | None,
    actor: Actor,
) -> Answer:
    """Record that numbers have changed hands: what their earlier holders agreed to ends, at every brand.

    Whoever has a number now is somebody new, who has agreed to nothing. The same file may be read again.
    """
    order = _Order(file, at, phone, region.upper(), number_column, reassigned_column, actor)
    return in_house(lambda house: _hand_on(house, order))


async def _hand_on(house: House, order: _Order) -> Answer:
    since = given_at(order.at, ZoneInfo("UTC"))
    if order.file is not None:
        with order.file.open("rb") as opened:
            source = open_registry_file(opened, number=order.number_column, listed=order.reassigned_column)
            return _reported(await hand_on_all(house.ground, source, since, order.region, order.actor))
    number = ask_number(order.phone, order.region)
    async with house.ground.engine.begin() as connection:
        done = await hand_on(house.ground, connection, number, since, Source.OPERATOR, order.actor)
    known = bool(done.people)
    return _reported(ReassignedReport(1, known, done.people, not known, in_flight=list(done.in_flight)))


def _reported(report: ReassignedReport) -> Answer:
    more = ", …" if report.invalid > len(report.invalid_lines) else ""
    lines = f" (line {', '.join(map(str, report.invalid_lines))}{more})" if report.invalid else ""
    in_flight = [id_text(message) for message in report.in_flight]
    value = {
        "rows": report.rows,
        "known": report.known,
        "people": report.people,
        "unknown": report.unknown,
        "invalid": report.invalid,
        "invalid_lines": report.invalid_lines,
        "in_flight": in_flight,
    }
    pairs = [
        ("rows", f"{report.rows:,}"),
        ("numbers of people we knew", f"{report.known:,}"),
        ("consents ended for", f"{report.people:,} people of brands"),
        ("not known, or told before", f"{report.unknown:,}"),
        ("not understood", f"{report.invalid:,}{lines}"),
        ("already being handed over", ", ".join(in_flight) or "none"),
    ]
    return Answer(value, facts(pairs))
