"""The claim's SQL against `rules.decision.decide`: random people at random moments, on a real database.

The database's clock is replaced by one that the test sets: `clock_timestamp()` of a schema that is searched
before PostgreSQL's own. So the edges of consents and hours are met exactly.
"""

import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import msgspec
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from usecases.histories import OFFERS, History, crowds, narrowed
from usecases.shop import Shop, open_shop
from yesfirst.rules.consent import fold, standing_of
from yesfirst.rules.decision import Allow, Decision, Defer, Deny, Facts, MessageClass, Review, decide
from yesfirst.rules.delivery import State
from yesfirst.rules.eligibility import Eligibility, eligibility
from yesfirst.rules.jurisdiction import Jurisdiction, Resolution, origin_of, resolve
from yesfirst.rules.reason import Reason
from yesfirst.store import consents, messages, runs
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import new_id, seal
from yesfirst.store.messages import NewMessage
from yesfirst.store.runs import NewRun, RunState, StoredRun
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases.claim import HAND_OVER_WITHIN, claim
from yesfirst.usecases.consents import recompute
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.law import Law
from yesfirst.usecases.people import subjects_of

EXAMPLES = int(os.environ.get("LAW_EXAMPLES", "300"))
BOOKS = narrowed()
CLOSES = datetime(2100, 1, 1, tzinfo=UTC)
_TICK = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was made of one message: its state and what goes with it; `reasons` are all that are recorded."""

    state: State
    reasons: tuple[Reason, ...]
    not_before: datetime | None
    by: datetime | None


@pytest.fixture
async def shop(database_url: str, tmp_path: Path) -> AsyncIterator[Shop]:
    """The tea shop with a clock to set, and hours that are narrow."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("""
        CREATE SCHEMA frozen;
        CREATE TABLE frozen.clock AS SELECT pg_catalog.clock_timestamp() AS now;
        CREATE FUNCTION frozen.clock_timestamp() RETURNS timestamptz STABLE LANGUAGE sql
            AS 'SELECT now FROM frozen.clock';
        DO $$ BEGIN
            EXECUTE format('ALTER DATABASE %I SET search_path = frozen, public, pg_catalog', current_database());
        END $$;
    """)
    await connection.close()
    async with open_shop(database_url, tmp_path) as shop:
        shop.ground = Ground(shop.ground.engine, shop.ground.keyring, Law(BOOKS))
        yield shop


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="LAW_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    report_multiple_bugs=False,
)
@given(crowd=crowds())
async def test_a_claim_decides_as_the_reference_does(
    shop: Shop, crowd: tuple[datetime, list[History]]
) -> None:
    now, people = crowd

    run, numbers = await enter(shop, people, now)
    await claim(shop.ground, run, shop.sender, 0, len(people))

    found = await verdicts(shop, run)
    for number, person, verdict in zip(numbers, people, found, strict=True):
        assert verdict == expected(number, person, now)


@pytest.mark.parametrize(
    "reason",
    [
        None,
        Reason.JURISDICTION_UNRESOLVED,
        Reason.SUPPRESSED,
        Reason.CONSENT_MISSING,
        Reason.CONSENT_PENDING,
        Reason.CONSENT_WITHDRAWN,
        Reason.CONSENT_KIND_INSUFFICIENT,
        Reason.CONSENT_EXPIRED,
        Reason.QUIET_HOURS,
        Reason.CLOSED_DAY,
    ],
)
def test_random_people_meet_every_reason(reason: Reason | None) -> None:
    """Else the agreement would say nothing about it."""

    def met(crowd: tuple[datetime, list[History]]) -> bool:
        now, people = crowd
        found = [expected(f"{one.prefix}00", one, now) for one in people]
        return any(one.state is not State.READY and reason in (one.reasons or [None]) for one in found)

    enough = settings(max_examples=EXAMPLES, phases=[Phase.generate], derandomize=True, database=None)
    find(crowds(), met, settings=enough)


async def enter(shop: Shop, people: Sequence[History], now: datetime) -> tuple[StoredRun, list[str]]:
    """Sets the clock, and puts these people with their histories into a running run of one lane, in order."""
    run_id = new_id()
    async with shop.ground.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE frozen.clock SET now = $1", (now,))
        # Who was here before is erased, so that numbers can be given again.
        await connection.exec_driver_sql("UPDATE subject SET lookup = NULL WHERE lookup IS NOT NULL")
        numbers = [f"{one.prefix}{n:02}" for n, one in enumerate(people)]
        heads = await subjects_of(shop.ground, connection, [(shop.brand.id, number) for number in numbers])
        ordered = [heads[shop.brand.id, number] for number in numbers]
        await remember(shop, connection, list(zip(ordered, people, strict=True)), now)
        await runs.insert(connection, _run(shop, run_id, now))
        new = [
            NewMessage(new_id(), head.id, 0, n, seal(head.key, "body", "Tea"), 1)
            for n, head in enumerate(ordered)
        ]
        await messages.insert(connection, run_id, new)
        await runs.move(connection, run_id, RunState.RUNNING)
    return await shop.run(run_id), numbers


async def remember(
    shop: Shop, connection: Connection, people: Sequence[tuple[SubjectHead, History]], now: datetime
) -> None:
    for sseq in range(max(len(one.events) for _, one in people)):
        events = [(head.id, one.events[sseq]) for head, one in people if sseq < len(one.events)]
        await consents.append(connection, events)
    await recompute(shop.ground, connection, [head for head, _ in people])
    suppressed = [head.id for head, one in people if one.suppressed]
    suppress = "UPDATE subject SET suppressed_at = $1 WHERE id = ANY($2::bytea[])"
    await connection.exec_driver_sql(suppress, (now, suppressed))


def _run(shop: Shop, run_id: bytes, now: datetime) -> NewRun:
    return NewRun(
        id=run_id,
        campaign="agreement",
        brand=shop.brand.id,
        purpose=OFFERS,
        sender=shop.brand.senders[0].id,
        declared=b"{}",
        content=run_id * 2,
        audience=run_id * 2,
        counts={},
        lanes=1,
        pace=100,
        opens=now,
        closes=CLOSES,
        planned_by=b"",
        planned_at=now,
    )


_FOUND = """
    SELECT message.state, message.reason, message.not_before, message.by, convert_from(leaf.body, 'UTF8') AS leaf
    FROM message LEFT JOIN leaf ON leaf.id = message.leaf
    WHERE message.run = $1 ORDER BY message.position
