"""The consent fold: what a chain of consent events adds up to, and what one more event would change.

The fold goes in `sseq` order, for each pair of purpose and channel:

- A withdrawal always closes what it covers, open and pending, and remembers its `at`; `*` covers every
  purpose of the channel, those not yet heard of included.
- A grant, confirm or renew takes effect only if its `given` is later than the `at` of every earlier
  withdrawal that covers it, and only if it is not earlier than the `given` of what it replaces.
- A grant with method `double` is pending until a confirm that names it, for the same notice.
- A renew names the open event, and its `at` lies before the end of that.

Anything else breaks the chain. Expiry does not close: whoever asks compares the end with the time. The
ledger folds leaves by the same rules, and a test holds the two together.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

Pair: TypeAlias = tuple[str, str]  # (purpose, channel)
EVERY_PURPOSE = "*"


class ConsentType(StrEnum):
    GRANT = "grant"
    CONFIRM = "confirm"
    RENEW = "renew"
    WITHDRAW = "withdraw"


# What every consent event tells of itself, in the words of the rulebooks.
ON_EVERY_RECORD = (
    *("channel", "granted_at", "method", "purpose", "relationship_at", "sender_legal_name", "subject_number"),
    *("wording_shown", "wording_version"),
)


class Record(Struct, frozen=True, kw_only=True):
    """What is on record of how a consent came about, in the words of the rulebooks.

    `fields` are the record's fields that are there, sorted; `practices` are ways of asking that may void it;
    `event` is what a relationship rests on; `promised` are the caps told to the person, such as `4/P1M`.
    """

    fields: tuple[str, ...] = ON_EVERY_RECORD
    practices: tuple[str, ...] = ()
    event: str | None = None
    promised: tuple[str, ...] = ()


BARE_RECORD = Record()
"""What every event tells of itself, and nothing else."""


@dataclass(frozen=True, slots=True)
class ConsentEvent:
    """A consent leaf in plain values. Agreements have `given` (≤ `at`), `method`, `kind` and `notice`.

    `exp` is exclusive, None means that no end was stated. For a kind that rests on a relationship `given` is
    the instant of the purchase or contract. `of` is the leaf hash of the event confirmed or renewed.
    """

    type: ConsentType
    sseq: int
    purposes: tuple[str, ...]
    channel: str
    at: datetime
    leaf_hash: bytes
    given: datetime | None = None
    exp: datetime | None = None
    method: str | None = None
    kind: str | None = None
    notice: bytes | None = None
    of: bytes | None = None
    night: bool = False
    record: Record = BARE_RECORD


@dataclass(frozen=True, slots=True)
class Standing:
    """One purpose on one channel: what is open, what waits for its confirm, the last withdrawal."""

    open: ConsentEvent | None = None
    pending: ConsentEvent | None = None
    withdrawal: ConsentEvent | None = None


Standings: TypeAlias = Mapping[Pair, Standing]


class BrokenChain(ValueError):
    """An event that can't stand where it stands; the message names its place in the chain and the rule."""


class NoEffect(StrEnum):
    """Why a writer must not write an event."""

    UNCHANGED = "unchanged"
    WITHDRAWN_SINCE = "WITHDRAWN_SINCE"


@dataclass(frozen=True, slots=True)
class TakesEffect:
    """The event would change these purposes."""

    purposes: tuple[str, ...]


def fold(events: Iterable[ConsentEvent]) -> dict[Pair, Standing]:
    """Fold a chain, in `sseq` order from 0; BrokenChain names the first event that can't stand."""
    standings: dict[Pair, Standing] = {}
    for sseq, event in enumerate(events):
        if event.sseq != sseq:
            raise BrokenChain(f"event {event.sseq} stands where event {sseq} belongs")
        standings = apply(standings, event)
    return standings


def apply(standings: Standings, event: ConsentEvent) -> dict[Pair, Standing]:
    """The standings after one more event; BrokenChain where it can't follow."""
    after = dict(standings)
    if event.type is ConsentType.WITHDRAW:
        for pair in _covered(standings, event):
            after[pair] = _withdrawn(standing_of(standings, *pair), event)
        return after
    _refuse_malformed(event)
    for purpose in event.purposes:
        standing = standing_of(standings, purpose, event.channel)
        _refuse_misfit(standing, event)
        after[purpose, event.channel] = _agreed(standing, event)
    return after


