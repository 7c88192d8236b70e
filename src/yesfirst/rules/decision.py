"""May this text be sent to this person now? The reference for every projection of the rules.

`decide` looks at everything and returns all the findings against, the primary one first. The verdict is the
worst of them; the primary reason is the first in the order of evaluation, whatever its verdict.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TypeAlias
from zoneinfo import ZoneInfo

from yesfirst.rules import content, frequency
from yesfirst.rules.confirmation import MayConfirm, confirmation_allowed
from yesfirst.rules.consent import Standing
from yesfirst.rules.content import Offer
from yesfirst.rules.finding import Finding
from yesfirst.rules.period import day_after, later
from yesfirst.rules.position import Position
from yesfirst.rules.quiet_hours import HORIZON, Answer, Closed, NeverOpen, Open, open_window
from yesfirst.rules.reason import Reason, Verdict, in_order, verdict_of
from yesfirst.rules.rulebook import Rulebook
from yesfirst.rules.ruling import End, Ruling, rule
from yesfirst.rules.wording import Wording

_PLACE = {reason: place for place, reason in enumerate(Reason)}
LAST_ZONE = ZoneInfo("Etc/GMT+12")
"""Where every day begins last: by its calendar nobody comes of age too early."""


class MessageClass(StrEnum):
    """Marketing gets every rule; anything mixed with marketing is marketing."""

    MARKETING = "marketing"
    TRANSACTIONAL = "transactional"
    OPT_OUT_CONFIRMATION = "opt_out_confirmation"


@dataclass(frozen=True, slots=True)
class Check:
    """What a registry said of a number, and when it was asked."""

    listed: bool
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class Consent:
    """The instants of an open consent: recorded, given, and expiring as it says itself (None: no end stated)."""

    at: datetime
    given: datetime
    expires: datetime | None = None


def consent_of(standing: Standing) -> Consent | None:
    """The instants of a purpose's open consent, if one is open."""
    event = standing.open
    return Consent(event.at, event.given, event.exp) if event and event.given else None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one person and one text; no number, no words.

    Since `held_at` a reply of theirs waits to be read. `consent` is None where none is open. `checks` are registries'
    answers by their ids, `texted` the instants of earlier texts. `wording` and `offer` are None where only the person
    is asked about. `charity`: the sender is one. `window_end` (exclusive) is when the run stops sending, and lies
    ahead. `confirmed` tells whether this refusal was confirmed already.
    """

    number_valid: bool
    position: Position
    message_class: MessageClass
    suppressed_at: datetime | None = None
    held_at: datetime | None = None
    consent: Consent | None = None
    born: date | None = None
    checks: Mapping[str, Check] = field(default_factory=dict)
    texted: tuple[datetime, ...] = ()
    wording: Wording | None = None
    offer: Offer | None = None
    charity: bool = False
    window_end: datetime | None = None
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Allow:
    """Yes, and the answer holds until an instant (exclusive), at most for the horizon of quiet hours."""

    until: datetime


@dataclass(frozen=True, slots=True)
class _Against:
    findings: tuple[Finding, ...]

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Each reason once, the primary one first."""
        return in_order(finding.reason for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Defer(_Against):
    """Not now: ask again at `not_before`."""

    not_before: datetime


@dataclass(frozen=True, slots=True)
class Deny(_Against):
    """No."""


@dataclass(frozen=True, slots=True)
class Review(_Against):
    """A person has to look."""


Decision: TypeAlias = Allow | Defer | Deny | Review


def decide(facts: Facts, rulebooks: Mapping[str, Rulebook], now: datetime) -> Decision:
    """Decide on one text; `rulebooks` are those in force, by id."""
    ruling = rule(facts.position, rulebooks, charity=facts.charity)
    hours = _hours(facts, ruling, rulebooks, now)
    confirmation = _confirmation(facts, ruling, rulebooks, now)
    against = findings_against(
        facts, ruling, hours, _of_the_text(facts, ruling, rulebooks), now, confirmation
    )
    verdict = verdict_of(finding.reason for finding in against)
    if verdict is Verdict.DENY:
        return Deny(against)
    if verdict is Verdict.REVIEW:
        return Review(against)
    if verdict is Verdict.DEFER:
        earliest = max((free for _, free in _capped(facts, ruling, now)), default=now)
        return Defer(against, reopening(ruling.window_class, rulebooks, earliest))
    ends = (
        now + HORIZON,
        facts.window_end,
        hours.until if isinstance(hours, Open) else None,
        confirmation.until if isinstance(confirmation, MayConfirm) else None,
        *(holds_until(facts, ruling) if _is_marketing(facts) else ()),
    )
    return Allow(min(end for end in ends if end is not None))


def findings_against(
    facts: Facts,
    ruling: Ruling,
    hours: Answer | None,
    of_the_text: Iterable[Finding],
    now: datetime,
    confirmation: MayConfirm | Reason | None = None,
) -> tuple[Finding, ...]:
    """Everything against, in the order of evaluation, where ruling, hours and what the text lacks are known already."""
    found = [
        *_of_the_number(facts, ruling, hours, confirmation),
        *(_of_the_consent(facts, ruling, now) if _is_marketing(facts) else ()),
        *of_the_text,
        *(finding for finding, _ in _capped(facts, ruling, now)),
        *(hours.findings if isinstance(hours, Closed) else ()),
    ]
    return tuple(sorted(found, key=lambda finding: _PLACE[finding.reason]))


def reopening(window_class: str | None, rulebooks: Mapping[str, Rulebook], earliest: datetime) -> datetime:
    """The first instant, from `earliest` on, at which the hours are open; `earliest` where they never are."""
    if window_class is None:
        return earliest
    hours = open_window(window_class, rulebooks, earliest)
    return hours.not_before if isinstance(hours, Closed) else earliest


def end_of(end: End, given: datetime) -> datetime:
    """When an end comes for a consent that was given then."""
    counted = day_after if end.whole_day else later
    return counted(given, end.after, ZoneInfo(end.zone))


def holds_until(facts: Facts, ruling: Ruling) -> Iterator[datetime | None]:
    """The instants at which something about the person begins to speak against texting."""
    if facts.consent is not None:
        yield facts.consent.expires
        yield from (end_of(end, facts.consent.given) for end in ruling.ends)
    for scrub in ruling.registries:
        check = facts.checks.get(scrub.registry)
        if check is not None:
            yield later(check.checked_at, scrub.max_age, UTC)


def _capped(facts: Facts, ruling: Ruling, now: datetime) -> list[tuple[Finding, datetime]]:
    return frequency.capped(ruling.caps, facts.texted, now) if _is_marketing(facts) else []


def _is_marketing(facts: Facts) -> bool:
    return facts.message_class is MessageClass.MARKETING


def _hours(facts: Facts, ruling: Ruling, rulebooks: Mapping[str, Rulebook], now: datetime) -> Answer | None:
    """The opening hours, where they bind and can be told."""
    if not _is_marketing(facts) or ruling.window_class is None:
        return None
    return open_window(ruling.window_class, rulebooks, now)


def _confirmation(
    facts: Facts, ruling: Ruling, rulebooks: Mapping[str, Rulebook], now: datetime
) -> MayConfirm | Reason | None:
    if facts.message_class is not MessageClass.OPT_OUT_CONFIRMATION or not ruling.rulebooks:
        return None
    applying = [rulebooks[name] for name in ruling.rulebooks]
    return confirmation_allowed(applying, facts.suppressed_at, now, already_sent=facts.confirmed)


def _of_the_number(
    facts: Facts, ruling: Ruling, hours: Answer | None, confirmation: MayConfirm | Reason | None
) -> Iterator[Finding]:
    if not facts.number_valid:
        yield Finding(Reason.NUMBER_INVALID)
    # A person whose candidate zones have no open hour in common is nowhere that we can tell.
    if not ruling.rulebooks or isinstance(hours, NeverOpen):
        yield Finding(Reason.JURISDICTION_UNRESOLVED)
    if isinstance(confirmation, Reason):
        yield Finding(confirmation)
    if facts.suppressed_at is not None and facts.message_class is not MessageClass.OPT_OUT_CONFIRMATION:
        yield Finding(Reason.SUPPRESSED)
    # Who may have said no isn't texted until somebody has read it.
    if facts.held_at is not None and _is_marketing(facts):
        yield Finding(Reason.REPLY_UNCLEAR)


def _of_the_consent(facts: Facts, ruling: Ruling, now: datetime) -> Iterator[Finding]:
    yield from (one for one in ruling.findings if one.reason is not Reason.JURISDICTION_UNRESOLVED)
    consent = facts.consent
    if consent is not None:
        if now < consent.at:
            yield Finding(Reason.CONSENT_MISSING)
        if consent.expires is not None and now >= consent.expires:
            yield Finding(Reason.CONSENT_EXPIRED)
        for end in ruling.ends:
            if now >= end_of(end, consent.given):
                yield Finding(end.reason, end.rule)
    if ruling.of_age is not None and facts.born is not None:
        today = now.astimezone(LAST_ZONE).date()
        if today < birthday(facts.born, ruling.of_age):
            yield Finding(Reason.MINOR_NO_GUARDIAN, ruling.of_age_rule)
    for scrub in ruling.registries:
        check = facts.checks.get(scrub.registry)
        if check is not None and check.listed:
            yield Finding(Reason.DNC_LISTED, scrub.rule)
        if check is None or now >= later(check.checked_at, scrub.max_age, UTC):
            yield Finding(Reason.DNC_SCRUB_STALE, scrub.rule)


def birthday(born: date, age: int) -> date:
    """The day on which somebody reaches an age; who was born on a leap day does so on 28 February."""
    instant = later(datetime(born.year, born.month, born.day, tzinfo=UTC), f"P{age}Y", UTC)
    return instant.date()


def _of_the_text(facts: Facts, ruling: Ruling, rulebooks: Mapping[str, Rulebook]) -> Iterable[Finding]:
    if facts.wording is None or facts.offer is None:
        return ()
    books = [rulebooks[id] for id in ruling.rulebooks]
    match facts.message_class:
        case MessageClass.MARKETING:
            return (
                *content.findings(facts.wording, facts.offer, books),
                *content.out_of_scope(facts.offer, ruling.similar_only),
            )
        case MessageClass.TRANSACTIONAL:
            return content.identity_findings(facts.wording, facts.offer, books)
        case MessageClass.OPT_OUT_CONFIRMATION:
            return ()
