"""What goes wrong, how often, and how long things take.

Shares are parts of one (0.02 = 2 %). Delays are fixed, or log-normal when a 99th percentile is given: that
is how carriers behave and how people measure them. Each stage draws from its own seeded generator, so the
n-th create meets the same fault in every run, however the callbacks interleave.
"""

import math
import random
from enum import StrEnum, auto
from typing import Annotated

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Millis = Annotated[float, msgspec.Meta(ge=0)]

_Z99 = 2.3263  # the standard normal's 99th percentile


class Fault(StrEnum):
    """What happens to one create request."""

    NONE = auto()
    THROTTLED = auto()
    SERVER_ERROR = auto()
    LOST = auto()
    DROPPED = auto()


class Faults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of everything that can go wrong; all may change while the simulator runs.

    throttled, server_error: answered 429 or 500 and not accepted. lost: connection closed, not accepted.
    dropped: accepted, then the connection is closed without an answer. unreachable (30003), unknown
    (30005), filtered (30007): accepted, and undelivered in the end. duplicate, reordered: status callbacks
    that come twice, or `sent` after the final one. `rate`: creates per second beyond which 429 is answered.
    """

    latency_ms: Millis = 0
    latency_p99_ms: Millis | None = None
    delivery_ms: Millis = 50
    delivery_p99_ms: Millis | None = None
    rate: Annotated[float, msgspec.Meta(gt=0)] | None = None
    throttled_share: Share = 0
    server_error_share: Share = 0
    lost_share: Share = 0
    dropped_share: Share = 0
    unreachable_share: Share = 0
    unknown_share: Share = 0
    filtered_share: Share = 0
    duplicate_share: Share = 0
    reordered_share: Share = 0

    def __post_init__(self) -> None:
        answers = self.throttled_share + self.server_error_share + self.lost_share + self.dropped_share
        if answers > 1:
            raise ValueError("throttled, server_error, lost and dropped shares add up to more than 1")
        if self.unreachable_share + self.unknown_share + self.filtered_share > 1:
            raise ValueError("unreachable, unknown and filtered shares add up to more than 1")
        for name, median, p99 in (
            ("latency", self.latency_ms, self.latency_p99_ms),
            ("delivery", self.delivery_ms, self.delivery_p99_ms),
        ):
            if p99 is not None and not 0 < median <= p99:
                raise ValueError(f"{name}_p99_ms needs a {name}_ms above 0 and not above it")


def change(faults: Faults, patch: bytes) -> Faults:
    """Apply a JSON object that names the settings to change; ValueError says which one is wrong."""
    changes = msgspec.json.decode(patch, type=dict[str, float | None])
    return msgspec.convert({**msgspec.structs.asdict(faults), **changes}, Faults)


class Dice:
    """Throws for each stage of a message's life under the faults in force (`faults` may be replaced)."""

    def __init__(self, faults: Faults, seed: int) -> None:
        self.faults = faults
        self._answers = random.Random(f"{seed}/answers")
        self._latencies = random.Random(f"{seed}/latencies")
        self._outcomes = random.Random(f"{seed}/outcomes")
        self._deliveries = random.Random(f"{seed}/deliveries")
        self._callbacks = random.Random(f"{seed}/callbacks")

    def fault(self) -> Fault:
        """Say what happens to the next create."""
        faults, throw = self.faults, self._answers.random()
        for fault, share in (
            (Fault.THROTTLED, faults.throttled_share),
            (Fault.SERVER_ERROR, faults.server_error_share),
            (Fault.LOST, faults.lost_share),
            (Fault.DROPPED, faults.dropped_share),
        ):
            if throw < share:
                return fault
            throw -= share
        return Fault.NONE

    def failure(self) -> int | None:
        """Say why the next accepted message will not be delivered: a Twilio code, or None if it will."""
        faults, throw = self.faults, self._outcomes.random()
        for code, share in (
            (30003, faults.unreachable_share),
            (30005, faults.unknown_share),
            (30007, faults.filtered_share),
        ):
            if throw < share:
                return code
            throw -= share
        return None

    def latency(self) -> float:
        """Seconds until the next create is answered."""
        return _delay(self._latencies, self.faults.latency_ms, self.faults.latency_p99_ms)

    def delivery(self) -> float:
        """Seconds until the next accepted message reaches its final status."""
        return _delay(self._deliveries, self.faults.delivery_ms, self.faults.delivery_p99_ms)

    def duplicated(self) -> bool:
        """Say whether the next callback comes twice."""
        return self._callbacks.random() < self.faults.duplicate_share

    def reordered(self) -> bool:
        """Say whether the next message's `sent` callback comes after its final one."""
        return self._callbacks.random() < self.faults.reordered_share


def _delay(generator: random.Random, median_ms: float, p99_ms: float | None) -> float:
    if p99_ms is None or median_ms == 0:
        return median_ms / 1000
    sigma = math.log(p99_ms / median_ms) / _Z99
    return generator.lognormvariate(math.log(median_ms), sigma) / 1000
