"""Consent events and the eligibility that they add up to."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.engine import Row

from yesfirst.rules.consent import BARE_RECORD, ON_EVERY_RECORD, ConsentEvent, ConsentType, Record
from yesfirst.rules.ruling import GUARDIAN
from yesfirst.store.against import CONSENT_ENDS, HOLDS_UNTIL, reasons_against, standing_joins
from yesfirst.store.engine import Connection, fetch, fetch_one, run


@dataclass(frozen=True, slots=True)
class EligibilityRow:
    """One person's eligibility for one purpose, or for all that no event has named (`*`); see the table."""

    subject: bytes
    purpose: str
    agreed_at: datetime | None
    given: datetime | None
    expires: datetime | None
    proof: bytes | None
    ruling: int


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
            CAST(:ofs AS bytea[]), CAST(:nights AS boolean[]), CAST(:records AS text[])
        ) AS t (subject, sseq, type, purposes, given, expires, at, method, kind, notice, hash, of, night, record)
    ), appended AS (
        INSERT INTO consent_event (subject, sseq, type, purposes, channel, given, expires, at, method, kind, notice,
                                   leaf_hash, of, night, record)
        SELECT subject, sseq, type, string_to_array(purposes, ' '), 'sms', given, expires, at, method, kind, notice,
               hash, of, night, CAST(record AS jsonb)
        FROM new
    )
    UPDATE subject SET sseq = new.sseq + 1, shash = new.hash, sat = new.at
    FROM new WHERE subject.id = new.subject
""")
_PUT_ELIGIBILITY = text("""
    INSERT INTO eligibility (subject, purpose, channel, agreed_at, given, expires, proof, ruling)
    SELECT subject, purpose, 'sms', agreed_at, given, expires, proof, ruling
    FROM unnest(
        CAST(:subjects AS bytea[]), CAST(:purposes AS text[]), CAST(:agreed AS timestamptz[]),
        CAST(:given AS timestamptz[]), CAST(:expires AS timestamptz[]), CAST(:proofs AS bytea[]),
        CAST(:rulings AS bigint[])
    ) AS t (subject, purpose, agreed_at, given, expires, proof, ruling)
    ORDER BY subject, purpose
    ON CONFLICT (subject, purpose, channel) DO UPDATE
    SET agreed_at = excluded.agreed_at, given = excluded.given, expires = excluded.expires, proof = excluded.proof,
        ruling = excluded.ruling
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
                record=_record(row),
            )
        )
    return chains


def _record(row: Row[Any]) -> Record:
    """The record of an event; one that is older than records says what an import's did."""
    if row.record is not None:
        return msgspec.convert(row.record, Record)
    return Record(fields=(*ON_EVERY_RECORD, "proof_ref")) if row.method == "import" else BARE_RECORD


# Reads all events in the worst case; asked only when a wording changes under its old version.
_AGREED_TO = text("SELECT EXISTS (SELECT FROM consent_event WHERE notice = :notice) AS agreed")


async def somebody_agreed_to(connection: Connection, notice: bytes) -> bool:
    row = await fetch_one(connection, _AGREED_TO, notice=notice)
    return bool(row and row.agreed)


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
        records=[msgspec.json.encode(event.record).decode() for _, event in events],
    )


async def put_eligibility(connection: Connection, rows: Sequence[EligibilityRow]) -> None:
    """Replaces the eligibility of locked subjects."""
    await run(
        connection,
        _PUT_ELIGIBILITY,
        subjects=[row.subject for row in rows],
        purposes=[row.purpose for row in rows],
        agreed=[row.agreed_at for row in rows],
        given=[row.given for row in rows],
        expires=[row.expires for row in rows],
        proofs=[row.proof for row in rows],
        rulings=[row.ruling for row in rows],
    )


@dataclass(frozen=True, slots=True)
class StandingRow:
    """What one person may be sent for a purpose: from when until when, or the reasons why not.

    `consent_ends`, by itself or by law. `relationship` is what the open consent rests on instead of an agreement;
    `guardian`: somebody else's is on record.
    """

    purpose: str
    agreed_at: datetime | None
    consent_ends: datetime | None
    holds_until: datetime | None
    reasons: list[str]
    relationship: str | None
    guardian: bool


_STANDINGS = text(f"""
    SELECT named.purpose, eligibility.agreed_at, {CONSENT_ENDS} AS consent_ends, {HOLDS_UNTIL} AS holds_until,
           {reasons_against("clock_timestamp()")} AS reasons,
           ruling.position #>> '{{basis,record,event}}' AS relationship,
           coalesce(ruling.position #> '{{basis,record,fields}}' ? '{GUARDIAN}', FALSE) AS guardian
    FROM subject
    JOIN eligibility AS named ON named.subject = subject.id AND named.channel = 'sms'
    {standing_joins("named.purpose", "clock_timestamp()")}
    WHERE subject.id = :subject
    ORDER BY named.purpose
""")


async def standings_of(connection: Connection, subject: bytes) -> list[StandingRow]:
    """One person's eligibility by purpose, as of now."""
    rows = await fetch(connection, _STANDINGS, subject=subject)
    return [StandingRow(**{name: getattr(row, name) for name in StandingRow.__slots__}) for row in rows]
