"""`yesfirst consent`: whether a person may be texted, explained; consents that end (`renewals.py`).

The number is asked for, never an argument.
"""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from yesfirst.cli.command import Answer, Group
from yesfirst.cli.house import House, in_house
from yesfirst.cli.options import ask_number, phone
from yesfirst.cli.renewals import expiring, renew
from yesfirst.intake.brand import Brand
from yesfirst.intake.campaign import Campaign
from yesfirst.intake.dates import YEARS
from yesfirst.rules.reason_words import Language
from yesfirst.usecases import trial
from yesfirst.usecases.declared import find_brand
from yesfirst.usecases.explain import Answered, Question
from yesfirst.usecases.explain import explain as explain_person
from yesfirst.usecases.files import read_campaign_file
from yesfirst.usecases.find_run import find_run
from yesfirst.usecases.ground import Ground


@click.group(cls=Group)
def consent() -> None:
    """Whether a person may be texted, explained; consents that end."""


consent.add_command(expiring)
consent.add_command(renew)


def _instant(context: click.Context, parameter: click.Parameter, written: str | None) -> datetime | None:
    if written is None:
        return None
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        raise click.BadParameter("write it like 2026-03-02T09:00 or 2026-03-02T09:00+08:00") from None
    if at.year not in YEARS:
        raise click.BadParameter(f"the year is not within {YEARS.start} to {YEARS.stop - 1}")
    return at


@consent.command()
@click.option("--brand", required=True, help="The brand that would text.")
@click.option("--purpose", required=True, help="For what, such as marketing.offers.")
@click.option(
    "--at",
    metavar="TIME",
    callback=_instant,
    help="Then, past or future; without offset by the brand's clock.",
)
@click.option(
    "--campaign", "file_or_run", metavar="FILE_OR_RUN", help="Judge this campaign's text too; else none is."
)
@click.option(
    "--language",
    type=click.Choice([language.value for language in Language]),
    help="Of the explanation. Default: the brand's first language.",
)
@phone
def explain(
    brand: str,
    purpose: str,
    at: datetime | None,
    file_or_run: str | None,
    language: str | None,
    phone: str | None,
) -> Answer:
    """Explain whether a person may be texted, why, and when that would change."""
    named = Path(file_or_run) if file_or_run and Path(file_or_run).is_file() else file_or_run
    asked = partial(_explain, brand=brand, purpose=purpose, at=at, named=named)
    return in_house(lambda house: asked(house, language=language, source=phone))


async def _explain(
    house: House,
    *,
    brand: str,
    purpose: str,
    at: datetime | None,
    named: Path | str | None,
    language: str | None,
    source: str | None,
) -> Answer:
    known = await find_brand(house.ground, brand)
    campaign = await _campaign(house.ground, named) if named else None
    question = Question(
        brand=known,
        purpose=purpose,
        e164=ask_number(source, known.default_region),
        language=Language(language) if language else _language_of(known),
        at=at and (at if at.tzinfo else at.replace(tzinfo=known.time_zone)).astimezone(UTC),
        campaign=campaign,
    )
    answered = await explain_person(house.ground, question)
    return Answer(answered, _shown(answered))


async def _campaign(ground: Ground, named: Path | str) -> Campaign:
    if isinstance(named, Path):
        _, campaign = await read_campaign_file(ground, named)
    else:
        _, campaign = await trial.campaign_of(ground, await find_run(ground, named))
    return campaign


def _language_of(brand: Brand) -> Language:
    return Language.CHINESE if brand.languages[0].partition("-")[0] == "zh" else Language.ENGLISH


def _shown(answered: Answered) -> str:
    rules = "\n".join(f"- {one.line}" for one in answered.rules)
    caveats = "\n".join(answered.caveats)
    return "\n\n".join(part for part in (answered.paragraph, rules, caveats, answered.advice) if part)
