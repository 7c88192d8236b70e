"""The carrier's own list of messages: Twilio's Message resource, fetched by sid and listed with filters.

Known gap: a message that is accepted but not yet sent has no `date_sent`; the list filters it by its
creation, so that what was accepted can always be found.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import StrEnum, auto
from functools import lru_cache
from uuid import uuid4

from .refusals import FAILURES
from .segments import count_segments

API_VERSION = "2010-04-01"


class Direction(StrEnum):
    """Who began the message, in Twilio's words."""

    API = "outbound-api"
    REPLY = "outbound-reply"
    INBOUND = auto()


class Status(StrEnum):
    """The life of a message, in Twilio's words."""

    ACCEPTED = auto()
    QUEUED = auto()
    SENT = auto()
    DELIVERED = auto()
    UNDELIVERED = auto()
    FAILED = auto()
    RECEIVED = auto()


@dataclass(slots=True, kw_only=True, repr=False)
class Message:
    """One message; times are epoch seconds. `order` is its place in the carrier's list."""

    sid: str
    account: str
    to: str
    from_: str
    service: str | None
    body: str
    direction: Direction
    status: Status
    created: float
    updated: float
    sent: float | None = None
    error: int | None = None
    order: int = -1

    def move(self, status: Status, at: float, error: int | None = None) -> None:
        """Go on to another status."""
        self.status, self.updated, self.error = status, at, error
        if status in (Status.SENT, Status.RECEIVED):
            self.sent = at

    def resource(self) -> dict[str, object]:
        """Build Twilio's JSON of the Message resource."""
        uri = f"/{API_VERSION}/Accounts/{self.account}/Messages/{self.sid}"
        # A messaging service picks its sender, and counts segments, after it has accepted.
        undecided = self.status is Status.ACCEPTED
        return {
            "account_sid": self.account,
            "api_version": API_VERSION,
            "body": self.body,
            "date_created": _rfc2822(int(self.created)),
            "date_sent": None if self.sent is None else _rfc2822(int(self.sent)),
            "date_updated": _rfc2822(int(self.updated)),
            "direction": self.direction,
            "error_code": self.error,
            "error_message": None if self.error is None else FAILURES[self.error],
            "from": None if undecided else self.from_,
            "messaging_service_sid": self.service,
            "num_media": "0",
            "num_segments": "0" if undecided else str(count_segments(self.body)),
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.to,
            "uri": f"{uri}.json",
        }


def new_sid() -> str:
    """Make a message sid that no other run has used, whatever its seed."""
    return f"SM{uuid4().hex}"


@dataclass(frozen=True, slots=True, repr=False)
class Wanted:
    """Which messages a list asks for; `since` and `before` are epoch seconds, half-open."""

    to: str | None = None
    from_: str | None = None
    since: float = float("-inf")
    before: float = float("inf")

    def covers(self, message: Message) -> bool:
        """Say whether a message is asked for."""
        at = message.created if message.sent is None else message.sent
        return (
            self.since <= at < self.before
            and (self.to is None or self.to == message.to)
            and (self.from_ is None or self.from_ == message.from_)
        )


class Messages:
    """Every message of this run, in the order in which they came."""

    def __init__(self) -> None:
        self._all: list[Message] = []
        self._by_sid: dict[str, Message] = {}
        self._by_to: defaultdict[str, list[Message]] = defaultdict(list)

    def __iter__(self) -> Iterator[Message]:
        return iter(self._all)

    def add(self, message: Message) -> None:
        """Take a message in as the newest."""
        message.order = len(self._all)
        self._all.append(message)
        self._by_sid[message.sid] = message
        self._by_to[message.to].append(message)

    def find(self, sid: str) -> Message | None:
        """Find a message by its sid."""
        return self._by_sid.get(sid)

    def page(self, wanted: Wanted, size: int, after: str | None) -> tuple[list[Message], bool]:
        """List the newest first, going on after the sid of the last page; the flag says if more follow.

        Messages that come in between two pages don't shift the second. KeyError if `after` is unknown.
        """
        bound = len(self._all) if after is None else self._by_sid[after].order
        candidates = self._all if wanted.to is None else self._by_to.get(wanted.to, [])
        page: list[Message] = []
        for message in reversed(candidates):
            if message.order < bound and wanted.covers(message):
                if len(page) == size:
                    return page, True
                page.append(message)
        return page, False


@lru_cache(maxsize=1024)
def _rfc2822(second: int) -> str:
    return format_datetime(datetime.fromtimestamp(second, UTC))
