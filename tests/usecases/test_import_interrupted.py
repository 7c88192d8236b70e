"""An import that is interrupted, killed or run twice at once ends as one that was not."""

import asyncio
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from usecases.people_files import (
    EVENTS,
    NOW,
    end_of,
    everything_stored,
    import_into,
    interrupt,
    known_people,
    people_file,
    row,
    stop,
)
from usecases.shop import OFFERS, Shop, number
from yesfirst.errors import Refused
from yesfirst.intake.result import RowResult
from yesfirst.usecases import import_people as importing
from yesfirst.usecases.files import open_people_file

TESTS = Path(__file__).parents[1]
WORKING_TABLES = ("public.import", "public.import_row", "public.import_result")
PEOPLE = people_file(
    row("" if n % 7 == 6 else number(n % 20), f"2026-0{n % 9 + 1}-01", city="上海" if n % 3 else "")
    for n in range(35)
)
# An import in a process of its own that reads one chunk, says so and goes no further.
STUCK = """
import asyncio, sys, time
from pathlib import Path
from usecases.people_files import import_into
from usecases.shop import open_shop

def watch(step, done, total):
    print("reading", flush=True)
    time.sleep(60)

async def main():
    async with open_shop(sys.argv[1], Path(sys.argv[2])) as shop:
        await import_into(shop, sys.stdin.buffer.read(), watch=watch)

asyncio.run(main())
"""


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many transactions for few people."""
    monkeypatch.setattr(importing, "_ROWS_AT_ONCE", 8)
    monkeypatch.setattr(importing, "_NUMBERS_AT_ONCE", 3)


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("interruption", [KeyboardInterrupt, asyncio.CancelledError])
async def test_an_import_interrupted_after_every_step_ends_as_one_that_was_not(
    shop: Shop, interruption: type[BaseException]
) -> None:
    steps: list[tuple[str, int]] = []

    def watch(step: str, done: int, total: int) -> None:
        steps.append((step, done))
        raise interruption

    rehearsed = await import_into(shop, PEOPLE, dry_run=True)
    ended = None
    while ended is None:
        try:
            ended = await import_into(shop, PEOPLE, watch=watch)
        except interruption:
            continue

    assert ended == rehearsed
    assert [step for step, _ in steps] == ["read"] * 5 + ["apply"] * 7
    assert len(await known_people(shop)) == 20
    assert await shop.count("SELECT count(*) FROM leaf WHERE t = 'consent.grant'") == 20
    stored = await everything_stored(shop)
    assert [stored[table] for table in WORKING_TABLES] == [[], [], []]
    again, _ = await import_into(shop, PEOPLE)
    assert again.outcomes == {"unchanged": 30, "rejected": 5}


@pytest.mark.usefixtures("small_steps")
async def test_an_import_cancelled_at_any_moment_goes_on_to_the_same_end(shop: Shop) -> None:
    """Also within a statement, as by Ctrl-C: each attempt gets a little longer than the one before."""
    patience, finished = 0.0, False
    while not finished:
        patience += 0.003
        attempt = asyncio.create_task(_as_soon_as_allowed(shop))
        finished = bool((await asyncio.wait([attempt], timeout=patience))[0])
        attempt.cancel()
        await asyncio.wait([attempt])
    attempt.result()

    assert len(await known_people(shop)) == 20
    assert await shop.count("SELECT count(*) FROM leaf WHERE t = 'consent.grant'") == 20
    again, _ = await import_into(shop, PEOPLE)
    assert again.outcomes == {"unchanged": 30, "rejected": 5}


async def test_a_result_that_could_not_be_written_is_written_by_the_same_command(shop: Shop) -> None:
    rehearsed = await import_into(shop, PEOPLE, dry_run=True)
    source = open_people_file(io.BytesIO(PEOPLE), shop.brand, chosen={}, expiry=None)

    def write(results: Iterator[RowResult]) -> None:
        next(results)
        raise OSError(28, "No space left on device")

    terms = importing.Terms(shop.brand, OFFERS, shop.notice)
    with pytest.raises(OSError, match="No space left"):
        await importing.import_people(
            shop.ground, source, terms, dry_run=False, watch=lambda *_: None, write=write, now=NOW
        )
    assert await import_into(shop, PEOPLE) == rehearsed


async def test_who_says_stop_between_two_steps_is_not_brought_back(shop: Shop) -> None:
    with pytest.raises(KeyboardInterrupt):
        await import_into(shop, PEOPLE, watch=interrupt)
    await stop(shop, number(1))
    report, _ = await import_into(shop, PEOPLE)
    assert report.reasons == {"NUMBER_MISSING": 5, "WITHDRAWN_SINCE": 2}
    assert (await known_people(shop))[number(1)].open_until == {}


async def test_the_same_import_runs_once_at_a_time_and_goes_on_after_a_kill(
    shop: Shop, tmp_path: Path
) -> None:
    rehearsed = await import_into(shop, PEOPLE, dry_run=True)
    other = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", STUCK, shop.database_url, str(tmp_path)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])},
    )
    assert other.stdin is not None
    assert other.stdout is not None
    other.stdin.write(PEOPLE)
    other.stdin.close()
    try:
        assert await asyncio.wait_for(other.stdout.readline(), 30) == b"reading\n"
        with pytest.raises(Refused) as refusal:
            await import_into(shop, PEOPLE)
        assert refusal.value.code == "IMPORT_RUNNING"
    finally:
        other.kill()
        await other.wait()

    assert await _as_soon_as_allowed(shop) == rehearsed


async def _as_soon_as_allowed(shop: Shop) -> tuple[importing.Report, list[RowResult]]:
    """PostgreSQL notices within moments that a client is gone."""
    async with asyncio.timeout(10):
        while True:
            try:
                return await import_into(shop, PEOPLE)
            except Refused:
                await asyncio.sleep(0.05)


async def test_an_import_that_failed_does_not_keep_the_next_one_out(shop: Shop) -> None:
    """Although its connection lives on in the pool; other connections see whether the lock is gone."""
    # Of this database alone: tests beside this one take such locks too.
    held = """
        SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
        WHERE locktype = 'advisory' AND datname = current_database()
    """
    with pytest.raises(KeyboardInterrupt):
        await import_into(shop, PEOPLE, watch=interrupt)
    assert await shop.count(held) == 0
    await import_into(shop, PEOPLE)
    assert await shop.count(held) == 0


async def test_imports_of_the_same_people_at_once_add_up(shop: Shop) -> None:
    """The later consent wins whichever comes first; nobody waits for ever; STOPs in between are obeyed."""
    people = [number(n) for n in range(300)]
    older = people_file(row(one, "2026-01-01", "2030-01-01", name="Ada", city="上海") for one in people[:200])
    newer = people_file(row(one, "2026-06-01", "2027-01-01", city="杭州") for one in reversed(people[100:]))

    known_before = people_file(row(one, "2025-01-01") for one in people[100:200])
    await import_into(shop, known_before)  # so that some are created and some only locked

    async def stops() -> None:
        for one in people[::30]:
            await stop(shop, one)

    await asyncio.gather(
        *(
            import_into(shop, data, purpose=purpose)
            for data in (older, newer)
            for purpose in (OFFERS, EVENTS)
        ),
        stops(),
    )

    known = await known_people(shop)
    assert known.keys() == set(people)
    for place, one in enumerate(people):
        if place % 30 == 0:
            assert known[one].open_until == {}
            continue
        until = end_of("2030-01-01") if place < 100 else end_of("2027-01-01")
        assert known[one].open_until == {OFFERS: until, EVENTS: until}
        assert known[one].attributes == {"city": "上海" if place < 100 else "杭州"}
        assert known[one].private == ({"name": "Ada"} if place < 200 else {})
