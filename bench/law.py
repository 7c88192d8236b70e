"""`make bench ARGS=law`: how long a changed rulebook takes to be worked in, beside a running dispatch.

PEOPLE (default 1,000,000) stand in as many positions as number plans, consents and places give them; their rows
are written as they are, without keys and numbers, which nothing here opens. Meanwhile messages of another brand's
people are claimed, as a dispatcher would.
"""

import asyncio
import os
import sys
import tempfile
from itertools import product
from pathlib import Path
from time import perf_counter

import asyncpg
import msgspec

from usecases.shop import Shop, number, open_shop
from yesfirst.embedded import servers
from yesfirst.rules.consent import ON_EVERY_RECORD, Record
from yesfirst.rules.jurisdiction import origin_of
from yesfirst.rules.position import Basis, Position, Recipient, Stand, Whereabouts
from yesfirst.settings import read
from yesfirst.store import clock, migrations
from yesfirst.usecases.brand_law import law_of
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.law import Law
from yesfirst.usecases.reassess import reassess_all
from yesfirst.usecases.rulings import ids_of

PEOPLE = int(os.environ.get("PEOPLE", "1000000"))
TEXTED = 2_000
_PEOPLE = """
    INSERT INTO subject (id, brand, lookup, attributes, origin, ruling, sseq, mseq)
    SELECT sha256(int4send(n)), $1, sha256(int4send(n)), '{}', 'CN', ($2::bigint[])[1 + n % cardinality($2)], 1, 0
    FROM generate_series(1, $3::int) AS n
"""
_CONSENTS = """
    INSERT INTO eligibility (subject, purpose, channel, agreed_at, given, ruling)
    SELECT id, 'marketing.offers', 'sms', now(), now(), ruling FROM subject ON CONFLICT DO NOTHING
"""
_UNDER = """
    SELECT count(*) FROM eligibility JOIN ruling ON ruling.id = eligibility.ruling WHERE ruling.law = $1
"""


def positions() -> list[Position]:
    """Consents of every kind from every North American area code and some other countries, in four records."""
    origins = {origin_of(f"+1{code}5550100") for code in range(201, 990)} | {
        "CN",
        "GB",
        "KR",
        "FR",
        "SG",
        None,
    }
    kinds = ("express_written", "express", "existing_relationship")
    records = [
        Record(fields=ON_EVERY_RECORD, event=event) for event in (None, "purchase", "inquiry", "member")
    ]
    return [
        Position(
            where=Whereabouts(origin=origin),
            recipient=Recipient.INDIVIDUAL,
            stand=Stand.OPEN,
            basis=Basis(kind=kind, record=record, night=False),
        )
        for origin, kind, record in product(sorted(origins, key=str), kinds, records)
    ]


async def populated(shop: Shop) -> int:
    """Fills the tables; how many positions the people are in."""
    async with shop.ground.engine.begin() as connection:
        law = (await law_of(shop.ground, connection, shop.brand.id, await clock.now(connection))).law
        ids = list((await ids_of(connection, law, shop.brand.id, positions())).values())
    connection = await asyncpg.connect(shop.database_url)
    try:
        await connection.execute(_PEOPLE, shop.brand.id, ids, PEOPLE)
        await connection.execute(_CONSENTS)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
    return len(ids)


def changed(law: Law) -> Law:
    """Another American rulebook, as if its file had been edited."""
    federal = law.books["US"]
    return Law({**law.books, "US": msgspec.structs.replace(federal, hash=bytes(32), frequency=())})


async def worked_in(shop: Shop) -> None:
    held = Ground(shop.ground.engine, shop.ground.keyring, changed(shop.ground.law))
    async with held.engine.connect() as connection:
        digest = (await law_of(held, connection, shop.brand.id, await clock.now(connection))).law.digest
    began = perf_counter()
    await reassess_all(held)
    seconds = perf_counter() - began
    connection = await asyncpg.connect(shop.database_url)
    under = await connection.fetchval(_UNDER, digest)
    await connection.close()
    shop.ground = held
    sys.stdout.write(f"{under:,} eligibilities stand under the changed law after {seconds:.2f} s\n")


async def measured(url: str, directory: Path) -> None:
    address = await migrations.fresh_database(url, "yesfirst_bench_law")
    await migrations.upgrade(address)
    async with open_shop(address, directory) as shop:
        await shop.agree([number(n) for n in range(TEXTED)])
        run = await shop.running()
        sys.stdout.write(f"{PEOPLE:,} people in {await populated(shop):,} positions\n")
        dispatch = asyncio.create_task(shop.claim_all(run))
        await worked_in(shop)
        await dispatch


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        with servers(read({"YESFIRST_HOME": directory})) as addresses:
            asyncio.run(measured(addresses.database_url, Path(directory)))
