"""The sequencer's step: one order for all leaves, nothing signed that could fork, nothing shown before its commit."""

import asyncio

import pytest

from usecases.shop import Shop
from yesfirst.errors import Refused
from yesfirst.ledger import leaf, tree
from yesfirst.ledger.checkpoint import Checkpoint, sign_checkpoint
from yesfirst.ledger.note import generate
from yesfirst.ledger.text import id_text
from yesfirst.store import clock, evidence
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import new_id
from yesfirst.usecases.seal import MOST, Published, inspect, seal

_LOG = ("head", "tile", "entry", "pending", "leaf")


@pytest.fixture
async def shop(shop: Shop) -> Shop:
    """The shop with an empty log, without the leaf about what its brand adjusts."""
    await shop.value("WITH taken AS (DELETE FROM pending) DELETE FROM leaf RETURNING 1")
    return shop


async def append(connection: Connection, count: int) -> None:
    at = await clock.now(connection)
    public = [{"of": id_text(new_id()), "reason": "LEASE_LOST"} for _ in range(count)]
    leaves = [leaf.make("send.aborted", new_id(), new_id(), at, each, {}, b"") for each in public]
    await evidence.append(connection, leaves)


async def write(shop: Shop, count: int) -> None:
    """So many leaves that wait for their seal."""
    async with shop.ground.engine.begin() as connection:
        await append(connection, count)


async def hashes(shop: Shop) -> list[bytes]:
    """The leaf hashes in the order of the log."""
    async with shop.ground.engine.connect() as connection:
        bodies = await evidence.entries(connection, 0, 1_000_000)
    return [tree.leaf_hash(body) for body in bodies]


def shown(shop: Shop) -> Checkpoint:
    checkpoint = shop.published.read()
    assert checkpoint is not None
    return checkpoint


async def refusal(shop: Shop) -> str:
    before = await shop.value("SELECT checkpoint FROM head")
    with pytest.raises(Refused) as caught:
        await shop.seal()
    assert await shop.value("SELECT checkpoint FROM head") == before
    return caught.value.code


async def test_the_root_of_every_checkpoint_is_that_of_the_leaves_it_covers(shop: Shop) -> None:
    checkpoints = []
    for count in (0, 1, 1, 253, 1, 1, 255, 257, 600):
        await write(shop, count)
        assert await shop.seal() == count
        checkpoints.append(shown(shop))
    found = await hashes(shop)
    assert [one.size for one in checkpoints] == [0, 1, 2, 255, 256, 257, 512, 769, 1369]
    assert [one.root for one in checkpoints] == [tree.root(found[: one.size]) for one in checkpoints]


async def test_what_waits_beyond_one_step_is_sealed_in_the_next(shop: Shop) -> None:
    await write(shop, MOST + 1)
    assert [await shop.seal() for _ in range(3)] == [MOST, 1, 0]
    assert shown(shop).root == tree.root(await hashes(shop))


async def test_leaves_that_become_visible_out_of_order_are_all_sealed(shop: Shop) -> None:
    async with shop.ground.engine.begin() as slow:
        await append(slow, 2)
        await write(shop, 3)
        assert await shop.seal() == 3
    assert await shop.seal() == 2
    assert len(await hashes(shop)) == 5


async def test_sequencers_at_once_give_every_leaf_one_index(shop: Shop) -> None:
    async def sequence() -> int:
        sealed = 0
        for _ in range(5):
            await write(shop, 20)
            sealed += await shop.seal()
        return sealed

    sealed = sum(await asyncio.gather(*(sequence() for _ in range(4)))) + await shop.seal()

    assert sealed == len(await hashes(shop)) == 400
    assert await shop.count("SELECT count(DISTINCT leaf) FROM entry") == 400
    assert await shop.count("SELECT max(index) FROM entry") == 399
    assert shown(shop).root == tree.root(await hashes(shop))


async def test_a_checkpoint_whose_sequencer_was_killed_before_it_showed_it_is_shown_by_the_next(
    shop: Shop,
) -> None:
    class Killed(Published):
        def write(self, note: str, size: int) -> None:
            raise InterruptedError

    await shop.seal()
    await write(shop, 3)
    with pytest.raises(InterruptedError):
        await seal(shop.ground.engine, shop.signer, Killed(shop.published.path, shop.signer))
    assert shown(shop).size == 0
    assert await shop.seal() == 0
    assert (shown(shop).size, shown(shop).root) == (3, tree.root(await hashes(shop)))


async def test_a_slow_writer_never_replaces_a_newer_checkpoint(shop: Shop) -> None:
    await write(shop, 1)
    await shop.seal()
    old = shop.published.path.read_text("utf-8")
    await write(shop, 1)
    await shop.seal()
    shop.published.write(old, 1)
    assert shown(shop).size == 2


async def test_a_database_that_was_restored_from_an_older_copy_signs_nothing(shop: Shop) -> None:
    await write(shop, 300)
    await shop.seal()
    for table in _LOG:
        await shop.value(f"CREATE TABLE old_{table} AS TABLE {table}")
    await write(shop, 10)
    await shop.seal()
    for table in _LOG:
        await shop.value(f"DELETE FROM {table}")
        await shop.value(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM old_{table}")

    await write(shop, 20)  # more than were lost
    assert await refusal(shop) == "LOG_DOES_NOT_EXTEND"
    with pytest.raises(Refused):
        await inspect(shop.ground.engine, shop.published)
    assert shown(shop).size == 310


@pytest.mark.parametrize("size", [1, 256, 299, 300, 301])
async def test_a_log_that_is_not_the_published_one_signs_nothing(shop: Shop, size: int) -> None:
    await write(shop, 300)
    await shop.seal()
    forked = Checkpoint(shop.signer.name, size, tree.root([b"?" * 32] * size))
    shop.published.path.write_text(sign_checkpoint(forked, shop.signer), "utf-8")
    await write(shop, 10)
    assert await refusal(shop) == "LOG_DOES_NOT_EXTEND"


async def test_a_published_checkpoint_of_an_earlier_size_is_extended(shop: Shop) -> None:
    await write(shop, 257)
    await shop.seal()
    early = shop.published.path.read_text("utf-8")
    await write(shop, 300)
    await shop.seal()
    shop.published.path.write_text(early, "utf-8")
    assert await inspect(shop.ground.engine, shop.published) == 557
    await shop.seal()
    assert shown(shop).size == 557


async def test_a_checkpoint_of_another_key_or_of_none_stops_the_sequencer(shop: Shop) -> None:
    await shop.seal()
    other = generate(shop.signer.name)
    for note in (sign_checkpoint(Checkpoint(other.name, 0, tree.EMPTY_ROOT), other), "", "garbage"):
        shop.published.path.write_text(note, "utf-8")
        assert await refusal(shop) == "CHECKPOINT_FOREIGN"
