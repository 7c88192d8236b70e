"""Rulebooks on record: the files that decisions rest on, and the law of a past decision put together again.

A decision names one digest. `parts_of` says what it stands for, and `behind` makes those rulebooks anew, so that
last year's decision can be made again under the rules of that day.

Known gap: a file is recorded once, when it is first loaded; going back to it later is not told by a leaf.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache

import msgspec

from yesfirst import rulebooks as shipped
from yesfirst.errors import Refused
from yesfirst.intake.house_rules import Tightening
from yesfirst.ledger import leaf
from yesfirst.ledger.leaf import Leaf
from yesfirst.ledger.text import hash_text
from yesfirst.rules.rulebook import Rulebook
from yesfirst.rules.ruling import OWN
from yesfirst.store import clock, evidence, rulebooks
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import new_id
from yesfirst.store.rulebooks import KeptRulebook, Part
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.law import Law, own_book


async def record(ground: Ground, bodies: Mapping[bytes, bytes] | None = None) -> int:
    """Keeps each loaded rulebook whose file is new here, with a leaf; how many. `bodies` are files by SHA-256."""
    files = shipped.bodies() if bodies is None else bodies
    wanted = [book for book in ground.law.books.values() if book.hash in files]
    async with ground.engine.connect() as connection:
        known = {one.hash for one in await rulebooks.headings(connection)}
    if all(book.hash in known for book in wanted):
        return 0
    async with ground.engine.begin() as connection:
        await rulebooks.lock(connection)
        kept = await rulebooks.headings(connection)
        newest = {one.id: one.hash for one in kept}
        now = await clock.now(connection)
        new = [book for book in wanted if book.hash not in {one.hash for one in kept}]
        for book in new:
            await rulebooks.keep(
                connection, KeptRulebook(book.hash, book.id, book.version, files[book.hash], now)
            )
        await evidence.append(connection, [_changed(book, newest.get(book.id), now) for book in new])
    return len(new)


def _changed(book: Rulebook, before: bytes | None, now: datetime) -> Leaf:
    public = {
        "rulebook": book.id,
        "version": book.version.isoformat(),
        "before": hash_text(before) if before else None,
        "after": hash_text(book.hash),
    }
    return leaf.make("rulebook.changed", new_id(), None, now, public, {}, b"")


def parts_of(law: Law, ids: Iterable[str]) -> list[Part]:
    """What the digest of these rulebooks stands for."""
    return [
        Part(
            rulebook=id,
            file=(law.books[id].file or law.books[id].hash).hex(),
            dropped=law.books[id].dropped,
            own=msgspec.json.encode(law.own).decode() if id == OWN else None,
        )
        for id in sorted(ids)
    ]


async def behind(connection: Connection, digest: str) -> Law:
    """The rulebooks that a decision's digest stands for, and no others.

    Refused (LAW_UNKNOWN, RULEBOOK_UNKNOWN, LAW_DIFFERS) where they are not on record as they were.
    """
    parts = await rulebooks.parts_of(connection, digest)
    if parts is None:
        raise Refused(
            "LAW_UNKNOWN",
            "The rules of this decision are not on record.",
            "Decisions of versions that kept no rulebooks can't be made again.",
        )
    kept = await rulebooks.kept(connection, [bytes.fromhex(part.file) for part in parts])
    law = Law({part.rulebook: _rebuilt(part, kept) for part in parts})
    if law.digest != digest:
        raise Refused(
            "LAW_DIFFERS",
            "What is on record for this decision is not what it was made under.",
            "Bring the table `rulebook` back from a backup; its texts must have the hashes they stand under.",
        )
    return law


def _rebuilt(part: Part, kept: Mapping[bytes, KeptRulebook]) -> Rulebook:
    if part.own is not None:
        return own_book(msgspec.json.decode(part.own, type=Tightening)).cut(part.dropped)
    file = kept.get(bytes.fromhex(part.file))
    if file is None:
        raise Refused(
            "RULEBOOK_UNKNOWN",
            f"The text of rulebook {part.rulebook} is not on record as it was.",
            "It is kept when a process of the version that brought it opens this installation.",
        )
    return read_kept(file).cut(part.dropped)


def read_kept(file: KeptRulebook) -> Rulebook:
    """A kept rulebook; one that is loaded anyhow is not read again."""
    loaded = shipped.load_all().get(file.id)
    return loaded if loaded is not None and loaded.hash == file.hash else _read(file.id, file.body)


@lru_cache(maxsize=256)
def _read(id: str, body: bytes) -> Rulebook:
    return shipped.read(body, f"{id}.yaml")
