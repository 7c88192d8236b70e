"""`yesfirst consent expiring` and `consent renew`: what will end, and asking people to renew it."""

import click

from yesfirst.cli.command import Answer, Command
from yesfirst.cli.house import House, in_house
from yesfirst.cli.show import counted, facts, listing
from yesfirst.intake.dates import read_duration
from yesfirst.usecases.declared import find_brand
from yesfirst.usecases.renewals import Renewal, ask_to_renew
from yesfirst.usecases.renewals import expiring as find_expiring


def _days(context: click.Context, parameter: click.Parameter, written: str) -> int:
    try:
        return read_duration(written)
    except ValueError:
        raise click.BadParameter("write it like 30d") from None


@click.command(cls=Command)
@click.option("--brand", required=True, help="Whose consents.")
@click.option("--purpose", help="Only these, such as marketing.offers.")
def expiring(brand: str, purpose: str | None) -> Answer:
    """Count the consents that will end, by themselves or by law."""
    return in_house(lambda house: _expiring(house, brand, purpose))


async def _expiring(house: House, brand: str, purpose: str | None) -> Answer:
    found = await find_expiring(house.ground, await find_brand(house.ground, brand), purpose)
    rows = [[one.purpose, *(f"{n:,}" for n in (one.holding, *one.within_days.values()))] for one in found]
    shown = listing(("purpose", "consents that hold", "end in 7 days", "in 30", "in 90"), rows)
    return Answer({"brand": brand, "purposes": found}, shown)


@click.command(cls=Command)
@click.option("--brand", required=True, help="Whose consents.")
@click.option("--purpose", required=True, help="Which, such as marketing.offers.")
@click.option("--within", "days", required=True, callback=_days, help="How soon they end, such as 30d.")
@click.option("--dry-run", is_flag=True, help="Only say who would be asked.")
def renew(brand: str, purpose: str, days: int, dry_run: bool) -> Answer:
    """Ask people to renew consents that will end: each once, by text. Silence renews nothing."""
    return in_house(lambda house: _renew(house, brand, purpose, days, dry_run))


async def _renew(house: House, brand: str, purpose: str, days: int, dry_run: bool) -> Answer:
    known = await find_brand(house.ground, brand)
    found = await ask_to_renew(house.ground, known, purpose, days, dry_run=dry_run)
    return Answer(found, facts(_said(found)))


def _said(found: Renewal) -> list[tuple[str, object]]:
    return [
        ("would be asked" if found.dry_run else "asked", f"{found.asked:,}"),
        ("left out", counted(found.left_out)),
    ]
