"""The sequencer's step: give the waiting leaves their places in the tree and sign the checkpoint that covers them.

One sequencer at a time: the head row is held for the whole step. Nothing signed leaves the process before the
commit. The last published checkpoint is kept outside the database; a head that does not extend it means a
database restored from an old copy or a replica that lost commits, and then nothing is signed.
"""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from yesfirst.errors import Refused
from yesfirst.ledger import tiles, tree
from yesfirst.ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from yesfirst.ledger.note import BadNote, Signer
from yesfirst.ledger.text import HASH_BYTES
from yesfirst.ledger.tiles import TileName
from yesfirst.store import evidence
from yesfirst.store.engine import Connection, Engine, notify
from yesfirst.store.evidence import LogHead

MOST = 5_000
SEALED_CHANNEL = "sealed"


@dataclass(frozen=True, slots=True)
class Published:
    """The last checkpoint shown to anybody, in a file that all hosts share."""

    path: Path
    signer: Signer

    def read(self) -> Checkpoint | None:
        """Raises Refused when the file is not a checkpoint that this log signed."""
        try:
            note = self.path.read_text("utf-8")
        except FileNotFoundError:
            return None
        try:
            return open_checkpoint(note, self.signer.verifier).checkpoint
        except BadNote as problem:
            raise Refused(
                "CHECKPOINT_FOREIGN",
                f"The published checkpoint in {self.path} was not signed by this log's key: {problem}.",
                "Use the key that belongs to this log, or point YESFIRST_CHECKPOINTS to this log's own directory.",
            ) from None

    def write(self, note: str, size: int) -> None:
        """Replaces the file unless it already shows a larger tree; safe with several writers."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path.with_suffix(".lock"), "w") as mutex:
            fcntl.flock(mutex, fcntl.LOCK_EX)
            shown = self.read()
            if shown is not None and shown.size >= size:
                return
            draft = self.path.with_suffix(".new")
            with open(draft, "w", encoding="utf-8") as file:
                file.write(note)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)


async def open_log(engine: Engine, origin: str) -> None:
    """Makes the head of an empty log; changes nothing where there is one."""
    async with engine.begin() as connection:
        await evidence.create_head(connection, origin, tree.EMPTY_ROOT)


async def inspect(engine: Engine, published: Published) -> int:
    """The size of the log; raises Refused when it does not extend what was published."""
    async with engine.connect() as connection:
        head = await evidence.head(connection)
        if head is None:
            return 0
        await _check_extends(connection, head, published.read(), published.path)
    return head.size


async def seal(engine: Engine, signer: Signer, published: Published) -> int:
    """Seals at most `MOST` leaves and publishes the checkpoint; how many it sealed.

    Raises Refused when the log does not extend what was published.
    """
    async with engine.begin() as connection:
        head = await evidence.lock_head(connection)
        shown = published.read()
        await _check_extends(connection, head, shown, published.path)
        waiting = await evidence.take_pending(connection, MOST)
        if waiting or head.checkpoint is None:
            size, note = await _grow(connection, head, waiting, signer)
            await notify(connection, SEALED_CHANNEL)
        else:
            size, note = head.size, head.checkpoint
    # A crash right here leaves a sealed log whose newest checkpoint nobody has seen: the next step publishes it.
    if shown is None or shown.size < size:
        published.write(note, size)
    return len(waiting)


async def _grow(
    connection: Connection, head: LogHead, waiting: list[tuple[int, bytes]], signer: Signer
) -> tuple[int, str]:
    edge_tiles = await _stored(connection, tiles.edge_names(head.size))
    edge = tiles.read_edge(head.size, edge_tiles.__getitem__)
    grown = tiles.append(edge, [hash for _, hash in waiting])
    note = sign_checkpoint(Checkpoint(head.origin, grown.size, grown.root), signer)
    if waiting:
        await evidence.store_tiles(
            connection, [(tile.name.level or 0, tile.name.index, tile.data) for tile in grown.tiles]
        )
        await evidence.place(connection, head.size, [id for id, _ in waiting])
    await evidence.move_head(connection, grown.size, grown.root, note)
    return grown.size, note


async def _check_extends(connection: Connection, head: LogHead, shown: Checkpoint | None, path: Path) -> None:
    if shown is None or (shown.size == head.size and shown.root == head.root):
        return
    if shown.size <= head.size:
        names = tiles.edge_names(shown.size)
        stored = await _stored(connection, names)
        if tiles.root_of(shown.size, stored.__getitem__) == shown.root:
            return
    raise Refused(
        "LOG_DOES_NOT_EXTEND",
        f"The log in the database (size {head.size}) does not extend the checkpoint that was already published"
        f" (size {shown.size}, in {path}). Nothing is signed.",
        "The database was restored from an older copy, or lost commits. Stop dispatching, bring back the complete"
        " database if you can, else begin a new origin as docs/evidence.md describes.",
    )


async def _stored(connection: Connection, names: list[TileName]) -> dict[TileName, bytes]:
    """The named tiles, cut to the width they had in the tree that names them."""
    found: dict[TileName, bytes] = {}
    for name in names:
        hashes = await evidence.tile(connection, name.level or 0, name.index)
        if hashes is not None:
            found[name] = hashes[: name.width * HASH_BYTES]
    return found
