"""The life of a message: one table of moves, one table from state to bin.

Invariants: a move that the table does not list raises, and the message stays as it was. Nothing leads from
`calling` back to `ready` but the certainty that no byte was handed over. An unknown outcome must be resolved,
and then only a person's release sends again. Every state is counted in exactly one bin.

A receipt is no state: it may come in any order, twice, and before the answer to the call it is about. The best
one is kept beside the state, and all it can do to that is to prove that an unknown hand-over was accepted.
"""

from enum import StrEnum


class State(StrEnum):
    READY = "ready"  # may be claimed
    DEFERRED = "deferred"  # not before an instant that is known
    REVIEW = "review"  # a person has to look
    DENIED = "denied"
    CLAIMED = "claimed"  # decision written, waiting for its seal
    CALLING = "calling"  # allowed to be handed over, perhaps being so
    ACCEPTED = "accepted"
    REJECTED = "rejected"  # the carrier said no
    NOT_AT_CARRIER = "not_at_carrier"  # was unknown; the carrier has never had it
    UNKNOWN = "unknown"  # handed over, perhaps
    WINDOW_CLOSED = "window_closed"
    CANCELLED = "cancelled"


class Event(StrEnum):
    CLAIM = "claim"
    DEFER = "defer"
    HOLD = "hold"  # for review
    DENY = "deny"
    WAKE = "wake"  # the instant of a deferral has come
    RELEASE = "release"  # by a person: after review, or to send again what failed
    ALLOW = "allow"  # to be handed over
    ABORT = "abort"  # nothing was handed over
    ACCEPT = "accept"
    REJECT = "reject"
    LOSE = "lose"  # no certain answer
    RESOLVE_ACCEPTED = "resolve_accepted"  # by a receipt, the carrier's list or a person
    RESOLVE_FAILED = "resolve_failed"
    CLOSE_WINDOW = "close_window"
    CANCEL = "cancel"


class Bin(StrEnum):
    """Where a person of the audience is counted; `excluded` people have no message."""

    EXCLUDED = "excluded"
    DENIED = "denied"
    DEFERRED = "deferred"
    REVIEW = "review"
    WAITING = "waiting"
    IN_HAND = "in_hand"
    ACCEPTED = "accepted"
    FAILED = "failed"
    UNKNOWN = "unknown"
    WINDOW_CLOSED = "window_closed"
    CANCELLED = "cancelled"


class Receipt(StrEnum):
    """What the carrier reports later, from least to most: a second attempt may succeed after a failed one."""

    SENT = "sent"
    UNDELIVERED = "undelivered"
    DELIVERED = "delivered"

    @property
    def rank(self) -> int:
        """1 for the least; a receipt of higher rank replaces one of lower."""
        return list(Receipt).index(self) + 1


class IllegalMove(ValueError):
    """A move that the life of a message does not have; the message stays as it was."""


_STOPS = {Event.CLOSE_WINDOW: State.WINDOW_CLOSED, Event.CANCEL: State.CANCELLED}
_JUDGED = {Event.DEFER: State.DEFERRED, Event.HOLD: State.REVIEW, Event.DENY: State.DENIED}
MOVES: dict[State, dict[Event, State]] = {
    State.READY: {Event.CLAIM: State.CLAIMED, **_JUDGED, **_STOPS},
    State.DEFERRED: {Event.WAKE: State.READY, **_JUDGED, **_STOPS},
    State.REVIEW: {Event.RELEASE: State.READY, Event.DENY: State.DENIED, **_STOPS},
    State.DENIED: {},
    State.CLAIMED: {Event.ALLOW: State.CALLING, Event.ABORT: State.READY},
    State.CALLING: {
        Event.ABORT: State.READY,
        Event.ACCEPT: State.ACCEPTED,
        Event.REJECT: State.REJECTED,
        Event.LOSE: State.UNKNOWN,
    },
    State.UNKNOWN: {
        Event.RESOLVE_ACCEPTED: State.ACCEPTED,
        Event.RESOLVE_FAILED: State.NOT_AT_CARRIER,
    },
    State.ACCEPTED: {},
    State.REJECTED: {Event.RELEASE: State.READY},
    State.NOT_AT_CARRIER: {Event.RELEASE: State.READY},
    State.WINDOW_CLOSED: {},
    State.CANCELLED: {},
}

BINS: dict[State, Bin] = {
    State.READY: Bin.WAITING,
    State.DEFERRED: Bin.DEFERRED,
    State.REVIEW: Bin.REVIEW,
    State.DENIED: Bin.DENIED,
    State.CLAIMED: Bin.IN_HAND,
    State.CALLING: Bin.IN_HAND,
    State.ACCEPTED: Bin.ACCEPTED,
    State.REJECTED: Bin.FAILED,
    State.NOT_AT_CARRIER: Bin.FAILED,
    State.UNKNOWN: Bin.UNKNOWN,
    State.WINDOW_CLOSED: Bin.WINDOW_CLOSED,
    State.CANCELLED: Bin.CANCELLED,
}


def move(state: State, event: Event) -> State:
    """The state after the event; IllegalMove where the table has none."""
    after = MOVES[state].get(event)
    if after is None:
        raise IllegalMove(f"a message that is {state} has no move {event}")
    return after
