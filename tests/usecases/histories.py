"""Random people and what happened to their consents, relative to a random moment."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import strategies as st

from yesfirst.rulebooks import load_all
from yesfirst.rules.consent import BrokenChain, ConsentEvent, ConsentType, Standings, apply, standing_of
from yesfirst.rules.rulebook import Rulebook
from yesfirst.rules.sections import OpenHours

OFFERS, EVENTS = "marketing.offers", "marketing.events"
# All but the last two digits of numbers in China, New York, Chicago, Honolulu, the part of Florida that lies in
# two zones, London, Seoul, Paris, Toronto, and in two countries without a rulebook.
PREFIXES = (
    *("+86139000000", "+121255501", "+121755501", "+180855501", "+185055501", "+4474000000", "+82100000000"),
    *("+336123400", "+141655501", "+417800000", "+5255123456"),
)
# One of the first two counts wherever there is a rulebook.
_KINDS = (
    "express_written",
    "express_separate",
    "express",
    "requested",
    "existing_relationship",
    "soft_opt_in",
)
_AGREES = st.sampled_from(_KINDS[:2]) | st.sampled_from(_KINDS)
_ZONES = ("Asia/Shanghai", "America/New_York", "America/Chicago", "Europe/London", "Asia/Seoul")
_TICK = timedelta(milliseconds=1)
_DISTANCES = (
    *(timedelta(0), _TICK, timedelta(seconds=10), timedelta(hours=1)),
    *(timedelta(days=30), timedelta(days=200)),
)
_AGO = st.sampled_from(_DISTANCES)
_EITHER = st.sampled_from([*_DISTANCES, *(-distance for distance in _DISTANCES)])


def narrowed() -> dict[str, Rulebook]:
    """The shipped rulebooks with hours that two American zones don't share, and with two zones and few days in China.

    So that all that hours can answer is met often: never, and closed for two reasons at once.
    """
    books = dict(load_all())
    china = msgspec.structs.replace(books["CN"].scope, zones=("Asia/Shanghai", "Asia/Urumqi"))
    books["CN"] = msgspec.structs.replace(books["CN"], scope=china)
    return {
        **books,
        "CN": _open_on(books["CN"], OpenHours(days=("mon", "wed", "fri"), opens="08:00", closes="21:00")),
        "US": _open_on(books["US"], OpenHours(days=("mon", "tue", "wed"), opens="09:00", closes="10:00")),
    }


def _open_on(book: Rulebook, hours: OpenHours) -> Rulebook:
    assert book.quiet_hours is not None
    return msgspec.structs.replace(
        book, quiet_hours=msgspec.structs.replace(book.quiet_hours, allowed=(hours,))
    )


@dataclass(frozen=True, slots=True)
class History:
    """A person of a test: their number but for two digits, whether they are suppressed, their consent chain."""

    prefix: str
    suppressed: bool
    events: tuple[ConsentEvent, ...]


@st.composite
def moments(draw: st.DrawFn) -> datetime:
    """Moments of two years, many of them at the very edge of a window by some clock."""
    day = datetime(2026, 1, 1) + timedelta(days=draw(st.integers(0, 730)))  # noqa: DTZ001  # gets its zone below
    minutes = draw(
        st.sampled_from([0, 8 * 60, 9 * 60, 10 * 60, 20 * 60, 21 * 60, 22 * 60]) | st.integers(0, 1439)
    )
    clock = (day + timedelta(minutes=minutes)).replace(tzinfo=ZoneInfo(draw(st.sampled_from(_ZONES))))
    return clock.astimezone(UTC) + draw(st.sampled_from([-_TICK, timedelta(0), _TICK]))


@st.composite
def histories(draw: st.DrawFn, now: datetime) -> History:
    chain: tuple[ConsentEvent, ...] = ()
    ats = sorted(now - draw(_AGO) for _ in range(draw(st.integers(0, 4))))
    if draw(st.integers(0, 19)) == 0:  # the clock was set back
        ats.append(now + draw(st.sampled_from([_TICK, timedelta(hours=1)])))
    for event in _events(draw, ats, now):
        chain = _followed_by(chain, event)
    return History(draw(st.sampled_from(PREFIXES)), draw(st.integers(0, 7)) == 0, chain)


@st.composite
def crowds(draw: st.DrawFn) -> tuple[datetime, list[History]]:
    """A moment, and people with what happened to them before it."""
    now = draw(moments())
    return now, draw(st.lists(histories(now), min_size=4, max_size=12))


def _events(draw: st.DrawFn, ats: list[datetime], now: datetime) -> Iterator[ConsentEvent]:
    for at in ats:
        kind = draw(st.sampled_from([ConsentType.GRANT, ConsentType.GRANT, *ConsentType]))
        purposes = draw(st.sampled_from([(OFFERS,), (EVENTS,), (OFFERS, EVENTS)]))
        if kind is ConsentType.WITHDRAW:
            covered = draw(st.sampled_from([purposes, ("*",)]))
            yield ConsentEvent(kind, 0, covered, "sms", at, b"")
            continue
        yield ConsentEvent(
            kind,
            0,
            purposes,
            "sms",
            at,
            b"",
            given=at - draw(_AGO),
            exp=draw(st.none() | _EITHER.map(lambda distance: now + distance)),
            method=draw(st.sampled_from(["import", "import", "double"])),
            kind=draw(_AGREES),
            notice=b"n" * 32,
            night=draw(st.booleans()),
        )


def _followed_by(chain: tuple[ConsentEvent, ...], event: ConsentEvent) -> tuple[ConsentEvent, ...]:
    """The chain with the event, naming what it confirms or renews, or as it was where the event can't follow."""
    standings: Standings = {}
    for earlier in chain:
        standings = apply(standings, earlier)
    standing = standing_of(standings, event.purposes[0], event.channel)
    named = {ConsentType.CONFIRM: standing.pending, ConsentType.RENEW: standing.open}.get(event.type)
    leaf_hash = sha256(f"{len(chain)} {event}".encode()).digest()
    event = replace(event, sseq=len(chain), of=named.leaf_hash if named else None, leaf_hash=leaf_hash)
    try:
        apply(standings, event)
    except BrokenChain:
        return chain
    return (*chain, event)
