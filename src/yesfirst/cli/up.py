"""`yesfirst up`: all processes of an installation on one machine, ending together."""

import asyncio

import click

from yesfirst.cli.command import Answer, Command, announce
from yesfirst.cli.house import House, in_house
from yesfirst.processes.supervise import Part, first_end, running, told_to_end


@click.command(cls=Command)
@click.option("--port", type=click.IntRange(0, 65535), help="Instead of YESFIRST_PORT; 0 takes any free one.")
def up(port: int | None) -> Answer:
    """Run web server, dispatcher and sequencer together until Ctrl-C."""
    return in_house(lambda house: _up(house, port))


def parts(port: int | None) -> list[Part]:
    """In the order in which each finds what it needs: seals, then receipts, then what makes both."""
    serve = ["serve"] if port is None else ["serve", "--port", str(port)]
    return [Part("sequencer", ["sequencer"]), Part("web server", serve), Part("dispatcher", ["dispatcher"])]


async def _up(house: House, port: int | None) -> Answer:
    # The house stays open meanwhile: embedded servers live as long as one process uses them.
    with told_to_end() as told:
        async with running(parts(port)) as children:
            address = children["web server"].address
            announce(
                {"ready": "up", "address": address},
                f"Everything runs; the web server is at {address}. Ctrl-C ends it.",
            )
            ending = asyncio.create_task(told.wait())
            failing = asyncio.create_task(first_end(children))
            await asyncio.wait([ending, failing], return_when=asyncio.FIRST_COMPLETED)
            if failing.done():
                raise failing.result()
            failing.cancel()
    return Answer({"ended": "up"}, "Everything has ended.")
