"""`yesfirst serve`, `dispatcher` and `sequencer`: the processes of an installation, one command each.

Each runs until SIGTERM or SIGINT, finishes what it is doing and ends with 0. With `--json` it says on standard
output when it is ready.
"""

import os
import signal
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import click

from yesfirst.cli.command import Answer, Command, announce, note
from yesfirst.cli.house import House, in_house
from yesfirst.cli.logs import log_to_stderr
from yesfirst.errors import Refused
from yesfirst.store.reach import reach_redis

F = TypeVar("F", bound=Callable[..., Answer])


def _options(function: F) -> F:
    log = click.option(
        "--log",
        type=click.Choice(["plain", "json"]),
        default="plain",
        show_default=True,
        help="How the log on standard error is written.",
    )
    tied = click.option("--until-stdin-ends", is_flag=True, hidden=True)
    return log(tied(function))


@click.command(cls=Command)
@click.option("--port", type=click.IntRange(0, 65535), help="Instead of YESFIRST_PORT; 0 takes any free one.")
@_options
def serve(port: int | None, log: str, until_stdin_ends: bool) -> Answer:
    """Serve the API, people's pages, webhooks, the public log, health checks and metrics over HTTP."""
    return _run("web server", lambda house: _serve(house, port), log, until_stdin_ends)


async def _serve(house: House, port: int | None) -> None:
    from yesfirst.web.app import WebSettings, create_app
    from yesfirst.web.server import serve as serve_app

    settings = house.settings if port is None else replace(house.settings, port=port)
    web = WebSettings(
        public_url=settings.public_url,
        twilio_auth_token=settings.twilio_auth_token,
        redis_url=house.addresses.redis_url,
        checkpoint=house.checkpoint,
        log_key=house.signer.verifier.encode(),
        metrics_token=settings.metrics_token,
        trusted_proxies=settings.trusted_proxies or (),
    )

    def ready(address: str) -> None:
        announce({"ready": "web server", "address": address}, f"The web server listens at {address}.")

    await serve_app(create_app(house.ground, web), settings.bind, settings.port, ready)


@click.command(cls=Command)
@_options
def dispatcher(log: str, until_stdin_ends: bool) -> Answer:
    """Send what is due, recover what was interrupted, reconcile with the carrier."""
    return _run("dispatcher", _dispatch, log, until_stdin_ends)


async def _dispatch(house: House) -> None:
    from yesfirst.processes import dispatcher as sending
    from yesfirst.usecases.carrier import account_of, check_credentials
    from yesfirst.usecases.drafts import require_acknowledged

    account = account_of(house.settings)
    if house.ground.texts_people:
        async with house.ground.engine.connect() as connection:
            await require_acknowledged(connection, house.ground.law)
    try:
        await check_credentials(account)
    except Refused as refused:
        if refused.code != "CARRIER_UNREACHABLE":
            raise
        note(f"{refused.message} Sending waits for it.")

    def ready() -> None:
        announce({"ready": "dispatcher"}, "The dispatcher runs.")

    await sending.run(house.ground, account, house.addresses.redis_url, house.addresses.database_url, ready)


@click.command(cls=Command)
@_options
def sequencer(log: str, until_stdin_ends: bool) -> Answer:
    """Seal what waits in the evidence log, about five times a second."""
    return _run("sequencer", _seal, log, until_stdin_ends)


async def _seal(house: House) -> None:
    from yesfirst.processes import sequencer as sealing
    from yesfirst.processes.supervise import told_to_end

    published = house.published
    with told_to_end() as told:
        announce({"ready": "sequencer"}, "The sequencer runs.")
        await sealing.run(house.ground.engine, published.signer, published, told)


def _run(name: str, work: Callable[[House], Awaitable[None]], log: str, tied: bool) -> Answer:
    async def with_redis(house: House) -> None:
        await reach_redis(house.addresses.redis_url)
        await work(house)

    log_to_stderr(log)
    if tied:
        threading.Thread(target=_end_with_stdin, name="parent", daemon=True).start()
    in_house(with_redis, part=name)
    return Answer({"ended": name}, f"The {name} has ended.")


def _end_with_stdin() -> None:
    """Whoever started us holds the other end of standard input, and has ended when it closes."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
