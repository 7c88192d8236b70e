"""`yesfirst key`: keys with which other programs use the API."""

import click

from yesfirst.cli.command import Answer, Group, note
from yesfirst.cli.house import House, in_house
from yesfirst.cli.options import TAKES_ID
from yesfirst.cli.show import facts, listing
from yesfirst.intake.dates import InvalidDuration, read_duration
from yesfirst.usecases import api_keys
from yesfirst.usecases.api_keys import Capability


@click.group(cls=Group)
def key() -> None:
    """Keys with which programs use the API."""


def _days(context: click.Context, parameter: click.Parameter, value: str) -> int:
    try:
        return read_duration(value)
    except InvalidDuration as error:
        raise click.BadParameter(str(error)) from None


@key.command()
@click.option("--name", required=True, help="The program that will use it; it stands in plans and approvals.")
@click.option(
    "--can",
    required=True,
    multiple=True,
    type=click.Choice([each.value for each in Capability]),
    help="What it may do. Repeat it.",
)
@click.option("--brand", help="The one brand that it may do it for; otherwise all.")
@click.option(
    "--expires-after",
    "days",
    default="365d",
    show_default=True,
    metavar="365d",
    callback=_days,
    help="How long it lasts.",
)
def create(name: str, can: tuple[str, ...], brand: str | None, days: int) -> Answer:
    """Make a key and show it, this once."""
    return in_house(lambda house: _create(house, name, can, brand, days))


async def _create(house: House, name: str, can: tuple[str, ...], brand: str | None, days: int) -> Answer:
    made = await api_keys.create(house.ground, name, [Capability(each) for each in can], brand, days)
    note("Only its hash is kept: copy it now, to where secrets are kept.")
    pairs = [("key", made.token), ("id", made.id), ("expires", f"{made.expires_at:%Y-%m-%d}")]
    return Answer({"id": made.id, "key": made.token, "expires_at": made.expires_at}, facts(pairs))


@key.command("list")
def list_keys() -> Answer:
    """List the keys, without their secrets."""
    return in_house(_list)


async def _list(house: House) -> Answer:
    found = await api_keys.list_keys(house.ground)
    rows = [
        (
            one.id,
            one.name,
            ", ".join(one.can),
            one.brand or "all",
            f"{one.expires_at:%Y-%m-%d}",
            "valid" if one.valid else "revoked" if one.revoked_at else "expired",
        )
        for one in found
    ]
    return Answer({"keys": found}, listing(("id", "name", "can", "brand", "expires", "is"), rows))


@key.command(context_settings=TAKES_ID)
@click.argument("id")
def revoke(id: str) -> Answer:
    """End a key at once."""
    return in_house(lambda house: _revoke(house, id))


async def _revoke(house: House, id: str) -> Answer:
    await api_keys.revoke(house.ground, id)
    return Answer({"revoked": id}, f"Key {id} is revoked.")
