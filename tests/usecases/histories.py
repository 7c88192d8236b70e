"""Random people and what happened to them, relative to a random moment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256
from random import Random
from zoneinfo import ZoneInfo

import msgspec

from yesfirst.rulebooks import load_all
from yesfirst.rules.consent import (
    ON_EVERY_RECORD,
    BrokenChain,
    ConsentEvent,
    ConsentType,
    Record,
    Standings,
    apply,
    standing_of,
)
from yesfirst.rules.decision import Check
from yesfirst.rules.position import Recipient
from yesfirst.rules.rulebook import Rulebook
from yesfirst.rules.sections import OpenHours

OFFERS, EVENTS = "marketing.offers", "marketing.events"
# All but the last three digits of numbers in China, New York, Chicago, Honolulu, the part of Florida that lies in
# two zones, Denver, London, Seoul, Toronto, Paris, Singapore, Australia, Tokyo, and in two countries without rulebook.
PREFIXES = (
    *("+8613900000", "+12125550", "+12175550", "+18085550", "+18505550", "+13035550", "+447400000"),
    *("+821000000", "+14165550", "+33612340", "+6580000", "+61491570", "+819000000"),
    *("+905320000", "+18765550"),
)
_ZONES = (
    "Asia/Shanghai",
    "America/New_York",
    "America/Chicago",
    "Europe/London",
    "Asia/Seoul",
    "Europe/Paris",
)
_TICK = timedelta(milliseconds=1)
_DISTANCES = (
    *(timedelta(0), _TICK, timedelta(seconds=10), timedelta(hours=1), timedelta(days=1), timedelta(days=30)),
    *(timedelta(days=182), timedelta(days=200), timedelta(days=731), timedelta(days=800)),
)


@dataclass(frozen=True, slots=True)
class History:
    """A person of a test: their number but for its end, what is known of them, and their consent chain."""

    prefix: str
    residence: str | None
    recipient: Recipient
    born: date | None
    suppressed: bool
    held: bool
    checks: Mapping[str, Check]
    texted: tuple[datetime, ...]
    events: tuple[ConsentEvent, ...] = field(default=())

    def number(self, n: int) -> str:
        """A number for the n-th of at most 1,000 people."""
        return f"{self.prefix}{n:03}"


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


def moment(random: Random) -> datetime:
    """A moment of two years, often at the very edge of a window by some clock."""
    day = datetime(2026, 1, 1) + timedelta(days=random.randint(0, 730))  # noqa: DTZ001  # gets its zone below
    edges = [hours * 60 for hours in (0, 8, 9, 10, 12, 18, 20, 21, 22)]
    minutes = random.choice([*edges, random.randint(0, 1439)])
    clock = (day + timedelta(minutes=minutes)).replace(tzinfo=ZoneInfo(random.choice(_ZONES)))
    return clock.astimezone(UTC) + random.choice([-_TICK, timedelta(0), _TICK])


def history(random: Random, now: datetime) -> History:
    person = History(
        prefix=random.choice(PREFIXES),
        residence=random.choice([None, None, None, "US-FL", "US-CO", "CA-ON", "FR", "DE", "GB", "TR"]),
        recipient=random.choice([Recipient.INDIVIDUAL, Recipient.INDIVIDUAL, *Recipient]),
        born=_born(random, now),
        suppressed=random.randint(0, 9) == 0,
        held=random.randint(0, 19) == 0,
        checks=dict(_checks(random, now)),
        texted=tuple(now - random.choice(_DISTANCES) for _ in range(random.choice([0, 0, 1, 2, 3, 5]))),
    )
    ats = sorted(now - random.choice(_DISTANCES) for _ in range(random.choice([0, 1, 1, 1, 2, 3, 4])))
    if random.randint(0, 19) == 0:  # the clock was set back
        ats.append(now + random.choice([_TICK, timedelta(hours=1)]))
    chain: tuple[ConsentEvent, ...] = ()
    for at in ats:
        chain = _followed_by(chain, _event(random, at, now))
    return replace(person, events=chain)


def _born(random: Random, now: datetime) -> date | None:
    """Nobody knows, a grown-up, or somebody who comes of age about now."""
    age = random.choice([None, None, 30, 13, 14, 16])
    return (
        None
        if age is None
        else (now - timedelta(days=365.25 * age + random.choice([-40, -1, 0, 1, 40]))).date()
    )


def _checks(random: Random, now: datetime) -> Iterator[tuple[str, Check]]:
    for registry in _registries():
        if random.randint(0, 2):
            yield registry, Check(random.randint(0, 3) == 0, now - random.choice(_DISTANCES))


@cache
def _registries() -> tuple[str, ...]:
    return tuple(sorted({one.id for book in load_all().values() for one in book.registries}))


@cache
def _kinds() -> tuple[str, ...]:
    accepted = (rule for book in load_all().values() if book.consent for rule in book.consent.accepted or ())
    return tuple(sorted({rule.kind for rule in accepted}))


@cache
def _needs() -> tuple[str, ...]:
    accepted = (rule for book in load_all().values() if book.consent for rule in book.consent.accepted or ())
    return tuple(sorted({*ON_EVERY_RECORD, *(name for rule in accepted for name in rule.needs)}))


@cache
def _words() -> tuple[str, ...]:
    """What relationships rest on."""
    accepted = (rule for book in load_all().values() if book.consent for rule in book.consent.accepted or ())
    return tuple(sorted({event for rule in accepted for event in rule.events}))


def _event(random: Random, at: datetime, now: datetime) -> ConsentEvent:
    kind = random.choice([ConsentType.GRANT, ConsentType.GRANT, ConsentType.GRANT, *ConsentType])
    purposes = random.choice([(OFFERS,), (OFFERS,), (EVENTS,), (OFFERS, EVENTS)])
    if kind is ConsentType.WITHDRAW:
        return ConsentEvent(kind, 0, random.choice([purposes, ("*",)]), "sms", at, b"")
    ahead = random.choice([1, -1]) * random.choice(_DISTANCES)
    return ConsentEvent(
        kind,
        0,
        purposes,
        "sms",
        at,
        b"",
        given=at - random.choice(_DISTANCES),
        exp=random.choice([None, None, now + ahead]),
        method=random.choice(["import", "import", "double"]),
        kind=random.choice(["express_written", "express_written", "express_separate", *_kinds()]),
        notice=b"n" * 32,
        night=random.choice([False, True]),
        record=_record(random),
    )


def _record(random: Random) -> Record:
    missing = random.choice([(), (), (), ("proof_ref",), ("signature",), ("opt_out_offered_at_collection",)])
    fields = {*_needs(), *random.choice([(), (), ("guardian_proof",)])}
    return Record(
        fields=tuple(sorted(fields.difference(missing))),
        practices=random.choice([(), (), (), (), ("pre_ticked",), ("condition_of_purchase",)]),
        event=random.choice([None, "purchase", "purchase", *_words()]),
        promised=random.choice([(), (), ("4/P1M",), ("1/P1D", "2/P7D")]),
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
