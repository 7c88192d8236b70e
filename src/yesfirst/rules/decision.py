"""May this text be sent to this person now? The reference for every projection of the rules.

`decide` looks at everything and returns all the reasons against, the primary one first. The verdict is the
worst of them; the primary reason is the first in the order of evaluation, whatever its verdict.

Known gap: content, registration, registries, minors, reconfirmation and frequency are not facts yet.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from yesfirst.rules.confirmation import MayConfirm, confirmation_allowed
from yesfirst.rules.eligibility import Eligibility
from yesfirst.rules.jurisdiction import Jurisdiction, Resolution
from yesfirst.rules.quiet_hours import HORIZON, Answer, Closed, NeverOpen, Open, open_window, window_class
from yesfirst.rules.reason import Reason, Verdict, in_order, verdict_of
from yesfirst.rules.rulebook import Rulebook


class MessageClass(StrEnum):
    """Marketing gets every rule; anything mixed with marketing is marketing."""

    MARKETING = "marketing"
    TRANSACTIONAL = "transactional"
    OPT_OUT_CONFIRMATION = "opt_out_confirmation"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one person and one text; no number, no words.

    `eligibility` is None where no consent event was ever recorded. `window_end` (exclusive) is when the run
    stops sending, and lies ahead. `confirmed` tells whether this refusal was confirmed already.
    """

    number_valid: bool
    jurisdiction: Resolution
    message_class: MessageClass
    suppressed_at: datetime | None = None
    eligibility: Eligibility | None = None
    window_end: datetime | None = None
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Allow:
    """Yes, and the answer holds until an instant (exclusive), at most for the horizon of quiet hours."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Defer:
    """Not now: ask again at `not_before`."""

    reasons: tuple[Reason, ...]
    not_before: datetime


@dataclass(frozen=True, slots=True)
class Deny:
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """A person has to look."""

    reasons: tuple[Reason, ...]


Decision: TypeAlias = Allow | Defer | Deny | Review


def decide(facts: Facts, rulebooks: Mapping[str, Rulebook], now: datetime) -> Decision:
    """Decide on one text; `rulebooks` are the loaded ones by id."""
    hours = _hours(facts, rulebooks, now)
    confirmation = _confirmation(facts, rulebooks, now)
    reasons = in_order(_against(facts, hours, confirmation, now))
    verdict = verdict_of(reasons)
    if verdict is Verdict.DENY:
        return Deny(reasons)
    if verdict is Verdict.REVIEW:
        return Review(reasons)
    if isinstance(hours, Closed):
        return Defer(reasons, hours.not_before)
    ends = (
        now + HORIZON,
        facts.window_end,
        hours.until if isinstance(hours, Open) else None,
        confirmation.until if isinstance(confirmation, MayConfirm) else None,
        facts.eligibility.valid_until if facts.eligibility and _is_marketing(facts) else None,
    )
    return Allow(min(end for end in ends if end is not None))


def _is_marketing(facts: Facts) -> bool:
    return facts.message_class is MessageClass.MARKETING


def _hours(facts: Facts, rulebooks: Mapping[str, Rulebook], now: datetime) -> Answer | None:
    """The opening hours, where they bind and can be told."""
    where = facts.jurisdiction
    if not _is_marketing(facts) or not isinstance(where, Jurisdiction):
        return None
    waivers = facts.eligibility.waivers if facts.eligibility else ()
    return open_window(window_class(where.rulebooks, where.zones, waivers), rulebooks, now)


def _confirmation(
    facts: Facts, rulebooks: Mapping[str, Rulebook], now: datetime
) -> MayConfirm | Reason | None:
    where = facts.jurisdiction
    if facts.message_class is not MessageClass.OPT_OUT_CONFIRMATION or not isinstance(where, Jurisdiction):
        return None
    applying = [rulebooks[name] for name in where.rulebooks]
    return confirmation_allowed(applying, facts.suppressed_at, now, already_sent=facts.confirmed)


def _against(
    facts: Facts, hours: Answer | None, confirmation: MayConfirm | Reason | None, now: datetime
) -> Iterator[Reason]:
    if not facts.number_valid:
        yield Reason.NUMBER_INVALID
    # A person whose candidate zones have no open hour in common is nowhere that we can tell.
    if not isinstance(facts.jurisdiction, Jurisdiction) or isinstance(hours, NeverOpen):
        yield Reason.JURISDICTION_UNRESOLVED
    if isinstance(confirmation, Reason):
        yield confirmation
    if facts.suppressed_at is not None and facts.message_class is not MessageClass.OPT_OUT_CONFIRMATION:
        yield Reason.SUPPRESSED
    if _is_marketing(facts):
        yield from _consent_reasons(facts.eligibility, now)
    if isinstance(hours, Closed):
        yield from hours.reasons


def _consent_reasons(eligibility: Eligibility | None, now: datetime) -> Iterator[Reason]:
    if eligibility is None:
        yield Reason.CONSENT_MISSING
    elif eligibility.reason is not None:
        yield eligibility.reason
    elif eligibility.valid_from is None or now < eligibility.valid_from:
        yield Reason.CONSENT_MISSING
    elif eligibility.valid_until is not None and now >= eligibility.valid_until:
        yield Reason.CONSENT_EXPIRED
