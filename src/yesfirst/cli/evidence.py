"""`yesfirst evidence`: take proof out, verify it, and find what was sent to a number."""

import getpass
import sys
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click
from rich.console import RenderableType

from yesfirst.cli.command import Answer, Group, note
from yesfirst.cli.house import House, in_house
from yesfirst.cli.options import FILE, TAKES_ID, ask_number, phone
from yesfirst.cli.show import facts, listing
from yesfirst.errors import Refused
from yesfirst.ledger import verifier
from yesfirst.ledger.text import id_text, parse_id
from yesfirst.ledger.verifier import INVALID, WARNINGS, Report
from yesfirst.rules.reason_words import CAVEATS, Language
from yesfirst.usecases import export
from yesfirst.usecases.actors import Actor
from yesfirst.usecases.declared import find_brand
from yesfirst.usecases.find_run import find_run
from yesfirst.usecases.replay import Replayed
from yesfirst.usecases.replay import replay as replay_decision


@click.group(cls=Group)
def evidence() -> None:
    """Export, verify and find the proof behind each message."""


@evidence.command("export")
@click.option("--message", help="Export the bundle of one message.")
@click.option("--run", help="Export all bundles of a run as a zip.")
@click.option("-o", "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Where to.")
@click.option(
    "--as", "name", metavar="NAME", help="Who you are; your account's name otherwise. It is logged."
)
def export_evidence(message: str | None, run: str | None, out: Path, name: str | None) -> Answer:
    """Export evidence that anybody with the log's public key can verify offline."""
    if (message is None) == (run is None):
        raise click.UsageError("Give either --message ID or --run ID.")
    actor = Actor(name or getpass.getuser())
    if run is not None:
        return in_house(partial(_export_run, run=run, out=out, actor=actor))
    return in_house(partial(_export_message, message=str(message), out=out, actor=actor))


async def _export_run(house: House, run: str, out: Path, actor: Actor) -> Answer:
    run_id = await find_run(house.ground, run)
    vkey = house.signer.verifier.encode()
    exported = await export.export_run(house.ground, run_id, out, [vkey], actor)
    value = {
        "run": exported.run,
        "bundles": exported.bundles,
        "waiting": exported.waiting,
        "size": exported.size,
        "out": str(out),
    }
    pairs = [
        ("bundles", f"{exported.bundles:,} of run {exported.run}"),
        ("not sealed yet", f"{exported.waiting:,}"),
        ("log size", f"{exported.size:,}"),
        ("written to", out),
    ]
    note(_verify_with(out, vkey))
    return Answer(value, facts(pairs))


async def _export_message(house: House, message: str, out: Path, actor: Actor) -> Answer:
    vkey = house.signer.verifier.encode()
    bundle = await export.export_message(house.ground, _message_id(message), actor)
    with export.replacing(out) as file:
        file.write(bundle)
    note(_verify_with(out, vkey))
    return Answer({"message": message, "out": str(out)}, f"The bundle is in {out}.")


def _verify_with(out: Path, vkey: str) -> str:
    return f"Anybody can verify it: yesfirst evidence verify {out} --key {vkey}"


def _message_id(text: str) -> bytes:
    try:
        return parse_id(text)
    except ValueError:
        raise Refused(
            "MESSAGE_UNKNOWN",
            "A message's id has 22 characters of A-Z, a-z, 0-9, - and _.",
            "`yesfirst evidence find` lists the messages of a number.",
        ) from None


@evidence.command(context_settings=TAKES_ID)
@click.argument("message")
def replay(message: str) -> Answer:
    """Make a past decision again, under the rules and with the facts of its day, and compare."""
    return in_house(partial(_replay, message=_message_id(message)))


async def _replay(house: House, message: bytes) -> Answer:
    found = await replay_decision(house.ground, message)
    return Answer(found, _compared(found), refused=not found.same)


def _compared(found: Replayed) -> RenderableType:
    books = (
        f"{one.id} {one.version}" + (f" without {', '.join(one.dropped)}" if one.dropped else "")
        for one in found.rulebooks
    )
    return facts(
        [
            ("decided at", found.at.isoformat(" ", "seconds")),
            ("then", " ".join([found.then.verdict, *found.then.reasons])),
            ("again", " ".join([found.again.verdict, *found.again.reasons])),
            ("the same", "yes" if found.same else "no"),
            ("under", "; ".join(books) or "no rulebook"),
            *(("note", CAVEATS[Language.ENGLISH][each]) for each in found.as_of_now),
        ]
    )


@evidence.command()
@click.argument("bundle", type=FILE)
@click.option(
    "--key", "keys", multiple=True, required=True, metavar="VKEY", help="A key you trust; repeat it."
)
@click.option(
    "--phone", type=click.Choice(["-"]), help="Compare with the number on standard input, as +E.164."
)
def verify(bundle: Path, keys: tuple[str, ...], phone: str | None) -> Answer:
    """Verify a bundle or the zip of a run offline; take the key from where you trust it, not from the bundle."""
    number = sys.stdin.readline().strip() if phone else None
    try:
        status, reports = verifier.answer(str(bundle), list(keys), number)
    except verifier.Refused as refused:
        raise click.UsageError(f"--key: {refused}") from None
    value = {"status": status, "bundles": [{"file": name, **vars(report)} for name, report in reports]}
    return Answer(value, _verdicts(reports), refused=status == INVALID)


def _verdicts(reports: Sequence[tuple[str, Report]]) -> RenderableType:
    """How many bundles are what, and each invalid one with its reason."""
    alike = Counter((report.status, tuple(report.warnings)) for _, report in reports)
    rows = [
        (f"{number:,}", status, "\n".join(f"{each}: {WARNINGS[each]}" for each in warnings))
        for (status, warnings), number in alike.items()
    ]
    invalid = [
        (name, one.status, f"{one.where}: {one.what}") for name, one in reports if one.status == INVALID
    ]
    return listing(("bundles", "are", "because"), [*rows, *invalid])


@evidence.command()
@click.option("--brand", required=True, help="The brand that texted.")
@phone
def find(brand: str, phone: str | None) -> Answer:
    """List what was decided about a number."""
    return in_house(partial(_find, brand=brand, source=phone))


async def _find(house: House, brand: str, source: str | None) -> Answer:
    known = await find_brand(house.ground, brand)
    found = await export.find(house.ground, known.id, ask_number(source, known.default_region))
    value = [
        {
            "message": id_text(one.message),
            "run": id_text(one.run),
            "campaign": one.campaign,
            "state": one.state,
            "at": one.at,
        }
        for one in found
    ]
    rows = [
        (
            id_text(one.message),
            one.campaign,
            one.state,
            one.at.astimezone(known.time_zone).isoformat(" ", "seconds"),
        )
        for one in found
    ]
    shown = (
        listing(("message", "campaign", "state", "decided"), rows)
        if rows
        else "Nothing was decided about it."
    )
    return Answer({"messages": value}, shown)
