"""Consent events and the eligibility that they add up to."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from yesfirst.rules.consent import ConsentEvent, ConsentType
from yesfirst.store.engine import Connection, fetch, run


@dataclass(frozen=True, slots=True)
class EligibilityRow:
    """One person's eligibility for one purpose, or for all that no event has named (`*`); see the table."""

    subject: bytes
    purpose: str
    valid_from: datetime | None
    valid_until: datetime | None
    reason: str | None
    proof: bytes | None
    window_class: str | None


_EVENTS = text("""
    SELECT * FROM consent_event WHERE subject = ANY(CAST(:subjects AS bytea[])) ORDER BY subject, sseq
""")
# The subjects are locked by the caller, so that sseq and the chain's head move together.
_APPEND = text("""
    WITH new AS (
        SELECT * FROM unnest(
            CAST(:subjects AS bytea[]), CAST(:sseqs AS int[]), CAST(:types AS text[]), CAST(:purposes AS text[]),
            CAST(:given AS timestamptz[]), CAST(:expires AS timestamptz[]), CAST(:ats AS timestamptz[]),
            CAST(:methods AS text[]), CAST(:kinds AS text[]), CAST(:notices AS bytea[]), CAST(:hashes AS bytea[]),
            CAST(:ofs AS bytea[]), CAST(:nights AS boolean[])
        ) AS t (subject, sseq, type, purposes, given, expires, at, method, kind, notice, hash, of, night)
    ), appended AS (
        INSERT INTO consent_event (subject, sseq, type, purposes, channel, given, expires, at, method, kind, notice,
                                   leaf_hash, of, night)
        SELECT subject, sseq, type, string_to_array(purposes, ' '), 'sms', given, expires, at, method, kind, notice,
               hash, of, night
        FROM new
    )
    UPDATE subject SET sseq = new.sseq + 1, shash = new.hash, sat = new.at
    FROM new WHERE subject.id = new.subject
""")
_PUT_ELIGIBILITY = text("""
    INSERT INTO eligibility (subject, purpose, channel, valid_from, valid_until, reason, proof, window_class)
    SELECT subject, purpose, 'sms', valid_from, valid_until, reason, proof, window_class
    FROM unnest(
        CAST(:subjects AS bytea[]), CAST(:purposes AS text[]), CAST(:valid_from AS timestamptz[]),
        CAST(:valid_until AS timestamptz[]), CAST(:reasons AS text[]), CAST(:proofs AS bytea[]),
        CAST(:classes AS text[])
    ) AS t (subject, purpose, valid_from, valid_until, reason, proof, window_class)
    ORDER BY subject, purpose
    ON CONFLICT (subject, purpose, channel) DO UPDATE
    SET valid_from = excluded.valid_from, valid_until = excluded.valid_until, reason = excluded.reason,
        proof = excluded.proof, window_class = excluded.window_class
""")


async def events_of(connection: Connection, subjects: Sequence[bytes]) -> dict[bytes, list[ConsentEvent]]:
    """The consent chains of subjects, each in `sseq` order; a subject without events is absent."""
    chains: dict[bytes, list[ConsentEvent]] = defaultdict(list)
    for row in await fetch(connection, _EVENTS, subjects=list(subjects)):
        chains[row.subject].append(
            ConsentEvent(
                type=ConsentType(row.type),
                sseq=row.sseq,
                purposes=tuple(row.purposes),
                channel=row.channel,
                at=row.at,
                leaf_hash=row.leaf_hash,
                given=row.given,
                exp=row.expires,
                method=row.method,
                kind=row.kind,
                notice=row.notice,
                of=row.of,
                night=row.night,
            )
        )
    return chains


async def append(connection: Connection, events: Sequence[tuple[bytes, ConsentEvent]]) -> None:
    """One new event each for locked subjects, and the heads of their chains."""
    await run(
        connection,
        _APPEND,
        subjects=[subject for subject, _ in events],
        sseqs=[event.sseq for _, event in events],
        types=[event.type.value for _, event in events],
        purposes=[" ".join(event.purposes) for _, event in events],
        given=[event.given for _, event in events],
        expires=[event.exp for _, event in events],
        ats=[event.at for _, event in events],
        methods=[event.method for _, event in events],
        kinds=[event.kind for _, event in events],
        notices=[event.notice for _, event in events],
        hashes=[event.leaf_hash for _, event in events],
        ofs=[event.of for _, event in events],
        nights=[event.night for _, event in events],
    )


async def put_eligibility(connection: Connection, rows: Sequence[EligibilityRow]) -> None:
    """Replaces the eligibility of locked subjects."""
    await run(
        connection,
        _PUT_ELIGIBILITY,
        subjects=[row.subject for row in rows],
        purposes=[row.purpose for row in rows],
        valid_from=[row.valid_from for row in rows],
        valid_until=[row.valid_until for row in rows],
        reasons=[row.reason for row in rows],
        proofs=[row.proof for row in rows],
        classes=[row.window_class for row in rows],
    )


_ELIGIBILITY_OF = text("""
    SELECT subject, purpose, valid_from, valid_until, reason, proof, window_class
    FROM eligibility WHERE subject = :subject AND channel = 'sms' ORDER BY purpose
""")


async def eligibility_of(connection: Connection, subject: bytes) -> list[EligibilityRow]:
    """One person's eligibility by purpose; reassess them first."""
    rows = await fetch(connection, _ELIGIBILITY_OF, subject=subject)
    return [EligibilityRow(**{name: getattr(row, name) for name in EligibilityRow.__slots__}) for row in rows]
