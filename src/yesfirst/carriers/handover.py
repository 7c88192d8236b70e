"""What a carrier answers to one hand-over, as values: the words that the use cases and every carrier share.

Handed over means that the first byte was written. Whoever cannot tell says `Unknown`, and nobody sends again.
"""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """The carrier took the message under its own id."""

    carrier_id: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The carrier refused this message for good, with its code."""

    code: int


@dataclass(frozen=True, slots=True)
class NotHandedOver:
    """Nothing was sent: no connection, or the carrier asked to slow down. It may be tried again as a new attempt."""

    reason: str
    retry_after: float = 0.0


@dataclass(frozen=True, slots=True)
class Unknown:
    """The message may or may not have been taken."""

    code: int | None


Answer = Accepted | Rejected | NotHandedOver | Unknown


@dataclass(frozen=True, slots=True)
class Listed:
    """A message on the carrier's own list."""

    carrier_id: str
    body: str
    status: str
    code: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Texted:
    """What somebody has texted, on the carrier's own list; `to` is the number that they texted."""

    carrier_id: str
    sender: str = field(repr=False)
    to: str
    body: str = field(repr=False)
    at: datetime