def standing_of(standings: Standings, purpose: str, channel: str) -> Standing:
    """Where a purpose stands, also one which only a withdrawal of everything has touched."""
    everything = standings.get((EVERY_PURPOSE, channel), Standing())
    return standings.get((purpose, channel), everything)


def effect(standings: Standings, event: ConsentEvent) -> TakesEffect | NoEffect:
    """What writing the event would change; an agreement that says the same again changes nothing."""
    if event.type is ConsentType.WITHDRAW:
        return TakesEffect(event.purposes)
    _refuse_malformed(event)
    changed = []
    withdrawn = False
    for purpose in event.purposes:
        standing = standing_of(standings, purpose, event.channel)
        if _withdrawn_since(standing, event):
            withdrawn = True
        elif _fits(standing, event) and _says_more(standing, event):
            changed.append(purpose)
    if changed:
        return TakesEffect(tuple(changed))
    return NoEffect.WITHDRAWN_SINCE if withdrawn else NoEffect.UNCHANGED


def _covered(standings: Standings, event: ConsentEvent) -> list[Pair]:
    pairs = [(purpose, event.channel) for purpose in event.purposes]
    if EVERY_PURPOSE in event.purposes:
        pairs += [pair for pair in standings if pair[1] == event.channel and pair not in pairs]
    return pairs


def _withdrawn(standing: Standing, event: ConsentEvent) -> Standing:
    last = standing.withdrawal
    return Standing(withdrawal=event if last is None or event.at >= last.at else last)


def _agreed(standing: Standing, event: ConsentEvent) -> Standing:
    if _waits(event):
        return replace(standing, pending=event) if _replaces(standing.pending, standing, event) else standing
    if event.type is ConsentType.CONFIRM:
        standing = replace(standing, pending=None)
    return replace(standing, open=event) if _replaces(standing.open, standing, event) else standing


def _replaces(earlier: ConsentEvent | None, standing: Standing, event: ConsentEvent) -> bool:
    if _withdrawn_since(standing, event):
        return False
    return earlier is None or _given(event) >= _given(earlier)


def _withdrawn_since(standing: Standing, event: ConsentEvent) -> bool:
    return standing.withdrawal is not None and _given(event) <= standing.withdrawal.at


def _waits(event: ConsentEvent) -> bool:
    return event.type is ConsentType.GRANT and event.method == "double"


def _fits(standing: Standing, event: ConsentEvent) -> bool:
    """Whether a confirm or a renew names what is there."""
    if event.type is ConsentType.CONFIRM:
        named = standing.pending
        return named is not None and (named.leaf_hash, named.notice) == (event.of, event.notice)
    if event.type is ConsentType.RENEW:
        named = standing.open
        if named is None or named.leaf_hash != event.of:
            return False
        return named.exp is None or event.at < named.exp
    return True


def _says_more(standing: Standing, event: ConsentEvent) -> bool:
    earlier = standing.pending if _waits(event) else standing.open
    if not _replaces(earlier, standing, event):
        return False
    return earlier is None or _content(event) != _content(earlier) or _adds(event.record, earlier.record)


def _content(event: ConsentEvent) -> tuple[object, ...]:
    return event.given, event.exp, event.method, event.kind, event.notice, event.night


def _adds(record: Record, earlier: Record) -> bool:
    """Whether a record of the same agreement holds something that the earlier one doesn't; less is nothing new."""
    return not set(record.fields) <= set(earlier.fields) or record.event not in (None, earlier.event)


def _refuse_malformed(event: ConsentEvent) -> None:
    if EVERY_PURPOSE in event.purposes:
        raise BrokenChain(f"event {event.sseq} agrees to every purpose at once; purposes must be listed")
    if _given(event) > event.at:
        raise BrokenChain(f"event {event.sseq} was given after it was recorded")


def _refuse_misfit(standing: Standing, event: ConsentEvent) -> None:
    if not _fits(standing, event):
        raise BrokenChain(f"event {event.sseq}: nothing is there that this {event.type} could be of")


def _given(event: ConsentEvent) -> datetime:
    if event.given is None:
        raise BrokenChain(f"event {event.sseq} is a {event.type} without the time it was given")
    return event.given
