"""`yesfirst brand`: what a brand file declares, brought into the database."""

from datetime import UTC, datetime
from pathlib import Path

import click

from yesfirst.cli.command import Answer, Group, note
from yesfirst.cli.house import House, in_house
from yesfirst.cli.options import FILE
from yesfirst.cli.show import facts, listing
from yesfirst.intake.renewal_advice import renewal_gaps
from yesfirst.store import brands
from yesfirst.usecases.declared import apply_brand, read_brand
from yesfirst.usecases.files import read_brand_file


@click.group(cls=Group)
def brand() -> None:
    """Brands, their senders, purposes and notices."""


@brand.command()
@click.argument("file", type=FILE)
def apply(file: Path) -> Answer:
    """Apply a brand file and the notices it names; doing so again changes nothing.

    Says what the text that asks to renew lacks where people would not be asked.
    """
    return in_house(lambda house: _apply(house, file))


async def _apply(house: House, file: Path) -> Answer:
    declared, notices = read_brand_file(file)
    await apply_brand(house.ground, declared, notices)
    for gap in renewal_gaps(declared, datetime.now(UTC)):
        note(f"replies.renew.{gap.language} lacks something in {gap.place}: {gap.write} ({gap.rule})")
    value = {
        "brand": declared.id,
        "controller": declared.controller,
        "purposes": list(declared.purposes),
        "senders": [sender.id for sender in declared.senders],
        "notices": list(notices),
    }
    shown = facts((name, ", ".join(each) if isinstance(each, list) else each) for name, each in value.items())
    return Answer(value, shown)


@brand.command("list")
def list_brands() -> Answer:
    """List the brands that are applied."""
    return in_house(_list)


async def _list(house: House) -> Answer:
    async with house.ground.engine.connect() as connection:
        applied = [read_brand(stored) for stored in await brands.all_brands(connection)]
    value = [
        {"brand": one.id, "name": one.name, "controller": one.controller, "purposes": list(one.purposes)}
        for one in applied
    ]
    rows = [(one.id, one.name, one.controller, ", ".join(one.purposes)) for one in applied]
    return Answer({"brands": value}, listing(("brand", "name", "controller", "purposes"), rows))
