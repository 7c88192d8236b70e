"""The hot path: claim, allow, record. Each function is one step of one transaction that its use case owns.

Locks: subjects by id, then messages by id; nobody upgrades. A transaction first locks its subjects with
`subjects.lock` and only then calls `judge` or `allow`: a joined statement would wait for a withdrawal and then
judge by its old snapshot. Times are `clock_timestamp()` read after those locks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from yesfirst.store.engine import Connection, fetch, fetch_one, run


@dataclass(frozen=True, slots=True)
class Candidate:
    position: int
    subject: bytes
    window_class: str | None


@dataclass(frozen=True, slots=True)
class Windows:
    """Each window class now: open until an instant, or closed until one. Parallel lists."""

    classes: list[str]
    open_until: list[datetime | None]
    not_before: list[datetime | None]
    reasons: list[str | None]


@dataclass(frozen=True, slots=True)
class Judged:
    """A locked message that is ready, with every reason against sending it now; none means allow."""

    position: int
    id: bytes
    subject: bytes
    body_sealed: bytes
    phone_sealed: bytes
    wrapped_key: bytes
    sseq: int
    shash: bytes | None
    sat: datetime | None
    mseq: int
    mhash: bytes | None
    reasons: list[str]
    valid_until: datetime | None
    open_until: datetime | None
    not_before: datetime | None
    rulebook: str | None
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
_CANDIDATES = text("""
    SELECT message.position, message.subject,
           coalesce(eligibility.window_class, subject.window_class) AS window_class
    FROM lane
    JOIN run ON run.id = lane.run
    JOIN message ON message.run = lane.run AND message.lane = lane.lane
    JOIN subject ON subject.id = message.subject
    LEFT JOIN eligibility ON eligibility.subject = message.subject
                         AND eligibility.purpose = run.purpose AND eligibility.channel = 'sms'
    WHERE lane.run = :run AND lane.lane = :lane
      AND message.position > lane.cursor AND message.state = 'ready'
    ORDER BY message.position
    LIMIT :most
""")
_CURSOR = text("SELECT cursor, clock_timestamp() AS now FROM lane WHERE run = :run AND lane = :lane")
# Compare and set: an abort meanwhile moves the cursor back, and that must win.
_ADVANCE = text("UPDATE lane SET cursor = :new WHERE run = :run AND lane = :lane AND cursor = :old")
# Locks the messages in the order of ids; the caller holds their subjects already.
_JUDGE = text("""
    WITH clock AS MATERIALIZED (
        SELECT date_trunc('milliseconds', clock_timestamp()) AS now
    ), windows AS (
        SELECT * FROM unnest(
            CAST(:classes AS text[]), CAST(:open_until AS timestamptz[]), CAST(:not_before AS timestamptz[]),
            CAST(:reasons AS text[])
        ) AS t (class, open_until, not_before, reason)
    ), held AS (
        SELECT message.* FROM message
        WHERE message.run = :run AND message.lane = :lane AND message.position = ANY(CAST(:positions AS int[]))
          AND message.state = 'ready'
        ORDER BY message.id
        FOR NO KEY UPDATE
    )
    SELECT held.position, held.id, held.subject, held.body_sealed, subject.phone_sealed,
           subject_key.wrapped AS wrapped_key,
           subject.sseq, subject.shash, subject.sat, subject.mseq, subject.mhash,
           eligibility.valid_until, windows.open_until, windows.not_before, eligibility.rulebook, clock.now,
           array_remove(ARRAY[
               CASE WHEN coalesce(eligibility.window_class, subject.window_class) IS NULL
                    THEN 'JURISDICTION_UNRESOLVED' END,
               CASE WHEN subject.suppressed_at IS NOT NULL THEN 'SUPPRESSED' END,
               CASE WHEN eligibility.subject IS NULL THEN 'CONSENT_MISSING' ELSE eligibility.reason END,
               CASE WHEN eligibility.reason IS NULL AND eligibility.valid_until <= clock.now
                    THEN 'CONSENT_EXPIRED' END,
               CASE WHEN windows.class IS NOT NULL AND NOT coalesce(windows.open_until > clock.now, FALSE)
                    THEN coalesce(windows.reason, 'QUIET_HOURS') END
           ], NULL) AS reasons
    FROM held
    CROSS JOIN clock
    JOIN run ON run.id = held.run AND run.state = 'running' AND run.closes > clock.now
    JOIN subject ON subject.id = held.subject
    JOIN keystore.subject_key ON subject_key.subject = held.subject
    LEFT JOIN eligibility ON eligibility.subject = held.subject
                         AND eligibility.purpose = run.purpose AND eligibility.channel = 'sms'
    LEFT JOIN windows ON windows.class = coalesce(eligibility.window_class, subject.window_class)
    WHERE (eligibility.rulebook IS NULL OR eligibility.rulebook = ANY(CAST(:active AS text[])))
      AND (windows.class IS NOT NULL OR coalesce(eligibility.window_class, subject.window_class) IS NULL)
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


