"""The claim's SQL against `rules.decision.decide`: random people at random moments, on a real database.

The database's clock is one that the test sets, so the edges of consents and hours are met exactly. LAW_CASES says
how many people are judged; `make check-deep` asks for a million.
"""

import os
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from usecases.histories import OFFERS, History, history, moment, narrowed
from usecases.shop import Shop, open_shop
from yesfirst.embedded import Addresses
from yesfirst.rules.consent import fold, standing_of
from yesfirst.rules.content import Offer
from yesfirst.rules.decision import Allow, Consent, Decision, Defer, Deny, Facts, MessageClass, Review, decide
from yesfirst.rules.delivery import State
from yesfirst.rules.jurisdiction import origin_of
from yesfirst.rules.position import Whereabouts, position
from yesfirst.rules.reason import Reason
from yesfirst.rules.wording import Wording
from yesfirst.store import consents, messages, runs, subjects
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import new_id, seal
from yesfirst.store.messages import NewMessage
from yesfirst.store.runs import NewRun, RunState, StoredRun
from yesfirst.store.set_clock import set_clock, throwaway_database
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases.brand_law import BrandLaw
from yesfirst.usecases.claim import HAND_OVER_WITHIN, claim
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.law import Law
from yesfirst.usecases.people import subjects_of
from yesfirst.usecases.reassess import place_anew
from yesfirst.usecases.texts import Said, Texts

