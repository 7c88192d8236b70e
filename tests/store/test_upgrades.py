"""The product works on what every released schema left behind: `releases/` has a database of each, with people.

How to add one: see `make_release.py`.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import asyncpg
import msgspec
import pytest
from alembic.script import ScriptDirectory

from usecases.course import stop
from usecases.shop import OFFERS, Shop, everyone, number, open_all_day, read_shop
from yesfirst.intake import notice as notices
from yesfirst.intake.brand import Brand
from yesfirst.intake.notice import Notice
from yesfirst.ledger import verifier
from yesfirst.ledger.note import KeyType, Signer
from yesfirst.rulebooks import load_all
from yesfirst.rules.delivery import State
from yesfirst.store import migrations
from yesfirst.store.engine import open_engine
from yesfirst.store.keyring import Keyring
from yesfirst.usecases.actors import Actor
from yesfirst.usecases.api_keys import list_keys
from yesfirst.usecases.declared import apply_brand
from yesfirst.usecases.export import export_message, find
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.law import Law
from yesfirst.usecases.reassess import reassess_all
from yesfirst.usecases.seal import Published

RELEASES = sorted((Path(__file__).parent / "releases").glob("*.sql"))
AUDITOR = Actor("Zhao Min")
_IDENTITIES = """
    SELECT table_schema || '.' || quote_ident(table_name) AS name, column_name AS column
    FROM information_schema.columns WHERE is_identity = 'YES'
"""


@dataclass(frozen=True, slots=True)
class Copy:
    """The rows of one table, as COPY writes them."""

    schema: str
    table: str
    columns: list[str]
    rows: bytes

    @property
    def name(self) -> str:
        return f'{self.schema}."{self.table}"'


@dataclass(frozen=True, slots=True, repr=False)
class Release:
    keyring: Keyring
    signer: Signer
    copies: list[Copy]


def read(file: Path) -> Release:
    text = file.read_text("utf-8")
    comments = dict(line[3:].split(" ", 1) for line in text.splitlines() if line.startswith("-- "))
    name, seed = comments.pop("log").split()
    keyring = Keyring(**{each: bytes.fromhex(value) for each, value in comments.items()})
    copies = []
    for statement in text[text.index("COPY ") :].removesuffix("\n\\.\n").split("\n\\.\n"):
        head, _, rows = statement.partition(" FROM stdin;\n")
        table, _, columns = head.removeprefix("COPY ").removesuffix(")").partition(" (")
        schema, _, table = table.replace('"', "").partition(".")
        copies.append(Copy(schema, table, columns.replace('"', "").split(", "), f"{rows}\n".encode()))
    return Release(keyring, Signer(name, KeyType.ED25519, bytes.fromhex(seed)), copies)


async def restore(url: str, copies: list[Copy]) -> None:
    connection = await asyncpg.connect(url)
    try:
        for copy in copies:
            await connection.copy_to_table(
                copy.table, schema_name=copy.schema, columns=copy.columns, source=BytesIO(copy.rows)
            )
        for name, column in await connection.fetch(_IDENTITIES):
            await connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{name}', '{column}'), max({column})) FROM {name}"
            )
    finally:
        await connection.close()


@pytest.fixture(params=RELEASES, ids=lambda file: file.stem)
def file(request: pytest.FixtureRequest) -> Path:
    """The database of one release."""
    found = request.param
    assert isinstance(found, Path)
    return found


@pytest.fixture
async def shop(file: Path, database_url: str, tmp_path: Path) -> AsyncIterator[Shop]:
    """The shop as that release left it, upgraded; its last checkpoint is published."""
    release = read(file)
    await migrations.downgrade(database_url)
    await migrations.upgrade(database_url, file.stem)
    await restore(database_url, release.copies)
    await migrations.upgrade(database_url)
    engine = open_engine(database_url)
    books = {id: open_all_day(book) for id, book in load_all().items()}
    ground = Ground(engine, release.keyring, Law(books))
    brand, shown = read_shop()
    published = Published(tmp_path / "log" / "checkpoint", release.signer)
    campaign = msgspec.structs.replace(everyone(brand), id="after-the-upgrade")
    shop = Shop(ground, brand, shown["notices/offers.zh.md"], campaign, published, database_url)
    note, size = await shop.value("SELECT checkpoint FROM head"), await shop.count("SELECT size FROM head")
    assert isinstance(note, str)
    published.write(note, size)
    yield shop
    await engine.dispose()


def test_every_revision_but_the_newest_has_a_database_here() -> None:
    """The newest has one too, once it is released."""
    revisions = {each.revision for each in ScriptDirectory.from_config(migrations.config()).walk_revisions()}
    here = {file.stem for file in RELEASES}
    assert revisions - {migrations.newest()} <= here <= revisions


async def test_an_upgrade_loses_nobody_and_nothing(shop: Shop, file: Path) -> None:
    for copy in read(file).copies:
        assert await shop.count(f"SELECT count(*) FROM {copy.name}") == copy.rows.count(b"\n"), copy.name
    assert await shop.count("SELECT count(*) FROM message") == 20


async def test_the_bundle_of_a_message_from_before_is_valid(shop: Shop) -> None:
    [found] = await find(shop.ground, shop.brand.id, number(1))
    data = await export_message(shop.ground, found.message, AUDITOR)
    report = verifier.verify(data, [shop.signer.verifier.encode()], phone=number(1))
    assert (report.status, report.warnings) == ("VALID-WITH-WARNINGS", ["NOT-WITNESSED"])


def files_of_now() -> tuple[Brand, dict[str, Notice]]:
    """The shop's files, which say what the law asks about; wordings that have changed since are new versions."""
    brand, found = read_shop()
    newer = {
        path: re.sub(rb"(?m)^version: .*$", b"version: 2026-11-28", one.body) for path, one in found.items()
    }
    return brand, {path: notices.read(body, path, brand) for path, body in newer.items()}


