from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from rules.positions import DENVER, SEOUL, SHANGHAI, TORONTO, basis, somebody
from yesfirst import rulebooks
from yesfirst.rules.decision import (
    Allow,
    Check,
    Consent,
    Decision,
    Defer,
    Facts,
    MessageClass,
    decide,
)
from yesfirst.rules.position import Stand
from yesfirst.rules.quiet_hours import HORIZON
from yesfirst.rules.reason import Reason, Verdict, in_order, verdict_of


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


NOON = at("2026-11-24T12:00+08:00")
CLOSES = at("2026-11-24T21:00+08:00")
NIGHT = at("2026-11-24T23:00+08:00")
MORNING = at("2026-11-25T08:00+08:00")
GIVEN = at("2026-06-01T00:00Z")
MISSING = somebody(SHANGHAI, None)
FACTS = Facts(
    number_valid=True,
    position=somebody(SHANGHAI, basis("express_separate")),
    message_class=MessageClass.MARKETING,
    consent=Consent(GIVEN, GIVEN),
)
WITHOUT = replace(FACTS, position=MISSING, consent=None)


def decided(facts: Facts, now: datetime = NOON) -> Decision:
    return decide(facts, rulebooks.load_all(), now)


def told(decision: Decision) -> tuple[Any, ...]:
    """A decision as (verdict, reasons)."""
    return type(decision).__name__, () if isinstance(decision, Allow) else decision.reasons


@pytest.mark.parametrize(
    ("facts", "until"),
    [
        (FACTS, CLOSES),
        (replace(FACTS, window_end=at("2026-11-24T18:00+08:00")), at("2026-11-24T18:00+08:00")),
        (replace(FACTS, window_end=at("2026-11-26T18:00+08:00")), CLOSES),
        (
            replace(FACTS, consent=Consent(GIVEN, GIVEN, NOON + timedelta(seconds=1))),
            NOON + timedelta(seconds=1),
        ),
        (replace(WITHOUT, message_class=MessageClass.TRANSACTIONAL), NOON + HORIZON),
    ],
)
def test_a_yes_holds_until_the_first_of_its_ends(facts: Facts, until: datetime) -> None:
    assert decided(facts) == Allow(until)


def test_a_consent_is_over_at_its_end() -> None:
    over = replace(FACTS, consent=Consent(GIVEN, GIVEN, NOON))
    assert told(decided(over)) == ("Deny", (Reason.CONSENT_EXPIRED,))
    last = NOON + timedelta(milliseconds=1)
    assert decided(replace(FACTS, consent=Consent(GIVEN, GIVEN, last))) == Allow(last)


@pytest.mark.parametrize(
    ("facts", "now", "verdict", "reason"),
    [
        (FACTS, NIGHT, "Defer", Reason.QUIET_HOURS),
        (replace(FACTS, suppressed_at=NOON), NOON, "Deny", Reason.SUPPRESSED),
        (WITHOUT, NOON, "Deny", Reason.CONSENT_MISSING),
        (FACTS, at("2026-05-31T12:00+08:00"), "Deny", Reason.CONSENT_MISSING),
        (
            replace(WITHOUT, position=somebody(SHANGHAI, None, stand=Stand.WITHDRAWN)),
            NOON,
            "Deny",
            Reason.CONSENT_WITHDRAWN,
        ),
        (replace(FACTS, number_valid=False), NOON, "Deny", Reason.NUMBER_INVALID),
        (replace(FACTS, born=date(2013, 1, 1)), NOON, "Deny", Reason.MINOR_NO_GUARDIAN),
    ],
)
def test_each_fact_has_its_reason(facts: Facts, now: datetime, verdict: str, reason: Reason) -> None:
    assert told(decided(facts, now)) == (verdict, (reason,))


def test_all_reasons_are_told_and_the_worst_verdict_wins() -> None:
    facts = replace(WITHOUT, suppressed_at=NOON)
    found = (Reason.SUPPRESSED, Reason.CONSENT_MISSING, Reason.QUIET_HOURS)
    assert told(decided(facts, NIGHT)) == ("Deny", found)
    unresolved = replace(facts, position=somebody("+905320000001", None))
    found = (Reason.JURISDICTION_UNRESOLVED, Reason.SUPPRESSED, Reason.CONSENT_MISSING)
    assert told(decided(unresolved, NIGHT)) == ("Deny", found)


def test_zones_without_a_common_open_hour_go_to_review() -> None:
    nowhere = ("America/Adak", "Asia/Shanghai", "Europe/London")
    position = somebody(SHANGHAI, basis("express_separate"), zones=nowhere)
    assert told(decided(replace(FACTS, position=position))) == ("Review", (Reason.JURISDICTION_UNRESOLVED,))