async def candidates(connection: Connection, run_id: bytes, lane: int, most: int) -> list[Candidate]:
    """The next messages of a lane that look ready, by position."""
    rows = await fetch(connection, _CANDIDATES, run=run_id, lane=lane, most=most)
    return [Candidate(row.position, row.subject, row.window_class) for row in rows]


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
    windows: Windows,
    active: Sequence[str],
) -> list[Judged]:
    """Locks those messages that are still ready in a running run, and judges each.

    Left out for now is a message whose eligibility stems from a rulebook that is not among `active`, until it
    is recomputed, and one whose window class changed after `windows` was made.
    """
    rows = await fetch(
        connection,
        _JUDGE,
        run=run_id,
        lane=lane,
        positions=list(positions),
        classes=windows.classes,
        open_until=windows.open_until,
        not_before=windows.not_before,
        reasons=windows.reasons,
        active=list(active),
    )
    return [Judged(**{name: getattr(row, name) for name in Judged.__slots__}) for row in rows]


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


@dataclass(frozen=True, slots=True)
class Allowed:
    """A message that may be called now, until `seconds` from the answer."""

    id: bytes
    seconds: float


# The sealed entry is joined: what is not sealed cannot be called, whatever the caller believes.
# Grant of the right to call, once: `claimed → calling` happens for one worker only.
_ALLOW = text("""
    WITH clock AS MATERIALIZED (
        SELECT clock_timestamp() AS now
    ), held AS (
        SELECT message.* FROM message
        WHERE message.id = ANY(CAST(:ids AS bytea[])) AND message.state = 'claimed'
        ORDER BY message.id
        FOR NO KEY UPDATE
    ), fit AS (
        SELECT held.id
        FROM held
        CROSS JOIN clock
        JOIN run ON run.id = held.run AND run.state = 'running'
        JOIN entry ON entry.leaf = held.leaf
        JOIN subject ON subject.id = held.subject AND subject.suppressed_at IS NULL
        JOIN eligibility ON eligibility.subject = held.subject AND eligibility.purpose = run.purpose
                        AND eligibility.channel = 'sms' AND eligibility.reason IS NULL
                        AND coalesce(eligibility.valid_until > held.by, TRUE)
                        AND eligibility.rulebook = ANY(CAST(:active AS text[]))
        WHERE held.by > clock.now + interval '100 milliseconds'
    )
    UPDATE message SET state = 'calling', called_at = clock.now
    FROM fit, clock
    WHERE message.id = fit.id
    RETURNING message.id, extract(epoch FROM message.by - clock.now)::float8 AS seconds
""")
_NEW_IDS_AFTER_ABORT = text("""
    WITH aborted AS (
        UPDATE message SET state = 'ready', id = new.new_id, leaf = NULL, by = NULL, called_at = NULL
        FROM unnest(CAST(:ids AS bytea[]), CAST(:new_ids AS bytea[])) AS new (id, new_id)
        WHERE message.id = new.id AND message.state = ANY(CAST(:from_states AS text[]))
        RETURNING new.id AS old_id, message.subject, message.run, message.lane, message.position
    ), rewound AS (
        UPDATE lane SET cursor = least(cursor, first.position - 1)
        FROM (SELECT run, lane, min(position) AS position FROM aborted GROUP BY run, lane) AS first
        WHERE lane.run = first.run AND lane.lane = first.lane
    )
    SELECT old_id, subject FROM aborted
""")
_LOCK_MESSAGES = text("""
    SELECT id FROM message WHERE id = ANY(CAST(:ids AS bytea[])) ORDER BY id FOR NO KEY UPDATE
""")


