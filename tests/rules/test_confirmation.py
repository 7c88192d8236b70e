from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from yesfirst import rulebooks
from yesfirst.rules.confirmation import MayConfirm, confirmation_allowed
from yesfirst.rules.reason import Reason

STOP_AT = datetime(2026, 11, 24, 19, tzinfo=UTC)
LATEST = STOP_AT + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("seconds", "answer"),
    [
        (0, MayConfirm(LATEST)),
        (299, MayConfirm(LATEST)),
        (300, Reason.CONFIRMATION_WINDOW_PASSED),
        (360, Reason.CONFIRMATION_WINDOW_PASSED),
    ],
)
def test_the_united_states_allow_a_confirmation_within_five_minutes(
    seconds: int, answer: MayConfirm | Reason
) -> None:
    now = STOP_AT + timedelta(seconds=seconds)
    assert confirmation_allowed([rulebooks.load("US")], STOP_AT, now) == answer


def test_china_sets_no_latest_time_and_the_strictest_rulebook_wins() -> None:
    china, states = rulebooks.load("CN"), rulebooks.load("US")
    assert confirmation_allowed([china], STOP_AT, LATEST) == MayConfirm(None)
    assert confirmation_allowed([china, states], STOP_AT, STOP_AT) == MayConfirm(LATEST)


def test_a_refusal_is_confirmed_once() -> None:
    answer = confirmation_allowed([rulebooks.load("CN")], STOP_AT, STOP_AT, already_sent=True)
    assert answer is Reason.CONFIRMATION_ALREADY_SENT


def test_nothing_is_confirmed_that_was_not_refused_or_where_it_is_not_allowed() -> None:
    china = rulebooks.load("CN")
    assert china.opt_out is not None
    assert china.opt_out.confirmation is not None
    forbidden = replace(
        china, opt_out=replace(china.opt_out, confirmation=replace(china.opt_out.confirmation, allowed=False))
    )
    assert confirmation_allowed([china], None, STOP_AT) is Reason.CONFIRMATION_NOT_ALLOWED
    assert confirmation_allowed([forbidden, china], STOP_AT, STOP_AT) is Reason.CONFIRMATION_NOT_ALLOWED


def test_nothing_is_confirmed_where_no_rulebook_is_known() -> None:
    assert confirmation_allowed([], STOP_AT, STOP_AT) is Reason.JURISDICTION_UNRESOLVED
