"""How many texts in how long: the caps of rulebooks, and what a notice promised.

A cap of 3 a day allows a text when the third last one is a day old: windows roll, and are half-open.

Known gap: what counts are the texts of one brand to one number, whatever the sender and the topic, so a cap per
topic binds all topics together; two brands of one controller that share a sender count apart.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from yesfirst.rules.finding import Finding
from yesfirst.rules.period import later
from yesfirst.rules.reason import Reason
from yesfirst.rules.ruling import Cap


def capped(caps: Sequence[Cap], texted: Sequence[datetime], now: datetime) -> list[tuple[Finding, datetime]]:
    """The caps that are reached now, each with the instant from which it allows one more.

    `texted` are the instants of earlier texts, in any order.
    """
    latest = sorted(texted, reverse=True)
    reached = []
    for cap in caps:
        if cap.max == 0 or len(latest) < cap.max:
            continue
        free = later(latest[cap.max - 1], cap.per, UTC)
        if free > now:
            reached.append((Finding(Reason.FREQUENCY_CAP, cap.rule), free))
    return reached
