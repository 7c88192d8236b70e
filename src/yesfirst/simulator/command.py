"""The command line of the simulator: `yesfirst simulator`, or `python -m yesfirst.simulator`.

Standard output carries one JSON line once it listens, for programs; what people read goes to standard error.
"""

import json
import os
import signal
import threading
from pathlib import Path
from typing import Any

import click
import msgspec

from .config import ACCOUNT_SID, AUTH_TOKEN, Config
from .faults import Faults
from .senders import Sender, parse_sender
from .server import run

_SHARES = {
    "throttled": "creates answered 429",
    "server-error": "creates answered 500 and not accepted",
    "lost": "creates whose connection is closed, not accepted",
    "dropped": "creates accepted, then the connection is closed without an answer",
    "unreachable": "messages undelivered with 30003",
    "unknown": "messages undelivered with 30005",
    "filtered": "messages undelivered with 30007",
    "duplicate": "status callbacks that come twice",
    "reordered": "messages whose `sent` callback comes last",
}


def _senders(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[Sender, ...]:
    try:
        return tuple(parse_sender(value) for value in values)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _fault_options() -> list[click.Option]:
    shares = [
        click.Option(
            [f"--{name}-share"], type=click.FloatRange(0, 1), default=0.0, help=f"Part of one: {what}."
        )
        for name, what in _SHARES.items()
    ]
    delays = [
        click.Option(
            ["--latency-ms"], type=click.FloatRange(0), default=0.0, help="Until a create is answered."
        ),
        click.Option(
            ["--latency-p99-ms"], type=click.FloatRange(0), help="Makes it log-normal, median and p99."
        ),
        click.Option(
            ["--delivery-ms"], type=click.FloatRange(0), default=50.0, help="Until the final status."
        ),
        click.Option(["--delivery-p99-ms"], type=click.FloatRange(0), help="Makes it log-normal as well."),
        click.Option(
            ["--rate"], type=click.FloatRange(0, min_open=True), help="Creates per second; else 429."
        ),
    ]
    return [*delays, *shares]


@click.command("simulator")
@click.option(
    "--bind",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; /simulator/ has no password.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes any free port.")
@click.option("--account-sid", default=ACCOUNT_SID, show_default=True)
@click.option("--auth-token", default=AUTH_TOKEN, show_default=True, help="Made up; not a real one.")
@click.option("--inbound-url", help="Webhook of the service for what people text.")
@click.option(
    "--journal",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("simulator.jsonl"),
    show_default=True,
    help="What the carrier saw, appended as JSON lines. Synthetic numbers only.",
)
@click.option(
    "--sender",
    "senders",
    multiple=True,
    callback=_senders,
    metavar="[MG…=]NUMBER",
    help="A sender of the account; repeat it. Without any, every sender is taken.",
)
@click.option(
    "--allow-callbacks-to", "callback_hosts", multiple=True, metavar="HOST", help="Beside loopback."
)
@click.option("--callback-connections", type=click.IntRange(1), default=32, show_default=True)
@click.option("--webhook-attempts", type=click.IntRange(1), default=4, show_default=True)
@click.option("--block-opted-out/--no-block-opted-out", default=False, help="Answer 21610 after a STOP.")
@click.option("--advanced-opt-out", is_flag=True, help="Send OptOutType with STOP, START and HELP.")
@click.option("--until-stdin-ends", is_flag=True, hidden=True)
@click.option("--json", "as_json", is_flag=True, hidden=True)  # it always answers with JSON
@click.option("--seed", default=0, show_default=True, help="The same faults in every run.")
def command(
    senders: tuple[Sender, ...],
    callback_hosts: tuple[str, ...],
    until_stdin_ends: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Simulate Twilio's message API over real HTTP, for demos and acceptance tests.

    Nothing leaves this machine unless a host is named with --allow-callbacks-to.
    """
    if until_stdin_ends:
        threading.Thread(target=_end_with_stdin, name="parent", daemon=True).start()
    faults = {name: options.pop(name) for name in Faults.__struct_fields__}
    try:
        config = Config(
            senders=senders,
            callback_hosts=frozenset(callback_hosts),
            faults=msgspec.convert(faults, Faults),
            **options,
        )
        run(config, lambda address: _announce(config, address))
    except OSError as error:
        where = f"{config.bind}:{config.port} or the journal {config.journal}"
        raise click.ClickException(f"cannot open {where}: {error.strerror or error}") from None
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _announce(config: Config, address: str) -> None:
    journal = str(config.journal.resolve())
    click.echo(
        f"A simulated carrier listens at {address}; its journal is {journal}. Ctrl-C ends it.", err=True
    )
    ready = {"ready": "simulator", "address": address, "account_sid": config.account_sid}
    click.echo(json.dumps({**ready, "journal": journal, "pid": os.getpid()}))


def _end_with_stdin() -> None:
    """Whoever started us holds the other end of standard input, and has ended when it closes."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


command.params.extend(_fault_options())
