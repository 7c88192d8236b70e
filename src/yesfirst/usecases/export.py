"""Evidence leaves the house: the bundle of one message, the zip of a run, and finding messages by a number.

Whoever takes evidence out is named in an `access.exported` leaf, committed before the caller has the evidence.
A zip is written next to its place and moved there when it is complete.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from yesfirst.errors import Refused
from yesfirst.ledger import leaf
from yesfirst.ledger.export import Export
from yesfirst.ledger.text import id_text
from yesfirst.store import brands, clock, evidence, exports, runs, subjects
from yesfirst.store.engine import snapshot
from yesfirst.store.exports import DENIAL, FoundMessage
from yesfirst.store.keyring import new_id
from yesfirst.usecases.actors import Actor, record_key
from yesfirst.usecases.bundles import Teller
from yesfirst.usecases.ground import Ground


@dataclass(frozen=True, slots=True)
class Exported:
    """What a run's zip holds; `waiting` decisions were not sealed yet and are not in it."""

    run: str
    bundles: int
    waiting: int
    size: int


async def brand_of(ground: Ground, message: bytes) -> str | None:
    """The brand whose message it is or was to be; None if nothing was decided about it."""
    async with snapshot(ground.engine) as connection:
        decided = await exports.decided(connection, message)
        run = await runs.get(connection, decided.run) if decided else None
    return run.brand if run else None


async def export_message(ground: Ground, message: bytes, actor: Actor) -> bytes:
    """The bundle of a message (an aborted attempt has its own id), under the newest checkpoint.

    Raises Refused: MESSAGE_UNKNOWN, MESSAGE_DENIED, NOT_SEALED_YET.
    """
    async with snapshot(ground.engine) as connection:
        decided = await exports.decided(connection, message)
    if decided is None:
        raise Refused(
            "MESSAGE_UNKNOWN",
            f"Nothing was decided about a message {id_text(message)}.",
            "`yesfirst evidence find` lists the messages of a number.",
        )
    if decided.t == DENIAL:
        raise Refused(
            "MESSAGE_DENIED",
            f"Message {id_text(message)} was not allowed, so nothing was sent that a bundle could prove.",
            "The leaf that says so, with its reasons, is in the log.",
        )
    async with _teller(ground, decided.run) as teller:
        people = await exports.people(teller.connection, decided.run, (-1, -1), 1, decided.subject)
        told = dict((await teller.tell(people)).bundles)
    if id_text(message) not in told:
        raise _not_sealed_yet(f"The decision about message {id_text(message)}")
    await _log_export(ground, actor, run=None, message=message, subject=decided.subject, count=1)
    return told[id_text(message)]


async def export_run(ground: Ground, run: bytes, out: Path, keys: Sequence[str], actor: Actor) -> Exported:
    """Writes the zip of all sealed decisions of a run to `out`; `keys` are the vkeys it lists, the log's first.

    Memory grows by a line per message only. Raises Refused: RUN_UNKNOWN, NOTHING_DECIDED, NOT_SEALED_YET,
    EXPORT_UNWRITABLE.
    """
    waiting = 0
    with replacing(out) as file:
        with Export(file, id_text(run), keys) as export:
            async with _teller(ground, run) as teller:
                async for told in teller.pages():
                    waiting += told.waiting
                    await asyncio.to_thread(_add, export, [data for _, data in told.bundles])
            if not len(export):
                raise _nothing(run, waiting)
        await _log_export(ground, actor, run=run, message=None, subject=None, count=len(export))
        # A crash right here leaves an export in the log that nobody has: the safe side.
    return Exported(id_text(run), len(export), waiting, teller.size)


async def bundles_of(ground: Ground, run: bytes) -> AsyncIterator[tuple[str, bytes]]:
    """(message id as text, bundle) of all sealed decisions of a run, to be verified here: nothing is logged.

    Raises Refused: RUN_UNKNOWN, NOT_SEALED_YET.
    """
    async with _teller(ground, run) as teller:
        async for told in teller.pages():
            for each in told.bundles:
                yield each


async def find(ground: Ground, brand: str, e164: str) -> list[FoundMessage]:
    """What was decided about a number by a brand, the newest first; nothing for a number that is not known."""
    async with snapshot(ground.engine) as connection:
        subject = await subjects.find(connection, brand, ground.keyring.lookup_of(brand, e164))
        return await exports.decided_about(connection, subject) if subject else []


@asynccontextmanager
async def _teller(ground: Ground, run_id: bytes) -> AsyncIterator[Teller]:
    async with snapshot(ground.engine) as connection:
        run = await runs.get(connection, run_id)
        if run is None:
            raise Refused(
                "RUN_UNKNOWN", f"There is no run {id_text(run_id)}.", "`yesfirst campaign runs` lists them."
            )
        head = await evidence.head(connection)
        if head is None or head.checkpoint is None:
            raise _not_sealed_yet("The log")
        sender = await brands.sender(connection, run.sender)
        address = sender.address if sender else None
        yield Teller(connection, ground.keyring, run_id, address, head.size, head.checkpoint)


async def _log_export(
    ground: Ground,
    actor: Actor,
    *,
    run: bytes | None,
    message: bytes | None,
    subject: bytes | None,
    count: int,
) -> None:
    """Under the key of the subject that it is about, while there is one; else under a key of its own."""
    rid = new_id()
    public = {
        "run": id_text(run) if run else None,
        "of": id_text(message) if message else None,
        "count": count,
    }
    async with ground.engine.begin() as connection:
        about = [subject] if subject else []
        await subjects.lock(connection, about)
        heads = await subjects.heads(connection, ground.keyring, about)
        sid = heads[0].id if heads else None
        key = heads[0].key if heads else await record_key(connection, ground.keyring, rid)
        at = await clock.now(connection)
        made = leaf.make("access.exported", rid, sid, at, public, {"actor": actor.name}, key)
        await evidence.append(connection, [made])


def _add(export: Export, bundles: Iterable[bytes]) -> None:
    for data in bundles:
        export.add(data)


@contextmanager
def replacing(out: Path) -> Iterator[BinaryIO]:
    """A new file, for its owner only, that takes the place of `out` once it is complete."""
    draft = out.with_name(f".{out.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as problem:
        raise Refused(
            "EXPORT_UNWRITABLE",
            f"Can't write to {out.parent}: {problem.strerror}.",
            "Name a file in a directory that exists and is yours.",
        ) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)


def _not_sealed_yet(what: str) -> Refused:
    return Refused(
        "NOT_SEALED_YET",
        f"{what} is not sealed yet.",
        "Sealing takes a fraction of a second: try again, and see that the sequencer runs if it lasts.",
    )


def _nothing(run: bytes, waiting: int) -> Refused:
    if waiting:
        return _not_sealed_yet(f"What was decided in run {id_text(run)}")
    return Refused(
        "NOTHING_DECIDED",
        f"No message of run {id_text(run)} was allowed, so there is nothing to prove.",
        "`yesfirst campaign status RUN` shows where everybody stands.",
    )