"""


async def verdicts(shop: Shop, run: StoredRun) -> list[Verdict]:
    """What the claim made of each message, by position."""
    async with shop.ground.engine.connect() as connection:
        rows = (await connection.exec_driver_sql(_FOUND, (run.id,))).all()
    found = []
    for row in rows:
        leaf = msgspec.json.decode(row.leaf) if row.leaf else {}
        reasons = leaf.get("reasons", [row.reason] if row.reason else [])
        assert reasons[:1] == ([row.reason] if row.reason else [])
        told = tuple(Reason(reason) for reason in reasons)
        found.append(Verdict(State(row.state), told, row.not_before, row.by))
    return found


def expected(number: str, person: History, now: datetime) -> Verdict:
    if person.events and person.events[-1].at > now:
        return Verdict(State.READY, (), None, None)
    return _recorded(decide(facts_of(number, person, now), BOOKS, now), now)


def facts_of(number: str, person: History, now: datetime) -> Facts:
    return Facts(
        number_valid=True,
        jurisdiction=(where := resolve(origin_of(number), None, None, BOOKS)),
        message_class=MessageClass.MARKETING,
        suppressed_at=now if person.suppressed else None,
        eligibility=_eligibility(person, where) if person.events else None,
        window_end=CLOSES,
    )


def _eligibility(person: History, where: Resolution) -> Eligibility:
    books = [BOOKS[id] for id in where.rulebooks] if isinstance(where, Jurisdiction) else []
    return eligibility(standing_of(fold(person.events), OFFERS, "sms"), books)


def _recorded(decision: Decision, now: datetime) -> Verdict:
    """A decision as the claim writes it: of what is only put off, the primary reason alone."""
    match decision:
        case Allow(until):
            return Verdict(State.CLAIMED, (), None, min(now + HAND_OVER_WITHIN, until - _TICK))
        case Defer(reasons, not_before):
            return Verdict(State.DEFERRED, reasons[:1], not_before, None)
        case Deny(reasons):
            return Verdict(State.DENIED, reasons, None, None)
        case Review(reasons):
            return Verdict(State.REVIEW, reasons, None, None)
