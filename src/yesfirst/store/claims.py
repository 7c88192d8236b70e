"""The claim, step by step: choose, judge, write down. Each function is one step of one transaction.

Locks: subjects by id, then messages by id; nobody upgrades. A transaction first locks its subjects with
`subjects.lock` and only then calls `judge`: a joined statement would wait for a withdrawal and then judge by its
old snapshot. Times are `clock_timestamp()` read after those locks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Row

from yesfirst.rules.reason import Reason, in_order
from yesfirst.store.against import HOLDS_UNTIL, reasons_against, ruling_joins, standing_joins, texted
from yesfirst.store.engine import Connection, fetch, fetch_one, run
from yesfirst.store.hearing import HEARD


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message that looks ready; `language` is that of its text."""

    position: int
    subject: bytes
    ruling: int
    language: str


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What hours and text say of people under a ruling: the reasons against, and until when the hours say so."""

    ruling: int
    language: str
    reasons: tuple[Reason, ...]
    until: datetime


@dataclass(frozen=True, slots=True)
class Judged:
    """A locked message that is ready, with every reason against sending it now but caps; none means allow.

    `holds_until` is when something about the person changes, `hours_until` when opening hours answer differently;
    None where nothing will. `texted` are the instants of earlier texts, where a cap binds.
    """

    position: int
    id: bytes
    subject: bytes
    ruling: int
    body_sealed: bytes
    phone_sealed: bytes
    wrapped_key: bytes
    sseq: int
    shash: bytes | None
    mseq: int
    mhash: bytes | None
    reasons: tuple[Reason, ...]
    holds_until: datetime | None
    hours_until: datetime
    texted: tuple[datetime, ...]
    digest: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a judgement made of a message: its new state, and for a claimed one the decision leaf and deadline."""

    position: int
    state: str
    leaf: int | None
    by: datetime | None
    reason: str | None
    not_before: datetime | None


# Index: the primary key (run, lane, position). No locks: a candidate may be gone when it is judged.
_CANDIDATES = text(f"""
    SELECT message.position, message.subject, coalesce(message.language, '') AS language, ruling.id AS ruling
    FROM lane
    JOIN run ON run.id = lane.run
    JOIN message ON message.run = lane.run AND message.lane = lane.lane
    JOIN subject ON subject.id = message.subject
    {ruling_joins("run.purpose")}
    WHERE lane.run = :run AND lane.lane = :lane
      AND message.position > lane.cursor AND message.state = 'ready' AND ruling.law = :law AND {HEARD}
    ORDER BY message.position
    LIMIT :most
""")
_CURSOR = text("SELECT cursor, clock_timestamp() AS now FROM lane WHERE run = :run AND lane = :lane")
# Compare and set: an abort meanwhile moves the cursor back, and that must win.
_ADVANCE = text("UPDATE lane SET cursor = :new WHERE run = :run AND lane = :lane AND cursor = :old")
# Locks the messages in the order of ids; the caller holds their subjects already.
_JUDGE = text(f"""
    WITH clock AS MATERIALIZED (
        SELECT date_trunc('milliseconds', clock_timestamp()) AS now
    ), circumstances AS (
        SELECT * FROM unnest(
            CAST(:rulings AS bigint[]), CAST(:languages AS text[]), CAST(:reasons AS text[]),
            CAST(:until AS timestamptz[])
        ) AS t (ruling, language, reasons, until)
    ), held AS (
        SELECT message.* FROM message
        WHERE message.run = :run AND message.lane = :lane AND message.position = ANY(CAST(:positions AS int[]))
          AND message.state = 'ready'
        ORDER BY message.id
        FOR NO KEY UPDATE
    )
    SELECT held.position, held.id, held.subject, ruling.id AS ruling, held.body_sealed, subject.phone_sealed,
           subject_key.wrapped AS wrapped_key, subject.sseq, subject.shash, subject.mseq, subject.mhash,
           {HOLDS_UNTIL} AS holds_until, circumstances.until AS hours_until, ruling.digest, clock.now,
           {reasons_against("clock.now")} || string_to_array(circumstances.reasons, ' ') AS reasons,
           CASE WHEN ruling.capped THEN {texted("clock.now")} END AS texted
    FROM held
    CROSS JOIN clock
    JOIN run ON run.id = held.run AND run.state = 'running' AND run.opens <= clock.now AND run.closes > clock.now
    JOIN subject ON subject.id = held.subject
    JOIN keystore.subject_key ON subject_key.subject = held.subject
    {standing_joins("run.purpose", "clock.now")}
    JOIN circumstances
      ON circumstances.ruling = ruling.id AND circumstances.language = coalesce(held.language, '')
    WHERE ruling.law = :law
      AND coalesce(subject.sat <= clock.now, TRUE)
      AND circumstances.until > clock.now
""")
_CLAIM = text("""
    UPDATE message
    SET state = new.state, leaf = new.leaf, by = new.by, reason = new.reason, not_before = new.not_before
    FROM unnest(
        CAST(:positions AS int[]), CAST(:states AS text[]), CAST(:leaves AS bigint[]), CAST(:bys AS timestamptz[]),
        CAST(:reasons AS text[]), CAST(:not_before AS timestamptz[])
    ) AS new (position, state, leaf, by, reason, not_before)
    WHERE message.run = :run AND message.lane = :lane AND message.position = new.position
""")
_EXTEND_CHAINS = text("""
    UPDATE subject SET mseq = new.mseq, mhash = new.mhash
    FROM unnest(CAST(:ids AS bytea[]), CAST(:mseqs AS int[]), CAST(:mhashes AS bytea[])) AS new (id, mseq, mhash)
    WHERE subject.id = new.id
""")