async def test_who_agreed_before_is_planned_and_claimed_and_who_said_stop_is_not(shop: Shop) -> None:
    await apply_brand(shop.ground, *files_of_now())
    async with shop.ground.engine.begin() as connection:  # who was texted within a day would have to wait
        await connection.exec_driver_sql("UPDATE message SET called_at = called_at - interval '2 days'")
    await reassess_all(shop.ground)
    run = await shop.running()
    await shop.claim_all(run)
    assert await shop.states(run) == {State.CLAIMED: 19}
    said_stop = f"SELECT count(*) FROM excluded WHERE run = '\\x{run.id.hex()}' AND reason = 'SUPPRESSED'"
    assert await shop.count(said_stop) == 1
    assert await shop.seal() > 19


async def test_who_agreed_before_can_stop(shop: Shop) -> None:
    await reassess_all(shop.ground)
    await stop(shop, number(1))
    eligible = "SELECT count(*) FROM eligibility WHERE purpose = '{}' AND agreed_at IS NOT NULL"
    others = await shop.count("SELECT count(*) FROM registry_check")
    assert await shop.count(eligible.format(OFFERS)) == 18 + others


async def test_whom_a_registry_listed_before_is_still_left_out(shop: Shop) -> None:
    await reassess_all(shop.ground)
    run = await shop.running()
    left_out = f"SELECT count(*) FROM excluded WHERE run = '\\x{run.id.hex()}' AND reason = 'DNC_LISTED'"
    assert await shop.count(left_out) == await shop.count("SELECT count(*) FROM registry_check")


async def test_the_keys_of_programs_are_still_there(shop: Shop) -> None:
    keys = await list_keys(shop.ground)
    assert len(keys) == await shop.count("SELECT count(*) FROM api_key")
    assert {key.name for key in keys} <= {"till"}
