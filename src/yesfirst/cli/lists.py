"""`yesfirst list`: named lists of people, for `include` and `exclude` of a campaign."""

from dataclasses import asdict
from pathlib import Path

import click

from yesfirst.cli.command import Answer, Group
from yesfirst.cli.house import House, in_house
from yesfirst.cli.options import FILE
from yesfirst.cli.show import facts, listing
from yesfirst.store import lists
from yesfirst.usecases.declared import find_brand
from yesfirst.usecases.files import open_list_file
from yesfirst.usecases.lists import ListReport, drop_list, import_list

_brand = click.option("--brand", required=True, help="The brand that knows these people.")
_name = click.option("--name", required=True, help="What campaigns call the list, such as vip-2026.")


@click.group("list", cls=Group)
def named_lists() -> None:
    """Lists of people that campaigns include or exclude by name."""


@named_lists.command("import")
@click.argument("file", type=FILE)
@_brand
@_name
@click.option("--number-column", metavar="COLUMN", help="The column of the numbers; otherwise guessed.")
@click.option("--encoding", help="How a CSV is written; otherwise it is recognised.")
@click.option("--sheet", metavar="NAME", help="The sheet of a workbook; otherwise the first.")
def import_file(
    file: Path, brand: str, name: str, number_column: str | None, encoding: str | None, sheet: str | None
) -> Answer:
    """Make a list of the people whose numbers are in a CSV file or a workbook, or replace it.

    A list is no consent: numbers that the brand doesn't know are counted and left out. Import people first.
    """

    async def work(house: House) -> Answer:
        found = await find_brand(house.ground, brand)
        with file.open("rb") as opened:
            source = open_list_file(opened, number_column, encoding=encoding, sheet=sheet)
            report = await import_list(house.ground, found, name, source)
        return _reported(name, report)

    return in_house(work)


def _reported(name: str, report: ListReport) -> Answer:
    pairs = [
        ("list", name),
        ("rows", f"{report.rows:,}"),
        ("people on it", f"{report.people:,}"),
        ("same number again", f"{report.repeated:,}"),
        ("not known to the brand", _with_lines(report.unknown, report.unknown_lines)),
        ("no number", _with_lines(report.invalid, report.invalid_lines)),
    ]
    return Answer({"list": name, **asdict(report)}, facts(pairs))


def _with_lines(count: int, lines: list[int]) -> str:
    more = ", …" if count > len(lines) else ""
    return f"{count:,} (line {', '.join(map(str, lines))}{more})" if count else "0"


@named_lists.command()
@_brand
def show(brand: str) -> Answer:
    """Show a brand's lists and how many people are on each."""
    return in_house(lambda house: _show(house, brand))


async def _show(house: House, brand: str) -> Answer:
    found = await find_brand(house.ground, brand)
    async with house.ground.engine.connect() as connection:
        named = await lists.of_brand(connection, found.id)
    rows = [(one.name, f"{one.people:,}") for one in named]
    return Answer({"lists": [asdict(one) for one in named]}, listing(("list", "people"), rows))


@named_lists.command()
@_brand
@_name
def drop(brand: str, name: str) -> Answer:
    """Remove a list; its people stay, and runs that were planned keep their audience."""
    return in_house(lambda house: _drop(house, brand, name))


async def _drop(house: House, brand: str, name: str) -> Answer:
    people = await drop_list(house.ground, await find_brand(house.ground, brand), name)
    return Answer({"list": name, "people": people}, f"List {name} is dropped; {people:,} people were on it.")
