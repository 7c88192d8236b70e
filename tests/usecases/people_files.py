"""Customer files made for tests, their import into the shop, and what the shop knows afterwards."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import asyncpg
import msgspec

from usecases.shop import OFFERS, Shop, read_shop
from yesfirst.intake.result import RowResult
from yesfirst.store import subjects
from yesfirst.store.keyring import unseal
from yesfirst.usecases.files import open_people_file
from yesfirst.usecases.import_people import Report, Terms, Watch, import_people
from yesfirst.usecases.withdraw import withdraw

EVENTS = "marketing.events"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HEADER = ("手机号", "同意日期", "同意有效期至", "姓名", "客户编号", "城市", "标签")


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of a number; `open_until` has the purposes for which it may be texted."""

    open_until: dict[str, datetime | None] = field(default_factory=dict)
    attributes: dict[str, object] = field(default_factory=dict)
    private: dict[str, object] = field(default_factory=dict)


def row(
    number: str,
    given: str = "2026-06-16",
    expires: str = "2097-06-16",
    name: str = "",
    external_id: str = "",
    city: str = "",
    tags: str = "",
) -> str:
    return ",".join((number, given, expires, name, external_id, city, tags))


def people_file(rows: Iterable[str]) -> bytes:
    return "\n".join((",".join(HEADER), *rows, "")).encode()


def quiet(step: str, done: int, total: int) -> None:
    """Watches without a word."""


def interrupt(step: str, done: int, total: int) -> None:
    """Ctrl-C as soon as something has been done."""
    raise KeyboardInterrupt


async def stop(shop: Shop, e164: str) -> None:
    async with shop.ground.engine.begin() as connection:
        await withdraw(shop.ground, connection, [shop.brand.id], e164, via="reply", private={})


async def import_into(
    shop: Shop,
    data: bytes,
    *,
    purpose: str = OFFERS,
    dry_run: bool = False,
    watch: Watch = quiet,
    now: datetime | None = NOW,
) -> tuple[Report, list[RowResult]]:
    source = open_people_file(io.BytesIO(data), shop.brand, chosen={}, expiry=None)
    notice = shop.notice if purpose == OFFERS else read_shop()[1]["notices/events.zh.md"]
    results: list[RowResult] = []

    def write(found: Iterator[RowResult]) -> None:
        results.extend(found)

    terms = Terms(shop.brand, purpose, notice)
    report = await import_people(
        shop.ground, source, terms, dry_run=dry_run, watch=watch, write=write, now=now
    )
    return report, results


async def import_rows(shop: Shop, *rows: str, purpose: str = OFFERS, now: datetime = NOW) -> list[str]:
    """How each of the rows ended: its reason, or else its outcome."""
    _, results = await import_into(shop, people_file(rows), purpose=purpose, now=now)
    return [result.reason or result.outcome for result in results]


async def known_people(shop: Shop) -> dict[str, Known]:
    """Everybody the shop knows, by number, whatever their ids."""
    database = await asyncpg.connect(shop.database_url)
    try:
        ids = [record["id"] for record in await database.fetch("SELECT id FROM subject")]
        open_rows = await database.fetch(
            "SELECT subject, purpose, expires FROM eligibility WHERE agreed_at IS NOT NULL"
        )
    finally:
        await database.close()
    async with shop.ground.engine.connect() as connection:
        heads = await subjects.heads(connection, shop.ground.keyring, ids)
    return {
        unseal(head.key, "phone", head.phone_sealed): Known(
            {one["purpose"]: one["expires"] for one in open_rows if one["subject"] == head.id},
            dict(head.attributes.values),
            msgspec.json.decode(unseal(head.key, "profile", head.profile_sealed))
            if head.profile_sealed
            else {},
        )
        for head in heads
    }


async def everything_stored(shop: Shop) -> dict[str, list[str]]:
    """All rows of all tables as PostgreSQL writes them; bytes as hexadecimal digits."""
    tables = "SELECT table_schema || '.' || quote_ident(table_name) AS name FROM information_schema.tables"
    ours = f"{tables} WHERE table_schema IN ('public', 'keystore') AND table_type = 'BASE TABLE'"
    database = await asyncpg.connect(shop.database_url)
    try:
        return {
            table["name"]: sorted(
                record["row"]
                for record in await database.fetch(f"SELECT t::text AS row FROM {table['name']} t")
            )
            for table in await database.fetch(ours)
        }
    finally:
        await database.close()


def end_of(day: str) -> datetime:
    """The end of a day in Shanghai."""
    return datetime.fromisoformat(f"{day}T00:00+08:00").astimezone(UTC) + timedelta(days=1)
