"""`yesfirst review`: replies and wishes that wait for one of us to read them.

What somebody wrote, and their number, is shown on the terminal alone; that it was shown is on record.
"""

import click

from yesfirst.cli.command import Answer, Group, note
from yesfirst.cli.house import House, in_house
from yesfirst.cli.options import TAKES_ID, as_actor
from yesfirst.cli.show import facts, listing
from yesfirst.usecases import review as reviews
from yesfirst.usecases.actors import Actor
from yesfirst.usecases.declared import find_brand
from yesfirst.usecases.review import Resolution


@click.group(cls=Group)
def review() -> None:
    """What people wrote that one of us has to read."""


@review.command("list")
@click.option("--brand", help="Of one brand; otherwise of all.")
def list_reviews(brand: str | None) -> Answer:
    """List what waits, the oldest first, at most 1,000. Messages to whoever sent a `reply` are held meanwhile."""
    return in_house(lambda house: _list(house, brand))


async def _list(house: House, brand: str | None) -> Answer:
    found = await reviews.list_open(
        house.ground, (await find_brand(house.ground, brand)).id if brand else None
    )
    rows = [
        (one.review, one.brand, one.kind, f"{one.at:%Y-%m-%d %H:%M} UTC", " or ".join(one.resolutions))
        for one in found
    ]
    return Answer({"reviews": found}, listing(("review", "brand", "kind", "since", "resolve as"), rows))


@review.command(context_settings=TAKES_ID)
@click.argument("id")
@as_actor
def show(id: str, actor: Actor) -> Answer:
    """Show what a person wrote, and their number. That you have seen it is on record."""
    return in_house(lambda house: _show(house, id, actor))


async def _show(house: House, id: str, actor: Actor) -> Answer:
    found = await reviews.read(house.ground, id, actor)
    note("This is on record. Keep it to yourself.")
    pairs = [
        ("brand", found.brand),
        ("kind", found.kind),
        ("since", f"{found.at:%Y-%m-%d %H:%M} UTC"),
        ("number", found.number),
        ("wrote", found.text if found.text is not None else "nothing"),
        ("resolve as", " or ".join(reviews.RESOLUTIONS[found.kind])),
    ]
    return Answer(found, facts(pairs))


@review.command(context_settings=TAKES_ID)
@click.argument("id")
@as_actor
@click.option(
    "--is",
    "resolution",
    required=True,
    type=click.Choice([one.value for one in Resolution]),
    help="stop: they said no. keep: they did not. done: you have seen to it.",
)
def resolve(id: str, actor: Actor, resolution: str) -> Answer:
    """Say what it was: `stop` withdraws everything, `keep` lets the held messages go on."""
    return in_house(lambda house: _resolve(house, id, actor, resolution))


async def _resolve(house: House, id: str, actor: Actor, resolution: str) -> Answer:
    await reviews.resolve(house.ground, id, Resolution(resolution), actor)
    return Answer({"review": id, "resolution": resolution}, f"Review {id} is resolved: {resolution}.")
