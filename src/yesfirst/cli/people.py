"""`yesfirst people`: people and their consents in, from files, and what is known of one out.

One person's agreement and withdrawals have files of their own.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import click

from yesfirst.cli.agree import agree
from yesfirst.cli.command import Answer, Group, note
from yesfirst.cli.house import House, in_house
from yesfirst.cli.options import FILE, ask_number, phone
from yesfirst.cli.progress import watching
from yesfirst.cli.reassigned import reassigned
from yesfirst.cli.show import counted, facts
from yesfirst.cli.withdraw import withdraw
from yesfirst.errors import Refused
from yesfirst.intake.brand import Brand
from yesfirst.intake.dates import DateOrder, InvalidDuration, read_duration
from yesfirst.intake.headers import Columns
from yesfirst.intake.marked import write_marked
from yesfirst.intake.notice import Notice
from yesfirst.intake.people import ExpiresAfter, NeverExpires
from yesfirst.intake.result import RowResult, write_results
from yesfirst.intake.resultwords import ResultLanguage, language_near
from yesfirst.store.consents import StandingRow
from yesfirst.usecases.declared import find_brand
from yesfirst.usecases.files import open_people_file, read_notice_file
from yesfirst.usecases.import_people import Report, Source, Terms, import_people
from yesfirst.usecases.own_link import link_by_number
from yesfirst.usecases.person import RegistryAnswer, find

_XLSX = ".xlsx"


@click.group(cls=Group)
def people() -> None:
    """People, their consents and withdrawals."""


people.add_command(reassigned)


@dataclass(frozen=True, slots=True)
class _Order:
    """An import as the command line asks for it."""

    file: Path
    brand: str
    purpose: str
    notice: Path
    chosen: dict[str, str]
    expiry: ExpiresAfter | NeverExpires | None
    encoding: str | None
    sheet: str | None
    date_order: DateOrder | None
    result: Path
    language: ResultLanguage | None
    dry_run: bool


def _mapped(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    chosen: dict[str, str] = {}
    for value in values:
        target, mark, header = value.partition("=")
        if not mark or not target or not header:
            raise click.BadParameter("write TARGET=COLUMN, such as number=Mobile, or number=#3")
        chosen[target.strip()] = header.strip()
    return chosen


def _days(context: click.Context, parameter: click.Parameter, value: str | None) -> ExpiresAfter | None:
    try:
        return None if value is None else ExpiresAfter(read_duration(value))
    except InvalidDuration as error:
        raise click.BadParameter(str(error)) from None


@people.command("import")
@click.argument("file", type=FILE)
@click.option("--brand", required=True, help="The brand that they agreed to.")
@click.option("--purpose", required=True, help="What they agreed to, such as marketing.offers.")
@click.option("--notice", required=True, type=FILE, help="The wording that they agreed to.")
@click.option(
    "--map",
    "chosen",
    multiple=True,
    metavar="TARGET=COLUMN",
    callback=_mapped,
    help="What a column holds: number, given, expires, external_id, language, a fact that the law asks about"
    " (docs/people.md), or an attribute. Repeat it.",
)
@click.option("--given-column", metavar="COLUMN", help="The column that says when they agreed.")
@click.option("--expires-column", metavar="COLUMN", help="The column that says when their consent expires.")
@click.option(
    "--expires-after", metavar="365d", callback=_days, help="Consent expires so long after it was given."
)
@click.option("--no-expiry", is_flag=True, help="The notice set no end.")
@click.option("--encoding", help="How a CSV is written; otherwise it is recognised.")
@click.option("--sheet", metavar="NAME", help="The sheet of a workbook; otherwise the first.")
@click.option(
    "--date-order", type=click.Choice([order.value for order in DateOrder]), help="Of dates like 3/4/2026."
)
@click.option(
    "--result",
    type=click.Path(dir_okay=False, path_type=Path),
    help="How every row ended. Default: FILE.result.csv, or .xlsx for a workbook: its rows, with colours.",
)
@click.option(
    "--result-language",
    type=click.Choice([language.value for language in ResultLanguage]),
    help="Of reasons in a .xlsx. Default: the brand's first language.",
)
@click.option("--dry-run", is_flag=True, help="Say how every row would end, and change nothing.")
def import_file(
    file: Path,
    brand: str,
    purpose: str,
    notice: Path,
    chosen: dict[str, str],
    given_column: str | None,
    expires_column: str | None,
    expires_after: ExpiresAfter | None,
    no_expiry: bool,
    encoding: str | None,
    sheet: str | None,
    date_order: str | None,
    result: Path | None,
    result_language: str | None,
    dry_run: bool,
) -> Answer:
    """Import people and the consents they gave, from a CSV file or an Excel workbook (.xlsx).

    Every row ends as imported, updated, unchanged or rejected in the result file. Ctrl-C is safe: the same
    command goes on where it was.
    """
    if (expires_column is not None) + (expires_after is not None) + no_expiry > 1:
        raise click.UsageError("Of --expires-column, --expires-after and --no-expiry only one can hold.")
    named = {"given": given_column, "expires": expires_column}
    order = _Order(
        file=file,
        brand=brand,
        purpose=purpose,
        notice=notice,
        chosen=chosen | {target: header for target, header in named.items() if header is not None},
        expiry=NeverExpires() if no_expiry else expires_after,
        encoding=encoding,
        sheet=sheet,
        date_order=DateOrder(date_order) if date_order else None,
        result=result or _beside(file),
        language=ResultLanguage(result_language) if result_language else None,
        dry_run=dry_run,
    )
    return in_house(lambda house: _import(house, order))


async def _import(house: House, order: _Order) -> Answer:
    brand = await find_brand(house.ground, order.brand)
    notice = read_notice_file(order.notice, brand)
    _check_purpose(order, notice)
    with order.file.open("rb") as file:
        source = open_people_file(
            file,
            brand,
            chosen=order.chosen,
            expiry=order.expiry,
            encoding=order.encoding,
            sheet=order.sheet,
            order=order.date_order,
            relationship=notice.rests_on_relationship,
        )
        note(_about_columns(source.plan.columns))
        with watching() as watch:
            report = await import_people(
                house.ground,
                source,
                Terms(brand, order.purpose, notice),
                dry_run=order.dry_run,
                watch=watch,
                write=_writer(order, source, brand),
            )
    return _reported(report, source.plan.columns, order)


def _beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.result{_XLSX if file.suffix.lower() == _XLSX else '.csv'}")


def _writer(order: _Order, source: Source, brand: Brand) -> Callable[[Iterator[RowResult]], None]:
    """Writes the result as a coloured workbook where its name says so, as CSV otherwise."""
    if order.result.suffix.lower() != _XLSX:
        return partial(write_results, order.result)
    language = order.language or language_near(brand.languages[0])
    return lambda results: write_marked(order.result, source.file, source.table, results, language)


def _check_purpose(order: _Order, notice: Notice) -> None:
    if order.purpose not in notice.purposes:
        raise Refused(
            "PURPOSE_NOT_IN_NOTICE",
            f'The notice {order.notice} does not cover "{order.purpose}".',
            f"It covers {', '.join(notice.purposes)}: name one of them, or the notice that people were shown.",
        )


def _about_columns(columns: Columns) -> str:
    lines = [f"Guessed: {target} is in {column}" for target, column in columns.guessed]
    if columns.dropped:
        lines.append(
            f"Dropped, since the brand does not declare them: {', '.join(map(str, columns.dropped))}"
        )
    return "\n".join(lines) or "All columns are used as named."


def _reported(report: Report, columns: Columns, order: _Order) -> Answer:
    value = {
        **asdict(report),
        "dry_run": order.dry_run,
        "guessed": {target: column.header for target, column in columns.guessed},
        "dropped": [column.header for column in columns.dropped],
        "result": str(order.result),
    }
    title = "would end" if order.dry_run else "ended"
    shown = facts(
        [
            ("rows", f"{report.rows:,}"),
            (title, counted(report.outcomes)),
            ("rejected for", counted(report.reasons)),
            ("row by row", order.result),
        ]
    )
    return Answer(value, shown)


@people.command("show")
@click.option("--brand", required=True, help="The brand that may know them.")
@phone
def show_person(brand: str, phone: str | None) -> Answer:
    """Show what a brand knows of a number: where its person belongs, which law applies, what they may be sent."""
    return in_house(partial(_show, brand=brand, source=phone))


async def _show(house: House, brand: str, source: str | None) -> Answer:
    found = await find_brand(house.ground, brand)
    known = await find(house.ground, found, ask_number(source, found.default_region))
    pairs = [
        ("residence", known.residence or "not said"),
        ("billing address", known.billing or "not said"),
        ("time zones", ", ".join(known.time_zones) or "not said"),
        ("recipient", known.recipient.replace("_", " ")),
        ("born", known.born or "not kept"),
        ("language", known.language or "not said"),
        ("rulebooks", ", ".join(known.rulebooks) or "nobody can tell"),
        *((f"registry {one.registry}", _answer_of(one)) for one in known.registries),
        ("said stop", known.suppressed_at or "no"),
        *((f"said no to {one.purpose}", one.at) for one in known.refusals),
        *((f"asked about {one.purpose}", f"{one.at:%Y-%m-%d}, no answer yet") for one in known.pending),
        *([("held since", f"{known.held_at}: see yesfirst review list")] if known.held_at else []),
        *([("number theirs since", known.number_since)] if known.number_since else []),
        *((each.purpose, _standing_of(each)) for each in known.purposes),
    ]
    return Answer(known, facts(pairs))


def _answer_of(check: RegistryAnswer) -> str:
    return f"{'listed' if check.listed else 'clear'} on {check.checked_at:%Y-%m-%d}"


def _standing_of(standing: StandingRow) -> str:
    if standing.reasons:
        return ", ".join(dict.fromkeys(standing.reasons))
    since, until = standing.agreed_at, standing.holds_until
    return f"since {since:%Y-%m-%d}" + (f" until {until:%Y-%m-%d}" if until else "")


@people.command("link")
@click.option("--brand", required=True, help="The brand that knows them.")
@phone
def link_person(brand: str, phone: str | None) -> Answer:
    """Make a link to somebody's own page, for them alone: what they agreed to, and how to stop it."""
    return in_house(partial(_link, brand=brand, source=phone))


async def _link(house: House, brand: str, source: str | None) -> Answer:
    found = await find_brand(house.ground, brand)
    link = await link_by_number(house.ground, found.id, ask_number(source, found.default_region))
    until = link.expires_at.astimezone(found.time_zone).isoformat(" ", "minutes")
    value = {"url": link.url, "expires_at": link.expires_at}
    return Answer(value, facts([("link", link.url), ("works until", until)]))


people.add_command(agree)
people.add_command(withdraw)