def test_night_consent_opens_the_korean_night() -> None:
    seoul = replace(FACTS, position=somebody(SEOUL, basis("express")))
    assert isinstance(decided(seoul, NIGHT), Defer)
    night = replace(seoul, position=somebody(SEOUL, basis("express", night=True)))
    assert decided(night, NIGHT) == Allow(NIGHT + HORIZON)


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        (
            "2026-11-24T23:59:59-05:00",
            "Defer",
        ),  # still the day on which the two years end, only that it is night
        ("2026-11-24T20:59:59-05:00", "Allow"),
        ("2026-11-25T00:00:00-05:00", "Deny"),
    ],
)
def test_an_implied_consent_counts_through_the_day_on_which_its_term_ends(now: str, verdict: str) -> None:
    bought = at("2024-11-24T09:30:00-05:00")
    position = somebody(TORONTO, basis("existing_relationship", event="purchase"))
    facts = replace(FACTS, position=position, consent=Consent(bought, bought))
    assert told(decided(facts, at(now)))[0] == verdict


@pytest.mark.parametrize(("years", "verdict"), [(1, "Allow"), (2, "Review"), (5, "Review")])
def test_a_korean_consent_is_reviewed_when_nobody_asked_again(years: int, verdict: str) -> None:
    given = NOON.replace(year=NOON.year - years)
    facts = replace(FACTS, position=somebody(SEOUL, basis("express")), consent=Consent(given, given))
    assert told(decided(facts))[0] == verdict


@pytest.mark.parametrize(
    ("check", "reasons"),
    [
        (Check(False, NOON - timedelta(days=20)), ()),
        (Check(False, NOON - timedelta(days=21)), (Reason.DNC_SCRUB_STALE,)),
        (Check(True, NOON - timedelta(days=1)), (Reason.DNC_LISTED,)),
        (Check(True, NOON - timedelta(days=30)), (Reason.DNC_LISTED, Reason.DNC_SCRUB_STALE)),
        (None, (Reason.DNC_SCRUB_STALE,)),
    ],
)
def test_a_registry_that_binds_must_have_been_asked_of_late(
    check: Check | None, reasons: tuple[Reason, ...]
) -> None:
    position = somebody("+6580000001", basis("none_dnc_clear"))
    facts = replace(FACTS, position=position, checks={"sg_dnc_no_text": check} if check else {})
    assert told(decided(facts))[1] == reasons


def test_an_answer_of_a_registry_holds_until_it_is_stale() -> None:
    position = somebody("+6580000001", basis("none_dnc_clear"))
    checked = NOON - timedelta(days=21) + timedelta(minutes=1)
    facts = replace(FACTS, position=position, checks={"sg_dnc_no_text": Check(False, checked)})
    assert decided(facts) == Allow(NOON + timedelta(minutes=1))


def test_a_reached_cap_defers_until_it_and_the_hours_allow_it() -> None:
    """One a day in China: an hour before midnight comes back at eight in the morning after the next."""
    facts = replace(FACTS, texted=(NOON - timedelta(hours=1),))
    assert decided(facts) == replace_not_before(facts, NOON + timedelta(hours=23))
    late = replace(FACTS, texted=(CLOSES - timedelta(minutes=1), CLOSES - timedelta(days=2)))
    decision = decided(late, MORNING)
    assert isinstance(decision, Defer)
    assert decision.not_before == CLOSES - timedelta(minutes=1) + timedelta(days=1)
    evening = replace(FACTS, texted=(NIGHT,))
    decision = decided(evening, MORNING)
    assert isinstance(decision, Defer)
    assert decision.not_before == MORNING + timedelta(days=1)


def replace_not_before(facts: Facts, not_before: datetime) -> Defer:
    decision = decided(facts)
    assert isinstance(decision, Defer)
    assert decision.reasons == (Reason.FREQUENCY_CAP,)
    return replace(decision, not_before=not_before)


def test_a_transactional_text_needs_no_consent_and_no_daytime_but_no_refusal() -> None:
    code = replace(WITHOUT, message_class=MessageClass.TRANSACTIONAL)
    assert isinstance(decided(code, NIGHT), Allow)
    assert told(decided(replace(code, suppressed_at=NOON), NIGHT)) == ("Deny", (Reason.SUPPRESSED,))


def test_a_refusal_may_be_confirmed_at_night_once_and_in_time() -> None:
    answer = Facts(
        number_valid=True,
        position=somebody(DENVER, None, stand=Stand.WITHDRAWN),
        message_class=MessageClass.OPT_OUT_CONFIRMATION,
        suppressed_at=NIGHT,
    )
    assert decided(answer, NIGHT) == Allow(NIGHT + timedelta(minutes=5))
    late = decided(answer, NIGHT + timedelta(minutes=6))
    assert told(late) == ("Deny", (Reason.CONFIRMATION_WINDOW_PASSED,))
    again = decided(replace(answer, confirmed=True), NIGHT)
    assert told(again) == ("Deny", (Reason.CONFIRMATION_ALREADY_SENT,))


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
