"""Writes what the product of this schema leaves in a database, for `test_upgrades.py` to upgrade later.

When a revision is released, add its file once, from the code of that release, and never make it again:

    YESFIRST_HOME=$(mktemp -d) PYTHONPATH=src:tests python tests/store/make_release.py > tests/store/releases/NNNN.sql

A revision that adds a table adds to `live` what fills it. Everything is synthetic, the keys too: they stand in the
comments at the top, hexadecimal, and open nothing else. The rest are COPY statements as PostgreSQL writes them.
"""

import asyncio
import io
import os
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from usecases.asked import says, sent, signed_up
from usecases.course import answered, stop
from usecases.people_files import people_file, row
from usecases.shop import OFFERS, Shop, number, open_shop
from yesfirst import embedded, settings
from yesfirst.carriers.handover import Accepted, Answer, Rejected, Unknown
from yesfirst.ledger.text import parse_id
from yesfirst.rulebooks import bodies, load
from yesfirst.rules.attempts import Counted
from yesfirst.store import migrations
from yesfirst.usecases.api_keys import Capability, create
from yesfirst.usecases.attempts import attempt
from yesfirst.usecases.files import open_people_file, open_registry_file
from yesfirst.usecases.import_people import Terms
from yesfirst.usecases.kept_imports import import_and_keep
from yesfirst.usecases.once import Once, request_of
from yesfirst.usecases.own_link import link_by_number
from yesfirst.usecases.registries import import_registry
from yesfirst.usecases.rulebooks import record

LISTED = "+85251000001"

_TABLES = """
    SELECT n.nspname AS schema, c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace JOIN pg_attribute a ON attrelid = c.oid
    WHERE relkind = 'r' AND n.nspname IN ('public', 'keystore') AND relname <> 'alembic_version'
      AND attnum > 0 AND NOT attisdropped
    GROUP BY 1, 2 ORDER BY 1, 2
"""


async def live(shop: Shop) -> None:
    """A run to 20 people, all answered; the first of them said STOP afterwards; everything is sealed.

    And a program's key, with one request that was answered; a rulebook on record; somebody whom a registry lists; a
    file of people that was tried; somebody who has signed up on a page, was asked, and answered unclearly.
    """
    china = load("CN").hash
    await record(shop.ground, {china: bodies()[china]})
    answers: list[Answer] = [Accepted(f"SM{n}") for n in range(17)]
    await answered(shop, [*answers, Rejected(30003), Rejected(30006), Unknown(None)])
    await stop(shop, number(0))
    await listed(shop)
    await tried(shop)
    await asked(shop)
    await shop.seal()
    key = await create(shop.ground, "till", [Capability.READ], None, 3650)
    request = request_of(parse_id(key.id), "first", b"GET")
    await Once(shop.ground, request).answer(done)


async def done() -> bytes:
    return b"{}"


async def listed(shop: Shop) -> None:
    await shop.agree([LISTED])
    source = open_registry_file(io.BytesIO(LISTED.encode()), number=None, listed=None)
    asked = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    await import_registry(shop.ground, shop.brand, "hk_dnc_sms", source, asked, others_clear=False)


async def tried(shop: Shop) -> None:
    source = open_people_file(
        io.BytesIO(people_file([row("13900000077")])), shop.brand, chosen={}, expiry=None
    )
    await import_and_keep(shop.ground, source, Terms(shop.brand, OFFERS, shop.notice), dry_run=True)


async def asked(shop: Shop) -> None:
    person = number(99)
    public = replace(shop.ground, public_url="https://sms.example.com")
    await attempt(shop.ground, {Counted.NUMBER: person})
    await signed_up(shop, person)
    await sent(shop)
    await link_by_number(public, shop.brand.id, person)
    await says(shop, "No, thanks", person)


async def copied(connection: asyncpg.Connection) -> str:
    """All rows, as COPY statements."""
    statements = []
    for table in await connection.fetch(_TABLES):
        rows = io.BytesIO()
        columns = table["columns"]
        await connection.copy_from_table(
            table["name"], schema_name=table["schema"], columns=columns, output=rows
        )
        if rows.tell():
            listed = ", ".join(f'"{column}"' for column in columns)
            head = f'COPY {table["schema"]}."{table["name"]}" ({listed}) FROM stdin;\n'
            statements.append(f"{head}{rows.getvalue().decode()}\\.\n")
    return "".join(statements)


async def make(url: str) -> str:
    database = await migrations.fresh_database(url, "yesfirst_release")
    await migrations.upgrade(database)
    with tempfile.TemporaryDirectory() as directory:
        async with open_shop(database, Path(directory)) as shop:
            await live(shop)
            keyring = shop.ground.keyring
            keys = {"kek": keyring.kek, "lookup": keyring.lookup, "refusals": keyring.refusals}
            comments = [f"-- {name} {key.hex()}\n" for name, key in keys.items()]
            comments.append(f"-- log {shop.signer.name} {shop.signer.seed.hex()}\n")
    connection = await asyncpg.connect(database)
    try:
        return "".join(comments) + await copied(connection)
    finally:
        await connection.close()


if __name__ == "__main__":
    with embedded.servers(settings.read(os.environ)) as addresses:
        sys.stdout.write(asyncio.run(make(addresses.database_url)))
