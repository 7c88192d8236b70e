"""A past decision, made again: it comes out the same, whatever rules, consents and texts came since."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import yaml

from usecases.shop import Shop, number, open_shop
from yesfirst.errors import Refused
from yesfirst.intake.brand import Registration
from yesfirst.ledger.text import parse_id
from yesfirst.rulebooks import bodies, load, load_all, read
from yesfirst.rules.reason import Reason, Verdict
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.law import Law
from yesfirst.usecases.reassess import reassess_all
from yesfirst.usecases.replay import replay
from yesfirst.usecases.rulebooks import record
from yesfirst.usecases.withdraw import withdraw


def all_day() -> bytes:
    """China's rulebook with hours that never end, as a file."""
    plain = yaml.safe_load(bodies()[load("CN").hash])
    plain["quiet_hours"]["allowed"][0] |= {"from": "00:00", "to": "24:00"}
    return yaml.safe_dump(plain, allow_unicode=True).encode()


FILE = all_day()
OPEN = read(FILE, "CN.yaml")
FILES = {**bodies(), OPEN.hash: FILE}


@pytest.fixture
async def open_door(database_url: str, tmp_path: Path) -> AsyncIterator[Shop]:
    """The shop under a rulebook that is always open, and on record."""
    async with open_shop(database_url, tmp_path, all_day=False) as shop:
        shop.ground = Ground(shop.ground.engine, shop.ground.keyring, Law({**load_all(), "CN": OPEN}))
        await record(shop.ground, FILES)
        yield shop


async def messages(shop: Shop) -> list[bytes]:
    async with shop.ground.engine.connect() as connection:
        rows = await connection.exec_driver_sql(
            "SELECT rid FROM leaf WHERE t IN ('send.decision', 'send.denied') ORDER BY id"
        )
        return [row.rid for row in rows]


async def decided(shop: Shop) -> list[bytes]:
    """Two people agreed and one of them said stop after the plan: an allowed and a denied message."""
    await shop.agree([number(1), number(2)])
    run = await shop.running()
    await stop(shop, 2)
    await shop.claim_all(run)
    return await messages(shop)


async def stop(shop: Shop, n: int) -> None:
    async with shop.ground.engine.begin() as connection:
        await withdraw(shop.ground, connection, [shop.brand.id], number(n), via="reply", private={})


async def test_decisions_come_out_the_same_when_law_and_consent_have_changed(open_door: Shop) -> None:
    made = await decided(open_door)
    await stop(open_door, 1)
    # The shipped rulebook comes: by its hours the same texts might have been put off.
    open_door.ground = Ground(open_door.ground.engine, open_door.ground.keyring, Law(load_all()))
    await record(open_door.ground)
    await reassess_all(open_door.ground)

    found = [await replay(open_door.ground, message) for message in made]

    assert [one.same for one in found] == [True, True]
    assert {one.then.verdict for one in found} == {Verdict.ALLOW, Verdict.DENY}
    [denied] = [one for one in found if one.then.verdict is Verdict.DENY]
    assert {Reason.SUPPRESSED, Reason.CONSENT_WITHDRAWN} <= set(denied.then.reasons)
    for one in found:
        assert [(book.id, book.dropped) for book in one.rulebooks] == [("CN", ("prohibited_content.0",))]
        assert parse_id(one.message) in made


async def test_a_decision_that_would_be_another_one_is_told(open_door: Shop) -> None:
    """What the brand has on record is not kept as it was, so a registration taken away tells."""
    await decided(open_door)
    senders = [
        msgspec.structs.replace(sender, registrations=dict[str, Registration]())
        for sender in open_door.brand.senders
    ]
    poorer = msgspec.structs.replace(open_door.brand, senders=senders, registrations={})
    async with open_door.ground.engine.begin() as connection:
        declared = msgspec.json.encode(poorer).decode()
        await connection.exec_driver_sql("UPDATE brand SET declared = CAST($1 AS jsonb)", (declared,))
    found = [await replay(open_door.ground, message) for message in await messages(open_door)]
    assert [one.same for one in found] == [False, False]
    assert all(Reason.SENDER_NOT_REGISTERED in one.again.reasons for one in found)


async def test_a_message_that_nobody_decided_about_is_refused(open_door: Shop) -> None:
    with pytest.raises(Refused) as refused:
        await replay(open_door.ground, bytes(16))
    assert refused.value.code == "MESSAGE_UNKNOWN"
