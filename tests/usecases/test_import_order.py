"""The order in which things are said does not change what they add up to."""

import random
from datetime import date, timedelta

import pytest

from usecases.people_files import (
    EVENTS,
    Known,
    end_of,
    import_into,
    import_rows,
    known_people,
    people_file,
    row,
    stop,
)
from usecases.shop import OFFERS, Shop, number

FIRST_DAY = date(2025, 1, 1)
PEOPLE = [number(n) for n in range(30)]


def day(n: int) -> str:
    return (FIRST_DAY + timedelta(days=n)).isoformat()


def some_row(chance: random.Random, e164: str, given: int) -> str:
    """A row that may leave anything but the consent unsaid."""
    return row(
        e164,
        day(given),
        day(chance.randrange(800, 1200)),
        name=chance.choice(["", "Ada", "Bo"]),
        external_id=chance.choice(["", "K1", "K2"]),
        city=chance.choice(["", "上海", "杭州"]),
        tags=chance.choice(["", "vip", "vip;new"]),
    )


@pytest.mark.parametrize("seed", range(4))
async def test_the_order_of_rows_does_not_change_the_outcome(shop: Shop, seed: int) -> None:
    """The rows in two orders; the second import has nothing to add to the first."""
    chance = random.Random(seed)
    rows = [some_row(chance, chance.choice(PEOPLE), chance.randrange(5)) for _ in range(90)]
    report, _ = await import_into(shop, people_file(rows))
    known = await known_people(shop)
    chance.shuffle(rows)
    again, _ = await import_into(shop, people_file(rows))
    assert report.outcomes == {"imported": len(known), "unchanged": 90 - len(known)}
    assert again.outcomes == {"unchanged": 90}
    assert await known_people(shop) == known


@pytest.mark.parametrize("seed", range(4))
async def test_two_files_add_up_to_the_file_of_all_their_rows(shop: Shop, seed: int) -> None:
    """Whichever comes first; each number is in each file once, with two dates."""
    chance = random.Random(seed)
    rows: list[tuple[str, str]] = []
    for one in PEOPLE:
        given, other = chance.sample(range(9), 2)
        rows.append((some_row(chance, one, given), some_row(chance, one, other)))
    await import_into(shop, people_file(first for first, _ in rows))
    await import_into(shop, people_file(second for _, second in rows))
    known = await known_people(shop)
    report, _ = await import_into(shop, people_file(one for pair in rows for one in pair))
    assert report.outcomes == {"unchanged": 60}
    assert await known_people(shop) == known


@pytest.mark.parametrize("seed", range(6))
async def test_no_history_of_imports_brings_back_who_said_stop(shop: Shop, seed: int) -> None:
    """I9: imports and STOPs in any order, for two purposes; who said stop stays out, all others are in."""
    chance = random.Random(seed)
    latest: dict[tuple[str, str], int] = {}
    stopped: set[str] = set()
    for _ in range(12):
        if chance.random() < 0.4:
            gone = chance.sample(PEOPLE, 2)
            stopped.update(gone)
            for one in gone:
                await stop(shop, one)
            continue
        purpose = chance.choice([OFFERS, EVENTS])
        heard = [(one, chance.randrange(600)) for one in chance.choices(PEOPLE, k=12)]
        ends = await import_rows(
            shop, *(row(one, day(given), day(given + 700)) for one, given in heard), purpose=purpose
        )
        assert [end == "WITHDRAWN_SINCE" for end in ends] == [one in stopped for one, _ in heard]
        for one, given in heard:
            latest[one, purpose] = max(given, latest.get((one, purpose), given))

    known = await known_people(shop)
    for one in PEOPLE:
        said = {purpose: given for (number, purpose), given in latest.items() if number == one}
        expected = {} if one in stopped else {p: end_of(day(given + 700)) for p, given in said.items()}
        assert known.get(one, Known()).open_until == expected
