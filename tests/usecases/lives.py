"""What happens to people over the years, at random, and what a careful clerk would remember of it.

The clerk knows nothing of chains, leaves or entries: who said no is not texted before an act of their own, and no
paper counts that is older than the no.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from random import Random

OFFERS, EVENTS = "marketing.offers", "marketing.events"
BOTH = (OFFERS, EVENTS)
BEGIN = datetime(2026, 6, 1, tzinfo=UTC)
ANSWER_WITHIN = timedelta(days=30)


class Deed(StrEnum):
    LIST = "a row of a list"
    API = "another program tells of a consent"
    PAPER = "a signed paper"
    ASKED = "another program has the number asked"
    PAGE = "a page is filled in"
    YES = "Y"
    KEYWORD = "a form's keyword"
    START = "START"
    STOP = "STOP"
    PURPOSE = "one purpose is withdrawn"
    HOUSE = "every brand is withdrawn from"
    UNCLEAR = "nobody can tell what they mean"
    STOP_AFTER_ALL = "somebody reads it: a no"
    KEEP_AFTER_ALL = "somebody reads it: no no"
    RENEWAL = "they are asked to renew"
    ERASED = "their record is erased"


WAITS = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(days=1),
    timedelta(days=29),
    timedelta(days=31),
)
"""Until the next step: whole seconds, so that instants meet."""


@dataclass(frozen=True, slots=True)
class Act:
    """A deed about a purpose; a consent that it tells of was given `back` steps ago, or seconds from then."""

    deed: Deed
    purpose: str
    back: int
    seconds: int


@dataclass(slots=True)
class Memory:
    """What the clerk remembers of one person: since when what was refused, what is open, what was asked when."""

    starts: bool
    said_no: dict[str, datetime] = field(default_factory=dict)
    barred: set[str] = field(default_factory=set)
    open: set[str] = field(default_factory=set)
    asked: dict[str, datetime] = field(default_factory=dict)
    erased: bool = False

    def live(self, act: Act, given: datetime, now: datetime, went_out: bool) -> None:
        """`went_out`: the question was asked, which is the limits' affair and not the clerk's."""
        match act.deed:
            case Deed.LIST | Deed.API if act.purpose not in self.barred:
                self._agree(act.purpose, given)
            case Deed.PAPER:
                self._agree(act.purpose, given)
            case Deed.KEYWORD:
                self._agree(act.purpose, now)
            case Deed.ASKED | Deed.PAGE if went_out:
                assert act.purpose not in self.barred, "whoever said no is not asked"
                self.asked[act.purpose] = now
            case Deed.YES:
                self._answer(now)
            case Deed.START:
                self.barred.clear()
                if self.starts:
                    self._agree(OFFERS, now)
            case Deed.STOP | Deed.HOUSE:
                self._refuse(BOTH, now)
            case Deed.STOP_AFTER_ALL if went_out:
                self._refuse(BOTH, now)
            case Deed.PURPOSE:
                self._refuse((act.purpose,), now)
            case Deed.ERASED:
                self.said_no = {purpose: at for purpose, at in self.said_no.items() if purpose in self.barred}
                self.open, self.asked, self.erased = set(), {}, True

    def _agree(self, purpose: str, given: datetime) -> None:
        if given > self.said_no.get(purpose, datetime.min.replace(tzinfo=UTC)):
            self.barred.discard(purpose)
            self.open.add(purpose)

    def _refuse(self, purposes: tuple[str, ...], now: datetime) -> None:
        for purpose in purposes:
            self.said_no[purpose] = now
            self.barred.add(purpose)
            self.open.discard(purpose)
            self.asked.pop(purpose, None)

    def _answer(self, now: datetime) -> None:
        waiting = {purpose: at for purpose, at in self.asked.items() if now < at + ANSWER_WITHIN}
        if waiting:
            newest = max(waiting, key=lambda purpose: waiting[purpose])
            self._agree(newest, now)
            del self.asked[newest]


def life(random: Random, steps: int) -> list[Act]:
    """A life in which few kinds of things happen, about one purpose or two: so they meet each other more often."""
    deeds = [Deed.LIST, *random.sample(list(Deed), random.randint(2, 4))]
    purposes = random.choice([(OFFERS,), (EVENTS,), BOTH])
    return [
        Act(random.choice(deeds), random.choice(purposes), random.randrange(4), random.randint(-1, 1))
        for _ in range(steps)
    ]
