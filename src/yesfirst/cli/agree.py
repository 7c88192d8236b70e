"""`yesfirst people agree`: that one person has agreed, by telephone or on paper, with the proof of it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from yesfirst.cli.command import Answer, Command
from yesfirst.cli.house import House, in_house
from yesfirst.cli.options import FILE, as_actor, ask_number, phone
from yesfirst.cli.show import facts
from yesfirst.errors import Refused
from yesfirst.intake.dates import (
    InvalidDuration,
    WrittenDate,
    days_after,
    expires_at,
    given_at,
    read_date,
    read_duration,
)
from yesfirst.intake.resultwords import WORDS, ResultLanguage
from yesfirst.store import clock
from yesfirst.usecases.actors import Actor
from yesfirst.usecases.declared import find_brand
from yesfirst.usecases.documents import keep_notice
from yesfirst.usecases.files import read_notice_file
from yesfirst.usecases.person import Method, Source, Stated, Wanted, add


@dataclass(frozen=True, slots=True)
class _Said:
    """An agreement as the command line tells it; without `given` it is of now, without an end it is endless."""

    brand: str
    purpose: str
    notice: Path
    method: Method
    proof: Path
    given: WrittenDate | None
    expires: WrittenDate | None
    days: int | None
    actor: Actor
    phone: str | None


def _time(context: click.Context, parameter: click.Parameter, value: str | None) -> WrittenDate | None:
    written = read_date(value) if value is not None else None
    if value is not None and written is None:
        raise click.BadParameter("write a day or a time, such as 2026-11-22 or 2026-11-22T09:00+08:00")
    return written


def _days(context: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    try:
        return None if value is None else read_duration(value)
    except InvalidDuration as error:
        raise click.BadParameter(str(error)) from None


@click.command(cls=Command)
@click.option("--brand", required=True, help="The brand that they agreed to.")
@click.option("--purpose", required=True, help="What they agreed to, such as marketing.offers.")
@click.option(
    "--notice", required=True, type=FILE, help="The wording that was read to them, or that they signed."
)
@click.option("--method", required=True, type=click.Choice(["call", "paper"]), help="How they agreed.")
@click.option(
    "--proof",
    required=True,
    type=FILE,
    help="The recording or the scan. Its SHA-256 is committed to; keep the file, it is stored nowhere.",
)
@click.option("--given", metavar="TIME", callback=_time, help="When they agreed; otherwise now.")
@click.option("--expires", metavar="TIME", callback=_time, help="When their consent ends.")
@click.option("--expires-after", "days", metavar="365d", callback=_days, help="It ends so long after.")
@click.option("--no-expiry", "endless", is_flag=True, help="The notice set no end.")
@as_actor
@phone
def agree(
    brand: str,
    purpose: str,
    notice: Path,
    method: str,
    proof: Path,
    given: WrittenDate | None,
    expires: WrittenDate | None,
    days: int | None,
    endless: bool,
    actor: Actor,
    phone: str | None,
) -> Answer:
    """Record that a person agreed on the telephone or on paper.

    It is their own act: who had said stop before comes back by it, for what they agreed to.
    """
    if (expires is not None) + (days is not None) + endless != 1:
        raise click.UsageError("Say one of --expires, --expires-after and --no-expiry.")
    said = _Said(brand, purpose, notice, Method(method), proof, given, expires, days, actor, phone)
    return in_house(lambda house: _agree(house, said))


async def _agree(house: House, said: _Said) -> Answer:
    brand = await find_brand(house.ground, said.brand)
    notice = read_notice_file(said.notice, brand)
    given = given_at(said.given, brand.time_zone) if said.given else await _now(house)
    expires = expires_at(said.expires, brand.time_zone) if said.expires else None
    if said.days is not None:
        expires = days_after(given, said.days, brand.time_zone)
    proof = hashlib.sha256(said.proof.read_bytes()).hexdigest()
    number = ask_number(said.phone, brand.default_region)
    stated = Stated(number, given, expires, {}, None, None)
    await keep_notice(house.ground, brand, notice)
    source = Source(said.method, proof, said.actor)
    outcome, reason = await add(house.ground, brand, Wanted(said.purpose, notice, stated, source))
    if reason is not None:
        why = WORDS[ResultLanguage.ENGLISH][reason]
        raise Refused(
            reason, f"The consent doesn't count: {why}.", "`yesfirst people show` tells what is known."
        )
    value = {"outcome": outcome, "purpose": said.purpose, "given": given, "expires": expires, "proof": proof}
    until = expires.astimezone(brand.time_zone).isoformat(" ", "seconds") if expires else "no end"
    since = given.astimezone(brand.time_zone).isoformat(" ", "seconds")
    pairs = [("consent", outcome), ("to", said.purpose), ("given", since), ("until", until), ("proof", proof)]
    return Answer(value, facts(pairs))


async def _now(house: House) -> datetime:
    async with house.ground.engine.connect() as connection:
        return await clock.now(connection)
