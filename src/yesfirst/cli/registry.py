"""`yesfirst registry`: what do-not-contact registries say about a brand's people, and since when."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from yesfirst.cli.command import Answer, Group
from yesfirst.cli.house import House, in_house
from yesfirst.cli.options import FILE, instant
from yesfirst.cli.show import facts, listing
from yesfirst.intake.dates import WrittenDate, given_at
from yesfirst.usecases.declared import find_brand
from yesfirst.usecases.files import open_registry_file
from yesfirst.usecases.registries import RegistryReport, import_registry, standings

_brand = click.option("--brand", required=True, help="The brand that knows these people.")


@click.group(cls=Group)
def registry() -> None:
    """Do-not-contact registries and their answers about people."""


@registry.command("import")
@click.argument("registry_id", metavar="REGISTRY")
@click.argument("file", type=FILE)
@_brand
@click.option(
    "--checked-at",
    required=True,
    metavar="TIME",
    callback=instant,
    help="When the registry answered; a day means its beginning, where the brand is.",
)
@click.option(
    "--all-others-clear",
    is_flag=True,
    help="The file is the whole registry, or everybody was asked about: who isn't in it isn't listed.",
)
@click.option("--number-column", metavar="COLUMN", help="The column of the numbers; otherwise guessed.")
@click.option(
    "--listed-column", metavar="COLUMN", help="The column that says which are listed; without one, all are."
)
@click.option("--encoding", help="How a CSV is written; otherwise it is recognised.")
@click.option("--sheet", metavar="NAME", help="The sheet of a workbook; otherwise the first.")
def import_file(
    registry_id: str,
    file: Path,
    brand: str,
    checked_at: WrittenDate,
    all_others_clear: bool,
    number_column: str | None,
    listed_column: str | None,
    encoding: str | None,
    sheet: str | None,
) -> Answer:
    """Record what a registry said, from a CSV file, a workbook or a list of numbers, one a line.

    Numbers that the brand doesn't know are counted and left out. An answer changes no consent: it keeps texts from
    people who are listed, for as long as the registry's rulebook lets it hold.
    """

    async def work(house: House) -> Answer:
        found = await find_brand(house.ground, brand)
        with file.open("rb") as opened:
            source = open_registry_file(
                opened, number=number_column, listed=listed_column, encoding=encoding, sheet=sheet
            )
            instant = given_at(checked_at, found.time_zone)
            report = await import_registry(
                house.ground, found, registry_id, source, instant, others_clear=all_others_clear
            )
        return _reported(registry_id, instant, report)

    return in_house(work)


def _reported(registry_id: str, checked_at: datetime, report: RegistryReport) -> Answer:
    more = ", …" if report.invalid > len(report.invalid_lines) else ""
    lines = f" (line {', '.join(map(str, report.invalid_lines))}{more})" if report.invalid else ""
    old = report.stale_at is not None and report.stale_at <= datetime.now(UTC)
    pairs = [
        ("registry", registry_id),
        ("rows", f"{report.rows:,}"),
        ("people listed", f"{report.listed:,}"),
        ("people clear", f"{report.clear:,}"),
        ("clear, since not in the file", f"{report.others_clear:,}"),
        ("not known to the brand", f"{report.unknown:,}"),
        ("not understood", f"{report.invalid:,}{lines}"),
        ("holds until", f"{_minute(report.stale_at)}{': too old already' if old else ''}"),
    ]
    value = {"registry": registry_id, "checked_at": checked_at, **asdict(report)}
    return Answer(value, facts(pairs))


@registry.command("list")
@_brand
def list_registries(brand: str) -> Answer:
    """List the registries that are asked where a brand's people belong, and how old their answers are.

    People who are unchecked or whose answer is stale are for review, not texted, where the registry binds.
    """
    return in_house(lambda house: _list(house, brand))


async def _list(house: House, brand: str) -> Answer:
    found = await standings(house.ground, await find_brand(house.ground, brand))
    headers = ("registry", "rulebook", "holds", "listed", "clear", "stale", "unchecked", "stale from")
    rows = [
        (
            *(one.registry, one.rulebook, one.max_age),
            *(f"{count:,}" for count in (one.listed, one.clear, one.stale, one.unchecked)),
            _minute(one.stale_from),
        )
        for one in found
    ]
    return Answer({"registries": [asdict(one) for one in found]}, listing(headers, rows))


def _minute(instant: datetime | None) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if instant else ""
