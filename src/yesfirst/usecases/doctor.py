"""What an installation needs to do its work, looked at one by one, with what to do about each that fails."""

import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import aiohttp

from yesfirst.errors import Refused
from yesfirst.rulebooks import load_reviewed
from yesfirst.settings import Settings
from yesfirst.store import clock, hearing, meters, migrations
from yesfirst.store.engine import Engine, open_engine
from yesfirst.store.keyring import read_keyring
from yesfirst.store.reach import reach_database, reach_redis
from yesfirst.usecases.carrier import account_of, check_credentials, public_url_of, texts_people
from yesfirst.usecases.drafts import drafts_in, require_acknowledged
from yesfirst.usecases.law import Law
from yesfirst.usecases.log_key import read_log_key
from yesfirst.usecases.seal import Published, inspect

MOST_SKEW = timedelta(seconds=2)
LEAST_FREE = 1 << 30
MOST_SILENT = 10.0
"""Seconds; a dispatcher and a sequencer at work ask the database something at least twice in one."""
_WEB_SECONDS = 5


class Health(StrEnum):
    OK = "ok"
    NOT_SET_UP = "not set up"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look has found; `hint` says what to do."""

    check: str
    health: Health
    message: str
    hint: str = ""


_Look = Callable[[], Awaitable[str]]
"""Says what is well, or raises Refused."""
_LEFT_OPEN = {"CARRIER_NOT_SET_UP", "PUBLIC_URL_MISSING"}
"""What an installation that doesn't send yet does without."""


async def examine(settings: Settings, database_url: str, redis_url: str) -> list[Finding]:
    """Everything that can be looked at; what rests on the database is left out while that doesn't answer."""
    patient = _Patient(settings, open_engine(database_url, connections=1), redis_url)
    try:
        database = await _look("database", patient.database)
        on_database: list[tuple[str, _Look]] = [
            ("schema", patient.schema),
            ("clock", patient.clock),
            ("log", patient.log),
            ("hearing", patient.hearing),
            ("rulebooks", patient.rulebooks),
        ]
        others: list[tuple[str, _Look]] = [
            ("redis", patient.redis),
            ("keys", patient.keys),
            ("disk", patient.disk),
            ("carrier", patient.carrier),
            ("public address", patient.public_address),
        ]
        looks = [*(on_database if database.health is Health.OK else []), *others]
        return [database, *[await _look(name, look) for name, look in looks]]
    finally:
        await patient.engine.dispose()


async def examine_part(part: str, database_url: str) -> Finding:
    """Whether the part that was started on this machine, or in this container, is at work.

    Known gap: of several on one machine, one that works hides another that hangs.
    """
    engine = open_engine(database_url, connections=1)

    async def look() -> str:
        await reach_database(engine)
        async with engine.connect() as connection:
            seen = await meters.sessions_here(connection, part)
        if not seen.count:
            raise Refused("PART_ENDED", f"No {part} runs here.", "Start it; its log says why it ended.")
        if seen.silent > MOST_SILENT:
            message = f"The {part} has asked the database nothing for {seen.silent:.0f} s: it hangs."
            raise Refused("PART_SILENT", message, "Start it again; nobody is texted twice.")
        return f"The {part} asked the database something {seen.silent:.1f} s ago."

    try:
        return await _look(part, look)
    finally:
        await engine.dispose()


async def _look(name: str, look: _Look) -> Finding:
    try:
        return Finding(name, Health.OK, await look())
    except Refused as refused:
        health = Health.NOT_SET_UP if refused.code in _LEFT_OPEN else Health.FAILING
        return Finding(name, health, refused.message, refused.hint)


