from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from yesfirst import rulebooks
from yesfirst.rules.decision import (
    Allow,
    Decision,
    Defer,
    Deny,
    Facts,
    MessageClass,
    Review,
    decide,
)
from yesfirst.rules.eligibility import Eligibility
from yesfirst.rules.jurisdiction import Jurisdiction, Unresolved
from yesfirst.rules.quiet_hours import HORIZON
from yesfirst.rules.reason import Reason, Verdict, in_order, verdict_of


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


NOON = at("2026-11-24T12:00+08:00")
CLOSES = at("2026-11-24T21:00+08:00")
NIGHT = at("2026-11-24T23:00+08:00")
MORNING = at("2026-11-25T08:00+08:00")
GRANTED = Eligibility(at("2026-06-01T00:00Z"), None, None, b"grant")
FACTS = Facts(
    number_valid=True,
    jurisdiction=Jurisdiction(("CN",), ("Asia/Shanghai",)),
    message_class=MessageClass.MARKETING,
    eligibility=GRANTED,
)


def decided(facts: Facts, now: datetime = NOON) -> Decision:
    return decide(facts, rulebooks.load_all(), now)


@pytest.mark.parametrize(
    ("facts", "until"),
    [
        (FACTS, CLOSES),
        (replace(FACTS, window_end=at("2026-11-24T18:00+08:00")), at("2026-11-24T18:00+08:00")),
        (replace(FACTS, window_end=at("2026-11-26T18:00+08:00")), CLOSES),
        (
            replace(FACTS, eligibility=replace(GRANTED, valid_until=NOON + timedelta(seconds=1))),
            NOON + timedelta(seconds=1),
        ),
        (replace(FACTS, message_class=MessageClass.TRANSACTIONAL, eligibility=None), NOON + HORIZON),
    ],
)
def test_a_yes_holds_until_the_first_of_its_ends(facts: Facts, until: datetime) -> None:
    assert decided(facts) == Allow(until)


@pytest.mark.parametrize(
    ("valid_until", "decision"),
    [
        (NOON, Deny((Reason.CONSENT_EXPIRED,))),
        (NOON + timedelta(milliseconds=1), Allow(NOON + timedelta(milliseconds=1))),
    ],
)
def test_a_consent_is_over_at_its_end(valid_until: datetime, decision: Decision) -> None:
    assert decided(replace(FACTS, eligibility=replace(GRANTED, valid_until=valid_until))) == decision


@pytest.mark.parametrize(
    ("facts", "now", "decision"),
    [
        (FACTS, NIGHT, Defer((Reason.QUIET_HOURS,), MORNING)),
        (replace(FACTS, suppressed_at=NOON), NOON, Deny((Reason.SUPPRESSED,))),
        (replace(FACTS, eligibility=None), NOON, Deny((Reason.CONSENT_MISSING,))),
        (FACTS, at("2026-05-31T12:00+08:00"), Deny((Reason.CONSENT_MISSING,))),
        (
            replace(FACTS, eligibility=Eligibility(None, None, Reason.CONSENT_WITHDRAWN, b"stop")),
            NOON,
            Deny((Reason.CONSENT_WITHDRAWN,)),
        ),
        (replace(FACTS, jurisdiction=Unresolved.ZONE), NOON, Review((Reason.JURISDICTION_UNRESOLVED,))),
        (replace(FACTS, number_valid=False), NOON, Deny((Reason.NUMBER_INVALID,))),
    ],
)
def test_each_fact_has_its_reason(facts: Facts, now: datetime, decision: Decision) -> None:
    assert decided(facts, now) == decision


def test_all_reasons_are_told_and_the_worst_verdict_wins() -> None:
    facts = replace(FACTS, suppressed_at=NOON, eligibility=None)
    assert decided(facts, NIGHT) == Deny((Reason.SUPPRESSED, Reason.CONSENT_MISSING, Reason.QUIET_HOURS))
    unresolved = replace(facts, jurisdiction=Unresolved.RULEBOOK)
    assert decided(unresolved, NIGHT) == Deny(
        (Reason.JURISDICTION_UNRESOLVED, Reason.SUPPRESSED, Reason.CONSENT_MISSING)
    )


def test_zones_without_a_common_open_hour_go_to_review() -> None:
    nowhere = Jurisdiction(("CN",), ("America/Adak", "Asia/Shanghai", "Europe/London"))
    decision = decided(replace(FACTS, jurisdiction=nowhere))
    assert decision == Review((Reason.JURISDICTION_UNRESOLVED,))


def test_night_consent_opens_the_korean_night() -> None:
    seoul = replace(FACTS, jurisdiction=Jurisdiction(("KR",), ("Asia/Seoul",)))
    assert isinstance(decided(seoul, NIGHT), Defer)
    night = replace(seoul, eligibility=replace(GRANTED, waivers=("night_consent",)))
    assert decided(night, NIGHT) == Allow(NIGHT + HORIZON)


def test_a_transactional_text_needs_no_consent_and_no_daytime_but_no_refusal() -> None:
    code = replace(FACTS, message_class=MessageClass.TRANSACTIONAL, eligibility=None)
    assert isinstance(decided(code, NIGHT), Allow)
    assert decided(replace(code, suppressed_at=NOON), NIGHT) == Deny((Reason.SUPPRESSED,))


def test_a_refusal_may_be_confirmed_at_night_once_and_in_time() -> None:
    answer = Facts(
        number_valid=True,
        jurisdiction=Jurisdiction(("US",), ("America/Denver",)),
        message_class=MessageClass.OPT_OUT_CONFIRMATION,
        suppressed_at=NIGHT,
    )
    assert decided(answer, NIGHT) == Allow(NIGHT + timedelta(minutes=5))
    late = decided(answer, NIGHT + timedelta(minutes=6))
    assert late == Deny((Reason.CONFIRMATION_WINDOW_PASSED,))
    assert decided(replace(answer, confirmed=True), NIGHT) == Deny((Reason.CONFIRMATION_ALREADY_SENT,))


@pytest.mark.parametrize(
    ("reasons", "verdict"),
    [
        ((), Verdict.ALLOW),
        ((Reason.QUIET_HOURS, Reason.FREQUENCY_CAP), Verdict.DEFER),
        ((Reason.QUIET_HOURS, Reason.RECONFIRM_OVERDUE), Verdict.REVIEW),
        ((Reason.RECONFIRM_OVERDUE, Reason.DNC_LISTED), Verdict.DENY),
    ],
)
def test_the_worst_reason_gives_the_verdict(reasons: tuple[Reason, ...], verdict: Verdict) -> None:
    assert verdict_of(reasons) is verdict


def test_reasons_come_once_and_in_the_order_of_evaluation() -> None:
    found = in_order([Reason.QUIET_HOURS, Reason.SUPPRESSED, Reason.QUIET_HOURS, Reason.NUMBER_INVALID])
    assert found == (Reason.NUMBER_INVALID, Reason.SUPPRESSED, Reason.QUIET_HOURS)
