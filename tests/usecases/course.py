"""Steps of a run that several tests take, and what the database says afterwards."""

from collections.abc import Sequence
from datetime import timedelta

from usecases.shop import Shop, number
from yesfirst.carriers.handover import Answer
from yesfirst.store.runs import StoredRun
from yesfirst.usecases.claim import Ready
from yesfirst.usecases.hand_over import allow, record
from yesfirst.usecases.withdraw import Withdrawal, withdraw


async def claimed(shop: Shop, people: int = 1) -> tuple[StoredRun, list[Ready]]:
    """A run with everybody claimed and sealed."""
    await shop.agree([number(n) for n in range(people)])
    run = await shop.running()
    ready = [one for batch in await shop.claim_all(run) for one in batch.ready]
    await shop.seal()
    return run, ready


async def calling(shop: Shop, people: int = 1) -> tuple[StoredRun, list[Ready]]:
    """A run in which everybody is being called."""
    run, ready = await claimed(shop, people)
    assert len(await allow(shop.ground, ready)) == people
    return run, ready


async def answered(shop: Shop, answers: Sequence[Answer]) -> tuple[StoredRun, list[Ready]]:
    """A run in which each person's call was answered so."""
    run, ready = await calling(shop, len(answers))
    await record(shop.ground, list(zip(ready, answers, strict=True)))
    return run, ready


async def stop(shop: Shop, e164: str) -> Withdrawal:
    async with shop.ground.engine.begin() as connection:
        [done] = await withdraw(shop.ground, connection, [shop.brand.id], e164, via="reply", private={})
    return done


async def age(shop: Shop, by: timedelta) -> None:
    """Lets all deadlines and calls of messages have been so much earlier."""
    seconds = by.total_seconds()
    await shop.value(
        f"UPDATE message SET by = by - make_interval(secs => {seconds}),"
        f" called_at = called_at - make_interval(secs => {seconds}) RETURNING 1"
    )


async def leaves(shop: Shop, kind: str) -> int:
    return await shop.count(f"SELECT count(*) FROM leaf WHERE t = '{kind}'")