@dataclass(frozen=True, slots=True)
class _Patient:
    settings: Settings
    engine: Engine
    redis_url: str

    async def database(self) -> str:
        await reach_database(self.engine)
        return "PostgreSQL answers."

    async def redis(self) -> str:
        await reach_redis(self.redis_url)
        return "Redis answers."

    async def schema(self) -> str:
        if not await migrations.is_current(self.engine.url.render_as_string(hide_password=False)):
            raise Refused(
                "MIGRATIONS_PENDING", "The schema is not that of this version.", "Run `yesfirst migrate`."
            )
        return "The schema is that of this version."

    async def clock(self) -> str:
        async with self.engine.connect() as connection:
            before = datetime.now(UTC)
            there = await clock.now(connection)
            here = before + (datetime.now(UTC) - before) / 2
        skew = abs(there - here)
        if skew > MOST_SKEW:
            raise Refused(
                "CLOCK_SKEWED",
                f"The clocks of this host and of the database differ by {skew.total_seconds():.1f} s.",
                "Let both keep time by NTP: evidence is dated by the database's clock.",
            )
        return f"Host and database agree within {skew.total_seconds():.1f} s."

    async def log(self) -> str:
        signer = read_log_key(self.settings.keys, self.settings.log_origin)
        size = await inspect(self.engine, Published(self.settings.checkpoints / "checkpoint", signer))
        return f"The log of {size:,} leaves extends what was published." if size else "The log is empty."

    async def hearing(self) -> str:
        await self.schema()
        async with self.engine.connect() as connection:
            found = await hearing.read(connection)
        if found is None:
            return "Nobody has begun to listen to what people text; the web server does."
        told = (
            f"{found.missed:,} texts were on the carrier's list alone{_last(found.missed_at)},"
            f" {found.opted_out:,} people on its list of opt-outs{_last(found.opted_out_at)}"
        )
        if found.age > hearing.WAIT_SECONDS:
            raise Refused(
                "WAITING_TO_HEAR",
                f"What people texted since {found.heard_until:%Y-%m-%d %H:%M:%S} UTC may not have reached us, so"
                f" nobody is texted; {told}.",
                "Start `yesfirst serve`, and `yesfirst dispatcher`, which reads the carrier's list of that time.",
            )
        return f"All that people texted until {max(0.0, found.age):.0f} s ago was taken in; {told}."

    async def rulebooks(self) -> str:
        law = Law(load_reviewed(self.settings.reviews).books)
        found = f"{len(drafts_in(law))} of {len(law.books)} rulebooks are drafts"
        if not texts_people(self.settings):
            return f"{found}; no real carrier is set up that would text people under them."
        async with self.engine.connect() as connection:
            await require_acknowledged(connection, law)
        return f"{found}, and used knowingly."

    async def keys(self) -> str:
        directory = self.settings.keys
        try:
            read_keyring(directory)
        except FileNotFoundError as error:
            raise Refused(
                "KEYS_MISSING",
                f"There is no key {error.filename}.",
                "`yesfirst keys create` makes those of a new installation; else bring them back from their copy.",
            ) from None
        read_log_key(directory, self.settings.log_origin)
        open_to_others = [file.name for file in directory.iterdir() if file.stat().st_mode & 0o077]
        if open_to_others:
            raise Refused(
                "KEYS_EXPOSED",
                f"Others may read {', '.join(sorted(open_to_others))} in {directory}.",
                f"chmod 600 {directory}/*",
            )
        return f"All keys are in {directory}, for us alone."

    async def disk(self) -> str:
        free = shutil.disk_usage(_existing(self.settings.home)).free
        if free < LEAST_FREE:
            raise Refused(
                "DISK_NEARLY_FULL",
                f"Only {free >> 20:,} MiB are free where {self.settings.home} is.",
                "Free some space, or set YESFIRST_HOME elsewhere.",
            )
        return f"{free >> 30:,} GiB are free."

    async def carrier(self) -> str:
        account = account_of(self.settings)
        await check_credentials(account)
        return f"The carrier at {account.api_base} knows the account."

    async def public_address(self) -> str:
        address = public_url_of(self.settings)
        try:
            timeout = aiohttp.ClientTimeout(total=_WEB_SECONDS)
            async with (
                aiohttp.ClientSession(timeout=timeout) as web,
                web.get(f"{address}/health/live") as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _unheard(address, type(error).__name__) from None
        if status != 200:
            raise _unheard(address, f"status {status}")
        return f"Our web server answers at {address}."


def _unheard(address: str, why: str) -> Refused:
    return Refused(
        "PUBLIC_URL_SILENT",
        f"Our web server does not answer at {address} ({why}): no STOP would reach us.",
        "Start `yesfirst serve`, and let the proxy in front pass /webhooks/twilio/, /log/ and /health/live on to it.",
    )


def _last(at: datetime | None) -> str:
    return f" (last {at:%Y-%m-%d %H:%M} UTC)" if at else ""


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path
