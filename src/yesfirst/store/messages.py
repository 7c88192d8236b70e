"""Messages on their way: frozen by a plan, allowed to be called, aborted, recorded.

Each function is one step of one transaction that its use case owns. Locks: subjects by id, then messages by id;
nobody upgrades. A transaction first locks its subjects with `subjects.lock` and only then calls `allow`: a joined
statement would wait for a withdrawal and then answer by its old snapshot. How messages are claimed is in
`claims.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from yesfirst.store.against import HOLDS_UNTIL, reasons_against, standing_joins
from yesfirst.store.engine import Connection, fetch, run
from yesfirst.store.hearing import HEARD


@dataclass(frozen=True, slots=True)
class Allowed:
    """A message that may be called now, until `seconds` from the answer."""

    id: bytes
    seconds: float


# The sealed entry is joined: what is not sealed cannot be called, whatever the caller believes.
# Grant of the right to call, once: `claimed → calling` happens for one worker only.
_ALLOW = text(f"""
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
        JOIN subject ON subject.id = held.subject
        {standing_joins("run.purpose", "clock.now")}
        WHERE held.by > clock.now + interval '100 milliseconds'
          AND ruling.law = :law AND cardinality({reasons_against("clock.now")}) = 0
          AND coalesce({HOLDS_UNTIL} > held.by, TRUE)
          AND {HEARD}
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


async def allow(connection: Connection, ids: Sequence[bytes], law: str) -> list[Allowed]:
    """`claimed → calling` for those messages that are sealed and whose run, eligibility and deadline still hold.

    None while we may have missed what people texted. `law` is the digest of the rules in force for their brand.
    """
    rows = await fetch(connection, _ALLOW, ids=list(ids), law=law)
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
    language: str
    body_sealed: bytes
    parts: int


_INSERT = text("""
    INSERT INTO message (run, lane, position, subject, id, state, language, body_sealed, parts)
    SELECT :run, lane, position, subject, id, 'ready', language, body, parts
    FROM unnest(
        CAST(:lanes AS smallint[]), CAST(:positions AS int[]), CAST(:subjects AS bytea[]), CAST(:ids AS bytea[]),
        CAST(:languages AS text[]), CAST(:bodies AS bytea[]), CAST(:parts AS smallint[])
    ) AS t (lane, position, subject, id, language, body, parts)
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
            languages=[one.language for one in new],
            bodies=[one.body_sealed for one in new],
            parts=[one.parts for one in new],
        )
