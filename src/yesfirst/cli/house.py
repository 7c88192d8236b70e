"""Opens the installation for a command: settings, servers, schema, keys and rulebooks.

An embedded home looks after itself: its database is migrated, its keys are made, and while it has no brand the
shipped ones are applied. An installation with YESFIRST_DATABASE_URL is changed by nobody unasked: a schema or
a key that is missing is refused with the command that makes it. Rulebooks that are new here are put on record.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from yesfirst import settings as environment
from yesfirst import tracing
from yesfirst.embedded import Addresses, servers
from yesfirst.embedded.place import held
from yesfirst.errors import Refused
from yesfirst.ledger.note import Signer
from yesfirst.rulebooks import load_reviewed
from yesfirst.settings import Settings
from yesfirst.store import brands, migrations
from yesfirst.store.engine import Engine, open_engine
from yesfirst.store.keyring import Keyring, ensure_keyring, read_keyring
from yesfirst.store.reach import reach_database
from yesfirst.usecases.carrier import texts_people
from yesfirst.usecases.declared import apply_brand
from yesfirst.usecases.files import read_brand_file
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.law import Law
from yesfirst.usecases.log_key import create_log_key, read_log_key
from yesfirst.usecases.rulebooks import record
from yesfirst.usecases.seal import Published

SHIPPED = Path(__file__).resolve().parents[3] / "campaigns"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class House:
    """An installation whose database answers and is at the newest schema."""

    settings: Settings
    addresses: Addresses
    ground: Ground

    @property
    def signer(self) -> Signer:
        """The log's key; raises Refused when it is missing."""
        return read_log_key(self.settings.keys, self.settings.log_origin)

    @property
    def checkpoint(self) -> Path:
        """The file of the published checkpoint."""
        return self.settings.checkpoints / "checkpoint"

    @property
    def published(self) -> Published:
        return Published(self.checkpoint, self.signer)


def in_house(work: Callable[[House], Awaitable[T]], *, part: str | None = None) -> T:
    """Runs `work` in an event loop of its own, with the servers up; a named `part` goes on and gets the faster loop.

    Raises Refused when the installation can't be used as it is.
    """
    settings = environment.read(os.environ)
    with (
        servers(settings) as addresses,
        tracing.exporting(part or "command"),
        asyncio.Runner(loop_factory=_fast_loop() if part else None) as runner,
    ):
        return runner.run(_visit(settings, addresses, part, work))


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # there is none for Windows
        return None
    return uvloop.new_event_loop


async def _visit(
    settings: Settings, addresses: Addresses, part: str | None, work: Callable[[House], Awaitable[T]]
) -> T:
    engine = open_engine(addresses.database_url, part=part or "command")
    try:
        await reach_database(engine)
        if settings.database_url is None:
            ground = await _tend(settings, addresses, engine)
        else:
            await _require_schema(addresses)
            ground = _ground(settings, engine, _keyring(settings))
        await record(ground)
        return await work(House(settings, addresses, ground))
    finally:
        await engine.dispose()


async def _tend(settings: Settings, addresses: Addresses, engine: Engine) -> Ground:
    """Brings an embedded home to the state that commands need; of several commands at once one does it.

    Keys are made for an empty home only: new ones would lock out the people that are there.
    """
    with held(settings.home / "tend.lock"):
        if not await migrations.is_current(addresses.database_url):
            await migrations.upgrade(addresses.database_url)
        async with engine.connect() as connection:
            known = await brands.all_brands(connection)
        if known:
            return _ground(settings, engine, _keyring(settings))
        ground = _ground(settings, engine, ensure_keyring(settings.keys))
        create_log_key(settings.keys, settings.log_origin)
        for file in sorted(SHIPPED.glob("*/brand.yaml")):
            await apply_brand(ground, *read_brand_file(file))
        return ground


def _ground(settings: Settings, engine: Engine, keyring: Keyring) -> Ground:
    """With the rulebooks as they ship, and as this installation's counsel has reviewed them."""
    law = Law(load_reviewed(settings.reviews).books)
    return Ground(engine, keyring, law, texts_people(settings), settings.public_url)


async def _require_schema(addresses: Addresses) -> None:
    if not await migrations.is_current(addresses.database_url):
        raise Refused(
            "MIGRATIONS_PENDING",
            "The database is not at the schema of this version.",
            "`yesfirst migrate` brings it there; make a backup first.",
        )


def _keyring(settings: Settings) -> Keyring:
    try:
        return read_keyring(settings.keys)
    except FileNotFoundError as error:
        raise Refused(
            "KEYS_MISSING",
            f"There is no key {error.filename}.",
            "For a new installation `yesfirst keys create` makes the keys. An installation with people in it"
            " needs the ones it had: bring them back from where you keep their copy.",
        ) from None
