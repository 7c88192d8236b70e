"""The public log: what a stranger with the log's key can read, and what not yet."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from webserver import Site, settings, site

from yesfirst.ledger import leaf, tree
from yesfirst.ledger.checkpoint import open_checkpoint
from yesfirst.ledger.note import generate
from yesfirst.ledger.text import id_text
from yesfirst.store import evidence
from yesfirst.usecases.seal import Published, open_log, seal

FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Log:
    """A site and the sequencer's side of its log."""

    site: Site
    published: Published

    async def grow(self, leaves: int) -> None:
        """Seals so many new leaves and publishes the checkpoint."""
        public = {"of": id_text(b"0" * 16), "reason": "LATE"}
        new = [
            leaf.make("send.aborted", secrets.token_bytes(16), b"1" * 16, datetime.now(UTC), public, {}, b"")
            for _ in range(leaves)
        ]
        async with self.site.ground.engine.begin() as connection:
            await evidence.append(connection, new)
        assert await seal(self.site.ground.engine, self.published.signer, self.published) == leaves

    async def status(self, tile: str) -> int:
        return (await self.site.get(f"/log/tile/{tile}")).status_code


@pytest.fixture
async def log(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Log]:
    signer = generate("test.example/log")
    async with site(database_url, settings(redis_url, tmp_path)) as running:
        await open_log(running.ground.engine, signer.name)
        async with (
            running.ground.engine.begin() as connection
        ):  # what the shop's brand adjusts is no matter here
            await connection.exec_driver_sql("WITH taken AS (DELETE FROM pending) DELETE FROM leaf")
        yield Log(running, Published(running.checkpoint, signer))


async def test_before_the_first_checkpoint_there_is_nothing_to_read(log: Log) -> None:
    answer = await log.site.get("/log/checkpoint")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_PUBLISHED")
    assert await log.status("0/000") == 404


async def test_a_stranger_can_rebuild_the_signed_root_from_the_tiles(log: Log) -> None:
    await log.grow(300)
    answer = await log.site.get("/log/checkpoint")
    assert answer.content == log.published.path.read_bytes()
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    checkpoint = open_checkpoint(answer.text, log.published.signer.verifier).checkpoint

    full, partial = await log.site.get("/log/tile/0/000"), await log.site.get("/log/tile/0/001.p/44")
    data = full.content + partial.content
    assert (checkpoint.size, tree.root([data[i : i + 32] for i in range(0, len(data), 32)])) == (
        300,
        checkpoint.root,
    )
    above = await log.site.get("/log/tile/1/000.p/1")
    assert above.content == tree.root([data[i : i + 32] for i in range(0, 256 * 32, 32)])


async def test_a_tile_of_one_width_may_be_kept_for_ever(log: Log) -> None:
    await log.grow(300)
    narrow, wide = await log.site.get("/log/tile/0/001.p/10"), await log.site.get("/log/tile/0/001.p/44")
    assert narrow.content == wide.content[:320]
    await log.grow(20)
    assert (await log.site.get("/log/tile/0/001.p/44")).content == wide.content
    for answer in (narrow, wide, await log.site.get("/log/tile/0/000")):
        assert answer.headers["cache-control"] == FOR_EVER
        assert answer.headers["content-type"] == "application/octet-stream"


async def test_what_is_sealed_but_not_published_is_not_shown(log: Log) -> None:
    await log.grow(100)
    shown = log.published.path.read_bytes()
    await log.grow(200)
    log.published.path.write_bytes(shown)
    statuses = {tile: await log.status(tile) for tile in ("0/000.p/100", "0/000.p/101", "0/000", "1/000.p/1")}
    assert statuses == {"0/000.p/100": 200, "0/000.p/101": 404, "0/000": 404, "1/000.p/1": 404}


@pytest.mark.parametrize(
    "tile",
    ["0/002.p/1", "0/0", "0/x000/000", "00/000", "0/000.p/0", "0/000.p/256", "64/000", "x/000", "0/../000"],
)
async def test_there_is_no_other_tile_and_no_second_spelling(log: Log, tile: str) -> None:
    await log.grow(300)
    assert await log.status(tile) == 404


async def test_the_leaves_are_not_public(log: Log) -> None:
    await log.grow(300)
    answer = await log.site.get("/log/tile/entries/000")
    assert (answer.status_code, answer.json()["code"]) == (403, "WITNESS_CREDENTIAL_MISSING")
    async with log.site.ground.engine.connect() as connection:
        bodies = await evidence.entries(connection, 0, 1)
    first = (await log.site.get("/log/tile/0/000")).content[:32]
    assert first == sha256(b"\0" + bodies[0]).digest()