CASES = int(os.environ.get("LAW_CASES", "50000"))
CROWD = 500
PARTS = 4
BOOKS = narrowed()
CLOSES = datetime(2100, 1, 1, tzinfo=UTC)
_TICK = timedelta(milliseconds=1)
# A text that some rulebooks find fault with, and one that lacks what most ask for.
WORDINGS = {
    "en": Wording(sender_name=True, contact=True, opt_out_instruction=True),
    "zh": Wording(sender_name=True, contact=False, opt_out_instruction=False, private_contact=True),
}
REGISTERED = frozenset(
    one.id for id, book in BOOKS.items() for one in book.registration if id not in ("US", "AU")
)
OFFER = Offer(registered=REGISTERED, topics=frozenset({"gambling"}), goods="other", processed_in="US")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was made of one message: its state and what goes with it; `reasons` are all that are recorded."""

    state: State
    reasons: tuple[Reason, ...]
    not_before: datetime | None
    by: datetime | None


@pytest.fixture
async def shop(addresses: Addresses, tmp_path: Path) -> AsyncIterator[Shop]:
    """The tea shop with a clock to set, and hours that are narrow."""
    async with throwaway_database(addresses.database_url) as url, open_shop(url, tmp_path) as shop:
        shop.ground = Ground(shop.ground.engine, shop.ground.keyring, Law(BOOKS))
        yield shop


@pytest.mark.parametrize("part", range(PARTS))
async def test_a_claim_decides_as_the_reference_does(shop: Shop, part: int) -> None:
    met: Counter[Reason | None] = Counter()
    for seed in range(part, CASES // CROWD, PARTS):
        random = Random(seed)
        now = moment(random)
        met += await agreed(shop, [history(random, now) for _ in range(CROWD)], now)
    # Else the agreement would say nothing about them.
    assert {reason for reason in JUDGED if not met[reason]} == set()


JUDGED = {
    *(
        None,
        Reason.JURISDICTION_UNRESOLVED,
        Reason.SUPPRESSED,
        Reason.REPLY_UNCLEAR,
        Reason.PROHIBITED_CONTENT,
    ),
    *(Reason.SENDER_NOT_REGISTERED, Reason.MINOR_NO_GUARDIAN, Reason.CONSENT_MISSING, Reason.CONSENT_PENDING),
    *(Reason.CONSENT_WITHDRAWN, Reason.CONSENT_INVALID_COLLECTION, Reason.CONSENT_KIND_INSUFFICIENT),
    *(Reason.CONSENT_RECORD_INCOMPLETE, Reason.CONSENT_SCOPE_MISMATCH, Reason.CONSENT_EXPIRED),
    *(Reason.RECONFIRM_OVERDUE, Reason.DNC_LISTED, Reason.DNC_SCRUB_STALE, Reason.CONTENT_MISSING_LABEL),
    *(Reason.CONTENT_MISSING_CONTACT, Reason.CONTENT_MISSING_OPT_OUT, Reason.CAMPAIGN_GATE_FAILED),
    *(Reason.FREQUENCY_CAP, Reason.QUIET_HOURS, Reason.CLOSED_DAY),
}


@settings(
    max_examples=max(50, CASES // 500),
    deadline=None,
    derandomize="LAW_CASES" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    report_multiple_bugs=False,
)
@given(random=st.randoms())
async def test_hypothesis_finds_no_crowd_that_is_judged_otherwise(shop: Shop, random: Random) -> None:
    """Fewer people, but when it finds some, it shows the least of them."""
    now = moment(random)
    await agreed(shop, [history(random, now) for _ in range(5)], now)


async def agreed(shop: Shop, people: Sequence[History], now: datetime) -> Counter[Reason | None]:
    """Claims for these people and compares; how often each reason, or none, was met."""
    run, numbers = await enter(shop, people, now)
    await claim(shop.ground, run, shop.sender, 0, len(people), texts=texts)
    met: Counter[Reason | None] = Counter()
    found = await outcomes(shop, run)
    law = shop.ground.law.of(shop.brand).in_force(now)
    for n, (number, person, outcome) in enumerate(zip(numbers, people, found, strict=True)):
        assert outcome == expected(law, number, person, language(n), now), person
        met.update(outcome.reasons or ([None] if outcome.state is State.CLAIMED else []))
    return met


def texts(run: StoredRun, standing: BrandLaw, now: datetime) -> Texts:
    return Texts(standing.law, {language: Said(one, OFFER) for language, one in WORDINGS.items()}, "en")


def language(n: int) -> str:
    return "zh" if n % 5 == 0 else "en"


async def enter(shop: Shop, people: Sequence[History], now: datetime) -> tuple[StoredRun, list[str]]:
    """Sets the clock, and puts these people with their histories into a running run of one lane, in order."""
    run_id, before_id = new_id(), new_id()
    async with shop.ground.engine.begin() as connection:
        await set_clock(connection, now)
        # Who was here before is erased, so that numbers can be given again.
        await connection.exec_driver_sql("UPDATE subject SET lookup = NULL WHERE lookup IS NOT NULL")
        numbers = [one.number(n) for n, one in enumerate(people)]
        heads = await subjects_of(shop.ground, connection, [(shop.brand.id, number) for number in numbers])
        ordered = [heads[shop.brand.id, number] for number in numbers]
        await remember(shop, connection, list(zip(ordered, people, strict=True)), now)
        await runs.insert(connection, _run(shop, run_id, now))
        new = [
            NewMessage(new_id(), head.id, 0, n, language(n), seal(head.key, "body", "Tea"), 1)
            for n, head in enumerate(ordered)
        ]
        await messages.insert(connection, run_id, new)
        await runs.move(connection, run_id, RunState.RUNNING)
        await _text_before(connection, before_id, list(zip(ordered, people, strict=True)))
    return await shop.run(run_id), numbers


async def remember(
    shop: Shop, connection: Connection, people: Sequence[tuple[SubjectHead, History]], now: datetime
) -> None:
    for sseq in range(max(len(one.events) for _, one in people)):
        events = [(head.id, one.events[sseq]) for head, one in people if sseq < len(one.events)]
        await consents.append(connection, events)
    described = """
        UPDATE subject
        SET residence = $2, recipient = $3, born = $4,
            suppressed_at = CASE WHEN $5 THEN CAST($6 AS timestamptz) END,
            held_at = CASE WHEN $7 THEN CAST($6 AS timestamptz) END
        WHERE id = $1
    """
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    await driver.executemany(
        described,
        [
            (head.id, one.residence, one.recipient, one.born, one.suppressed, now, one.held)
            for head, one in people
        ],
    )
    checks = [
        (head.id, registry, check.listed, check.checked_at)
        for head, one in people
        for registry, check in one.checks.items()
    ]
    await driver.executemany("INSERT INTO registry_check VALUES ($1, $2, $3, $4)", checks)
    now_known = await subjects.heads(connection, shop.ground.keyring, [head.id for head, _ in people])
    await place_anew(shop.ground, connection, now_known)


async def _text_before(
    connection: Connection, run_id: bytes, people: Sequence[tuple[SubjectHead, History]]
) -> None:
    """Texts that these people got earlier, each in a run of its own."""
    texted = [
        (run_id[:-2] + n.to_bytes(2, "big"), head.id, new_id(), at)
        for head, one in people
        for n, at in enumerate(one.texted)
    ]
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    insert = """
        INSERT INTO message (run, lane, position, subject, id, state, body_sealed, parts, called_at)
        VALUES ($1, 0, $5, $2, $3, 'accepted', '', 1, $4)
    """
    await driver.executemany(insert, [(*row, place) for place, row in enumerate(texted)])


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


async def outcomes(shop: Shop, run: StoredRun) -> list[Outcome]:
    """What the claim made of each message, by position."""
    async with shop.ground.engine.connect() as connection:
        rows = (await connection.exec_driver_sql(_FOUND, (run.id,))).all()
    found = []
    for row in rows:
        leaf = msgspec.json.decode(row.leaf) if row.leaf else {}
        reasons = leaf.get("reasons", [row.reason] if row.reason else [])
        assert reasons[:1] == ([row.reason] if row.reason else [])
        told = tuple(Reason(reason) for reason in reasons)
        found.append(Outcome(State(row.state), told, row.not_before, row.by))
    return found


def expected(law: Law, number: str, person: History, language: str, now: datetime) -> Outcome:
    if person.events and person.events[-1].at > now:
        return Outcome(State.READY, (), None, None)
    return _recorded(decide(facts_of(number, person, language), law.books, now), now)


def facts_of(number: str, person: History, language: str) -> Facts:
    standing = standing_of(fold(person.events), OFFERS, "sms")
    where = Whereabouts(origin=origin_of(number), residence=person.residence)
    event = standing.open
    return Facts(
        number_valid=True,
        position=position(where, person.recipient, standing),
        message_class=MessageClass.MARKETING,
        suppressed_at=CLOSES if person.suppressed else None,
        held_at=CLOSES if person.held else None,
        consent=Consent(event.at, event.given, event.exp) if event and event.given else None,
        born=person.born,
        checks=person.checks,
        texted=person.texted,
        wording=WORDINGS[language],
        offer=OFFER,
        window_end=CLOSES,
    )


def _recorded(decision: Decision, now: datetime) -> Outcome:
    """A decision as the claim writes it: of what is only put off, the primary reason alone."""
    match decision:
        case Allow(until):
            return Outcome(State.CLAIMED, (), None, min(now + HAND_OVER_WITHIN, until - _TICK))
        case Defer(not_before=not_before):
            return Outcome(State.DEFERRED, decision.reasons[:1], not_before, None)
        case Deny():
            return Outcome(State.DENIED, decision.reasons, None, None)
        case Review():
            return Outcome(State.REVIEW, decision.reasons, None, None)
