"""Consents that end: how many, whose, and whether their person may be texted about it.

What ends a consent is its own end or the law's, whichever comes first; a registry that has to be asked again ends
none. The law's ends depend on the ruling, so no index could know them: who asks reads the eligibility of all people of
the brand once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from yesfirst.store.against import (
    CONSENT_ENDS,
    HOLDS_UNTIL,
    ends_join,
    reasons_against,
    standing_joins,
    texted,
)
from yesfirst.store.engine import Connection, fetch


@dataclass(frozen=True, slots=True)
class Ends:
    """Consents to a purpose that hold now, and how many of them end within so many days, as asked."""

    purpose: str
    holding: int
    within: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Ending:
    """A person whose consent ends soon, and every reason known now against texting them; `of` is the event's hash.

    `kind` is the kind of the consent; `asked`: somebody was asked to renew it already.
    """

    subject: bytes
    wrapped_key: bytes
    language: str | None
    of: bytes
    given: datetime
    ends: datetime
    kind: str
    ruling: int
    reasons: list[str]
    asked: bool


@dataclass(frozen=True, slots=True)
class Texting:
    """What speaks against a marketing text for a purpose of an open consent, hours and caps aside."""

    ruling: int
    reasons: list[str]
    holds_until: datetime | None
    texted: list[datetime]


# Indexes: primary keys. Reads the eligibility of the brand's people once.
_COUNT = text(f"""
    WITH clock AS MATERIALIZED (
        SELECT clock_timestamp() AS now
    ), ending AS (
        SELECT eligibility.purpose, {CONSENT_ENDS} AS ends, clock.now
        FROM subject
        CROSS JOIN clock
        JOIN eligibility ON eligibility.subject = subject.id AND eligibility.channel = 'sms'
        JOIN ruling ON ruling.id = eligibility.ruling
        {ends_join("clock.now")}
        WHERE subject.brand = :brand AND subject.suppressed_at IS NULL AND eligibility.agreed_at IS NOT NULL
    )
    SELECT purpose, count(*) AS holding,
           count(*) FILTER (WHERE ends <= now + make_interval(days => :first)) AS first,
           count(*) FILTER (WHERE ends <= now + make_interval(days => :second)) AS second,
           count(*) FILTER (WHERE ends <= now + make_interval(days => :third)) AS third
    FROM ending
    WHERE coalesce(ends > now, TRUE)
    GROUP BY purpose
    ORDER BY purpose
""")
# Index: subject's primary key, from `after` on. Whose consent can't end in time is left out before anything is
# computed, and only who is chosen is judged. Whoever wants to write locks the subjects first and reads them again.
_ENDING = text(f"""
    WITH clock AS MATERIALIZED (
        SELECT clock_timestamp() AS now
    ), chosen AS MATERIALIZED (
        SELECT subject.id, {CONSENT_ENDS} AS ends
        FROM subject
        CROSS JOIN clock
        JOIN eligibility
          ON eligibility.subject = subject.id AND eligibility.channel = 'sms' AND eligibility.purpose = :purpose
        JOIN ruling ON ruling.id = eligibility.ruling
        {ends_join("clock.now")}
        WHERE subject.brand = :brand AND subject.phone_sealed IS NOT NULL AND eligibility.agreed_at IS NOT NULL
          AND subject.id > :after AND (CAST(:only AS bytea[]) IS NULL OR subject.id = ANY(CAST(:only AS bytea[])))
          AND (eligibility.expires <= clock.now + make_interval(days => :days)
               OR cardinality(ruling.end_reasons) > 0)
          AND {CONSENT_ENDS} > clock.now AND {CONSENT_ENDS} <= clock.now + make_interval(days => :days)
        ORDER BY subject.id
        LIMIT :most
    )
    SELECT subject.id AS subject, subject_key.wrapped AS wrapped_key, subject.language, eligibility.proof AS of,
           eligibility.given, chosen.ends,
           coalesce(ruling.position #>> '{{basis,kind}}', '') AS kind, ruling.id AS ruling,
           {reasons_against("clock.now")} AS reasons,
           EXISTS (SELECT FROM ask WHERE ask.of = eligibility.proof AND ask.kind = 'renew') AS asked
    FROM chosen
    CROSS JOIN clock
    JOIN subject ON subject.id = chosen.id
    JOIN keystore.subject_key ON subject_key.subject = subject.id
    {standing_joins(":purpose", "clock.now")}
    ORDER BY subject.id
""")
# The subject is locked by the caller. No row: nothing is open, or its ruling was made under another law.
_TEXTING = text(f"""
    WITH clock AS MATERIALIZED (
        SELECT clock_timestamp() AS now
    )
    SELECT ruling.id AS ruling, {reasons_against("clock.now")} AS reasons, {HOLDS_UNTIL} AS holds_until,
           {texted("clock.now")} AS texted
    FROM subject
    CROSS JOIN clock
    JOIN eligibility AS named
      ON named.subject = subject.id AND named.channel = 'sms' AND named.agreed_at IS NOT NULL AND named.proof = :of
    {standing_joins("named.purpose", "clock.now")}
    WHERE subject.id = :subject AND ruling.law = :law
    ORDER BY named.purpose
""")


async def count(connection: Connection, brand: str, days: tuple[int, int, int]) -> list[Ends]:
    """The consents of a brand by purpose."""
    first, second, third = days
    rows = await fetch(connection, _COUNT, brand=brand, first=first, second=second, third=third)
    return [Ends(row.purpose, row.holding, (row.first, row.second, row.third)) for row in rows]


async def ending(
    connection: Connection,
    brand: str,
    purpose: str,
    days: int,
    *,
    after: bytes = b"",
    only: Sequence[bytes] | None = None,
    most: int,
) -> list[Ending]:
    """People whose consent ends within so many days, by id; `only` these, once they are locked."""
    rows = await fetch(
        connection,
        _ENDING,
        brand=brand,
        purpose=purpose,
        days=days,
        after=after,
        only=None if only is None else list(only),
        most=most,
    )
    return [Ending(**row._asdict()) for row in rows]


async def texting(connection: Connection, subject: bytes, of: bytes, law: str) -> list[Texting]:
    """For each purpose of a locked subject's open event, what speaks against a text, under the law in force."""
    rows = await fetch(connection, _TEXTING, subject=subject, of=of, law=law)
    return [Texting(**row._asdict()) for row in rows]
