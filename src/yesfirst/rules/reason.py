"""Why a message may or may not be sent now: the codes, their order, and what each one decides.

Invariant: the order of `Reason` is the order in which reasons are looked at, so the first failing one is the
primary reason of a decision.
"""

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """The four answers, from best to worst."""

    ALLOW = "allow"
    DEFER = "defer"
    REVIEW = "review"
    DENY = "deny"


class Reason(StrEnum):
    """Why not, in the order of evaluation."""

    NUMBER_INVALID = "NUMBER_INVALID"
    JURISDICTION_UNRESOLVED = "JURISDICTION_UNRESOLVED"
    SUPPRESSED = "SUPPRESSED"
    REPLY_UNCLEAR = "REPLY_UNCLEAR"
    CONFIRMATION_WINDOW_PASSED = "CONFIRMATION_WINDOW_PASSED"
    CONFIRMATION_ALREADY_SENT = "CONFIRMATION_ALREADY_SENT"
    CONFIRMATION_NOT_ALLOWED = "CONFIRMATION_NOT_ALLOWED"
    PROHIBITED_CONTENT = "PROHIBITED_CONTENT"
    SENDER_NOT_REGISTERED = "SENDER_NOT_REGISTERED"
    TEMPLATE_NOT_REGISTERED = "TEMPLATE_NOT_REGISTERED"
    MINOR_NO_GUARDIAN = "MINOR_NO_GUARDIAN"
    CONSENT_MISSING = "CONSENT_MISSING"
    CONSENT_PENDING = "CONSENT_PENDING"
    CONSENT_WITHDRAWN = "CONSENT_WITHDRAWN"
    CONSENT_INVALID_COLLECTION = "CONSENT_INVALID_COLLECTION"
    CONSENT_KIND_INSUFFICIENT = "CONSENT_KIND_INSUFFICIENT"
    CONSENT_RECORD_INCOMPLETE = "CONSENT_RECORD_INCOMPLETE"
    CONSENT_SCOPE_MISMATCH = "CONSENT_SCOPE_MISMATCH"
    CONSENT_EXPIRED = "CONSENT_EXPIRED"
    RECONFIRM_OVERDUE = "RECONFIRM_OVERDUE"
    DNC_LISTED = "DNC_LISTED"
    DNC_SCRUB_STALE = "DNC_SCRUB_STALE"
    CONTENT_MISSING_LABEL = "CONTENT_MISSING_LABEL"
    CONTENT_MISSING_SENDER = "CONTENT_MISSING_SENDER"
    CONTENT_MISSING_CONTACT = "CONTENT_MISSING_CONTACT"
    CONTENT_MISSING_OPT_OUT = "CONTENT_MISSING_OPT_OUT"
    CAMPAIGN_GATE_FAILED = "CAMPAIGN_GATE_FAILED"
    FREQUENCY_CAP = "FREQUENCY_CAP"
    QUIET_HOURS = "QUIET_HOURS"
    CLOSED_DAY = "CLOSED_DAY"


_ORDER = {reason: place for place, reason in enumerate(Reason)}
_SEVERITY = {verdict: rank for rank, verdict in enumerate(Verdict)}
_NOT_DENY = {
    Reason.FREQUENCY_CAP: Verdict.DEFER,
    Reason.QUIET_HOURS: Verdict.DEFER,
    Reason.CLOSED_DAY: Verdict.DEFER,
    Reason.JURISDICTION_UNRESOLVED: Verdict.REVIEW,
    Reason.REPLY_UNCLEAR: Verdict.REVIEW,
    Reason.RECONFIRM_OVERDUE: Verdict.REVIEW,
    Reason.DNC_SCRUB_STALE: Verdict.REVIEW,
    Reason.CAMPAIGN_GATE_FAILED: Verdict.REVIEW,
}


def verdict_of(reasons: Iterable[Reason]) -> Verdict:
    """The worst verdict among the reasons; none means allow."""
    verdicts = (_NOT_DENY.get(reason, Verdict.DENY) for reason in reasons)
    return max(verdicts, key=_SEVERITY.__getitem__, default=Verdict.ALLOW)


def in_order(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Each reason once, the primary one first."""
    return tuple(sorted(set(reasons), key=_ORDER.__getitem__))
