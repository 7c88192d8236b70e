"""`make bench`: what a message costs on this machine, beside a baseline measured in the same run.

The protocol's steps are timed on the embedded PostgreSQL without a carrier: claim (judge, write leaves), seal,
allow, record. The baseline is one committed single-row UPDATE per message, which any sender that keeps a state
would pay at least. Machines differ and are noisy: read the ratio, not the rate. Options: PEOPLE (default 5000).
`make bench ARGS=law` measures a change of law instead.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import asyncpg

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from usecases.shop import Shop, number, open_shop
from yesfirst.carriers.handover import Accepted
from yesfirst.embedded import servers
from yesfirst.settings import read
from yesfirst.store import migrations
from yesfirst.usecases.claim import Ready
from yesfirst.usecases.hand_over import allow, record

PEOPLE = int(os.environ.get("PEOPLE", "5000"))
GROUP = 50
ROUNDS = 3


async def timed(name: str, count: int, work: Callable[[], Awaitable[object]]) -> float:
    """Runs a step and says what it took; messages per second."""
    wall, cpu = perf_counter(), process_time()
    await work()
    wall, cpu = perf_counter() - wall, process_time() - cpu
    rate = count / wall
    sys.stdout.write(f"{name:<28}{rate:>9,.0f} /s {1e6 * cpu / count:>8,.0f} µs of our CPU each\n")
    return rate


async def baseline(url: str) -> None:
    """One committed UPDATE per message."""
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE plain (id int PRIMARY KEY, state text)")
    await connection.execute("INSERT INTO plain SELECT n, 'ready' FROM generate_series(1, $1) AS n", PEOPLE)
    update = await connection.prepare("UPDATE plain SET state = 'sent' WHERE id = $1")
    for n in range(PEOPLE):
        await update.fetch(n + 1)
    await connection.execute("DROP TABLE plain")
    await connection.close()


async def protocol(shop: Shop) -> float:
    """A whole run but for the carrier; messages per second over all steps."""
    await timed("consents", PEOPLE, lambda: agree(shop))
    run = await shop.running()
    ready: list[Ready] = []

    async def claim() -> None:
        for batch in await shop.claim_all(run):
            ready.extend(batch.ready)

    async def seal() -> None:
        while await shop.seal():
            pass

    async def hand_over() -> None:
        for start in range(0, len(ready), GROUP):
            group = ready[start : start + GROUP]
            await allow(shop.ground, group)
            await record(shop.ground, [(one, Accepted(one.id.hex())) for one in group])

    began = perf_counter()
    await timed("claim", PEOPLE, claim)
    await timed("seal", PEOPLE, seal)
    await timed("allow and record", PEOPLE, hand_over)
    states = await shop.states(run)
    if states != {"accepted": PEOPLE}:
        raise RuntimeError(f"the run did not go as it should: {states}")
    return PEOPLE / (perf_counter() - began)


async def agree(shop: Shop) -> None:
    for start in range(0, PEOPLE, 500):
        await shop.agree([number(n) for n in range(start, min(PEOPLE, start + 500))])
    while await shop.seal():
        pass


async def rounds(url: str, directory: Path) -> None:
    ratios = []
    for n in range(ROUNDS):
        address = await migrations.fresh_database(url, "yesfirst_bench")
        await migrations.upgrade(address)
        async with open_shop(address, directory / str(n)) as shop:
            whole = await protocol(shop)
        single = await timed("baseline: one UPDATE each", PEOPLE, partial(baseline, address))
        ratios.append(whole / single)
        sys.stdout.write(f"{'claim to record':<28}{whole:>9,.0f} /s, {ratios[-1]:.2f} of the baseline\n\n")
    sys.stdout.write(f"median of {ROUNDS}: {median(ratios):.2f} of the baseline\n")


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        settings = read({"YESFIRST_HOME": directory})
        with servers(settings) as addresses:
            asyncio.run(rounds(addresses.database_url, Path(directory)))


if __name__ == "__main__":
    if sys.argv[1:] == ["law"]:
        from bench import law

        law.main()
    else:
        main()
