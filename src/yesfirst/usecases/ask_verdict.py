"""May an ask go now? Asked when it is claimed, and once more before the carrier is called.

Nobody is asked who has said no, who wrote something unclear, or whose consent event is no longer there to be asked
about. A first question answers what somebody has just done, and goes at once; its reminder keeps to the hours, and goes
only where the question went.

In some places a request to renew is itself marketing (CASL 1(3); PECR 22, as the ICO reads it). So it goes to nobody
who could not be sent a marketing text at that moment: consent valid under the law in force, registries, age, hours, and
room under the caps, against which it counts.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from yesfirst.rules import frequency
from yesfirst.rules.asking import is_awaited
from yesfirst.rules.consent import Standing
from yesfirst.rules.decision import reopening
from yesfirst.rules.quiet_hours import HORIZON, Closed, NeverOpen, Open
from yesfirst.rules.reason import Reason, Verdict, verdict_of
from yesfirst.rules.ruling import Ruling
from yesfirst.store import clock, renewals, rulings
from yesfirst.store.asks import AskKind, DueAsk
from yesfirst.store.engine import Connection
from yesfirst.store.renewals import Texting
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases import consents
from yesfirst.usecases.brand_law import law_of
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.law import Law
from yesfirst.usecases.rulings import without_consent

AGAIN_AFTER = timedelta(seconds=5)
"""When to look again at what a moment will settle."""
_MUCH_LATER = timedelta(days=1)
"""When to look again at what somebody has to settle."""


@dataclass(frozen=True, slots=True)
class May:
    """It may go, before `until`."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Later:
    not_before: datetime


@dataclass(frozen=True, slots=True)
class Never:
    """What it asks about has gone, or somebody said no."""


AskVerdict: TypeAlias = May | Later | Never


async def judge(
    ground: Ground, connection: Connection, one: DueAsk, head: SubjectHead | None, *, claimed: bool
) -> AskVerdict:
    """Judges an ask whose subject is locked; what is `claimed` has its room under the caps already."""
    now = await clock.now(connection)
    if head is None or now >= one.by or head.suppressed_at is not None or head.held_at is not None:
        return Never()
    standings = (await consents.standings_of(connection, head)).values()
    law = (await law_of(ground, connection, head.brand, now)).law
    if one.kind is AskKind.RENEW:
        if not any(each.open and each.open.leaf_hash == one.of for each in standings):
            return Never()
        return await _renewal(connection, one, law, now, claimed=claimed)
    if not any(_waits(each, one.of, now) for each in standings):
        return Never()
    if one.kind is AskKind.CONFIRM:
        return May(now + HORIZON)
    return _by_the_hours(law, law.rule(without_consent(head)), now) if one.asked else Never()


def _waits(standing: Standing, of: bytes, now: datetime) -> bool:
    """Whether a purpose still waits for the answer to this question; who has agreed since otherwise has answered."""
    pending, agreed = standing.pending, standing.open
    if pending is None or pending.leaf_hash != of or not is_awaited(pending, now):
        return False
    return agreed is None or agreed.sseq < pending.sseq


async def _renewal(
    connection: Connection, one: DueAsk, law: Law, now: datetime, *, claimed: bool
) -> AskVerdict:
    found = await renewals.texting(connection, one.subject, one.of, law.digest)
    if not found:
        return Later(now + AGAIN_AFTER)  # the law has just changed, and rulings under it are being made
    fit = [each for each in found if not each.reasons]
    if not fit:
        # A registry that has to be asked again may yet answer; nothing else gets better by waiting.
        stale = any(verdict_of(map(Reason, each.reasons)) is Verdict.REVIEW for each in found)
        return Later(now + _MUCH_LATER) if stale else Never()
    bodies = await rulings.bodies(connection, [each.ruling for each in fit])
    return _in_time(law, bodies[fit[0].ruling], fit[0], now, claimed=claimed)


def _in_time(law: Law, ruling: Ruling, one: Texting, now: datetime, *, claimed: bool) -> AskVerdict:
    reached = [] if claimed else frequency.capped(ruling.caps, one.texted, now)
    if reached:
        free = max(free for _, free in reached)
        return Later(reopening(ruling.window_class, law.books, free))
    verdict = _by_the_hours(law, ruling, now)
    if isinstance(verdict, May) and one.holds_until is not None:
        return May(min(verdict.until, one.holds_until))
    return verdict


def _by_the_hours(law: Law, ruling: Ruling, now: datetime) -> AskVerdict:
    if ruling.window_class is None:
        return Later(now + _MUCH_LATER)  # nobody can tell where the person is
    match law.hours(ruling.window_class, now):
        case Open(until):
            return May(until)
        case Closed(not_before):
            return Later(not_before)
        case NeverOpen():
            return Later(now + _MUCH_LATER)
