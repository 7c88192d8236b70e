"""Reading an audience page by page, and remembering it as frozen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import msgspec
from sqlalchemy import text

from yesfirst.rules.attributes import Value
from yesfirst.rules.audience import Audience
from yesfirst.store.against import reasons_against, standing_joins
from yesfirst.store.audience_sql import compile_audience
from yesfirst.store.engine import Connection, fetch, run


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom a run is for; `only` narrows it to one subject."""

    brand: str
    purpose: str
    campaign: str
    audience: Audience
    only: bytes | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A person of the audience, with every reason known now against texting them at all."""

    subject: bytes
    wrapped_key: bytes
    phone_sealed: bytes
    profile_sealed: bytes | None
    attributes: dict[str, Value]
    language: str | None
    ruling: int
    reasons: list[str]


# Index: subject's primary key, from `after` on; ids are random, so their order is nobody's preference.
_PAGE = """
    SELECT subject.id AS subject, subject_key.wrapped AS wrapped_key, subject.phone_sealed, subject.profile_sealed,
           subject.attributes::text AS attributes, subject.language, ruling.id AS ruling,
           {reasons} || CASE WHEN EXISTS (
               SELECT FROM message JOIN run ON run.id = message.run
               WHERE message.subject = subject.id AND run.campaign = :campaign
                 AND (message.state IN ('claimed', 'calling', 'accepted', 'unknown')
                      OR message.state = 'not_at_carrier' AND message.receipt IS NOT NULL
                      OR run.state IN ('running', 'paused'))
           ) THEN ARRAY['ALREADY_TEXTED'] ELSE '{{}}' END AS reasons
    FROM subject
    JOIN keystore.subject_key ON subject_key.subject = subject.id
    {standing}
    WHERE subject.brand = :brand AND subject.id > :after AND subject.lookup IS NOT NULL
      AND (CAST(:only AS bytea) IS NULL OR subject.id = :only)
      AND {condition}
    ORDER BY subject.id
    LIMIT :most
"""
_EXCLUDE = text("""
    INSERT INTO excluded (run, subject, reason)
    SELECT :run, subject, reason
    FROM unnest(CAST(:subjects AS bytea[]), CAST(:reasons AS text[])) AS t (subject, reason)
""")
_FROZEN = text("""
    SELECT subject FROM message WHERE run = :run UNION ALL SELECT subject FROM excluded WHERE run = :run
""")


async def page(connection: Connection, choice: Choice, today: date, after: bytes, most: int) -> list[Listed]:
    """The next people of the audience by id; `today` in the brand's zone, for relative dates."""
    condition = compile_audience(choice.audience, today)
    rows = await fetch(
        connection,
        text(
            _PAGE.format(
                condition=condition.sql,
                standing=standing_joins(":purpose", "clock_timestamp()"),
                reasons=reasons_against("clock_timestamp()"),
            )
        ),
        brand=choice.brand,
        purpose=choice.purpose,
        campaign=choice.campaign,
        only=choice.only,
        after=after,
        most=most,
        **condition.parameters,
    )
    return [
        Listed(
            subject=row.subject,
            wrapped_key=row.wrapped_key,
            phone_sealed=row.phone_sealed,
            profile_sealed=row.profile_sealed,
            attributes=msgspec.json.decode(row.attributes),
            language=row.language,
            ruling=row.ruling,
            reasons=row.reasons,
        )
        for row in rows
    ]


async def exclude(connection: Connection, run_id: bytes, people: Sequence[tuple[bytes, str]]) -> None:
    """(subject, reason) of people who are in the audience and will not be texted."""
    if people:
        subjects, reasons = zip(*people, strict=True)
        await run(connection, _EXCLUDE, run=run_id, subjects=list(subjects), reasons=list(reasons))


async def frozen(connection: Connection, run_id: bytes) -> list[bytes]:
    """Everybody in a run's audience, the excluded too."""
    return [row.subject for row in await fetch(connection, _FROZEN, run=run_id)]
