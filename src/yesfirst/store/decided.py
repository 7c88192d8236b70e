"""What was decided about the messages of a run, with what is known now of the people: for asking again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import msgspec
from sqlalchemy import text

from yesfirst.rules.decision import Check
from yesfirst.rules.position import Recipient, Whereabouts
from yesfirst.store.engine import Connection, fetch
from yesfirst.store.subjects import whereabouts


@dataclass(frozen=True, slots=True)
class Decided:
    """A message whose latest decision is in the log: `leaf` are the bytes of it.

    `texted` are the instants of the person's other texts, earlier and later ones.
    """

    lane: int
    position: int
    subject: bytes
    language: str
    leaf: bytes
    where: Whereabouts
    recipient: Recipient
    born: date | None
    suppressed_at: datetime | None
    checks: Mapping[str, Check]
    texted: tuple[datetime, ...]


# Indexes: the primary key (run, lane, position); of other texts, message_subject. No locks.
_PAGE = text("""
    SELECT message.lane, message.position, message.subject, coalesce(message.language, '') AS language,
           leaf.body AS leaf, subject.origin, subject.residence, subject.billing, subject.zones, subject.recipient,
           subject.born, subject.suppressed_at,
           ARRAY(
               SELECT other.called_at FROM message AS other
               WHERE other.subject = message.subject AND other.run <> message.run AND other.called_at IS NOT NULL
                 AND other.state IN ('calling', 'accepted', 'unknown')
           ) AS texted,
           (
               SELECT json_object_agg(registry, json_build_object('listed', listed, 'checked_at', checked_at))
               FROM registry_check WHERE registry_check.subject = message.subject
           ) AS checks
    FROM message
    JOIN leaf ON leaf.id = message.leaf AND leaf.t IN ('send.decision', 'send.denied')
    JOIN subject ON subject.id = message.subject
    WHERE message.run = :run AND (message.lane, message.position) > (:lane, :position)
    ORDER BY message.lane, message.position
    LIMIT :most
""")


async def page(connection: Connection, run: bytes, after: tuple[int, int], most: int) -> list[Decided]:
    """The decided messages of a run that come after (lane, position), in that order."""
    rows = await fetch(connection, _PAGE, run=run, lane=after[0], position=after[1], most=most)
    return [
        Decided(
            lane=row.lane,
            position=row.position,
            subject=row.subject,
            language=row.language,
            leaf=bytes(row.leaf),
            where=whereabouts(row),
            recipient=Recipient(row.recipient),
            born=row.born,
            suppressed_at=row.suppressed_at,
            checks=msgspec.convert(row.checks or {}, dict[str, Check]),
            texted=tuple(row.texted),
        )
        for row in rows
    ]
