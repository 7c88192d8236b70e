"""What a consent is worth under the rulebooks that apply to the person: an interval, or the reason why not.

Strictest wins: every rulebook must accept the kind of consent, and the earliest end counts.

Known gap: of a consent's record only the kind is judged yet, not completeness, goods, minors, reconfirmation
or a corporate recipient.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from yesfirst.rules.consent import ConsentEvent, Standing
from yesfirst.rules.period import day_after, later
from yesfirst.rules.reason import Reason
from yesfirst.rules.rulebook import Rulebook
from yesfirst.rules.sections import AcceptedConsent, Expiry

NIGHT_CONSENT = "night_consent"
_EXPRESS = frozenset({"express", "express_written", "express_separate"})


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Texts may be sent from `valid_from` and before `valid_until` (None: no end), or `reason` tells why not.

    `proof` is the leaf hash of the event that the answer rests on. `waivers` are the quiet hours that the
    consent waives, in the words of the rulebooks. The interval may be empty.
    """

    valid_from: datetime | None
    valid_until: datetime | None
    reason: Reason | None
    proof: bytes | None
    waivers: tuple[str, ...] = ()


def eligibility(standing: Standing, rulebooks: Sequence[Rulebook]) -> Eligibility:
    """What a standing adds up to under all the rulebooks that apply to the person, at least one."""
    event = standing.open
    if event is None:
        return _not_eligible(standing)
    ends = [event.exp]
    for rulebook in rulebooks:
        if rulebook.consent is None or rulebook.consent.accepted is None:
            continue  # an overlay that says nothing about kinds of consent
        accepted = accepted_consents(rulebook, event.kind)
        if not accepted:
            return Eligibility(None, None, Reason.CONSENT_KIND_INSUFFICIENT, event.leaf_hash)
        ends += _implied_ends(event, accepted, rulebook)
    until = min((end for end in ends if end is not None), default=None)
    return Eligibility(event.at, until, None, event.leaf_hash, _waivers(event, rulebooks))


def accepted_consents(rulebook: Rulebook, kind: str | None) -> list[AcceptedConsent]:
    """The rules under which a consent of this kind counts.

    Where any express consent counts, one in writing or one that was asked for separately counts too.
    """
    accepted = rulebook.consent.accepted if rulebook.consent else None
    return [
        rule for rule in accepted or () if rule.kind == kind or (rule.kind == "express" and kind in _EXPRESS)
    ]


def _not_eligible(standing: Standing) -> Eligibility:
    if standing.pending is not None:
        return Eligibility(None, None, Reason.CONSENT_PENDING, standing.pending.leaf_hash)
    if standing.withdrawal is not None:
        return Eligibility(None, None, Reason.CONSENT_WITHDRAWN, standing.withdrawal.leaf_hash)
    return Eligibility(None, None, Reason.CONSENT_MISSING, None)


def _implied_ends(
    event: ConsentEvent, accepted: Sequence[AcceptedConsent], rulebook: Rulebook
) -> list[datetime | None]:
    """When the rulebook ends such a consent by itself, counted by the calendar of its zone."""
    zone = ZoneInfo(rulebook.scope.zones[0] if rulebook.scope.zones else "UTC")
    terms = [rule.expires for rule in accepted if rule.expires is not None]
    return [None if event.given is None else _end(event.given, term, zone) for term in terms]


def _end(given: datetime, term: Expiry, zone: ZoneInfo) -> datetime:
    return (day_after if term.calc == "day" else later)(given, term.after, zone)


def _waivers(event: ConsentEvent, rulebooks: Sequence[Rulebook]) -> tuple[str, ...]:
    has = {event.kind, NIGHT_CONSENT if event.night else None}
    waivable = {waiver for book in rulebooks if book.quiet_hours for waiver in book.quiet_hours.waived_by}
    return tuple(sorted(waiver for waiver in waivable if waiver in has))