async def candidates(
    connection: Connection, run_id: bytes, lane: int, most: int, law: str
) -> list[Candidate]:
    """The next messages of a lane that look ready, by position, to people whose ruling `law` made.

    None while we may have missed what people texted.
    """
    rows = await fetch(connection, _CANDIDATES, run=run_id, lane=lane, most=most, law=law)
    return [Candidate(row.position, row.subject, row.ruling, row.language) for row in rows]


async def cursor(connection: Connection, run_id: bytes, lane: int) -> tuple[int, datetime]:
    """Up to which position the lane has been read, and the database's clock."""
    row = await fetch_one(connection, _CURSOR, run=run_id, lane=lane)
    if row is None:
        raise LookupError("the run has no such lane")
    return row.cursor, row.now


async def advance(connection: Connection, run_id: bytes, lane: int, old: int, new: int) -> None:
    await run(connection, _ADVANCE, run=run_id, lane=lane, old=old, new=new)


async def judge(
    connection: Connection,
    run_id: bytes,
    lane: int,
    positions: Sequence[int],
    circumstances: Sequence[Circumstances],
    law: str,
) -> list[Judged]:
    """Locks those messages that are still ready in a running run, and judges each.

    Left out for now, and found again by the sweep, are people whose ruling another law made, whose ruling or
    opening hours changed after `circumstances` was made, or whose newest consent event lies ahead of a clock that
    was set back.
    """
    rows = await fetch(
        connection,
        _JUDGE,
        run=run_id,
        lane=lane,
        positions=list(positions),
        rulings=[one.ruling for one in circumstances],
        languages=[one.language for one in circumstances],
        reasons=[" ".join(one.reasons) for one in circumstances],
        until=[one.until for one in circumstances],
        law=law,
    )
    return [_judged(row) for row in rows]


def _judged(row: Row[Any]) -> Judged:
    values = {name: getattr(row, name) for name in Judged.__slots__}
    reasons = in_order(Reason(reason) for reason in row.reasons)
    return Judged(**{**values, "reasons": reasons, "texted": tuple(row.texted or ())})


async def claim(connection: Connection, run_id: bytes, lane: int, results: Sequence[Claimed]) -> None:
    """Writes what a judgement decided about messages locked by `judge`."""
    await run(
        connection,
        _CLAIM,
        run=run_id,
        lane=lane,
        positions=[result.position for result in results],
        states=[result.state for result in results],
        leaves=[result.leaf for result in results],
        bys=[result.by for result in results],
        reasons=[result.reason for result in results],
        not_before=[result.not_before for result in results],
    )


async def extend_chains(connection: Connection, heads: Sequence[tuple[bytes, int, bytes]]) -> None:
    """(subject, next mseq, hash of its newest decision leaf) for locked subjects."""
    ids, mseqs, mhashes = zip(*heads, strict=True)
    await run(connection, _EXTEND_CHAINS, ids=list(ids), mseqs=list(mseqs), mhashes=list(mhashes))
