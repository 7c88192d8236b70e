"""`yesfirst people withdraw`: what people withdrew by telephone, by mail, at the counter, or elsewhere, in a file."""

from dataclasses import asdict
from functools import partial
from pathlib import Path

import click

from yesfirst.cli.command import Answer, Command
from yesfirst.cli.house import House, in_house
from yesfirst.cli.options import FILE, ask_number, perhaps_as_actor, phone
from yesfirst.cli.progress import watching
from yesfirst.cli.show import counted, facts
from yesfirst.intake.result import write_results
from yesfirst.ledger.text import id_text
from yesfirst.usecases.actors import Actor
from yesfirst.usecases.consents import EVERYTHING
from yesfirst.usecases.declared import find_brand
from yesfirst.usecases.files import open_withdrawal_file
from yesfirst.usecases.import_people import Report
from yesfirst.usecases.trim import KEPT
from yesfirst.usecases.withdraw import Withdrawal
from yesfirst.usecases.withdraw_file import withdraw_file
from yesfirst.usecases.withdrawals import Scope, Teller, Told, scope_of, withdraw_one


@click.command(cls=Command)
@click.option("--brand", required=True, help="The brand that is to stop.")
@click.option(
    "--purpose", "purposes", multiple=True, help="What they withdraw; otherwise everything. Repeat it."
)
@click.option("--everywhere", is_flag=True, help="From every brand of the same controller.")
@click.option(
    "--via",
    type=click.Choice(["call", "operator"]),
    default="operator",
    show_default=True,
    help="How one person said so; in the log.",
)
@click.option("--reason", help="Why, if they said. Only a commitment to it is kept.")
@perhaps_as_actor
@phone
@click.option("--file", type=FILE, help="A CSV file, a workbook or a list of numbers, one a line.")
@click.option("--number-column", metavar="COLUMN", help="Of the file; otherwise guessed.")
@click.option("--reason-column", metavar="COLUMN", help="Of the file; otherwise guessed, if there is one.")
@click.option("--encoding", help="How a CSV is written; otherwise it is recognised.")
@click.option("--sheet", metavar="NAME", help="The sheet of a workbook; otherwise the first.")
@click.option(
    "--result",
    type=click.Path(dir_okay=False, path_type=Path),
    help="How every row of the file ended. Default: FILE.result.csv.",
)
def withdraw(
    brand: str,
    purposes: tuple[str, ...],
    everywhere: bool,
    via: str,
    reason: str | None,
    actor: Actor | None,
    phone: str | None,
    file: Path | None,
    number_column: str | None,
    reason_column: str | None,
    encoding: str | None,
    sheet: str | None,
    result: Path | None,
) -> Answer:
    """Record that a person said stop by telephone, by mail or at the counter; or that all people of a file did.

    It counts from now, whatever date the file has. The same file again withdraws only who hasn't been.
    """
    if file is None:
        return in_house(partial(_one, brand, purposes, everywhere, Teller(via, actor), reason, phone))
    if phone or reason:
        raise click.UsageError("A file holds the numbers and the reasons: leave out --phone and --reason.")
    ended = result or file.with_name(f"{file.name}.result.csv")
    size = file.stat().st_size

    async def work(house: House) -> Answer:
        scope = scope_of(await find_brand(house.ground, brand), purposes, everywhere)
        with file.open("rb") as opened, watching() as watch:
            source = open_withdrawal_file(
                opened, number=number_column, reason=reason_column, encoding=encoding, sheet=sheet
            )
            report = await withdraw_file(
                house.ground,
                scope,
                source,
                actor,
                watch=lambda done: watch("read", done, size),
                write=partial(write_results, ended),
            )
        return _reported(report, ended)

    return in_house(work)


def _reported(report: Report, ended: Path) -> Answer:
    pairs = [
        ("rows", f"{report.rows:,}"),
        ("ended", counted(report.outcomes)),
        ("rejected for", counted(report.reasons)),
        ("row by row", ended),
    ]
    return Answer({**asdict(report), "result": str(ended)}, facts(pairs))


async def _one(
    brand: str,
    purposes: tuple[str, ...],
    everywhere: bool,
    teller: Teller,
    reason: str | None,
    source: str | None,
    house: House,
) -> Answer:
    scope = scope_of(await find_brand(house.ground, brand), purposes, everywhere)
    number = ask_number(source, scope.brand.default_region)
    return _answer(scope, await withdraw_one(house.ground, Told(number, scope, reason), teller))


def _answer(scope: Scope, done: list[Withdrawal]) -> Answer:
    first, names = done[0], [one.subject.brand for one in done]
    in_flight = [id_text(message) for one in done for message in one.in_flight]
    deleted = sorted({name for one in done for name in one.deleted})
    value = {
        "brand": scope.brand.id,
        "brands": names,
        "at": first.at,
        "receipt": first.receipt,
        "in_flight": in_flight,
        "deleted": deleted,
        "kept": KEPT,
    }
    what = "everything" if scope.purposes == EVERYTHING else ", ".join(scope.purposes)
    shown = facts(
        [
            ("withdrawn", f"{what} from {', '.join(names)}"),
            ("in force since", first.at.astimezone(scope.brand.time_zone).isoformat(" ", "seconds")),
            ("receipt", first.receipt),
            ("already being handed over", ", ".join(in_flight) or "none"),
            ("deleted", ", ".join(deleted) or "nothing more was known"),
            *((f"kept: {name}", why) for name, why in KEPT.items()),
        ]
    )
    return Answer(value, shown)