async def allow(connection: Connection, ids: Sequence[bytes], active: Sequence[str]) -> list[Allowed]:
    """`claimed → calling` for those messages that are sealed and whose run, eligibility and deadline still hold."""
    rows = await fetch(connection, _ALLOW, ids=list(ids), active=list(active))
    return [Allowed(row.id, row.seconds) for row in rows]


async def lock(connection: Connection, ids: Sequence[bytes]) -> None:
    await run(connection, _LOCK_MESSAGES, ids=list(ids))


async def abort(
    connection: Connection, ids: Sequence[tuple[bytes, bytes]], from_states: Sequence[str]
) -> list[tuple[bytes, bytes]]:
    """(message id, next id) back to `ready` where still in one of `from_states`; (old id, subject) of those moved."""
    if not ids:
        return []
    old, new = zip(*ids, strict=True)
    rows = await fetch(
        connection, _NEW_IDS_AFTER_ABORT, ids=list(old), new_ids=list(new), from_states=list(from_states)
    )
    return [(row.old_id, row.subject) for row in rows]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a hand-over: state accepted, rejected or unknown, with the carrier's id and code."""

    id: bytes
    state: str
    carrier_id: str | None
    code: int | None


_RECORD = text("""
    UPDATE message SET state = new.state, carrier_id = coalesce(new.carrier_id, message.carrier_id), code = new.code
    FROM unnest(
        CAST(:ids AS bytea[]), CAST(:states AS text[]), CAST(:carrier_ids AS text[]), CAST(:codes AS int[])
    ) AS new (id, state, carrier_id, code)
    WHERE message.id = new.id AND message.state = ANY(CAST(:from_states AS text[]))
    RETURNING message.id, message.subject
""")


async def record(
    connection: Connection, outcomes: Sequence[Outcome], from_states: Sequence[str]
) -> dict[bytes, bytes]:
    """Writes outcomes where the message still is in one of `from_states`; the subject of each one written.

    Lock the messages first.
    """
    rows = await fetch(
        connection,
        _RECORD,
        ids=[outcome.id for outcome in outcomes],
        states=[outcome.state for outcome in outcomes],
        carrier_ids=[outcome.carrier_id for outcome in outcomes],
        codes=[outcome.code for outcome in outcomes],
        from_states=list(from_states),
    )
    return {row.id: row.subject for row in rows}


@dataclass(frozen=True, slots=True)
class NewMessage:
    id: bytes
    subject: bytes
    lane: int
    position: int
    body_sealed: bytes
    parts: int


_INSERT = text("""
    INSERT INTO message (run, lane, position, subject, id, state, body_sealed, parts)
    SELECT :run, lane, position, subject, id, 'ready', body, parts
    FROM unnest(
        CAST(:lanes AS smallint[]), CAST(:positions AS int[]), CAST(:subjects AS bytea[]), CAST(:ids AS bytea[]),
        CAST(:bodies AS bytea[]), CAST(:parts AS smallint[])
    ) AS t (lane, position, subject, id, body, parts)
""")


async def insert(connection: Connection, run_id: bytes, new: Sequence[NewMessage]) -> None:
    """Frozen messages of a run, ready to be claimed once it runs."""
    if new:
        await run(
            connection,
            _INSERT,
            run=run_id,
            lanes=[one.lane for one in new],
            positions=[one.position for one in new],
            subjects=[one.subject for one in new],
            ids=[one.id for one in new],
            bodies=[one.body_sealed for one in new],
            parts=[one.parts for one in new],
        )
