"""What the law asks about a person, without any instant: people in one position share one ruling.

A position is stored as JSON and compared by it, so its parts are sorted and its fields keep their names.
"""

from enum import StrEnum

from msgspec import Struct

from yesfirst.rules.consent import Record, Standing


class Recipient(StrEnum):
    """Who is behind a number; a business role is a person who is texted in it, such as a buyer."""

    INDIVIDUAL = "individual"
    CORPORATE = "corporate"
    BUSINESS_ROLE = "business_role"


class Stand(StrEnum):
    """What the consent events of one purpose have left."""

    NONE = "none"
    PENDING = "pending"
    WITHDRAWN = "withdrawn"
    OPEN = "open"


class Basis(Struct, frozen=True, kw_only=True):
    """What an open consent rests on: its kind, and what its record holds."""

    kind: str
    record: Record
    night: bool


class Whereabouts(Struct, frozen=True, kw_only=True):
    """What tells where a person belongs: the origin of the number (`jurisdiction.origin_of`) and declared places.

    Declared time zones take the place of those that number and addresses would allow.
    """

    origin: str | None
    residence: str | None = None
    billing: str | None = None
    zones: tuple[str, ...] = ()


class Position(Struct, frozen=True, kw_only=True):
    where: Whereabouts
    recipient: Recipient
    stand: Stand
    basis: Basis | None = None


def position(where: Whereabouts, recipient: Recipient, standing: Standing) -> Position:
    """The position of a person whose consent events for a purpose have left this standing."""
    event = standing.open
    if event is None:
        return Position(where=where, recipient=recipient, stand=_without(standing))
    basis = Basis(kind=event.kind or "", record=event.record, night=event.night)
    return Position(where=where, recipient=recipient, stand=Stand.OPEN, basis=basis)


def _without(standing: Standing) -> Stand:
    if standing.pending is not None:
        return Stand.PENDING
    return Stand.WITHDRAWN if standing.withdrawal is not None else Stand.NONE
