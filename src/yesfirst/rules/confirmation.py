"""The one answer to a refusal: whether it may be sent, and until when. Its words are the brand's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from yesfirst.rules.period import later
from yesfirst.rules.reason import Reason
from yesfirst.rules.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class MayConfirm:
    """A confirmation may be sent before `until` (None: no latest time)."""

    until: datetime | None


def confirmation_allowed(
    rulebooks: Sequence[Rulebook], stop_at: datetime | None, now: datetime, *, already_sent: bool = False
) -> MayConfirm | Reason:
    """Whether a refusal of `stop_at` may be confirmed now, under every rulebook that applies."""
    if not rulebooks:
        return Reason.JURISDICTION_UNRESOLVED
    answers = (rulebook.opt_out.confirmation for rulebook in rulebooks if rulebook.opt_out)
    rules = [rule for rule in answers if rule is not None]
    if stop_at is None or not rules or not all(rule.allowed for rule in rules):
        return Reason.CONFIRMATION_NOT_ALLOWED
    # 47 CFR 64.1200(a)(12): within five minutes; later it would have to be shown to be reasonable.
    ends = [later(stop_at, rule.within, UTC) for rule in rules if rule.within is not None]
    until = min(ends, default=None)
    if until is not None and now >= until:
        return Reason.CONFIRMATION_WINDOW_PASSED
    if already_sent:
        return Reason.CONFIRMATION_ALREADY_SENT
    return MayConfirm(until)
