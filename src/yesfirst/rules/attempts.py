"""How often something may be asked for: by one address, for one number, on one form, about one person.

Whoever types a number into a page need not have it, so a page can be used to have texts sent to somebody, or to very
many. What is refused is not counted, so that a wait ends when it was said to end, however often somebody tries.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network


class Counted(StrEnum):
    """What attempts are counted by."""

    ADDRESS = "address"
    NUMBER = "number"
    FORM = "form"
    LOOK_UP = "look_up"
    WISH = "wish"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` attempts in any `within`."""

    most: int
    within: timedelta


LIMITS = {
    # A tablet at the counter of a shop signs up a guest every few minutes; a mobile operator's gateway is many people.
    Counted.ADDRESS: Limit(30, timedelta(hours=1)),
    # Once, again after a slip, and once more: one question is asked of a number in 30 days, whatever is tried.
    Counted.NUMBER: Limit(3, timedelta(days=1)),
    # A form that a broadcast names is busy; one that is abused would have a carrier block its sender.
    Counted.FORM: Limit(600, timedelta(hours=1)),
    # Look-ups of receipt codes from one address. A code has 40 bits; nobody finds one by trying.
    Counted.LOOK_UP: Limit(30, timedelta(minutes=10)),
    # Corrections and deletions that one person asks for; each is read by somebody.
    Counted.WISH: Limit(3, timedelta(days=1)),
}
KEPT = max(limit.within for limit in LIMITS.values())
"""How long an attempt counts; after that it is forgotten."""


def wait(before: Sequence[datetime], limit: Limit, now: datetime) -> timedelta | None:
    """How long until one more attempt is within the limit; None if it is now. `before` are earlier ones."""
    counting = sorted(at for at in before if now - limit.within < at)
    if len(counting) < limit.most:
        return None
    return counting[-limit.most] + limit.within - now


def neighbourhood(address: str) -> str:
    """What of an IP address attempts are counted by: all of it, or the /64 that one household has of IPv6."""
    try:
        read = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if not isinstance(read, IPv6Address):
        return str(read)
    if read.ipv4_mapped is not None:
        return str(read.ipv4_mapped)
    return str(ip_network((read, 64), strict=False))
