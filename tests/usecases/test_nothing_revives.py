"""Nothing revives a withdrawn consent: random lives, by the real use cases, on a real database with a clock to set.

After each step, who may be texted for what is held against a clerk's memory (`lives.py`), and in the end the leaves
against both folds. LIVES says how many are lived; `make check-deep` lives 20,000, for which CI has no time.
"""

import os
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from usecases.deeds import Person, World, at, do, worlds
from usecases.lives import BEGIN, BOTH, WAITS, Act, Deed, Memory, life
from yesfirst.embedded import Addresses
from yesfirst.ledger import fold as ledger
from yesfirst.ledger import leaf
from yesfirst.ledger.text import hash_text
from yesfirst.rules.consent import fold
from yesfirst.store import consents
from yesfirst.store.against import reasons_against, standing_joins

LIVES = int(os.environ.get("LIVES", "1000"))
CROWD = 250
STEPS = 8
NOW = "clock_timestamp()"
_numbers = count(1)


@pytest.fixture
async def brands(addresses: Addresses, tmp_path: Path) -> AsyncIterator[dict[bool, World]]:
    async with worlds(addresses.database_url, tmp_path) as made:
        yield made


@pytest.mark.parametrize("starts", [False, True])
async def test_whoever_withdrew_is_texted_only_after_an_act_of_their_own(
    brands: dict[bool, World], starts: bool
) -> None:
    met: Counter[str] = Counter()
    for seed in range(-(-LIVES // CROWD // 2)):
        random = Random(f"{starts} {seed}")
        waits = [random.choice(WAITS) for _ in range(STEPS)]
        lives = [life(random, STEPS) for _ in range(CROWD)]
        met += await lived(brands[starts], lives, waits)
    # Else the agreement would say nothing about them.
    assert {one for one in (*Deed, "texted", "texted again", "refused") if not met[one]} == set()


def lives_of(deeds: list[Deed]) -> st.SearchStrategy[list[Act]]:
    acts = st.builds(
        Act, st.sampled_from(deeds), st.sampled_from(BOTH), st.integers(0, 3), st.integers(-1, 1)
    )
    return st.lists(acts, min_size=1, max_size=STEPS)


any_life = st.lists(st.sampled_from(Deed), min_size=2, max_size=5, unique=True).flatmap(lives_of)


@settings(
    max_examples=max(20, LIVES // 100),
    deadline=None,
    derandomize="LIVES" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    report_multiple_bugs=False,
)
@given(
    lives=st.lists(any_life, min_size=1, max_size=5),
    waits=st.lists(st.sampled_from(WAITS), min_size=STEPS, max_size=STEPS),
    starts=st.booleans(),
)
async def test_hypothesis_finds_no_life_that_revives_what_was_withdrawn(
    brands: dict[bool, World], lives: list[list[Act]], waits: list[timedelta], starts: bool
) -> None:
    """Fewer people, but when it finds some, it shows the least of them."""
    await lived(brands[starts], lives, waits)


async def lived(world: World, lives: Sequence[Sequence[Act]], waits: Sequence[timedelta]) -> Counter[str]:
    """Lives these lives side by side, a step of everybody at a time; how often each deed and each end was met."""
    people = [Person(f"+86139{next(_numbers):08}", life, Memory(world.starts)) for life in lives]
    instants = [BEGIN - timedelta(days=300), BEGIN]
    met: Counter[str] = Counter()
    for step in range(max(map(len, lives))):
        instants.append(instants[-1] + waits[step])
        await at(world, instants[-1])
        acting = [one for one in people if step < len(one.life)]
        for one in acting:
            one.act = one.life[step]
            told = instants[max(0, len(instants) - 1 - one.act.back)] + timedelta(seconds=one.act.seconds)
            one.given = min(told, instants[-1])
        await do(world, acting)
        for one in acting:
            assert one.act is not None
            one.memory.live(one.act, one.given, instants[-1], one.went_out)
            met[one.act.deed] += one.went_out
        met += await compared(world, people)
    await folded(world, people)
    return met


_FOUND = f"""
    SELECT subject.lookup, named.purpose, subject.suppressed_at, subject.held_at, eligibility.agreed_at,
           {reasons_against(NOW)} AS reasons
    FROM subject
    JOIN eligibility AS named ON named.subject = subject.id AND named.channel = 'sms' AND named.purpose <> '*'
    {standing_joins("named.purpose", NOW)}
    WHERE subject.lookup = ANY($1)
"""


async def compared(world: World, people: Sequence[Person]) -> Counter[str]:
    """Holds what SQL finds against what the clerk remembers."""
    lookups = {world.ground.keyring.lookup_of(world.brand.id, one.number): one for one in people}
    async with world.ground.engine.connect() as connection:
        rows = (await connection.exec_driver_sql(_FOUND, (list(lookups),))).all()
    found: dict[bytes, set[str]] = {}
    met: Counter[str] = Counter()
    for row in rows:
        memory = lookups[bytes(row.lookup)].memory
        if row.agreed_at is not None and row.suppressed_at is None:
            found.setdefault(bytes(row.lookup), set()).add(row.purpose)
        if not row.reasons:
            assert row.held_at is None
            assert row.purpose in memory.open, lookups[bytes(row.lookup)]
            met["texted again" if row.purpose in memory.said_no else "texted"] += 1
        met["refused"] += row.purpose in memory.barred
    for lookup, one in lookups.items():
        expected = found.get(lookup, set())
        # Who was erased may be refused for longer: a controller's refusal outlives the brand's.
        assert expected <= one.memory.open if one.memory.erased else expected == one.memory.open, one
    return met


_LEAVES = """
    SELECT subject.id, leaf.body FROM subject JOIN leaf ON leaf.sid = subject.id AND starts_with(leaf.t, 'consent.')
    WHERE subject.lookup = ANY($1) ORDER BY leaf.id
"""


async def folded(world: World, people: Sequence[Person]) -> None:
    """Holds the chains in the database against their leaves, one more leaf at a time, by both folds."""
    lookups = [world.ground.keyring.lookup_of(world.brand.id, one.number) for one in people]
    leaves: dict[bytes, list[leaf.ParsedLeaf]] = {}
    async with world.ground.engine.connect() as connection:
        for row in (await connection.exec_driver_sql(_LEAVES, (lookups,))).all():
            leaves.setdefault(bytes(row.id), []).append(leaf.parse(row.body))
        chains = await consents.events_of(connection, list(leaves))
    assert {subject: len(chain) for subject, chain in chains.items()} == {
        subject: len(chain) for subject, chain in leaves.items()
    }
    for subject, chain in chains.items():
        state = ledger.ChainState()
        for length, one in enumerate(leaves[subject], start=1):
            state = ledger.extend(state, one)
            standings = fold(chain[:length])
            named = {pair: at.open.leaf_hash for pair, at in standings.items() if at.open}
            waiting = {pair: at.pending.leaf_hash for pair, at in standings.items() if at.pending}
            assert {pair: at.leaf for pair, at in state.open.items()} == _texts(named)
            assert {pair: at.leaf for pair, at in state.pending.items()} == _texts(waiting)


def _texts(hashes: dict[tuple[str, str], bytes]) -> dict[tuple[str, str], str]:
    return {pair: hash_text(hash) for pair, hash in hashes.items()}
